"""Sites and databases of one test's own."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.postgres import Postgres
from tests.helpers.running import PYTHON, run


def set_up(folder, database):
    """Make `folder` a DATA_DIR with the starter content in the database of that URL."""
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text(f"SECRET_KEY={'k' * 50}\nALLOWED_HOSTS=127.0.0.1\nDATABASE_URL={database}\n")
    for command in ("prepare", "load_starter_content"):
        result = run(PYTHON, "manage.py", command, DATA_DIR=folder)
        assert result.returncode == 0, result.stderr


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A DATA_DIR on SQLite and beside it its database, to be copied: to make one takes seconds."""
    folder = tmp_path_factory.mktemp("prepared") / "var"
    set_up(folder, f"sqlite:///{folder.parent / 'new.sqlite3'}")
    return folder


@pytest.fixture
def data_dir(tmp_path, new_database, prepared):
    """A DATA_DIR with the starter content, in the kind of database that this run tests on."""
    folder = tmp_path / "var"
    if new_database.startswith("postgres"):
        folder.mkdir()
        (folder / "static").symlink_to(prepared / "static")
        set_up(folder, new_database)
    else:
        ignore = shutil.ignore_patterns("static")
        shutil.copytree(prepared.parent, tmp_path, ignore=ignore, dirs_exist_ok=True)
        (folder / "static").symlink_to(prepared / "static")
        env_file = folder / ".env"
        env_file.write_text(env_file.read_text().replace(str(prepared.parent), str(tmp_path)))
    return folder


class SQLite:
    """The database file in DATA_DIR, with Postgres's methods; there is no server to kill."""

    url = None

    def __init__(self, data_dir):
        self.path = data_dir / "site.sqlite3"

    def rows(self, query):
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def stop(self):
        pass


@pytest.fixture
def database(tmp_path, prepared):
    """A database of the kind that this run tests on, of this test's own; tmp_path / "var" is for its site."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "static").symlink_to(prepared / "static")
    if "TEST_DATABASE_URL" not in os.environ:
        yield SQLite(tmp_path / "var")
        return
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres(Path(folder))
        yield postgres
        postgres.stop()
