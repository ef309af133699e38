"""Made-up content for the tests. Every fixture is a function: make_post(title="…", …)."""

import io
import os
from contextlib import closing

import psycopg2
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from contacts.models import Assignment, Branch, Person, PostalAddress, Role
from news.models import Category, Page, Post
from tests import admin_forms, hostile
from tests.wsgi import Worker


def pytest_report_header():
    return f"hostile inputs: {hostile.FOLDER or 'only our own samples (HOSTILE_DATA is not set)'}"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def make_post(db):
    """Make a post that is public now unless published_at says otherwise."""

    def make(**fields):
        fields.setdefault("title", "Årsmöte i mars")
        fields.setdefault("published_at", timezone.now())
        return Post.objects.create(**fields)

    return make


@pytest.fixture
def make_holder(db):
    """Make a person who holds a role: make_holder("Test Testsson", "Ordförande", starts_on=…)."""

    def make(
        name="Test Testsson", role="Ordförande", group="styrelse", starts_on=None, ends_on=None, **person
    ):
        role, _ = Role.objects.get_or_create(name=role, defaults={"group": group})
        return Assignment.objects.create(
            person=Person.objects.create(name=name, **person), role=role, starts_on=starts_on, ends_on=ends_on
        )

    return make


@pytest.fixture
def branch(db):
    return Branch.objects.create(name="Hyresgästföreningen Sollentuna")


@pytest.fixture
def content(make_post, make_holder, branch):
    """One of everything, so that every public page has something to show."""
    category = Category.objects.create(name="Möten")
    post = make_post(title="Årsmöte i mars", category=category, body="<p>Välkommen.</p>")
    page = Page.objects.create(title="Om oss", body="<p>Vi bor här.</p>", in_menu=True)
    holder = make_holder(phone="+46701234567", show_phone=True, email="test@example.org", show_email=True)
    address = PostalAddress.objects.create(
        recipient="Testföreningen", street="Testgatan 1", postal_code="123 45", city="Teststad"
    )
    return {
        "branch": branch,
        "category": category,
        "post": post,
        "page": page,
        "holder": holder,
        "address": address,
    }


@pytest.fixture
def picture_file():
    """Return an upload: picture_file("JPEG", size=(80, 60), exif=…)."""

    def make(kind="JPEG", size=(80, 60), mode="RGB", name=None, **options):
        stream = io.BytesIO()
        Image.new(mode, size, 120 if mode == "L" else None).save(stream, kind, **options)
        return ContentFile(stream.getvalue(), name=name or f"bild.{kind.lower()}")

    return make


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("test", "test@example.org", "test")


@pytest.fixture
def as_superuser(client, superuser):
    client.force_login(superuser)
    return client


@pytest.fixture
def new_database(tmp_path):
    """The URL of an empty database of the kind that this run tests on, for a process of its own."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
        return
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE own_test")
        yield server.rpartition("/")[0] + "/own_test"
        connection.cursor().execute("DROP DATABASE own_test WITH (FORCE)")


@pytest.fixture
def rows(db):
    """One row of every model that the admin shows, with all that can hang on it: {model: row}."""
    found = {}
    for model in admin_forms.REGISTRY:
        found[model] = admin_forms.make(model)
        admin_forms.grow(found[model], 2)
    return found


@pytest.fixture
def worker(monkeypatch, settings):
    """One worker of the site with its page cache."""
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    return Worker(monkeypatch)
