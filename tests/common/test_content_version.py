"""The content version: replaced by every change of what public pages show, whoever makes it."""

import threading
from contextlib import closing
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection, models, transaction
from django.utils import timezone

from common.page_cache.content_version import (
    TRIGGER,
    VERSION_TABLE,
    ContentVersion,
    VersionPoller,
    content_tables,
    make_triggers,
    read_version,
)
from contacts.models import Assignment, Branch, EmailLimit, Person, PostalAddress, Role, SocialLink
from contacts.rate_limits import seconds_to_wait
from news.models import Category, Page, Post, Redirect

HOUR = timedelta(hours=1)


def raw(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


CHANGES = {
    "save": lambda content: content["post"].save(),
    "create": lambda content: Post.objects.create(title="Ny"),
    "bulk_create": lambda content: SocialLink.objects.bulk_create(
        [SocialLink(name="a", url="https://a.example")]
    ),
    "bulk_create that ignores conflicts": lambda content: SocialLink.objects.bulk_create(
        [SocialLink(name="a", url="https://a.example")], ignore_conflicts=True
    ),
    "update": lambda content: Person.objects.update(show_phone=False),
    "update of one": lambda content: Page.objects.filter(pk=content["page"].pk).update(title="Ny"),
    "delete": lambda content: content["post"].delete(),
    "delete of all": lambda content: Assignment.objects.all().delete(),
    "delete that cascades": lambda content: content["holder"].person.delete(),
    "SQL": lambda content: raw("UPDATE news_category SET name = %s", "Ny"),
    "address": lambda content: PostalAddress.objects.update(city="Annanstad"),
    "SQL delete": lambda content: raw("DELETE FROM contacts_postaladdress"),
    "branch": lambda content: Branch.objects.update(phone="+46701234567"),
    "role": lambda content: Role.objects.update(email="roll@example.org"),
    "redirect": lambda content: Redirect.objects.create(old_path="/a/", target="/b/"),
    "category": lambda content: Category.objects.create(name="Fester"),
    "area": lambda content: content["area"].save(),
    "tick": lambda content: content["document"].areas.add(content["area"]),
}


@pytest.mark.django_db(transaction=True)
def test_every_change_of_content_replaces_it(content):
    seen = [read_version()]
    assert read_version() == seen[0]
    for name, change in CHANGES.items():
        change(content)
        assert read_version() not in seen, name
        seen.append(read_version())


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_taken_back_leaves_it_and_one_that_is_not_committed_is_not_seen(content):
    before = read_version()
    seen_elsewhere = []

    def look():
        seen_elsewhere.append(read_version())
        connection.close()

    def change_and_fail():
        with transaction.atomic():
            Post.objects.update(title="Ny")
            assert read_version() != before
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
            raise LookupError

    with pytest.raises(LookupError):
        change_and_fail()
    assert seen_elsewhere == [before]
    assert read_version() == before


@pytest.mark.django_db
def test_what_no_page_shows_leaves_it(content, client, superuser):
    before = read_version()
    client.force_login(superuser)
    client.get("/admin/")
    seconds_to_wait("198.51.100.1")
    assert EmailLimit.objects.exists()
    superuser.delete()  # an author is never shown
    assert read_version().moment == before.moment
    EmailLimit.objects.all().delete()
    assert "contacts_emaillimit" not in content_tables()


@pytest.mark.django_db
def test_every_table_of_news_and_contacts_is_watched_but_for_bookkeeping(content):
    tables = {
        model._meta.db_table
        for label in ["news", "contacts"]
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }
    assert tables - content_tables() == {
        "contacts_emaillimit",
        "news_documententry",
        "news_missedaddress",
        "news_searchentry",
        "news_word",
    }
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT tbl_name, count(*) FROM sqlite_master "
                "WHERE type = 'trigger' AND name LIKE 'site%' GROUP BY 1"
            )
            each = 3
        else:
            cursor.execute(
                "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger "
                "WHERE tgname LIKE 'site%' GROUP BY 1"
            )
            each = 1
        assert dict(cursor.fetchall()) == dict.fromkeys(content_tables(), each)


def triggers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'site%' ORDER BY name"
            if connection.vendor == "sqlite"
            else "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'site%' ORDER BY tgname"
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_rebuilds_a_table_does_not_end_it(content):
    before = triggers()
    assert before
    field = models.TextField(default="")
    field.set_attributes_from_name("extra")
    rebuilt = Post._meta.get_field("title")
    with connection.schema_editor() as editor:
        editor.add_field(Post, field)
        editor.remove_field(Post, field)
        editor.alter_field(Post, rebuilt, rebuilt)
    call_command("migrate", verbosity=0)
    assert triggers() == before
    version = read_version()
    Post.objects.update(title="Ny")
    assert read_version() != version


@pytest.mark.django_db
def test_triggers_of_an_older_release_give_way_and_nothing_is_written_when_all_are_there(
    content, django_assert_max_num_queries
):
    before = triggers()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f'DROP TRIGGER "{before[0]}"')
            cursor.execute(f'CREATE TRIGGER "{TRIGGER}old" AFTER UPDATE ON news_post BEGIN SELECT 1; END')
        else:
            cursor.execute(
                f'CREATE TRIGGER "{TRIGGER}old" AFTER UPDATE ON news_post '
                f"EXECUTE FUNCTION {VERSION_TABLE}_change()"
            )
    make_triggers()
    assert triggers() == before
    with django_assert_max_num_queries(4) as queries:
        make_triggers()
    assert not [query for query in queries if query["sql"].startswith(("CREATE", "DROP", "INSERT"))]


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["published_at", "expires_at"])
def test_it_changes_when_a_post_comes_or_goes_and_not_before(content, make_post, monkeypatch, field):
    now = timezone.now()
    make_post(**{"published_at": now - HOUR, field: now + HOUR})
    moments = [now, now + HOUR - timedelta(microseconds=1), now + HOUR, now + HOUR + timedelta(seconds=1)]
    versions = []
    for moment in moments:
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        monkeypatch.setattr(timezone, "localdate", lambda: now.date())
        versions.append(read_version())
    assert versions[0] == versions[1] != versions[2] == versions[3]


@pytest.mark.django_db
@pytest.mark.parametrize(("month", "hour"), [(1, 23), (7, 22)], ids=["winter", "summer"])
def test_it_changes_at_midnight_in_stockholm(db, monkeypatch, month, hour):
    midnight = timezone.now().replace(month=month, day=15, hour=hour, minute=0, second=0, microsecond=0)

    def at(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return read_version()

    second = timedelta(seconds=1)
    assert at(midnight - HOUR) == at(midnight - second) != at(midnight) == at(midnight + HOUR)


@pytest.mark.django_db
def test_it_is_one_query(content, django_assert_num_queries):
    with django_assert_num_queries(1):
        read_version()


if connection.vendor == "postgresql":  # what SQLite does not have

    @pytest.mark.django_db(transaction=True)
    class TestPostgreSQL:
        def test_truncate_and_copy_are_changes(self, content):
            before = read_version()
            raw("TRUNCATE news_page CASCADE")
            truncated = read_version()
            assert truncated != before
            raw('COPY news_category (name, slug, "order") FROM PROGRAM \'printf "Ny\\tny\\t1\\n"\'')
            assert read_version() != truncated

        def test_two_changes_at_once_do_not_wait_for_each_other(self, content):
            """Else a save could wait for a whole import, or end in a deadlock with it."""
            other = connection.copy()
            with closing(other), transaction.atomic():
                Post.objects.update(title="Ny")
                before = read_version()
                with other.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '2s'")
                    cursor.execute("UPDATE contacts_person SET name = 'Ny'")
                after = read_version()
                assert after != before
            assert read_version() == after

        def test_a_transaction_of_a_thousand_changes_writes_it_once(self, content):
            with transaction.atomic():
                Post.objects.update(title="Ny")
                before = read_version()
                for _ in range(10):
                    Post.objects.update(title="Nyare")
                assert read_version() == before


# --- Asking ---


class Clock:
    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("common.page_cache.content_version.monotonic", clock)
    return clock


class Database:
    """What a VersionPoller asks: counts the questions, answers with `version` or fails."""

    def __init__(self):
        self.asked = 0
        self.version = ContentVersion("1", "")
        self.fails = False

    def __call__(self):
        self.asked += 1
        if self.fails:
            raise OperationalError
        return self.version


@pytest.fixture
def database(monkeypatch):
    monkeypatch.setattr("common.page_cache.content_version.connection.close", lambda: None)
    return Database()


def test_it_is_asked_for_at_most_twice_a_second_and_only_when_needed(clock, database):
    poller = VersionPoller(database)
    for _ in range(100):
        poller.current()
        clock.time += 0.1
    assert 17 <= database.asked <= 20
    clock.time += 3600
    assert database.asked <= 20


def polling(poller, database):
    """Start a thread that asks and gets no answer until the returned function is called."""
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert go_on.wait(60)
        return database()

    poller.read = slow
    thread = threading.Thread(target=poller.current)
    thread.start()
    assert begun.wait(60)

    def end():
        go_on.set()
        thread.join()

    return end


def test_the_others_go_on_with_what_is_known_while_one_asks(clock, database):
    poller = VersionPoller(database)
    poller.current()
    clock.time += 0.6
    end = polling(poller, database)
    assert poller.current().content == "1"
    assert not poller.is_away
    end()


def test_the_others_do_not_go_on_with_what_is_too_old(clock, database):
    poller = VersionPoller(database)
    poller.current()
    database.version = ContentVersion("2", "")
    clock.time += 3600
    end = polling(poller, database)
    seen = []
    waiting = threading.Thread(target=lambda: seen.append(poller.current()))
    waiting.start()
    end()
    waiting.join()
    assert seen == [ContentVersion("2", "")]
    assert database.asked == 2


def test_nobody_waits_long_for_a_database_that_does_not_answer(clock, database, monkeypatch):
    monkeypatch.setattr(VersionPoller, "MAX_AGE", 0.05)
    poller = VersionPoller(database)
    poller.current()
    clock.time += 3600
    end = polling(poller, database)
    assert poller.current().content == "1"
    assert poller.is_away
    end()
    assert not poller.is_away


def test_a_connection_that_was_lost_since_is_tried_again_at_once(clock, database):
    poller = VersionPoller(database)
    poller.current()
    clock.time += 1
    failures = iter([True, False])

    def lost_once():
        if next(failures):
            raise OperationalError
        return database()

    poller.read = lost_once
    poller.current()
    assert not poller.is_away


def test_while_the_database_is_away_the_last_version_stays_and_it_is_asked_for_again(clock, database):
    poller = VersionPoller(database)
    poller.current()
    database.fails = True
    for _ in range(10):
        clock.time += 0.5
        assert poller.current().content == "1"
        assert poller.is_away
    database.fails, database.version = False, ContentVersion("2", "")
    clock.time += 0.5
    assert poller.current().content == "2"
    assert not poller.is_away


def test_before_the_first_answer_there_is_none(clock, database):
    database.fails = True
    poller = VersionPoller(database)
    assert poller.current() is None
    assert poller.is_away
