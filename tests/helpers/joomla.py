"""An old Joomla site: a small one of our own, and the shared one where it exists.

The environment variable JOOMLA_DATA names a folder with dumps made by Joomla itself, images/ and
expected.json. Without it, tests that need them have only the small one.
"""

import os
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from PIL import Image

FOLDER = os.environ.get("JOOMLA_DATA")
CONTENT = [
    "id", "asset_id", "title", "alias", "introtext", "fulltext", "state", "catid", "created", "created_by",
    "created_by_alias", "modified", "modified_by", "publish_up", "publish_down", "images", "attribs",
    "access", "language", "xreference",
]  # fmt: skip
TABLES = {
    "content": CONTENT,
    "categories": ["id", "parent_id", "extension", "title", "alias", "published", "access"],
    "menu": ["id", "alias", "link", "published", "parent_id", "access", "client_id"],
    "contact_details": [
        "id", "name", "alias", "con_position", "telephone", "mobile", "email_to", "published", "access",
    ],
    "redirect_links": ["id", "old_url", "new_url", "published"],
    "users": ["id", "username", "password"],
}  # fmt: skip
ARTICLE = {
    "asset_id": 0, "introtext": "", "fulltext": "", "state": 1, "catid": 8, "created": "2019-06-11 07:14:00",
    "created_by": 1, "created_by_alias": "", "modified": "2019-06-11 07:14:00", "modified_by": 1,
    "publish_up": "2019-06-11 07:14:00", "publish_down": "0000-00-00 00:00:00", "images": "", "attribs": "",
    "access": 1, "language": "*", "xreference": "",
}  # fmt: skip
CATEGORIES = [
    (8, 1, "com_content", "Nyheter", "nyheter", 1, 1),
    (9, 1, "com_content", "Internt", "internt", 0, 1),
]
MENU = [
    (103, "nyheter", "index.php?option=com_content&view=category&layout=blog&id=8", 1, 1, 1, 0),
    (107, "om-oss", "index.php?option=com_content&view=article&id=17", 1, 1, 1, 0),
    (109, "kontakta-oss", "index.php?option=com_contact&view=category&id=14", 1, 1, 1, 0),
]


def quoted(value):
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\0": "\\0", '"': '\\"'}
    return "'" + "".join(escapes.get(letter, letter) for letter in value) + "'"


def insert(table, rows, prefix="old_"):
    columns = TABLES[table]
    create = ",\n".join(f"  `{name}` text" for name in columns)
    values = ",\n".join(f"({','.join(map(quoted, row))})" for row in rows)
    filled = f"INSERT INTO `{prefix}{table}` VALUES\n{values};\n" if rows else ""
    return f"CREATE TABLE `{prefix}{table}` (\n{create},\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\n{filled}"


def article(number, title, text="<p>En text.</p>", **fields):
    """Return a row of #__content; the alias is the title in small letters with hyphens unless given."""
    row = {"id": number, "title": title, "alias": title.lower().replace(" ", "-"), "introtext": text}
    return [(ARTICLE | row | fields)[name] for name in CONTENT]


def dump_text(*articles, redirects=(), contacts=(), prefix="old_"):
    """Return a dump as mysqldump writes it."""
    tables = {
        "categories": CATEGORIES, "content": articles, "menu": MENU, "redirect_links": redirects,
        "contact_details": contacts,
        "users": [(1, "maj", "$2y$10$hemligt")],
    }  # fmt: skip
    parts = [insert(name, rows, prefix) for name, rows in tables.items()]
    return "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\n" + "".join(parts) + "-- Dump completed\n"


def write_dump(folder, *articles, name="dump.sql", **options):
    path = Path(folder, name)
    path.write_text(dump_text(*articles, **options), encoding="utf-8")
    return path


def write_images(folder, *names):
    """Make a folder of pictures and return it."""
    for name in names:
        path = Path(folder, "images", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40), "green").save(path, "JPEG")
    return Path(folder, "images")


def run(command, *args, **options):
    """Run a command of moving and return what it printed."""
    out = StringIO()
    call_command(command, *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()
