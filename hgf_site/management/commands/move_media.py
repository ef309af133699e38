"""Copies pictures and files between the disk and object storage, while the site is in use."""

from pathlib import PurePosixPath

from django.conf import settings
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from common.files.storage import DurableStorage
from common.versions.purge import needed_stems


class Command(BaseCommand):
    help = (
        "Copies every file that something names between DATA_DIR/media and the bucket of S3_URL. What is "
        "there already is left: it goes on where it was interrupted. Deletes nothing."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("to", choices=["bucket", "disk"])

    def handle(self, *, to, **options):
        if not settings.S3_URL:
            raise CommandError("S3_URL names no bucket (README, 'Deploy').")
        from common.files.bucket import bucket_storage  # which not every site has the packages for

        source, target = DurableStorage(), bucket_storage()
        if to == "disk":
            source, target = target, source
        try:
            self.copy(source, target)
        except OSError as error:
            raise CommandError(f"{error}. Run it again: it goes on from here.") from error

    def copy(self, source, target):
        needed = needed_stems()  # what was erased meanwhile does not come back
        there, copied = set(target.files()), 0
        for name in tqdm(source.files(), desc="Files", unit="", leave=False, disable=None):
            path = PurePosixPath(name)
            is_needed = path.with_suffix("") in needed or not needed.isdisjoint(path.parents)
            if is_needed and not (name in there and target.size(name) == source.size(name)):
                with source.open(name) as file:
                    target.delete(name)
                    target.save(name, File(file, name))
                copied += 1
        self.stdout.write(f"{copied} files copied, {len(there)} were there before.")
