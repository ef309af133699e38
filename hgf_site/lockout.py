"""Who has guessed wrong too often at the login, and what she is told. django-axes counts, in the database.

Never by user name alone: a robot must not lock out a volunteer who sits somewhere else.
"""

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Sum

from contacts.limits import client_network

WEIGHT = 4  # of a failure against one account: 5 of them lock as 20 against any


class LockoutHandler(AxesDatabaseHandler):
    """Counts by user name and client together, and by client; settings.AXES_LOCKOUT_PARAMETERS has them so.

    axes has one limit for all: a failure against one and the same account weighs WEIGHT times as much.
    """

    def get_failures(self, request, credentials=None):
        account, client = (
            attempts.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(account * WEIGHT, client)


def client_of(request):
    """Return the IP address under which axes counts the client of a request, or None."""
    return client_network(request.META.get("REMOTE_ADDR", ""))


def answer(request, response, credentials):
    """The login page says what is the matter (LoginForm); axes' middleware asks for the answer here."""
    response.status_code = 429
    response.headers["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
    return response


class LoginForm(AdminAuthenticationForm):
    """Django's login form for the admin; its message never tells which half was wrong."""

    LOCKED = (
        "För många felaktiga försök. Vänta {minutes} minuter och försök sedan igen. "
        "Har du glömt lösenordet: be en administratör om ett nytt."
    )

    def clean_username(self):
        """Refuse what is longer than any user name, as a wrong one: axes' table has no room for it."""
        username = self.cleaned_data["username"]
        if len(username) > User._meta.get_field("username").max_length:
            raise self.get_invalid_login_error()
        return username

    def get_invalid_login_error(self):
        if not getattr(self.request, "axes_locked_out", False):
            return super().get_invalid_login_error()
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        return ValidationError(self.LOCKED.format(minutes=minutes), code="locked")
