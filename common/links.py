"""Where a link leads in the end, without the redirects and parameters that only track who follows it."""

import base64
import re
from contextlib import suppress
from urllib.parse import parse_qs, unquote, urlsplit

MAX_URL_LENGTH = 2000  # characters; a longer address is left as it is
# Pages that send whoever opens them on to an address in their own: host, path, the parameter that holds it.
DETOURS = [
    (r".*\.safelinks\.protection\.outlook\.com", "", ["url"]),
    (r"statics\.teams\.(?:cdn\.office\.net|microsoft\.com)", "", ["url"]),
    (r"(?:www\.)?google\.\w{2,3}(?:\.\w{2})?", "/url", ["q", "url"]),
    (r"(?:lm?|m)\.facebook\.com|(?:www\.)?facebook\.com", r"/l\.php", ["u"]),
    (r"l\.(?:messenger|instagram|threads|whatsapp)\.(?:com|net)|l\.wl\.co", "", ["u"]),
    (r"(?:www\.|m\.)?youtube\.com", "/redirect", ["q"]),
    (r"(?:www\.)?linkedin\.com", "/(?:redir|safety)/", ["url"]),
    (r"urldefense(?:\.proofpoint)?\.(?:com|us)", "/v1/", ["u"]),
    (r".*", r"/owa/redir\.aspx", ["URL"]),
    (r"deref-(?:gmx|mail)\.\w+|slack-redir\.net|out\.reddit\.com", "", ["redirectUrl", "url"]),
    (r"duckduckgo\.com|linkprotect\.cudasvc\.com", "/(?:l/|url)", ["uddg", "a"]),
]
TRACKER = re.compile(
    r"(?:utm|mtm|piwik|matomo|gad|hsa)_\w+|pk_(?:campaign|kwd|keyword|source|medium|content)|vero_id"
    r"|(?:fb|g|d|y|ys|tw|tt)clid|msclkid|gclsrc|[gw]braid|srsltid|_g[la]"
    r"|(?:li_fat|rdt_c|sc_?c)id|igshi?d?|mibextid|mc_[ce]id|mkt_tok|_+hs\w+|hsctatracking|oly_(?:anon|enc)_id|epik"
    r"|fb_(?:action_ids|source|ref)|ml_subscriber\w*|__tn__|__cft__.*",
    re.IGNORECASE,
)
SHARED = re.compile(
    r"https?://(?:[\w-]+\.)*(?:youtu\.be|youtube\.com|spotify\.com)/", re.IGNORECASE
)  # their "si"


def direct_url(href):
    """Return the address that a link leads to in the end, without parameters that only track its reader."""
    while len(href) <= MAX_URL_LENGTH and (inner := wrapped_in(href)):
        href = inner
    return without_trackers(href) if len(href) <= MAX_URL_LENGTH else href


def wrapped_in(href):
    """Return the address that another one leads on to, or ""."""
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return ""
    inner = ""
    if re.fullmatch(r"urldefense(?:\.proofpoint)?\.(?:com|us)", host) and parts.path.startswith(
        ("/v2/", "/v3/")
    ):
        inner = proofpoint(href)
    for pattern, path, names in DETOURS:
        if re.fullmatch(pattern, host) and re.match(path, parts.path):
            query = parse_qs(parts.query)
            inner = inner or next((query[name][0] for name in names if name in query), "")
    inner = inner.strip()
    return inner if inner.startswith(("http://", "https://")) else ""


def proofpoint(href):
    """Return the address inside a link of Proofpoint's, whose own spelling of it has two versions."""
    if match := re.search(r"/v2/url\?(?:.*&)?u=([^&]*)", href):
        return unquote(match[1].translate(str.maketrans("-_", "%/")))
    match = re.search(r"/v3/__(.+?)__;([^!]*)!", href)
    if not match:
        return ""
    address, kept = re.sub("^(https?:/)(?=[^/])", r"\1/", match[1]), ""
    with suppress(ValueError):
        kept = base64.urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4)).decode()
    letters = iter(kept)

    def restored(star):  # "*" is the next of the letters; "**A" the next two, "**B" three …
        length = 1 if star[0] == "*" else V3_LENGTHS.index(star[0][2]) + 2
        return "".join(next(letters, "") for _ in range(length)) or star[0]

    return re.sub(r"\*\*[A-Za-z0-9_-]|\*", restored, address)


V3_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def without_trackers(href):
    address, mark, fragment = href.partition("#")
    path, has_query, query = address.partition("?")
    if not has_query or not path.lower().startswith(("http://", "https://", "/")):
        return href
    names = [(pair, unquote(pair.partition("=")[0])) for pair in query.split("&")]
    pairs = [
        pair for pair, name in names if not (TRACKER.fullmatch(name) or name == "si" and SHARED.match(path))
    ]
    return path + ("?" + "&".join(pairs) if any(pairs) or pairs == query.split("&") else "") + mark + fragment
