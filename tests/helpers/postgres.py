"""The PostgreSQL that a run tests on, and one of a test's own, to be killed."""

import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from tests.helpers.running import free_port


def on_server(statement):
    """Let the server that this run tests on make or drop a database."""
    with closing(psycopg2.connect(os.environ["TEST_DATABASE_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def rows_in(url, query):
    """Ask the database at a URL, of either kind."""
    path = url.removeprefix("sqlite:///")
    with closing(psycopg2.connect(url) if path == url else sqlite3.connect(path)) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchall()


def rows_are_counted(table):
    """Tell whether the database knows how many rows a table has; SQLite does not ask."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return True
        cursor.execute("SELECT reltuples > 0 FROM pg_class WHERE oid = %s::regclass", [table])
        return cursor.fetchone()[0]


def programs():
    """Return the folder of PostgreSQL's programs, or skip the test."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        pytest.skip("PostgreSQL is missing (Debian: apt install postgresql)")
    return folders[-1]


class Postgres:
    """Safe against a power cut, as Debian sets it up: fsync is on."""

    def __init__(self, folder):
        """`folder`: a new one, outside of pytest's, which only its owner may enter."""
        self.data, self.port = folder / "data", free_port()
        self.programs = programs()
        self.as_owner = []
        if os.geteuid() == 0:  # initdb refuses root
            owner = "postgres" if "postgres" in [user.pw_name for user in pwd.getpwall()] else "nobody"
            shutil.chown(folder, owner)
            self.as_owner = ["runuser", "-u", owner, "--"]
        self.do(
            "initdb", "--username=tests", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        self.url = f"postgres://tests:x@127.0.0.1:{self.port}/postgres"
        self.start()

    def do(self, program, *arguments):
        command = [*self.as_owner, self.programs / program, "-D", self.data, *arguments]
        return subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=120)

    def start(self):
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -c unix_socket_directories="
        # A postmaster that was killed leaves children that must have noticed before the next may start.
        for attempt in range(50):
            try:
                self.do("pg_ctl", "start", "-w", "-s", "-l", self.data.parent / "log", "-o", options)
                return
            except subprocess.CalledProcessError:
                assert attempt < 49, (self.data.parent / "log").read_text()
                time.sleep(0.1)

    def kill(self):
        """kill -9, to the postmaster and all that it started."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        started = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in [postmaster, *map(int, started)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def stop(self):
        self.do("pg_ctl", "stop", "-m", "immediate", "-s")

    def rows(self, query):
        return rows_in(self.url, query)
