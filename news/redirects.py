"""Addresses that have moved: of the old site, and of what has been given another address here."""

from contextlib import suppress
from urllib.parse import unquote, urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import Resolver404, resolve

from contacts.constraints import FieldConstraintsModel

NO_QUERY = "Skriv adressen utan frågetecknet och det som står efter det: det läses inte."
UNREADABLE = "Adressen går inte att förstå. Kopiera den en gång till, från första snedstrecket."
IN_USE = "På den adressen finns redan en sida. En omdirigering används bara där ingen sida finns."
NO_TARGET = "Skriv en sida här (/nyheter/arsmotet/) eller en hel adress (https://…)."


class Redirect(FieldConstraintsModel):
    """An address that has moved. Made by itself when a post, page or category gets another address.

    No redirect leads to another one: an address that moves twice leads at once to where it is now.
    """

    old_path = models.CharField(
        "gammal adress", max_length=250, unique=True, help_text="Från första snedstrecket: /nyheter/arsmote/"
    )
    target = models.CharField(
        "ny adress",
        max_length=250,
        help_text="En sida här (/nyheter/arsmotet/) eller en hel adress (https://…).",
    )

    class Meta:
        verbose_name = "omdirigering"
        verbose_name_plural = "omdirigeringar"
        ordering = ["old_path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(old_path__startswith="/"),
                name="redirect_from_a_path",
                violation_error_code="old_path",
                violation_error_message="Den gamla adressen måste börja med ett snedstreck, /.",
            ),
            models.CheckConstraint(
                condition=~Q(target=F("old_path")),
                name="redirect_not_to_itself",
                violation_error_code="target",
                violation_error_message="Den nya adressen är samma som den gamla. Ändra någon av dem.",
            ),
        ]

    def __str__(self):
        return f"{self.old_path} → {self.target}"

    def clean(self):
        self.old_path = normalised(self.old_path)
        if is_page(self.old_path):
            raise ValidationError({"old_path": IN_USE})
        self.target = own_path(self.target.strip())
        if not self.target.startswith("/") or self.target.startswith("//"):
            try:
                URLValidator(schemes=["http", "https"])(self.target)
            except ValidationError:
                raise ValidationError({"target": NO_TARGET}) from None
        if self.target not in spellings(self.old_path) and self.end_of(self.target) in spellings(
            self.old_path
        ):
            message = f"{self.target} leder redan till {self.old_path}: det skulle gå i cirkel."
            raise ValidationError({"target": message})

    def save(self, *args, **kwargs):
        """Store it, with every address that leads here or that this leads to brought up to date."""
        with transaction.atomic():
            end = self.end_of(self.target)
            self.target = self.target if end == self.old_path else end
            super().save(*args, **kwargs)
            others = (
                type(self).objects.filter(target__in=spellings(self.old_path)).exclude(old_path=self.target)
            )
            others.update(target=self.target)

    def end_of(self, path):
        """Return where `path` leads by other redirects, `path` itself if nowhere."""
        others = type(self).objects.exclude(pk=self.pk).filter(old_path__in=spellings(path))
        return others.values_list("target", flat=True).first() or path

    @classmethod
    def remember_move(cls, old_path, new_path):
        """Let `old_path` lead to `new_path`, and every older address that led to `old_path` too."""
        with transaction.atomic():
            cls.objects.filter(old_path=new_path).delete()  # the address is in use again
            cls.objects.filter(target=old_path).update(target=new_path)
            cls.objects.update_or_create(old_path=old_path, defaults={"target": new_path})

    @classmethod
    def find(cls, path):
        """Return where a path that is not found has moved, or None; one slash at its end is no matter."""
        if not path.isprintable():  # PostgreSQL refuses NUL in a text
            return None
        return cls.objects.filter(old_path__in=spellings(path)).values_list("target", flat=True).first()


def spellings(path):
    """Return a path with and without a slash at its end: a redirect does not tell them apart."""
    return [path, path.removesuffix("/") if path.endswith("/") else f"{path}/"]


def normalised(address):
    """Return an address of this site as the path that a request for it has: decoded, without a host.

    Raises ValidationError at old_path when there is none, or when it has a query.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        raise ValidationError({"old_path": UNREADABLE}) from None
    if parts.query:
        raise ValidationError({"old_path": NO_QUERY})
    path = unquote(parts.path) or "/"
    if not path.isprintable() or "\ufffd" in path:
        raise ValidationError({"old_path": UNREADABLE})
    return path


def own_path(target):
    """Return a target on this site as a path, any other as it is."""
    inside = target.removeprefix(settings.SITE_URL)
    return inside if inside != target and inside.startswith("/") else target


def is_page(path):
    """Tell whether a resident finds a page of ours at `path`, without a redirect of this kind."""
    Post, Page, Category = (apps.get_model("news", name) for name in ("Post", "Page", "Category"))
    pages = {
        "news:post": Post.objects.published(),
        "news:notice": Post.objects.published(),
        "news:category": Category.objects,
        "news:category_feed": Category.objects,
        "page": Page.objects,
    }
    for spelling in spellings(path):
        with suppress(Resolver404):
            match = resolve(spelling)
            return match.view_name not in pages or pages[match.view_name].filter(**match.kwargs).exists()
    return False
