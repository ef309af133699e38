"""What a text must have before residents see it. It stops publishing, never saving."""

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.urls import reverse

from common.publishing.people import PersonalNumber, find_numbers
from common.richtext.blocks import blocks_of, html_to_text

DESCRIBE_THE_PICTURE = "Beskriv bilden för den som inte ser den, eller kryssa i att den bara är utsmyckning."
FILE_NAME = re.compile(
    r"\.(jpe?g|png|gif|webp|avif|heic|tiff?)$|^(img|dsc|image|photo|screenshot)[ _-]*\d+", re.I
)
SAYS_NOTHING = {"bild", "bilden", "en bild", "foto", "fotot", "ett foto", "image", "photo", "picture"}
NAMELESS_LINKS = {"här", "klicka här", "tryck här", "länk", "länken", "läs mer här"}
MADE_UP = re.compile(r"[^\s@<>()\[\]\",;:]{0,64}@(?:[\w-]+\.)*example\.(?:org|com|net)\b", re.I)
# What the names inside a home or an office end with.
NETWORKS = {"local", "localhost", "lan", "home", "internal", "intranet", "corp", "arpa", "test", "invalid"}
BOLD_HEADING_LENGTH = 80  # a longer bold paragraph is emphasis


@dataclass(frozen=True)
class Problem:
    """`field`: the form field it is about; `text`: one line that says what to do; `url`: where, if elsewhere.

    A question stops only until the form says that it is meant so; a `number` until who may has confirmed it.
    """

    field: str
    text: str
    is_question: bool = False
    number: PersonalNumber | None = None
    url: str = ""


def picture_problems(post):
    """Yield the Problems of the picture of a row with the picture fields of a post."""
    if not post.image and post.image_alt:
        yield Problem("image", "Välj bilden igen, eller ta bort bildbeskrivningen: det finns ingen bild.")
    if not post.image or post.image_is_decorative:
        return
    alt = post.image_alt.strip()
    if not alt:
        yield Problem("image_alt", DESCRIBE_THE_PICTURE)
    elif FILE_NAME.search(alt) or alt.lower().strip(".") in SAYS_NOTHING:
        yield Problem("image_alt", f"Skriv vad bilden visar: ”{alt}” säger inte det.")


def text_problems(body):
    """Yield the Problems of a rich text, as HTML."""
    blocks = blocks_of(body)
    if not blocks:
        yield Problem("body", "Skriv en text.")
    has_heading = False
    for block in blocks:
        if block.tag == "h2":
            has_heading = True
        elif block.tag == "h3" and not has_heading:
            yield Problem(
                "body", f"Gör ”{block.text}” till Rubrik: före en Underrubrik ska det stå en Rubrik."
            )
        elif block.tag == "p" and block.is_bold and len(block.text) <= BOLD_HEADING_LENGTH:
            yield Problem("body", f"Gör ”{block.text}” till en rubrik med knappen Rubrik, inte med fet stil.")
        for link in block.links:
            if link.text.lower().strip(" .:!»>") in NAMELESS_LINKS:
                example = "till exempel ”anmäl dig till årsmötet”"
                yield Problem("body", f"Skriv vart länken ”{link.text}” leder, {example}.")
    yield from struck_questions(body)


def struck_questions(body):
    """Yield a question about what is struck out in a rich text, if anything is."""
    if struck := [f"”{block.struck}”" for block in blocks_of(body) if block.struck]:
        what = f"{', '.join(struck[:3])}{' …' * (len(struck) > 3)}"
        todo = "Kryssa i ”Det överstrukna ska synas”, eller ta bort det"
        yield Problem("body", f"Ska det överstrukna synas? {todo}: {what}.", is_question=True)


def link_problems(body, is_page):
    """Yield a Problem for each link of a rich text that does not work for residents.

    `is_page` tells whether they find a page of this site at a path.
    """
    for block in blocks_of(body):
        for link in block.links:
            if reason := why_dead(link.href, is_page):
                yield Problem("body", f"Länken ”{link.text}” {reason}")


def why_dead(href, is_page):
    """Return why a link leads nowhere for a resident, and what to do, or ""."""
    href = href.replace("\\", "/")  # as browsers read it
    if not href or re.match(r"mailto:.|tel:.*\d|#", href, re.I):
        return ""
    inside = href.removeprefix(settings.SITE_URL)
    if inside != href and inside[:1] in ("", "/", "?", "#"):
        href = f"/{inside.removeprefix('/')}"
    parts = None
    with suppress(ValueError):
        parts = urlsplit(f"https:{href}" if href.startswith("//") else href)
    if not parts or not (parts.hostname or href.startswith("/")):
        return f"leder till {href}, som inte är en hel adress. Kopiera den från https:// till slutet."
    if parts.hostname:
        away = f"leder till {parts.hostname}, som bara nås från den egna datorn eller det egna nätverket."
        return "" if is_on_the_internet(parts.hostname) else f"{away} Byt adressen eller ta bort länken."
    path = unquote(parts.path)
    if f"{path}/".startswith(reverse("admin:index")):
        return "leder till administrationen, dit besökare inte kommer. Länka till sidan som de ser."
    if path.startswith(reverse("draft", args=["x"]).removesuffix("x/")):
        return "leder till ett utkast, som snart slutar visas. Länka till sidan när den är publicerad."
    return (
        "" if is_page(path) else f"leder till {path}, som inte finns här. Byt adressen eller ta bort länken."
    )


def is_on_the_internet(host):
    with suppress(ValueError):
        return ip_address(host).is_global
    *before, last = host.strip(".").split(".")
    return bool(before) and not last.isdecimal() and last not in NETWORKS


def address_problems(row, fields):
    """Yield a Problem for each of the fields, of texts or HTML, that holds a made-up address."""
    for field in fields:
        text = getattr(row, field)
        if "@" in text and (address := MADE_UP.search(html_to_text(text))):
            yield Problem(field, f"Byt adressen {address[0]}: den är påhittad och når ingen.")


def number_problems(texts, confirmed):
    """Yield a Problem for each personal number in {field: its pages} that is not confirmed, by its key."""
    for field, pages in texts.items():
        for place, page in enumerate(pages, start=1):
            for number in find_numbers(page):
                if number.key not in confirmed:
                    on = f" på sida {place}" if len(pages) > 1 else ""
                    what = f"Ta bort personnumret {number.masked}{on}"
                    text = f"{what}, eller be en administratör bekräfta att det ska synas."
                    yield Problem(field, text, number=number)
