"""What the branch hands out as files: statutes, calls to meetings, minutes, reports."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone

from common.email_protection.detect import find_addresses
from common.publishing.check import Problem, address_problems
from common.publishing.models import Publishable
from common.slugs import free_slug, slug_field
from common.versions.registry import versioned
from contacts.areas import InAreas
from documents.fields import PdfField
from documents.pdf import CleanPdf

PAGE_BREAK = "\f"
CHOOSE_A_FILE = "Välj en fil: ett dokument utan fil kan inte publiceras."


@versioned(
    exclude=["share_key", "shared_until", "updated_at"],
    never_restored=["slug", "published_at", "expires_at", "confirmed_numbers"],
)
class Document(InAreas, Publishable):
    """A PDF with a page of its own. Its address is the same for every new version of the file."""

    share_prefix = "dokument-"

    class Kind(models.TextChoices):
        STATUTES = "stadgar", "Stadgar"
        CALL = "kallelse", "Kallelser"
        MINUTES = "protokoll", "Protokoll"
        RESPONSE = "remissvar", "Remissvar"
        REPORT = "rapport", "Rapporter"
        FORM = "blankett", "Blanketter"
        OTHER = "annat", "Annat"

    title = models.CharField("rubrik", max_length=150)
    slug = slug_field("Det sista i dokumentets webbadress. Tomt fält: görs av rubriken.")
    kind = models.CharField("slag", max_length=10, choices=Kind.choices, default=Kind.OTHER)
    day = models.DateField(
        "dokumentets dag",
        default=timezone.localdate,
        help_text="Till exempel mötets dag. Listan ordnas efter den.",
    )
    file = PdfField(
        "fil",
        upload_to="dokument/",
        max_length=255,
        blank=True,
        help_text="En PDF, högst 20 MB. Dolda uppgifter i filen tas bort. En ny fil får samma webbadress.",
    )
    pages = models.PositiveIntegerField("sidor", default=0, editable=False)
    size = models.PositiveIntegerField("storlek", default=0, editable=False)  # bytes
    text = models.TextField(editable=False, default="")  # of the pages, between PAGE_BREAKs
    # Numbers of the pages on which an e-mail address stands; None where nobody could read them.
    pages_with_addresses = models.JSONField(editable=False, default=list, null=True)
    updated_at = models.DateTimeField("ändrad", auto_now=True)

    class Meta(Publishable.Meta):
        verbose_name = "dokument"
        verbose_name_plural = "dokument"
        ordering = ["-day", "-id"]
        indexes = [
            models.Index(fields=["file"], name="document_file"),
            # Asked for by the content version, twice a second.
            models.Index(fields=["published_at"], name="document_published"),
            models.Index(fields=["expires_at"], name="document_expires"),
            models.Index(fields=["-updated_at", "-id"], name="document_newest"),  # the admin's start page
        ]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(published_at__isnull=True) | ~models.Q(file=""),
                name="published_document_has_a_file",
                violation_error_code="file",
                violation_error_message=CHOOSE_A_FILE,
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.slug = self.slug or free_slug(self, self.title)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("documents:document", args=[self.slug])

    @property
    def file_url(self):
        return reverse("documents:file", args=[self.slug])

    @property
    def is_protected(self):
        """Whether the file holds an e-mail address, or may: it is then given only to who asks by a button."""
        return self.pages_with_addresses is None or bool(self.pages_with_addresses)

    @property
    def facts(self):
        """What a reader wants to know before the download: "PDF, 240 kB, 4 sidor"."""
        size = f"{self.size / 1e6:.1f}~MB" if self.size >= 1_000_000 else f"{max(self.size // 1000, 1)}~kB"
        pages = "1~sida" if self.pages == 1 else f"{self.pages}~sidor"
        return f"PDF, {size.replace('.', ',')}, {pages}".replace("~", "\N{NO-BREAK SPACE}")

    @property
    def page_texts(self):
        """The text of each page, for search; none of a protected file: a guessed address would be found."""
        return [] if self.is_protected else self.text.split(PAGE_BREAK)

    def take_facts_of(self, pdf: CleanPdf):
        """Fill in what follows from a new file."""
        self.pages, self.size = len(pdf.pages), pdf.size
        self.text = PAGE_BREAK.join(page.replace(PAGE_BREAK, " ").replace("\0", "") for page in pdf.pages)
        numbered = enumerate(pdf.pages, start=1)
        found = [number for number, page in numbered if any(True for _ in find_addresses(page))]
        self.pages_with_addresses = found if pdf.is_readable else None

    def clean(self):
        if self.pk and self.slug:
            stored = Document.objects.published().filter(pk=self.pk).values_list("slug", flat=True).first()
            if stored not in (None, self.slug):
                message = f"Adressen är utdelad och kan inte ändras. Skriv tillbaka ”{stored}”."
                raise ValidationError({"slug": message})

    def publish_problems(self):
        missing = [] if self.file else [Problem("file", CHOOSE_A_FILE)]
        return [*missing, *address_problems(self, ["title"]), *super().publish_problems()]

    def texts(self):
        return {"title": [self.title], "file": self.text.split(PAGE_BREAK)}
