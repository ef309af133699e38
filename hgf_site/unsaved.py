"""Forms of the admin that are shown again, with all that was typed and one line of why, unsaved."""

import errno
import logging
import re

from django.contrib.admin.utils import unquote
from django.contrib.messages.storage import default_storage
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.urls import reverse

from hgf_site.kept import kept_page, typed

logger = logging.getLogger(__name__)

# What a save can meet that is no fault of the form.
FAILURES = (OSError, DatabaseError, InterfaceError)
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}

TOO_OLD = "Formuläret hade blivit för gammalt, så inget är sparat än. Allt du skrev är kvar: spara igen."
FAILED = (
    "Det gick inte att spara: {why} Allt du skrev är kvar här. Försök igen om en stund, "
    "eller hör av dig till den som sköter webbplatsen."
)


def why(error):
    """Say in Swedish what stopped a save."""
    number = getattr(error, "errno", None)
    cause = error.__cause__
    database_full = (
        getattr(cause, "pgcode", None) == "53100" or getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL"
    )
    if number in DISK_FULL or database_full:
        return "disken är full."
    if number in READ_ONLY or getattr(cause, "sqlite_errorname", "").startswith("SQLITE_READONLY"):
        return "webbplatsen får inte skriva på sin disk."
    if isinstance(error, IntegrityError):
        return "någon annan sparade något liknande i samma stund."
    if isinstance(error, OSError):
        return "filen gick inte att lagra."
    if isinstance(error, OperationalError | InterfaceError):
        return "databasen svarar inte."
    return "databasen tog inte emot det."


class KeepsText:
    """Mixed into every ModelAdmin of the site: a form that could not be saved gives back what was typed.

    While request.unsaved is set, a posted form is shown as it was typed, not checked and not saved.
    """

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = super().changeform_view
        response = keep_text(request, lambda: view(request, object_id, form_url, extra_context))
        if request.method == "POST" and object_id and getattr(response, "url", "") == reverse("admin:index"):
            return self.as_new(request, object_id) or response
        return response

    def get_changeform_initial_data(self, request):
        return {}  # no page of ours fills in a form by its address, and a bad time there breaks it

    def changelist_view(self, request, extra_context=None):
        view = super().changelist_view
        return keep_text(request, lambda: view(request, extra_context))

    def as_new(self, request, object_id):
        """Offer what was typed as something new, if what it changed is gone; else return None."""
        if self.get_object(request, unquote(object_id)) is not None:
            return None
        request._messages = default_storage(request)  # "… finns inte. Kanske har det tagits bort?"
        return kept_page(
            request,
            self.without_keys(request, typed(request)),
            404,
            "Den har tagits bort medan du skrev",
            "Det du skrev är kvar. Du kan spara det som nytt.",
            action=reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add"),
            button="Visa det jag skrev",
        )

    def without_keys(self, request, fields):
        """Return the fields without what ties the rows beneath the form to rows that are gone too."""
        fields = QueryDict(fields, mutable=True)
        for formset, _ in super().get_formsets_with_inlines(request):
            prefix = formset.get_default_prefix()
            fields[f"{prefix}-INITIAL_FORMS"] = "0"
            key = re.compile(rf"{prefix}-\d+-({formset.model._meta.pk.name}|{formset.fk.name})")
            for name in filter(key.fullmatch, list(fields)):
                del fields[name]
        return fields.urlencode()

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return unsaved_form(form) if is_unsaved(request) else form

    def get_formsets_with_inlines(self, request, obj=None):
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            yield (unsaved_formset(formset) if is_unsaved(request) else formset), inline

    def get_changelist_formset(self, request, **kwargs):
        formset = super().get_changelist_formset(request, **kwargs)
        return unsaved_formset(formset) if is_unsaved(request) else formset


def is_unsaved(request):
    return bool(getattr(request, "unsaved", ""))


def keep_text(request, view):
    """Answer with view(), or, where a save fails, with what it answers while request.unsaved says why.

    Raises what the second try raises: where the database is away, not even the form can be made.
    """
    try:
        return view()
    except FAILURES as error:
        if request.method != "POST" or is_unsaved(request):
            raise
        logger.exception("Not saved: %s", request.path)
        request.unsaved = FAILED.format(why=why(error))
        request._messages = default_storage(request)  # whatever was said of the save is not true
        response = view()
        response.status_code = 503
        return response


class UnsavedForm:
    """Mixed into a form, or a formset, that is not asked whether it is right."""

    def full_clean(self):
        self.cleaned_data = {}
        self._errors = ErrorDict()

    def is_valid(self):
        return False


class UnsavedFormSet(UnsavedForm):
    def full_clean(self):
        self._errors = [ErrorDict() for _ in self.forms]
        self._non_form_errors = self.error_class()


def unsaved_form(form):
    return type(form.__name__, (UnsavedForm, form), {})


def unsaved_formset(formset):
    return type(formset.__name__, (UnsavedFormSet, formset), {"form": unsaved_form(formset.form)})
