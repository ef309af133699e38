"""What the branch publishes: posts in categories, pages of text, and addresses that have moved."""

import secrets
from datetime import timedelta
from functools import lru_cache
from itertools import chain, count

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import Signer
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator, slugify

from contacts.addresses import find_addresses, replace_addresses
from contacts.constraints import FieldConstraintsModel
from contacts.pictures import UploadedPictureField
from news.html import blocks_of, html_to_text
from news.pieces import html_pieces
from news.redirects import Redirect
from news.richtext import RichTextField
from news.search import SearchEntry  # noqa: F401  a model of this app
from versions.keeping import versioned

# Slugs that would hide an address of the site. tests/test_public_pages.py proves that none is missing.
RESERVED_POST_SLUGS = {"arkiv", "kategori", "rss", "utkast"}
RESERVED_PAGE_SLUGS = {
    "admin", "anslag", "healthz", "kontakt", "media", "nyheter", "rss", "sok", "static", "utkast",
}  # fmt: skip
SLUG_LENGTH = 100
SUMMARY_WORDS = 35
DESCRIBE_THE_PICTURE = "Beskriv bilden för den som inte ser den, eller kryssa i att den bara är utsmyckning."
SHARE_DAYS = 7
share_signer = Signer(salt="news.share")


def free_slug(instance, text, reserved=frozenset()):
    """Return a slug made of `text` that no other row of the model has and that is not reserved."""
    others = type(instance)._default_manager.exclude(pk=instance.pk)
    base = slugify(text)[: SLUG_LENGTH - 5].strip("-") or "text"
    taken = set(others.filter(slug__startswith=base).values_list("slug", flat=True)) | reserved
    candidates = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(slug for slug in candidates if slug not in taken)


def addresses_in(*texts):
    """Return the distinct e-mail addresses, lower-case, in texts or HTML, for what is told about them."""
    readings = [reading for text in texts for reading in (text, html_to_text(text))]
    return {found.address.lower() for reading in readings for found in find_addresses(reading)}


@lru_cache(maxsize=64)  # every search reads every page of text
def searchable(title, lead, body):
    """Return the text that search looks in and cites, of texts and HTML: the title on a line, no address."""
    return replace_addresses("\n".join([title, lead, html_to_text(body)]), "")


def slug_in(rows, instance):
    """Return the slug that `instance` has among the stored `rows`; None where it is not one of them."""
    return rows.filter(pk=instance.pk).values_list("slug", flat=True).first() if instance.pk else None


def remember_move(old_slug, slug, *names):
    """Let the addresses of the URL patterns `names` with a slug of before lead to those of now."""
    if old_slug and old_slug != slug:
        for name in names:
            Redirect.remember_move(path(name, old_slug), path(name, slug))


def refuse_reserved(slug, reserved):
    if slug in reserved:
        message = f"Adressen ”{slug}” används av webbplatsen. Välj en annan, till exempel ”om-{slug}”."
        raise ValidationError({"slug": message})


@lru_cache(maxsize=4096)
def path(name, *args):
    """Return reverse(), which would take as long as the rest of a row in a list."""
    return reverse(name, args=args)


@versioned(stays=["slug"])
class Category(models.Model):
    name = models.CharField("namn", max_length=50, unique=True)
    slug = models.SlugField(
        "adress", max_length=SLUG_LENGTH, unique=True, blank=True, help_text="Tomt fält: görs av namnet."
    )
    order = models.PositiveSmallIntegerField("ordning", default=0, help_text="Lägst nummer står först.")

    class Meta:
        verbose_name = "kategori"
        verbose_name_plural = "kategorier"
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.slug = self.slug or free_slug(self, self.name)
        old_slug = slug_in(Category.objects, self)
        super().save(*args, **kwargs)
        remember_move(old_slug, self.slug, "news:category", "news:category_feed")

    def get_absolute_url(self):
        return path("news:category", self.slug)


class PostQuerySet(models.QuerySet):
    def published(self, now=None):
        """Posts whose page the public may read now; expired ones too. `now`: an expression for the time."""
        return self.filter(published_at__lte=now or timezone.now())

    def current(self, now=None):
        """Published posts that have not expired: what start, lists and feeds show."""
        return self.published(now).exclude(expires_at__lte=now or timezone.now())

    def expired(self):
        """Published posts that no longer hold."""
        return self.published().filter(expires_at__lte=timezone.now())

    def shared(self):
        """Posts that whoever has a link may read now, published or not."""
        return self.exclude(share_key="").filter(shared_until__gt=timezone.now())

    def scheduled(self):
        return self.filter(published_at__gt=timezone.now())

    def drafts(self):
        return self.filter(published_at=None)

    def pinned(self):
        """Posts held on top today, by the date in Stockholm."""
        return self.filter(pinned_until__gte=timezone.localdate())

    def with_visibility(self):
        """Each post with is_current and is_published, by the very queries that public pages use."""
        post = Q(pk=OuterRef("pk"))
        return self.annotate(
            is_current=Exists(Post.objects.current().filter(post)),
            is_published=Exists(Post.objects.published().filter(post)),
        )

    def with_neighbours(self, now=None):
        """Each post with `newer` and `older`: "slug title" of the current post next in time, or None."""
        time, key = OuterRef("published_at"), OuterRef("pk")
        link = Concat("slug", Value(" "), "title")
        # The first condition follows from the second: with it, an index leads straight to the place.
        newer = Q(published_at__gte=time) & (Q(published_at__gt=time) | Q(pk__gt=key))
        older = Q(published_at__lte=time) & (Q(published_at__lt=time) | Q(pk__lt=key))
        current = Post.objects.current(now)
        return self.annotate(
            newer=Subquery(current.filter(newer).order_by("published_at", "id").values_list(link)[:1]),
            older=Subquery(current.filter(older).newest_first().values_list(link)[:1]),
        )

    def newest_first(self):
        return self.order_by("-published_at", "-id")


@versioned(
    exclude=["search_text", "share_key", "shared_until", "updated_at"],
    stays=["slug", "published_at", "expires_at", "pinned_until", "author", "created_at"],
    shown={"body": html_to_text},
    pieces={"body": html_pieces},
)
class Post(FieldConstraintsModel):
    """A piece of news. published_at says it all: empty = draft, future = scheduled, past = public."""

    title = models.CharField("rubrik", max_length=150)
    slug = models.SlugField(
        "adress",
        max_length=SLUG_LENGTH,
        unique=True,
        blank=True,
        help_text="Det sista i nyhetens webbadress. Tomt fält: görs av rubriken.",
    )
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
    image = UploadedPictureField(
        "bild",
        upload_to="nyheter/",
        is_shared=True,
        width_field="image_width",
        height_field="image_height",
        aspect_ratios=[None],
        blank=True,
        max_length=255,
        help_text="JPEG, PNG, WebP, AVIF eller GIF, högst 20 MB. Uppgifter om var bilden togs tas bort.",
    )
    image_width = models.PositiveIntegerField(null=True, editable=False)
    image_height = models.PositiveIntegerField(null=True, editable=False)
    image_alt = models.CharField(
        "bildbeskrivning",
        max_length=250,
        blank=True,
        help_text="För den som inte ser bilden, till exempel: Grannar planterar i gården på Malmvägen.",
    )
    image_is_decorative = models.BooleanField(
        "bilden är bara utsmyckning",
        default=False,
        help_text="Kryssa i om bilden inte säger något utöver texten.",
    )
    image_caption = models.CharField("bildtext", max_length=250, blank=True)
    image_credit = models.CharField(
        "foto eller källa", max_length=100, blank=True, help_text="Till exempel Foto: Anna Andersson."
    )
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
    published_at = models.DateTimeField(
        "publiceringstid",
        null=True,
        blank=True,
        help_text="För ”Publicera vid tiden”. Svensk tid. ”Publicera nu” behåller en tid som har varit.",
    )
    expires_at = models.DateTimeField(
        "gäller till",
        null=True,
        blank=True,
        help_text="Sedan syns nyheten inte i listorna. Tomt: tills vidare.",
    )
    pinned_until = models.DateField(
        "håll överst till och med", null=True, blank=True, help_text="Tomt: nyheten står i tidsordning."
    )
    share_key = models.CharField(max_length=32, editable=False, default="")
    shared_until = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(editable=False, default="")
    created_at = models.DateTimeField("skapad", auto_now_add=True)
    updated_at = models.DateTimeField("ändrad", default=timezone.now, editable=False)

    objects = PostQuerySet.as_manager()

    # What a reader takes in: another category, a pin or an end does not make the text a changed one.
    READ = (
        "title", "lead", "body", "image", "image_alt", "image_is_decorative", "image_caption",
        "image_credit", "byline",
    )  # fmt: skip

    class Meta:
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
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(published_at__isnull=True)
                | Q(expires_at__gt=F("published_at")),
                name="post_expires_after_publication",
                violation_error_code="expires_at",
                violation_error_message="Nyheten kan inte sluta gälla innan den publiceras. "
                "Ändra någon av tiderna.",
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        """Fill in what follows: slug, search text, the time of change, a redirect from an old slug."""
        self.slug = self.slug or free_slug(self, self.title, RESERVED_POST_SLUGS)
        self.search_text = searchable(self.title, self.lead, self.body)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "slug", "search_text", "updated_at"}
        stored = Post.objects.with_visibility().only("slug", *self.READ).filter(pk=self.pk).first()
        if stored is None or any(getattr(stored, name) != getattr(self, name) for name in self.READ):
            self.updated_at = timezone.now()
        super().save(*args, **kwargs)
        if stored and stored.is_published:  # of one that nobody has seen there is no trace
            remember_move(stored.slug, self.slug, "news:post")

    def get_absolute_url(self):
        return path("news:post", self.slug)

    @property
    def last_changed_at(self):
        """When residents could first read it as it is: it may have been written long before."""
        return max(self.updated_at, self.published_at)

    def clean(self):
        refuse_reserved(self.slug, RESERVED_POST_SLUGS)

    @property
    def is_expired(self):
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def changed_at(self):
        """When it was last changed, if that was on another day than it was published; else None."""
        if self.published_at is None or self.updated_at is None:
            return None
        later = timezone.localdate(self.updated_at) > timezone.localdate(self.published_at)
        return self.updated_at if later else None

    def share(self):
        """Let the draft be read at a new link, without logging in, for SHARE_DAYS. Saves that alone."""
        self.share_key = secrets.token_urlsafe(16)
        self.shared_until = timezone.now() + timedelta(days=SHARE_DAYS)
        self.save(update_fields=["share_key", "shared_until"])

    def unshare(self):
        """Make the link stop working, now."""
        self.share_key, self.shared_until = "", None
        self.save(update_fields=["share_key", "shared_until"])

    @property
    def is_shared(self):
        return bool(self.share_key) and self.shared_until > timezone.now()

    def get_share_url(self):
        """The path of the link; signed, so that only links that we made are looked up."""
        return reverse("draft", args=[share_signer.sign(f"{self.pk}-{self.share_key}")])

    @property
    def summary(self):
        """Plain text for a list: the lead, or the first words of the body's paragraphs."""
        if self.lead:
            return self.lead
        paragraphs = [block.text for block in blocks_of(self.body) if block.tag == "p"]
        return Truncator(" ".join(paragraphs)).words(SUMMARY_WORDS)

    @property
    def addresses(self):
        """The e-mail addresses in what residents read; each is protected on the page."""
        return addresses_in(
            self.title, self.lead, self.body, self.alt, self.image_caption, self.image_credit, self.byline
        )

    @property
    def alt(self):
        """The picture's alt text; "" for a decorative one."""
        return "" if self.image_is_decorative else self.image_alt


@versioned(exclude=["updated_at"], stays=["slug"], shown={"body": html_to_text}, pieces={"body": html_pieces})
class Page(models.Model):
    """A page of text that stands by itself: "Om oss", "Integritet"."""

    title = models.CharField("rubrik", max_length=100)
    slug = models.SlugField(
        "adress", max_length=SLUG_LENGTH, unique=True, blank=True, help_text="Tomt fält: görs av rubriken."
    )
    body = RichTextField("text", blank=True)
    in_menu = models.BooleanField(
        "i menyn", default=False, help_text="Ikryssad: överst på alla sidor. Annars: längst ner."
    )
    order = models.PositiveSmallIntegerField("ordning", default=0, help_text="Lägst nummer står först.")
    updated_at = models.DateTimeField("ändrad", auto_now=True)

    class Meta:
        verbose_name = "sida"
        verbose_name_plural = "sidor"
        ordering = ["order", "title"]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.slug = self.slug or free_slug(self, self.title, RESERVED_PAGE_SLUGS)
        old_slug = slug_in(Page.objects, self)
        super().save(*args, **kwargs)
        remember_move(old_slug, self.slug, "page")

    def get_absolute_url(self):
        return path("page", self.slug)

    def clean(self):
        refuse_reserved(self.slug, RESERVED_PAGE_SLUGS)

    @property
    def summary(self):
        """Plain text for search engines, and where a page is found by its title alone: the first words."""
        return Truncator(" ".join(html_to_text(self.body).split())).words(SUMMARY_WORDS)

    @property
    def search_text(self):
        return searchable(self.title, "", self.body)

    @property
    def addresses(self):
        """The e-mail addresses in what residents read; each is protected on the page."""
        return addresses_in(self.title, self.body)
