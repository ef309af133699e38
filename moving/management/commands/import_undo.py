from django.core.management.base import BaseCommand, CommandError

from moving.models import Imported
from moving.undo import undo_run


class Command(BaseCommand):
    help = "Tar bort det som en körning av import_joomla tog in och som ingen har rört sedan dess."

    def add_arguments(self, parser):
        parser.add_argument(
            "run", type=int, nargs="?", metavar="RUN", help="körningens nummer; annars den senaste"
        )

    def handle(self, *, run, **options):
        newest = Imported.objects.order_by("-run").values_list("run", flat=True).first()
        if not Imported.objects.filter(run=run or newest).exists():
            raise CommandError("Det finns ingen sådan körning att ångra." if run else "Inget är taget in.")
        taken, left = undo_run(run or newest)
        self.stdout.write(f"{taken} borttagna, {len(left)} kvar för att de är ändrade eller publicerade här.")
        for row in left:
            self.stdout.write(f"  kvar: {row}")
