"""The page "Så gör du" of the admin: its words in bold are those of a button, a field or a heading."""

import re
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from common.publishing.models import Proposal
from contacts.models import Branch, Handover, Person, Role
from documents.models import Document
from news.admin import OccurrenceInline
from news.models import Page, Post
from tests.helpers.admin_forms import make, url_of

pytestmark = pytest.mark.any_database

HOW_TO = "admin:how_to"


class Words(HTMLParser):
    """Collects the words of all that is pressed, filled in or read as a heading."""

    TAGS = {"a", "button", "label", "legend", "option", "summary", "h2"}

    def __init__(self):
        super().__init__()
        self.words, self.open = set(), []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input" and attrs.get("type") == "submit":
            self.words.add(attrs["value"])
        elif tag in self.TAGS:
            self.open.append([tag, ""])

    def handle_data(self, data):
        for element in self.open:
            element[1] += data

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            self.words.add(" ".join(self.open.pop()[1].split()).removesuffix(":"))


def words_of_admin(client):
    """Return the words of the pages that the jobs are done on."""
    role, now = make(Role), timezone.now()
    make(Role)
    handover = Handover.objects.create(title="Ny styrelse", day=date(2026, 3, 1))
    person, user = make(Person), User.objects.create_user("berit", is_staff=True)
    user.totpdevice_set.create(name="telefon", confirmed=True)
    role.assignments.create(person=person)
    times = [None, now - timedelta(days=1), now - timedelta(days=1)]
    draft, public, waiting = (make(Post, published_at=time) for time in times)
    Proposal.objects.create(row=waiting, user=User.objects.get(username="test"), state={"": {}})
    pages = ("index", "contacts_role_new_board", "contacts_role_handovers")
    addresses = [
        *(reverse(f"admin:{name}") for name in (*pages, "auth_user_changelist")),
        reverse("admin:contacts_role_handover", args=[handover.pk]),
        reverse("admin:erase_person", args=[person.pk]),
        *(url_of(model, "add") for model in (Post, Page, Document, Person, Branch)),
        *(url_of(type(row), "change", row.pk) for row in (draft, public, waiting, role, person, user)),
    ]
    reader = Words()
    for address in addresses:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        reader.feed(answer.text)
    return reader.words


def test_every_button_field_and_heading_that_it_names_is_there(as_superuser):
    named = re.findall("<b>(.+?)</b>", as_superuser.get(reverse(HOW_TO)).text)
    assert len(named) > 30
    assert set(named) - words_of_admin(as_superuser) == set()


@pytest.mark.parametrize("group", ["Redaktörer", "Kontaktansvariga", "Administratörer"])
def test_every_page_that_it_leads_a_group_to_lets_them_in(as_member, group):
    client = as_member(group)
    text = client.get(reverse(HOW_TO)).text.partition("how-to")[2]
    for link in re.findall(r'<a href="(/admin/[^"]+)"', text):
        assert client.get(link, follow=True).status_code == 200, link
    assert ("Skriv en nyhet" in text) is (group != "Kontaktansvariga")


@pytest.mark.parametrize("sends_email", [True, False])
def test_it_speaks_of_letters_where_they_can_be_sent(as_superuser, settings, sends_email):
    settings.SENDS_EMAIL = sends_email
    page = as_superuser.get(reverse(HOW_TO)).text
    assert ("Nyheter med e-post" in page) is sends_email


def test_it_leads_through_the_fold_that_a_cancelled_meeting_is_behind(as_superuser):
    fold = OccurrenceInline.fieldsets[1]
    assert "state" in fold[1]["fields"]
    assert f"<b>{fold[0]}</b>, och välj <b>Inställt</b>" in as_superuser.get(reverse(HOW_TO)).text


def test_the_start_page_of_the_admin_leads_to_it(as_member):
    assert reverse(HOW_TO) in as_member("Redaktörer").get(reverse("admin:index")).text
