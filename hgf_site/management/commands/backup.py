"""The whole site in one file: rows, pictures, and a manifest that proves them."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError

from hgf_site.operations.backups import create, files
from hgf_site.operations.command_lock import command_lock
from hgf_site.operations.last_runs import save_run


class Command(BaseCommand):
    help = (
        "Writes database and pictures to one file, also while the site is in use. Not in it: DATA_DIR/.env, "
        "and who is logged in. Without FILE it goes to DATA_DIR/backups, where the oldest are then deleted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "file", nargs="?", type=Path, metavar="FILE", help="a new file; never overwritten"
        )
        parser.add_argument(
            "--keep",
            type=int,
            default=files.KEEP,
            metavar="N",
            help=f"how many to keep in DATA_DIR/backups ({files.KEEP})",
        )
        parser.add_argument(
            "--reason", default="", help="a word for the name of the file, such as before-update"
        )

        parser.add_argument(
            "--copied",
            action="store_true",
            help="make none: note for /healthz that a copy has left the machine",
        )

    def handle(self, *, file, keep, reason, copied, **options):
        if copied:
            save_run("copy")
            return
        if keep < 1:
            raise CommandError("--keep must be 1 or more: the backup just made is one of them.")
        with command_lock("backup"):
            files.backup_folder().mkdir(mode=0o700, exist_ok=True)
            path = file or files.default_path(reason)
            try:
                manifest = create.create_backup(path)
            except FileExistsError:
                raise CommandError(
                    f"{path} exists already, and is left as it is: choose another name."
                ) from None
            except OSError as error:
                raise CommandError(
                    f"No backup was made: {error}. Make room, or name another FILE."
                ) from error
            except (DatabaseError, InterfaceError) as error:
                raise CommandError(f"No backup was made, the database does not answer: {error}") from error
            try:
                save_run("backup", file=str(path.resolve()))
            except OperationalError as error:  # others write without a pause; the backup is whole
                self.stderr.write(f"When it was made could not be noted: {error}")
            self.report(path, manifest)
            if not file:
                for old in files.stored_backups()[keep:]:
                    old.unlink(missing_ok=True)
                    self.stdout.write(f"Deleted the old backup {old}")

    def report(self, path, manifest):
        rows = sum(manifest["rows"].values())
        size = path.stat().st_size
        self.stdout.write(f"Backup: {path} ({rows} rows, {manifest['pictures']} files, {size / 1e6:.1f} MB)")
        if missing := manifest["missing"]:
            self.stderr.write(
                f"{len(missing)} pictures are named in the database but not in media, "
                f"so not in the backup either: {', '.join(missing[:5])}{' …' if missing[5:] else ''}"
            )
