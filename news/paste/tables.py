"""Finds out what the cells of a pasted table are."""

from news.html import SCOPES
from news.paste.lines import Line


def unwrap(lines):
    """Return lines in which the frame around a single cell, which programs use for layout, is gone."""
    unwrapped = []
    for line in lines:
        line.rows = [row for row in line.rows if row.cells]
        if len(line.rows) == 1 and len(line.rows[0].cells) == 1:
            for inner in line.rows[0].cells[0].lines:
                inner.is_quoted = line.is_quoted
                unwrapped.append(inner)
        elif line.tag != "table" or line.rows:
            unwrapped.append(line)
    return unwrapped


def mark_headings(table):
    """Mark the rows of headings on top, and say of each heading what it is the heading of."""
    rows = table.rows
    first = rows[0]
    if all(cell.tag == "th" for cell in first.cells) or is_bold(first) and not all(map(is_bold, rows)):
        first.is_head = True
    is_top = True
    for row in rows:
        row.is_head = is_top = is_top and row.is_head
        for place, cell in enumerate(row.cells):
            if row.is_head:
                cell.tag = "th"
            if cell.tag == "td":
                cell.scope = ""
            elif cell.scope not in SCOPES:
                cell.scope = "col" if row.is_head else "row" if place == 0 else ""


def is_bold(row):
    """Tell whether every cell of a row has a text and all of it is bold."""
    return all(cell.lines and all(map(is_bold_line, cell.lines)) for cell in row.cells)


def is_bold_line(line: Line):
    return all(form.bold for text, form in line.runs if text.strip())
