"""Finds e-mail addresses in a page as the robots do that collect them: by trying every decoding.

Independent of contacts/addresses.py on purpose: what hides addresses must not be what checks it.
A decoder takes a text and yields texts; harvest() tries them all, and every pair of them.
"""

import base64
import binascii
import codecs
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

ADDRESS = re.compile(
    r"[a-z0-9åäöéü][a-z0-9åäöéü._%+'-]*@(?:[a-z0-9åäöéü](?:[a-z0-9åäöéü-]*[a-z0-9åäöéü])?\.)+[a-z]{2,24}",
    re.I,
)


@dataclass(frozen=True)
class Leak:
    """An address that a robot would get: how, and what stands around it in what it decoded."""

    address: str
    technique: str
    place: str


def harvest(text, known=()):
    """Return the Leaks in `text` (a page's source, a header, a file as Latin-1).

    `known`: addresses that are looked for letter by letter, whatever they look like.
    """
    known = [address.lower() for address in known]
    leaks, seen, layer = {}, {text}, [("plain", text)]
    for _ in range(3):
        decoded = []
        for technique, source in layer:
            for address, place in addresses(source, known):
                leaks.setdefault(address, Leak(address, technique, place))
            for name, decoder in DECODERS.items():
                for result in decoder(source):
                    if len(result) > 5 and result not in seen:
                        seen.add(result)
                        decoded.append((name if technique == "plain" else f"{technique}, {name}", result))
        layer = decoded
    return list(leaks.values())


def harvest_file(text, known):
    """Return the Leaks in a picture: what its metadata says in plain letters.

    Its pixels are chance: a decoder finds anything there, if only it looks for long enough.
    """
    strings = "\n".join(re.findall(r"[ -~]{6,}", text))
    return [
        Leak(address, "plain", place)
        for address, place in addresses(strings, known)
        if address in known or address.rpartition(".")[2] in {"se", "com", "org", "net", "nu", "eu"}
    ]


def addresses(text, known):
    """Yield (address, what stands around it) for everything in `text` that is or looks like one."""
    lower = text.lower()
    if "@" not in lower:
        return
    for match in ADDRESS.finditer(lower):
        yield match[0], around(text, match.start(), match.end())
    for address in known:
        if (start := lower.find(address)) >= 0:
            yield address, around(text, start, start + len(address))


def around(text, start, end):
    return " ".join(text[max(start - 30, 0) : end + 30].split())


# --- The page as a whole, read in another way ---


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
    """Soft hyphens and zero-width characters between the letters; full-width signs"""
    result = re.sub("[\u00ad\u200b-\u200f\u2060\ufeff]", "", text).replace("＠", "@").replace("．", ".")
    if result != text:
        yield result


def words(text):
    """anna (at) example (dot) org, anna snabel-a example.org, anna at example dot org, anna[a]example.org"""
    dot = r"\s*[(\[{<]\s*(?:dot|punkt|\.)\s*[)\]}>]\s*|\s+(?:dot|punkt)\s+"
    sure = r"\s*[(\[{<]\s*(?:at|@|snabel-?\s?a)\s*[)\]}>]\s*|\s+(?:snabel-?\s?a|@)\s+"
    if re.search(sure, text, re.I):
        yield re.sub(dot, ".", re.sub(sure, "@", text, flags=re.I), flags=re.I)
    # "at" and "(a)" mean @ only where the rest is spelt out too: "more at example.org" is no address.
    for match in re.finditer(rf"([\w.+-]+)\s+at\s+((?:[\w-]+(?:{dot}))+[a-z]{{2,24}})\b", text, re.I):
        yield f"{match[1]}@{re.sub(dot, '.', match[2], flags=re.I)}"
    for match in re.finditer(r"([\w.+-]+)\s*[(\[{]a[)\]}]\s*((?:[\w-]+\.)+[a-z]{2,24})\b", text, re.I):
        yield f"{match[1]}@{match[2]}"


def filler_removed(text):
    """anna@NOSPAM.example.org, anna@REMOVE-THIS-example.org"""
    result = re.sub(r"[-._]?(?:no-?spam|remove-?this|ta-?bort)[-._]?", "", text, flags=re.I)
    if result != text:
        yield result


def rot13(text):
    if "@" in text:
        yield codecs.encode(text, "rot13")


def reversed_text(text):
    """gro.elpmaxe@anna, shown the right way round by CSS"""
    if "@" in text:
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
    values = dict(re.findall(r"""(\w+)\s*=\s*["']([^"']*)["']\s*;""", text))
    for name, value in re.findall(r"(\w+)\s*=\s*([^;=]*\+[^;]*);", text):
        parts = [part.strip() for part in value.split("+")]
        pieces = [values.get(part, part.strip("\"'") if part[:1] in "\"'" else "") for part in parts]
        values[name] = "".join(pieces)
        yield values[name]


def character_codes(text):
    """String.fromCharCode(97, 110, …), and any other list of numbers"""
    for numbers in re.findall(r"(?:\b\d{2,3}\b\s*[,;+ ]\s*){5,}\d{2,3}\b", text):
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


# --- Parts of the page that are a code of their own ---


def base64_parts(text):
    """atob("…"), data: URLs, the readable body of a signed value, compressed too"""
    for alphabet, altchars in (("[A-Za-z0-9+/]", b"+/"), ("[A-Za-z0-9_-]", b"-_")):
        for part in re.findall(alphabet + "{8,}", text):
            try:
                raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars)
            except (ValueError, binascii.Error):
                continue
            yield from readable(raw)


def base32_parts(text):
    for part in re.findall(r"\b[A-Z2-7]{16,}={0,6}", text):
        try:
            yield from readable(base64.b32decode(part.rstrip("=") + "=" * (-len(part.rstrip("=")) % 8)))
        except (ValueError, binascii.Error):
            continue


def hexadecimal_parts(text):
    for part in re.findall(r"\b(?:[0-9a-f]{2}){6,}\b", text, re.I):
        yield from readable(bytes.fromhex(part))


def cloudflare_parts(text):
    """data-cfemail="…": hexadecimal, every byte XORed with the first"""
    for part in re.findall(r"""(?:data-cfemail=["']|email-protection#)([0-9a-f]+)""", text, re.I):
        raw = bytes.fromhex(part[: len(part) // 2 * 2])
        yield "".join(chr(byte ^ raw[0]) for byte in raw[1:])


def shifted(text):
    """Every letter moved by a fixed number (Caesar): strings in quotes that become an address"""
    for part in re.findall(r"""(?=["']([^"'<>\s]{6,80})["'])""", text):
        for step in (*range(-5, 0), *range(1, 6)):
            result = "".join(chr(max(ord(character) + step, 32)) for character in part)
            if ADDRESS.fullmatch(result):
                yield result


def readable(raw):
    """Yield what was decoded, and what it holds compressed, where that is text and not chance."""
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
    "invisible characters removed": invisible_removed,
    "at and dot in words": words,
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
