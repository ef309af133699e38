"""What the operator sees and has done: checks, the dashboard, the purge, backups, locks."""

import os
import shutil
from collections import namedtuple
from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessLog as Login
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from contacts.models import EmailLimit, Role
from hgf_site.admin_site.dashboard import dashboard_for
from hgf_site.models import Run
from hgf_site.operations import status
from hgf_site.operations.checks import check_site
from hgf_site.operations.command_lock import ADVISORY_LOCKS, command_lock
from hgf_site.operations.last_runs import last_run, password_mark, save_run
from tests.helpers.database_away import database_away

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "var"
    settings.DATA_DIR.mkdir(mode=0o700)
    return settings.DATA_DIR


def backup_made(monkeypatch, ago):
    at = timezone.now() - ago
    with monkeypatch.context() as patch:
        patch.setattr("hgf_site.operations.last_runs.timezone.now", lambda: at)
        save_run("backup", file="x")


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

    def test_copies_that_no_longer_leave_the_machine(self, monkeypatch):
        assert notices() == {}  # somebody may copy without telling
        call_command("backup", copied=True)
        assert notices() == {}
        Run.objects.update(at=timezone.now() - 8 * DAY)
        assert "Copies on another machine" in notices()["W014"]

    def test_addresses_of_the_starter_content_in_public(self, settings):
        Role.objects.create(name="Ordförande", email="ordforande@example.org")
        assert notices() == {}
        settings.SITE_URL = "https://www.example.org"
        assert "Ordförande" in notices()["W005"]

    def test_the_first_password_that_was_never_changed(self, superuser):
        save_run("first_password", user=superuser.username, mark=password_mark(superuser.password))
        assert "changepassword test" in notices()["W006"]
        superuser.set_password("ett annat lösenord")
        superuser.save()
        assert notices() == {}

    def test_the_state_of_a_run_that_cannot_be_read_is_none(self):
        with database_away():
            assert last_run("first_password") is None


def test_a_database_that_is_not_there_is_no_mistake(monkeypatch, db):
    from django.db import OperationalError

    def away():
        raise OperationalError("away")

    for question in ("backup_is_fresh", "example_addresses"):
        monkeypatch.setattr(status, question, away)
    assert notices() == {}


# --- The dashboard ---


def test_administrators_see_how_old_the_backup_is(superuser, member, monkeypatch):
    assert "har gjorts än" in dashboard_for(superuser).backup
    backup_made(monkeypatch, timedelta(hours=1))
    assert dashboard_for(superuser).backup.startswith("Senaste säkerhetskopian: ")
    assert "Säg till" not in dashboard_for(superuser).backup
    backup_made(monkeypatch, 8 * DAY)
    assert "Säg till den som sköter servern." in dashboard_for(superuser).backup
    assert dashboard_for(member("Redaktörer")).backup == ""


# --- Purge ---


@pytest.fixture
def litter(db, settings, data_dir):
    """One of everything that is past its time, and one of everything that is not, on the disk."""
    disk = {"default": {"BACKEND": "common.files.storage.DurableStorage"}}
    settings.STORAGES = {**settings.STORAGES, **disk}
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


def test_purge_deletes_what_is_past_its_time_and_nothing_else_however_often(
    litter, data_dir, settings, capsys
):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]  # or there would be no page to look for leaks on
    for command in ("purge", "tidy"):  # its former name
        call_command(command)
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
    assert last_run("purge")["failed"] == []
    assert last_run("leaks")["leaks"] == 0


def test_one_kind_of_litter_that_stays_does_not_keep_the_others(
    litter, data_dir, settings, monkeypatch, caplog
):
    def breaks():
        raise OSError("no such disk")

    monkeypatch.setitem(
        __import__("hgf_site.management.commands.purge", fromlist=["WORK"]).WORK, "sessions", breaks
    )
    with pytest.raises(CommandError, match="sessions"):
        call_command("purge", stdout=StringIO())
    assert left(data_dir, settings)["counts"] == ["new"]
    assert sorted(left(data_dir, settings)["sessions"]) == ["new", "old"]
    assert "no such disk" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_finds_none_of_the_pictures_fails(make_post, picture_file, data_dir):
    """A disk that is not mounted; one picture that is lost is told, and the rest is kept."""
    for _ in range(2):
        post = make_post(image=picture_file(), image_is_decorative=True)
    call_command("backup")
    for name in default_storage.files():
        default_storage.delete(name)
    with pytest.raises(CommandError, match="none of 2 pictures"):
        call_command("backup", data_dir / "lost.tar.gz")
    assert not (data_dir / "lost.tar.gz").exists()
    post.image.save("x.jpg", picture_file())
    call_command("backup", data_dir / "half.tar.gz")


# --- Locks ---


def test_a_lock_that_is_never_free_ends_in_a_message(monkeypatch, data_dir, db):
    monkeypatch.setattr("hgf_site.operations.command_lock.WAIT", 0.1)
    with (
        command_lock("prepare"),
        pytest.raises(CommandError, match="DATABASE_DIRECT_URL"),
        command_lock("prepare"),
    ):
        pytest.fail("both have it")
    with command_lock("prepare"):
        pass


@pytest.mark.django_db(transaction=True)
def test_a_lock_of_another_machine_counts_on_postgresql_and_is_given_back(monkeypatch, data_dir):
    monkeypatch.setattr("hgf_site.operations.command_lock.WAIT", 0.1)
    if connection.vendor != "postgresql":
        return  # SQLite is a file of one machine
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCKS["prepare"]])
        with pytest.raises(CommandError), command_lock("prepare"):
            pytest.fail("both have it")
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCKS["prepare"]])
        with command_lock("prepare"):
            pass
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCKS["prepare"]])
        assert cursor.fetchone() == (True,)
