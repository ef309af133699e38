"""Locks out who guesses passwords, and says so on the login page. django-axes asks here, and keeps the log.

Never by user name alone: a robot must not lock out a volunteer who sits somewhere else.
"""

import time
from datetime import timedelta
from math import ceil

from axes.handlers.base import AxesHandler
from axes.models import AccessFailureLog, AccessLog
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from common.network import client_network, client_networks
from contacts.rate_limits import client_rules, forget, give_back, keyed_hash, next_wait, take

CLIENT, ACCOUNT = 20, 5  # failures in 15 minutes: of one client, and of one client at one account
# Failures at one account in an hour, from everywhere. After them a network from which nobody has logged in
# to the account for so many days may try it once in so many seconds.
ATTACK, PAUSE, FAMILIAR_DAYS = 50, 60, 90


class Attempt:
    """A try to log in, counted before the password is looked at: many at the same moment count too.

    `wait`: the seconds until the next try; `is_allowed`: whether this one may be made.
    """

    def __init__(self, username, address):
        self.username, self.networks, self.at = username, client_networks(address), time.time()
        self.is_under_attack = False
        self.account_rules = client_rules(f"login-account {username}", address, {"quarter": ACCOUNT})
        self.rules = {
            keyed_hash(f"login-everywhere {username}"): self.rule_under_attack,
            **client_rules("login-client", address, {"quarter": CLIENT}),
            **self.account_rules,
        }
        self.wait = take(self.rules, self.at)
        self.is_allowed = not self.wait

    def rule_under_attack(self, times, now):
        if len(times) < ATTACK or self.is_from_a_familiar_network():
            return 0
        self.is_under_attack = True
        return max(0, ceil(times[-1] + PAUSE - now))

    def is_from_a_familiar_network(self):
        """Tell whether the user has logged in from this network lately; of IPv6, from the same /56."""
        since = timezone.now() - timedelta(days=FAMILIAR_DAYS)
        logins = AccessLog.objects.filter(username=self.username, attempt_time__gte=since)
        used = logins.order_by().values_list("ip_address", flat=True).distinct()
        here = set(self.networks[:2])
        return any(here.intersection(client_networks(address or "")) for address in used)

    def failed(self):
        self.wait = next_wait(self.rules, time.time())

    def succeeded(self):
        """Forget this try, and the user's failures from this client. The client's own stay counted."""
        give_back(self.rules, self.at)
        forget(next(iter(self.account_rules)))  # not that of the wider networks


class LockoutHandler(AxesHandler):
    """Decides for django-axes who may try, and logs logins and failures without anything that was typed."""

    def is_allowed(self, request, credentials=None):
        request.login_attempt = attempt_of(request, credentials)
        return request.login_attempt.is_allowed

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        attempt = getattr(request, "login_attempt", None) or attempt_of(request, credentials)
        request.login_attempt = attempt
        if attempt.is_allowed:
            attempt.failed()
            # Not a name that is nobody's: it may be a password, typed into the wrong field.
            is_known = User.objects.filter(username=attempt.username).exists()
            AccessFailureLog.objects.create(
                username=attempt.username if is_known else "",
                ip_address=request.axes_ip_address,
                locked_out=bool(attempt.wait),
            )
        request.axes_locked_out = bool(attempt.wait)

    def user_logged_in(self, sender, request, user, **kwargs):
        if attempt := getattr(request, "login_attempt", None):
            attempt.succeeded()
        AccessLog.objects.create(username=user.get_username(), ip_address=request.axes_ip_address)

    def post_save_access_attempt(self, instance, **kwargs):
        """axes' own count, which is not used."""

    post_delete_access_attempt = post_save_access_attempt


def attempt_of(request, credentials):
    return Attempt(credentials["username"], request.META.get("REMOTE_ADDR", ""))


def client_of(request):
    """Return the IP address under which axes logs the client of a request, or None."""
    return client_network(request.META.get("REMOTE_ADDR", ""))


def lockout_response(request, response, credentials):
    """Return the login page, whose form says what to do (LoginForm), as a 429. Called by axes."""
    response.status_code = 429
    response.headers["Retry-After"] = str(request.login_attempt.wait)
    return response


class LoginForm(AdminAuthenticationForm):
    """Django's login form for the admin; its message never tells which half was wrong."""

    LOCKED = (
        "För många felaktiga försök. Vänta {minutes} och försök sedan igen. "
        "Har du glömt lösenordet: be en administratör om ett nytt."
    )
    ATTACKED = (
        "Någon har gissat fel lösenord till det här kontot många gånger. "
        "Vänta en minut och försök sedan igen, eller logga in där du brukar göra det."
    )

    def clean_username(self):
        """Refuse what is longer than any user name, as a wrong one."""
        username = self.cleaned_data["username"]
        if len(username) > User._meta.get_field("username").max_length:
            raise self.get_invalid_login_error()
        return username

    def get_invalid_login_error(self):
        if not getattr(self.request, "axes_locked_out", False):
            return super().get_invalid_login_error()
        attempt = self.request.login_attempt
        minutes = ceil(attempt.wait / 60)
        text = self.LOCKED.format(minutes="en minut" if minutes == 1 else f"{minutes} minuter")
        return ValidationError(self.ATTACKED if attempt.is_under_attack else text, code="locked")
