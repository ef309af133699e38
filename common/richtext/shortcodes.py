"""Shortcodes: [[bild 2]] in a rich text stands for what is put there when the text is shown.

The stored text keeps the shortcode, never HTML of what it stands for. One reader for every kind.
"""

import re
from typing import NamedTuple

SHORTCODE = re.compile(r"\[\[\s{0,9}+([^\W\d_]{1,20}+)\s{1,9}+([^\[\]<>]{1,100}+)\]\]")
# Of cleaned HTML: a tag, whose attributes are no text, or a shortcode.
PIECE = re.compile(rf'<(/?)([a-z0-9]+)(?:[^>"]|"[^"]*")*>|{SHORTCODE.pattern}')
HOLD_NO_BLOCKS = {"p", "h2", "h3"}
NOTHING = re.compile(r"(?:<[^>]*>|\s|&nbsp;)*")


class Shortcode(NamedTuple):
    kind: str
    name: str

    @classmethod
    def of(cls, kind, name):
        return cls(kind.lower(), " ".join(name.split()))

    def __str__(self):
        return f"[[{self.kind} {self.name}]]"


def shortcodes_in(text):
    """Return the Shortcodes of a text or HTML, in order."""
    return [Shortcode.of(*found) for found in SHORTCODE.findall(text)]


def resolve(html, show):
    """Return cleaned HTML with each Shortcode replaced by `show(shortcode)`: the HTML of a block, or "".

    A paragraph or heading holds no blocks: they follow it, and take its place where it has nothing else.
    """
    if "[[" not in html:  # as in most texts
        return html
    parts, held, start, place = [], [], None, 0
    for match in PIECE.finditer(html):
        end, tag, kind, name = match.groups()
        parts.append(html[place : match.start()])
        place = match.end()
        if kind:
            (parts if start is None else held).append(show(Shortcode.of(kind, name)))
            continue
        if tag in HOLD_NO_BLOCKS and not end:
            start = len(parts)
        parts.append(match[0])
        if tag in HOLD_NO_BLOCKS and end:
            if held and NOTHING.fullmatch("".join(parts[start:])):
                del parts[start:]
            parts += held
            held, start = [], None
    return "".join([*parts, html[place:], *held])
