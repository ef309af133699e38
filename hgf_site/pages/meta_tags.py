"""Meta tags, link relations and JSON-LD of a page, for search engines and shared links."""

from functools import lru_cache

from django.templatetags.static import static
from django.utils import timezone
from django.utils.text import Truncator

from common.email_protection.obfuscate import obfuscate_text
from common.page_cache import memo
from hgf_site.pages.json_ld import (
    absolute_url,
    breadcrumbs,
    digital_document,
    event,
    json_ld,
    json_text,
    news_article,
    organization,
)
from news.paths.slugs import cached_reverse

DESCRIPTION = 160  # characters that a search engine shows


def page_metadata(
    context,
    title,
    description,
    *,
    post=None,
    document=None,
    is_news=False,
    organisation=(),
    occurrences=(),
):
    """Return the context of includes/meta_tags.html; nothing is shown of a draft or a preview.

    `is_news`: "Nyheter" is in the breadcrumbs. `organisation`: the postal addresses and the social links, for
    the JSON-LD. `occurrences`: events for the JSON-LD.
    """
    if context.get("is_draft") or context.get("is_preview"):
        return {"is_empty": True}
    branch, request, page = context["site"].branch, context["request"], context.get("page_obj")
    number = page.number if page else 1
    if number > 1:
        title, description = f"{title}, sida {number}", f"Sida {number}. {description}"
    url = absolute_url(with_page_number(request.path, number))
    picture = post.image.share_picture if post and post.image else None
    image_url = absolute_url(picture.url) if picture else ""
    key = ("organisation", bool(organisation))
    nodes = [memo.get_or_set(key, lambda: json_text(organization(branch, *organisation)))]
    if request.path != cached_reverse("start"):
        nodes.append(json_text(breadcrumbs(list(breadcrumb_trail(title, url, post, is_news)))))
    if post:
        nodes.append(json_text(news_article(post, branch, image_url)))
    if document:
        nodes.append(json_text(digital_document(document)))
    nodes += [json_text(event(one)) for one in occurrences or () if one.day]
    return {
        "site_name": branch.name,
        "title": title,
        "description": shortened_description(description),
        "url": url,
        "previous": with_page_number(request.path, number - 1) if number > 1 else "",
        "next": with_page_number(request.path, number + 1) if page and page.has_next() else "",
        "published": post and timezone.localtime(post.published_at).isoformat(),
        "changed": post and timezone.localtime(post.last_changed_at).isoformat(),
        "post": post,
        "picture": picture,
        "height": picture and round(picture.width * post.image.height / post.image.width),
        "image_url": image_url
        or memo.get_or_set("icon", lambda: absolute_url(static("hgf_site/icon-512.png"))),
        "json_ld": json_ld(nodes),
    }


@lru_cache(maxsize=512)  # most descriptions outlive a content version
def shortened_description(text):
    whole = obfuscate_text(" ".join(text.split()))  # half an address is not found, and tells enough
    return Truncator(whole).chars(DESCRIPTION)


def with_page_number(address, number):
    return f"{address}?sida={number}" if number > 1 else address


def breadcrumb_trail(title, url, post, is_news):
    if post or is_news:
        yield "Nyheter", absolute_url(cached_reverse("news:list"))
    if post and post.category:
        yield post.category.name, absolute_url(post.category.get_absolute_url())
    yield title, url
