"""[[kontakt Ordförande]]: a text of last year names this year's chair."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.models import Role
from tests.helpers.pages import make_page

pytestmark = pytest.mark.any_database

BODY = "<p>Frågor?</p><p>[[kontakt ordförande]]</p>"


@pytest.fixture
def chairs(branch, make_holder):
    """Anna until today, Bo from tomorrow."""
    today = timezone.localdate()
    make_holder("Anna Ek", ends_on=today, phone="+46701740605", show_phone=True)
    make_holder("Bo Alm", starts_on=today + timedelta(days=1), email="bo@example.org", show_email=True)


def test_a_text_names_whoever_holds_the_role_on_the_day(client, chairs, make_post, monkeypatch):
    addresses = [make_post(body=BODY).get_absolute_url(), make_page(body=BODY).get_absolute_url()]
    tomorrow = timezone.localdate() + timedelta(days=1)
    for address in addresses:
        text = client.get(address).text.partition('<aside class="panel"')[0]
        assert "Anna Ek" in text
        assert "070-174 06 05" in text
        assert "Bo Alm" not in text
        assert "[[" not in text
    monkeypatch.setattr(timezone, "localdate", lambda *args: tomorrow)
    for address in addresses:
        text = client.get(address).text.partition('<aside class="panel"')[0]
        assert "Anna Ek" not in text
        assert '<button class="reveal" form="epost"' in text


def test_feed_and_notice_give_name_and_number_as_words(client, chairs, make_post):
    post = make_post(body=BODY)
    for address in ("/nyheter/rss/", reverse("news:notice", args=[post.slug])):
        text = client.get(address).text
        assert "ordförande: Anna Ek, 070-174" in text.replace("\xa0", " ")
        assert "[[" not in text


def test_a_role_that_nobody_holds_leads_to_the_contacts(client, branch, make_post):
    Role.objects.create(name="Kassör")
    page = client.get(make_post(body="<p>[[kontakt Kassör]]</p><p>Hej</p>").get_absolute_url()).text
    assert 'Kassör: ingen just nu. <a href="/kontakt/">' in page


def test_a_role_that_is_not_there_stops_publication(chairs, make_post):
    post = make_post(body="<p>Hej [[kontakt Ordförande]] [[kontakt Kung]]</p>")
    assert [problem.text for problem in post.publish_problems()] == [
        "Ingen roll heter ”Kung”. Ändra den i texten, eller ta bort [[kontakt …]]."
    ]
