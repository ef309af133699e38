"""Puts the site of an archive in the place of the one that is here: all of it, or nothing."""

import hashlib
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.migrations.recorder import MigrationRecorder
from tqdm import tqdm

from hgf_site.backups import archive, making, tables
from hgf_site.backups.archive import Unusable

MADE_BY_MIGRATE = {"contenttypes.contenttype", "auth.permission", "auth.group", "auth.group_permissions"}
LOCK_TIMEOUT = "30s"


class Unpacked:
    """An archive that has been read from end to end, lying in a folder; see unpacked()."""

    def __init__(self, manifest, folder, media):
        self.manifest, self.folder, self.media = manifest, folder, media

    def load(self):
        """Fill the empty database behind `connection` with its rows, then migrate it to today's code.

        Raises Unusable when the rows are not those of one whole site.
        """
        loader = tables.Loader(self.manifest["migrations"])
        names = [name for name in self.manifest["files"] if archive.TABLE.fullmatch(name)]
        try:
            with transaction.atomic():
                for name in tqdm(names, desc="Tables", unit="", leave=False, disable=None):
                    with (self.folder / name.rpartition("/")[2]).open("rb") as stream:
                        loader.load(name, stream)
                loader.finish()
        except DatabaseError as error:
            raise Unusable(f"its rows do not fit together or into the database: {error}") from error
        if loader.rows != self.manifest["rows"]:
            raise Unusable("the number of rows is not what its manifest says")
        call_command("migrate", verbosity=0, interactive=False)
        with (
            connection.cursor() as cursor
        ):  # a change with today's triggers: stored pages are of another site
            cursor.execute("UPDATE contacts_branch SET name = name")


@contextmanager
def unpacked(path, media=None):
    """Read a whole archive and check it; yield it Unpacked, its tables in a temporary folder.

    `media`: a new folder for its pictures; None to read them for their checksums only.
    Raises Unusable, and OSError.
    """
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="scratch-") as folder:
        folder = Path(folder)

        def receive(name, size, mtime, chunks):
            if archive.TABLE.fullmatch(name):
                target = folder / name.rpartition("/")[2]
            elif media:
                target = media / name.removeprefix("media/")
            else:
                return archive.drain(name, size, mtime, chunks)
            if size > shutil.disk_usage(folder).free:
                raise Unusable(f"{name} claims {size} bytes, more than the disk has room for")
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:
                for chunk in chunks:
                    stream.write(chunk)
            if settings.FILE_UPLOAD_PERMISSIONS:
                target.chmod(settings.FILE_UPLOAD_PERMISSIONS)
            os.utime(target, (mtime, mtime))

        with (
            path.open("rb") as stream,
            tqdm.wrapattr(
                stream, "read", total=path.stat().st_size, desc="Reading", leave=False, disable=None
            ) as watched,
        ):
            manifest = archive.read(watched, receive)
        if unknown := tables.unknown_migrations(manifest["migrations"]):
            raise Unusable(
                f"it was made by a newer version of the site ({', '.join(unknown[:3])} is not known here): "
                "update first, or use the version that made it"
            )
        yield Unpacked(manifest, folder, media)


def try_out(unpacked):
    """Load an archive into a database that is then thrown away: the proof that it can be restored."""
    with (
        tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="scratch-") as folder,
        scratch_database(Path(folder) / "site.sqlite3"),
    ):
        unpacked.load()


def content():
    """Return the labels of what is in the database beside what migrate makes, and "media" for pictures."""
    migrations = tables.recorded_migrations()
    found = ["media"] if making.media_files() else []
    for label, model in tables.models_at(migrations).items():
        if label not in MADE_BY_MIGRATE and model._base_manager.exists():
            found.append(label)
    return found


# --- The database ---


@contextmanager
def scratch_database(path):
    """Let `connection` lead to a new SQLite file at `path`, for all that runs inside."""
    usual = connections["default"]
    options = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        "transaction_mode": "IMMEDIATE",
    }
    scratch = {
        **usual.settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": options,
    }
    connections["default"] = SQLite(scratch, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = usual


@contextmanager
def new_database_instead():
    """Let all inside meet an empty database, which takes the place of the present one at the end.

    Until then, and when anything is raised, the present one is as it was; whoever uses it meanwhile
    sees the one or the other, never something between.
    """
    if connection.vendor == "sqlite":
        with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="scratch-") as folder:
            path = Path(folder) / "site.sqlite3"
            with scratch_database(path):
                yield
            with sqlite3.connect(path) as source, connection.wrap_database_errors:
                connection.ensure_connection()
                source.backup(connection.connection)  # one transaction of SQLite's own
            source.close()
    else:
        with transaction.atomic():
            drop_our_tables()
            yield


def drop_our_tables():
    """Drop the tables of every app that this database has had migrations of, and no other."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        labels = {app for app, _ in MigrationRecorder(connection).applied_migrations()}
        prefixes = ("django_", *(f"{label}_" for label in labels))
        ours = [name for name in connection.introspection.table_names(cursor) if name.startswith(prefixes)]
        if ours:
            cursor.execute(f"DROP TABLE {', '.join(map(connection.ops.quote_name, ours))} CASCADE")


# --- The pictures ---


@contextmanager
def media_folder():
    """A new folder inside media, on the same disk, for files on their way there."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.MEDIA_ROOT, prefix=".restoring-") as folder:
        Path(folder, "new").mkdir()
        Path(folder, "old").mkdir()
        yield Path(folder)


@contextmanager
def pictures_added(unpacked, aside):
    """Put an archive's pictures beside those that are here; take them back if anything is raised.

    A file that differs waits in the folder `aside`. Rows of the old and of the new site then have
    their pictures, whichever of them stays.
    """
    root, placed = Path(settings.MEDIA_ROOT), []
    try:
        for name, facts in unpacked.manifest["files"].items():
            if not name.startswith("media/"):
                continue
            name = name.removeprefix("media/")
            target = root / name
            if target.exists():
                if same(target, facts):
                    continue
                keep = aside / str(len(placed))
                target.rename(keep)
                placed.append((target, keep))
            else:
                placed.append((target, None))
            target.parent.mkdir(parents=True, exist_ok=True)
            (unpacked.media / name).rename(target)
        os.sync()  # before the rows that name them
        yield
    except BaseException:
        for target, kept in reversed(placed):
            target.unlink(missing_ok=True)
            if kept:
                kept.rename(target)
        raise


def same(path, facts):
    if path.stat().st_size != facts["size"]:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == facts["sha256"]


def delete_other_pictures(manifest):
    """Delete what the archive did not bring. What cannot be deleted does no harm."""
    for name in making.media_files():
        if f"media/{name}" not in manifest["files"]:
            with suppress(OSError):
                (Path(settings.MEDIA_ROOT) / name).unlink()
