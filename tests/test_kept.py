"""Whatever stops a form of the admin from being saved, it comes back with all that was typed, unsaved."""

import html
import re

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from contacts.models import Branch, Person, PostalAddress, Role
from news.models import Page, Post
from tests.admin_forms import MODELS, filled, form_id_of, make, read_form, send, url_of
from tests.test_second_factor import code_of, set_up

PASSWORD = "granatäpplen-i-mars"
TITLE = "Årsmöte & ”kaffe” <b>"
BODY = '<p>Vi ses!</p>\r\n\r\n  <p>anna@example.org &amp; "andra"</p>\r\n'
ADD_POST = reverse("admin:news_post_add")
NAME = "0123456789abcdef" * 2


def carried(response):
    """Return the fields that a page carries along, hidden; None when it carries none."""
    found = re.search(r'name="kept_fields" value="([^"]*)"', response.text)
    return found and html.unescape(found[1])


def form_of(response):
    return read_form(response, "post_form")[0]


@pytest.fixture
def browser(superuser):
    """A client that is checked for CSRF, on which the superuser has logged in."""
    superuser.set_password(PASSWORD)
    superuser.save()
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    return client


def post_form(client, **changes):
    values = form_of(client.get(ADD_POST)) | {"title": [TITLE], "body": [BODY], "_draft": ["Spara utkast"]}
    return values | changes


def log_in_from(client, page, address=ADD_POST):
    """Send the login page that carries a form."""
    values, _ = read_form(page, "login-form")
    values |= {"username": ["test"], "password": [PASSWORD], "next": [address]}
    values["kept_fields"] = [carried(page)]
    return send(client, f"{reverse('admin:login')}?next={address}", values)


def token_of(response):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', response.text)[1]


def go_on_from(client, page, address=ADD_POST):
    return send(client, address, {"kept_fields": carried(page), "csrfmiddlewaretoken": token_of(page)})


# --- The session that ended ---


def test_a_form_sent_after_the_session_ended_is_back_after_login_word_for_word(browser):
    values = post_form(browser)
    del browser.cookies["sessionid"]

    page = send(browser, ADD_POST, values)
    assert "Du har blivit utloggad" in page.text
    wrong = send(browser, reverse("admin:login"), read_form(page, "login-form")[0] | {
        "username": ["test"], "password": ["fel"], "kept_fields": [carried(page)]
    })  # fmt: skip
    assert carried(wrong) == carried(page)
    shown = go_on_from(browser, log_in_from(browser, wrong))

    back = form_of(shown)
    assert (back["title"], back["body"]) == ([TITLE], [BODY])
    assert "men inte sparat än" in shown.text
    assert "errorlist" not in shown.text
    assert not Post.objects.exists()
    assert send(browser, ADD_POST, back | {"_draft": ["Spara utkast"]}).status_code == 302
    assert Post.objects.get().title == TITLE


def test_a_second_step_of_the_login_takes_the_text_along(browser, superuser):
    values = post_form(browser)
    phone = Client()
    phone.force_login(superuser)
    device, _ = set_up(phone, superuser)
    del browser.cookies["sessionid"]
    page = log_in_from(browser, send(browser, ADD_POST, values))
    address = html.unescape(re.search(r'<form[^>]* action="([^"]*)"', page.text)[1])
    assert address == f"/admin/tvasteg/kod/?next={ADD_POST}"
    page = go_on_from(browser, page, address)
    assert "errorlist" not in page.text
    code = {"code": code_of(device), "csrfmiddlewaretoken": token_of(page), "kept_fields": carried(page)}
    page = send(browser, address, code)
    assert form_of(go_on_from(browser, page))["body"] == [BODY]


@MODELS
def test_every_form_is_back_after_a_login_in_between(model, browser):
    row = make(model)
    browser.get(reverse("admin:index"))
    before = list(model.objects.values())
    urls = [url_of(model, "change", row.pk)] + ([url_of(model, "add")] if model is not Branch else [])
    for url in urls:
        values, kinds = read_form(browser.get(url), form_id_of(model))
        typed = {name: ["Något annat"] for name, kind in kinds.items() if kind in ("vTextField", "textarea")}
        session = browser.cookies.pop("sessionid")

        page = send(browser, url, values | typed)
        assert (page.status_code, bool(carried(page))) == (200, True)
        browser.cookies["sessionid"] = session.value
        shown, _ = read_form(go_on_from(browser, page, url), form_id_of(model))

        secret = ("csrfmiddlewaretoken", "password1", "password2")
        sent = {name: value for name, value in (values | typed).items() if name not in secret and value}
        assert {name: shown.get(name) for name in sent} == sent
    assert list(model.objects.values()) == before


def test_the_numbers_of_a_list_are_back_after_a_login_in_between(browser):
    page = Page.objects.create(title="Om oss", order=1)
    url = url_of(Page, "changelist")
    values, _ = read_form(browser.get(url), "changelist-form")
    session = browser.cookies.pop("sessionid")
    answer = send(browser, url, values | {"form-0-order": ["7"], "_save": ["Spara"]})
    browser.cookies["sessionid"] = session.value
    shown = go_on_from(browser, answer, url)

    assert read_form(shown, "changelist-form")[0]["form-0-order"] == ["7"]
    assert "men inte sparat än" in shown.text
    page.refresh_from_db()
    assert page.order == 1


def test_a_new_board_is_back_after_a_login_in_between(browser):
    role = Role.objects.create(name="Ordförande", group="styrelse")
    url = reverse("admin:contacts_role_new_board")
    values, kinds = read_form(browser.get(url), "handover_form")
    [name] = [name for name, kind in kinds.items() if kind == "text"]
    session = browser.cookies.pop("sessionid")
    page = send(browser, url, values | {name: ["Test Testsson"], "_preview": ["1"]})
    browser.cookies["sessionid"] = session.value
    shown = go_on_from(browser, page, url)
    assert "men inte sparat än" in shown.text
    assert read_form(shown, "handover_form")[0][name] == ["Test Testsson"]
    assert not role.assignments.exists()


def test_rows_that_were_added_beneath_a_form_are_back_too(browser):
    role = Role.objects.create(name="Ordförande", group="styrelse")
    person = Person.objects.create(name="Test Testsson")
    url = url_of(Role, "change", role.pk)
    values, _ = read_form(browser.get(url), "role_form")
    rows = {"assignments-TOTAL_FORMS": ["1"], "assignments-0-person": [str(person.pk)]}
    rows |= {"assignments-0-starts_on": ["inte ett datum"]}
    kept = browser.post(url, values | rows | {"csrfmiddlewaretoken": ["fel"]})

    shown = read_form(kept, "role_form")[0]
    assert {name: shown[name] for name in rows} == rows
    assert not role.assignments.exists()


def test_no_password_is_carried_along(browser):
    url = reverse("admin:auth_user_add")
    values, _ = read_form(browser.get(url), "user_form")
    secret = {"password1": ["hemligt-ord"], "password2": ["hemligt-ord"]}
    del browser.cookies["sessionid"]
    page = send(browser, url, values | secret | {"username": ["testsson"]})
    assert "testsson" in carried(page)
    assert "hemligt-ord" not in page.text
    for address in ("admin:password_change", "admin:auth_user_password_change"):
        url = reverse(address, args=[1] if "user" in address else [])
        assert carried(send(browser, url, {**values, **secret})) is None


def test_a_deletion_sent_after_the_session_ended_is_not_carried_anywhere(browser, make_post):
    post = make_post()
    url = url_of(Post, "delete", post.pk)
    token = token_of(browser.get(url))
    session = browser.cookies.pop("sessionid")
    sent = {"post": "yes", "csrfmiddlewaretoken": token}
    assert send(browser, url, sent).status_code == 302
    page = send(browser, ADD_POST, {"title": "x", "csrfmiddlewaretoken": token})
    after = log_in_from(browser, page, url)
    assert (after.status_code, after.url) == (302, url)
    browser.cookies["sessionid"] = session.value
    assert Post.objects.exists()


def test_somebody_who_may_not_have_the_form_does_not_get_it_and_keeps_the_text(browser):
    values = post_form(browser)
    User.objects.create_user("test2", password=PASSWORD, is_staff=True)
    del browser.cookies["sessionid"]
    page = send(browser, ADD_POST, values)
    login = read_form(page, "login-form")[0] | {"username": ["test2"], "password": [PASSWORD]}
    page = send(
        browser, f"{reverse('admin:login')}?next={ADD_POST}", login | {"kept_fields": [carried(page)]}
    )
    refused = go_on_from(browser, page)
    assert refused.status_code == 403
    assert "Du får inte spara det här" in refused.text
    assert carried(refused) == carried(page)


# --- The token that grew old ---


def test_a_form_with_an_old_token_is_shown_again_and_not_saved(browser):
    values = post_form(browser, csrfmiddlewaretoken=["x" * 64])
    response = send(browser, ADD_POST, values)
    assert response.status_code == 403
    assert "Formuläret hade blivit för gammalt" in response.text
    back = form_of(response)
    assert (back["title"], back["body"]) == ([TITLE], [BODY])
    assert not Post.objects.exists()
    assert send(browser, ADD_POST, back | {"_draft": ["Spara utkast"]}).status_code == 302


def test_a_form_without_any_cookie_leads_through_the_login(browser):
    values = post_form(browser)
    browser.cookies.clear()
    response = send(browser, ADD_POST, values)
    assert response.status_code == 403
    assert form_of(go_on_from(browser, log_in_from(browser, response)))["title"] == [TITLE]


def test_a_form_of_another_site_is_not_shown(browser):
    response = send(browser, ADD_POST, post_form(browser), headers={"Origin": "https://elak.example"})
    assert response.status_code == 403
    assert "&amp; ”kaffe”" not in response.text


# --- The save that failed ---


def failed(response, line):
    assert response.status_code == 503
    assert line in response.text
    assert "är sparad" not in response.text
    back = form_of(response)
    assert (back["title"], back["body"]) == ([TITLE], [BODY])


def test_a_picture_that_cannot_be_stored_gives_back_the_text(browser, picture_file, settings):
    settings.MEDIA_ROOT.write_text("Här kan ingen bild ligga.")
    sent = {name: value[0] for name, value in post_form(browser).items() if value}
    response = browser.post(ADD_POST, sent | {"image": picture_file(), "image_is_decorative": "on"})
    failed(response, "Det gick inte att spara: filen gick inte att lagra. Allt du skrev är kvar här.")
    assert "Välj också bilden på nytt." in response.text
    assert not Post.objects.exists()


def test_a_database_that_takes_nothing_gives_back_the_text(browser):
    values = post_form(browser)
    with connection.cursor() as cursor:
        on_sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA query_only = ON" if on_sqlite else "SET TRANSACTION READ ONLY")
        response = send(browser, ADD_POST, values)
        if on_sqlite:
            cursor.execute("PRAGMA query_only = OFF")
    why = "webbplatsen får inte skriva på sin disk." if on_sqlite else "databasen tog inte emot det."
    failed(response, f"Det gick inte att spara: {why}")


def test_a_save_that_fails_at_its_very_end_is_not_called_saved(browser):
    values = post_form(browser)

    logged = False

    def full(execute, sql, *args):
        nonlocal logged
        logged = logged or "django_admin_log" in sql  # Django's last step before it says "saved"
        if logged and sql.startswith("RELEASE"):
            logged = False
            raise OperationalError("database or disk is full")
        return execute(sql, *args)

    with connection.execute_wrapper(full):
        response = send(browser, ADD_POST, values)
    failed(response, "Det gick inte att spara: databasen svarar inte.")
    assert not Post.objects.exists()


def test_a_database_that_is_away_is_answered_with_the_text_and_a_way_to_try_again(browser):
    browser.raise_request_exception = False
    values = post_form(browser)

    def away(*args):
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        page = send(browser, ADD_POST, values)
        again = go_on_from(browser, page)
    assert (page.status_code, again.status_code) == (503, 503)
    assert page.headers["Retry-After"]
    assert "no-store" in page.headers["Cache-Control"]
    back = form_of(go_on_from(browser, again))
    assert (back["title"], back["body"]) == ([TITLE], [BODY])


def test_an_error_of_ours_keeps_the_text_too(browser, monkeypatch):
    browser.raise_request_exception = False
    values = post_form(browser)
    monkeypatch.setattr(Post, "save", lambda *args, **kwargs: 1 / 0)
    page = send(browser, ADD_POST, values)
    monkeypatch.undo()
    assert page.status_code == 500
    assert form_of(go_on_from(browser, page))["title"] == [TITLE]


def test_what_changes_something_that_is_gone_can_be_saved_as_new(browser):
    address = PostalAddress.objects.create(
        recipient="Testföreningen", street="Testgatan 1", postal_code="123 45", city="Teststad"
    )
    url, values = filled(PostalAddress, browser, address, street=["Nygatan 2"])
    address.delete()
    page = send(browser, url, values)
    assert "Den har tagits bort medan du skrev" in page.text
    add = url_of(PostalAddress, "add")
    assert f'action="{add}"' in page.text
    shown, _ = read_form(go_on_from(browser, page, add), "postaladdress_form")
    assert shown["street"] == ["Nygatan 2"]


def test_what_is_saved_as_new_has_its_rows_too(browser, make_holder):
    holder = make_holder()
    url, values = filled(Role, browser, holder.role, name=["Vice ordförande"])
    holder.delete()
    holder.role.delete()
    page = send(browser, url, values)
    add = url_of(Role, "add")
    shown, _ = read_form(go_on_from(browser, page, add), "role_form")
    assert send(browser, add, shown | {"_save": ["Spara"]}).status_code == 302
    assert [str(held.person) for held in Role.objects.get().assignments.all()] == ["Test Testsson"]


@pytest.mark.parametrize("multipart", [True, False])
def test_more_than_can_be_received_is_said_in_swedish(browser, multipart):
    huge = post_form(browser, body=["x" * (11 * 1024 * 1024)])
    sent = {name: value[0] for name, value in huge.items() if value}
    response = browser.post(ADD_POST, sent) if multipart else send(browser, ADD_POST, sent)
    assert response.status_code == 400
    assert "Det var för mycket att ta emot" in response.text


def test_a_disk_too_full_to_read_the_picture_leads_back_to_the_form(browser, settings, picture_file):
    browser.raise_request_exception = False
    sent = {name: value[0] for name, value in post_form(browser).items() if value}
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    settings.FILE_UPLOAD_TEMP_DIR = settings.MEDIA_ROOT / "saknas"
    response = browser.post(ADD_POST, sent | {"image": picture_file()})
    assert response.status_code == 503
    assert "där kan du hämta tillbaka det du skrev" in response.text
    assert f'href="{ADD_POST}"' in response.text


# --- What the page and the browser's copy are told ---


@MODELS
def test_every_form_says_on_top_what_is_wrong_and_that_nothing_is_saved(model, as_superuser):
    row = make(model)
    url, values = filled(model, as_superuser, row)
    _, kinds = read_form(as_superuser.get(url), form_id_of(model))
    wrong = {"vTextField": "", "vURLField": "", "vIntegerField": "", "vDateField": "fel"}
    response = send(
        as_superuser, url, values | {name: wrong[kind] for name, kind in kinds.items() if kind in wrong}
    )
    assert "Inget är sparat än. Rätta det här och spara igen:" in response.text
    assert "data-unsaved" in response.text
    assert re.search(r'<li><a href="#id_\w+">[^<]+</a>: ', response.text)


def test_a_wrong_row_beneath_a_form_is_named_on_top(as_superuser, make_holder):
    holder = make_holder()
    wrong = {"assignments-0-ends_on": "igår"}
    url, values = filled(Role, as_superuser, holder.role, **wrong)
    response = send(as_superuser, url, values)
    assert ">Innehavare 1, till och med</a>: Fyll i ett giltigt datum." in response.text


def test_the_copy_is_dropped_when_the_server_has_saved_and_not_before(browser):
    def told(response):
        return f"sparad-{NAME}" in response.cookies

    values = post_form(browser, kept_as=[NAME])
    refused = send(browser, ADD_POST, values | {"title": [""]})
    assert not told(refused)
    assert form_of(refused)["kept_as"] == [NAME]  # the same copy goes on
    assert not told(send(browser, ADD_POST, values | {"csrfmiddlewaretoken": ["x" * 64]}))
    assert not told(send(browser, ADD_POST, values | {"kept_as": ["x=1; path=/"]}))
    saved = send(browser, ADD_POST, values | {"title": ["En annan"]})
    assert told(saved)
    assert not saved.cookies[f"sparad-{NAME}"]["httponly"]
    popup = send(browser, f"{ADD_POST}?_popup=1", values | {"title": ["En tredje"], "_popup": ["1"]})
    assert told(popup) or popup.status_code == 302


def test_the_page_after_logging_out_names_whose_copies_are_forgotten(browser, superuser):
    token = token_of(browser.get(reverse("admin:index")))
    page = send(browser, reverse("admin:logout"), {"csrfmiddlewaretoken": token})
    assert f'data-user="" data-forget="{superuser.pk}"' in page.text
