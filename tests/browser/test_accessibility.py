"""What a machine can test of WCAG 2.2 A and AA, on every kind of page; what a keyboard and an eye need."""

import pytest
from playwright.sync_api import expect

from tests.helpers.axe import violations
from tests.helpers.browser import BUTTON, CHAIR, MISSING, PAGES, SEED_POST, assert_fits


@pytest.fixture(
    params=[
        pytest.param([("light", 320, "225%"), ("dark", 1280, "")], id="small and light, wide and dark"),
        pytest.param(
            [("dark", 320, ""), ("light", 1280, "225%")],
            id="small and dark, wide and light",
            marks=pytest.mark.long,
        ),
    ]
)
def readers(request):
    """Who reads a page: in which colours, how wide, and whose text is doubled, from 112.5%."""
    return request.param


def assert_no_rule_is_broken(page, readers):
    for scheme, width, text in readers:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
        assert_fits(page, width)
        assert violations(page) == [], (page.url, scheme, width, text)


def test_no_page_breaks_a_rule(page, readers, expected_trouble):
    expected_trouble.append(MISSING)  # the browser says "404" of it
    for address in PAGES:
        page.goto(address)
        assert_no_rule_is_broken(page, readers)


def test_an_address_that_has_been_revealed_breaks_no_rule(page, readers):
    page.goto("/kontakt/")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("link", name=CHAIR)).to_be_focused()
    assert_no_rule_is_broken(page, readers)


def test_the_answer_with_an_address_breaks_no_rule(page, readers):
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("/kontakt/")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("heading", name="E-postadress till ordföranden")).to_be_visible()
    assert_no_rule_is_broken(page, readers)


# Letters, words and lines as far apart as WCAG 1.4.12 asks for.
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"


CUT_OFF = """parts => parts
    .filter(part => getComputedStyle(part).overflowY == 'hidden' && part.scrollHeight > part.clientHeight + 1)
    .map(part => part.outerHTML)"""


@pytest.mark.parametrize("width", [320, pytest.param(1280, marks=pytest.mark.long)])
def test_nothing_is_lost_when_a_reader_spaces_the_text(open_page, expected_trouble, width):
    expected_trouble.append(MISSING)
    page = open_page(viewport={"width": width, "height": 800})
    for address in PAGES:
        page.goto(address)
        page.evaluate("css => document.styleSheets[0].insertRule(css)", SPACED)
        page.evaluate("document.styleSheets[0].insertRule('p { margin-bottom: 2em !important }')")
        assert_fits(page, width)
        assert page.locator("main :not(.visually-hidden)").evaluate_all(CUT_OFF) == [], address


# Every control that can be seen, in the order of the page; the numbers are given to them.
CONTROLS = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')]
    .filter(control => control.checkVisibility())
    .map((control, number) => { control.dataset.number = number; return control.outerHTML })"""
FOCUSED = """() => {
    const control = document.activeElement, style = getComputedStyle(control);
    const box = control.getBoundingClientRect();
    return [Number(control.dataset.number ?? -1),
            style.outlineStyle == 'solid' && parseFloat(style.outlineWidth) >= 3 && box.width > 0
            && box.top < innerHeight && box.bottom > 0];
}"""


@pytest.mark.parametrize("width", [pytest.param(320, marks=pytest.mark.long), 1280])
def test_the_keyboard_reaches_every_control_in_order_sees_where_it_is_and_gets_out(
    open_page, expected_trouble, width
):
    expected_trouble.append(MISSING)
    page = open_page(viewport={"width": width, "height": 800})
    for address in PAGES:
        page.goto(address)
        controls = page.evaluate(CONTROLS)
        assert controls, address
        for number, control in enumerate(controls):
            page.keyboard.press("Tab")
            assert page.evaluate(FOCUSED) == [number, True], (address, control)
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)[0] in (-1, 0), address  # out of the page, or where it began


# The length of each line of running text: letters whose boxes stand at the same height.
LINES = """() => [...document.querySelectorAll('main .text > p, main .lead')].flatMap(part => {
    const lines = [], range = document.createRange();
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    let top = null;
    while (texts.nextNode()) for (let at = 0; at < texts.currentNode.length; at++) {
        range.setStart(texts.currentNode, at); range.setEnd(texts.currentNode, at + 1);
        const box = range.getClientRects()[0];
        if (!box) continue;
        if (top === null || box.top > top + 8) { lines.push(0); top = box.top; }
        lines[lines.length - 1]++;
    }
    return lines;
})"""


def test_a_line_of_text_has_at_most_70_letters(page):
    for address in (SEED_POST, "/integritet/", "/om-oss/"):
        page.goto(address)
        lengths = page.evaluate(LINES)
        assert lengths, address
        assert 45 < max(lengths) <= 70, address
