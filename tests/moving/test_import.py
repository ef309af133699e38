"""An old site is taken in once, as drafts, and what people here have done since stays."""

import csv
import json
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management.base import CommandError

from documents.models import Document
from moving.importing import Importer
from moving.models import Imported
from moving.readers.joomla import read_site
from moving.readers.mysql_dump import open_dump
from news.models import Attachment, Category, DocumentEntry, Page, Post, Redirect, SearchEntry, Word
from tests.helpers import joomla
from tests.helpers.pdfs import make_pdf
from tests.helpers.postgres import rows_are_counted

PICTURE = {
    "images": json.dumps({"image_intro": "images/nyheter/Gården 1.jpg", "image_intro_alt": "Gården 1"})
}
TABLES = (Imported, Post, Page, Document, Category, Redirect)


def counts():
    return [model.objects.count() for model in TABLES]


@pytest.fixture
def images(tmp_path):
    return joomla.write_images(tmp_path / "old", "nyheter/Gården 1.JPG")


def test_looking_writes_nothing_and_tells_what_would_come(tmp_path, images, db):
    path = joomla.write_dump(tmp_path, joomla.article(2, "Sommar", **PICTURE), joomla.article(3, "Tom", ""))
    told = joomla.run("import_joomla", path, images=images, look=True)
    assert "2 ny\n" in told
    assert "1 bilder. Att ta in allt tar omkring 1 min." in told
    assert "1 saknar text: Tom" in told
    assert "1 bilden är inte beskriven: Sommar" in told
    assert counts() == [0] * len(TABLES)


def test_everything_comes_as_a_draft_with_its_picture_and_its_old_dates(tmp_path, images, db, settings):
    link = "<a href='images/dok/Kallelse.pdf'>kallelsen</a>"
    text = f"<p>Läs {link}. {{loadposition x}}</p><p><b>Plats</b></p><p>Gården.</p>"
    (images / "dok").mkdir()
    (images / "dok" / "Kallelse.pdf").write_bytes(make_pdf("Kallelse"))
    path = joomla.write_dump(
        tmp_path, joomla.article(2, "Sommar", text, **PICTURE), joomla.article(17, "Om oss", created_by=9)
    )
    report = tmp_path / "report.csv"
    joomla.run("import_joomla", path, images=images, report=report)
    post, page, document = Post.objects.get(), Page.objects.get(), Document.objects.get()
    assert (post.published_at, page.published_at, document.published_at) == (None, None, None)
    assert post.body == (
        '<p>Läs <a href="/dokument/kallelse/">kallelsen</a>.</p>\n<h2>Plats</h2>\n<p>Gården.</p>'
    )
    assert rows_are_counted("news_post")
    assert (post.image_width, post.image_alt, post.slug, page.slug) == (60, "", "sommar", "om-oss")
    assert (document.kind, str(document.day)) == ("kallelse", "2019-06-11")
    memory = Imported.objects.get(post=post)
    assert str(memory.published_at) == "2019-06-11 07:14:00+00:00"
    assert memory.flags == " alt_missing document_link shortcode "
    with report.open(encoding="utf-8-sig") as file:
        assert [row["rubrik"] for row in csv.DictReader(file)] == ["Sommar", "Om oss"]


def test_a_second_run_does_nothing_and_takes_only_what_changed_there(tmp_path, images, db):
    first = [joomla.article(n, f"Text {n}", "<p>Som den var.</p>", **PICTURE) for n in (2, 3, 4, 5)]
    joomla.run("import_joomla", joomla.write_dump(tmp_path, *first), images=images)
    before, files = counts(), sorted(tmp_path.rglob("media/nyheter/*"))
    told = joomla.run("import_joomla", tmp_path / "dump.sql", images=images)
    assert "0 ny\n0 ändrad\n4 oförändrad\n" in told
    assert (counts(), sorted(tmp_path.rglob("media/nyheter/*"))) == (before, files)

    edited = Post.objects.get(title="Text 3")
    edited.lead = "Skriven här."
    edited.save()
    Post.objects.get(title="Text 4").delete()
    second = [joomla.article(n, f"Text {n}", "<p>Ändrad där.</p>", **PICTURE) for n in (2, 3, 4)]
    told = joomla.run("import_joomla", joomla.write_dump(tmp_path, *second, first[3]), images=images)
    assert "0 ny\n1 ändrad\n1 oförändrad\n" in told
    assert "ändrad här, lämnad i fred: Text 3" in told
    assert "borttagen här, lämnad i fred: Text 4" in told
    texts = dict(Post.objects.values_list("title", "body"))
    assert texts == {
        "Text 2": "<p>Ändrad där.</p>", "Text 3": "<p>Som den var.</p>", "Text 5": "<p>Som den var.</p>",
    }  # fmt: skip


def test_a_run_that_was_broken_off_goes_on_as_if_it_had_not_been(tmp_path, images, db):
    articles = [joomla.article(n, f"Text {n}", **PICTURE) for n in (2, 3, 4)]
    path = joomla.write_dump(tmp_path, *articles)

    def rows():
        fields = ["old_id", "run", "flags", "old_paths", "own_digest", "post__slug", "post__body"]
        return [
            row for row in Imported.objects.order_by("kind", "old_id").values_list(*fields) if row[0] != "8"
        ]

    def without_pictures(found):
        return [(*row[:3], [path for path in row[3] if "images" not in path], *row[5:]) for row in found]

    joomla.run("import_joomla", path, images=images)
    whole = without_pictures(rows())
    joomla.run("import_undo")
    assert counts() == [0] * len(TABLES)
    with open_dump(path) as dump:
        site = read_site(dump)
    broken = Importer(site, images, "another digest of the same")

    def break_off(done, _):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken.run(break_off)
    assert Post.objects.count() == 2
    Imported.objects.update(dump=Importer(site, images, "").dump)
    told = joomla.run("import_joomla", path, images=images)
    assert "1 ny\n0 ändrad\n2 oförändrad\n" in told
    Imported.objects.update(run=1)
    assert without_pictures(rows()) == whole


def everything(folder):
    """Return {table: its rows} of all apps, and what is in each file of media."""
    tables = {
        model: list(model._base_manager.order_by("pk").values())
        for label in ("moving", "news", "documents", "contacts")
        for model in apps.get_app_config(label).get_models()
    }
    return tables, {file: file.read_bytes() for file in folder.rglob("media/**/*.*") if file.is_file()}


def test_undo_leaves_every_row_and_file_as_it_was_but_for_what_was_edited(
    tmp_path, images, db, django_capture_on_commit_callbacks
):
    Post.objects.create(title="Vår egen", category=Category.objects.create(name="nyheter"))
    Page.objects.create(title="Om oss", body="<p>Mall.</p>", published_at="2026-01-01T12:00Z")
    (images / "Kallelse.pdf").write_bytes(make_pdf("Kallelse"))
    contacts = [(1, "Påhittad Personsson", "p-p", "Ordförande", "", "", "", 1, 1)]
    link = "<p><a href='images/Kallelse.pdf'>Kallelse</a></p>"
    articles = [joomla.article(n, f"Text {n}", link, **PICTURE) for n in (2, 3)]
    first = joomla.write_dump(tmp_path, *articles[:1], contacts=contacts, name="first.sql")
    second = joomla.write_dump(tmp_path, *articles, joomla.article(17, "Om oss"), contacts=contacts)
    before = everything(tmp_path)
    with django_capture_on_commit_callbacks(execute=True):
        joomla.run("import_joomla", first, images=images)
        between = everything(tmp_path)
        joomla.run("import_joomla", second, images=images)
        joomla.run("import_undo")
    assert everything(tmp_path) == between
    with django_capture_on_commit_callbacks(execute=True):
        joomla.run("import_undo")
    assert everything(tmp_path) == before

    joomla.run("import_joomla", second, images=images)
    kept = Post.objects.get(title="Text 3")
    kept.lead = "Skriven här."
    kept.save()
    with django_capture_on_commit_callbacks(execute=True):
        told = joomla.run("import_undo")
    assert "kvar: Text 3" in told
    tables, files = everything(tmp_path)
    new = {model for model, rows in tables.items() if rows != before[0][model]}
    assert new == {Post, Document, Attachment, Imported, Redirect, SearchEntry, Word, DocumentEntry}
    left = {Path(kept.image.path), Path(Document.objects.get().file.path)}  # the document is attached to it
    assert {file for file in files if file.parent.parent.name == "media"} == left
    assert not any("2" in path for path in Redirect.objects.values_list("old_path", flat=True))


def test_what_is_broken_off_by_the_keyboard_says_how_to_go_on(tmp_path, db, monkeypatch):
    taken_in = iter([Importer.take_in])

    def take_in(importer, article):
        try:
            return next(taken_in)(importer, article)
        except StopIteration:
            raise KeyboardInterrupt from None

    path = joomla.write_dump(tmp_path, *(joomla.article(n, f"Text {n}") for n in (2, 3)))
    with monkeypatch.context() as patched:
        patched.setattr(Importer, "take_in", take_in)
        with pytest.raises(CommandError, match="Avbrutet efter 1 av 2. Samma kommando .* fortsätter"):
            joomla.run("import_joomla", path)
    assert "1 ny\n0 ändrad\n1 oförändrad" in joomla.run("import_joomla", path)


def test_the_starter_page_steps_aside_until_it_is_edited(tmp_path, db, client):
    starter = Page.objects.create(title="Om oss", body="<p>Mall.</p>", published_at="2026-01-01T12:00Z")
    told = joomla.run(
        "import_joomla", joomla.write_dump(tmp_path, joomla.article(17, "Om oss", "<p>Vår.</p>"))
    )
    assert "en sida här fick vika för den: Om oss" in told
    assert Page.objects.get(slug="om-oss").body == "<p>Vår.</p>"
    assert b"Mall." in client.get("/om-oss/", follow=True).content
    joomla.run("import_undo")
    assert Page.objects.get() == starter
    assert Page.objects.get().slug == "om-oss"
    assert not Redirect.objects.exists()


def test_no_file_outside_the_folder_is_read(tmp_path, images, db):
    secret = joomla.write_images(tmp_path, "secret.jpg") / "secret.jpg"
    (images / "link.jpg").symlink_to(secret)
    sources = [
        "images/../../images/secret.jpg",
        "images/link.jpg",
        str(secret),
        f"file://{secret}",
        "images/%2e%2e/x.jpg",
    ]
    text = "".join(f'<p>x<img src="{source}" /></p>' for source in sources)
    joomla.run("import_joomla", joomla.write_dump(tmp_path, joomla.article(2, "Sommar", text)), images=images)
    assert not Post.objects.get().image
    assert "picture_missing" in Imported.objects.get(kind="article").flags


def test_a_picture_that_is_none_is_said_to_be_refused(tmp_path, images, db):
    (images / "nyheter" / "Gården 1.JPG").write_text("ingen bild")
    joomla.run(
        "import_joomla", joomla.write_dump(tmp_path, joomla.article(2, "Sommar", **PICTURE)), images=images
    )
    assert not Post.objects.get().image
    assert "file_refused" in Imported.objects.get(kind="article").flags


@pytest.mark.parametrize(
    "hostile",
    [
        {"introtext": "<script>alert(1)</script><p onclick='x()'>Hej<a href='javascript:x'>du</a></p>"},
        {"title": "<script>x</script>\0" + "a" * 3000, "alias": "../" * 400},
        {"alias": "", "title": "", "images": "{[", "attribs": "{", "publish_up": "2019-99-99 00:00:00"},
        {
            "created_by_alias": "x" * 255,
            "language": None,
            "catid": 999,
            "publish_down": None,
            "modified": None,
        },
        {"publish_down": "2000-01-01 00:00:00"},
    ],
)
def test_a_hostile_row_becomes_a_harmless_draft(hostile, tmp_path, db):
    joomla.run(
        "import_joomla", joomla.write_dump(tmp_path, joomla.article(2, **{"title": "Sommar"} | hostile))
    )
    post = Post.objects.get()
    assert post.published_at is None
    assert "script" not in post.body + post.title
    assert "onclick" not in post.body
