"""What an Administratör can neither see nor give, and what the own account keeps."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from contacts.models import Role
from hgf_site.accounts.groups import GROUPS
from news.models import Post
from tests.helpers.admin_forms import REGISTRY, filled, form_id_of, read_form, send, url_of
from tests.helpers.swedish import english_on

pytestmark = pytest.mark.any_database


# --- An Administratör never meets a superuser ---


@pytest.mark.parametrize(
    "query",
    ["", "q=storebror", "q=Orwell", "q=example.org", "all=1", "o=-1", "is_active__exact=1", "_facets=True"],
)
def test_the_list_of_users_holds_no_superuser(as_manager, owner, query):
    page = as_manager.get(f"{url_of(User, 'changelist')}?{query}")
    assert owner not in page.context["cl"].result_list
    assert page.context["cl"].full_result_count == 1  # the manager
    for word in {"storebror", "storebror@example.org", "Orwell"} - set(query.split("=")):
        assert word not in page.text.replace(query, "").replace('value="storebror"', "")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", ["change", "delete", "history", "password"])
def test_the_pages_of_a_superuser_are_not_there(as_manager, owner, page, method):
    before = User.objects.filter(pk=owner.pk).values().get()
    url = (
        reverse("admin:auth_user_password_change", args=[owner.pk])
        if page == "password"
        else url_of(User, page, owner.pk)
    )
    sent = {"username": "tagen", "post": "yes", "password1": "granatäpple77", "password2": "granatäpple77"}
    response = getattr(as_manager, method)(url, sent if method == "post" else {})

    if response.status_code == 302:  # Django's way to say that there is no such thing
        assert response.url == reverse("admin:index")
        assert "finns inte" in as_manager.get(response.url).text
    else:
        assert response.status_code == 404
    assert User.objects.filter(pk=owner.pk).values().get() == before


def test_an_account_that_is_no_superusers_is_there(as_manager, member):
    """So that the tests above do not pass because nothing is."""
    other = member("Redaktörer", username="annan")
    for page in ("change", "delete", "history"):
        assert as_manager.get(url_of(User, page, other.pk)).status_code == 200
    password = reverse("admin:auth_user_password_change", args=[other.pk])
    sent = {"password1": "granatäpple77", "password2": "granatäpple77", "usable_password": "true"}
    assert as_manager.post(password, sent).status_code == 302
    other.refresh_from_db()
    assert other.check_password("granatäpple77")


def test_a_superuser_is_not_deleted_among_others(as_manager, owner, member):
    other = member("Redaktörer", username="annan")
    chosen = {
        "action": "delete_selected",
        "_selected_action": [owner.pk, other.pk],
        "select_across": "1",
        "index": "0",
    }
    assert "storebror" not in as_manager.post(url_of(User, "changelist"), chosen).text
    chosen["select_across"] = "0"
    assert "storebror" not in as_manager.post(url_of(User, "changelist"), chosen).text
    as_manager.post(url_of(User, "changelist"), chosen | {"post": "yes"})

    assert User.objects.filter(pk=owner.pk).exists()
    assert not User.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize(
    "query",
    [
        "is_superuser=1",
        "is_superuser__exact=1",
        "is_superuser__in=1",
        "user_permissions=1",
        "user_permissions__exact=1",
        "user_permissions__codename=add_user",
        "password__startswith=md5",
    ],
)
def test_users_cannot_be_sought_by_what_is_not_shown(as_manager, owner, query):
    assert as_manager.get(f"{url_of(User, 'changelist')}?{query}").status_code == 400


def test_the_autocompletion_offers_no_superuser(as_manager, owner, monkeypatch):
    """No field asks for it now; one that will gets its rows from the admin of users."""
    admin_of_posts = REGISTRY[Post]
    monkeypatch.setattr(admin_of_posts, "autocomplete_fields", ["author"], raising=False)
    asked = {"app_label": "news", "model_name": "post", "field_name": "author", "term": ""}
    names = {row["text"] for row in as_manager.get(reverse("admin:autocomplete"), asked).json()["results"]}

    assert names == {"chefen"}


# --- What an Administratör cannot give ---

FORGED = {"is_superuser": ["on"], "password": ["md5$x$y"], "last_login_0": ["2020-01-01"]}


def forged():
    """Fields that no form has, as an attacker sends them."""
    return FORGED | {
        "user_permissions": [str(key) for key in Permission.objects.values_list("pk", flat=True)]
    }


def assert_no_more_than_a_group(user):
    user.refresh_from_db()
    assert not user.is_superuser
    assert not user.user_permissions.exists()
    assert not user.check_password("")
    assert user.password != "md5$x$y"


def test_the_forms_have_no_field_for_what_an_administrator_cannot_give(as_manager, member):
    for row in (None, member("Redaktörer", username="annan")):
        url = url_of(User, "change", row.pk) if row else url_of(User, "add")
        values, _ = read_form(as_manager.get(url), "user_form")
        assert not {"is_superuser", "user_permissions"} & set(values)
        assert {"username", "groups", "is_staff"} <= set(values)


NEW = {
    "username": ["ny.person"],
    "first_name": ["Ny"],
    "email": ["ny@example.org"],
    "password1": ["granatäpple77"],
    "password2": ["granatäpple77"],
}


def test_a_new_account_gets_none_of_what_was_forged(as_manager):
    url, values = filled(User, as_manager, **NEW)
    assert send(as_manager, url, values | forged()).status_code == 302

    new = User.objects.get(username="ny.person")
    assert_no_more_than_a_group(new)
    assert new.check_password("granatäpple77")


def test_a_changed_account_gets_none_of_what_was_forged(as_manager, member):
    other = member("Redaktörer", username="annan")
    url, values = filled(User, as_manager, other, first_name=["Nytt"])
    assert send(as_manager, url, values | forged()).status_code == 302

    assert_no_more_than_a_group(other)
    assert other.first_name == "Nytt"
    assert other.check_password("hemligt")


@pytest.mark.parametrize("new", [True, False], ids=["new", "changed"])
def test_only_the_three_groups_are_offered_and_taken(as_manager, member, new):
    mighty = Group.objects.create(name="Drift")
    mighty.permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    other = None if new else member("Redaktörer", username="annan")
    url, values = filled(User, as_manager, other, **(NEW if new else {}))
    page = as_manager.get(url)
    assert "Drift" not in page.text
    assert len(page.context["adminform"].form.fields["groups"].choices) == 3

    response = send(as_manager, url, values | {"groups": [mighty.pk]})
    assert list(response.context["adminform"].form.errors) == ["groups"]
    assert not english_on(response)
    assert not mighty.user_set.exists()
    assert "Drift" not in as_manager.get(url_of(User, "changelist")).text


@pytest.mark.parametrize("more", ["a permission", "another group"])
def test_an_account_that_has_been_given_more_is_only_shown(as_manager, member, more):
    """A new password for it would hand over what it may do."""
    other = member("Redaktörer", username="annan")
    if more == "a permission":
        other.user_permissions.add(Permission.objects.get(codename="change_group"))
    else:
        other.groups.add(Group.objects.create(name="Drift"))
    before = User.objects.filter(pk=other.pk).values().get()
    change, password = (
        url_of(User, "change", other.pk),
        reverse("admin:auth_user_password_change", args=[other.pk]),
    )

    page = as_manager.get(change)
    assert page.status_code == 200
    assert "kan bara den som sköter webbplatsen ändra" in page.text
    assert password not in page.text
    assert not english_on(page)
    sent = {"username": "tagen", "post": "yes", "password1": "granatäpple77", "password2": "granatäpple77"}
    for url in (change, password, url_of(User, "delete", other.pk)):
        assert as_manager.post(url, sent).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    assert as_manager.post(url_of(User, "changelist"), chosen).status_code == 403
    assert User.objects.filter(pk=other.pk).values().get() == before


def test_an_administrator_changes_no_group(as_manager):
    group = Group.objects.get(name="Redaktörer")
    for page, args in (("changelist", []), ("add", []), ("change", [group.pk]), ("delete", [group.pk])):
        assert (
            as_manager.post(url_of(Group, page, *args), {"name": "Tagen", "post": "yes"}).status_code == 403
        )
    group.refresh_from_db()
    assert group.name == "Redaktörer"


# --- One's own rights ---


def test_an_administrator_keeps_the_own_rights_whatever_is_sent(as_manager, manager):
    url = url_of(User, "change", manager.pk)
    values, _ = read_form(as_manager.get(url), "user_form")
    assert not {"groups", "is_staff", "is_active"} & set(values)
    editors = Group.objects.get(name="Redaktörer")
    sent = values | forged() | {"first_name": ["Chefen"], "groups": [editors.pk], "is_active": []}
    assert send(as_manager, url, sent).status_code == 302

    assert_no_more_than_a_group(manager)
    assert manager.first_name == "Chefen"
    assert manager.is_staff
    assert manager.is_active
    assert [group.name for group in manager.groups.all()] == ["Administratörer"]


def test_an_administrator_deletes_the_own_account_in_no_way(as_manager, manager):
    assert as_manager.post(url_of(User, "delete", manager.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [manager.pk], "post": "yes"}
    assert as_manager.post(url_of(User, "changelist"), chosen).status_code == 403
    assert User.objects.filter(pk=manager.pk).exists()


@pytest.mark.parametrize("key", ["{}", "0{}"])
def test_an_administrator_does_not_turn_off_the_own_password(as_manager, manager, key):
    url = f"{url_of(User, 'changelist')}{key.format(manager.pk)}/password/"
    sent = {"usable_password": "false", "unset-password": "1"}

    assert as_manager.post(url, sent).url == reverse("admin:password_change")
    manager.refresh_from_db()
    assert manager.has_usable_password()


def test_an_administrator_gives_and_takes_anothers_rights(as_manager, member):
    other = member("Administratörer", username="annan")
    url, values = filled(User, as_manager, other, groups=[], is_staff=[])
    assert send(as_manager, url, values).status_code == 302

    other.refresh_from_db()
    assert not other.groups.exists()
    assert not other.is_staff


# --- From a new account to its dashboard ---


def test_somebody_new_is_let_in_with_one_form(as_manager, client):
    url, values = filled(User, as_manager, **NEW)
    assert values["is_staff"] == ["on"]  # it is what accounts are for
    page = as_manager.get(url).text
    assert "Får logga in här" in page
    assert "Redaktörer: skriver nyheter och sidor" in page
    editors = Group.objects.get(name="Redaktörer")
    assert send(as_manager, url, values | {"groups": [editors.pk]}).status_code == 302

    client.logout()
    login = {"username": "ny.person", "password": "granatäpple77", "next": reverse("admin:index")}
    dashboard = client.post(reverse("admin:login"), login, follow=True)
    assert "Skriv nyhet" in dashboard.text
    assert client.get(url_of(Post, "add")).status_code == 200
    assert client.get(url_of(Role, "add")).status_code == 403


def test_an_account_without_the_tick_is_not_let_in(as_manager, client):
    url, values = filled(User, as_manager, **NEW)
    send(as_manager, url, values | {"is_staff": []})
    assert not User.objects.get(username="ny.person").is_staff


@pytest.mark.parametrize("wrong", [{"username": ["CHEFEN"]}, {"password2": ["annat"]}, {"username": []}])
def test_a_new_account_that_is_refused_is_refused_in_swedish(as_manager, wrong):
    url, values = filled(User, as_manager, **NEW | wrong)
    response = send(as_manager, url, values)

    assert response.context["adminform"].form.errors
    assert not english_on(response)
    assert not User.objects.filter(username="ny.person").exists()


# --- A superuser still does all of it ---


def test_a_superuser_sees_and_gives_all(as_superuser, owner):
    form, _ = read_form(as_superuser.get(url_of(User, "change", owner.pk)), form_id_of(User))
    assert {"is_superuser", "user_permissions", "groups", "is_active"} <= set(form)
    assert "storebror" in as_superuser.get(url_of(User, "changelist")).text
    assert as_superuser.get(f"{url_of(User, 'changelist')}?is_superuser__exact=1").status_code == 200


@pytest.mark.parametrize("group", GROUPS)
def test_the_three_groups_are_shown_but_not_changed_since_a_migrate_would_undo_it(as_superuser, group):
    row = Group.objects.get(name=group)
    page = as_superuser.get(url_of(Group, "change", row.pk))
    assert "Vad gruppen får göra är bestämt" in page.text
    assert not english_on(page)
    assert as_superuser.post(url_of(Group, "change", row.pk), {"name": "Tagen"}).status_code == 403
    assert as_superuser.post(url_of(Group, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    assert as_superuser.post(url_of(Group, "changelist"), chosen).status_code == 403
    assert Group.objects.filter(name=group).exists()
