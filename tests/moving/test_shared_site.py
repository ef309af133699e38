"""The dumps that Joomla itself made, taken in whole: what expected.json says of each article is so."""

import json
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from common.richtext.blocks import html_to_text
from contacts.models import Assignment, Person
from documents.models import Document
from moving.models import Imported
from moving.readers.joomla import read_site, settings_in
from moving.readers.mysql_dump import open_dump
from news.models import Page, Post
from tests.helpers import joomla

DUMPS = {"joomla3": "hgf_backup.sql", "joomla5": "c5.sql"}
ONE_DUMP = ["joomla3", pytest.param("joomla5", marks=pytest.mark.long)]
PAGES = {"mirror": "mirror", "warc": "mirror/site.warc.gz", "mirror-joomla5": "mirror-joomla5"}
# What saved pages do not tell: whose name it is that stands there, what a shortcode has become.
NOT_IN_PAGES = {
    "fields": {"byline"},
    "flags": {"author_gone", "author_not_shown"},
    "omoss": {"flags"},
    "aarsmoete2": {"flags", "slug_not"},  # the other one is no page
}
# Of 5, only the first page of the list is saved: the others have the rest of the beginnings and pictures.
NOT_IN_ONE_LIST = {"innovation": {"lead"}, "word": {"lead"}, "utanbild": {"flags"}}
# Not linked from any page that was saved.
NOT_LINKED = {"arkiverad", "aarsmoete1", "framtid", "utkast", "internt", "inloggad"}


def expected():
    return json.loads(Path(joomla.FOLDER, "expected.json").read_text())


@pytest.fixture(params=ONE_DUMP if joomla.FOLDER else [])
def moved(request, db):
    """(expected articles, {key: Imported}) of one dump."""
    folder = Path(joomla.FOLDER, request.param)
    joomla.run(
        "import_joomla",
        folder / DUMPS[request.param],
        images=Path(joomla.FOLDER, "images"),
        configuration=folder / "configuration.php",
    )
    return expected()["articles"], rows_by_key(request.param)


def rows_by_key(dump):
    rows = {one.old_id: one for one in Imported.objects.filter(kind="article")}
    return {one["key"]: rows.get(str(one["ids"][dump])) for one in expected()["articles"]}


@pytest.mark.parametrize("dump", DUMPS)
def test_categories_and_contacts_are_read_as_they_were(dump):
    folder = Path(joomla.FOLDER, dump)
    with open_dump(folder / DUMPS[dump]) as rows:
        site = read_site(rows, settings_in(folder / "configuration.php"))
    parents = {key: one.title for key, one in site.categories.items()}
    assert [
        {
            "title": one.title,
            "alias": one.alias,
            "parent": parents.get(one.parent),
            "published": one.is_public,
        }
        for one in site.categories.values()
        if one.alias not in ("uncategorised",)
    ] == expected()["categories"]
    names = ("name", "role", "phone", "mobile", "email")
    found = [
        {name: getattr(one, name) for name in names} | {"published": one.is_public} for one in site.contacts
    ]
    assert found == expected()["contacts"]


@pytest.mark.any_database
def test_the_people_of_a_real_site_come_without_a_role_and_show_nothing(moved):
    people = Person.objects.order_by("pk").values_list("name", "phone", "email", "show_phone", "show_email")
    assert list(people) == [
        ("Maj Exempelsson", "+46701740605", "maj.exempelsson@hgf.example", False, False),
        ("Provar Testman", "+46101740619", "provar@hgf.example", False, False),
        ("Åsa-Lena D'Arcy-Prov", "+46701740620", "", False, False),
    ]
    assert not Assignment.objects.exists()
    roles = dict(Imported.objects.filter(kind="contact").values_list("person__name", "role__name"))
    assert roles["Åsa-Lena D'Arcy-Prov"] == "Sekreterare"
    assert roles["Provar Testman"] == "Folkrörelsestrateg & Processledare"


@pytest.mark.any_database
@pytest.mark.parametrize("source", PAGES)
def test_saved_pages_move_in_as_far_as_they_tell(source, db):
    told = joomla.run(
        "import_pages",
        Path(joomla.FOLDER, PAGES[source]),
        images=None if source == "warc" else Path(joomla.FOLDER, "images"),
    )
    assert "Sidor säger inte allt" in told
    rows = rows_by_key("joomla3")
    not_told = NOT_IN_PAGES | (NOT_IN_ONE_LIST if source == "mirror-joomla5" else {})
    left_out = NOT_LINKED | {"papperskorg"} | ({"delar"} if source == "mirror-joomla5" else set())
    assert {key for key, row in rows.items() if row is None} == left_out
    for article in expected()["articles"]:
        key = article["key"]
        if key not in left_out:
            unknown = not_told["fields"] | not_told.get(key, set())
            known = {name: value for name, value in article.items() if name not in unknown}
            check({**known, "flags": set(known.get("flags", [])) - not_told["flags"]}, rows)


@pytest.mark.parametrize("moved", DUMPS if joomla.FOLDER else {}, indirect=True)
def test_a_real_site_moves_in_as_it_is_expected(moved, client):
    articles, rows = moved
    for article in articles:
        if article["was"] == "skipped":
            assert rows[article["key"]] is None
            continue
        check(article, rows)
    assert not Post.objects.exclude(published_at=None).exists()
    assert not Page.objects.exclude(published_at=None).exists()
    assert not Document.objects.exclude(published_at=None).exists()


def check(article, rows):
    key, memory = article["key"], rows[article["key"]]
    row = memory.row
    assert (article["kind"] == "post") == isinstance(row, Post), key
    assert memory.was == article["was"], key
    assert set(article["flags"]) <= set(memory.flags.split()), key
    for name in ("published_at", "expires_at", "updated_at"):
        assert getattr(memory, name) == (article[name] and datetime.fromisoformat(article[name])), (key, name)
    cut = article.get("title_cut")
    assert row.title == article["title"] or (cut and article["title"].startswith(row.title[:-1])), key
    if isinstance(row, Post):
        assert (row.byline, row.category.name) == (article.get("byline", ""), article["category"]), key
        assert row.lead == article.get("lead", row.lead), key
    assert row.slug == article.get("slug", row.slug) != article.get("slug_not"), key
    text = html_to_text(row.body)
    assert [one for one in article.get("contains", []) if one not in text] == [], key
    assert [one for one in article.get("absent", []) if one in row.body] == [], key
    assert [one for one in article.get("addresses", []) if one not in row.body] == [], key
    assert [one for one in article.get("h2", []) if f"<h2>{one}</h2>" not in row.body] == [], key
    assert row.body.count("<li") == article.get("li", row.body.count("<li")), key
    pictures = [row.image] * bool(row.image) if isinstance(row, Post) else []
    assert len([*pictures, *row.pictures.all()]) == article.get(
        "pictures", len([*pictures, *row.pictures.all()])
    ), key
    assert getattr(row, "image_alt", "") == article.get("alt", getattr(row, "image_alt", "")), key
    assert getattr(row, "image_caption", "") == article.get("caption", getattr(row, "image_caption", "")), key
    for link in article.get("links", []):
        if link.startswith("post:"):
            link = rows[link.removeprefix("post:")].row.get_absolute_url()
        elif link.startswith("images/"):
            link = Imported.objects.get(kind="file", old_id=link).document.get_absolute_url()
        assert f'href="{link}"' in unquote(row.body), (key, link)


@pytest.mark.any_database
def test_every_old_address_of_it_leads_on_when_its_text_is_public(moved, client):
    articles, rows = moved
    for article in articles:
        for path in article["old_paths"]:
            assert client.get(path, follow=True).status_code == 404, path
    for memory in rows.values():
        if memory and memory.was in ("published", "expired"):
            type(memory.row).objects.filter(pk=memory.row.pk).update(
                published_at=memory.published_at, **({"image_is_decorative": True} if memory.post else {})
            )
    for article in articles:
        memory = rows[article["key"]]
        number = memory and memory.old_id
        if article["was"] in ("published", "expired"):
            ways = [f"/index.php?option=com_content&view=article&id={number}:x", f"/x/{number}-nagot-annat"]
            for path in [*article["old_paths"], *ways]:
                response = client.get(path, follow=True)
                assert response.status_code == 200, path
                assert len(response.redirect_chain) <= 1, path
                assert response.request["PATH_INFO"] in (memory.row.get_absolute_url(), f"{path}/"), path


def test_taken_in_twice_nothing_is_new_and_undone_nothing_is_left(moved):
    assert Imported.objects.exists()
    joomla.run("import_undo")
    assert not any(model.objects.exists() for model in (Imported, Post, Page, Document))
