"""Small answers that machines ask for: robots.txt, the sitemap, the manifest, security.txt."""

from datetime import timedelta
from itertools import chain
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as sitemap_view
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts.models import Branch
from news.models import Category, Page, Post

SECURITY_DAYS = 180  # RFC 9116, 2.5.5: less than a year
DAY = timedelta(days=1)


def text(*lines):
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


@require_safe
def robots(request):
    return text(
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        "Disallow: /kontakt/e-post/",
        "Disallow: /kontakt/visitkort/",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    )


@require_safe
def security(request):
    """RFC 9116: whom to tell about a hole. A page, not an address: that would be read by robots."""
    expires = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + SECURITY_DAYS * DAY
    return text(
        f"Contact: {settings.SITE_URL}{reverse('contacts:list')}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: sv, en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    )


@require_safe
def favicon(request):
    """For what asks without reading the page."""
    return HttpResponseRedirect(static("hgf_site/icon-192.png"))


@require_safe
def manifest(request):
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
        fields = ("slug", "category_id", "published_at", "updated_at")
        posts = list(Post.objects.published().newest_first().only(*fields))
        by_year, by_category = {}, {}
        for post in posts:
            year = timezone.localtime(post.published_at).year
            by_year.setdefault(year, []).append(post)
            by_category.setdefault(post.category_id, []).append(post)
        return list(
            chain(
                [(reverse("start"), newest(posts)), (reverse("news:list"), newest(posts))],
                [(reverse("contacts:list"), None)],
                ((page.get_absolute_url(), page.updated_at) for page in Page.objects.defer("body")),
                (
                    (category.get_absolute_url(), newest(by_category.get(category.pk, ())))
                    for category in Category.objects.all()
                ),
                ((reverse("news:year", args=[year]), newest(some)) for year, some in by_year.items()),
                ((post.get_absolute_url(), post.last_changed_at) for post in posts),
            )
        )

    def location(self, item):
        return item[0]

    def lastmod(self, item):
        return item[1]


def newest(posts):
    return max((post.last_changed_at for post in posts), default=None)


@require_safe
def sitemap(request):
    return sitemap_view(request, {"pages": PublicPages})


for view in (security, manifest, sitemap):
    view.query_parameters = ()  # none; hgf_site/page_cache.py
