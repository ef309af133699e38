"""Locks that keep two commands of the operator from doing the same work at once."""

import fcntl
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

ADVISORY_LOCK = 0x48474653  # "HGFS": ours among all that may use the same PostgreSQL database


@contextmanager
def one_at_a_time(name):
    """A second one on this machine waits here. Not to be entered twice by one process."""
    with (settings.DATA_DIR / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def one_change_of_tables_at_a_time():
    """A second start or restore waits here: for a file on this machine, for the database on another."""
    with one_at_a_time("prepare"):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        yield
