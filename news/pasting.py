"""Tells the volunteer what became of a text that she pasted: while she writes, and when it is saved."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed, JsonResponse
from django.utils.html import escape

from news.paste import tidy

WRITES = ["news.add_post", "news.change_post", "news.add_page", "news.change_page"]  # who has an editor


def tidy_pasted(request):
    """Answer the editor with the tidied form of `html` or plain `text`, and a line about what was removed.

    It changes nothing, and shows nothing but what was sent.
    """
    if not any(map(request.user.has_perm, WRITES)):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    source = request.POST.get("html") or escape(request.POST.get("text", ""))
    tidied = tidy(source)
    removed = tidied.removed.sentence(has_picture_field=bool(request.POST.get("has_picture_field")))
    return JsonResponse({"html": tidied.html, "removed": removed})


class TellsWhatWasRemoved:
    """Mixes in a message after the save of a text that did not come through the editor."""

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "body" in form.fields:
            removed = form.fields["body"].removed.sentence(has_picture_field="image" in form.fields)
            if removed:
                messages.info(request, removed)
