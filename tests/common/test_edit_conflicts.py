"""Two people in one form, or one in two tabs: nobody overwrites anybody, and nothing typed is lost."""

import re
import threading
from datetime import date
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client

from contacts.models import Assignment, Person, Role
from news.models import Category, Page, Post
from tests.helpers.admin_forms import REGISTRY, filled, form_id_of, make, read_form, send, url_of
from tests.helpers.pages import make_page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def other(db):
    """The browser of somebody else, who has logged in."""
    user = User.objects.create_superuser("berit", first_name="Berit", last_name="Testsson")
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def opened(as_superuser, other):
    """Open the form of a row here; let Berit change it meanwhile: opened(row, title=["Berits"])."""

    def open_form(row, **theirs):
        url, values = filled(type(row), as_superuser, row)
        _, changed = filled(type(row), other, row, **theirs)
        assert send(other, url, changed).status_code == 302
        return url, values

    return open_form


def marked(response):
    return [unescape(text).strip() for text in re.findall(r"<mark>(.*?)</mark>", response.text, re.DOTALL)][
        1:
    ]


def choose(client, url, page, **choices):
    """Send the page of a conflict with what was chosen."""
    hidden = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text):
        hidden.setdefault(unescape(name), []).append(unescape(value))
    names = {key: key if key == "all" else f"val:{key.replace('__', ':')}" for key in choices}
    return send(client, url, hidden | {names[key]: [value] for key, value in choices.items()})


def save_again(client, model, page):
    """Press Save in the form that came back."""
    values, _ = read_form(page, form_id_of(model))
    return send(client, page.request["PATH_INFO"], values)


@pytest.mark.each_database
def test_the_later_one_is_told_and_sees_both_texts_with_what_differs_marked(as_superuser, opened):
    page = make_page(title="Om oss", body="<p>Mötet är på tisdag.</p>")
    url, values = opened(page, body=["<p>Mötet är på onsdag.</p>"])
    told = send(as_superuser, url, values | {"body": ["<p>Mötet är på torsdag.</p>"]})

    assert told.status_code == 409
    assert "Berit Testsson sparade medan du skrev" in told.text
    assert marked(told) == ["onsdag", "torsdag"]
    page.refresh_from_db()
    assert page.body == "<p>Mötet är på onsdag.</p>"


@pytest.mark.parametrize(("chosen", "body"), [("mine", "torsdag"), ("theirs", "onsdag")])
@pytest.mark.parametrize("key", ["body", "all"])
def test_what_she_chooses_is_in_the_form_and_saved_when_she_saves(as_superuser, opened, key, chosen, body):
    page = make_page(title="Om oss", body="<p>På tisdag.</p>")
    url, values = opened(page, body=["<p>På onsdag.</p>"])
    told = send(as_superuser, url, values | {"body": ["<p>På torsdag.</p>"]})
    form = choose(as_superuser, url, told, **{key: chosen})
    page.refresh_from_db()
    assert "onsdag" in page.body  # nothing is saved by choosing
    assert "Här är det du valde, men inget är sparat än." in form.text

    assert save_again(as_superuser, Page, form).status_code == 302
    page.refresh_from_db()
    assert page.body == f"<p>På {body}.</p>"


def test_both_texts_can_be_had_one_after_the_other(as_superuser, opened):
    page = make_page(title="Om oss", body="<p>På tisdag.</p>")
    url, values = opened(page, title=["Hennes"], body=["<p>På onsdag.</p>"])
    told = send(as_superuser, url, values | {"title": ["Min"], "body": ["<p>På torsdag.</p>"]})
    assert told.text.count('value="both"') == 1  # of two titles nobody makes one
    save_again(as_superuser, Page, choose(as_superuser, url, told, title="mine", body="both"))

    page.refresh_from_db()
    assert page.body.replace("\n", "") == "<p>På onsdag.</p><p>På torsdag.</p>"


def test_what_one_hides_stays_hidden_when_the_other_saves_too(as_superuser, opened, make_holder):
    person = make_holder(phone="+46701234567", show_phone=True).person
    url, values = opened(person, show_phone=["False"])
    form = send(as_superuser, url, values | {"name": ["Ny Testsson"]})
    save_again(as_superuser, Person, form)

    person.refresh_from_db()
    assert (person.name, person.show_phone) == ("Ny Testsson", False)


def test_what_only_one_has_changed_is_taken_without_asking_and_said(as_superuser, opened):
    page = make_page(title="Om oss", body="<p>Ett.</p>", order=1)
    url, values = opened(page, title=["Om föreningen"], body=["<p>Två.</p>"])
    form = send(as_superuser, url, values | {"order": ["5"]})

    for text in (
        "Berit Testsson sparade medan du skrev",
        "Ordning: din ändring",
        "Rubrik: den andras ändring",
    ):
        assert text in form.text
    assert Page.objects.get().order == 1
    assert save_again(as_superuser, Page, form).status_code == 302
    after = Page.objects.get()
    assert (after.title, after.body, after.order) == ("Om föreningen", "<p>Två.</p>", 5)


def test_an_old_tab_of_ones_own_is_met_the_same_way(as_superuser):
    page = make_page(title="Om oss")
    url, values = filled(Page, as_superuser, page)
    send(as_superuser, url, values | {"title": ["Från ena fliken"]})
    told = send(as_superuser, url, values | {"title": ["Från andra fliken"]})

    assert told.status_code == 409
    assert "Du själv sparade medan du skrev" in told.text
    assert Page.objects.get().title == "Från ena fliken"


def test_the_same_form_sent_twice_is_no_conflict(as_superuser, make_holder):
    role = make_holder().role
    new = {"assignments-TOTAL_FORMS": ["2"], "assignments-1-role": [role.pk], "assignments-1-order": ["0"]}
    person = Person.objects.create(name="Ny Testsson")
    url, values = filled(Role, as_superuser, role, **new, **{"assignments-1-person": [person.pk]})
    assert send(as_superuser, url, values).status_code == 302
    assert send(as_superuser, url, values).status_code == 302
    assert Assignment.objects.count() == 2


def test_a_form_that_was_refused_is_still_the_one_from_before(as_superuser, opened):
    page = make_page(title="Om oss")
    url, values = filled(Page, as_superuser, page, title=[""])
    refused = send(as_superuser, url, values)
    opened(page, title=["Hennes"])
    again, _ = read_form(refused, "page_form")
    assert send(as_superuser, url, again | {"title": ["Min"]}).status_code == 409


def test_a_change_outside_the_admin_is_met_too(as_superuser):
    page = make_page(title="Om oss")
    url, values = filled(Page, as_superuser, page)
    Page.objects.update(title="Från skalet")
    told = send(as_superuser, url, values | {"title": ["Min"]})
    assert told.status_code == 409
    assert "Någon annan sparade" in told.text


def test_a_third_save_while_she_chooses_is_met_again(as_superuser, opened, other):
    page = make_page(title="Om oss")
    url, values = opened(page, title=["Hennes"])
    told = send(as_superuser, url, values | {"title": ["Min"]})
    _, third = filled(Page, other, page, title=["Hennes igen"])
    send(other, url, third)
    again = choose(as_superuser, url, told, title="mine")

    assert again.status_code == 409
    assert "Hennes igen" in again.text
    form = choose(as_superuser, url, again, title="mine")
    save_again(as_superuser, Page, form)
    assert Page.objects.get().title == "Min"


def test_no_choice_is_asked_for_again(as_superuser, opened):
    page = make_page(title="Om oss")
    url, values = opened(page, title=["Hennes"])
    told = send(as_superuser, url, values | {"title": ["Min"]})
    again = choose(as_superuser, url, told)
    assert again.status_code == 409
    assert "Välj en av texterna" in again.text
    assert choose(as_superuser, url, told, title="något annat").status_code == 409


def test_a_post_published_meanwhile_is_not_hidden_by_a_saved_draft(as_superuser, opened, make_post):
    post = make_post(title="Städdag", body="<p>Kom.</p>", published_at=None)
    url, values = opened(post, _publish=["1"])
    form = send(as_superuser, url, values | {"lead": ["Ta med kratta."], "_draft": ["1"]})

    assert "Publiceringstid: den andras ändring är med." in form.text
    assert "Spara ändringarna (syns direkt)" in form.text
    assert Post.objects.current().exists()
    assert Post.objects.get().lead == ""
    values, _ = read_form(form, "post_form")
    assert send(as_superuser, url, values | {"_save": ["1"]}).status_code == 302
    assert Post.objects.current().get().lead == "Ta med kratta."


def test_holders_that_only_one_has_changed_are_taken_without_asking(as_superuser, opened, make_holder):
    holder = make_holder()
    url, values = opened(holder.role, **{"assignments-0-ends_on": ["2027-03-01"]})
    form = send(as_superuser, url, values | {"name": ["Ordförande och kassör"]})
    assert "Uppdrag: den andras ändring är med." in form.text
    assert save_again(as_superuser, Role, form).status_code == 302
    holder.refresh_from_db()
    assert (holder.role.name, holder.ends_on) == ("Ordförande och kassör", date(2027, 3, 1))


@pytest.mark.parametrize("chosen", ["mine", "theirs"])
def test_holders_that_both_have_changed_are_chosen_as_one_list(as_superuser, opened, make_holder, chosen):
    anna, ending = make_holder(name="Anna Testsson"), make_holder(name="Slutar Testsson")
    my_new, theirs = (Person.objects.create(name=name) for name in ("Min Testsson", "Hennes Testsson"))
    one_more = {"assignments-TOTAL_FORMS": ["3"], "assignments-2-role": [anna.role_id]}
    their_new = one_more | {"assignments-2-person": [theirs.pk], "assignments-1-ends_on": ["2027-03-01"]}
    url, values = opened(anna.role, **their_new)
    mine = one_more | {"assignments-2-person": [my_new.pk], "assignments-0-starts_on": ["2025-03-01"]}
    told = send(as_superuser, url, values | mine)
    assert told.status_code == 409
    seen = re.sub("<[^>]*>", "", told.text)
    for text in ("Min Testsson", "Hennes Testsson", "från och med 1 mars 2025", "till och med 1 mars 2027"):
        assert text in seen
    form = choose(as_superuser, url, told, assignments=chosen)
    assert save_again(as_superuser, Role, form).status_code == 302

    left = set(Assignment.objects.values_list("person__name", "starts_on", "ends_on"))
    assert (
        left
        == {
            "mine": {
                ("Anna Testsson", date(2025, 3, 1), None),
                ("Slutar Testsson", None, None),
                ("Min Testsson", None, None),
            },
            "theirs": {
                ("Anna Testsson", None, None),
                ("Slutar Testsson", None, date(2027, 3, 1)),
                ("Hennes Testsson", None, None),
            },
        }[chosen]
    )
    assert Assignment.objects.filter(pk__in=[anna.pk, ending.pk]).count() == 2


@pytest.mark.parametrize(("chosen", "left"), [("theirs", []), ("mine", [date(2027, 3, 1)])])
def test_a_holder_whom_one_took_away_and_the_other_changed_is_chosen(
    as_superuser, opened, make_holder, chosen, left
):
    holder = make_holder()
    url, values = opened(holder.role, **{"assignments-0-DELETE": ["on"]})
    told = send(as_superuser, url, values | {"assignments-0-ends_on": ["2027-03-01"]})
    assert told.status_code == 409
    assert "Tomt" in told.text
    form = choose(as_superuser, url, told, assignments=chosen)
    assert save_again(as_superuser, Role, form).status_code == 302
    assert list(Assignment.objects.values_list("ends_on", flat=True)) == left


def test_what_is_wrong_in_the_form_is_told_after_the_choice(as_superuser, opened, make_post):
    post = make_post(title="Städdag", body="<p>Kom.</p>")
    url, values = opened(post, title=["Hennes"])
    told = send(
        as_superuser, url, values | {"title": ["Min"], "expires_at_0": ["i morgon"], "expires_at_1": ["x"]}
    )
    assert told.status_code == 409
    form = choose(as_superuser, url, told, title="mine")
    assert save_again(as_superuser, Post, form).status_code == 200
    assert Post.objects.get().title == "Hennes"


@pytest.mark.each_database
@pytest.mark.parametrize("chosen", ["mine", "theirs"])
def test_pictures_are_chosen_too(as_superuser, opened, make_post, picture_file, chosen):
    """The file itself is in the browser's copy: it is chosen there again, but not if it was not wanted."""
    post = make_post(published_at=None, image=picture_file())
    url, values = opened(post, **{"image-clear": ["on"]})
    told = as_superuser.post(url, values | {"image": picture_file(size=(40, 40))})
    assert told.status_code == 409
    assert "En ny bild" in told.text
    again = choose(as_superuser, url, told)  # no choice
    form = choose(as_superuser, url, again, image=chosen)
    assert f'data-files="{"image" if chosen == "mine" else ""}"' in form.text
    assert save_again(as_superuser, Post, form).status_code == 302


@pytest.mark.parametrize(
    "model", [m for m in REGISTRY if hasattr(m, "revision_options")], ids=lambda m: m.__name__
)
def test_every_versioned_form_meets_a_change_in_between(as_superuser, other, model):
    row = make(model)
    name = next(name for name in ("title", "label", "name", "ends_on") if hasattr(row, name))
    mine, theirs = ("2027-01-01", "2028-01-01") if name == "ends_on" else ("Mitt", "Hennes")
    url, values = filled(model, as_superuser, row, **{name: [mine]})
    _, changed = filled(model, other, row, **{name: [theirs]})
    send(other, url, changed)
    assert send(as_superuser, url, values).status_code == 409
    row.refresh_from_db()
    assert str(getattr(row, name)) == theirs


@pytest.mark.each_database
@pytest.mark.django_db(transaction=True)
def test_of_two_saves_in_the_same_instant_one_wins_and_the_other_is_told(as_superuser, other):
    page = make_page(title="Om oss")
    forms = [
        filled(Page, client, page, title=[title])
        for client, title in ((as_superuser, "Min"), (other, "Hennes"))
    ]
    barrier, answers = threading.Barrier(2), []

    def save(client, url, values):
        barrier.wait(timeout=60)
        answers.append(send(client, url, values).status_code)
        connections.close_all()

    threads = [
        threading.Thread(target=save, args=(client, *form))
        for client, form in zip((as_superuser, other), forms, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [302, 409], connection.vendor


def test_a_reordered_list_is_no_lost_text(as_superuser, other):
    rows = [Category.objects.create(name=name) for name in ("Möten", "Hyran")]
    url, values = filled(Category, as_superuser, rows[0], name=["Årsmöten"])
    data = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "1"}
    other.post(url_of(Category, "changelist"), data | {"form-0-id": rows[0].pk, "form-0-order": 9})
    form = send(as_superuser, url, values)
    assert "Ordning: den andras ändring är med." in form.text
    save_again(as_superuser, Category, form)
    rows[0].refresh_from_db()
    assert (rows[0].name, rows[0].order) == ("Årsmöten", 9)
