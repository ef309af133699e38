"""The site version: equal as long as no public page can have changed, whoever changes what.

It is a value that every change of a content table replaces, by database triggers, so that update(),
a shell or another process are seen too; and the newest moment that has come of those at which a
page changes by itself: a publication, an expiry, midnight in Stockholm.
"""

from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections, transaction
from django.utils import timezone

CONTENT_APPS = ["news", "contacts"]
BOOKKEEPING = {"contacts.EmailLimit", "news.SearchEntry"}  # no page that is kept shows these

TABLE = "site_version"  # made here and no model: nothing of it is content, or worth a backup
TRIGGER = "site_version_"

SQLITE_TABLE = [
    f"CREATE TABLE IF NOT EXISTS {TABLE} (id integer PRIMARY KEY, value text NOT NULL)",
    f"INSERT OR IGNORE INTO {TABLE} VALUES (1, hex(randomblob(16)))",  # noqa: S608  a constant
]
SQLITE_TRIGGER = f"""
    CREATE TRIGGER "{{name}}" AFTER {{event}} ON "{{table}}"
    BEGIN UPDATE {TABLE} SET value = hex(randomblob(16)); END
"""  # noqa: S608  a constant

# A transaction renews one row, once, and one that no other transaction is about to renew: changes
# never wait for each other here. There are as many rows as there ever were changes at one time.
POSTGRESQL_TABLE = [
    f"CREATE TABLE IF NOT EXISTS {TABLE} (id serial PRIMARY KEY, xact xid8 NOT NULL, "
    "value uuid NOT NULL DEFAULT gen_random_uuid())",
    f"""
    CREATE OR REPLACE FUNCTION {TABLE}_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM {TABLE} WHERE xact = pg_current_xact_id()) THEN
            UPDATE {TABLE} SET xact = pg_current_xact_id(), value = gen_random_uuid()
                WHERE id = (SELECT id FROM {TABLE} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
            IF NOT FOUND THEN
                INSERT INTO {TABLE} (xact) VALUES (pg_current_xact_id());
            END IF;
        END IF;
        RETURN NULL;
    END $$
    """,  # noqa: S608  a constant
]
POSTGRESQL_TRIGGER = f"""
    CREATE TRIGGER "{{name}}" AFTER {{event}} ON "{{table}}"
    FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_change()
"""

# Every part is one look-up in an index.
QUESTION = f"""
    SELECT 0, CAST(value AS text) FROM {TABLE}
    UNION ALL SELECT 1, CAST((SELECT max(published_at) FROM news_post WHERE published_at <= %s) AS text)
    UNION ALL SELECT 1, CAST((SELECT max(expires_at) FROM news_post WHERE expires_at <= %s) AS text)
    ORDER BY 1, 2
"""  # noqa: S608  a constant


def make_triggers(using=DEFAULT_DB_ALIAS, **kwargs):
    """Let every content table replace the value, for post_migrate; writes nothing when all are there.

    After every migrate: SQLite loses a trigger when a migration rebuilds its table.
    """
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            create_table, create_trigger, events = (
                SQLITE_TABLE,
                SQLITE_TRIGGER,
                ["INSERT", "UPDATE", "DELETE"],
            )
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            create_table, create_trigger = POSTGRESQL_TABLE, POSTGRESQL_TRIGGER
            events = ["INSERT OR UPDATE OR DELETE OR TRUNCATE"]
            cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        found = {name: table for name, table in cursor.fetchall() if name.startswith(TRIGGER)}
        wanted = {}
        for table in content_tables() & set(connection.introspection.table_names(cursor)):
            for event in events:
                sql = create_trigger.format(name="{name}", table=table, event=event)
                wanted[TRIGGER + sha256(sql.encode()).hexdigest()[:16]] = sql
        if wanted.keys() == found.keys():
            return
        for sql in create_table:
            cursor.execute(sql)
        for name in found.keys() - wanted.keys():
            on_table = "" if connection.vendor == "sqlite" else f" ON {found[name]}"
            cursor.execute(f'DROP TRIGGER "{name}"{on_table}')
        for name in wanted.keys() - found.keys():
            cursor.execute(wanted[name].format(name=name))


def content_tables():
    """Return the names of the tables that public pages are made of."""
    return {
        model._meta.db_table
        for label in CONTENT_APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.label not in BOOKKEEPING
    }


class SiteVersion(NamedTuple):
    content: str  # replaced by every change of a content table
    moment: str  # the newest that has come


def read_version():
    """Ask the database for the SiteVersion. One query; raises DatabaseError or InterfaceError."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [now, now])
        rows = cursor.fetchall()
    content = " ".join(value for part, value in rows if part == 0)
    moments = " ".join(value for part, value in rows if part == 1 and value)
    return SiteVersion(content, f"{moments} {timezone.localdate()}")


class VersionWatch:
    """The SiteVersion as one worker knows it: at most MAX_AGE seconds old while the database answers.

    It is asked for every ASK_AFTER seconds at most, by the thread of one request; the others go on
    with what is known, unless that is too old.
    """

    ASK_AFTER = 0.5
    MAX_AGE = 1.0

    def __init__(self, read: Callable[[], SiteVersion] = read_version):
        self.read = read
        self.asking = Lock()
        self.known = None  # the last SiteVersion, or None before the first answer
        self.is_away = False  # the last question had no answer
        self.asked_at = self.changed_at = float("-inf")

    def expire(self):
        """Say that something may have changed just now: what was known before no longer counts."""
        self.changed_at = monotonic()

    def current(self):
        """Return the SiteVersion, or the last one while the database is away, or None."""
        age = monotonic() - self.asked_at
        is_usable = self.asked_at > self.changed_at and (age < self.MAX_AGE or self.is_away)
        if is_usable and age < self.ASK_AFTER:
            return self.known
        # Who need not wait does not; who must, waits for the one who asks, and no longer than a moment.
        if self.asking.acquire(timeout=0 if is_usable else self.MAX_AGE):
            try:
                if monotonic() - self.asked_at >= self.ASK_AFTER or self.asked_at <= self.changed_at:
                    self.ask()
            finally:
                self.asking.release()
        elif not is_usable:
            self.is_away = True
        return self.known

    def ask(self):
        asked_at = monotonic()
        try:
            version = self.read_twice()
        except (DatabaseError, InterfaceError):
            self.is_away = True
        else:
            if version != self.known:  # else the same object stays, which compares faster
                self.known = version
            self.is_away = False
        self.asked_at = asked_at

    def read_twice(self):
        """Read; once more on a new connection, since the database may have been restarted in between."""
        try:
            return self.read()
        except (DatabaseError, InterfaceError):
            connection.close()
            return self.read()
