"""Normalizes what an editor pastes, and tells what was removed: while pasting, and when it is saved."""

from itertools import chain

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed, JsonResponse
from django.utils.html import escape

from common.email_protection.detect import find_addresses, may_hold_address
from common.richtext.fields import RichTextField, RichTextFormField
from common.richtext.paste import normalize_html


def has_editor(user):
    """Tell whether the user may write in any rich text field."""
    return any(
        user.has_perm(f"{model._meta.app_label}.{get_permission_codename(action, model._meta)}")
        for model in apps.get_models()
        if any(isinstance(field, RichTextField) for field in model._meta.fields)
        for action in ("add", "change")
    )


def normalize_pasted(request):
    """Answer the editor: `html` or plain `text` normalized, and a line about what was removed.

    Nothing is stored, and nothing shown but what was sent.
    """
    if not has_editor(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    source = request.POST.get("html") or escape(request.POST.get("text", ""))
    normalized = normalize_html(source)
    removed = normalized.removed.sentence(has_picture_field=bool(request.POST.get("has_picture_field")))
    return JsonResponse({"html": normalized.html, "removed": removed})


class TellsWhatWasRemoved:
    """Mixes in a message after the save of a text that did not come through the editor."""

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        for field in form.fields.values():
            if not isinstance(field, RichTextFormField):
                continue
            if removed := field.removed.sentence(has_picture_field="image" in form.fields):
                messages.info(request, removed)


class ProtectedAddresses:
    """Mixes in a line that says how many e-mail addresses the text holds, when it holds any."""

    readonly_fields = ["protected_addresses"]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or request.method == "POST" or not addresses_in(obj):
            return fieldsets
        return [(None, {"fields": ["protected_addresses"]}), *fieldsets]

    @admin.display(description="E-post i texten")
    def protected_addresses(self, obj):
        count = len(addresses_in(obj))
        protected = "1 e-postadress skyddas" if count == 1 else f"{count} e-postadresser skyddas"
        return f"{protected}: besökare ser en knapp som visar adressen."


def addresses_in(row):
    """Return the distinct e-mail addresses in what residents read of a row, in links of its text too."""
    texts = [row.body, *chain.from_iterable(row.texts().values())]
    return {
        found.address.lower() for text in filter(may_hold_address, texts) for found in find_addresses(text)
    }
