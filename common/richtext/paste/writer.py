"""Writes lines as HTML, one block a row."""

from dataclasses import dataclass, field
from itertools import groupby

from django.utils.html import escape

from common.richtext.paste.lines import Source
from common.richtext.paste.reader import MAX_LIST_DEPTH


@dataclass
class NestedList:
    level: int
    source: Source  # of its first item
    items: list = field(default_factory=list)  # (text as HTML, its number, the lists inside it)

    @property
    def next(self):
        """The number that the item after its last has without saying so."""
        return self.items[-1][1] + self.step

    @property
    def step(self):
        return -1 if self.source.is_reversed else 1


def write(lines):
    """Return the HTML of normalized lines."""
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
            last = NestedList(line.level, source)
            (around[-1].items[-1][2] if around else found).append(last)
            around.append(last)
        last.items.append((write_runs(line.runs), line.number, []))
    return found


def goes_on(last, line):
    """Tell whether an item belongs to a NestedList, and not to one of its own beside it."""
    if last.source.kind != line.source.kind:
        return False
    return not line.source.is_ordered or last.source is line.source or line.number == last.next


def write_list(found):
    source, expected = found.source, len(found.items) if found.source.is_reversed else 1
    tag, attributes = "ol" if source.is_ordered else "ul", ""
    if source.is_ordered:
        attributes += f' type="{source.style}"' if source.style else ""
        attributes += ' reversed=""' if source.is_reversed else ""
        start = found.items[0][1]
        attributes += f' start="{start}"' if start != expected else ""
        expected = start
    rows = [f"<{tag}{attributes}>"]
    for text, number, inner in found.items:
        value = f' value="{number}"' if source.is_ordered and number != expected else ""
        expected = number + found.step
        if inner:
            rows += [f"<li{value}>{text}", *(row for child in inner for row in write_list(child)), "</li>"]
        else:
            rows.append(f"<li{value}>{text}</li>")
    return [*rows, f"</{tag}>"]


def write_table(table):
    rows = ["<table>"]
    if table.caption:
        rows.append(f"<caption>{write_lines(table.caption)}</caption>")
    for is_head, group in groupby(table.rows, key=lambda row: row.is_head):
        part = "thead" if is_head else "tbody"
        cells = ("".join(map(write_cell, row.cells)) for row in group)
        rows += [f"<{part}>", *(f"<tr>{row}</tr>" for row in cells), f"</{part}>"]
    return [*rows, "</table>"]


def write_cell(cell):
    scope = f' scope="{cell.scope}"' if cell.scope else ""
    spans = "".join(
        f' {name}="{span}"'
        for name, span in (("colspan", cell.colspan), ("rowspan", cell.rowspan))
        if span > 1
    )
    return f"<{cell.tag}{scope}{spans}>{write_lines(cell.lines)}</{cell.tag}>"


def write_lines(lines):
    """Return the HTML of lines where no paragraph may stand."""
    blocks = "".join(write_blocks(lines)).replace("</p><p>", "<br>")
    return blocks.replace("<p>", "").replace("</p>", "")  # what is left of them is around lists


def write_runs(runs):
    written, around = [], []
    for text, form in runs:
        wanted = [f'a href="{escape(form.href)}"'] if form.href else []
        wanted += ["strong"] * form.bold + ["em"] * form.italic + ["s"] * form.struck
        wanted += [form.script] * bool(form.script)
        same = 0
        while wanted[: same + 1] == around[: same + 1] and same < len(wanted):
            same += 1
        written += [f"</{tag.split()[0]}>" for tag in reversed(around[same:])]
        written += [f"<{tag}>" for tag in wanted[same:]]
        written.append(escape(text).replace("\n", "<br>"))
        around = wanted
    return "".join(written) + "".join(f"</{tag.split()[0]}>" for tag in reversed(around))
