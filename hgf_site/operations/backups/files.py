"""Where backups are kept, and which there are."""

import re
import time

from django.conf import settings
from django.utils import timezone

KEEP = 7  # how many stay there, unless the operator says otherwise
OWN_NAME = re.compile(r"backup-\d{8}T\d{6}Z(-[a-z-]+)?\.tar\.gz")


def backup_folder():
    return settings.DATA_DIR / "backups"


def default_path(reason=""):
    """Return where a backup made now goes; the reason ("before-update") ends its name."""
    while (
        path := backup_folder() / f"backup-{timezone.now():%Y%m%dT%H%M%SZ}{reason and f'-{reason}'}.tar.gz"
    ).exists():
        time.sleep(0.1)  # until the next second
    return path


def stored_backups():
    """Return the backups in the usual folder, the newest first."""
    found = [path for path in backup_folder().glob("backup-*.tar.gz") if OWN_NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: path.name, reverse=True)
