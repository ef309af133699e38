"""Splits HTML into tags and text, in linear time whatever comes in.

Neither parser at hand does that: Python's HTMLParser takes a minute for 80 kB of "<a ", nh3 (which
builds a whole tree) half a minute for 500 kB of "<div>". Nothing here is trusted for safety: whatever
is made of the tokens passes clean_html before it is stored or shown.
"""

import html
import re
from typing import NamedTuple

# Every alternative that finds no end takes the rest, so that no part is read twice.
_TOKEN = re.compile(
    r"""
    <!--.*?(?:--!?>|\Z)
    | <(?P<raw>script|style|title)\b.*?(?:</(?P=raw)\b[^>]*(?:>|\Z)|\Z)
    | <(?P<end>/?)(?P<tag>[a-z][^\s/>]*)
      (?P<attributes>(?: =\s*"[^"]*(?:"|\Z) | =\s*'[^']*(?:'|\Z) | [^>] )*+) (?:>|\Z)
    | <[!?/][^>]*(?:>|\Z)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s/>=]+)(?:\s*=\s*(?:"([^"]*)"?|'([^']*)'?|([^\s>]*)))?""")
_LONG_NUMBER = re.compile(
    r"&#(?:[0-9]{8,}|x[0-9a-f]{8,});?", re.IGNORECASE
)  # no character has so many digits


class Tag(NamedTuple):
    name: str
    is_end: bool
    attributes: dict
    start: int  # its place in the source
    end: int


def tokens(source):
    """Yield each Tag and each piece of text (a str, entities resolved), but no comment and no script."""
    place = 0
    for match in _TOKEN.finditer(source):
        if match.start() > place:
            yield _text(source[place : match.start()])
        place = match.end()
        if match["tag"]:
            attributes = {} if match["end"] else _attributes(match["attributes"])
            yield Tag(match["tag"].lower(), bool(match["end"]), attributes, *match.span())
    if place < len(source):
        yield _text(source[place:])


def _attributes(source):
    found = {}
    for name, double, single, bare in _ATTRIBUTE.findall(source):
        found.setdefault(name.lower(), _text(double or single or bare))
    return found


def _text(source):
    return html.unescape(_LONG_NUMBER.sub("\N{REPLACEMENT CHARACTER}", source))


def declarations(style):
    """Return what a style attribute declares, names and values in lower case."""
    pairs = (declaration.partition(":") for declaration in style.lower().split(";"))
    return {name.strip(): value.removesuffix("!important").strip() for name, _, value in pairs if value}
