"""The form for a post: what its buttons mean, and the check before residents see it."""

from datetime import datetime

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils import timezone

from news.clock import aware, day_and_time
from news.models import Post
from news.publish_check import problems

# The buttons, by the name each posts. "_save" leaves the publication time as it stands in the form.
ACTIONS = ("_publish", "_schedule", "_draft", "_save")


class LocalDateTimeField(forms.SplitDateTimeField):
    """A day and a time as Swedes read them; says so when the clock change makes the hour odd."""

    widget = AdminSplitDateTime

    def compress(self, data_list):
        if not data_list:
            return None
        day, clock = data_list
        if day in self.empty_values:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if clock in self.empty_values:
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        return aware(datetime.combine(day, clock))


class PostForm(forms.ModelForm):
    """Publishing is checked (news/publish_check.py); what may not be published is saved as a draft.

    After is_valid(), `problems` are those that stopped the publication of a draft. The changes of
    a post that residents already see are not saved while it has problems: they are form errors.
    """

    class Meta:
        model = Post
        fields = []  # the admin's fieldsets say which
        field_classes = {"published_at": LocalDateTimeField, "expires_at": LocalDateTimeField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, LocalDateTimeField):  # Django's two fields have no labels of their own
                for widget, part in zip(field.widget.widgets, ("datum", "tid"), strict=True):
                    widget.attrs["aria-label"] = f"{field.label}, {part}"
        self.problems = []
        self.old_time = self.instance.published_at
        self.was_draft = self.old_time is None
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
                    "Tiden har redan varit. Välj en som kommer, eller tryck på Publicera nu: då får nyheten "
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
        if wanted is None:
            return
        found = problems(self.instance)
        if not self.was_draft:
            for problem in found:
                if problem.text not in self.errors.get(problem.field, ()):
                    self.add_error(problem.field, problem.text)
        elif found:
            self.problems = found
        elif not self.errors:
            self.instance.published_at = wanted
            try:
                self.instance.validate_constraints()
            except ValidationError as refusal:
                self.add_error(None, refusal)

    def what_was_done(self):
        """Return what the save changes for residents beside the text, in Swedish, or ""."""
        if self.problems:
            return "Försökte publicera, men något var kvar att göra."
        old, new, now = self.old_time, self.instance.published_at, timezone.now()
        was_public, is_public = (time is not None and time <= now for time in (old, new))
        if new is None:
            return "Avpublicerade." if was_public else "Gjorde till utkast igen." if old else ""
        if is_public:
            return "" if was_public else "Publicerade."
        return "" if new == old else f"Valde att publicera {day_and_time(new)}."
