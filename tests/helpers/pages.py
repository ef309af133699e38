"""Pages of text for the tests."""

from django.utils import timezone

from news.models import Page


def make_page(**fields):
    """Make a page that is public now unless published_at says otherwise."""
    return Page.objects.create(
        **{"published_at": timezone.now().replace(second=0, microsecond=0), "body": "<p>Text.</p>", **fields}
    )
