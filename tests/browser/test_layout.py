"""Pages that stand still, and pictures in the size that the screen needs."""

import re

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import DESKTOP, MISSING, PAGES, PHONE, SEED_POST, editor_of
from tests.helpers.running import put_in

MAKE_PICTURE_POST = """
from io import BytesIO
from django.core.files.base import ContentFile
from PIL import Image
from news.models import Post
content = BytesIO()
Image.new("RGB", (2000, 1400), "olive").save(content, "PNG")
post = Post(title="Med bild", image_is_decorative=True, published_at="2021-03-03T12:00Z")
post.image.save("x.png", ContentFile(content.getvalue()), save=False)
post.save()
"""


@pytest.fixture(scope="session")
def picture_post(site, data_dir):
    """The address of a post with a large picture, the only one of its year."""
    put_in(data_dir, MAKE_PICTURE_POST)
    return "/nyheter/med-bild/"


ALL_THERE = "[...document.images].every(image => image.complete)"  # of the lazy ones, when one has come to it
NEXT_FRAME = "() => new Promise(requestAnimationFrame)"
# Chromium may paint half a page that is still being read, and the rest after it: not what is meant here.
WATCH_SHIFTS = """
const held = new CSSStyleSheet();
held.replaceSync("html { display: none !important }");
document.adoptedStyleSheets.push(held);
document.addEventListener("readystatechange", () => held.replaceSync(""), { once: true });
window.shifts = [];
const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
const moved = ({ node, previousRect, currentRect }) =>
  `${(node?.outerHTML ?? node?.textContent)?.slice(0, 80)}: ${place(previousRect)} to ${place(currentRect)}`;
new PerformanceObserver(list => shifts.push(...list.getEntries().map(
  entry => [entry.value, ...entry.sources.map(moved)],
))).observe({ type: "layout-shift", buffered: true });
"""


def open_with_late_pictures(page, address):
    """Open a page whose pictures come when it has been shown without them, as on a slow line."""
    early, is_shown = [], False
    page.unroute_all()
    page.route("**/media/**", lambda route: route.continue_() if is_shown else early.append(route))
    page.goto(address, wait_until="domcontentloaded")
    for _ in range(2):
        page.evaluate(NEXT_FRAME)
    is_shown = True
    for route in early:
        route.continue_()


@pytest.mark.parametrize(
    "device",
    [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop", marks=pytest.mark.long)],
)
def test_nothing_moves_while_a_page_loads_and_is_read(open_page, expected_trouble, device):
    expected_trouble.append(MISSING)
    page = open_page(**device)
    page.add_init_script(WATCH_SHIFTS)
    for address in PAGES:
        open_with_late_pictures(page, address)
        page.wait_for_load_state()
        while not page.evaluate("scrollBy(0, 600), scrollY + innerHeight >= document.body.scrollHeight - 1"):
            page.evaluate(NEXT_FRAME)
        page.wait_for_function(ALL_THERE)
        for _ in range(2):
            page.evaluate(NEXT_FRAME)
        assert page.evaluate("shifts") == [], address


def test_the_menu_stands_still_from_page_to_page_on_a_phone(open_page):
    page = open_page(**PHONE)
    page.goto("/")
    links = page.get_by_label("Huvudmeny").get_by_role("link")
    corners = "links => links.map((link) => { const { x, y } = link.getBoundingClientRect(); return [x, y] })"
    places = set()
    for address in links.evaluate_all("links => links.map((link) => link.href)"):
        page.goto(address)
        places.add(str(links.evaluate_all(corners)))
    assert len(places) == 1


@pytest.mark.parametrize(
    ("width", "density", "large", "small"),
    [
        (390, 2, "720w", "360w"),
        (390, 3, "1440w", "360w"),
        (1280, 1, "720w", "360w"),
        (1280, 2, "1440w", "360w"),
    ],
)
def test_a_picture_is_fetched_in_the_size_that_is_shown(
    open_page, picture_post, width, density, large, small
):
    for address, expected in ((picture_post, large), ("/nyheter/arkiv/2021/", small)):
        # A new reader each time: a browser that has a larger one already takes that.
        page = open_page(viewport={"width": width, "height": 900}, device_scale_factor=density)
        fetched = []
        page.on("request", lambda request, fetched=fetched: fetched.append(request.url))
        page.goto(address)
        page.wait_for_function(ALL_THERE)
        assert re.findall(r"/media/\S*/(\d+w)\.avif", " ".join(fetched)) == [expected], address


def test_what_stands_below_the_fold_waits_and_what_stands_above_does_not(page, picture_post):
    page.goto(picture_post)
    picture = page.locator("figure img")
    expect(picture).to_have_attribute("fetchpriority", "high")
    expect(picture).not_to_have_attribute("loading", "lazy")
    page.goto("/nyheter/")
    for picture in page.locator(".thumb img").all():
        expect(picture).to_have_attribute("loading", "lazy")
    page.goto(SEED_POST)
    for picture in page.locator("main img").all():
        assert picture.get_attribute("width")
        assert picture.get_attribute("height")


def test_the_form_of_a_post_says_that_its_editor_loads_and_stands_still_then(open_page, admin_session):
    phone = open_page(storage_state=admin_session, **PHONE)
    requests, held = [], []
    phone.on("request", lambda request: requests.append(request.url))
    phone.route("**/richtext/ckeditor.*.js", lambda route: held.append(route))
    phone.add_init_script(WATCH_SHIFTS)
    phone.goto("/admin/news/post/add/", wait_until="commit")
    field = phone.locator(".django-ckeditor-widget")
    expect(field).to_be_visible()
    words = "field => getComputedStyle(field, '::before').content"
    assert field.evaluate(words) == '"Textrutan laddas …"'
    held[0].continue_()
    editor_of(phone)
    assert field.evaluate(words) == "none"
    assert [shift for shift in phone.evaluate("shifts") if shift[0] > 0.001] == []
    phone.wait_for_load_state("networkidle")
    assert len([url for url in requests if url.startswith("http")]) <= 17, requests
