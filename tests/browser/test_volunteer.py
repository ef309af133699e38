"""A volunteer (Redaktör) with a phone: every click, field and file is counted, from the login page on."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.helpers.browser import PHONE, Hands, editor_of

WIDTH = PHONE["viewport"]["width"]


@pytest.fixture
def hands(phone):
    return Hands(phone)


@pytest.fixture
def photo(tmp_path):
    """Twelve megapixels, lying on its side, as a phone makes them; with no more grain, which takes long."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "IMG_2041.jpg"
    Image.effect_noise((100, 75), 60).resize((4000, 3000)).convert("RGB").save(path, quality=90, exif=exif)
    return path


def height_of(page):
    return page.evaluate("document.documentElement.scrollHeight")


def test_a_post_with_heading_list_link_and_picture_is_published_in_ten_actions_from_the_login(
    hands, open_page, photo
):
    hands.log_in()
    hands.begin("Städdag på gården")
    assert height_of(hands.page) <= 1400
    for line in ("## Ta med", "- Handskar", "Kratta", "", "Läs mer på www.example.org/stad."):
        for sign in line:
            hands.page.keyboard.insert_text(sign)  # as a phone's keyboard: it tells of no key
        hands.page.keyboard.press("Enter")
    hands.choose("Bild:", photo)
    hands.fill("Bildbeskrivning:", "Grannar krattar löv under en lönn.")
    hands.press("Publicera nu")

    expect(hands.page.locator(".messagelist .success")).to_contain_text("Syns sedan")
    assert hands.actions <= 10
    assert hands.page.evaluate("document.documentElement.scrollWidth") == WIDTH

    resident = open_page(**PHONE)
    resident.goto("/nyheter/staddag-pa-garden/")
    expect(resident.locator(".text h2")).to_have_text("Ta med")
    expect(resident.locator(".text li")).to_have_text(["Handskar", "Kratta"])
    expect(resident.locator(".text a")).to_have_attribute("href", "https://www.example.org/stad")
    picture = resident.get_by_role("img", name="Grannar krattar löv under en lönn.")
    width, height = picture.evaluate("img => img.decode().then(() => [img.naturalWidth, img.naturalHeight])")
    assert width < height  # it stands upright


def test_a_post_is_scheduled_from_a_phone_and_not_yet_seen(hands, open_page):
    hands.log_in()
    hands.begin("Vårfest nästa år")
    hands.page.keyboard.type("Vi firar våren.")
    hands.tap(hands.page.locator("summary", has_text="Kategori och tider"))
    hands.page.locator("#id_published_at_0").fill("2099-03-04")
    hands.page.locator("#id_published_at_1").fill("18:00")
    hands.press("Publicera vid tiden")

    expect(hands.page.locator(".messagelist .success")).to_contain_text(
        "Publiceras onsdag 4 mars 2099 kl. 18.00 svensk tid"
    )
    expect(hands.page.get_by_role("row", name="Vårfest nästa år")).to_contain_text("Publiceras onsdag 4 mars")
    assert hands.actions + 2 <= 10
    resident = open_page(**PHONE)
    resident.goto("/nyheter/")
    expect(resident.get_by_text("Vårfest nästa år")).to_have_count(0)


def test_a_draft_is_shared_and_read_by_somebody_who_cannot_log_in(hands, open_page, expected_trouble):
    hands.log_in()
    hands.begin("Utkast till kallelse")
    hands.page.keyboard.type("Välkommen till årsmötet.")
    hands.press("Dela utkastet med en länk")
    link = hands.page.locator("a[href*='/utkast/']")
    address = link.get_attribute("href")
    editor_of(hands.page)
    assert height_of(hands.page) <= 1400
    link.evaluate("link => { link.textContent += 'x'.repeat(60) }")  # chance may leave no place to break
    assert hands.page.evaluate("document.documentElement.scrollWidth") == WIDTH
    assert hands.actions <= 10

    board_member = open_page(**PHONE)
    board_member.goto(address)
    expect(board_member.get_by_role("heading", name="Utkast till kallelse", level=1)).to_be_visible()
    expect(board_member.get_by_text("Utkast. Sidan syns bara för den som har länken")).to_be_visible()
    assert board_member.context.cookies() == []

    hands.press("Stoppa länken till utkastet")
    expect(hands.page.locator(".messagelist .success")).to_contain_text("gäller inte längre")
    expected_trouble.append("410")  # the browser says so of the next page
    board_member.reload()
    expect(board_member.get_by_role("heading", name="Länken gäller inte längre")).to_be_visible()


def test_a_proposal_is_read_by_the_board_by_its_link_and_published_with_one_press(hands, open_page):
    page = hands.page
    hands.log_in()
    hands.begin("Cykelrum")
    page.keyboard.type("Rummet öppnar i maj.")
    hands.press("Publicera nu")
    hands.tap(page.get_by_role("link", name="Cykelrum"))
    editor_of(page)
    assert height_of(page) <= 1400
    hands.fill("Ingress:", "Rummet öppnar i juni.")
    hands.press("Spara som förslag")
    expect(page.locator(".messagelist .success")).to_contain_text("Förslaget är sparat")
    editor_of(page)
    assert height_of(page) <= 1400
    address = page.get_by_role("link", name="Visa förslaget").get_attribute("href")
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH

    board_member = open_page(**PHONE)
    board_member.goto(address)
    expect(board_member.locator(".lead")).to_have_text("Rummet öppnar i juni.")
    expect(board_member.get_by_text("Förslag till ändring.")).to_be_visible()
    board_member.get_by_role("link", name="Så är det nu").tap()
    expect(board_member.get_by_role("heading", name="Cykelrum", level=1)).to_be_visible()
    expect(board_member.locator(".lead")).to_have_count(0)

    hands.press("Publicera förslaget")
    expect(page.locator(".messagelist .success")).to_contain_text("Syns sedan")
    lead = board_member.locator(".lead")
    for _ in range(100):  # what residents see may be a second old
        if not lead.count():
            board_member.reload()
    expect(lead).to_have_text("Rummet öppnar i juni.")


def test_what_may_not_be_published_is_kept_and_each_line_leads_to_its_place(hands):
    hands.log_in()
    hands.begin("Kort notis")
    hands.press("Publicera nu")
    expect(hands.page.get_by_text("Sparad som utkast, men inte publicerad.")).to_be_visible()
    hands.tap(hands.page.get_by_role("link", name="Skriv en text."))
    expect(hands.page.locator("#cke_id_body")).to_be_in_viewport()
    assert hands.page.evaluate("document.documentElement.scrollWidth") == WIDTH


def test_a_line_about_words_to_replace_leads_to_them_and_what_is_typed_takes_their_place(hands):
    hands.log_in()
    hands.tap(hands.page.get_by_role("link", name="Skriv kallelse", exact=True))
    lead = hands.page.get_by_label("Ingress:")
    assert lead.evaluate("field => field.scrollHeight <= field.clientHeight")  # all of it is seen
    editor_of(hands.page)
    hands.press("Publicera nu")
    line = hands.page.get_by_role("link", name="Byt ut «fyll i dag»")
    text = editor_of(hands.page)
    hands.tap(line)
    expect(text.get_by_text("Motioner lämnas")).to_be_in_viewport()
    hands.page.keyboard.type("1 maj")
    expect(text).to_contain_text("Motioner lämnas till styrelsen senast 1 maj.")


def test_who_looks_at_what_she_published_finds_the_way_back_to_the_admin(hands, open_page):
    page = hands.page
    hands.log_in()
    hands.begin("Tvättstugan är öppen")
    page.keyboard.type("Boka som vanligt.")
    hands.press("Publicera nu")
    hands.tap(page.get_by_role("link", name="Se nyheten"))
    hands.tap(page.get_by_role("link", name="Tillbaka till admin"))
    expect(page.get_by_role("row", name="Tvättstugan är öppen")).to_be_visible()

    resident = open_page(**PHONE)
    resident.goto("/nyheter/")
    resident.get_by_role("link", name="Tvättstugan är öppen").first.tap()
    expect(resident.get_by_text("Boka som vanligt.")).to_be_visible()
    expect(resident.get_by_role("link", name="Tillbaka till admin")).to_have_count(0)


def test_a_preview_shows_what_is_in_the_form_on_a_phone_and_on_a_computer(hands):
    hands.log_in()
    hands.begin("Förhandsvisad")
    hands.page.keyboard.type("Ännu inte sparad.")
    with hands.page.context.expect_page() as opened:
        hands.press("Förhandsgranska")
    shown = opened.value
    # No script runs in that frame, so not Playwright's either: its source and what it loaded must do.
    html = shown.locator("iframe").get_attribute("srcdoc")
    assert ">Förhandsvisad</h1>" in html
    assert "Ännu inte sparad." in html
    shown.wait_for_load_state("networkidle")
    shown.set_viewport_size({"width": 1400, "height": 900})
    for label, width in (("Telefon", "390px"), ("Dator", "1280px")):
        shown.get_by_label(label).check()
        expect(shown.locator("iframe")).to_have_css("width", width)
