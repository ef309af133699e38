"""The admin class of every model whose rows have versions."""

from functools import partial

import reversion
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from reversion.models import Version

from common.files.pictures import stored_or_deleted
from common.form_fields import FORGIVING_FIELDS
from common.versions.conflict import (
    CHOOSE_ALL,
    CHOSEN,
    NEW_FILES,
    VERSION,
    edit_conflict,
    last_editor,
    state_digest,
)
from common.versions.history import HistoryMixin
from common.versions.registry import save_state_before, state_of
from common.versions.trash import TrashMixin
from common.versions.what_is_seen import TellsWhatIsSeen


class VersionedAdmin(HistoryMixin, TrashMixin, TellsWhatIsSeen):
    """Keeps every add, change and delete as a version: form, list, action and inlines alike."""

    formfield_overrides = FORGIVING_FIELDS

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = partial(super().changeform_view, request, object_id, form_url)
        if request.method != "POST":
            row = request.form_row = self.get_object(request, unquote(object_id)) if object_id else None
            # Its children are read before the form reads them: a change in between counts as a conflict.
            return view({VERSION: state_digest(state_of(row)) if row else "", **(extra_context or {})})
        with stored_or_deleted(), transaction.atomic():
            if object_id and (row := self.get_row_for_update(request, object_id)):
                request.form_row = row
                state = state_of(row)
                save_state_before(row, state)
                if conflict := edit_conflict(self, request, row, state):
                    if not conflict.is_decided:
                        return self.conflict_page(request, row, conflict)
                    if conflict.differs:  # else it is the same form, sent twice
                        request.review = self.what_was_merged(request, row, conflict)
                    request.POST = conflict.data
            with reversion.create_revision(atomic=False):  # it is, already
                response = view(extra_context)
            if getattr(request, "changed_no_field", False):
                self.drop_version_of_nothing(row, state)
            return response

    def drop_version_of_nothing(self, row, state):
        """Delete the version that was made just now, if the row was in this `state` before too."""
        now = self.model._base_manager.get(pk=row.pk)
        if state_of(now) == state:
            Version.objects.get_for_object(now).select_related("revision").first().revision.delete()

    def render_change_form(self, request, context, *args, **kwargs):
        context.setdefault(VERSION, request.POST.get(VERSION, ""))
        if CHOSEN in request.POST:
            context["files_to_choose"] = request.POST.getlist(NEW_FILES)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(self, request, obj=None, **kwargs):
        """Show a merged form again to be read, even when it is valid."""
        form = super().get_form(request, obj, **kwargs)
        if not hasattr(request, "review"):
            return form
        return type(form.__name__, (form,), {"is_valid": lambda self: False})

    def what_was_merged(self, request, row, conflict):
        """Return what is said above a form that comes back with the text of both, unsaved."""
        who = last_editor(row, request.user)
        here = "det du valde" if conflict.choices else "bådas ändringar"
        return " ".join(
            [f"{who} sparade medan du skrev. Här är {here}, men inget är sparat än.", *conflict.auto_merged]
        )

    def conflict_page(self, request, row, conflict):
        who = last_editor(row, request.user)
        own = {"csrfmiddlewaretoken", CHOSEN, CHOOSE_ALL, NEW_FILES} | {one.key for one in conflict.choices}
        sent = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            "who": who,
            "hidden": [(name, value) for name, value in sent if name not in own],
            "conflict": conflict,
            "now": conflict.data[VERSION],
            "undecided": CHOSEN in request.POST,
            "new_files": {*request.FILES, *request.POST.getlist(NEW_FILES)},
        }
        response = self.versions_page(request, "conflict", f"{who} sparade medan du skrev", row, context)
        response.status_code = 409
        return response

    def changelist_view(self, request, extra_context=None):
        edits = request.method == "POST" and "_save" in request.POST
        if not edits or not self.has_change_permission(request):
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            edited = self._get_list_editable_queryset(request, "form").select_for_update(of=["self"])
            for row in edited:
                save_state_before(row, state_of(row))
            with reversion.create_revision(atomic=False):
                return super().changelist_view(request, extra_context)

    def get_changelist_formset(self, request, **kwargs):
        """Give each field of the list its column's name, which Django only shows."""
        formset = super().get_changelist_formset(request, **kwargs)
        for name in self.list_editable:
            field = formset.form.base_fields[name]
            field.widget.attrs["aria-label"] = field.label
        return formset

    def get_object(self, request, object_id, from_field=None):
        """Read a row as Django does; that of the form, which is locked while it is saved, only once."""
        row = getattr(request, "form_row", None)
        is_it = from_field is None and row and str(row.pk) == object_id
        return row if is_it else super().get_object(request, object_id, from_field)

    def get_row_for_update(self, request, object_id):
        """Return the row as get_object() does; nobody else can change it until the transaction ends.

        None when it is gone, or the user may not change it.
        """
        try:
            rows = self.get_queryset(request).select_for_update(of=("self",))
            row = rows.filter(pk=unquote(object_id)).first()
        except (ValidationError, ValueError):  # not what a key looks like
            row = None
        return row if row and self.has_change_permission(request, row) else None  # Django's view says so

    def log_addition(self, request, obj, message):
        return self.comment_with(request, super().log_addition(request, obj, message), obj)

    def log_change(self, request, obj, message):
        return self.comment_with(request, super().log_change(request, obj, message), obj)

    def change_summary(self, row):
        """Return what the save of a row did that no field's name tells, as sentences, or ""."""
        return ""

    def comment_with(self, request, entry, row):
        """What Django writes in its log, in Swedish, is what the version says was done."""
        request.changed_no_field = entry.change_message == "[]"
        if reversion.is_active():
            reversion.set_user(request.user)
            done, fields = self.change_summary(row), entry.get_change_message()
            if done and entry.change_message == "[]":
                fields = ""  # else: "no fields changed"
            reversion.set_comment(f"{done} {fields}".strip())
        return entry
