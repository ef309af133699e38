"""What is written of a request and of an error: the log, and letters to the operator."""

import gc
import logging
import re
import tracemalloc
from datetime import timedelta
from io import StringIO
from ipaddress import ip_network
from logging.config import DictConfigurator
from pathlib import Path
from queue import Queue
from urllib.parse import clear_cache as clear_urlsplit_cache

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from hgf_site.models import Run
from hgf_site.server.access_log import AccessLog
from hgf_site.server.proxies import TrustedProxies
from tests.helpers.database_away import database_away
from tests.helpers.wsgi import Worker

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "var"
    settings.DATA_DIR.mkdir(mode=0o700)
    return settings.DATA_DIR


# --- The log ---


def logged(path, status="200 OK", headers=(), query="", method="GET"):
    written = Queue()

    def application(environ, start_response):
        start_response(status, list(headers))
        return [b""]

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": "198.51.100.7",
        "HTTP_COOKIE": "sessionid=hemlig",
        "HTTP_USER_AGENT": "Testsson",
        "HTTP_X_REQUEST_ID": "abc1",
    }
    AccessLog(application, written.put)(environ, lambda *answer: None)
    (line,) = written.get(timeout=60).decode().splitlines()
    return line


def test_a_request_is_one_line_without_anything_about_who_asked():
    line = logged("/nyheter/", headers=[("Content-Length", "512")], query="q=hemlig")
    when, method, path, status, spent, size, _ = line.split()
    assert when.endswith("Z")
    assert (method, path, status, size) == ("GET", "/nyheter/", "200", "512")
    assert spent.endswith("ms")
    assert "hemlig" not in line
    assert "198.51" not in line
    assert "Testsson" not in line


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/kontakt/e-post/abc_DEF-1/", "/kontakt/e-post/…/"),
        ("/kontakt/visitkort/abc/", "/kontakt/visitkort/…/"),
        ("/utkast/1-abc:def/", "/utkast/…/"),
        ("/admin/losenord/MQ/abc-def/", "/admin/losenord/MQ/…/"),
        ("/admin/losenord/skickat/", "/admin/losenord/skickat/"),
        ("/anna@example.org/", "/anna%40example.org/"),
        ("/a b\nGET /c 200\x1b[31m", "/a%20b%0AGET%20/c%20200%1B%5B31m"),
        ("/å/".encode().decode("latin-1"), "/%C3%A5/"),
    ],
)
def test_a_path_is_shown_without_secrets_and_on_one_line(path, shown):
    assert logged(path).split()[2] == shown


def test_every_line_of_the_log_has_its_time_in_the_same_form(settings):
    formatter = DictConfigurator(settings.LOGGING).configure_formatter(
        settings.LOGGING["formatters"]["plain"]
    )
    record = logging.makeLogRecord({"created": 1772386200.5, "msg": "Något", "levelname": "WARNING"})
    assert formatter.format(record).startswith("2026-03-01T17:30:00Z WARNING ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", logged("/").split()[0])


def test_an_application_that_breaks_is_logged_as_an_error_of_ours():
    written = Queue()

    def application(environ, start_response):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        AccessLog(application, written.put)({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, None)
    assert b" 500 " in written.get(timeout=60)


def test_the_answers_of_a_moment_are_logged_in_order_and_at_once():
    written = Queue()

    def application(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    log = AccessLog(application, written.put)
    for number in range(50):
        log(
            {"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}/", "HTTP_X_REQUEST_ID": "1"},
            lambda *answer: None,
        )
    lines = []
    while len(lines) < 50:
        lines += written.get(timeout=60).decode().splitlines()
        assert len(lines) > 1
    assert [line.split()[2] for line in lines] == [f"/{number}/" for number in range(50)]


def test_a_refused_host_names_the_setting_in_the_log_once_a_minute(caplog, settings, monkeypatch, branch):
    written = StringIO()
    configured = DictConfigurator(settings.LOGGING)
    logger = logging.getLogger("django.security.DisallowedHost")
    monkeypatch.setattr(logger, "handlers", [logging.StreamHandler(written)])
    monkeypatch.setattr(
        logger, "filters", [configured.configure_filter({"()": "common.logs.OneLineAMinute"})]
    )
    for _ in range(3):
        assert Client(headers={"host": "www.example.org"}).get("/").status_code == 400
    (line,) = written.getvalue().splitlines()
    assert "'www.example.org'" in line
    assert "ALLOWED_HOSTS" in line


@pytest.mark.parametrize("count", [20, pytest.param(60, marks=pytest.mark.long)])
def test_what_strangers_send_is_not_kept_in_memory(branch, monkeypatch, count):
    """Addresses and headers as long as the server takes them, through all that stands before a view."""
    worker = Worker(monkeypatch)
    everything = AccessLog(TrustedProxies(worker.cache, [ip_network("127.0.0.1")]), lambda lines: None)
    worker.cache = everything

    def ask(number):
        text = f"{number}{'aZ' * 7_000}"
        worker.ask(f"/{text}/")
        worker.ask(f"/nyheter?{text}", Accept_Encoding=text, X_Forwarded_For=f"fe80::1%{text}", Cookie=text)

    ask(0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1, count):
        ask(number)
    clear_urlsplit_cache()  # Python's own, of 128
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert kept < 60_000 + 4_000 * count  # one cache that kept the addresses: over 13 000 each


# --- Errors by mail ---


@pytest.fixture
def mailed(db, settings, mailoutbox):
    settings.SENDS_EMAIL = True
    settings.ADMINS = [("", "drift@example.org")]
    return mailoutbox


def an_error(message="anna@example.org skrev hemligt", error=ValueError):
    request = RequestFactory().post(
        "/kontakt/e-post/abc/", {"text": "formulärets text"}, REMOTE_ADDR="198.51.100.7"
    )
    try:
        raise error(message)
    except error:
        logging.getLogger("django.request").error(
            "Internal Server Error: %s", request.path, exc_info=True, extra={"request": request}
        )


def test_an_error_is_mailed_without_what_anybody_wrote(mailed, settings):
    an_error()
    (mail,) = mailed
    assert mail.to == ["drift@example.org"]
    assert mail.subject == (
        f"Fel på {settings.SITE_URL}: ValueError, Internal Server Error: /kontakt/e-post/…/"
    )
    assert "POST /kontakt/e-post/…" in mail.body
    assert Path(__file__).name in mail.body
    for secret in ("anna@", "hemligt", "formulärets", "198.51", "/abc/"):
        assert secret not in mail.subject + mail.body.replace(
            'def an_error(message="anna@example.org skrev hemligt"', ""
        )


def test_the_subject_of_a_message_is_written_out_on_one_line_without_addresses(mailed):
    logging.getLogger("django").error("Could not write\nto %s, %d times", "anna@example.org", 3)
    assert mailed[0].subject.endswith(": Could not write\\nto … 3 times")


@pytest.mark.django_db
def test_one_mail_an_hour_of_a_kind(mailed):
    for _ in range(5):
        an_error()
    assert len(mailed) == 1
    an_error(error=KeyError)
    assert len(mailed) == 2
    Run.objects.update(at=timezone.now() - timedelta(hours=1, seconds=1))
    an_error()
    an_error()
    assert len(mailed) == 3
    with database_away():  # each machine for itself
        an_error(error=OSError)
        an_error(error=OSError)
    assert len(mailed) == 4


@pytest.mark.django_db
def test_without_admins_it_goes_to_the_superusers(mailed, settings, superuser):
    settings.ADMINS = []
    User.objects.create_user("annan", "annan@example.org", is_staff=True)
    an_error()
    assert mailed[0].to == ["test@example.org"]


def test_without_a_mail_server_nothing_is_sent(mailed, settings):
    settings.SENDS_EMAIL = False
    an_error()
    assert mailed == []


@pytest.mark.django_db
def test_a_view_that_breaks_is_mailed_and_a_wrong_host_is_not(mailed, monkeypatch):
    Client(headers={"host": "robot.example"}).get("/nyheter/")
    assert mailed == []
    monkeypatch.setattr("hgf_site.operations.health.HttpResponse", None)
    Client(raise_request_exception=False).get(reverse("healthz"))
    assert "GET /healthz" in mailed[0].body
