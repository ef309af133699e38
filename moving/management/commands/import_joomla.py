"""Takes in an old Joomla site from a dump of its database and its folder of pictures."""

from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path

from moving.command import ImportCommand
from moving.readers.joomla import read_site, settings_in
from moving.readers.mysql_dump import open_dump


class Command(ImportCommand):
    help = "Tar in texter, bilder och filer från en Joomla-webbplats (1.5 till 5), som utkast. Inget syns."
    throw_away = "Radera sedan dumpen: allas adresser står i den."

    def add_arguments(self, parser):
        parser.add_argument("dump", type=Path, metavar="DUMP", help="databasen som .sql eller .sql.gz")
        parser.add_argument("--configuration", type=Path, metavar="FILE", help="dess configuration.php")
        super().add_arguments(parser)

    @contextmanager
    def source(self, dump, configuration, images, **options):
        known = settings_in(configuration) if configuration else None
        with open_dump(dump) as rows:
            site = read_site(rows, known)
        with dump.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        yield site, images, digest
