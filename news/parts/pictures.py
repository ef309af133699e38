"""The pictures of a post or page: the fields of one, and those that stand in the text or after it."""

from dataclasses import replace

from django.db import models
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe

from common.files.pictures import UploadedPictureField
from common.publishing.check import Problem, address_problems, number_problems, picture_problems
from common.publishing.models import HasRows
from common.richtext.shortcodes import Shortcode, resolve, shortcodes_in
from common.versions.registry import versioned
from news.parts.contacts import KIND as CONTACT
from news.parts.contacts import contact_cards
from news.parts.part import Part

MOST = 12  # of one post or page
KIND = "bild"  # of a shortcode
DESCRIBED = Q(image_is_decorative=True) | ~Q(image_alt="")


class Illustrated(models.Model):
    """A row with a picture, and what is said of it."""

    image = UploadedPictureField(
        "bild",
        upload_to="nyheter/",
        is_shared=True,
        send_to="admin:news_picture",
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

    class Meta:
        abstract = True

    @property
    def alt(self):
        """The picture's alt text; "" for a decorative one."""
        return "" if self.image_is_decorative else self.image_alt


class PictureQuerySet(models.QuerySet):
    """What residents see of pictures follows their post or page."""

    def of(self, which):
        """Those of posts and pages that PublishableQuerySet has under that name: "published"."""
        parents = {name: self.model._meta.get_field(name).related_model.objects for name in ("post", "page")}
        post, page = (getattr(rows, which)().values("pk") for rows in parents.values())
        return self.filter(Q(post__in=post) | Q(page__in=page))

    def published(self):
        return self.of("published").filter(DESCRIBED)

    def shared(self):
        return self.of("shared")


@versioned()
class Picture(Illustrated, Part):
    """One of several, called by its number, which it keeps wherever it stands.

    Residents see it once it is described; the form asks for that before it saves what is public.
    """

    number = models.PositiveSmallIntegerField("nummer")
    order = models.PositiveSmallIntegerField("ordning", blank=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = "bild"
        verbose_name_plural = "bilder"
        ordering = ["order", "number"]
        indexes = [models.Index(fields=["image"], name="picture_image")]  # asked at every request for it
        constraints = [
            models.CheckConstraint(condition=~Q(image=""), name="picture_has_a_file"),
            *Part.Meta.constraints,
            models.UniqueConstraint(fields=["post", "number"], name="one_picture_of_a_number_in_a_post"),
            models.UniqueConstraint(fields=["page", "number"], name="one_picture_of_a_number_on_a_page"),
        ]

    def __str__(self):
        return f"bild {self.number}"

    def save(self, *args, **kwargs):
        self.order = self.number if self.order is None else self.order
        super().save(*args, **kwargs)

    @property
    def shortcode(self):
        return Shortcode(KIND, str(self.number))

    def publish_problems(self):
        texts = {name: [getattr(self, name)] for name in ("image_alt", "image_caption", "image_credit")}
        return [
            *picture_problems(self),
            *address_problems(self, ["image_caption", "image_credit"]),
            *number_problems(texts, self.edited_with.confirmed_numbers),
        ]


class WithPictures:
    """A post or page, whose text says where its pictures stand."""

    has_pictures = HasRows("pictures")
    first_picture = 1  # the lowest number

    @cached_property
    def shown_pictures(self):
        """Its pictures in order: of a draft all, else those that are described."""
        found = self.pictures.all() if self.pk and self.has_pictures else []
        return [one for one in found if self.published_at is None or one.image_is_decorative or one.image_alt]

    def row_problems(self):
        pictures = list(self.pictures.all())
        return [
            *(
                replace(one, field=f"pictures-{place}-{one.field}", text=f"Bild {picture.number}: {one.text}")
                for place, picture in enumerate(pictures)
                for one in picture.publish_problems()
            ),
            *missing_problems(self.body, pictures),
            *super().row_problems(),
        ]


def missing_problems(body, pictures):
    """Return a Problem for each shortcode of a text that none of the pictures has."""
    there = {picture.shortcode for picture in pictures}
    codes = (code for code in shortcodes_in(body) if code.kind != CONTACT)
    missing = dict.fromkeys(code for code in codes if code not in there)
    return [Problem("body", f"Ta bort {code} ur texten: det finns ingen sådan bild.") for code in missing]


def figure(picture):
    return render_to_string("includes/picture.html", {"post": picture, "is_below": True})


def with_pictures(html, row, figure=figure, contact=contact_cards):
    """Return a text of rich_text() as safe HTML with contacts and its row's pictures, else last."""
    figures = {one.shortcode: figure(one) for one in row.shown_pictures}
    left = dict(figures)

    def show(code):
        if code.kind == CONTACT:
            return contact(code.name)
        left.pop(code, None)
        return figures.get(code, "")

    return mark_safe(resolve(html, show) + "".join(left.values()))  # noqa: S308  templates and rich_text() escape
