"""Meetings for the tests, and a clock that they set."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from news.models import Occurrence

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the site: at(2027, 2, 3, 23, 59), in Stockholm."""

    def at(*moment):
        monkeypatch.setattr(timezone, "now", lambda: datetime(*moment, tzinfo=STOCKHOLM))

    at(2027, 2, 1, 12)
    return at


@pytest.fixture
def make_occurrence(at, make_post):
    def make(title="Årsmöte", published_at=None, expires_at=None, **fields):
        when = published_at or timezone.now() - timedelta(days=1)
        post = fields.pop("post", None) or make_post(title=title, published_at=when, expires_at=expires_at)
        return Occurrence.objects.create(post=post, **fields)

    return make
