"""Obfuscates every e-mail address in an answer before it leaves the site.

In the running text of a page an address becomes the button that shows it on request; where no
button can stand (a title, an attribute, a feed, JSON, a header) it becomes PLACEHOLDER.
Pure functions of a text: the same page in, the same bytes out.
"""

import re
from bisect import bisect_right
from contextlib import suppress
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import unquote

from common.caching import short_key_cache
from common.email_protection.buttons import button_for_text
from common.email_protection.detect import (
    decode_references,
    find_addresses,
    may_hold_address,
    may_spell_at_in_words,
    replace_addresses,
)
from common.email_protection.spellings import KNOWN_TLD, NO_NAMES, PLAIN_ADDRESS

PLACEHOLDER = "skyddad e-postadress"
FORM = 'id="epost"'  # every button belongs to this form; a page without it gets PLACEHOLDER only

# Tags that make no visible break in a text: "anna<b>@</b>example.org" is an address.
TAGS_WITHOUT_BREAK = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "wbr",
}  # fmt: skip
# Inside these a browser shows a button as text, or not at all.
NO_BUTTON_INSIDE = {"title", "script", "style", "textarea", "option", "button", "svg", "noscript", "template"}
# An address inside a URL. A local part that is too long is cut; url_without_addresses() checks what is left.
URL_ADDRESS = re.compile(
    r"(?<!%)(?<!%[0-9a-f])[\w.+-]{1,64}(?:[@＠]|%(?:25)?40|%(?:25)?EF%(?:25)?BC%(?:25)?A0)"
    r"(?:[\w-]{1,63}(?:\.|%(?:25)?2e)){1,8}[a-z]{2,24}",
    re.IGNORECASE,
)
# What the editor makes of an address in its field for web addresses.
ADDRESS_AS_HOST = re.compile(r"(?:https?://)?([^\s/@:]+@[^\s/@:]+\.[^\s/@:]+)/?", re.IGNORECASE)
UNTOUCHED_PATH_PREFIXES = ("/kontakt/e-post/", "/kontakt/visitkort/", "/utkast/", "/static/", "/media/")
MAX_MAILTO = 4000  # characters of a mail link that are read; real ones are shorter
LONG_REFERENCE = re.compile(r"&#\d{8,}")  # more digits than any character has, or than Python reads
ANY_TAG = re.compile(r"<[^>]*>")
JSON_LD_KEYWORD = re.compile(r'"@(?=[a-z]+")')
LONE_AT = re.compile(r"at[\s<](?<=[\s>]at.)")  # "<td>anna</td><td>at</td><td>example.org</td>"
URL_ATTRIBUTES = {"href", "src", "srcset", "action", "formaction", "cite", "poster", "data"}


def obfuscate_text(text):
    """Return any text but HTML (XML, JSON, plain) with PLACEHOLDER for every address."""
    return replace_addresses(text, PLACEHOLDER)


@short_key_cache(maxsize=256, longest=500)  # most are the same on every page
def obfuscate_header(name, value):
    """Return an HTTP header's value without addresses; a Location still leads where it led."""
    if name != "Location" or not may_hold_address(value):
        return replace_addresses(value, PLACEHOLDER)
    path = value.partition("?")[0]
    return url_without_addresses(value) or ("/" if find_addresses(unquote(path)) else path)


def obfuscate_html(html):
    """Return an HTML page with a button, or PLACEHOLDER, for every address. Comments are left out."""
    if not page_may_hold_address(html):
        return html
    html = LONG_REFERENCE.sub("&#65533", html)
    with suppress(AssertionError):  # html.parser raises it for a broken declaration, "<![x"
        html = HtmlObfuscator(html).render()
    return obfuscate_text(html)  # an address may still stand in a tag's name


# Any change renders every page anew, most of them with the same result.
@short_key_cache(maxsize=64, longest=100_000)
def page_may_hold_address(html):
    end = html.rfind(">") + 1  # no tag ends after it; without the cut each "<" there is a search to the end
    bare = ANY_TAG.sub("", html[:end]) + html[end:]
    if any(may_hold_address(strip_json_ld_keywords(decode_references(text))) for text in (html, bare)):
        return True
    small = html[:end].lower()
    return bool(LONE_AT.search(small)) and may_spell_at_in_words(ANY_TAG.sub(" ", small))


def strip_json_ld_keywords(text):
    """Return a page without the @ that JSON-LD's keywords begin with, "@type": no address begins so."""
    return JSON_LD_KEYWORD.sub('"', text)


class HtmlToken:
    """A tag or a text of a page, and the HTML it becomes."""

    def __init__(self, html, *, tag="", text="", link=None, allows_button=True):
        self.html = html
        self.tag = tag
        self.text = text  # a text, decoded
        self.link = link  # the Link around a text
        self.allows_button = allows_button
        self.edits = []  # (start, end, HTML in its place)

    def unedited_text(self):
        """Return the text with a bar for each character that is replaced."""
        text = self.text
        for start, end, _ in self.edits:
            text = text[:start] + "¦" * (end - start) + text[end:]
        return text

    def render(self):
        if not self.edits:
            return self.html
        result, done = [], 0
        for start, end, html in sorted(self.edits):
            result += [escape(self.text[done:start], quote=False), html]
            done = end
        return "".join([*result, escape(self.text[done:], quote=False)])


class Link:
    """An <a> and the buttons that follow it, since a button cannot stand inside a link."""

    def __init__(self, recipients):
        self.is_mail = bool(recipients)
        self.recipients = {address.lower() for address, *_ in recipients}
        self.buttons = [button_for_text(*recipient) for recipient in recipients]


class HtmlObfuscator(HTMLParser):
    """Cuts a page into HtmlTokens that keep their own source, and edits those that hold an address."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.has_form = FORM in html
        self.tokens = []
        self.open = []  # open tags of NO_BUTTON_INSIDE
        self.links = []  # the open Link: browsers close a link when the next one opens
        self.feed(html)
        self.close()

    # --- Reading ---

    def handle_starttag(self, tag, attrs):
        html = obfuscate_tag(self.get_starttag_text(), tag, attrs)
        if tag in NO_BUTTON_INSIDE:
            self.open.append(tag)
        elif tag == "a":
            link = Link(mail_recipients(dict(attrs).get("href") or ""))
            self.links = [link]
            html = "" if link.is_mail else html
        self.tokens.append(HtmlToken(html, tag=tag))

    def handle_startendtag(self, tag, attrs):
        self.tokens.append(HtmlToken(obfuscate_tag(self.get_starttag_text(), tag, attrs), tag=tag))

    def handle_endtag(self, tag):
        token = HtmlToken(f"</{tag}>", tag=tag)
        if tag in self.open:
            self.open.remove(tag)
        elif tag == "a" and self.links:
            token.link = self.links.pop()
            token.allows_button = self.allows_button()
        self.tokens.append(token)

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):  # a browser decodes no references here
            self.tokens.append(HtmlToken(obfuscate_text(data), tag=self.open[-1]))
            return
        link = self.links[-1] if self.links else None
        self.tokens.append(
            HtmlToken(escape(data, quote=False), text=data, link=link, allows_button=self.allows_button())
        )

    def handle_decl(self, decl):
        self.tokens.append(HtmlToken(f"<!{decl}>", tag="!"))

    def allows_button(self):
        return self.has_form and not self.open

    # --- Writing ---

    def render(self):
        for run in self.runs():
            obfuscate_run(run)
        for separator in ("", " "):  # how robots join what stands in two blocks
            obfuscate_across_blocks([token for token in self.tokens if token.text], separator)
        for token in self.tokens:
            if token.link and token.tag == "a":
                token.html = closing_link(token)
        return "".join(token.render() for token in self.tokens)

    def runs(self):
        """Yield lists of text tokens without a visible break between them."""
        run = []
        for token in self.tokens:
            if token.text:
                run.append(token)
            elif token.tag not in TAGS_WITHOUT_BREAK:
                yield run
                run = []
        yield run


def obfuscate_run(run):
    """Replace every address in the joined texts of `run` by a button or by words."""
    ends = list(accumulate(len(token.text) for token in run))
    for found in find_addresses("".join(token.text for token in run)):
        replacement, number = None, bisect_right(ends, found.start)
        address, end = found.address, found.end
        first = run[number].text[found.start - ends[number] :]
        if end > ends[number] and PLAIN_ADDRESS.fullmatch(first):
            address, end = first, ends[number]  # complete before a tag: "a@b.se<b>Ring</b>"
        while number < len(run) and ends[number] - len(run[number].text) < end:
            token, offset = run[number], ends[number] - len(run[number].text)
            # A tag may split an address: the replacement stands for the first part, the rest is removed.
            replacement = replacement_for(address, token) if replacement is None else ""
            token.edits.append(
                (max(found.start - offset, 0), min(end - offset, len(token.text)), replacement)
            )
            number += 1


def obfuscate_across_blocks(tokens, separator):
    """Replace every address that two or more cells, list items or paragraphs hold together.

    A robot that strips all tags reads it, and so does a person. The first part stays as it is.
    """
    texts = [token.unedited_text() for token in tokens]
    starts = list(accumulate((len(text) + len(separator) for text in texts), initial=0))
    joined = separator.join(texts)
    for found in find_addresses(joined) if may_hold_address(joined) else ():
        first = bisect_right(starts, found.start) - 1
        local = found.address.rpartition("@")[0]
        if len(texts[first][found.start - starts[first] :].rstrip()) < len(local):
            continue  # two words that only the joining made one
        is_handle = local.lower() in NO_NAMES or not KNOWN_TLD.search(found.address)
        replacement = None
        for number in range(first + 1, bisect_right(starts, found.end - 1)):
            token, end = tokens[number], min(found.end - starts[number], len(texts[number]))
            if is_handle:  # "Instagram", "@hgf.sollentuna" in two cells: a space is enough
                token.edits.append((0, 0, " "))
                break
            if not texts[number][:end].isspace():  # white space between two cells is no place for a button
                replacement = replacement_for(found.address, token) if replacement is None else ""
                token.edits.append((0, end, replacement))


def replacement_for(address, token):
    """Return the HTML that replaces `address` in the text `token`."""
    if token.link and token.link.is_mail:
        if address.lower() not in token.link.recipients:
            token.link.buttons.append(button_for_text(address))
        return ""  # the link's own buttons follow
    if not token.allows_button:
        return PLACEHOLDER
    button = button_for_text(address)
    if token.link:
        token.link.buttons.append(button)
        return PLACEHOLDER
    return button.html()


def closing_link(token):
    """Return the end of a link: the buttons only for a mail link, whose tags are removed."""
    closing = "" if token.link.is_mail else "</a>"
    if not token.allows_button:
        return f"{closing} ({PLACEHOLDER})" if token.link.is_mail else closing
    buttons = list(dict.fromkeys(token.link.buttons))
    count = len(buttons) if len(buttons) > 1 else 0
    return closing + "".join(" " + button.html(number, count) for number, button in enumerate(buttons, 1))


def obfuscate_tag(source, tag, attrs):
    """Return a start tag without addresses: removed from a URL, replaced by PLACEHOLDER in other values."""
    if not may_hold_address(decode_references(source)):
        return source
    attributes = []
    for name, value in attrs:
        if value is None:
            attributes.append(f" {name}")
        elif name not in URL_ATTRIBUTES:
            attributes.append(f' {name}="{escape(obfuscate_text(value))}"')
        elif (url := url_without_addresses(value)) is not None:
            attributes.append(f' {name}="{escape(url)}"')
    return f"<{tag}{''.join(attributes)}>"


def url_without_addresses(url):
    """Return `url` without the addresses in it, or None where one is encoded in another way.

    So a link that holds an address only to count clicks ("…&u=anna%40example.org") still works.
    """
    if url.startswith(UNTOUCHED_PATH_PREFIXES):
        return url
    rest = URL_ADDRESS.sub("", url)
    decoded = unquote(rest)
    return None if any(map(find_addresses, {rest, decoded, unquote(decoded)})) else rest


def mail_recipients(href):
    """Return [(address, subject, body)] of a link to write mail (RFC 6068): to, cc and bcc, each once."""
    if address := ADDRESS_AS_HOST.fullmatch(href.strip()):
        return [(address[1],)]
    if not href.strip().lower().startswith("mailto:"):
        return []
    path, _, query = href.strip()[len("mailto:") : MAX_MAILTO].partition("?")
    fields = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        fields.setdefault(name.lower(), []).append(unquote(value))
    lists = [unquote(path), *(value for name in ("to", "cc", "bcc") for value in fields.get(name, []))]
    subject = " ".join(fields.get("subject", [""])[0].split())
    body = fields.get("body", [""])[0]
    addresses = [found.address for text in lists for found in find_addresses(text)]
    return [(address, subject, body) for address in dict.fromkeys(addresses)]
