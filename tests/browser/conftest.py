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
    log_in,
)
from tests.helpers.running import PYTHON, run, started

HERE = Path(__file__).parent
MAKE_VOLUNTEER = f"""
from django.contrib.auth.models import Group, User
user = User.objects.create_user({VOLUNTEER["username"]!r}, password={VOLUNTEER["password"]!r}, is_staff=True)
user.groups.add(Group.objects.get(name="Redaktörer"))
"""
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
def data_dir(tmp_path_factory):
    """The DATA_DIR of the site: for manage.py, which puts in what a test needs."""
    return tmp_path_factory.mktemp("site") / "var"


@pytest.fixture(scope="session")
def running(browser, data_dir):
    """Return a new, running site with the starter content and the administrator ADMIN."""
    account = {f"DJANGO_SUPERUSER_{name.upper()}": value for name, value in ADMIN.items()}
    account |= {"DJANGO_SUPERUSER_EMAIL": "anna@example.org", "TRUSTED_PROXIES": "127.0.0.1"}
    with started(data_dir, data_dir.parent, **account) as site:
        made = run(PYTHON, "manage.py", "shell", "--no-imports", "-c", MAKE_VOLUNTEER, DATA_DIR=site.data_dir)
        assert made.returncode == 0, made.stderr
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
    with browser.new_context(base_url=site) as context:
        log_in(context.new_page())
        # Not what a page keeps in localStorage: to put that back, Playwright opens a page in every context.
        return {"cookies": context.cookies()}


@pytest.fixture
def admin(open_page, admin_session):
    """A page on which the administrator has logged in."""
    return open_page(storage_state=admin_session)


# --- What it shows ---


@pytest.fixture(scope="session")
def wide_content(browser, site, admin_session):
    """An area, a post in it and a page whose words, table and address are wider than any phone."""
    with browser.new_context(base_url=site, storage_state=admin_session) as context:
        page = context.new_page()
        page.goto("/admin/contacts/area/add/")
        for field, text in (("name", LONG[:50]), ("slug", "lang")):
            page.locator(f"#id_{field}").fill(text)
        page.get_by_role("button", name="Spara", exact=True).click()
        expect(page.locator(".messagelist .success")).to_be_visible()
        for model in ("post", "page"):
            page.goto(f"/admin/news/{model}/add/")
            expect(page.locator(".cke_wysiwyg_frame")).to_be_visible()
            page.evaluate("CKEDITOR.instances.id_body.destroy(true)")
            page.locator("#id_body").fill(WIDE)
            page.locator("#id_title").fill(f"Lång {LONG}")
            if model == "post":
                page.locator("summary", has_text="tider").click()
                page.locator("#id_published_at_0").fill("2020-02-02")
                page.locator("#id_published_at_1").fill("02:02")
                page.locator("#occurrences-group summary").first.click()
                page.locator("summary", has_text="Områden").click()
                page.get_by_label(LONG[:50]).check()
                for field, text in (("day", "2020-02-02"), ("starts", "18:30"), ("place", LONG)):
                    page.locator(f"#id_occurrences-0-{field}").fill(text)
            page.get_by_role("button", name="Publicera nu", exact=True).click()
            expect(page.locator(".messagelist .success")).to_be_visible()


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "gården.png"
    Image.new("RGB", (900, 600), "seagreen").save(path)
    return path
