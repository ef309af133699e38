"""JSON-LD with schema.org's types, for search engines."""

import json
from functools import lru_cache

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import mark_safe
from jinja2.utils import htmlsafe_json_dumps

from common.email_protection.obfuscate import obfuscate_text
from news.paths.slugs import cached_reverse

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
HEADLINE = 110  # characters; what search engines read of it


def absolute_url(path):
    return settings.SITE_URL + path


def json_ld(nodes):
    """Return the nodes, each from json_text(), as safe text for <script type="application/ld+json">."""
    graph = ",".join(nodes)
    return mark_safe(f'{{"@context":"https://schema.org","@graph":[{graph}]}}')  # noqa: S308  nothing in it can end the script


def json_text(node):
    """Return a node as JSON that is safe inside <script>, with its e-mail addresses obfuscated."""
    return htmlsafe_json_dumps(obfuscated(node), dumps=ENCODER.encode)


obfuscated_text = lru_cache(maxsize=512)(obfuscate_text)  # most are the same on many pages


def obfuscated(value):
    """Return a node with its e-mail addresses obfuscated. Before encoding: JSON escapes hide addresses."""
    match value:
        case str():
            return obfuscated_text(value)
        case list():
            return [obfuscated(one) for one in value]
        case dict():
            return {key: obfuscated(one) for key, one in value.items() if one}
    return value


def organization(branch, postal_addresses=(), social_links=()):
    """Return the branch as a node; without addresses and links where other nodes only refer to it."""
    phone = branch.phone.as_e164 if branch.phone else ""
    return {
        "@type": "Organization",
        "@id": absolute_url("/#forening"),
        "name": branch.name,
        "url": absolute_url("/"),
        "logo": absolute_url(static("hgf_site/icon-512.png")),
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
    publisher = {"@id": absolute_url("/#forening")}
    return {
        "@type": "NewsArticle",
        "headline": post.title[:HEADLINE],
        "description": post.summary,
        "url": absolute_url(post.get_absolute_url()),
        "mainEntityOfPage": absolute_url(post.get_absolute_url()),
        "datePublished": post.published_at.isoformat(),
        "dateModified": post.last_changed_at.isoformat(),
        "inLanguage": post.lang,
        "articleSection": post.category.name if post.category else "",
        "image": [image_url] if image_url else [],
        "associatedMedia": [digital_document(one) for one in post.open_documents],
        "author": {"@type": "Person", "name": post.byline} if post.byline else publisher,
        "publisher": publisher,
    }


def digital_document(document):
    """A Document; where its file is, only of one that is handed out without a button."""
    file = {"@type": "MediaObject", "encodingFormat": "application/pdf", "contentSize": str(document.size)}
    return {
        "@type": "DigitalDocument",
        "name": document.title,
        "url": absolute_url(document.get_absolute_url()),
        "datePublished": document.published_at.isoformat(),
        "dateModified": max(document.updated_at, document.published_at).isoformat(),
        "inLanguage": "sv",
        "encoding": None if document.is_protected else file | {"contentUrl": absolute_url(document.file_url)},
        "publisher": {"@id": absolute_url("/#forening")},
    }


def event(occurrence):
    """An Occurrence that has a day."""
    moved_from = occurrence.moved_from
    status = "Cancelled" if occurrence.is_cancelled else "Rescheduled" if moved_from else "Scheduled"
    place = {"@type": "Place", "name": occurrence.place, "address": occurrence.place}
    return {
        "@type": "Event",
        "name": occurrence.name,
        "startDate": occurrence.iso_start,
        "endDate": occurrence.ends_at.isoformat() if occurrence.ends else "",
        "previousStartDate": occurrence.iso_moved_from if status == "Rescheduled" else "",
        "eventStatus": f"https://schema.org/Event{status}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode" if occurrence.place else "",
        "location": place if occurrence.place else None,
        "url": absolute_url(occurrence.post.get_absolute_url()),
        "organizer": {"@id": absolute_url("/#forening")},
    }


def breadcrumbs(trail):
    """Return the breadcrumbs from the start page; `trail`: [(name, URL), …]."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate(
                [("Start", absolute_url(cached_reverse("start"))), *trail], 1
            )
        ],
    }
