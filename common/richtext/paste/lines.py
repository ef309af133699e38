"""The text between reading and writing: lines of runs, each run in one format."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from common.spelling import one_spelling


class Format(NamedTuple):
    bold: bool = False
    italic: bool = False
    href: str = ""
    struck: bool = False
    script: str = ""  # "sup" or "sub"

    def common(self, other):
        """What this format and another have in common."""
        if self == other:
            return self
        return Format(*(mine if mine == its else type(mine)() for mine, its in zip(self, other, strict=True)))


PLAIN = Format()


@dataclass
class Source:
    """A list as it stood in the pasted text; its items count on over whatever comes between them."""

    is_ordered: bool
    next: int | None = None  # the number of its next item; None: counted from its first
    style: str = ""  # "a", "A", "i" or "I" where it does not count in digits
    is_reversed: bool = False

    @property
    def kind(self):
        return self.is_ordered, self.style, self.is_reversed


@dataclass
class Line:
    """A paragraph (p), heading (h1 … h6), list item (li) or table. In its text "\\n" is a line break."""

    tag: str = "p"
    runs: list[tuple[str, Format]] = field(default_factory=list)
    is_quoted: bool = False
    level: int = 1  # of a list item
    source: Source | None = None  # of a list item
    number: int | None = None  # of an item that says so, later of each
    marker: str = ""  # what Word wrote as the bullet or number
    rows: list["TableRow"] = field(default_factory=list)  # of a table
    caption: list["Line"] = field(default_factory=list)

    @property
    def text(self):
        return text_of(self.runs)


@dataclass
class TableCell:
    tag: str
    scope: str = ""
    colspan: int = 1
    rowspan: int = 1
    lines: list[Line] = field(default_factory=list)


@dataclass
class TableRow:
    is_head: bool = False
    is_foot: bool = False
    cells: list[TableCell] = field(default_factory=list)


# Invisible spaces and joiners, control characters. What joins letters or emoji, or sets the direction of a
# word, is writing and stays; a soft hyphen goes when it is known whether a line ends there.
SOFT_HYPHEN = "\u00ad"
_WITHOUT_WIDTH = dict.fromkeys([0x200B, 0x2060, 0xFEFF, 0x7F, *range(9), *range(0xE, 0x20)])
_WITHOUT_WIDTH |= dict.fromkeys([0xB, 0xC, 0x85, 0x2028, 0x2029], "\n")  # Word's line break, a new page
_WITHOUT_WIDTH |= {0x1E: "-", 0x1F: SOFT_HYPHEN}  # Word's own
_GAP = re.compile(r"\s(?:\s+|(?<! ))")  # what is more than one plain space


def without_invisible(text):
    return text if text.isprintable() else text.translate(_WITHOUT_WIDTH)


def normalize_runs(runs):
    """Return runs with single spaces and at most two breaks in a row, none at the edges.

    All white space becomes plain spaces: where a line may not break, the page decides when it is shown.
    A space between two formats has what they share.
    """
    normalized, gap, last = [], "", PLAIN
    for text, form in runs:
        text = text.replace(SOFT_HYPHEN, "")
        words = text.lstrip()
        gap += text[: len(text) - len(words)]
        if not words:
            continue
        if gap and normalized:
            _append(normalized, _one_gap(gap), last.common(form))
        gap = words[len(words.rstrip()) :]
        _append(normalized, _GAP.sub(lambda found: _one_gap(found[0]), words.rstrip()), form)
        last = form
    return [(one_spelling("".join(pieces)), form) for pieces, form in normalized]


def _one_gap(space):
    return "\n" * min(space.count("\n"), 2) or " "


def _append(runs, text, form):
    if runs and runs[-1][1] == form:
        runs[-1][0].append(text)
    else:
        runs.append(([text], form))


def all_lines(lines):
    """Yield lines, and those in the captions and cells of the tables among them."""
    for line in lines:
        yield line
        yield from line.caption
        for row in line.rows:
            for cell in row.cells:
                yield from all_lines(cell.lines)


def text_of(runs):
    return "".join(text for text, _ in runs)


def split_runs(runs, separator):
    """Split runs at each `separator`, as str.split does."""
    parts = [[]]
    for text, form in runs:
        for number, piece in enumerate(text.split(separator)):
            if number:
                parts.append([])
            if piece:
                parts[-1].append((piece, form))
    return parts


def join_runs(parts):
    """Put parts together with a line break between them."""
    joined = []
    for part in parts:
        if joined:
            joined.append(("\n", joined[-1][1].common(part[0][1]) if part else PLAIN))
        joined += part
    return joined


def cut_runs(runs, length):
    """Return runs without their first `length` characters."""
    left = []
    for text, form in runs:
        if length < len(text):
            left.append((text[length:], form))
        length = max(0, length - len(text))
    return left
