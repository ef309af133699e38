"""Reads pasted HTML into lines, whichever program wrote it."""

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from common.richtext.paste.attributes import SPANS, class_styles, list_style, number_in, script_of, span_in
from common.richtext.paste.lines import PLAIN, Format, Line, Source, TableCell, TableRow, without_invisible
from common.richtext.paste.links import real_url
from common.richtext.paste.removed import COUNTED, Removed, decoration_of
from common.richtext.tokenizer import Tag, declarations, tokens
from common.spelling import one_spelling

HTML_BLOCK_TAGS = {
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "main", "nav",
    "option", "p", "pre", "section", "summary",
    "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "menu", "li", "blockquote",
    "table", "thead", "tbody", "tfoot", "tr", "td", "th",
}  # fmt: skip
WITHOUT_LOOK = {"p", "br", "h2", "h3", "ul", "ol", "li", "blockquote", "table", "tbody", "tr", "th", "td"}
WITHOUT_END = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr",
}  # fmt: skip
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# What HTML lets its writer leave open: the elements that one ends, if none of the others is in between.
_CELLS = {"td", "th", "caption"}
_ROWS = _CELLS | {"tr"}
ENDS = {
    "li": ({"li"}, {"ul", "ol", "menu"}),
    "tr": (_ROWS, {"table"}),
    **dict.fromkeys(["td", "th"], (_CELLS, {"tr", "table"})),
    **dict.fromkeys(["thead", "tbody", "tfoot"], (_ROWS | {"thead", "tbody", "tfoot"}, {"table"})),
}
ENDS_PARAGRAPH = ({"p"}, {"td", "th", "li", "div", "blockquote", "table"})
UNIT = re.compile(r"(?<![^\W\d_])[dckm]?m$")  # 75 m² is written with a character of its own
SQUARED = str.maketrans("23", "²³")
STRUCK = re.compile("((?:[^\u0335\u0336][\u0335\u0336])+)")  # as people strike out where there is no button
STROKE = re.compile("[\u0335\u0336]")
MATH = {"msup": "sup", "msub": "sub", "mfrac": "sub"}  # what stands behind the first part of a formula
IS_BLOCK = re.compile("block|flex|grid|list-item|table")  # of the style "display"
LEFT_OPEN = 20  # further out is no longer what a writer left open
MAX_LIST_DEPTH = 5
MAX_TABLE_DEPTH = 12
LONGEST_WORDS = 200  # characters of a piece of a link that are told when it goes
WORD_HEADING = re.compile(r"\bmso(?:title|heading([1-9])?)\b")
WORD_LEVEL = re.compile(r"\blevel([1-9])\b")
WORD_DELETED = re.compile(r"\bmsodel\b|\btrackchangetextdeletion\b")
WORD_COMMENT = re.compile(r"\bmsocom\w*|\bmsocommentreference\b")


class Context(NamedTuple):
    """What holds at a place in the HTML: the elements around it, summed up."""

    form: Format = PLAIN
    font: tuple[str, str] = ("", "")  # typeface and size
    heading: int = 0
    is_quoted: bool = False
    keeps_breaks: bool = False
    is_hidden: bool = False
    is_marker: bool = False  # inside the bullet or number that Word wrote
    word_level: int = 0  # of the list that Word says a paragraph is an item of
    source: Source | None = None  # the list around
    depth: int = 0  # and its level
    item: Line | None = None  # the list item around
    link: "OpenLink | None" = None
    table: Line | None = None
    is_cell: bool = False
    lines: list[Line] | None = None  # where the lines go: the document's, or a cell's


@dataclass
class OpenLink:
    """A link that is being read: where it leads, "" for nowhere, and its words so far."""

    source: str
    address: str
    label: str  # its name, where it has no words
    pictures: str = ""  # what its pictures say
    words: str = ""


def name_of(attributes):
    """Return what a picture, or a link without words, is called."""
    return next(filter(None, map(attributes.get, ("alt", "aria-label", "title"))), "")


class PasteReader:
    """After reading: `lines`, what was `removed`, and the lines that links can lead to, by `names`."""

    def __init__(self):
        self.lines = []
        self.removed = Removed()
        self.names = {}
        self.new_names = []  # of the line to come
        self.context = Context(lines=self.lines)
        self.open = []  # (tag, the context outside it, whether it is a block)
        self.classes = {}  # what style sheets say of them
        self.count = {}  # how many of a tag are open
        self.line = None  # the one that text is added to

    def read(self, html):
        pieces = list(tokens(html))
        self.classes = class_styles(html)
        # Without any block this is plain text, whose lines are its own.
        names = {piece.name for piece in pieces if isinstance(piece, Tag)}
        self.context = self.context._replace(keeps_breaks=not names & (HTML_BLOCK_TAGS | {"br"}))
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
        text = one_spelling(without_invisible(text))
        if not context.keeps_breaks:
            text = text.replace("\r", " ").replace("\n", " ")
        elif "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if self.line is None:
            if not text.strip():
                return
            self.line = self.new_line()
            self.name_line()
        if context.is_marker:
            self.line.marker += text
            return
        form, runs = context.form, self.line.runs
        if form.script == "sup" and text.strip() in ("2", "3") and runs and UNIT.search(runs[-1][0][-3:]):
            text, form = text.translate(SQUARED), form._replace(script="")
        for place, piece in enumerate(STRUCK.split(text) if STROKE.search(text) else [text]):
            is_struck = place % 2 == 1
            runs.append((STROKE.sub("", piece), form._replace(struck=True) if is_struck else form))
        if context.link:
            context.link.words += text[:LONGEST_WORDS]
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

    def name_line(self):
        self.names |= dict.fromkeys(self.new_names, self.line)
        self.new_names = []

    # --- Elements ---

    def start(self, tag, attributes):
        style = declarations(attributes.get("style", ""))
        for name in attributes.get("class", "").split():
            style = self.classes.get(name, {}) | style
        is_block = tag in HTML_BLOCK_TAGS or bool(IS_BLOCK.match(style.get("display", "")))
        if is_block:
            self.line = None
        if tag in HTML_BLOCK_TAGS:
            self.close_what_ends_here(tag)
        self.new_names += [
            attributes[name] for name in ("id", "name")[: 1 + (tag == "a")] if name in attributes
        ]
        if self.line is not None:
            self.name_line()
        outside = self.context
        if (link := outside.link) and len(link.pictures) < LONGEST_WORDS:
            link.pictures += f" {name_of(attributes)}"
        if outside.is_hidden:
            pass
        elif tag == "br":
            self.text_break()
        elif tag == "area":  # of a picture with several links
            self.line = None
            self.start("a", attributes)
            self.end("a")
        elif tag == "img":
            self.picture(attributes)
        elif tag in COUNTED and attributes.get("type") != "hidden":
            self.removed.see_element(tag, is_in_form=bool(self.count.get("form")))
        context = outside if outside.is_hidden else self.formatted(tag, attributes, style)
        if context.is_hidden:
            pass
        elif tag in HEADINGS:
            context = self.heading(context, HEADINGS[tag])
        elif tag in self.MEANINGS:
            context = self.MEANINGS[tag](self, context, attributes, style)
        if tag not in WITHOUT_END:
            self.context = context
            self.open.append((tag, outside, is_block))
            self.count[tag] = self.count.get(tag, 0) + 1

    def end(self, tag):
        if tag in HTML_BLOCK_TAGS:
            self.line = None
        if tag == "br":
            self.text_break()  # browsers read </br> so
        while self.count.get(tag):
            name, outside, is_block = self.open.pop()
            self.count[name] -= 1
            if is_block:
                self.line = None
            if name == "a" and self.context.link not in (None, outside.link):
                self.close_link(self.context.link)
            self.context = outside
            if self.open and (script := MATH.get(self.open[-1][0])) and outside.form.script != script:
                if self.open[-1][0] == "mfrac":
                    self.text("⁄")
                self.context = outside._replace(form=outside.form._replace(script=script))
            if name == tag:
                break

    def close_what_ends_here(self, tag):
        ended, walls = ENDS.get(tag, ENDS_PARAGRAPH)
        if any(self.count.get(name) for name in ended):
            names = [name for name, *_ in reversed(self.open[-LEFT_OPEN:])]
            inside = takewhile(lambda name: name not in walls, names)
            for name in [name for name in inside if name in ended][-1:]:
                self.end(name)

    def text_break(self):
        if self.line is not None and not self.context.is_hidden:
            self.line.runs.append(("\n", self.context.form))

    def close_link(self, link):
        words = " ".join(link.words.split())
        if not words and (words := " ".join(link.pictures.split()) or link.label):
            self.text(words)
        if link.source and not (link.address and words):
            self.removed.links.append(words or link.source)

    def picture(self, attributes):
        alt = attributes.get("alt", "").strip()
        size = {attributes.get("width", ""), attributes.get("height", "")}
        is_emoji = bool({"\u20e3", "\ufe0f"} & set(alt)) or not any(map(str.isalnum, alt))
        if alt and len(alt) < 9 and is_emoji:
            self.text(alt)  # the program shows it as a picture
        elif not size & {"0", "1"}:  # not a counter of readers
            self.removed.see_element("img")

    def formatted(self, tag, attributes, style):
        """Return the context inside an element as far as its look goes, and note what of it is lost."""
        if tag in WITHOUT_LOOK and not attributes:
            return self.context
        context, classes = self.context, attributes.get("class", "").lower()
        is_comment = "comment" in style.get("mso-element", "") or WORD_COMMENT.search(classes)
        is_deleted = tag == "del" or WORD_DELETED.search(classes)
        if is_comment or is_deleted:
            self.removed.kinds.add("kommentarer" if is_comment else "ändringsförslag")
        is_hidden = style.get("display") == "none" or "mso-hide" in style or "hidden" in attributes
        if is_hidden or is_comment or is_deleted:
            return context._replace(is_hidden=True)
        if style.get("mso-list") == "ignore":
            return context._replace(is_marker=True)
        form = context.form
        if tag in ("s", "strike") or "line-through" in decoration_of(style):
            form = form._replace(struck=True)
        if script := script_of(tag, style, classes):
            form = form._replace(script=script)
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
            self.removed.see_style(tag, style, is_link=tag == "a" or bool(form.href))
        keeps = context.keeps_breaks
        if "white-space" in style or tag == "pre":
            keeps = tag == "pre" or style["white-space"].startswith(("pre", "break"))
        font = (style.get("font-family") or context.font[0], style.get("font-size") or context.font[1])
        return context._replace(form=form, font=font, keeps_breaks=keeps)

    # --- What an element means; each takes and returns the context inside it ---

    def start_a(self, context, attributes, style):
        source = attributes.get("href", "").strip()
        address = real_url(source)
        link = OpenLink(source, address, name_of(attributes))
        return context._replace(form=context.form._replace(href=address), link=link)

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

    def start_ul(self, context, attributes, style, kind=None):
        counts_in = list_style(style, kind)
        if counts_in is None:
            source = Source(is_ordered=False)
        else:
            source = Source(True, number_in(attributes, "start"), counts_in, "reversed" in attributes)
        return context._replace(source=source, depth=min(context.depth + 1, MAX_LIST_DEPTH))

    def start_ol(self, context, attributes, style):
        kind = attributes.get("type", "").strip()
        return self.start_ul(context, attributes, style, kind if kind in ("a", "A", "i", "I") else "")

    def start_li(self, context, attributes, style):
        level = attributes.get("data-aria-level", "")  # Word on the web: every item is a list of its own
        item = Line("li", is_quoted=context.is_quoted)
        item.level = int(level) if re.fullmatch("[1-9]", level) else max(context.depth, 1)
        item.source = context.source or Source(is_ordered=False)
        item.number = number_in(attributes, "value")
        if item.source.is_ordered:
            item.source.style = list_style(style, item.source.style) or ""
        context.lines.append(item)
        return context._replace(item=item)

    def start_table(self, context, attributes, style):
        if self.count.get("table", 0) >= MAX_TABLE_DEPTH:
            return context._replace(table=None)
        table = Line("table", is_quoted=context.is_quoted)
        context.lines.append(table)
        return context._replace(table=table, is_cell=False, item=None, source=None, depth=0, heading=0)

    def start_tr(self, context, attributes, style):
        if context.table and not context.is_cell:
            if attributes.get("height") == "0":
                return context._replace(is_hidden=True)  # with it Word says how wide its columns are
            is_in = {tag: bool(self.count.get(tag)) for tag in ("thead", "tfoot")}
            context.table.rows.append(TableRow(is_in["thead"], is_in["tfoot"]))
        return context

    def start_td(self, context, attributes, style, tag="td"):
        if not context.table or context.is_cell:
            return context
        if not context.table.rows:
            context.table.rows.append(TableRow())
        cell = TableCell(
            tag, attributes.get("scope", "").lower(), *(span_in(attributes, *of) for of in SPANS)
        )
        context.table.rows[-1].cells.append(cell)
        return context._replace(is_cell=True, lines=cell.lines, is_quoted=False)

    def start_th(self, context, attributes, style):
        return self.start_td(context, attributes, style, tag="th")

    def start_caption(self, context, attributes, style):
        if not context.table or context.is_cell:
            return context
        return context._replace(is_cell=True, lines=context.table.caption, is_quoted=False)

    MEANINGS = {
        "a": start_a, "p": start_p, "div": start_p, "blockquote": start_blockquote,
        "ul": start_ul, "menu": start_ul, "ol": start_ol, "li": start_li,
        "table": start_table, "tr": start_tr, "td": start_td, "th": start_th,
        "caption": start_caption,
    }  # fmt: skip
