"""Queries that are written once: they answer as the querysets that they were written from, at any time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from news.models import Category, Post
from news.paging import newest_posts
from news.views import published_post

pytestmark = pytest.mark.django_db


def titles(posts):
    return [post.title for post in posts]


def test_what_they_find_follows_the_time_of_asking_not_of_writing(make_post, monkeypatch):
    now = timezone.now()
    make_post(title="Snart", published_at=now + timedelta(hours=1))
    make_post(title="Inte länge till", expires_at=now + timedelta(hours=1))
    assert titles(newest_posts()) == ["Inte länge till"]
    assert published_post(slug="snart") == []
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
    assert titles(newest_posts()) == ["Snart"]
    assert titles(published_post(slug="snart")) == ["Snart"]
    assert titles(published_post(slug="inte-lange-till")) == ["Inte länge till"]


def test_the_first_page_is_what_the_rule_for_current_posts_says(make_post):
    now = timezone.now()
    for number in range(14):
        expires_at = now - timedelta(minutes=1) if number % 3 == 0 else None
        make_post(
            title=f"Nyhet {number}", published_at=now - timedelta(hours=number + 1), expires_at=expires_at
        )
    make_post(title="Utkast", published_at=None)
    assert newest_posts() == list(Post.objects.current().newest_first()[:10])


def test_a_post_comes_with_all_that_its_page_shows_in_one_query(make_post):
    category = Category.objects.create(name="Möten & fester")
    now = timezone.now()
    for number in range(3):
        make_post(title=f"Nyhet {number}", published_at=now - timedelta(hours=number), category=category)
    with CaptureQueriesContext(connection) as queries:
        [post] = published_post(slug="nyhet-1")
        assert (post.newer, post.older) == ("nyhet-0 Nyhet 0", "nyhet-2 Nyhet 2")
        assert (post.category_name, post.category_slug) == ("Möten & fester", category.slug)
        assert post.published_at == now - timedelta(hours=1)
    assert len(queries) == 1


def test_a_connection_that_was_lost_is_replaced_and_the_query_planned_anew(make_post, transactional_db):
    make_post(title="Nyhet")
    assert titles(newest_posts()) == ["Nyhet"]
    connection.close()
    assert titles(newest_posts()) == titles(newest_posts()) == ["Nyhet"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL keeps a plan for a connection")
def test_postgresql_plans_a_query_once_a_connection(make_post):
    make_post(title="Nyhet")
    for _ in range(3):
        published_post(slug="nyhet")
        newest_posts()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE from_sql ORDER BY name")
        assert cursor.fetchall() == [("newest_posts",), ("published_post",)]
        cursor.execute("SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements")
        assert cursor.fetchone()[0] >= 6


def test_a_slug_is_a_value_and_never_sql(make_post):
    make_post(title="Nyhet")
    assert published_post(slug="' OR 1=1 --") == []
    assert published_post(slug="%s") == []
