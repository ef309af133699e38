"""Takes in an old Joomla site of which only its pages are left: a folder of wget's, or a WARC file."""

from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from moving.command import ImportCommand
from moving.readers.pages import UNKNOWN, read_pages
from moving.readers.saved import files_in, pages_in


class Command(ImportCommand):
    help = "Tar in texter och bilder ur sparade sidor från en Joomla-webbplats (3 till 5), som utkast."
    throw_away = UNKNOWN

    def add_arguments(self, parser):
        parser.add_argument("pages", type=Path, metavar="FOLDER-OR-WARC", help="de sparade sidorna")
        super().add_arguments(parser)

    @contextmanager
    def source(self, pages, images, **options):
        with TemporaryDirectory() as unpacked:
            saved = list(pages_in(pages, Path(unpacked)))
            digest = sha256()
            for _, content in saved:
                digest.update(content)
            yield read_pages(saved), images or files_in(pages, Path(unpacked)), digest.hexdigest()
