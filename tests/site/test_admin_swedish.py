"""The admin speaks Swedish to the last word: every page, every message, every refusal.

The pages are found in the admin's own URL patterns, so that a new page is read by itself.
"""

import json
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from contacts.models import Branch
from news.models import Category
from tests.helpers.admin_forms import (
    MODELS,
    REGISTRY,
    WITHOUT_FORMS,
    form_id_of,
    grow,
    make,
    read_form,
    url_of,
)
from tests.helpers.admin_pages import named_addresses
from tests.helpers.swedish import Reader, english, english_on

pytestmark = pytest.mark.any_database

BUTTON = re.compile(r"/(?:history|papperskorg(?:/angra)?)/1/$|/kopiera/$|/utdrag/")


@pytest.mark.parametrize(
    "html",
    [
        "<p>Please correct the error below.</p>",
        '<input type="submit" value="Save">',
        '<a title="Delete">Ta bort</a>',
        '<img alt="True value">',
        '<button aria-label="Toggle theme">Tema</button>',
        '<input placeholder="Search">',
        "<option>Any date</option>",
        "<title>Site administration</title>",
        """<div data-inline-formset='{"options": {"addText": "Add another"}}'></div>""",
    ],
)
def test_the_detector_finds_english(html):
    reader = Reader()
    reader.feed(html)

    assert any(english(text) for text in reader.said)


def test_the_detector_lets_swedish_pass():
    reader = Reader()
    reader.feed(
        "<p>Lägg till nyhet. Alla personer är listade här. Vill du ta bort filen? På i går, nu och då.</p>"
    )
    reader.feed("<script>const the = 'add'</script>")
    reader.feed("<p>Nyckel: <code>VEM5 GO3O HELP</code></p>")

    assert not any(english(text) for text in reader.said)


def test_the_detector_finds_what_the_admin_would_say_in_english(as_superuser, settings):
    settings.LANGUAGES = [("en", "English")]
    settings.LANGUAGE_CODE = "en"

    said = "".join(english_on(as_superuser.get(url_of(Category, "add"))))

    assert "Save and add another" in said
    assert "Home" in said
    assert "Please" not in said


# --- Every page ---


def addresses(rows):
    """The address of every admin page that has a name, and lists as they can be asked for."""
    for name, address in named_addresses(rows):
        if name != "view_on_site":  # leads out of the admin
            yield address
    for model in rows:
        changelist = url_of(model, "changelist")
        yield from (f"{changelist}?q=finns-inte", f"{changelist}?e=1", f"{changelist}?_facets=True")
        if model not in {Branch, *WITHOUT_FORMS}:
            yield f"{url_of(model, 'add')}?_popup=1"


def test_every_page_is_in_swedish(as_superuser, rows, settings):
    settings.SENDS_EMAIL = True  # or nobody is told of letters
    said, seen = [], 0
    no_forms = tuple(url_of(model, "changelist") for model in WITHOUT_FORMS)
    for url in addresses(rows):
        response = as_superuser.get(url)
        if url == reverse("admin:jsi18n"):
            continue
        if response.status_code == 302:
            response = as_superuser.get(url, follow=True)
        if response.status_code == 403 and url.startswith(no_forms):
            continue
        if url.startswith((reverse("admin:logout"), reverse("admin:autocomplete"))) or (
            url in (url_of(Branch, "add"), reverse("admin:news_paste"), reverse("admin:news_picture"))
            or "/branch/1/delete/" in url
            or BUTTON.search(url)
        ):
            assert response.status_code in (403, 404, 405), url  # asked otherwise below, not allowed, or gone
            continue
        assert response.status_code == 200, url
        assert '<html lang="sv"' in response.text, url
        seen += 1
        said += english_on(response)
    assert seen > 6 * len(REGISTRY)
    assert not said


@pytest.fixture
def row(db, model):
    """One row of the model that a test is given, with all that can hang on it."""
    row = make(model)
    grow(row, 2)
    return row


@pytest.mark.parametrize("model", [model for model in REGISTRY if model is not Branch])  # one row has no list
def test_every_filter_and_column_is_in_swedish(as_superuser, row, model):
    make(model)  # a filter by what a row belongs to is shown from two on
    page = as_superuser.get(url_of(model, "changelist"), follow=True)
    links = set(re.findall(r'<a href="(\?[^"]+)"', page.text))
    if REGISTRY[model].list_filter:
        assert links, "no filter is shown"

    said = []
    for link in links:
        said += english_on(
            as_superuser.get(url_of(model, "changelist") + link.replace("&amp;", "&"), follow=True)
        )
    assert not said


# --- Every message ---


@MODELS
@pytest.mark.parametrize("kind", ["empty", "wrong"])
def test_every_refusal_of_a_form_is_in_swedish(as_superuser, row, model, kind):
    url = url_of(model, "change", row.pk)
    values, kinds = read_form(as_superuser.get(url), form_id_of(model))
    for name, what in kinds.items():
        if what != "hidden" and name != "csrfmiddlewaretoken":
            values[name] = [] if kind == "empty" else ["fel å " * 60]
    data = {name: value for name, value in values.items() if value}
    if kind == "wrong":
        pictures = [name for name, what in kinds.items() if what == "file"]
        data |= {name: SimpleUploadedFile("fel.png", b"ingen bild") for name in pictures}

    response = as_superuser.post(url, data)

    form = response.context["adminform"].form
    assert form.errors, "the form was accepted"
    assert not english_on(response)


@pytest.mark.parametrize(
    ("passwords", "told"),
    [
        (("", ""), "måste fyllas i"),
        (("granatäpple77", "granatäpple78"), "stämmer inte överens"),
        (("password", "password"), "vanligt"),
        (("12345", "12345"), "kort"),
        (("asaoberg1", "asaoberg1"), "likt"),
    ],
)
def test_every_refusal_of_a_password_is_in_swedish(as_superuser, superuser, passwords, told):
    superuser.username = "asaoberg"
    superuser.save()
    first, second = passwords
    new = {"new_password1": first, "new_password2": second, "old_password": "test"}
    asked = {"password1": first, "password2": second, "usable_password": "true"}
    pages = [
        as_superuser.post(reverse("admin:password_change"), new),
        as_superuser.post(reverse("admin:auth_user_password_change", args=[superuser.pk]), asked),
        as_superuser.post(url_of(User, "add"), asked | {"username": "asaoberg2"}),
    ]
    for page in pages:
        assert told in page.text or (first == "" and page is pages[1])  # whoever has a password keeps it
        assert not english_on(page)


def test_logging_in_and_out_is_in_swedish(client, superuser):
    login = reverse("admin:login")
    asked = client.get(login)
    refused = client.post(login, {"username": "test", "password": "fel"})
    empty = client.post(login, {})
    client.force_login(User.objects.create_user("utomstående"))
    stranger = client.get(login)
    client.force_login(superuser)
    out = client.post(reverse("admin:logout"))

    for page in (asked, refused, empty, stranger, out):
        assert page.status_code == 200
        assert not english_on(page)
    assert "Logga in" in asked.text
    assert "Fel användarnamn eller lösenord" in refused.text
    assert "inte behörig" in stranger.text
    assert "Du är nu utloggad" in out.text


def change(client, model, row, **changes):
    url = url_of(model, "change", row.pk)
    values, _ = read_form(client.get(url), form_id_of(model))
    return client.post(url, values | changes, follow=True)


@MODELS
def test_every_message_after_saving_and_deleting_is_in_swedish(as_superuser, row, model):
    buttons = ["_save", "_continue"] + (["_addanother"] if model is not Branch else [])  # there is one
    pages = [change(as_superuser, model, row, **{button: "1"}) for button in buttons]
    for page in pages:
        assert [message.level_tag for message in page.context["messages"]] == ["success"]
    pages.append(as_superuser.get(url_of(model, "history", row.pk)))
    if model is not Branch:
        changelist = url_of(model, "changelist")
        chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
        pages.append(as_superuser.post(changelist, chosen, follow=True))
        pages.append(as_superuser.post(changelist, {"action": "", "_selected_action": [row.pk]}, follow=True))
        pages.append(as_superuser.post(changelist, {"action": "delete_selected"}, follow=True))
        pages.append(as_superuser.post(changelist, chosen | {"post": "yes"}, follow=True))
        pages.append(as_superuser.get(url_of(model, "change", 10**9), follow=True))
        other = make(model)
        pages.append(as_superuser.post(url_of(model, "delete", other.pk), {"post": "yes"}, follow=True))
        assert not model.objects.filter(pk=other.pk).exists()
    pages.append(as_superuser.get(reverse("admin:index")))

    assert not [sentence for page in pages for sentence in english_on(page)]


def test_what_goes_with_an_account_is_asked_about_in_swedish(as_superuser, member):
    owner = member("Redaktörer")
    TOTPDevice.objects.create(user=owner, name="Telefon")
    StaticDevice.objects.create(user=owner).token_set.create(token="abc")
    page = as_superuser.get(url_of(User, "delete", owner.pk))
    assert not re.findall("(?i)totp|static (?:device|token)", page.text)


@pytest.mark.parametrize("model", [User, Group], ids=["User", "Group"])
def test_permissions_are_offered_in_swedish_with_those_of_the_rows_inside_a_form(as_superuser, model):
    form = as_superuser.get(url_of(model, "change", make(model).pk)).context["adminform"].form
    name = "user_permissions" if model is User else "permissions"
    offered = {label for _, label in form.fields[name].choices}

    assert {"Nyheter: lägga till", "Roller: ändra", "Användare: ta bort", "Uppdrag: se"} <= offered
    assert not [label for label in offered if english(label)]
    assert not [label for label in offered if "session" in label.lower() or "innehållstyp" in label.lower()]


def test_the_history_says_in_swedish_what_was_done(as_superuser):
    values, _ = read_form(as_superuser.get(url_of(Category, "add")), "category_form")
    as_superuser.post(url_of(Category, "add"), values | {"name": "Möten"})
    category = Category.objects.get()
    change(as_superuser, Category, category, name="Årsmöten")

    history = as_superuser.get(url_of(Category, "history", category.pk)).text
    assert "Lagt till." in history
    assert "Ändrade Namn." in history


@MODELS
def test_the_history_names_every_field_in_swedish(as_superuser, model):
    form = as_superuser.get(url_of(model, "change", make(model).pk)).context["adminform"].form
    with translation.override(None):  # how Django stores them
        stored = [str(field.label) for field in form.fields.values()]

    said = LogEntry(change_message=json.dumps([{"changed": {"fields": stored}}])).get_change_message()
    assert said.startswith("Ändrade ")
    assert not english(said)


# --- Scripts, and the translations themselves ---


def script_catalog(client):
    text = client.get(reverse("admin:jsi18n")).text
    return json.loads(re.search(r"const newcatalog = (\{.*?\});\n", text, re.DOTALL)[1])


def test_every_text_of_the_admins_scripts_is_translated(as_superuser):
    catalog = script_catalog(as_superuser)
    scripts = Path(apps.get_app_config("admin").path, "static/admin/js").glob("*.js")
    asked = {
        text
        for script in scripts
        for call in re.findall(
            r"\b(?:gettext|ngettext|interpolate\(gettext)\(\s*(['\"])(.*?)\1", script.read_text("utf-8")
        )
        for text in [call[1]]
    }
    assert len(asked) > 30
    assert not asked - set(catalog)

    said = [text for value in catalog.values() for text in ([value] if isinstance(value, str) else value)]
    assert not [sentence for text in said for sentence in english(text)]
    assert catalog["6 p.m."] == "18:00"
    assert catalog["Chosen %s"] == "Valda %s"


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_compiled_translations_are_those_of_the_source(domain, tmp_path):
    folder = Path(apps.get_app_config("hgf_site").path, "locale/sv/LC_MESSAGES")
    blocks = (folder / f"{domain}.po").read_text("utf-8").split("\n\n")
    with (folder / f"{domain}.mo").open("rb") as compiled:
        catalog = GNUTranslations(compiled)._catalog

    written = {}
    for block in blocks:
        key, lines = "msgid", {"msgid": "", "msgstr": ""}
        for line in block.splitlines():
            if match := re.match(r'(msgid|msgstr)? ?"(.*)"$', line):
                key = match[1] or key
                lines[key] += match[2].replace('\\"', '"')
        if lines["msgid"]:
            written[lines["msgid"]] = lines["msgstr"]
    assert written
    assert {key: text for key, text in catalog.items() if key} == written


def test_our_swedish_wins_over_the_librarys():
    assert gettext("View site") == "Visa webbplatsen"
    assert "bildpunkter" in gettext(
        "The image you uploaded is too large. The required maximum resolution is: %(width)sx%(height)s px."
    )
