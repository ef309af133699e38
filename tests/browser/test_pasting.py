"""The volunteer pastes from other programs into CKEditor, and a resident reads what came of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_writing import open_form, press, published, read
from tests.test_paste import SAMPLES, sample

PASTE = """
(body, clipboard) => {
  const data = new DataTransfer();
  for (const [type, content] of Object.entries(clipboard)) data.setData(type, content);
  body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}
"""
AS_STORED = """
text => {
  const copy = text.cloneNode(true);
  copy.querySelectorAll(":not(table, thead, tbody, tr, th, td, h2, h3, p, ul, ol, li, a, strong, em, br)")
    .forEach(frame => frame.replaceWith(...frame.childNodes));
  return copy.innerHTML;
}
"""
NOTICE = ".cke_notification_message"


def paste(text, **clipboard):
    """Paste at the cursor, as a key press would: paste(text, html=…, plain=…)."""
    text.evaluate(PASTE, {f"text/{kind}": content for kind, content in clipboard.items()})


def bare(html):
    """HTML without what differs between the database and the page: white space, and where lines may break."""
    html = html.replace("&nbsp;", " ")
    return re.sub(r"\s*(</?(?:p|h2|h3|ul|ol|li|table|thead|tbody|tr)\b[^>]*>)\s*", r"\1", html).strip()


@pytest.mark.parametrize("program", ["word", "google_docs", "libreoffice"])
def test_what_is_pasted_is_clean_and_the_writer_is_told_what_was_taken_away(admin, open_page, program):
    title = f"Klistrat från {program}"
    text = open_form(admin, title)
    text.click()
    paste(text, html=sample(program), plain="utan betydelse")
    expect(text.locator("h2")).to_have_count(1)
    expect(admin.locator(NOTICE)).to_have_text(SAMPLES[program])
    published(admin, title)

    on_the_page = read(open_page(**PHONE), title).evaluate(AS_STORED)
    assert bare(sample(f"{program}.expected")) in bare(on_the_page)


def test_words_that_are_pasted_into_a_sentence_go_on_in_it(admin):
    text = open_form(admin, "Kaffe")
    text.press_sequentially("Kom, ")
    paste(text, html="<meta charset='utf-8'><p class=MsoNormal><b>alla</b> grannar!</p>")
    expect(text.locator("p")).to_have_text("Kom, alla grannar!")
    paste(text, plain="\n- Kaffe\n- Te")
    expect(text.locator("li")).to_have_text(["Kaffe", "Te"])
    press(admin, "Ångra")
    expect(text.locator("li")).to_have_count(0)
    expect(text).to_have_text("Kom, alla grannar!")


def test_a_save_right_after_a_paste_waits_for_what_was_pasted(admin, open_page):
    title = "Klistrat och publicerat i ett svep"
    text = open_form(admin, title)
    text.click()
    waiting = []
    admin.route("**/klistra/", lambda route: waiting.append(route))
    with admin.expect_request("**/klistra/"):
        paste(text, plain="Kaffe i tvättstugan.")
    admin.get_by_role("button", name="Publicera nu", exact=True).click()
    expect(text).to_be_visible()
    waiting[0].continue_()
    expect(admin.locator(".messagelist .success")).to_contain_text(title)
    expect(read(open_page(**PHONE), title)).to_contain_text("Kaffe i tvättstugan.")


def test_a_paste_that_the_server_cannot_tidy_is_there_all_the_same(admin, open_page, expected_trouble):
    expected_trouble.append("net::ERR_FAILED")
    title = "Klistrat utan nät"
    text = open_form(admin, title)
    text.click()
    admin.route("**/klistra/", lambda route: route.abort())
    paste(
        text,
        html="<p class=MsoNormal>·&nbsp;&nbsp; Kaffe<img src=x></p><p class=MsoNormal>·&nbsp;&nbsp; Te</p>",
    )
    expect(text).to_contain_text("Kaffe")
    expect(admin.locator(NOTICE)).to_have_text("Texten städas när du sparar. Bilder följde inte med.")
    published(admin, title)
    expect(read(open_page(**PHONE), title).locator("ul > li")).to_have_text(["Kaffe", "Te"])
