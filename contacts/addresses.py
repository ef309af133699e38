"""What an e-mail address looks like in a text, also one that is disguised a little.

Generous on purpose: what a harvester's decoder would take for an address is one here. Text typed
as "anna (snabel-a) example punkt org" is read as anna@example.org, and so is a newsletter link that
holds the address in Base64.
"""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

LOOKALIKES = dict(zip("＠﹫．。｡․﹒\u2010\u2011\u00a0\u202f", "@@.....--  ", strict=True))
LOOKALIKE = re.compile(f"[{''.join(LOOKALIKES)}]")

# Characters without a width: controls, format signs, variation selectors. Not tab and line breaks.
INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e"
    "\\u2060-\\u2069\\ufe00-\\ufe0f\\ufeff\\ufff9-\\ufffb]"
)
BACKWARDS = ("es.", "moc.", "gro.", "ten.", "un.", "ue.")  # how an address begins that is written so

# At most 64 octets before the @, and 63 a label (RFC 5321, 4.5.3.1; RFC 1035, 2.3.4). Limits, also
# for white space, keep the search linear.
LOCAL = r"\w[\w.+'’-]{0,63}"
LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
TLD = r"(?:xn--[a-z0-9-]{1,59}|[^\W\d_]{2,24})"
WORDED_DOT = r"(?:\s{0,3}[(\[{]\s?(?:\.|dot|punkt)\s?[)\]}]\s{0,3}|\s{1,3}(?:dot|punkt)\s{1,3})"
DOT = rf"(?:\.|{WORDED_DOT})"
# Signs that mean "at" whatever follows; those that mean it only before a certain spelling of the rest.
AT = (
    r"(?:@\s?|\s@\s"
    r"|\s{0,3}[(\[{<]\s?(?:@|at|snabel-?\s?a)\s?[)\]}>]\s{0,3}|\s{1,3}snabel-?\s?a\s{1,3})"
)
AT_BEFORE_WORDS = r"\s{1,3}\*?at\*?\s{1,3}"
AT_BEFORE_DOTS = r"\s{0,3}[(\[{]a[)\]}]\s{0,3}"
ADDRESS = re.compile(
    rf"(?P<local>{LOCAL})(?:"
    rf"{AT}(?P<domain>(?:{LABEL}{DOT})+{TLD})"
    rf"|{AT_BEFORE_WORDS}(?P<words>(?:{LABEL}{WORDED_DOT})+{TLD})"
    rf"|{AT_BEFORE_DOTS}(?P<dots>(?:{LABEL}\.)+{TLD}))",
    re.IGNORECASE,
)
ANY_DOT = re.compile(DOT, re.IGNORECASE)
PLAIN = re.compile(rf"{LOCAL}@(?:{LABEL}\.)+{TLD}", re.IGNORECASE)

# What every spelling above has a part of, in small letters; and what may be a code (see decodings).
# Asked of every page: a pattern that begins with letters is found ten times as fast.
SIGNS = [
    re.compile(r"@"),
    re.compile(r"snabel"),
    re.compile(r"at[\s)\]}>*](?<=[\s(\[{<*]...)"),
    re.compile(r"[(\[{]a[)\]}]"),
]
CODED_CHARACTER = re.compile(r"&#|&[a-z]+;|%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}", re.IGNORECASE)
ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})", re.IGNORECASE)
CODED_WORD = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
# Base64 has two alphabets; "/" is also what parts a URL.
CODED_RUNS = [re.compile(r"[A-Za-z0-9+/]{12,}={0,2}"), re.compile(r"[A-Za-z0-9_-]{12,}={0,2}")]


@dataclass(frozen=True)
class Found:
    """An address in a text: where it stands, and the address as a mail program wants it."""

    start: int
    end: int
    address: str


def may_hold_address(text):
    """Tell quickly, and rather once too often, whether find_addresses is worth its time."""
    text = alike_read(INVISIBLE.sub("", text))
    if CODED_CHARACTER.search(text):
        text = f"{text} {codes_read(text)}"
    return has_sign(text) or any(PLAIN.search(decoded) for decoded in decoded_runs(text))


def has_sign(text):
    small = text.casefold()
    return any(sign.search(small) for sign in SIGNS)


def find_addresses(text):
    """Return the Found addresses in `text`, in order; positions are those of `text` itself."""
    seen, starts, ends = visible(text)
    found = []
    if has_sign(seen):
        for match in ADDRESS.finditer(seen):
            domain = match["domain"] or match["words"] or match["dots"]
            address = f"{match['local']}@{ANY_DOT.sub('.', domain)}"
            found.append(Found(starts[match.start()], ends[match.end() - 1], address))
    return sorted([*found, *coded_addresses(seen, starts, ends, found)], key=lambda one: one.start)


def coded_addresses(seen, starts, ends, found):
    """Yield a Found for every word that is a code for an address, beside those `found` already."""
    number = 0
    for word in re.finditer(r"\S{6,}", seen):
        start, end = starts[word.start()], ends[word.end() - 1]
        while number < len(found) and found[number].end <= start:
            number += 1
        if number < len(found) and found[number].start < end:
            continue
        for decoded in decodings(word[0]):
            if match := PLAIN.search(decoded):
                yield Found(start, end, match[0])
                break


def replace_addresses(text, replacement):
    """Return `text` with every address in it replaced by the text `replacement`."""
    result, done = [], 0
    for found in find_addresses(text) if may_hold_address(text) else ():
        result += [text[done : found.start], replacement]
        done = found.end
    return "".join([*result, text[done:]])


def visible(text):
    """Return (text as a reader sees it, where each character of it starts, where it ends).

    Without characters that have no width; white space as one space; letter and accent in one
    (NFC), as e-mail programs store them; a plain @, full stop and hyphen for those that look the same.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text, range(len(text)), range(1, len(text) + 1)
    characters, starts, ends = [], [], []
    for place, character in enumerate(text):
        if INVISIBLE.match(character):
            continue
        if character.isspace():
            character = " "
        if characters and (unicodedata.combining(character) or (character == " " and characters[-1] == " ")):
            characters[-1] = unicodedata.normalize("NFC", characters[-1] + character)[:1]
            ends[-1] = place + 1
            continue
        characters.append(character)
        starts.append(place)
        ends.append(place + 1)
    return alike_read("".join(characters)), starts, ends


def alike_read(text):
    """Return `text` with a plain @, full stop and hyphen for those that look the same."""
    return LOOKALIKE.sub(lambda match: LOOKALIKES[match[0]], text)  # str.translate takes ten times as long


def read_references(text):
    """Return `text` with its HTML references read; one of more digits than Python reads is no character."""
    text = re.sub(r"&#0+(?=\d)", "&#", text)
    return unescape(re.sub(r"&#\d{8,}", "&#65533", text))


def codes_read(text):
    """Return `text` with the codes of CODED_CHARACTER read as the characters that they stand for."""
    read = ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
    for _ in range(2):  # coded once, or twice
        read = read_references(unquote(read))
    return read


def decodings(word):
    """Yield what a word may stand for: coded characters read, Base64 and hexadecimal, backwards."""
    if CODED_CHARACTER.search(word):
        yield codes_read(word)
    if word[:5].lower().startswith(BACKWARDS):
        yield word[::-1]
    yield from decoded_runs(word)


def decoded_runs(text):
    """Yield what the long runs of letters and digits in a text are codes for, where that has an @."""
    for word in set(CODED_WORD.findall(text)):
        yield from decoded_word(word)


@lru_cache(maxsize=2048)  # most are paths and long words, the same on every page
def decoded_word(word):
    return [
        decoded
        for run in {run for runs in CODED_RUNS for run in runs.findall(word)}
        for decode in (from_base64, bytes.fromhex, from_cloudflare)
        if (decoded := readable_with_sign(decode, run))
    ]


def readable_with_sign(decode, run):
    """Return the text that `decode` makes of a run, "" if it is none, or has no @."""
    try:
        text = decode(run).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""
    readable = sum(character.isprintable() and character != "\ufffd" for character in text)
    return text if "@" in text and readable > 0.8 * len(text) else ""


def from_base64(run):
    run = run.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(run + "=" * (-len(run) % 4), validate=True)


def from_cloudflare(run):
    """Hexadecimal, every byte XORed with the first: how Cloudflare's pages write an address."""
    raw = bytes.fromhex(run)
    return bytes(byte ^ raw[0] for byte in raw[1:])
