"""The second factor: who must have one, what a half login reaches, the ways back. All names are made up."""

import re
from binascii import unhexlify
from datetime import timedelta
from time import time

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from contacts.models import Person
from hgf_site import second_factor
from hgf_site.security_log import events

PASSWORD = "tre-grannar-fikar"
SET_UP, CODE = "/admin/tvasteg/", "/admin/tvasteg/kod/"


@pytest.fixture
def https(settings):
    settings.HTTPS = True


@pytest.fixture
def make_user(db):
    def make(username, *groups, **fields):
        user = User.objects.create_user(username, password=PASSWORD, is_staff=True, **fields)
        user.groups.set(Group.objects.filter(name__in=groups))
        return user

    return make


def logged_in(user):
    """A browser in which the password was right."""
    client = Client()
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    return client


def code_of(device, at=None):
    totp = TOTP(unhexlify(device.key), device.step, device.t0, device.digits, device.drift)
    totp.time = at or time()
    return f"{totp.token():06}"


def set_up(client, user):
    """Go through the set-up as she does; return (her device, the recovery codes that she was shown)."""
    page = client.get(SET_UP)
    assert 'viewBox="0 0 ' in page.text  # or a browser shows a corner of the code
    device = TOTPDevice.objects.get(user=user, confirmed=False)
    page = client.post(SET_UP, {"code": code_of(device)})
    device.refresh_from_db()
    # The same 30 seconds' code works once; the tests do not wait.
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    return device, re.findall(r"<code>(\w{4}-\w{4})</code>", page.text)


def is_in(client):
    return client.get("/admin/").status_code == 200


# --- Who must ---


@pytest.mark.parametrize(
    ("groups", "fields", "must"),
    [
        (["Administratörer"], {}, True),
        ([], {"is_superuser": True}, True),
        (["Redaktörer", "Kontaktansvariga"], {}, False),
    ],
)
def test_who_can_let_others_in_is_led_through_the_set_up_and_the_rest_are_not(
    https, make_user, groups, fields, must
):
    client = logged_in(make_user("prov", *groups, **fields))
    page = client.get("/admin/", follow=True)
    assert page.wsgi_request.path == (SET_UP if must else "/admin/")
    assert is_in(client) is not must
    assert ("Sätt på" in page.text) is must


def test_on_a_site_without_https_nobody_must(make_user):
    assert is_in(logged_in(make_user("prov", "Administratörer")))


def test_whoever_wants_to_may(make_user):
    user = make_user("prov", "Redaktörer")
    client = logged_in(user)
    _, codes = set_up(client, user)
    assert len(set(codes)) == 10
    assert is_in(client)
    assert not is_in(logged_in(user))


# --- The login in two steps ---


@pytest.fixture
def member(make_user):
    return make_user("prov", "Redaktörer")


@pytest.fixture
def device_and_codes(member):
    return set_up(logged_in(member), member)


def test_the_code_of_the_phone_lets_her_in_to_the_page_that_she_asked_for(member, device_and_codes):
    device, _ = device_and_codes
    client = logged_in(member)
    asked = client.get("/admin/news/post/", follow=True)
    assert asked.wsgi_request.path == CODE
    assert "/admin/news/post/" in asked.text
    answer = client.post(CODE, {"code": code_of(device), "next": "/admin/news/post/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/news/post/")
    assert client.get("/admin/news/post/").status_code == 200


def test_a_code_works_once(member, device_and_codes):
    code = code_of(device_and_codes[0])
    first, second = logged_in(member), logged_in(member)
    first.post(CODE, {"code": code})
    second.post(CODE, {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_a_recovery_code_works_once_however_it_is_typed(member, device_and_codes):
    typed = device_and_codes[1][0].upper().replace("-", " ")
    for expected in (True, False):
        client = logged_in(member)
        client.post(CODE, {"code": typed})
        assert is_in(client) is expected
        TOTPDevice.objects.update(throttling_failure_count=0)


def test_new_recovery_codes_end_the_old_ones(member, device_and_codes):
    device, old = device_and_codes
    client = logged_in(member)
    client.post(CODE, {"code": code_of(device)})
    new = re.findall(r"<code>(\w{4}-\w{4})</code>", client.post(SET_UP, {"_codes": "1"}).text)
    assert len(new) == 10
    assert not set(new) & set(old)
    assert StaticToken.objects.count() == 10


@pytest.mark.parametrize(
    "code", ["000000", "", "abcd-efgh", "x" * 500, "１２３４５６", "12\x0034", "-1", "1_0"]
)
def test_a_wrong_code_is_refused_in_swedish(member, device_and_codes, code):
    client = logged_in(member)
    page = client.post(CODE, {"code": code})
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert not is_in(client)


def test_wrong_codes_make_her_wait_and_then_lock_as_wrong_passwords_do(member, device_and_codes):
    device, _ = device_and_codes
    client = logged_in(member)
    client.post(CODE, {"code": "000000"})
    page = client.post(CODE, {"code": code_of(device)})
    assert "Vänta några sekunder efter en felaktig kod" in page.text
    statuses = [client.post(CODE, {"code": "000000"}).status_code for _ in range(3)]
    assert statuses[-1] == 429
    assert not is_in(client)
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(minutes=1))
    client.post(CODE, {"code": code_of(device)})
    assert is_in(client)


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/password_change/", "/admin/news/post/add/", "/admin/sakerhetslogg/"]
)
def test_half_a_login_reaches_nothing(member, device_and_codes, address):
    client = logged_in(member)
    for answer in (client.get(address), client.post(address, {})):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/admin/login/")


def test_half_a_login_sees_no_hidden_photo(make_user, picture_file):
    user = make_user("prov", "Kontaktansvariga")
    whole = logged_in(user)
    photo = Person.objects.create(name="Test Testsson", photo=picture_file()).photo.url
    set_up(whole, user)
    assert logged_in(user).get(photo).status_code == 404
    seen = whole.get(photo)
    assert seen.status_code == 200
    assert seen.getvalue()


def test_half_a_login_can_neither_renew_the_codes_nor_change_the_phone_nor_turn_it_off(
    member, device_and_codes
):
    client = logged_in(member)
    for button in ("_codes", "_phone", "_off", "code"):
        answer = client.post(SET_UP, {button: "000000"})
        assert answer.headers["Location"].startswith(CODE)
    assert second_factor.is_on(member)
    assert StaticToken.objects.count() == 10


def test_half_a_login_can_be_given_up_for_somebody_elses(member, device_and_codes):
    client = logged_in(member)
    client.post(CODE, {"_other": "1"})
    assert "_auth_user_id" not in client.session


def test_the_way_on_never_leads_to_another_site(member, device_and_codes):
    answer = logged_in(member).post(
        CODE, {"code": code_of(device_and_codes[0]), "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/admin/"


@pytest.mark.parametrize("address", [SET_UP, CODE])
def test_somebody_who_has_not_logged_in_is_sent_to_the_login(db, client, address):
    assert client.get(address).headers["Location"].startswith("/admin/login/")


def test_the_pages_are_never_stored(member, device_and_codes):
    assert "no-store" in logged_in(member).get(CODE).headers["Cache-Control"]


# --- The ways back ---


def test_she_changes_her_phone_and_the_old_one_stops_working(member, device_and_codes):
    old, _ = device_and_codes
    client = logged_in(member)
    client.post(CODE, {"code": code_of(old)})
    assert "Byt telefon" in client.post(SET_UP, {"_phone": "1"}).text
    new, _ = set_up(client, member)
    assert list(TOTPDevice.objects.values_list("pk", flat=True)) == [new.pk]
    assert is_in(client)


def test_who_need_not_have_it_turns_it_off_and_who_must_cannot(member, device_and_codes, https):
    device, _ = device_and_codes
    client = logged_in(member)
    client.post(CODE, {"code": code_of(device)})
    member.groups.add(Group.objects.get(name="Administratörer"))
    client.post(SET_UP, {"_off": "1"})
    assert second_factor.is_on(member)
    member.groups.clear()
    client.post(SET_UP, {"_off": "1"})
    assert not second_factor.is_on(member)


def test_another_administrator_takes_a_lost_phone_away(make_user, member, device_and_codes):
    helper = logged_in(make_user("hjalp", "Administratörer"))
    address = reverse("admin:auth_user_second_factor", args=[member.pk])
    assert address in helper.get(reverse("admin:auth_user_change", args=[member.pk])).text
    assert helper.get(address).status_code == 200
    assert second_factor.is_on(member)
    helper.post(address)
    assert not second_factor.is_on(member)
    assert is_in(logged_in(member))


def test_only_who_may_change_the_account_takes_its_phone_away(make_user, member, device_and_codes):
    owner = make_user("storebror", is_superuser=True)
    address = reverse("admin:auth_user_second_factor", args=[member.pk])
    assert logged_in(make_user("annan", "Redaktörer")).post(address).status_code in (403, 404)
    manager = logged_in(make_user("chef", "Administratörer"))
    assert manager.post(reverse("admin:auth_user_second_factor", args=[owner.pk])).status_code == 404
    assert logged_in(member).post(address).status_code == 302
    assert second_factor.is_on(member)


def test_a_command_takes_it_away_when_nobody_else_can(member, device_and_codes):
    call_command("remove_second_factor", "prov")
    assert is_in(logged_in(member))
    with pytest.raises(CommandError, match="no user ingen"):
        call_command("remove_second_factor", "ingen")


# --- The log ---


def test_the_log_tells_logins_failures_and_changes_of_accounts(make_user, client):
    chief = make_user("chef", "Administratörer")
    client.post("/admin/login/", {"username": "chef", "password": "fel"})
    client = logged_in(chief)
    other = make_user("prov", "Redaktörer")
    client.post(reverse("admin:auth_user_second_factor", args=[other.pk]))
    page = client.get("/admin/sakerhetslogg/").text
    for text in (
        "chef: loggade in",
        "chef: felaktig inloggning",
        "Tog bort tvåstegsinloggningen.",
        "från 127.0.0.1",
    ):
        assert text in page


def test_the_log_is_for_those_who_let_others_in(make_user):
    assert (
        logged_in(make_user("prov", "Redaktörer", "Kontaktansvariga"))
        .get("/admin/sakerhetslogg/")
        .status_code
        == 403
    )


def test_the_log_does_not_tell_an_administrator_of_superusers(make_user):
    owner, chief = make_user("storebror", is_superuser=True), make_user("chef", "Administratörer")
    client = logged_in(owner)
    client.post(reverse("admin:auth_user_second_factor", args=[chief.pk]))
    assert "storebror" not in str(events(chief))
    assert "storebror" in str(events(owner))
