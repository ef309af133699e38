"""Finds e-mail addresses in a text, also disguised ones.

Whatever an address harvester would decode to an address counts as one. "anna (snabel-a)
example punkt org" is anna@example.org, and so is a newsletter link that holds it in Base64.
"""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from common.caching import short_key_cache
from common.email_protection.spellings import (
    ABOUT_A_SITE,
    ANY_DOT,
    ASKED_TO_WRITE,
    AT_IN_WORDS,
    AT_NAMES,
    NO_NAMES,
    PLAIN_ADDRESS,
    SEGMENT,
    SPELLED_ADDRESS,
    UNUSUAL,
    plain_character,
)

BACKWARDS = ("es.", "moc.", "gro.", "ten.", "un.", "ue.")  # how an address begins in reversed text
CODED_CHARACTER = re.compile(r"&#|&[a-z]+;|%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}", re.IGNORECASE)
ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})", re.IGNORECASE)
CODED_WORD = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
# Base64 has two alphabets; "/" also separates the parts of a URL.
CODED_RUNS = [re.compile(r"[A-Za-z0-9+/]{12,}={0,2}"), re.compile(r"[A-Za-z0-9_-]{12,}={0,2}")]


STRAIGHT_QUOTES = str.maketrans("“”", '""')


@dataclass(frozen=True)
class FoundAddress:
    """An address in a text: its position there, and the address as a mail program wants it."""

    start: int
    end: int
    address: str


def may_hold_address(text):
    """Tell quickly whether find_addresses may find something; sometimes wrongly yes, never wrongly no."""
    text = in_plain_characters(text)
    if coded := [word for word in text.split() if "%" in word or "&" in word or "\\" in word]:
        text = f"{text} {in_plain_characters(decode_characters(' '.join(coded)))}"
    return may_spell_at(text) or any(PLAIN_ADDRESS.search(decoded) for decoded in decoded_runs(text))


def may_spell_at(text):
    return "@" in text or may_spell_at_in_words(text)


def may_spell_at_in_words(text):
    small = text.lower()
    return any(name in small for name in AT_NAMES) or bool(AT_IN_WORDS.search(small))


def find_addresses(text):
    """Return the FoundAddresses of `text`, in order; positions are those in `text` itself."""
    shown, starts, ends = visible_text(text)
    found = []
    if may_spell_at(shown):
        for match in SPELLED_ADDRESS.finditer(shown):
            if not is_sentence(match):
                found.append(FoundAddress(starts[match.start()], ends[match.end() - 1], address_of(match)))
    return sorted([*found, *coded_addresses(shown, starts, ends, found)], key=lambda one: one.start)


def is_sentence(match):
    """Tell whether a match of SPELLED_ADDRESS is ordinary words about a site: "Läs mer at hemsidan.se"."""
    if not match["perhaps"]:
        return False
    if match["local1"].lower() in NO_NAMES:
        return True
    before = match.string[max(match.start() - 40, 0) : match.start()]
    return (
        "@" not in match["perhaps"]
        and not ASKED_TO_WRITE.search(before)
        and bool(ABOUT_A_SITE.search(before))
    )


def address_of(match):
    """Return the address that a match of SPELLED_ADDRESS spells."""
    groups = match.groupdict()
    local = groups["local1"] or groups["local2"] or groups["local3"].replace(" ", "")
    domain = next(value for name, value in groups.items() if name.startswith("domain") and value)
    return f"{local.translate(STRAIGHT_QUOTES)}@{ANY_DOT.sub('.', domain)}"


def coded_addresses(shown, starts, ends, found):
    """Yield a FoundAddress for every word that encodes an address and holds none of those in `found`."""
    number = 0
    for word in re.finditer(r"\S{6,}", shown):
        start, end = starts[word.start()], ends[word.end() - 1]
        while number < len(found) and found[number].end <= start:
            number += 1
        if number < len(found) and found[number].start < end:
            continue
        if address := next(filter(None, map(plain_address, decodings(word[0]))), None):
            yield FoundAddress(start, end, address)
        elif CODED_CHARACTER.search(word[0]) and (decoded := decode_characters(word[0])) != word[0]:
            found_inside = find_addresses(decoded)[:1]  # "anna%20at%20example.org"
            yield from (FoundAddress(start, end, inner.address) for inner in found_inside)


def plain_address(text):
    match = PLAIN_ADDRESS.search(visible_text(text)[0])
    return match and match[0]


def replace_addresses(text, replacement):
    """Return `text` with every address in it replaced by the text `replacement`."""
    result, done = [], 0
    for found in find_addresses(text) if may_hold_address(text) else ():
        result += [text[done : found.start], replacement]
        done = found.end
    return "".join([*result, text[done:]])


def visible_text(text):
    """Return (text as a reader sees it, start of each of its characters in `text`, end of each).

    Without characters that have no width; white space as one space; letter and accent as one
    character (NFC); a plain @, full stop, hyphen and apostrophe for characters that look the same.
    """
    if (match := SEGMENT.match(text)) and match["usual"] == text:
        return text, range(len(text)), range(1, len(text) + 1)
    shown, starts, ends = [], [], []
    for match in SEGMENT.finditer(text):
        start, end = match.span()
        if match["usual"]:
            shown.extend(match[0])
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            continue
        character = " " if match["space"] else plain_character(match[0])
        joined = character == " " == shown[-1] if shown else False
        if shown and unicodedata.combining(character or " "):
            composed = unicodedata.normalize("NFC", shown[-1] + character)
            joined = len(composed) == 1 or "\u0300" <= character <= "\u036f"
            shown[-1] = composed[0] if joined else shown[-1]
        if joined:
            ends[-1] = end
        elif character:
            shown.append(character)
            starts.append(start)
            ends.append(end)
    return "".join(shown), starts, ends


def in_plain_characters(text):
    """Return `text` without invisible characters, and plain ones for those that look the same."""
    return UNUSUAL.sub(lambda match: plain_character(match[0]), text)


def decode_references(text):
    """Return `text` with its HTML references decoded; one with too many digits for Python is no character."""
    text = re.sub(r"&#0+(?=\d)", "&#", text)
    return unescape(re.sub(r"&#\d{8,}", "&#65533", text))


def decode_characters(text):
    """Return `text` with what CODED_CHARACTER matches decoded, also if it was encoded twice."""
    decoded = ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
    for _ in range(2):
        decoded = decode_references(unquote(decoded))
    return decoded


def decodings(word):
    """Yield what a word may encode: by coded characters, reversed, by Base64 or hexadecimal."""
    if CODED_CHARACTER.search(word):
        yield decode_characters(word)
    if word[:5].lower().startswith(BACKWARDS):
        yield word[::-1]
    yield from decoded_runs(word)


def decoded_runs(text):
    """Yield the decoded long runs of letters and digits in a text, those that hold an @."""
    long_words = " ".join([word for word in text.split() if len(word) >= 12])  # half the work for a page
    for word in set(CODED_WORD.findall(long_words)):
        yield from decoded_word(word)


@short_key_cache(maxsize=2048)  # most words are paths and long words that stand on every page
def decoded_word(word):
    return [
        decoded
        for run in {run for runs in CODED_RUNS for run in runs.findall(word)}
        for decode in (from_base64, bytes.fromhex, from_cloudflare)
        if (decoded := readable_with_sign(decode, run))
    ]


def readable_with_sign(decode, run):
    """Return what `decode` makes of a run, "" if that is no text or holds no @."""
    try:
        text = decode(run).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""
    text = text.replace("＠", "@")
    readable = sum(character.isprintable() and character != "\ufffd" for character in text)
    return text if "@" in text and readable > 0.8 * len(text) else ""


def from_base64(run):
    run = run.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(run + "=" * (-len(run) % 4), validate=True)


def from_cloudflare(run):
    """Decode hexadecimal, every byte XORed with the first, as Cloudflare writes addresses."""
    raw = bytes.fromhex(run)
    return bytes(byte ^ raw[0] for byte in raw[1:])
