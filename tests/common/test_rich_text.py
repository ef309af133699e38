"""What may be stored as rich text, and what reaches a reader of it."""

import re
from html.parser import HTMLParser

import pytest
from django.core.checks import run_checks
from django.db import connection

from common.richtext import checks
from common.richtext import fields as richtext
from common.richtext.blocks import html_to_text
from common.richtext.sanitize import ATTRIBUTES, TAGS, clean_html
from news.filters import SCROLLING_TABLE, rich_text
from news.models import Post
from tests.helpers.hostile import xss_vectors
from tests.helpers.pages import make_page
from tests.helpers.properties import given, st

pytestmark = pytest.mark.any_database

EVERYTHING = (
    "<h2>Rubrik</h2><h3>Underrubrik</h3><p><strong>Fet</strong> <em>kursiv</em><br>rad "
    '<a href="https://example.org/a?b=1">länk</a></p><ul><li>Ett</li></ul><ol start="2"><li>Två</li></ol>'
    '<blockquote><p>Citat</p></blockquote><table><thead><tr><th scope="col">A</th></tr></thead>'
    '<tbody><tr><th scope="row">B</th><td>C</td></tr></tbody></table>'
    "<p>10<sup>6</sup> CO<sub>2</sub> <s>150 kr</s></p>"
    '<ol type="a" start="0" reversed=""><li value="5">A</li></ol>'
    '<table><caption>Tider</caption><tbody><tr><td colspan="2" rowspan="50">A</td></tr></tbody></table>'
)


class Finder(HTMLParser):
    """Lists what a browser would make of HTML and what must not be there."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.found.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, ()):
                self.found.append(f"{tag} {name}")
            visible = "".join(character for character in value or "" if character.isprintable()).lstrip()
            scheme = re.match(r"([a-z][a-z0-9+.-]*):", visible, re.IGNORECASE)
            if name == "href" and scheme and scheme[1].lower() not in {"http", "https", "mailto", "tel"}:
                self.found.append(value)


# What stands on a page in the place of an e-mail address, and nothing of the writer's.
PROTECTED = re.compile(
    r'<button class="reveal in-text" form="epost" formaction="/kontakt/e-post/[\w-]+/">Visa [^<]+</button>'
)


def forbidden_in(html):
    return Finder(html).found


def stored_body(post):
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM news_post WHERE id = %s", [post.pk])
        return cursor.fetchone()[0]


def test_the_finder_of_these_tests_finds():
    assert forbidden_in('<script></script><p onclick="x"><a href="java\nscript:x"></a></p>') == [
        "script", "p onclick", "java\nscript:x",
    ]  # fmt: skip


def test_everything_on_the_toolbar_is_kept_as_it_is():
    assert clean_html(EVERYTHING) == EVERYTHING


def test_the_editor_offers_exactly_what_the_server_keeps():
    offered = {rule.partition("[")[0] for rule in richtext.EDITOR_CONFIG["allowedContent"].split("; ")}
    assert offered == TAGS
    assert "a[href]" in richtext.EDITOR_CONFIG["allowedContent"]
    assert "th[colspan,rowspan,scope]" in richtext.EDITOR_CONFIG["allowedContent"]


def test_text_of_a_removed_tag_stays_and_a_script_goes_whole():
    assert clean_html("<div><font>Hej</font><script>alert(1)</script></div>") == "Hej"
    assert clean_html('<p lang="en" title="x">A</p>') == "<p>A</p>"
    assert clean_html('<th scope="hela">A</th>') == clean_html("<th>A</th>")
    for number in ("x", "12345", "", "1.5"):
        assert clean_html(f'<ol start="{number}"><li value="{number}">A</li></ol>') == "<ol><li>A</li></ol>"
    for span in ("0", "1", "51", "-2", "x"):
        assert clean_html(f'<table><tr><td colspan="{span}" rowspan="{span}">A</td></tr></table>') == (
            "<table><tbody><tr><td>A</td></tr></tbody></table>"
        )


@pytest.mark.django_db
def test_no_hostile_vector_survives_being_saved_as_a_body_and_read_as_a_page(client, make_post):
    vectors = xss_vectors()
    post = make_post(body="", title="Prov", lead="")
    for vector in vectors:
        Post.objects.filter(pk=post.pk).update(body=vector)
        body = stored_body(post)
        assert forbidden_in(body) == [], vector
        assert clean_html(body) == body, vector
    everything = make_post(title="Allt", body="\n".join(vectors))
    page = client.get(everything.get_absolute_url()).text
    text = page.partition('<div class="text">')[2].partition("</article>")[0]
    text = (
        text.strip()
        .removesuffix("</div>")
        .replace(SCROLLING_TABLE, "<table>")
        .replace("</table></div>", "</table>")
    )
    text = text.replace(' dir="auto"', "")
    assert forbidden_in(PROTECTED.sub("", text)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["save", "create", "bulk_create", "update", "bulk_update"])
def test_every_way_into_the_database_cleans(way, make_post):
    dirty, clean = "<p onclick=x>Hej<script>1</script></p>", "<p>Hej</p>"
    if way == "create":
        post = make_post(body=dirty)
    elif way == "bulk_create":
        [post] = Post.objects.bulk_create([Post(title="Nyhet", slug="nyhet", body=dirty)])
    else:
        post = make_post()
        post.body = dirty
        if way == "save":
            post.save()
        elif way == "update":
            Post.objects.filter(pk=post.pk).update(body=dirty)
        else:
            Post.objects.bulk_update([post], ["body"])
    assert stored_body(post) == clean


@pytest.mark.django_db
def test_what_got_into_the_database_past_django_is_cleaned_on_its_way_out(client):
    page = make_page(title="Om oss", body="")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE news_page SET body = %s", ["<p>Hej</p><script>alert(1)</script>"])
    html = client.get(page.get_absolute_url()).text
    assert '<p dir="auto">Hej</p>' in html
    assert "alert(1)" not in html


@given(
    st.text()
    | st.lists(st.sampled_from(["<p>", "</a>", "<a href='", "&", "<!--", "<svg>", "x"])).map("".join)
)
def test_cleaning_twice_changes_nothing_and_leaves_nothing_forbidden(html):
    once = clean_html(html)
    assert clean_html(once) == once
    assert forbidden_in(rich_text(html).replace(' dir="auto"', "")) == []


def test_the_visible_text_keeps_words_apart_and_characters_together():
    html = (
        "<h2>Möte</h2><p>kl.&nbsp;18 hos <strong>o</strong>ss<br>Välkommen</p><ul><li>A</li><li>B</li></ul>"
    )
    assert html_to_text(html) == "Möte\nkl. 18 hos oss\nVälkommen\nA\nB"


@pytest.mark.parametrize("html", ['<![><img src="]>', "<![CDATA[x]]", "<!x [<p>", "<", "&#"])
def test_broken_html_has_a_text_too(html):
    assert isinstance(html_to_text(html), str)


def errors():
    return {error.id for error in run_checks(tags=["security"]) if error.id.startswith("news.")}


def test_the_configuration_passes_its_own_check():
    assert errors() == set()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"allowedContent": True}, "news.E002"),
        ({"allowedContent": ""}, "news.E002"),
        ({"extraPlugins": "rubriker, image2"}, "news.E003"),
        ({"extraPlugins": "autolink"}, "news.E003"),
        ({"versionCheck": True}, "news.E004"),
    ],
)
def test_a_dangerous_editor_configuration_stops_the_start(monkeypatch, change, error):
    for key, value in change.items():
        monkeypatch.setitem(richtext.EDITOR_CONFIG, key, value)
    assert errors() == {error}


def test_the_editors_own_upload_view_stops_the_start(settings):
    settings.CKEDITOR_UPLOAD_PATH = "uploads/"  # it refuses to be imported without
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "ckeditor_uploader"]
    assert errors() == {"news.E001"}


def test_the_editors_own_upload_view_is_found_however_deep_it_is_routed(settings):
    settings.CKEDITOR_UPLOAD_PATH = "uploads/"
    from ckeditor_uploader.urls import urlpatterns
    from django.urls import include, path

    nested = [path("a/", include([path("b/", include((urlpatterns, "ckeditor")))]))]
    assert checks.routes_uploader(nested)
