"""A form of the admin that could not be saved: what the server answers. It stores nothing of it.

What was typed is in the browser's own copy: tests/browser/test_unsaved_forms.py.
"""

import re

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from contacts.models import PostalAddress, Role
from news.models import Category, Post
from tests.helpers.admin_forms import MODELS, filled, form_id_of, make, read_form, send, url_of
from tests.helpers.second_factor import code_of, set_up

pytestmark = pytest.mark.any_database

PASSWORD = "granatäpplen-i-mars"
TITLE = "Årsmöte & ”kaffe” <b>"
ADD_POST = reverse("admin:news_post_add")
REFERER = {"Referer": f"http://testserver{ADD_POST}"}
NAME = "0123456789abcdef" * 2
LOGGED_OUT = "Du har blivit utloggad, så inget är sparat."


@pytest.fixture
def browser(superuser):
    """A client that is checked for CSRF, on which the superuser has logged in."""
    superuser.set_password(PASSWORD)
    superuser.save()
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    client.raise_request_exception = False
    return client


def form_of(response):
    return read_form(response, "post_form")[0]


def post_form(client, **changes):
    return form_of(client.get(ADD_POST)) | {"title": [TITLE], "_draft": ["Spara utkast"]} | changes


def post_from_form(client, values, **headers):
    return send(client, ADD_POST, values, headers=REFERER | headers)


def token_of(response):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', response.text)[1]


def assert_leads_back(response, status, text, url=REFERER["Referer"]):
    """The answer says why nothing is saved, that the browser has what was typed, and where."""
    assert response.status_code == status
    for line in (text, "Inget är sparat.", "tryck på Hämta tillbaka", f'href="{url}"'):
        assert line in response.text
    assert "kaffe" not in response.text
    assert not Post.objects.exists()


# --- The session that ended ---


def test_a_form_sent_after_the_session_ended_leads_through_the_login_to_the_form(browser):
    values = post_form(browser)
    del browser.cookies["sessionid"]
    answer = post_from_form(browser, values)
    assert answer.url == f"{reverse('admin:login')}?next={ADD_POST}"
    login = browser.get(answer.url)
    assert LOGGED_OUT in login.text
    assert "tryck på Hämta tillbaka" in login.text
    fields = read_form(login, "login-form")[0] | {"username": ["test"], "password": [PASSWORD]}
    assert send(browser, answer.url, fields).url == ADD_POST
    assert LOGGED_OUT not in browser.get(ADD_POST).text  # it is said once
    assert not Post.objects.exists()


def test_the_second_step_of_the_login_leads_there_too(browser, superuser):
    values = post_form(browser)
    phone = Client()
    phone.force_login(superuser)
    device, _ = set_up(phone, superuser)
    del browser.cookies["sessionid"]
    address = post_from_form(browser, values).url
    fields = read_form(browser.get(address), "login-form")[0]
    send(browser, address, fields | {"username": ["test"], "password": [PASSWORD]})
    page = browser.get(ADD_POST, follow=True)
    assert page.request["PATH_INFO"] == "/admin/tvasteg/kod/"
    code = {"code": code_of(device), "csrfmiddlewaretoken": token_of(page)}
    assert send(browser, f"/admin/tvasteg/kod/?next={ADD_POST}", code).url == ADD_POST


@MODELS
def test_no_form_changes_anything_after_the_session_ended(model, browser):
    row = make(model)
    before = list(model.objects.values())
    url, values = filled(model, browser, row)
    _, kinds = read_form(browser.get(url), form_id_of(model))
    typed = {name: ["Något annat"] for name, kind in kinds.items() if kind in ("vTextField", "textarea")}
    del browser.cookies["sessionid"]
    answer = send(browser, url, values | typed)
    assert (answer.status_code, answer.url) == (302, f"{reverse('admin:login')}?next={url}")
    assert list(model.objects.values()) == before


def test_a_deletion_sent_after_the_session_ended_is_asked_about_again(browser, make_post):
    url = url_of(Post, "delete", make_post().pk)
    token = token_of(browser.get(url))
    session = browser.cookies.pop("sessionid")
    answer = send(browser, url, {"post": "yes", "csrfmiddlewaretoken": token})
    assert answer.url.endswith(f"?next={url}")
    browser.cookies["sessionid"] = session.value
    assert "Ja, ta bort" in browser.get(url).text
    assert Post.objects.exists()


def test_who_may_not_save_is_told_so(browser):
    values = post_form(browser)
    browser.force_login(User.objects.create_user("test2", is_staff=True))
    values |= {"csrfmiddlewaretoken": [token_of(browser.get(reverse("admin:index")))]}
    assert_leads_back(post_from_form(browser, values), 403, "Du får inte spara det här")


# --- The token that is old, missing or of another site ---


@pytest.mark.parametrize("token", [["x" * 64], []], ids=["old", "none"])
def test_a_form_without_the_right_token_is_not_saved(browser, token):
    answer = post_from_form(browser, post_form(browser, csrfmiddlewaretoken=token))
    assert_leads_back(answer, 403, "Formuläret hann bli för gammalt")


def test_a_form_without_any_cookie_is_not_saved(browser):
    values = post_form(browser)
    browser.cookies.clear()
    assert_leads_back(post_from_form(browser, values), 403, "Formuläret hann bli för gammalt")


def test_a_form_of_another_site_does_not_lead_back_there(browser):
    values = post_form(browser)
    answer = post_from_form(browser, values, Origin="https://elak.example", Referer="https://elak.example/x")
    assert_leads_back(answer, 403, "Formuläret hann bli för gammalt", reverse("admin:index"))


# --- The save that failed ---


def test_a_picture_that_cannot_be_stored_is_told(browser, picture_file, settings):
    settings.MEDIA_ROOT.write_text("Här kan ingen bild ligga.")
    sent = {name: value[0] for name, value in post_form(browser).items() if value}
    sent |= {"image": picture_file(), "image_is_decorative": "on"}
    answer = browser.post(ADD_POST, sent, headers=REFERER)
    assert_leads_back(answer, 503, "Filen gick inte att lagra.")


def test_a_database_that_takes_nothing_is_told(browser):
    values = post_form(browser)
    with connection.cursor() as cursor:
        on_sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA query_only = ON" if on_sqlite else "SET TRANSACTION READ ONLY")
        answer = post_from_form(browser, values)
        if on_sqlite:
            cursor.execute("PRAGMA query_only = OFF")
    why = "Webbplatsen får inte skriva på sin disk." if on_sqlite else "Databasen tog inte emot det."
    assert_leads_back(answer, 503, why)


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
        answer = post_from_form(browser, values)
    assert_leads_back(answer, 503, "Databasen svarar inte.")
    assert "är sparad" not in browser.get(reverse("admin:index")).text


def test_a_database_that_is_away_is_told(browser):
    values = post_form(browser)

    def away(*args):
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        answer = post_from_form(browser, values)
    assert_leads_back(answer, 503, "Databasen svarar inte.")
    assert answer.headers["Retry-After"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_error_of_ours_is_told(browser, monkeypatch):
    values = post_form(browser)
    monkeypatch.setattr(Post, "save", lambda *args, **kwargs: 1 / 0)
    assert_leads_back(post_from_form(browser, values), 500, "Något gick fel hos oss.")


def test_what_changes_something_that_is_gone_leads_to_a_new_form(browser):
    address = PostalAddress.objects.create(
        recipient="Testföreningen", street="Testgatan 1", postal_code="123 45", city="Teststad"
    )
    url, values = filled(PostalAddress, browser, address, street=["Nygatan 2"])
    address.delete()
    page = send(browser, url, values)
    assert page.status_code == 404
    assert "Den har tagits bort medan du skrev" in page.text
    assert f'href="{url_of(PostalAddress, "add")}?_from={url}"' in page.text
    assert browser.get(f"{url_of(PostalAddress, 'add')}?_from={url}").status_code == 200


@pytest.mark.parametrize("multipart", [True, False])
def test_more_than_can_be_received_is_told(browser, multipart):
    huge = post_form(browser, body=["x" * (11 * 1024 * 1024)])
    sent = {name: value[0] for name, value in huge.items() if value}
    post = browser.post if multipart else (lambda *args, **options: send(browser, *args, **options))
    assert_leads_back(post(ADD_POST, sent, headers=REFERER), 400, "Det var för mycket att ta emot")


def test_a_disk_too_full_to_read_the_picture_is_told(browser, settings, picture_file):
    sent = {name: value[0] for name, value in post_form(browser).items() if value}
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    settings.FILE_UPLOAD_TEMP_DIR = settings.MEDIA_ROOT / "saknas"
    answer = browser.post(ADD_POST, sent | {"image": picture_file()}, headers=REFERER)
    assert_leads_back(answer, 503, "Filen gick inte att lagra.")


# --- The form shown again, and when the browser may drop its copy ---


@MODELS
def test_every_form_says_on_top_what_is_wrong_and_that_nothing_is_saved(model, as_superuser):
    row = make(model)
    url, values = filled(model, as_superuser, row)
    _, kinds = read_form(as_superuser.get(url), form_id_of(model))
    wrong = {"vTextField": "", "vURLField": "", "vIntegerField": "", "date": "fel"}
    response = send(
        as_superuser, url, values | {name: wrong[kind] for name, kind in kinds.items() if kind in wrong}
    )
    assert "Inget är sparat än. Rätta det här och spara igen:" in response.text
    assert "data-redisplayed" in response.text
    assert re.search(r'<li><a href="#id_\w+">[^<]+</a>: ', response.text)


def test_a_wrong_row_beneath_a_form_is_named_on_top(as_superuser, make_holder):
    holder = make_holder()
    wrong = {"assignments-0-ends_on": "igår"}
    url, values = filled(Role, as_superuser, holder.role, **wrong)
    response = send(as_superuser, url, values)
    said = "Skriv dagen så här: 24 december 2026, eller 2026-12-24."
    assert f">Innehavare 1, till och med</a>: {said}" in response.text


def test_the_copy_is_dropped_when_the_server_has_saved_and_not_before(browser):
    def told(response):
        return f"sparad-{NAME}" in response.cookies

    values = post_form(browser, unsaved_copy=[NAME])
    refused = send(browser, ADD_POST, values | {"title": [""]})
    assert not told(refused)
    assert form_of(refused)["unsaved_copy"] == [NAME]  # the same copy goes on
    assert not told(send(browser, ADD_POST, values | {"csrfmiddlewaretoken": ["x" * 64]}))
    assert not told(send(browser, ADD_POST, values | {"unsaved_copy": ["x=1; path=/"]}))
    saved = send(browser, ADD_POST, values | {"title": ["En annan"]})
    assert told(saved)
    assert not saved.cookies[f"sparad-{NAME}"]["httponly"]
    action = {"action": "delete_selected", "unsaved_copy": [NAME], "_selected_action": ["1"]}
    action |= {"csrfmiddlewaretoken": values["csrfmiddlewaretoken"], "post": "yes"}
    Category.objects.create(pk=1, name="Möten")
    assert not told(send(browser, url_of(Category, "changelist"), action))  # numbers beside it are not saved
    popup = send(browser, f"{ADD_POST}?_popup=1", values | {"title": ["En tredje"], "_popup": ["1"]})
    assert told(popup) or popup.status_code == 302


def test_the_page_after_logging_out_names_whose_copies_are_forgotten(browser, superuser):
    token = token_of(browser.get(reverse("admin:index")))
    page = send(browser, reverse("admin:logout"), {"csrfmiddlewaretoken": token})
    assert f'data-user="" data-forget="{superuser.pk}"' in page.text
