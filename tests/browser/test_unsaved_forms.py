"""What is typed is kept by the browser until it is saved, and offered back word for word."""

import os
import signal
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.helpers.browser import (
    DESKTOP,
    VOLUNTEER,
    WAIT,
    editor_of,
    log_in,
    open_form,
    published,
    submit,
)
from tests.helpers.unsaved_forms import (
    ADD,
    COPIES,
    MAKE_OLDER,
    TITLE,
    close_tab,
    copies,
    expect_written,
    offer,
    take_back,
    wait_for_copies,
    wait_for_copy,
    write,
)

# --- Before the save ---


def test_leaving_what_is_not_saved_asks_first(admin, trouble, expected_trouble):
    expected_trouble.append("dialog: ")
    write(admin)
    admin.get_by_role("link", name="Hem").click()  # the answer is no: see watch()
    assert len(trouble) == 1
    expect_written(admin)


@pytest.mark.parametrize("change", ["a picture", "a box", "the editor"])
def test_leaving_asks_of_every_kind_of_change(admin, trouble, expected_trouble, picture, change):
    expected_trouble.append("dialog: ")
    text = open_form(admin, "")
    if change == "a picture":
        admin.get_by_label("Bild:").set_input_files(picture)
    elif change == "a box":
        admin.locator("#id_image_is_decorative").check()
    else:
        text.click()
        admin.keyboard.type("x")
    admin.get_by_role("link", name="Hem").click()
    assert len(trouble) == 1


def test_the_editor_waits_for_no_other_script_and_what_is_typed_meanwhile_is_kept(admin):
    held = []
    admin.route("**/text-form.*.js", lambda route: held.append(route))
    admin.goto(ADD, wait_until="commit")
    editor_of(admin).click()
    admin.keyboard.type("Före alla andra")
    held[0].continue_()
    admin.wait_for_load_state()
    wait_for_copy(admin, "Före alla andra")


def test_what_is_typed_in_the_editor_and_what_is_dictated_is_kept(admin):
    open_form(admin, "").click()
    admin.keyboard.type("Skrivet.")
    wait_for_copy(admin, "Skrivet.")
    admin.keyboard.insert_text("Dikterat.")  # no key tells of it
    wait_for_copy(admin, "Dikterat.")


def test_nothing_asks_when_nothing_was_changed_or_all_is_saved(admin):
    open_form(admin, "")
    admin.get_by_role("link", name="Hem").click()
    expect(admin.get_by_role("heading", name="Skriv och ändra")).to_be_visible()
    write(admin, "Helt sparad")
    published(admin, "Helt sparad")


def test_a_preview_neither_asks_nor_loses_the_warning(admin, trouble, expected_trouble):
    expected_trouble.append("dialog: ")
    write(admin)
    with admin.context.expect_page() as opened:
        submit(admin, "Förhandsgranska")
    opened.value.close()
    assert trouble == []
    admin.get_by_role("link", name="Hem").click()
    assert len(trouble) == 1


def test_a_closed_tab_is_offered_back_word_for_word_with_its_picture(admin, picture):
    write(admin)
    admin.get_by_label("Bild:").set_input_files(picture)
    admin.get_by_label("Bildbeskrivning:").fill("En grön gård.")
    page = close_tab(admin, "En grön gård.")
    page.goto(ADD)
    editor_of(page)
    expect(page.get_by_label("Rubrik:")).to_have_value("")  # it is offered, never put there by itself
    take_back(page)
    expect_written(page)
    assert page.get_by_label("Bild:").evaluate("input => input.files[0].name") == "gården.png"
    expect(page.get_by_text("Välj också bilden på nytt")).to_have_count(0)
    published(page, TITLE)
    wait_for_copies(page, 0)
    assert page.evaluate(COPIES) == {"texts": [], "files": []}


@contextmanager
def lasting_browser(browser, chromium, site, profile):
    context = browser.browser_type.launch_persistent_context(
        profile, base_url=site, locale="sv-SE", **DESKTOP, **chromium
    )
    context.set_default_timeout(WAIT)
    yield context
    with suppress(Error):  # a killed one has been closed
        context.close()


def main_process(profile):
    """The process id of the Chromium that uses the profile: the one that no other of them started."""
    mark = f"--user-data-dir={profile}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark in arguments and b"--type=" not in arguments:
            return int(folder.name)
    return None


def test_a_killed_browser_loses_nothing_that_was_written(browser, chromium, site, tmp_path, picture):
    profile = tmp_path / "profile"
    with lasting_browser(browser, chromium, site, profile) as context:
        page = context.pages[0]
        log_in(page)
        write(page)
        page.get_by_label("Bild:").set_input_files(picture)
        wait_for_copy(page, "välkomna!")
        os.kill(main_process(profile), signal.SIGKILL)
    with lasting_browser(browser, chromium, site, profile) as context:
        page = context.pages[0]
        context.clear_cookies()  # the killed browser may have lost its own, or not
        log_in(page)
        page.goto(ADD)
        take_back(page)
        expect_written(page)
        assert page.get_by_label("Bild:").evaluate("input => input.files[0].name") == "gården.png"


def test_an_offer_can_be_thrown_away_and_does_not_come_again(admin):
    write(admin)
    page = close_tab(admin, "välkomna!")
    page.goto(ADD)
    offer(page).get_by_role("button", name="Kasta").click()
    expect(offer(page)).to_have_count(0)
    wait_for_copies(page, 0)
    page.goto(ADD)
    editor_of(page)
    expect(offer(page)).to_have_count(0)


def test_a_new_text_beside_an_offer_takes_nothing_from_it(admin):
    write(admin, "Den första")
    page = close_tab(admin, "välkomna!")
    write(page, "Den andra")
    page.close()
    page = admin.context.new_page()
    page.goto(ADD)
    expect(offer(page)).to_have_count(2)


def test_what_changed_on_the_server_meanwhile_is_said_with_the_offer(admin, open_page):
    admin.goto("/admin/contacts/branch/1/change/")
    admin.get_by_label("Namn:").fill("Hyresgästföreningen i Teststad")
    page = close_tab(admin, "Teststad")
    page.goto("/admin/contacts/branch/1/change/")
    expect(offer(page)).not_to_contain_text("har ändrats")
    page.get_by_label("Beskrivning:").fill("En förening för test.")
    page.get_by_role("button", name="Spara och fortsätt").click()
    expect(offer(page)).to_contain_text("Det som är sparat har ändrats sedan dess.")
    offer(page).get_by_role("button", name="Kasta").click()


def test_logging_out_takes_the_copy_away(open_page):
    first = open_page()
    log_in(first)  # not with the login that the other tests share
    write(first)
    page = first.context.new_page()
    first.close()
    page.goto("/admin/")
    assert len(copies(page)) == 1
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("link", name="Logga in igen")).to_be_visible()
    wait_for_copies(page, 0)
    log_in(page)
    page.goto(ADD)
    editor_of(page)
    expect(offer(page)).to_have_count(0)


def test_nobody_else_on_the_same_computer_is_offered_the_text(admin):
    write(admin)
    page = close_tab(admin, "välkomna!")
    page.context.clear_cookies()
    log_in(page, VOLUNTEER)
    page.goto(ADD)
    editor_of(page)
    expect(offer(page)).to_have_count(0)
    page.context.clear_cookies()
    log_in(page)
    page.goto(ADD)
    expect(offer(page)).to_have_count(1)


def test_a_copy_is_gone_after_seven_days(admin):
    write(admin)
    page = close_tab(admin, "välkomna!")
    page.goto("/admin/")
    page.evaluate(MAKE_OLDER, 7 * 24 * 3600 - 600)
    page.goto(ADD)
    expect(offer(page)).to_have_count(1)
    page.evaluate(MAKE_OLDER, 601)
    page.goto(ADD)
    wait_for_copies(page, 0)
    expect(offer(page)).to_have_count(0)


def test_no_password_is_ever_kept(admin):
    admin.goto("/admin/auth/user/add/")
    admin.get_by_label("Användarnamn:").fill("test.testsson")
    for field in ("password1", "password2"):
        admin.locator(f"#id_{field}").fill("granatäpplen-i-mars")
    wait_for_copy(admin, "test.testsson")
    assert "granat" not in str(copies(admin))
    assert "password" not in str(copies(admin))


def test_two_clicks_on_the_button_save_one_post(admin):
    write(admin, "Dubbelklick")
    admin.get_by_role("button", name="Publicera nu", exact=True).dblclick()
    expect(admin.locator(".messagelist .success")).to_contain_text("Dubbelklick")
    admin.goto("/admin/news/post/?q=Dubbelklick")
    expect(admin.get_by_role("link", name="Dubbelklick", exact=True)).to_have_count(1)
