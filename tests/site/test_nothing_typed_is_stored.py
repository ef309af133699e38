"""What is typed and not saved is nowhere afterwards: no table, no log, no letter, no file, no cache."""

import logging

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import caches
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from common.logs import UtcFormatter
from contacts.models import Branch, Role
from tests.helpers.admin_forms import REGISTRY, form_id_of, read_form, send, url_of

TYPED = "granatkrona-7731"
TEXT_FIELDS = {"vTextField", "vLargeTextField", "vURLField", "date", "textarea", "text", "email"}


@pytest.fixture
def forms(superuser, rows):
    """(a browser that has logged in, [(address, fields as typed)]) of every form of the admin."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    client.raise_request_exception = False
    addresses = [(url_of(model, "change", row.pk), form_id_of(model)) for model, row in rows.items()]
    addresses += [(url_of(model, "add"), form_id_of(model)) for model in rows if model is not Branch]
    addresses += [
        (reverse("admin:contacts_role_new_board"), "handover_form"),
        (reverse("admin:contacts_role_appoint", args=[rows[Role].pk]), "handover_form"),
    ]
    found = []
    for address, form_id in addresses:
        page = client.get(address)
        if f'id="{form_id}"' not in page.text:
            continue  # only shown
        values, kinds = read_form(page, form_id)
        typed = {name: [TYPED] for name, kind in kinds.items() if kind in TEXT_FIELDS}
        found.append((address, values | typed | {"_save": ["Spara"], "unsaved_copy": ["0" * 32]}))
    return client, found


def no_session(client, monkeypatch):
    del client.cookies["sessionid"]


def no_cookie(client, monkeypatch):
    client.cookies.clear()


def no_right(client, monkeypatch):
    monkeypatch.setattr(User, "has_perm", lambda *args: False)


def an_error(client, monkeypatch):
    monkeypatch.setattr("django.contrib.admin.ModelAdmin._changeform_view", lambda *args: 1 / 0)
    monkeypatch.setattr("contacts.handover.admin.HandoverForm.__init__", lambda *args, **options: 1 / 0)


def no_valid_form(client, monkeypatch):
    monkeypatch.setattr("django.forms.forms.BaseForm.is_valid", lambda form: False)


def everywhere(caplog, settings):
    """Yield (where, all that is stored there, as text)."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  a name from the database itself
            yield table, repr(cursor.fetchall())
    yield "log", caplog.text
    yield "letters", "".join(str(letter.message()) for letter in mail.outbox)
    yield "cache", repr(getattr(caches["default"], "_cache", ""))
    for path in settings.MEDIA_ROOT.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode("latin-1")


@pytest.mark.any_database
def test_what_is_typed_and_not_saved_is_nowhere(forms, caplog, settings, monkeypatch):
    client, found = forms
    assert len(found) > len(REGISTRY)
    caplog.set_level(logging.DEBUG, logger="django.request")
    settings.ADMINS, settings.SENDS_EMAIL = [("", "drift@example.org")], True
    for fails in (no_session, no_cookie, no_right, an_error, no_valid_form):
        cookies = client.cookies.copy()
        with monkeypatch.context() as patched:
            fails(client, patched)
            statuses = {send(client, address, data).status_code for address, data in found}
        assert statuses <= {200, 302, 403, 500}
        found_in = [where for where, text in everywhere(caplog, settings) if TYPED in text]
        assert found_in == [], fails.__name__
        client.cookies = cookies
    assert mail.outbox  # of the error


def test_what_is_typed_into_a_login_that_fails_is_nowhere(client, caplog, settings, superuser):
    for name in ("login", "second_factor_code", "password_change"):
        client.post(reverse(f"admin:{name}"), {"username": TYPED, "password": TYPED, "code": TYPED})
    in_log_of_logins = {"axes_accessfailurelog"}  # the user name, for administrators: security_log.py
    stored = {where for where, text in everywhere(caplog, settings) if TYPED in text}
    assert stored <= in_log_of_logins


def test_a_row_that_the_database_refused_is_not_in_the_log():
    """PostgreSQL tells the whole row: "DETAIL:  Failing row contains (…)", over several lines."""
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Fel", None, None)
    try:
        try:
            detail = f"DETAIL:  Failing row contains ({TYPED}\n{TYPED}).\n"
            raise ValueError(f'violates check constraint "x"\n{detail}')
        except ValueError as error:
            raise IntegrityError(*error.args) from error
    except IntegrityError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    text = UtcFormatter().format(record)
    assert 'violates check constraint "x"' in text
    assert "IntegrityError" in text
    assert TYPED not in text
