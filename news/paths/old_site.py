"""Addresses of the Joomla site that was here before: by what a Redirect may know one of them."""

import re
from urllib.parse import parse_qs

from django.urls import reverse

OLD_SCRIPT = "/index.php"
OLD_FOLDERS = {OLD_SCRIPT, "/component", "/images", "/nyheter"}  # that most such sites have
NUMBERED = re.compile(r"/(\d{1,9})-[^/]*$")


def article_key(number):
    """Return the old_path by which an article is known; the words in its address do not count."""
    return f"/index.php?view=article&id={number}"


def category_key(number):
    return f"/index.php?view=category&id={number}"


def component_key(component):
    return f"/index.php?option={component}"


def without_script(path):
    """Return the path inside one that the old site's settings wrapped: "/index.php/nyheter/arsmote.html"."""
    return path.removeprefix(OLD_SCRIPT).removesuffix(".html").rstrip("/") or "/"


def keys_of(path, query=""):
    """Yield each old_path that a Redirect may have for an address of the old site, the surest first."""
    parameters = {name: values[0] for name, values in parse_qs(query).items()}
    number = parameters.get("id", "").partition(":")[0]
    inside = without_script(path)
    component = parameters.get("option", "com_content")
    if component != "com_content" and inside == "/":
        yield component_key(component)
        return
    if number.isascii() and number.isdigit() and component == "com_content":
        view = parameters.get("view")
        kind = category_key if view in ("category", "section") else article_key
        yield kind(f"s{number}" if view == "section" else number)
        if inside == "/":  # the number says it all: what it is of may be a draft
            return
    yield from dict.fromkeys([path.rstrip("/") or "/", inside])
    if found := NUMBERED.search(inside):
        yield (category_key if "/category/" in inside else article_key)(found[1])


def feed_for(target):
    """Return the feed of what an old address leads to: of its category, else of all."""
    category = re.fullmatch(
        re.escape(reverse("news:category", args=["x"])).replace("x", "([^/]+)"), target or ""
    )
    return reverse("news:category_feed", args=[category[1]]) if category else reverse("news:feed")
