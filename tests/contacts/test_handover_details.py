"""Number and address beside a new holder's name: shown when somebody chose so, never replaced unseen."""

import pytest
from django.urls import reverse

from contacts.models import Assignment, Person
from tests.helpers.admin_forms import send
from tests.helpers.handovers import BOARD, appoint_url, name_of, save, seat, typed
from tests.helpers.versions import versions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
OLD, NEW, WRITTEN = "+46701740605", "+46701740606", "070-174 06 06"


@pytest.fixture
def admin(as_member):
    return as_member("Kontaktansvariga")


@pytest.fixture
def chair(make_holder):
    return make_holder("Gamla Ordf", "Ordförande")


def beside(role, prefix):
    return f"{prefix}_{role.pk}_0"


def new_chair(admin, chair, name="Nya Ordf", **details):
    """The form with a new chair; details: tel, epost, shown."""
    named = {beside(chair.role, one): value for one, value in details.items() if one != "shown"}
    return typed(admin, **{seat("val", chair): "slutar", name_of(chair.role): name}, **named) | (
        {"shown": details["shown"]} if "shown" in details else {}
    )


@pytest.mark.parametrize("shown", ["", "ja"])
def test_a_new_holders_number_and_address_are_stored_and_shown_as_chosen(admin, client, chair, shown):
    data = new_chair(admin, chair, tel="070 174 06 06", epost="nya@example.org", shown=shown)
    preview = send(admin, BOARD, data | {"_preview": "1"}).text
    seen = "syns för alla" if shown else "syns inte"
    assert f"Nya Ordf: telefonnumret {WRITTEN}, {seen}." in preview
    assert f"Nya Ordf: e-postadressen nya@example.org, {seen}." in preview
    assert not Person.objects.filter(name="Nya Ordf").exists()
    save(admin, data)
    person = Person.objects.get(name="Nya Ordf")
    assert (person.phone, person.email) == (NEW, "nya@example.org")
    assert (person.show_phone, person.show_email) == (bool(shown), bool(shown))
    client.logout()
    assert (
        WRITTEN.replace(" ", "\xa0") in client.get(reverse("contacts:list")).text.replace(" ", "\xa0")
    ) == bool(shown)


def test_the_number_of_somebody_known_is_replaced_only_after_it_was_seen(admin, chair):
    known = Person.objects.create(name="Kända Person", phone=OLD, email="kand@example.org")
    url = appoint_url(chair)
    data = typed(admin, url, **{name_of(chair.role): known.name, beside(chair.role, "tel"): WRITTEN})
    answer = send(admin, url, data | {"_save": "1"})
    assert (
        "Kända Person: telefonnumret 070-174 06 05 blir 070-174 06 06, syns inte, så snart du sparar."
        in answer.text
    )
    assert "Någon har ändrat" not in answer.text
    known.refresh_from_db()
    assert known.phone == OLD
    save(admin, data, url)
    known.refresh_from_db()
    assert (known.phone, known.email, known.show_phone) == (NEW, "kand@example.org", False)
    assert [OLD in one.serialized_data for one in versions_of(known)] == [True, False]


def test_what_is_known_and_hidden_stays_so_where_nothing_is_typed_of_it(admin, chair):
    known = Person.objects.create(name="Kända Person", phone=OLD, email="kand@example.org")
    save(admin, new_chair(admin, chair, known.name, epost="ny@example.org", shown="ja"))
    known.refresh_from_db()
    assert (known.phone, known.show_phone) == (OLD, False)
    assert (known.email, known.show_email) == ("ny@example.org", True)


def test_a_wrong_number_and_one_of_nobody_are_told_at_the_field_and_kept(admin, chair):
    wrong = send(admin, BOARD, new_chair(admin, chair, tel="12") | {"_preview": "1"})
    assert "Skriv ett telefonnummer" in wrong.text
    assert 'value="12"' in wrong.text
    nobody = send(admin, BOARD, new_chair(admin, chair, "", tel=WRITTEN) | {"_preview": "1"})
    assert "Skriv också vem det är, eller töm numret och adressen." in nobody.text
    assert Assignment.objects.get() == chair
