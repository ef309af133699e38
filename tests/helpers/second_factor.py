"""A second factor, set up and used as a person does."""

import re
from binascii import unhexlify
from time import time

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

SET_UP, CODE = "/admin/tvasteg/", "/admin/tvasteg/kod/"


def code_of(device, at=None):
    totp = TOTP(unhexlify(device.key), device.step, device.t0, device.digits, device.drift)
    totp.time = at or time()
    return f"{totp.token():06}"


def set_up(client, user):
    """Go through the set-up as `user`; return (the device, the recovery codes that were shown)."""
    page = client.get(SET_UP)
    assert 'viewBox="0 0 ' in page.text  # or a browser shows a corner of the code
    device = TOTPDevice.objects.get(user=user, confirmed=False)
    page = client.post(SET_UP, {"code": code_of(device)})
    device.refresh_from_db()
    # The same 30 seconds' code works once; the tests do not wait.
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    return device, re.findall(r"<code>(\w{4}-\w{4})</code>", page.text)
