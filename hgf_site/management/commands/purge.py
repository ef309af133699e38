"""Deletes what is past its time; called every night. Safe to run twice, at once, or never."""

import logging
import shutil
import time
from datetime import timedelta
from pathlib import Path

from axes.models import AccessFailureLog, AccessLog
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.vacuum import overwrite_erased
from common.versions.purge import delete_old_versions, delete_unneeded_pictures
from contacts.models import EmailLimit
from hgf_site.accounts.security_log import RETENTION_DAYS
from hgf_site.models import Run
from hgf_site.operations.command_lock import command_lock
from hgf_site.operations.last_runs import save_run
from mailing.clock import forget_past
from mailing.leaving import forget_leavers
from mailing.models import Delivery, Subscriber
from moving.models import Imported
from news.models import MissedAddress
from news.words import learn_all

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
        with command_lock("purge"):
            for what, work in WORK.items():
                try:
                    self.stdout.write(f"{what}: {work()}")
                except Exception:
                    # What cannot be deleted must not keep the rest from being deleted.
                    logger.exception("purge: %s", what)
                    failed.append(what)
            save_run("purge", failed=failed)
        if failed:
            raise CommandError(f"Not done, the log says why: {', '.join(failed)}.")


def sessions():
    call_command("clearsessions")
    return "ended ones deleted"


def email_counts():
    return EmailLimit.objects.filter(updated_at__lt=timezone.now() - timedelta(hours=1)).delete()[0]


def delete_old_logins():
    limit = timezone.now() - timedelta(days=RETENTION_DAYS)
    kinds = (AccessLog, AccessFailureLog)
    return sum(kind.objects.filter(attempt_time__lt=limit).delete()[0] for kind in kinds)


def letters():
    gone = forget_past()
    forget_leavers()
    overwrite_erased(Subscriber, Delivery)
    return gone


def leftovers():
    """Delete what killed commands have left, and the marks of errors that were mailed."""
    data, media = settings.DATA_DIR, Path(settings.MEDIA_ROOT)
    found = [
        *data.glob("scratch-*"),
        *data.glob("backups/.*.unfinished"),
        *data.glob("error-*"),
        *media.glob(".restoring-*"),
    ]
    old = [path for path in found if path.lstat().st_mtime < time.time() - WORK_TIME]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    marks = Run.objects.filter(name__startswith="error-", at__lt=timezone.now() - timedelta(days=1))
    return len(old) + marks.delete()[0]


def leaks():
    try:
        call_command("check_leaks", "--changed")
    except SystemExit:
        return "found, listed above"
    return "none"


WORK = {
    "sessions": sessions,
    "counts of shown addresses": email_counts,
    "old logins in the log": delete_old_logins,
    "letters that were sent, and unanswered requests for them": letters,
    "old history": delete_old_versions,
    "old addresses that are missing": MissedAddress.forget_old,
    "texts of the old site": Imported.forget_old_texts,
    "words that search knows again": learn_all,
    "pictures that nothing names": lambda: len(delete_unneeded_pictures()),
    "leftovers": leftovers,
    "leaks": leaks,
}
