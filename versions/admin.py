"""The admin class of every model whose rows are kept."""

from functools import partial

import reversion
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import transaction

from versions.bin import BinMixin
from versions.conflict import CHOSEN, VERSION, digest, meet, others_since
from versions.history import HistoryMixin
from versions.keeping import keep_state_before, state_of
from versions.meeting import ALL


def is_only_shown(request):
    """Tell whether a posted form is shown as it was typed, unsaved: request.unsaved then says why."""
    return bool(getattr(request, "unsaved", ""))


class VersionedAdmin(HistoryMixin, BinMixin, admin.ModelAdmin):
    """Keeps every add, change and delete as a version: form, list, action and inlines alike."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = partial(super().changeform_view, request, object_id, form_url)
        if request.method != "POST" or is_only_shown(request):
            # Before the row is read for the form: a change in between is met as one, never lost.
            version = request.POST.get(VERSION) or self.version_now(request, object_id)
            return view({VERSION: version, **(extra_context or {})})
        with transaction.atomic():
            if object_id and (row := self.locked(request, object_id)):
                keep_state_before(row)
                if meeting := meet(self, request, row):
                    if not meeting.is_decided:
                        return self.conflict_page(request, row, meeting)
                    request.POST = meeting.data
                    if meeting.differs:  # else it is the same form, sent twice
                        request.unsaved = self.brought_together(request, row, meeting)
                        return view(extra_context)
            with reversion.create_revision():
                return view(extra_context)

    def version_now(self, request, object_id):
        row = self.get_object(request, unquote(object_id)) if object_id else None
        return digest(state_of(row)) if row else ""

    def render_change_form(self, request, context, *args, **kwargs):
        context.setdefault(VERSION, request.POST.get(VERSION, ""))
        return super().render_change_form(request, context, *args, **kwargs)

    def brought_together(self, request, row, meeting):
        """Return what is said above a form that comes back with what was brought together, unsaved."""
        who = others_since(row, request.user)
        here = "det du valde" if meeting.choices else "bådas ändringar"
        said = f"{who} sparade medan du skrev. Här är {here}, men inget är sparat än."
        return " ".join([said, *meeting.told])

    def conflict_page(self, request, row, meeting):
        who = others_since(row, request.user)
        hidden = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in {"csrfmiddlewaretoken", CHOSEN, ALL, *(choice.key for choice in meeting.choices)}
        ]
        context = {
            "who": who,
            "hidden": hidden,
            "meeting": meeting,
            "now": meeting.data[VERSION],
            "undecided": CHOSEN in request.POST,
            "has_file": bool(request.FILES),
        }
        response = self.versions_page(request, "conflict", f"{who} sparade medan du skrev", row, context)
        response.status_code = 409
        return response

    def changelist_view(self, request, extra_context=None):
        edits = request.method == "POST" and "_save" in request.POST and not is_only_shown(request)
        if not edits or not self.has_change_permission(request):
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            edited = self._get_list_editable_queryset(request, "form").select_for_update(of=["self"])
            keep_state_before(*edited)
            with reversion.create_revision():
                return super().changelist_view(request, extra_context)

    def locked(self, request, object_id):
        """Return the row, which nobody else can change until the transaction ends.

        None when it is gone, or not hers to change.
        """
        row = self.get_object(request, unquote(object_id))
        if not row or not self.has_change_permission(request, row):
            return None  # Django's view says so
        return self.model._base_manager.select_for_update().filter(pk=row.pk).first()

    def log_addition(self, request, obj, message):
        return self.comment_with(super().log_addition(request, obj, message), obj)

    def log_change(self, request, obj, message):
        return self.comment_with(super().log_change(request, obj, message), obj)

    def what_was_done(self, row):
        """Return what the save of a row did that no field's name tells, as sentences, or ""."""
        return ""

    def comment_with(self, entry, row):
        """What Django writes in its log, in Swedish, is what the version says was done."""
        if reversion.is_active():
            reversion.set_user(entry.user)
            done, fields = self.what_was_done(row), entry.get_change_message()
            if done and entry.change_message == "[]":
                fields = ""  # else: "no fields changed"
            reversion.set_comment(f"{done} {fields}".strip())
        return entry
