"""robots.txt, sitemap.xml, favicon.ico, the web app manifest and security.txt."""

from datetime import timedelta
from itertools import chain
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as sitemap_view
from django.db.models import Value
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from common.page_cache import memo
from contacts.models import Area, Branch
from documents.models import Document
from news.calendar.files import calendar_years
from news.models import Category, Page, Post

SECURITY_TXT_AGE = timedelta(days=180)  # RFC 9116, 2.5.5: less than a year


def plain_text(*lines):
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


@require_safe
def robots_txt(request):
    return plain_text(
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        "Disallow: /kontakt/e-post/",
        "Disallow: /kontakt/visitkort/",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    )


@require_safe
def security_txt(request):
    """RFC 9116: where to report a vulnerability. A page, as robots would read an e-mail address."""
    expires = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + SECURITY_TXT_AGE
    return plain_text(
        f"Contact: {settings.SITE_URL}{reverse('contacts:list')}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: sv, en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    )


@require_safe
def favicon(request):
    """For clients that ask without reading the page."""
    return HttpResponseRedirect(static("hgf_site/icon-192.png"))


@require_safe
def web_manifest(request):
    branch = Branch.get()
    icons = [
        {"src": static(f"hgf_site/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    return JsonResponse(
        {
            "name": branch.name,
            "short_name": branch.place,
            "lang": "sv",
            "start_url": reverse("start"),
            "display": "browser",
            "background_color": "#fbf8f3",
            "theme_color": "#b0121f",
            "icons": [icon | {"purpose": purpose} for icon in icons for purpose in ("any", "maskable")],
        },
        content_type="application/manifest+json",
    )


class PublicPages(Sitemap):
    """Every page that search engines may show, with the day when it last changed. Three queries."""

    def get_protocol(self, protocol=None):
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site=None):
        return urlsplit(settings.SITE_URL).netloc

    def items(self):
        return self.pages

    @cached_property
    def pages(self):
        fields = ("slug", "category_id", "published_at", "updated_at")
        pages = Page.objects.published().defer("body")
        documents = Document.objects.published().only("slug", "updated_at", "pages_with_addresses")
        posts = list(Post.objects.published().newest_first().only(*fields))
        by_year, by_category = {}, {}
        for post in posts:
            year = timezone.localtime(post.published_at).year
            by_year.setdefault(year, []).append(post)
            by_category.setdefault(post.category_id, []).append(post)
        return list(
            chain(
                [(reverse("start"), newest(posts)), (reverse("news:list"), newest(posts))],
                [(reverse("calendar"), None), (reverse("contacts:list"), None)],
                ((reverse("calendar_year", args=[year]), None) for year in calendar_years()),
                ((page.get_absolute_url(), page.updated_at) for page in pages),
                [(reverse("documents:list"), None)] if documents else [],
                ((one.get_absolute_url(), one.updated_at) for one in documents),
                ((one.file_url, one.updated_at) for one in documents if not one.is_protected),
                list_pages(by_category),
                ((reverse("news:year", args=[year]), newest(some)) for year, some in by_year.items()),
                ((post.get_absolute_url(), post.last_changed_at) for post in posts),
            )
        )

    def location(self, item):
        return item[0]

    def lastmod(self, item):
        return item[1]


def list_pages(by_category):
    """Yield (path, day) of each category, then of the areas. One query."""
    of_categories, of_areas = (
        model.objects.order_by().annotate(of=Value(name)).values_list("of", "slug", "pk", "order", "name")
        for name, model in [("news:category", Category), ("area", Area)]
    )
    found = list(of_categories.union(of_areas).order_by("-of", "order", "name"))
    for name, slug, key, *_ in found:
        posts = by_category.get(key, ()) if name == "news:category" else ()
        yield reverse(name, args=[slug]), newest(posts)
    if any(name == "area" for name, *_ in found):
        yield reverse("areas"), None


def newest(posts):
    return max((post.last_changed_at for post in posts), default=None)


@require_safe
def sitemap_xml(request):
    """The sitemap; of more pages than one file may have, the list of its parts, which `?p=` asks for."""
    pages, part = PublicPages(), request.GET.get("p")
    parts = memo.get_or_set("parts of the sitemap", lambda: pages.paginator.num_pages)
    # "01" too: every other way to write a number would be a large page more to make and to store.
    if part and part not in map(str, range(1, parts + 1)):
        raise Http404("No such part")
    if parts == 1 or part:
        return sitemap_view(request, {"pages": pages})
    url = f"{settings.SITE_URL}{request.path}?p="
    files = [{"location": f"{url}{number}"} for number in range(1, parts + 1)]
    return render(request, "sitemap_index.xml", {"sitemaps": files}, content_type="application/xml")


for view in (robots_txt, security_txt, web_manifest):
    view.query_parameters = ()  # none; common/page_cache/wsgi.py
sitemap_xml.query_parameters = ("p",)
