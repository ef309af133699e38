"""For an administrator whom no letter and no other administrator can give the link for a second factor."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from hgf_site.accounts import second_factor


class Command(BaseCommand):
    help = "Prints the link with which a user sets up a first second factor, within an hour."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        user = get_user_model().objects.filter(username=username).first()
        if user is None or second_factor.is_on(user):
            raise CommandError(f"There is no user {username} without a second factor.")
        self.stdout.write(second_factor.enrolment_link(user))
