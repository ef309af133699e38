"""What the operator should put right, as Django system checks: `manage.py check` says what to do."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Warning as Notice
from django.db import DatabaseError, InterfaceError
from django.http.request import validate_host

from hgf_site import condition
from hgf_site.notes import password_mark, read_note

LOCAL = {"127.0.0.1", "localhost", "::1"}


def check_site(app_configs, **kwargs):
    """A Django system check. A database that is away, or not made yet, is no mistake of the operator's."""
    notices = [*permissions(), *disk(), *debug(), *address()]
    for question in (backup, example_addresses, first_password):
        try:
            notices += question()
        except (DatabaseError, InterfaceError):
            continue
    return notices


def permissions():
    data = settings.DATA_DIR
    secrets = [data / ".env", data / "backups", *sorted(data.glob("site.sqlite3*"))]
    exposed = [path for path in secrets if path.exists() and path.stat().st_mode & 0o077]
    if exposed and data.stat().st_mode & 0o077:
        names = " ".join(str(path) for path in exposed)
        yield Notice(
            f"Other users of this machine can read {names}: keys, password hashes, private addresses.",
            hint=f"chmod -R go= {names}",
            id="hgf_site.W001",
        )


def disk():
    if not condition.disk_has_room():
        yield Notice(
            f"The disk with {settings.DATA_DIR} is nearly full: soon nothing can be saved.",
            hint="Make room, or move old files from backups/ to another machine.",
            id="hgf_site.W002",
        )


def debug():
    if settings.DEBUG and urlsplit(settings.SITE_URL).hostname not in LOCAL:
        yield Notice(
            "DEBUG is on: every error shows code and settings to whoever caused it.",
            hint="Take DEBUG out of the environment and of .env, and start again.",
            id="hgf_site.W003",
        )


def address():
    host = urlsplit(settings.SITE_URL).hostname or ""
    if host not in LOCAL and not validate_host(host, settings.ALLOWED_HOSTS):
        yield Notice(
            f"The site's own address, {settings.SITE_URL}, is refused: {host} is not in ALLOWED_HOSTS.",
            hint=f"Add {host} to ALLOWED_HOSTS in .env, and start again.",
            id="hgf_site.W007",
        )


def backup():
    if not condition.backup_is_fresh():
        last = condition.last_backup()
        yield Notice(
            f"The last backup was made {last:%Y-%m-%d}." if last else "No backup has ever been made here.",
            hint="Run manage.py backup, and let a timer do it every night (README, 'Operate and back up').",
            id="hgf_site.W004",
        )


def example_addresses():
    """Addresses of the starter content, which reach nobody, where they are or may come to be shown."""
    holders = condition.example_addresses()
    if holders and urlsplit(settings.SITE_URL).hostname not in LOCAL:
        yield Notice(
            f"Made-up addresses (example.org), chosen to be shown, are left: {', '.join(map(str, holders))}.",
            hint="Change them in the admin, under Roller and Personer.",
            id="hgf_site.W005",
        )


def first_password():
    note = read_note("first_password")
    user = note and get_user_model().objects.filter(username=note["user"], is_active=True).first()
    if user and password_mark(user.password) == note["mark"]:
        yield Notice(
            f"{user.username} still has the password that the first start printed.",
            hint=f"Change it in the admin, or with manage.py changepassword {user.username}.",
            id="hgf_site.W006",
        )
