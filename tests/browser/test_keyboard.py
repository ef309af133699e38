"""A volunteer who uses no mouse: each job with keys alone, and at each key the eye sees where one is."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.helpers.browser import VOLUNTEER
from tests.helpers.keyboard import Keyboard
from tests.helpers.pdfs import make_pdf

IN_A_MONTH = timezone.localdate() + timedelta(days=30)
IN_A_HEADING = "CKEDITOR.instances.id_body.getSelection()?.getStartElement()?.getAscendant('th', true)"


@pytest.fixture
def keys(page):
    keys = Keyboard(page)
    keys.log_in(VOLUNTEER)
    return keys


def saved(keys, words):
    expect(keys.page.locator(".messagelist .success")).to_contain_text(words)


def write(keys, title):
    """Write a post from the first page on, as far as the beginning of its text."""
    keys.enter("Skriv nyhet")
    keys.fill("Rubrik", title)
    keys.go(keys.page.locator(".cke_wysiwyg_frame"))


def publish(keys):
    keys.enter(keys.page.get_by_role("button", name="Publicera nu"))
    saved(keys, "Syns sedan")


def open_post(keys, title):
    """Find the post in the list by its title, and open it."""
    keys.page.goto("/admin/")
    keys.enter(keys.page.locator(".model-post").get_by_role("link", name="Nyheter", exact=True))
    keys.fill(keys.page.locator("#searchbar"), title)
    keys.press("Enter")
    keys.enter(keys.page.locator("#result_list").get_by_role("link", name=title))


def test_a_list_is_written_and_left_with_tab(keys, open_page):
    write(keys, "Ta med till gården")
    keys.tool("Infoga/ta bort punktlista")
    keys.type("Handskar")
    keys.press("Enter")
    keys.type("Kratta")
    keys.go("Bild")
    publish(keys)
    resident = open_page()
    resident.goto("/nyheter/ta-med-till-garden/")
    expect(resident.locator(".text > ul > li")).to_have_text(["Handskar", "Kratta"])


@pytest.mark.long
def test_a_post_with_all_that_it_can_have_is_written(keys, open_page, picture, tmp_path):
    page = keys.page
    agenda = tmp_path / "Dagordning.pdf"
    agenda.write_bytes(make_pdf("Dagordning", "Beslut"))
    write(keys, "Gårdsfest utan mus")
    keys.type("Välkomna!")
    keys.press("Enter")
    keys.tool("Rubrik")
    keys.type("Ta med")
    keys.press("Enter")
    keys.tool("Infoga/ta bort punktlista")
    keys.type("Korv")
    keys.press("Enter")
    keys.type("Kaffe")
    keys.press("Enter", "Enter")
    keys.tool("Infoga/Redigera länk")
    dialog = page.locator(".cke_dialog:visible")
    keys.fill(dialog.get_by_label("Länkens text"), "Läs mer", back=True)
    keys.fill(dialog.get_by_label("Webbadress"), "https://www.example.org/fest")
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    keys.press("End", "Enter")
    keys.tool("Tabell")
    keys.fill(dialog.get_by_label("Rader"), "2")
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    page.wait_for_function(IN_A_HEADING)
    keys.type("Dag")
    keys.press(*["ArrowDown"] * 4)
    keys.tool("Infoga kontakt")
    keys.go(dialog.get_by_label("Roll"))
    keys.type("Ordf")
    keys.enter(dialog.get_by_role("button", name="OK"))
    expect(dialog).to_have_count(0)

    keys.choose("Bild", picture)
    keys.fill("Bildbeskrivning", "Långbord på gården")
    keys.unfold("Bilder")
    row = page.locator("#pictures-0")
    keys.choose(row.locator("input[type=file]"), picture)
    expect(row.locator(".current-picture")).to_be_visible()
    keys.enter(row.get_by_role("button", name="Infoga bild"))
    assert keys.focused()
    keys.fill(row.get_by_label("Vad bilden visar"), "Grillen", back=False)
    keys.unfold("Bilagor")
    keys.choose(page.locator("#id_attachments-0-file"), agenda)
    publish(keys)

    resident = open_page()
    resident.goto("/nyheter/gardsfest-utan-mus/")
    expect(resident.locator(".text h2")).to_have_text("Ta med")
    expect(resident.locator(".text > ul > li")).to_have_text(["Korv", "Kaffe"])
    expect(resident.get_by_role("link", name="Läs mer")).to_have_attribute(
        "href", "https://www.example.org/fest"
    )
    expect(resident.locator(".text th").first).to_have_text("Dag")
    expect(resident.locator(".text")).to_contain_text("Thomas Axelsson")
    for alt in ("Långbord på gården", "Grillen"):
        expect(resident.get_by_role("img", name=alt)).to_be_visible()
    expect(resident.get_by_role("link", name="Dagordning")).to_be_visible()


@pytest.mark.long
def test_a_post_is_corrected_ended_proposed_restored_deleted_and_brought_back(keys):
    page = keys.page
    write(keys, "Vattnet stängs av")
    keys.type("På tisdag.")
    publish(keys)

    open_post(keys, "Vattnet stängs av")
    keys.fill("Ingress", "Hela huset.")
    keys.unfold("Kategori och tider")
    keys.fill_day(page.locator("#id_expires_at_0"), IN_A_MONTH)
    keys.enter("Spara ändringarna (syns direkt)")
    saved(keys, "gäller till och med")

    open_post(keys, "Vattnet stängs av")
    keys.fill("Ingress", "Bara uppgång 3.")
    keys.enter("Spara som förslag")
    saved(keys, "Förslaget är sparat")
    keys.enter("Publicera förslaget")
    saved(keys, "gäller till och med")

    open_post(keys, "Vattnet stängs av")
    keys.enter("Historik")
    keys.enter(page.get_by_role("link", name="Jämför med nu, återställ").first)
    keys.enter("Återställ den här versionen")
    saved(keys, "")
    open_post(keys, "Vattnet stängs av")
    expect(page.get_by_label("Ingress:")).to_have_value("Hela huset.")

    keys.enter("Ta bort")
    keys.enter("Ja, ta bort")
    saved(keys, "Vattnet stängs av")
    keys.enter("Ångra")
    saved(keys, "")
    open_post(keys, "Vattnet stängs av")
    keys.enter("Ta bort")
    keys.enter("Ja, ta bort")
    saved(keys, "Vattnet stängs av")
    page.goto("/admin/")
    keys.enter("Papperskorgen")
    keys.enter(page.get_by_role("button", name="Ta tillbaka").first)
    saved(keys, "Vattnet stängs av")


@pytest.mark.long
def test_a_meeting_is_called_a_document_published_and_a_list_filtered(keys, open_page, tmp_path):
    page = keys.page
    keys.enter("Skriv kallelse")
    keys.fill("Rubrik", "Kallelse utan mus")
    day = page.locator("#id_occurrences-0-day")
    keys.go(page.locator(".cke_wysiwyg_frame"))
    keys.press("Control+a")
    keys.type("Kom till årsmötet.")
    keys.fill(day, f"{IN_A_MONTH}")
    keys.go(page.locator("#id_occurrences-0-starts"))
    keys.type("0630PM")
    expect(page.locator("#id_occurrences-0-starts")).to_have_value("18:30")
    keys.fill("Plats", "Satelliten")
    publish(keys)
    resident = open_page()
    resident.goto("/kalender/")
    expect(resident.locator("main")).to_contain_text("kl. 18.30")

    pdf = tmp_path / "Stadgar.pdf"
    pdf.write_bytes(make_pdf("Stadgar"))
    page.goto("/admin/")
    keys.enter("Lägg upp ett dokument")
    keys.fill("Rubrik", "Stadgar utan mus")
    keys.choose("Fil", pdf)
    keys.go("Slag")
    keys.type("Stad")
    publish(keys)
    resident.goto("/dokument/")
    expect(resident.get_by_role("link", name="Stadgar utan mus")).to_be_visible()

    page.goto("/admin/news/post/")
    keys.enter(page.locator("#changelist-filter").get_by_role("link", name="Syns nu"))
    expect(page.locator("#result_list")).to_contain_text("Kallelse utan mus")
    keys.go(page.get_by_role("row", name="Kallelse utan mus").get_by_role("checkbox"))
    keys.press("Space")
    keys.go(page.get_by_label("Åtgärd:"), back=True)
    keys.press("ArrowDown")
    keys.enter("Utför")
    keys.enter(page.locator("#content [type=submit]"))
    saved(keys, "")
    keys.enter("Logga ut")
    expect(page.get_by_role("link", name="Logga in igen")).to_be_visible()
