"""Takes every e-mail address out of an answer before it leaves the site.

In the running text of a page an address becomes the button that shows it on request; where no
button can stand (a title, an attribute, a feed, JSON, a header) it becomes the words WORDS.
Pure functions of a text: the same page in, the same bytes out.
"""

import re
from bisect import bisect_right
from contextlib import suppress
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import unquote

from contacts.addresses import PLAIN, find_addresses, may_hold_address, read_references, replace_addresses
from contacts.protected_email import button_for_text

WORDS = "skyddad e-postadress"
FORM = 'id="epost"'  # what a button needs; without it on the page there are only words

# Tags between whose texts a reader sees no break: "anna<b>@</b>example.org" is an address.
INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "wbr",
}  # fmt: skip
# Inside these a button would be shown as letters, or not at all.
NO_BUTTON = {"title", "script", "style", "textarea", "option", "button", "svg", "noscript", "template"}
# An address as a URL holds it; a long local part is cut, the check after it sees the rest.
URL_ADDRESS = re.compile(
    r"(?<!%)(?<!%[0-9a-f])[\w.+-]{1,64}(?:@|%40|%2540)(?:[\w-]{1,63}(?:\.|%2e)){1,8}[a-z]{2,24}",
    re.IGNORECASE,
)
# What the editor makes of an address in its field for web addresses.
ADDRESS_AS_HOST = re.compile(r"https?://([^\s/@:]+@[^\s/@:]+\.[^\s/@:]+)/?", re.IGNORECASE)
OUR_TOKENS = ("/kontakt/e-post/", "/kontakt/visitkort/", "/utkast/", "/static/", "/media/")
MAX_MAILTO = 4000  # characters that are read of a link; nobody writes a longer one
LONG_REFERENCE = re.compile(r"&#\d{8,}")  # more digits than any character has, or than Python reads
ANY_TAG = re.compile(r"<[^>]*>")
URL_ATTRIBUTES = {"href", "src", "srcset", "action", "formaction", "cite", "poster", "data"}


def protect_text(text):
    """Return any text but HTML (XML, JSON, plain) with WORDS for every address."""
    return replace_addresses(text, WORDS)


@lru_cache(maxsize=256)  # most are the same on every page
def protect_header(name, value):
    """Return an HTTP header's value without addresses; a Location still leads where it led."""
    if name != "Location" or not may_hold_address(value):
        return replace_addresses(value, WORDS)
    path = value.partition("?")[0]
    return url_without_addresses(value) or ("/" if find_addresses(unquote(path)) else path)


def protect_html(html):
    """Return an HTML page with a button, or WORDS, for every address. Comments are left out."""
    if not page_may_hold_address(html):
        return html
    html = LONG_REFERENCE.sub("&#65533", html)
    with suppress(AssertionError):  # html.parser's way to say that it cannot read a declaration, "<![x"
        html = Page(html).render()
    return protect_text(html)  # what is left stands where no page should have it: in a tag's name


@lru_cache(maxsize=64)  # after a change somewhere every page is made anew, and most are as they were
def page_may_hold_address(html):
    end = html.rfind(">") + 1  # behind it no tag ends, and each "<" would be followed to the end of the page
    bare = ANY_TAG.sub("", html[:end]) + html[end:]
    return any(may_hold_address(without_keywords(read_references(text))) for text in (html, bare))


def without_keywords(text):
    """Return a page without the @ that JSON-LD's words begin with, which is in no address."""
    return text.replace('"@', '"')


class Piece:
    """A tag or a text of a page, and the HTML it becomes."""

    def __init__(self, html, *, tag="", text="", link=None, plain=False):
        self.html = html
        self.tag = tag
        self.text = text  # a text, decoded
        self.link = link  # the Link around a text
        self.plain = plain  # no button can stand here
        self.edits = []  # (start, end, HTML in its place)

    def render(self):
        if not self.edits:
            return self.html
        result, done = [], 0
        for start, end, html in sorted(self.edits):
            result += [escape(self.text[done:start], quote=False), html]
            done = end
        return "".join([*result, escape(self.text[done:], quote=False)])


class Link:
    """An <a>: the buttons that come after it, since a button cannot stand inside a link."""

    def __init__(self, recipients):
        self.is_mail = bool(recipients)
        self.recipients = {address.lower() for address, _ in recipients}
        self.buttons = [button_for_text(*recipient) for recipient in recipients]


class Page(HTMLParser):
    """Cuts a page into Pieces that keep their own source, and edits those that hold an address."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.has_form = FORM in html
        self.pieces = []
        self.open = []  # the tags of NO_BUTTON around the current place
        self.links = []  # the Links around it; browsers close a link in a link, so one at most
        self.feed(html)
        self.close()

    # --- Reading ---

    def handle_starttag(self, tag, attrs):
        html = protect_tag(self.get_starttag_text(), tag, attrs)
        if tag in NO_BUTTON:
            self.open.append(tag)
        elif tag == "a":
            link = Link(mail_recipients(dict(attrs).get("href") or ""))
            self.links = [link]
            html = "" if link.is_mail else html
        self.pieces.append(Piece(html, tag=tag))

    def handle_startendtag(self, tag, attrs):
        self.pieces.append(Piece(protect_tag(self.get_starttag_text(), tag, attrs), tag=tag))

    def handle_endtag(self, tag):
        piece = Piece(f"</{tag}>", tag=tag)
        if tag in self.open:
            self.open.remove(tag)
        elif tag == "a" and self.links:
            piece.link = self.links.pop()
            piece.plain = self.is_plain()
        self.pieces.append(piece)

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):  # not decoded by a browser
            self.pieces.append(Piece(protect_text(data), tag=self.open[-1]))
            return
        link = self.links[-1] if self.links else None
        self.pieces.append(Piece(escape(data, quote=False), text=data, link=link, plain=self.is_plain()))

    def handle_decl(self, decl):
        self.pieces.append(Piece(f"<!{decl}>", tag="!"))

    def is_plain(self):
        return bool(self.open) or not self.has_form

    # --- Writing ---

    def render(self):
        for run in self.runs():
            edit(run)
        for piece in self.pieces:
            if piece.link and piece.tag == "a":
                piece.html = link_end(piece)
        break_up(self.pieces)
        return "".join(piece.render() for piece in self.pieces)

    def runs(self):
        """Yield lists of text Pieces that a reader sees without a break between them."""
        run = []
        for piece in self.pieces:
            if piece.text:
                run.append(piece)
            elif piece.tag not in INLINE:
                yield run
                run = []
        yield run


def edit(run):
    """Put a button or words in the place of every address in the texts of `run` together."""
    ends = list(accumulate(len(piece.text) for piece in run))
    for found in find_addresses("".join(piece.text for piece in run)):
        replacement, number = None, bisect_right(ends, found.start)
        address, end = found.address, found.end
        first = run[number].text[found.start - ends[number] :]
        if end > ends[number] and PLAIN.fullmatch(first):  # whole before a tag: "a@b.se<b>Ring</b>"
            address, end = first, ends[number]
        while number < len(run) and ends[number] - len(run[number].text) < end:
            piece, offset = run[number], ends[number] - len(run[number].text)
            # A tag may split an address: what follows the first part goes without a replacement.
            replacement = in_place_of(address, piece) if replacement is None else ""
            piece.edits.append(
                (max(found.start - offset, 0), min(end - offset, len(piece.text)), replacement)
            )
            number += 1


def break_up(pieces):
    """Take apart what is left of an address that a table cell or a paragraph cuts in two.

    To a reader it is none; to a robot that removes all tags it is.
    """
    left = []  # (character, piece, place in its text); what an edit takes away is a bar
    for piece in pieces:
        edited = {place for start, end, _ in piece.edits for place in range(start, end)}
        for place, character in enumerate(piece.text):
            left.append(("¦" if place in edited else character, piece, place))
    for found in find_addresses("".join(character for character, _, _ in left)):
        parts = {}
        for _, piece, place in left[found.start : found.end]:
            parts.setdefault(id(piece), (piece, []))[1].append(place)
        _first, *rest = parts.values()
        for piece, places in rest:
            piece.edits.append((places[0], places[-1] + 1, " … "))


def in_place_of(address, piece):
    """Return the HTML that stands where `address` stood in the text `piece`."""
    if piece.link and piece.link.is_mail:
        if address.lower() not in piece.link.recipients:
            piece.link.buttons.append(button_for_text(address))
        return ""  # the link's own buttons follow
    if piece.plain:
        return WORDS
    button = button_for_text(address)
    if piece.link:
        piece.link.buttons.append(button)
        return WORDS
    return button.html()


def link_end(piece):
    """Return what closes a link: for a mail link, whose tags are gone, only its buttons."""
    closing = "" if piece.link.is_mail else "</a>"
    if piece.plain:
        return f"{closing} ({WORDS})" if piece.link.is_mail else closing
    buttons = list(dict.fromkeys(piece.link.buttons))
    count = len(buttons) if len(buttons) > 1 else 0
    return closing + "".join(" " + button.html(number, count) for number, button in enumerate(buttons, 1))


def protect_tag(source, tag, attrs):
    """Return a start tag without addresses: a URL loses the address in it, other values get WORDS."""
    if not may_hold_address(read_references(source)):
        return source
    kept = []
    for name, value in attrs:
        if value is None:
            kept.append(f" {name}")
        elif name not in URL_ATTRIBUTES:
            kept.append(f' {name}="{escape(protect_text(value))}"')
        elif (url := url_without_addresses(value)) is not None:
            kept.append(f' {name}="{escape(url)}"')
    return f"<{tag}{''.join(kept)}>"


def url_without_addresses(url):
    """Return `url` with every address in it left out, or None where it is hidden in a code.

    A link that only counts its clicks by the address ("…&u=anna%40example.org") still leads somewhere.
    """
    if url.startswith(OUR_TOKENS):
        return url
    rest = URL_ADDRESS.sub("", url)
    return None if find_addresses(rest) or find_addresses(unquote(rest)) else rest


def mail_recipients(href):
    """Return [(address, subject)] of a link to write mail (RFC 6068): to, cc and bcc, each once."""
    if address := ADDRESS_AS_HOST.fullmatch(href.strip()):
        return [(address[1], "")]
    if not href.strip().lower().startswith("mailto:"):
        return []
    path, _, query = href.strip()[len("mailto:") : MAX_MAILTO].partition("?")
    fields = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        fields.setdefault(name.lower(), []).append(unquote(value))
    lists = [unquote(path), *(value for name in ("to", "cc", "bcc") for value in fields.get(name, []))]
    subject = " ".join(fields.get("subject", [""])[0].split())
    addresses = [found.address for text in lists for found in find_addresses(text)]
    return [(address, subject) for address in dict.fromkeys(addresses)]
