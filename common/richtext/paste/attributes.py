"""What the attributes and styles of an element say about numbers, spans and raised characters."""

import re

from common.richtext.sanitize import MAX_SPAN
from common.richtext.tokenizer import declarations

LIST_STYLES = {
    "decimal": "", "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A",
    "lower-roman": "i", "upper-roman": "I", **dict.fromkeys(["none", "disc", "circle", "square"]),
}  # fmt: skip
INTEGER = re.compile(r"\s*([+-]?[0-9]{1,4})(?![0-9])")  # HTML skips what follows a number: "2px"
RULE = re.compile(r"\.([\w-]{1,60})\s*\{([^{}]*)\}")
LIFT = re.compile(r"(-?)[\d.]*[1-9]")
NOTE = re.compile(
    r"\bmso(?:foot|end)notereference\b|\bsd(?:foot|end)note(?:anc|sym)\b|\bfootnote-(?:ref|anchor)\b|\bsuperscript\b"
)


def class_styles(html):
    """Return {class: declarations} of the style sheets in a text: what they raise, lower and strike out.

    So Pages, TextEdit and Excel write it.
    """
    sheets = [part.partition("</style")[0] for part in re.split("<style", html, flags=re.IGNORECASE)[1:]]
    return {
        name: {key: value}
        for sheet in sheets
        for name, text in RULE.findall(sheet)
        for key, value in declarations(text).items()
        if key == "vertical-align" or "line-through" in value
    }


def script_of(tag, style, classes):
    """Return "sup" or "sub" for what stands above or below the line, else ""."""
    if tag in ("sup", "sub"):
        return tag  # style sheets set it on the line and move it from there
    align = style.get("vertical-align", style.get("font-variant-position", ""))
    if align in ("super", "sub"):
        return {"super": "sup"}.get(align, align)
    lift, top = style.get("mso-text-raise", align), style.get("top", "")
    if style.get("position") == "relative" and "font-size" in style:
        lift = style.get("bottom") or (top[1:] if top.startswith("-") else f"-{top}")
    if found := LIFT.match(lift):
        return "sub" if found[1] else "sup"
    return "sup" if NOTE.search(classes) else ""


def list_style(style, otherwise):
    """Return what a list counts in, by its style attribute: "" for digits, None for no numbers at all."""
    words = f"{style.get('list-style-type', '')} {style.get('list-style', '')}".split()
    return next((LIST_STYLES[word] for word in words if word in LIST_STYLES), otherwise)


def number_in(attributes, name):
    found = INTEGER.match(attributes.get(name, ""))
    return int(found[1]) if found else None


SPANS = [("colspan", 1), ("rowspan", MAX_SPAN)]


def span_in(attributes, name, zero):
    """Return how many columns or rows a cell says that it reaches over; `zero` is what 0 means."""
    span = number_in(attributes, name)
    return 1 if span is None or span < 0 else min(span or zero, MAX_SPAN)
