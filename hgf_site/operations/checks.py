"""What the operator should put right, as Django system checks: `manage.py check` says what to do."""

from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Warning as Notice
from django.db import DatabaseError, InterfaceError
from django.http.request import validate_host
from django.utils import timezone

from hgf_site.operations import status
from hgf_site.operations.last_runs import last_run, password_mark
from mailing.models import Delivery, Sending

LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}


def check_site(app_configs, **kwargs):
    """A Django system check. Nothing is said of a database that is away or not made yet."""
    notices = [*check_permissions(), *check_disk(), *check_debug(), *check_address()]
    questions = (check_backup, check_copy, check_example_addresses, check_first_password, check_letters)
    for question in questions:
        try:
            notices += question()
        except (DatabaseError, InterfaceError):
            continue
    return notices


def check_permissions():
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


def check_disk():
    if not status.disk_has_room():
        yield Notice(
            f"The disk with {settings.DATA_DIR} is nearly full: soon nothing can be saved.",
            hint="Make room, or move old files from backups/ to another machine.",
            id="hgf_site.W002",
        )


def check_debug():
    if settings.DEBUG and urlsplit(settings.SITE_URL).hostname not in LOCAL_HOSTS:
        yield Notice(
            "DEBUG is on: every error shows code and settings to whoever caused it.",
            hint="Take DEBUG out of the environment and of .env, and start again.",
            id="hgf_site.W003",
        )


def check_address():
    host = urlsplit(settings.SITE_URL).hostname or ""
    if host not in LOCAL_HOSTS and not validate_host(host, settings.ALLOWED_HOSTS):
        yield Notice(
            f"The site's own address, {settings.SITE_URL}, is refused: {host} is not in ALLOWED_HOSTS.",
            hint=f"Add {host} to ALLOWED_HOSTS in .env, and start again.",
            id="hgf_site.W007",
        )


def check_backup():
    if not status.backup_is_fresh():
        last = status.last_backup()
        yield Notice(
            f"The last backup was made {last:%Y-%m-%d}." if last else "No backup has ever been made here.",
            hint="Run manage.py backup, and let a timer do it every night (README, 'Operate and back up').",
            id="hgf_site.W004",
        )


def check_copy():
    """Only where copies have ever been made: another program may do it without telling."""
    last = status.last_copy()
    if last and last < timezone.now() - status.BACKUP_AGE:
        yield Notice(
            f"The last copy of the backups left this machine {last:%Y-%m-%d}.",
            hint="Look at what copies them (docs/operate.md, 'Copies on another machine').",
            id="hgf_site.W014",
        )


def check_example_addresses():
    """Addresses of the starter content, which reach nobody, where they are or may come to be shown."""
    holders = status.example_addresses()
    if holders and urlsplit(settings.SITE_URL).hostname not in LOCAL_HOSTS:
        yield Notice(
            f"Made-up addresses (example.org), chosen to be shown, are left: {', '.join(map(str, holders))}.",
            hint="Change them in the admin, under Roller and Personer.",
            id="hgf_site.W005",
        )


def check_first_password():
    run = last_run("first_password")
    user = run and get_user_model().objects.filter(username=run["user"], is_active=True).first()
    if user and password_mark(user.password) == run["mark"]:
        yield Notice(
            f"{user.username} still has the password that the first start printed.",
            hint=f"Change it in the admin, or with manage.py changepassword {user.username}.",
            id="hgf_site.W006",
        )


def check_letters():
    host, domain = urlsplit(settings.SITE_URL).hostname or "", domain_of_letters()
    if settings.SENDS_EMAIL and host not in LOCAL_HOSTS and not f".{host}".endswith(f".{domain}"):
        yield Notice(
            f"Letters come from {domain}, not from the site's own domain: they look forged.",
            hint="Set DEFAULT_FROM_EMAIL to an address of that domain, which the mail server may use.",
            id="hgf_site.W010",
        )
    if settings.SENDS_EMAIL and Sending.since_when() is None:
        yield Notice(
            "No letters are sent: this site was restored, or had another SITE_URL.",
            hint='Run manage.py resume_letters --since "2026-11-29 18:00": what is older has been sent.',
            id="hgf_site.W008",
        )
    waiting = Delivery.objects.unsent().filter(made_at__lt=timezone.now() - timedelta(hours=3))
    if settings.SENDS_EMAIL and (count := waiting.count()):
        yield Notice(
            f"{count} letters have waited for three hours.",
            hint="Does the mail server of EMAIL_URL answer (manage.py send_test_letter)? Is SEND_LETTERS on?",
            id="hgf_site.W009",
        )


def domain_of_letters():
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def check_dns(app_configs, **kwargs):
    """A system check for `check --deploy` alone: it asks other machines."""
    from mailing.dns_records import notices_about  # here: no worker ever needs it

    domain = domain_of_letters()
    return list(notices_about(domain)) if settings.SENDS_EMAIL and domain not in LOCAL_HOSTS else []
