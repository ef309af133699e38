"""Slugs that are reserved, and the redirect from one that was changed."""

from functools import lru_cache

from django.core.exceptions import ValidationError
from django.urls import reverse

from news.paths.redirects import Redirect

# Slugs that would hide an address of the site. tests/site/test_public_pages.py proves that none is missing.
RESERVED_POST_SLUGS = {"arkiv", "kategori", "rss", "utkast"}
RESERVED_PAGE_SLUGS = {
    "admin", "anslag", "brev", "dokument", "healthz", "kalender", "kontakt", "livez", "media", "metrics",
    "nyheter", "omraden", "readyz", "rss", "sok", "static", "utkast",
}  # fmt: skip


def stored_slug(rows, instance):
    """Return the slug that `instance` has among the stored `rows`; None where it is not one of them."""
    return rows.filter(pk=instance.pk).values_list("slug", flat=True).first() if instance.pk else None


def redirect_old_slug(old_slug, slug, *names):
    """Let the addresses of the URL patterns `names` with a slug of before lead to those of now."""
    if old_slug and old_slug != slug:
        for name in names:
            Redirect.remember_move(cached_reverse(name, old_slug), cached_reverse(name, slug))


def redirect_area(sender, instance, **kwargs):
    """Let the addresses of an area follow it to another slug; for pre_save."""
    old_slug = stored_slug(sender.objects, instance)
    redirect_old_slug(old_slug, instance.slug, "area", "area_feed", "area_calendar")


def refuse_reserved(slug, reserved):
    if slug in reserved:
        message = f"Adressen ”{slug}” används av webbplatsen. Välj en annan, till exempel ”om-{slug}”."
        raise ValidationError({"slug": message})


@lru_cache(maxsize=4096)
def cached_reverse(name, *args):
    """Return reverse(name, args=args), remembered: a list asks for one a row, and Django takes its time."""
    return reverse(name, args=args)
