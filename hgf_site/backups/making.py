"""Makes a backup: the rows as they were at one moment, and every picture that they name."""

import os
import platform
import tempfile
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from tqdm import tqdm

from hgf_site.backups import tables
from hgf_site.backups.archive import Writer
from hgf_site.storage import sync

HIDDEN = "."  # files and folders of media that begin so are work in progress, not pictures


def make(path):
    """Write a backup to `path`, which must not exist; return its manifest.

    The file is there whole or not at all, on the disk when this returns, and readable by nobody
    else. Raises FileExistsError, and OSError when there is no room.
    """
    if path.exists():
        raise FileExistsError(path)
    with written_whole(path) as stream:
        writer = Writer(stream)
        facts, pictures = write_tables(writer)
        written = write_media(writer)
        facts |= {"pictures": len(written), "missing": sorted(pictures - written)}
        writer.close(**facts)
    return facts


@contextmanager
def written_whole(path):
    """Open a new binary file that appears under `path` when all is written, and only then."""
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
    with tables.one_moment():
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
                for line in tables.lines(model):
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
    for name in tqdm(media_files(), desc="Pictures", unit="", leave=False, disable=None):
        try:
            with (settings.MEDIA_ROOT / name).open("rb") as stream:
                stat = os.fstat(stream.fileno())
                writer.add(f"media/{name}", stream, stat.st_size, stat.st_mtime)
        except FileNotFoundError:
            continue
        written.add(name)
    return written


def media_files():
    """Return the names of all files in media, relative to it."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if not any(part.startswith(HIDDEN) for part in path.relative_to(root).parts) and path.is_file()
    )
