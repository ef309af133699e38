"""The second factor: who must have one, what a password alone reaches, the ways back. Names are made up."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from contacts.models import Person
from hgf_site.accounts import second_factor
from hgf_site.accounts.security_log import events
from tests.helpers.second_factor import CODE, SET_UP, code_of, set_up

pytestmark = pytest.mark.any_database

PASSWORD = "hemligt"  # every member's


@pytest.fixture
def https(settings):
    settings.HTTPS = True


def logged_in(user):
    """A browser in which the password was right."""
    client = Client()
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    return client


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
    https, member, groups, fields, must
):
    client = logged_in(member(*groups, **fields))
    page = client.get("/admin/", follow=True)
    assert page.wsgi_request.path == (SET_UP if must else "/admin/")
    assert is_in(client) is not must
    assert ("Sätt på" in page.text) is must


def test_on_a_site_without_https_nobody_must(member):
    assert is_in(logged_in(member("Administratörer")))


def test_whoever_wants_to_may(member):
    user = member("Redaktörer")
    client = logged_in(user)
    _, codes = set_up(client, user)
    assert len(set(codes)) == 10
    assert is_in(client)
    assert not is_in(logged_in(user))


# --- The first phone ---


@pytest.fixture
def chief(member, https, settings):
    """An administrator without a second factor, on a site that sends letters."""
    settings.SENDS_EMAIL = True
    return member("Administratörer", email="chef@example.org")


def link_in(text):
    return re.search(r"/admin/tvasteg/lank/[\w-]+/", text)[0]


def test_a_stolen_password_of_an_administrator_sets_up_no_phone(chief):
    thief = logged_in(chief)
    for answer in (
        thief.get(SET_UP),
        thief.post(SET_UP, {"_phone": "1"}),
        thief.post(SET_UP, {"code": "000000"}),
    ):
        assert "qr-code" not in answer.text
        assert "Nyckel" not in answer.text
    thief.get("/admin/tvasteg/lank/cs7k2p-0123456789abcdef/")
    assert "qr-code" not in thief.get(SET_UP).text
    assert not TOTPDevice.objects.exists()
    assert not is_in(thief)


def test_the_link_in_a_letter_sets_it_up(chief):
    client = logged_in(chief)
    assert "Ett brev är på väg till chef@example.org" in client.post(SET_UP).text
    link = link_in(mail.outbox[0].body)
    client.get(link)
    set_up(client, chief)
    assert is_in(client)
    assert mail.outbox[0].to == ["chef@example.org"]


def test_the_link_opens_in_another_browser_after_a_login(chief):
    logged_in(chief).post(SET_UP)
    phone, link = Client(), link_in(mail.outbox[0].body)
    login = phone.get(link).headers["Location"]
    page = phone.post(login, {"username": chief.username, "password": PASSWORD, "next": link}, follow=True)
    assert "qr-code" in page.text


def test_the_link_of_somebody_else_sets_up_nothing(chief, member):
    other = member("Administratörer", username="annan", email="annan@example.org")
    logged_in(other).post(SET_UP)
    thief = logged_in(chief)
    page = thief.get(link_in(mail.outbox[0].body), follow=True)
    assert "Länken gäller inte längre" in page.text
    assert "qr-code" not in page.text


def test_another_administrator_or_the_command_gives_the_link(chief, member, settings):
    helper = logged_in(member("Administratörer", username="annan"))
    settings.SENDS_EMAIL = False
    set_up(helper, User.objects.get(username="annan"))
    settings.SENDS_EMAIL = True
    given = helper.post(reverse("admin:auth_user_second_factor", args=[chief.pk])).text
    call_command("second_factor_link", chief.username, stdout=(printed := StringIO()))
    for text in (given, printed.getvalue()):
        client = logged_in(chief)
        assert "qr-code" in client.get(link_in(text), follow=True).text
    assert "Gav en länk för att sätta på tvåstegsinloggningen." in helper.get("/admin/sakerhetslogg/").text
    with pytest.raises(CommandError, match="no user ingen"):
        call_command("second_factor_link", "ingen")


def test_letters_with_the_link_are_few(chief):
    client = logged_in(chief)
    pages = [client.post(SET_UP).text for _ in range(5)]
    assert len(mail.outbox) == 3
    assert "Vänta en stund" in pages[-1]


# --- The login in two steps ---


@pytest.fixture
def editor(member):
    return member("Redaktörer")


@pytest.fixture
def device_and_codes(editor):
    return set_up(logged_in(editor), editor)


def test_the_code_of_the_phone_leads_to_the_page_that_was_asked_for(editor, device_and_codes):
    device, _ = device_and_codes
    client = logged_in(editor)
    asked = client.get("/admin/news/post/", follow=True)
    assert asked.wsgi_request.path == CODE
    assert "/admin/news/post/" in asked.text
    answer = client.post(CODE, {"code": code_of(device), "next": "/admin/news/post/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/news/post/")
    assert client.get("/admin/news/post/").status_code == 200


def test_a_code_works_once(editor, device_and_codes):
    code = code_of(device_and_codes[0])
    first, second = logged_in(editor), logged_in(editor)
    first.post(CODE, {"code": code})
    second.post(CODE, {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_a_recovery_code_works_once_however_it_is_typed(editor, device_and_codes):
    typed = device_and_codes[1][0].upper().replace("-", " ")
    for expected in (True, False):
        client = logged_in(editor)
        client.post(CODE, {"code": typed})
        assert is_in(client) is expected
        TOTPDevice.objects.update(throttling_failure_count=0)


def test_new_recovery_codes_end_the_old_ones(editor, device_and_codes):
    device, old = device_and_codes
    client = logged_in(editor)
    client.post(CODE, {"code": code_of(device)})
    new = re.findall(r"<code>(\w{4}-\w{4})</code>", client.post(SET_UP, {"_codes": "1"}).text)
    assert len(new) == 10
    assert not set(new) & set(old)
    assert StaticToken.objects.count() == 10


@pytest.mark.parametrize(
    "code", ["000000", "", "abcd-efgh", "x" * 500, "１２３４５６", "12\x0034", "-1", "1_0"]
)
def test_a_wrong_code_is_refused_in_swedish(editor, device_and_codes, code):
    client = logged_in(editor)
    page = client.post(CODE, {"code": code})
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert not is_in(client)


def test_wrong_codes_mean_waiting_and_then_lock_as_wrong_passwords_do(editor, device_and_codes):
    device, _ = device_and_codes
    client = logged_in(editor)
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
def test_a_password_alone_reaches_nothing(editor, device_and_codes, address):
    client = logged_in(editor)
    for answer in (client.get(address), client.post(address, {})):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/admin/login/")


def test_a_password_alone_shows_no_hidden_photo(member, picture_file):
    user = member("Kontaktansvariga")
    whole = logged_in(user)
    photo = Person.objects.create(name="Test Testsson", photo=picture_file()).photo.url
    set_up(whole, user)
    assert logged_in(user).get(photo).status_code == 404
    seen = whole.get(photo)
    assert seen.status_code == 200
    assert seen.getvalue()


def test_a_password_alone_can_neither_renew_the_codes_nor_change_the_phone_nor_turn_it_off(
    editor, device_and_codes
):
    client = logged_in(editor)
    for button in ("_codes", "_phone", "_off", "code"):
        answer = client.post(SET_UP, {button: "000000"})
        assert answer.headers["Location"].startswith(CODE)
    assert second_factor.is_on(editor)
    assert StaticToken.objects.count() == 10


def test_a_login_without_its_code_can_be_given_up_for_another(editor, device_and_codes):
    client = logged_in(editor)
    client.post(CODE, {"_other": "1"})
    assert "_auth_user_id" not in client.session


def test_the_way_on_never_leads_to_another_site(editor, device_and_codes):
    answer = logged_in(editor).post(
        CODE, {"code": code_of(device_and_codes[0]), "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/admin/"


@pytest.mark.parametrize("address", [SET_UP, CODE])
def test_somebody_who_has_not_logged_in_is_sent_to_the_login(db, client, address):
    assert client.get(address).headers["Location"].startswith("/admin/login/")


def test_the_pages_are_never_stored(editor, device_and_codes):
    assert "no-store" in logged_in(editor).get(CODE).headers["Cache-Control"]


# --- The ways back ---


def test_after_a_change_of_phone_the_old_one_stops_working(editor, device_and_codes):
    old, _ = device_and_codes
    client = logged_in(editor)
    client.post(CODE, {"code": code_of(old)})
    assert "Byt telefon" in client.post(SET_UP, {"_phone": "1"}).text
    new, _ = set_up(client, editor)
    assert list(TOTPDevice.objects.values_list("pk", flat=True)) == [new.pk]
    assert is_in(client)


def test_who_need_not_have_it_turns_it_off_and_who_must_cannot(editor, device_and_codes, https):
    device, _ = device_and_codes
    client = logged_in(editor)
    client.post(CODE, {"code": code_of(device)})
    editor.groups.add(Group.objects.get(name="Administratörer"))
    client.post(SET_UP, {"_off": "1"})
    assert second_factor.is_on(editor)
    editor.groups.clear()
    client.post(SET_UP, {"_off": "1"})
    assert not second_factor.is_on(editor)


def test_another_administrator_takes_a_lost_phone_away(member, editor, device_and_codes):
    helper = logged_in(member("Administratörer", username="hjalp"))
    address = reverse("admin:auth_user_second_factor", args=[editor.pk])
    assert address in helper.get(reverse("admin:auth_user_change", args=[editor.pk])).text
    assert helper.get(address).status_code == 200
    assert second_factor.is_on(editor)
    helper.post(address)
    assert not second_factor.is_on(editor)
    assert is_in(logged_in(editor))


def test_only_who_may_change_the_account_takes_its_phone_away(member, editor, device_and_codes):
    owner = member(is_superuser=True, username="storebror")
    address = reverse("admin:auth_user_second_factor", args=[editor.pk])
    assert logged_in(member("Redaktörer", username="annan")).post(address).status_code in (
        403,
        404,
    )
    manager = logged_in(member("Administratörer", username="chef"))
    assert manager.post(reverse("admin:auth_user_second_factor", args=[owner.pk])).status_code == 404
    assert logged_in(editor).post(address).status_code == 302
    assert second_factor.is_on(editor)


def test_a_command_takes_it_away_when_nobody_else_can(editor, device_and_codes):
    call_command("remove_second_factor", editor.username)
    assert is_in(logged_in(editor))
    with pytest.raises(CommandError, match="no user ingen"):
        call_command("remove_second_factor", "ingen")


# --- The log ---


def test_the_log_tells_logins_failures_and_changes_of_accounts(member, client):
    chief = member("Administratörer", username="chef")
    client.post("/admin/login/", {"username": "chef", "password": "fel"})
    client = logged_in(chief)
    other = member("Redaktörer")
    client.post(reverse("admin:auth_user_second_factor", args=[other.pk]))
    page = client.get("/admin/sakerhetslogg/").text
    for text in (
        "chef: loggade in",
        "chef: felaktig inloggning",
        "Gav en länk för att sätta på tvåstegsinloggningen.",
        "från 127.0.0.1",
    ):
        assert text in page


def test_the_log_is_for_those_who_let_others_in(member):
    assert (
        logged_in(member("Redaktörer", "Kontaktansvariga", username="prov"))
        .get("/admin/sakerhetslogg/")
        .status_code
        == 403
    )


def test_the_log_does_not_tell_an_administrator_of_superusers(member):
    owner, chief = (
        member(is_superuser=True, username="storebror"),
        member("Administratörer", username="chef"),
    )
    client = logged_in(owner)
    client.post(reverse("admin:auth_user_second_factor", args=[chief.pk]))
    assert "storebror" not in str(events(chief))
    assert "storebror" in str(events(owner))
