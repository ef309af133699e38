"""How one begins to get letters and stops, as a resident and as a robot."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.areas import Area
from contacts.rate_limits import EmailLimit
from mailing.leaving import leavers
from mailing.models import Delivery, Subscriber
from mailing.outbox import Sender
from news.models import Category
from tests.helpers.pages import make_page

SUBSCRIBE = "/brev/"


def ask(client, email, area="", **headers):
    """Write an address and press the button; return the last answer."""
    page = client.post(SUBSCRIBE, {"email": email, "area": area})
    sealed = re.search(r'name="sealed" value="([^"]+)"', page.text)
    return client.post(SUBSCRIBE, {"sealed": sealed[1]}, **headers) if sealed else page


def links(text):
    return [urlsplit(url).path for url in re.findall(r"https?://\S+", text) if "/brev/" in url]


def test_a_resident_says_yes_chooses_and_leaves(client, outbox, make_post):
    category = Category.objects.create(name="Möten")
    Category.objects.create(name="Fester")
    make_post()
    for page in ("/", "/nyheter/arsmote-i-mars/"):
        assert f'action="{SUBSCRIBE}"' in client.get(page).text
    assert "anna@example.org" in ask(client, "Anna@Example.org").text
    Sender().run()
    [letter] = outbox
    [path] = set(links(letter.body))
    assert "Ja, jag vill ha brev" in client.get(path).text
    assert not Subscriber.objects.receiving().exists()
    answer = client.post(path, {"categories": category.pk, "weekly": "1"}, follow=True)
    assert "en gång i veckan" in answer.text
    [subscriber] = Subscriber.objects.receiving()
    assert (subscriber.email, subscriber.categories) == ("anna@example.org", [category.pk])
    assert subscriber.weekly
    assert subscriber.wording
    leave = urlsplit(subscriber.leave_url).path
    assert "Sluta få brev" in client.get(leave).text
    assert Subscriber.objects.exists()
    assert client.post(leave).status_code == 200
    assert not Subscriber.objects.exists()
    assert len(list(leavers())) == 1
    assert client.get(path).status_code == 410


def test_who_asks_on_the_page_of_an_area_gets_what_is_about_it(client, outbox):
    area = Area.objects.create(name="Helenelund")
    Area.objects.create(name="Rotebro")
    html = client.get(area.get_absolute_url()).text
    assert f'name="area" value="{area.pk}"' in html
    ask(client, "anna@example.org", area=area.pk)
    [subscriber] = Subscriber.objects.all()
    assert subscriber.areas == [area.pk]
    page = client.get(urlsplit(subscriber.manage_url).path).text
    assert re.findall(r'name="areas" value="(\d+)"( checked)?', page) == [
        (str(area.pk), " checked"),
        (str(area.pk + 1), ""),
    ]


@pytest.mark.any_database
def test_gets_of_every_link_change_nothing(client, make_subscriber, make_post, outbox, later):
    subscriber = make_subscriber()
    make_post()
    Sender().run()
    later(minutes=11)
    Sender().run()
    before = Subscriber.objects.values().get()
    for _ in range(100):
        for path in set(links(outbox[0].body)):
            assert client.get(path).status_code == 200
    assert Subscriber.objects.values().get() == before
    assert subscriber.pk == before["id"]


def test_the_one_click_of_a_mail_program_leaves_without_cookie_or_token_again_and_again(
    client, make_subscriber
):
    path = urlsplit(make_subscriber().leave_url).path
    client.handler.enforce_csrf_checks = True
    for _ in range(2):
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscriber.objects.exists()
    assert client.post("/brev/finns-inte/sluta/").status_code == 200


def test_a_network_gets_at_most_30_letters_an_hour_and_an_address_one_a_day(client, later):
    answers = [ask(client, f"nr{number}@example.org").status_code for number in range(40)]
    assert answers == [200] * 30 + [429] * 10
    assert Delivery.objects.count() == 30
    EmailLimit.objects.all().delete()
    for _ in range(5):
        ask(client, "nr1@example.org")
    assert Delivery.objects.count() == 30


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(client, make_subscriber):
    make_subscriber("kand@example.org", asked_at=timezone.now() - timedelta(days=3))
    known, unknown = ask(client, "kand@example.org").text, ask(client, "ny@example.org").text
    assert known.replace("kand@", "ny@") == unknown


@pytest.mark.parametrize("email", ["", "anna", "a@b", "anna@example.org\nBcc: bo@example.org", "<a@b.se>"])
def test_what_is_no_address_is_asked_for_again_and_gets_nothing(client, email):
    assert "Skriv hela" in client.post(SUBSCRIBE, {"email": email}).text
    assert not Delivery.objects.exists()


def test_a_seal_that_is_not_ours_and_another_site_send_nothing(client):
    assert client.post(SUBSCRIBE, {"sealed": "anna@example.org"}).status_code == 200
    answer = ask(client, "anna@example.org", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not Delivery.objects.exists()


def test_answers_are_for_one_reader_and_show_no_other_address(client, branch, make_subscriber):
    branch.description = "Fråga bo@example.org"
    branch.save()
    answer = ask(client, "anna@example.org")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "bo@example.org" not in answer.text
    page = client.get(urlsplit(make_subscriber("bo@example.org").manage_url).path)
    assert page.headers["Cache-Control"] == "no-store"
    assert "bo@example.org" not in page.text


def test_the_pages_that_everybody_gets_are_stored_and_the_privacy_page_tells_of_letters(worker):
    make_page(title="Integritet")
    for path in (SUBSCRIBE, reverse("mailing:write")):
        assert worker.ask(path).state == "miss"
        assert worker.ask(path).state == "hit"
    assert "tas adressen bort" in worker.ask("/integritet/").text


def test_where_no_letter_can_be_sent_there_is_nothing_of_it(client, site, content):
    site.SENDS_EMAIL = False
    make_page(title="Integritet")
    for path in ("/", content["post"].get_absolute_url(), "/kontakt/", "/integritet/"):
        assert "/brev/" not in client.get(path).text
        assert "/kontakt/skriv/" not in client.get(path).text
    for path in (SUBSCRIBE, "/brev/x/", "/brev/x/sluta/", "/kontakt/skriv/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
