"""Reads pasted HTML into lines, whichever program wrote it."""

import re
from typing import NamedTuple

from news.paste.lines import PLAIN, Cell, Format, Line, Row, Source, without_invisible
from news.paste.links import real_address
from news.paste.removed import Removed
from news.paste.tokens import Tag, declarations, tokens

BLOCKS = {
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "main", "nav",
    "option", "p", "pre", "section", "summary",
    "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "menu", "li", "blockquote",
    "table", "thead", "tbody", "tfoot", "tr", "td", "th",
}  # fmt: skip
WITHOUT_END = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr",
}  # fmt: skip
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# What HTML lets its writer leave open: the elements that one ends, if none of the others is in between.
ENDS = {
    "li": ({"li"}, {"ul", "ol", "menu"}),
    "tr": ({"tr"}, {"table"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "tbody": ({"thead", "tbody"}, {"table"}),
    "tfoot": ({"thead", "tbody"}, {"table"}),
}
ENDS_PARAGRAPH = ({"p"}, {"td", "th", "li", "div", "blockquote", "table"})
RAISED = {"2": "²", "3": "³"}  # 75 m²: the only raised characters that change what is said
LEFT_OPEN = 20  # further out is no longer what a writer left open
MAX_LIST_DEPTH = 5
WORD_HEADING = re.compile(r"\bmso(?:title|heading([1-9])?)\b")
WORD_LEVEL = re.compile(r"\blevel([1-9])\b")
WORD_COMMENT = re.compile(r"\bmsocom\w*|\bmsocommentreference\b")


class Context(NamedTuple):
    """What holds at a place in the HTML: the elements around it, summed up."""

    form: Format = PLAIN
    font: tuple[str, str] = ("", "")  # typeface and size
    heading: int = 0
    is_quoted: bool = False
    keeps_breaks: bool = False
    is_hidden: bool = False
    is_raised: bool = False
    is_marker: bool = False  # inside the bullet or number that Word wrote
    word_level: int = 0  # of the list that Word says a paragraph is an item of
    source: Source | None = None  # the list around
    depth: int = 0  # and its level
    item: Line | None = None  # the list item around
    table: Line | None = None
    is_cell: bool = False
    lines: list[Line] | None = None  # where the lines go: the document's, or a cell's


class Reader:
    """After reading: `lines`, and what was `removed`."""

    def __init__(self):
        self.lines = []
        self.removed = Removed()
        self.context = Context(lines=self.lines)
        self.open = []  # (tag, the context outside it)
        self.count = {}  # how many of a tag are open
        self.line = None  # the one that text is added to

    def read(self, html):
        pieces = list(tokens(html))
        # Without any block this is plain text, whose lines are its own.
        names = {piece.name for piece in pieces if isinstance(piece, Tag)}
        self.context = self.context._replace(keeps_breaks=not names & (BLOCKS | {"br"}))
        for piece in pieces:
            if isinstance(piece, str):
                self.text(piece)
            elif piece.is_end:
                self.end(piece.name)
            else:
                self.start(piece.name, piece.attributes)
        return self

    # --- Text ---

    def text(self, text):
        context = self.context
        if context.is_hidden:
            return
        text = without_invisible(text)
        if not context.keeps_breaks:
            text = text.replace("\r", " ").replace("\n", " ")
        elif "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if context.is_raised:
            text = RAISED.get(text.strip(), text)
        if self.line is None:
            if not text.strip():
                return
            self.line = self.new_line()
        if context.is_marker:
            self.line.marker += text
            return
        self.line.runs.append((text, context.form))
        if text.strip() and not context.heading:
            self.removed.see_font(*context.font)

    def new_line(self):
        context = self.context
        lines, item = context.lines, context.item
        if item is not None and lines and lines[-1] is item and not context.heading:
            if item.runs:
                item.runs.append(("\n", context.form))
            return item
        tag = f"h{context.heading}" if context.heading else "p"
        line = Line(tag, is_quoted=context.is_quoted)
        if context.word_level and not context.heading:
            line.tag, line.level = "li", context.word_level
        lines.append(line)
        return line

    # --- Elements ---

    def start(self, tag, attributes):
        style = declarations(attributes.get("style", ""))
        if tag in BLOCKS:
            self.line = None
            self.close_what_ends_here(tag)
        if tag == "br":
            self.text_break()
        elif tag == "img":
            self.picture(attributes)
        outside = self.context
        context = outside if outside.is_hidden else self.formatted(tag, attributes, style)
        if tag in HEADINGS:
            context = self.heading(context, HEADINGS[tag])
        elif tag in self.MEANINGS:
            context = self.MEANINGS[tag](self, context, attributes, style)
        if tag not in WITHOUT_END:
            self.context = context
            self.open.append((tag, outside))
            self.count[tag] = self.count.get(tag, 0) + 1

    def end(self, tag):
        if tag in BLOCKS:
            self.line = None
        if tag == "br":
            self.text_break()  # browsers read </br> so
        while self.count.get(tag):
            name, outside = self.open.pop()
            self.count[name] -= 1
            if name in BLOCKS:
                self.line = None
            self.context = outside
            if name == tag:
                break

    def close_what_ends_here(self, tag):
        ended, walls = ENDS.get(tag, ENDS_PARAGRAPH)
        if any(self.count.get(name) for name in ended):
            for name, _ in reversed(self.open[-LEFT_OPEN:]):
                if name in ended:
                    return self.end(name)
                if name in walls:
                    break
        return None

    def text_break(self):
        if self.line is not None and not self.context.is_hidden:
            self.line.runs.append(("\n", self.context.form))

    def picture(self, attributes):
        if self.context.is_hidden:
            return
        alt = attributes.get("alt", "").strip()
        size = {attributes.get("width", ""), attributes.get("height", "")}
        if alt and len(alt) < 9 and not any(character.isalnum() for character in alt):
            self.text(alt)  # an emoji that the program shows as a picture
        elif not size & {"0", "1"}:  # not a counter of readers
            self.removed.pictures += 1

    def formatted(self, tag, attributes, style):
        """Return the context inside an element as far as its look goes, and note what of it is lost."""
        context, classes = self.context, attributes.get("class", "").lower()
        is_comment = "mso-element" in style and "comment" in style["mso-element"]
        if is_comment or WORD_COMMENT.search(classes):
            self.removed.kinds.add("kommentarer")
            return context._replace(is_hidden=True)
        if style.get("display") == "none" or "mso-hide" in style or tag == "del":
            return context._replace(is_hidden=True)
        if style.get("mso-list") == "ignore":
            return context._replace(is_marker=True)
        form = context.form
        weight = style.get("font-weight", "bold" if tag in ("b", "strong") else "")
        if weight:
            form = form._replace(bold=weight in ("bold", "bolder") or weight[:1] in "6789")
        slant = style.get("font-style", "italic" if tag in ("i", "em", "cite", "dfn") else "")
        if slant:
            form = form._replace(italic=slant in ("italic", "oblique"))
        if tag == "font":
            colour, face, size = (attributes.get(name, "").lower() for name in ("color", "face", "size"))
            style = {"color": colour, "font-family": face, "font-size": size} | style
        if not context.is_marker and not context.heading and tag not in HEADINGS:
            self.note_look(tag, style, is_link=tag == "a" or bool(form.href))
        keeps = context.keeps_breaks
        if "white-space" in style or tag == "pre":
            keeps = tag == "pre" or style["white-space"].startswith(("pre", "break"))
        font = (style.get("font-family") or context.font[0], style.get("font-size") or context.font[1])
        is_raised = tag == "sup" or style.get("vertical-align", "super" * context.is_raised) == "super"
        return context._replace(form=form, font=font, keeps_breaks=keeps, is_raised=is_raised)

    def note_look(self, tag, style, is_link):
        if tag == "u" and not is_link:
            self.removed.kinds.add("understrykningar")
        elif tag in ("s", "strike"):
            self.removed.kinds.add("överstrykningar")
        self.removed.see_style(style, is_link)

    # --- What an element means; each takes and returns the context inside it ---

    def start_a(self, context, attributes, style):
        address = real_address(attributes.get("href", ""))
        return context._replace(form=context.form._replace(href=address))

    def start_p(self, context, attributes, style):
        classes = attributes.get("class", "").lower()
        if heading := WORD_HEADING.search(classes):
            return self.heading(context, int(heading[1] or 1))
        if attributes.get("role") == "heading":  # Word on the web
            level = attributes.get("aria-level", "")
            return self.heading(context, int(level) if re.fullmatch("[1-6]", level) else 2)
        level = WORD_LEVEL.search(style.get("mso-list", ""))
        return context._replace(word_level=int(level[1]) if level else 0)

    def heading(self, context, level):
        return context._replace(heading=level, form=PLAIN)

    def start_blockquote(self, context, attributes, style):
        return context._replace(is_quoted=not context.is_cell and context.item is None)

    def start_ul(self, context, attributes, style):
        return self.start_list(context, Source(is_ordered=False))

    def start_ol(self, context, attributes, style):
        start = attributes.get("start", "")
        return self.start_list(context, Source(True, int(start) if re.fullmatch("[0-9]{1,4}", start) else 1))

    def start_list(self, context, source):
        return context._replace(source=source, depth=min(context.depth + 1, MAX_LIST_DEPTH))

    def start_li(self, context, attributes, style):
        level = attributes.get("data-aria-level", "")  # Word on the web: every item is a list of its own
        item = Line("li", is_quoted=context.is_quoted)
        item.level = int(level) if re.fullmatch("[1-9]", level) else max(context.depth, 1)
        item.source = context.source or Source(is_ordered=False)
        if not context.is_hidden:
            context.lines.append(item)
        return context._replace(item=item)

    def start_table(self, context, attributes, style):
        if context.is_cell:
            return context._replace(table=None)  # a table in a table is only its text
        table = Line("table", is_quoted=context.is_quoted)
        context.lines.append(table)
        return context._replace(table=table, item=None, source=None, depth=0, heading=0)

    def start_tr(self, context, attributes, style):
        if context.table and not context.is_cell:
            is_head = bool(self.count.get("thead"))
            context.table.rows.append(Row(is_head))
        return context

    def start_td(self, context, attributes, style, tag="td"):
        if not context.table or context.is_cell:
            return context
        if not context.table.rows:
            context.table.rows.append(Row(is_head=False))
        cell = Cell(tag, attributes.get("scope", "").lower())
        context.table.rows[-1].cells.append(cell)
        return context._replace(is_cell=True, lines=cell.lines, is_quoted=False)

    def start_th(self, context, attributes, style):
        return self.start_td(context, attributes, style, tag="th")

    MEANINGS = {
        "a": start_a, "p": start_p, "div": start_p, "blockquote": start_blockquote,
        "ul": start_ul, "menu": start_ul, "ol": start_ol, "li": start_li,
        "table": start_table, "tr": start_tr, "td": start_td, "th": start_th,
    }  # fmt: skip
