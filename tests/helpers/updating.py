"""The next version of the project, and readers of a site that goes over to it."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

from tests.helpers.running import ROOT, children, environment, processes_of

MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("contacts", "{before}")]
    operations = [migrations.AddField("branch", "motto", models.CharField(default="", max_length=100))]
"""
POST = "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/"


def copy_of_the_project(folder):
    """A copy of the project that shares what is in its .venv, where nothing is missing."""
    leave_out = shutil.ignore_patterns(".venv", ".git", "var", ".*_cache", ".hypothesis", "tests")
    copy = shutil.copytree(ROOT, folder, ignore=leave_out)
    (copy / ".venv").mkdir()
    for part in (ROOT / ".venv").iterdir():
        if part.name != ".installed":
            (copy / ".venv" / part.name).symlink_to(part)
    files = sorted(path.name for path in copy.glob("requirements*.txt"))
    command = f".venv/bin/python -V >.venv/.installed && cksum {' '.join(files)} >>.venv/.installed"
    subprocess.run(command, shell=True, cwd=copy, check=True)  # noqa: S602  names of ours
    return copy


def pull(checkout):
    """The next version: a migration, a new column that the page shows, a changed stylesheet.

    Return what is needed to go back: {path: its text, or None for a new file}.
    """
    migrations = checkout / "contacts" / "migrations"
    models = checkout / "contacts" / "models.py"
    css = checkout / "hgf_site" / "static" / "hgf_site" / "site.css"
    footer = checkout / "templates" / "pages" / "includes" / "footer.html"
    before = {path: path.read_text() for path in (models, css, footer)}
    last = max(path.stem for path in migrations.glob("0*.py"))
    new = migrations / "0999_motto.py"
    new.write_text(MIGRATION.format(before=last))
    meta = '    class Meta:\n        verbose_name = "förening"'
    assert meta in before[models]
    field = '    motto = models.CharField(default="", max_length=100)\n\n'
    models.write_text(before[models].replace(meta, field + meta))
    css.write_text(before[css] + "\n.motto { color: inherit; }\n")
    footer.write_text(before[footer] + "<!-- new version {{ site.branch.motto }} -->")
    return {**before, new: None}


def go_back(before):
    for path, text in before.items():
        path.unlink() if text is None else path.write_text(text)


class Readers:
    """Threads that read the site like browsers: a page, then each stylesheet, script and picture it names."""

    def __init__(self, url, count=3, pause=0, **headers):
        """`pause`: seconds before each request."""
        self.headers, self.pause = headers, pause
        self.url, self.ended, self.answers, self.failures = url, threading.Event(), Counter(), []
        self.told_to_wait = []  # when an answer was 503 with Retry-After
        self.threads = [threading.Thread(target=self.read) for _ in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def read(self):
        while not self.ended.is_set():
            for path in ("/", "/kontakt/", POST):
                page = self.get(path)
                self.answers["new" if "new version" in page else "old"] += 1
                for part in set(re.findall(r'(?:href|src)="(/(?:static|media)/[^"]+)"', page)):
                    self.get(part)

    def get(self, path):
        """Its text. Asked for again where the connection ended without an answer, as browsers do (RFC 9110,
        9.2.2): granian drops what reaches a worker in the very moment in which it ends. On a busy machine
        that can be two in a row; the tests say how many in all."""
        self.ended.wait(self.pause)
        for _ in range(2):
            try:
                return self.get_once(path)
            except ConnectionResetError:
                self.answers["dropped"] += 1
        return self.get_once(path, last=True)

    def get_once(self, path, *, last=False):
        try:
            request = urllib.request.Request(self.url + path, headers=self.headers)  # noqa: S310  our own site
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  our own site
                self.answers["requests"] += 1
                return answer.read().decode("latin-1")
        except OSError as error:
            if getattr(error, "code", None) == 503 and "Retry-After" in error.headers:
                self.told_to_wait.append(time.monotonic())
                return ""
            if isinstance(error, ConnectionResetError) and not last:
                raise
            self.failures.append(f"{path}: {error}")
            return ""


def server(checkout, site, *command):
    """Run script/server, or a command, on the folder and port of the site that runs."""
    result = subprocess.run(
        command or ["script/server"],
        cwd=checkout,
        env=environment(
            DATA_DIR=site.data_dir, PORT=site.url.rpartition(":")[2], WEB_CONCURRENCY=2, **site.changes
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def end(site):
    if site.process.poll() is None:
        site.stop()
    for pid in processes_of(site.data_dir):
        os.kill(pid, signal.SIGKILL)


def workers(site):
    return {worker for granian in children(site.process.pid) for worker in children(granian)}


@contextmanager
def longest_change(site):
    """A list that gets, at the end, the most seconds for which a worker was the last one to be new."""
    old, changed, ended = workers(site), [time.monotonic()], threading.Event()

    def look():
        while not ended.wait(0.05):
            if len(old & workers(site)) <= len(old) - len(changed):
                changed.append(time.monotonic())

    watching = threading.Thread(target=look)
    watching.start()
    longest = []
    try:
        yield longest
    finally:  # or a test that fails would never end
        ended.set()
        watching.join()
    longest.append(max(b - a for a, b in pairwise(changed[1:])))


def go_over(checkout, site):
    """Bring the running site to the code of the checkout; return when no old worker is left."""
    old = workers(site)
    assert "goes over" in server(checkout, site)
    site.wait_for(lambda: not (old & workers(site)))
