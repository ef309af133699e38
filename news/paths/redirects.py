"""Addresses that have moved: of the old site, and of what has been given another address here."""

import re
from contextlib import suppress
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import DatabaseError, models, transaction
from django.db.models import F, Q
from django.urls import Resolver404, resolve
from django.utils import timezone

from common.constraints import FieldConstraintsModel
from common.links import direct_url
from common.spelling import one_spelling
from contacts.areas import Area
from news.paths.old_site import OLD_FOLDERS, OLD_SCRIPT, keys_of

NO_QUERY = "Skriv adressen utan frågetecknet och det som står efter det: det läses inte."
UNREADABLE_PATH = "Adressen går inte att förstå. Kopiera den en gång till, från första snedstrecket."
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
        self.old_path = normalised_path(self.old_path)
        if is_page(self.old_path):
            raise ValidationError({"old_path": IN_USE})
        self.target = own_path(direct_url(self.target.strip()))
        if not self.target.startswith("/") or self.target.startswith("//"):
            try:
                URLValidator(schemes=["http", "https"])(self.target)
                if "@" in urlsplit(self.target).netloc:  # "https://vår.adress@evil.example/"
                    raise ValidationError(NO_TARGET)
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
            MissedAddress.objects.filter(path__in=spellings(self.old_path)).delete()

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
    def follow_draft(cls, old_path, new_path):
        """Let what leads to `old_path`, which nobody has seen, lead to `new_path`."""
        cls.objects.filter(target=old_path).update(target=new_path)

    @classmethod
    def find(cls, path):
        """Return where a path that is not found has moved, or None; one slash at its end is no matter.

        None too while that is not public: what a draft is called now is nobody's business.
        """
        if not path.isprintable():  # PostgreSQL refuses NUL in a text
            return None
        old = spellings(one_spelling(path))
        target = cls.objects.filter(old_path__in=old).values_list("target", flat=True).first()
        path = unquote((target or "").partition("?")[0].partition("#")[0])
        return None if is_page(path) is False else target


class MissedAddress(models.Model):
    """An address in a folder of the old site that somebody asked for and that leads nowhere. Not who."""

    MOST, DAYS = 200, 90  # kept: so many, so long
    path = models.CharField(max_length=250, unique=True)
    count = models.PositiveIntegerField("gånger", default=1)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "adress som saknas"
        verbose_name_plural = "adresser som saknas"
        ordering = ["-count", "-last_at"]

    def __str__(self):
        return self.path

    @classmethod
    def note(cls, path, query):
        """Count that an address was not found, if it may be one of the old site's and is no draft's."""
        keys = list(keys_of(one_spelling(path), query))
        folder = re.match("/[^/?]+", keys[0])
        if len(keys[0]) > 250 or not keys[0].isprintable() or "@" in keys[0] or not folder:
            return
        same_folder = Redirect.objects.filter(old_path__startswith=f"{folder[0]}/")
        drafts = (apps.get_model("news", name).objects.drafts() for name in ("Post", "Page"))
        names = [key.rstrip("/").rpartition("/")[2] for key in keys]
        if (
            (folder[0] not in OLD_FOLDERS and not same_folder.exists())
            or Redirect.objects.filter(old_path__in=[one for key in keys for one in spellings(key)]).exists()
            or any(rows.filter(slug__in=names).exists() for rows in drafts)
        ):
            return
        with suppress(DatabaseError), transaction.atomic():
            known = cls.objects.filter(path=keys[0])
            again = known.update(count=F("count") + 1, last_at=timezone.now())
            if not again and cls.objects.count() < cls.MOST:
                cls.objects.create(path=keys[0])

    @classmethod
    def forget_old(cls):
        return cls.objects.filter(last_at__lt=timezone.now() - timedelta(days=cls.DAYS)).delete()[0]


def spellings(path):
    """Return a path with and without a slash at its end: a redirect does not tell them apart."""
    return [path, path.removesuffix("/") if path.endswith("/") else f"{path}/"]


def normalised_path(address):
    """Return an address of this site as the path that a request for it has: decoded, without a host.

    Raises ValidationError at old_path when there is none, or when it has a query.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        raise ValidationError({"old_path": UNREADABLE_PATH}) from None
    if parts.query:
        key = next(keys_of(parts.path, parts.query))
        if key.startswith(f"{OLD_SCRIPT}?") and ("view=" in parts.query or "option=" in parts.query):
            return key
        raise ValidationError({"old_path": NO_QUERY})
    path = one_spelling(unquote(parts.path)) or "/"
    if not path.isprintable() or "\ufffd" in path:
        raise ValidationError({"old_path": UNREADABLE_PATH})
    return path


def own_path(target):
    """Return a target on this site as a path, any other as it is."""
    inside = target.removeprefix(settings.SITE_URL)
    return inside if inside != target and inside.startswith("/") else target


def is_page(path):
    """Tell whether a resident finds a page of ours at `path`, without a redirect of this kind.

    None where no address of ours is like that.
    """
    Post, Page, Category = (apps.get_model("news", name) for name in ("Post", "Page", "Category"))
    documents = apps.get_model("documents", "Document").objects.published()
    pages = {
        "documents:document": documents,
        "documents:file": documents,
        "news:post": Post.objects.published(),
        "news:notice": Post.objects.published(),
        "news:category": Category.objects,
        "news:category_feed": Category.objects,
        "page": Page.objects.published(),
        **dict.fromkeys(("areas", "area", "area_feed", "area_calendar"), Area.objects),
    }
    for spelling in spellings(path):
        with suppress(Resolver404):
            match = resolve(spelling)
            if match.view_name == "media":  # a picture of a draft is not shown either
                rows = (apps.get_model("news", name).objects.published() for name in ("Post", "Picture"))
                return any(one.filter(image=match.kwargs["path"]).exists() for one in rows)
            return match.view_name not in pages or pages[match.view_name].filter(**match.kwargs).exists()
    return None
