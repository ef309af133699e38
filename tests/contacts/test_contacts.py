"""Who can be reached, on which day, and what of them is shown."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from common.swedish import definite
from contacts.directory import contact_page, panel
from contacts.models import Assignment, Person, PostalAddress, Role
from contacts.reveal import button_for, vcard_url

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 15)
ONE = timedelta(days=1)


def names(on=DAY):
    return [card.person.name for group in contact_page(on)["sections"] for card in group.cards]


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "shown"),
    [
        (None, None, True),
        (DAY, None, True),
        (DAY + ONE, None, False),
        (None, DAY, True),
        (None, DAY - ONE, False),
        (DAY, DAY, True),
        (DAY - ONE * 365, DAY + ONE * 365, True),
    ],
)
def test_a_term_holds_on_its_first_and_its_last_day_and_on_all_between(
    make_holder, starts_on, ends_on, shown
):
    make_holder("Test Testsson", starts_on=starts_on, ends_on=ends_on)
    assert names() == (["Test Testsson"] if shown else [])


@pytest.mark.parametrize(
    ("now", "holder"),
    [
        (datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC), "Gammal"),
        (datetime(2026, 1, 31, 23, 0, 0, tzinfo=UTC), "Ny"),
        (datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC), "Ny"),
        (datetime(2026, 7, 31, 22, 0, 0, tzinfo=UTC), "Nyast"),
    ],
    ids=["winter, before", "winter, after", "summer, before", "summer, after"],
)
def test_an_office_passes_on_at_midnight_in_stockholm(client, make_holder, monkeypatch, now, holder):
    make_holder("Gammal", ends_on=date(2026, 1, 31))
    make_holder("Ny", starts_on=date(2026, 2, 1), ends_on=date(2026, 7, 31))
    make_holder("Nyast", starts_on=date(2026, 8, 1))
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert f"<h3>{holder}</h3>" in client.get("/kontakt/").text
    assert client.get("/kontakt/").text.count("<h3>") == 1


def test_a_person_with_two_roles_in_a_group_has_one_card_with_both(make_holder):
    holder = make_holder("Test Testsson", "Ordförande")
    Assignment.objects.create(person=holder.person, role=Role.objects.create(name="Kassör", order=11))
    [group] = contact_page(DAY)["sections"]
    [card] = group.cards
    assert [role.name for role in card.roles] == ["Ordförande", "Kassör"]


def test_overlapping_terms_of_one_role_give_one_card_that_names_it_once(make_holder):
    holder = make_holder("Test Testsson", ends_on=DAY)
    Assignment.objects.create(person=holder.person, role=holder.role, starts_on=DAY)
    [group] = contact_page(DAY)["sections"]
    assert [[role.name for role in card.roles] for card in group.cards] == [["Ordförande"]]


def test_groups_roles_and_holders_come_in_their_order(make_holder):
    make_holder("Rut Revisor", "Revisor", "revisor")
    make_holder("Åsa", "Ledamot")
    make_holder("Anna", "Ledamot")
    make_holder("Kalle", "Kassör")
    Role.objects.filter(name="Kassör").update(order=1)
    Role.objects.filter(name="Ledamot").update(order=2)
    Assignment.objects.filter(person__name="Anna").update(order=1)
    assert [group.label for group in contact_page(DAY)["sections"]] == ["Styrelse", "Revisorer"]
    assert names() == ["Kalle", "Åsa", "Anna", "Rut Revisor"]


BOARDS = [  # (role, name, first day, last day): four boards, their gaps and overlaps
    ("Ordförande", "Anna", None, date(2026, 3, 14)),
    ("Ordförande", "Bo", date(2026, 3, 15), date(2026, 3, 15)),
    ("Ordförande", "Cecilia", date(2026, 3, 15), date(2026, 9, 30)),
    ("Ordförande", "Anna", date(2026, 10, 26), None),
    ("Kassör", "Bo", date(2025, 3, 1), date(2026, 10, 25)),
    ("Kassör", "Bo", date(2026, 10, 25), date(2026, 12, 30)),
    ("Ledamot", "David", None, None),
    ("Ledamot", "Anna", date(2026, 3, 29), date(2026, 10, 25)),
    ("Ledamot", "Eva", date(2026, 12, 31), date(2027, 1, 1)),
]


@pytest.mark.any_database
def test_on_each_day_of_a_year_the_contact_page_and_the_panel_show_exactly_its_holders(branch):
    people = {
        name: Person.objects.create(name=name, phone="+46701234567", show_phone=True)
        for _, name, _, _ in BOARDS
    }
    for role, name, starts_on, ends_on in BOARDS:
        role, _ = Role.objects.get_or_create(name=role)
        Assignment.objects.create(role=role, person=people[name], starts_on=starts_on, ends_on=ends_on)
    different = set()
    for number in range(368):
        day = date(2025, 12, 31) + ONE * number
        expected = {}
        for role, name, starts_on, ends_on in BOARDS:
            if (starts_on or date.min) <= day <= (ends_on or date.max):
                expected.setdefault(name, set()).add(role)
        cards = [card for group in contact_page(day)["sections"] for card in group.cards]
        assert {card.person.name: {role.name for role in card.roles} for card in cards} == expected, day
        assert len(cards) == len(expected), day
        assert [card.person.name for card in panel(day).cards] == [card.person.name for card in cards], day
        different.add(str(sorted(expected.items())))
    assert len(different) > 6  # the days do differ


def test_the_number_of_roles_does_not_change_the_number_of_queries(make_holder, django_assert_num_queries):
    for number in range(25):
        make_holder(f"Person {number}", f"Roll {number}", ends_on=None if number % 2 else DAY - ONE)
        Role.objects.update(show_vacant=True)
        if number in (0, 24):
            with django_assert_num_queries(4):
                page = contact_page(DAY)
                assert page["sections"]
            with django_assert_num_queries(3):
                panel(DAY)


def test_who_holds_roles_in_two_groups_stands_once_beside_the_news_with_both(make_holder):
    holder = make_holder("Test Testsson", "Kassör", phone="+46701234567", show_phone=True)
    other = Role.objects.create(name="Husombud", group="övrig")
    Assignment.objects.create(person=holder.person, role=other)
    [card] = panel().cards
    assert {role.name for role in card.roles} == {"Kassör", "Husombud"}


def test_a_private_address_gives_way_to_a_mailbox_of_her_role_in_another_group(client, make_holder):
    holder = make_holder("Test Testsson", "Ledamot", email="privat@example.org", show_email=True)
    mailbox = Role.objects.create(name="Webbansvarig", group="övrig", email="webb@example.org")
    Assignment.objects.create(person=holder.person, role=mailbox)
    for group in contact_page()["sections"]:
        [button] = group.cards[0].email_buttons
        assert "webb@example.org" in client.post(button.url).text


@pytest.mark.parametrize(
    ("reachable", "asked"),
    [
        (["Valberedare", "Ordförande", "Revisor"], "Valberedare"),
        (["Ordförande", "Revisor"], "Ordförande"),
        (["Revisor"], "Revisor"),
        ([], None),
    ],
)
def test_a_vacant_role_says_whom_to_ask_with_a_real_way_to_do_it(client, make_holder, reachable, asked):
    Role.objects.create(name="Kassör", show_vacant=True)
    groups = {"Valberedare": "valberedning", "Ordförande": "styrelse", "Revisor": "revisor"}
    for number, (role, group) in enumerate(groups.items()):
        make_holder(f"Har {role}", role, group, phone=f"+4670123456{number}", show_phone=role in reachable)
    PostalAddress.objects.create(recipient="T", street="Box 1", postal_code="121 28", city="Teststad")
    card = client.get("/kontakt/").text.partition('class="card vacant"')[2].partition("</div>")[0]
    assert "Kassör" in card
    if asked:
        assert f"Vill du? Hör av dig till Har {asked}, {asked.lower()}." in card
        assert 'href="tel:' in card
    else:
        assert re.search(r'Vill du\? <a href="#adress-\d+">Skriv till oss</a>', card)


def test_a_vacant_role_without_anybody_to_ask_says_no_more_than_that(client, db):
    Role.objects.create(name="Kassör", show_vacant=True)
    assert "Just nu har ingen den här rollen." in client.get("/kontakt/").text


def test_nothing_of_a_person_leaves_once_her_last_term_is_over(client, make_holder, picture_file):
    """Contact page, panel, e-mail answer, vCard, photo and its smaller versions: all ways out."""
    holder = make_holder(
        "Borta Bortsson", phone="+46701234567", show_phone=True, email="b@example.org", show_email=True
    )
    person = holder.person
    person.show_photo = True
    person.photo.save("x.jpg", picture_file(size=(400, 400)))
    smaller = re.search(r"/media/personer/[^ \",]+\.avif", client.get("/kontakt/").text)[0]
    ways = {
        "photo": lambda: client.get(person.photo.url),
        "smaller photo": lambda: client.get(smaller),
        "e-mail": lambda: client.post(button_for(person).url),
        "vCard": lambda: client.post(vcard_url(person)),
    }

    def answers():
        found = {}
        for name, way in ways.items():
            response = way()
            response.getvalue()  # read to its end, which closes the file
            found[name] = response.status_code
            assert response.get("Cache-Control") in ("no-store", "private, no-cache") or found[name] == 404
        return found

    assert answers() == dict.fromkeys(ways, 200)

    holder.ends_on = timezone.localdate() - ONE
    holder.save()
    assert answers() == {
        "photo": 404,
        "smaller photo": 404,
        "e-mail": 410,
        "vCard": 410,
    }
    for address in ("/", "/kontakt/"):
        assert "Bortsson" not in client.get(address).text


@pytest.mark.parametrize("path", ["{}", "./{}", "nyheter/../{}", "/{}"])
def test_a_photo_that_was_switched_off_is_sent_to_nobody_but_those_who_look_after_it(
    client, superuser, make_holder, picture_file, path
):
    person = make_holder().person
    person.photo.save("x.jpg", picture_file())
    address = "/media/" + path.format(person.photo.name)
    assert client.get(address).status_code == 404
    client.force_login(superuser)
    response = client.get(address)
    assert response.status_code == 200
    assert response.getvalue()


def test_a_vacant_role_shows_only_where_it_is_wanted(client):
    Role.objects.create(name="Kassör", show_vacant=True)
    Role.objects.create(name="Sekreterare", show_vacant=False)
    html = client.get("/kontakt/").text
    assert "Kassör" in html
    assert "Vakant" in html
    assert "Sekreterare" not in html


def test_a_role_is_not_vacant_while_somebody_holds_it(client, make_holder):
    make_holder("Test Testsson")
    Role.objects.update(show_vacant=True)
    assert "Vakant" not in client.get("/kontakt/").text


def test_nothing_of_a_person_shows_until_somebody_chooses_it(client, make_holder, make_post, picture_file):
    person = make_holder("Test Testsson", phone="+46701234567", email="test@example.org").person
    person.photo.save("x.jpg", picture_file())
    pages = ["/", "/kontakt/", make_post().get_absolute_url()]
    for address in pages:
        html = client.get(address).text
        assert "070-123 45 67" not in html
        assert "+46701234567" not in html
        assert "Visa e-postadress" not in html
        assert "/media/personer/" not in html
    assert "Test Testsson" in client.get("/kontakt/").text
    Person.objects.update(show_phone=True, show_email=True, show_photo=True)
    for address in pages:
        html = client.get(address).text
        assert '<a class="phone" href="tel:+46701234567">070-123 45 67</a>' in html
        assert "Visa e-postadress till Test Testsson" in html
    assert 'alt="Test Testsson, ordförande"' in client.get("/kontakt/").text


def test_a_person_without_a_current_role_is_shown_nowhere(client, make_holder, make_post):
    make_holder("Borta Bortsson", ends_on=timezone.localdate() - ONE, phone="+46701234567", show_phone=True)
    Person.objects.create(name="Aldrig Aldrigsson", phone="+46701234568", show_phone=True)
    for address in ("/", "/kontakt/", make_post().get_absolute_url()):
        html = client.get(address).text
        assert "Borta" not in html
        assert "Aldrig" not in html


def test_the_panel_shows_those_one_can_reach(make_holder):
    make_holder("Onåbar", "Ledamot")
    make_holder("Nåbar", "Kassör", phone="+46701234567", show_phone=True)
    assert [card.person.name for card in panel(DAY).cards] == ["Nåbar"]


def test_a_foreign_number_keeps_its_country(client, make_holder):
    make_holder("Test Testsson", phone="+4722123456", show_phone=True)
    assert '<a class="phone" href="tel:+4722123456">+47 22 12 34 56</a>' in client.get("/kontakt/").text


def test_an_address_stands_line_for_line(client):
    PostalAddress.objects.create(
        recipient="Testregionen\r\n\r\nTestföreningen\r\n",
        street="Box 1",
        postal_code="121 28",
        city="Teststad",
    )
    expected = "Testregionen<br>Testföreningen<br>Box 1<br>121\xa028 Teststad</address>"
    for address in ("/", reverse("contacts:list")):
        assert expected in client.get(address).text


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Ordförande", "ordföranden"),
        ("Vice ordförande", "vice ordföranden"),
        ("Kassör", "kassören"),
        ("Sekreterare", "sekreteraren"),
        ("Ledamot", "ledamoten"),
        ("Suppleant", "suppleanten"),
        ("Revisor", "revisorn"),
        ("Valberedning", "valberedningen"),
        ("Folkrörelsestrateg & Processledare", ""),
        ("Webb", ""),
        ("", ""),
    ],
)
def test_a_title_gets_its_definite_form_where_the_rules_reach(title, expected):
    assert definite(title) == expected


# --- The links of the start page ---

LINKS = "Frågor om hyran  /kontakt/\n\n Felanmälan https://www.example.org/fel\nBli medlem /bli-medlem/"


def test_the_start_page_has_the_links_that_the_branch_chose_and_no_other_page_does(client, branch):
    assert "Vanliga frågor" not in client.get("/").text
    branch.start_links, branch.membership_url = LINKS, "https://www.example.org/medlem"
    branch.save()
    start, contacts = client.get("/").text, client.get("/kontakt/").text
    for link in (
        '/kontakt/">Frågor om hyran',
        'https://www.example.org/fel">Felanmälan',
        '/bli-medlem/">Bli',
    ):
        assert f'<a href="{link}' in start
        assert f'<li><a href="{link}' not in contacts
    assert start.count(">Bli medlem</a>") == contacts.count(">Bli medlem</a>") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Felanmälan", "skriv orden, ett mellanslag och adressen"),
        ("Felanmälan javascript:alert(1)", "skriv orden"),
        ("Felanmälan //example.org", "skriv orden"),
        ("A /a/\n" * 7, "Högst sex länkar. Nu är de 7."),
    ],
)
def test_a_line_that_is_no_link_is_refused_with_an_example_and_never_shown(client, branch, text, told):
    branch.start_links = text
    with pytest.raises(ValidationError, match=told):
        branch.full_clean()
    branch.save()
    assert client.get("/").text.count('<li><a href="/a/">') == min(text.count("/a/"), 6)
    assert not any(part in client.get("/").text for part in ("javascript:", 'href="//'))
