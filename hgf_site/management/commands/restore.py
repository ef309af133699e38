"""Puts a backup in the place of the site that is here."""

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from hgf_site.backups import replacing
from hgf_site.backups.archive import Unusable
from hgf_site.backups.tables import recorded_migrations, unknown_migrations
from hgf_site.one_at_a_time import one_change_of_tables_at_a_time


class Command(BaseCommand):
    help = (
        "Checks a backup, then puts it in the place of database and pictures, whole or not at all. What is "
        "here is backed up first. Everybody is logged out. From and to either kind of database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="also when the site here has content")
        parser.add_argument(
            "--no-backup", action="store_true", help="do not first back up the site that is replaced"
        )

    def handle(self, *, file, replace, no_backup, **options):
        try:
            with (
                one_change_of_tables_at_a_time(),
                replacing.media_folder() as folder,
                replacing.unpacked(file, folder / "new") as archive,
            ):
                replacing.try_out(archive)
                self.look_at_what_is_here(replace, no_backup)
                with replacing.pictures_added(archive, folder / "old"), replacing.new_database_instead():
                    archive.load()
                replacing.delete_other_pictures(archive.manifest)
        except Unusable as error:
            raise CommandError(f"{file} cannot be used: {error}. Nothing was changed.") from error
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(f"The database does not work: {error} Nothing was changed.") from error
        except OSError as error:
            raise CommandError(f"{error}. Nothing was changed.") from error
        rows = sum(archive.manifest["rows"].values())
        self.stdout.write(f"Restored {file}: {rows} rows. Everybody has to log in again.")

    def look_at_what_is_here(self, replace, no_backup):
        """Refuse to replace a site with content unless asked to, and keep it in a backup of its own."""
        if unknown := unknown_migrations(recorded_migrations()):
            here = f"changes by a newer version of the site ({', '.join(unknown[:3])})"
            todo = "make a backup with that version, then add --replace --no-backup"
            allowed = replace and no_backup
        else:
            found = replacing.content()
            here = f"content ({', '.join(found[:5])}{' …' if found[5:] else ''})" if found else ""
            todo = "add --replace to put the backup in its place; it is backed up first"
            allowed = replace or not found
        if not allowed:
            raise CommandError(f"The site here has {here}: {todo}. Nothing was changed.")
        if here and not no_backup:
            call_command(
                "backup", reason="before-restore", keep=10**6, stdout=self.stdout, stderr=self.stderr
            )
