"""Reads a Joomla site (1.5 to 5) out of its database dump: plain rows, and where each article was found."""

import json
import re
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from moving.readers.site import Article, Contact, InvalidSource, OldCategory, OldSite

# What is read. Never users' rows but for their numbers: passwords stay in the dump.
TABLES = ("content", "categories", "sections", "menu", "contact_details", "redirect_links", "users")
SETTINGS = ("dbprefix", "offset", "live_site")
SETTING = re.compile(r"(?:public|var)\s+\$(\w+)\s*=\s*'?([^';]*)'?\s*;")
MOSIMAGE = re.compile(r"\{mosimage[^{}]*\}")
INTRO_HIDDEN = re.compile(r'"show_intro":"?0"?|^show_intro=0', re.MULTILINE)


class JoomlaReader:
    """Fills in an OldSite from the rows of its tables."""

    def __init__(self, tables, prefix, configuration):
        columns = tables["content"][0].keys()
        is_15 = "asset_id" not in columns
        later = "2.5" if "mask" in columns else "3" if "xreference" in columns else "4 eller 5"
        self.site = OldSite(
            f"Joomla {'1.5' if is_15 else later}, prefix {prefix}", prefix, configuration.get("offset", "")
        )
        self.public = "0" if is_15 else "1"  # the access of what everybody may read
        self.users = {row["id"] for row in tables.get("users", [])}
        for row in tables.get("categories", []):
            parent = f"s{row['section']}" if is_15 else row.get("parent_id")
            if row.get("extension", "com_content") == "com_content":
                self.add_category(row["id"], row, parent)
        for row in tables.get("sections", []):
            self.add_category(f"s{row['id']}", row, None)
        self.site.articles = [self.article(row) for row in tables["content"]]
        self.site.contacts = [self.contact(row) for row in tables.get("contact_details", [])]
        links = tables.get("redirect_links", [])
        self.site.redirects = [
            (row["old_url"], row["new_url"]) for row in links if row["published"] == "1" and row["new_url"]
        ]
        addresses = [configuration.get("live_site", ""), *(row["old_url"] for row in links)]
        self.site.hosts = {host.removeprefix("www.") for host in map(host_of, addresses) if host}
        self.find_paths(tables.get("menu", []))
        people = [(row["alias"], f"{row['id']}-{row['alias']}") for row in tables.get("contact_details", [])]
        self.site.contact_paths += [
            f"{path}/{name}" for path in self.site.contact_paths for names in people for name in names
        ]

    def add_category(self, key, row, parent):
        is_public = row["published"] in ("1", "2") and row["access"] == self.public
        self.site.categories[key] = OldCategory(key, row["title"], row["alias"], parent, is_public)

    def article(self, row):
        """Return the Article of a row, with times in UTC, as Joomla stores them."""
        state = int(row["state"] or 0)
        category = self.site.categories.get(row["catid"])
        published_at = joomla_time(row["publish_up"]) or joomla_time(row["created"])
        above = self.line_of(category)
        pictures = iter((row["images"] or "").splitlines())
        return Article(
            id=row["id"],
            title=row["title"] or "",
            alias=row["alias"] or "",
            intro=with_mosimages(row["introtext"] or "", pictures),
            full=with_mosimages(row["fulltext"] or "", pictures),
            category=category,
            published_at=published_at,
            expires_at=joomla_time(row["publish_down"]),
            updated_at=joomla_time(row["modified"]) or published_at,
            byline=(row["created_by_alias"] or "").strip(),
            images=dictionary(row["images"]),
            language=row.get("language") or "*",
            state=2 if state == -1 else state,
            is_public=row["access"] == self.public and all(one.is_public for one in above),
            has_author=row["created_by"] in self.users,
            shows_intro=not INTRO_HIDDEN.search(row["attribs"] or ""),
        )

    def contact(self, row):
        names = ("name", "con_position", "telephone", "mobile", "email_to")
        said = [unescape(row[name] or "").strip() for name in names]
        return Contact(row["id"], *said, row["published"] == "1" and row["access"] == self.public)

    def line_of(self, category):
        """Return a category and those above it, itself first."""
        line = []
        while category and category not in line:
            line.append(category)
            category = self.site.categories.get(category.parent)
        return line

    def find_paths(self, menu):
        """Fill in where the menu, and the router by it, showed each article, category and the contacts."""
        items = {row["id"]: row for row in menu if row.get("client_id", "0") == "0"}
        by_id = {article.id: article for article in self.site.articles}
        category_paths = self.site.category_paths
        for row in items.values():
            query = {name: values[0] for name, values in parse_qs(urlsplit(row["link"] or "").query).items()}
            kind, view = query.get("option"), query.get("view")
            path, key = menu_path(row, items), query.get("id", "").partition(":")[0]
            is_public = row["published"] == "1" and row["access"] == self.public
            if kind == "com_content" and view == "article" and key in by_id:
                article = by_id[key]
                article.menu_alias = article.menu_alias or (row["alias"] if is_public else "")
                article.paths += [path] if is_public else []
            elif kind == "com_content" and view in ("category", "categories", "section") and is_public:
                category_paths.setdefault(f"s{key}" if view == "section" else key, path)
            elif kind == "com_contact" and is_public:
                self.site.contact_paths.append(path)
        for category in self.site.categories.values():
            below = []
            for one in self.line_of(category):
                if one.id in category_paths:
                    path = "/".join([category_paths[one.id], *reversed(below)])
                    category_paths.setdefault(category.id, path)
                    break
                below.append(one.alias)
        for article in self.site.articles:
            base = category_paths.get(article.category.id) if article.category else None
            if article.menu_alias is None and base:
                article.paths.append(f"{base}/{article.alias}")
            if article.was in ("draft", "skipped"):
                article.paths = []


def settings_in(path):
    """Return {name: value} of a configuration.php. Passwords and secrets are not among them."""
    text = Path(path).read_text("utf-8", "replace")
    return {name: value for name, value in SETTING.findall(text) if name in SETTINGS}


def read_site(dump, configuration=None):
    """Return the OldSite in a MySqlDump, by the settings_in() its configuration.php. Raises InvalidSource."""
    configuration = configuration or {}
    wanted = re.compile(rf"(.*_|)({'|'.join(TABLES)})")
    found = {}  # {prefix: {table: rows}}
    for name, row in dump.rows(wanted.fullmatch):
        prefix, table = wanted.fullmatch(name).groups()
        row = {"id": row["id"]} if table == "users" else row
        found.setdefault(prefix, {}).setdefault(table, []).append(row)
    prefixes = [p for p, tables in found.items() if "introtext" in tables.get("content", [{}])[0]]
    prefix = configuration.get("dbprefix") or (prefixes[0] if len(prefixes) == 1 else "")
    if prefix not in prefixes:
        there = f" Där finns artiklar med {' och '.join(sorted(prefixes))}." if prefixes else ""
        what = f"inga artiklar med prefixet {prefix}" if prefix else "inte artiklar från en Joomla-webbplats"
        todo = "Ange den rätta configuration.php med --configuration." if prefixes else "Är det rätt databas?"
        raise InvalidSource(f"I {dump.name} finns {what}.{there} {todo}")
    return JoomlaReader(found[prefix], prefix, configuration).site


def host_of(address):
    try:
        return urlsplit(address or "").hostname
    except ValueError:
        return None


def dictionary(text):
    """Return the texts of an object in JSON; {} of anything else, such as the lines that 1.5 has."""
    try:
        return {name: value for name, value in json.loads(text or "").items() if isinstance(value, str)}
    except (ValueError, AttributeError):
        return {}


def with_mosimages(html, pictures):
    """Return a text of 1.5 with its next `pictures`, "file|place|description|border|caption"."""

    def picture(match):
        name, _, alt, _, caption = ([*next(pictures, "").split("|"), "", "", "", ""])[:5]
        said = f'alt="{escape(alt)}" title="{escape(caption)}" class="caption"'
        return f'<img src="images/stories/{quote(name)}" {said} />' if name else match[0]

    return MOSIMAGE.sub(picture, html)


def joomla_time(text):
    """Return a time as Joomla stores it, in UTC, or None: "0000-00-00 00:00:00", NULL, no date at all."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=UTC)
    except ValueError:
        return None


def menu_path(row, items):
    """Return the path of a menu item: the aliases of those above it and its own."""
    line = []
    while row and row not in line:
        line.append(row)
        row = items.get(row.get("parent_id") or row.get("parent"))
    return "/" + "/".join(unquote(one["alias"]) for one in reversed(line) if one["alias"] != "root")
