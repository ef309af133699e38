"""A change of holders: who holds what before it, on its day and after it, and once it is undone."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from reversion.models import Revision

from contacts.directory import contact_page
from contacts.handover.name_matching import PeopleByName
from contacts.handover.rules import (
    Decision,
    NotReversible,
    fingerprint,
    hand_over,
    later_terms,
    redo,
    seats_on,
    undo,
)
from contacts.handover.texts import sentences, warnings
from contacts.models import Assignment, Handover, Person, Role
from tests.helpers.properties import few, given, st

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 15)
ONE = timedelta(days=1)


def holders(role, on):
    return {term.person.name for term in Assignment.objects.current(on).filter(role=role)}


def rows():
    return list(Assignment.objects.order_by("pk").values_list("pk", "role", "person", "starts_on", "ends_on"))


def decide(role, *joining, leaving=(), staying=None, day=DAY):
    """A Decision: the named leave, the named stay until a day, and these people are new."""
    seats = seats_on([role], day)[role.pk]
    return Decision(
        role,
        leaving=[seat for seat in seats if seat.person.name in leaving],
        staying=[(seat, staying[seat.person.name]) for seat in seats if seat.person.name in (staying or {})],
        joining=[(person, None) for person in joining],
    )


def change(*decisions, day=DAY, user=None):
    return hand_over(day, decisions, user, "Ny styrelse")


def new(name="Nya Nyberg"):
    return Person.objects.create(name=name)


# --- What a change does ---


def test_who_is_new_holds_the_role_from_the_day_and_who_leaves_the_day_before(make_holder):
    role = make_holder("Gamla Berg").role
    change(decide(role, new(), leaving=["Gamla Berg"]))

    assert holders(role, DAY - ONE) == {"Gamla Berg"}
    assert holders(role, DAY) == holders(role, DAY + ONE * 900) == {"Nya Nyberg"}


def test_a_term_that_already_had_an_end_ends_earlier_and_never_later(make_holder):
    late = make_holder("Sen", ends_on=DAY + ONE * 30)
    gone = make_holder("Borta", ends_on=DAY - ONE)
    before = rows()
    change(decide(late.role, leaving=["Sen", "Borta"]))

    late.refresh_from_db()
    assert late.ends_on == DAY - ONE
    assert [row for row in rows() if row[0] == gone.pk] == [row for row in before if row[0] == gone.pk]


@pytest.mark.parametrize("started", [DAY, DAY - ONE])
def test_a_term_that_would_never_have_begun_is_removed_and_one_of_a_day_is_kept(make_holder, started):
    term = make_holder("Kort", starts_on=started)
    change(decide(term.role, new(), leaving=["Kort"]))

    assert holders(term.role, DAY) == {"Nya Nyberg"}
    assert Assignment.objects.filter(pk=term.pk).exists() is (started < DAY)


def test_two_terms_of_one_person_that_overlap_end_both(make_holder):
    term = make_holder("Dubbel", ends_on=DAY)
    Assignment.objects.create(role=term.role, person=term.person, starts_on=DAY)
    [seat] = seats_on([term.role], DAY)[term.role.pk]
    assert len(seat.terms) == 2
    change(decide(term.role, leaving=["Dubbel"]))

    assert holders(term.role, DAY) == set()
    assert holders(term.role, DAY - ONE) == {"Dubbel"}


def test_two_chairs_whose_terms_touch_by_a_day_are_both_there_to_decide_about(make_holder):
    role = make_holder("Förra", ends_on=DAY - ONE).role
    make_holder("Nästa", starts_on=DAY)
    assert {seat.person.name for seat in seats_on([role], DAY)[role.pk]} == {"Förra", "Nästa"}


def test_who_stays_goes_on_without_a_gap_also_when_her_term_just_ran_out(make_holder):
    term = make_holder("Kvar", ends_on=DAY - ONE)
    change(decide(term.role, staying={"Kvar": None}))

    assert len(rows()) == 1
    assert holders(term.role, DAY - ONE) == holders(term.role, DAY + ONE * 400) == {"Kvar"}


def test_somebody_who_was_to_begin_later_begins_earlier_and_has_one_term(make_holder):
    term = make_holder("Snart", starts_on=DAY + ONE * 20)
    change(decide(term.role, term.person))

    assert len(rows()) == 1
    assert holders(term.role, DAY) == {"Snart"}
    assert holders(term.role, DAY - ONE) == set()


def test_a_later_term_of_somebody_else_is_left_alone_and_told_about(make_holder):
    later = make_holder("Senare", starts_on=DAY + ONE * 20)
    decision = decide(later.role, new())
    told = warnings([decision], seats_on([later.role], DAY), later_terms([later.role], DAY), DAY)
    line = "Ordförande: Senare börjar 4 april 2026, enligt vad som redan är inlagt."
    assert told == [(line, later.role)]
    change(decision)
    assert holders(later.role, DAY + ONE * 20) == {"Senare", "Nya Nyberg"}


def test_who_comes_back_with_a_number_that_everybody_sees_is_told_about(make_holder):
    role = make_holder("Ett", "Kassör").role
    shows = {"phone": "+46701234567", "show_phone": True, "email": "gunnel@example.org"}
    gone = make_holder("Gunnel", "Ordförande", ends_on=DAY - ONE * 400, **shows).person
    holds = make_holder("Har redan", "Sekreterare", phone="+46701234567", show_phone=True).person
    quiet = make_holder("Syns inte", "Suppleant", ends_on=DAY - ONE * 400, phone="+46701234567").person
    decision = decide(role, gone, holds, quiet, leaving=["Ett"])
    told = warnings([decision], seats_on([role], DAY), [], DAY)
    line = "Gunnel: telefonnummer syns för alla, som det valdes tidigare. Fråga om det fortfarande är bra."
    assert [one for one in told if "syns" in one[0]] == [(line, gone)]


def test_what_to_look_at_once_more_is_said(make_holder):
    chair = make_holder("Ett", "Ordförande").role
    cashier = make_holder("Två", "Kassör").role
    secretary = make_holder("Tre", "Sekreterare", ends_on=DAY + ONE * 16).role
    roles = [chair, cashier, secretary]
    decisions = [
        decide(chair, new()),
        decide(cashier, leaving=["Två"]),
        decide(secretary, staying={"Tre": DAY + ONE * 16}),
    ]
    assert warnings(decisions, seats_on(roles, DAY), [], DAY) == [
        ("Ordförande: 2 personer har rollen samtidigt. Ska någon av dem sluta?", chair),
        ("Kassör: blir vakant. Det syns inte på kontaktsidan.", cashier),
        ("Sekreterare: Tre sitter bara till och med 31 mars 2026.", secretary),
    ]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("name", "group", "before", "asked"),
    [
        ("Ordförande", "styrelse", 0, True),
        ("kassör", "styrelse", 1, True),
        ("Studieledare", "styrelse", 1, True),
        ("Studieledare", "styrelse", 0, False),
        ("Ledamot", "styrelse", 0, False),
        ("Ordinarie ledamot", "styrelse", 1, False),
        ("Suppleant", "styrelse", 1, False),
        ("Revisor", "revisor", 1, False),
        ("Sammankallande", "valberedning", 1, False),
    ],
)
def test_several_holders_are_asked_about_only_where_one_is_usual(make_holder, name, group, before, asked):
    role = Role.objects.create(name=name, group=group)
    for number in range(before):
        make_holder(f"Person {number}", name)
    told = warnings([decide(role, new("Nya Ett"), new("Nya Två"))], seats_on([role], DAY), [], DAY)
    assert any("samtidigt" in sentence for sentence, _ in told) is asked


def test_what_a_change_did_is_told_in_sentences(make_holder):
    role = make_holder("Gamla Berg").role
    make_holder("Kort", starts_on=DAY)
    make_holder("Kvar", ends_on=DAY)
    made = change(decide(role, new(), leaving=["Gamla Berg", "Kort"], staying={"Kvar": None}))
    assert set(sentences(made.steps, made.day)) == {
        "Ordförande: Gamla Berg slutar. Sista dagen är 14 mars 2026.",
        "Ordförande: Kort tas bort: uppdraget skulle ha börjat 15 mars 2026.",
        "Ordförande: Kvar sitter kvar, tills vidare.",
        "Ordförande: Nya Nyberg är ny från och med 15 mars 2026.",
    }


def test_a_change_keeps_no_name_so_that_an_erased_person_is_not_in_it(make_holder):
    role = make_holder("Gamla Berg").role
    made = change(decide(role, new(), leaving=["Gamla Berg"]))
    made.refresh_from_db()
    assert "Berg" not in str(made.steps)
    Person.objects.all().delete()
    assert "en borttagen person" in sentences(made.steps, made.day)[0]


def test_nothing_to_change_makes_no_change(make_holder):
    role = make_holder().role
    assert change(decide(role, staying={"Test Testsson": None})) is None
    assert not Handover.objects.exists()


# --- Undone ---


@pytest.fixture
def made(make_holder):
    """A change of every kind of step: ended, removed, prolonged, begun earlier, new."""
    role = make_holder("Slutar").role
    make_holder("Tas bort", starts_on=DAY)
    make_holder("Kvar", ends_on=DAY)
    earlier = make_holder("Tidigare", starts_on=DAY + ONE)
    decision = decide(
        role, earlier.person, Person(name="Ny"), leaving=["Slutar", "Tas bort"], staying={"Kvar": None}
    )
    before = rows()
    handover = change(decision)
    assert len(handover.steps) == 5
    return handover, before, rows()


def test_a_change_is_undone_and_made_again_exactly(made, superuser):
    handover, before, after = made
    undo(handover, superuser)
    assert rows() == before
    redo(handover, superuser)
    assert rows() == after
    undo(handover, superuser)
    assert rows() == before


def test_what_is_undone_cannot_be_undone_twice(made, superuser):
    handover, before, _ = made
    undo(handover, superuser)
    with pytest.raises(NotReversible):
        undo(handover, superuser)
    assert rows() == before


def test_a_later_change_of_a_term_stops_the_undoing_and_is_named(made, superuser):
    handover, _, _ = made
    Assignment.objects.filter(person__name="Ny").update(ends_on=DAY + ONE * 10)
    Assignment.objects.filter(person__name="Slutar").delete()
    changed = rows()
    with pytest.raises(NotReversible) as refusal:
        undo(handover, superuser)

    assert sorted(refusal.value.reasons) == [
        "Ordförande: Ny har ändrats sedan dess.",
        "Ordförande: Slutar har ändrats sedan dess.",
    ]
    assert rows() == changed
    handover.refresh_from_db()
    assert handover.undone_at is None


def test_a_new_order_or_a_new_name_does_not_stop_the_undoing(made, superuser):
    handover, before, _ = made
    Assignment.objects.update(order=7)
    Person.objects.filter(name="Ny").update(name="Nyare")
    undo(handover, superuser)
    assert rows() == before


def test_a_term_of_an_erased_person_stops_the_undoing(make_holder, superuser):
    term = make_holder("Kort", starts_on=DAY)
    handover = change(decide(term.role, new(), leaving=["Kort"]))
    term.person.delete()
    with pytest.raises(NotReversible, match="borttagen"):
        undo(handover, superuser)


def test_each_change_is_one_version_of_the_role_by_whoever_made_it(made, superuser):
    handover, _, _ = made
    undo(handover, superuser)
    newest = Revision.objects.order_by("-pk").first()
    assert (newest.user, newest.comment) == (superuser, "Ångrade: Ny styrelse.")


def test_a_fingerprint_differs_after_any_change_of_a_term(make_holder):
    term = make_holder()
    before = fingerprint([term.role])
    Assignment.objects.update(ends_on=DAY)
    assert fingerprint([term.role]) != before


# --- Properties: any terms, any day ---

DAYS = [DAY + ONE * number for number in range(-3, 4)]
OPEN_DAY = st.none() | st.sampled_from(DAYS)
TERM = st.tuples(st.integers(0, 3), st.integers(0, 3), OPEN_DAY, OPEN_DAY).filter(
    lambda term: term[2] is None or term[3] is None or term[2] <= term[3]
)
TERMS = st.lists(TERM, max_size=8)


def holds(starts_on, ends_on, day):
    return (starts_on is None or starts_on <= day) and (ends_on is None or day <= ends_on)


def make_all(terms):
    groups = [Role.Group.BOARD, Role.Group.BOARD, Role.Group.BOARD, Role.Group.AUDITOR]
    roles = [Role.objects.create(name=f"Roll {number}", group=group) for number, group in enumerate(groups)]
    people = [Person.objects.create(name=f"Person {number}") for number in range(4)]
    for role, person, starts_on, ends_on in terms:
        Assignment.objects.create(
            role=roles[role], person=people[person], starts_on=starts_on, ends_on=ends_on
        )
    return roles, people


@few
@given(TERMS, st.sampled_from(DAYS))
def test_each_holder_of_a_day_has_one_card_a_group_with_her_roles_and_nobody_else_has(terms, day):
    with transaction.atomic():
        roles, people = make_all(terms)
        expected = {}
        for role, person, starts_on, ends_on in terms:
            if holds(starts_on, ends_on, day):
                key = (roles[role].get_group_display(), people[person].name)
                expected.setdefault(key, set()).add(roles[role].name)
        cards = [(group.label, card) for group in contact_page(day)["sections"] for card in group.cards]
        shown = {(label, card.person.name): {role.name for role in card.roles} for label, card in cards}
        transaction.set_rollback(True)
    assert shown == expected
    assert len(cards) == len(shown)
    assert all(len(card.roles) == len(set(card.roles)) for _, card in cards)


@few
@given(
    TERMS,
    st.sampled_from(DAYS),
    st.lists(st.sets(st.integers(0, 4)), min_size=4, max_size=4),  # who holds each role; 4 is somebody new
    st.sampled_from(DAYS),
)
@pytest.mark.any_database
def test_on_its_day_a_change_gives_each_role_to_those_decided_and_undone_it_is_as_if_never_made(
    terms, day, wanted, other
):
    with transaction.atomic():
        roles, people = make_all(terms)
        before, earlier = rows(), {role: holders(role, day - ONE) for role in roles}
        seats = seats_on(roles, day)
        people.append(Person(name="Ny"))
        decisions = []
        for role, keys in zip(roles, wanted, strict=True):
            sits = {seat.person.name for seat in seats[role.pk]}
            names = {people[key].name for key in keys}
            decisions.append(
                Decision(
                    role,
                    leaving=[seat for seat in seats[role.pk] if seat.person.name not in names],
                    staying=[(seat, None) for seat in seats[role.pk] if seat.person.name in names],
                    joining=[(people[key], None) for key in sorted(keys) if people[key].name not in sits],
                )
            )
        handover = hand_over(day, decisions, None, "Ny styrelse")
        after = {role: holders(role, day) for role in roles}
        day_before = {role: holders(role, day - ONE) for role in roles}
        if handover:
            undo(handover, None)
        undone = rows()
        transaction.set_rollback(True)
    expected = {role: {people[key].name for key in keys} for role, keys in zip(roles, wanted, strict=True)}
    assert after == expected
    assert day_before == earlier
    assert undone == before


# --- Finding somebody by name ---


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("typed", "same", "close"),
    [
        ("Anna Andersson", True, True),
        ("  anna   ANDERSSON ", True, True),
        ("Andersson, Anna", True, True),
        ("Anna Anderson", False, True),
        ("Ana Andersson", False, True),
        ("Anna-Andersson", False, True),
        ("Sven Andersson", False, False),
        ("Anna Karlsson", False, False),
    ],
)
def test_a_person_is_found_by_her_name_however_it_is_spelt(typed, same, close):
    anna = Person(name="Anna Andersson")
    register = PeopleByName([anna, Person(name="Eva Lind")])
    assert register.same(typed) == ([anna] if same else [])
    assert register.close(typed) == ([anna] if close else [])
