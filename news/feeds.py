"""News for feed readers: RSS 2.0 with the whole text of each post."""

import re
from html import escape, unescape
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404
from django.urls import reverse
from django.utils.feedgenerator import Enclosure, Rss201rev2Feed

from contacts.edge import protect_html
from contacts.models import Branch
from news.filters import rich_text
from news.models import Category, Post

LENGTH = 20
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
HREF = re.compile(r'(?<= href=")[^"]*')


def xml_text(text):
    """Return a text without the characters that no XML file may hold."""
    return NOT_XML.sub("", text)


class FullTextFeed(Rss201rev2Feed):
    """RSS with content:encoded, see https://web.resource.org/rss/1.0/modules/content/"""

    def rss_attributes(self):
        return super().rss_attributes() | {"xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])


class NewsFeed(Feed):
    """Current news, newest first; with absolute links by SITE_URL, whoever asks."""

    feed_type = FullTextFeed
    item_guid_is_permalink = True

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
        posts = Post.objects.current().select_related("category").newest_first()
        return (posts.filter(category=category) if category else posts)[:LENGTH]

    def item_title(self, post):
        return xml_text(post.title)

    def item_description(self, post):
        return xml_text(post.summary)

    def item_link(self, post):
        return settings.SITE_URL + post.get_absolute_url()

    def item_pubdate(self, post):
        return post.published_at

    def item_categories(self, post):
        return [xml_text(post.category.name)] if post.category else []

    def item_author_name(self, post):
        return xml_text(post.byline) or None

    def item_enclosures(self, post):
        if not post.image:
            return []
        try:
            size = post.image.size
        except OSError:  # the file is gone; the text is not
            return []
        return [Enclosure(settings.SITE_URL + post.image.url, str(size), "image/jpeg")]

    def item_extra_kwargs(self, post):
        return {"content": xml_text(full_text(post))}


def full_text(post):
    """Return the post as HTML for another page than ours: absolute links, addresses as words."""

    def absolute(match):
        return escape(urljoin(settings.SITE_URL + post.get_absolute_url(), unescape(match[0])))

    lead = f"<p><strong>{escape(post.lead)}</strong></p>" if post.lead else ""
    return protect_html(lead + HREF.sub(absolute, rich_text(post.body)))
