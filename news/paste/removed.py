"""What a pasted text had that is not kept, and the line that tells the volunteer."""

import re
from dataclasses import dataclass, field

# What is said of each, in this order.
KINDS = ["färger", "typsnitt", "understrykningar", "överstrykningar", "kommentarer"]

HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
RGB = re.compile(r"rgba?\((\d+),? *(\d+),? *(\d+)")
# Not colours, or those that every text has; a program names the rest by numbers.
PLAIN_COLOURS = {"", "black", "windowtext", "inherit", "initial", "auto", "currentcolor", "unset"}
PLAIN_BACKGROUNDS = {"", "white", "window", "transparent", "none", "inherit", "initial", "unset"}
DARK, LIGHT, GREY = 110, 240, 24  # of 255: ink, paper, and how far a grey's parts are apart


def is_ink(colour):
    """Tell whether a text in this colour looks like any other text."""
    parts = parts_of(colour)
    return colour in PLAIN_COLOURS or bool(parts) and max(parts) < DARK and max(parts) - min(parts) <= GREY


def is_paper(background):
    parts = parts_of(background)
    is_transparent = background.startswith("rgba") and background.endswith((", 0)", ",0)"))
    return background in PLAIN_BACKGROUNDS or is_transparent or bool(parts) and min(parts) >= LIGHT


def parts_of(colour):
    """Return red, green and blue of a CSS colour in numbers; None for any other."""
    if match := HEX.fullmatch(colour):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return [int(digits[place : place + 2], 16) for place in (0, 2, 4)]
    match = RGB.match(colour)
    return [int(part) for part in match.groups()] if match and len(colour) < 40 else None


@dataclass
class Removed:
    """Counts while a text is read."""

    pictures: int = 0
    kinds: set[str] = field(default_factory=set)
    fonts: set[tuple[str, str]] = field(default_factory=set)

    def see_font(self, family, size):
        """Note the typeface and size of some text; only a text with several of them loses anything."""
        self.fonts.add((family, size))
        if len(self.fonts) > 1:
            self.kinds.add("typsnitt")

    def see_style(self, style, is_link):
        """Note what the declarations of a style attribute say; a link's own look is no choice."""
        background = style.get("background-color", style.get("background", ""))
        if not is_paper(background) or not (is_link or is_ink(style.get("color", ""))):
            self.kinds.add("färger")
        decoration = style.get("text-decoration", "") + style.get("text-decoration-line", "")
        if not is_link and "underline" in decoration:
            self.kinds.add("understrykningar")
        if "line-through" in decoration:
            self.kinds.add("överstrykningar")

    def sentence(self, has_picture_field):
        """Return "2 bilder och färger togs bort." in full, or "" when nothing was.

        `has_picture_field` tells whether the form has a place for a picture.
        """
        pictures = [f"{self.pictures} bild{'er' if self.pictures > 1 else ''}"] if self.pictures else []
        things = pictures + [kind for kind in KINDS if kind in self.kinds]
        if not things:
            return ""
        *first, last = things
        listed = f"{', '.join(first)} och {last}" if first else last
        where = " Bilder läggs in under Bild." if self.pictures and has_picture_field else ""
        return f"{listed[0].upper()}{listed[1:]} togs bort.{where}"
