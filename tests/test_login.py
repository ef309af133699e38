"""Getting in: guesses, lock-out, passwords and the forgotten ones. Names and passwords are made up."""

import re

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone

from hgf_site import urls as site_urls
from hgf_site.admin_site import TITLE
from hgf_site.passwords import Argon2Hasher

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


def test_a_thousand_guesses_from_one_or_a_hundred_clients_let_nobody_in_and_lock_nobody_out(volunteer):
    """The guesses end with the right password, which a robot finds when it may try for ever."""
    guesses = [f"gissning{number}" for number in range(9)] + [PASSWORD]
    one = [try_to_log_in(guesses[number % 10]) for number in range(1000)]
    hundred = [
        try_to_log_in(guess, address=f"203.0.113.{client}") for client in range(100) for guess in guesses
    ]
    assert [answer for answer in [*one, *hundred] if is_in(answer)] == []
    assert is_in(try_to_log_in(PASSWORD, address=ELSEWHERE))


def test_after_a_quarter_of_an_hour_she_may_try_again_also_if_she_tried_meanwhile(volunteer, settings):
    for _ in range(8):
        try_to_log_in("fel")
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME)
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


@pytest.mark.parametrize("username", ["a\0b", "x" * 5000, "å" * 300, "' OR 1=1 --", "\ud800"])
def test_an_odd_user_name_is_a_wrong_one(volunteer, username):
    assert try_to_log_in("fel", username=username.encode("utf-8", "replace").decode()).status_code == 200


# --- Passwords ---


def test_a_password_is_stored_with_argon2_in_20_megabytes():
    stored = Argon2Hasher().encode(PASSWORD, Argon2Hasher().salt())
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_site_uses_that_hasher_first(tmp_path):
    from tests.test_settings import LIVE, value

    assert value(tmp_path, "settings.PASSWORD_HASHERS[0]", **LIVE) == "hgf_site.passwords.Argon2Hasher"


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

    urlpatterns = [path("admin/losenord/", include("hgf_site.password_reset")), *site_urls.urlpatterns]


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
    page = client.get(link, follow=True)
    for shown in (page, client.get("/admin/losenord/"), client.get("/admin/losenord/skickat/")):
        assert TITLE in shown.text
        assert "Django" not in shown.text
        assert "nav-sidebar" not in shown.text
    new = "fyra-nya-gröna-gungor"
    done = client.post(page.wsgi_request.path, {"new_password1": new, "new_password2": new}, follow=True)
    assert done.status_code == 200
    assert TITLE in done.text
    assert is_in(try_to_log_in(new))
    assert "new_password1" not in Client().get(link, follow=True).text


def test_the_answer_is_the_same_for_an_unknown_address(with_email, volunteer):
    known, unknown = ask_for_a_letter(), ask_for_a_letter("ingen@example.org")
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert len(mail.outbox) == 1


def test_nobody_can_have_a_volunteers_mailbox_filled(with_email, volunteer):
    answers = [ask_for_a_letter() for _ in range(6)]
    assert len(mail.outbox) == 3
    assert "Vänta en stund" in answers[-1].text
    for number in range(40):
        ask_for_a_letter(client_address=f"203.0.113.{number}")
    assert len(mail.outbox) == 10
