from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import Truncator

from hgf_site.structured_data import absolute, breadcrumbs, json_ld, news_article, organization

register = template.Library()

DESCRIPTION = 160  # characters that a search engine shows


@register.inclusion_tag("includes/head.html", takes_context=True)
def head(context, title, description, *, post=None, is_news=False, organisation=False):
    """What an indexable page says of itself to machines: address, description, sharing, JSON-LD.

    `is_news`: it stands below "Nyheter". `organisation`: with the branch's addresses and links, which
    the page shows. A draft and a preview say nothing.
    """
    if context.get("is_draft") or context.get("is_preview"):
        return {"is_hidden": True}
    branch, request, page = context["branch"], context["request"], context.get("page_obj")
    number = page.number if page else 1
    if number > 1:
        title, description = f"{title}, sida {number}", f"Sida {number}. {description}"
    url = absolute(numbered(request.path, number))
    picture = post.image.share_picture if post and post.image else None
    image_url = absolute(picture.url) if picture else ""
    nodes = [organization(branch, *(shown_on(context) if organisation else ()))]
    if request.path != reverse("start"):
        nodes.append(breadcrumbs(list(trail(title, url, post, is_news))))
    if post:
        nodes.append(news_article(post, branch, image_url))
    return {
        "branch": branch,
        "title": title,
        "description": Truncator(" ".join(description.split())).chars(DESCRIPTION),
        "url": url,
        "previous": numbered(request.path, number - 1) if number > 1 else "",
        "next": numbered(request.path, number + 1) if page and page.has_next() else "",
        "post": post,
        "picture": picture,
        "height": picture and round(picture.width * post.image.height / post.image.width),
        "image_url": image_url or absolute(static("hgf_site/icon-512.png")),
        "json_ld": json_ld(nodes),
    }


def numbered(path, number):
    return f"{path}?sida={number}" if number > 1 else path


def shown_on(context):
    """The postal addresses and the links that the page shows, in its panel or by themselves."""
    shown = context.get("panel")
    if shown:
        return shown.postal_addresses, shown.social_links
    return context["postal_addresses"], context["social_links"]


def trail(title, url, post, is_news):
    if post or is_news:
        yield "Nyheter", absolute(reverse("news:list"))
    if post and post.category:
        yield post.category.name, absolute(post.category.get_absolute_url())
    yield title, url
