"""A passkey in a real browser, on a site with a host name: made, used, refused, with the app beside it."""

import re
import time
from base64 import b32decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django_otp.oath import TOTP
from playwright.sync_api import expect

from tests.helpers.browser import PHONE, fill_in_login, log_in
from tests.helpers.running import copy_of, free_port, started

PHONE_AT_HAND = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def site(prepared, tmp_path_factory):
    folder, port = copy_of(prepared, tmp_path_factory.mktemp("passkeys")), free_port()
    url = f"http://localhost:{port}"
    with started(folder, folder.parent, PORT=port, SITE_URL=url):
        yield url


class Authenticator:
    """What keeps the passkeys of a page's browser."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        made = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE_AT_HAND})
        self.id = {"authenticatorId": made["authenticatorId"]}

    def damage(self):
        """Put another key under the name of the passkey; return the right one."""
        right = self.session.send("WebAuthn.getCredentials", self.id)["credentials"][0]
        key = ec.generate_private_key(ec.SECP256R1())
        key = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self.replace(right | {"privateKey": b64encode(key).decode()})
        return right

    def replace(self, *passkeys):
        self.session.send("WebAuthn.clearCredentials", self.id)
        for passkey in passkeys:
            self.session.send("WebAuthn.addCredential", {**self.id, "credential": passkey})


def give_password(page):
    page.goto("/admin/")
    fill_in_login(page)
    expect(page.get_by_role("button", name="Använd lösennyckeln")).to_be_visible()


def test_a_passkey_is_made_and_used_and_a_wrong_or_missing_one_does_not_get_in(open_page):
    page = open_page(**PHONE)
    authenticator = Authenticator(page)
    log_in(page)
    page.goto("/admin/tvasteg/")
    page.get_by_role("button", name="Skapa en lösennyckel").click()
    expect(page.get_by_role("heading", name="Spara återställningskoderna")).to_be_visible()
    page.context.clear_cookies()

    give_password(page)
    right = authenticator.damage()
    page.get_by_role("button", name="Använd lösennyckeln").click()
    expect(page.get_by_text("Det gick inte med den lösennyckeln. Försök igen.")).to_be_visible()
    authenticator.replace()
    page.get_by_role("button", name="Använd lösennyckeln").click()
    expect(page.get_by_text("Det gick inte. Försök igen, eller välj ett annat sätt.")).to_be_visible()
    page.goto("/admin/")
    assert "/admin/tvasteg/kod/" in page.url

    authenticator.replace(right)
    page.get_by_role("button", name="Använd lösennyckeln").click()
    expect(page.get_by_role("heading", name="Skriv och ändra")).to_be_visible()

    page.goto("/admin/tvasteg/")
    page.get_by_role("button", name="Lägg till en app för koder").click()
    key = re.search(r"Nyckel: ([A-Z2-7 ]+)", page.inner_text("main"))[1].replace(" ", "")
    page.get_by_label("Kod").fill(code(key, time.time()))
    page.get_by_role("button", name="Sätt på").click()
    expect(page.get_by_role("heading", name="Spara återställningskoderna")).to_be_visible()
    page.context.clear_cookies()
    give_password(page)
    page.get_by_label("Kod").fill(code(key, time.time() + 30))  # each works once
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("heading", name="Skriv och ändra")).to_be_visible()


def code(key, at):
    totp = TOTP(b32decode(key + "=" * (-len(key) % 8)))
    totp.time = at
    return f"{totp.token():06}"
