import smtplib

from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError

from contacts.models import Branch
from mailing.letters import sender


class Command(BaseCommand):
    help = "Sends a letter to ADDRESS at once, past the outbox, and says what the mail server answers."

    def add_arguments(self, parser):
        parser.add_argument("address", metavar="ADDRESS")

    def handle(self, *, address, **options):
        message = EmailMessage(
            "Provbrev", "Det här är ett prov. Det kom fram.", sender(Branch.get()), [address]
        )
        try:
            message.send()
        except (OSError, smtplib.SMTPException) as error:
            raise CommandError(f"The mail server said: {error}") from error
        self.stdout.write(
            f"The mail server took it, from {message.from_email}. Look at the letter's source where it "
            "arrives: spf=pass, dkim=pass and dmarc=pass should stand in Authentication-Results."
        )
