"""Proves that a backup can be restored, by doing it into a database that is thrown away."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from hgf_site.operations.backups import files
from hgf_site.operations.backups.archive import InvalidBackup
from hgf_site.operations.backups.restore import unpacked, verify


class Command(BaseCommand):
    help = (
        "Reads a backup to its last byte, compares every checksum, and restores its rows into a database "
        "that is thrown away. Changes nothing. Without FILE: the newest in DATA_DIR/backups."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")

    def handle(self, *, file, **options):
        path = file or next(iter(files.stored_backups()), None)
        if path is None:
            raise CommandError(f"There is no backup in {files.backup_folder()}.")
        try:
            with unpacked(path) as archive:
                verify(archive)
        except InvalidBackup as error:
            raise CommandError(f"{path} cannot be used: {error}.") from error
        except OSError as error:
            raise CommandError(f"{path} could not be checked: {error}") from error
        manifest = archive.manifest
        pictures = sum(name.startswith("media/") for name in manifest["files"])
        self.stdout.write(
            f"{path} is whole and can be restored: made {manifest['made_at'][:16].replace('T', ' ')} UTC, "
            f"{sum(manifest['rows'].values())} rows, {pictures} files."
        )
