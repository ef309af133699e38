"""No button of the admin does anything without its token: every address, every button of every form."""

from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client

from tests.helpers.admin_pages import named_addresses

pytestmark = pytest.mark.any_database

FOREIGN = {"Origin": "https://elak.example"}
WRONG = "x" * 64


class PostedForms(HTMLParser):
    """Collects [address, {name: [value, …]}] for each button of each form of a page that is posted."""

    def __init__(self, address):
        super().__init__()
        self.address, self.forms, self.form, self.select = address, [], None, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form" and attrs.get("method", "get").lower() == "post":
            self.form = attrs.get("action") or self.address, {}, []
            self.forms.append(self.form)
        elif tag == "select":
            self.select = attrs.get("name")
        elif tag == "option" and self.form and self.select:
            self.form[1][self.select] = [attrs.get("value") or ""]  # the last one
        elif tag in ("input", "button") and self.form and attrs.get("name"):
            address, fields, buttons = self.form
            if tag == "button" or attrs.get("type") == "submit":
                buttons.append((attrs.get("formaction") or address, attrs["name"], attrs.get("value", "")))
            else:
                fields.setdefault(attrs["name"], []).append(attrs.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None

    def requests(self):
        for address, fields, buttons in self.forms:
            for target, name, value in [*buttons, (address, "post", "yes")]:
                yield target, fields | {name: [value]}


def rows_of_all_tables():
    """Return what the database holds, to the byte."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  a name from the database itself
            yield table, sorted(repr([as_bytes(value) for value in row]) for row in cursor)


def as_bytes(value):
    """Return what compares by its content: PostgreSQL gives bytes as a memoryview, which does not."""
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.fixture
def buttons(superuser, rows):
    """(the client, [(address, fields)] of all that its pages can send)."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    found = []
    for _, address in named_addresses(rows):
        if address.endswith("/logout/"):
            continue
        found.append((address, {}))
        page = client.get(address)
        if page.headers["Content-Type"].startswith("text/html"):
            parser = PostedForms(address)
            parser.feed(page.text)
            found += parser.requests()
    found.append(("/admin/logout/", {}))
    roles = "/admin/contacts/role/"  # which offers the usual roles only while there are none
    found += [(roles, {"_starter_roles": ["add"]}), (f"{roles}ny-styrelse/", {"_starter_roles": ["add"]})]
    return client, found


@pytest.mark.parametrize("secure", [False, pytest.param(True, marks=pytest.mark.long)], ids=["http", "https"])
def test_no_button_does_anything_without_its_token(buttons, secure):
    client, requests = buttons
    assert len(requests) > 200
    assert any("_selected_action" in fields for _, fields in requests)
    names = {name for _, fields in requests for name in fields}
    assert names >= {"_save", "_move", "_starter_roles", "_undo", "_preview", "action", "post"}
    before = dict(rows_of_all_tables())
    wrong = []
    for address, fields in requests:
        data = {name: values for name, values in fields.items() if name != "csrfmiddlewaretoken"}
        own = fields.get("csrfmiddlewaretoken")
        for token, headers in ((None, {}), ([WRONG], {}), (own, FOREIGN)):
            sent = data | ({"csrfmiddlewaretoken": token} if token else {})
            answer = client.post(address, sent, secure=secure, headers=headers)
            told = answer.status_code == 403 and "Inget är sparat" in answer.text
            if not told or "laddas om" not in answer.text:
                wrong.append((address, sorted(fields)[:3], token, headers, answer.status_code))
    assert wrong == []
    assert dict(rows_of_all_tables()) == before
