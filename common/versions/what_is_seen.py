"""After a save in the admin one sentence says what residents see now, and leads there."""

from django.contrib import admin, messages
from django.utils.html import format_html


class TellsWhatIsSeen(admin.ModelAdmin):
    def seen_by_residents(self, row):
        """Return (a sentence, the page that it is about) of a row that was just saved, or None."""

    def response_add(self, request, obj, post_url_continue=None):
        request.saved_row = obj
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        request.saved_row = obj
        return super().response_change(request, obj)

    def message_user(self, request, message, level=messages.INFO, *args, **kwargs):
        is_saved = level == messages.SUCCESS and hasattr(request, "saved_row")
        if is_saved and (seen := self.seen_by_residents(request.saved_row)):
            message = format_html('{} {} <a href="{}">Se sidan</a>', message, *seen)
        super().message_user(request, message, level, *args, **kwargs)
