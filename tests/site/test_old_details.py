"""The report of what current texts still say of people who hold no role any more."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from news.models import Translation
from tests.helpers.admin_forms import url_of
from tests.helpers.pages import make_page

pytestmark = pytest.mark.any_database

REPORT = "admin:old_details"
DAY = timedelta(days=1)


def test_it_lists_what_shows_now_of_who_has_left_and_nothing_else(as_member, make_holder, make_post):
    now, today = timezone.now(), timezone.localdate()
    make_holder("Anna Ek", "Ordförande", phone="+46701740605", email="anna@example.org", ends_on=today - DAY)
    make_holder("Bo Berg", "Kassör")
    make_holder("Cilla", "Revisor", ends_on=today - DAY)  # one word, which may mean anything
    post = make_post(title="Nytt", body="<p>Fråga Anna Eks syster, eller ring 070-174 06 05.</p>")
    page = make_page(title="Om oss", body="<p>Skriv till anna (at) example.org. Bo Berg svarar. Cilla!</p>")
    other = make_post(title="Vattnet")
    Translation.objects.create(post=other, language="en", text="Ask Anna Ek.")
    make_post(title="Förbi", body="<p>Anna Ek</p>", published_at=now - 2 * DAY, expires_at=now - DAY)
    make_post(title="Utkast", body="<p>Anna Ek</p>", published_at=None)

    found = as_member("Administratörer").get(reverse(REPORT)).context["found"]

    assert found == [
        (other, url_of(type(other), "change", other.pk), "Anna Ek: namnet"),
        (post, url_of(type(post), "change", post.pk), "Anna Ek: namnet, numret"),
        (page, url_of(type(page), "change", page.pk), "Anna Ek: adressen"),
    ]


@pytest.mark.parametrize("group", ["Redaktörer", "Kontaktansvariga", "Administratörer"])
def test_the_start_page_of_the_admin_leads_those_to_it_who_may_see_it(as_member, group):
    client = as_member(group)
    may = group == "Administratörer"
    assert (reverse(REPORT) in client.get(reverse("admin:index")).text) is may
    assert client.get(reverse(REPORT)).status_code == (200 if may else 403)
