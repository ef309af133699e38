"""What the browser's tests share: accounts, screens, pages, and the steps of a resident and of an editor."""

import re

from playwright.sync_api import expect

from tests.helpers.admin_forms import REGISTRY, WITHOUT_FORMS
from tests.helpers.pdfs import make_pdf

ADMIN = {"username": "anna", "password": "grannar-i-samma-hus"}
VOLUNTEER = {"username": "berit", "password": "en-granne-som-skriver"}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LONG = "Hyresgästföreningssammankomstplaneringsgruppsordförande"
LONG_SLUG = "lang-hyresgastforeningssammankomstplaneringsgruppsordforande"  # of f"Lång {LONG}"
WAIT = 60_000  # milliseconds; a step that takes longer has failed
CHAIR = "ordforande@example.org"
BUTTON = "Visa e-postadress till ordföranden"
MISSING = "/finns-inte/"
SEED_POST = "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/"
PAGES = [
    "/",
    "/nyheter/",
    "/nyheter/kategori/nyheter/",
    "/nyheter/arkiv/2020/",
    SEED_POST,
    f"{SEED_POST}anslag/",
    f"/nyheter/{LONG_SLUG}/",
    "/kalender/",  # empty: see PREPARE in tests/browser/conftest.py
    "/kalender/2020/",
    "/kontakt/",
    "/sok/?q=bostad",
    "/sok/?q=finnsinte",
    "/omraden/",
    "/omraden/lang/",
    "/om-oss/",
    "/integritet/",
    "/tillganglighet/",
    MISSING,
]
MODELS = sorted((model._meta for model in REGISTRY.keys() - WITHOUT_FORMS), key=lambda meta: meta.label_lower)
# The least that makes one, of what the starter content has none of.
LEAST = {
    "auth.group": {"name": "Skribenter"},
    "contacts.area": {"name": "Helenelund"},
    "contacts.sociallink": {"name": "Facebook", "url": "https://www.example.com/"},
    "news.page": {"title": "Om oss"},
    "news.redirect": {"old_path": "/gammal/", "target": "/nyheter/"},
    "documents.document": {"title": "Kallelse"},
}


def log_in(page, account=ADMIN):
    page.goto("/admin/")
    fill_in_login(page, account)
    expect(page.get_by_role("heading", name="Skriv och ändra")).to_be_visible()


def session_of(browser, site, account=ADMIN):
    """Log in once; return it for open_page(storage_state=…)."""
    with browser.new_context(base_url=site) as context:
        log_in(context.new_page(), account)
        # Not what a page keeps in localStorage: to put that back, Playwright opens a page in every context.
        return {"cookies": context.cookies()}


def fill_in_login(page, account=ADMIN):
    page.get_by_label("Användarnamn").fill(account["username"])
    page.get_by_label("Lösenord").fill(account["password"])
    page.get_by_role("button", name="Logga in").click()


def assert_fits(page, width):
    assert page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]") == [
        width,
        width,
    ]


def visit(page, address):
    response = page.goto(address)
    assert response.status == 200, address
    expect(page.locator("#content h1, #site-name").first).to_be_visible()


def first_row(page, changelist, meta):
    """Return the address of the first change form of a list; fill an empty list first."""
    visit(page, changelist)
    if "/change/" in page.url:  # the branch: its list leads to its form
        return page.url
    rows = page.locator("#result_list tbody th a")
    if not rows.count():
        visit(page, f"{changelist}add/")
        for field, value in LEAST[meta.label_lower].items():
            page.locator(f"#id_{field}").fill(value)
        if meta.label_lower == "documents.document":
            pdf = {"name": "kallelse.pdf", "mimeType": "application/pdf", "buffer": make_pdf()}
            page.locator("#id_file").set_input_files(pdf)
        page.get_by_role("button", name=re.compile("^Spara( utkast)?$")).click()
        expect(page.locator(".messagelist .success")).to_be_visible()
        visit(page, changelist)  # a draft stays open
    return rows.first.get_attribute("href")


def open_form(page, title):
    page.goto("/admin/news/post/add/")
    page.get_by_label("Rubrik:").fill(title)
    return editor_of(page)


def editor_of(page):
    """Return the text inside the editor, once it can be written in."""
    text = page.frame_locator(".cke_wysiwyg_frame").locator("body[contenteditable=true]")
    expect(text).to_be_visible()
    return text


def press(page, button):
    page.locator(".cke_toolbox").get_by_role("button", name=button, exact=True).click()


def answer(page, **fields):
    """Fill in CKEditor's dialog and close it with OK; a field is found by its label."""
    dialog = page.locator(".cke_dialog:visible")
    for label, value in fields.items():
        field = dialog.get_by_label(label, exact=False).first
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


def submit(page, button):
    page.get_by_role("button", name=button, exact=True).click()


def published(page, title):
    """Publish the post, and wait for the admin to say that it is saved."""
    submit(page, "Publicera nu")
    expect(page.locator(".messagelist .success")).to_contain_text(title)


def read(phone, title):
    """Find the post as a resident does; return its text."""
    phone.goto("/nyheter/")
    phone.get_by_role("link", name=title).tap()
    expect(phone.get_by_role("heading", name=title, level=1)).to_be_visible()
    return phone.locator(".text")


class Hands:
    """What the volunteer does, counted: a tap, a field filled; a file is two. Typing Enter is typing."""

    def __init__(self, page):
        self.page = page
        self.actions = 0

    def tap(self, target):
        self.actions += 1
        target.tap()

    def fill(self, label, text):
        self.actions += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label, path):
        self.actions += 2  # the field, and in the camera roll
        self.page.get_by_label(label, exact=True).set_input_files(path)

    def press(self, button):
        self.tap(self.page.get_by_role("button", name=button, exact=True))

    def log_in(self, account=VOLUNTEER):
        self.page.goto("/admin/")
        self.fill("Användarnamn:", account["username"])
        self.fill("Lösenord:", account["password"])
        self.press("Logga in")

    def begin_summons(self, day):
        """Fill in the pattern of a summons to the annual meeting: when, where, the last day for motions."""
        self.tap(self.page.get_by_role("link", name="Skriv kallelse", exact=True))
        for field, text in (("day", f"{day}"), ("starts", "18:30"), ("place", "Satelliten")):
            self.actions += 1
            self.page.locator(f"#id_occurrences-0-{field}").fill(text)
        self.tap(editor_of(self.page).get_by_text("Motioner lämnas"))
        self.page.keyboard.press("End")
        for _ in "«fyll i dag».":
            self.page.keyboard.press("Backspace")
        self.page.keyboard.type("1 januari.")

    def begin(self, title):
        self.tap(self.page.get_by_role("link", name="Skriv nyhet", exact=True))
        self.fill("Rubrik:", title)
        text = self.page.frame_locator(".cke_wysiwyg_frame").locator("body[contenteditable=true]")
        self.tap(text)
