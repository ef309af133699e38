"""script/server and manage.py prepare, from the outside: what an operator meets at a start.

Everything runs as processes of its own in temporary folders, on the .venv that is there.
"""

import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.running import (
    PATIENCE,
    PYTHON,
    ROOT,
    Site,
    children,
    environment,
    free_port,
    processes_of,
    run,
    started,
)

NAMES_PASSWORD = re.compile(r"password    (\S+)")


def prepare(data_dir, **changes):
    changes = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "127.0.0.1", **changes}
    return run(PYTHON, "manage.py", "prepare", DATA_DIR=data_dir, **changes)


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """A DATA_DIR after its first start and stop, with what the start said."""
    folder = tmp_path_factory.mktemp("first start")  # a space, as in many a folder's name
    with started(folder / "var", folder) as site:
        site.password = NAMES_PASSWORD.search(site.output.read_text())[1]
        log_in(site.url, "admin", site.password)
    return site


@pytest.fixture
def data_dir(first_start, tmp_path):
    """A copy of the DATA_DIR after the first start, for one test to use up."""
    copy = tmp_path / "var"
    copy_static_files(first_start, copy)
    return shutil.copytree(
        first_start.data_dir, copy, ignore=shutil.ignore_patterns("static"), dirs_exist_ok=True
    )


def copy_static_files(site, data_dir):
    """Collecting takes seconds; links take none. A test that changes a file unlinks it first."""
    shutil.copytree(site.data_dir / "static", data_dir / "static", copy_function=os.link)


@pytest.fixture
def checkout(tmp_path):
    """A copy of the project without .venv."""
    leave_out = shutil.ignore_patterns(".venv", ".git", "var", "__pycache__", ".*_cache", ".hypothesis")
    return shutil.copytree(ROOT, tmp_path / "a copy", ignore=leave_out)


def log_in(url, name, password):
    """Logs in to the admin as a browser does; fails when the admin does not open."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{url}/admin/login/?next=/admin/", timeout=PATIENCE) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
    fields = {"username": name, "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
    browser.addheaders = [("Referer", page.url)]
    data = urllib.parse.urlencode(fields).encode()
    with browser.open(f"{url}/admin/login/", data, timeout=PATIENCE) as page:
        assert page.url == f"{url}/admin/", "the login was refused"


def rows(database, query):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def files(folder):
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*") if path.is_file()
    }


def assert_one_line(result, *words):
    """It failed, and said in one line for people what to do."""
    assert result.returncode == 1
    message = result.stderr.strip()
    assert len(message.splitlines()) == 1, message
    assert "Traceback" not in message
    for word in words:
        assert word in message


# --- The first start and the second ---


def test_nobody_else_can_read_the_database_whatever_the_rights_of_its_folder(first_start):
    files = list(first_start.data_dir.glob("site.sqlite3*"))
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_first_start_writes_a_secret_env_file_that_a_shell_can_read(first_start):
    env_file = first_start.data_dir / ".env"
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    shell = run("sh", "-c", f'. "{env_file}" && printf "%s %s" "$SECRET_KEY" "$ALLOWED_HOSTS"')
    key, hosts = shell.stdout.split()
    assert re.fullmatch(r"[\w-]{50,}", key)
    assert hosts == "127.0.0.1,localhost"


def test_the_printed_password_is_nowhere_in_what_the_site_keeps(first_start):
    # That it opens the admin is tried by the fixture.
    kept = [path for path in first_start.data_dir.rglob("*") if path.is_file()]
    assert len(kept) > 3
    assert [path for path in kept if first_start.password.encode() in path.read_bytes()] == []


def test_a_second_start_prints_no_password_and_touches_neither_settings_nor_static_files(data_dir, tmp_path):
    before, env_file = files(data_dir / "static"), (data_dir / ".env").read_text()
    with started(data_dir, tmp_path) as site:
        assert "password" not in site.output.read_text()
    assert files(data_dir / "static") == before
    assert (data_dir / ".env").read_text() == env_file


def test_a_second_start_writes_nothing_to_the_database(data_dir):
    before = rows_of(data_dir / "site.sqlite3")
    assert prepare(data_dir).returncode == 0
    assert rows_of(data_dir / "site.sqlite3") == before


def rows_of(database):
    """All of it as SQL. Not the file's bytes: SQLite moves what its log holds into the file when it likes."""
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def test_a_changed_static_file_is_collected_and_no_old_one_removed(data_dir, checkout):
    old = set(files(data_dir / "static"))
    (checkout / "hgf_site" / "static" / "added.css").write_text("p { color: red }")
    result = run(
        PYTHON, "manage.py", "prepare", cwd=checkout, DATA_DIR=data_dir, SECRET_KEY="x", ALLOWED_HOSTS="x"
    )
    assert result.returncode == 0, result.stderr
    new = set(files(data_dir / "static"))
    assert data_dir / "static" / "added.css" in new
    assert old <= new


def test_a_static_file_that_an_interrupted_start_left_half_written_is_made_whole(data_dir):
    static = data_dir / "static"
    broken = next(static.glob("admin/img/search.????????????.svg"))
    whole = broken.read_bytes()
    (static / ".collecting").touch()
    broken.unlink()
    broken.write_bytes(whole[:100])
    assert prepare(data_dir).returncode == 0
    assert broken.read_bytes() == whole


def test_a_start_interrupted_while_preparing_is_made_good_by_the_next(first_start, tmp_path):
    data_dir = tmp_path / "var"
    copy_static_files(first_start, data_dir)
    site = Site(data_dir, tmp_path / "interrupted.txt")
    site.wait_for(lambda: (data_dir / "site.sqlite3").exists())
    assert site.stop() != 0
    assert processes_of(data_dir) == []
    with started(data_dir, tmp_path) as site:
        log_in(site.url, "admin", NAMES_PASSWORD.search(site.output.read_text())[1])
    assert rows(data_dir / "site.sqlite3", "SELECT count(*) FROM news_post") == [(1,)]


def test_a_database_that_was_left_half_made_is_begun_anew(data_dir):
    database = data_dir / "site.sqlite3"
    with closing(sqlite3.connect(database)) as connection:  # a table without the note that it is made
        connection.execute("DELETE FROM django_migrations WHERE app = 'admin'")
        connection.commit()
    assert_one_line(prepare(data_dir), "already exists")
    (data_dir / "site.sqlite3.unfinished").touch()
    assert prepare(data_dir).returncode == 0
    assert rows(database, "SELECT count(*) FROM news_post") == [(1,)]
    assert not (data_dir / "site.sqlite3.unfinished").exists()


# --- Content and administrator ---


def test_starter_content_is_loaded_into_the_sites_own_database_only(first_start, data_dir, tmp_path):
    assert rows(first_start.data_dir / "site.sqlite3", "SELECT count(*) FROM news_post") == [(1,)]
    other = tmp_path / "other.sqlite3"
    assert prepare(data_dir, DATABASE_URL=f"sqlite:///{other}").returncode == 0
    assert rows(other, "SELECT count(*) FROM news_post") == [(0,)]


def test_the_administrator_can_be_chosen(data_dir, tmp_path):
    database = tmp_path / "other.sqlite3"
    result = prepare(
        data_dir,
        DATABASE_URL=f"sqlite:///{database}",
        DJANGO_SUPERUSER_USERNAME="karin",
        DJANGO_SUPERUSER_EMAIL="karin@example.org",
        DJANGO_SUPERUSER_PASSWORD="correct horse",
    )
    assert rows(database, "SELECT username, email, is_superuser FROM auth_user") == [
        ("karin", "karin@example.org", 1)
    ]
    assert "correct horse" not in result.stdout + result.stderr


def test_a_password_that_could_not_be_shown_belongs_to_no_account(data_dir):
    database = data_dir / "site.sqlite3"
    database.unlink()
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [PYTHON, "manage.py", "prepare"],
            cwd=ROOT,
            env=environment(DATA_DIR=data_dir),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert result.returncode != 0
    # No content either, so that the next start makes both.
    assert rows(database, "SELECT id FROM auth_user UNION SELECT id FROM news_post") == []


def test_an_ordinary_user_is_never_made_administrator(data_dir):
    with closing(sqlite3.connect(data_dir / "site.sqlite3")) as connection:
        connection.execute("UPDATE auth_user SET is_superuser = 0")
        connection.commit()
    result = prepare(data_dir)
    assert_one_line(result, "DJANGO_SUPERUSER_USERNAME")
    assert rows(data_dir / "site.sqlite3", "SELECT is_superuser FROM auth_user") == [(0,)]


def test_two_starts_at_once_make_one_administrator(new_database, data_dir):
    changes = environment(DATA_DIR=data_dir, DATABASE_URL=new_database)
    both = [
        subprocess.Popen(
            [PYTHON, "manage.py", "prepare"],
            cwd=ROOT,
            env=changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert len(NAMES_PASSWORD.findall("".join(said))) == 1


# --- What can be wrong ---


def test_a_port_that_is_taken_is_refused_with_a_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert_one_line(run("script/server", DATA_DIR=tmp_path, PORT=port), str(port), "PORT=")


@pytest.mark.parametrize("port", ["http", "0", "65536", "80 80", "-1"])
def test_a_port_that_is_no_port_is_refused_with_a_way_out(tmp_path, port):
    assert_one_line(run("script/server", DATA_DIR=tmp_path, PORT=port), f"PORT={port} ", "PORT=8")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "var"  # not even root can make it
    assert_one_line(run("script/server", DATA_DIR=folder, PORT=free_port()), str(folder), "DATA_DIR=")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "DATABASE_URL"),
        ("postgres://site:secret-word@db:port/site", "DATABASE_URL"),
        ("postgres://site:secret-word@127.0.0.1:1/site", "DATABASE_URL"),
        ("sqlite:////no/such/folder/site.sqlite3", "/no/such/folder/site.sqlite3"),
    ],
)
def test_a_database_that_does_not_work_is_told_in_one_line_without_its_password(data_dir, url, said):
    result = run("script/server", DATA_DIR=data_dir, PORT=free_port(), DATABASE_URL=url)
    assert_one_line(result, said)
    assert "secret-word" not in result.stdout + result.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_a_missing_setting_is_named(data_dir, missing):
    env_file = data_dir / ".env"
    env_file.write_text(re.sub(f"(?m)^{missing}=.*$", "", env_file.read_text()))
    assert_one_line(run("script/server", DATA_DIR=data_dir, PORT=free_port()), missing, str(env_file))


def fake_pythons(folder, script):
    """A PATH on which every Python that script/server may try is this script."""
    folder.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def start_copy(checkout, tmp_path, **changes):
    return run(
        checkout / "script" / "server", cwd=tmp_path, DATA_DIR=tmp_path / "var", PORT=free_port(), **changes
    )


def test_without_a_python_that_is_new_enough_it_says_what_to_install(checkout, tmp_path):
    result = start_copy(checkout, tmp_path, PATH=fake_pythons(tmp_path / "bin", "exit 1"))
    assert_one_line(result, "Python 3.11", "apt install")


def test_without_the_venv_module_it_says_what_to_install_and_makes_nothing(checkout, tmp_path):
    without = f'case $* in *ensurepip*) exit 1 ;; esac\nexec "{PYTHON.resolve()}" "$@"'
    result = start_copy(checkout, tmp_path, PATH=fake_pythons(tmp_path / "bin", without))
    assert_one_line(result, "apt install python3-venv")
    assert not (checkout / ".venv").exists()


def test_without_a_network_it_says_so_and_a_broken_venv_is_made_anew(checkout, tmp_path):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    result = start_copy(
        checkout,
        tmp_path,
        PYTHON=PYTHON.resolve(),
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/",
        PIP_FIND_LINKS="",
        PIP_EXTRA_INDEX_URL="",
    )
    assert_one_line(result, "network", ".venv/install.log")
    assert "Connection refused" in (checkout / ".venv" / "install.log").read_text()
    assert run(checkout / ".venv" / "bin" / "python", "--version").returncode == 0
    assert not (checkout / ".venv" / ".installed").exists()  # so that the next start tries again


def test_a_site_that_cannot_start_is_given_up_with_one_last_line(checkout, tmp_path, data_dir):
    (checkout / ".venv").symlink_to(ROOT / ".venv")
    (checkout / "hgf_site" / "wsgi.py").write_text("raise RuntimeError('broken')")
    result = run(checkout / "script" / "server", DATA_DIR=data_dir, PORT=free_port())
    assert result.returncode == 1
    assert "five times" in result.stderr.splitlines()[-1]


# --- While it runs ---


@pytest.mark.parametrize(
    ("to", "number"),
    [(os.kill, signal.SIGINT), (os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)],
    ids=["Ctrl-C to the script", "Ctrl-C to all, as a terminal does", "SIGTERM"],
)
def test_it_stops_cleanly_and_leaves_no_process(data_dir, tmp_path, to, number):
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        assert len(processes_of(data_dir)) > 2  # or nothing would be proven below
        to(site.process.pid, number)
        assert site.process.wait(timeout=PATIENCE) == 0
        assert processes_of(data_dir) == []
        assert "Traceback" not in site.output.read_text()


def test_the_site_survives_the_death_of_a_worker_and_again_at_once(data_dir, tmp_path):
    with started(data_dir, tmp_path) as site:
        killed = []
        for _ in range(3):
            killed.append(site.wait_for(lambda: site.worker() not in killed and site.worker()))
            os.kill(killed[-1], signal.SIGKILL)
        site.wait_for(lambda: site.worker() not in [None, *killed])
        site.wait_for(site.answers)


def test_the_site_survives_the_death_of_granian_itself(data_dir, tmp_path):
    with started(data_dir, tmp_path) as site:
        (granian,), worker = children(site.process.pid), site.worker()
        os.kill(granian, signal.SIGKILL)
        site.wait_for(lambda: children(site.process.pid) not in ([], [granian]))
        site.wait_for(site.answers)
        assert worker not in processes_of(data_dir)  # it would answer beside the new one


def test_a_start_beside_the_running_site_updates_it_whatever_port_it_asks_for(data_dir, tmp_path):
    with started(data_dir, tmp_path) as site:
        before, other = site.worker(), free_port()
        result = run("script/server", DATA_DIR=data_dir, PORT=other)
        assert result.returncode == 0, result.stderr
        assert f"The running site (port {site.url.rpartition(':')[2]}, process " in result.stdout
        site.wait_for(lambda: site.worker() not in (None, before))
        site.wait_for(site.answers)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", other))


def test_of_two_starts_at_once_one_serves_and_the_other_says_why_it_does_not(data_dir, tmp_path):
    two = [Site(data_dir, tmp_path / f"{number}.txt") for number in range(2)]
    try:
        deadline = time.monotonic() + PATIENCE
        while not (refused := [site for site in two if site.process.poll() is not None]):
            assert time.monotonic() < deadline, "both start"
            time.sleep(0.05)  # nothing tells which of the two ends, or when
        (serves,) = (site for site in two if site not in refused)
        assert refused[0].process.returncode == 1
        (line,) = refused[0].output.read_text().splitlines()
        assert f"starts the site in {data_dir} just now" in line
        serves.wait_for(serves.answers)
    finally:
        for site in two:
            site.stop()


@pytest.mark.parametrize("command", [["restore", "x.tar.gz"], ["check"], ["check_leaks"]])
def test_a_command_without_settings_says_in_one_line_where_they_belong(tmp_path, command):
    result = run(PYTHON, "manage.py", *command, DATA_DIR=tmp_path / "new")
    assert_one_line(result, "SECRET_KEY", str(tmp_path / "new" / ".env"), "script/server makes it")
