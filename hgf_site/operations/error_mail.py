"""Errors by e-mail to the administrators: what went wrong and where, at most one an hour of a kind."""

import hashlib
import logging
import re
import time
import traceback
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

from common.logs import hide_tokens, request_id

SILENCE = timedelta(hours=1)


class ErrorMailHandler(AdminEmailHandler):
    """AdminEmailHandler without anything that a visitor or a volunteer wrote, and not for every error.

    The kind, the place in the code and the path are told; not the message of the exception, the form,
    the cookies or the client, which may all hold personal data. Sends nothing without EMAIL_URL.
    """

    def __init__(self):
        super().__init__(reporter_class="hgf_site.operations.error_mail.PlaceReporter")

    def emit(self, record):
        try:
            message = re.sub(r"\S+@\S+", "…", hide_tokens(record.getMessage()))
            kind = f"{record.name}, {record.msg}"
            if record.exc_info and record.exc_info[0]:
                error, _, trace = record.exc_info
                kind = f"{error.__name__}, {traceback.format_tb(trace)[-1:]}"
                message = f"{error.__name__}, {message}"
            if settings.SENDS_EMAIL and claim_hourly_slot(kind):
                safe = {"msg": message, "args": (), "levelname": f"Fel på {settings.SITE_URL}"}
                super().emit(logging.makeLogRecord(vars(record) | safe))
        except Exception:
            self.handleError(record)

    def format_subject(self, subject):
        # Django tells there from which address the request came.
        return super().format_subject(subject.replace(" (EXTERNAL IP)", ""))[:200]

    def send_mail(self, subject, message, *args, **kwargs):
        if to := recipients():
            send_mail(subject, message, None, to, connection=self.connection())


class PlaceReporter(ExceptionReporter):
    """Tells where an error arose, without a value of any variable, setting or header."""

    def get_traceback_text(self):
        where = f"{self.request.method} {hide_tokens(self.request.path)}\n\n" if self.request else ""
        return (
            f"{where}{''.join(traceback.format_tb(self.tb))}\n"
            f"X-Request-ID: {request_id.get()}\n"
            "Hela felet står i serverns logg. Fler fel av samma slag skickas inte den närmaste timmen.\n"
        )


def claim_hourly_slot(kind):
    """Tell, once an hour for all machines together, that an error of this kind may be sent.

    While the database is away, for this machine.
    """
    from hgf_site.models import Run  # settings load this module before there are models

    mark, now = f"error-{hashlib.sha256(kind.encode()).hexdigest()[:16]}", timezone.now()
    try:
        with transaction.atomic():
            old = Run.objects.filter(name=mark).exclude(at__range=(now - SILENCE, now))
            return bool(old.update(at=now)) or Run.objects.get_or_create(name=mark, defaults={"at": now})[1]
    except (DatabaseError, InterfaceError):
        path = settings.DATA_DIR / mark
        is_silent = path.exists() and 0 <= time.time() - path.stat().st_mtime < SILENCE.total_seconds()
        path.touch()
        return not is_silent


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
