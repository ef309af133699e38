"""What a pasted text had that is not kept, and the line that tells the volunteer."""

import re
from collections import Counter
from dataclasses import dataclass, field

# What is said of each, in this order.
TOLD_KINDS = ["färger", "typsnitt", "understrykningar", "kommentarer"]
# Elements that are counted, each in the singular and the plural.
EMBEDDED, FIELD = ("inbäddad sida", "inbäddade sidor"), ("formulärfält", "formulärfält")
COUNTED = {
    "img": ("bild", "bilder"), "svg": ("bild", "bilder"), "canvas": ("bild", "bilder"),
    "video": ("film", "filmer"), "audio": ("ljudklipp", "ljudklipp"),
    **dict.fromkeys(["iframe", "frame", "object", "embed", "applet"], EMBEDDED),
    "form": ("formulär", "formulär"), **dict.fromkeys(["input", "select", "textarea", "button"], FIELD),
}  # fmt: skip
TOLD_LINKS = 10  # by their words; how many more is said
PROPOSALS = "Ändringsförslag godtogs: det strukna är borta, det nya står kvar."

HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
RGB = re.compile(r"rgba?\((\d+),? *(\d+),? *(\d+)")
# Not colours, or those that every text has; a program names the rest by numbers.
PLAIN_COLOURS = {"", "black", "windowtext", "inherit", "initial", "auto", "currentcolor", "unset"}
PLAIN_BACKGROUNDS = {"", "white", "window", "transparent", "none", "inherit", "initial", "unset"}
DARK, LIGHT, GREY = 110, 240, 24  # of 255: ink, paper, and how far a grey's parts are apart


def is_ink(colour):
    """Tell whether a text in this colour looks like any other text."""
    parts = rgb_of(colour)
    return colour in PLAIN_COLOURS or bool(parts) and max(parts) < DARK and max(parts) - min(parts) <= GREY


def is_paper(background):
    parts = rgb_of(background)
    is_transparent = background.startswith("rgba") and background.endswith((", 0)", ",0)"))
    return background in PLAIN_BACKGROUNDS or is_transparent or bool(parts) and min(parts) >= LIGHT


def rgb_of(colour):
    """Return red, green and blue of a CSS colour in numbers; None for any other."""
    if match := HEX.fullmatch(colour):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return [int(digits[place : place + 2], 16) for place in (0, 2, 4)]
    match = RGB.match(colour)
    return [int(part) for part in match.groups()] if match and len(colour) < 40 else None


@dataclass
class Removed:
    """Counts while a text is read."""

    counts: Counter = field(default_factory=Counter)  # of the words in COUNTED
    links: list[str] = field(default_factory=list)  # the words of those that led nowhere
    kinds: set[str] = field(default_factory=set)
    fonts: set[tuple[str, str]] = field(default_factory=set)

    def see_element(self, tag, is_in_form=False):
        if not (is_in_form and COUNTED[tag] is FIELD):  # the form is told
            self.counts[COUNTED[tag]] += 1

    def see_font(self, family, size):
        """Note the typeface and size of some text; only a text with several of them loses anything."""
        self.fonts.add((family, size))
        if len(self.fonts) > 1:
            self.kinds.add("typsnitt")

    def see_style(self, tag, style, is_link):
        """Note what a tag and the declarations of its style attribute say; a link's own look is no choice."""
        background = style.get("background-color", style.get("background", ""))
        if not is_paper(background) or not (is_link or is_ink(style.get("color", ""))):
            self.kinds.add("färger")
        if not is_link and (tag == "u" or "underline" in decoration_of(style)):
            self.kinds.add("understrykningar")

    def sentence(self, has_picture_field):
        """Return "2 bilder och färger togs bort." in full, or "" when nothing was.

        `has_picture_field` tells whether the form has a place for a picture.
        """
        counted = [f"{count} {words[count > 1]}" for words, count in self.counts.items()]
        things = counted + [kind for kind in TOLD_KINDS if kind in self.kinds]
        sentences = []
        if things:
            listed = enumeration(things)
            sentences.append(f"{listed[0].upper()}{listed[1:]} togs bort.")
        if self.counts[COUNTED["img"]] and has_picture_field:
            sentences.append("Bilder läggs in under Bild.")
        if links := list(dict.fromkeys(f"”{shortened(words)}”" for words in self.links)):
            more = len(links) - TOLD_LINKS
            told = enumeration(links[:TOLD_LINKS] + [f"{more} till"] * (more > 0))
            name, they = ("Länken", "den fungerar") if len(links) == 1 else ("Länkarna", "de fungerar")
            sentences.append(f"{name} {told} togs bort: {they} inte för besökare.")
        if "ändringsförslag" in self.kinds:
            sentences.append(PROPOSALS)
        return " ".join(sentences)


def enumeration(things):
    """Return "a, b och c"."""
    *first, last = things
    return f"{', '.join(first)} och {last}" if first else last


def shortened(words, length=40):
    return words if len(words) <= length else f"{words[:length].rstrip()} …"


def decoration_of(style):
    return style.get("text-decoration", "") + style.get("text-decoration-line", "")
