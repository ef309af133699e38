"""Dumps as they come: what is in them is read, and what cannot be read is said in one Swedish sentence."""

import gzip

import pytest
from django.core.management.base import CommandError

from moving.models import Imported
from moving.readers.joomla import read_site
from moving.readers.mysql_dump import open_dump
from news.models import Post
from tests.helpers import joomla

pytestmark = pytest.mark.any_database

TEXT = "<p>Maj\\'s \\\\ text; -- inte slut\\r\\nrad två \\\"citat\\\" ''dubbelt'' 🎉</p>"
READ = "<p>Maj's \\ text; -- inte slut\r\nrad två \"citat\" 'dubbelt' 🎉</p>"


def rows_of(tmp_path, sql, encoding="utf-8"):
    path = tmp_path / "dump.sql"
    path.write_bytes(sql.encode(encoding))
    with open_dump(path) as dump:
        return list(dump.rows(lambda table: table == "x"))


def test_rows_are_read_whatever_stands_around_them(tmp_path):
    rows = rows_of(
        tmp_path,
        "-- it's a comment\n/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE IF EXISTS `x`;\n"
        "CREATE TABLE `x` (\n  `id` int COMMENT 'a;b',\n  `text` text,\n  PRIMARY KEY (`id`)\n);\n"
        "DELIMITER ;;\nCREATE TRIGGER `t` BEGIN INSERT INTO `x` VALUES (9,'nej'); END ;;\nDELIMITER ;\n"
        "INSERT INTO `y` VALUES (1,'INSERT INTO `x` VALUES (2)');\n# en till\n"
        "INSERT INTO `x` VALUES (1,'TEXT'),\n(2,NULL);\n"
        "INSERT INTO `x` (`text`, `id`) VALUES (0xc3a5, -3);\n".replace("TEXT", TEXT),
    )
    assert [row for _, row in rows] == [
        {"id": "1", "text": READ}, {"id": "2", "text": None}, {"id": "-3", "text": "å"},
    ]  # fmt: skip


def test_latin_1_is_read_as_the_dump_says_and_twice_encoded_letters_are_put_right(tmp_path):
    create = "CREATE TABLE `x` (\n  `text` text\n);\n"
    row = "INSERT INTO `x` VALUES ('Häggvik – å');"
    for sql, encoding in [
        ("/*!40101 SET NAMES latin1 */;\n" + create + row, "cp1252"),
        (create + row, "cp1252"),
        (create + row.encode().decode("cp1252"), "utf-8"),
    ]:
        assert rows_of(tmp_path, sql, encoding) == [("x", {"text": "Häggvik – å"})]


def test_a_packed_dump_is_read_as_the_same(tmp_path, db):
    path = tmp_path / "dump.sql.gz"
    path.write_bytes(gzip.compress(joomla.dump_text(joomla.article(2, "Sommar")).encode()))
    joomla.run("import_joomla", path)
    assert Post.objects.get().title == "Sommar"


GOOD = joomla.dump_text(joomla.article(2, "Sommar")).encode()
BAD = {
    "cut off": (GOOD[: GOOD.index(b"Sommar")], "tar slut för tidigt"),
    "cut off without a header": (GOOD[30 : GOOD.index(b"Sommar")], "exporten är avbruten"),
    "packed and cut off": (gzip.compress(GOOD)[:-200], "går inte att läsa"),
    "empty": (b"", "är tom"),
    "binary": (bytes(range(256)) * 20, "ingen dump i textform"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "ingen dump i textform"),
    "zip": (b"PK\3\4" + GOOD, "zip-arkiv"),
    "PostgreSQL": (b"--\n-- PostgreSQL database dump\n--\nCOPY x FROM stdin;\n", "PostgreSQL"),
    "no dump": ("Hej, här är dumpen!".encode(), "är avbruten"),
    "another program": (b"CREATE TABLE `wp_posts` (\n  `ID` int\n);\n", "inte artiklar från en Joomla"),
    "two sites": (
        GOOD + joomla.dump_text(joomla.article(2, "Sommar"), prefix="ny_").encode(),
        "ny_ och old_",
    ),
    "a row too short": (GOOD.replace(b"(1,'maj','$2y$10$hemligt')", b"(1,'maj')"), "old_users"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_dump_of_joomla_is_refused_in_one_sentence(bad, tmp_path, db):
    content, said = BAD[bad]
    path = tmp_path / "dump.sql"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        joomla.run("import_joomla", path)
    assert not Imported.objects.exists()


def test_a_wrong_prefix_is_named_and_no_password_is_read(tmp_path, db):
    path = joomla.write_dump(tmp_path, joomla.article(2, "Sommar"))
    configuration = tmp_path / "configuration.php"
    configuration.write_text(
        "<?php class JConfig { public $dbprefix = 'jos_'; public $password = 'hemligt'; }"
    )
    with pytest.raises(CommandError, match="prefixet jos_.*artiklar med old_"):
        joomla.run("import_joomla", path, configuration=configuration)
    with open_dump(path) as dump:
        assert "hemligt" not in repr(read_site(dump))


def old_shape(tmp_path, **tables):
    """Write a dump whose tables have other columns: {name: (columns, rows)}; a row is a dictionary."""
    sql = ""
    for name, (columns, rows) in tables.items():
        lines = ",\n".join(f"  `{column}` text" for column in columns)
        values = ",".join(f"({','.join(joomla.quoted(row.get(one, '')) for one in columns)})" for row in rows)
        sql += f"CREATE TABLE `jos_{name}` (\n{lines}\n);\nINSERT INTO `jos_{name}` VALUES {values};\n"
    path = tmp_path / "dump.sql"
    path.write_text(sql)
    return path


def content_row(**fields):
    return dict(zip(joomla.CONTENT, joomla.article(2, "Sommar", **fields), strict=True))


def test_joomla_1_5_has_sections_pictures_of_its_own_and_another_number_for_the_public(tmp_path, db, client):
    columns = [name for name in joomla.CONTENT if name not in ("asset_id", "language", "xreference")]
    row = content_row(
        access=0,
        state=-1,
        attribs="show_intro=0\n",
        images="a.jpg|left|Gården i sol|0|Vår gård|bottom|center|\n",
        introtext="<p>Så här var det.</p>",
        fulltext="<p>{mosimage}Gården.</p>{mosimage}",
    )
    category = {"id": 8, "section": 1, "title": "Nytt", "alias": "nytt", "published": 1, "access": 0}
    section = {"id": 1, "title": "Arkiv", "alias": "arkiv", "published": 1, "access": 0}
    link = "index.php?option=com_content&view=section&id=1"
    menu = {"id": 5, "alias": "arkivet", "link": link, "published": 1, "parent": 0, "access": 0}
    path = old_shape(
        tmp_path,
        sections=(list(section), [section]),
        categories=(list(category), [category]),
        content=([*columns, "sectionid", "mask"], [row | {"sectionid": 1, "mask": 0}]),
        menu=(list(menu), [menu]),
    )
    images = joomla.write_images(tmp_path, "stories/a.jpg")
    assert "Joomla 1.5" in joomla.run("import_joomla", path, images=images)
    memory = Imported.objects.get(kind="article")
    post = memory.post
    assert (memory.was, post.category.name) == ("published", "Nytt")
    assert set(memory.flags.split()) == {"archived", "author_gone", "intro_was_hidden", "shortcode"}
    assert (post.lead, post.body) == ("Så här var det.", "<p>Gården.</p>")
    assert (post.image_alt, post.image_caption) == ("Gården i sol", "Vår gård")
    Post.objects.update(published_at="2019-06-11T07:14Z")
    for old in (
        "/arkivet/nytt/sommar",
        "/arkivet/1-x/2-sommar",
        "/index.php?option=com_content&task=view&id=2",
    ):
        assert client.get(old).headers["Location"] == "/nyheter/sommar/", old
    assert client.get("/index.php?option=com_content&view=section&id=1").status_code == 404


def test_joomla_2_5_has_columns_of_both(tmp_path, db):
    columns = [*joomla.CONTENT, "sectionid", "mask", "title_alias"]
    category = {"id": 8, "parent_id": 1, "extension": "com_content", "title": "Nytt", "alias": "nytt"}
    category |= {"published": 1, "access": 1}
    row = content_row(images='{"image_intro":"","float_intro":""}', attribs='{"show_intro":""}')
    path = old_shape(
        tmp_path,
        categories=(list(category), [category]),
        content=(columns, [row | {"sectionid": 0, "mask": 0, "title_alias": ""}]),
    )
    assert "Joomla 2.5" in joomla.run("import_joomla", path)
    memory = Imported.objects.get(kind="article")
    assert (memory.was, memory.flags, memory.post.category.name) == ("published", " author_gone ", "Nytt")
