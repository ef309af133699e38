"""Every change in the admin is kept: who, when, what, and how it was before."""

import pytest
from django.urls import reverse
from reversion.models import Revision, Version

from common.versions.registry import (
    BEFORE_COMMENT,
    DELETION_COMMENT,
    revision_block,
    serialized_fields,
    state_in,
    state_of,
)
from contacts.models import Assignment, Person, Role, SocialLink
from news.models import Category, Page, Post
from tests.helpers.admin_forms import filled, send, url_of
from tests.helpers.pages import make_page
from tests.helpers.versions import change

pytestmark = pytest.mark.django_db


def comments(row_or_model):
    """What the history says, the newest first."""
    found = Version.objects
    found = (
        found.get_for_model(row_or_model)
        if isinstance(row_or_model, type)
        else found.get_for_object(row_or_model)
    )
    return [version.revision.comment for version in found]


def test_a_change_keeps_how_it_was_before_and_how_it_is_now(as_superuser, superuser):
    page = make_page(title="Om oss", body="<p>Förr.</p>")
    change(as_superuser, page, body=["<p>Nu.</p>"])

    now, before = Version.objects.get_for_object(page)
    assert [serialized_fields(version)["body"] for version in (now, before)] == ["<p>Nu.</p>", "<p>Förr.</p>"]
    assert (now.revision.user, now.revision.comment) == (superuser, "Ändrade Text.")
    assert (before.revision.user, before.revision.comment) == (None, BEFORE_COMMENT)


def test_the_state_before_is_kept_once_and_again_only_after_a_change_outside_the_admin(as_superuser):
    link = SocialLink.objects.create(name="Facebook", url="https://www.example.org/")
    change(as_superuser, link, name=["Ett"])
    change(as_superuser, link, name=["Två"])
    assert len(comments(link)) == 3

    SocialLink.objects.update(name="I skalet")
    change(as_superuser, link, name=["Tre"])
    names = [serialized_fields(version)["name"] for version in Version.objects.get_for_object(link)]
    assert names == ["Tre", "I skalet", "Två", "Ett", "Facebook"]


def test_a_version_holds_what_the_database_holds_not_what_was_sent(as_superuser, superuser):
    with revision_block(superuser, "Ny sida."):
        page = make_page(title="Om oss", body="<p class='x'>Nu.</p><script>alert(1)</script>")
    assert "<p>Nu.</p>" in serialized_fields(Version.objects.get_for_object(page).get())["body"]
    assert "script" not in serialized_fields(Version.objects.get_for_object(page).get())["body"]
    change(as_superuser, page, title=["Rubrik"])
    assert comments(page) == ["Ändrade Rubrik.", "Ny sida."]


def test_of_two_roles_in_one_change_each_has_its_own_holders(make_holder, superuser):
    chair, treasurer = make_holder(), make_holder(name="Annan Testsson", role="Kassör")
    with revision_block(superuser, "Ny styrelse.", chair.role, treasurer.role):
        Assignment.objects.update(order=2)
    for holder in (chair, treasurer):
        newest = Version.objects.get_for_object(holder.role).first()
        assert state_in(newest) == state_of(holder.role)
        assert len(state_in(newest)) == 2


def test_a_save_that_changes_nothing_makes_no_version(as_superuser):
    page = make_page(title="Om oss", body="<p>Förr.</p>")
    change(as_superuser, page, title=["Om föreningen"])
    change(as_superuser, page)
    assert comments(page) == ["Ändrade Rubrik.", BEFORE_COMMENT]
    change(as_superuser, page, _draft=["1"])
    assert len(comments(page)) == 3


def test_what_of_a_person_shows_is_no_change_while_it_is_left_alone(as_superuser):
    person = Person.objects.create(name="Anna Ek", phone="+46701740605", show_phone=True)
    change(as_superuser, person, organisation=["Regionen"])
    change(as_superuser, person)
    change(as_superuser, person, show_phone=["False"])
    assert comments(person) == ["Ändrade Telefonnumret.", "Ändrade Organisation.", BEFORE_COMMENT]


def test_a_new_row_has_a_first_version(as_superuser, superuser):
    url, values = filled(Category, as_superuser, name=["Möten"])
    send(as_superuser, url, values)

    version = Version.objects.get_for_object(Category.objects.get()).get()
    assert (version.revision.user, version.revision.comment) == (superuser, "Lagt till.")


def test_the_order_changed_in_a_list_is_kept(as_superuser):
    rows = [Category.objects.create(name=name) for name in ("Möten", "Hyran")]
    data = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "1"}
    for number, row in enumerate(rows):
        data |= {f"form-{number}-id": row.pk, f"form-{number}-order": 7 if number else row.order}
    as_superuser.post(url_of(Category, "changelist"), data)

    assert comments(rows[0]) == [BEFORE_COMMENT]
    assert comments(rows[1]) == ["Ändrade Ordning.", BEFORE_COMMENT]
    assert [serialized_fields(version)["order"] for version in Version.objects.get_for_object(rows[1])] == [
        7,
        0,
    ]


def test_a_version_of_a_role_holds_who_held_it(as_superuser, make_holder):
    holder = make_holder()
    before = state_of(holder.role)
    change(as_superuser, holder.role, **{"assignments-0-DELETE": ["on"]})

    assert not Assignment.objects.exists()
    now, earlier = Version.objects.get_for_object(holder.role)
    assert state_in(earlier) == before
    assert len(state_in(earlier)) == 2
    assert len(state_in(now)) == 1


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_deleted_person_is_kept_with_her_assignments_and_who_deleted_her(
    as_superuser, superuser, make_holder, way
):
    holder = make_holder(phone="+46701234567")
    key = holder.person.pk
    if way == "page":
        as_superuser.post(url_of(Person, "delete", key), {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
        as_superuser.post(url_of(Person, "changelist"), chosen)

    assert not Person.objects.exists()
    revision = Version.objects.get_deleted(Person).get().revision
    assert (revision.user, revision.comment) == (superuser, f"{DELETION_COMMENT}: Test Testsson")
    kept = {version.content_type.model for version in revision.version_set.all()}
    assert kept == {"person", "assignment"}


def test_a_deleted_category_is_kept_with_the_posts_that_were_in_it(as_superuser, make_post):
    category = Category.objects.create(name="Möten")
    post = make_post(category=category)
    as_superuser.post(url_of(Category, "delete", category.pk), {"post": "yes"})

    assert Post.objects.get().category is None
    assert serialized_fields(Version.objects.get_for_object(post).get())["category"] == category.pk


def test_what_refuses_the_save_leaves_no_version(as_superuser):
    url, values = filled(Page, as_superuser, title=[""])
    assert send(as_superuser, url, values).status_code == 200
    assert not Revision.objects.exists()


def test_the_key_of_a_shared_draft_is_in_no_version(as_superuser, make_post):
    post = make_post(published_at=None)
    change(as_superuser, post, _share=["1"])
    post.refresh_from_db()

    assert post.share_key
    assert not Version.objects.filter(serialized_data__contains=post.share_key).exists()


def test_one_change_of_many_rows_is_one_revision(make_holder, superuser):
    holder = make_holder()
    with revision_block(superuser, "Ny styrelse.", holder.role):
        new = Person.objects.create(name="Ny Testsson")
        Assignment.objects.create(person=new, role=holder.role)
        holder.delete()

    revision = Revision.objects.first()
    assert revision.comment == "Ny styrelse."
    assert {version.object_repr for version in revision.version_set.all()} == {
        "Ny Testsson",
        "Ordförande",
        "Ordförande: Ny Testsson",
    }
    assert comments(Role) == ["Ny styrelse.", BEFORE_COMMENT]
    now, before = Version.objects.get_for_object(holder.role)
    assert [len(state_in(version)) for version in (now, before)] == [2, 2]
    assert state_in(now) != state_in(before)


def test_somebody_who_may_not_change_a_row_makes_no_version_of_it(client, member):
    client.force_login(member())
    page = make_page(title="Om oss")
    assert client.post(reverse("admin:news_page_change", args=[page.pk]), {}).status_code == 403
    assert not Version.objects.exists()
