"""Passkeys, the easier second factor: the phone or computer shows that it is the user's, without a code.

The browser's part is static/hgf_site/passkeys.js; django-otp-webauthn checks what it sends.
"""

import json

from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential

from hgf_site.accounts.second_factor import has_phone

# In the session: what the browser was asked to sign, for one try.
REGISTRATION, LOGIN = "passkey_registration", "passkey_login"
MAX_ANSWER_LENGTH = 20_000  # characters of an answer; real ones have about 1000


class Helper(WebAuthnHelper):
    def create_credential(self, *args):
        passkey = super().create_credential(*args)
        passkey.name = "Lösennyckel"
        return passkey

    def create_attestation(self, *args):
        """Keep nothing: what the device says of its maker is not asked for."""


def passkeys_of(user):
    """Return the user's passkeys, the oldest first."""
    return WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by("pk")


def registration_options(request):
    """Return the JSON with which the browser makes a passkey, or None where the site can have none."""
    if not settings.PASSKEYS:
        return None
    options, request.session[REGISTRATION] = Helper(request).register_begin(request.user)
    return json.dumps(options)


def login_options(request):
    """Return the JSON with which the browser shows one of the user's passkeys, or None if there is none."""
    if not (settings.PASSKEYS and passkeys_of(request.user).exists()):
        return None
    # The password is what the user knows; the device need not ask for a PIN as well.
    begin = Helper(request).authenticate_begin(request.user, require_user_verification=False)
    options, request.session[LOGIN] = begin
    return json.dumps(options)


def register(request):
    """Return the passkey that the browser has just made for the user, or None."""
    return _complete(request, REGISTRATION, Helper(request).register_complete)


def verify_passkey(request):
    """Return the user's passkey that the browser has shown, or None."""
    return _complete(request, LOGIN, Helper(request).authenticate_complete)


def _complete(request, name, complete):
    answer = request.POST.get("passkey")
    if answer is None:
        return None
    state = request.session.pop(name, None)
    if state is None or len(answer) > MAX_ANSWER_LENGTH:
        return None
    try:
        with transaction.atomic():
            return complete(user=request.user, state=state, data=json.loads(answer))
    except OperationalError:  # the database is away
        raise
    except Exception:  # the libraries have a dozen kinds for an answer that is wrong, and miss some
        return None


def remove_passkey(user, pk):
    """Remove one passkey and return True, or return False: the last second factor stays."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two at once would remove the last two
        found = list(passkeys_of(user))
        chosen = [passkey for passkey in found if str(passkey.pk) == pk]
        if not chosen or (len(found) == 1 and not has_phone(user)):
            return False
        chosen[0].delete()
    return True
