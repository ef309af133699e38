"""The form of a post: its ticks, and the rows in it: days and places, pictures, documents."""

import re
from calendar import monthrange
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst

from common.form_fields import ComingDateField, EndDateTimeField, TimeField
from common.publishing.copying import copied
from common.publishing.forms import PublishForm
from common.richtext.shortcodes import shortcodes_in
from documents.models import Document
from documents.pdf import rewrite
from news.calendar.occurrences import day_after_last
from news.parts.attachments import attachment_problems
from news.parts.pictures import KIND, MOST, missing_problems

MOST_OFFERED = 300  # documents in the list of one row; a text may link to any other


class PostForm(PublishForm):
    """Two ticks beside the times of a post: what ends with its dates, and what every page shows."""

    ends_after_dates = forms.BooleanField(
        label="Sluta gälla dagen efter det sista datumet",
        required=False,
        help_text="Följer med om datumet flyttas. Utan datum händer inget.",
    )
    is_important = forms.BooleanField(label="Viktig rad på alla sidor", required=False)

    class Meta(PublishForm.Meta):
        field_classes = PublishForm.Meta.field_classes | {"important_until": EndDateTimeField}
        labels = {"important_until": "Raden syns till"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        post = self.instance
        follows = post.expires_at == day_after_last(post) if post.dates else self.was_draft
        self.initial["ends_after_dates"] = follows if post.expires_at else self.was_draft
        self.initial["is_important"] = bool(post.important_until and post.important_until > timezone.now())

    @cached_property
    def changed_data(self):
        """Leave out the ticks: the history tells of the times that follow from them."""
        return [name for name in super().changed_data if name not in ("ends_after_dates", "is_important")]

    def clean(self):
        super().clean()
        data = self.cleaned_data
        if not data.get("is_important") and "important_until" not in self.changed_data:
            data["important_until"] = None
        elif "important_until" not in self.errors and not data.get("important_until"):
            self.add_error("important_until", "Skriv till när raden ska synas, till exempel i kväll 22.00.")
        return data


class OccurrenceForm(forms.ModelForm):
    again = forms.ChoiceField(
        label="Samma igen",
        choices=[("", "nej"), ("week", "om en vecka"), ("month", "om en månad")],
        required=False,
        help_text="Blir ett datum till när du sparar.",
    )

    class Meta:
        fields = []  # the inline's fieldsets say which
        field_classes = {"day": ComingDateField, "starts": TimeField, "ends": TimeField}
        widgets = {
            "starts": TimeField.widget,
            "ends": TimeField.widget,
            "place": forms.TextInput(attrs={"class": "vTextField", "list": "places"}),
        }

    def has_changed(self):
        """A kind alone is no row: a pattern begins one."""
        return bool({*self.changed_data} - (set() if self.instance.pk else {"kind"}))

    def later_day(self):
        """Return the day on which it is to be again, or None."""
        day, again = self.instance.day, self.cleaned_data.get("again")
        if not (day and again):
            return None
        if again == "week":
            return day + timedelta(weeks=1)
        first = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


class RowsFormSet(BaseInlineFormSet):
    """Asks for no rows where the post is known to have none: one query less for most posts."""

    def __init__(self, data=None, files=None, instance=None, prefix="", queryset=None, **kwargs):
        if queryset is not None and not getattr(instance, f"has_{self.get_default_prefix()}", True):
            queryset = queryset.none()
        counts = [f"{prefix or self.get_default_prefix()}-{name}_FORMS" for name in ("TOTAL", "INITIAL")]
        if data is not None and counts[0] not in data:  # a form that was open during the update has no rows
            data = dict.fromkeys(counts, "0")
        super().__init__(data, files, instance, prefix=prefix, queryset=queryset, **kwargs)

    def get_queryset(self):
        """Return the rows, which know whose they are already: else each would ask for it."""
        rows = super().get_queryset()
        for row in rows:
            setattr(row, self.fk.name, self.instance)
        return rows

    def filled_forms(self):
        """Return the forms of rows that there are after the save."""
        return [form for form in self.forms if not self.is_empty(form)]

    def is_empty(self, form):
        return self._should_delete_form(form) or not (form.instance.pk or form.has_changed())

    def mark_changed(self):
        """Residents see another text where such rows are others."""
        if self.has_changed():
            self.instance.updated_at = timezone.now()
            self.instance.save(update_fields=["updated_at"])

    def stop_or_tell(self, found, missing=()):
        """A draft with problems stays one; what residents see is not saved. `found`: [(form, Problem)]."""
        row = self.instance
        if row.was_draft and (found or missing):
            row.published_at = None
            row.stopped_by += [*missing, *(problem for _, problem in found)]
            return
        row.stopped_by += [problem for _, problem in found]
        for form, problem in found:
            if problem.field not in form.errors:
                form.add_error(problem.field, problem.text)
        if missing:
            raise ValidationError([problem.text for problem in missing])


class RowsOnceFormSet(RowsFormSet):
    """No two rows have the same in the field `once`; one that gets another there becomes another row.

    It comes when the old ones are gone: two may exchange theirs, in a form and by an older version.
    """

    once = ""

    def save(self, commit=True):
        self.mark_changed()
        changed = [form for form in self.initial_forms if self.once in form.changed_data]
        gone = [form.instance.pk for form in [*changed, *self.deleted_forms]]
        if gone:  # not even the query is made
            self.model.objects.filter(pk__in=gone).delete()
        return super().save(commit)

    def save_existing(self, form, obj, commit=True):
        if self.once in form.changed_data:
            obj.pk = None
        return super().save_existing(form, obj, commit)


class PictureForm(forms.ModelForm):
    class Meta:
        fields = []  # the inline's fieldsets say which
        widgets = {"number": forms.HiddenInput}
        # Unlike those of the first picture, which stand in the same form.
        labels = {"image": "Fil", "image_alt": "Vad bilden visar", "image_is_decorative": "Bara utsmyckning"}
        help_texts = dict.fromkeys(labels, "")  # it says them

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["image"].required = self.fields["image"].widget.is_required = True
        self.fields["image"].error_messages["required"] = "Välj en bild, eller ta bort raden."
        self.fields["number"].required = False
        self.fields["number"].disabled = bool(self.instance.pk)


class PictureFormSet(RowsFormSet):
    """Numbers new pictures, and checks all before residents see them: as PublishForm does with the text."""

    def clean(self):
        # Not super().clean(), which refuses two of one number.
        forms = self.filled_forms()
        if len(forms) > MOST:
            raise ValidationError(f"Det finns plats för {MOST} bilder. Ta bort någon.")
        self.number([form.instance for form in forms])
        row = self.instance
        if row.published_at is None:
            return
        missing = missing_problems(row.body, [form.instance for form in forms])
        self.stop_or_tell(
            [(form, problem) for form in forms for problem in form.instance.publish_problems()], missing
        )

    def number(self, pictures):
        """Give new pictures the numbers that their form says, or the next that no picture and no text has."""
        codes = shortcodes_in(self.instance.body)
        named = {int(name) for kind, name in codes if kind == KIND and re.fullmatch("[0-9]{1,3}", name)}
        first = self.instance.first_picture
        taken = {picture.number for picture in pictures if picture.pk}
        for picture in (picture for picture in pictures if not picture.pk):
            if picture.number in {None, *taken} or not first <= picture.number < 1000:
                picture.number = max({first - 1, *taken, *named}) + 1
            taken.add(picture.number)

    def save(self, commit=True):
        self.mark_changed()
        return super().save(commit)


class AttachmentForm(forms.ModelForm):
    """A document that is there, or a PDF that becomes one: its title is made of the file's name."""

    file = forms.FileField(label="eller ny PDF", required=False)

    class Meta:
        fields = []  # the inline's fieldsets say which

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["document"].required = self.fields["order"].required = False
        self.fields["document"].queryset = Document.objects.defer("text")

    def clean_order(self):
        return self.cleaned_data["order"] or 0

    def clean_file(self):
        """Write the file anew; what was wrong with it stands at the field."""
        file = self.cleaned_data["file"]
        if not file:
            return None
        words = re.sub(r"[\W_]+", " ", PurePath(file.name).stem).strip()
        self.new_title = capfirst(words)[:150] or "Dokument"
        return rewrite(file, self.new_title)

    def clean(self):
        super().clean()
        file, document = self.cleaned_data.get("file"), self.cleaned_data.get("document")
        if file:
            document = Document(title=self.new_title, file=file)
            document.take_facts_of(file)
            self.cleaned_data["document"] = self.instance.document = document
        elif not document and not self.errors:
            self.add_error("document", "Välj ett dokument eller en PDF, eller ta bort raden.")
        return self.cleaned_data

    def _get_validation_exclusions(self):
        """A new document has no key yet, so nothing can be asked of it."""
        return super()._get_validation_exclusions() | (
            {"document"} if self.cleaned_data.get("file") else set()
        )


class AttachmentFormSet(RowsOnceFormSet):
    """Publishes drafts of documents together with their text."""

    once = "document"

    @cached_property
    def choices(self):
        """The newest, and those that are there: the same for every row, asked for once."""
        newest = list(Document.objects.defer("text")[:MOST_OFFERED])
        found = [*newest, *(form.instance.document for form in self.initial_forms)]
        nothing = "–" if len(newest) < MOST_OFFERED else f"– (här är de {MOST_OFFERED} nyaste)"
        return [("", nothing), *{document.pk: str(document) for document in found}.items()]

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["document"].choices = lambda: self.choices

    def clean(self):
        super().clean()
        forms = [form for form in self.filled_forms() if form.cleaned_data.get("document")]
        if self.instance.published_at is not None:
            found = (
                (form, replace(problem, field="document"))
                for form in forms
                for problem in attachment_problems([form.cleaned_data["document"]])
            )
            self.stop_or_tell(list(found))

    def get_unique_error_message(self, unique_check):
        return "Samma dokument står två gånger. Ta bort den ena raden."

    def save(self, commit=True):
        """Save the documents first: a new one, and a draft that residents may read from now on."""
        for form in self.filled_forms():
            document = form.cleaned_data["document"]
            is_new, time = document.pk is None, self.instance.published_at
            if time and document.published_at is None:
                document.published_at = time
            elif not is_new:
                continue
            document.save()
            form.instance.document = document
        return super().save(commit)


class TranslationFormSet(RowsOnceFormSet):
    once = "language"

    def clean(self):
        super().clean()
        if self.instance.published_at is not None:
            forms = [form for form in self.filled_forms() if not form.errors]
            self.stop_or_tell([(form, one) for form in forms for one in form.instance.publish_problems()])

    def get_unique_error_message(self, unique_check):
        return "Samma språk står två gånger. Ta bort den ena texten."


class OccurrenceFormSet(RowsFormSet):
    def save_new_objects(self, commit=True):
        made = super().save_new_objects(commit)
        for form in self.forms:
            if (day := form.later_day()) and not self._should_delete_form(form):
                made.append(copied(form.instance, day=day))
                made[-1].save()
        return made
