"""What HTML may be stored and shown: one allow-list, the same as the editor's toolbar."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

TAGS = {
    "p", "br", "h2", "h3", "strong", "em", "ul", "ol", "li", "a", "blockquote",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "th": {"scope"}}
SCOPES = {"col", "row", "colgroup", "rowgroup"}
URL_SCHEMES = {"http", "https", "mailto", "tel"}


def _allowed_value(tag, name, value):
    """Return an attribute's value, or None to drop the attribute."""
    if name == "scope":
        return value if value in SCOPES else None
    if name == "start":
        return value if re.fullmatch("[1-9][0-9]{0,3}", value) else None
    # nh3 knows the schemes as the URL standard does; a character that is only invisible, which
    # it takes for the beginning of a relative address, must not hide one from another reader.
    visible = "".join(character for character in value if character.isprintable() and character != " ")
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", visible, re.IGNORECASE)
    return None if scheme and scheme[1].lower() not in URL_SCHEMES else value


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"*": set(), **ATTRIBUTES},  # nh3 would keep "lang" and "title" everywhere
    attribute_filter=_allowed_value,
    url_schemes=URL_SCHEMES,
    link_rel=None,
)


def clean_html(html):
    """Return HTML reduced to TAGS, ATTRIBUTES and URL_SCHEMES; safe to show whatever came in.

    Text inside a removed tag stays, scripts and styles go with their content. Idempotent.
    """
    return _cleaner.clean(html)


class _TextExtractor(HTMLParser):
    """Collects text; a block or a line break becomes a line, inline tags become nothing."""

    BLOCKS = TAGS - {"strong", "em", "a"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []

    def handle_starttag(self, tag, attrs):
        self.break_line(tag)

    def handle_endtag(self, tag):
        self.break_line(tag)

    def break_line(self, tag):
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data):
        self.parts.append(data)


def html_to_text(html):
    """Return the visible text of any HTML, one line a block, without empty lines."""
    extractor = _TextExtractor()
    extractor.feed(clean_html(html))  # Python's parser gives up on some of what is not clean
    extractor.close()
    lines = (" ".join(line.split()) for line in "".join(extractor.parts).split("\n"))
    return "\n".join(line for line in lines if line)


@dataclass
class Block:
    """A paragraph, heading or other block of text, as its writer made it."""

    tag: str
    text: str = ""
    bold: str = ""  # the part of the text in bold
    links: list[str] = field(default_factory=list)  # the texts of its links

    @property
    def is_bold(self):
        return bool(self.text) and self.bold == self.text


class _BlockReader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.blocks = []
        self.inside = []  # "strong" and "a" around the current place

    def handle_starttag(self, tag, attrs):
        if tag in _TextExtractor.BLOCKS - {"br"}:
            self.blocks.append(Block(tag))
        elif tag in ("strong", "a"):
            self.inside.append(tag)
            if tag == "a" and self.blocks:
                self.blocks[-1].links.append("")

    def handle_endtag(self, tag):
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data):
        if not self.blocks:
            self.blocks.append(Block("p"))
        block = self.blocks[-1]
        block.text += data
        if "strong" in self.inside:
            block.bold += data
        if "a" in self.inside and block.links:
            block.links[-1] += data


def blocks_of(html):
    """Return the Blocks of any HTML that have a text, in order."""
    reader = _BlockReader()
    reader.feed(clean_html(html))
    reader.close()
    for block in reader.blocks:
        block.text = " ".join(block.text.split())
        block.bold = " ".join(block.bold.split())
        block.links = [" ".join(link.split()) for link in block.links]
    return [block for block in reader.blocks if block.text]
