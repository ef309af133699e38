"""Sites as script/server makes them at its first start: SQLite, and the settings that it wrote."""

import os
import shutil

import pytest

from tests.helpers.running import NAMES_PASSWORD, PYTHON, ROOT, run, started
from tests.helpers.volunteer import Volunteer


@pytest.fixture(scope="package")
def first_start(tmp_path_factory):
    """A DATA_DIR after its first start and stop, with what the start said."""
    folder = tmp_path_factory.mktemp("first start")  # a space, as in many a folder's name
    with started(folder / "var", folder) as site:
        site.password = NAMES_PASSWORD.search(site.output.read_text())[1]
        visitor = Volunteer(site.url)
        visitor.log_in("admin", site.password)
        assert visitor.ask("GET", "/admin/")[0] == 200
    return site


def copy_to(folder, first_start):
    copy = shutil.copytree(first_start.data_dir, folder / "var", ignore=shutil.ignore_patterns("static"))
    (copy / "static").symlink_to(first_start.data_dir / "static")
    return copy


@pytest.fixture
def data_dir(first_start, tmp_path):
    """A copy of the DATA_DIR after the first start, for one test to use up; its static files are shared."""
    return copy_to(tmp_path, first_start)


@pytest.fixture(scope="package")
def running(first_start, tmp_path_factory):
    """A site that runs, for tests that leave it so."""
    folder = tmp_path_factory.mktemp("running")
    with started(copy_to(folder, first_start), folder) as site:
        yield site


@pytest.fixture(scope="package")
def migrated(tmp_path_factory):
    """A database with tables and nothing in them, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    made = run(PYTHON, "manage.py", "migrate", DATA_DIR=folder, SECRET_KEY="x", ALLOWED_HOSTS="x")
    assert made.returncode == 0, made.stderr
    return folder / "site.sqlite3"


@pytest.fixture
def own_static_files(first_start, data_dir):
    """The folder of static files in `data_dir`, for one test to change; it unlinks a file first."""
    static = data_dir / "static"
    static.unlink()
    return shutil.copytree(first_start.data_dir / "static", static, copy_function=os.link)


@pytest.fixture
def checkout(tmp_path):
    """A copy of the project without .venv."""
    leave_out = shutil.ignore_patterns(".venv", ".git", "var", ".*_cache", ".hypothesis", "tests")
    return shutil.copytree(ROOT, tmp_path / "a copy", ignore=leave_out)
