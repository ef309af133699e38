"""Writes lines as HTML, one block a row."""

from dataclasses import dataclass, field
from itertools import groupby

from django.utils.html import escape

from news.paste.reader import MAX_LIST_DEPTH


@dataclass
class List:
    level: int
    is_ordered: bool
    start: int
    items: list = field(default_factory=list)  # [text as HTML, the lists inside it]


def write(lines):
    """Return the HTML of tidied lines."""
    rows = []
    for is_quoted, group in groupby(lines, key=lambda line: line.is_quoted):
        blocks = write_blocks(list(group))
        rows += ["<blockquote>", *blocks, "</blockquote>"] if is_quoted else blocks
    return "\n".join(rows)


def write_blocks(lines):
    blocks = []
    for tag, group in groupby(lines, key=lambda line: line.tag):
        if tag == "li":
            for found in nested(group):
                blocks += write_list(found)
        elif tag == "table":
            for line in group:
                blocks += write_table(line)
        else:
            blocks += [f"<{tag}>{write_runs(line.runs)}</{tag}>" for line in group]
    return blocks


def nested(lines):
    """Return the Lists that the items on neighbouring lines make."""
    found, around = [], []  # around: the list at hand and those that it is inside, outermost first
    for line in lines:
        source = line.source
        while len(around) > 1 and around[-1].level > line.level and around[-2].level >= line.level:
            around.pop()
        last = around[-1] if around else None
        if last and line.level > last.level and len(around) < MAX_LIST_DEPTH:
            last = None  # a list inside the last item
        elif last and not goes_on(last, line):
            around.pop()
            last = None  # a list beside it
        elif last:
            last.level = min(last.level, line.level)  # it began further in than it is
        if last is None:
            last = List(line.level, source.is_ordered, (source.start or 1) + source.items)
            (around[-1].items[-1][1] if around else found).append(last)
            around.append(last)
        source.items += 1
        last.items.append((write_runs(line.runs), []))
    return found


def goes_on(last, line):
    """Tell whether an item is the next one of a List."""
    source = line.source
    if not (last.is_ordered and source.is_ordered):
        return last.is_ordered == source.is_ordered
    began_further_in = last.level > line.level
    is_next = source.start is None or source.start + source.items == last.start + len(last.items)
    return began_further_in or is_next


def write_list(found):
    tag = "ol" if found.is_ordered else "ul"
    rows = [f'<{tag} start="{found.start}">' if found.start != 1 else f"<{tag}>"]
    for text, inner in found.items:
        if inner:
            rows += [f"<li>{text}", *(row for child in inner for row in write_list(child)), "</li>"]
        else:
            rows.append(f"<li>{text}</li>")
    return [*rows, f"</{tag}>"]


def write_table(table):
    rows = ["<table>"]
    for is_head, group in groupby(table.rows, key=lambda row: row.is_head):
        part = "thead" if is_head else "tbody"
        cells = ("".join(map(write_cell, row.cells)) for row in group)
        rows += [f"<{part}>", *(f"<tr>{row}</tr>" for row in cells), f"</{part}>"]
    return [*rows, "</table>"]


def write_cell(cell):
    scope = f' scope="{cell.scope}"' if cell.scope else ""
    blocks = "".join(write_blocks(cell.lines)).replace("</p><p>", "<br>")
    content = blocks.replace("<p>", "").replace("</p>", "")  # what is left of them is around lists
    return f"<{cell.tag}{scope}>{content}</{cell.tag}>"


def write_runs(runs):
    written, around = [], []
    for text, form in runs:
        wanted = [f'a href="{escape(form.href)}"'] if form.href else []
        wanted += ["strong"] * form.bold + ["em"] * form.italic
        same = 0
        while wanted[: same + 1] == around[: same + 1] and same < len(wanted):
            same += 1
        written += [f"</{tag.split()[0]}>" for tag in reversed(around[same:])]
        written += [f"<{tag}>" for tag in wanted[same:]]
        written.append(escape(text).replace("\n", "<br>"))
        around = wanted
    return "".join(written) + "".join(f"</{tag.split()[0]}>" for tag in reversed(around))
