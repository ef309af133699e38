"""The pages where a change of holders is made, looked at, saved and undone; who may, and what goes wrong."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Assignment, Handover, Person, Role
from tests.admin_forms import read_form, send
from tests.test_admin_swedish import english_on

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)
BOARD = "/admin/contacts/role/ny-styrelse/"


@pytest.fixture
def member(client):
    """Log in as a member of a group."""

    def log_in(group):
        user = User.objects.create_user("medlem", is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def admin(member):
    return member("Kontaktansvariga")


def form_of(response):
    values, _ = read_form(response, "handover_form")
    return {name: value[0] if value else "" for name, value in values.items()}


def typed(client, url=BOARD, **changes):
    """The form as it stands, with changes; see seat() and name_of() for their names."""
    return form_of(client.get(url)) | changes


def seat(prefix, term):
    return f"{prefix}_{term.role_id}_{term.person_id}"


def name_of(role, number=0):
    return f"namn_{role.pk}_{number}"


def save(client, data, url=BOARD):
    """Preview and save, as a browser does both."""
    preview = send(client, url, data | {"_preview": "1"})
    assert "Det här ändras" in preview.text, preview.context["form"].errors
    return client.post(url, form_of(preview) | {"_save": "Spara"}, follow=True)


def holders(role, on=None):
    return {term.person.name for term in Assignment.objects.current(on).filter(role=role)}


def messages(response):
    return [str(message) for message in response.context["messages"]]


# --- A whole board ---


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
    # The form that came back has no seat of hers: what is sent now was sent knowing that.
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
    assert "Kassör: blir vakant" in preview.text
    assert not Handover.objects.exists()
    assert not Person.objects.filter(name="Nya Ordf").exists()

    done = admin.post(BOARD, form_of(preview) | {"_save": "Spara"}, follow=True)
    assert messages(done)[0] == "Sparat. Kontaktsidan ändras i morgon, av sig själv."
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


# --- One role ---


def appoint_url(term):
    return f"{reverse('admin:contacts_role_appoint', args=[term.role_id])}?efter={term.pk}"


def test_one_holder_is_replaced_with_one_form(admin, make_holder):
    term, other = make_holder("Gamla"), make_holder("Andra")
    data = typed(admin, appoint_url(term), **{name_of(term.role): "Nya Nyberg"})
    assert (data[seat("val", term)], data[seat("val", other)]) == ("slutar", "kvar")
    done = admin.post(appoint_url(term), data | {"_save": "Spara"}, follow=True)
    assert "Nya innehavare: bara namnet syns" in done.text
    assert holders(term.role) == {"Nya Nyberg", "Andra"}
    admin.post(done.request["PATH_INFO"], {"_undo": "1"})
    assert holders(term.role) == {"Gamla", "Andra"}


def test_a_holder_who_has_not_begun_is_replaced_from_her_first_day(admin, make_holder):
    start = timezone.localdate() + ONE * 20
    term = make_holder("Avsagd", starts_on=start)
    data = typed(admin, appoint_url(term), **{name_of(term.role): "Nya Nyberg"})
    assert data["starts_on"] == start.isoformat()
    admin.post(appoint_url(term), data | {"_save": "Spara"})
    assert holders(term.role, start) == {"Nya Nyberg"}


def test_a_vacant_role_is_filled_from_the_list_of_roles(admin):
    role = Role.objects.create(name="Kassör")
    url = reverse("admin:contacts_role_appoint", args=[role.pk])
    assert f'href="{url}"' in admin.get(reverse("admin:contacts_role_changelist")).text
    admin.post(url, typed(admin, url, **{name_of(role): "Nya Nyberg"}) | {"_save": "Spara"})
    assert holders(role) == {"Nya Nyberg"}


@pytest.mark.parametrize("query", ["?efter=%00", "?efter=99999999999999999999", "?efter=x", "?efter=²"])
def test_a_strange_address_is_no_error(admin, query):
    role = Role.objects.create(name="Kassör")
    url = reverse("admin:contacts_role_appoint", args=[role.pk])
    assert admin.get(url + query).status_code == 200
    assert admin.get(url.replace(f"/{role.pk}/", "/abc/")).status_code == 404
    assert admin.get(f"/admin/contacts/role/byten/{10**20}/").status_code == 404


# --- Undone later ---


def test_what_can_no_longer_be_undone_says_why_and_changes_nothing(admin, make_holder):
    role = make_holder().role
    done = save(admin, typed(admin, **{name_of(role): "Nya Nyberg"}))
    Assignment.objects.filter(person__name="Nya Nyberg").update(ends_on=timezone.localdate())
    refused = admin.post(done.request["PATH_INFO"], {"_undo": "1"})
    assert "Det går inte längre att ångra hela bytet på en gång" in refused.text
    assert "Ordförande: Nya Nyberg har ändrats sedan dess." in refused.text
    assert holders(role) == {"Test Testsson", "Nya Nyberg"}


def in_bin(client):
    return [row.version.object_repr for row in client.get(reverse("admin:bin")).context["rows"]]


def test_terms_that_a_change_removed_or_its_undoing_are_not_in_the_bin(admin, make_holder):
    term = make_holder("Kort", starts_on=timezone.localdate())
    done = save(
        admin, typed(admin, **{seat("val", term): "slutar", name_of(term.role): "Nya Nyberg"})
    ).request["PATH_INFO"]
    assert not Assignment.objects.filter(person__name="Kort").exists()
    assert in_bin(admin) == []
    admin.post(done, {"_undo": "1"})
    assert not Assignment.objects.filter(person__name="Nya Nyberg").exists()
    assert in_bin(admin) == []

    admin.post(done, {"_redo": "1"})
    new = Assignment.objects.get()
    admin.post(reverse("admin:contacts_assignment_delete", args=[new.pk]), {"post": "yes"})
    assert in_bin(admin) == ["Ordförande: Nya Nyberg"]  # this one somebody deleted


def test_people_whom_an_undone_change_leaves_without_a_role_are_told_about(admin, make_holder):
    role = make_holder().role
    known = make_holder("Lena Lärd", "Kassör").person
    new = {name_of(role): "Nya Nyberg", name_of(role, 1): "Nils Ny", name_of(role, 2): known.name}
    data = typed(admin) | new
    done = save(admin, data)
    assert "utan roll" not in done.text
    undone = admin.post(done.request["PATH_INFO"], {"_undo": "1"}, follow=True)
    assert "2 personer finns kvar i Personer utan roll" in undone.text
    assert [person.name for person in undone.context["left"]] == ["Nils Ny", "Nya Nyberg"]
    for person in undone.context["left"]:
        assert reverse("admin:contacts_person_change", args=[person.pk]) in undone.text


def test_changes_are_listed_with_who_made_them(admin, make_holder):
    role = make_holder().role
    save(admin, typed(admin, **{name_of(role): "Nya Nyberg"}))
    page = admin.get(reverse("admin:contacts_role_handovers")).text
    assert reverse("admin:contacts_role_handover", args=[Handover.objects.get().pk]) in page
    assert "av medlem" in page


# --- Who may, in which language, with how many queries ---


def pages(role, handover):
    return [
        BOARD,
        reverse("admin:contacts_role_appoint", args=[role.pk]),
        reverse("admin:contacts_role_handovers"),
        reverse("admin:contacts_role_handover", args=[handover.pk]),
    ]


@pytest.mark.parametrize(
    ("group", "status"), [("Redaktörer", 403), ("Kontaktansvariga", 200), ("Administratörer", 200)]
)
def test_only_who_looks_after_the_contacts_may_change_holders(member, make_holder, group, status):
    role = make_holder().role
    client, handover = member(group), Handover.objects.create(title="Ny styrelse", day=timezone.localdate())
    for url in pages(role, handover):
        assert client.get(url).status_code == status
        if status == 403:
            assert client.post(url, {"_save": "1", "_undo": "1"}).status_code == 403
    handover.refresh_from_db()
    assert handover.undone_at is None


def test_a_stranger_is_asked_to_log_in(client, make_holder):
    assert client.get(BOARD).url.startswith(reverse("admin:login"))


def test_every_page_and_refusal_is_in_swedish(admin, make_holder):
    term = make_holder(ends_on=timezone.localdate())
    make_holder("Senare", starts_on=timezone.localdate() + ONE)
    data = typed(admin, **{name_of(term.role): "Nya Nyberg"})
    wrong = {"starts_on": "x", "ends_on": "x", seat("val", term): "x", seat("till", term): "x"}
    answers = [
        send(admin, BOARD, data | wrong | {name_of(term.role): "å" * 200}),
        send(admin, BOARD, data | {"_preview": "1"}),
        save(admin, data),
    ]
    handover = Handover.objects.get()
    answers += [admin.get(url) for url in pages(term.role, handover)]
    answers.append(admin.post(pages(term.role, handover)[-1], {"_undo": "1"}, follow=True))
    assert len(answers[0].context["form"].errors) == 5
    assert not [sentence for answer in answers for sentence in english_on(answer)]


def test_a_board_of_twenty_asks_as_often_as_one_of_one(admin, make_holder):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin.get(BOARD)
        return len(captured)

    make_holder("Person 0", "Roll 0")
    queries()
    few = queries()
    for number in range(1, 20):
        make_holder(f"Person {number}", f"Roll {number}", starts_on=timezone.localdate() + ONE * (number % 2))
    assert queries() == few


def test_a_name_is_text_and_nothing_else(admin, make_holder):
    role = make_holder("<script>alert(1)</script>").role
    preview = send(admin, BOARD, typed(admin, **{name_of(role): "<img src=x>"}) | {"_preview": "1"})
    assert "<script>alert" not in preview.text
    assert "<img src=x>" not in preview.text
    assert "<script>alert" not in preview.context["html"]
