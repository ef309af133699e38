"""What a search finds, on both databases."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents.models import Document
from news.models import Category, Post
from news.search import DocumentEntry, Query, SearchEntry, has_word, search
from tests.helpers.hostile import naughty_strings, some_naughty_strings
from tests.helpers.pages import make_page

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
POSTGRESQL = connection.vendor == "postgresql"
KEY_WORD = "hyresförhandling"


def found(client, query, sida=1):
    """The titles that a search shows, in order."""
    response = client.get("/sok/", {"q": query, "sida": sida})
    assert response.status_code == 200
    return [post.title for post in response.context_data["posts"]]


@pytest.fixture
def posts(branch, make_post):
    make_post(
        title="Om hyran", body="<p>Vår hyresförhandling har börjat.</p>", published_at=timezone.now() - DAY
    )
    make_post(title="Sommarfest", body="<p>Grannar har fest. 100 % kul på gården_2.</p>")


@pytest.mark.parametrize(
    "query",
    [
        "hyresförhandling", "HYRESFÖRHANDLING", "hyresforhandling", "Hyresförhandlingen",
        "hyresförhandlingar", "hyresförhandl", "hyresför", "förhandling", "hyran hyresförhandling",
        "hyresfo\u0308rhandling", "hyres\u00adförhandling", "  hyresförhandling!? ", "”hyresförhandling”",
    ],
)  # fmt: skip
def test_a_word_is_found_however_it_is_written(client, posts, query):
    assert found(client, query) == ["Om hyran"]


@pytest.mark.parametrize("query", ["hyresförhandlingen", "hyresforhandlingen"])
def test_an_inflection_is_the_word_itself_to_postgresql_and_something_like_it_to_sqlite(client, posts, query):
    assert client.get("/sok/", {"q": query}).context_data["is_wider"] is not POSTGRESQL


@pytest.mark.parametrize(
    "query",
    ["hår", "%", "_", "%%", "hyr%n", "gård_2x", "'", '"', "\\", "' OR 1=1 --", "a & b", "!", ":*", "hyran:B",
     "<->", "bostadsrätt", "hyresförhandling bostadsrätt", "fest hyran", "x" * 10_000, "\0", "å", "0"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client, posts, query):
    assert found(client, query) == []


def test_a_short_word_is_not_the_beginning_of_another_and_its_marks_count(client, branch, make_post):
    make_post(title="Hår", body="<p>Klipp dig.</p>")
    make_post(title="Hårda regler", body="<p>Vi har inte tid.</p>")
    assert found(client, "hår") == ["Hår"]
    assert found(client, "har") == ["Hår", "Hårda regler"]  # who has no å on the keyboard finds both


def test_ten_thousand_characters_are_searched_like_their_beginning(client, posts):
    assert found(client, "hyresförhandling " * 600) == ["Om hyran"]


def test_a_word_in_the_title_counts_more_then_the_newest_and_what_no_longer_holds_says_so(
    client, branch, make_post
):
    now = timezone.now()
    make_post(title="A", body="<p>Balkong</p>", published_at=now - DAY * 3)
    make_post(title="B", lead="Balkonger.", published_at=now - DAY * 2)
    make_post(title="C gäller inte", body="<p>balkong</p>", published_at=now - DAY, expires_at=now)
    make_post(title="Din balkong", published_at=now - DAY * 9)
    make_post(title="Balkong: gäller inte", published_at=now - DAY * 8, expires_at=now)
    assert found(client, "balkong") == ["Balkong: gäller inte", "Din balkong", "C gäller inte", "B", "A"]
    assert client.get("/sok/?q=balkong").text.count("Gäller inte längre") == 2


@pytest.mark.parametrize("published_at", [None, timezone.now() + DAY], ids=["draft", "scheduled"])
def test_what_is_not_published_is_not_found(client, posts, make_post, published_at):
    make_post(title="Hemligt", body="<p>hyresförhandling</p>", published_at=published_at)
    assert found(client, KEY_WORD) == ["Om hyran"]


def test_search_knows_what_a_post_says_now_also_when_it_was_saved_past_its_own_save(client, posts):
    post = Post.objects.get(title="Om hyran")
    post.body, post.lead = "<p>Tvättstugan.</p>", "Bokning"
    post.save()
    assert found(client, KEY_WORD) == []
    assert found(client, "tvättstuga") == found(client, "bokning") == ["Om hyran"]
    post.search_text = "En gammal text om parkering"
    post.save_base(raw=True)  # as a restored version and a loaded dump are
    assert found(client, "parkering") == ["Om hyran"]
    assert post.delete() == (1, {"news.Post": 1})  # what the admin tells who deletes it
    assert found(client, "parkering") == []
    assert SearchEntry.objects.count() == 1  # the other post's
    Post.objects.all().delete()
    assert not SearchEntry.objects.exists()


def test_search_knows_what_a_document_says_now(client, make_document):
    document, other = make_document("Motion om hissen"), make_document("Om allt", title="Protokoll")

    def documents(query):
        page = client.get("/sok/", {"q": query}).text
        return [one for one in (document, other) if f'"{one.get_absolute_url()}"' in page]

    assert documents("hissen") == [document]
    document.title, document.text = "Regler", "Om tvätt"
    document.save()
    assert documents("hissen") == documents("stadgar") == []
    assert documents("tvätt") == documents("regler") == documents("tvatt regl") == [document]
    Document.objects.get(pk=other.pk).delete()
    assert documents("protokoll") == []
    assert [entry.pk for entry in DocumentEntry.objects.all()] == [document.pk]


def test_search_looks_at_words_that_are_read_and_not_at_markup_or_addresses(client, branch, make_post):
    make_post(title="Fråga", body='<p>Skriv <a href="https://exempel.se/">här</a> till anna@example.org.</p>')
    for query in ("href", "exempel", "anna", "example.org", "p"):
        assert found(client, query) == [], query


def test_a_page_of_text_is_found_by_its_title_or_text_before_the_news(client, posts):
    make_page(
        title="Om oss",
        body="<p>Vi är medlemmar som samlas till fest.</p>",
        order=1,
    )
    make_page(title="Bli medlem", body="<p>Skriv till anna@example.org.</p>", order=2)

    def pages(query, sida=1):
        html = client.get("/sok/", {"q": query, "sida": sida}).text
        return re.findall(r'<p class="date">Sida</p>.*?<a href="([^"]+)">', html, re.DOTALL)

    assert pages("medlem") == ["/bli-medlem/", "/om-oss/"]  # the word in the title first
    assert pages("MEDLEMMARNA") == ["/om-oss/"]
    assert pages("bli medlem") == ["/bli-medlem/"]
    assert pages("fest") == ["/om-oss/"]
    assert found(client, "fest") == ["Sommarfest"]
    for nothing in ("anna", "href", "medlem finnsinte", "", "."):
        assert pages(nothing) == [], nothing
    said = " ".join(client.get("/sok/?q=fest").text.split())
    assert "1 sida och 1 nyhet om ”fest”" in said
    assert "samlas till <mark>fest</mark>." in said
    assert "2 sidor om ”medlem”" in " ".join(client.get("/sok/?q=medlem").text.split())


def test_pages_stand_before_the_first_ten_posts_alone(client, branch, make_post):
    make_page(title="Balkong")
    for number in range(11):
        make_post(title=f"Balkong {number}")
    assert "Sida</p>" in client.get("/sok/?q=balkong").text
    second = client.get("/sok/?q=balkong&sida=2").text
    assert "Sida</p>" not in second
    assert "1 sida och 11 nyheter om" in " ".join(second.split())


def test_something_like_it_is_offered_and_said_to_be_that(client, posts):
    page = client.get("/sok/?q=förhandling")
    assert page.context_data["is_wider"]
    assert "Ingen nyhet har precis ”förhandling”. Den här liknar det du söker" in page.text


def test_an_empty_result_helps(client, posts):
    Category.objects.create(name="Möten")
    page = client.get("/sok/?q=grillplats+bygge").text
    assert "Ingen nyhet, sida eller dokument handlar om ”grillplats bygge”" in page
    for help_text in (
        "Kontrollera stavningen",
        "färre ord",
        'href="/nyheter/"',
        'href="/kontakt/"',
        ">Möten<",
    ):
        assert help_text in page
    assert 'value="grillplats bygge"' in page


def test_a_search_for_nothing_is_only_the_form(client, posts):
    for address in ("/sok/", "/sok/?q=", "/sok/?q=%20"):
        page = client.get(address)
        assert page.status_code == 200
        assert 'name="q"' in page.text
        assert 'role="status"' not in page.text.partition("</form>")[2].partition("</div>")[0]
    assert "Skriv minst ett ord" in client.get("/sok/?q=%25").text


class Marks(HTMLParser):
    """The texts in <mark>, and all text of the results."""

    def __init__(self, html):
        super().__init__()
        self.marked, self.tags, self.inside = [], set(), False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.inside = tag == "mark"

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.marked.append(data)


def test_what_was_found_is_marked_in_the_title_and_in_the_text_around_it(client, branch, make_post):
    words = " ".join(f"ord{number}" for number in range(200))
    make_post(title="Hyresförhandlingen 2026", body=f"<p>{words} om HYRESFÖRHANDLING nu {words}</p>")
    page = client.get("/sok/?q=hyresforhandling").text
    assert Marks(page).marked == ["Hyresförhandlingen", "HYRESFÖRHANDLING"]
    excerpt = re.search(r'<p dir="auto">(… .* …)</p>', page)[1]
    assert "ord199 om <mark>HYRESFÖRHANDLING</mark> nu ord0" in excerpt
    assert len(excerpt) < 280


def test_headings_and_rows_of_lists_stand_apart_in_an_excerpt(client, branch, make_post):
    make_post(
        title="Fest", lead="Kom!", body="<h2>Ta med</h2><ul><li>Korv</li><li>Kaffe</li></ul><p>Vi ses.</p>"
    )
    assert "Kom! Ta med · <mark>Korv</mark> · Kaffe · Vi ses.<" in client.get("/sok/?q=korv").text


@pytest.mark.parametrize("vector", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;"])
def test_markup_stays_text_whether_it_is_marked_or_not(client, branch, make_post, vector):
    make_post(title=f"{vector} fest", lead=f"fest {vector}")
    for query in ("fest", "script", "alert", vector):
        page = client.get("/sok/", {"q": query}).text
        assert "<script>" not in page
        assert "onerror=" not in re.sub(r"&lt;.*?&gt;", "", page)
        assert "&amp;lt;b" in page or "<b>" not in page


def test_an_address_is_not_searched_for_not_repeated_and_explained(client, posts):
    page = client.get("/sok/", {"q": "anna@example.org hyresförhandling", "sida": 1}).text
    assert "example" not in page
    assert 'value="hyresförhandling"' in page
    assert "E-postadresser går inte att söka på" in page
    assert "Om hyran" in page


@pytest.mark.parametrize(
    "strings", [some_naughty_strings, pytest.param(naughty_strings, marks=pytest.mark.long)]
)
def test_a_naughty_string_finds_only_posts_that_hold_its_words(client, posts, strings):
    for text in strings():
        query = text.encode("utf-8", "replace").decode()
        response = client.get("/sok/", {"q": query})
        assert response.status_code == 200, text
        found = response.context_data["found"]
        if found.typed:  # nothing holds its words, and the page says which are meant
            assert f">{found.query.text}</a>? Visar träffar på det." in response.text, text
        for post in response.context_data["posts"]:
            words = found.query.stems
            assert words, text
            assert all(word in post.search_entry.text for word in words), text
        assert "\0" not in response.text


def test_bytes_that_are_no_text_are_no_error(client, posts):
    for query in ("%ED%A0%80", "%ff%fe", "%00", "%F0%9F%98%80", "a&q=b", "a&sida=abc", "a&sida=-1"):
        assert client.get(f"/sok/?q={query}").status_code in (200, 404), query


def test_a_very_long_text_can_be_saved_and_found(client, branch, make_post):
    words = " ".join(f"ord{number:06}" for number in range(30_000))
    make_post(title="Lång", body=f"<p>Altan {words} {'x' * 5000}</p>")
    assert found(client, "altan ord000100") == ["Lång"]


def test_results_come_in_pages_of_ten_and_keep_the_question(client, branch, make_post):
    for number in range(12):
        make_post(title=f"Fest {number:02}", published_at=timezone.now() - DAY * number)
    page = client.get("/sok/?q=fest")
    assert "12 nyheter om ”fest”" in page.text
    assert 'rel="next" href="?q=fest&amp;sida=2"' in page.text
    assert found(client, "fest", sida=2) == ["Fest 10", "Fest 11"]
    assert client.get("/sok/?q=fest&sida=3").status_code == 404


def test_many_results_are_narrowed_to_a_year(client, branch, make_post):
    for number in range(12):
        make_post(title=f"Fest {number:02}", published_at=datetime(2015 + number % 2, 1, 1, 12, tzinfo=UTC))
    assert '<a href="?q=fest&amp;ar=2015">2015</a>' in client.get("/sok/?q=fest&sida=2").text
    page = client.get("/sok/?q=fest&ar=2015").text
    assert "6 nyheter om ”fest”" in page
    assert '<a href="?q=fest">Alla år</a>' in page
    for nonsense in ("0000", "²015", "2015x", "9" * 30):
        assert "12 nyheter om ”fest”" in client.get("/sok/", {"q": "fest", "ar": nonsense}).text


def test_a_search_is_neither_indexed_nor_kept(client, posts):
    response = client.get("/sok/?q=fest")
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in response.text
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert not response.cookies


@pytest.mark.parametrize("query", ["fest", "finnsinte", "ekplats", "lekplatsernas fest", "lekplatz", ""])
def test_a_search_takes_at_most_seven_queries_however_many_posts_and_pages(
    client, posts, make_post, query, django_assert_max_num_queries
):
    for number in range(60):
        make_post(
            title=f"Lekplats och fest {number}", category=Category.objects.get_or_create(name="Möten")[0]
        )
        make_page(title=f"Om fest {number}")
    client.get("/sok/?q=stamby")  # makes what follows from the content alone
    with django_assert_max_num_queries(7):
        client.get("/sok/", {"q": query})


def test_words_and_the_order_of_posts_come_from_an_index(posts):
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        if POSTGRESQL:
            cursor.execute("SET LOCAL enable_seqscan = off")  # with two posts it is faster without
            assert "search_vector" in SearchEntry.objects.filter(has_word("fest")).explain()
            assert "document_vector" in DocumentEntry.objects.filter(has_word("fest")).explain()
            return
        assert len(search(Query("fest"), Post.objects.published())) == 1
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[-1]['sql']}")
        assert "USING COVERING INDEX post_newest" in str(cursor.fetchall())


@pytest.mark.parametrize(
    ("query", "is_indexed"),
    [("hyresforhandling", True), ("förhandling", False), ("utkastet hyra", True), ("finnsinte", False)],
)
def test_the_admins_list_finds_drafts_too_and_reads_every_text_only_where_no_word_begins_so(
    as_superuser, posts, make_post, query, is_indexed
):
    make_post(title="Utkastet", body="<p>Hyra och hyresförhandling.</p>", published_at=None)
    with CaptureQueriesContext(connection) as queries:
        page = as_superuser.get("/admin/news/post/", {"q": query})
    listed = {post.title for post in page.context_data["cl"].result_list}
    assert (
        listed
        == {
            "hyresforhandling": {"Om hyran", "Utkastet"},
            "förhandling": {"Om hyran", "Utkastet"},
            "utkastet hyra": {"Utkastet"},
            "finnsinte": set(),
        }[query]
    )
    read = [sql for sql in (one["sql"] for one in queries) if "REGEXP" in sql or "UPPER(" in sql]
    assert bool(read) is not is_indexed
