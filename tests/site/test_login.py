"""Getting in: guesses, lock-out, passwords and the forgotten ones. Names and passwords are made up."""

import json
import re
import time
from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone

from hgf_site import urls as site_urls
from hgf_site.accounts.password_rules import Argon2Hasher
from hgf_site.admin_site.site import TITLE

pytestmark = pytest.mark.any_database

LOGIN = "/admin/login/"
PASSWORD = "tre-grannar-fikar"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def volunteer(db):
    return User.objects.create_user("berit", "berit@example.org", PASSWORD, is_staff=True)


def try_to_log_in(password, username="berit", address=HERE, **headers):
    client = Client(REMOTE_ADDR=address, headers=headers)
    return client.post(LOGIN, {"username": username, "password": password})


def is_in(answer):
    return answer.status_code == 302


# --- Lock-out ---


def test_five_wrong_passwords_lock_the_account_for_that_client_and_say_what_to_do(volunteer):
    answers = [try_to_log_in("fel") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert "Vänta 15 minuter" in answers[-1].text
    assert answers[-1].headers["Retry-After"] == "900"
    assert not is_in(try_to_log_in(PASSWORD))
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))


@pytest.mark.each_database
def test_twenty_wrong_passwords_lock_the_client_whatever_the_accounts(volunteer):
    for number in range(20):
        try_to_log_in("fel", username=f"gissning{number}")
    assert not is_in(try_to_log_in(PASSWORD))
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))


def test_another_browser_or_a_neighbouring_ipv6_address_is_no_other_client(volunteer):
    for number in range(5):
        try_to_log_in("fel", address=f"2001:db8::{number}", User_Agent=f"Robot/{number}")
    assert not is_in(try_to_log_in(PASSWORD, address="2001:db8::ffff"))
    assert is_in(try_to_log_in(PASSWORD, address="2001:db8:0:1::1"))


@pytest.mark.each_database
def test_guesses_at_the_same_moment_are_counted_before_any_password_is_looked_at(volunteer, monkeypatch):
    """Ten logins of which none has been answered yet: what a robot's ten connections send."""
    looked_at = []

    def look(self, request, username=None, password=None, **kwargs):
        looked_at.append(password)
        if len(looked_at) < 10:
            try_to_log_in(f"gissning{len(looked_at)}")

    monkeypatch.setattr(ModelBackend, "authenticate", look)
    try_to_log_in("gissning0")
    assert len(looked_at) == 5


def test_a_login_as_somebody_else_forgets_no_guess(volunteer):
    """Four guesses and a right login of one's own, again and again, is no way round the limit."""
    User.objects.create_user("medlem", password=PASSWORD, is_staff=True)
    answers = []
    for _ in range(10):
        answers += [try_to_log_in("fel").status_code for _ in range(4)]
        try_to_log_in(PASSWORD, username="medlem")
    assert answers == [200] * 4 + [429] * 36


def test_a_login_keeps_the_clients_own_count(volunteer):
    """Four mistakes a time, each time forgotten for the account: the client has made twenty all the same."""
    for _ in range(5):
        for _ in range(4):
            try_to_log_in("fel")
        last = try_to_log_in(PASSWORD)
    assert last.status_code == 429
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))


@pytest.mark.parametrize(
    ("made_up_address", "tried", "outside"),
    [
        ("2001:db8:1:5{:02x}::1", 10, "2001:db8:1:600::1"),  # a /56: twice what a /64 may
        ("2001:db8:1:{:x}00::1", 20, "2001:db8:2::1"),  # a /48: four times
    ],
)
def test_an_end_site_with_many_ipv6_networks_is_one_client(volunteer, made_up_address, tried, outside):
    guesses = [try_to_log_in("fel", address=made_up_address.format(number)) for number in range(40)]
    assert [answer.status_code for answer in guesses] == [200] * (tried - 1) + [429] * (41 - tried)
    assert not is_in(try_to_log_in(PASSWORD, address=made_up_address.format(99)))
    assert is_in(try_to_log_in(PASSWORD, address=outside))


def guess_from_everywhere(monkeypatch):
    """Send fifty wrong passwords, each from a network of its own; return when, in seconds."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for number in range(50):
        try_to_log_in("fel", address=f"203.0.113.{number}")
    return now


def test_an_account_that_all_the_world_guesses_at_is_tried_once_a_minute_from_unknown_networks(
    volunteer, monkeypatch
):
    now = guess_from_everywhere(monkeypatch)
    assert AccessFailureLog.objects.count() == 50
    monkeypatch.setattr(time, "time", lambda: now + 59)
    answer = try_to_log_in(PASSWORD, address="198.51.100.1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "Vänta en minut och försök sedan igen, eller logga in där du brukar" in answer.text
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert try_to_log_in("fel", address="198.51.100.1").status_code == 429
    assert not is_in(try_to_log_in(PASSWORD, address="198.51.100.2"))
    monkeypatch.setattr(time, "time", lambda: now + 120)
    assert is_in(try_to_log_in(PASSWORD, address="198.51.100.2"))


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("used", "now"), [(ELSEWHERE, ELSEWHERE), ("2001:db8:0:100::1", "2001:db8:0:1ff::2")]
)
def test_its_owner_gets_in_at_once_from_a_network_used_before(volunteer, monkeypatch, used, now):
    assert is_in(try_to_log_in(PASSWORD, address=used))
    guess_from_everywhere(monkeypatch)
    assert is_in(try_to_log_in(PASSWORD, address=now))
    AccessLog.objects.update(attempt_time=timezone.now() - timedelta(days=91))
    assert not is_in(try_to_log_in(PASSWORD, address=used))


def test_guesses_at_one_account_hold_up_no_other(volunteer, monkeypatch):
    User.objects.create_user("medlem", password=PASSWORD, is_staff=True)
    guess_from_everywhere(monkeypatch)
    assert is_in(try_to_log_in(PASSWORD, username="medlem", address="198.51.100.1"))


@pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.long)])
def test_sixty_networks_of_one_end_site_try_a_password_ten_times_and_the_owner_gets_in(volunteer, count):
    """With right logins of another account between the guesses."""
    User.objects.create_user("medlem", password=PASSWORD, is_staff=True)
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))
    for number in range(count):
        address = f"2001:db8:1:5{number % 60:02x}::1"
        try_to_log_in("fel", address=address)
        if number % 5 == 4:
            try_to_log_in(PASSWORD, username="medlem", address=address)
    assert AccessFailureLog.objects.filter(username="berit").count() == 10
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))


@pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.long)])
def test_guesses_from_one_or_a_hundred_clients_let_nobody_in_and_lock_nobody_out(volunteer, count):
    """The guesses end with the right password, which a robot finds when it may try for ever."""
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))
    guesses = [f"gissning{number}" for number in range(9)] + [PASSWORD]
    one = [try_to_log_in(guesses[number % 10]) for number in range(count)]
    hundred = [
        try_to_log_in(guess, address=f"203.0.113.{client}")
        for client in range(count // 10)
        for guess in guesses
    ]
    assert [answer for answer in [*one, *hundred] if is_in(answer)] == []
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))


def test_after_a_quarter_of_an_hour_the_user_may_try_again_also_after_tries_meanwhile(volunteer, monkeypatch):
    now = time.time()
    for _ in range(8):
        try_to_log_in("fel")
    monkeypatch.setattr(time, "time", lambda: now + 890)
    assert try_to_log_in(PASSWORD).status_code == 429
    monkeypatch.setattr(time, "time", lambda: now + 930)
    assert is_in(try_to_log_in(PASSWORD))


def test_a_login_forgets_the_mistakes_before_it(volunteer):
    for _ in range(2):
        for _ in range(4):
            assert not is_in(try_to_log_in("fel"))
        assert is_in(try_to_log_in(PASSWORD))


def test_the_answer_does_not_tell_which_half_was_wrong(volunteer):
    def seen(answer, username):
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.text.replace(username, "NAMN"))

    User.objects.create_user("gammal", password=PASSWORD, is_staff=True, is_active=False)
    User.objects.create_user("utan", password=PASSWORD)
    answers = [
        seen(try_to_log_in(password, username), username)
        for username, password in [
            ("berit", "fel"), ("finns-inte", PASSWORD), ("gammal", PASSWORD), ("utan", PASSWORD),
        ]
    ]  # fmt: skip
    assert len(set(answers)) == 1


@pytest.mark.each_database
@pytest.mark.parametrize("username", ["a\0b", "x" * 5000, "å" * 300, "' OR 1=1 --", "\ud800"])
def test_an_odd_user_name_is_a_wrong_one(volunteer, username):
    assert try_to_log_in("fel", username=username.encode("utf-8", "replace").decode()).status_code == 200


def test_nothing_that_was_typed_at_the_login_is_stored(volunteer, as_superuser):
    """A password is easily typed into the wrong field; not a word of what was sent may stay."""
    marked = "grönsaksdisken"
    for _ in range(6):
        client = Client(REMOTE_ADDR=HERE, headers={"User-Agent": "gronsak/1", "Accept": "gronsak"})
        client.post(f"{LOGIN}?next=/admin/{marked}/", {"username": marked, "password": marked, "mer": marked})
        client.post(f"{LOGIN}?mer={marked}", {"username": "berit", "password": marked, marked: marked})
    call_command("dumpdata", stdout=(dump := StringIO()))
    stored = str(json.loads(dump.getvalue()))
    assert "axes.accessfailurelog" in stored
    assert marked not in stored
    assert "gronsak" not in stored
    assert "Okänt namn: felaktig inloggning" in as_superuser.get("/admin/sakerhetslogg/").text


@pytest.mark.each_database
def test_what_was_stored_of_them_before_is_deleted_by_the_next_migrate(volunteer):
    AccessAttempt.objects.create(
        username="berit", ip_address=HERE, post_data="hemligt", failures_since_start=1
    )
    for name in ("berit", "hemligt"):
        AccessFailureLog.objects.create(username=name, ip_address=HERE)
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert not AccessAttempt.objects.exists()
    assert set(AccessFailureLog.objects.values_list("username", flat=True)) == {"berit", ""}


# --- Passwords ---


def test_a_password_is_stored_with_argon2_in_20_megabytes():
    stored = Argon2Hasher().encode(PASSWORD, Argon2Hasher().salt())
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_site_uses_that_hasher_first(tmp_path):
    from tests.helpers.live_settings import LIVE, value

    hasher = value(tmp_path, "settings.PASSWORD_HASHERS[0]", **LIVE)
    assert hasher == "hgf_site.accounts.password_rules.Argon2Hasher"


@pytest.mark.parametrize(
    "password", ["Sommar2026!", "Sollentuna1", "lösenord12", "1234567890", "berit@example", "kort"]
)
def test_a_password_that_robots_try_first_is_refused_in_swedish(as_superuser, volunteer, password):
    address = reverse("admin:auth_user_password_change", args=[volunteer.pk])
    data = {"password1": password, "password2": password, "usable_password": "true"}
    answer = as_superuser.post(address, data)
    assert answer.status_code == 200
    assert "errorlist" in answer.text


def test_three_words_are_a_good_password(as_superuser, volunteer):
    address = reverse("admin:auth_user_password_change", args=[volunteer.pk])
    data = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert as_superuser.post(address, data).status_code == 302


# --- The forgotten password ---


class _WithReset:
    """The addresses of a site whose EMAIL_URL is set."""

    from django.urls import include

    urlpatterns = [
        path("admin/losenord/", include("hgf_site.accounts.password_reset")),
        *site_urls.urlpatterns,
    ]


@pytest.fixture
def with_email(settings):
    settings.ROOT_URLCONF = _WithReset


def ask_for_a_letter(address="berit@example.org", client_address=HERE):
    return Client(REMOTE_ADDR=client_address).post("/admin/losenord/", {"email": address})


def test_a_site_that_sends_no_email_offers_no_reset(client, db):
    login = client.get(LOGIN).text
    assert "Glömt lösenordet? En administratör kan ge dig ett nytt." in login
    assert "/admin/losenord/" not in login
    assert client.get("/admin/losenord/").status_code == 302


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(
    with_email, client, volunteer, settings
):
    assert "/admin/losenord/" in client.get(LOGIN).text
    ask_for_a_letter()
    (letter,) = mail.outbox
    link = re.search(rf"{re.escape(settings.SITE_URL)}(\S+)", letter.body)[1]
    assert "berit" in letter.body
    Client().get(link, follow=True)  # a mail program that looks where it leads uses nothing up
    page = client.get(link, follow=True)
    for shown in (page, client.get("/admin/losenord/"), client.get("/admin/losenord/skickat/")):
        assert TITLE in shown.text
        assert "Django" not in shown.text
        assert "nav-sidebar" not in shown.text
    new = "fyra-nya-gröna-gungor"
    done = client.post(page.wsgi_request.path, {"new_password1": new, "new_password2": new}, follow=True)
    assert done.status_code == 200
    assert done.wsgi_request.path == "/admin/"
    assert is_in(try_to_log_in(new))
    assert "new_password1" not in Client().get(link, follow=True).text


def test_the_answer_is_the_same_for_an_unknown_address(with_email, volunteer):
    known, unknown = ask_for_a_letter(), ask_for_a_letter("ingen@example.org")
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert len(mail.outbox) == 1


@pytest.mark.each_database
def test_a_letter_lets_its_reader_in_while_robots_guess_at_the_account(
    with_email, volunteer, settings, monkeypatch
):
    guess_from_everywhere(monkeypatch)
    assert not is_in(try_to_log_in(PASSWORD))
    ask_for_a_letter()
    client, link = (
        Client(REMOTE_ADDR=HERE),
        re.search(rf"{re.escape(settings.SITE_URL)}(\S+)", mail.outbox[0].body)[1],
    )
    new = "fyra-nya-gröna-gungor"
    page = client.get(link, follow=True)
    client.post(page.wsgi_request.path, {"new_password1": new, "new_password2": new})
    assert client.get("/admin/").status_code == 200
    assert is_in(try_to_log_in(new))


def test_many_letters_tell_no_third_client_whether_the_account_exists(with_email, volunteer):
    """Until as many are sent as may be; whoever then asked, and was refused, knew that they were."""
    for address in ("berit@example.org", "ingen@example.org"):
        answers = [ask_for_a_letter(address, f"203.0.113.{number}") for number in range(15)]
        assert {answer.status_code for answer in answers} == {302}
    assert len(mail.outbox) == 8  # all from one provider


def test_letters_to_nobody_use_up_nothing_of_what_is_there_for_all(with_email, volunteer):
    for number in range(40):
        ask_for_a_letter("ingen@example.org", client_address=f"203.0.113.{number}")
    ask_for_a_letter()
    assert len(mail.outbox) == 1


def test_an_end_site_with_many_ipv6_networks_asks_for_six_letters_a_minute(with_email, volunteer):
    for number in range(20):
        ask_for_a_letter(client_address=f"2001:db8:1:5{number:02x}::1")
    assert len(mail.outbox) == 6


def test_a_provider_of_any_size_leaves_a_quarter_of_the_letters_to_the_others(with_email, volunteer):
    for number in range(20):
        ask_for_a_letter(client_address=f"2001:db8:{number:x}::1")
    assert len(mail.outbox) == 8
    ask_for_a_letter()
    assert len(mail.outbox) == 9


def test_nobody_can_have_a_volunteers_mailbox_filled(with_email, volunteer):
    answers = [ask_for_a_letter() for _ in range(6)]
    assert len(mail.outbox) == 3
    assert "Vänta en stund" in answers[-1].text
    for number in range(40):
        ask_for_a_letter(client_address=f"203.0.113.{number}")
    assert len(mail.outbox) == 10
