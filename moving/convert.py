"""What an old article becomes: lead and text as ours, its picture and links, what an editor should look at.

Knows no model. Where an old address leads now is asked of `Targets`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from common.email_protection.detect import find_addresses, may_hold_address
from common.publishing.check import BOLD_HEADING_LENGTH, FILE_NAME, NAMELESS_LINKS, SAYS_NOTHING
from common.publishing.people import find_numbers
from common.richtext.blocks import blocks_of, html_to_text, single_spaced
from common.richtext.paste import normalize_html
from common.richtext.tokenizer import tokens
from common.spelling import one_spelling
from news.parts.pictures import KIND, MOST
from news.paths.old_site import keys_of

LEAD_LENGTH = 400
# What an editor should look at: {flag: its name in the review list}.
FLAGS = {
    "names_a_person": "nämner en person nära en anklagelse", "was_not_public": "var inte för alla",
    "was_unpublished": "var aldrig publicerad", "no_text": "saknar text",
    "picture_missing": "en bild saknas", "alt_missing": "bilden är inte beskriven",
    "caption_is_filename": "bildtexten var ett filnamn", "pictures_in_text": "hade fler bilder",
    "address_in_text": "e-postadress i texten", "personal_number": "personnummer i texten",
    "document_link": "länkar till en fil",
    "file_missing": "en fil saknas", "file_refused": "en fil gick inte att ta in",
    "nameless_link": "en länk säger inte vart den leder", "relative_date": "”i dag” eller liknande",
    "author_not_shown": "krönika utan namn", "author_gone": "skribenten finns inte kvar",
    "slug_taken": "adressen var upptagen", "moved_aside": "en sida här fick vika för den",
    "slug_too_long": "adressen är kortad", "title_too_long": "rubriken är kortad",
    "expired": "gällde till ett datum", "archived": "var arkiverad",
    "no_menu": "sidan stod inte i menyn", "other_language": "på ett annat språk",
    "shortcode": "något inbakat är borttaget", "embed": "en film eller ruta är borttagen",
    "page_break": "hade flera sidor", "intro_was_hidden": "ingressen syntes inte",
}  # fmt: skip
SHORTCODE = re.compile(r"\{([a-z][\w-]*)[^{}<>]*\}(?:[^{}]*\{/\1\})?", re.IGNORECASE)
NAMELESS = NAMELESS_LINKS | {"den här"}
EMBEDS = {"iframe", "object", "embed", "video", "audio", "applet"}
FILMS = {"youtube", "vimeo", "dailymotion", "mp4", "mp3", "avs", "video"}
BOLD_LINE = re.compile(rf"<p><strong>([^<]{{1,{BOLD_HEADING_LENGTH}}})</strong></p>")
FIRST_HEADING = re.compile("<(h[23])>")
RELATIVE = re.compile(
    r"\b(?:i (?:dag|kväll|natt|morgon|övermorgon|går|förrgår|helgen|veckan)|idag|ikväll|imorgon|igår"
    r"|häromdagen|(?:nästa|förra|denna) (?:vecka|månad|år)|på (?:mån|tis|ons|tors|fre|lör|sön)dag)\b",
    re.IGNORECASE,
)
NAME = re.compile(
    r"\b[A-ZÅÄÖÉ][a-zåäöéü]+(?:-[A-ZÅÄÖ][a-zåäöé]+)? [A-ZÅÄÖÉ][a-zåäöéü]+|\b[A-ZÅÄÖ][a-zåäöé]+sson"
)
ACCUSED = re.compile(
    r"anklag|misstänk|åtal|mutbrott|\bmut(?:a|at|ade|or|ad)\b|bedräg|\bljug|\bljög|\blög(?:n|er)|\bstul|stöld"
    r"|\bstjäl|\bdöm(?:d|t|s|des)\b|polisanm|förskingr|korrup|\bbrott|olagligt|trakass|hotat?\b|misshand|fusk|jäv"
    r"|rasist|häkta|grip(?:en|its)|skattebrott|svek(?:et)?\b|lurat",
    re.IGNORECASE,
)
CHRONICLE = re.compile("krönik|har ordet", re.IGNORECASE)
PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)
DOCUMENT = re.compile(r"\.(?:pdf|docx?|odt|xlsx?|pptx?|rtf)$", re.IGNORECASE)


class OldFiles:
    """The old site's `images` folder: files by address, however that was written. Nothing outside it."""

    def __init__(self, folder):
        """`names`: {path: "images/…"} of every file."""
        self.by_name, self.names = {}, {}
        if folder is None:
            return
        folder = Path(folder).resolve()
        folder = folder / "images" if (folder / "images").is_dir() else folder
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.resolve().is_relative_to(folder):
                self.names[path] = one_spelling(f"images/{path.relative_to(folder)}")
                self.by_name[file_key(self.names[path])] = path

    def find(self, name):
        return self.by_name.get(file_key(name))

    def in_folder(self, name):
        """Return the names of the pictures in a folder, in order."""
        found = [one for one in self.names.values() if file_key(one).rpartition("/")[0] == file_key(name)]
        return [quote(one) for one in found if PICTURE.search(one)]


def file_key(name):
    return one_spelling(name).lower()


@dataclass
class Targets:
    """`by_key`: {old address: address here}; `document_url(file)`: None where no document is made of it."""

    files: OldFiles
    hosts: set[str]
    by_key: dict[str, str] = field(default_factory=dict)
    document_url: Callable = lambda path: None

    def old_address(self, href):
        """Return (path, query) of an address on the old site, decoded, or None where it is none."""
        try:
            parts = urlsplit(href.strip())
            host = (parts.hostname or "").removeprefix("www.")
        except ValueError:
            return None
        if (parts.scheme or host) and (parts.scheme not in ("http", "https", "") or host not in self.hosts):
            return None
        if not parts.path and not parts.query:
            return ("/", "") if host else None
        return one_spelling("/" + unquote(parts.path).lstrip("/")), parts.query

    def find(self, href):
        """Return where a link leads now: an address here, or the same as before."""
        address = self.old_address(href)
        if address is None:
            return href
        path, query = address
        if file := self.files.find(path.lstrip("/")):
            return self.document_url(file) or path
        fragment = urlsplit(href).fragment
        found = next((self.by_key[key] for key in keys_of(path, query) if key in self.by_key), None)
        return (found or path) + (f"#{fragment}" if fragment and not found else "")


@dataclass
class OldPicture:
    path: Path
    alt: str = ""
    caption: str = ""


class Pictures:
    """The pictures of a text in the order in which they come, each once."""

    def __init__(self, targets, flags, first):
        """`first`: the number of the first one that is called by its number in the text."""
        self.targets, self.flags, self.first, self.found = targets, flags, first, {}

    def add(self, src, alt="", caption=""):
        """Take in the picture at an address; return what says in the text where it stands, or ""."""
        address = self.targets.old_address(src.partition("#")[0])
        path = address and self.targets.files.find(address[0].lstrip("/"))
        if path is None:
            self.flags.add("picture_missing")
            return ""
        is_new = path not in self.found
        picture = self.found.setdefault(path, OldPicture(path))
        for name, html in (("alt", alt), ("caption", caption)):
            text = single_spaced(html_to_text(html))[:250]
            if is_file_name(text, path):
                self.flags.update({"caption_is_filename"} if name == "caption" else set())
            elif not getattr(picture, name):
                setattr(picture, name, text)
        number = len(self.found) - 1 + self.first
        return f"[[{KIND} {number}]] " if is_new and number else ""

    def chosen(self):
        """Return those that there is room for, with what is to be said of them."""
        found = list(self.found.values())
        if not all(picture.alt for picture in found):
            self.flags.add("alt_missing")
        if len(found) > 1:
            self.flags.add("pictures_in_text")
        return found[: MOST + 1 - self.first]


@dataclass
class Converted:
    title: str
    lead: str
    body: str
    byline: str
    pictures: list[OldPicture]
    flags: set[str]


def convert(article, targets, is_page=False):
    """Return the Converted form of a readers.site.Article."""
    flags = flags_of_row(article)
    # The first picture of a post stands over it, and has no number.
    pictures = Pictures(targets, flags, first=1 if is_page else 0)
    for place in () if is_page else ("image_fulltext", "image_intro"):
        if src := article.images.get(place):
            alt, caption = (article.images.get(f"{place}_{what}", "") for what in ("alt", "caption"))
            pictures.add(src, alt, caption)
    intro, full = (rewritten(html, targets, pictures, flags) for html in (article.intro, article.full))
    lead, body = "", intro
    if html_to_text(full):
        blocks = blocks_of(intro)
        is_lead = len(blocks) == 1 and blocks[0].tag in ("p", "h2", "h3")
        lead = blocks[0].text if is_lead and len(blocks[0].text) <= LEAD_LENGTH else ""
        body = full if lead else normalize_html(intro + full).html
    body = with_headings(body)
    title, title_length = single_spaced(html_to_text(article.title)) or "Utan rubrik", 100 if is_page else 150
    if len(title) > title_length:
        flags.add("title_too_long")
        title = title[: title_length - 1]
        title = f"{title.rpartition(' ')[0] or title}…"
    flags |= flags_of_text(title, lead, body)
    is_chronicle = CHRONICLE.search(f"{article.title} {article.category.title if article.category else ''}")
    if not article.byline and (is_chronicle or not article.has_author):
        flags.add("author_not_shown" if article.has_author else "author_gone")
    return Converted(title, lead, body, article.byline[:100], pictures.chosen(), flags)


def flags_of_row(article):
    found = {
        "was_unpublished": article.state == 0,
        "was_not_public": not article.is_public,
        "archived": article.state == 2,
        "expired": article.was == "expired",
        "no_menu": article.menu_alias == "",
        "other_language": article.language not in ("*", "", "sv-SE"),
        "intro_was_hidden": not article.shows_intro,
        "page_break": article.has_pages,
    }
    return {flag for flag, is_so in found.items() if is_so}


def flags_of_text(title, lead, body):
    blocks = blocks_of(body)
    links = [link for block in blocks for link in block.links]
    texts = [title, lead, *(block.text for block in blocks)]
    whole = "\n".join(texts)
    has_address = may_hold_address(whole) and any(True for _ in find_addresses(whole))
    found = {
        "no_text": not blocks,
        "address_in_text": "mailto:" in body or has_address,
        "personal_number": find_numbers(whole),
        "document_link": any(
            DOCUMENT.search(urlsplit(link.href).path) or link.href.startswith("/dokument/") for link in links
        ),
        "nameless_link": any(link.text.lower().strip(" .:!»>") in NAMELESS for link in links),
        "relative_date": RELATIVE.search(whole),
        "names_a_person": any(NAME.search(text) and ACCUSED.search(text) for text in texts),
    }
    return {flag for flag, is_so in found.items() if is_so}


def rewritten(html, targets, pictures, flags):
    """Return old HTML normalized, without what only Joomla understood. Adds to `pictures` and `flags`."""

    def without_shortcode(match):
        name = match[1].lower()
        flags.update({"shortcode"} | ({"embed"} if name in FILMS else set()))
        if "gallery" not in name:
            return ""
        flags.add("pictures_in_text")
        inside = match[0].partition("}")[2].rpartition("{")[0].strip(" /")
        return "".join(f"<p>{pictures.add(src)}</p>" for src in targets.files.in_folder(f"images/{inside}"))

    html = SHORTCODE.sub(without_shortcode, html)
    parts, place = [], 0
    for token in tokens(html):
        if isinstance(token, str):
            continue
        new, attributes = None, token.attributes
        if token.name == "img":
            caption = attributes.get("title", "") if "caption" in attributes.get("class", "") else ""
            new = pictures.add(attributes.get("src", ""), attributes.get("alt", ""), caption)
        elif token.name in EMBEDS:
            new = ""
            flags.add("embed")
        elif token.name == "hr" and "system-pagebreak" in attributes.get("class", ""):
            flags.add("page_break")
            new = f"<h2>{escape(attributes.get('title', ''))}</h2>"
        elif token.name == "a" and "href" in attributes:
            new = f'<a href="{escape(targets.find(attributes["href"]))}">'
            address = targets.old_address(attributes["href"])
            if address and DOCUMENT.search(address[0]) and not targets.files.find(address[0].lstrip("/")):
                flags.add("file_missing")
        if new is not None:
            parts += [html[place : token.start], new]
            place = token.end
    return normalize_html("".join([*parts, html[place:]])).html


def with_headings(html):
    """Return a text whose lines in bold are headings, the first of them of the highest level."""
    html = BOLD_LINE.sub(r"<h2>\1</h2>", html)
    first = FIRST_HEADING.search(html)
    if first and first[1] == "h3":
        html = html.replace("<h3>", "<h2>").replace("</h3>", "</h2>")
    return html


def is_file_name(text, file):
    def letters(name):
        return re.sub(r"[\W_]", "", one_spelling(name)).lower()

    is_same = letters(text) in (letters(file.stem), letters(file.name))
    return bool(text) and (is_same or bool(FILE_NAME.search(text)) or text.lower().strip(".") in SAYS_NOTHING)
