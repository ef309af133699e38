"""A database that is away: for this process, and for a site that runs."""

from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


@contextmanager
def database_away():
    """For this process: every query fails."""

    def fail(*args, **kwargs):
        raise OperationalError("the server closed the connection")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", fail)
        patch.setattr(BaseDatabaseWrapper, "close", lambda self: None)  # the test's own
        yield


@contextmanager
def postgres_away(url):
    """PostgreSQL ends every connection to a database and takes no new one."""
    server, _, name = url.rpartition("/")
    with closing(psycopg2.connect(f"{server}/postgres")) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
