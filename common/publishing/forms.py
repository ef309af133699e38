"""The form of what is published: what its buttons mean, and the check before residents see it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from common.clock import day_and_time
from common.form_fields import EndDateTimeField
from common.publishing.check import struck_questions
from common.publishing.people import is_key

# The buttons, by the name each posts. "_save" leaves the publication time as it stands in the form.
ACTIONS = ("_publish", "_schedule", "_draft", "_save")


class PublishForm(forms.ModelForm):
    """Publishing is checked (common/publishing/check.py); what may not be published is saved as a draft.

    After is_valid(), `problems` are those that stopped the publication of a draft. The changes of
    a text that residents already see are not saved while it has problems: they are form errors.
    """

    may_confirm = False  # personal numbers, by a tick for each

    struck_is_meant = forms.BooleanField(label="Det överstrukna ska synas", required=False)

    class Meta:
        fields = []  # the admin's fieldsets say which
        field_classes = {"expires_at": EndDateTimeField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.problems = self.instance.stopped_by = []  # its formsets add theirs
        self.old_time, self.old_numbers = self.instance.published_at, self.instance.confirmed_numbers
        self.was_draft = self.instance.was_draft = self.old_time is None
        self.instance.was_public = not self.was_draft and self.old_time <= timezone.now()  # its rows ask
        # What residents see struck out is not asked about again.
        self.answered = set() if self.was_draft else set(struck_questions(self.initial.get("body", "")))
        self.action = next((name for name in ACTIONS if name in self.data), "_save")

    def clean(self):
        super().clean()  # it also asks for the slug to be unique
        time = self.cleaned_data.get("published_at")
        now = timezone.now()
        if self.action == "_draft":
            self.cleaned_data["published_at"] = None
        elif self.action == "_publish" and "published_at" not in self.errors and (time is None or time > now):
            self.cleaned_data["published_at"] = now.replace(second=0, microsecond=0)
        elif self.action == "_schedule" and "published_at" not in self.errors:
            if time is None:
                self.add_error("published_at", "Välj dag och tid, eller tryck på Publicera nu.")
            elif time <= now:
                self.add_error(
                    "published_at",
                    "Tiden har redan varit. Välj en som kommer, eller tryck på Publicera nu: då gäller "
                    "den tid som står här.",
                )
        return self.cleaned_data

    def _post_clean(self):
        """Validate the post as a draft first, so that a draft that may not be published is still saved."""
        wanted = self.cleaned_data.get("published_at")
        if self.was_draft:
            self.cleaned_data["published_at"] = None
        super()._post_clean()
        self.cleaned_data["published_at"] = wanted
        if self.may_confirm:
            ticked = filter(is_key, self.data.getlist("confirmed_numbers"))
            self.instance.confirmed_numbers = sorted({*self.instance.confirmed_numbers, *ticked})
        if wanted is None or "_propose" in self.data:  # a proposal is checked when it is published
            return
        found = self.instance.publish_problems()
        if self.cleaned_data.get("struck_is_meant"):
            found = [problem for problem in found if not problem.is_question]
        found = [problem for problem in found if problem not in self.answered]
        self.problems += found
        if not self.was_draft:
            for problem in found:
                if problem.text not in self.errors.get(problem.field, ()):
                    self.add_error(problem.field, problem.text)
        elif not found and not self.errors:
            self.instance.published_at = wanted
            try:
                self.instance.validate_constraints()
            except ValidationError as refusal:
                self.add_error(None, refusal)

    def change_summary(self):
        """Return what the save changes for residents beside the text, in Swedish, or ""."""
        is_same = self.instance.confirmed_numbers == self.old_numbers
        return " ".join(filter(None, ["" if is_same else "Bekräftade personnummer.", self.time_summary()]))

    def time_summary(self):
        if self.problems:
            return "Försökte publicera, men något var kvar att göra."
        old, new, now = self.old_time, self.instance.published_at, timezone.now()
        was_public, is_public = (time is not None and time <= now for time in (old, new))
        if new is None:
            return "Avpublicerade." if was_public else "Gjorde till utkast igen." if old else ""
        if is_public:
            return "" if was_public else "Publicerade."
        return "" if new == old else f"Valde att publicera {day_and_time(new)}."
