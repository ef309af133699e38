"""The second factor at login: who needs one, and the codes of phone and paper. django-otp checks them.

Passkeys, its other kind: passkeys.py.
"""

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from hgf_site.accounts.groups import ADMINISTRATORS

RECOVERY_CODES = 10


class Throttled(Exception):
    """Too many wrong codes: no code is looked at for a while."""


def is_required(user):
    """Tell whether the user must have a second factor: who can let others in, once the site has https."""
    return settings.HTTPS and (user.is_superuser or user.groups.filter(name=ADMINISTRATORS).exists())


def is_on(user):
    """Tell whether the user has set up a second factor."""
    return has_phone(user) or WebAuthnCredential.objects.filter(user=user, confirmed=True).exists()


def has_phone(user):
    """Tell whether the user has an app that shows codes."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


class EnrolmentTokens(PasswordResetTokenGenerator):
    """Tokens for setting up a first second factor, valid for an hour and until there is one."""

    key_salt = "hgf_site.accounts.second_factor"

    def _make_hash_value(self, user, timestamp):
        return f"{user.pk} {user.password} {user.email} {is_on(user)} {timestamp}"


enrolment_tokens = EnrolmentTokens()


def enrolment_link(user):
    """Return the address at which the user, once logged in, may set up the first second factor."""
    token = enrolment_tokens.make_token(user)
    return settings.SITE_URL + reverse("admin:second_factor_link", args=[token])


def needs_link(user):
    """Tell whether the password alone must not set up a second factor: somebody may have stolen it.

    Only where a letter can bring the link, or an administrator could not get in after the installation.
    """
    return settings.SENDS_EMAIL and is_required(user) and not is_on(user)


def has_passed(user):
    """Tell whether a logged-in user has given a code, or has no second factor and needs none.

    Asked many times a request, so the answer is kept on the user: one query at most.
    """
    if user.is_verified():
        return True
    if not hasattr(user, "_needs_no_code"):
        user._needs_no_code = not needs_code(user)
    return user._needs_no_code


def needs_code(user):
    """Tell whether the user has a second factor or must get one. One query."""
    users = User.objects.filter(pk=user.pk)
    of_user = {"user": OuterRef("pk"), "confirmed": True}
    wanted = Q(Exists(TOTPDevice.objects.filter(**of_user)))
    wanted |= Q(Exists(WebAuthnCredential.objects.filter(**of_user)))
    if settings.HTTPS:
        wanted |= Q(is_superuser=True) | Q(groups__name=ADMINISTRATORS)
    return users.filter(wanted).exists()


def verify_code(user, code):
    """Return the device behind a code as it was typed, or None. A recovery code is used up by it.

    Raises Throttled after wrong codes: for one second, then twice as long each time.
    """
    code = "".join(code.split()).replace("-", "").lower()
    if not (code.isascii() and code.isalnum() and len(code) <= 16):
        return None
    # The phone shows six digits, a recovery code is longer.
    kind = TOTPDevice if code.isdigit() and len(code) == 6 else StaticDevice
    with transaction.atomic():
        devices = kind.objects.select_for_update().filter(user=user, confirmed=True)
        return next((device for device in devices if is_right(device, code)), None)


def is_right(device, code):
    allowed, _ = device.verify_is_allowed()
    if not allowed:
        raise Throttled
    return device.verify_token(code)


def begin(user):
    """Return the unconfirmed TOTPDevice whose key a phone is to be given; the same until it is confirmed."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "Telefon"})
    return device


def confirm(user, code):
    """Turn the phone that begin() was for into the user's only one, if the code is right.

    Return its TOTPDevice, or None. Raises Throttled.
    """
    code = "".join(code.split())
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None or not (code.isascii() and code.isdigit() and is_right(device, code)):
            return None
        TOTPDevice.objects.filter(user=user, confirmed=True).delete()
        device.confirmed = True
        device.save()
    return device


def new_recovery_codes(user):
    """Return the user's new recovery codes as texts ("abcd-efgh"); those from before stop working."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="Återställningskoder")
        codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
        device.token_set.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def recovery_codes_left(user):
    return StaticToken.objects.filter(device__user=user).count()


def turn_off(user):
    """Turn the second factor off; sessions that had given a code have to give one no more."""
    for kind in (TOTPDevice, WebAuthnCredential, StaticDevice):
        kind.objects.filter(user=user).delete()
