"""The content version: equal as long as no public page can have changed, whoever changes what.

It has two parts. A random value that database triggers replace at every change of a content table, so that
update(), a shell and other processes count too. And the last time that has passed of those at which a page
changes by itself: a publication, an expiry, midnight in Stockholm.
"""

from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections, transaction
from django.utils import timezone

_models = set()  # whose tables public pages are made of
_moments = []  # (table, column) of the times at which a page changes by itself

# Its name since before the word changed; no model: not content, not worth a backup.
VERSION_TABLE = "site_version"
TRIGGER = "site_version_"

SQLITE_TABLE = [
    f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (id integer PRIMARY KEY, value text NOT NULL)",
    f"INSERT OR IGNORE INTO {VERSION_TABLE} VALUES (1, hex(randomblob(16)))",  # noqa: S608  a constant
]
SQLITE_TRIGGER = f"""
    CREATE TRIGGER "{{name}}" AFTER {{event}} ON "{{table}}"
    BEGIN UPDATE {VERSION_TABLE} SET value = hex(randomblob(16)); END
"""  # noqa: S608  a constant

# A transaction replaces the value of one row, once, and skips rows that other transactions have locked: no
# change waits for another one here. There are as many rows as there ever were changes at one time.
POSTGRESQL_TABLE = [
    f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (id serial PRIMARY KEY, xact xid8 NOT NULL, "
    "value uuid NOT NULL DEFAULT gen_random_uuid())",
    f"""
    CREATE OR REPLACE FUNCTION {VERSION_TABLE}_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM {VERSION_TABLE} WHERE xact = pg_current_xact_id()) THEN
            UPDATE {VERSION_TABLE} SET xact = pg_current_xact_id(), value = gen_random_uuid()
                WHERE id = (SELECT id FROM {VERSION_TABLE} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
            IF NOT FOUND THEN
                INSERT INTO {VERSION_TABLE} (xact) VALUES (pg_current_xact_id());
            END IF;
        END IF;
        RETURN NULL;
    END $$
    """,  # noqa: S608  a constant
]
POSTGRESQL_TRIGGER = f"""
    CREATE TRIGGER "{{name}}" AFTER {{event}} ON "{{table}}"
    FOR EACH STATEMENT EXECUTE FUNCTION {VERSION_TABLE}_change()
"""


def watch(app_config, not_shown=(), moments=()):
    """Let every change of an app's tables renew the content version. For AppConfig.ready().

    `not_shown`: names of models that no stored page shows. `moments`: (model name, field name) of the
    times at which a page changes by itself, each with an index.
    """
    for model in app_config.get_models(include_auto_created=True):
        if model.__name__ not in not_shown:
            _models.add(model)
    for model_name, field in moments:
        _moments.append((app_config.get_model(model_name)._meta.db_table, field))


def version_query():
    """Return the SQL that reads the version; its parameters are the time now, once for each of the moments.

    Every part is one look-up in an index.
    """
    parts = [f"SELECT 0, CAST(value AS text) FROM {VERSION_TABLE}"]  # noqa: S608  a constant
    for table, column in _moments:
        newest = f"SELECT max({column}) FROM {table} WHERE {column} <= %s"  # noqa: S608  names of ours
        parts.append(f"SELECT 1, CAST(({newest}) AS text)")
    return " UNION ALL ".join(parts) + " ORDER BY 1, 2"


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
            cursor.execute(
                "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
                "WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)"
            )
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
    return {model._meta.db_table for model in _models}


class ContentVersion(NamedTuple):
    content: str  # replaced by every change of a content table
    moment: str  # the newest that has come


def read_version():
    """Ask the database for the ContentVersion. One query; raises DatabaseError or InterfaceError."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(version_query(), [now] * len(_moments))
        rows = cursor.fetchall()
    content = " ".join(value for part, value in rows if part == 0)
    moments = " ".join(value for part, value in rows if part == 1 and value)
    return ContentVersion(content, f"{moments} {timezone.localdate()}")


class VersionPoller:
    """The ContentVersion for one worker's threads: at most MAX_AGE seconds old while the database answers.

    Only one thread polls, every POLL_INTERVAL seconds at most; the others use the cached value while it is
    fresh, else they wait up to MAX_AGE for the thread that polls.
    """

    POLL_INTERVAL = 0.5
    MAX_AGE = 1.0

    def __init__(self, read: Callable[[], ContentVersion] = read_version):
        self.read = read
        self.lock = Lock()
        self.version = None  # the last one that was read, or None before the first
        self.is_away = False  # the database gave no answer to the last poll
        self.polled_at = float("-inf")

    def is_recent(self, polled_at):
        """Tell whether what was current at that poll may still be shown."""
        return monotonic() - polled_at < self.MAX_AGE

    def current(self):
        """Return the ContentVersion, or the last one while the database is away, or None."""
        age = monotonic() - self.polled_at
        is_usable = age < self.MAX_AGE or self.is_away
        if is_usable and age < self.POLL_INTERVAL:
            return self.version
        if self.lock.acquire(timeout=0 if is_usable else self.MAX_AGE):
            try:
                if monotonic() - self.polled_at >= self.POLL_INTERVAL:
                    self.poll()
            finally:
                self.lock.release()
        elif not is_usable:
            self.is_away = True
        return self.version

    def poll(self):
        polled_at = monotonic()
        try:
            version = self.read_with_retry()
        except (DatabaseError, InterfaceError):
            self.is_away = True
        else:
            if version != self.version:  # else the same object stays, which compares faster
                self.version = version
            self.is_away = False
        self.polled_at = polled_at

    def read_with_retry(self):
        """Read; once more on a new connection, since the database may have been restarted in between."""
        try:
            return self.read()
        except (DatabaseError, InterfaceError):
            connection.close()
            return self.read()
