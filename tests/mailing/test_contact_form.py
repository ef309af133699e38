"""Writing to the board, as a resident and as a robot."""

import random

import pytest
from django.urls import reverse

from contacts.models import Assignment, Person, Role
from mailing.models import Delivery
from mailing.outbox import Sender

TYPED = {"name": "Anna Ek", "reply": "anna@example.org", "text": "Hej!\nHissen är trasig.", "sure": ""}


@pytest.fixture
def chair(db):
    role = Role.objects.create(name="Ordförande", email="ordforande@example.org")
    Assignment.objects.create(role=role, person=Person.objects.create(name="Test Testsson"))
    Role.objects.create(name="Kassör")
    return role


@pytest.fixture(autouse=True)
def _no_limits(site):
    site.WRITE_LIMITS = {"client": {"hour": 10**6}, "site": {"hour": 10**6}}


def write(client, to, **typed):
    return client.post(reverse("mailing:write"), {"role": to.pk, **TYPED, **typed})


def test_what_is_written_goes_to_the_roles_mailbox_and_is_gone_when_it_is_sent(client, chair, outbox, site):
    site.DEFAULT_FROM_EMAIL = "webben@example.org"
    assert "ordföranden" in write(client, chair).text
    Sender().run()
    [letter] = outbox
    assert letter.recipients() == ["ordforande@example.org"]
    assert "webben@example.org" in letter.from_email
    assert letter.reply_to == ["Anna Ek <anna@example.org>"]
    assert "Hissen är trasig." in letter.body
    assert not Delivery.objects.exists()


def test_it_goes_to_the_mailbox_that_the_role_has_when_it_is_sent(client, chair, outbox):
    write(client, chair)
    Role.objects.filter(pk=chair.pk).update(email="ny@example.org")
    Sender().run()
    assert outbox[0].to == ["ny@example.org"]
    write(client, chair)
    Role.objects.filter(pk=chair.pk).update(email="")
    Sender().run()
    assert len(outbox) == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reply": "anna"}, "Skriv hela din e-postadress"),
        ({"text": ""}, "Skriv vad du vill säga"),
        ({"text": "x" * 5001}, "högst 5000"),
        ({"name": "Anna\nBcc: bo@example.org"}, "på en rad"),
        ({"reply": "anna@example.org\nBcc: bo@example.org"}, "Skriv hela din e-postadress"),
        ({"role": "0"}, "Välj"),
    ],
)
def test_what_is_refused_comes_back_whole(client, chair, typed, said):
    answer = write(client, chair, **typed)
    assert answer.status_code == 400
    assert said in answer.text
    for name in ("name", "text"):
        assert {**TYPED, **typed}[name] in answer.text
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("text", ["www.a.se www.b.se www.c.se", "<b>Köp</b>", "[url=x]Köp[/url]"])
def test_what_looks_like_an_advertisement_is_asked_about_once_more(client, chair, text):
    answer = write(client, chair, text=text)
    assert 'name="sure"' in answer.text
    assert not Delivery.objects.exists()
    write(client, chair, text=text, sure="1")
    assert Delivery.objects.count() == 1


def test_too_many_texts_are_stopped_and_come_back(client, chair, site):
    site.WRITE_LIMITS = {"client": {"hour": 2}, "site": {"hour": 100}}
    answers = [write(client, chair) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert "Hissen är trasig." in answers[-1].text


def hostile_posts(client, role, count):
    chance = random.Random(1)  # noqa: S311  the same posts every time
    pieces = [
        *(
            "\r\n",
            "\nBcc: x@example.net",
            "x@example.net",
            ",",
            ";",
            "<x@example.net>",
            "\0",
            "å",
            " ",
            "%0a",
        ),
        *("To: x@example.net", "\u2028", "'\"", "anna@example.org", "\x0b", "=?utf-8?q?=0a?=", "A" * 300),
    ]
    for _ in range(count):
        typed = {
            name: "".join(chance.choices(pieces, k=chance.randint(1, 5)))
            for name in ("name", "reply", "text", "sure")
        }
        typed["role"] = chance.choice([role.pk, role.pk, "x@example.net", "0", "\0"])
        if chance.random() < 0.7:
            typed["reply"] = "x@example.net"
        assert client.post(reverse("mailing:write"), typed).status_code < 500


def no_letter_to_others(client, chair, outbox, count):
    hostile_posts(client, chair, count)
    Sender().run()
    assert outbox
    for letter in outbox:
        assert letter.recipients() == ["ordforande@example.org"]
        message = letter.message()
        assert message.get_all("To") == ["ordforande@example.org"]
        assert not message.get_all("Bcc")
        assert not message.get_all("Cc")


@pytest.mark.any_database
def test_no_hostile_post_sends_a_letter_to_anybody_but_a_role(client, chair, outbox):
    no_letter_to_others(client, chair, outbox, 200)


@pytest.mark.long
def test_none_of_ten_thousand_does(client, chair, outbox):
    no_letter_to_others(client, chair, outbox, 10_000)
