"""A real Chromium reads a real script/server, started once for all the tests of this folder.

No test here touches the database: Playwright's event loop runs in the thread of the tests,
and Django refuses the ORM there.
"""

import itertools
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.helpers.browser import (
    ADMIN,
    DESKTOP,
    LONG,
    PHONE,
    VOLUNTEER,
    WAIT,
    session_of,
)
from tests.helpers.running import copy_of, put_in, started

HERE = Path(__file__).parent
CHROMIUM_ARGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",  # of a context; else its pages, and the blank one before, have one each
]
WIDE = (
    f"<h2>{LONG}</h2><p><a href='https://www.example.com/{LONG}'>https://www.example.com/{LONG}/{LONG}</a></p>"
    f"<blockquote>{LONG}</blockquote><table><tr>{'<td>100</td>' * 20}</tr></table><ul><li>{LONG}</li></ul>"
)
# With an area, a post in it and a page whose words, table and address are wider than any phone.
PREPARE = f"""
from datetime import date, datetime, time
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone
from contacts.models import Area
from news.models import Occurrence, Page, Post
call_command("prepare")
user = User.objects.create_user({VOLUNTEER["username"]!r}, password={VOLUNTEER["password"]!r}, is_staff=True)
user.groups.add(Group.objects.get(name="Redaktörer"))
area = Area.objects.create(name={LONG[:50]!r}, slug="lang")
when = timezone.make_aware(datetime(2020, 2, 2, 2, 2))
post = Post.objects.create(title={f"Lång {LONG}"!r}, body={WIDE!r}, published_at=when)
post.areas.add(area)
Occurrence.objects.create(post=post, day=date(2020, 2, 2), starts=time(18, 30), place={LONG!r})
Page.objects.create(title={f"Lång {LONG}"!r}, body={WIDE!r}, published_at=timezone.now())
"""

expect.set_options(timeout=WAIT)
clients = (f"198.51.100.{number}" for number in itertools.cycle(range(1, 255)))


def pytest_collection_modifyitems(items):
    """Mark this folder's tests, and run them after all others: see above about the database."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: HERE in item.path.parents)


# --- The site ---


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A DATA_DIR with the starter content and ours, to be copied: to make one takes seconds."""
    folder = tmp_path_factory.mktemp("prepared") / "var"
    account = {f"DJANGO_SUPERUSER_{name.upper()}": value for name, value in ADMIN.items()}
    account["DJANGO_SUPERUSER_EMAIL"] = "anna@example.org"
    folder.mkdir()
    (folder / ".env").write_text(f"SECRET_KEY={'k' * 50}\nALLOWED_HOSTS=127.0.0.1,localhost\n")
    put_in(folder, PREPARE, **account)
    return folder


@pytest.fixture(scope="session")
def data_dir(prepared, tmp_path_factory):
    """The DATA_DIR of the site: for manage.py, which puts in what a test needs."""
    return copy_of(prepared, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def running(browser, data_dir):
    """Return a new, running site, with the administrator ADMIN and the editor VOLUNTEER."""
    with started(data_dir, data_dir.parent, TRUSTED_PROXIES="127.0.0.1") as site:
        yield site


@pytest.fixture(scope="session")
def site(running):
    """Return the address of the site."""
    return running.url


# --- The browser ---


@pytest.fixture(scope="session")
def chromium():
    """Return what Playwright needs to know to start the system's Chromium."""
    # The shell is the same engine without windows, menus and extensions: half the work.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("Chromium is missing (Debian: apt install chromium-headless-shell)")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "args": CHROMIUM_ARGS + sandbox}


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium)
        yield browser
        browser.close()


@pytest.fixture
def trouble():
    """All that the watch has noted so far."""
    return []


@pytest.fixture
def expected_trouble():
    """A list for the test to fill: trouble that contains one of its texts does not fail the test."""
    return []


@pytest.fixture
def open_page(browser, site, trouble, expected_trouble):
    """Open a page that nobody has used: open_page(**PHONE). The test fails on any trouble it meets."""
    contexts = []

    def open_page(**options):
        client = {"X-Forwarded-For": next(clients)}  # the limits of one are not those of all tests together
        usual = {"timezone_id": "Europe/Stockholm", "extra_http_headers": client, **DESKTOP}
        context = browser.new_context(base_url=site, locale="sv-SE", **{**usual, **options})
        context.set_default_timeout(WAIT)
        watch(context, site, trouble)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in trouble if not any(part in text for part in expected_trouble)] == []


def watch(context, site, trouble):
    """Note what no page may do: errors, warnings (broken content policies too), dialogs, other hosts."""

    def on_console(message):
        if message.type in ("error", "warning"):
            trouble.append(f"console: {message.text} ({message.location['url']})")

    def on_request(request):
        if not request.url.startswith((f"{site}/", "data:", "blob:", "about:")):
            trouble.append(f"other host: {request.url}")

    def on_dialog(dialog):
        trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.on("console", on_console)
    context.on("weberror", lambda error: trouble.append(f"error: {error.error}"))
    context.on("request", on_request)
    context.on("dialog", on_dialog)


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def phone(open_page):
    return open_page(**PHONE)


@pytest.fixture(scope="session")
def admin_session(browser, site):
    """One login for all tests that do not test the login itself."""
    return session_of(browser, site)


@pytest.fixture(scope="session")
def volunteer_session(browser, site):
    return session_of(browser, site, VOLUNTEER)


@pytest.fixture
def admin(open_page, admin_session):
    """A page on which the administrator has logged in."""
    return open_page(storage_state=admin_session)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "gården.png"
    Image.new("RGB", (900, 600), "seagreen").save(path)
    return path
