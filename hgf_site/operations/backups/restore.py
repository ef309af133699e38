"""Puts the site of an archive in the place of the one that is here: all of it, or nothing."""

import hashlib
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.migrations.recorder import MigrationRecorder
from tqdm import tqdm

from common.page_cache.content_version import VERSION_TABLE
from common.vacuum import count_rows
from hgf_site.operations.backups import archive, tables
from hgf_site.operations.backups.archive import InvalidBackup

MADE_BY_MIGRATE = {"contenttypes.contenttype", "auth.permission", "auth.group", "auth.group_permissions"}
LOCK_TIMEOUT = "30s"
NEW_SCHEMA = "hgf_restoring"


class Unpacked:
    """An archive that has been read from end to end, lying in a folder; see unpacked()."""

    def __init__(self, manifest, folder, media):
        self.manifest, self.folder, self.media = manifest, folder, media

    def load(self):
        """Fill the empty database behind `connection` with its rows, then migrate it to today's code.

        Raises InvalidBackup when the rows are not those of one whole site.
        """
        loader = tables.Loader(self.manifest["migrations"])
        names = [name for name in self.manifest["files"] if archive.TABLE_MEMBER.fullmatch(name)]
        try:
            with transaction.atomic():
                for name in tqdm(names, desc="Tables", unit="", leave=False, disable=None):
                    with (self.folder / name.rpartition("/")[2]).open("rb") as stream:
                        loader.load(name, stream)
                loader.finish()
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            raise InvalidBackup(f"its rows do not fit together or into the database: {reason}") from error
        if loader.rows != self.manifest["rows"]:
            raise InvalidBackup("the number of rows is not what its manifest says")
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # a migration may change rows, and the next one their table
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        call_command("migrate", verbosity=0, interactive=False)
        # A change with today's triggers: stored pages are of another site.
        with connection.cursor() as cursor:
            cursor.execute("UPDATE contacts_branch SET name = name")


@contextmanager
def unpacked(path, media=None):
    """Read a whole archive and check it; yield it Unpacked, its tables in a temporary folder.

    `media`: a new folder for its pictures; None to read them for their checksums only.
    Raises InvalidBackup, and OSError.
    """
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="scratch-") as folder:
        folder = Path(folder)

        def receive(name, size, mtime, chunks):
            if archive.TABLE_MEMBER.fullmatch(name):
                target = folder / name.rpartition("/")[2]
            elif media:
                target = media / name.removeprefix("media/")
            else:
                return archive.drain(name, size, mtime, chunks)
            if size > shutil.disk_usage(folder).free:
                raise InvalidBackup(f"{name} claims {size} bytes, more than the disk has room for")
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
            raise InvalidBackup(
                f"it was made by a newer version of the site ({', '.join(unknown[:3])} is not known here): "
                "update first, or use the version that made it"
            )
        yield Unpacked(manifest, folder, media)


def verify(unpacked):
    """Prove that an archive can be restored: load it into a database that is then thrown away."""
    with (
        tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="scratch-") as folder,
        scratch_database(Path(folder) / "site.sqlite3"),
    ):
        unpacked.load()


def content_labels():
    """Return the labels of what is in the database beside what migrate makes, and "media" for pictures."""
    migrations = tables.recorded_migrations()
    found = ["media"] if default_storage.files() else []
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
    """Let everything inside use an empty database, which replaces the present one at the end.

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
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            usual = cursor.fetchone()[0]
            cursor.execute(f"CREATE SCHEMA {NEW_SCHEMA}")
            cursor.execute(f"SET LOCAL search_path TO {NEW_SCHEMA}")
            yield
            connection.check_constraints()  # now: no table can be moved whose rows wait to be checked
            count_rows()
            cursor.execute(f"SET LOCAL search_path TO {connection.ops.quote_name(usual)}")
            drop_our_tables(cursor)  # only from here on does a reader wait
            move_new_tables(cursor, usual)


def drop_our_tables(cursor):
    """Drop the tables of every app that this database has had migrations of, and no other."""
    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    labels = {app for app, _ in MigrationRecorder(connection).applied_migrations()}
    prefixes = ("django_", VERSION_TABLE, *(f"{label}_" for label in labels))
    ours = [name for name in connection.introspection.table_names(cursor) if name.startswith(prefixes)]
    if ours:
        cursor.execute(f"DROP TABLE {', '.join(map(connection.ops.quote_name, ours))} CASCADE")


def move_new_tables(cursor, schema):
    """Move everything in NEW_SCHEMA to `schema`; what belongs to a table goes with it."""
    cursor.execute(
        "SELECT oid::regproc::text FROM pg_proc WHERE pronamespace = %s::regnamespace", [NEW_SCHEMA]
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"DROP FUNCTION IF EXISTS {function.removeprefix(f'{NEW_SCHEMA}.')}")
        cursor.execute(f"ALTER FUNCTION {function} SET SCHEMA {connection.ops.quote_name(schema)}")
    cursor.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace",
        [NEW_SCHEMA],
    )
    for (table,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} SET SCHEMA {connection.ops.quote_name(schema)}")
    cursor.execute(f"DROP SCHEMA {NEW_SCHEMA}")


# --- The pictures ---


@contextmanager
def media_folder():
    """A new folder for files on their way to media: inside it, on the same disk, unless media is a bucket."""
    parent, prefix = (
        (settings.DATA_DIR, "scratch-") if settings.S3_URL else (settings.MEDIA_ROOT, ".restoring-")
    )
    Path(parent).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        Path(folder, "new").mkdir()
        Path(folder, "old").mkdir()
        yield Path(folder)


@contextmanager
def pictures_added(unpacked, aside):
    """Put an archive's pictures beside those that are here; take them back if anything is raised.

    A file that differs waits in the folder `aside`. Rows of the old and of the new site then have
    their pictures, whichever of them stays.
    """
    placed = []
    try:
        for name, facts in tqdm(
            unpacked.manifest["files"].items(), desc="Pictures", leave=False, disable=None
        ):
            if not name.startswith("media/"):
                continue
            name = name.removeprefix("media/")
            kept = None
            if default_storage.exists(name):
                if is_same_file(name, facts):
                    continue
                kept = aside / str(len(placed))
                default_storage.take(name, kept)
            placed.append((name, kept))
            default_storage.place(name, unpacked.media / name)
        os.sync()  # before the rows that name them
        yield
    except BaseException:
        for name, kept in reversed(placed):
            default_storage.delete(name)
            if kept:
                default_storage.place(name, kept)
        raise


def is_same_file(name, facts):
    if default_storage.size(name) != facts["size"]:
        return False
    with default_storage.open(name) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == facts["sha256"]


def delete_other_pictures(manifest):
    """Delete what the archive did not bring. What cannot be deleted does no harm."""
    for name in default_storage.files():
        if f"media/{name}" not in manifest["files"]:
            with suppress(OSError):
                default_storage.delete(name)
