"""The three groups, and what each may do.

What each may do is written here once more, on purpose: the code cannot widen it unseen.
"""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.publishing.models import Proposal
from contacts.models import Area, Assignment, Branch, Person, PostalAddress, Role, SocialLink
from documents.models import Document
from hgf_site.accounts.groups import make_groups
from hgf_site.admin_site.site import TITLE
from mailing.models import Subscriber
from moving.models import Imported
from news.models import Attachment, Category, Occurrence, Page, Picture, Post, Redirect, Translation
from tests.helpers.admin_forms import LISTS, REGISTRY, filled, make, send, url_of
from tests.helpers.swedish import english_on

pytestmark = pytest.mark.any_database

EVERYTHING = {"add", "change", "delete", "view"}
EDITORS = {
    Post: EVERYTHING,
    Occurrence: EVERYTHING,
    Picture: EVERYTHING,
    Attachment: EVERYTHING,
    Translation: EVERYTHING,
    Category: EVERYTHING,
    Page: EVERYTHING,
    Document: EVERYTHING,
}
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
    | dict.fromkeys((Post, Page, Document), EVERYTHING | {"confirm"})
    | {
        Area: EVERYTHING,
        Person: EVERYTHING | {"erase"},
        Redirect: EVERYTHING,
        User: EVERYTHING,
        Imported: {"view", "change"},
        Subscriber: {"view", "delete"},
        Proposal: {"change"},
    },
}
EACH_GROUP = pytest.mark.parametrize("group", MAY)
PAGES = {"changelist": "view", "add": "add", "change": "change", "delete": "delete", "history": "view"}


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


@LISTS
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


@LISTS
def test_a_member_without_a_group_may_do_nothing(as_member, model):
    row, client = make(model), as_member()
    assert set(answers(client, model, row).values()) == {403}


@LISTS
def test_a_stranger_is_asked_to_log_in(client, db, model):
    row = make(model)
    for page in PAGES:
        url = url_of(model, page, *([] if page in ("changelist", "add") else [row.pk]))
        assert client.get(url).url == f"{reverse('admin:login')}?next={url}"


@LISTS
def test_a_member_who_may_not_log_in_here_is_asked_to_log_in(client, member, model):
    client.force_login(member("Administratörer", is_staff=False))

    assert client.get(url_of(model, "changelist")).url.startswith(reverse("admin:login"))


@LISTS
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
def test_a_member_saves_what_the_group_is_for(as_member, group, model, typed):
    client = as_member(group)
    url, values = filled(model, client, **typed)

    assert send(client, url, values).status_code == 302
    row = model.objects.get()
    assert client.post(url_of(model, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert not model.objects.exists()


def test_an_editor_says_when_and_where(as_member):
    editor = as_member("Redaktörer")
    day = {"occurrences-0-day": ["2027-02-03"], "occurrences-0-place": ["Satelliten"]}
    send(editor, *filled(Post, editor, title=["Årsmöte"], _draft="1", **day))
    assert [one.place for one in Post.objects.get(title="Årsmöte").dates] == ["Satelliten"]


def test_a_contact_person_says_who_holds_a_role(as_member):
    role, person = Role.objects.create(name="Kassör"), Person.objects.create(name="Anna Andersson")
    client = as_member("Kontaktansvariga")
    new = {"assignments-TOTAL_FORMS": ["1"], "assignments-0-role": [role.pk], "assignments-0-order": ["0"]}
    url, values = filled(Role, client, role, **new, **{"assignments-0-person": [person.pk]})

    assert send(client, url, values).status_code == 302
    assert Assignment.objects.get().person == person


@pytest.mark.parametrize(
    "group",
    [group if group == "Redaktörer" else pytest.param(group, marks=pytest.mark.long) for group in MAY],
)
def test_every_page_that_a_group_reaches_is_in_swedish(as_member, owner, group):
    client, said, seen = as_member(group), [], 0
    rows = {model: make(model) for model in REGISTRY}
    urls = [reverse("admin:index"), reverse("admin:password_change")]
    urls += [
        reverse("admin:app_list", args=[label])
        for label in {m._meta.app_label for m in MAY[group] if m in REGISTRY}
    ]
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
