"""The first start and the next ones, as an operator meets them: settings, files, content, administrator.

Everything runs as processes of its own in temporary folders, on the .venv that is there.
"""

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import time
from contextlib import closing
from pathlib import Path

from common.richtext import static_files
from common.richtext.checks import FORBIDDEN_PLUGINS
from common.richtext.static_files import REMOVED_PLUGINS
from hgf_site.management.commands.prepare import static_sources
from tests.helpers.running import (
    NAMES_PASSWORD,
    PATIENCE,
    PYTHON,
    ROOT,
    Site,
    assert_one_line,
    environment,
    prepare,
    processes_of,
    run,
    started,
)
from tests.helpers.volunteer import Volunteer


def rows(database, query):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def files(folder):
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*") if path.is_file()
    }


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


def test_of_the_editor_nothing_is_served_that_it_does_not_load(first_start):
    served = {path.name for path in (first_start.data_dir / "static/ckeditor/ckeditor/plugins").iterdir()}
    assert "link" in served
    assert served.isdisjoint(FORBIDDEN_PLUGINS | set(REMOVED_PLUGINS))


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


def test_a_changed_static_file_is_collected_and_no_old_one_removed(data_dir, own_static_files, checkout):
    old = set(files(own_static_files))
    asked_for = next(own_static_files.glob("hgf_site/site.????????????.js"))
    whole = asked_for.read_bytes()
    (checkout / "hgf_site" / "static" / "added.css").write_text("p { color: red }")
    changes = environment(DATA_DIR=data_dir, SECRET_KEY="x", ALLOWED_HOSTS="x")
    preparing = subprocess.Popen([PYTHON, "manage.py", "prepare"], cwd=checkout, env=changes)
    while preparing.poll() is None:  # as readers do meanwhile
        assert asked_for.read_bytes() == whole
        time.sleep(0.001)  # or the loop takes a whole core from it
    assert preparing.returncode == 0
    new = set(files(own_static_files))
    assert own_static_files / "added.css" in new
    assert old <= new


def test_files_that_are_joined_in_another_way_are_collected_again(monkeypatch, tmp_path):
    before = static_sources()
    changed = tmp_path / "static_files.py"
    changed.write_text(Path(static_files.__file__).read_text().replace('"about", ', ""))
    monkeypatch.setattr(static_files, "__file__", str(changed))
    assert static_sources() != before


def test_what_an_interrupted_start_left_of_static_files_is_thrown_away(data_dir, own_static_files):
    before = set(files(own_static_files))
    (own_static_files / ".new").mkdir()
    (own_static_files / ".new" / "half.css").write_text("p { col")
    (own_static_files / ".collected").unlink()
    assert prepare(data_dir).returncode == 0
    assert set(files(own_static_files)) == before


def test_a_start_interrupted_while_preparing_is_made_good_by_the_next(first_start, tmp_path):
    data_dir = tmp_path / "var"
    data_dir.mkdir()
    (data_dir / "static").symlink_to(first_start.data_dir / "static")
    site = Site(data_dir, tmp_path / "interrupted.txt")
    site.wait_for(lambda: (data_dir / "site.sqlite3").exists())
    assert site.stop() != 0
    assert processes_of(data_dir) == []
    with started(data_dir, tmp_path) as site:
        Volunteer(site.url).log_in("admin", NAMES_PASSWORD.search(site.output.read_text())[1])
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


def test_starter_content_is_loaded_into_the_sites_own_database_only(
    first_start, data_dir, migrated, tmp_path
):
    assert rows(first_start.data_dir / "site.sqlite3", "SELECT count(*) FROM news_post") == [(1,)]
    other = shutil.copy(migrated, tmp_path / "other.sqlite3")
    assert prepare(data_dir, DATABASE_URL=f"sqlite:///{other}").returncode == 0
    assert rows(other, "SELECT count(*) FROM news_post") == [(0,)]


def test_the_administrator_can_be_chosen(data_dir, migrated, tmp_path):
    database = shutil.copy(migrated, tmp_path / "other.sqlite3")
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


def test_a_password_that_could_not_be_shown_belongs_to_no_account(data_dir, migrated):
    database = shutil.copy(migrated, data_dir / "site.sqlite3")
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [PYTHON, "manage.py", "prepare"],
            cwd=ROOT,
            env=environment(DATA_DIR=data_dir),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
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


def test_a_first_password_goes_to_a_file_where_output_is_kept_in_a_journal(data_dir, migrated, tmp_path):
    shutil.copy(migrated, data_dir / "site.sqlite3")
    with (tmp_path / "journal").open("w+") as journal:
        stream = os.fstat(journal.fileno())
        result = subprocess.run(
            [PYTHON, "manage.py", "prepare"],
            cwd=ROOT,
            env=environment(DATA_DIR=data_dir, JOURNAL_STREAM=f"{stream.st_dev}:{stream.st_ino}"),
            stdout=journal,
            timeout=PATIENCE,
            check=False,
        )
    assert result.returncode == 0
    path = data_dir / "first-password.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    printed = (tmp_path / "journal").read_text()
    assert str(path) in printed
    assert path.read_text().strip() not in printed


def test_two_starts_at_once_make_one_administrator(new_database, prepared, tmp_path):
    data_dir = tmp_path / "var"
    data_dir.mkdir()
    (data_dir / "static").symlink_to(prepared / "static")
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
    said = [process.communicate(timeout=PATIENCE)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert len(NAMES_PASSWORD.findall("".join(said))) == 1
