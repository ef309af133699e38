"""What there is to look through: years and categories with how many posts, areas, pages of text."""

from django.db.models import Count, Q
from django.db.models.functions import ExtractYear

from common.page_cache import memo
from contacts.models import Area
from news.models import Category, Page, Post


@memo.per_content_version
def post_years():
    """Return [{"year": 2026, "count": 12}, …], the newest first: published posts, expired ones too."""
    by_year = Post.objects.published().annotate(year=ExtractYear("published_at")).values("year")
    return list(by_year.annotate(count=Count("pk")).order_by("-year"))


@memo.per_content_version
def categories():
    """Return the Categories in order, each with the `count` of its current posts."""
    current = Post.objects.current()
    return list(Category.objects.annotate(count=Count("posts", filter=Q(posts__in=current))))


@memo.per_content_version
def areas():
    """Return the Areas in order."""
    return list(Area.objects.all())


@memo.per_content_version
def current_pages():
    """Return the Pages that are published and not past their end, in order."""
    return list(Page.objects.current().with_has("translations"))
