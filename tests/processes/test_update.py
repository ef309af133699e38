"""git pull && script/server on a running site: the new code, its migration, hardly a reader who notices."""

import re
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.helpers.running import PYTHON, Site, environment, run
from tests.helpers.updating import (
    Readers,
    copy_of_the_project,
    end,
    go_back,
    go_over,
    longest_change,
    pull,
    server,
    workers,
)


@pytest.fixture
def checkout(tmp_path):
    return copy_of_the_project(tmp_path / "site")


@pytest.mark.long  # two workers go over
def test_an_update_with_a_migration_under_load(checkout, tmp_path, new_database, capsys):
    data_dir = tmp_path / "var"
    changes = {"DATABASE_URL": new_database}
    site = Site(data_dir, tmp_path / "output.txt", cwd=checkout, WEB_CONCURRENCY=2, **changes)
    site.changes = changes
    try:
        site.wait_for(site.answers)
        server(checkout, site, PYTHON, "manage.py", "load_starter_content")
        with urllib.request.urlopen(site.url, timeout=20) as answer:  # noqa: S310  our own site
            old_css = re.search(r'href="(/static/[^"]+\.css)"', answer.read().decode())[1]
        with Readers(site.url) as readers, longest_change(site) as longest:
            pull(checkout)
            go_over(checkout, site)
            readers.answers["new"] = 0
            site.wait_for(lambda: readers.answers["new"] > 3)
        with capsys.disabled():
            said = f"{readers.answers['requests']} requests, {readers.answers['dropped']} asked for twice"
            said += f", {len(readers.failures)} failed; a worker took {longest[0]:.1f} s"
            print(f"\nupdate: {said}")  # noqa: T201  what the run is for
        assert readers.failures == []
        assert readers.answers["dropped"] <= len(workers(site)) * 3
        assert readers.answers["requests"] > 1000
        assert readers.answers["old"] > 10  # or nothing was proven
        assert longest[0] < 2

        for path in (old_css, "/"):  # a page that somebody kept finds its old stylesheet
            with urllib.request.urlopen(site.url + path, timeout=20) as answer:  # noqa: S310  our own site
                assert answer.status == 200
    finally:
        end(site)


@pytest.mark.parametrize(
    ("count", "pause", "slower"), [(1, 0.02, 5), pytest.param(3, 0, 1, marks=pytest.mark.long)]
)
def test_on_the_way_back_no_reader_meets_an_error(checkout, data_dir, tmp_path, capsys, count, pause, slower):
    """docs/operate.md: stored pages, or for some seconds 503 that says when to come back."""
    backup = tmp_path / "before.tar.gz"
    made = run(PYTHON, "manage.py", "backup", backup, DATA_DIR=data_dir)
    assert made.returncode == 0, made.stderr
    before = pull(checkout)
    site = Site(data_dir, tmp_path / "output.txt", cwd=checkout, WEB_CONCURRENCY=2, PAGE_CACHE_BYTES=0)
    site.changes = {}
    try:
        site.wait_for(site.answers)
        go_back(before)
        old = workers(site)
        with Readers(site.url, count, pause) as readers, longest_change(site) as longest:
            site.wait_for(lambda: readers.answers["new"] > 3)
            said = server(checkout, site, PYTHON, "manage.py", "restore", "--replace", "--no-backup", backup)
            assert "goes over" in said
            site.wait_for(lambda: not (old & workers(site)))
            readers.answers["new"] = readers.answers["old"] = 0
            site.wait_for(lambda: readers.answers["old"] > 3)
        wait = readers.told_to_wait or [0]
        with capsys.disabled():
            said = f"{readers.answers['requests']} requests, {len(readers.told_to_wait)} times 503 within"
            print(f"\nway back: {said} {wait[-1] - wait[0]:.1f} s; a worker took {longest[0]:.1f} s")  # noqa: T201  what the run is for
        assert readers.failures == []
        assert readers.answers["dropped"] <= len(workers(site)) * 3
        assert wait[-1] - wait[0] < 10 * slower  # in the gate other tests run beside it
        assert longest[0] < 2 * slower
        assert readers.answers["new"] == 0
    finally:
        end(site)


@pytest.mark.any_database
def test_a_new_version_that_cannot_start_leaves_the_site_as_it_is(checkout, data_dir, tmp_path):
    site = Site(data_dir, tmp_path / "output.txt", cwd=checkout)
    try:
        site.wait_for(site.answers)
        before = workers(site)
        (checkout / "hgf_site" / "urls.py").write_text("broken(")
        (checkout / "templates" / "pages" / "404.html").write_text("the next version")
        result = subprocess.run(
            ["script/server"],
            cwd=checkout,
            env=environment(DATA_DIR=data_dir, PORT=site.url.rpartition(":")[2]),
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
