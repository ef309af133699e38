"""A site that can send letters, and people who want them."""

import pytest
from django.core import mail
from django.utils import timezone

import hgf_site.urls  # noqa: F401  read while SENDS_EMAIL is what it is for all other tests
from mailing.models import Sending, Subscriber


@pytest.fixture(autouse=True)
def site(db, branch, settings, tmp_path):
    settings.SENDS_EMAIL = True
    settings.MAIL_PER_MINUTE = 1_000_000
    settings.DATA_DIR = tmp_path
    Sending.since_when()
    return settings


@pytest.fixture
def make_subscriber(db):
    """Make somebody who said yes: make_subscriber("a@example.org", weekly=True)."""

    def make(email="anna@example.org", **fields):
        now = timezone.now()
        fields = {"asked_at": now, "confirmed_at": now, "renewed_at": now, "wording": "prov"} | fields
        return Subscriber.objects.create(email=email, **fields)

    return make


@pytest.fixture
def later(monkeypatch):
    """Move the clock of Django: later(minutes=11)."""
    real = timezone.now
    moved = [timezone.timedelta()]

    def move(**how):
        moved[0] += timezone.timedelta(**how)
        monkeypatch.setattr(timezone, "now", lambda: real() + moved[0])

    return move


@pytest.fixture
def outbox(settings):
    return mail.outbox
