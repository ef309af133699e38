"""A minute of everything at once: readers, writes, workers killed, the database gone for a third of it."""

import contextlib
import os
import random
import re
import signal
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.client import HTTPException

import psycopg2
import pytest

from tests.helpers.database_away import postgres_away
from tests.helpers.running import PYTHON, children, run, started

pytestmark = pytest.mark.long

SECONDS = 60
AWAY = (20, 40)  # from and to which second the database is away
APPEARS = 10  # the second at which a scheduled post is due
READERS = 6
MAKE_DRAFT = "from news.models import Post; Post.objects.create(title='Schemalagd', slug='schemalagd')"
POST = "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/"


class Chaos:
    def __init__(self, site, url):
        self.site, self.url = site, url
        self.begun = time.monotonic()
        self.due = None  # when the scheduled post is
        self.written = []  # (number, when it was committed for certain), the titles of the post
        self.writing = 0  # the number that may be committed already
        self.away = (float("inf"), float("inf"))
        self.answers = Counter()
        self.wrong = []

    def seconds(self):
        return time.monotonic() - self.begun

    def execute(self, sql, *parameters):
        """Change the database from outside the site, committed at once."""
        if self.url.startswith("postgres"):
            with contextlib.closing(psycopg2.connect(self.url)) as connection, connection:
                connection.cursor().execute(sql.replace("?", "%s"), parameters)
        else:
            path = self.url.removeprefix("sqlite:///")
            with contextlib.closing(sqlite3.connect(path, timeout=20)) as connection, connection:
                connection.execute(sql, parameters)

    # --- What goes on at the same time ---

    def write(self):
        while self.seconds() < SECONDS:
            number = self.writing + 1
            self.writing = number
            with contextlib.suppress(psycopg2.Error):
                self.execute(
                    "UPDATE news_post SET title = ? WHERE slug = ?", f"Rubrik {number}.", POST.split("/")[2]
                )
                self.written.append((number, time.monotonic()))
            time.sleep(random.uniform(0.05, 0.6))  # noqa: S311  no secret

    def kill(self):
        while self.seconds() < SECONDS:
            time.sleep(random.uniform(2, 9))  # noqa: S311  no secret
            if AWAY[0] - 3 < self.seconds() < AWAY[0] + 2:
                continue  # somebody has pages to show when the database goes
            workers = [worker for granian in children(self.site.process.pid) for worker in children(granian)]
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311  no secret
                    self.answers["workers killed"] += 1

    def take_the_database_away(self):
        time.sleep(AWAY[0])
        if not self.url.startswith("postgres"):
            return  # SQLite is a file
        begun = time.monotonic()
        self.away = (begun, float("inf"))
        with postgres_away(self.url):
            time.sleep(AWAY[1] - AWAY[0])
        self.away = (begun, time.monotonic())

    def read(self):
        while self.seconds() < SECONDS:
            path = random.choice(["/", "/nyheter/", POST, "/kontakt/", "/finns-inte/"])  # noqa: S311  no secret
            asked = time.monotonic()
            try:
                status, headers, body = self.ask(path)
            except (OSError, HTTPException):
                self.answers["no answer: the worker was killed"] += 1
                time.sleep(0.05)  # as a reader waits before the next try
                continue
            self.judge(path, status, headers, body, asked, time.monotonic())

    def ask(self, path):
        try:
            answer = urllib.request.urlopen(self.site.url + path, timeout=30)  # noqa: S310  our own
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read().decode()

    # --- What is right ---

    def judge(self, path, status, headers, body, asked, answered):
        state = headers["X-Page-Cache"]
        self.answers[f"{status} {state or ''}".strip()] += 1
        was_away = asked <= self.away[1] + 5 and answered >= self.away[0]
        if status == 503:
            right = was_away and "nere" in body and int(headers["Retry-After"]) > 0
        elif path == "/finns-inte/":
            right = status == 404 and "Sidan finns inte" in body
        elif status != 200:
            right = False
        elif path == "/kontakt/":
            right = "<h1>Kontakt</h1>" in body or "Thomas Axelsson" in body
        else:
            right = self.is_current(path, body, asked, answered, is_stale=state == "stale")
        if not right:
            self.wrong.append((path, status, dict(headers), round(asked - self.begun, 3), body[:3000]))

    def is_current(self, path, body, asked, answered, *, is_stale):
        """Tell whether a page shows what was there at most a second before it was asked for."""
        found = re.search(r"Rubrik (\d+)\.", body)
        shown = int(found[1]) if found else 0
        if shown > self.writing or (path == "/nyheter/" and "Schemalagd" in body and answered < self.due):
            return False
        if is_stale:
            return True
        least = max((number for number, committed in list(self.written) if committed < asked - 1), default=0)
        due = path != "/nyheter/" or asked < self.due + 1 or "Schemalagd" in body
        return shown >= least and due


def test_no_answer_is_wrong_whatever_happens(data_dir, tmp_path, new_database, capsys):
    assert run(PYTHON, "manage.py", "shell", "-c", MAKE_DRAFT, DATA_DIR=data_dir).returncode == 0
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        chaos = Chaos(site, new_database)
        chaos.due = chaos.begun + APPEARS
        due = datetime.now(UTC) + timedelta(seconds=chaos.due - time.monotonic())
        if not new_database.startswith("postgres"):
            due = due.replace(tzinfo=None).isoformat(" ")
        chaos.execute("UPDATE news_post SET published_at = ? WHERE slug = 'schemalagd'", due)
        work = [chaos.write, chaos.kill, chaos.take_the_database_away, *([chaos.read] * READERS)]
        threads = [threading.Thread(target=target) for target in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert site.process.poll() is None
    with capsys.disabled():
        print(f"\nchaos: {dict(chaos.answers)}, {len(chaos.wrong)} wrong")  # noqa: T201  what the run is for
    assert not chaos.wrong, chaos.wrong[:3]
    expected = ["200 hit", "200 miss", "404", "workers killed"]
    if new_database.startswith("postgres"):
        expected += ["200 stale", "503"]
    for kind in expected:
        assert chaos.answers[kind], kind  # or nothing was proven
