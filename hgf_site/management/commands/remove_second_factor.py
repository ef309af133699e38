"""For the administrator whose phone and recovery codes are gone, when no other administrator can help."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from hgf_site.accounts import second_factor


class Command(BaseCommand):
    help = "Removes the second factor of a user, who then logs in with the password and sets up a new one."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user {username}. User names are case-sensitive.")
        second_factor.turn_off(user)
        self.stdout.write(f"{username} logs in with the password alone now.")
