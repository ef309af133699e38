"""The one daily call: throws away what is no longer needed. Safe to run twice, at once, or never."""

import logging
import shutil
import time
from datetime import timedelta
from pathlib import Path

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.models import EmailLimit
from hgf_site.notes import write_note
from hgf_site.one_at_a_time import one_at_a_time
from hgf_site.security_log import KEPT_DAYS
from versions.tidying import delete_old_versions, delete_unneeded_pictures

logger = logging.getLogger(__name__)
WORK_TIME = 24 * 3600  # seconds; a file that is still being worked on is younger


class Command(BaseCommand):
    help = (
        "Deletes what is no longer needed: ended sessions, counts and logs past their time, the history of "
        "people after a year, pictures that nothing names, what interrupted commands left. Looks for leaks."
    )
    requires_system_checks = ()

    def handle(self, **options):
        failed = []
        with one_at_a_time("tidy"):
            for what, work in WORK.items():
                try:
                    self.stdout.write(f"{what}: {work()}")
                except Exception:
                    # One kind of litter that cannot be taken away must not keep the others.
                    logger.exception("tidy: %s", what)
                    failed.append(what)
            write_note("tidy", failed=failed)
        if failed:
            raise CommandError(f"Not done, the log says why: {', '.join(failed)}.")


def sessions():
    call_command("clearsessions")
    return "ended ones deleted"


def email_counts():
    return EmailLimit.objects.filter(updated_at__lt=timezone.now() - timedelta(hours=1)).delete()[0]


def logins():
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    kinds = (AccessLog, AccessFailureLog, AccessAttempt)
    return sum(kind.objects.filter(attempt_time__lt=limit).delete()[0] for kind in kinds)


def left_behind():
    """Delete what commands that were killed have left, and the marks of errors that were mailed."""
    data, media = settings.DATA_DIR, Path(settings.MEDIA_ROOT)
    found = [
        *data.glob("scratch-*"),
        *data.glob("backups/.*.unfinished"),
        *data.glob("notes/error-*"),
        *media.glob(".restoring-*"),
    ]
    old = [path for path in found if path.lstat().st_mtime < time.time() - WORK_TIME]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)


def leaks():
    try:
        call_command("check_leaks")
    except SystemExit:
        return "found, listed above"
    return "none"


WORK = {
    "sessions": sessions,
    "counts of shown addresses": email_counts,
    "old logins in the log": logins,
    "old history": delete_old_versions,
    "pictures that nothing names": lambda: len(delete_unneeded_pictures()),
    "left behind": left_behind,
    "leaks": leaks,
}
