"""Addresses: bare ones become links, and each leads straight to where it leads in the end."""

import html
import re
from functools import lru_cache
from itertools import groupby
from urllib.parse import unquote

from common.links import MAX_URL_LENGTH, direct_url
from common.richtext.blocks import heading_anchors
from common.richtext.paste.lines import all_lines, text_of
from common.richtext.sanitize import clean_html

BARE = re.compile(r"(?<![\w@/.-])(?:https?://(?=\w)|www\.(?=[\w-]+\.\w))[^\s<>\"”’“]+", re.IGNORECASE)
PUNCTUATION = ".,:;!?…'*_"


@lru_cache(maxsize=512)  # a text is read several times
def real_url(href):
    """Return where a link leads, without detours; "" for one that clean_html refuses."""
    href = direct_url(href.strip())
    if href.lower().startswith("www."):
        href = f"https://{href}"
    kept = re.search(r'href="(.*)"', clean_html(f'<a href="{html.escape(href)}"></a>'), re.DOTALL)
    return html.unescape(kept[1]).strip() if kept else ""


def split_end(address):
    """Split off the punctuation behind an address, which belongs to the sentence around it."""
    if len(address) > MAX_URL_LENGTH:
        return address, ""
    end = len(address)
    while end and (address[end - 1] in PUNCTUATION or closes_sentence(address[:end])):
        end -= 1
    return address[:end], address[end:]


def closes_sentence(address):
    """Tell whether the bracket at the end was opened before the address."""
    return address[-1] == ")" and address.count("(") < address.count(")")


def link_bare_addresses(runs):
    """Return runs in which every bare web address is a link; e-mail addresses are protected elsewhere."""
    linked = []
    for text, form in runs:
        if form.href:
            if text[:4].lower() == "http" and direct_url(text) == form.href:
                text = form.href  # an address that was its own words
            address, rest = split_end(text) if text == form.href else (text, "")
            linked.append((address, form._replace(href=address if rest else form.href)))
            linked.append((rest, form._replace(href="")))
            continue
        place = 0
        for match in BARE.finditer(text):
            address, _ = split_end(match[0])
            if "@" in address or len(address) > MAX_URL_LENGTH:
                continue
            scheme = "" if ":" in address[:6] else "https://"
            direct = direct_url(scheme + address)
            linked.append((text[place : match.start()], form))
            linked.append((direct.removeprefix(scheme), form._replace(href=direct)))
            place = match.start() + len(address)
        linked.append((text[place:], form))
    return without_last_full_stop([(text, form) for text, form in linked if text])


def without_last_full_stop(runs):
    """Drop a full stop that would stand behind the slash of an address at the end: "…/."."""
    if len(runs) > 1 and runs[-1][0] == "." and runs[-2][1].href and runs[-2][0].endswith("/"):
        return runs[:-1]
    return runs


def link_headings(lines, names, removed):
    """Let links to a place in the text lead to its heading, or go; `names`: {name in the source: line}."""
    headings = [line for line in lines if line.tag[0] == "h"]
    anchors = dict(zip(map(id, headings), heading_anchors(line.text for line in headings), strict=True))
    known = set(anchors.values())
    for line in all_lines(lines):
        runs = []
        for href, group in groupby(line.runs, key=lambda run: run[1].href):
            link = list(group)
            if href.startswith("#"):
                name = unquote(href[1:])
                anchor = anchors.get(id(names.get(name)), name)
                if anchor not in known:
                    removed.links.append(text_of(link))
                href = f"#{anchor}" if anchor in known else ""
            runs += [(text, form._replace(href=href)) for text, form in link]
        line.runs = runs
