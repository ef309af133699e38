"""Finds the lists that somebody wrote as paragraphs: "·   Text", "- Text", "1. Text"."""

import re
from collections import Counter
from dataclasses import dataclass

from common.richtext.paste.lines import PLAIN, Line, Source, cut_runs, join_runs, split_runs, text_of

# Bullets that begin no sentence; the last ones are how Word's symbol fonts come out as text.
SYMBOLS = "·•●▪■◦○‣⁃∙\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf02d\uf06e"
BULLET = re.compile(rf"\s*(?:[{SYMBOLS}]\s*)+")
# Characters that do begin sentences are bullets when a tab or a wide gap follows, as Word writes it.
SPACED_BULLET = re.compile(
    r"\s*(?:[o–—*-]|§(?!\s*\d))(?=[ \xa0]*[\xa0\t])(?=\t|[ \xa0\t]{2})[ \xa0\t]+(?=\S)"
)
DASH = re.compile(r"\s*[-*]\s+(?=\S)")
NUMBER_MARKER = re.compile(r"\s*(\d{1,2})[.)]\s+(?=\S)")
LIST_MARKERS = [("bullet", BULLET), ("bullet", SPACED_BULLET), ("dash", DASH), ("number", NUMBER_MARKER)]
# Lines that begin with a dash may be talk: "- Vi är glada, säger hon."
SPEECH = re.compile(
    r"[,?!”]\s+(?:säger|sa|sade|menar|berättar|frågar|frågade|svarar|svarade|undrar|tycker|förklarar)\b"
)
WORD_NUMBER = re.compile(r"\(?(\d{1,3}|[a-z]|[ivx]{2,7})[.)]", re.IGNORECASE)
WORD_MARKER = re.compile(rf"\s*({WORD_NUMBER.pattern}|[o§]|[^\w\s])\s+", re.IGNORECASE)
HEADING_LENGTH = 80  # characters; a longer line is a sentence


@dataclass
class TextLine:
    """A line of a paragraph, and the bullet or number that it begins with, if any."""

    paragraph: int
    runs: list
    is_quoted: bool
    kind: str = ""
    number: int = 0
    marker: int = 0  # its length

    @property
    def text(self):
        return text_of(self.runs)

    @property
    def item(self):
        return cut_runs(self.runs, self.marker)

    def follows(self, other):
        """Tell whether this can be the next item of the list of `other`."""
        return (self.kind, self.is_quoted) == (other.kind, other.is_quoted) and (
            self.kind != "number" or self.number == other.number + 1
        )


def find_lists(lines, is_cell=False):
    """Return lines in which paragraphs that are list items have become so.

    The lines of a table's cell are one paragraph, as they will be on the page.
    """
    found, parts, paragraph, last = [], [], 0, {}  # last: {level: Word's item before}
    for line in lines:
        line = word_item(line, last)
        if line.tag == "p":
            paragraph += not is_cell
            for runs in split_runs(line.runs, "\n"):
                part = new_text_line(paragraph, runs, line.is_quoted)
                if part.text[part.marker :].strip():
                    parts.append(part)
                elif not part.kind:
                    paragraph += not is_cell  # an empty line
        else:
            found += lists_in(parts, is_cell)
            found.append(line)
            parts = []
    return found + lists_in(parts, is_cell)


def new_text_line(paragraph, runs, is_quoted):
    text = text_of(runs)
    for kind, pattern in LIST_MARKERS:
        if match := pattern.match(text):
            number = int(match[1]) if kind == "number" else 0
            return TextLine(paragraph, runs, is_quoted, kind, number, match.end())
    return TextLine(paragraph, runs, is_quoted)


def word_item(line, last):
    """Return a line with what Word's own bullet or number says: an item of which list, or none.

    `last` holds the item before at each level, and is brought up to date.
    """
    marker = " ".join(line.marker.split())
    if line.tag == "li" and line.source is None:
        if not marker and (written := WORD_MARKER.match(line.text)):
            marker, line.runs = written[1].strip(), cut_runs(line.runs, written.end())
        written = WORD_NUMBER.fullmatch(f"{marker}." if marker.isdecimal() else marker)
        if written and (number := number_of(written[1], last.get(line.level))):
            line.source, line.number = Source(True, *number), number[0]
            last[line.level] = line
        elif is_bullet(marker):
            line.source = Source(False)
        else:
            line.tag = "p"  # "§ 1" or "1.1": no list of ours can count so
    if line.tag != "li" and not is_bullet(marker):
        line.runs = [(f"{marker} ", PLAIN), *line.runs]
    return line


ROMANS = {
    tens + ones: 10 * ten + one
    for ten, tens in enumerate(["", "x", "xx", "xxx"])
    for one, ones in enumerate(["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"])
}


def number_of(mark, before):
    """Return (number, style of list) of a number, letter or roman number; None for anything else.

    "i" and "v" are letters where they follow on the item `before`, else roman.
    """
    if mark.isdecimal():
        return int(mark), ""
    letter = mark.lower()
    readings = [(ROMANS[letter], "i")] if letter in ROMANS else []
    if len(letter) == 1:
        readings.insert(0 if letter not in ("i", "v", "x") else 1, (ord(letter) - ord("a") + 1, "a"))
    readings = [(number, style.upper() if mark.isupper() else style) for number, style in readings]
    expected = (before.number + 1, before.source.style) if before else None
    return expected if expected in readings else next(iter(readings), None)


def number_items(lines):
    """Give each item of an ordered list the number that it has in its source."""
    totals = Counter(id(line.source) for line in lines)
    for line in lines:
        if line.tag == "li":
            source = line.source
            if source.next is None:
                source.next = totals[id(source)] if source.is_reversed else 1
            line.number = source.next if line.number is None else line.number
            source.next = line.number + (-1 if source.is_reversed else 1)


def is_bullet(marker):
    """Tell whether Word's marker says no more than that this is an item: any one character, or none."""
    return len(marker) < 2 and not marker.isnumeric()


def lists_in(parts, is_cell):
    """Return the lines of paragraphs that stand together, given as their parts."""
    lines, text, place = [], [], 0  # text: the parts of the paragraph at hand
    while place < len(parts):
        end, items = list_at(parts, place)
        if items:
            is_above = len(text) == 1 and text[0].paragraph == parts[place].paragraph and not is_cell
            lines += paragraph(text, heads=items[0] if is_above else None) + items
            text = []
        for part in [] if items else parts[place:end]:
            if text and text[0].paragraph != part.paragraph:
                lines += paragraph(text)
                text = []
            text.append(part)
        place = end
    return lines + paragraph(text)


def paragraph(parts, heads=None):
    """Return the parts as one line or none: a heading, if it can be the one of the item `heads`."""
    if not parts:
        return []
    line = Line("p", join_runs([part.runs for part in parts]), parts[0].is_quoted)
    if heads and is_heading(line, heads):
        line.tag = "h2"
    return [line]


def list_at(parts, place):
    """Return where the parts that belong together from `place` on end, and the list items they are.

    One bullet is a list; of dashes and numbers there must be two, and nobody may be speaking.
    """
    first = parts[place]
    members, end, here = [first], place + 1, place + 1
    while first.kind and here < len(parts):
        if parts[here].follows(members[-1]):
            members.append(parts[here])
            end = here + 1
        elif parts[here].kind or parts[here].paragraph != members[-1].paragraph:
            break
        here += 1
    is_list = first.kind == "bullet" or (first.kind and len(members) > 1)
    if not is_list or (first.kind == "dash" and any(SPEECH.search(part.text) for part in members)):
        return end, []
    source = Source(first.kind == "number", first.number)
    items = []
    for part in parts[place:end]:
        if part.kind:
            items.append(Line("li", part.item, part.is_quoted, source=source))
        else:  # the second line of an item
            items[-1].runs = join_runs([items[-1].runs, part.runs])
    return end, items


def is_heading(line, first_item):
    """Tell whether the one line right above a list is its heading, and not a sentence that goes on in it."""
    text = line.text.strip()
    if line.is_quoted or not text[:1].isupper() or len(text) > HEADING_LENGTH or text[-1] in ".,:;!?…":
        return False
    is_bold = all(form.bold for piece, form in line.runs if piece.strip())
    return is_bold or not first_item.text.strip()[:1].islower()


def without_bullets(runs):
    """Return the runs of a list item without the bullets that somebody typed into it."""
    match = BULLET.match(text_of(runs))
    return cut_runs(runs, match.end()) if match else runs
