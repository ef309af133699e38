"""Made-up content for the tests. Every fixture is a function: make_post(title="…", …)."""

import gc
import io
import os
import sys

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from contacts.models import Area, Assignment, Branch, Person, PostalAddress, Role
from documents.models import Document
from news.models import Category, Post
from tests.helpers import admin_forms, hostile
from tests.helpers.bucket import object_storage
from tests.helpers.pages import make_page
from tests.helpers.pdfs import make_pdf
from tests.helpers.postgres import on_server
from tests.helpers.wsgi import Worker

# The fixtures that a database belongs to; pytest-django's marker asks for the first two.
DATABASE = {"db", "transactional_db", "new_database", "database"}


def pytest_configure(config):
    if config.option.markexpr == "long":
        os.environ["PROPERTIES_AT_RANDOM"] = "1"  # read by tests/helpers/properties.py


def pytest_collection_modifyitems(config, items):
    """Mark tests by what they are; PostgreSQL's run leaves out those that touch no database.

    Those that are the same on any database it runs with the long ones.
    """
    left_out = []
    for item in items:
        if "processes" in item.path.parts:
            item.add_marker(pytest.mark.process)
        if "site" in item.path.relative_to(config.rootpath).parts:
            item.add_marker(pytest.mark.site)
        if "PROPERTIES_AT_RANDOM" in os.environ and getattr(item.obj, "is_hypothesis_test", False):
            item.add_marker(pytest.mark.long)
        is_the_same = item.get_closest_marker("any_database") and not item.get_closest_marker("each_database")
        if "TEST_DATABASE_URL" in os.environ and is_the_same:
            item.add_marker(pytest.mark.long)
        if not item.get_closest_marker("django_db") and DATABASE.isdisjoint(item.fixturenames):
            left_out.append(item)
    if "TEST_DATABASE_URL" in os.environ:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish(session):
    """What is loaded now stays: to look for garbage in it again and again takes a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_sessionfinish(session):
    """Hypothesis would be imported to sum up a run in which no test used it: half a second."""
    if "hypothesis" not in sys.modules:
        session.config.pluginmanager.unregister(name="hypothesispytest")


def pytest_report_header():
    return f"hostile inputs: {hostile.FOLDER or 'only our own samples (HOSTILE_DATA is not set)'}"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    if settings.S3_URL:
        default_storage.bucket.objects.all().delete()


@pytest.fixture(scope="session")
def storage_server():
    with object_storage() as server:
        yield server


@pytest.fixture
def make_post(db):
    """Make a post that is public now unless published_at says otherwise."""

    def make(**fields):
        fields.setdefault("title", "Årsmöte i mars")
        fields.setdefault("published_at", timezone.now())
        return Post.objects.create(**fields)

    return make


@pytest.fixture
def make_document(branch):
    """Make a document with a page for each text; public now unless published_at says otherwise."""

    def make(*texts, **fields):
        document = Document(**{"title": "Stadgar", "published_at": timezone.now(), **fields})
        document.file.save("x.pdf", ContentFile(make_pdf(*texts)), save=False)
        document.save()
        return document

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
    page = make_page(title="Om oss", body="<p>Vi bor här.</p>", in_menu=True)
    file = default_storage.save("dokument/prov.pdf", ContentFile(make_pdf()))  # as if written anew
    document = Document.objects.create(
        title="Stadgar", file=file, pages=1, size=1000, published_at=timezone.now()
    )
    holder = make_holder(phone="+46701234567", show_phone=True, email="test@example.org", show_email=True)
    address = PostalAddress.objects.create(
        recipient="Testföreningen", street="Testgatan 1", postal_code="123 45", city="Teststad"
    )
    area = Area.objects.create(name="Helenelund", about="<p>Husen vid stationen.</p>")
    post.areas.add(area)
    return {
        "area": area,
        "branch": branch,
        "category": category,
        "post": post,
        "page": page,
        "document": document,
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
def member(db):
    """Make somebody who may log in to the admin: member("Redaktörer", username="bo", may=["change_post"])."""

    def make(*groups, username="medlem", may=(), **fields):
        fields = {"password": "hemligt", "is_staff": True} | fields
        user = User.objects.create_user(username, **fields)
        user.groups.set([Group.objects.get(name=name) for name in groups])
        user.user_permissions.set(Permission.objects.filter(codename__in=may))
        return user

    return make


@pytest.fixture
def as_member(client, member):
    """Log in as a new member of groups: as_member("Redaktörer")."""

    def log_in(*groups, **fields):
        client.force_login(member(*groups, **fields))
        return client

    return log_in


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
    name = f"own_test_{os.getpid()}"
    on_server(f"CREATE DATABASE {name}")
    yield f"{server.rpartition('/')[0]}/{name}"
    on_server(f"DROP DATABASE {name} WITH (FORCE)")


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
