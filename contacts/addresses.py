"""What an e-mail address looks like in a text, also one that a writer has disguised a little.

Generous on purpose: what a harvester's decoder would take for an address is one here. Text typed
as "anna (snabel-a) example punkt org" is read as anna@example.org.
"""

import re
from dataclasses import dataclass

# Characters that no reader sees and that some decoder passes over.
INVISIBLE = {"\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"}
LOOKALIKES = str.maketrans({"＠": "@", "﹫": "@", "．": ".", "。": "."})

# The ways to write @ and the full stop: as they are, in words, and as HTML, URLs and JavaScript do.
ENCODED_AT = r"&amp;#0*64;|&#0*64;|&#x0*40;|&commat;|%(?:25)*40|\\u0040|\\x40"
AT = (
    rf"(?:@|\s@\s|{ENCODED_AT}"
    r"|\s*[(\[{]\s*(?:@|at|a|snabel-?\s?a)\s*[)\]}]\s*|\s+(?:at|snabel-?\s?a)\s+)"
)
DOT = (
    r"(?:\.|&#0*46;|&#x0*2e;|&period;|%(?:25)*2e|\\u002e|\\x2e"
    r"|\s*[(\[{]\s*(?:\.|dot|punkt)\s*[)\]}]\s*|\s+(?:dot|punkt)\s+)"
)
# At most 64 octets before the @ (RFC 5321, 4.5.3.1.1); the limit also keeps the search linear.
LOCAL = r"\w[\w.+'’-]{0,63}"
LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
ADDRESS = re.compile(
    rf"(?P<local>{LOCAL}){AT}(?P<domain>(?:{LABEL}{DOT})+(?:xn--[a-z0-9-]+|[^\W\d_]{{2,24}}))", re.IGNORECASE
)
ANY_AT = re.compile(rf"@|＠|﹫|{AT}", re.IGNORECASE)
# What every spelling in AT has a part of, as plain strings and as expressions: a quick first look.
SIGNS = ("@", "＠", "﹫", "commat", "%40", "%25", "u0040", "x40", "snabel")
SIGN = re.compile(r"&#(?:0*64|x0*40);|[(\[{]\s*a\s*[)\]}]|[\s(\[{]at[\s)\]}]")
ANY_DOT = re.compile(DOT, re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """An address in a text: where it stands, and the address as a mail program wants it."""

    start: int
    end: int
    address: str


def may_hold_address(text):
    """Tell quickly, and rather once too often, whether find_addresses is worth its time."""
    text = text.lower()
    return any(sign in text for sign in SIGNS) or SIGN.search(text) is not None


def find_addresses(text):
    """Return the Found addresses in `text`, in order; positions are those of `text` itself."""
    places = [place for place, character in enumerate(text) if character not in INVISIBLE]
    visible = "".join(text[place] for place in places).translate(LOOKALIKES)
    found = []
    for match in ADDRESS.finditer(visible):
        address = f"{match['local']}@{ANY_DOT.sub('.', match['domain'])}"
        found.append(Found(places[match.start()], places[match.end() - 1] + 1, address))
    return found


def replace_addresses(text, replacement):
    """Return `text` with every address in it replaced by the text `replacement`."""
    if not may_hold_address(text):
        return text
    for found in reversed(find_addresses(text)):
        text = text[: found.start] + replacement + text[found.end :]
    return text
