"""The documents that a post or page hands out, "Bilagor": chosen or uploaded in its form."""

from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import cached_property

from common.publishing.check import Problem
from common.publishing.models import HasRows
from common.versions.registry import versioned
from documents.models import Document
from news.parts.part import Part


class AttachmentManager(models.Manager):
    def get_queryset(self):
        """Each with its document, and is_public: whether residents may read that now."""
        public = Document.objects.published().filter(pk=OuterRef("document_id"))
        rows = super().get_queryset().select_related("document").defer("document__text")
        return rows.annotate(is_public=Exists(public))


@versioned()
class Attachment(Part):
    """A document under a post or page. A draft of a document is published together with the text."""

    document = models.ForeignKey(Document, models.CASCADE, "attachments", verbose_name="dokument")
    order = models.PositiveSmallIntegerField("ordning", default=0)

    objects = AttachmentManager()
    is_public = False  # of one that AttachmentManager did not read

    class Meta:
        verbose_name = "bilaga"
        verbose_name_plural = "bilagor"
        ordering = ["order", "pk"]
        constraints = [
            *Part.Meta.constraints,
            models.UniqueConstraint(fields=["post", "document"], name="document_once_in_a_post"),
            models.UniqueConstraint(fields=["page", "document"], name="document_once_on_a_page"),
        ]

    def __str__(self):
        return self.document.title


class WithAttachments:
    """A post or page with documents under its text."""

    has_attachments = HasRows("attachments")

    @cached_property
    def shown_attachments(self):
        """Its attachments in order: of a draft all, else those that residents may read."""
        found = self.attachments.all() if self.pk and self.has_attachments else []
        return [one for one in found if one.is_public or self.published_at is None]

    def row_problems(self):
        documents = [one.document for one in self.attachments.all()]
        return [*attachment_problems(documents), *super().row_problems()]

    @cached_property
    def open_documents(self):
        """Those of them that anybody may fetch by GET: what is told to machines."""
        shown = (one.document for one in self.shown_attachments if one.is_public)
        return [document for document in shown if not document.is_protected]


def attachment_problems(documents):
    """Yield a Problem for whatever stops the publication of a document together with its text."""
    for place, document in enumerate(documents):
        if document.published_at is None:
            for problem in document.publish_problems():
                # Without its number: that is confirmed in the document's own form.
                line = f"{document.title}: {problem.text}"
                url = reverse("admin:documents_document_change", args=[document.pk]) if document.pk else ""
                yield Problem(f"attachments-{place}-document", line, url=url)
