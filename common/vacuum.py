"""What the database would do by itself, later: overwrite what is erased, count what has come."""

from django.db import connection


def overwrite_erased(*models):
    """After a commit: let nothing of deleted rows stay where the database keeps what it needs no more.

    SQLite's write-ahead log is emptied; while somebody else reads, its pages stay until the next time. Of
    PostgreSQL the tables of the `models` are vacuumed.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA busy_timeout")
            [usual] = cursor.fetchone()
            cursor.execute("PRAGMA busy_timeout = 500")  # nobody waits long for it
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
        else:
            for model in models:
                cursor.execute(f"VACUUM {connection.ops.quote_name(model._meta.db_table)}")


def count_rows():
    """After many rows have come: tell PostgreSQL, which else sorts all of them for a page of ten."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
