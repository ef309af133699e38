"""Puts a backup in the place of the site that is here."""

from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from hgf_site.management.commands.prepare import collect_static_files
from hgf_site.operations.backups import restore
from hgf_site.operations.backups.archive import InvalidBackup
from hgf_site.operations.backups.tables import recorded_migrations, unknown_migrations
from hgf_site.operations.command_lock import command_lock


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
                command_lock("prepare"),
                restore.media_folder() as folder,
                restore.unpacked(file, folder / "new") as archive,
            ):
                self.refuse_to_overwrite(replace, no_backup)
                with ExitStack() as pictures, restore.new_database_instead():
                    archive.load()  # where it cannot be used, nothing has been touched
                    if settings.STATIC_ROOT.exists():  # else there is no worker to go over to this code
                        collect_static_files()
                    pictures.enter_context(restore.pictures_added(archive, folder / "old"))
                restore.delete_other_pictures(archive.manifest)
        except InvalidBackup as error:
            raise CommandError(f"{file} cannot be used: {error}. Nothing was changed.") from error
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(f"The database does not work: {error} Nothing was changed.") from error
        except OSError as error:
            raise CommandError(f"{error}. Nothing was changed.") from error
        rows = sum(archive.manifest["rows"].values())
        self.stdout.write(f"Restored {file}: {rows} rows. Everybody has to log in again.")
        call_command("serve", only_reload=True, stdout=self.stdout, stderr=self.stderr)

    def refuse_to_overwrite(self, replace, no_backup):
        """Refuse to replace a site with content unless asked to, and keep it in a backup of its own."""
        if unknown := unknown_migrations(recorded_migrations()):
            here = f"changes by a newer version of the site ({', '.join(unknown[:3])})"
            todo = "make a backup with that version, then add --replace --no-backup"
            allowed = replace and no_backup
        else:
            found = restore.content_labels()
            here = f"content ({', '.join(found[:5])}{' …' if found[5:] else ''})" if found else ""
            todo = "add --replace to put the backup in its place; it is backed up first"
            allowed = replace or not found
        if not allowed:
            raise CommandError(f"The site here has {here}: {todo}. Nothing was changed.")
        if here and not no_backup:
            call_command(
                "backup", reason="before-restore", keep=10**6, stdout=self.stdout, stderr=self.stderr
            )
