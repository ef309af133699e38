"""Reads a Joomla site (3 to 5) out of its saved pages: as much as they tell."""

import re
from base64 import b64decode
from datetime import datetime
from html import escape, unescape
from urllib.parse import unquote, urlsplit

from lxml.etree import ParserError
from lxml.html import HTMLParser, document_fromstring, tostring

from moving.readers.site import Article, Contact, InvalidSource, OldCategory, OldSite

UNKNOWN = (
    "Sidor säger inte allt. Det som var opublicerat, arkiverat eller saknade länk är inte med, inte heller "
    "när något slutade gälla eller vem som skrev: namnet där kan vara en inloggning som ingen valt att visa."
)
# The two ways in which Joomla hides an address from robots: that of 4 and 5, and that of 3.
HIDDEN_MAIL = re.compile(r"<joomla-hidden-mail\b([^>]*)>.*?</joomla-hidden-mail>", re.DOTALL)
CLOAK = re.compile(r'<span id="cloak\w+">[^<]*</span>\s*<script[^>]*>(.*?)</script>', re.DOTALL)
ASSIGNED = re.compile(r"\baddy(_text)?[0-9a-f]+ = (?:addy[0-9a-f]+ \+ )?((?:'[^']*'(?: \+ )?)+)")
NUMBER = re.compile(r"schema/com_content/article/(\d+)|dropdownMenuButton-(\d+)")
NAMED = re.compile(r"\bid=\d+:([\w-]+)")
NOT_INTRO = {"item-image", "tags", "icons", "readmore"}


def having(*classes):
    """Return the condition in XPath for an element of one of some classes."""
    return " or ".join(f"contains(concat(' ', normalize-space(@class), ' '), ' {one} ')" for one in classes)


BODY = f"//*[@itemprop='articleBody' or {having('com-content-article__body')}]"
NOT_TEXT = f".//*[{having('pagenavcounter', 'pager')} or self::script]"


def read_pages(pages):
    """Return the OldSite whose pages are saved: [(URL, content), …]. Raises InvalidSource."""
    reader = PagesReader()
    for url, content in pages:
        try:
            text = uncloaked(content.decode("utf-8", "replace"))
            reader.read(urlsplit(url), document_fromstring(text.encode(), HTMLParser(encoding="utf-8")), text)
        except (ParserError, ValueError):  # no page, or no address
            continue
    return reader.finished()


class PagesReader:
    def __init__(self):
        self.site = OldSite("Sparade sidor", "")
        self.articles = {}  # {key: (rank of its page, Article)}
        self.intros, self.menu = {}, set()

    def read(self, url, tree, text):
        path, host = unquote(url.path).rstrip("/"), url.hostname or "sidor"
        self.site.source = self.site.source or host[:64]
        self.site.hosts.add(host.removeprefix("www."))
        self.menu.update(map(unquote, tree.xpath(f"//ul[{having('menu', 'mod-menu')}]//a/@href")))
        kinds = tree.xpath("string(//body/@class)").split()
        if "view-contact" in kinds:
            self.read_contact(path, tree)
        elif "view-article" in kinds:
            self.read_article(path, url.query, tree, text)
        elif "com_content" in kinds:
            self.read_list(tree)
            if path and not url.query and "view-featured" not in kinds:
                self.site.category_paths[path] = path
        elif "com_contact" in kinds and not url.query:
            self.site.contact_paths.append(path)

    def read_article(self, path, query, tree, text):
        """Keep an article: of its pages the one that shows all of it, else that of the plainest address."""
        body = first(tree, BODY)
        if body is None:
            return
        number = NUMBER.search(text)
        key = number[1] or number[2] if number else path
        rank = 0 if "showall" in query else 2 if query else 1
        known_rank, known = self.articles.get(key, (3, None))
        has_pages = rank == 0 or bool(body.xpath(f".//*[{having('pagenavcounter')}]"))
        if known and known_rank <= rank:
            known.has_pages |= has_pages
            return
        named = NAMED.search(unquote(query))
        published_at = time_in(tree, "published") or time_in(tree, "create")
        article = Article(
            id=key,
            title=text_at(tree, f"//*[{having('page-header')}]//*[self::h1 or self::h2]"),
            alias=named[1] if named else path.rpartition("/")[2],
            full=inner_html(body),
            category=self.category(first(tree, f"//*[{having('category-name')}]//a")),
            published_at=published_at,
            updated_at=time_in(tree, "modified") or published_at,
            images=picture_in(tree, "fulltext"),
            language=tree.xpath("string(//main//meta[@itemprop='inLanguage']/@content)") or "*",
            has_pages=has_pages or bool(known and known.has_pages),
            paths=[path] if rank < 2 else [],
        )
        self.articles[key] = rank, article

    def category(self, link):
        if link is None:
            return None
        key = unquote(link.get("href", ""))
        found = OldCategory(key, text_at(link), urlsplit(key).path.rpartition("/")[2])
        return self.site.categories.setdefault(key, found)

    def read_list(self, tree):
        """Keep the beginning of each article in a list: what stood before "Läs mer", and its picture."""
        for facts in tree.xpath(f"//dl[{having('article-info')}]"):
            above = facts.xpath(f"ancestor::*[{having('blog-item', 'item')} or @itemprop='blogPost'][1]")
            item = above[0] if above else facts.getparent()
            href = unquote(item.xpath("string((.//h2//a/@href)[1])"))
            below = (
                one for one in facts.itersiblings() if NOT_INTRO.isdisjoint(one.get("class", "").split())
            )
            self.intros[href] = "".join(map(html_of, below)).strip(), picture_in(item, "intro")

    def read_contact(self, path, tree):
        names = ("contact-name", "contact-position", "contact-telephone", "contact-mobile", "contact-emailto")
        said = [text_at(tree, f"//*[{having(name)}]{'//dd' * (name == names[1])}") for name in names]
        self.site.contacts.append(Contact(path, *said))

    def finished(self):
        for _, article in self.articles.values():
            path = article.paths[0] if article.paths else ""
            above, category = path.rpartition("/")[0], article.category
            is_post = above and (above in self.site.category_paths or (category and category.id == above))
            if not is_post:
                article.menu_alias = article.alias if path in self.menu else ""
            intro, picture = self.intros.get(path, ("", {}))
            article.images |= picture
            if article.full.startswith(intro):
                article.intro, article.full = intro, article.full[len(intro) :]
            elif intro not in article.full:  # the page did not show it
                article.intro, article.shows_intro = intro, False
            self.site.articles.append(article)
        if not self.site.articles:
            raise InvalidSource("Där finns inga sparade artiklar från en Joomla-webbplats. Är det rätt mapp?")
        return self.site


def uncloaked(html):
    """Return a page with its hidden e-mail addresses as plain links."""

    def hidden_mail(match):
        said = dict(re.findall(r'(\w+)="([A-Za-z0-9+/=]*)"', match[1]))
        user, host, text = (
            b64decode(said.get(name, "")).decode("utf-8", "replace") for name in ("first", "last", "text")
        )
        return mail_link(f"{user}@{host}", text)

    def cloak(match):
        said = {"": "", "_text": ""}
        for name, literals in ASSIGNED.findall(match[1]):
            said[name] += unescape("".join(re.findall("'([^']*)'", literals)))
        return mail_link(said[""], said["_text"])

    return CLOAK.sub(cloak, HIDDEN_MAIL.sub(hidden_mail, html))


def mail_link(address, text):
    return f'<a href="mailto:{escape(unescape(address))}">{escape(text or address)}</a>'


def first(tree, xpath):
    return next(iter(tree.xpath(xpath)), None)


def text_at(tree, xpath="."):
    found = first(tree, xpath)
    return "" if found is None else " ".join(found.text_content().split())


def html_of(element):
    """Return an element as HTML, with the text behind it."""
    return tostring(element, encoding="unicode")


def inner_html(element):
    for one in element.xpath(NOT_TEXT):
        one.drop_tree()
    return (escape(element.text or "") + "".join(map(html_of, element))).strip()


def time_in(tree, name):
    try:
        return datetime.fromisoformat(tree.xpath(f"string(//main//dd[{having(name)}]//time/@datetime)"))
    except ValueError:
        return None


def picture_in(tree, place):
    """Return {"image_fulltext": address, …} of the picture beside a text; `place`: "fulltext" or "intro"."""
    picture = first(tree, f".//*[{having('item-image')}]//img")
    if picture is None:
        return {}
    title = picture.get("title", "") if "caption" in picture.get("class", "") else ""
    caption = text_at(picture.getparent(), ".//figcaption") or title
    found = {"": picture.get("src", ""), "_alt": picture.get("alt", ""), "_caption": escape(caption)}
    return {f"image_{place}{name}": value for name, value in found.items()}
