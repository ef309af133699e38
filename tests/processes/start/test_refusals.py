"""What can be wrong at a start: told in one line, with what to do about it, and nothing is made."""

import os
import re
import socket
import stat

import pytest

from hgf_site.server.env_file import complete_env_file
from tests.helpers.running import PYTHON, ROOT, assert_one_line, free_port, prepare, run


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


def test_a_missing_setting_is_named(data_dir):
    env_file = data_dir / ".env"
    env_file.write_text(re.sub("(?m)^ALLOWED_HOSTS=.*$", "", env_file.read_text()))
    assert_one_line(run("script/server", DATA_DIR=data_dir, PORT=free_port()), "ALLOWED_HOSTS", str(env_file))


@pytest.mark.parametrize("without", ["", "SECRET_KEY=\n", "export SECRET_KEY=\n"])
def test_a_key_that_the_env_file_lacks_is_added_and_kept(tmp_path, monkeypatch, without):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SECRET_KEY")
    env_file = tmp_path / ".env"
    env_file.write_text(f"SITE_URL=https://example.org\n{without}ALLOWED_HOSTS=example.org")
    env_file.chmod(0o644)
    for _ in range(2):
        complete_env_file()
    *others, key = env_file.read_text().splitlines()
    assert others == ["SITE_URL=https://example.org", "ALLOWED_HOSTS=example.org"]
    assert re.fullmatch(r"SECRET_KEY=[\w-]{50,}", key)
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_a_key_of_the_environment_is_written_nowhere(data_dir):
    (data_dir / ".env").unlink()
    assert prepare(data_dir).returncode == 0
    assert not (data_dir / ".env").exists()


def fake_pythons(folder, script):
    """A PATH on which every Python that script/server may try is this script."""
    folder.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
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


@pytest.mark.parametrize("argument", ["--help", "-h"])
def test_help_says_what_it_does_and_does_nothing(tmp_path, argument):
    result = run("script/server", argument, DATA_DIR=tmp_path / "var")
    assert result.returncode == 0
    assert "Settings come from" in result.stdout
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("arguments", [["--port", "8001"], ["stop"], ["--help", "x"], [""]])
def test_an_argument_that_it_does_not_know_is_refused_and_does_nothing(tmp_path, arguments):
    result = run("script/server", *arguments, DATA_DIR=tmp_path / "var")
    assert result.returncode == 2
    assert "takes no arguments" in result.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", [["restore", "x.tar.gz"], ["check"], ["check_leaks"]])
def test_a_command_without_settings_says_in_one_line_where_they_belong(tmp_path, command):
    result = run(PYTHON, "manage.py", *command, DATA_DIR=tmp_path / "new")
    assert_one_line(result, "SECRET_KEY", str(tmp_path / "new" / ".env"), "script/server makes it")
