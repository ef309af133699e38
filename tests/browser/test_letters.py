"""A resident asks for letters about her area on a phone, gets the call to a meeting and leaves: counted."""

import time

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import LONG, PHONE, WAIT, Hands
from tests.helpers.running import copy_of, put_in, started
from tests.helpers.smtp import Mailbox, mail_server

ADDRESS = "grannen@example.org"
CALL = """
from datetime import timedelta
from django.utils import timezone
from contacts.areas import Area
from mailing.models import Letter
from news.models import Occurrence, Post
now = timezone.now()
post = Post.objects.create(title="Gårdsmöte", body="<p>Kom!</p>", published_at=now - timedelta(minutes=20))
post.areas.add(Area.objects.get(slug="lang"))
Occurrence.objects.create(post=post, day=timezone.localdate() + timedelta(days=20), place="Kubik")
Letter.objects.create(post=post, made_at=now - timedelta(minutes=11))
"""


@pytest.fixture
def letters(prepared, tmp_path):
    """A copy of the site whose letters go to a real mail server: its address, its DATA_DIR, the Mailbox."""
    folder, mailbox = copy_of(prepared, tmp_path), Mailbox()
    with (
        mail_server(mailbox) as port,
        started(folder, tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{port}") as site,
    ):
        yield site.url, folder, mailbox


def open_letter(hands, mailbox, number):
    """Open the letter of that number as a mail program does, once it is there; return it."""
    deadline = time.monotonic() + WAIT / 1000
    while len(mailbox.letters) < number:
        assert time.monotonic() < deadline
        hands.page.wait_for_timeout(100)
    recipient, letter = mailbox.letters[number - 1]
    assert recipient == ADDRESS
    hands.page.goto("about:blank")  # no policy of the site holds here
    hands.page.set_content(letter.get_body(("html",)).get_content())
    return letter


def test_a_resident_gets_the_meeting_of_her_area_in_her_calendar_and_leaves_in_eight_actions(
    browser, letters
):
    url, folder, mailbox = letters
    with browser.new_context(base_url=url, locale="sv-SE", **PHONE) as context:
        context.set_default_timeout(WAIT)
        page = context.new_page()
        hands = Hands(page)
        page.goto("/omraden/lang/")
        hands.fill(f"Få nyheter om {LONG[:50]} med e-post", ADDRESS)
        hands.press("Fortsätt")
        hands.press("Skicka brevet")
        expect(page.get_by_role("heading", name="Titta i din e-post")).to_be_visible()
        open_letter(hands, mailbox, 1)
        hands.tap(page.get_by_role("link", name="Ja, jag vill ha brev"))
        hands.press("Ja, jag vill ha brev")
        expect(page.get_by_role("heading", name="Klart")).to_be_visible()
        assert hands.actions == 5

        put_in(folder, CALL)
        letter = open_letter(hands, mailbox, 2)
        [calendar] = letter.iter_attachments()
        assert calendar.get_content_type() == "text/calendar"
        assert "SUMMARY:Gårdsmöte" in calendar.get_content()
        hands.actions += 1  # the mail program opens it

        hands.tap(page.get_by_role("link", name="Sluta få brev"))
        hands.press("Sluta få brev")
        expect(page.get_by_role("heading", name="Du får inga fler brev")).to_be_visible()
        assert hands.actions == 8
        assert context.cookies() == []
