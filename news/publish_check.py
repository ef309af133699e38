"""What a post must have before residents see it. It stops publishing, never saving."""

import re
from dataclasses import dataclass

from news.html import blocks_of, html_to_text
from news.models import DESCRIBE_THE_PICTURE

FILE_NAME = re.compile(
    r"\.(jpe?g|png|gif|webp|avif|heic|tiff?)$|^(img|dsc|image|photo|screenshot)[ _-]*\d+", re.I
)
SAYS_NOTHING = {"bild", "bilden", "en bild", "foto", "fotot", "ett foto", "image", "photo", "picture"}
NAMELESS_LINKS = {"här", "klicka här", "tryck här", "länk", "länken", "läs mer här"}
MADE_UP = re.compile(r"[^\s@<>()\[\]\",;:]{0,64}@(?:[\w-]+\.)*example\.(?:org|com|net)\b", re.I)
HEADING_LENGTH = 80  # a longer bold paragraph is emphasis


@dataclass(frozen=True)
class Problem:
    """`field`: the form field it is about; `text`: one line that says what to do."""

    field: str
    text: str


def problems(post):
    """Return the Problems of a Post, saved or not; empty when it may be published."""
    return [*picture_problems(post), *text_problems(post), *address_problems(post)]


def picture_problems(post):
    if not post.image and post.image_alt:
        yield Problem("image", "Välj bilden igen, eller ta bort bildbeskrivningen: det finns ingen bild.")
    if not post.image or post.image_is_decorative:
        return
    alt = post.image_alt.strip()
    if not alt:
        yield Problem("image_alt", DESCRIBE_THE_PICTURE)
    elif FILE_NAME.search(alt) or alt.lower().strip(".") in SAYS_NOTHING:
        yield Problem("image_alt", f"Skriv vad bilden visar: ”{alt}” säger inte det.")


def text_problems(post):
    if not html_to_text(post.body):
        yield Problem("body", "Skriv en text.")
    has_heading = False
    for block in blocks_of(post.body):
        if block.tag == "h2":
            has_heading = True
        elif block.tag == "h3" and not has_heading:
            yield Problem(
                "body", f"Gör ”{block.text}” till Rubrik: före en Underrubrik ska det stå en Rubrik."
            )
        elif block.tag == "p" and block.is_bold and len(block.text) <= HEADING_LENGTH:
            yield Problem("body", f"Gör ”{block.text}” till en rubrik med knappen Rubrik, inte med fet stil.")
        for link in block.links:
            if link.lower().strip(" .:!»>") in NAMELESS_LINKS:
                example = "till exempel ”anmäl dig till årsmötet”"
                yield Problem("body", f"Skriv vart länken ”{link}” leder, {example}.")


def address_problems(post):
    for field in ("title", "lead", "body", "byline", "image_caption", "image_credit"):
        if address := MADE_UP.search(html_to_text(getattr(post, field))):
            yield Problem(field, f"Byt adressen {address[0]}: den är påhittad och når ingen.")
