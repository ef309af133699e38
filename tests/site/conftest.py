"""Accounts for the tests of who may do what."""

import pytest
from django.contrib.auth.models import User


@pytest.fixture
def manager(member):
    """An Administratör who is no superuser."""
    return member("Administratörer", username="chefen")


@pytest.fixture
def as_manager(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def owner(db):
    """A superuser, with a name that no page says by chance."""
    return User.objects.create_superuser("storebror", "storebror@example.org", "hemligt", first_name="Orwell")
