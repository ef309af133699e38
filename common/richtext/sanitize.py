"""What HTML may be stored and shown: one allow-list, the same as the editor's toolbar."""

import re

import nh3

TAGS = {
    "p", "br", "h2", "h3", "strong", "em", "ul", "ol", "li", "a", "blockquote",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "s", "sup", "sub",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"}, "ol": {"start", "type", "reversed"}, "li": {"value"},
    "th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"},
}  # fmt: skip
SCOPES = {"col", "row", "colgroup", "rowgroup"}
MAX_SPAN = 50  # columns or rows that one cell may reach over
_SPAN = re.compile("[2-9]|[1-4][0-9]|50")
_NUMBER = re.compile("-?[0-9]{1,4}")
VALUES = {  # what each attribute may say; a link is looked at more closely
    "scope": re.compile("|".join(sorted(SCOPES))), "colspan": _SPAN, "rowspan": _SPAN,
    "start": _NUMBER, "value": _NUMBER, "type": re.compile("[aAiI]"), "reversed": re.compile(""),
}  # fmt: skip
URL_SCHEMES = {"http", "https", "mailto", "tel"}


def _allowed_value(tag, name, value):
    """Return an attribute's value, or None to drop the attribute."""
    if name in VALUES:
        return value if VALUES[name].fullmatch(value) else None
    # To nh3 an address that begins with an invisible character is relative; another reader may skip
    # that character and see a scheme, so it is looked for without them.
    visible = value if value.isprintable() else "".join(filter(str.isprintable, value))
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", visible.replace(" ", ""), re.IGNORECASE)
    return None if scheme and scheme[1].lower() not in URL_SCHEMES else value


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"*": set(), **ATTRIBUTES},  # nh3 would keep "lang" and "title" everywhere
    attribute_filter=_allowed_value,
    url_schemes=URL_SCHEMES,
    link_rel=None,
)


def clean_html(html):
    """Return HTML reduced to TAGS, ATTRIBUTES and URL_SCHEMES; safe to show whatever came in.

    Text inside a removed tag stays, scripts and styles go with their content. Idempotent.
    """
    return _cleaner.clean(html)
