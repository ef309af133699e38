"""What a robot meets that presses the buttons itself."""

import logging
import re
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from contacts import rate_limits as limits
from contacts.models import EmailLimit
from contacts.rate_limits import seconds_to_wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def button(client, make_holder):
    make_holder(
        "Test Testsson", phone="+46701234567", show_phone=True, email="test@example.org", show_email=True
    )
    return re.search(r'formaction="(/kontakt/e-post/[^"]+)"', client.get("/kontakt/").text)[1]


def press(button, address="192.0.2.1", **headers):
    return Client(REMOTE_ADDR=address, headers=headers).post(button)


def test_the_eleventh_quick_press_is_told_to_wait_with_other_ways_to_reach_us(button, content):
    assert [press(button).status_code for _ in range(11)] == [200] * 10 + [429]
    answer = press(button)
    assert "Vänta lite" in answer.text
    assert "070-123 45 67" in answer.text
    assert "123\xa045 Teststad" in answer.text
    assert "test@example.org" not in answer.text
    assert 50 < int(answer.headers["Retry-After"]) <= 60


def test_another_client_still_gets_its_answer(button):
    for _ in range(11):
        press(button)
    assert press(button, "192.0.2.2").status_code == 200


@pytest.mark.any_database
def test_a_forged_header_makes_nobody_another_client(button):
    answers = [press(button, **{"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(11)]
    assert answers[-1] == 429


def test_the_minute_slides_and_waiting_in_vain_does_not_make_it_longer(monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for second in range(10):
        monkeypatch.setattr(time, "time", lambda second=second: now + second)
        assert seconds_to_wait("192.0.2.1") == 0
    for second in range(10, 60):
        monkeypatch.setattr(time, "time", lambda second=second: now + second)
        assert seconds_to_wait("192.0.2.1") == 60 - second
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert seconds_to_wait("192.0.2.1") == 0
    assert seconds_to_wait("192.0.2.1") == 1


def test_a_clock_that_was_ahead_and_is_put_right_locks_nobody_out(monkeypatch):
    now = time.time()
    monkeypatch.setattr("contacts.rate_limits.time.time", lambda: now + 365 * 24 * 3600)
    for _ in range(11):
        wait = seconds_to_wait("198.51.100.1")
    assert wait > 0
    monkeypatch.setattr("contacts.rate_limits.time.time", lambda: now)
    assert [seconds_to_wait("198.51.100.1") for _ in range(10)] == [0] * 10
    assert seconds_to_wait("198.51.100.1") > 0


def test_sixty_in_an_hour_are_enough_for_one_client(monkeypatch):
    now = time.time()
    waits = []
    for number in range(61):
        monkeypatch.setattr(time, "time", lambda number=number: now + number * 10)
        waits.append(seconds_to_wait("192.0.2.1"))
    assert waits == [0] * 60 + [3600 - 600]


def test_all_clients_together_have_a_limit_too(settings):
    settings.EMAIL_LIMITS = {**settings.EMAIL_LIMITS, "site": {"minute": 3, "hour": 1000}}
    waits = [seconds_to_wait(f"192.0.2.{number}") for number in range(4)]
    assert waits[:3] == [0, 0, 0]
    assert waits[3] > 0


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("asked", "asks", "is_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "unix:", True),
    ],
)
def test_a_client_is_an_ipv6_network_or_an_ipv4_address(button, asked, asks, is_same):
    for _ in range(10):
        press(button, asked)
    assert press(button, asks).status_code == (429 if is_same else 200)


def answers_to(button, addresses):
    return [press(button, address).status_code for address in addresses].count(200)


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        ([f"2001:db8::{n:x}" for n in range(12)], 10),  # one /64
        ([f"2001:db8:0:{n:x}::1" for n in range(24)], 20),  # one /56
        ([f"2001:db8:0:{n:x}00::1" for n in range(44)], 40),  # one /48
    ],
)
def test_an_ipv6_site_is_counted_as_a_whole_however_many_networks_it_has(button, addresses, most):
    assert answers_to(button, addresses) == most
    assert press(button, "2001:db8:1::1").status_code == 200
    assert press(button).status_code == 200


@pytest.mark.parametrize(
    ("made_up_address", "others"),
    [("2001:db8:{:x}::1", ["192.0.2.1", "2001:db9::1"]), ("198.51.{}.7", ["192.0.2.1", "2001:db9::1"])],
)
def test_a_provider_of_any_size_leaves_a_quarter_to_the_others(button, settings, made_up_address, others):
    settings.EMAIL_LIMITS = {**settings.EMAIL_LIMITS, "site": {"minute": 8, "hour": 20}}
    assert answers_to(button, [made_up_address.format(n) for n in range(12)]) == 6
    assert answers_to(button, others) == 2


def test_a_quarter_is_kept_for_those_who_have_asked_for_nothing_this_hour(button, settings):
    settings.EMAIL_LIMITS = {**settings.EMAIL_LIMITS, "site": {"minute": 8, "hour": 100}}
    assert answers_to(button, ["192.0.2.1", "192.0.2.2"] * 5) == 6
    assert answers_to(button, [f"198.51.100.{n}" for n in range(3)]) == 2
    assert press(button).status_code == 429


def test_what_is_kept_of_a_client_tells_nothing_and_lasts_an_hour(button, monkeypatch):
    press(button)
    kept = {row.client: row for row in EmailLimit.objects.all()}
    assert "192.0.2.1" not in str([vars(row) for row in kept.values()])
    today = timezone.localdate()
    monkeypatch.setattr(timezone, "localdate", lambda: today + timedelta(days=1))
    press(button)
    (new,) = EmailLimit.objects.exclude(client__in=kept)
    EmailLimit.objects.update(updated_at=timezone.now() - timedelta(hours=1, seconds=1))
    seconds_to_wait("203.0.113.9")
    assert not EmailLimit.objects.filter(pk=new.pk).exists()


def test_a_get_writes_nothing(client, button, content):
    for address in ("/", "/kontakt/", button):
        client.get(address)
    assert not EmailLimit.objects.exists()


@pytest.mark.parametrize(
    ("came_from", "status"),
    [("cross-site", 403), ("same-origin", 200), ("same-site", 200), ("none", 200), (None, 200)],
)
def test_a_press_from_another_site_is_refused_and_an_old_phone_is_not(button, came_from, status):
    headers = {"Sec-Fetch-Site": came_from} if came_from else {}
    answer = press(button, **headers)
    assert answer.status_code == status
    assert ("test@example.org" in answer.text) == (status == 200)


@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 403), ("http://testserver", 200), ("null", 200)]
)
def test_a_press_with_another_origin_is_refused(button, origin, status):
    assert press(button, Origin=origin).status_code == status


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_moment_are_all_counted(settings):
    """Each thread has its own connection, as each worker has."""
    results = []

    def ask():
        results.append(limits.seconds_to_wait("192.0.2.1"))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wait == 0 for wait in results) == [False] * 4 + [True] * 10


def test_no_log_line_holds_a_token(button, caplog, monkeypatch):
    from common.logs import HideTokens

    token = button.split("/")[3]
    record = logging.makeLogRecord({"msg": "Internal Server Error: %s", "args": (button,)})
    assert HideTokens().filter(record)
    assert token not in record.getMessage()
    assert "Internal Server Error: /kontakt/e-post/…/" in record.getMessage()
    with caplog.at_level(logging.DEBUG):
        press(button)
        press(button.replace(token, token[:-6]))
    assert token[:20] not in caplog.text


def test_the_way_back_is_the_page_of_ours_that_the_reader_came_from(button):
    for referrer, way_back in [
        ("http://testserver/nyheter/?sida=2", "http://testserver/nyheter/?sida=2"),
        ("https://evil.example/", "/kontakt/"),
        ("javascript:alert(1)", "/kontakt/"),
        (f"http://testserver{button}", "/kontakt/"),
        ("", "/kontakt/"),
    ]:
        assert f'<a href="{way_back}">Tillbaka</a>' in press(button, Referer=referrer).text


# --- The whole card ---


def card_button(page):
    return re.search(r'formaction="(/kontakt/visitkort/[^"]+)"', page)[1]


def test_a_card_holds_what_the_person_shows_and_nothing_else(client, content):
    person = content["holder"].person
    person.name, person.organisation = "Åsa Ö; Test", "Testregionen, Nord"
    person.save()
    answer = press(card_button(client.get("/kontakt/").text))
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="asa-o-test.vcf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.decode() == (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Test;Åsa Ö\\;;;;\r\nFN:Åsa Ö\\; Test\r\nORG:Testregionen\\, Nord\r\n"
        "TITLE:Ordförande\r\nTEL;TYPE=VOICE:+46701234567\r\nEMAIL;TYPE=INTERNET:test@example.org\r\n"
        "ADR;TYPE=WORK:;Testföreningen;Testgatan 1;Teststad;;123 45;Sverige\r\nEND:VCARD\r\n"
    )
    for name, line in [
        ("Anna Maria von Sydow", "N:von Sydow;Anna Maria;;;"),
        ("Carl af Geijerstam (vikarie)", "N:af Geijerstam;Carl;;;vikarie"),
        ("de la Cruz, Maria", "N:de la Cruz;Maria;;;"),
    ]:
        type(person).objects.update(name=name)
        assert line in press(card_button(client.get("/kontakt/").text)).text.splitlines()
    type(person).objects.update(show_phone=False, show_email=False)
    card = press(card_button_of(person)).text
    assert "TEL" not in card
    assert "EMAIL" not in card


def card_button_of(person):
    from contacts.reveal import vcard_url

    return vcard_url(person)


def test_there_is_no_card_to_get_only_to_ask_for(client, content):
    address = card_button(client.get("/kontakt/").text)
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/kontakt/")


@pytest.mark.any_database
def test_a_card_counts_as_an_address_and_ends_with_the_office(client, content):
    address = card_button(client.get("/kontakt/").text)
    assert [press(address).status_code for _ in range(11)][-2:] == [200, 429]
    content["holder"].ends_on = timezone.localdate() - timedelta(days=1)
    content["holder"].save()
    assert press(address, "192.0.2.2").status_code == 410


def test_a_token_for_one_thing_is_no_token_for_another(client, content, button):
    card = card_button(client.get("/kontakt/").text)
    assert press(card.replace("visitkort", "e-post")).status_code == 404
    assert press(button.replace("e-post", "visitkort")).status_code == 404


def test_a_long_line_of_a_card_is_folded_between_characters(make_holder):
    from contacts.vcard import folded

    pieces = folded("NOTE:" + "å" * 100).split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert "".join(piece.removeprefix(" ") for piece in pieces) == "NOTE:" + "å" * 100
