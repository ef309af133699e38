"""What was deleted: asked about, undone, brought back from the trash."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.models import Assignment, Person, PostalAddress, Role
from news.models import Category, Page, Post, Redirect
from tests.helpers.admin_forms import delete, make, undo_address, url_of
from tests.helpers.versions import change, versions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

THIS_MINUTE = timezone.now().replace(second=0, microsecond=0)  # versions keep times to the millisecond


@pytest.mark.each_database
def test_a_deleted_post_comes_back_with_undo_just_as_it_was(as_superuser, make_post):
    post = make_post(title="Städdag", body="<p>Kom.</p>", published_at=THIS_MINUTE)
    Post.objects.update(created_at=THIS_MINUTE)
    before = Post.objects.values().get()
    deleted = delete(as_superuser, post)
    assert not Post.objects.exists()
    told = as_superuser.post(undo_address(deleted), follow=True)

    after = Post.objects.values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"updated_at"}
    assert "är tillbaka" in told.text
    assert "Syns sedan" in told.text
    assert versions_of(post)[-1].revision.comment == "Togs tillbaka ur papperskorgen."


@pytest.mark.each_database
def test_a_deleted_person_comes_back_with_her_assignments(as_superuser, make_holder):
    holder = make_holder(phone="+46701234567", show_phone=True, starts_on=date(2025, 3, 1))
    before = list(Assignment.objects.values()), list(Person.objects.values())
    undo = undo_address(delete(as_superuser, holder.person))
    listed = as_superuser.get(reverse("admin:trash")).context["rows"]
    assert [row.version.object_repr for row in listed] == [
        "Test Testsson"
    ]  # the assignment is a part of the person
    as_superuser.post(undo)

    assert (list(Assignment.objects.values()), list(Person.objects.values())) == before


def test_the_page_that_asks_says_that_it_can_be_undone_and_why_a_role_in_use_stays(as_superuser, make_holder):
    holder = make_holder()
    page = as_superuser.get(url_of(Person, "delete", holder.person.pk)).text
    assert (
        "Vill du ta bort ”Test Testsson”? Det du tar bort hamnar i Papperskorgen och kan tas tillbaka."
        in page
    )
    assert "Det här följer med:" in page
    assert "Ordförande: Test Testsson" in page
    assert "<title>Ta bort" in page
    assert not re.search("Radera|relaterade|Objekt|Översikt|“", page)
    role = as_superuser.get(url_of(Role, "delete", holder.role.pk)).text
    assert "kan inte tas bort så länge" in role
    assert "Ordförande: Test Testsson" in role


def test_the_page_that_asks_before_several_are_deleted_says_so_too(as_superuser):
    rows = [make(Page), make(Page)]
    ask = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    page = as_superuser.post(url_of(Page, "changelist"), ask).text
    assert "Det du tar bort hamnar i Papperskorgen och kan tas tillbaka." in page
    assert all(str(row) in page for row in rows)
    assert not re.search("Radera|relaterade|Objekt|Översikt", page)
    done = as_superuser.post(url_of(Page, "changelist"), {**ask, "post": "yes"}, follow=True)
    assert "Ångra" in done.text
    assert not Page.objects.exists()


def test_what_has_no_bin_is_asked_about_with_a_warning(as_superuser):
    page = as_superuser.get(url_of(Redirect, "delete", make(Redirect).pk)).text
    assert "Det går inte att ångra." in page
    assert "Papperskorgen och" not in page


def test_what_was_deleted_together_comes_back_together(as_superuser):
    pages = [make(Page) for _ in range(3)]
    chosen = {"action": "delete_selected", "_selected_action": [page.pk for page in pages], "post": "yes"}
    deleted = as_superuser.post(url_of(Page, "changelist"), chosen, follow=True)
    assert not Page.objects.exists()
    as_superuser.post(undo_address(deleted))
    assert set(Page.objects.values_list("pk", flat=True)) == {page.pk for page in pages}


def test_one_of_them_comes_back_alone_from_the_trash(as_superuser):
    pages = [make(Page, title=f"Sida {number}") for number in range(3)]
    chosen = {"action": "delete_selected", "_selected_action": [page.pk for page in pages], "post": "yes"}
    as_superuser.post(url_of(Page, "changelist"), chosen)
    listed = as_superuser.get(reverse("admin:trash"))
    rows = {row.version.object_repr: row for row in listed.context["rows"]}
    assert set(rows) == {"Sida 0", "Sida 1", "Sida 2"}

    as_superuser.post(rows["Sida 1"].url)
    assert list(Page.objects.values_list("title", flat=True)) == ["Sida 1"]
    assert len(as_superuser.get(reverse("admin:trash")).context["rows"]) == 2


def test_a_category_that_comes_back_is_that_of_its_posts_again(as_superuser, make_post):
    category = Category.objects.create(name="Möten")
    posts = [make_post(title=f"Nyhet {n}", category=category) for n in range(2)]
    deleted = delete(as_superuser, category)
    other = Category.objects.create(name="Hyran")
    Post.objects.filter(pk=posts[0].pk).update(category=other)
    as_superuser.post(undo_address(deleted))

    assert [Post.objects.get(pk=post.pk).category for post in posts] == [other, category]


@pytest.mark.each_database
def test_a_post_whose_address_is_taken_gets_a_new_one(as_superuser, make_post):
    post = make_post(title="Städdag")
    deleted = delete(as_superuser, post)
    make_post(title="Städdag")
    told = as_superuser.post(undo_address(deleted), follow=True)

    assert set(Post.objects.values_list("slug", flat=True)) == {"staddag", "staddag-2"}
    assert "Adressen används av en annan" in told.text


def test_a_role_whose_name_is_taken_stays_in_the_bin_with_the_reason(as_superuser):
    role = Role.objects.create(name="Kassör")
    deleted = delete(as_superuser, role)
    Role.objects.create(name="Kassör")
    told = as_superuser.post(undo_address(deleted), follow=True)
    assert "finns redan" in told.text
    assert Role.objects.count() == 1


def test_undoing_twice_is_no_error(as_superuser):
    undo = undo_address(delete(as_superuser, make(Page)))
    as_superuser.post(undo)
    assert "redan tillbaka" in as_superuser.post(undo, follow=True).text
    assert Page.objects.count() == 1


def test_a_second_deletion_is_undone_too(as_superuser):
    page = make(Page)
    for _ in range(2):
        as_superuser.post(undo_address(delete(as_superuser, page)))
    assert Page.objects.get() == page


def test_the_bin_says_who_deleted_what(as_superuser, superuser, make_post):
    delete(as_superuser, make_post(title="Städdag"))
    page = as_superuser.get(reverse("admin:trash")).text
    assert "Städdag" in page
    assert "av test" in page
    assert "Papperskorgen" in as_superuser.get(reverse("admin:index")).text


def test_what_was_deleted_outside_the_admin_is_in_the_bin_when_a_version_of_it_is(as_superuser):
    page = make(Page)
    change(as_superuser, page, title=["Nu"])
    page.delete()
    assert [row.by for row in as_superuser.get(reverse("admin:trash")).context["rows"]] == [""]


@pytest.mark.each_database
@pytest.mark.parametrize("many", [5, pytest.param(20, marks=pytest.mark.long)])
def test_the_bin_takes_as_many_queries_for_one_as_for_many(
    as_superuser, many, django_assert_num_queries, django_assert_max_num_queries
):
    def fill(times):
        for _ in range(times):
            delete(as_superuser, make(PostalAddress))
            delete(as_superuser, make(Page))
        as_superuser.get(reverse("admin:trash"))

    fill(1)
    with django_assert_max_num_queries(15) as captured:  # one for each kind
        as_superuser.get(reverse("admin:trash"))
    few = len(captured)
    fill(many)
    with django_assert_num_queries(few):
        assert len(as_superuser.get(reverse("admin:trash")).context["rows"]) == 2 + 2 * many


def test_each_sees_her_own_in_the_bin_and_brings_back_no_other(client, django_user_model, member, make_post):
    client.force_login(django_user_model.objects.create_superuser("chef"))
    delete(client, make_post(title="En nyhet"))
    undo = undo_address(delete(client, Person.objects.create(name="Test Testsson")))
    rows = client.get(reverse("admin:trash")).context["rows"]
    client.force_login(member("Redaktörer"))

    assert [row.version.object_repr for row in client.get(reverse("admin:trash")).context["rows"]] == [
        "En nyhet"
    ]
    assert [client.post(row.url).status_code for row in rows] == [403, 302]
    assert client.post(undo).status_code == 403
    assert not Person.objects.exists()

    client.force_login(member(username="annan"))
    assert client.get(reverse("admin:trash")).status_code == 403


def test_an_expired_and_a_scheduled_post_come_back_as_they_were(as_superuser, make_post):
    now = THIS_MINUTE
    make_post(title="Förbi", published_at=now - timedelta(days=3), expires_at=now - timedelta(days=1))
    make_post(title="Kommer", published_at=now + timedelta(days=3))
    before = set(Post.objects.values_list("title", "published_at", "expires_at"))
    for post in list(Post.objects.all()):
        as_superuser.post(undo_address(delete(as_superuser, post)))
    assert set(Post.objects.values_list("title", "published_at", "expires_at")) == before
