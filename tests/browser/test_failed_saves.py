"""A session that ended or a save that failed costs no text: it is there again, word for word."""

import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.helpers.browser import (
    ADMIN,
    fill_in_login,
    log_in,
    published,
    submit,
)
from tests.helpers.unsaved_forms import (
    TITLE,
    back_to_form,
    close_tab,
    end_session,
    expect_written,
    offer,
    take_back,
    wait_for_copies,
    wait_for_copy,
    write,
)

# --- The session that ended ---


def test_a_form_sent_after_the_session_ended_is_there_again_after_login(admin, picture):
    write(admin)
    admin.get_by_label("Bild:").set_input_files(picture)
    admin.get_by_label("Bildbeskrivning:").fill("En grön gård.")
    end_session(admin)
    submit(admin, "Publicera nu")
    expect(admin.locator(".messagelist")).to_contain_text("Du har blivit utloggad, så inget är sparat.")
    fill_in_login(admin, {**ADMIN, "password": "fel"})
    fill_in_login(admin)
    take_back(admin)
    expect_written(admin)
    assert admin.get_by_label("Bild:").evaluate("input => input.files[0].name") == "gården.png"
    published(admin, TITLE)
    wait_for_copies(admin, 0)


def test_a_login_in_another_tab_costs_one_press_and_no_text(admin, expected_trouble):
    expected_trouble.append("403")  # the browser says so of the page
    write(admin)
    end_session(admin)
    other = admin.context.new_page()
    log_in(other)
    submit(admin, "Publicera nu")
    back_to_form(admin, "Formuläret hann bli för gammalt")
    take_back(admin)
    expect_written(admin)
    published(admin, TITLE)
    wait_for_copies(admin, 0)


def test_the_rows_of_a_role_are_there_again_too(admin):
    admin.goto("/admin/contacts/role/add/")
    admin.get_by_role("button", name="Lägg till ytterligare innehavare").click()
    admin.locator(".dynamic-assignments select").select_option("Johan Flyckt")
    admin.locator("#id_name").fill("Husombud")
    page = close_tab(admin, "Husombud")
    page.goto("/admin/contacts/role/add/")
    take_back(page)
    expect(page.locator("#id_name")).to_have_value("Husombud")
    expect(page.locator(".dynamic-assignments option:checked").first).to_have_text("Johan Flyckt")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("Husombud")


def test_stored_rows_are_filled_in_where_they_stand_now(admin, expected_trouble):
    """Somebody added a holder meanwhile: what was typed stands at the rows that it was typed at."""
    expected_trouble.append("409")
    admin.goto("/admin/contacts/role/add/")
    admin.locator("#id_name").fill("Cykelansvarig")
    admin.get_by_role("button", name="Lägg till ytterligare innehavare").click()
    admin.locator(".dynamic-assignments select").select_option("Johan Flyckt")
    admin.get_by_role("button", name="Spara och fortsätt").click()
    expect(admin.locator(".messagelist .success")).to_contain_text("Cykelansvarig")
    address = admin.url
    key = admin.locator("[name=assignments-0-id]").input_value()
    admin.locator("#id_assignments-0-ends_on").fill("2031-12-31")
    page = close_tab(admin, "2031-12-31")
    page.goto(address)
    page.get_by_role("button", name="Lägg till ytterligare innehavare").click()
    page.locator(".dynamic-assignments select").last.select_option("Johan Flyckt")
    page.get_by_role("button", name="Spara och fortsätt").click()
    expect(offer(page)).to_contain_text("Det som är sparat har ändrats sedan dess.")
    take_back(page)
    row = page.locator(f".has_original:has([name$=-id][value='{key}'])")
    expect(row.locator("[name$=-ends_on]")).to_have_value("2031-12-31")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("heading", name="Du själv sparade medan du skrev")).to_be_visible()
    page.get_by_role("button", name="Ta allt mitt").click()
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def test_a_new_board_that_was_not_saved_is_offered_back(admin):
    admin.goto("/admin/contacts/role/ny-styrelse/")
    names = "[name^=namn_][name$='_1']"  # of a line that "En till" made
    admin.get_by_role("button", name="En till").first.click()
    admin.locator(names).first.fill("Test Testsson")
    page = close_tab(admin, "Test Testsson")
    page.goto("/admin/contacts/role/ny-styrelse/")
    take_back(page)
    expect(page.locator(names).first).to_have_value("Test Testsson")


def test_the_numbers_of_a_list_are_offered_back(admin):
    admin.goto("/admin/news/page/")
    number = admin.locator("[id$=-order]").first
    number.fill("77")
    page = close_tab(admin, "77")
    page.goto("/admin/news/page/")
    take_back(page)
    expect(page.locator("[id$=-order]").first).to_have_value("77")


def test_what_is_typed_before_the_browser_has_opened_its_storage_is_kept(open_page, admin_session):
    """A slow phone: the storage opens seconds after the first key was pressed."""
    page = open_page(storage_state=admin_session)
    page.add_init_script("""
      const open = IDBFactory.prototype.open;
      IDBFactory.prototype.open = function (...names) {
        const request = {};
        setTimeout(() => {
          const real = open.apply(this, names);
          real.onupgradeneeded = () => request.onupgradeneeded();
          real.onsuccess = () => request.onsuccess();
          Object.defineProperty(request, "result", { get: () => real.result });
        }, 2000);
        return request;
      };""")
    page.goto("/admin/contacts/role/ny-styrelse/")
    page.locator("#handover_form input[type=text]").first.fill("Test Testsson")
    wait_for_copy(page, "Test Testsson")


def test_what_was_typed_about_something_that_is_gone_is_offered_in_a_new_form(admin, expected_trouble):
    expected_trouble.append("404")
    admin.goto("/admin/contacts/sociallink/add/")
    admin.locator("#id_name").fill("Forumet")
    admin.locator("#id_url").fill("https://www.example.com/forum")
    admin.get_by_role("button", name="Spara och fortsätt").click()
    page = admin.context.new_page()
    page.goto(admin.url.replace("/change/", "/delete/"))
    page.get_by_role("button", name="Ja, ta bort").click()
    admin.locator("#id_name").fill("Vårt forum")
    wait_for_copy(admin, "Vårt forum")
    admin.get_by_role("button", name="Spara", exact=True).click()
    expect(admin.get_by_role("heading")).to_have_text("Den har tagits bort medan du skrev")
    admin.get_by_role("link", name="Öppna ett nytt formulär").click()
    take_back(admin)
    expect(admin.locator("#id_name")).to_have_value("Vårt forum")
    admin.get_by_role("button", name="Spara", exact=True).click()
    expect(admin.locator(".messagelist .success")).to_contain_text("Vårt forum")


def test_permissions_of_a_group_are_offered_back(admin):
    admin.goto("/admin/auth/group/add/")
    admin.locator("#id_name").fill("Läsare")
    choice = admin.locator("#id_permissions label").first
    choice.click()
    label = choice.text_content()
    page = close_tab(admin, "permissions")
    page.goto("/admin/auth/group/add/")
    take_back(page)
    expect(page.locator("#id_permissions label:has(:checked)")).to_have_text([label])


# --- The save that failed ---


def test_a_missing_field_gives_back_everything_and_the_picture(admin, picture):
    write(admin, "")
    admin.get_by_label("Bild:").set_input_files(picture)
    submit(admin, "Spara utkast")
    expect(admin.locator(".form-errors")).to_contain_text("Inget är sparat än. Rätta det här och spara igen:")
    expect_written(admin, "")
    assert admin.get_by_label("Bild:").evaluate("input => input.files[0].name") == "gården.png"


def test_a_picture_that_is_too_big_is_refused_and_not_chosen_again(admin, tmp_path):
    big = tmp_path / "stor.png"
    with big.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    write(admin)
    admin.get_by_label("Bild:").set_input_files(big)
    submit(admin, "Spara utkast")
    expect(admin.locator(".form-errors")).to_contain_text("Bilden är för stor (21 MB, högst 20 MB går).")
    expect_written(admin)
    assert admin.get_by_label("Bild:").evaluate("input => input.files.length") == 0
    expect(admin.locator(".form-errors")).to_contain_text("välj också bilden på nytt")


def listens(url):
    try:
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def no_database(running):
    """The database's files are elsewhere, SQLite can make no new ones, and nobody has the old ones open."""
    file = running.data_dir / "site.sqlite3"
    moved = [(path, path.with_name(f"away-{path.name}")) for path in file.parent.glob("site.sqlite3*")]
    for path, away in moved:
        path.rename(away)
    file.mkdir()
    worker = running.worker()
    os.kill(worker, signal.SIGKILL)  # the next one takes its place

    def is_there_again():
        return running.worker() not in (None, worker) and listens(running.url)

    running.wait_for(is_there_again)
    try:
        yield
    finally:
        file.rmdir()
        for path, away in moved:
            away.rename(path)


def test_a_database_that_is_away_is_waited_for_with_the_text(open_page, running, expected_trouble):
    expected_trouble.append("503")
    page = open_page()
    log_in(page)
    page.goto("/admin/news/category/add/", wait_until="networkidle")
    page.locator("#id_name").fill("Gården")
    with no_database(running):
        page.get_by_role("button", name="Spara", exact=True).click()
        back_to_form(page, "Det gick inte att spara")
        expect(page.get_by_role("heading")).to_have_text("Webbplatsen är tillfälligt nere")
    page.reload()
    take_back(page)
    expect(page.locator("#id_name")).to_have_value("Gården")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("Gården")


@contextmanager
def full_disk(folder):
    """A file system of 16 kB, and nothing free, where pictures go."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_gives_back_the_text_and_says_so(admin, data_dir, expected_trouble, tmp_path):
    expected_trouble.append("503")
    photo = tmp_path / "stor.jpg"
    Image.effect_noise((400, 300), 60).convert("RGB").save(photo, quality=90)
    write(admin)
    admin.get_by_label("Bild:").set_input_files(photo)
    admin.get_by_label("Bildbeskrivning:").fill("Grus.")
    media = data_dir / "media"
    media.mkdir(exist_ok=True)
    with full_disk(media):
        submit(admin, "Publicera nu")
        expect(admin.get_by_text("Disken är full.")).to_be_visible()
        back_to_form(admin, "Det gick inte att spara")
        take_back(admin)
        expect_written(admin)
        expect(admin.locator(".messagelist")).to_have_count(0)
        assert [path for path in media.rglob("*") if path.is_file()] == []
    published(admin, TITLE)
