"""What a rich text says: its visible text, and its paragraphs, headings and lists one by one."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.text import slugify

from common.richtext.sanitize import TAGS, clean_html
from common.richtext.shortcodes import SHORTCODE
from common.richtext.tokenizer import tokens

INLINE_TAGS = {"strong", "em", "a", "br", "s", "sup", "sub"}
BLOCK_TAGS = TAGS - INLINE_TAGS

# In plain text, where a raised digit would become one more of the number before it.
SCRIPTS = {
    "sup": str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾"),
    "sub": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}


@dataclass
class TextLink:
    href: str
    text: str = ""


@dataclass
class TextBlock:
    """A paragraph, heading or other block of text, as its writer made it."""

    tag: str
    text: str = ""
    bold: str = ""  # the part of the text in bold
    struck: str = ""  # what is struck out; no part of the text
    links: list[TextLink] = field(default_factory=list)

    @property
    def is_bold(self):
        return bool(self.text) and self.bold == self.text


@lru_cache(maxsize=2)  # a save reads the text that was and the text that is, several times
def cleaned_tokens(html):
    return tuple(tokens(clean_html(html)))


def text_tokens(html, shortcode=""):
    """Yield the tokens of any HTML, cleaned, each with the names of the inline elements around it.

    `shortcode`: what is read instead of a shortcode, a template of re.sub().
    """
    inside = set()
    for token in cleaned_tokens(html):
        if isinstance(token, str):
            token = SHORTCODE.sub(shortcode, token)
            for script in SCRIPTS.keys() & inside:
                token = token.translate(SCRIPTS[script])
        elif token.name in INLINE_TAGS:
            (inside.discard if token.is_end else inside.add)(token.name)
        yield token, inside


def html_to_text(html, as_written=False):
    """Return the text of any HTML that is said to hold, one line a block, without empty lines.

    `as_written`: with what is struck out, and "(bild 2)" for a shortcode.
    """
    parts = []
    for token, inside in text_tokens(html, r"(\1 \2)" if as_written else ""):
        if isinstance(token, str):
            parts.append(token if as_written or "s" not in inside else "")
        elif token.name in BLOCK_TAGS or token.name == "br":
            parts.append("\n")
    lines = map(single_spaced, "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


@lru_cache(maxsize=2)
def blocks_of(html):
    """Return the TextBlocks of any HTML that have a text, in order."""
    blocks = [TextBlock("p")]
    for token, inside in text_tokens(html):
        block = blocks[-1]
        if isinstance(token, str):
            if "s" in inside:
                block.struck += token
            else:
                block.text += token
                block.bold += token if "strong" in inside else ""
            if "a" in inside and block.links:
                block.links[-1].text += token
        elif token.name in BLOCK_TAGS and not token.is_end:
            blocks.append(TextBlock(token.name))
        elif token.name == "a" and not token.is_end:
            block.links.append(TextLink(token.attributes.get("href", "")))
    for block in blocks:
        for part in (block, *block.links):
            part.text = single_spaced(part.text)
        block.bold, block.struck = single_spaced(block.bold), single_spaced(block.struck)
    return [block for block in blocks if block.text or block.struck]


def heading_anchors(texts):
    """Return the address of each heading within a page, by their texts: "rubrik-tider", "rubrik-tider-2"."""
    anchors, seen = [], Counter()
    for text in texts:
        anchor = f"rubrik-{slugify(text, allow_unicode=True)}"
        seen[anchor] += 1
        anchors.append(f"{anchor}-{seen[anchor]}" if seen[anchor] > 1 else anchor)
    return anchors


def single_spaced(text):
    return " ".join(text.split())
