"""How a post's fields are set on a page: filters of the public templates."""

import re
from functools import lru_cache

from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from common.richtext.blocks import heading_anchors, html_to_text
from common.richtext.sanitize import clean_html
from common.swedish import day_text, no_break_spaces

# Which way a text runs is its own: each block finds it out by its first letter.
BLOCK_START = re.compile(r"<(p|h2|h3|li|blockquote|caption|th|td)\b")
HEADING = re.compile(r"<(h[23])>(.*?)</\1>", re.DOTALL)
# A table may be wider than a phone: it scrolls in a box of its own, which the keyboard reaches.
SCROLLING_TABLE = '<div class="scroll" role="group" aria-label="Tabell" tabindex="0"><table>'


@lru_cache(maxsize=1024)  # a list shows ten, and the same ones again on the next
def dated(when):
    """Return an aware datetime as a <time> that says its day in words: "21 april 2019"."""
    when = timezone.localtime(when)
    words = no_break_spaces(day_text(when))
    return format_html('<time datetime="{}">{}</time>', format_date(when, r"Y-m-d\TH:i:sO"), words)


@lru_cache(maxsize=128)
def rich_text(html):
    """Return stored HTML as safe HTML: cleaned once more, for what got past the save."""
    html = no_break_spaces(clean_html(html))
    html = html.replace("<table>", SCROLLING_TABLE).replace("</table>", "</table></div>")
    if 'href="#' in html:
        texts = [html_to_text(heading[2], as_written=True) for heading in HEADING.finditer(html)]
        anchors = iter(heading_anchors(texts))
        html = HEADING.sub(
            lambda heading: f'<{heading[1]} id="{next(anchors)}">{heading[2]}</{heading[1]}>', html
        )
    html = BLOCK_START.sub(r'<\1 dir="auto"', html)
    return mark_safe(html)  # noqa: S308  clean_html is the guard; what follows it adds no more than this box


def lines(text):
    """Return plain text as safe HTML, with its line breaks."""
    return linebreaksbr(no_break_spaces(text), autoescape=True)


def day_and_month(when):
    """Return an aware datetime as "21 april"."""
    return format_date(timezone.localtime(when), "j F")


def marked(text, query):
    """Return plain text as safe HTML, with <mark> around what a news.search.Query looks for."""
    return query.mark(text)


def excerpt(found, query):
    """Return, marked, what stands around the words that were found in a post or a page; else its summary."""
    lines = re.sub(r"(?<=\w)\n(?=.)", " · ", found.search_text.partition("\n")[2])  # headings, rows of lists
    text = " ".join(lines.split())
    return query.mark(no_break_spaces(query.excerpt(text) or found.summary))
