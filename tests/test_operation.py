"""What the operator sees and has done: checks, the log, errors by mail, tidying up."""

import logging
import os
import re
import shutil
import time
from collections import namedtuple
from datetime import timedelta
from io import StringIO
from logging.config import DictConfigurator
from queue import Queue

import pytest
from axes.models import AccessLog as Login
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from contacts.models import EmailLimit, Role
from hgf_site import condition
from hgf_site.access_log import AccessLog
from hgf_site.checks import check_site
from hgf_site.desk import desk_for
from hgf_site.notes import password_mark, read_note, write_note

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "var"
    settings.DATA_DIR.mkdir(mode=0o700)
    return settings.DATA_DIR


def backup_made(monkeypatch, ago):
    at = timezone.now() - ago
    with monkeypatch.context() as patch:
        patch.setattr("hgf_site.notes.timezone.now", lambda: at)
        write_note("backup", file="x")


# --- System checks ---


def notices():
    return {notice.id.rpartition(".")[2]: f"{notice.msg} {notice.hint}" for notice in check_site(None)}


@pytest.mark.django_db
class TestChecks:
    def test_a_new_site_has_nothing_to_be_told(self, data_dir):
        (data_dir / ".env").touch(mode=0o600)
        assert notices() == {}

    def test_secrets_that_others_can_read(self, data_dir):
        (data_dir / ".env").touch(mode=0o644)
        assert notices() == {}  # behind a folder that nobody else may enter
        data_dir.chmod(0o755)
        assert f"chmod -R go= {data_dir}/.env" in notices()["W001"]
        (data_dir / ".env").chmod(0o600)
        assert notices() == {}

    @pytest.mark.parametrize("name", ["site.sqlite3", "site.sqlite3-wal", "site.sqlite3-shm"])
    def test_each_file_of_the_database_that_others_can_read(self, data_dir, name):
        data_dir.chmod(0o755)
        for each in ("site.sqlite3", "site.sqlite3-wal", "site.sqlite3-shm"):
            (data_dir / each).touch(mode=0o644 if each == name else 0o600)
        assert notices()["W001"].endswith(f"chmod -R go= {data_dir}/{name}")

    def test_a_disk_that_is_nearly_full(self, monkeypatch):
        usage = namedtuple("Usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100 * 2**30, 0, 400 * 2**20))
        assert "nearly full" in notices()["W002"]
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100 * 2**30, 0, 600 * 2**20))
        assert notices() == {}

    def test_debug_where_others_can_reach_it(self, settings):
        settings.DEBUG = True
        assert notices() == {}  # on the developer's own machine
        settings.SITE_URL = "https://www.example.org"
        assert "DEBUG" in notices()["W003"]

    def test_an_address_of_its_own_that_is_refused(self, settings):
        settings.SITE_URL, settings.ALLOWED_HOSTS = "https://example.org", ["www.example.org"]
        assert "Add example.org to ALLOWED_HOSTS" in notices()["W007"]
        settings.ALLOWED_HOSTS = ["www.example.org", "example.org"]
        assert "W007" not in notices()

    def test_no_backup_for_a_week(self, superuser, monkeypatch):
        assert notices() == {}  # the site is younger than that
        User.objects.update(date_joined=timezone.now() - 8 * DAY)
        assert "No backup" in notices()["W004"]
        backup_made(monkeypatch, 6 * DAY)
        assert notices() == {}
        for ago in (8 * DAY, -3650 * DAY):  # the second one while the clock was ten years ahead
            backup_made(monkeypatch, ago)
            assert "manage.py backup" in notices()["W004"]

    def test_addresses_of_the_starter_content_in_public(self, settings):
        Role.objects.create(name="Ordförande", email="ordforande@example.org")
        assert notices() == {}
        settings.SITE_URL = "https://www.example.org"
        assert "Ordförande" in notices()["W005"]

    def test_the_first_password_that_was_never_changed(self, superuser):
        write_note("first_password", user=superuser.username, mark=password_mark(superuser.password))
        assert "changepassword test" in notices()["W006"]
        superuser.set_password("ett annat lösenord")
        superuser.save()
        assert notices() == {}

    def test_a_note_that_cannot_be_read_is_no_note(self, data_dir):
        write_note("first_password", user="x", mark="x")
        (data_dir / "notes" / "first_password.json").write_text("{")
        assert notices() == {}


def test_a_database_that_is_not_there_is_no_mistake(monkeypatch):
    from django.db import OperationalError

    def away():
        raise OperationalError("away")

    for question in ("backup_is_fresh", "example_addresses"):
        monkeypatch.setattr(condition, question, away)
    assert notices() == {}


# --- The desk ---


def test_administrators_see_how_old_the_backup_is(superuser, member_of, monkeypatch):
    assert "har gjorts än" in desk_for(superuser).backup
    backup_made(monkeypatch, timedelta(hours=1))
    assert desk_for(superuser).backup.startswith("Senaste säkerhetskopian: ")
    assert "Säg till" not in desk_for(superuser).backup
    backup_made(monkeypatch, 8 * DAY)
    assert "Säg till den som sköter servern." in desk_for(superuser).backup
    assert desk_for(member_of("Redaktörer")).backup == ""


@pytest.fixture
def member_of(db):
    from django.contrib.auth.models import Group

    def make(group):
        user = User.objects.create_user("medlem", is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        return user

    return make


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
    }
    AccessLog(application, written.put)(environ, lambda *answer: None)
    (line,) = written.get(timeout=5).decode().splitlines()
    return line


def test_a_request_is_one_line_without_anything_about_who_asked():
    line = logged("/nyheter/", headers=[("Content-Length", "512")], query="q=hemlig")
    when, method, path, status, spent, size = line.split()
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
    assert b" 500 " in written.get(timeout=5)


def test_the_answers_of_a_moment_are_logged_in_order_and_at_once():
    written = Queue()

    def application(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    log = AccessLog(application, written.put)
    for number in range(50):
        log({"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}/"}, lambda *answer: None)
    lines = []
    while len(lines) < 50:
        lines += written.get(timeout=5).decode().splitlines()
        assert len(lines) > 1
    assert [line.split()[2] for line in lines] == [f"/{number}/" for number in range(50)]


# --- Errors by mail ---


@pytest.fixture
def mailed(settings, mailoutbox):
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


def test_an_error_is_mailed_without_what_anybody_wrote(mailed):
    an_error()
    (mail,) = mailed
    assert mail.to == ["drift@example.org"]
    assert "ValueError" in mail.subject
    assert "\n" not in mail.subject
    assert "POST /kontakt/e-post/…" in mail.body
    assert "test_operation.py" in mail.body
    for secret in ("anna@", "hemligt", "formulärets", "198.51", "/abc/"):
        assert secret not in mail.subject + mail.body.replace(
            'def an_error(message="anna@example.org skrev hemligt"', ""
        )


def test_one_mail_an_hour_of_a_kind(mailed, data_dir):
    for _ in range(5):
        an_error()
    assert len(mailed) == 1
    an_error(error=KeyError)
    assert len(mailed) == 2
    for mark in (data_dir / "notes").glob("error-*"):
        os.utime(mark, (time.time() - 3601,) * 2)
    an_error()
    an_error()
    assert len(mailed) == 3


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
    monkeypatch.setattr("hgf_site.health.HttpResponse", None)
    Client(raise_request_exception=False).get(reverse("healthz"))
    assert "GET /healthz" in mailed[0].body


# --- Tidying up ---


@pytest.fixture
def litter(db, settings, data_dir):
    """One of everything that is past its time, and one of everything that is not."""
    now = timezone.now()
    for key, at in (("old", now - DAY), ("new", now + DAY)):
        Session.objects.create(session_key=key, session_data="x", expire_date=at)
    for client in ("old", "new"):
        EmailLimit.objects.create(client=client, times=[])
        Login.objects.create(username=client)
    EmailLimit.objects.filter(client="old").update(updated_at=now - timedelta(hours=2))
    Login.objects.filter(username="old").update(attempt_time=now - 91 * DAY)
    (data_dir / "backups").mkdir()
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "nyheter").mkdir()
    for age in ("old", "new"):
        picture = settings.MEDIA_ROOT / "nyheter" / f"{age}.jpg"
        picture.touch()
        if age == "old":
            os.utime(picture, (0, 0))
        paths = [
            data_dir / f"scratch-{age}",
            settings.MEDIA_ROOT / f".restoring-{age}",
            data_dir / "backups" / f".backup-{age}.tar.gz.1.unfinished",
        ]
        paths[0].mkdir()
        paths[1].mkdir()
        paths[2].touch()
        (paths[0] / "site.sqlite3").touch()
        if age == "old":
            for path in paths:
                os.utime(path, (0, 0))


def left(data_dir, settings):
    folders = (settings.MEDIA_ROOT, settings.MEDIA_ROOT / "nyheter", data_dir / "backups")
    files = [*data_dir.glob("scratch-*"), *(path for folder in folders for path in folder.iterdir())]
    return {
        "sessions": list(Session.objects.values_list("session_key", flat=True)),
        "counts": list(EmailLimit.objects.values_list("client", flat=True)),
        "logins": list(Login.objects.values_list("username", flat=True)),
        "files": sorted(path.name for path in files),
    }


def test_tidy_takes_what_is_past_its_time_and_nothing_else_however_often(litter, data_dir, settings, capsys):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]  # or there would be no page to look for leaks on
    for _ in range(2):
        call_command("tidy")
        assert left(data_dir, settings) == {
            "sessions": ["new"],
            "counts": ["new"],
            "logins": ["new"],
            "files": [
                ".backup-new.tar.gz.1.unfinished",
                ".restoring-new",
                "new.jpg",
                "nyheter",
                "scratch-new",
            ],
        }
    assert read_note("tidy")["failed"] == []
    assert read_note("leaks")["leaks"] == 0


def test_one_kind_of_litter_that_stays_does_not_keep_the_others(
    litter, data_dir, settings, monkeypatch, caplog
):
    def breaks():
        raise OSError("no such disk")

    monkeypatch.setitem(
        __import__("hgf_site.management.commands.tidy", fromlist=["WORK"]).WORK, "sessions", breaks
    )
    with pytest.raises(CommandError, match="sessions"):
        call_command("tidy", stdout=StringIO())
    assert left(data_dir, settings)["counts"] == ["new"]
    assert sorted(left(data_dir, settings)["sessions"]) == ["new", "old"]
    assert "no such disk" in caplog.text
