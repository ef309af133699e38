"""Passkeys as the second factor: who may make one, what it opens, how it goes. Names are made up."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django_otp_webauthn.models import WebAuthnCredential

from hgf_site.accounts import second_factor
from tests.helpers.passkeys import SITE, Device, options_on
from tests.helpers.second_factor import CODE, SET_UP, code_of, set_up
from tests.helpers.swedish import english_on

pytestmark = pytest.mark.any_database

PASSWORD = "hemligt"  # every member's


@pytest.fixture(autouse=True)
def site(settings):
    """A site with https and a host name."""
    settings.HTTPS = settings.PASSKEYS = True
    settings.OTP_WEBAUTHN_RP_ID = SITE.rpartition("/")[2]
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [SITE]
    return settings


def logged_in(user):
    """A browser in which the password was right."""
    client = Client()
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    return client


def is_in(client):
    return client.get("/admin/").status_code == 200


def enrol(client, device):
    return client.post(SET_UP, device.answer(options_on(client.get(SET_UP))))


def show(client, device):
    """Log in with the device, after the password."""
    return client.post(CODE, device.answer(options_on(client.get(CODE))))


@pytest.fixture
def editor(member):
    return member("Redaktörer")


@pytest.fixture
def device(editor):
    """The editor's passkey."""
    device = Device()
    enrol(logged_in(editor), device)
    return device


# --- The first one ---


def test_a_passkey_turns_the_second_factor_on_and_gives_recovery_codes(editor):
    client, device = logged_in(editor), Device()
    page = enrol(client, device)
    codes = re.findall(r"<code>(\w{4}-\w{4})</code>", page.text)
    assert len(set(codes)) == 10
    assert is_in(client)
    other = logged_in(editor)
    assert not is_in(other)
    other.post(CODE, {"code": codes[0]})
    assert is_in(other)


def test_it_is_offered_before_the_app_where_the_site_has_a_host_name(editor, site):
    client = logged_in(editor)
    page = client.get(SET_UP).text
    assert page.index("Skapa en lösennyckel") < page.index("app för engångskoder")
    site.PASSKEYS = False
    page = client.get(SET_UP).text
    assert "lösennyckel" not in page
    assert "app för engångskoder" in page


def test_a_stolen_password_of_an_administrator_makes_no_passkey(member, site):
    site.SENDS_EMAIL = True
    chief = member("Administratörer", email="chef@example.org")
    thief = logged_in(chief)
    assert options_on(thief.get(SET_UP)) is None
    site.SENDS_EMAIL = False
    options = options_on(thief.get(SET_UP))  # from before letters could be sent
    site.SENDS_EMAIL = True
    thief.post(SET_UP, Device().answer(options))
    assert not WebAuthnCredential.objects.exists()
    assert not is_in(thief)
    thief.post(SET_UP)
    client = logged_in(chief)
    client.get(re.search(r"/admin/tvasteg/lank/[\w-]+/", mail.outbox[0].body)[0])
    enrol(client, Device())
    assert is_in(client)


def test_a_password_alone_adds_no_passkey_to_an_account_that_has_a_second_factor(editor, device):
    client = logged_in(editor)
    assert client.get(SET_UP).headers["Location"].startswith(CODE)
    answer = Device().answer(options_on(client.get(CODE)) | {"user": {}, "rp": {"id": SITE[8:]}})
    for address in (SET_UP, CODE):
        client.post(address, answer)
    assert WebAuthnCredential.objects.count() == 1
    assert not is_in(client)


# --- The login ---


def test_the_passkey_leads_to_the_page_that_was_asked_for(editor, device):
    client = logged_in(editor)
    page = client.get("/admin/news/post/", follow=True)
    answer = client.post(CODE, device.answer(options_on(page)) | {"next": "/admin/news/post/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/news/post/")
    assert is_in(client)


def test_a_passkey_of_somebody_else_or_of_another_site_or_an_unknown_one_opens_nothing(
    editor, device, member
):
    theirs, unknown = Device(), Device()
    enrol(logged_in(member("Redaktörer", username="annan")), theirs)
    same_name = Device()
    same_name.name = device.name
    client = logged_in(editor)
    for wrong in (theirs, unknown, same_name):
        assert "Det gick inte med den lösennyckeln" in show(client, wrong).text
        assert not is_in(client)
    device.origin = "https://forening.example.net"
    client = logged_in(editor)
    show(client, device)
    assert not is_in(client)


def test_what_a_passkey_signed_is_good_for_one_login(editor, device):
    client = logged_in(editor)
    answer = device.answer(options_on(client.get(CODE)))
    client.post(CODE, answer)
    assert is_in(client)
    other = logged_in(editor)
    for _ in range(2):
        other.get(CODE)
        other.post(CODE, answer)
    assert not is_in(other)


OF_A_KEY = '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": '


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '{"id": "å"}',
        '{"id": "a\\u0000", "rawId": "\\ud800"}',
        "[" * 19_000,
        "x" * 50_000,
        OF_A_KEY + "1}",
        OF_A_KEY + "{}}",
        OF_A_KEY + '{"clientDataJSON": "YQ", "attestationObject": "YQ"}}',
    ],
)
def test_a_malformed_answer_is_refused_in_swedish(editor, device, answer):
    client, beginner = logged_in(editor), Client()
    client.get(CODE)
    page = client.post(CODE, {"passkey": answer})
    assert page.status_code == 200
    assert "Det gick inte med den lösennyckeln" in page.text
    assert not is_in(client)
    second_factor.turn_off(editor)
    beginner = logged_in(editor)
    beginner.get(SET_UP)
    assert "Det gick inte med den lösennyckeln" in beginner.post(SET_UP, {"passkey": answer}).text
    assert not second_factor.is_on(editor)


def test_wrong_passkeys_lock_as_wrong_passwords_do(editor, device):
    client = logged_in(editor)
    assert [show(client, Device()).status_code for _ in range(5)][-1] == 429


def test_a_passkey_that_another_account_has_is_refused(editor, device, member):
    client = logged_in(member("Redaktörer", username="annan"))
    page = enrol(client, device)
    assert "Det gick inte med den lösennyckeln" in page.text
    assert WebAuthnCredential.objects.get().user == editor


def test_the_app_works_beside_it(editor, device):
    client = logged_in(editor)
    show(client, device)
    client.post(SET_UP, {"_phone": "1"})
    phone, _ = set_up(client, editor)
    other = logged_in(editor)
    page = other.get(CODE).text
    assert page.index("Använd lösennyckeln") < page.index("Eller: öppna appen")
    other.post(CODE, {"code": code_of(phone)})
    assert is_in(other)


# --- How it goes ---


def test_a_second_one_is_added_and_a_lost_one_removed_but_never_the_last_way(editor, device):
    client = logged_in(editor)
    show(client, device)
    assert (
        "Lösennyckeln är tillagd"
        in client.post(SET_UP, Device().answer(options_on(client.get(SET_UP))), follow=True).text
    )
    old, new = WebAuthnCredential.objects.order_by("pk").values_list("pk", flat=True)
    for gone in (new, old, "x"):
        client.post(SET_UP, {"_remove": gone})
    assert list(WebAuthnCredential.objects.values_list("pk", flat=True)) == [old]
    editor.groups.add(Group.objects.get(name="Administratörer"))
    log = client.get("/admin/sakerhetslogg/").text
    assert ("Lade till en lösennyckel." in log, log.count("Tog bort en lösennyckel.")) == (True, 1)


def test_nobody_removes_the_passkey_of_somebody_else(editor, device, member):
    client, pk = logged_in(member("Redaktörer", username="annan")), WebAuthnCredential.objects.get().pk
    enrol(client, Device())
    client.post(SET_UP, {"_remove": pk})
    assert WebAuthnCredential.objects.filter(pk=pk).exists()


@pytest.mark.parametrize("how", ["off", "colleague", "command"])
def test_turned_off_it_is_gone(editor, device, member, how):
    if how == "off":
        client = logged_in(editor)
        show(client, device)
        client.post(SET_UP, {"_off": "1"})
    elif how == "colleague":
        helper = logged_in(member("Administratörer", username="hjalp"))
        enrol(helper, Device())
        helper.post(reverse("admin:auth_user_second_factor", args=[editor.pk]))
    else:
        call_command("remove_second_factor", editor.username)
    assert not WebAuthnCredential.objects.filter(user=editor).exists()
    assert is_in(logged_in(editor))


def test_it_goes_with_the_account_and_every_page_speaks_swedish(editor, device, client, superuser):
    theirs = logged_in(editor)
    pages = [theirs.get(CODE), show(theirs, device), theirs.get(SET_UP)]
    client.force_login(superuser)
    enrol(client, Device())
    address = reverse("admin:auth_user_delete", args=[editor.pk])
    pages += [client.get(SET_UP), client.get(address)]
    assert [english_on(page) for page in pages if page.status_code == 200] == [[]] * 4
    client.post(address, {"post": "yes"})
    assert WebAuthnCredential.objects.get().user == superuser
