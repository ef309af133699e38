"""Errors by e-mail to the administrators: what went wrong and where, at most one an hour of a kind."""

import hashlib
import logging
import time
import traceback

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, InterfaceError

from contacts.logs import hide_tokens

SECONDS_OF_SILENCE = 3600


class MailErrors(logging.Handler):
    """Sends a log record of an error, without anything that a visitor or a volunteer wrote.

    The kind, the place in the code and the path are told; not the message of the exception, the form,
    the cookies or the client, which may all hold personal data. Sends nothing without EMAIL_URL.
    """

    def emit(self, record):
        try:
            kind, text = told(record)
            if settings.SENDS_EMAIL and is_due(kind) and (to := recipients()):
                EmailMessage(f"Fel på {settings.SITE_URL}: {kind}"[:200], text, to=to).send()
        except Exception:
            self.handleError(record)


def told(record):
    """Return (kind, text) of a record: what makes it the same as another one, and what is sent."""
    kind, lines = f"{record.name}, {record.msg}", []
    if record.exc_info and record.exc_info[0]:
        error, _, trace = record.exc_info
        lines = traceback.format_tb(trace)
        place = lines[-1].strip().splitlines()[0] if lines else ""
        kind = f"{error.__name__}, {place}"
    request = getattr(record, "request", None)
    where = f"{request.method} {hide_tokens(request.path)}" if request is not None else record.name
    text = (
        f"{kind}\n\n{where}\n\n{''.join(lines)}\n"
        f"Hela felet står i serverns logg. Fler fel av samma slag under den närmaste timmen skickas inte.\n"
    )
    return " ".join(kind.split()), text


def is_due(kind):
    """Tell, once an hour for all workers together, that an error of this kind may be sent."""
    folder = settings.DATA_DIR / "notes"
    folder.mkdir(mode=0o700, exist_ok=True)
    mark = folder / f"error-{hashlib.sha256(kind.encode()).hexdigest()[:16]}"
    try:
        if 0 <= time.time() - mark.stat().st_mtime < SECONDS_OF_SILENCE:
            return False
        mark.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:  # another worker was quicker
        return False
    return True


def recipients():
    """Return ADMINS, or else the addresses of the superusers; [] when the database is away."""
    if settings.ADMINS:
        return [address for _, address in settings.ADMINS]
    from django.contrib.auth import get_user_model  # settings load this module before there are models

    try:
        users = get_user_model().objects.filter(is_superuser=True, is_active=True).exclude(email="")
        return list(users.values_list("email", flat=True))
    except (DatabaseError, InterfaceError):
        return []
