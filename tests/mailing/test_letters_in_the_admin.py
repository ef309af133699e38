"""What a writer and an Administratör see of letters."""

import pytest
from django.urls import reverse
from django.utils import timezone

from mailing.models import Subscriber
from mailing.outbox import Sender

pytestmark = pytest.mark.any_database

LOOK = reverse("admin:subscribers")


def form_of(client, post):
    return client.get(reverse("admin:news_post_change", args=[post.pk])).text


def test_the_writer_reads_who_gets_a_letter_and_when_before_publishing(
    as_member, make_post, make_subscriber, later
):
    client = as_member("Redaktörer")
    for number in range(34):
        make_subscriber(f"nr{number}@example.org")
    clock = timezone.localtime(timezone.now() + timezone.timedelta(minutes=10))
    assert f"34 personer får brev kl. {clock:%H.%M}" in form_of(client, make_post(published_at=None))
    assert "Ingen får brev om den här" in form_of(client, make_post(published_at=None, without_letter=True))
    post = make_post()
    Sender().run()
    later(minutes=11)
    Sender().run()
    assert "Brevet gick till 34 personer" in form_of(client, post)


def test_the_writer_may_tick_that_no_letter_is_sent(as_member, make_post):
    assert 'name="without_letter"' in form_of(as_member("Redaktörer"), make_post(published_at=None))


def test_the_writer_sees_the_letter_and_gets_it(as_member, make_post, outbox):
    client = as_member("Redaktörer", email="skribent@example.org")
    post = make_post(title="Vattnet stängs av", body="<p>På måndag.</p>", published_at=None)
    letter = reverse("admin:news_post_letter", args=[post.pk])
    assert letter in form_of(client, post)
    page = client.get(letter).text
    assert "På måndag." in page
    assert "skickat till skribent@example.org" in client.post(letter, follow=True).text
    [message] = outbox
    assert (message.to, message.subject) == (["skribent@example.org"], "Vattnet stängs av")


def test_an_administrator_types_an_address_to_see_or_delete_what_is_stored(as_member, make_subscriber):
    client = as_member("Administratörer")
    make_subscriber()
    assert "anna@example.org" not in client.get(LOOK).text
    assert "Sa ja till brev den" in client.post(LOOK, {"email": "Anna@example.org"}).text
    assert "finns inget sparat" in client.post(LOOK, {"email": "bo@example.org"}).text
    assert "är borttagen" in client.post(LOOK, {"email": "anna@example.org", "_delete": "1"}).text
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("group", ["Redaktörer", "Kontaktansvariga"])
def test_nobody_else_does(as_member, group):
    assert as_member(group).post(LOOK, {"email": "anna@example.org"}).status_code == 403


def test_where_no_letters_are_sent_the_form_says_nothing_of_them(as_member, make_post, site):
    site.SENDS_EMAIL = False
    page = form_of(as_member("Redaktörer"), make_post(published_at=None))
    assert "brev" not in page.lower()
