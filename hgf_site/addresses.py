"""Every address of the site that anybody may ask for, as it is now."""

import math

from django.urls import reverse

from contacts.directory import contact_groups
from news.models import Category, Page, Post
from news.views import PostListView


def public_addresses():
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
    yield reverse("search")
    yield reverse("contacts:list")
    for group in contact_groups():
        for card in group.cards:
            yield from (button.url for button in card.email_buttons)
    for page in Page.objects.only("slug"):
        yield page.get_absolute_url()
    for name in ("robots", "sitemap", "manifest", "security"):
        yield reverse(name)
    yield reverse("healthz")


def pages_of(path, posts):
    """Yield the addresses of a list's pages; the first has no number."""
    yield path
    for number in range(2, math.ceil(posts.count() / PostListView.paginate_by) + 1):
        yield f"{path}?{PostListView.page_kwarg}={number}"
