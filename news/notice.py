"""A post as a notice for the stairwell door: one A4 sheet, however long its text and whatever the font.

What fits is reckoned here, with letters as wide as any system has them (Verdana and its like), so
that in most fonts a little room is left. The measures are those of notice.css, in points.
"""

import re
import textwrap
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from django.utils.functional import cached_property
from django.utils.safestring import mark_safe

from news.html import clean_html, html_to_text

WIDTH, HEIGHT = 510, 730  # what is printed: A4 less 15 mm on each side, and less a line
HEAD, FOOT = 42, 104  # the branch's name; the QR code and what stands beside it
ADDRESS, BESIDE_ADDRESS = 14, 80  # the web address at the foot; the lines above and below it
BESIDE_QR = 411
TITLES = (40, 28, 22)  # a title gets the largest in which its longest word and TITLE_LINES fit
TITLE_LINES = 4
LEAD, TEXT = 18, 16
PICTURE = 150
LETTER, BOLD_LETTER = 0.535, 0.65  # the width of a letter on average, in ems

# What a block takes: the size of its letters, the space around it, its part of the width.
BLOCKS = {
    "p": (TEXT, 8, 1),
    "h2": (20, 14, 1),
    "h3": (TEXT, 12, 1),
    "li": (TEXT, 4, 0.94),
    "blockquote": (TEXT, 8, 0.94),
    "tr": (TEXT, 9, 0.7),
}
GROUPS = {"ul", "ol", "blockquote", "table", "thead", "tbody"}  # hold blocks: a cut inside closes them


def wrapped(text, size, width=WIDTH):
    """Return the lines of a text, at least as many as the browser makes."""
    letters = int(width / (size * LETTER))
    return [line for part in text.split("\n") for line in textwrap.wrap(part, letters) or [""]]


def title_size(title):
    for size in TITLES:
        longest = max(map(len, re.split(r"[\s-]", title)))
        if longest * size * BOLD_LETTER <= WIDTH and len(wrapped(title, size)) <= TITLE_LINES:
            return size
    return TITLES[-1]


def height(text, size, space=0, width=WIDTH, line=1.4):
    return len(wrapped(text, size, width)) * size * line + space


class Notice:
    """A post as its template prints it. `body`: HTML that fits; `is_cut`: there is more at `url`."""

    def __init__(self, post, url):
        self.post = post
        self.url = url
        self.title_size = title_size(post.title)
        self.body, self.is_cut = fitted(post.body, HEIGHT - self.height_around())

    def height_around(self):
        post = self.post
        foot = max(FOOT, height(self.address, ADDRESS, BESIDE_ADDRESS, BESIDE_QR, line=1.25))
        total = HEAD + foot + height(post.title, self.title_size, 12, line=1.1)
        if post.lead:
            total += height(post.lead, LEAD, 10)
        if post.image:
            total += min(PICTURE, WIDTH * post.image_height / post.image_width) + 12
        if post.byline:
            total += height(post.byline, TEXT, 8)
        return total

    @property
    def address(self):
        """The web address as people type it."""
        return self.url.partition("://")[2]

    @cached_property
    def qr(self):
        import segno  # here: it would take a fiftieth of every start, and few pages need it

        code = segno.make(self.url, error="m", micro=False)
        return mark_safe(code.svg_inline(border=0, omitsize=True))  # noqa: S308  segno's own markup


def fitted(html, room):
    """Return (HTML, is cut): as many whole blocks of the text as take at most `room` points."""
    reader = HeightReader(clean_html(html))
    if reader.height <= room:
        return reader.source, False
    ends = [end for end in reader.ends if end.height <= room]
    while ends and ends[-1].tag in ("h2", "h3"):  # with nothing beneath it
        ends.pop()
    if ends:
        return reader.source[: ends[-1].place] + ends[-1].closing, True
    return first_lines(html_to_text(html), int((room - 8) / (TEXT * 1.4))), True


def first_lines(text, room):
    """Return the beginning of a text as a paragraph of at most `room` lines: of one without end."""
    kept = []
    for line in text.split("\n"):
        if room > 0:
            rows = wrapped(line, TEXT)
            kept.append(escape(" ".join(rows[:room]), quote=False))
            room -= len(rows)
    return f"<p>{'<br>'.join(kept)} …</p>" if kept else ""


@dataclass
class BlockEnd:
    """A place where the text may be cut: how high all before it is, and what then closes the HTML."""

    tag: str
    height: float
    place: int
    closing: str


class HeightReader(HTMLParser):
    """Reads clean HTML, reckons its height in points and notes where it may be cut."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.source = html
        self.line_starts = [0]
        for line in html.split("\n"):
            self.line_starts.append(self.line_starts[-1] + len(line) + 1)
        self.groups = []  # around the current place
        self.text = ""  # since the last block began or ended
        self.height = 0
        self.ends = []
        self.feed(html)
        self.close()
        self.add("p")

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            self.text += "\n"
        elif tag in BLOCKS or tag in GROUPS:
            self.add(self.groups[-1] if self.groups else "p")
        if tag in GROUPS:
            self.groups.append(tag)

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.text += " "
        if tag in GROUPS and tag in self.groups:
            self.groups.remove(tag)
        if tag in BLOCKS or tag in GROUPS:
            self.add(tag)
            line, column = self.getpos()
            place = self.line_starts[line - 1] + column + len(f"</{tag}>")
            closing = "".join(f"</{group}>" for group in reversed(self.groups))
            self.ends.append(BlockEnd(tag, self.height, place, closing))

    def handle_data(self, data):
        self.text += data.replace("\n", " ")

    def add(self, tag):
        """Add the height of the text that has been read, as a block of this kind."""
        if self.text.strip():
            size, space, part = BLOCKS.get(tag, BLOCKS["li"])
            self.height += height(self.text.strip(), size, space, WIDTH * part)
        self.text = ""
