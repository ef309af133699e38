"""Whatever comes between a volunteer and her save, what she wrote is there again, word for word."""

import os
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Error, expect

from tests.browser.conftest import ADMIN, DESKTOP, VOLUNTEER, WAIT, fill_in_login, log_in
from tests.browser.test_admin_pages import MODELS, first_row
from tests.browser.test_writing import editor_of, open_form, published, submit

TITLE = "Årsmöte & ”kaffe” på Malmvägen"
TEXT = "Vi ses kl. 18.30 <i lokalen> & dricker kaffe – välkomna!"
ADD = "/admin/news/post/add/"
OFFER = "Du har en text här som inte är sparad, från "
COPIES = """async () => {
  const opening = indexedDB.open("hgf-texter");
  const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const all = (store) => new Promise((done) => {
    const request = database.transaction(store).objectStore(store).getAll();
    request.onsuccess = () => done(request.result);
  });
  const [texts, files] = [await all("texts"), await all("files")];
  database.close();
  return { texts, files: files.map(({ file }) => file.name) };
}"""

MAKE_OLDER = """async (seconds) => {
  const opening = indexedDB.open("hgf-texter");
  const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const transaction = database.transaction("texts", "readwrite");
  const texts = transaction.objectStore("texts");
  texts.getAll().onsuccess = ({ target }) => {
    for (const copy of target.result) texts.put({ ...copy, time: copy.time - seconds * 1000 });
  };
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
}"""


def copies(page):
    return page.evaluate(COPIES)["texts"]


def write(page, title=TITLE, text=TEXT):
    open_form(page, title).click()
    page.keyboard.type(text)


def expect_written(page, title=TITLE, text=TEXT):
    expect(page.get_by_label("Rubrik:")).to_have_value(title)
    expect(editor_of(page)).to_have_text(text)


def wait_for_copy(page, part):
    kept = "({ text }) => new URLSearchParams(text).toString().includes(part)"
    page.wait_for_function(
        f"async (part) => (await ({COPIES})()).texts.some({kept})", arg=urlencode({"": part})[1:]
    )


def wait_for_copies(page, count):
    page.wait_for_function(f"async (count) => (await ({COPIES})()).texts.length === count", arg=count)


def close_tab(page, part):
    """Close the tab when its copy has that part, and return a new one."""
    wait_for_copy(page, part)
    new = page.context.new_page()
    page.close()
    return new


def offer(page):
    return page.locator(".kept-offer").filter(has_text=OFFER)


def take_back(page):
    offer(page).get_by_role("button", name="Hämta tillbaka").click()
    expect(page.locator(".kept-line")).to_contain_text("Det du skrev är tillbaka")


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "gården.png"
    Image.new("RGB", (900, 600), "seagreen").save(path)
    return path


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
    page = close_tab(admin, TEXT)
    page.goto(ADD)
    offer(page).get_by_role("button", name="Kasta").click()
    expect(offer(page)).to_have_count(0)
    wait_for_copies(page, 0)
    page.goto(ADD)
    editor_of(page)
    expect(offer(page)).to_have_count(0)


def test_a_new_text_beside_an_offer_takes_nothing_from_it(admin):
    write(admin, "Den första")
    page = close_tab(admin, TEXT)
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
    page = close_tab(admin, TEXT)
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
    page = close_tab(admin, TEXT)
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


@pytest.mark.parametrize("meta", MODELS, ids=lambda meta: meta.label_lower)
def test_every_form_knows_what_is_changed_and_what_is_not(admin, meta):
    forms = [f"/admin/{meta.app_label}/{meta.model_name}/add/"]
    if meta.label_lower == "contacts.branch":  # there is only one
        forms = []
    if meta.label_lower != "auth.group":  # the groups that come with the site are only shown
        forms.append(first_row(admin, f"/admin/{meta.app_label}/{meta.model_name}/", meta))
    for address in forms:
        admin.goto(address)
        field = admin.locator("form[id$=_form] input[type=text]:visible:not([readonly])").first
        before = field.input_value()
        field.fill(f"{before}x")
        wait_for_copies(admin, 1)
        field.fill(before)
        wait_for_copies(admin, 0)


def test_two_clicks_on_the_button_save_one_post(admin):
    write(admin, "Dubbelklick")
    admin.get_by_role("button", name="Publicera nu", exact=True).dblclick()
    expect(admin.locator(".messagelist .success")).to_contain_text("Dubbelklick")
    admin.goto("/admin/news/post/?q=Dubbelklick")
    expect(admin.get_by_role("link", name="Dubbelklick", exact=True)).to_have_count(1)


# --- The session that ended ---


def end_session(page):
    page.context.clear_cookies(name="sessionid")


def test_a_form_sent_after_the_session_ended_is_there_again_after_login(admin, picture):
    write(admin)
    admin.get_by_label("Bild:").set_input_files(picture)
    admin.get_by_label("Bildbeskrivning:").fill("En grön gård.")
    end_session(admin)
    submit(admin, "Publicera nu")
    expect(admin.locator(".kept-line")).to_contain_text("Du har blivit utloggad.")
    fill_in_login(admin, {**ADMIN, "password": "fel"})
    fill_in_login(admin)
    expect(admin.locator(".kept-line")).to_contain_text("Det du skrev är tillbaka")
    expect_written(admin)
    assert admin.get_by_label("Bild:").evaluate("input => input.files[0].name") == "gården.png"
    published(admin, TITLE)
    wait_for_copies(admin, 0)


def test_it_is_there_again_without_javascript_too(open_page):
    page = open_page(java_script_enabled=False)
    log_in(page)
    page.goto(ADD)
    page.get_by_label("Rubrik:").fill(TITLE)
    page.locator("#id_body").fill(f"<p>{TEXT}</p>\n\n  <p>Slut</p>\n")
    end_session(page)
    submit(page, "Publicera nu")
    fill_in_login(page)
    page.get_by_role("button", name="Visa det jag skrev").click()
    expect(page.get_by_label("Rubrik:")).to_have_value(TITLE)
    expect(page.locator("#id_body")).to_have_value(f"<p>{TEXT}</p>\n\n  <p>Slut</p>\n")
    submit(page, "Spara utkast")
    expect(page.locator(".messagelist .success")).to_be_visible()


def test_a_login_in_another_tab_costs_one_press_and_no_text(admin, expected_trouble):
    expected_trouble.append("403")  # the browser says so of the page
    write(admin)
    end_session(admin)
    other = admin.context.new_page()
    log_in(other)
    submit(admin, "Publicera nu")
    expect(admin.locator(".kept-line")).to_contain_text("Formuläret hade blivit för gammalt")
    expect_written(admin)
    published(admin, TITLE)


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


def test_a_new_board_that_was_not_saved_is_offered_back(admin):
    admin.goto("/admin/contacts/role/ny-styrelse/")
    admin.locator("#handover_form input[type=text]").first.fill("Test Testsson")
    page = close_tab(admin, "Test Testsson")
    page.goto("/admin/contacts/role/ny-styrelse/")
    take_back(page)
    expect(page.locator("#handover_form input[type=text]").first).to_have_value("Test Testsson")


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
    expect(admin.locator(".form-errors")).to_contain_text("Bilden är för stor (21 MB).")
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


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_database_that_is_away_is_waited_for_with_the_text(open_page, running, expected_trouble, scripts):
    expected_trouble.append("503")
    page = open_page(java_script_enabled=scripts)
    log_in(page)
    page.goto("/admin/news/page/add/", wait_until="networkidle")
    page.locator("#id_title").fill("Om oss alla")
    with no_database(running):
        page.get_by_role("button", name="Spara", exact=True).click()
        expect(page.get_by_role("heading")).to_have_text("Det gick inte att spara")
        page.get_by_role("button", name="Försök igen").click()
        expect(page.get_by_role("heading")).to_have_text("Det gick inte att spara")
    page.get_by_role("button", name="Försök igen").click()
    expect(page.locator("#id_title")).to_have_value("Om oss alla")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("Om oss alla")


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
        expect(admin.locator(".kept-line")).to_contain_text("Det gick inte att spara: disken är full.")
        expect_written(admin)
        expect(admin.locator(".messagelist")).to_have_count(0)
        assert [path for path in media.rglob("*") if path.is_file()] == []
    published(admin, TITLE)
