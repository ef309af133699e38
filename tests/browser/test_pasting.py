"""The volunteer pastes from other programs into CKEditor, and a resident reads what came of it."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import PHONE, open_form, press, published, read
from tests.helpers.pasted import SAMPLES, sample

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
  copy.querySelectorAll("[dir]").forEach(block => block.removeAttribute("dir"));
  return copy.innerHTML;
}
"""
NOTICE = ".cke_notification_message"


def paste(text, **clipboard):
    """Paste at the cursor, as a key press would: paste(text, html=…, plain=…)."""
    text.evaluate(PASTE, {f"text/{kind}": content for kind, content in clipboard.items()})


def without_dir(html):
    return html.replace(' dir="auto"', "")


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


GOOGLE = "application/x-vnd.google-docs-document-slice-clip+wrapped"


PROPOSED = [  # what is proposed to go stands in brackets
    ("Mötet är [tisdag]onsdag [den ]12 maj[ kl. 18].", "Mötet är onsdag 12 maj."),
    ("[Alla ]Grannar 🎉 är [hjärtligt ]välkomna[!].", "Grannar 🎉 är välkomna."),
    ("Hyran höjs inte.", "Hyran höjs inte."),
    ("För[e]ningen\n[Tider]Plats", "Förningen Plats"),
    ("[Struket]", ""),
]


def copied_from_google(words):
    """Return a clipboard: Google's HTML says nothing of what is proposed, what it has beside does."""
    spacers = re.sub(r"[][]", "", words)
    starts = [None] * len(spacers.encode("utf-16-le"))
    for match in re.finditer(r"[][]", words):
        before = re.sub(r"[][]", "", words[: match.start()]).encode("utf-16-le")
        starts[len(before) // 2] = ["suggest.1"] if match[0] == "[" else []
    resolved = {"dsl_spacers": spacers, "dsl_suggesteddeletions": {"sgsl_sugg": starts}}
    lines = "".join(f"<p dir='ltr'><span>{line}</span></p>" for line in spacers.split("\n"))
    html = f"<meta charset='utf-8'><b style='font-weight:normal' id='docs-internal-guid-1'>{lines}</b>"
    return {"text/html": html, GOOGLE: json.dumps({"data": json.dumps({"resolved": resolved})})}


def test_what_google_says_is_proposed_to_go_goes_and_it_is_told(admin):
    text = open_form(admin, "Från Google")
    text.click()
    for words, kept in PROPOSED:
        text.fill("")
        with admin.expect_response("**/klistra/") as answer:
            text.evaluate(PASTE, copied_from_google(words))
        answer = answer.value.json()
        assert " ".join(re.sub("<[^>]*>", "", answer["html"]).split()) == kept
        assert ("Ändringsförslag godtogs" in answer["removed"]) == ("[" in words)


TIMES = (
    "<table><tr><th>Dag</th><th colspan='2'>Tid</th></tr><tr><td rowspan='2'>Måndag</td><td>09.00</td>"
    "<td>Tvättstugan</td></tr><tr><td>13.00</td><td>Gården</td></tr></table>"
)
NOTES = "<p>Hyran höjs 2027<sup>1</sup>.</p><p>Biljett: <s>150 kr</s> 100 kr, 10<sub>2</sub></p>"
LETTERS = "<ol start='0'><li>Ett<ol type='a'><li>bilaga a</li></ol></li><li value='5'>Fem</li></ol>"
MEMBER = (
    "<p><a href='https://www.sollentuna.se/?fbclid=1'><img src='knapp.png' alt='Bli medlem i dag'></a> "
    "<a href='file:///C:/kallelse.pdf'>kallelsen</a></p>"
)
PDF = "Hyresgästföreningen bjuder in till års-\nmöte torsdagen den 12 mars 2026 i förenings-\n"
"lokalen på Malmvägen."
ARABIC = "<p>اجتماع المستأجرين يوم 12 مايو في Malmvägen 12.</p>"
FULL_STOP = """
paragraph => {
  const words = paragraph.firstChild, range = document.createRange();
  const place = (at) => {
    range.setStart(words, at);
    range.setEnd(words, at + 1);
    return range.getBoundingClientRect().x;
  };
  return place(words.length - 1) - place(0);
}
"""


def test_what_a_pasted_text_says_goes_through_the_editor_to_the_page_and_the_notice(admin, open_page):
    title = "Tider, noter och numrering"
    text = open_form(admin, title)
    text.click()
    for clipboard in (NOTES, LETTERS, MEMBER, PDF, ARABIC, TIMES):
        kind, before = "html" if clipboard.startswith("<") else "plain", text.inner_text()
        with admin.expect_response("**/klistra/"):
            paste(text, **{kind: clipboard})
        # Or the next would come into the middle of it.
        expect(text).not_to_have_text(before, use_inner_text=True)
        admin.keyboard.press("Control+End")
        admin.keyboard.press("Enter")
        admin.keyboard.press("Enter")
    expect(text.locator("td[rowspan='2']")).to_have_text("Måndag")
    expect(admin.locator(NOTICE).last).to_contain_text("Länken ”kallelsen” togs bort")
    arabic = text.locator("p", has_text="اجتماع")
    assert arabic.evaluate(FULL_STOP) < 0  # from the right: the full stop stands furthest to the left
    admin.get_by_role("button", name="Publicera nu", exact=True).click()
    expect(admin.locator(".to-do")).to_contain_text("Ska det överstrukna synas?")
    admin.get_by_label("Det överstrukna ska synas").check()
    published(admin, title)

    page = open_page(**PHONE)
    article = read(page, title)
    for kept in (
        '<th scope="col" colspan="2">Tid</th>', '<td rowspan="2">Måndag</td>', "2027<sup>1</sup>",
        "<s>150&nbsp;kr</s>", "10<sub>2</sub>", '<ol start="0">', '<ol type="a">', 'value="5"',
        '<a href="https://www.sollentuna.se/">Bli medlem i dag</a>', "till årsmöte torsdagen",
    ):  # fmt: skip
        assert kept in without_dir(article.inner_html()), kept
    assert article.locator("p", has_text="اجتماع").evaluate(FULL_STOP) < 0
    gap = (
        article.locator("td", has_text="Tvättstugan").bounding_box()["x"]
        - article.locator("td", has_text="Gården").bounding_box()["x"]
    )
    assert gap == 0


def test_an_address_pasted_on_marked_words_becomes_their_link_and_is_undone(admin):
    text = open_form(admin, "")
    text.click()
    admin.keyboard.type("Läs mer")
    for _ in "mer":
        admin.keyboard.press("Shift+ArrowLeft")
    paste(text, plain=" https://example.org/fest\n")
    expect(text).to_have_text("Läs mer")
    expect(text.get_by_role("link", name="mer", exact=True)).to_have_attribute(
        "href", "https://example.org/fest"
    )
    admin.keyboard.press("Control+z")
    expect(text.get_by_role("link")).to_have_count(0)


@pytest.mark.parametrize(
    ("words", "becomes"),
    [
        ("mer", '<p>Läs <a href="https://example.org/fest">mer</a></p>'),
        (
            "https://example.org/",
            '<p>Läs <a href="https://example.org/fest">https://example.org/fest</a></p>',
        ),
    ],
    ids=["words", "an address"],
)
def test_an_address_pasted_on_a_link_takes_the_place_of_the_old_one(admin, words, becomes):
    text = open_form(admin, "")
    admin.evaluate(
        "html => new Promise(done => CKEDITOR.instances.id_body.setData(html, done))",
        f'<p>Läs <a href="https://example.org/">{words}</a></p>',
    )
    text.click()
    text.get_by_role("link").evaluate("link => link.ownerDocument.getSelection().selectAllChildren(link)")
    paste(text, plain="https://example.org/fest")
    expect(text.locator('a[href="https://example.org/fest"]')).to_have_count(1)
    assert admin.evaluate("CKEDITOR.instances.id_body.getData()").strip() == becomes
