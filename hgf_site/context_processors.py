from django.urls import reverse
from django.utils.functional import cached_property

from contacts.models import Branch
from contacts.per_version import once
from news.models import Page


def site(request):
    """What every public page shows around its own content: `site`, a Site."""
    return {"site": Site(request.path)}


class Site:
    """Asks the database only for what is used, and once per site version."""

    def __init__(self, path):
        self.path = path

    @cached_property
    def branch(self):
        return once("branch", Branch.get)

    @cached_property
    def pages(self):
        return once("pages", lambda: list(Page.objects.all()))

    @cached_property
    def menu_place(self):
        """Which entry of the menu the page is, "" for none: all that the header differs in."""
        return self.path if self.path in once("menu", self.menu_paths) else ""

    def menu_paths(self):
        """Return the paths that the menu leads to."""
        fixed = (reverse(name) for name in ("start", "news:list", "contacts:list", "search"))
        return {*fixed, *(page.get_absolute_url() for page in self.pages if page.in_menu)}
