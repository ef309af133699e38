import os
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mailing.outbox import Sender, ServerAway


class Command(BaseCommand):
    help = (
        "Writes the letters about what is new, and sends what is in the outbox. script/server runs it beside "
        "its workers where SEND_LETTERS=1; without, call it every minute."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--keep-on", action="store_true", help="go on until stopped, or the parent ends")

    def handle(self, *, keep_on, **options):
        if not settings.SENDS_EMAIL:
            if keep_on:
                return
            raise CommandError("EMAIL_URL is not set: there is no mail server to send by.")
        if keep_on and not settings.SEND_LETTERS:
            return
        parent = os.getppid()
        sender = Sender(lambda: keep_on and os.getppid() != parent)
        signal.signal(signal.SIGTERM, sender.stop)
        if keep_on:
            sender.keep_on()
            return
        try:
            sender.run()
        except ServerAway as error:
            raise CommandError(f"The mail server takes no letters just now ({error}); they wait.") from None
