"""Which letters go out, to whom, and what becomes of them."""

import os
import signal
import threading
from datetime import time, timedelta
from email import message_from_bytes, policy

import pytest
from django.core.mail import get_connection
from django.core.management import call_command
from django.utils import timezone
from lxml import etree

from common.page_cache.content_version import read_version
from contacts.areas import Area
from mailing.clock import forget_past, write_letters
from mailing.leaving import leave
from mailing.models import Delivery, Letter, Sending, Subscriber
from mailing.outbox import Sender, ServerAway, claim
from news.models import Category, Occurrence, Post
from tests.helpers.mail_server import slow_mail_server
from tests.helpers.smtp import Mailbox, mail_server


def send():
    Sender().run()


def told(outbox):
    return sorted((message.to[0], message.subject) for message in outbox)


def test_a_post_is_told_once_ten_minutes_after_it_is_public(make_post, make_subscriber, outbox, later):
    make_subscriber()
    make_post(title="Vattnet stängs av", published_at=timezone.now() + timedelta(hours=1))
    send()
    later(hours=1, minutes=1)
    send()
    assert outbox == []
    later(minutes=10)
    send()
    send()
    assert told(outbox) == [("anna@example.org", "Vattnet stängs av")]


def test_a_post_that_is_withdrawn_within_ten_minutes_is_never_sent(make_post, make_subscriber, outbox, later):
    make_subscriber()
    post = make_post()
    send()
    Post.objects.update(published_at=None)
    later(minutes=11)
    send()
    assert outbox == []
    Post.objects.filter(pk=post.pk).update(published_at=timezone.now(), title="Rättad")
    send()
    later(minutes=11)
    send()
    assert told(outbox) == [("anna@example.org", "Rättad")]


def test_old_posts_and_posts_without_a_letter_are_not_told(make_post, make_subscriber, outbox, later):
    make_subscriber()
    make_post(title="Gammal", published_at=timezone.now() - timedelta(days=4))
    make_post(title="Före början", published_at=timezone.now() - timedelta(hours=1))
    make_post(title="Tyst", without_letter=True)
    send()
    later(minutes=11)
    send()
    assert outbox == []


def test_who_chose_a_category_gets_what_is_in_it(make_post, make_subscriber, outbox, later):
    meetings = Category.objects.create(name="Möten")
    make_subscriber("allt@example.org")
    make_subscriber("moten@example.org", categories=[meetings.pk])
    make_subscriber("obekraftad@example.org", confirmed_at=None)
    make_subscriber("vilar@example.org", rests_since=timezone.now())
    make_post(title="Fest")
    make_post(title="Årsmöte", category=meetings)
    send()
    later(minutes=11)
    send()
    assert told(outbox) == [
        ("allt@example.org", "Fest"),
        ("allt@example.org", "Årsmöte"),
        ("moten@example.org", "Årsmöte"),
    ]


def test_who_chose_an_area_gets_what_is_about_it_and_what_is_about_none(
    make_post, make_subscriber, outbox, later
):
    near, far = (Area.objects.create(name=name) for name in ("Helenelund", "Rotebro"))
    make_subscriber(areas=[near.pk])
    for title, areas in (("Alla", []), ("Här", [near]), ("Där", [far]), ("Båda", [near, far])):
        make_post(title=title).areas.set(areas)
    wait_out(later)
    send()
    assert sorted(subject for _, subject in told(outbox)) == ["Alla", "Båda", "Här"]


def test_a_meeting_that_is_cancelled_or_moved_is_told_with_the_same_identity_to_calendars(
    make_post, make_subscriber, outbox, later
):
    make_subscriber(weekly=True)
    make_subscriber("bo@example.org")
    post = make_post(title="Årsmöte", published_at=timezone.now())
    day = timezone.localdate() + timedelta(days=20)
    Occurrence.objects.create(post=post, day=day, place="Satelliten")
    send()
    later(minutes=30)
    send()
    one = Occurrence.objects.get()
    one.state = Occurrence.State.CANCELLED
    one.save()
    send()
    later(minutes=11)
    send()
    assert told(outbox) == [
        ("anna@example.org", "INSTÄLLT: Årsmöte"),
        ("bo@example.org", "INSTÄLLT: Årsmöte"),
        ("bo@example.org", "Årsmöte"),
    ]
    files = [message.attachments[0].content for message in outbox]
    assert all(f"UID:{one.uid}" in file for file in files)
    assert ["STATUS:CANCELLED" in file for file in files] == [False, True, True]
    for message in outbox:  # where it is stands once in it, as text and as HTML
        for text in (message.body, message.alternatives[0].content):
            assert text.count("Satelliten") == 1


def test_a_clock_that_is_added_is_no_news_and_one_that_is_changed_is(
    make_post, make_subscriber, outbox, later
):
    make_subscriber()
    post = make_post(title="Årsmöte", published_at=timezone.now())
    one = Occurrence.objects.create(post=post, day=timezone.localdate() + timedelta(days=20))
    subjects = [["Årsmöte"], ["Årsmöte"], ["FLYTTAT: Årsmöte", "Årsmöte"]]
    for starts, expected in zip([None, time(18, 30), time(19)], subjects, strict=True):
        one.starts = starts
        one.save()
        send()
        later(minutes=30)
        send()
        assert sorted(subject for _, subject in told(outbox)) == expected


def test_a_weekly_letter_comes_on_monday_with_what_the_week_had(make_post, make_subscriber, outbox, later):
    make_subscriber(weekly=True)
    monday = timezone.localtime() + timedelta(days=7 - timezone.localdate().weekday())
    Sending.objects.update(since=timezone.now() - timedelta(days=30))
    wednesday = monday.replace(hour=12) - timedelta(days=5)
    make_post(title="Fest", published_at=wednesday)
    make_post(title="Årsmöte", published_at=wednesday + timedelta(hours=1))
    later(seconds=(monday.replace(hour=8, minute=1) - timezone.now()).total_seconds())
    send()
    later(minutes=11)
    send()
    send()
    assert told(outbox) == [("anna@example.org", "Veckans nyheter: Årsmöte och 1 till")]
    assert "Fest" in outbox[0].body


def test_sending_empties_no_stored_page(make_post, make_subscriber, later):
    make_subscriber()
    make_post()
    before = read_version()
    send()
    later(minutes=11)
    send()
    leave(Subscriber.objects.all())
    assert read_version().content == before.content


@pytest.mark.parametrize("url", ["https://prov.example.org", None])
def test_after_a_restore_and_at_another_address_nothing_is_sent_before_it_is_resumed(
    make_post, make_subscriber, outbox, later, site, url
):
    make_subscriber()
    make_subscriber("borta@example.org", asked_at=timezone.now() - timedelta(days=9))
    make_post(title="Före")
    if url:
        site.SITE_URL = url
    else:  # what a restore leaves: these tables are in no backup
        for model in (Delivery, Letter, Sending):
            model.objects.all().delete()
    send()
    later(minutes=11)
    send()
    assert outbox == []
    leave(Subscriber.objects.filter(email="borta@example.org"))
    make_subscriber("borta@example.org")
    Subscriber.objects.filter(email="borta@example.org").update(
        renewed_at=timezone.now() - timedelta(hours=1)
    )
    call_command("resume_letters")
    make_post(title="Efter", published_at=timezone.now())
    send()
    later(minutes=11)
    send()
    assert told(outbox) == [("anna@example.org", "Efter")]


# --- A real mail server ---


@pytest.fixture
def server(site):
    """A mail server that letters go to; a Mailbox."""
    mailbox = Mailbox()
    site.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    site.EMAIL_HOST = "127.0.0.1"
    with mail_server(mailbox) as site.EMAIL_PORT:
        yield mailbox


def wait_out(later):
    send()
    later(minutes=11)


def test_an_address_that_is_refused_twice_rests_and_the_others_have_their_letters(
    server, make_post, make_subscriber, later
):
    server.answers = {"fel@example.org": "550 No such user"}
    for email in ("anna@example.org", "bo@example.org", "fel@example.org"):
        make_subscriber(email)
    for title in ("Ett", "Två", "Tre"):
        make_post(title=title, published_at=timezone.now())
        wait_out(later)
        send()
    assert sorted(server.recipients) == ["anna@example.org"] * 3 + ["bo@example.org"] * 3
    resting = Subscriber.objects.get(email="fel@example.org")
    assert resting.rests_since
    assert Delivery.objects.filter(subscriber=resting, state="refused").count() == 2


def test_an_address_that_says_later_is_tried_later(server, make_post, make_subscriber, later):
    server.answers = {"anna@example.org": "450 Greylisted"}
    make_subscriber()
    make_post()
    wait_out(later)
    send()
    server.answers = {}
    send()
    assert server.recipients == []
    later(minutes=16)
    send()
    assert server.recipients == ["anna@example.org"]


def test_a_mail_server_that_is_away_loses_nothing(site, make_post, make_subscriber, later):
    site.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    site.EMAIL_HOST, site.EMAIL_PORT = "127.0.0.1", 1
    for number in range(5):
        make_subscriber(f"nr{number}@example.org")
    make_post()
    send()
    later(minutes=11)
    for _ in range(3):
        with pytest.raises(ServerAway):
            send()
        later(minutes=40)
    mailbox = Mailbox()
    with mail_server(mailbox) as site.EMAIL_PORT:
        send()
    assert sorted(mailbox.recipients) == [f"nr{number}@example.org" for number in range(5)]


def test_what_was_claimed_by_a_process_that_died_is_sent_once_more_with_the_same_identity(
    server, make_post, make_subscriber, later
):
    make_subscriber()
    make_post()
    wait_out(later)
    write_letters()
    dead = claim()
    send()
    assert server.recipients == []
    later(minutes=10)
    send()
    [(_, letter)] = server.letters
    assert letter["Message-ID"] == f"<{dead.uid}@127.0.0.1>"


def test_a_stop_while_the_mail_server_says_nothing_ends_the_waiting_and_gives_the_letter_back(
    site, make_post, make_subscriber, later
):
    make_subscriber()
    make_post()
    wait_out(later)
    sender = Sender()
    former = signal.signal(signal.SIGUSR1, sender.stop)
    with slow_mail_server() as server:
        sender.backend = get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=server.server_address[1]
        )
        threading.Thread(
            target=lambda: server.is_asked.wait() and os.kill(os.getpid(), signal.SIGUSR1)
        ).start()
        with pytest.raises(ServerAway) as error:
            sender.run()
    assert "told to stop" in str(error.value.__cause__)
    signal.signal(signal.SIGUSR1, former)
    assert list(Delivery.objects.values_list("state", flat=True)) == ["new"]
    sender.keep_on()  # ends, since it was told to


# --- What is forgotten ---


def test_who_never_said_yes_is_gone_after_a_week_and_who_did_is_asked_again_after_two_years(
    make_subscriber, outbox, later
):
    make_subscriber("nej@example.org", confirmed_at=None, renewed_at=None)
    make_subscriber()
    later(days=8)
    forget_past()
    assert [one.email for one in Subscriber.objects.all()] == ["anna@example.org"]
    later(days=730)
    forget_past()
    send()
    send()
    assert told(outbox) == [("anna@example.org", "Vill du ha kvar våra nyheter?")]
    later(days=31)
    forget_past()
    assert not Subscriber.objects.exists()


def test_letters_come_from_the_branch_with_its_address_and_the_way_out(
    content, make_subscriber, outbox, later, site
):
    site.DEFAULT_FROM_EMAIL = "brev@example.org"
    subscriber = make_subscriber()
    content["post"].body = '<p>Skriv till <a href="mailto:bo@example.org">bo@example.org</a>.</p>'
    content["post"].save()
    send()
    later(minutes=11)
    send()
    [letter] = outbox
    assert letter.from_email.endswith(" <brev@example.org>")
    html = letter.alternatives[0].content
    for text in (letter.body, html):
        assert "Testgatan 1, 123 45 Teststad" in text
        assert "skyddad e-postadress" in text
        assert "bo@example.org" not in text
        assert subscriber.leave_url in text
    headers = letter.message()
    assert headers["List-Unsubscribe"] == f"<{subscriber.leave_url}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "<img" not in html


def test_every_letter_is_html_that_a_strict_parser_reads_and_headers_that_a_parser_reads(
    content, make_subscriber, outbox, later
):
    make_subscriber()
    make_subscriber("ny@example.org", confirmed_at=None)
    Delivery.write_first(subscriber=Subscriber.objects.get(email="ny@example.org"))
    content["post"].title = "Årsmöte & fest: 5 < 6, " + "med ett långt namn, som måste vikas, " * 3
    content["post"].save()
    wait_out(later)
    send()
    assert len(outbox) == 2
    for message in outbox:
        html = message.alternatives[0].content
        assert etree.fromstring(html, etree.HTMLParser(recover=False)) is not None
        read = message_from_bytes(message.message().as_bytes(), policy=policy.default)
        assert read["Subject"].strip() == message.subject
        assert read["To"].addresses[0].addr_spec == message.to[0]
        assert not read.defects
