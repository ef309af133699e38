"""A post as a notice for the stairwell door: one A4 sheet. What has no room on it is cut by notice.css."""

import re
from textwrap import wrap

from django.utils.safestring import mark_safe

from common.richtext.sanitize import clean_html
from common.richtext.shortcodes import resolve
from common.swedish import TAG
from news.parts.contacts import KIND, contact_line

# A title's size in points, and how many letters its longest word and all of it may have in the widest font.
TITLE_SIZES = [(40, 19, 80), (28, 28, 130), (22, 150, 150)]


# A word that a table could not be narrow enough for: what is wider than the sheet is not printed.
LONG_WORD = re.compile(r"\w{25,}")
PIECE = 12  # letters


def title_size(title):
    """Return the largest size in which a title takes four lines at most."""
    longest = max(map(len, re.split(r"[\s-]", title)))
    return next(size for size, word, all_of_it in TITLE_SIZES if longest <= word and len(title) <= all_of_it)


def text_on_paper(body):
    """Return the text with its contacts, without its pictures: of them the sheet has the first alone.

    Long words may be broken, also where the browser knows no Swedish hyphenation.
    """
    html = resolve(clean_html(body), lambda code: contact_line(code.name) if code.kind == KIND else "")
    parts = TAG.split(html)
    return "".join(part if part.startswith("<") else LONG_WORD.sub(breakable, part) for part in parts)


def breakable(word):
    return "\u200b".join(wrap(word[0], PIECE))  # no hyphen: it may be an address


def qr_code(url):
    import segno  # here: it would take a fiftieth of every start, and few pages need it

    code = segno.make(url, error="m", micro=False)
    return mark_safe(code.svg_inline(border=0, omitsize=True))  # noqa: S308  segno's own markup
