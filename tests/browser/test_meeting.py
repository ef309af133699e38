"""A volunteer calls a meeting from a phone, every action counted."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.helpers.browser import LONG_SLUG, PHONE, Hands, assert_fits
from tests.helpers.running import put_in

DAY = timezone.localdate() + timedelta(days=40)
LAST_YEARS = f"""
from datetime import date, time
from django.utils import timezone
from news.models import Occurrence, Post
post = Post.objects.create(title="Kallelse från i fjol", body="<p>Kom!</p>", published_at=timezone.now())
Occurrence.objects.create(
    post=post, day=date({DAY.year}, {DAY.month}, {DAY.day}) - timezone.timedelta(weeks=52),
    starts=time(18, 30), place="Kubik",
)
"""

MOVED = f"""
from datetime import date, time, timedelta
from django.utils import timezone
from news.models import Occurrence, Post
post = Post.objects.create(title="Flyttat möte", slug="flyttat-mote", published_at=timezone.now())
one = Occurrence.objects.create(
    post=post, day=date({DAY.year}, {DAY.month}, {DAY.day}), starts=time(18, 30), place="Kubik"
)
one.day += timedelta(days=7)
one.save()
"""


@pytest.fixture
def hands(phone):
    return Hands(phone)


def test_a_call_with_day_clock_and_place_is_published_in_twelve_actions(hands):
    hands.log_in()
    hands.begin_summons(DAY)
    hands.press("Publicera nu")

    expect(hands.page.locator(".messagelist .success")).to_contain_text("Syns sedan")
    assert hands.actions <= 12
    assert_fits(hands.page, PHONE["viewport"]["width"])


def test_last_years_call_is_published_again_in_eight_actions(hands, data_dir):
    put_in(data_dir, LAST_YEARS)
    hands.log_in()
    hands.tap(hands.page.get_by_role("link", name="Kallelse från i fjol", exact=True))
    hands.press("Kopiera som ny")
    expect(hands.page.locator("#id_occurrences-0-day")).to_have_value(f"{DAY}")
    hands.press("Publicera nu")
    expect(hands.page.locator(".messagelist .success")).to_contain_text("Syns sedan")
    assert hands.actions <= 8


def test_half_a_clock_is_asked_for_and_not_sent_as_none(hands):
    hands.log_in()
    hands.begin_summons(DAY)
    hands.press("Spara utkast")
    page, folds = hands.page, hands.page.locator("details:has(#id_occurrences-0-ends) > summary")
    expect(folds).to_have_count(2)
    ends = page.locator("#id_occurrences-0-ends")
    for fold in folds.all():
        hands.tap(fold)
    ends.focus()
    page.keyboard.type("20")
    for fold in reversed(folds.all()):
        hands.tap(fold)
    hands.press("Publicera nu")
    expect(ends).to_be_focused()
    expect(page.get_by_role("alert")).to_have_text("Skriv hela klockslaget, till exempel 18.30.")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    ends.fill("20:45")
    expect(page.get_by_role("alert")).to_have_count(0)
    hands.press("Publicera nu")
    expect(page.locator(".messagelist .success")).to_contain_text("Syns sedan")
    page.goto("/kalender/")
    expect(page.locator("main")).to_contain_text("kl. 18.30–20.45")


def test_a_space_stands_between_what_a_row_is_and_its_number(open_page, admin_session):
    phone = open_page(**PHONE, storage_state=admin_session)
    phone.goto("/admin/news/post/add/?monster=kallelse")
    kind, number = (
        phone.locator(f"#occurrences-0 h3 {part}").bounding_box() for part in ("b", ".inline_label")
    )
    assert number["x"] - kind["x"] - kind["width"] > 2


def test_a_label_that_takes_two_lines_is_one_box_in_its_column(phone, data_dir):
    put_in(data_dir, MOVED)
    phone.goto("/nyheter/flyttat-mote/")
    label = phone.locator("main .change")
    expect(label).to_contain_text("Flyttat från")
    boxes, line, inside = label.evaluate("""label => [
        label.getClientRects().length, parseFloat(getComputedStyle(label).lineHeight),
        label.getBoundingClientRect().right <= label.closest("div").getBoundingClientRect().right,
    ]""")
    assert (boxes, inside) == (1, True)
    assert label.bounding_box()["height"] > 1.5 * line


@pytest.mark.parametrize("address", [f"/nyheter/{LONG_SLUG}/", "/kalender/2020/"])
def test_a_browser_in_tokyo_shows_the_clock_of_stockholm(open_page, address):
    page = open_page(timezone_id="Asia/Tokyo")
    page.goto(address)
    expect(page.locator("main .occurrence time")).to_have_text("Söndag 2 februari 2020 kl. 18.30")
