"""The page on which a whole board is changed: typed, looked at, saved, and what goes wrong."""

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.models import Assignment, Handover, Person
from tests.helpers.admin_forms import send
from tests.helpers.handovers import (
    BOARD,
    ONE,
    appoint_url,
    form_of,
    holders,
    messages,
    name_of,
    save,
    seat,
    typed,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def admin(as_member):
    return as_member("Kontaktansvariga")


def test_who_was_to_stay_but_whose_term_ends_before_the_day_is_named_and_nothing_saved(admin, make_holder):
    today = timezone.localdate()
    chair = make_holder("Anna Berg", "Ordförande", ends_on=today + 10 * ONE)
    leaver = make_holder("Bo Ek", "Kassör")
    day = today + 40 * ONE
    data = typed(admin, **{seat("val", leaver): "slutar"}) | {
        "starts_on": day.isoformat(),
        seat("till", chair): (today + 365 * ONE).isoformat(),
    }
    answer = send(admin, BOARD, data | {"_preview": "1"})
    assert "Ordförande: Anna Berg sitter inte kvar till" in answer.text
    assert not Handover.objects.exists()
    # The form that came back has no seat of that person: what is sent now was sent knowing that.
    save(admin, form_of(answer))
    assert holders(leaver.role, day) == set()


def test_a_new_board_is_previewed_as_of_its_day_saved_as_one_change_and_undone_as_one(
    admin, client, make_holder
):
    today = timezone.localdate()
    chair, cashier = make_holder("Gamla Ordf", "Ordförande"), make_holder("Gamla Kass", "Kassör")
    secretary = make_holder("Trogna Sekr", "Sekreterare")
    data = typed(
        admin,
        starts_on=(today + ONE).isoformat(),
        **{seat("val", chair): "slutar", seat("val", cashier): "slutar"},
        **{name_of(chair.role): "Nya Ordf"},
    )
    preview = send(admin, BOARD, data | {"_preview": "1"})
    shown = preview.context["html"]
    assert [name for name in ("Nya Ordf", "Trogna Sekr") if f"<h3>{name}</h3>" in shown] == [
        "Nya Ordf",
        "Trogna Sekr",
    ]
    assert "Gamla" not in shown
    link = f'{reverse("admin:contacts_role_change", args=[cashier.role.pk])}"'
    assert "Kassör: blir vakant" in preview.text
    assert link in preview.text
    assert not Handover.objects.exists()
    assert not Person.objects.filter(name="Nya Ordf").exists()

    done = admin.post(BOARD, form_of(preview) | {"_save": "Spara"}, follow=True)
    assert messages(done)[0] == "Sparat. Kontaktsidan ändras i morgon, av sig själv."
    assert [link in line for line in messages(done) if "vakant" in line] == [True]
    assert (holders(chair.role), holders(chair.role, today + ONE)) == ({"Gamla Ordf"}, {"Nya Ordf"})
    assert holders(cashier.role, today + ONE) == set()
    assert holders(secretary.role, today + ONE) == {"Trogna Sekr"}
    handover = Handover.objects.get()
    assert done.request["PATH_INFO"] == reverse("admin:contacts_role_handover", args=[handover.pk])

    undone = admin.post(done.request["PATH_INFO"], {"_undo": "1"}, follow=True)
    assert messages(undone) == ["Ångrat. Alla roller är som före bytet."]
    assert holders(chair.role, today + ONE) == {"Gamla Ordf"}
    assert holders(cashier.role, today + ONE) == {"Gamla Kass"}
    admin.post(done.request["PATH_INFO"], {"_redo": "1"})
    assert holders(chair.role, today + ONE) == {"Nya Ordf"}


def test_one_new_person_named_in_two_roles_is_one_person(admin, make_holder):
    roles = [make_holder(f"Gammal {name}", name).role for name in ("Ordförande", "Kassör")]
    save(admin, typed(admin, **{name_of(roles[0]): "Nya Nyberg", name_of(roles[1]): " Nya  Nyberg"}))
    person = Person.objects.get(name="Nya Nyberg")
    assert person.assignments.count() == 2
    assert [person.show_phone, person.show_email, person.show_photo] == [False] * 3


def test_a_person_in_the_register_is_found_and_not_made_again(admin, make_holder):
    role = make_holder("Gammal", "Kassör").role
    known = Person.objects.create(name="Anna Andersson")
    save(admin, typed(admin, **{name_of(role): "anna andersson"}))
    assert known.assignments.get().role == role


def test_nearly_the_same_name_is_asked_about_and_nothing_typed_is_lost(admin, make_holder):
    role = make_holder("Gammal", "Kassör").role
    known = Person.objects.create(name="Anna Andersson", organisation="Regionen")
    data = typed(admin, **{name_of(role): "Anna Anderson"})
    asked = send(admin, BOARD, data | {"_preview": "1"})
    assert "Anna Andersson (Regionen)" in asked.text
    assert "Nej, Anna Anderson är en ny person" in asked.text
    assert form_of(asked)[name_of(role)] == "Anna Anderson"

    save(admin, form_of(asked) | {f"vem_{role.pk}_0": str(known.pk)})
    assert known.assignments.get().role == role
    Assignment.objects.filter(person=known).delete()
    save(admin, typed(admin, **{name_of(role): "Anna Anderson", f"vem_{role.pk}_0": "ny"}))
    assert Person.objects.get(name="Anna Anderson").assignments.get().role == role


@pytest.mark.parametrize("part", ["Anna", "björk", "Anna B", "A. Björk"])
def test_a_part_of_a_name_is_asked_about_before_it_becomes_a_person_of_its_own(admin, make_holder, part):
    role = make_holder("Gammal", "Kassör").role
    known = Person.objects.create(name="Anna Björk")
    asked = send(admin, BOARD, typed(admin, **{name_of(role): part}) | {"_preview": "1"})
    assert "Menar du Anna Björk (har ingen roll nu)?" in asked.text
    assert f"Nej, {part} är en ny person" in asked.text
    save(admin, form_of(asked) | {f"vem_{role.pk}_0": str(known.pk)})
    assert known.assignments.get().role == role
    save(admin, typed(admin, **{name_of(role): part, f"vem_{role.pk}_0": "ny"}))
    assert Person.objects.get(name=part).assignments.get().role == role


def test_a_first_name_of_several_leads_to_the_choice_among_them_also_where_one_role_is_handed_over(
    admin, make_holder
):
    term = make_holder("Gammal", "Kassör")
    for name in ("Anna Björk", "Anna Lind", "Hanna Berg", "Annabella Ek"):
        Person.objects.create(name=name)
    data = typed(admin, appoint_url(term), **{name_of(term.role): "Anna"})
    asked = send(admin, appoint_url(term), data | {"_save": "1"})
    choices = asked.context["form"].fields[f"vem_{term.role_id}_0"].choices
    assert [label.partition(" (")[0] for _, label in choices] == [
        "Anna Björk",
        "Anna Lind",
        "Nej, Anna är en ny person",
    ]
    assert not Person.objects.filter(name="Anna").exists()


def test_namesakes_are_told_apart(admin, make_holder):
    role = make_holder("Anna Andersson", "Kassör").role
    other = Person.objects.create(name="Anna Andersson")
    asked = send(admin, BOARD, typed(admin, **{name_of(role): "Anna Andersson"}) | {"_preview": "1"})
    assert "Anna Andersson (Kassör)" in asked.text
    assert "Anna Andersson (har ingen roll nu)" in asked.text
    save(admin, form_of(asked) | {f"vem_{role.pk}_0": str(other.pk)})
    assert other.assignments.exists()


@pytest.mark.parametrize(
    ("choice", "name", "told"),
    [
        ("kvar", "Test Testsson", "har redan rollen"),
        ("slutar", "Test Testsson", "Välj ”Sitter kvar”"),
    ],
)
def test_what_contradicts_itself_is_told_at_its_field(admin, make_holder, choice, name, told):
    term = make_holder()
    data = typed(admin, **{seat("val", term): choice, name_of(term.role): name})
    refused = send(admin, BOARD, data | {"_preview": "1"})
    assert told in str(refused.context["form"].errors[name_of(term.role)])
    assert form_of(refused)[name_of(term.role)] == name


def test_a_name_that_stands_twice_in_a_role_is_told(admin, make_holder):
    role = make_holder().role
    data = typed(admin, **{name_of(role): "Nya Nyberg", name_of(role, 1): "Nya Nyberg"})
    refused = send(admin, BOARD, data | {"_preview": "1"})
    assert "två gånger" in str(refused.context["form"].errors[name_of(role, 1)])


@pytest.mark.parametrize(
    "day", ["", "i går", "2062-03-15", "0001-01-01", "9999-12-31", "2026-02-30", "1926-03-15"]
)
def test_a_day_that_must_be_a_slip_is_refused_and_nothing_typed_is_lost(admin, make_holder, day):
    role = make_holder().role
    data = typed(admin, starts_on=day, **{name_of(role): "Nya Nyberg"})
    refused = send(admin, BOARD, data | {"_save": "1"})
    assert refused.status_code == 200
    assert refused.context["form"].errors["starts_on"]
    assert form_of(refused)[name_of(role)] == "Nya Nyberg"
    assert not Handover.objects.exists()


def test_another_day_with_other_holders_brings_the_form_back_and_ends_nobody_unseen(admin, make_holder):
    today = timezone.localdate()
    make_holder("Nu", ends_on=today + ONE * 10)
    later = make_holder("Sedan", starts_on=today + ONE * 11)
    data = typed(admin, starts_on=(today + ONE * 30).isoformat(), **{name_of(later.role): "Nya Nyberg"})
    assert seat("val", later) not in data
    back = send(admin, BOARD, data | {"_preview": "1"})
    assert "andra som har rollerna" in back.text
    assert form_of(back)[seat("val", later)] == "kvar"


def test_nothing_is_saved_when_nothing_was_changed(admin, make_holder):
    make_holder()
    assert "Inget är ändrat än" in send(admin, BOARD, typed(admin) | {"_preview": "1"}).text


def test_a_term_with_an_end_is_prolonged_or_kept(admin, make_holder):
    today = timezone.localdate()
    term = make_holder(ends_on=today + ONE * 5)
    data = typed(admin)
    assert data[seat("till", term)] == (today + ONE * 5).isoformat()
    save(admin, data | {seat("till", term): ""})
    term.refresh_from_db()
    assert term.ends_on is None


def test_a_term_that_ran_out_the_day_before_is_prolonged_only_when_somebody_says_so(admin, make_holder):
    today = timezone.localdate()
    term, role = make_holder(ends_on=today - ONE), make_holder("Annan", "Kassör").role
    data = typed(admin)
    assert data[seat("val", term)] == "slutar"
    assert "Inget är ändrat än" in send(admin, BOARD, data | {"_preview": "1"}).text

    save(admin, data | {name_of(role): "Nya Nyberg"})
    assert holders(term.role) == set()
    save(admin, typed(admin, **{seat("val", term): "kvar"}))
    assert holders(term.role) == {"Test Testsson"}


def test_new_holders_get_the_last_day_that_was_chosen(admin, make_holder):
    role, last = make_holder().role, timezone.localdate() + ONE * 300
    save(admin, typed(admin, ends_on=last.isoformat(), **{name_of(role): "Nya Nyberg"}))
    assert holders(role, last) == {"Test Testsson", "Nya Nyberg"}
    assert holders(role, last + ONE) == {"Test Testsson"}


def test_one_more_line_is_given_and_what_was_typed_is_kept_without_a_verdict(admin, make_holder):
    role = make_holder().role
    data = typed(admin, **{name_of(role): "Nya Nyberg"})
    more = send(admin, BOARD, data | {"_more": str(role.pk)})
    assert form_of(more)[name_of(role)] == "Nya Nyberg"
    assert form_of(more)[name_of(role, 1)] == ""
    assert not more.context["form"].errors


def test_a_role_of_many_has_a_few_lines_at_first_and_room_for_all(admin, make_holder):
    for number in range(8):
        role = make_holder(f"Person {number}", "Ledamot").role
    data = typed(admin)
    assert sum(name.startswith(f"namn_{role.pk}") for name in data) == 3
    for _ in range(5):
        data = form_of(send(admin, BOARD, data | {"_more": str(role.pk)}))
    save(admin, data | {name_of(role, number): f"Ny {number}" for number in range(8)})
    assert len(holders(role)) == 16


def test_the_preview_leads_back_to_the_form_as_it_was_typed(admin, make_holder):
    role = make_holder().role
    preview = send(admin, BOARD, typed(admin, **{name_of(role): "Nya Nyberg"}) | {"_preview": "1"})
    back = admin.post(BOARD, form_of(preview) | {"_edit": "1"})
    assert form_of(back)[name_of(role)] == "Nya Nyberg"


def test_what_somebody_else_changed_since_the_preview_is_looked_at_again(admin, make_holder):
    term = make_holder()
    preview = send(admin, BOARD, typed(admin, **{name_of(term.role): "Nya Nyberg"}) | {"_preview": "1"})
    Assignment.objects.filter(pk=term.pk).update(starts_on=timezone.localdate() - ONE)
    again = admin.post(BOARD, form_of(preview) | {"_save": "1"})
    assert "Någon har ändrat i rollerna under tiden" in again.text
    assert not Handover.objects.exists()
    admin.post(BOARD, form_of(again) | {"_save": "1"})
    assert Handover.objects.exists()


def test_a_whole_board_is_never_saved_before_it_was_looked_at(admin, make_holder):
    role = make_holder().role
    seen = send(admin, BOARD, typed(admin, **{name_of(role): "Nya Nyberg"}) | {"_save": "1"})
    assert "Det här ändras" in seen.text
    assert not Handover.objects.exists()


def test_other_groups_have_the_same_page(admin, make_holder):
    term = make_holder("Rut", "Revisor", "revisor")
    url = f"{BOARD}?grupp=revisor"
    save(admin, typed(admin, url, **{seat("val", term): "slutar", name_of(term.role): "Nya Rut"}), url)
    assert holders(term.role) == {"Nya Rut"}
    assert "Ordförande" not in admin.get(url).text
    assert admin.get(f"{BOARD}?grupp=finns-inte").status_code == 404


def test_a_group_without_roles_says_where_to_begin(admin):
    assert "inga roller än" in admin.get(BOARD).text
