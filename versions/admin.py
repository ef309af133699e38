"""The admin class of every model whose rows are kept."""

import reversion
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import transaction

from versions.bin import BinMixin
from versions.history import HistoryMixin
from versions.keeping import keep_state_before


def is_only_shown(request):
    """Tell whether a posted form is shown as typed, unsaved: perhaps nothing can be written now."""
    return bool(getattr(request, "unsaved", ""))


class VersionedAdmin(HistoryMixin, BinMixin, admin.ModelAdmin):
    """Keeps every add, change and delete as a version: form, list, action and inlines alike."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method != "POST" or is_only_shown(request):
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            if object_id and (row := self.locked(request, object_id)):
                keep_state_before(row)
            with reversion.create_revision():
                return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request, extra_context=None):
        edits = request.method == "POST" and "_save" in request.POST
        if not edits or is_only_shown(request) or not self.has_change_permission(request):
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
        return self.comment_with(super().log_addition(request, obj, message))

    def log_change(self, request, obj, message):
        return self.comment_with(super().log_change(request, obj, message))

    def comment_with(self, entry):
        """What Django writes in its log, in Swedish, is what the version says was done."""
        if reversion.is_active():
            reversion.set_user(entry.user)
            reversion.set_comment(entry.get_change_message())
        return entry
