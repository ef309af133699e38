"""Locks that keep two commands of the operator from doing the same work at once."""

from contextlib import ExitStack, contextmanager, suppress

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, connection

from common.files.file_lock import file_lock, wait_until

# "HGFS" and on: ours among all that may use the same PostgreSQL database.
ADVISORY_LOCKS = {"prepare": 0x48474653, "backup": 0x48474654, "purge": 0x48474655}
WAIT = 120  # seconds


@contextmanager
def command_lock(name):
    """Let one command that takes the lock `name` run at a time, on whichever machine of the site.

    "prepare" is for what changes the schema. Raises CommandError when another one takes too long.
    """
    with ExitStack() as locks:
        try:
            locks.enter_context(file_lock(name, WAIT))
            locks.enter_context(advisory_lock(ADVISORY_LOCKS[name]))
        except TimeoutError:
            raise CommandError(
                f"Another command has had the lock '{name}' for {WAIT} seconds: wait for its end, then try "
                "again. If there is none, a connection pooler keeps its lock: DATABASE_DIRECT_URL must name "
                "the database itself; restart the pooler."
            ) from None
        yield


@contextmanager
def advisory_lock(number):
    if connection.vendor != "postgresql":
        yield
        return
    wait_until(lambda: ask_database("pg_try_advisory_lock", number), WAIT)
    try:
        yield
    finally:
        with suppress(DatabaseError, InterfaceError):  # it went with the connection
            ask_database("pg_advisory_unlock", number)


def ask_database(function, number):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])  # noqa: S608  our own names
        return cursor.fetchone()[0]
