"""A contact admin (Kontaktansvarig) after the annual meeting, with a phone: a new board, and its order.

On a site of its own, with a board of seven.
"""

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import PHONE, Hands, session_of
from tests.helpers.keyboard import Keyboard
from tests.helpers.running import copy_of, put_in, started

WIDTH = PHONE["viewport"]["width"]
CONTACT_ADMIN = {"username": "carin", "password": "alla-roller-pa-plats"}
ROLES = ["Ordförande", "Vice ordförande", "Kassör", "Sekreterare", "Ledamot", "Suppleant", "Studieledare"]
OLD = [f"Gamla {role}" for role in ROLES]
NEW = {"Ordförande": "Nora Ny", "Vice ordförande": "Vide Ny", "Kassör": "Kaj Ny", "Ledamot": "Lo Ny"}
NUMBERS = [f"070-174 06 0{digit}" for digit in range(5, 9)]
LEAVING = ["Gamla Ordförande", "Gamla Vice ordförande", "Gamla Kassör", "Gamla Ledamot", "Gamla Suppleant"]
MAKE_BOARD = f"""
from django.contrib.auth.models import Group, User
from contacts.models import Assignment, Person, Role
user = User.objects.create_user(**{CONTACT_ADMIN!r}, is_staff=True)
user.groups.add(Group.objects.get(name="Kontaktansvariga"))
Assignment.objects.all().delete()
for place, (name, holder) in enumerate(zip({ROLES!r}, {OLD!r}), 1):
    role, _ = Role.objects.update_or_create(name=name, defaults={{"order": place, "show_vacant": True}})
    Assignment.objects.create(role=role, person=Person.objects.create(name=holder))
"""

HEIGHTS = """
() => {
  const frame = document.querySelector(".contact-preview");
  return {frame: frame.clientHeight, page: frame.contentDocument.documentElement.scrollHeight};
}
"""


@pytest.fixture(scope="module")
def site(prepared, tmp_path_factory):
    folder = copy_of(prepared, tmp_path_factory.mktemp("board"))
    put_in(folder, MAKE_BOARD)
    with started(folder, folder.parent) as running:
        yield running.url


@pytest.fixture
def hands(phone):
    return Hands(phone)


def assert_shown(open_page, names):
    """The names are on the contact page, as a resident sees it now: it may be a second old."""
    page = open_page()
    for _ in range(100):
        page.goto("/kontakt/")
        shown = page.locator("main h3").all_inner_texts()
        if shown == names:
            break
    assert shown == names


def test_a_board_is_changed_with_the_numbers_of_four_in_twenty_actions_and_undone_in_one(hands, open_page):
    page = hands.page
    hands.log_in(CONTACT_ADMIN)
    hands.tap(page.get_by_role("link", name="Ny styrelse", exact=True))
    for holder in LEAVING:
        hands.tap(page.get_by_role("group", name=holder).get_by_label("Slutar"))
    for place, (role, name) in enumerate(NEW.items()):
        hands.actions += 2
        part = page.locator("fieldset", has=page.get_by_role("heading", name=role, exact=True))
        part.get_by_label("Ny innehavare:").fill(name)
        part.get_by_label("Telefon:").fill(NUMBERS[place])
    hands.tap(page.get_by_label("Syns för alla"))
    hands.press("Förhandsgranska")

    expect(page.get_by_text("Suppleant: blir vakant. Det syns på kontaktsidan.")).to_be_visible()
    preview = page.locator("iframe").get_attribute("srcdoc")  # no script of Playwright's runs in there
    assert [name for name in NEW.values() if f"<h3>{name}</h3>" in preview] == list(NEW.values())
    page.wait_for_load_state()
    assert page.evaluate(HEIGHTS)["frame"] >= page.evaluate(HEIGHTS)["page"]  # all seven, without scrolling
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    assert_shown(open_page, OLD)
    hands.press("Spara")

    expect(page.locator(".messagelist .success")).to_have_text("Sparat. Kontaktsidan ändras nu.")
    assert hands.actions <= 20
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    assert_shown(
        open_page,
        ["Nora Ny", "Vide Ny", "Kaj Ny", "Gamla Sekreterare", "Lo Ny", "Gamla Studieledare", "Vakant"],
    )

    contacts = open_page()
    contacts.goto("/kontakt/")
    assert [number for number in NUMBERS if number in contacts.locator("main").inner_text()] == NUMBERS

    hands.press("Ångra hela bytet")
    expect(page.locator(".messagelist .success")).to_have_text("Ångrat. Alla roller är som före bytet.")
    assert_shown(open_page, OLD)


@pytest.fixture(scope="module")
def session(browser, site):
    return session_of(browser, site, CONTACT_ADMIN)


def test_each_role_is_one_row_on_a_wide_screen(open_page, session):
    page = open_page(storage_state=session)
    page.goto("/admin/")
    page.get_by_role("link", name="Ny styrelse", exact=True).click()
    parts = page.locator("fieldset.role")
    expect(parts).to_have_count(len(ROLES))
    for part in parts.all():
        asked = [part.locator("h2"), part.locator("legend").first, *part.locator("label:visible").all()]
        tops = [one.bounding_box()["y"] for one in asked]
        assert max(tops) - min(tops) < 50  # the ticks stand under the name


def roles(page):
    return page.locator("#result_list .field-__str__, #result_list th.field-name").all_inner_texts()


@pytest.fixture
def role_list(open_page, session):
    """Open the list of roles as the contact admin: role_list(**PHONE)."""

    def open_list(**options):
        page = open_page(storage_state=session, **options)
        page.goto("/admin/")
        page.get_by_role("link", name="Roller", exact=True).first.click()
        expect(page.get_by_role("button", name="Flytta ner: Ordförande")).to_be_visible()
        return page

    return open_list


def test_the_list_of_roles_is_cut_off_nowhere_and_its_buttons_stand_in_a_line(role_list):
    results = role_list().locator("#changelist .results")
    assert results.evaluate("box => box.scrollWidth <= box.clientWidth")
    page = role_list(**PHONE)
    tools = page.locator(".object-tools li").evaluate_all("all => all.map(one => one.offsetTop)")
    assert len(tools) == 3
    assert len(set(tools)) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH


def test_roles_are_ordered_by_keyboard_and_the_focus_stays(role_list):
    page = role_list()
    before = roles(page)
    for direction, places in (("ner", (1, 2)), ("upp", (1, 0))):
        button = page.get_by_role("button", name=f"Flytta {direction}: Ordförande")
        button.focus()
        for place in places:
            page.keyboard.press("Enter")
            expect(page.locator("#result_list th.field-name").nth(place)).to_have_text("Ordförande")
            if place:  # the first row has no way up
                expect(button).to_be_focused()
    assert roles(page) == before


def test_roles_are_ordered_without_javascript(role_list):
    page = role_list(java_script_enabled=False, **PHONE)
    before = roles(page)
    page.get_by_role("button", name="Flytta upp: Kassör").tap()
    expect(page.locator("#result_list th.field-name").nth(1)).to_have_text("Kassör")
    assert page.locator(".order-handle").count() == 0
    page.get_by_role("button", name="Flytta ner: Kassör").tap()
    expect(page.locator("#result_list th.field-name").nth(2)).to_have_text("Kassör")
    assert roles(page) == before


def place_of(page, role):
    box = page.get_by_role("row", name=role).first.locator(".order-handle").bounding_box()
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


@pytest.mark.parametrize("way", ["mouse", "finger"])
def test_a_role_is_dragged_to_its_place(role_list, way):
    page = role_list(**PHONE) if way == "finger" else role_list()
    before = roles(page)
    start, end = place_of(page, "Kassör"), place_of(page, "Ordförande")
    path = [{"x": start["x"], "y": start["y"] + (end["y"] - 20 - start["y"]) * part / 8} for part in range(9)]
    if way == "mouse":
        page.mouse.move(**path[0])
        page.mouse.down()
        for point in path:
            page.mouse.move(**point)
        page.mouse.up()
    else:
        devtools = page.context.new_cdp_session(page)
        devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [path[0]]})
        for point in path:
            devtools.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_role("button", name="Flytta upp: Kassör")).to_be_focused()  # it was sent, and is back
    assert roles(page) == ["Kassör", *(role for role in before if role != "Kassör")]
    for _ in range(2):
        page.get_by_role("button", name="Flytta ner: Kassör").click()
        expect(page.get_by_role("button", name="Flytta ner: Kassör")).to_be_focused()
    assert roles(page) == before


@pytest.mark.long
def test_a_board_is_changed_and_ordered_by_keys_alone_and_undone(page, open_page):
    keys = Keyboard(page)
    keys.log_in(CONTACT_ADMIN)
    keys.enter("Ny styrelse")
    for holder in LEAVING[:2]:
        keys.go(page.get_by_role("group", name=holder).get_by_label("Sitter kvar"))
        keys.press("ArrowRight")
        assert page.get_by_role("group", name=holder).get_by_label("Slutar").is_checked()
        assert keys.focused()
        part = page.locator("fieldset.role", has=page.get_by_role("group", name=holder))
        keys.fill(part.get_by_label("Ny innehavare:"), f"Ny efter {holder}")
        keys.fill(part.get_by_label("Telefon:"), NUMBERS[0])
    keys.go(page.get_by_label("Syns inte"))
    keys.press("ArrowRight")
    keys.enter("Förhandsgranska")
    keys.enter("Spara")
    expect(page.locator(".messagelist .success")).to_have_text("Sparat. Kontaktsidan ändras nu.")
    assert_shown(open_page, [f"Ny efter {holder}" for holder in LEAVING[:2]] + OLD[2:])
    keys.enter("Ångra hela bytet")
    expect(page.locator(".messagelist .success")).to_have_text("Ångrat. Alla roller är som före bytet.")

    page.goto("/admin/")
    keys.enter(page.get_by_role("link", name="Roller", exact=True).first)
    expect(page.get_by_role("button", name="Flytta ner: Ordförande")).to_be_visible()
    before = roles(page)
    keys.enter("Flytta ner: Ordförande")
    expect(page.get_by_role("button", name="Flytta ner: Ordförande")).to_be_focused()
    assert keys.focused()
    assert roles(page) != before
    keys.enter("Flytta upp: Ordförande", back=True)
    expect(page.locator("#result_list th.field-name").first).to_have_text("Ordförande")
    keys.enter(page.get_by_role("link", name="Kassör", exact=True))
    keys.fill("Rollens e-postadress", "kassor@example.org")
    keys.enter("Spara")
    expect(page.locator(".messagelist .success")).to_contain_text("Kassör")
    keys.enter("Logga ut")
    expect(page.get_by_role("link", name="Logga in igen")).to_be_visible()
