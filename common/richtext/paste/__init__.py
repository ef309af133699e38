"""Turns pasted HTML or plain text into the HTML that a text may hold: headings, lists, links, paragraphs.

    tokenizer.py → reader.py → lists.py, tables.py, flow.py → lines.py, links.py → writer.py → clean_html

The same for what Word, Google Docs, LibreOffice, Outlook or another site puts on the clipboard, for
plain text, and for what was normalized before, which it leaves as it is.
"""

import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

from common.richtext.blocks import BLOCK_TAGS
from common.richtext.paste.flow import flow, join_cut_paragraphs
from common.richtext.paste.lines import normalize_runs
from common.richtext.paste.links import link_bare_addresses, link_headings
from common.richtext.paste.lists import find_lists, number_items, without_bullets
from common.richtext.paste.reader import PasteReader
from common.richtext.paste.removed import Removed
from common.richtext.paste.tables import mark_headings, unwrap
from common.richtext.paste.writer import write
from common.richtext.sanitize import clean_html

MAX_ROUNDS = 9  # more than any text was seen to need
# A tag is looked at up to the next "<": else work would be quadratic.
BLOCKS = re.compile(rf"(</?(?:{'|'.join(sorted(BLOCK_TAGS))}|br)\b[^<>]*>)")
_normalized = deque(maxlen=8)  # the last results: a form hands on to the database what it has normalized


@dataclass(frozen=True)
class Normalized:
    html: str
    removed: Removed


@lru_cache(maxsize=8)  # one save asks for the same text at the form, at the comparison and at the database
def normalize_html(html):
    """Return the Normalized form of any HTML or plain text: safe, and its own normalized form.

    Takes time in proportion to the length of the text, whatever is in it.
    """
    if html in _normalized:
        return Normalized(html, Removed())
    before, (html, removed) = html, normalized_once(html)
    for _ in range(MAX_ROUNDS):
        # White space around blocks is not read. What else has been put right may show a list, or a heading.
        if without_layout(html) == without_layout(before):
            break
        before, (html, _) = html, normalized_once(html)
    _normalized.append(html)
    return Normalized(html, removed)


def without_layout(html):
    return [piece.strip() for piece in BLOCKS.split(html)]


def normalized_once(html):
    reader = PasteReader().read(html)
    lines = normalize_lines(find_lists(join_cut_paragraphs(unwrap(reader.lines))))
    link_headings(lines, reader.names, reader.removed)
    has_title = any(line.tag == "h1" for line in lines)
    for line in lines:
        if line.tag[0] == "h":
            # A page has its title already: the level below is the highest in a text.
            line.tag = "h2" if line.tag == ("h1" if has_title else "h2") else "h3"
    return clean_html(write(lines)), reader.removed


def normalize_lines(lines):
    """Return lines with their text put right, without those that have none."""
    for line in lines:
        if line.tag == "table":
            normalize_table(line)
        elif line.tag == "li":
            runs = normalize_runs(without_bullets(line.runs))
            line.runs = normalize_runs(flow([(text.replace("\n\n", "\n"), form) for text, form in runs]))
        elif line.tag[0] == "h":
            line.runs = normalize_runs(
                [(text.replace("\n", " "), form) for text, form in without_bold(flow(line.runs))]
            )
        else:
            line.runs = normalize_runs(flow(line.runs))
        line.runs = normalize_runs(link_bare_addresses(line.runs))
    lines = [line for line in lines if line.runs or line.tag == "table"]
    number_items(lines)
    return lines


def without_bold(runs):
    return [(text, form._replace(bold=False)) for text, form in runs]


def normalize_table(table):
    for row in table.rows:
        for cell in row.cells:
            for line in cell.lines:
                if line.tag[0] == "h":
                    line.tag = "p"
            cell.lines = find_lists(cell.lines, is_cell=True)
    for line in table.caption:
        line.tag, line.runs = "p", without_bold(line.runs)
    table.caption = normalize_lines(table.caption)
    mark_headings(table)
    for row in table.rows:
        for cell in row.cells:
            for line in cell.lines:
                if cell.tag == "th":
                    line.runs = without_bold(line.runs)
            cell.lines = normalize_lines(cell.lines)
