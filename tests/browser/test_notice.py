"""A post on the stairwell door: printed by Chromium, one sheet whatever is in it."""

import re
import subprocess

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.helpers.browser import DESKTOP
from tests.helpers.running import put_in

WORDS = "Hyresgästerna i Sollentuna träffas och pratar om hyran, gården och tvättstugan. "
LONG_WORD = "Hyresgästföreningssammankomstplaneringsgruppsordförande"
TABLE = f"<table>{'<tr><td>Tureberg</td><td>kl. 18.30</td><td>Malmvägen 10</td></tr>' * 30}</table>"
BODIES = {
    "tomt": "",
    "kort": f"<p>{WORDS}</p>",
    "vanligt": f"<p>{WORDS * 2}</p>" * 3 + "<ul><li>Kaffe</li><li>Val</li></ul>",
    "langt": f"<h2>Rubrik</h2><p>{WORDS * 2}</p>" * 9,
    "ett-stycke": f"<p>{WORDS * 100}</p>",
    "lista": f"<p>Så här:</p><ol>{f'<li>{WORDS}</li>' * 40}</ol>",
    "tabell": f"<p>{WORDS}</p>{TABLE}",
    "bred-tabell": f"<table><tr><td>Tureberg</td><td>{LONG_WORD}</td><td>Malmvägen 10</td></tr></table>",
    "citat": f"<blockquote><p>{WORDS * 4}</p></blockquote>" * 6,
    "langa-ord": f"<p>{(LONG_WORD + ' ') * 60}</p>",
    "rader": f"<p>{'Kl. 18.30<br>' * 60}</p>",
}
WHOLE = {"tomt", "kort", "vanligt", "bred-tabell"}
MAKE = f"""
from io import BytesIO
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image
from news.models import Post
for name, body in {BODIES!r}.items():
    for picture in (False, True):
        slug = f"anslag-{{name}}-{{'med' if picture else 'utan'}}-bild"
        title = "Årsmöte" if name != "langa-ord" else {LONG_WORD!r} + " bjuder in " * 8
        post = Post(title=title[:150], slug=slug, body=body, image_is_decorative=True)
        if picture:
            post.lead = {WORDS!r}
            content = BytesIO()
            Image.new("RGB", (400, 300)).save(content, "PNG")
            post.image.save("x.png", ContentFile(content.getvalue()), save=False)
        post.published_at = timezone.now() - timezone.timedelta(days=900)
        post.save()
"""
SLUGS, WITH_PICTURE = ([f"anslag-{name}-{picture}-bild" for name in BODIES] for picture in ("utan", "med"))


@pytest.fixture(scope="session")
def notices(site, data_dir):
    put_in(data_dir, MAKE)


def pages_in(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


# Of the lines of the text, those that stand on the paper, and how many lie beside it.
LINES = """text => {
    const box = text.getBoundingClientRect();
    const range = document.createRange();
    const lines = [];
    for (const node of text.querySelectorAll("*")) for (const part of node.childNodes) {
        if (part.nodeType !== Node.TEXT_NODE || !part.data.trim()) continue;
        range.selectNodeContents(part);
        const { localName: tag } = node;
        for (const { left, bottom } of range.getClientRects()) lines.push({ left, bottom, tag });
    }
    const shown = lines.filter(({ left }) => left < box.right);
    return { shown, beside: lines.length - shown.length, bottom: box.bottom };
}"""


@pytest.mark.parametrize(
    "slugs",
    [
        pytest.param([*SLUGS, "anslag-vanligt-med-bild", "anslag-langt-med-bild"], id="two with a picture"),
        pytest.param(WITH_PICTURE, id="all with a picture", marks=pytest.mark.long),
    ],
)
def test_a_notice_is_one_sheet_with_nothing_cut_off(page, notices, slugs):
    for slug in slugs:
        page.set_viewport_size(DESKTOP["viewport"])
        page.emulate_media(media="null")  # printed as by a reader
        page.goto(f"/nyheter/{slug}/anslag/")
        assert pages_in(page.pdf(prefer_css_page_size=True)) == 1, slug
        page.set_viewport_size({"width": 756, "height": 1000})  # 200 mm, what the printer has
        page.emulate_media(media="print")
        for part in (".sheet", ".sheet > .text"):
            cut_off = page.locator(part).evaluate("part => part.scrollHeight - part.clientHeight")
            assert cut_off <= 1, (slug, part)
        name = slug.removeprefix("anslag-").removesuffix("-bild").rpartition("-")[0]
        text = page.locator(".sheet > .text").evaluate(LINES)
        assert (text["beside"] == 0) == (name in WHOLE), slug
        assert all(line["bottom"] <= text["bottom"] for line in text["shown"]), slug  # no line is cut in two
        last = max(text["shown"], key=lambda line: line["bottom"], default={"tag": "p"})
        assert last["tag"] not in ("h2", "h3"), slug  # no heading without what it is of
        foot = page.locator(".sheet > footer")
        expect(foot).to_contain_text(f"/nyheter/{slug}/")


def ordered(start, kind="1", item="Kaffe"):
    return f'<ol type="{kind}" start="{start}"><li>{item}</li></ol>'


# Two lists that differ in the length of a number alone, and by how much at least it sticks out further, in
# pixels of a print with 100 an inch.
LISTS = {
    "13": (ordered(13), ordered(3), 9),
    "120": (ordered(120), ordered(13), 10),
    "letters": (ordered(701, "a"), ordered(1, "a"), 7),
    "roman": (ordered(88, "i"), ordered(5, "i"), 45),
    "a long word": (ordered(98, item=LONG_WORD * 3), ordered(8, item=LONG_WORD * 3), 9),
}


# Where the number of the list in it does not stand at the edge of the sheet.
INSIDE = {
    "a list": "<ol><li>Kaffe{}</li></ol>",
    "Arabic": "<div lang='ar' dir='rtl'>{}</div>",
    "a list in a list": "<ul><li>Te<ol start='98'><li>Kaffe{}</li></ol></li></ul>",
    "an Arabic item": "<ol><li dir='auto'>\u0642\u0647\u0648\u0629{}</li></ol>",
    "a table": "<div class='scroll'><table><tr><td>{}</td></tr></table></div>",
    "a quotation": "<blockquote>{}</blockquote>",
}
# (a number, one without its first digit, its kind, the least ink in pixels of what is more in it)
NUMBERS = [(888, 88, "1", 80), (120, 20, "1", 40), (701, 1, "a", 35), (88, 38, "i", 25)]


def print_of(page, folder):
    """Return a picture of the page as Chromium prints it, by poppler: its ink is white on black."""
    page.pdf(path=folder / "x.pdf", prefer_css_page_size=True)
    subprocess.run(["pdftoppm", "-gray", "-r", "100", "x.pdf", "x"], cwd=folder, check=True, timeout=60)  # noqa: S607  the system's poppler
    (path,) = folder.glob("x*.pgm")
    with Image.open(path) as picture:
        return picture.point(lambda level: 255 if level < 128 else 0)


def put_text(page, html):
    """Have nothing on the notice but a text; its policy lets no plain string become HTML."""
    page.locator(".sheet").evaluate(
        """(sheet, html) => {
            const policy = trustedTypes.createPolicy("test", { createHTML: (text) => text });
            sheet.querySelector(".text").innerHTML = policy.createHTML(html);
            for (const part of sheet.children) if (!part.matches(".text")) part.style.visibility = "hidden";
        }""",
        html,
    )


def test_the_numbers_of_a_list_are_printed_whole(page, notices, tmp_path):
    """A longer number begins further to the left: one that is cut off does not."""
    page.goto("/nyheter/anslag-kort-utan-bild/anslag/")
    for name, (*lists, least) in LISTS.items():
        edges = []
        for html in lists:
            put_text(page, html)
            edges.append(print_of(page, tmp_path).getbbox()[0])
        assert edges[0] <= edges[1] - least, name


@pytest.mark.parametrize("place", INSIDE)
@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(NUMBERS[:1], id="digits"),
        pytest.param(NUMBERS[1:], id="two digits, letters and Roman", marks=pytest.mark.long),
    ],
)
def test_the_numbers_of_a_list_inside_something_are_printed_whole(page, notices, tmp_path, place, numbers):
    """A longer number has more ink: one that is cut off has not."""
    page.goto("/nyheter/anslag-kort-utan-bild/anslag/")
    for *pair, kind, least in numbers:
        ink = []
        for number in pair:
            put_text(page, INSIDE[place].format(ordered(number, kind)))
            ink.append(print_of(page, tmp_path).histogram()[255])
        assert ink[0] - ink[1] >= least, (pair, kind)


def test_a_table_with_a_long_word_is_no_wider_than_the_sheet(page, notices):
    page.goto("/nyheter/anslag-bred-tabell-utan-bild/anslag/")
    page.set_viewport_size({"width": 756, "height": 1000})  # 200 mm, what the printer has
    page.emulate_media(media="print")
    table, text = (page.locator(one).bounding_box() for one in (".text table", ".sheet > .text"))
    assert table["width"] <= text["width"]


def test_an_address_is_printed_as_ordinary_text(page, notices):
    page.goto("/nyheter/anslag-kort-utan-bild/anslag/")
    page.emulate_media(media="print")
    text = page.locator(".sheet > .text")
    html = '<p>Skriv till Anna (<button class="reveal in-text">Visa e-postadressen</button>).</p>'
    put_text(page, html)
    style = """(part, [pseudo, ...names]) => names.map((name) => getComputedStyle(part, pseudo)[name])"""
    names = ["fontSize", "fontStyle", "fontWeight", "fontFamily", "color", "lineHeight"]
    printed = text.locator("button").evaluate(style, ["::after", *names])
    assert printed == text.locator("p").evaluate(style, [None, *names])
    assert text.locator("button").evaluate(style, ["::after", "content"]) == [
        '"adressen finns på webbplatsen"'
    ]
    assert text.locator("button").evaluate(style, [None, "textDecorationLine", "fontSize"]) == ["none", "0px"]


def test_a_long_text_fills_the_sheet(page, notices):
    page.set_viewport_size({"width": 680, "height": 1000})
    page.emulate_media(media="print")
    for name in ("langt", "ett-stycke", "lista", "tabell", "rader"):
        page.goto(f"/nyheter/anslag-{name}-utan-bild/anslag/")
        lines = page.locator(".sheet > .text").evaluate(LINES)["shown"]
        foot = page.locator(".sheet > footer").bounding_box()
        room = foot["y"] - max(line["bottom"] for line in lines)
        assert room < 150, name  # of 1000: a heading and the paragraph under it, of three lines


def test_the_button_prints_and_without_a_script_the_page_says_how(open_page, notices):
    page = open_page()
    page.add_init_script("window.print = () => { document.title = 'skrivs ut' }")
    page.goto("/nyheter/anslag-kort-utan-bild/")
    page.get_by_role("link", name="Skriv ut som anslag").click()
    page.get_by_role("button", name="Skriv ut").click()
    expect(page).to_have_title("skrivs ut")

    page = open_page(java_script_enabled=False)
    page.goto("/nyheter/anslag-kort-utan-bild/anslag/")
    expect(page.get_by_role("button", name="Skriv ut")).to_be_hidden()
    expect(page.get_by_text("Skriv ut sidan från webbläsarens meny.")).to_be_visible()
