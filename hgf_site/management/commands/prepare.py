"""What has to be done before the site can be served, in one process. script/server runs it at every start."""

import hashlib
import os
import secrets
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from hgf_site.notes import password_mark, write_note
from hgf_site.one_at_a_time import one_change_of_tables_at_a_time
from hgf_site.templating import load_templates

READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else: i, l, o, 0, 1


class Command(BaseCommand):
    help = "Migrates, makes the first content and administrator, collects static files, compiles templates."
    requires_system_checks = ()  # they have their place in script/test

    def handle(self, **options):
        try:
            with one_change_of_tables_at_a_time(), whole_or_not_at_all():
                back_up_before_migrating()
                # Without a pending migration too: an earlier start may have ended before post_migrate.
                call_command("migrate", verbosity=0, interactive=False)
                if not get_user_model().objects.filter(is_superuser=True).exists():
                    self.make_first_content_and_administrator()
                collect_static_files()
                settings.COMPILED_TEMPLATES.mkdir(exist_ok=True)
                load_templates()
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(explain(error)) from error
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
            write_note("first_password", user=name, mark=password_mark(user.password))
            # Shown before it is committed: nobody can end up with an account but no password.
            self.stdout.write(
                f"\n  The first administrator. The password is shown only now.\n\n"
                f"    log in at   {settings.SITE_URL}/admin/\n"
                f"    user name   {name}\n"
                f"    password    {password}\n\n"
                f"  Change it after the first login.\n"
            )
            self.stdout.flush()


@contextmanager
def whole_or_not_at_all():
    """Begin a new SQLite database anew where the start that first made it was interrupted.

    A mark beside the file stands from before there is one until all is in it. Django notes some
    migrations as done only after their tables: killed in between, it would make them twice.
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
    """Collects when a source has changed, and never removes a file: stored pages name old ones.

    Django keeps a file that is newer than its source, so also one that an interrupted start
    left half written. `collecting` marks such a start; what it wrote goes first.
    """
    root = settings.STATIC_ROOT
    root.mkdir(parents=True, exist_ok=True)
    stamp, collecting = root / ".collected", root / ".collecting"
    sources = static_sources()
    if stamp.exists() and not collecting.exists() and stamp.read_text() == sources:
        return
    if collecting.exists():
        begun = collecting.stat().st_mtime
        for path in root.rglob("*"):
            if path.is_file() and path.stat().st_mtime >= begun:
                path.unlink()
    collecting.touch()
    call_command("collectstatic", verbosity=0, interactive=False)
    collecting.write_text(sources)
    collecting.replace(stamp)


def static_sources():
    """A digest of every source file's name, size and time, and of how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def explain(error):
    """One line for the operator, without the password that DATABASE_URL holds."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if connection.vendor == "sqlite":
        todo = f"is {settings.DATABASES['default']['NAME']} readable and writable, and the disk not full?"
    else:
        todo = "check DATABASE_URL, and that the database server runs."
    return f"The database does not work: {reason} - {todo}"
