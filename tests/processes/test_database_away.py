"""The site while its database is away: the last known pages, marked, and a friendly 503."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from contacts.models import Person
from tests.helpers.database_away import database_away

pytestmark = pytest.mark.django_db
# Where a test changes content twice: on PostgreSQL a transaction replaces the content version once.
commits = pytest.mark.django_db(transaction=True)


def test_while_the_database_is_away_the_last_known_page_is_served_and_marked(worker, content):
    before = worker.ask("/")
    worker.ask("/kontakt/")
    with database_away():
        for _ in range(3):
            stale = worker.ask_later("/")
            assert (stale.status, stale.state, stale.body) == (200, "stale", before.body)
        assert worker.ask("/", If_None_Match=before.headers["ETag"]).status == 304
    assert worker.ask_later("/").state == "hit"


def test_while_the_database_is_away_the_rest_is_a_friendly_503(worker, content):
    worker.ask("/")
    with database_away():
        worker.time += 1
        for address in ("/kontakt/", "/nyheter/", "/finns-inte/", "/finns/inte/", "/kontakt/?x=1"):
            answer = worker.ask(address)
            assert answer.status == 503, address
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Webbplatsen är tillfälligt nere" in answer.text
    assert worker.ask_later("/kontakt/").status == 200


def test_a_worker_that_has_never_reached_the_database_says_503(worker, content):
    with database_away():
        assert worker.ask("/").status == 503
    assert worker.ask_later("/").state == "miss"


def test_a_column_of_another_version_is_a_503_too(worker, content):
    """Until the workers have gone over to the code of a database that was restored."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contacts_branch RENAME COLUMN name TO other")
    answer = worker.ask("/kontakt/")
    assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)


@commits
def test_a_page_from_before_a_change_is_never_served_in_place_of_the_new_one(worker, content):
    """What has been taken away (a number, a name) does not come back with an outage."""
    worker.ask("/")
    worker.ask("/kontakt/")
    Person.objects.update(show_phone=False)
    assert worker.ask_later("/").state == "miss"
    with database_away():
        assert worker.ask_later("/").state == "stale"
        assert worker.ask("/kontakt/").status == 503


def test_a_page_from_before_midnight_is_served_when_it_cannot_be_made_again(worker, content, monkeypatch):
    worker.ask("/")
    worker.ask("/kontakt/")
    tomorrow = timezone.now() + timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: tomorrow)
        assert worker.ask_later("/").state == "miss"
        with database_away():
            assert worker.ask_later("/kontakt/").state == "stale"


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/?x=1", "/admin/contacts/role/ny-styrelse/?grupp=styrelse"]
)
def test_while_the_database_is_away_no_question_to_the_admin_is_called_a_mistake(as_superuser, address):
    as_superuser.raise_request_exception = False
    with database_away():
        answer = as_superuser.get(address)
    assert answer.status_code == 503
    assert "Webbplatsen är tillfälligt nere" in answer.text
