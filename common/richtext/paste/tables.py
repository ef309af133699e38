"""Finds out what the cells of a pasted table are, and lays them out so that every row is as wide."""

from common.richtext.paste.lines import PLAIN, Line, TableCell
from common.richtext.sanitize import SCOPES

MOST_CELLS = 10_000  # of a table that is filled up: a row of its own could multiply all others


def unwrap(lines):
    """Return lines without the frames that programs use for layout: of one cell, or one column around tables.

    Any other table in a table is its text, a line a row.
    """
    unwrapped = []
    for line in lines:
        if line.tag == "table":
            line.rows.sort(key=lambda row: row.is_foot)
            lay_out(line)
            cells = [cell for row in line.rows for cell in row.cells]
            for cell in cells:
                cell.lines = unwrap(cell.lines)
            if len(cells) == 1 or len(cells) == len(line.rows) and any(map(has_table, cells)):
                line.caption = unwrap(line.caption) + [inner for cell in cells for inner in cell.lines]
                line.rows = []
            else:
                for cell in cells:
                    cell.lines = list(without_tables(cell.lines))
                line.caption = list(without_tables(line.caption))
        if line.tag != "table" or line.rows:
            unwrapped.append(line)
        else:
            for inner in line.caption:
                inner.is_quoted = line.is_quoted
                unwrapped.append(inner)
    return unwrapped


def has_table(cell):
    return any(line.tag == "table" for line in cell.lines)


def without_tables(lines):
    for line in lines:
        if line.tag == "table":
            yield from without_tables(line.caption)
            for row in line.rows:
                texts = [inner.runs for cell in row.cells for inner in cell.lines]
                yield Line("p", [run for runs in texts for run in [(" ", PLAIN), *runs]])
        else:
            yield line


def lay_out(table):
    """Let every row cover the same columns: spans are cut to what is there, missing cells are filled in.

    A top row over all columns becomes the caption.
    """
    rows, reaching, is_head = [], [], False  # reaching: [first column, cell, rows left] of cells from above
    for row in table.rows:
        if row.is_head != is_head:
            cut_off(reaching)  # no cell reaches out of the head
            reaching, is_head = [], row.is_head
        if not row.cells:
            for place in reaching:
                place[1].rowspan -= 1
        else:
            taken = {column for first, cell, _ in reaching for column in range(first, first + cell.colspan)}
            own, column = [], 0
            for cell in row.cells:
                while column in taken:
                    column += 1
                cell.colspan = next(
                    (span for span in range(1, cell.colspan) if column + span in taken), cell.colspan
                )
                own.append([column, cell, cell.rowspan])
                column += cell.colspan
            rows.append((row, taken, own))
            reaching += own
        reaching = [[first, cell, left - 1] for first, cell, left in reaching if left > 1]
    cut_off(reaching)
    width = 1 + max((first for _, _, own in rows for first, _, _ in own), default=-1)
    for row, taken, own in rows:
        for first, cell, _ in own:
            cell.colspan = min(cell.colspan, width - first)
        if width * len(rows) <= MOST_CELLS:
            covered = sum(column < width for column in taken) + sum(cell.colspan for cell in row.cells)
            row.cells += [TableCell("td") for _ in range(width - covered)]
    table.rows = [row for row, _, _ in rows]
    top = table.rows[0].cells[0] if table.rows else None
    if not table.caption and len(table.rows) > 1 and width > 1 and top.colspan == width and top.lines:
        table.caption = table.rows.pop(0).cells[0].lines


def cut_off(reaching):
    """Shorten cells by the rows that they would reach over but that are not there."""
    for _, cell, left in reaching:
        cell.rowspan -= left


def mark_headings(table):
    """Mark the rows of headings on top, and say of each heading what it is the heading of."""
    rows = table.rows
    first = rows[0]
    if all(cell.tag == "th" for cell in first.cells) or is_bold(first) and not all(map(is_bold, rows)):
        end = head_end(rows)
        if end == 1 or end < len(rows):
            for row in rows[:end]:
                row.is_head = True
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


def head_end(rows):
    """Return how many rows the cells of the first reach over, with those that they share a row with."""
    end = place = 0
    while place <= end < len(rows):
        end = max(end, place + max(cell.rowspan for cell in rows[place].cells) - 1)
        place += 1
    return end + 1


def is_bold(row):
    """Tell whether every cell of a row has a text and all of it is bold."""
    return all(cell.lines and all(map(is_bold_line, cell.lines)) for cell in row.cells)


def is_bold_line(line: Line):
    return all(form.bold for text, form in line.runs if text.strip())
