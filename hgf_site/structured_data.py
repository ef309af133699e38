"""What a page says of itself to search engines: schema.org's words, as JSON-LD."""

import json
from functools import lru_cache

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import mark_safe

from contacts.edge import protect_text

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
HEADLINE = 110  # characters; what search engines read of it


def absolute(path):
    return settings.SITE_URL + path


def json_ld(nodes):
    """Return the nodes, each from json_text(), as safe text for <script type="application/ld+json">."""
    graph = ",".join(nodes)
    return mark_safe(f'{{"@context":"https://schema.org","@graph":[{graph}]}}')  # noqa: S308  nothing in it can end the script


def json_text(node):
    """Return a node as JSON that can stand in HTML as it is, with words for every e-mail address."""
    text = ENCODER.encode(protected(node))
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return text


protected_words = lru_cache(maxsize=512)(protect_text)  # most are the same on many pages


def protected(value):
    """Return what a node holds with words for every address: in JSON they would be told apart less well."""
    match value:
        case str():
            return protected_words(value)
        case list():
            return [protected(one) for one in value]
        case dict():
            return {key: protected(one) for key, one in value.items() if one}
    return value


def organization(branch, postal_addresses=(), social_links=()):
    """The branch; without addresses and links the short form that other nodes name as publisher."""
    phone = branch.phone.as_e164 if branch.phone else ""
    return {
        "@type": "Organization",
        "@id": absolute("/#forening"),
        "name": branch.name,
        "url": absolute("/"),
        "logo": absolute(static("hgf_site/icon-512.png")),
        "description": branch.description,
        "parentOrganization": {"@type": "Organization", "name": branch.region} if branch.region else None,
        "address": [postal_address(address) for address in postal_addresses],
        "contactPoint": {"@type": "ContactPoint", "contactType": "customer service", "telephone": phone}
        if phone
        else None,
        "sameAs": [link.url for link in social_links],
    }


def postal_address(address):
    return {
        "@type": "PostalAddress",
        "name": ", ".join(address.recipient_lines),
        "streetAddress": address.street,
        "postalCode": address.postal_code,
        "addressLocality": address.city,
        "addressCountry": "SE",
    }


def news_article(post, branch, image_url):
    publisher = {"@id": absolute("/#forening")}
    return {
        "@type": "NewsArticle",
        "headline": post.title[:HEADLINE],
        "description": post.summary,
        "url": absolute(post.get_absolute_url()),
        "mainEntityOfPage": absolute(post.get_absolute_url()),
        "datePublished": post.published_at.isoformat(),
        "dateModified": post.last_changed_at.isoformat(),
        "inLanguage": "sv",
        "articleSection": post.category.name if post.category else "",
        "image": [image_url] if image_url else [],
        "author": {"@type": "Person", "name": post.byline} if post.byline else publisher,
        "publisher": publisher,
    }


def breadcrumbs(trail):
    """The way from the start page: [(name, URL), …]."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate([("Start", absolute(reverse("start"))), *trail], 1)
        ],
    }
