"""What an Administratör reads about the accounts: logins, failures, and who changed whose rights."""

from dataclasses import dataclass
from datetime import datetime

from axes.models import AccessFailureLog, AccessLog
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType

LENGTH = 200
KEPT_DAYS = 90  # manage.py tidy deletes what is older


@dataclass
class Event:
    """`at`: aware datetime; the rest is text, in Swedish."""

    at: datetime
    who: str
    what: str
    client: str = ""


def events(reader):
    """Return the newest LENGTH Events that `reader` may see, newest first.

    To anybody but a superuser, superusers do not exist.
    """
    hidden = set()
    if not reader.is_superuser:
        hidden = set(User.objects.filter(is_superuser=True).values_list("username", flat=True))
    found = [*logins(hidden), *failures(), *changes(hidden)]
    return sorted(found, key=lambda event: event.at, reverse=True)[:LENGTH]


def logins(hidden):
    for row in AccessLog.objects.exclude(username__in=hidden).order_by("-attempt_time")[:LENGTH]:
        yield Event(row.attempt_time, row.username or "", "loggade in", row.ip_address or "")


def failures():
    for row in AccessFailureLog.objects.order_by("-attempt_time")[:LENGTH]:
        what = "felaktig inloggning, spärrad en stund" if row.locked_out else "felaktig inloggning"
        yield Event(row.attempt_time, row.username or "", what, row.ip_address or "")


def changes(hidden):
    kinds = ContentType.objects.get_for_models(User, Group).values()
    entries = LogEntry.objects.filter(content_type__in=kinds).select_related("user", "content_type")
    entries = entries.exclude(user__username__in=hidden).exclude(object_repr__in=hidden)
    verbs = {ADDITION: "lade till", DELETION: "tog bort"}
    for entry in entries.order_by("-action_time")[:LENGTH]:
        verb = verbs.get(entry.action_flag, "ändrade")
        kind = "gruppen" if entry.content_type.model == "group" else "kontot"
        detail = entry.get_change_message() if entry.action_flag not in verbs else ""
        what = f"{verb} {kind} {entry.object_repr}." + (f" {detail}" if detail else "")
        yield Event(entry.action_time, entry.user.get_username(), what)
