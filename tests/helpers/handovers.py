"""The form of a change of holders, filled in and sent as a browser does."""

from datetime import timedelta

from django.urls import reverse

from contacts.models import Assignment
from tests.helpers.admin_forms import read_form, send

ONE = timedelta(days=1)
BOARD = "/admin/contacts/role/ny-styrelse/"


def form_of(response):
    values, _ = read_form(response, "handover_form")
    return {name: value[0] if value else "" for name, value in values.items()}


def typed(client, url=BOARD, **changes):
    """The form as it stands, with changes; see seat() and name_of() for their names."""
    return form_of(client.get(url)) | changes


def seat(prefix, term):
    return f"{prefix}_{term.role_id}_{term.person_id}"


def name_of(role, number=0):
    return f"namn_{role.pk}_{number}"


def save(client, data, url=BOARD):
    """Preview and save, as a browser does both."""
    preview = send(client, url, data | {"_preview": "1"})
    assert "Det här ändras" in preview.text, preview.context["form"].errors
    return client.post(url, form_of(preview) | {"_save": "Spara"}, follow=True)


def holders(role, on=None):
    return {term.person.name for term in Assignment.objects.current(on).filter(role=role)}


def messages(response):
    return [str(message) for message in response.context["messages"]]


def appoint_url(term):
    return f"{reverse('admin:contacts_role_appoint', args=[term.role_id])}?efter={term.pk}"
