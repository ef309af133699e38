"""Static files: looked at when they are first asked for, and nothing but files of the static folder."""

from contextlib import closing

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from hgf_site.server.middleware import StaticFilesMiddleware

ADDRESS = "/static/folder/a.css"

# The end of an answer looks after the connection to the database, in a test too.
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def static(settings, tmp_path):
    """StaticFilesMiddleware over a folder with a file; what it does not serve is a 404."""
    settings.STATIC_ROOT = tmp_path / "static"
    folder = settings.STATIC_ROOT / "folder"
    folder.mkdir(parents=True)
    (folder / "a.css").write_text("p { color: red }")
    (folder / "a.css.gz").write_bytes(b"zipped")
    (tmp_path / "secret.txt").write_text("hemligt")
    return StaticFilesMiddleware(lambda request: HttpResponse(status=404))


def ask(static, path, **headers):
    """Return (status, headers, body)."""
    with closing(static(RequestFactory().get(path, headers=headers))) as response:
        return response.status_code, response.headers, b"".join(response)


def test_a_worker_looks_at_no_file_to_start_and_serves_each_that_is_asked_for(static):
    assert static.files == {}
    for _ in range(2):
        status, headers, body = ask(static, ADDRESS)
        assert (status, headers["Content-Type"], body) == (
            200,
            'text/css; charset="utf-8"',
            b"p { color: red }",
        )
        status, headers, body = ask(static, ADDRESS, **{"Accept-Encoding": "gzip"})
        assert (status, headers["Content-Encoding"], body) == (200, "gzip", b"zipped")
    assert list(static.files) == [ADDRESS]


@pytest.mark.parametrize("name", ["preview.html", "preview.HTM"])
def test_a_page_among_the_files_runs_no_script_and_stands_in_no_frame(static, settings, name):
    (settings.STATIC_ROOT / "folder" / name).write_text("<script>alert(1)</script>")
    status, headers, _ = ask(static, f"/static/folder/{name}")
    assert status == 200
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Content-Security-Policy" not in ask(static, ADDRESS)[1]


def test_a_file_that_was_collected_after_a_worker_began_is_there(static, settings):
    """While the site goes over to new code, the page may come from a new worker and this from an old one."""
    assert ask(static, "/static/folder/new.css")[0] == 404
    (settings.STATIC_ROOT / "folder" / "new.css").write_text("p { color: blue }")
    assert ask(static, "/static/folder/new.css")[2] == b"p { color: blue }"


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/folder",
        "/static/folder/",
        "/static/finns-inte.css",
        "/static/../secret.txt",
        "/static/folder/../../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static//etc/passwd",
        "/static/\\..\\secret.txt",
        "/static/%00",
        "/static/%ff",
        "/static/" + "a" * 5000,
        "/static/folder/a.css.gz",
        "/nyheter/",
    ],
)
def test_nothing_else_is_served_or_remembered(static, path):
    assert ask(static, path)[0] == 404
    assert static.files == {}
