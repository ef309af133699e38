"""The three groups: what each may do, and what an Administratör can neither see nor send.

What each may do is written here once more, on purpose: the code cannot widen it unseen.
"""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Assignment, Branch, Person, PostalAddress, Role, SocialLink
from hgf_site.admin_site import TITLE
from hgf_site.groups import make_groups
from news.models import Category, Page, Post, Redirect
from tests.admin_forms import MODELS, REGISTRY, filled, form_id_of, make, read_form, send, url_of
from tests.test_admin_swedish import english_on

EVERYTHING = {"add", "change", "delete", "view"}
EDITORS = {Post: EVERYTHING, Category: EVERYTHING, Page: EVERYTHING}
CONTACT_PEOPLE = {
    Role: EVERYTHING,
    Person: EVERYTHING,
    Assignment: EVERYTHING,
    PostalAddress: EVERYTHING,
    SocialLink: EVERYTHING,
    Branch: {"add", "change", "view"},
}
MAY = {
    "Redaktörer": EDITORS,
    "Kontaktansvariga": CONTACT_PEOPLE,
    "Administratörer": EDITORS
    | CONTACT_PEOPLE
    | {Person: EVERYTHING | {"erase"}, Redirect: EVERYTHING, User: EVERYTHING},
}
EACH_GROUP = pytest.mark.parametrize("group", MAY)
PAGES = {"changelist": "view", "add": "add", "change": "change", "delete": "delete", "history": "view"}


@pytest.fixture
def make_member(db):
    """Make somebody who may log in and is in a group: make_member("Redaktörer", username="bo")."""

    def make(*groups, username="medlem", **fields):
        user = User.objects.create_user(username, password="hemligt", is_staff=True, **fields)
        user.groups.set(Group.objects.filter(name__in=groups))
        return user

    return make


@pytest.fixture
def as_member(client, make_member):
    """Log in as a new member of a group."""

    def log_in(group):
        client.force_login(make_member(group, username="medlem"))
        return client

    return log_in


@pytest.fixture
def manager(make_member):
    """An Administratör who is no superuser."""
    return make_member("Administratörer", username="chefen")


@pytest.fixture
def as_manager(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def owner(db):
    """A superuser, with a name that no page says by chance."""
    return User.objects.create_superuser("storebror", "storebror@example.org", "hemligt", first_name="Orwell")


def codenames(group):
    """What a group holds: "contacts.add_role" …"""
    found = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in found}


# --- How the groups come to be ---


@EACH_GROUP
def test_a_migrated_site_has_the_group_with_exactly_its_permissions(db, group):
    held = {
        f"{model._meta.app_label}.{action}_{model._meta.model_name}"
        for model, actions in MAY[group].items()
        for action in actions
    }
    assert codenames(Group.objects.get(name=group)) == held


def test_the_next_migrate_puts_the_groups_right_and_leaves_other_groups_alone(db):
    editors, own = Group.objects.get(name="Redaktörer"), Group.objects.create(name="Fotografer")
    before, odd = codenames(editors), Permission.objects.get(codename="delete_user")
    own.permissions.add(odd)
    editors.permissions.remove(editors.permissions.first())
    editors.permissions.add(odd)
    Group.objects.get(name="Kontaktansvariga").delete()

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert codenames(editors) == before
    assert codenames(own) == {"auth.delete_user"}
    assert Group.objects.get(name="Kontaktansvariga").permissions.exists()


def test_the_groups_are_whole_after_the_very_first_migrate_when_no_permission_was_there(db):
    names = {name: codenames(Group.objects.get(name=name)) for name in MAY}
    Group.objects.all().delete()
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert {group.name: codenames(group) for group in Group.objects.all()} == names


def test_a_migrate_that_changes_nothing_writes_nothing(db):
    with CaptureQueriesContext(connection) as captured:
        make_groups()
    asked = {query["sql"].split()[0] for query in captured.captured_queries}

    assert "SELECT" in asked
    assert asked <= {"SELECT", "SAVEPOINT", "RELEASE"}


def test_a_migrate_back_to_before_there_were_groups_is_no_error(db):
    class Nothing:
        def get_model(self, *args):
            raise LookupError

    before = Group.objects.count()
    make_groups(apps=Nothing())
    assert Group.objects.count() == before


# --- What each may do ---


def answers(client, model, row):
    """What each page about the row answers: {"add": 200, …}; a redirect inside the admin is followed."""
    return {
        page: client.get(
            url_of(model, page, *([] if page in ("changelist", "add") else [row.pk])), follow=True
        ).status_code
        for page in PAGES
    }


@MODELS
@EACH_GROUP
def test_each_group_may_do_exactly_its_own_and_the_rest_is_forbidden(as_member, group, model):
    row, client = make(model), as_member(group)
    allowed = MAY[group].get(model, set())
    if model is Branch:
        allowed = allowed - {"add"}  # there is one already

    assert answers(client, model, row) == {
        page: 200 if action in allowed else 403 for page, action in PAGES.items()
    }


@pytest.mark.parametrize(
    ("group", "added"), [("Redaktörer", 403), ("Kontaktansvariga", 200), ("Administratörer", 200)]
)
def test_the_branch_that_is_missing_is_added_by_those_who_may(as_member, group, added):
    assert as_member(group).get(url_of(Branch, "add")).status_code == added


@MODELS
def test_a_member_without_a_group_may_do_nothing(as_member, model):
    row, client = make(model), as_member("Ingen alls")
    assert set(answers(client, model, row).values()) == {403}


@MODELS
def test_a_stranger_is_asked_to_log_in(client, db, model):
    row = make(model)
    for page in PAGES:
        url = url_of(model, page, *([] if page in ("changelist", "add") else [row.pk]))
        assert client.get(url).url == f"{reverse('admin:login')}?next={url}"


@MODELS
def test_a_member_who_may_not_log_in_here_is_asked_to_log_in(client, make_member, model):
    member = make_member("Administratörer")
    member.is_staff = False
    member.save()
    client.force_login(member)

    assert client.get(url_of(model, "changelist")).url.startswith(reverse("admin:login"))


@MODELS
@EACH_GROUP
def test_a_forbidden_form_is_refused_when_it_is_sent_too(as_member, group, model):
    row, client = make(model), as_member(group)
    forbidden = EVERYTHING - MAY[group].get(model, set()) - {"view"}
    before = list(model.objects.values())
    for action in forbidden:
        args = [] if action == "add" else [row.pk]
        assert client.post(url_of(model, action, *args), {"post": "yes"}).status_code == 403
    assert list(model.objects.values()) == before


@pytest.mark.parametrize(
    ("group", "model", "typed"),
    [
        ("Redaktörer", Page, {"title": ["Om oss"]}),
        ("Redaktörer", Category, {"name": ["Möten"]}),
        ("Kontaktansvariga", SocialLink, {"name": ["Facebook"], "url": ["https://www.example.com/"]}),
        ("Administratörer", Redirect, {"old_path": ["/gammal/"], "target": ["/ny/"]}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_member_saves_what_her_group_is_for(as_member, group, model, typed):
    client = as_member(group)
    url, values = filled(model, client, **typed)

    assert send(client, url, values).status_code == 302
    row = model.objects.get()
    assert client.post(url_of(model, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert not model.objects.exists()


def test_a_contact_person_says_who_holds_a_role(as_member):
    role, person = Role.objects.create(name="Kassör"), Person.objects.create(name="Anna Andersson")
    client = as_member("Kontaktansvariga")
    new = {"assignments-TOTAL_FORMS": ["1"], "assignments-0-role": [role.pk], "assignments-0-order": ["0"]}
    url, values = filled(Role, client, role, **new, **{"assignments-0-person": [person.pk]})

    assert send(client, url, values).status_code == 302
    assert Assignment.objects.get().person == person


@EACH_GROUP
def test_every_page_that_a_group_reaches_is_in_swedish(as_member, owner, group):
    client, said, seen = as_member(group), [], 0
    rows = {model: make(model) for model in REGISTRY}
    urls = [reverse("admin:index"), reverse("admin:password_change")]
    urls += [reverse("admin:app_list", args=[label]) for label in {m._meta.app_label for m in MAY[group]}]
    for model, row in rows.items():
        urls += [url_of(model, page) for page in ("changelist", "add")]
        urls += [url_of(model, page, row.pk) for page in ("change", "delete", "history")]
    urls += [
        reverse("admin:auth_user_password_change", args=[rows[User].pk]),
        url_of(User, "change", User.objects.get(username="medlem").pk),
        url_of(User, "change", owner.pk),  # which does not exist
    ]
    for url in urls:
        page = client.get(url, follow=True)
        if page.status_code == 200 and TITLE in page.text:
            said += english_on(page)
            seen += 1
    assert seen >= 4 * len([model for model in MAY[group] if model in REGISTRY])
    assert not said


# --- An Administratör never meets a superuser ---


@pytest.mark.parametrize(
    "query",
    ["", "q=storebror", "q=Orwell", "q=example.org", "all=1", "o=-1", "is_active__exact=1", "_facets=True"],
)
def test_the_list_of_users_holds_no_superuser(as_manager, owner, query):
    page = as_manager.get(f"{url_of(User, 'changelist')}?{query}")
    assert owner not in page.context["cl"].result_list
    assert page.context["cl"].full_result_count == 1  # she herself
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


def test_an_account_that_is_no_superusers_is_there(as_manager, make_member):
    """So that the tests above do not pass because nothing is."""
    other = make_member("Redaktörer", username="annan")
    for page in ("change", "delete", "history"):
        assert as_manager.get(url_of(User, page, other.pk)).status_code == 200
    password = reverse("admin:auth_user_password_change", args=[other.pk])
    sent = {"password1": "granatäpple77", "password2": "granatäpple77", "usable_password": "true"}
    assert as_manager.post(password, sent).status_code == 302
    other.refresh_from_db()
    assert other.check_password("granatäpple77")


def test_a_superuser_is_not_deleted_among_others(as_manager, owner, make_member):
    other = make_member("Redaktörer", username="annan")
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


# --- What she cannot give ---

FORGED = {"is_superuser": ["on"], "password": ["md5$x$y"], "last_login_0": ["2020-01-01"]}


def forged():
    """Fields that no form of hers has, as an attacker sends them."""
    return FORGED | {
        "user_permissions": [str(key) for key in Permission.objects.values_list("pk", flat=True)]
    }


def assert_no_more_than_a_group(user):
    user.refresh_from_db()
    assert not user.is_superuser
    assert not user.user_permissions.exists()
    assert not user.check_password("")
    assert user.password != "md5$x$y"


def test_her_forms_have_no_field_for_what_she_cannot_give(as_manager, make_member):
    for row in (None, make_member("Redaktörer", username="annan")):
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


def test_a_changed_account_gets_none_of_what_was_forged(as_manager, make_member):
    other = make_member("Redaktörer", username="annan")
    url, values = filled(User, as_manager, other, first_name=["Nytt"])
    assert send(as_manager, url, values | forged()).status_code == 302

    assert_no_more_than_a_group(other)
    assert other.first_name == "Nytt"
    assert other.check_password("hemligt")


@pytest.mark.parametrize("new", [True, False], ids=["new", "changed"])
def test_only_the_three_groups_are_offered_and_taken(as_manager, make_member, new):
    mighty = Group.objects.create(name="Drift")
    mighty.permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    other = None if new else make_member("Redaktörer", username="annan")
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
def test_an_account_that_has_been_given_more_is_only_shown(as_manager, make_member, more):
    """With a new password for it, she would have what it has."""
    other = make_member("Redaktörer", username="annan")
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


def test_she_changes_no_group(as_manager):
    group = Group.objects.get(name="Redaktörer")
    for page, args in (("changelist", []), ("add", []), ("change", [group.pk]), ("delete", [group.pk])):
        assert (
            as_manager.post(url_of(Group, page, *args), {"name": "Tagen", "post": "yes"}).status_code == 403
        )
    group.refresh_from_db()
    assert group.name == "Redaktörer"


# --- Her own rights ---


def test_she_keeps_her_own_rights_whatever_she_sends(as_manager, manager):
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


def test_she_deletes_her_own_account_in_no_way(as_manager, manager):
    assert as_manager.post(url_of(User, "delete", manager.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [manager.pk], "post": "yes"}
    assert as_manager.post(url_of(User, "changelist"), chosen).status_code == 403
    assert User.objects.filter(pk=manager.pk).exists()


@pytest.mark.parametrize("key", ["{}", "0{}"])
def test_she_does_not_turn_off_her_own_password(as_manager, manager, key):
    url = f"{url_of(User, 'changelist')}{key.format(manager.pk)}/password/"
    sent = {"usable_password": "false", "unset-password": "1"}

    assert as_manager.post(url, sent).url == reverse("admin:password_change")
    manager.refresh_from_db()
    assert manager.has_usable_password()


def test_she_gives_and_takes_another_administrators_rights(as_manager, make_member):
    other = make_member("Administratörer", username="annan")
    url, values = filled(User, as_manager, other, groups=[], is_staff=[])
    assert send(as_manager, url, values).status_code == 302

    other.refresh_from_db()
    assert not other.groups.exists()
    assert not other.is_staff


# --- From a new account to its desk ---


def test_she_lets_somebody_in_with_one_form(as_manager, client):
    url, values = filled(User, as_manager, **NEW)
    assert values["is_staff"] == ["on"]  # it is what accounts are for
    page = as_manager.get(url).text
    assert "Får logga in här" in page
    assert "Redaktörer: skriver nyheter och sidor" in page
    editors = Group.objects.get(name="Redaktörer")
    assert send(as_manager, url, values | {"groups": [editors.pk]}).status_code == 302

    client.logout()
    login = {"username": "ny.person", "password": "granatäpple77", "next": reverse("admin:index")}
    desk = client.post(reverse("admin:login"), login, follow=True)
    assert "Skriv nyhet" in desk.text
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


@EACH_GROUP
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
