"""What a pasted text had that is not kept, and the line that tells the volunteer."""

from dataclasses import dataclass, field

# What is said of each, in this order.
KINDS = ["färger", "typsnitt", "understrykningar", "överstrykningar", "kommentarer"]

# Values that every text has, whether or not somebody chose them.
PLAIN_COLOURS = {
    "", "black", "windowtext", "inherit", "initial", "auto", "currentcolor", "unset",
    "#000", "#000000", "rgb(0, 0, 0)", "rgb(0,0,0)",
}  # fmt: skip
PLAIN_BACKGROUNDS = {
    "", "transparent", "none", "inherit", "initial", "unset", "white", "window", "#fff", "#ffffff",
    "rgb(255, 255, 255)", "rgb(255,255,255)", "rgba(0, 0, 0, 0)",
}  # fmt: skip


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
        if background not in PLAIN_BACKGROUNDS or style.get("mso-highlight"):
            self.kinds.add("färger")
        if not is_link and style.get("color", "") not in PLAIN_COLOURS:
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
