"""The list of who changed what."""

import pytest
from django.urls import reverse

from contacts.models import Role
from tests.helpers.admin_forms import delete, url_of
from tests.helpers.pages import make_page
from tests.helpers.versions import change

pytestmark = pytest.mark.any_database


def test_it_names_who_changed_what_the_newest_first_and_leads_to_its_history(as_manager, make_holder):
    role, page = make_holder("Anna Ek").role, make_page(title="Om oss")
    change(as_manager, page, title=["Om föreningen"])
    change(as_manager, role, email=["ordforande@example.org"])
    delete(as_manager, page)
    changes = as_manager.get(reverse("admin:changes")).context["changes"]
    assert [(one["who"], one["rows"]) for one in changes] == [
        ("chefen", [("Om föreningen", reverse("admin:trash"))]),
        ("chefen", [("Ordförande", url_of(Role, "history", role.pk))]),
        ("chefen", [("Om föreningen", url_of(type(page), "history", page.pk))]),
    ]


@pytest.mark.parametrize("group", ["Redaktörer", "Kontaktansvariga"])
def test_it_is_for_those_who_let_others_in(as_member, group):
    client = as_member(group)
    assert client.get(reverse("admin:changes")).status_code == 403
    assert reverse("admin:changes") not in client.get(reverse("admin:index")).text
