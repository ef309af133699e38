"""What a volunteer pasted becomes the HTML that she meant: headings, lists, links, paragraphs.

    tokens.py → reader.py → lists.py, tables.py → lines.py, links.py → writer.py → clean_html

The same for what Word, Google Docs, LibreOffice, Outlook or another site puts on the clipboard, for
plain text, and for what was tidied before, which it leaves as it is.
"""

from dataclasses import dataclass

from news.html import clean_html
from news.paste.lines import tidy_runs
from news.paste.links import link_bare_addresses
from news.paste.lists import find_lists, without_bullets
from news.paste.reader import Reader
from news.paste.removed import Removed
from news.paste.tables import mark_headings, unwrap
from news.paste.writer import write


@dataclass
class Tidied:
    html: str
    removed: Removed


def tidy(html):
    """Return the Tidied form of any HTML or plain text: safe HTML; tidying that again changes nothing.

    Takes time in proportion to the length of the text, whatever is in it.
    """
    reader = Reader().read(html)
    lines = tidy_lines(find_lists(unwrap(reader.lines)))
    has_title = any(line.tag == "h1" for line in lines)
    for line in lines:
        if line.tag[0] == "h":
            # A page has its title already: the level below is the highest in a text.
            line.tag = "h2" if line.tag == ("h1" if has_title else "h2") else "h3"
    return Tidied(clean_html(write(lines)), reader.removed)


def tidy_lines(lines):
    """Return lines with their text put right, without those that have none."""
    for line in lines:
        if line.tag == "table":
            tidy_table(line)
        elif line.tag == "li":
            line.runs = tidy_runs(one_break(tidy_runs(without_bullets(line.runs))))
        elif line.tag[0] == "h":
            plain = [(text.replace("\n", " "), form._replace(bold=False)) for text, form in line.runs]
            line.runs = tidy_runs(plain)
        else:
            line.runs = tidy_runs(line.runs)
        line.runs = tidy_runs(link_bare_addresses(line.runs))
    return [line for line in lines if line.runs or line.tag == "table"]


def one_break(runs):
    return [(text.replace("\n\n", "\n"), form) for text, form in runs]


def tidy_table(table):
    for row in table.rows:
        for cell in row.cells:
            for line in cell.lines:
                if line.tag[0] == "h":
                    line.tag = "p"
            cell.lines = find_lists(cell.lines, is_cell=True)
    mark_headings(table)
    for row in table.rows:
        for cell in row.cells:
            for line in cell.lines:
                if cell.tag == "th":
                    line.runs = [(text, form._replace(bold=False)) for text, form in line.runs]
            cell.lines = tidy_lines(cell.lines)
