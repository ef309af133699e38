"""The resident: on a narrow phone, with the keyboard, without JavaScript."""

import re

import pytest
from playwright.sync_api import Error, expect

from tests.helpers.browser import BUTTON, CHAIR, LONG_SLUG, MISSING, PHONE, SEED_POST, assert_fits

ADDRESSES = [
    "/",
    "/nyheter/",
    f"/nyheter/{LONG_SLUG}/",
    SEED_POST,
    "/nyheter/kategori/nyheter/",
    "/nyheter/arkiv/2020/",
    f"/sok/?q={LONG_SLUG[5:]}",
    f"/sok/?q={LONG_SLUG[5:]}x",
    "/kontakt/",
    f"/{LONG_SLUG}/",
    MISSING,
]


@pytest.mark.parametrize("width", [pytest.param(390, marks=pytest.mark.long), 320])
def test_no_public_page_scrolls_sideways_on_a_phone_or_sets_a_cookie(open_page, expected_trouble, width):
    expected_trouble.append(MISSING)  # the browser says "404" of it
    phone = open_page(**{**PHONE, "viewport": {"width": width, "height": 700}})
    for address in ADDRESSES:
        assert phone.goto(address).status == (404 if address == MISSING else 200), address
        assert_fits(phone, width)
        if address.endswith(f"/{LONG_SLUG}/"):
            expect(phone.locator(".text table td")).to_have_count(20)  # or narrow content would pass
    phone.goto("/kontakt/")
    phone.get_by_role("button", name=BUTTON).tap()
    expect(phone.get_by_role("link", name=CHAIR)).to_be_visible()
    assert_fits(phone, width)
    assert phone.context.cookies() == []


def test_the_first_tab_stop_leads_past_the_menu(page):
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Hoppa till innehållet")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def open_contacts(page):
    """Open the contact page; no e-mail address is in what the server sends."""
    html = page.goto("/kontakt/").text()
    assert "Thomas Axelsson" in html
    assert "example.org" not in html
    assert not re.search(r"\w@\w|mailto:", html)
    return page.get_by_role("button", name=BUTTON)


def assert_shown_in_place(page):
    link = page.get_by_role("link", name=CHAIR)
    expect(link).to_be_focused()
    expect(link).to_have_attribute("href", f"mailto:{CHAIR}")
    expect(page.get_by_role("status")).to_have_text(f"E-postadressen är {CHAIR}")
    expect(page.get_by_role("button", name=BUTTON)).to_have_count(0)
    assert page.url.endswith("/kontakt/")


def test_a_tap_puts_the_address_in_place_of_the_button_and_announces_it(phone):
    open_contacts(phone).tap()
    assert_shown_in_place(phone)
    assert phone.context.cookies() == []


def test_no_script_can_make_html_of_a_text(page, expected_trouble):
    expected_trouble.append("TrustedHTML")
    page.goto("/kontakt/")
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>x</b>'")


def test_the_keyboard_alone_brings_up_the_address(page):
    button = open_contacts(page)
    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    assert_shown_in_place(page)


def test_without_javascript_the_same_button_opens_a_page_with_the_address(open_page):
    phone = open_page(**PHONE, java_script_enabled=False)
    open_contacts(phone).tap()
    expect(phone.get_by_role("heading", name="E-postadress till ordföranden")).to_be_visible()
    expect(phone.get_by_role("link", name=CHAIR)).to_have_attribute("href", f"mailto:{CHAIR}")
    assert phone.context.cookies() == []


def test_a_search_needs_no_javascript_and_marks_what_it_found(open_page):
    phone = open_page(**PHONE, java_script_enabled=False)
    phone.goto("/nyheter/")
    phone.get_by_role("search").get_by_label("Sök på webbplatsen").fill("BOSTADSBOLAG")
    phone.get_by_role("search").get_by_role("button", name="Sök").tap()
    expect(phone.get_by_role("status").first).to_have_text("1 nyhet om ”BOSTADSBOLAG”")
    expect(phone.locator("mark").first).to_have_text("bostadsbolagen")
    phone.get_by_role("link", name="Allmännyttan kan vara nyttig").tap()
    expect(phone).to_have_url(re.compile(SEED_POST))
