"""Every address of the site that anybody may ask for, as it is now."""

import math

from django.conf import settings
from django.urls import reverse

from contacts.areas import Area
from contacts.directory import contact_page
from documents.models import Document
from news.calendar.files import calendar_years
from news.models import Category, Occurrence, Page, Post
from news.views import PostListView


def public_paths():
    """Yield the path of every public page: answered with 200 to a GET by somebody not logged in."""
    posts = Post.objects.published()
    yield reverse("start")
    yield from pages_of(reverse("news:list"), Post.objects.current())
    for category in Category.objects.all():
        yield reverse("news:category_feed", args=[category.slug])
        yield from pages_of(category.get_absolute_url(), Post.objects.current().filter(category=category))
    yield reverse("news:feed")
    for year in posts.dates("published_at", "year"):
        in_year = posts.filter(published_at__year=year.year)
        yield from pages_of(reverse("news:year", args=[year.year]), in_year)
    for post in posts.only("slug").order_by("pk"):
        yield post.get_absolute_url()
        yield reverse("news:notice", args=[post.slug])
    yield reverse("calendar")
    yield reverse("calendar_file")
    for year in calendar_years():
        yield reverse("calendar_year", args=[year])
    for occurrence in Occurrence.objects.published().filter(day__isnull=False).select_related("post"):
        yield reverse("news:occurrence_file", args=[occurrence.post.slug, occurrence.uid])
    for area in Area.objects.all():
        yield reverse("areas")
        yield from pages_of(area.get_absolute_url(), Post.objects.current().filter(areas=area))
        yield from (reverse(name, args=[area.slug]) for name in ("area_feed", "area_calendar"))
    yield reverse("search")
    yield reverse("contacts:list")
    for section in contact_page()["sections"]:
        for card in section.cards:
            yield from (button.url for button in card.email_buttons)
    for page in Page.objects.published().only("slug"):
        yield page.get_absolute_url()
    if settings.SENDS_EMAIL:
        yield reverse("mailing:subscribe")
        yield reverse("mailing:write")
    yield reverse("documents:list")
    for document in Document.objects.published().only("slug", "pages_with_addresses"):
        yield document.get_absolute_url()
        if not document.is_protected:
            yield document.file_url
    for name in ("robots", "sitemap", "manifest", "security"):
        yield reverse(name)
    yield reverse("healthz")


def pages_of(path, posts):
    """Yield the addresses of a list's pages; the first has no number."""
    yield path
    for number in range(2, math.ceil(posts.count() / PostListView.paginate_by) + 1):
        yield f"{path}?{PostListView.page_kwarg}={number}"
