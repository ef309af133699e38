"""How a post's fields are set on a page: filters of the public templates."""

from functools import lru_cache

from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from contacts.swedish import without_bad_breaks
from news.html import clean_html

# A table may be wider than a phone: it scrolls in a box of its own, which the keyboard reaches.
TABLE = '<div class="scroll" role="group" aria-label="Tabell" tabindex="0"><table>'


@lru_cache(maxsize=1024)  # a list shows ten, and the same ones again on the next
def dated(when):
    """Return an aware datetime as a <time> that says its day in words: "21 april 2019"."""
    when = timezone.localtime(when)
    words = without_bad_breaks(format_date(when, "j F Y"))
    return format_html('<time datetime="{}">{}</time>', format_date(when, r"Y-m-d\TH:i:sO"), words)


@lru_cache(maxsize=128)
def rich_text(html):
    """Return stored HTML as safe HTML: cleaned once more, for what got past the save."""
    html = without_bad_breaks(clean_html(html))
    html = html.replace("<table>", TABLE).replace("</table>", "</table></div>")
    return mark_safe(html)  # noqa: S308  clean_html is the guard; what follows it adds no more than this box


def lines(text):
    """Return plain text as safe HTML, with its line breaks."""
    return linebreaksbr(without_bad_breaks(text), autoescape=True)


def day(when):
    """Return an aware datetime as "21 april"."""
    return format_date(timezone.localtime(when), "j F")


def marked(text, query):
    """Return plain text as safe HTML, with <mark> around what a news.search.Query looks for."""
    return query.mark(text)


def excerpt(found, query):
    """Return, marked, what stands around the words that were found in a post or a page; else its summary."""
    text = " ".join(found.search_text.partition("\n")[2].split())
    return query.mark(without_bad_breaks(query.excerpt(text) or found.summary))
