"""git pull && script/server on a running site: the new code, its migration, hardly a reader who notices."""

import os
import re
import shutil
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections import Counter

import pytest

from tests.running import PYTHON, ROOT, Site, children, environment, processes_of

MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("contacts", "{before}")]
    operations = [migrations.AddField("branch", "motto", models.CharField(default="", max_length=100))]
"""
POST = "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/"


@pytest.fixture
def checkout(tmp_path):
    """A copy of the project that shares its .venv."""
    leave_out = shutil.ignore_patterns(
        ".venv", ".git", "var", "__pycache__", ".*_cache", ".hypothesis", "tests"
    )
    copy = shutil.copytree(ROOT, tmp_path / "site", ignore=leave_out)
    (copy / ".venv").symlink_to(ROOT / ".venv")
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

    def __init__(self, url, count=3):
        self.url, self.ended, self.answers, self.failures = url, threading.Event(), Counter(), []
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
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as answer:  # noqa: S310  our own site
                self.answers["requests"] += 1
                return answer.read().decode("latin-1")
        except (OSError, urllib.error.HTTPError) as error:
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


def go_over(checkout, site):
    """Bring the running site to the code of the checkout; return when no old worker is left."""
    old = workers(site)
    assert "goes over" in server(checkout, site)
    site.wait_for(lambda: not (old & workers(site)))


@pytest.mark.long  # two workers go over, there and back
def test_an_update_with_a_migration_under_load_and_the_way_back(checkout, tmp_path, new_database, capsys):
    data_dir = tmp_path / "var"
    changes = {"DATABASE_URL": new_database}
    site = Site(data_dir, tmp_path / "output.txt", cwd=checkout, WEB_CONCURRENCY=2, **changes)
    site.changes = changes
    try:
        site.wait_for(site.answers)
        server(checkout, site, PYTHON, "manage.py", "load_starter_content")
        with urllib.request.urlopen(site.url, timeout=20) as answer:  # noqa: S310  our own site
            old_css = re.search(r'href="(/static/[^"]+\.css)"', answer.read().decode())[1]
        with Readers(site.url) as readers:
            before = pull(checkout)
            go_over(checkout, site)
            readers.answers["new"] = 0
            site.wait_for(lambda: readers.answers["new"] > 3)
        with capsys.disabled():
            print(f"\nupdate: {readers.answers['requests']} requests, {len(readers.failures)} failed")  # noqa: T201  what the run is for
        # granian drops what reaches a worker in the very moment in which it ends: two requests, if any.
        assert len(readers.failures) <= len(workers(site)) * 3, readers.failures
        assert readers.answers["requests"] > 1000
        assert readers.answers["old"] > 10  # or nothing was proven

        for path in (old_css, "/"):  # a page that somebody kept finds its old stylesheet
            with urllib.request.urlopen(site.url + path, timeout=20) as answer:  # noqa: S310  our own site
                assert answer.status == 200

        # And back: docs/operate.md.
        (backup,) = (data_dir / "backups").glob("*-before-update.tar.gz")
        server(checkout, site, PYTHON, "manage.py", "backup")
        go_back(before)
        server(checkout, site, PYTHON, "manage.py", "restore", "--replace", "--no-backup", str(backup))
        go_over(checkout, site)
        with urllib.request.urlopen(site.url + POST, timeout=20) as answer:  # noqa: S310  our own site
            page = answer.read().decode()
        assert "new version" not in page
        assert "Allmännyttan" in page
        assert "No migrations to apply" in server(checkout, site, PYTHON, "manage.py", "migrate")
    finally:
        end(site)


def test_a_new_version_that_cannot_start_leaves_the_site_as_it_is(checkout, tmp_path, new_database):
    data_dir = tmp_path / "var"
    site = Site(data_dir, tmp_path / "output.txt", cwd=checkout, DATABASE_URL=new_database)
    try:
        site.wait_for(site.answers)
        before = workers(site)
        (checkout / "hgf_site" / "urls.py").write_text("broken(")
        (checkout / "templates" / "pages" / "404.html").write_text("the next version")
        result = subprocess.run(
            ["script/server"],
            cwd=checkout,
            env=environment(DATA_DIR=data_dir, PORT=site.url.rpartition(":")[2], DATABASE_URL=new_database),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert result.returncode == 1
        assert "goes on with the code that it had" in result.stderr
        assert workers(site) == before
        assert site.answers()
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(site.url + "/finns-inte/", timeout=20)  # noqa: S310  our own site
        assert answer.value.code == 404
        assert "finns inte" in answer.value.read().decode()
    finally:
        end(site)
