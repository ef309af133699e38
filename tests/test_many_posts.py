"""Pages of twenty posts and of thousands: the same work, by indexes."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.transaction import atomic
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.per_version import at_version, once, per_version
from news.models import Category, Post
from tests.wsgi import Worker

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
        if connection.vendor == "postgresql":
            # A prepared query's plan for any values: the one that a connection comes to use.
            cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"{explain} {sql}")
        return [str(row[-1]) for row in cursor.fetchall()]


def reads_every_post(step):
    """Tell whether a step of a plan goes through the posts themselves, not through an index."""
    return bool(re.search(r"Seq Scan on news_post\b|^SCAN (news_post|U\d)(?! USING)", step))


def test_no_page_reads_every_post(many, monkeypatch):
    worker = Worker(monkeypatch)
    year = timezone.localdate().year - 2
    last = (Post.objects.current().count() - 1) // 10 + 1
    worker.ask("/nyheter/?sida=2")  # makes the counts, which need them all, for this site version
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
        ours = [sql for sql in asked if 'FROM "news_post"' in sql or sql.startswith("EXECUTE")]
        assert ours, address
        for sql in ours:
            if "COUNT(*)" in sql:  # of a category or a year, the first time
                continue
            steps = plan(sql)
            assert not [step for step in steps if reads_every_post(step)], (address, sql, steps)


def test_the_posts_beside_one_are_found_by_its_place_in_an_index(many):
    with CaptureQueriesContext(connection) as queries:
        Post.objects.with_neighbours().get(slug="nyhet-2003")
    steps = plan(queries[-1]["sql"])
    if connection.vendor == "sqlite":
        assert sum("SEARCH" in step and "published_at" in step for step in steps) == 2, steps
        assert not [step for step in steps if step.startswith("SCAN")], steps
    else:
        assert sum("Index Cond" in step and "published_at" in step for step in steps) == 2, steps


def test_asking_for_the_site_version_reads_no_post(many, monkeypatch):
    from hgf_site.site_version import QUESTION

    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            ("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + QUESTION, [now, now]
        )
        steps = [str(row[-1]) for row in cursor.fetchall()]
    assert not [step for step in steps if reads_every_post(step)], steps


def test_the_last_page_has_the_oldest_posts(many, client):
    last = (Post.objects.current().count() - 1) // 10 + 1
    oldest = Post.objects.current().newest_first().last()
    assert oldest.title in client.get(f"/nyheter/?sida={last}").text
    assert client.get(f"/nyheter/?sida={last + 1}").status_code == 404


# --- Once per site version ---


def test_what_stands_on_every_page_is_asked_for_once_per_site_version(
    content, monkeypatch, django_assert_num_queries
):
    worker = Worker(monkeypatch)
    worker.ask("/")
    worker.ask("/nyheter/?sida=1")
    with django_assert_num_queries(1):
        assert worker.ask(content["page"].get_absolute_url()).state == "made"
    with django_assert_num_queries(1):
        assert worker.ask(content["post"].get_absolute_url()).state == "made"


def test_a_change_shows_in_what_stands_on_every_page(content, monkeypatch):
    worker = Worker(monkeypatch)
    assert "Om oss" in worker.ask("/").text
    content["page"].title = "Vilka vi är"
    content["page"].save()
    assert "Vilka vi är" in worker.ask_later("/kontakt/").text
    assert "Om oss" not in worker.ask("/").text


def test_the_menu_says_where_one_is_also_when_the_rest_of_it_is_kept(content, monkeypatch):
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


def test_a_page_of_kept_pieces_is_the_page_that_is_made_anew(content, monkeypatch, client):
    worker = Worker(monkeypatch)
    for name in ("/", "/nyheter/", "/kontakt/", "/om-oss/", content["post"].get_absolute_url()):
        assert worker.ask(name).text == client.get(name).text, name


def test_a_result_is_kept_for_one_version_and_only_while_a_page_is_made():
    made = []

    @per_version
    def count(name):
        made.append(name)
        return len(made)

    assert (count("a"), count("a")) == (1, 2)
    with at_version("1"):
        assert (count("a"), count("a"), count("b"), count("a")) == (3, 3, 4, 3)
    with at_version("2"):
        assert (count("a"), count("a")) == (5, 5)
    assert count("a") == 6
    with at_version("2"):
        assert once("own key", lambda: "x") == once("own key", lambda: "y") == "x"
