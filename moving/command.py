"""What the commands that take in an old site say and ask, whatever it is read from."""

import csv
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.vacuum import count_rows
from moving.convert import FLAGS
from moving.importing import CHANGED, DELETED, EDITED, FAILED, NEW, SAME, Importer
from moving.readers.site import InvalidSource

COLUMNS = ["nummer", "rubrik", "kategori", "datum", "besökarna såg", "blev", "adress", "att se på"]
EXAMPLES = 3
TEXT_TAKES, PICTURE_TAKES = 0.05, 1  # seconds, on a small server
EVERY = 50  # texts between two lines of progress


class ImportCommand(BaseCommand):
    """What the commands that take in a site have in common. `throw_away`: what is said at the end."""

    def add_arguments(self, parser):
        parser.add_argument("--images", type=Path, metavar="DIR", help="den gamla webbplatsens mapp images")
        parser.add_argument("--look", action="store_true", help="berätta bara, skriv ingenting")
        parser.add_argument("--report", type=Path, metavar="FILE", help="skriv en rad om varje text, som CSV")

    def source(self, **options):
        """Return the context of (OldSite, folder of pictures or None, digest of what was read)."""
        raise NotImplementedError

    def handle(self, **options):
        if options["images"] and not options["images"].is_dir():
            raise CommandError(
                f"Mappen {options['images']} finns inte. Kopiera den gamla webbplatsens mapp images hit."
            )
        with ExitStack() as stack:
            try:
                site, images, digest = stack.enter_context(self.source(**options))
            except InvalidSource as error:
                raise CommandError(str(error)) from None
            except OSError as error:
                raise CommandError(f"{error.filename} går inte att läsa: {error.strerror}.") from None
            importer = Importer(site, images, digest, writes=not options["look"])
            self.take_in(importer, **options)

    def take_in(self, importer, *, look, report, **options):
        self.tell_of_site(importer.site, importer)
        self.importer, self.began = importer, monotonic()
        try:
            counts = importer.run(self.progress)
        except KeyboardInterrupt:
            done = f"{len(importer.results)} av {len(importer.articles)}"
            again = "Samma kommando en gång till fortsätter där."
            raise CommandError(f"Avbrutet efter {done}. {again}") from None
        self.tell_of_results(importer, counts)
        if report:
            self.write_report(report, importer)
        if look:
            seconds = (counts[NEW] + counts[CHANGED]) * TEXT_TAKES + importer.pictures * PICTURE_TAKES
            self.stdout.write(
                f"{importer.pictures} bilder. Att ta in allt tar omkring {max(seconds / 60, 1):.0f} min.\n"
                "Inget är skrivet. Utan --look blir det utkast av de nya."
            )
        elif counts[NEW] or counts[CHANGED]:
            count_rows()
            self.stdout.write(
                f"Körning {importer.run_number}, som import_undo kan ångra. Allt är utkast: se Från den "
                f"gamla webbplatsen i administrationen. {self.throw_away}"
            )

    def tell_of_site(self, site, importer):
        binned = len(site.articles) - len(importer.articles)
        pages = sum(article.menu_alias is not None for article in importer.articles)
        self.stdout.write(
            f"{site.name}, tidszon {site.zone or 'okänd'}. "
            f"{len(importer.articles) - pages} nyheter, {pages} sidor; {binned} i papperskorgen lämnas. "
            f"{sum(one.is_public for one in site.contacts)} personer."
        )
        used = Counter(one.category.title for one in importer.articles if one.category)
        names = ", ".join(f"{name} ({number})" for name, number in used.most_common())
        self.stdout.write(f"Kategorier: {names}")
        self.stdout.write(f"Filer i bildmappen: {len(importer.targets.files.names)}")

    def progress(self, done, whole):
        if done % EVERY == 0 or done == whole:
            left = (monotonic() - self.began) / done * (whole - done) / 60
            self.stderr.write(f"{done} av {whole}, {self.importer.pictures} bilder, {left:.0f} min kvar")

    def tell_of_results(self, importer, counts):
        for result in (NEW, CHANGED, SAME, EDITED, DELETED, FAILED):
            if counts[result] or result in (NEW, CHANGED, SAME):
                self.stdout.write(f"{counts[result]} {result}")
        for result in (EDITED, DELETED, FAILED):
            for article, became, _, _ in importer.results:
                if became == result:
                    self.stdout.write(f"  {result}: {article.title}")
        for flag, name in FLAGS.items():
            titles = [article.title for article, _, flags, _ in importer.results if flag in flags]
            if titles:
                self.stdout.write(f"{len(titles)} {name}: {'; '.join(titles[:EXAMPLES])}")

    def write_report(self, path, importer):
        with path.open("w", newline="", encoding="utf-8-sig") as file:  # with a BOM, or Excel misreads it
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for article, result, flags, address in importer.results:
                day = article.published_at and timezone.localdate(article.published_at)
                category = article.category.title if article.category else ""
                names = ", ".join(name for flag, name in FLAGS.items() if flag in flags)
                row = [article.id, article.title, category, day, article.was, result, address, names]
                writer.writerow(f"'{one}" if str(one)[:1] in "=+-@" and str(one) else one for one in row)
