"""Addresses: bare ones become links, and those that only pass through somebody else are set free."""

import html
import re
from urllib.parse import parse_qs, urlsplit

from news.html import clean_html

BARE = re.compile(r"(?<![\w@/.-])(?:https?://(?=\w)|www\.(?=[\w-]+\.\w))[^\s<>\"”’“]+", re.IGNORECASE)
PUNCTUATION = ".,:;!?…'*_"
LONGEST = 2000  # characters; a longer address is left as it is


def real_address(href):
    """Return where a link leads, without the detour by Outlook's or Google's check; "" for no link.

    No link are the addresses that clean_html refuses, and places in the document that it came from.
    """
    href = href.strip()
    while len(href) <= LONGEST and (inner := wrapped_in(href)):
        href = inner
    if href.lower().startswith("www."):
        href = f"https://{href}"
    kept = re.search(r'href="(.*)"', clean_html(f'<a href="{html.escape(href)}"></a>'), re.DOTALL)
    return html.unescape(kept[1]).strip() if kept and not href.startswith("#") else ""


def wrapped_in(href):
    """Return the address that another one leads on to, or ""."""
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if host.endswith(".safelinks.protection.outlook.com"):
        names = ["url"]
    elif re.fullmatch(r"(?:www\.)?google\.\w{2,3}", host) and parts.path == "/url":
        names = ["q", "url"]
    else:
        return ""
    query = parse_qs(parts.query)
    inner = next((query[name][0] for name in names if name in query), "").strip()
    return inner if inner.startswith(("http://", "https://")) else ""


def split_end(address):
    """Split off the punctuation behind an address, which belongs to the sentence around it."""
    if len(address) > LONGEST:
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
            address, rest = split_end(text) if text == form.href else (text, "")
            linked.append((address, form._replace(href=address if rest else form.href)))
            linked.append((rest, form._replace(href="")))
            continue
        place = 0
        for match in BARE.finditer(text):
            address, _ = split_end(match[0])
            if "@" in address or len(address) > LONGEST:
                continue
            scheme = "" if ":" in address[:6] else "https://"
            linked.append((text[place : match.start()], form))
            linked.append((address, form._replace(href=scheme + address)))
            place = match.start() + len(address)
        linked.append((text[place:], form))
    return without_last_full_stop([(text, form) for text, form in linked if text])


def without_last_full_stop(runs):
    """Drop a full stop that would stand behind the slash of an address at the end: "…/."."""
    if len(runs) > 1 and runs[-1][0] == "." and runs[-2][1].href and runs[-2][0].endswith("/"):
        return runs[:-1]
    return runs
