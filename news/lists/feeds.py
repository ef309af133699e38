"""News for feed readers: RSS 2.0 with the whole text of each post."""

import re
from contextlib import suppress
from html import escape, unescape
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Enclosure, Rss201rev2Feed
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from common.email_protection.obfuscate import obfuscate_html
from contacts.models import Area, Branch
from news.filters import rich_text
from news.models import Category, Post
from news.parts.contacts import contact_line
from news.parts.pictures import with_pictures
from news.parts.translations import SWEDISH

FEED_LENGTH = 20
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
HREF = re.compile(r'(?<= href=")[^"]*')


def xml_text(text):
    """Return a text without the characters that no XML file may hold."""
    return NOT_XML.sub("", text)


class FullTextFeed(Rss201rev2Feed):
    """RSS with content:encoded, see https://web.resource.org/rss/1.0/modules/content/"""

    def rss_attributes(self):
        return super().rss_attributes() | {"xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def item_attributes(self, item):
        return super().item_attributes(item) | ({"xml:lang": item["lang"]} if item["lang"] != SWEDISH else {})

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])


class NewsFeed(Feed):
    """Current news, newest first; with absolute links by SITE_URL, whoever asks."""

    feed_type = FullTextFeed

    def get_object(self, request, slug=None):
        """Return the category whose news it is, or None for all."""
        if slug is None:
            return None
        try:
            return Category.objects.get(slug=slug)
        except Category.DoesNotExist:
            raise Http404("No such category") from None

    def get_feed(self, obj, request):
        self.branch = Branch.get()
        return super().get_feed(obj, request)

    def title(self, category):
        return xml_text(f"{category}: {self.branch}" if category else f"Nyheter: {self.branch}")

    def description(self, category):
        return xml_text(f"Nyheter från {self.branch}")

    def link(self, category):
        return settings.SITE_URL + (category.get_absolute_url() if category else reverse("news:list"))

    def feed_url(self, category):
        name, args = ("news:category_feed", [category.slug]) if category else ("news:feed", [])
        return settings.SITE_URL + reverse(name, args=args)

    def items(self, category):
        posts = Post.objects.current().exclude(guid="").select_related("category").with_dates()
        posts = (
            posts.with_has("pictures", "attachments", "translations")
            .prefetch_related("pictures", "attachments", "translations")
            .newest_first()
        )
        return self.those_of(category, posts)[:FEED_LENGTH]

    def those_of(self, category, posts):
        return posts.filter(category=category) if category else posts

    def item_title(self, post):
        return xml_text(": ".join(filter(None, [date_in_title(post.dates), post.title])))

    def item_description(self, post):
        return xml_text(escape(post.summary, quote=False))  # feed readers read it as HTML

    def item_guid(self, post):
        return post.guid

    def item_guid_is_permalink(self, post):
        return post.guid.startswith("http")  # of before guids were stored

    def item_link(self, post):
        return settings.SITE_URL + post.get_absolute_url()

    def item_pubdate(self, post):
        return post.published_at

    def item_categories(self, post):
        return [xml_text(post.category.name)] if post.category else []

    def item_author_name(self, post):
        return xml_text(post.byline) or None

    def item_enclosures(self, post):
        with suppress(OSError):  # the file is gone; the text is not
            if post.image:
                return [Enclosure(settings.SITE_URL + post.image.url, str(post.image.size), "image/jpeg")]
        for document in post.open_documents[:1]:  # RSS has room for one
            return [Enclosure(settings.SITE_URL + document.file_url, str(document.size), "application/pdf")]
        return []

    def item_extra_kwargs(self, post):
        return {"content": xml_text(full_text(post)), "lang": post.lang}


class AreaFeed(NewsFeed):
    """The same of one area."""

    def get_object(self, request, slug):
        return get_object_or_404(Area, slug=slug)

    def feed_url(self, area):
        return settings.SITE_URL + reverse("area_feed", args=[area.slug])

    def those_of(self, area, posts):
        return posts.filter(areas=area)


def date_in_title(dates):
    """Return what a title says of the next of its Occurrences, or the last: "INSTÄLLT onsdag 3 februari"."""
    coming = [one for one in dates if not one.is_past]
    for one in coming[:1] or dates[-1:]:
        change = "INSTÄLLT" if one.is_cancelled else "FLYTTAT till" if one.moved_from else ""
        return capfirst(" ".join(filter(None, [change, one.heading, one.when])))
    return ""


def figure_elsewhere(picture):
    told = " ".join(filter(None, [picture.image_caption, picture.image_credit]))
    html = '<figure><img src="{}{}" alt="{}"><figcaption>{}</figcaption></figure>'
    return format_html(html, settings.SITE_URL, picture.image.share_picture.url, picture.alt, told)


def full_text(post, figure=figure_elsewhere):
    """Return the post as HTML for another page than ours: absolute links, addresses as words."""

    def absolute(match):
        return escape(urljoin(settings.SITE_URL + post.get_absolute_url(), unescape(match[0])))

    lead = f'<p dir="auto"><strong>{escape(post.lead)}</strong></p>' if post.lead else ""
    dates = format_html_join("", "<p><strong>{}</strong></p>", ([one.in_a_line] for one in post.dates))
    text = HREF.sub(absolute, rich_text(post.body))
    items = format_html_join("", "<li>{}</li>", ([attachment_link(one)] for one in post.shown_attachments))
    attachments = format_html("<p>Bilagor:</p><ul>{}</ul>", items) if items else ""
    written = lead + with_pictures(text, post, figure, contact_line)
    if attributes := post.lang_attributes:
        written = f"<div{attributes}>{written}</div>"
    others = (
        format_html("<div{}><h2>{}</h2>{}</div>", one.lang_attributes, one.name, one.html)
        for one in post.shown_translations
    )
    return obfuscate_html("".join([dates, written, *others, attachments]))


def attachment_link(attachment):
    """Return a link to the page of a document, which tells how to get the file."""
    document = attachment.document
    url = settings.SITE_URL + document.get_absolute_url()
    return format_html('<a href="{}">{} ({})</a>', url, document.title, document.facts)
