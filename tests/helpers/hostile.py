"""Inputs that break naive programs: a few of our own, and whole collections where they are at hand.

The environment variable HOSTILE_DATA names a folder with xss.jsonl (one {"vector": …} a line) and
naughty-strings.json (a list). Without it the tests use the samples below, and say so.
"""

import json
import os
from pathlib import Path

FOLDER = os.environ.get("HOSTILE_DATA")

XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jAvAsCrIpT&colon;alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<p style="background:url(javascript:alert(1))" onclick="alert(1)">x</p>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<form><button formaction="javascript:alert(1)">x</button></form>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    '<table background="javascript:alert(1)"><tr><td style="x:expression(alert(1))">x',
    '<th scope="&quot; onmouseover=alert(1)">x</th>',
    '<base href="javascript:alert(1)//"><a href="/%0aalert(1)">x</a>',
]

NAUGHTY = [
    "",
    "\0",
    "' OR 1=1 --",
    "%",
    "_",
    "😀",
    "\u202e",
    "ﷺ",
    "<b>",
    "{{ 7*7 }}",
    "../../etc/passwd",
    "å" * 5000,
]


def xss_vectors():
    if not FOLDER:
        return XSS
    lines = (Path(FOLDER) / "xss.jsonl").read_text(encoding="utf-8").splitlines()
    return XSS + [json.loads(line)["vector"] for line in lines if line]


def naughty_strings():
    if not FOLDER:
        return NAUGHTY
    return NAUGHTY + json.loads((Path(FOLDER) / "naughty-strings.json").read_text(encoding="utf-8"))


def some_naughty_strings():
    """All of our own, and every fortieth of a long collection; the long run takes the whole."""
    return [*NAUGHTY, *naughty_strings()[len(NAUGHTY) :: 40]]
