from django.conf import settings
from django.db.models import Exists
from django.urls import reverse
from django.utils.functional import cached_property

from common.page_cache import memo
from common.page_cache.compiled_queries import NOW, compiled
from contacts.areas import Area, area_chips
from contacts.directory import panel
from contacts.models import Branch
from documents.models import Document
from news.lists.archive import areas, current_pages
from news.models import Post
from news.paths.slugs import cached_reverse

MEMBER = "Bli medlem"


def site(request):
    """What every public page shows around its own content: `site`, a Site."""
    return {"site": Site(request.path)}


def read_branch():
    """Return the Branch, with `has_documents` and its like: one query answers them all."""
    found = branches()
    return found[0] if found else Branch.get()  # which has none: nothing is filled in yet


@compiled
def branches():
    return Branch.objects.annotate(
        has_documents=Exists(Document.objects.current(NOW)),
        has_important=Exists(Post.objects.important(NOW)),
        has_areas=Exists(Area.objects.all()),
    )[:1]


class Site:
    """Lazy: asks the database only for what the page uses, once per content version."""

    def __init__(self, path):
        self.path = path

    @property
    def sends_letters(self):
        return settings.SENDS_EMAIL

    @cached_property
    def panel(self):
        return panel()

    @cached_property
    def branch(self):
        return memo.get_or_set("branch", read_branch)

    @property
    def start_links(self):
        """The links of the start page, on that page; elsewhere none."""
        return self.branch.links if self.path == cached_reverse("start") else []

    @property
    def member_button(self):
        """Where "Bli medlem" at the foot leads: nowhere on a page that says it already."""
        is_said = MEMBER in (words for words, _ in self.start_links)
        return "" if is_said else self.branch.membership_url

    @property
    def foot_pages(self):
        """The pages that the foot leads to: those that neither the menu nor another link of the page does."""
        said = {words for words, _ in self.start_links} | ({MEMBER} if self.branch.membership_url else set())
        return [page for page in self.pages if not page.in_menu and page.title not in said]

    @cached_property
    def pages(self):
        return current_pages()

    @cached_property
    def important(self):
        """The posts whose title every page shows on top."""
        if not getattr(self.branch, "has_important", False):  # as on most days
            return []
        return memo.get_or_set("important", lambda: list(Post.objects.important().only("title", "slug")))

    @cached_property
    def areas(self):
        return areas() if self.has_areas else []

    @property
    def has_areas(self):
        return getattr(self.branch, "has_areas", False)

    def areas_of(self, rows, besides=None):
        """Return area_chips() of posts, or of documents; asks only where there is any area."""
        rows = [row for row in rows if row] if self.has_areas else []
        if not rows:
            return {}
        key = ("chips", type(rows[0]), besides and besides.pk, *(row.pk for row in rows))
        return memo.get_or_set(key, lambda: area_chips(rows, besides))

    @property
    def menu(self):
        """Yield (path, text) of each page that the menu leads to."""
        yield reverse("start"), "Start"
        yield reverse("news:list"), "Nyheter"
        yield reverse("calendar"), "Kalender"
        yield reverse("contacts:list"), "Kontakt"
        if getattr(self.branch, "has_documents", False):
            yield reverse("documents:list"), "Dokument"
        if self.has_areas:
            yield reverse("areas"), "Områden"
        yield from ((page.get_absolute_url(), page.title) for page in self.pages if page.in_menu)
        yield reverse("search"), "Sök"

    @cached_property
    def menu_place(self):
        """The path of the page if the menu leads to it, else "": the header differs only in this."""
        return self.path if self.path in memo.get_or_set("menu", lambda: dict(self.menu)) else ""
