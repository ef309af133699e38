"""Status checks: what /healthz, the system checks and the dashboard ask about the site, each in one place."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.utils import timezone

from contacts.models import Person, Role
from hgf_site.operations.last_runs import last_run

BACKUP_AGE = timedelta(days=7)
DISK_BYTES = 500 * 1024 * 1024
DISK_PART = 0.03  # of the whole disk


def database_answers():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def migrations_are_applied():
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def media_is_writable():
    """Tell whether a picture could be stored."""
    try:
        return default_storage.is_writable()
    except OSError:
        return False


def disk_has_room():
    """Tell whether the disk of DATA_DIR has room for some weeks of pictures and backups."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    return usage.free >= min(DISK_BYTES, usage.total * DISK_PART)


def last_backup():
    """Return when the last backup was made on this machine, an aware datetime; None when none was."""
    run = last_run("backup")
    return run and run["at"]


def backup_is_fresh():
    """Tell whether there is a backup of the last week; a site that is younger needs none yet."""
    now = timezone.now()
    limit = now - BACKUP_AGE
    last = last_backup()
    if last:
        return limit < last < now + BACKUP_AGE  # later: the clock was wrong then
    began = get_user_model().objects.aggregate(at=Min("date_joined"))["at"]
    return began is None or began > limit


def last_copy():
    """Return when a copy of the backups last left the machine (manage.py backup --copied), or None."""
    run = last_run("copy")
    return run and run["at"]


def example_addresses():
    """Return the roles and people whose address is of the starter content and shows in their turn."""
    roles = Role.objects.filter(email__iendswith="@example.org")
    return [*roles, *Person.objects.filter(email__iendswith="@example.org", show_email=True)]


def leaks_found():
    """Return how many leaks `check_leaks` found when it last ran to its end; None when it never did."""
    run = last_run("leaks")
    return run and run["leaks"]
