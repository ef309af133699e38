"""A row is changed in the admin, and its versions are looked at."""

from reversion.models import Version

from tests.helpers.admin_forms import filled, send, url_of


def change(client, row, **changes):
    url, values = filled(type(row), client, row, **changes)
    response = send(client, url, values)
    assert response.status_code == 302
    return response


def versions_of(row):
    """Its versions, the oldest first."""
    return list(Version.objects.get_for_object(row).order_by("pk"))


def restore(client, version):
    model = version.content_type.model_class()
    return client.post(url_of(model, "restore", version.object_id, version.pk), follow=True)
