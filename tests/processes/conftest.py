"""Sites and databases of one test's own."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.helpers.postgres import Postgres, on_server, rows_in
from tests.helpers.running import copy_of, in_one_process
from tests.helpers.volunteer import NAME, PASSWORD


def set_up(folder, database):
    """Make `folder` a DATA_DIR with the starter content and a volunteer in the database of that URL."""
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text(f"SECRET_KEY={'k' * 50}\nALLOWED_HOSTS=127.0.0.1\nDATABASE_URL={database}\n")
    account = {"DJANGO_SUPERUSER_USERNAME": NAME, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    in_one_process(folder, ["prepare"], ["load_starter_content"], **account)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A DATA_DIR on SQLite and beside it its database, to be copied: to make one takes seconds."""
    folder = tmp_path_factory.mktemp("prepared") / "var"
    set_up(folder, f"sqlite:///{folder.parent / 'new.sqlite3'}")
    return folder


@pytest.fixture(scope="session")
def prepared_postgres(prepared, tmp_path_factory):
    """The same on PostgreSQL, and the name of its database."""
    folder, name = tmp_path_factory.mktemp("prepared") / "var", f"prepared_{os.getpid()}"
    folder.mkdir()
    (folder / "static").symlink_to(prepared / "static")
    on_server(f"CREATE DATABASE {name}")
    set_up(folder, f"{os.environ['TEST_DATABASE_URL'].rpartition('/')[0]}/{name}")
    yield folder, name
    on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def data_dir(tmp_path, new_database, prepared, request):
    """A DATA_DIR with the starter content, in the kind of database that this run tests on."""
    if not new_database.startswith("postgres"):
        return copy_of(prepared, tmp_path)
    prepared, name = request.getfixturevalue("prepared_postgres")
    own = new_database.rpartition("/")[2]
    on_server(f"DROP DATABASE {own}")
    on_server(f"CREATE DATABASE {own} TEMPLATE {name}")
    folder = copy_of(prepared, tmp_path)
    env_file = folder / ".env"
    env_file.write_text(env_file.read_text().replace(name, own))
    return folder


class SQLite:
    """A database file, with Postgres's methods; there is no server to kill."""

    url = None

    def __init__(self, path):
        self.path = path

    def rows(self, query):
        return rows_in(f"sqlite:///{self.path}", query)

    def stop(self):
        pass


@pytest.fixture
def database(tmp_path, prepared):
    """A database of the kind that this run tests on, of this test's own; tmp_path / "var" is for its site.

    That on SQLite is prepared.
    """
    if "TEST_DATABASE_URL" not in os.environ:
        copy_of(prepared, tmp_path)
        yield SQLite(tmp_path / "new.sqlite3")
        return
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "static").symlink_to(prepared / "static")
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres(Path(folder))
        yield postgres
        postgres.stop()
