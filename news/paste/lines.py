"""The text between reading and writing: lines of runs, each run in one format."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple


class Format(NamedTuple):
    bold: bool = False
    italic: bool = False
    href: str = ""

    def common(self, other):
        """What this format and another have in common."""
        return Format(
            self.bold and other.bold,
            self.italic and other.italic,
            self.href if self.href == other.href else "",
        )


PLAIN = Format()


@dataclass
class Source:
    """A list as it stood in the pasted text; its items count on over whatever comes between them."""

    is_ordered: bool
    start: int | None = 1  # None: goes on from the list before it
    items: int = 0


@dataclass
class Line:
    """A paragraph (p), heading (h1 … h6), list item (li) or table. In its text "\\n" is a line break."""

    tag: str = "p"
    runs: list[tuple[str, Format]] = field(default_factory=list)
    is_quoted: bool = False
    level: int = 1  # of a list item
    source: Source | None = None  # of a list item
    marker: str = ""  # what Word wrote as the bullet or number
    rows: list["Row"] = field(default_factory=list)  # of a table

    @property
    def text(self):
        return "".join(text for text, _ in self.runs)


@dataclass
class Cell:
    tag: str
    scope: str
    lines: list[Line] = field(default_factory=list)


@dataclass
class Row:
    is_head: bool
    cells: list[Cell] = field(default_factory=list)


# A soft hyphen, invisible spaces and joiners, control characters. What joins letters or emoji, or sets
# the direction of a word, is writing and stays.
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x2060, 0xFEFF, 0x7F, *range(9), 0xB, 0xC, *range(0xE, 0x20)])
_PIECE = re.compile(r"\n|[^\S\n]+|\S+")


def without_invisible(text):
    return text.translate(_INVISIBLE)


def tidy_runs(runs):
    """Return runs with single spaces and at most two breaks in a row, none at the edges.

    All white space becomes plain spaces: where a line may not break, the page decides when it is shown.
    A space between two formats has what they share.
    """
    tidied, gap, last = [], "", PLAIN
    for text, form in runs:
        for piece in _PIECE.findall(text):
            if piece == "\n":
                gap = (gap.strip(" ") + "\n")[:2]
            elif piece.isspace():
                gap = gap or " "
            else:
                if gap and tidied:
                    _append(tidied, gap, last.common(form))
                _append(tidied, piece, form)
                gap, last = "", form
    return [("".join(pieces), form) for pieces, form in tidied]


def _append(runs, text, form):
    if runs and runs[-1][1] == form:
        runs[-1][0].append(text)
    else:
        runs.append(([text], form))


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
