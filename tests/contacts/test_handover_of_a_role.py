"""One role handed over; a change undone later; who may, in which language, with how many queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Assignment, Handover, Role
from tests.helpers.admin_forms import send
from tests.helpers.handovers import BOARD, ONE, appoint_url, holders, name_of, save, seat, typed
from tests.helpers.swedish import english_on

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def admin(as_member):
    return as_member("Kontaktansvariga")


# --- One role ---


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
    return [row.version.object_repr for row in client.get(reverse("admin:trash")).context["rows"]]


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
def test_only_who_looks_after_the_contacts_may_change_holders(as_member, make_holder, group, status):
    role = make_holder().role
    client, handover = (
        as_member(group),
        Handover.objects.create(title="Ny styrelse", day=timezone.localdate()),
    )
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
