from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from contacts.models import Branch
from contacts.per_version import once
from news.models import Page


def site(request):
    """What every public page shows around its own content. Asks the database only when used."""
    path = request.path
    pages = SimpleLazyObject(
        lambda: once("pages", lambda: list(Page.objects.only("title", "slug", "in_menu")))
    )
    return {
        "branch": SimpleLazyObject(lambda: once("branch", Branch.get)),
        "pages": pages,
        # Which entry of the menu this is, "" for none: all that the header differs in.
        "menu_place": SimpleLazyObject(
            lambda: path if path in once("menu", lambda: menu_paths(pages)) else ""
        ),
    }


def menu_paths(pages):
    """Return the paths that the menu leads to."""
    fixed = (reverse(name) for name in ("start", "news:list", "contacts:list", "search"))
    return {*fixed, *(page.get_absolute_url() for page in pages if page.in_menu)}
