"""Pages of twenty posts and of thousands: the same work, by indexes."""

import re
from datetime import timedelta

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.db.transaction import atomic
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.page_cache import memo
from news.lists.paging import POSTS_PER_PAGE, NewsList
from news.models import Category, Post
from tests.helpers.wsgi import Worker

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 4000


@pytest.fixture
def many(content):
    """Posts of six years, an hour and a bit apart, in three categories; every tenth has expired."""
    now = timezone.now()
    categories = [content["category"], *(Category.objects.create(name=name) for name in ("Hyror", "Fester"))]
    times = [now - timedelta(hours=13 * number + 1) for number in range(MANY)]
    Post.objects.bulk_create(
        Post(
            title=f"Nyhet {number}",
            slug=f"nyhet-{number}",
            body=f"<p>{'Text. ' * 100}</p>",
            category=categories[number % 3],
            published_at=time,
            expires_at=time + timedelta(minutes=30) if number % 10 == 0 else None,
        )
        for number, time in enumerate(times)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")  # as autovacuum does
    return content


def plan(sql):
    """Return how the database goes about a query, one line a step."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with atomic(), connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        return [str(row[-1]) for row in cursor.fetchall()]


def reads_every_post(step):
    """Tell whether a step of a plan goes through the posts themselves, not through an index."""
    return bool(re.search(r"Seq Scan on news_post\b|^SCAN (news_post|U\d)(?! USING)", step))


def test_no_page_reads_every_post(many, monkeypatch):
    worker = Worker(monkeypatch)
    year = timezone.localdate().year - 2
    last = (Post.objects.current().count() - 1) // 10 + 1
    worker.ask("/nyheter/?sida=2")  # makes the counts, which need them all, for this content version
    for address in (
        "/",
        "/nyheter/",
        f"/nyheter/?sida={last}",
        f"/nyheter/arkiv/{year}/?sida=2",
        "/nyheter/kategori/hyror/?sida=20",
        "/nyheter/nyhet-2003/",
    ):
        with CaptureQueriesContext(connection) as queries:
            assert worker.ask(address).status == 200, address
        asked = [query["sql"] for query in queries]
        ours = [sql for sql in asked if 'FROM "news_post"' in sql]
        assert ours, address
        for sql in ours:
            if "COUNT(*)" in sql:  # of a category or a year, the first time
                continue
            steps = plan(sql)
            assert not [step for step in steps if reads_every_post(step)], (address, sql, steps)


def test_the_posts_beside_one_are_found_by_its_place_in_an_index(many):
    with CaptureQueriesContext(connection) as queries:
        Post.objects.with_neighbours().get(slug="nyhet-2003")
    [query] = queries
    steps = plan(query["sql"])
    by_index = "SEARCH" if connection.vendor == "sqlite" else "Index Cond"
    assert len([step for step in steps if by_index in step and "published_at" in step]) == 2, steps
    assert not [step for step in steps if reads_every_post(step)], steps


def test_the_post_held_on_top_is_not_looked_for_among_all(many, client):
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    [steps] = [
        plan(query["sql"]) for query in queries if "pinned_until" in query["sql"].partition(" WHERE ")[2]
    ]
    assert [step for step in steps if "post_pinned" in step], steps


def test_reading_the_content_version_reads_no_post(many, monkeypatch):
    from common.page_cache.content_version import version_query

    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{explain} {version_query()}", [now] * version_query().count("%s"))
        steps = [str(row[-1]) for row in cursor.fetchall()]
    assert not [step for step in steps if reads_every_post(step)], steps


def test_the_last_page_has_the_oldest_posts(many, client):
    last = (Post.objects.current().count() - 1) // 10 + 1
    oldest = Post.objects.current().newest_first().last()
    assert oldest.title in client.get(f"/nyheter/?sida={last}").text
    assert client.get(f"/nyheter/?sida={last + 1}").status_code == 404


def test_the_last_page_is_shown_while_one_of_the_posts_is_deleted(make_post):
    for number in range(105):
        make_post(title=f"Nyhet {number}", published_at=timezone.now() - timedelta(hours=number + 1))
    pages = Paginator(NewsList(), POSTS_PER_PAGE)
    assert pages.num_pages == 11
    Post.objects.get(title="Nyhet 0").delete()
    assert [post.title for post in pages.page(11)] == [f"Nyhet {number}" for number in range(100, 105)]


def test_every_page_has_its_posts_and_is_read_from_the_nearer_end(many, client):
    keys = list(Post.objects.current().newest_first().values_list("pk", flat=True))
    last = (len(keys) - 1) // 10 + 1
    for number in (1, 2, 11, 12, last // 2, last // 2 + 1, last // 2 + 2, last - 11, last - 1, last):
        with CaptureQueriesContext(connection) as queries:
            posts = client.get(f"/nyheter/?sida={number}").context_data["posts"]
            shown = [post.pk for post in posts]
        assert shown == keys[number * 10 - 10 : number * 10], number
        passed = re.findall(r"OFFSET (\d+)", " ".join(query["sql"] for query in queries))
        assert all(int(offset) <= len(keys) / 2 for offset in passed), number


# --- Once per content version ---


def test_what_stands_on_every_page_is_asked_for_once_per_content_version(
    content, make_post, monkeypatch, django_assert_num_queries
):
    other = make_post(title="En till")
    worker = Worker(monkeypatch)
    worker.ask("/")
    worker.ask("/nyheter/?sida=1")
    with django_assert_num_queries(1):
        assert worker.ask(content["page"].get_absolute_url()).state == "miss"
    with django_assert_num_queries(2):  # with those before and after it; its areas
        assert worker.ask(content["post"].get_absolute_url()).state == "miss"
    with django_assert_num_queries(1):
        assert worker.ask(other.get_absolute_url()).state == "miss"


def test_a_change_shows_in_what_stands_on_every_page(content, monkeypatch):
    worker = Worker(monkeypatch)
    assert "Om oss" in worker.ask("/").text
    content["page"].title = "Vilka vi är"
    content["page"].save()
    assert "Vilka vi är" in worker.ask_later("/kontakt/").text
    assert "Om oss" not in worker.ask("/").text


def test_the_menu_says_where_one_is_also_when_the_rest_of_it_is_cached(content, monkeypatch):
    worker = Worker(monkeypatch)
    for address, current in [
        ("/", "Start"),
        ("/kontakt/", "Kontakt"),
        ("/om-oss/", "Om oss"),
        ("/nyheter/", "Nyheter"),
    ]:
        for _ in range(2):
            found = re.findall(r'aria-current="page">([^<]+)<', worker.ask(address).text)
            assert found == [current], address
    assert 'aria-current="page"' not in worker.ask(content["post"].get_absolute_url()).text


def test_a_page_of_cached_parts_is_the_page_that_is_made_anew(content, monkeypatch, client):
    worker = Worker(monkeypatch)
    for name in ("/", "/nyheter/", "/kontakt/", "/om-oss/", content["post"].get_absolute_url()):
        assert worker.ask(name).text == client.get(name).text, name


def test_a_result_is_memoized_for_one_version_and_only_while_a_page_is_made():
    made = []

    @memo.per_content_version
    def count(name):
        made.append(name)
        return len(made)

    assert (count("a"), count("a")) == (1, 2)
    with memo.at_content_version("1"):
        assert (count("a"), count("a"), count("b"), count("a")) == (3, 3, 4, 3)
    with memo.at_content_version("2"):
        assert (count("a"), count("a")) == (5, 5)
    assert count("a") == 6
    with memo.at_content_version("2"):
        assert memo.get_or_set("own key", lambda: "x") == memo.get_or_set("own key", lambda: "y") == "x"
