"""Who reaches what in the admin: every address and action, as anybody and as each group: SECURITY.md's table.

The addresses are found, not listed: one that the table does not name fails the test.
"""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from tests.helpers.admin_forms import REGISTRY, make, url_of
from tests.helpers.admin_pages import named_addresses, patterns

pytestmark = pytest.mark.any_database

SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"
ROW = re.compile(r"\| (`.+?`)[^|`]*\| (\S+) \| (\S+) \| (\S+) \|")
GROUPS = ("Redaktörer", "Kontaktansvariga", "Administratörer")


def table():
    """The table's rows: (the patterns of an address's name, who may)."""
    for names, *marks in ROW.findall(SECURITY.read_text(encoding="utf-8")):
        may = {group for group, mark in zip(GROUPS, marks, strict=True) if mark == "yes"}
        yield re.findall(r"`(.+?)`", names), may


TABLE = list(table())


def who_may(name):
    for names, groups in TABLE:
        if any(fnmatch(name, pattern) for pattern in names):
            return groups
    pytest.fail(f"say in SECURITY.md who may open {name}")


def outcome(answer):
    """ "in", "login" or "refused"."""
    if answer.status_code == 302 and answer.headers["Location"].startswith(reverse("admin:login")):
        return "login"
    return "refused" if answer.status_code == 403 else "in"


def test_each_row_of_the_table_is_about_something():
    names = [pattern.name for pattern in patterns()]
    assert len(TABLE) > 5
    for wanted, _ in TABLE:
        assert [one for one in wanted if not any(fnmatch(name, one) for name in names)] == []


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_reaches_what_the_table_says_and_gets_403_for_the_rest(as_member, rows, group):
    client = as_member(group)
    client.raise_request_exception = False
    rows[User] = make(User)  # without rights of its own, which only a superuser may change
    wrong = []
    for name, address in named_addresses(rows):
        if name in OF_A_MODEL:
            continue  # below: it depends on the model in the address
        for method in (client.get, client.post):
            if name == "logout":
                continue
            answer = method(address)
            expected = "in" if group in who_may(name) else "refused"
            if outcome(answer) != expected or answer.status_code >= 500:
                wrong.append((method.__name__, address, answer.status_code, f"expected {expected}"))
    assert wrong == [], "\n".join(map(str, wrong))


OF_A_MODEL = {"app_list", "view_on_site", "autocomplete"}


@pytest.mark.parametrize("group", GROUPS)
def test_what_serves_every_model_serves_only_what_the_group_may_see(as_member, rows, group):
    client = as_member(group)
    for name, address in named_addresses(rows):
        if name == "app_list":
            label = address.rstrip("/").rpartition("/")[2]
            may = any(group in who_may(f"{label}_{model._meta.model_name}_changelist") for model in REGISTRY
                      if model._meta.app_label == label)  # fmt: skip
            assert client.get(address).status_code == (200 if may else 404), address
    for model, kind in ContentType.objects.get_for_models(*rows).items():
        if hasattr(model, "get_absolute_url"):
            may = group in who_may(f"{model._meta.app_label}_{model._meta.model_name}_changelist")
            address = reverse("admin:view_on_site", args=[kind.pk, rows[model].pk])
            assert client.get(address).status_code == (302 if may else 403), address


def test_whoever_has_not_logged_in_gets_the_login_page_and_nothing_else(client, rows):
    open_to_all = {"login", "jsi18n"}
    wrong = [
        (method.__name__, address)
        for name, address in named_addresses(rows)
        for method in (client.get, client.post)
        if name not in open_to_all and name != "logout" and outcome(method(address)) != "login"
    ]
    assert wrong == []


def test_somebody_without_the_right_to_log_in_here_is_as_anybody(client, rows):
    client.force_login(User.objects.create_user("utan", password="hemligt"))
    for name, address in named_addresses(rows):
        if name not in ("login", "jsi18n", "logout"):
            assert outcome(client.get(address)) == "login", address


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("model", REGISTRY, ids=lambda model: model.__name__)
def test_the_bulk_deletion_takes_only_what_the_group_may_delete(as_member, group, model):
    may = group in who_may(f"{model._meta.app_label}_{model._meta.model_name}_delete")
    row = make(model)
    client = as_member(group)
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    client.post(url_of(model, "changelist"), data)
    has_a_list = model._meta.label != "contacts.Branch"
    assert model.objects.filter(pk=row.pk).exists() is not (may and has_a_list)
