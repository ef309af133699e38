from django.contrib import admin

from common.publishing.admin import PublishAdmin, VisibilityFilter
from common.publishing.forms import PublishForm
from common.publishing.people import remarks
from contacts.admin import AreaTicks
from documents.models import Document
from documents.pdf import NOTES, CleanPdf, rewrite


class DocumentForm(PublishForm):
    def clean_file(self):
        """Write a chosen file anew; what was wrong with it stands at the field."""
        file = self.cleaned_data["file"]
        if not file or "file" not in self.changed_data:
            return file
        return rewrite(file, self.cleaned_data.get("title") or "Dokument")


@admin.register(Document)
class DocumentAdmin(AreaTicks, PublishAdmin):
    form = DocumentForm
    definite = "dokumentet"
    preview_template = "documents/document.html"
    list_display = ["title", "kind", "day", "what_residents_see"]
    list_filter = [VisibilityFilter, "kind", "day"]
    search_fields = ["title", "text"]
    fieldsets = [
        (None, {"fields": ["title", "file", "kind", "day"]}),
        ("Tider", {"classes": ["collapse"], "fields": ["published_at", "expires_at"]}),
        ("Mer", {"classes": ["collapse"], "fields": ["slug"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("text")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        for line in notes(obj, form.cleaned_data.get("file")):
            self.remind(request, obj, line)

    def preview_context(self, row, form):
        return {"document": row}


def notes(document, pdf):
    """Yield what the user should know of a file, if it was taken just now, a sentence each."""
    if not isinstance(pdf, CleanPdf):
        return
    yield from (NOTES[note] for note in pdf.notes)
    yield from remarks(pdf.pages, "Filen")
    if document.pages_with_addresses is None:
        yield (
            "Texten i filen gick inte att läsa. Därför får besökaren filen med en knapp, "
            "ifall det står e-postadresser i den."
        )
    elif numbers := document.pages_with_addresses:
        on = ", ".join(map(str, numbers))
        yield (
            f"Filen innehåller e-postadresser (sida {on}). Därför får besökaren den först med en knapp, "
            "så att robotar inte läser dem."
        )
