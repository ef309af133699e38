"""What the branch publishes: posts in categories, pages of text, and addresses that have moved.

What no search for callers finds: every change of these tables, also by update() or a shell, renews the stored
pages by a database trigger (common/page_cache/content_version.py; news/apps.py says which tables and times).
"""

from functools import lru_cache
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import Truncator

from common.constraints import FieldConstraintsModel
from common.dates import wrong_weekdays
from common.email_protection.detect import replace_addresses
from common.publishing.check import (
    DESCRIBE_THE_PICTURE,
    Problem,
    address_problems,
    link_problems,
    number_problems,
    picture_problems,
    text_problems,
)
from common.publishing.models import HasRows, Publishable
from common.richtext.blocks import blocks_of, html_to_text
from common.richtext.fields import RichTextField
from common.slugs import free_slug, slug_field
from common.spelling import one_spelling
from common.versions.registry import versioned
from contacts.areas import InAreas
from news.calendar.occurrences import Occurrence  # noqa: F401  a model that Django finds here
from news.managers import PostQuerySet
from news.parts.attachments import Attachment, WithAttachments  # noqa: F401  a model that Django finds here
from news.parts.contacts import contact_problems
from news.parts.pictures import Illustrated, Picture, WithPictures  # noqa: F401  a model that Django finds here
from news.parts.translations import (
    Translation,  # noqa: F401  a model that Django finds here
    WithTranslations,
    language_field,
)
from news.paths.redirects import MissedAddress, Redirect, is_page  # noqa: F401  a model that Django finds here
from news.paths.slugs import (
    RESERVED_PAGE_SLUGS,
    RESERVED_POST_SLUGS,
    cached_reverse,
    redirect_old_slug,
    refuse_reserved,
    stored_slug,
)
from news.patterns import marks_in
from news.search import DocumentEntry, SearchEntry  # noqa: F401  models that Django finds here
from news.words import Word  # noqa: F401  a model that Django finds here

SUMMARY_WORDS = 35


def new_guid():
    """Return what feed readers know a post by, wherever it moves."""
    return f"urn:uuid:{uuid4()}"


def problems_of(body):
    """Return the Problems of a rich text, its links and its contacts."""
    links = link_problems(body, lambda path: is_page(path) or Redirect.find(path))
    return [*text_problems(body), *links, *contact_problems(body)]


@lru_cache(maxsize=64)  # every search reads every page of text
def searchable(title, lead, body):
    """Return the text that search looks in and cites, of texts and HTML: the title on a line, no address."""
    return replace_addresses(one_spelling("\n".join([title, lead, html_to_text(body)])), "")


@versioned(never_restored=["slug"])
class Category(FieldConstraintsModel):
    name = models.CharField("namn", max_length=50, unique=True)
    slug = slug_field("Tomt fält: görs av namnet.")
    order = models.PositiveSmallIntegerField("ordning", default=0, help_text="Lägst nummer står först.")

    class Meta:
        verbose_name = "kategori"
        verbose_name_plural = "kategorier"
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.slug = self.slug or free_slug(self, self.name)
        old_slug = stored_slug(Category.objects, self)
        super().save(*args, **kwargs)
        redirect_old_slug(old_slug, self.slug, "news:category", "news:category_feed")

    def get_absolute_url(self):
        return cached_reverse("news:category", self.slug)


@versioned(
    exclude=["search_text", "share_key", "shared_until", "updated_at"],
    children=["occurrences", "pictures", "attachments", "translations"],
    never_restored=[
        "slug",
        "guid",
        "published_at",
        "expires_at",
        "confirmed_numbers",
        "pinned_until",
        "important_until",
        "without_letter",
        "author",
        "created_at",
    ],
)
class Post(WithPictures, WithAttachments, WithTranslations, InAreas, Publishable, Illustrated):
    """A piece of news. published_at says it all: empty = draft, future = scheduled, past = public."""

    title = models.CharField("rubrik", max_length=150)
    slug = slug_field("Det sista i nyhetens webbadress. Tomt fält: görs av rubriken.")
    category = models.ForeignKey(
        Category,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name="kategori",
    )
    lead = models.TextField(
        "ingress", blank=True, help_text="Två eller tre meningar. Tomt fält: listorna visar början av texten."
    )
    body = RichTextField("text", blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="posts",
        verbose_name="skriven av",
    )
    byline = models.CharField(
        "undertecknat", max_length=100, blank=True, help_text="Syns under texten. Tomt fält: inget namn syns."
    )
    language = language_field()
    pinned_until = models.DateField(
        "håll överst till och med", null=True, blank=True, help_text="Tomt: nyheten står i tidsordning."
    )
    important_until = models.DateTimeField(
        "viktig rad på alla sidor till",
        null=True,
        blank=True,
        help_text="Rubriken syns överst på alla sidor till dess, till exempel: Vattnet stängs av i dag.",
    )
    without_letter = models.BooleanField(
        "skicka inget brev",
        default=False,
        help_text="Ikryssad: de som får nyheter med e-post får inget brev om den här.",
    )
    guid = models.CharField(max_length=250, editable=False, default=new_guid)  # "": no feed tells of it
    search_text = models.TextField(editable=False, default="")
    created_at = models.DateTimeField("skapad", auto_now_add=True)
    updated_at = models.DateTimeField("ändrad", default=timezone.now, editable=False)

    objects = PostQuerySet.as_manager()
    loaded = {}  # {field: value} as the row was read; empty for one that was not
    has_occurrences = HasRows("occurrences")
    first_picture = 2  # the one that lists show is the first

    # What a reader takes in: another category, a pin or an end does not make the text a changed one.
    PLAIN_TEXTS = ("title", "lead", "byline", "image_alt", "image_caption", "image_credit")
    VISIBLE_FIELDS = (*PLAIN_TEXTS, "body", "image", "image_is_decorative")

    class Meta(Publishable.Meta):
        verbose_name = "nyhet"
        verbose_name_plural = "nyheter"
        ordering = ["-published_at", "-id"]
        indexes = [
            # With expires_at, a list is counted and cut into pages without a look at the posts themselves.
            models.Index(fields=["-published_at", "-id", "expires_at"], name="post_newest"),
            models.Index(
                fields=["category", "-published_at", "-id", "expires_at"], name="post_newest_in_category"
            ),
            models.Index(fields=["image"], name="post_image"),  # asked at every request for a picture
            models.Index(
                fields=["important_until"], name="post_important", condition=Q(important_until__isnull=False)
            ),
            models.Index(fields=["expires_at"], name="post_expires", condition=Q(expires_at__isnull=False)),
            models.Index(
                fields=["pinned_until"], name="post_pinned", condition=Q(pinned_until__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(image="")
                | Q(image_is_decorative=True)
                | ~Q(image_alt=""),
                name="published_picture_is_described",
                violation_error_code="image_alt",
                violation_error_message=DESCRIBE_THE_PICTURE,
            ),
            *Publishable.Meta.constraints,
        ]

    def __str__(self):
        return self.title

    @classmethod
    def from_db(cls, db, field_names, values):
        post = super().from_db(db, field_names, values)
        post.loaded = dict(zip(field_names, values, strict=False))  # a save compares with it
        return post

    def save(self, *args, **kwargs):
        """Fill in what follows: slug, search text, the time of change, a redirect from an old slug."""
        self.slug = self.slug or free_slug(self, self.title, RESERVED_POST_SLUGS)
        self.search_text = searchable(self.title, self.lead, self.body)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "slug", "search_text", "updated_at"}
        known = [name for name in ("slug", *self.VISIBLE_FIELDS) if name not in self.get_deferred_fields()]
        if any(self.loaded.get(name) != getattr(self, name) for name in known if name != "slug"):
            self.updated_at = timezone.now()
        old_slug = self.loaded.get("slug", self.slug)
        was_seen = old_slug != self.slug and Post.objects.published().filter(pk=self.pk).exists()
        super().save(*args, **kwargs)
        if was_seen:  # of one that nobody has seen there is no trace
            redirect_old_slug(old_slug, self.slug, "news:post")
        elif old_slug != self.slug:
            Redirect.follow_draft(cached_reverse("news:post", old_slug), self.get_absolute_url())
        self.loaded = {name: getattr(self, name) for name in known}

    @cached_property
    def dates(self):
        """Its occurrences in order; of many posts at once by PostQuerySet.with_dates() or give_dates()."""
        return list(self.occurrences.all()) if self.pk and self.has_occurrences else []

    def get_absolute_url(self):
        return cached_reverse("news:post", self.slug)

    @property
    def last_changed_at(self):
        """When residents could first read it as it is: it may have been written long before."""
        return max(self.updated_at, self.published_at)

    def clean(self):
        refuse_reserved(self.slug, RESERVED_POST_SLUGS)

    def publish_problems(self):
        fields = ["title", "lead", "body", "byline", "image_caption", "image_credit"]
        texts = self.texts()
        return [
            *picture_problems(self),
            *problems_of(self.body),
            *address_problems(self, fields),
            *self.writing_problems({name: text for name, [text] in texts.items()}),
            *number_problems(texts, self.confirmed_numbers),
        ]

    def texts(self):
        """Return {field: [plain text, …]} of all that somebody types."""
        plain = {name: [getattr(self, name)] for name in self.PLAIN_TEXTS}
        return {"body": [html_to_text(self.body)], **plain}

    def writing_problems(self, texts):
        """Yield a Problem for each mark of a pattern that is left, and each weekday that is another one."""
        written = timezone.localdate(self.published_at) if self.published_at else timezone.localdate()
        is_of_coming = any(not one.is_past for one in self.dates)
        for field, text in texts.items():
            for mark in marks_in(text):
                yield Problem(field, f"Byt ut {mark} mot det som gäller.")
            for line in wrong_weekdays(text, written, is_of_coming=is_of_coming):
                yield Problem(field, f"{line} Ändra dagen, eller skriv ut året om det är ett annat.")

    @property
    def changed_at(self):
        """When it was last changed, if that was on another day than it was published; else None."""
        if self.published_at is None or self.updated_at is None:
            return None
        later = timezone.localdate(self.updated_at) > timezone.localdate(self.published_at)
        return self.updated_at if later else None

    @property
    def summary(self):
        """Plain text for a list: the lead, or the first words of the body's paragraphs."""
        if self.lead:
            return self.lead
        paragraphs = [block.text for block in blocks_of(self.body) if block.tag == "p"]
        return Truncator(" ".join(paragraphs)).words(SUMMARY_WORDS)


@versioned(
    exclude=["updated_at", "share_key", "shared_until"],
    children=["pictures", "attachments", "translations"],
    never_restored=["slug", "published_at", "expires_at", "confirmed_numbers"],
)
class Page(WithPictures, WithAttachments, WithTranslations, Publishable):
    """A page of text that stands by itself: "Om oss", "Integritet"."""

    share_prefix = "sida-"

    title = models.CharField("rubrik", max_length=100)
    slug = slug_field("Tomt fält: görs av rubriken.")
    body = RichTextField("text", blank=True)
    language = language_field()
    in_menu = models.BooleanField(
        "i menyn", default=False, help_text="Ikryssad: överst på alla sidor. Annars: längst ner."
    )
    order = models.PositiveSmallIntegerField("ordning", default=0, help_text="Lägst nummer står först.")
    updated_at = models.DateTimeField("ändrad", auto_now=True)

    class Meta(Publishable.Meta):
        verbose_name = "sida"
        verbose_name_plural = "sidor"
        ordering = ["order", "title"]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.slug = self.slug or free_slug(self, self.title, RESERVED_PAGE_SLUGS)
        draft_slug = stored_slug(Page.objects, self)
        old_slug = stored_slug(Page.objects.published(), self)  # of a draft there is no trace
        super().save(*args, **kwargs)
        redirect_old_slug(old_slug, self.slug, "page")
        if not old_slug and draft_slug not in (None, self.slug):
            Redirect.follow_draft(cached_reverse("page", draft_slug), self.get_absolute_url())

    def get_absolute_url(self):
        return cached_reverse("page", self.slug)

    def clean(self):
        refuse_reserved(self.slug, RESERVED_PAGE_SLUGS)

    def publish_problems(self):
        found = [*problems_of(self.body), *address_problems(self, ["title", "body"])]
        return [*found, *super().publish_problems()]

    def texts(self):
        return {"title": [self.title], "body": [html_to_text(self.body)]}

    @property
    def summary(self):
        """Plain text for search engines, and where a page is found by its title alone: the first words."""
        return Truncator(" ".join(html_to_text(self.body).split())).words(SUMMARY_WORDS)

    @property
    def search_text(self):
        others = "\n".join(one.text for one in self.shown_translations)
        return f"{searchable(self.title, '', self.body)}\n{replace_addresses(others, '')}"
