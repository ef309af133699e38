"""The admin works: lists, filters, forms, and what each says."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from contacts.models import Assignment, Branch, Person, PostalAddress, Role, SocialLink
from hgf_site.admin_site.site import TITLE
from moving.models import Imported
from news.models import Category, Page, Post, Redirect
from tests.helpers.admin_forms import (
    LISTS,
    REGISTRY,
    each_model,
    errors_at,
    filled,
    form_id_of,
    make,
    read_form,
    send,
    url_of,
)

pytestmark = pytest.mark.any_database

# --- Lists ---


def titles(page):
    return {str(row) for row in page.context["cl"].result_list}


def test_a_post_is_found_by_a_word_in_its_text(as_superuser, make_post):
    make_post(title="Stambyte", body="<p>Vattnet stängs av i <strong>trapphus</strong> B.</p>")
    make_post(title="Årsmöte", body="<p>Kaffe.</p>")

    assert titles(as_superuser.get(url_of(Post, "changelist"), {"q": "trapphus"})) == {"Stambyte"}


def test_a_role_is_found_by_its_holder(as_superuser, make_holder):
    make_holder("Anna Andersson", "Kassör")
    make_holder("Bo Berg", "Sekreterare")

    assert titles(as_superuser.get(url_of(Role, "changelist"), {"q": "andersson"})) == {"Kassör"}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("nu", {"Syns"}),
        ("kommer", {"Kommer", "Kommer och slutar"}),
        ("utkast", {"Utkast", "Utkast med slut"}),
        ("forbi", {"Förbi"}),
    ],
)
def test_every_post_stands_under_one_state_of_what_visitors_see(as_superuser, make_post, state, found):
    now, day = timezone.now(), timedelta(days=1)
    make_post(title="Syns", published_at=now - day, expires_at=now + day)
    make_post(title="Kommer", published_at=now + day)
    make_post(title="Kommer och slutar", published_at=now + day, expires_at=now + 2 * day)
    make_post(title="Utkast", published_at=None)
    make_post(title="Utkast med slut", published_at=None, expires_at=now - day)
    make_post(title="Förbi", published_at=now - 2 * day, expires_at=now - day)

    page = as_superuser.get(url_of(Post, "changelist"), {"syns": state})

    assert titles(page) == found
    assert {row.title for row in page.context["cl"].result_list if row.is_current} == found & {"Syns"}


def test_lists_stand_in_the_order_that_visitors_see(as_superuser):
    for name, order in (("Sist", 3), ("Först", 1), ("Mitt", 2)):
        Category.objects.create(name=name, order=order)
    page = as_superuser.get(url_of(Category, "changelist"))

    assert [row.name for row in page.context["cl"].result_list] == ["Först", "Mitt", "Sist"]


def test_drafts_stand_first_in_the_list_of_posts(as_superuser, make_post):
    now, day = timezone.now(), timedelta(days=1)
    for title, time in (("Utkast", None), ("Syns", now - day), ("Kommer", now + day)):
        make_post(title=title, published_at=time)
    page = as_superuser.get(url_of(Post, "changelist"))
    assert [row.title for row in page.context["cl"].result_list] == ["Utkast", "Kommer", "Syns"]


def test_the_order_is_changed_in_the_list(as_superuser):
    first, second = (Category.objects.create(name=name, order=order) for name, order in (("A", 1), ("B", 2)))
    url = url_of(Category, "changelist")
    values, _ = read_form(as_superuser.get(url), "changelist-form")
    send(as_superuser, url, values | {"form-0-order": "9", "_save": "1"})

    first.refresh_from_db()
    assert first.order == 9


def test_the_list_of_roles_names_those_who_hold_them_today(as_superuser, make_holder):
    today = timezone.localdate()
    make_holder("Förra Ordföranden", "Ordförande", ends_on=today - timedelta(days=1))
    make_holder("Nya Ordföranden", "Ordförande", starts_on=today)
    make_holder("Förra Kassören", "Kassör", ends_on=today - timedelta(days=1))

    page = as_superuser.get(url_of(Role, "changelist")).text
    assert "Nya Ordföranden" in page
    assert "Förra" not in page
    assert "Vakant" in page


# --- The one branch ---


def test_the_list_of_branches_leads_to_the_only_one(as_superuser, branch):
    assert as_superuser.get(url_of(Branch, "changelist")).url == url_of(Branch, "change", branch.pk)


def test_the_branch_is_added_once_and_never_deleted(as_superuser):
    url, values = filled(Branch, as_superuser, name=["Hyresgästföreningen Sollentuna"])
    assert send(as_superuser, url, values).status_code == 302
    assert send(as_superuser, url, values | {"name": ["En till"]}).status_code == 403
    assert as_superuser.get(url).status_code == 403
    assert as_superuser.post(url_of(Branch, "delete", 1), {"post": "yes"}).status_code == 403
    assert [branch.name for branch in Branch.objects.all()] == ["Hyresgästföreningen Sollentuna"]


# --- A post ---


def test_the_author_is_whoever_saved_first(client, superuser):
    client.force_login(superuser)
    url, values = filled(Post, client, title=["Årsmöte"])
    assert send(client, url, values).status_code == 302
    post = Post.objects.get()
    assert post.author == superuser

    client.force_login(User.objects.create_superuser("andra"))
    url, values = filled(Post, client, post, title=["Årsmöte i mars"])
    assert send(client, url, values).status_code == 302
    post.refresh_from_db()
    assert (post.title, post.author) == ("Årsmöte i mars", superuser)


@pytest.mark.parametrize(
    ("days", "linked"), [(-1, True), (1, False), (None, False)], ids=["public", "scheduled", "draft"]
)
def test_only_a_public_post_has_a_link_to_the_site(as_superuser, make_post, days, linked):
    when = None if days is None else timezone.now() + timedelta(days=days)
    page = as_superuser.get(url_of(Post, "change", make_post(published_at=when).pk)).text

    assert ("Visa på webbplats" in page) is linked


# --- The start page and the name ---


@pytest.mark.parametrize(
    ("made", "warned"),
    [
        ({"email": "a@example.org", "show_email": True}, True),
        ({"email": "a@EXAMPLE.ORG", "show_email": True}, True),
        ({"email": "a@example.org", "show_email": False}, False),
        ({"email": "a@example.se", "show_email": True}, False),
    ],
)
def test_the_start_page_warns_while_an_invented_address_can_be_shown(as_superuser, made, warned):
    Person.objects.create(name="Anna Andersson", **made)
    page = as_superuser.get(reverse("admin:index")).text

    assert ("Påhittade e-postadresser" in page) is warned
    assert ("Anna Andersson" in page) is warned


def test_the_start_page_warns_of_a_roles_invented_address_until_it_is_changed(as_superuser):
    role = Role.objects.create(name="Ordförande", email="ordforande@example.org")
    assert "Påhittade" in as_superuser.get(reverse("admin:index")).text

    role.email = "ordforande@hgf.se"
    role.save()
    assert "Påhittade" not in as_superuser.get(reverse("admin:index")).text


@LISTS
def test_every_page_is_named_after_the_branch(as_superuser, model):
    row = make(model)
    for url in (
        url_of(model, "changelist"),
        url_of(model, "change", row.pk),
        url_of(model, "history", row.pk),
    ):
        page = as_superuser.get(url, follow=True).text
        assert f"| {TITLE}</title>" in page
        assert f">{TITLE}</a>" in page
        assert "Django" not in page


def test_a_stranger_is_asked_to_log_in_under_the_name_of_the_branch(client, db):
    page = client.get(reverse("admin:index"), follow=True).text
    assert f"Logga in | {TITLE}</title>" in page


# --- Rules, said at the field they are about ---


def text_file():
    return SimpleUploadedFile("bild.png", b"Det h\xc3\xa4r \xc3\xa4r ingen bild.")


PUBLISHED = {"published_at_0": ["2026-03-01"], "published_at_1": ["18.30"]}
POST = {"title": ["Årsmöte i mars"], "lead": ["Välkommen alla."], "body": ["<p>Kaffe & ”bulle”.</p>"]}
ADDRESS = {"recipient": ["Testföreningen\r\nc/o Test"], "street": ["Box 1"], "city": ["Teststad"]}
REFUSED = [
    (Person, {"name": ["Anna"], "photo": "text file"}, "photo", "gick inte att läsa"),
    (
        Post,
        POST | PUBLISHED | {"expires_at_0": ["2026-02-01"], "expires_at_1": ["12:00"]},
        "expires_at",
        "kan inte",
    ),
    (Post, POST | {"slug": ["arkiv"]}, "slug", "används av webbplatsen"),
    (Post, POST | {"published_at_0": ["0001-01-01"], "published_at_1": ["00:00"]}, "published_at", "1900"),
    (
        Post,
        POST | {"published_at_0": ["i går"], "published_at_1": ["18:00"]},
        "published_at",
        "24 december 2026",
    ),
    (Person, {"name": ["Anna"], "phone": ["070-12"]}, "phone", "070-123 45 67"),
    (Person, {"name": ["Anna"], "email": ["anna hgf.se"]}, "email", "namn@example.org"),
    (SocialLink, {"name": ["Facebook"], "url": ["ftp://facebook.com/x"]}, "url", "https://"),
    (PostalAddress, ADDRESS | {"postal_code": ["1234"]}, "postal_code", "fem siffror"),
    (PostalAddress, ADDRESS | {"postal_code": ["SE-121 2"]}, "postal_code", "fem siffror"),
    (Redirect, {"old_path": ["nyheter/x/"], "target": ["/y/"]}, "old_path", "snedstreck"),
    (Redirect, {"old_path": ["/x/"], "target": ["/x/"]}, "target", "samma som"),
    (Page, {"title": ["Om"], "slug": ["kontakt"]}, "slug", "används av webbplatsen"),
    (Branch, {"name": ["HGF"], "help_url": ["ftp://hgf.se/"]}, "help_url", "https://"),
]


@pytest.mark.parametrize(
    ("model", "typed", "field", "message"),
    REFUSED,
    ids=[f"{model.__name__}-{field}" for model, _, field, _ in REFUSED],
)
def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(as_superuser, model, typed, field, message):
    upload = {name: text_file() for name, value in typed.items() if value == "text file"}
    typed = {name: value for name, value in typed.items() if name not in upload}
    url, values = filled(model, as_superuser, **typed)
    response = as_superuser.post(url, values | upload)

    errors = errors_at(response)
    assert list(errors) == [field]
    assert message in errors[field]
    assert f'id="id_{field}_error"' in response.text  # beside the field, and read out with it
    shown, _ = read_form(response, form_id_of(model))
    assert {name: shown[name] for name in typed} == typed
    assert not model.objects.exists()


def test_a_term_that_ends_before_it_starts_is_refused_in_its_row(as_superuser, make_holder):
    holder = make_holder("Anna Andersson", "Kassör")
    typed = {"assignments-0-starts_on": ["2026-03-01"], "assignments-0-ends_on": ["2025-03-01"]}
    url, values = filled(Role, as_superuser, holder.role, **typed)
    response = send(as_superuser, url, values)

    assert list(errors_at(response)) == ["ends_on"]
    assert "kan inte sluta innan" in errors_at(response)["ends_on"]
    shown, _ = read_form(response, form_id_of(Role))
    assert {name: shown[name] for name in typed} == typed


def test_a_holder_is_added_in_the_form_of_the_role(as_superuser):
    role, person = Role.objects.create(name="Kassör"), Person.objects.create(name="Anna Andersson")
    new = {"assignments-TOTAL_FORMS": ["1"], "assignments-0-role": [role.pk], "assignments-0-order": ["0"]}
    url, values = filled(Role, as_superuser, role, **new, **{"assignments-0-person": [person.pk]})

    assert send(as_superuser, url, values).status_code == 302
    assert Assignment.objects.get().person == person


def test_somebody_with_the_rights_but_no_superuser_may_say_who_holds_a_role(client, superuser, make_holder):
    holder = make_holder("Anna Andersson", "Kassör")
    admin_of_contacts = User.objects.create_user("kontakt", is_staff=True)
    request = RequestFactory().get("/")
    request.user = superuser
    form = REGISTRY[User].get_form(request, admin_of_contacts)
    offered = form.base_fields["user_permissions"].queryset
    admin_of_contacts.user_permissions.add(*offered.filter(content_type__app_label="contacts"))
    client.force_login(admin_of_contacts)

    page = client.get(url_of(Role, "change", holder.role.pk)).text
    assert "assignments-0-person" in page
    assert client.get(url_of(Post, "changelist")).status_code == 403


def test_a_picture_is_taken_by_the_form_and_shown_for_change(as_superuser, picture_file):
    url, values = filled(Post, as_superuser, **POST, **PUBLISHED, image_alt=["Ett hus."])
    assert as_superuser.post(url, values | {"image": picture_file()}).status_code == 302

    post = Post.objects.get()
    assert post.image.name.startswith("nyheter/")
    assert post.image.url in as_superuser.get(url_of(Post, "change", post.pk)).text


# --- After a save ---

NOT_SEEN = {User, Group, Imported}  # by residents


@each_model(REGISTRY.keys() - NOT_SEEN)
def test_every_save_says_what_residents_see_and_leads_there(as_superuser, model):
    row = make(model)
    page = send(as_superuser, *filled(model, as_superuser, row, _save="1"), follow=True)
    [message] = page.context["messages"]
    [seen] = re.findall('<a href="(/[^"]*)">Se [a-zåäö]+</a>', str(message))
    status = as_superuser.get(seen).status_code
    assert status == (404 if model is Redirect else 200)  # its target is made up


def test_the_save_of_a_role_and_of_a_person_says_who_is_seen_and_with_what(as_superuser, make_holder):
    assignment = make_holder("Anna Ek")
    role, person = assignment.role, assignment.person
    for row, said in (
        (role, "Kontaktsidan visar Anna Ek."),
        (person, "Besökare ser: Ordförande, med namnet."),
    ):
        page = send(as_superuser, *filled(type(row), as_superuser, row, _save="1"), follow=True)
        assert said in page.text
    assignment.delete()
    page = send(as_superuser, *filled(Role, as_superuser, role, _save="1"), follow=True)
    assert "Kontaktsidan visar inte rollen, för ingen har den i dag." in page.text
