"""The leak scan: finds e-mail addresses in a page as address harvesters do, by trying every decoding.

Shares nothing with detect.py but the words that are nobody's name, so that a gap in that is found here.
A decoder takes a text and yields texts; scan_for_leaks() tries them all, and every pair of them.
"""

import base64
import binascii
import codecs
import re
import unicodedata
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

from common.email_protection.spellings import NO_NAMES

HARVESTED_ADDRESS = re.compile(
    r"""(?:[^\W_][\w.%+'’-]*|["“”][^"“”<>@]{1,64}["“”])@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,24}"""
)
# Spellings with white space are looked for with these endings only, or sentences would be addresses.
COMMON_TLD = r"(?:se|nu|com|org|net|eu|info|no|dk|fi|de|uk)\b(?!\s?\.\w)"


@dataclass(frozen=True)
class Leak:
    """An address that a harvester would get, by which decoders, and the decoded text around it."""

    address: str
    technique: str
    context: str


def scan_for_leaks(text, known=()):
    """Return the Leaks in `text` (a page's source, a header, a file as Latin-1).

    `known`: addresses that are found as they are, whatever they look like.
    """
    known = [address.lower() for address in known]
    leaks, seen, layer = {}, {text}, [("plain", text)]
    for decoders in (DECODERS, DECODERS, {}):
        decoded = []
        for technique, source in layer:
            for address, context in addresses(source, known):
                leaks.setdefault(address, Leak(address, technique, context))
            for name, decoder in decoders.items():
                for result in decoder(source):
                    if len(result) > 5 and result not in seen:
                        seen.add(result)
                        decoded.append((name if technique == "plain" else f"{technique}, {name}", result))
        layer = decoded
    return list(leaks.values())


def scan_picture(text, known):
    """Return the Leaks in plain text, in a picture's metadata: decoders find addresses in random bytes."""
    strings = "\n".join(re.findall(r"[ -~]{6,}", text))
    return [
        Leak(address, "plain", context)
        for address, context in addresses(strings, known)
        if address in known or address.rpartition(".")[2] in {"se", "com", "org", "net", "nu", "eu"}
    ]


def addresses(text, known):
    """Yield (address, text around it) for everything in `text` that is known or looks like an address."""
    if "@" not in text:
        return
    lower = text.lower()
    if re.search(r"@[^\W_][\w-]*\.", lower):  # most pages have none: JSON-LD's "@type" is no address
        for match in HARVESTED_ADDRESS.finditer(lower):
            yield match[0], around(text, match.start(), match.end())
    for address in known:
        if (start := lower.find(address)) >= 0:
            yield address, around(text, start, start + len(address))


def around(text, start, end):
    return " ".join(text[max(start - 30, 0) : end + 30].split())


# --- Decoders of the whole page ---


def entities(text):
    """&#97; &#x61; &commat; &amp;#64;"""
    if "&" in text:
        with suppress(ValueError):  # a number of thousands of digits
            yield unescape(text)


def percent(text):
    """%40, as in links"""
    if "%" in text:
        yield unquote(text)


def tags_removed(text):
    """anna<b>@</b>example.org, anna<!-- -->@example.org, and text between that CSS would hide"""
    if "<" in text:
        shown = re.sub(r"<!--.*?-->", "", text, flags=re.S)
        hidden = re.sub(r"<(\w+)\b[^>]*(?:display:\s*none|\bhidden)[^>]*>.*?</\1>", "", shown, flags=re.S)
        for html in {shown, hidden}:
            yield re.sub(r"<[^>]*>", "", html)
            yield re.sub(
                r"<[^>]*>", " ", re.sub(r"</?(?:a|b|em|font|i|small|span|strong|u)\b[^>]*>", "", html)
            )


def invisible_removed(text):
    """Soft hyphens and other characters without a width; full-width and mathematical letters"""
    result = re.sub(
        "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
        "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]",
        "",
        text,
    )
    result = re.sub(
        "[\uff01-\uff5e\U0001d400-\U0001d7ff]", lambda m: unicodedata.normalize("NFKC", m[0]), result
    )
    if result != text:
        yield result


def words(text):
    """anna (at) example (dot) org, anna snabel-a example.org, anna at example dot org, anna[a]example.org"""
    lower = text.lower()
    dot = r"\s*[(\[{<]\s*(?:dot|punkt|\.)\s*[)\]}>]\s*|\s+(?:dot|punkt)\s+|[-_](?:dot|punkt)[-_]"
    if re.search(r"[(\[{<]\s*(?:at|@|snabel)|\ssnabel", lower):
        sure = r"\s*[(\[{<]\s*(?:at|@|snabel-?\s?a)\s*[)\]}>]\s*|\s+(?:snabel-?\s?a)\s+"
        yield re.sub(dot, ".", re.sub(sure, "@", text, flags=re.I), flags=re.I)
    if re.search(r"[(\[{]a[)\]}]", lower):
        for match in re.finditer(r"([\w.+-]+)\s*[(\[{]a[)\]}]\s*((?:[\w-]+\.)+[a-z]{2,24})\b", text, re.I):
            yield f"{match[1]}@{match[2]}"
    if not re.search(r"at[\s_-](?<=[\s_-]at.)", lower):
        return
    # "at" means @ where the rest is spelt out too, or before it stands what looks like the name of a
    # mailbox or nothing: "more at example.org" is no address.
    for match in re.finditer(rf"([\w.+-]+)\s+at\s+((?:[\w-]+(?:{dot}))+[a-z]{{2,24}})\b", lower):
        yield f"{match[1]}@{re.sub(dot, '.', match[2])}"
    for match in re.finditer(
        rf"(\A|[>:(]\s*|mejla |maila |till |to )?([\w.+]+)(?:\sat\s|(?<![/.][\w.+]{{3}})[-_]at[-_])"
        rf"((?:[\w-]+(?:\.|{dot}))+{COMMON_TLD})",
        lower,
    ):
        if match[2].rpartition(".")[2] not in NO_NAMES and (
            match[1] is not None or re.search(r"\w[.\d]\w", match[2])
        ):
            yield f"{match[2]}@{re.sub(dot, '.', match[3])}"


def white_space_removed(text):
    """anna @ example . org, anna@ example.org; "@hgf.sollentuna" is a handle"""
    if not re.search(r"@(?:(?<=\s@)|\s|[\w.-]+\s\.|[\w-]+\.\s)", text):
        return
    for match in re.finditer(
        rf"([\w+'-]+(?:\s?\.\s?[\w+'-]+)*)(\s*)@(\s*)([\w-]+(?:\s?\.\s?[\w-]+)*?\s?\.\s?{COMMON_TLD})", text
    ):
        if match[2] and not match[3] and not re.search(r"[.\d]", match[1]) or match[1].lower() in NO_NAMES:
            continue
        yield re.sub(r"\s", "", match[0])


def filler_removed(text):
    """anna@NOSPAM.example.org, anna@REMOVE-THIS-example.org"""
    result = text
    if any(sign in text.lower() for sign in ("spam", "this", "bort")):
        result = re.sub(r"[-._]?(?:no-?spam|remove-?this|ta-?bort)[-._]?", "", text, flags=re.I)
    if result != text:
        yield result


def rot13(text):
    if "@" in text:
        yield codecs.encode(text, "rot13")


# It begins with its one fixed character, so that the engine runs from dot to dot.
ENDS_REVERSED = re.compile(
    r"\.(?:(?<=\b(?:es|un|ue|on|kd|if|ed|ku)\.)|(?<=\b(?:moc|gro|ten|ude)\.)|(?<=\bofni\.))\w"
)


def reversed_text(text):
    """gro.elpmaxe@anna, shown the right way round by CSS; "kl.18@lokalen" is none"""
    if "@" in text and ENDS_REVERSED.search(text.lower()):
        yield text[::-1]


def joined_strings(text):
    r"""'anna' + '@' + "example.org", \x40, \u0040, ["anna", "example.org"].join("@")"""
    strings = re.sub(r"""(["'`])\s*\+\s*(["'`])""", "", text)
    strings = re.sub(
        r"\\x([0-9a-f]{2})|\\u00([0-9a-f]{2})", lambda m: chr(int(m[1] or m[2], 16)), strings, flags=re.I
    )
    if strings != text:
        yield strings
    for parts, glue in re.findall(r"""\[((?:\s*["'][^"']*["']\s*,?)+)\]\.join\(["']([^"']*)["']\)""", text):
        yield glue.join(re.findall(r"""["']([^"']*)["']""", parts))


def variables(text):
    """var a = 'anna'; var b = 'example.org'; a + '@' + b (Joomla, and many scripts like it)"""
    if not re.search(r"""["']\s*[+;]|\+\s*["']""", text):
        return
    values = dict(re.findall(r"""(\w+)\s*=\s*["']([^"']*)["']\s*;""", text))
    for name, value in re.findall(r"(\w+)\s*=\s*([^;=]*\+[^;]*);", text):
        parts = [part.strip() for part in value.split("+")]
        pieces = [values.get(part, part.strip("\"'") if part[:1] in "\"'" else "") for part in parts]
        values[name] = "".join(pieces)
        yield values[name]


def character_codes(text):
    """String.fromCharCode(97, 110, …), and any other list of numbers"""
    # The first digit stands outside the group: the engine runs from digit to digit.
    for numbers in re.findall(
        r"\d(?<!\w\w)\d{1,2}\b\s*[,;+ ]\s*(?:\b\d{2,3}\b\s*[,;+ ]\s*){4,}\d{2,3}\b", text
    ):
        yield "".join(chr(int(number)) for number in re.findall(r"\d+", numbers))


def data_attributes(text):
    """data-name="anna" data-domain="example.org": the values of one tag, put together"""
    for tag in re.findall(r"<[^>]*\bdata-[^>]*>", text):
        values = re.findall(r"""\bdata-[\w-]+\s*=\s*["']([^"']*)["']""", tag)
        if len(values) > 1:
            for first in values:
                yield from (f"{first}@{other}" for other in values if other != first and "." in other)
                yield from (
                    f"{first}@{a}.{b}"
                    for a in values
                    for b in values
                    if len({first, a, b}) == 3 and b.isalpha()
                )


def unfolded(text):
    """Lines of a calendar file or a vCard, which go on after a line break and a space"""
    if "BEGIN:V" in text:
        yield re.sub(r"\r?\n[ \t]", "", text)


# --- Decoders of parts of the page ---


def base64_parts(text):
    """atob("…"), data: URLs, the readable body of a signed value, compressed too"""
    for alphabet, altchars in (("[A-Za-z0-9+/]", b"+/"), ("[A-Za-z0-9_-]", b"-_")):
        for part in re.findall(alphabet + "{8,}", text):
            yield from base64_decoded(part, altchars)


@lru_cache(maxsize=4096)  # the texts that decoders make of one page hold the same words
def base64_decoded(part, altchars):
    try:
        return list(readable(base64.b64decode(part + "=" * (-len(part) % 4), altchars)))
    except (ValueError, binascii.Error):
        return []


def base32_parts(text):
    for part in re.findall(r"[A-Z2-7](?<!\w\w)[A-Z2-7]{15,}={0,6}", text):
        try:
            yield from readable(base64.b32decode(part.rstrip("=") + "=" * (-len(part.rstrip("=")) % 8)))
        except (ValueError, binascii.Error):
            continue


def hexadecimal_parts(text):
    for part in re.findall(r"[0-9a-fA-F](?<!\w\w)[0-9a-fA-F](?:[0-9a-fA-F]{2}){5,}\b", text):
        yield from readable(bytes.fromhex(part))


def cloudflare_parts(text):
    """data-cfemail="…": hexadecimal, every byte XORed with the first"""
    if "email" not in text.lower():
        return
    for part in re.findall(r"""(?:data-cfemail=["']|email-protection#)([0-9a-f]+)""", text, re.I):
        raw = bytes.fromhex(part[: len(part) // 2 * 2])
        yield "".join(chr(byte ^ raw[0]) for byte in raw[1:])


def shifted(text):
    """Every letter moved by a fixed number (Caesar): strings in quotes that become an address"""
    for part in re.findall(r"""["'](?=([^"'<>\s]{6,80})["'])""", text):
        for step in (*range(-5, 0), *range(1, 6)):
            if chr(ord("@") - step) in part and chr(ord(".") - step) in part:
                result = "".join(chr(max(ord(character) + step, 32)) for character in part)
                if HARVESTED_ADDRESS.fullmatch(result.lower()):
                    yield result


def readable(raw):
    """Yield decoded bytes, and those decompressed, where they are text and not random."""
    for data in (raw, inflated(raw)):
        if data and sum(32 <= byte < 127 for byte in data) / len(data) > 0.8:
            yield data.decode("utf-8", "replace")


def inflated(raw):
    try:
        return zlib.decompress(raw)
    except zlib.error:
        return b""


DECODERS = {
    "entities": entities,
    "URL encoding": percent,
    "tags removed": tags_removed,
    "lines unfolded": unfolded,
    "invisible characters removed": invisible_removed,
    "at and dot in words": words,
    "white space removed": white_space_removed,
    "filler removed": filler_removed,
    "rot13": rot13,
    "reversed": reversed_text,
    "joined JavaScript strings": joined_strings,
    "JavaScript variables": variables,
    "character codes": character_codes,
    "data attributes": data_attributes,
    "base64": base64_parts,
    "base32": base32_parts,
    "hexadecimal": hexadecimal_parts,
    "Cloudflare": cloudflare_parts,
    "shifted letters": shifted,
}
