"""Saved pages of an old site, where nothing else is left of it."""

import gzip

import pytest
from django.core.management.base import CommandError

from contacts.models import Person
from moving.models import Imported
from news.models import Page, Post
from tests.helpers import joomla

pytestmark = pytest.mark.any_database

PAGE = """<!DOCTYPE html><html><head><title>x</title></head><body class="com_content view-{view}">
<ul class="nav menu"><li><a href="/nyheter">Nyheter</a></li><li><a href="/om-oss">Om oss</a></li></ul>
<main>{main}</main></body></html>"""
ARTICLE = """<div class="item-page"><meta itemprop="inLanguage" content="sv-SE" />
<div class="page-header"><h2>{title}</h2></div><button id="dropdownMenuButton-{number}"></button>
<dl class="article-info"><dd class="category-name">Kategori: <a href="/nyheter">Nyheter</a></dd>
<dd class="published"><time datetime="2019-06-11T09:14:00+02:00">11 juni</time></dd></dl>
<div itemprop="articleBody"><p>Så började det.</p> {text}</div></div>"""
CLOAK = """<span id="cloak1a">Skyddas.</span><script type='text/javascript'>
var addy1a = 'm&#97;j' + '&#64;';
addy1a = addy1a + '&#101;xempel' + '&#46;' + 'example';
var addy_text1a = 'M&#97;j';document.getElementById('cloak1a').innerHTML += '<a ' + addy1a + '>';
</script>"""
HIDDEN = """<joomla-hidden-mail is-link="1" first="bWFq" last="ZXhlbXBlbC5leGFtcGxl" text="">
Skyddas.</joomla-hidden-mail>"""
LIST = """<div class="items-row"><div class="item"><h2><a href="/nyheter/sommar">Sommar</a></h2>
<dl class="article-info"></dl><p>Så började det.</p><p class="readmore">Läs mer</p></div></div>"""
CONTACT = """<span class="contact-name">Påhittad person</span>
<dl class="contact-position"><dd>Kassör</dd></dl><span class="contact-mobile">070-174 06 05</span>"""
PAGES = {
    "/": PAGE.format(view="featured", main=""),
    "/nyheter": PAGE.format(view="category", main=LIST),
    "/nyheter/sommar": PAGE.format(
        view="article",
        main=ARTICLE.format(
            number=2,
            title="Sommar",
            text=f'<p>Hör av dig: {CLOAK} eller {HIDDEN}<img src="/images/a.jpg"></p>',
        ),
    ),
    "/om-oss": PAGE.format(view="article", main=ARTICLE.format(number=3, title="Om oss", text="")),
    "/kontakt/maj": PAGE.format(view="contact", main=CONTACT),
}


def write_folder(folder):
    root = folder / "www.gamla.example"
    for path, html in PAGES.items():
        file = root / f"{path.strip('/') or 'index'}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(html, encoding="utf-8")
    joomla.write_images(root, "a.jpg")
    return folder


def record(url, content, kind="text/html; charset=utf-8", status="200 OK"):
    block = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + content
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <{url}>\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def write_warc(folder, *more):
    site = "http://www.gamla.example"
    picture = (joomla.write_images(folder / "from", "a.jpg") / "a.jpg").read_bytes()
    records = [record(site + path, html.encode()) for path, html in PAGES.items()]
    records += [record(f"{site}/images/a.jpg", picture, "image/jpeg"), *more]
    path = folder / "site.warc.gz"
    path.write_bytes(b"".join(map(gzip.compress, records)))
    return path


@pytest.mark.parametrize("write", [write_folder, write_warc])
def test_saved_pages_come_as_drafts_with_what_they_tell(write, tmp_path, db):
    told = joomla.run("import_pages", write(tmp_path))
    assert "Sidor säger inte allt" in told
    post, page = Post.objects.get(), Page.objects.get()
    assert (post.title, post.lead, post.category.name) == ("Sommar", "Så började det.", "Nyheter")
    assert post.body == (
        '<p>Hör av dig: <a href="mailto:maj@exempel.example">Maj</a> eller '
        '<a href="mailto:maj@exempel.example">maj@exempel.example</a></p>'
    )
    assert (post.image_width, post.published_at, page.slug, page.in_menu) == (60, None, "om-oss", True)
    memory = Imported.objects.get(post=post)
    assert str(memory.published_at) == "2019-06-11 07:14:00+00:00"
    assert set(memory.old_paths) == {"/images/a.jpg", "/index.php?view=article&id=2"}
    assert Person.objects.values_list("name", "phone", "show_phone").get() == (
        "Påhittad Person", "+46701740605", False,
    )  # fmt: skip
    assert "0 ny\n0 ändrad\n2 oförändrad\n" in joomla.run("import_pages", write(tmp_path))


def test_no_file_of_a_warc_leaves_its_folder(tmp_path, db):
    url = "http://www.gamla.example/images/%2e%2e/%2e%2e/"
    hostile = [
        record(f"{url}{name}", b"x", "image/jpeg") for name in ("../../../tmp/evil-warc.jpg", "a" * 300)
    ]
    failed = record("http://www.gamla.example/nyheter/borta", b"<p>x</p>", status="404 Not Found")
    joomla.run("import_pages", write_warc(tmp_path, *hostile, failed))
    assert Post.objects.count() == 1
    assert not [*tmp_path.rglob("evil-warc.jpg")]


BAD = {
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "no WARC": lambda path: path.write_text("Hej"),
    "empty": lambda path: path.write_bytes(b""),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 9),
    "no length": lambda path: path.write_bytes(b"WARC/1.0\r\nWARC-Type: response\r\n\r\nx"),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_saved_site_is_refused_in_one_sentence(bad, tmp_path, db):
    path = write_warc(tmp_path)
    BAD[bad](path)
    with pytest.raises(CommandError, match=r"går inte att läsa|inga sparade artiklar"):
        joomla.run("import_pages", path)
    assert not Imported.objects.exists()
