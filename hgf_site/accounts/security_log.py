"""What an Administratör reads about the accounts: logins, failures, and who changed whose rights."""

from dataclasses import dataclass
from datetime import datetime

from axes.models import AccessFailureLog, AccessLog
from django.apps import apps as installed_apps
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS

MAX_EVENTS = 200
RETENTION_DAYS = 90  # manage.py purge deletes what is older


@dataclass
class Event:
    """`at`: aware datetime; the rest is text, in Swedish."""

    at: datetime
    who: str
    what: str
    client: str = ""


def add_audit_entry(actor, user, text):
    """Log in Swedish what `actor` did to the account of `user`."""
    LogEntry.objects.log_actions(actor.pk, [user], CHANGE, text, single_object=True)


def delete_typed_texts(using=DEFAULT_DB_ALIAS, apps=installed_apps, **kwargs):
    """Delete what the login stored of typed texts before, or a backup brings back; for post_migrate."""
    try:
        attempts, failures = (apps.get_model("axes", name) for name in ("AccessAttempt", "AccessFailureLog"))
        users = apps.get_model("auth", "User")
    except LookupError:  # migrated back to before they were
        return
    attempts.objects.using(using).all().delete()
    names = users.objects.using(using).values("username")
    failures.objects.using(using).exclude(username="").exclude(username__in=names).update(username="")


def events(reader):
    """Return the newest MAX_EVENTS Events that `reader` may see, newest first.

    To anybody but a superuser, superusers do not exist.
    """
    hidden = set()
    if not reader.is_superuser:
        hidden = set(User.objects.filter(is_superuser=True).values_list("username", flat=True))
    found = [*logins(hidden), *failures(), *changes(hidden)]
    return sorted(found, key=lambda event: event.at, reverse=True)[:MAX_EVENTS]


def logins(hidden):
    for row in AccessLog.objects.exclude(username__in=hidden).order_by("-attempt_time")[:MAX_EVENTS]:
        yield Event(row.attempt_time, row.username or "", "loggade in", row.ip_address or "")


def failures():
    for row in AccessFailureLog.objects.order_by("-attempt_time")[:MAX_EVENTS]:
        what = "felaktig inloggning, spärrad en stund" if row.locked_out else "felaktig inloggning"
        yield Event(row.attempt_time, row.username or "Okänt namn", what, row.ip_address or "")


def changes(hidden):
    kinds = ContentType.objects.get_for_models(User, Group).values()
    entries = LogEntry.objects.filter(content_type__in=kinds).select_related("user", "content_type")
    entries = entries.exclude(user__username__in=hidden).exclude(object_repr__in=hidden)
    verbs = {ADDITION: "lade till", DELETION: "tog bort"}
    for entry in entries.order_by("-action_time")[:MAX_EVENTS]:
        verb = verbs.get(entry.action_flag, "ändrade")
        kind = "gruppen" if entry.content_type.model == "group" else "kontot"
        detail = entry.get_change_message() if entry.action_flag not in verbs else ""
        what = f"{verb} {kind} {entry.object_repr}." + (f" {detail}" if detail else "")
        yield Event(entry.action_time, entry.user.get_username(), what)
