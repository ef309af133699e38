"""Makes a backup: the rows as they were at one moment, and every picture that they name."""

import os
import platform
import tempfile
from contextlib import contextmanager

import django
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from tqdm import tqdm

from common.files.storage import sync
from hgf_site.operations.backups import tables
from hgf_site.operations.backups.archive import Writer


def create_backup(path):
    """Write a backup to `path`, which must not exist; return its manifest.

    The file is there whole or not at all, on the disk when this returns, and readable by nobody
    else. Raises FileExistsError, and OSError when there is no room.
    """
    if path.exists():
        raise FileExistsError(path)
    with atomic_write(path) as stream:
        writer = Writer(stream)
        facts, pictures = write_tables(writer)
        written = write_media(writer)
        if len(pictures) > 1 and not pictures & written:
            raise FileNotFoundError(
                f"none of {len(pictures)} pictures that the database names is there: is media mounted?"
            )
        facts |= {"pictures": len(written), "missing": sorted(pictures - written)}
        writer.close(**facts)
    return facts


@contextmanager
def atomic_write(path):
    """Open a new binary file that is renamed to `path` when all of it is on the disk, and only then."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():  # since it was begun
            raise FileExistsError(path)
        unfinished.rename(path)
        sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def write_tables(writer):
    """Write every table as it is at this moment. Return facts for the manifest, and the pictures named."""
    with tables.consistent_snapshot():
        loader = MigrationLoader(connection)
        migrations = tables.recorded_migrations(loader)
        facts = {
            "made_at": timezone.now().isoformat(),
            "site": settings.SITE_URL,
            "versions": {
                "django": django.get_version(),
                "python": platform.python_version(),
                "database": connection.vendor,
            },
            "migrations": migrations,
            "rows": {},
        }
        pictures = set()
        models = tables.models_at(migrations, loader)
        for label, model in sorted(models.items()):
            with tempfile.TemporaryFile(dir=settings.DATA_DIR) as spool:
                facts["rows"][label] = 0
                for line in tables.json_lines(model):
                    spool.write(line)
                    facts["rows"][label] += 1
                size = spool.tell()
                spool.seek(0)
                writer.add(f"tables/{label}.jsonl", spool, size)
            pictures |= tables.pictures_of(model)
    return facts, pictures


def write_media(writer):
    """Write every file of media; return their names. One that is deleted meanwhile is left out."""
    written = set()
    for name in tqdm(default_storage.files(), desc="Pictures", unit="", leave=False, disable=None):
        try:
            with default_storage.open(name) as stream:
                modified = default_storage.get_modified_time(name).timestamp()
                writer.add(f"media/{name}", stream, stream.size, modified)
        except FileNotFoundError:
            continue
        written.add(name)
    return written
