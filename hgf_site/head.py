"""What an indexable page says of itself to machines."""

from functools import lru_cache

from django.templatetags.static import static
from django.utils import timezone
from django.utils.text import Truncator

from contacts.per_version import once
from hgf_site.structured_data import absolute, breadcrumbs, json_ld, json_text, news_article, organization
from news.models import path

DESCRIPTION = 160  # characters that a search engine shows


def facts(context, title, description, *, post=None, is_news=False, organisation=False):
    """Return what includes/head.html says of the page: address, description, sharing, JSON-LD.

    `is_news`: it stands below "Nyheter". `organisation`: with the branch's addresses and links, which
    the page shows. A draft and a preview say nothing.
    """
    if context.get("is_draft") or context.get("is_preview"):
        return {"is_hidden": True}
    branch, request, page = context["site"].branch, context["request"], context.get("page_obj")
    number = page.number if page else 1
    if number > 1:
        title, description = f"{title}, sida {number}", f"Sida {number}. {description}"
    url = absolute(numbered(request.path, number))
    picture = post.image.share_picture if post and post.image else None
    image_url = absolute(picture.url) if picture else ""
    places = shown_on(context) if organisation else ()
    nodes = [once(("organisation", organisation), lambda: json_text(organization(branch, *places)))]
    if request.path != path("start"):
        nodes.append(json_text(breadcrumbs(list(trail(title, url, post, is_news)))))
    if post:
        nodes.append(json_text(news_article(post, branch, image_url)))
    return {
        "site_name": branch.name,
        "title": title,
        "description": shortened(description),
        "url": url,
        "previous": numbered(request.path, number - 1) if number > 1 else "",
        "next": numbered(request.path, number + 1) if page and page.has_next() else "",
        "published": post and timezone.localtime(post.published_at).isoformat(),
        "changed": post and timezone.localtime(post.last_changed_at).isoformat(),
        "post": post,
        "picture": picture,
        "height": picture and round(picture.width * post.image.height / post.image.width),
        "image_url": image_url or once("icon", lambda: absolute(static("hgf_site/icon-512.png"))),
        "json_ld": json_ld(nodes),
    }


@lru_cache(maxsize=512)  # after a change of the site most pages say the same again
def shortened(text):
    return Truncator(" ".join(text.split())).chars(DESCRIPTION)


def numbered(address, number):
    return f"{address}?sida={number}" if number > 1 else address


def shown_on(context):
    """The postal addresses and the links that the page shows, in its panel or by themselves."""
    shown = context.get("panel")
    if shown:
        return shown.postal_addresses, shown.social_links
    return context["postal_addresses"], context["social_links"]


def trail(title, url, post, is_news):
    if post or is_news:
        yield "Nyheter", absolute(path("news:list"))
    if post and post.category:
        yield post.category.name, absolute(post.category.get_absolute_url())
    yield title, url
