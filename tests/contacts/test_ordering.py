"""The order of rows: by buttons, by dragging, for every list that people put in order."""

import re

import pytest
from reversion.models import Revision

from contacts.directory import contact_page
from contacts.models import Assignment, Person, PostalAddress, Role, SocialLink
from contacts.ordering import moved
from tests.helpers.admin_forms import filled, make, read_form, send, url_of

pytestmark = pytest.mark.django_db


def links(*names):
    return [
        SocialLink.objects.create(name=name, url="https://www.example.org/") for name in names
    ]  # all with the same number


def names(model=SocialLink, field="name"):
    return list(model.objects.values_list(field, flat=True))


def press(client, way, row, *target):
    """Press "Upp" or "Ner" at a row, or drop it beside another."""
    move = ":".join(str(part) for part in (row.pk, way, *(one.pk for one in target)))
    return client.post(url_of(type(row), "changelist"), {"_move": move})


@pytest.mark.parametrize(
    ("way", "place", "target", "expected"),
    [
        ("up", 1, None, "BACD"),
        ("down", 1, None, "ACBD"),
        ("up", 0, None, "ABCD"),
        ("down", 3, None, "ABCD"),
        ("before", 3, 0, "DABC"),
        ("after", 0, 3, "BCDA"),
        ("before", 0, 2, "BACD"),
        ("after", 2, 2, "ABCD"),
    ],
)
def test_a_row_goes_where_it_was_sent_also_when_all_had_the_same_number(
    as_superuser, way, place, target, expected
):
    rows = links(*"ABCD")
    press(as_superuser, way, rows[place], *([] if target is None else [rows[target]]))
    assert "".join(names()) == expected


@pytest.mark.parametrize(
    "move", ["", "x", "1", "0:up", "99999999999999999999:up", "1:sideways", "1:before", "²:up"]
)
def test_a_move_that_makes_no_sense_moves_nothing_and_is_no_error(as_superuser, move):
    links(*"AB")
    assert as_superuser.post(url_of(SocialLink, "changelist"), {"_move": move}).status_code == 302
    assert names() == ["A", "B"]


def test_a_row_dropped_beside_one_that_is_gone_stays(as_superuser):
    a, b = links(*"AB")
    press(as_superuser, "after", a, SocialLink(pk=10**9))
    assert names() == ["A", "B"]
    assert moved([a, b], a, None, "after", "77") == [a, b]


def test_the_button_that_was_pressed_has_the_focus_again(as_superuser):
    _, row = links(*"AB")
    answer = press(as_superuser, "up", row)
    assert answer.url.endswith(f"#upp-{row.pk}")
    page = as_superuser.get(answer.url).text
    assert f'id="upp-{row.pk}"' in page
    assert 'aria-label="Flytta upp: B"' in page


def idle(page):
    """The labels of the buttons that do nothing when they are pressed."""
    return re.findall(r'<button type="button" aria-disabled="true"[^>]*aria-label="([^"]*)"', page)


def test_the_buttons_that_would_move_nothing_do_nothing_and_keep_their_focus(as_superuser, make_holder):
    links(*"ABC")
    page = as_superuser.get(url_of(SocialLink, "changelist")).text
    assert idle(page) == ["Flytta upp: A", "Flytta ner: C"]

    for name, group in (("Kassör", "styrelse"), ("Ledamot", "styrelse"), ("Revisor", "revisor")):
        term = make_holder(f"Har {name}", name, group)
    ends = ["Flytta upp: Kassör", "Flytta ner: Ledamot", "Flytta upp: Revisor", "Flytta ner: Revisor"]
    assert idle(as_superuser.get(url_of(Role, "changelist")).text) == ends  # the ends of each group

    for name, ends_on in (("Forna", "2020-01-01"), ("Bo", None)):
        make_holder(name, "Revisor", ends_on=ends_on)
    page = as_superuser.get(url_of(Role, "change", term.role.pk)).text  # "Forna" does not stand there
    assert idle(page) == ["Flytta upp: Revisor: Bo", "Flytta ner: Revisor: Har Revisor"]


def test_rows_that_are_in_order_are_deleted_from_their_list(as_superuser):
    rows = links(*"ABC")
    chosen = {"action": "delete_selected", "_selected_action": [rows[0].pk, rows[2].pk], "post": "yes"}
    as_superuser.post(url_of(SocialLink, "changelist"), chosen)
    assert names() == ["B"]


def test_a_move_is_kept_as_one_version_of_who_made_it(as_superuser, superuser):
    press(as_superuser, "up", links(*"ABC")[2])
    newest = Revision.objects.order_by("-pk").first()
    assert (newest.user, newest.comment) == (superuser, "Ändrade ordningen.")


@pytest.mark.parametrize("group", ["Redaktörer", "Kontaktansvariga"])
def test_only_who_may_change_the_rows_moves_them(as_member, group):
    client = as_member(group)
    answer = press(client, "up", links(*"AB")[1])
    assert answer.status_code == (403 if group == "Redaktörer" else 302)
    assert names() == (["A", "B"] if group == "Redaktörer" else ["B", "A"])


def test_a_list_that_shows_only_some_rows_found_by_a_word_does_not_move_them(as_superuser):
    links(*"AB")
    assert "Flytta upp" not in as_superuser.get(url_of(SocialLink, "changelist"), {"q": "A"}).text


def test_roles_are_ordered_within_their_group_and_stand_as_on_the_contact_page(as_superuser, make_holder):
    for name, group in (("Revisor", "revisor"), ("Kassör", "styrelse"), ("Ledamot", "styrelse")):
        make_holder(f"Har {name}", name, group)
    press(as_superuser, "up", Role.objects.get(name="Ledamot"))
    press(as_superuser, "up", Role.objects.get(name="Revisor"))
    page = [card.roles[0].name for group in contact_page()["sections"] for card in group.cards]
    rows = as_superuser.get(url_of(Role, "changelist")).context["cl"].result_list
    assert [role.name for role in rows] == page == ["Ledamot", "Kassör", "Revisor"]


def test_holders_of_a_role_are_moved_in_its_form_which_is_saved_too(as_superuser, make_holder):
    for name in ("Anna", "Bo", "Cecilia"):
        term = make_holder(name, "Ledamot")
    url, values = filled(Role, as_superuser, term.role, email=["ledamot@example.org"])
    answer = send(as_superuser, url, values | {"_move": f"{term.pk}:up"})

    assert answer.url == f"{url}#upp-{term.pk}"
    assert [card.person.name for group in contact_page()["sections"] for card in group.cards] == [
        "Anna",
        "Cecilia",
        "Bo",
    ]
    term.role.refresh_from_db()
    assert term.role.email == "ledamot@example.org"


def test_a_holder_of_another_role_is_not_moved_from_here(as_superuser, make_holder):
    terms = [make_holder(name, "Kassör") for name in ("Anna", "Bo")]
    role = make_holder("Cecilia", "Ledamot").role
    url, values = filled(Role, as_superuser, role)
    send(as_superuser, url, values | {"_move": f"{terms[1].pk}:up"})
    assert set(Assignment.objects.values_list("order", flat=True)) == {0}


def test_enter_in_the_form_of_a_role_saves_it_and_moves_nobody(as_superuser, make_holder):
    page = as_superuser.get(url_of(Role, "change", make_holder().role.pk)).text
    form = page.partition('id="role_form"')[2]
    assert re.search(r'<(?:input|button)[^>]*type="submit"[^>]*>', form)[0].count('name="_save"') == 1


@pytest.mark.parametrize("model", [Role, PostalAddress, SocialLink])
def test_a_new_row_comes_last(as_superuser, model):
    first = make(model)
    model.objects.update(order=40)
    url, values = filled(model, as_superuser)
    given = {
        "name": ["Nyast"],
        "label": ["Nyast"],
        "url": ["https://www.example.com/"],
        "street": ["Gatan 1"],
    }
    given |= {"recipient": ["Testföreningen"], "postal_code": ["123 45"], "city": ["Teststad"]}
    given = {name: value for name, value in given.items() if name in values}
    assert send(as_superuser, url, values | given).status_code == 302
    assert model.objects.exclude(pk=first.pk).get().order == 41


def test_a_role_that_changes_its_group_comes_last_there(as_superuser):
    Role.objects.create(name="Kassör", order=5)
    role = Role.objects.create(name="Revisor", group="revisor", order=1)
    url, values = filled(Role, as_superuser, role, group=["styrelse"])
    send(as_superuser, url, values)
    role.refresh_from_db()
    assert role.order == 6


# --- The usual roles ---


def offer(client):
    return "Vanliga roller i en förening" in client.get(url_of(Role, "changelist")).text


def test_the_usual_roles_are_offered_until_they_are_taken_and_those_there_are_left_alone(as_superuser):
    own = Role.objects.create(name="ordförande", group="övrig", order=3)
    assert offer(as_superuser)
    as_superuser.post(url_of(Role, "changelist"), {"_starter_roles": "add"})
    own.refresh_from_db()
    assert own.group == "övrig"
    assert names(Role) == [
        "ordförande",
        "Vice ordförande",
        "Kassör",
        "Sekreterare",
        "Ledamot",
        "Suppleant",
        "Revisor",
        "Valberedning",
    ]
    Role.objects.filter(name="Suppleant").delete()
    assert not offer(as_superuser)


def test_the_usual_roles_are_offered_where_a_new_board_is_chosen_too(as_member, branch, make_holder):
    make_holder()
    client = as_member("Kontaktansvariga")
    board = "/admin/contacts/role/ny-styrelse/"
    assert "Vanliga roller i en förening" in client.get(board).text
    values, _ = read_form(client.get(board), "starter_roles_form")
    added = send(client, board, values | {"_starter_roles": ["add"]})
    assert added.url == board
    page = client.get(board).text
    assert [name for name in ("Kassör", "Ledamot", "Suppleant") if f"<h2>{name}</h2>" not in page] == []
    assert "Vanliga roller i en förening" not in page
    assert f'href="{url_of(Role, "add")}">Lägg till den</a>' in page  # no dead end once they are answered


def test_no_thank_you_is_an_answer_for_good(as_superuser, branch):
    as_superuser.post(url_of(Role, "changelist"), {"_starter_roles": "decline"})
    assert not Role.objects.exists()
    assert not offer(as_superuser)


def test_the_usual_roles_are_not_offered_where_they_are_or_to_who_may_not_add_them(as_member, as_superuser):
    as_superuser.post(url_of(Role, "changelist"), {"_starter_roles": "add"})
    assert not offer(as_superuser)
    client = as_member("Redaktörer")
    assert client.post(url_of(Role, "changelist"), {"_starter_roles": "add"}).status_code == 403


# --- What is shown of a person ---


def test_what_shows_of_a_person_is_said_in_words_and_is_off_when_nothing_is_sent(as_superuser):
    url, values = filled(Person, as_superuser, name=["Anna Andersson"])
    page = as_superuser.get(url).text
    assert page.count("Syns inte") == page.count("Syns för alla") == 3
    assert values["show_phone"] == ["False"]
    send(as_superuser, url, values | {"show_phone": ["True"], "show_email": []})
    person = Person.objects.get()
    assert [person.show_phone, person.show_email, person.show_photo] == [True, False, False]


def test_the_form_of_a_person_says_what_residents_see_of_her(as_superuser, make_holder):
    person = make_holder(
        "Anna", "Kassör", phone="+46701234567", email="a@example.org", show_email=True
    ).person
    url = url_of(Person, "change", person.pk)
    assert "Kassör, med namnet, e-postadressen." in as_superuser.get(url).text
    Role.objects.update(email="kassor@example.org")
    Person.objects.update(show_phone=True)
    page = as_superuser.get(url).text
    assert "Kassör, med namnet, telefonnumret, rollens e-postadress, inte den egna." in page
    Assignment.objects.all().delete()
    assert "Inget alls: har ingen roll i dag." in as_superuser.get(url).text
