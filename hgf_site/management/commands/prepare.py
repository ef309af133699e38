"""Does what has to be done before the site can be served; a second time only what has changed since."""

import hashlib
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from common.richtext import static_files
from hgf_site.operations.command_lock import command_lock
from hgf_site.operations.last_runs import password_mark, save_run
from hgf_site.pages.jinja import load_templates

READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else: i, l, o, 0, 1


class Command(BaseCommand):
    help = "Migrates, makes the first content and administrator, collects static files, compiles templates."
    requires_system_checks = ()  # they have their place in script/test

    def handle(self, **options):
        try:
            with command_lock("prepare"), resume_interrupted_setup():
                back_up_before_migrating()
                # Without a pending migration too: an earlier start may have ended before post_migrate.
                call_command("migrate", verbosity=0, interactive=False)
                if not get_user_model().objects.filter(is_superuser=True).exists():
                    self.make_first_content_and_administrator()
                collect_static_files()
                settings.COMPILED_TEMPLATES.mkdir(exist_ok=True)
                load_templates()
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(reason_of(error)) from error
        except OSError as error:
            raise CommandError(f"{error}: this user needs the right to read and write there.") from error

    @transaction.atomic  # both or neither, so that an interrupted first start is done again
    def make_first_content_and_administrator(self):
        own_database = "DATABASE_URL" not in os.environ  # where the settings put .env's too
        if own_database and not get_user_model().objects.exists():
            call_command("load_starter_content", stdout=self.stdout, stderr=self.stderr)
        self.make_first_administrator()

    def make_first_administrator(self):
        users = get_user_model().objects
        name = os.environ.get("DJANGO_SUPERUSER_USERNAME") or "admin"
        if users.filter(username=name).exists():
            raise CommandError(
                f"There is no administrator, and {name} is the name of an ordinary user: "
                "set DJANGO_SUPERUSER_USERNAME to another name."
            )
        chosen = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        password = chosen or readable_password()
        user = users.create_superuser(name, os.environ.get("DJANGO_SUPERUSER_EMAIL", ""), password)
        if not chosen:
            save_run("first_password", user=name, mark=password_mark(user.password))
            # Shown before it is committed: nobody can end up with an account but no password.
            where = password
            if is_journal():
                path = settings.DATA_DIR / "first-password.txt"
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                    file.write(f"{password}\n")
                where = f"in {path}: delete that file"
            self.stdout.write(
                f"\n  The first administrator. The password is shown only now.\n\n"
                f"    log in at   {settings.SITE_URL}/admin/\n"
                f"    user name   {name}\n"
                f"    password    {where}\n\n"
                f"  Change it after the first login.\n"
            )
            self.stdout.flush()


def is_journal():
    """Tell whether what is printed goes to systemd's journal, which keeps it. See systemd.exec(5)."""
    stream = os.fstat(1)
    return os.environ.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


@contextmanager
def resume_interrupted_setup():
    """Delete a new SQLite database whose first start was interrupted, and make it again.

    A file beside it exists from before the database does until all is in it. Django records some
    migrations as applied only after their tables are made: interrupted in between, it would make them twice.
    """
    if connection.vendor != "sqlite":
        yield
        return
    database = Path(settings.DATABASES["default"]["NAME"])
    unfinished = database.with_name(f"{database.name}.unfinished")
    if unfinished.exists():
        for path in database.parent.glob(f"{database.name}*"):
            path.unlink()
    if not database.exists():
        unfinished.touch()
        database.touch(mode=0o600)  # SQLite gives the files that it makes beside it the same rights
    yield
    unfinished.unlink(missing_ok=True)


def back_up_before_migrating():
    """Keep a database that migrations are about to change, with its pictures, in the usual folder."""
    executor = MigrationExecutor(connection)
    if executor.loader.applied_migrations and executor.migration_plan(executor.loader.graph.leaf_nodes()):
        try:
            call_command("backup", reason="before-update")
        except CommandError as error:
            raise CommandError(
                f"{error} The database was not migrated. To do without: manage.py migrate, then start again."
            ) from error


def readable_password():
    """Four groups of five letters and digits: 99 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(4))


def collect_static_files():
    """Collect when a source has changed; never delete a file, which stored pages may name.

    collectstatic deletes a file and writes it again, while readers ask for it. Here each comes into its place
    whole, and the manifest, which names them all, last; what an interrupted start left is thrown away.
    """
    root = settings.STATIC_ROOT
    stamp, new = root / ".collected", root / ".new"
    sources = static_sources()
    if stamp.exists() and stamp.read_text() == sources:
        return
    shutil.rmtree(new, ignore_errors=True)
    collect_into(new)
    for path in sorted(new.rglob("*"), key=lambda path: path.name == "staticfiles.json"):
        target = root / path.relative_to(new)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    shutil.rmtree(new)
    stamp.write_text(sources)


def collect_into(folder):
    """Do in a folder what collectstatic does in STATIC_ROOT."""
    options = {"location": folder, "base_url": settings.STATIC_URL}
    storage = storages.create_storage({**settings.STORAGES["staticfiles"], "OPTIONS": options})
    found = {}
    for name, source in source_files():
        if name not in found:
            found[name] = (source, name)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source.path(name), folder / name)
    for _, _, processed in storage.post_process(found):
        if isinstance(processed, Exception):
            raise processed


def static_sources():
    """A digest of every source file's name, size and time, and of how they are stored and joined."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    digest.update(Path(static_files.__file__).read_bytes())
    for name, storage in source_files():
        stat = Path(storage.path(name)).stat()
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def source_files():
    """Yield the name of every static file and the storage that it is in."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            if not static_files.NOT_COLLECTED.search(name):
                yield name, storage


def reason_of(error):
    """One line for the operator, without the password that DATABASE_URL holds."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if connection.vendor == "sqlite":
        todo = f"is {settings.DATABASES['default']['NAME']} readable and writable, and the disk not full?"
    else:
        todo = "check DATABASE_URL, and that the database server runs."
    return f"The database does not work: {reason} - {todo}"
