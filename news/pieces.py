"""A text as the list of its paragraphs, headings and lists, so that one of them can be chosen alone."""

import re
from html import escape
from html.parser import HTMLParser

from news.html import TAGS, clean_html

INLINE = {"strong", "em", "a", "br"}
AROUND_BLOCKS = re.compile(rf"\s*(</?(?:{'|'.join(sorted(TAGS - INLINE))}|br)\b[^>]*>)\s*")


def html_pieces(html):
    """Return the top-level elements of any HTML, cleaned, each as HTML without needless white space.

    The same text gives the same pieces, however the editor laid out its source.
    """
    splitter = _Splitter()
    splitter.feed(clean_html(html))
    splitter.close()
    pieces = (AROUND_BLOCKS.sub(r"\1", " ".join(piece.split())) for piece in splitter.pieces)
    return [piece for piece in pieces if piece]


class _Splitter(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.pieces = [""]
        self.depth = 0  # how many blocks are open

    def handle_starttag(self, tag, attrs):
        if tag not in INLINE:
            if not self.depth:
                self.pieces.append("")
            self.depth += 1
        self.pieces[-1] += self.get_starttag_text()

    def handle_endtag(self, tag):
        self.pieces[-1] += f"</{tag}>"
        if tag not in INLINE:
            self.depth = max(self.depth - 1, 0)
            if not self.depth:
                self.pieces.append("")

    def handle_data(self, data):
        self.pieces[-1] += escape(data, quote=False)
