"""What a resident meets: every public address, what it shows, and what it never shows."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from contacts.models import SocialLink
from news.models import Category, Page, Post
from tests.helpers.pages import make_page
from tests.helpers.public_pages import public_pages

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


FEEDS = {"news:feed", "news:category_feed", "area_feed", "sitemap"}
LETTERS = {f"mailing:{name}" for name in ("subscribe", "manage", "leave", "write")}
PROBES = {"healthz", "livez", "readyz", "metrics"}
WITHOUT_HTML = FEEDS | PROBES | {"robots", "favicon", "manifest", "security"}
FILES = {"media", "contacts:vcard", "documents:file"}
CALENDARS = {"calendar_file", "area_calendar", "news:occurrence_file"}
NOT_PAGES = (
    WITHOUT_HTML | FILES | CALENDARS | LETTERS | {"draft", "calendar_year"}
)  # each has tests of its own


def pattern_names(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield prefix + pattern.name
        elif pattern.namespace != "admin":
            inside = f"{pattern.namespace}:" if pattern.namespace else prefix
            yield from pattern_names(pattern.url_patterns, inside)


def test_the_list_of_public_addresses_is_complete(content):
    assert set(pattern_names(get_resolver().url_patterns)) == set(public_pages(content)) | NOT_PAGES


def test_every_public_page_is_swedish_has_one_heading_and_sets_no_cookie(client, content):
    for name, address in public_pages(content).items():
        response = client.get(address)
        assert response.status_code == 200, name
        assert '<html lang="sv">' in response.text, name
        assert response.text.count("<h1") == 1, name
        assert '<a class="skip" href="#innehall">Hoppa till innehållet</a>' in response.text, name
        assert '<main id="innehall"' in response.text, name
        assert not response.cookies, name
        assert "Cookie" not in response.headers.get("Vary", ""), name
        assert "csrfmiddlewaretoken" not in response.text, name


def test_every_public_page_asks_nothing_of_another_host(client, content):
    for name, address in public_pages(content).items():
        html = client.get(address).text
        html = re.sub(r'<link rel="canonical"[^>]*>', "", html)  # named, not loaded
        loaded = re.findall(r'(?:src|srcset|<link[^>]*href)="([^"]*)"', html)
        assert loaded, name
        assert all(url.startswith("/") and not url.startswith("//") for url in loaded), name


def test_every_public_page_forbids_scripts_of_others_and_inline_ones(client, content):
    for name, address in public_pages(content).items():
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "unsafe" not in policy, name


@pytest.mark.parametrize(
    "address",
    ["/finns-inte/", "/nyheter/finns-inte/", "/nyheter/arkiv/0/", "/nyheter/arkiv/1999/", "/media/x.jpg"],
)
def test_what_is_not_there_is_said_in_swedish_with_ways_on(client, branch, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "<h1>Sidan finns inte</h1>" in response.text
    assert 'href="/nyheter/"' in response.text
    assert 'href="/kontakt/"' in response.text
    assert 'action="/sok/"' in response.text


def test_an_error_of_ours_is_told_in_swedish_even_without_a_database(client, monkeypatch, settings):
    client.raise_request_exception = False
    monkeypatch.setattr("hgf_site.pages.context_processors.panel", lambda: 1 / 0)
    response = client.get("/")
    assert response.status_code == 500
    assert "Något gick fel hos oss" in response.text
    assert "ZeroDivisionError" not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "sida=0",
        "sida=-1",
        "sida=abc",
        f"sida={10**18}",
        f"sida={'9' * 5000}",
        "sida=%00",
        "sida=%ff",
        "x=%00",
    ],
)
def test_a_strange_page_number_is_no_error(client, content, query):
    assert client.get(f"/nyheter/?{query}").status_code in (200, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/%00/",
        "/nyheter/%00/",
        "/media/%00",
        "/%ff/",
        "/nyheter/arkiv/99999999999/",
        "/nyheter/arkiv/9999/",
        "/media/../../manage.py",
        "/media/%2e%2e/site.sqlite3",
        "/media/" + "a" * 300,
        "/media/..%2f.env",
        "/kontakt/e-post/%00/",
        "/kontakt/e-post/ååå/",
    ],
)
def test_a_strange_path_is_no_error(client, content, path):
    assert client.get(path).status_code in (400, 404)


def test_a_redirect_keeps_its_way_and_loses_the_address(client, content):
    answer = client.get("/kontakt?u=anna%40example.org&sida=2")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/kontakt/?u=&sida=2")
    assert client.get(f"/kontakt?x=%26%23{'9' * 4400}%3B").status_code == 301


# --- What is public, and when ---


def lists(content):
    """Every way out for a post, by the name of its URL pattern."""
    slugs = {"news:category_feed": [content["category"].slug], "area_feed": [content["area"].slug]}
    feeds = {name: reverse(name, args=slugs.get(name)) for name in FEEDS}
    pages = public_pages(content)
    return feeds | {
        name: pages[name] for name in ("start", "news:list", "news:category", "news:year", "area", "search")
    }


@pytest.mark.parametrize("published_at", [None, timezone.now() + DAY], ids=["draft", "scheduled"])
def test_what_is_not_published_is_nowhere(client, content, make_post, published_at):
    secret = make_post(title="Hemligt årsmöte", category=content["category"], published_at=published_at)
    secret.areas.add(content["area"])
    for name, address in lists(content).items():
        html = client.get(address).text
        assert content["post"].get_absolute_url() in html, name  # or an empty page would pass
        assert "hemligt" not in html.lower(), name
    assert client.get(secret.get_absolute_url()).status_code == 404


def test_a_scheduled_post_appears_at_its_time_with_nothing_run(client, branch, make_post, monkeypatch):
    published_at = timezone.now() + DAY
    post = make_post(published_at=published_at)
    assert client.get(post.get_absolute_url()).status_code == 404
    monkeypatch.setattr(timezone, "now", lambda: published_at)
    assert client.get(post.get_absolute_url()).status_code == 200
    assert post.title in client.get("/nyheter/").text


def test_an_expired_post_leaves_the_lists_and_keeps_its_page_with_a_banner(client, content):
    post, addresses = content["post"], lists(content)
    post.published_at = timezone.now() - DAY * 3
    post.expires_at = timezone.now() - DAY
    post.save()
    for name in (
        "start",
        "news:list",
        "news:category",
        "news:feed",
        "news:category_feed",
        "area",
        "area_feed",
    ):
        assert post.get_absolute_url() not in client.get(addresses[name]).text, name
    for name in ("search", "sitemap"):
        assert post.get_absolute_url() in client.get(addresses[name]).text, name
    assert post.title in client.get(reverse("news:year", args=[post.published_at.year])).text
    assert "gäller inte längre" in client.get(post.get_absolute_url()).text


def test_a_pinned_post_is_the_first_until_its_day_is_over(client, branch, make_post, monkeypatch):
    today = timezone.localdate()
    make_post(title="Gammal men viktig", published_at=timezone.now() - DAY, pinned_until=today)
    make_post(title="Ny")

    def first():
        return re.search(r"<h2[^>]*><a [^>]*>([^<]+)", client.get("/").text)[1]

    assert first() == "Gammal men viktig"
    monkeypatch.setattr(timezone, "localdate", lambda: today + DAY)
    assert first() == "Ny"


def test_the_news_list_is_newest_first_in_pages_of_ten(client, branch, make_post):
    for number in range(1, 13):
        make_post(title=f"Nummer {number:02}", published_at=timezone.now() - DAY * number)

    def titles(address):
        return re.findall(r"Nummer \d\d", client.get(address).text)

    assert titles("/nyheter/") == [f"Nummer {number:02}" for number in range(1, 11)]
    assert titles("/nyheter/?sida=2") == ["Nummer 11", "Nummer 12"]
    assert client.get("/nyheter/?sida=3").status_code == 404


def test_a_category_and_a_year_show_their_own_posts_only(client, branch, make_post):
    wanted, other = Category.objects.create(name="Hyror"), Category.objects.create(name="Fester")
    make_post(title="Hyran höjs", category=wanted, published_at="2025-12-31T22:59:59Z")
    make_post(title="Gårdsfest", category=other, published_at="2025-12-31T23:00:00Z")  # 2026 in Stockholm
    assert "Hyran höjs" in client.get("/nyheter/kategori/hyror/").text
    assert "Gårdsfest" not in client.get("/nyheter/kategori/hyror/").text
    assert "Hyran höjs" in client.get("/nyheter/arkiv/2025/").text
    assert "Gårdsfest" not in client.get("/nyheter/arkiv/2025/").text
    assert "Gårdsfest" in client.get("/nyheter/arkiv/2026/").text


def test_a_date_is_written_in_words_and_as_iso(client, branch, make_post):
    make_post(published_at="2019-04-21T16:30:00Z")
    assert '<time datetime="2019-04-21T18:30:00+0200">21\xa0april 2019</time>' in client.get("/").text


def test_a_list_shows_the_lead_or_else_the_first_words_of_the_text(client, branch, make_post):
    make_post(title="Med ingress", lead="Det här är ingressen.", body="<p>Brödtext.</p>")
    make_post(title="Utan", body="<h2>Rubrik</h2><p>" + "ord " * 50 + "slut</p>")
    html = client.get("/nyheter/").text
    assert "Det här är ingressen." in html
    assert "Brödtext" not in html
    assert '<p dir="auto">ord ord' in html  # running text only: a heading among it reads like a mistake
    assert "slut" not in html


def test_markup_in_a_plain_field_is_shown_as_text(client, content):
    vector = "<script>alert(1)</script>"
    Post.objects.update(title=vector, lead=vector, byline=vector)
    Page.objects.update(title=vector)
    Category.objects.update(name=vector)
    for name, address in public_pages(content).items():
        assert vector not in client.get(address).text, name


def test_social_media_has_a_heading_only_when_there_is_a_link(client, content):
    for address in ("/", "/kontakt/"):
        assert "Sociala medier" not in client.get(address).text
    SocialLink.objects.create(name="Testnätet", url="https://example.org/oss")
    for address in ("/", "/kontakt/"):
        html = client.get(address).text
        assert "Sociala medier" in html
        assert '<a href="https://example.org/oss">Testnätet</a>' in html


def test_a_page_of_text_stands_in_the_menu_or_at_the_foot(client, content):
    make_page(title="Integritet", body="<p>Inga kakor.</p>")
    menu, _, rest = client.get("/").text.partition("</header>")
    assert "Om oss" in menu
    assert "Integritet" not in menu
    assert "Integritet" in rest


# --- Addresses ---


def test_a_slug_is_made_of_the_title_and_never_one_that_is_taken_or_reserved(make_post):
    assert make_post(title="Årsmöte på Ängen").slug == "arsmote-pa-angen"
    assert make_post(title="Årsmöte på Ängen").slug == "arsmote-pa-angen-2"
    assert make_post(title="Arkiv").slug == "arkiv-2"
    assert make_post(title="新闻").slug == "text"
    assert make_page(title="Kontakt").slug == "kontakt-2"
    assert len(make_post(title="Å" * 150).slug) <= 100


def test_every_address_of_the_site_is_reserved(content):
    from news.paths.slugs import RESERVED_PAGE_SLUGS, RESERVED_POST_SLUGS

    def first_parts(patterns):
        return {part for pattern in patterns if (part := re.match(r"[a-z-]*", str(pattern.pattern))[0])}

    root = get_resolver().url_patterns
    news = next(pattern for pattern in root if getattr(pattern, "namespace", "") == "news")
    with_a_dot = {"robots", "sitemap", "favicon", "manifest"}  # "robots.txt": no slug can be that
    assert first_parts(root) - with_a_dot <= RESERVED_PAGE_SLUGS
    assert first_parts(news.url_patterns) <= RESERVED_POST_SLUGS


def test_a_made_up_session_is_nobodys_session(client, branch):
    client.cookies["sessionid"] = '"abcdefghij\\000"'
    assert client.get("/admin/").status_code == 302


# --- Work ---


def compressed(content):
    return len(gzip.compress(content))


def test_a_page_with_its_stylesheet_is_at_most_14_kb_and_the_script_2_kb(client, content):
    css, script = (Path(finders.find(f"hgf_site/site.{kind}")).read_bytes() for kind in ("css", "js"))
    assert compressed(script) <= 2_000
    for name, address in public_pages(content).items():
        assert compressed(client.get(address).content) + compressed(css) <= 14_000, name


def test_pages_of_one_post_and_of_two_hundred_take_the_same_number_of_queries(
    client, content, make_post, make_holder, django_assert_num_queries
):
    expected = {
        "start": 7,
        "news:list": 7,
        "news:category": 6,
        "news:year": 6,
        "news:post": 6,  # with those before and after it; a worker that has made a page before: 1
        "news:notice": 3,
        "search": 11,  # a worker that has been asked for one before: 6
        "contacts:list": 6,
        "contacts:email": 6,
        "page": 6,
        "calendar": 7,
        "documents:list": 6,
        "documents:document": 6,
    }

    connection.features.supports_json_field  # noqa: B018  asked of the database once a connection

    def check(addresses):
        for name, address in addresses.items():
            with django_assert_num_queries(expected[name], info=name):
                assert client.get(address).status_code == 200

    addresses = public_pages(content)
    del addresses["areas"], addresses["area"]
    content["area"].delete()  # tests/news/test_areas.py counts with them
    check(addresses)
    for number in range(200):
        make_post(title=f"Nyhet {number}", category=content["category"], published_at=timezone.now())
    for number in range(20):
        make_holder(f"Person {number}", f"Roll {number}", email=f"p{number}@example.org", show_email=True)
    check(addresses)
    assert client.get("/nyheter/").context_data["paginator"].num_pages == 21
