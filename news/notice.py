"""A post as a notice for the stairwell door: one A4 sheet, however long its text and whatever the font.

What fits is estimated here for the widest font that a system may have (Verdana and its like), so that
with most fonts a little room is left. The measures are those of notice.css, in points.
"""

import re
import textwrap
from dataclasses import dataclass
from html import escape

from django.utils.functional import cached_property
from django.utils.safestring import mark_safe

from common.richtext.blocks import html_to_text
from common.richtext.sanitize import clean_html
from common.richtext.shortcodes import resolve
from common.richtext.tokenizer import tokens
from news.parts.contacts import KIND, contact_line

WIDTH, HEIGHT = 510, 730  # what is printed: A4 less 15 mm on each side, and less a line
HEAD, FOOT = 42, 104  # the branch's name; the QR code and what stands beside it
ADDRESS, BESIDE_ADDRESS = 14, 80  # the web address at the foot; the lines above and below it
BESIDE_QR = 411
TITLES = (40, 28, 22)  # a title gets the largest in which its longest word and TITLE_LINES fit
TITLE_LINES = 4
LEAD, TEXT = 18, 16
WHEN, CHANGE = 26, 58  # a day in large type; INSTÄLLT or FLYTTAT above it
PICTURE = 150
LETTER, BOLD_LETTER = 0.535, 0.65  # the width of a letter on average, in ems

# What a block takes: the size of its letters, the space around it, its part of the width.
BLOCK_SIZES = {
    "p": (TEXT, 8, 1),
    "h2": (20, 14, 1),
    "h3": (TEXT, 12, 1),
    "li": (TEXT, 4, 0.94),
    "blockquote": (TEXT, 8, 0.94),
    "tr": (TEXT, 9, 0.7),
    "caption": (TEXT, 4, 1),
}
CONTAINER_TAGS = {
    "ul",
    "ol",
    "blockquote",
    "table",
    "thead",
    "tbody",
}  # hold blocks: a cut inside closes them


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
        # The first picture alone: the text is what the sheet is for.
        text = resolve(
            clean_html(post.body), lambda code: contact_line(code.name) if code.kind == KIND else ""
        )
        self.body, self.is_cut = fitted(text, HEIGHT - self.height_around())

    def height_around(self):
        post = self.post
        foot = max(FOOT, height(self.address, ADDRESS, BESIDE_ADDRESS, BESIDE_QR, line=1.25))
        total = height(self.areas, LEAD, 10) * bool(self.areas)
        total += HEAD + foot + height(post.title, self.title_size, 12, line=1.1)
        for one in post.dates:
            total += height(one.when_in_full, WHEN, 2, line=1.2) + height(one.place, LEAD, 10) * bool(
                one.place
            )
            total += height(one.heading, TEXT, 0) * bool(one.heading)
            total += (CHANGE + height(one.change, TEXT)) * bool(one.change)
        if post.lead:
            total += height(post.lead, LEAD, 10)
        if post.image:
            total += min(PICTURE, WIDTH * post.image_height / post.image_width) + 12
        if post.byline:
            total += height(post.byline, TEXT, 8)
        return total

    @property
    def areas(self):
        """The names of those whom it concerns."""
        return ", ".join(map(str, self.post.shown_areas))

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
    html = clean_html(html)
    total, points = cut_points(html)
    if total <= room:
        return html, False
    points = [point for point in points if point.height <= room]
    while points and points[-1].tag in ("h2", "h3"):  # with nothing beneath it
        points.pop()
    if points:
        return html[: points[-1].place] + points[-1].closing, True
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
class CutPoint:
    """A place where the text may be cut: how high all before it is, and what then closes the HTML."""

    tag: str
    height: float
    place: int
    closing: str


def cut_points(html):
    """Return the height of clean HTML in points, and the CutPoints in it: the end of each block."""
    total, text, around, points = 0, "", [], []  # around: the groups that are open
    for token in tokens(html):
        if isinstance(token, str):
            text += token.replace("\n", " ")
            continue
        tag = token.name
        if tag == "br":
            text += "\n"
        elif token.is_end and tag in ("td", "th"):
            text += " "
        elif tag in BLOCK_SIZES or tag in CONTAINER_TAGS:
            total += block_height(tag if token.is_end else around[-1] if around else "p", text)
            text = ""
            if tag in CONTAINER_TAGS:
                around.pop() if token.is_end else around.append(tag)
            if token.is_end:
                points.append(
                    CutPoint(tag, total, token.end, "".join(f"</{group}>" for group in around[::-1]))
                )
    return total + block_height("p", text), points


def block_height(tag, text):
    size, space, part = BLOCK_SIZES.get(tag, BLOCK_SIZES["li"])
    return height(text.strip(), size, space, WIDTH * part) if text.strip() else 0
