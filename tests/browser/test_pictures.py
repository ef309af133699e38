"""Several pictures from the camera roll of a phone: sent one by one, described, put in the text."""

from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tests.helpers.browser import (
    PHONE,
    Hands,
    assert_fits,
    open_form,
    published,
    read,
    submit,
)
from tests.helpers.pdfs import make_pdf

SHIFTS = """
    () => new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => { sum += value; }))
            .observe({ type: "layout-shift", buffered: true });
        const step = () => {
            scrollBy(0, 400);
            if (scrollY + innerHeight < document.documentElement.scrollHeight - 1) setTimeout(step, 50);
            else setTimeout(() => resolve(sum), 300);
        };
        step();
    })
"""


@pytest.fixture
def photos(tmp_path):
    """Three of a phone's photos, of several sizes and each of a colour of its own."""
    paths = []
    for number, (size, colour) in enumerate(
        [((1600, 1200), "teal"), ((900, 1200), "olive"), ((1200, 800), "navy")]
    ):
        paths.append(tmp_path / f"IMG_{number}.jpg")
        Image.new("RGB", size, colour).save(paths[-1])
    return paths


def test_a_summons_with_agenda_and_three_pictures_is_published_in_few_actions(
    open_page, phone, photos, tmp_path
):
    agenda = tmp_path / "Dagordning.pdf"
    agenda.write_bytes(make_pdf("Dagordning", "Beslut"))
    hands = Hands(phone)
    hands.log_in()
    hands.begin_summons(timezone.localdate() + timedelta(days=40))
    title = "Kallelse till gårdsfest"
    hands.fill("Rubrik:", title)
    hands.choose("Bild:", photos)
    expect(phone.locator(".current-picture")).to_have_count(3)
    hands.fill("Bildbeskrivning:", "Långbord på gården")
    for number, alt in enumerate(["Barn vid gungorna", "Grillen"]):
        hands.actions += 1
        phone.get_by_label("Vad bilden visar:").nth(number).fill(alt)
    hands.actions += 1
    phone.locator("#id_attachments-0-file").set_input_files(agenda)
    hands.press("Publicera nu")
    expect(phone.locator(".messagelist .success")).to_contain_text(title)
    assert hands.actions <= 16

    resident = open_page(**PHONE)
    read(resident, title)
    expect(resident.locator("article img")).to_have_count(3)
    expect(resident.get_by_alt_text("Grillen")).to_be_attached()
    expect(resident.get_by_role("link", name="Dagordning (PDF, 1 kB, 2 sidor)")).to_be_attached()
    assert resident.evaluate(SHIFTS) == 0
    assert_fits(resident, PHONE["viewport"]["width"])


def test_pictures_are_put_in_the_text_moved_and_kept_over_a_refused_form(
    open_page, volunteer_session, photos
):
    phone = open_page(**PHONE, storage_state=volunteer_session)
    text = open_form(phone, "Bilder i texten")
    text.fill("Före.")
    phone.locator("#pictures-group summary").first.tap()
    phone.locator("#id_pictures-0-image").set_input_files(photos[:2])
    expect(phone.locator("#pictures-group .current-picture")).to_have_count(2)
    phone.get_by_role("button", name="Infoga bild", exact=True).nth(1).tap()
    expect(text).to_contain_text("[[bild 3]]")
    phone.get_by_role("button", name="Ner", exact=True).nth(0).tap()
    submit(phone, "Publicera nu")
    expect(phone.get_by_text("Sparad som utkast, men inte publicerad.")).to_be_visible()
    expect(phone.locator("#pictures-group .current-picture")).to_have_count(2)
    expect(phone.locator("#id_pictures-0-number")).to_have_value("3")  # it stands first now
    for number, alt in enumerate(["Trean", "Tvåan"]):
        phone.locator(f"#id_pictures-{number}-image_alt").fill(alt)
    published(phone, "Bilder i texten")


def test_a_pasted_picture_becomes_one_of_them(open_page, volunteer_session):
    phone = open_page(**PHONE, storage_state=volunteer_session)
    text = open_form(phone, "Inklistrad")
    text.tap()
    text.evaluate(
        """async (body) => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 200 });
            canvas.getContext("2d").fillRect(0, 0, 300, 200);
            const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([blob], "bild.png", { type: "image/png" }));
            const options = { clipboardData, bubbles: true, cancelable: true };
            body.dispatchEvent(new ClipboardEvent("paste", options));
        }"""
    )
    expect(text).to_contain_text("[[bild 2]]")
    expect(phone.locator("#pictures-group .current-picture")).to_have_count(1)
