"""The volunteer writes with CKEditor as it is served, and a resident reads what came of it."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.helpers.browser import PHONE, answer, editor_of, log_in, open_form, press, published, read, submit

# What no text may do: each shows a dialog, which fails the test.
HOSTILE = """
<p>Hej grannar</p><script>alert(1)</script><img src="/saknas" onerror="alert(2)">
<p onmouseover="alert(3)">Flytta inte musen</p><svg onload="alert(4)"></svg>
<a href="javascript:alert(5)">Tryck inte</a><a href="java&#9;script:alert(6)">Inte här heller</a>
<iframe srcdoc="<script>alert(7)</script>"></iframe><details open ontoggle="alert(8)">Öppna inte</details>
<form action="/admin/logout/"><button formaction="javascript:alert(9)">Eller här</button></form>
<style>body { display: none }</style>
"""

# --- The steps of writing ---


# --- The journey ---


def test_a_volunteer_publishes_a_notice_with_a_picture_and_a_resident_reads_it_on_a_phone(
    page, open_page, picture
):
    log_in(page)
    page.locator(".model-post").get_by_role("link", name="Lägg till").click()
    page.get_by_label("Rubrik:").fill("Gårdsfest på Malmvägen")
    text = editor_of(page)
    text.click()
    press(page, "Rubrik")
    page.keyboard.type("Vad händer?")
    page.keyboard.press("Enter")
    page.keyboard.type("Vi grillar på gården.")
    page.keyboard.press("Enter")
    press(page, "Infoga/ta bort punktlista")
    page.keyboard.type("Korv")
    page.keyboard.press("Enter")
    page.keyboard.type("Kaffe")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # out of the list
    press(page, "Infoga/Redigera länk")
    answer(page, **{"Länkens text": "Läs mer hos regionen"}, Webbadress="https://www.example.org/fest")
    page.get_by_label("Bild:").set_input_files(picture)
    page.get_by_label("Bildbeskrivning:").fill("En grön gård med långbord.")
    published(page, "Gårdsfest på Malmvägen")

    phone = open_page(**PHONE)
    text = read(phone, "Gårdsfest på Malmvägen")
    expect(text.locator("h2")).to_have_text("Vad händer?")
    expect(text.locator("p").first).to_have_text("Vi grillar på gården.")
    expect(text.locator("ul > li")).to_have_text(["Korv", "Kaffe"])
    link = text.get_by_role("link", name="Läs mer hos regionen")
    expect(link).to_have_attribute("href", "https://www.example.org/fest")
    shown = phone.get_by_role("img", name="En grön gård med långbord.")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert phone.context.cookies() == []


def test_a_file_that_is_no_picture_is_refused_at_its_field_and_nothing_typed_is_lost(admin, tmp_path):
    fake = tmp_path / "bild.jpg"
    fake.write_text("Det här är ingen bild.")

    open_form(admin, "Städdag i april").fill("Ta med handskar.")
    admin.get_by_label("Bild:").set_input_files(fake)
    submit(admin, "Spara utkast")

    expect(admin.locator(".field-image .errorlist")).to_contain_text("Bilden gick inte att läsa")
    expect(admin.get_by_label("Rubrik:")).to_have_value("Städdag i april")
    expect(editor_of(admin)).to_have_text("Ta med handskar.")


SHOWN = """
    (canvas) => {
      const { width, height } = canvas;
      return [...canvas.getContext("2d").getImageData(width / 2, height / 2, 1, 1).data].slice(0, 3);
    }
"""


def test_a_chosen_picture_is_seen_before_it_is_saved_with_the_field_for_its_description(
    open_page, admin_session, picture, tmp_path
):
    phone = open_page(**PHONE, storage_state=admin_session)
    phone.goto("/admin/news/post/add/")
    expect(editor_of(phone)).to_be_visible()
    Image.open(picture).transpose(Image.Transpose.ROTATE_90).save(picture)
    phone.get_by_label("Bild:").set_input_files(picture)
    shown = phone.locator(".field-image canvas")
    expect(shown).to_be_visible()
    assert shown.evaluate("canvas => [canvas.clientWidth, canvas.clientHeight]") == [107, 160]  # its shape
    assert shown.evaluate(SHOWN) == [46, 139, 87]  # seagreen
    bottom = phone.get_by_label("Bildbeskrivning:").evaluate("field => field.getBoundingClientRect().bottom")
    bar = phone.locator(".main-actions").evaluate("bar => bar.getBoundingClientRect().top")
    assert bottom <= bar
    phone.get_by_label("Bild:").set_input_files([])
    expect(shown).to_have_count(0)


def test_a_further_picture_is_seen_while_it_is_sent_and_not_when_it_is_refused(
    admin, picture, expected_trouble
):
    open_form(admin, "")
    admin.locator("#pictures-group summary").first.click()
    seen = []

    def refuse(route):
        expect(admin.locator("#pictures-0 canvas.current-picture")).to_be_visible()
        expect(admin.locator("#id_pictures-0-image_alt")).to_be_in_viewport()
        seen.append(True)
        route.fulfill(status=400, json={"error": "Bilden gick inte att läsa."})

    admin.route("**/post/bild/", refuse)
    expected_trouble.append("400")
    admin.locator("#id_pictures-0-image").set_input_files(picture)
    expect(admin.locator("#pictures-0 [role=status]")).to_have_text("Bilden gick inte att läsa.")
    expect(admin.locator(".current-picture")).to_have_count(0)
    assert seen


# --- The editor ---


def test_the_toolbar_offers_exactly_what_may_be_stored_and_in_swedish(admin):
    open_form(admin, "")
    buttons = admin.locator(".cke_toolbox").get_by_role("button")
    labels = buttons.evaluate_all(
        "all => all.map(button => document.getElementById(button.getAttribute('aria-labelledby')).innerText)"
    )
    assert labels == [
        "Rubrik",
        "Underrubrik",
        "Fet",
        "Kursiv",
        "Upphöjda tecken",
        "Nedsänkta tecken",
        "Infoga/ta bort punktlista",
        "Infoga/ta bort numrerad lista",
        "Infoga/Redigera länk",
        "Radera länk",
        "Infoga kontakt",
        "Blockcitat",
        "Tabell",
        "Ångra",
        "Gör om",
    ]
    titles = buttons.evaluate_all("all => all.map(button => button.title.replace(/ \\(Ctrl.*/, ''))")
    assert titles == labels
    hints = admin.locator(".cke_toolbox .cke_button_label").evaluate_all(
        "all => all.map(label => label.textContent.trim())"
    )
    assert {hint.split(" Ctrl")[0] for hint in hints} - set(labels) == {"", "Kortkommando"}
    expect(admin.locator(".cke_combo")).to_have_count(0)


def test_a_role_is_put_into_the_text_by_its_name(admin):
    open_form(admin, "")
    editor_of(admin).click()
    press(admin, "Infoga kontakt")
    answer(admin, Roll="Ordförande")
    expect(editor_of(admin)).to_have_text("[[kontakt Ordförande]]")


@pytest.mark.parametrize("write", ["type", "insert_text"])  # a computer's keys; a phone tells of no key
def test_a_mark_typed_first_in_a_paragraph_makes_a_list_or_heading_and_is_undone(admin, write):
    text = open_form(admin, "")
    text.click()

    def typed(words):
        for sign in words:
            getattr(admin.keyboard, write)(sign)

    for mark, tag in (("##", "h2"), ("###", "h3"), ("-", "ul > li"), ("*", "ul > li"), ("1.", "ol > li")):
        typed(f"{mark} ")
        expect(text.locator(tag)).to_have_count(1)
        admin.keyboard.press("Control+z")
        expect(text.locator("p")).to_have_text(f"{mark} ")
        typed("Kratta")
        expect(text.locator("p")).to_have_text(f"{mark} Kratta")
        text.fill("")
    for line in ("- Kratta", "- Handskar", "2 - 3 säckar", "", "Ta 2 - 3 var", "Hus 1. ", "2. Sist"):
        typed(line)
        admin.keyboard.press("Enter")
    expect(text.locator("li")).to_have_text(["Kratta", "Handskar", "2 - 3 säckar"])
    expect(text.locator("p").filter(has_text=re.compile(r"\w"))).to_have_text(
        ["Ta 2 - 3 var", "Hus 1. ", "2. Sist"]
    )


def test_the_editor_is_served_with_hashed_names_and_debug_off(admin):
    open_form(admin, "")
    scripts = admin.locator("script[src*='/static/']").evaluate_all("all => all.map(script => script.src)")
    assert any("/richtext/ckeditor." in src for src in scripts)
    assert [src for src in scripts if not re.search(r"\.[0-9a-f]{12}\.js$", src) and "?t=" not in src] == []
    styles = admin.frame_locator(".cke_wysiwyg_frame").locator("link[href*=editor-contents]")
    assert re.search(r"editor-contents\.[0-9a-f]{12}\.css", styles.get_attribute("href"))


def test_a_subheading_and_a_table_with_headings_reach_the_reader(admin, open_page):
    text = open_form(admin, "Tvättider i sommar")
    text.click()
    press(admin, "Rubrik")
    admin.keyboard.type("Tider")
    admin.keyboard.press("Enter")
    press(admin, "Underrubrik")
    admin.keyboard.type("Hus 1")
    admin.keyboard.press("Enter")
    press(admin, "Tabell")
    answer(admin, Rader="2", Kolumner="2", Rubriker="Första raden")
    for cell in ("Dag", "Tid", "Måndag", "8–12"):
        text.locator("th, td").filter(has_text=re.compile(r"^\s*$")).first.click()
        admin.keyboard.type(cell)
    published(admin, "Tvättider i sommar")

    text = read(open_page(**PHONE), "Tvättider i sommar")
    expect(text.locator("h3")).to_have_text("Hus 1")
    expect(text.locator("thead th[scope=col]")).to_have_text(["Dag", "Tid"])
    expect(text.locator("tbody td")).to_have_text(["Måndag", "8–12"])


def write_in_the_editor(page, html):
    page.evaluate("html => CKEDITOR.instances.id_body.setData(html)", html)
    expect(editor_of(page)).to_contain_text("Hej grannar")


def write_past_the_editor(page, html):
    page.evaluate("CKEDITOR.instances.id_body.destroy(true)")
    page.locator("#id_body").fill(html)


@pytest.mark.parametrize("write", [write_in_the_editor, write_past_the_editor])
def test_hostile_html_neither_runs_nor_reaches_the_reader(admin, open_page, write):
    title = f"Klistrat: {write.__name__.replace('_', ' ')}"
    open_form(admin, title)
    write(admin, HOSTILE)
    published(admin, title)

    phone = open_page(**PHONE)
    text = read(phone, title)
    expect(text).to_contain_text("Hej grannar")
    assert text.locator("script, img, svg, iframe, details, form, button, style").count() == 0
    attributes = text.locator("*").evaluate_all("all => all.flatMap(tag => tag.getAttributeNames())")
    assert set(attributes) <= {"dir"}  # ours, on every block


def test_the_text_is_written_in_the_admins_own_light_or_dark(open_page, admin_session):
    page = open_page(color_scheme="dark", storage_state=admin_session)
    text = open_form(page, "Mörkt")
    expect(text).to_have_css("background-color", "rgb(18, 18, 18)")
    expect(text).to_have_css("color", "rgb(238, 238, 238)")
    press(page, "Infoga/Redigera länk")
    expect(page.locator(".cke_dialog_body")).to_have_css("filter", "invert(0.88) hue-rotate(180deg)")
    page.get_by_role("button", name="Avbryt").click()
    page.locator(".theme-toggle:visible").click()  # "auto" → light
    expect(text).to_have_css("background-color", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="light")
    expect(text).to_have_css("background-color", "rgb(255, 255, 255)")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(text).to_have_css("background-color", "rgb(18, 18, 18)")
    page.evaluate("document.documentElement.dataset.theme = 'auto'")
    expect(text).to_have_css("background-color", "rgb(255, 255, 255)")


def test_the_form_of_a_post_comes_in_at_most_20_requests_and_320_kb(open_page, admin_session):
    page = open_page(**PHONE, storage_state=admin_session)
    network, sizes = page.context.new_cdp_session(page), []
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/admin/news/post/add/", wait_until="networkidle")
    expect(editor_of(page)).to_be_visible()
    fetched = [size for size in sizes if size]  # nothing is fetched for a data: address
    assert len(fetched) <= 20
    assert sum(fetched) <= 320_000, sum(fetched)
