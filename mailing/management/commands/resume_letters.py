from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mailing.leaving import delete_those_who_left
from mailing.models import Sending, Subscriber


class Command(BaseCommand):
    help = (
        "Lets letters go out again after a restore, or from another SITE_URL. What was published before "
        "--since gets none. Subscribers who left after the backup was made are deleted."
    )

    def add_arguments(self, parser):
        parser.add_argument("--since", help='"2026-11-29 18:00"; default: now', metavar="TIME")

    def handle(self, *, since, **options):
        moment = timezone.now()
        if since:
            try:
                moment = datetime.fromisoformat(since).replace(tzinfo=timezone.get_current_timezone())
            except ValueError:
                raise CommandError('--since is a time like "2026-11-29 18:00".') from None
        gone = delete_those_who_left()
        Sending.objects.update_or_create(id=1, defaults={"site_url": settings.SITE_URL, "since": moment})
        self.stdout.write(
            f"Letters go out from {settings.SITE_URL}, about what is published from {moment:%Y-%m-%d %H:%M} "
            f"on, to {Subscriber.objects.receiving().count()} subscribers; {gone} had left."
        )
