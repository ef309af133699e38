"""The site as its server runs it, with two workers: what only that can show."""

import re
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.running import PYTHON, run, started


def ask(address, *, post=False, **headers):
    """Return (status, headers, body) of one request on a connection of its own."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address, data=b"" if post else None, headers=headers)  # noqa: S310  our own site
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  our own site
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


@pytest.fixture
def data_dir(tmp_path, new_database):
    """A DATA_DIR with the starter content, in the kind of database that this run tests on."""
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / ".env").write_text(
        f"SECRET_KEY={'k' * 50}\nALLOWED_HOSTS=127.0.0.1\nDATABASE_URL={new_database}\n"
    )
    for command in ("prepare", "load_starter_content"):
        result = run(PYTHON, "manage.py", command, DATA_DIR=folder)
        assert result.returncode == 0, result.stderr
    return folder


def pages(site):
    """Return {path: body} of a page of every kind; the port, another one at every start, is left out."""
    port = site.url.rpartition(":")[2].encode()
    paths = ["/", "/nyheter/", "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/", "/kontakt/"]
    answers = {path: ask(site.url + path) for path in paths}
    assert all(status == 200 for status, _, _ in answers.values())
    assert not any("Set-Cookie" in headers for _, headers, _ in answers.values())
    return {path: body.replace(port, b"port") for path, (_, _, body) in answers.items()}


def test_workers_share_the_count_and_a_restart_changes_no_byte(data_dir, tmp_path):
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        before = pages(site)
        assert pages(site) == before
        button = re.search(rb'formaction="(/kontakt/e-post/[^"]+)"', before["/kontakt/"])[1].decode()
        answers = [
            ask(site.url + button, post=True, X_Forwarded_For=f"198.51.100.{number}") for number in range(11)
        ]
        assert [status for status, _, _ in answers] == [200] * 10 + [429]
        assert all(b"ordforande@example.org" in body for _, _, body in answers[:10])
        assert int(answers[10][1]["Retry-After"]) > 0
    assert (
        site.output.read_text().count("POST /kontakt/e-post/…/") == 11
    )  # also the last, just before the end
    assert button.split("/")[3] not in site.output.read_text()
    with started(data_dir, tmp_path) as site:
        assert pages(site) == before


def test_behind_a_proxy_of_ours_each_visitor_has_a_count_of_her_own(data_dir, tmp_path):
    with started(data_dir, tmp_path, TRUSTED_PROXIES="127.0.0.1") as site:
        button = re.search(rb'formaction="(/kontakt/e-post/[^"]+)"', pages(site)["/kontakt/"])[1].decode()
        visitor = {"post": True, "X_Forwarded_For": "198.51.100.1"}
        assert [ask(site.url + button, **visitor)[0] for _ in range(11)][-1] == 429
        assert ask(site.url + button, post=True, X_Forwarded_For="198.51.100.2")[0] == 200


def test_check_leaks_is_a_command_that_an_operator_can_run(data_dir):
    result = run(PYTHON, "manage.py", "check_leaks", DATA_DIR=data_dir)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith("0 leaks on ")


def all_workers(site, path, *, after, until):
    """Ask until `until` answers are to questions asked `after` that moment; return those."""
    answers = []
    while len(answers) < until:
        asked = time.monotonic()
        answer = ask(site.url + path)
        if asked > after:
            answers.append(answer)
    return answers


def test_every_worker_shows_a_change_of_another_process_within_a_second(data_dir, tmp_path):
    change = "from news.models import Post; Post.objects.update(title='Ny rubrik')"
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        before = all_workers(site, "/", after=0, until=20)
        assert {headers["X-Page-Cache"] for _, headers, _ in before} <= {"made", "hit"}
        assert len({headers["ETag"] for _, headers, _ in before}) == 1
        assert run(PYTHON, "manage.py", "shell", "-c", change, DATA_DIR=data_dir).returncode == 0
        changed = time.monotonic()
        after = all_workers(site, "/", after=changed + 1, until=20)
        assert all(b"Ny rubrik" in body for _, _, body in after)


@contextmanager
def database_away(url):
    """PostgreSQL ends every connection to a database and takes no new one."""
    server, _, name = url.rpartition("/")
    with closing(psycopg2.connect(f"{server}/postgres")) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_readers_hardly_notice_that_the_database_is_away_or_is_back(data_dir, tmp_path, new_database):
    if not new_database.startswith("postgres"):
        return  # SQLite is a file: it is not away while the site is there
    with started(data_dir, tmp_path) as site:
        before = pages(site)
        with database_away(new_database):
            away = time.monotonic()
            [answer] = all_workers(site, "/", after=away + 1, until=1)
            assert answer[1]["X-Page-Cache"] == "stale"
            assert pages(site) == before
            status, headers, body = ask(site.url + "/finns-inte/")
            assert (status, "nere" in body.decode()) == (503, True)
            assert int(headers["Retry-After"]) > 0
        back = time.monotonic()
        [answer] = all_workers(site, "/", after=back + 1, until=1)
        assert answer[1]["X-Page-Cache"] == "hit"
        assert ask(site.url + "/finns-inte/")[0] == 404


def test_a_restore_is_seen_by_a_site_that_runs(data_dir, tmp_path):
    """The stored pages too: workers keep their connections, and what they know of the former site."""
    post = "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/"
    backup = tmp_path / "backup.tar.gz"
    assert run(PYTHON, "manage.py", "backup", backup, DATA_DIR=data_dir).returncode == 0
    change = "from news.models import Post; Post.objects.update(title='Ny rubrik')"
    assert run(PYTHON, "manage.py", "shell", "-c", change, DATA_DIR=data_dir).returncode == 0
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        for _ in range(10):
            assert b"Ny rubrik" in ask(site.url + post)[2]
        result = run(PYTHON, "manage.py", "restore", "--replace", backup, DATA_DIR=data_dir)
        assert result.returncode == 0, result.stderr
        site.wait_for(lambda: not any(b"Ny rubrik" in ask(site.url + post)[2] for _ in range(10)))
