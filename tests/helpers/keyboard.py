"""Hands on a keyboard and nothing else: each key that moves the focus leaves it where the eye finds it."""

import re

from playwright.sync_api import expect

# What has the focus: is it marked, and does anything lie over it? The editor's text is a page in a frame;
# the box around that is marked.
FOCUSED = """async () => {
    for (let frames = 30; frames && document.activeElement === document.body; frames--)
        await new Promise(requestAnimationFrame); // CKEditor's dialogs move it in their own time
    const control = document.activeElement;
    if (control === document.body) return null;
    const marked = control.closest(".cke_contents") ?? control;
    const { outlineStyle, outlineWidth } = getComputedStyle(marked);
    const box = control.getBoundingClientRect();
    const middle = [Math.max(box.left, 0) + Math.min(box.right, innerWidth),
                    Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)].map((sum) => sum / 2);
    const there = document.elementFromPoint(...middle);
    const problems = [];
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 3) problems.push("is not marked");
    // A link of several lines has no middle of its own.
    if (control.getClientRects().length === 1 && !(control.contains(there) || there?.contains(control)))
        problems.push(`is under ${there?.outerHTML.slice(0, 80) ?? "the edge of the window"}`);
    return { html: control.outerHTML.slice(0, 200), problems, title: control.title };
}"""
MOST_STEPS = 150


class Keyboard:
    """Works on a page with keys alone. A place is a locator, or the words of a button, link or field."""

    def __init__(self, page):
        self.page = page
        self.type = page.keyboard.type
        page.on("filechooser", lambda chooser: None)  # from now on: to begin takes a while

    def press(self, *keys):
        for key in keys:
            # Down for a while, as under a finger: CKEditor's dialogs take an Enter without that for two.
            self.page.keyboard.press(key, delay=50 if key == "Enter" else None)

    def focused(self):
        """Return the element with the focus, which must be seen; None at the end of the page."""
        found = self.page.evaluate(FOCUSED)
        assert not found or not found["problems"], found
        return found

    def named(self, place):
        if not isinstance(place, str):
            return place
        name = re.compile(rf"^{re.escape(place)}:?$")
        links = self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name))
        return links.or_(self.page.get_by_label(name)).first

    def go(self, place, back=False):
        """Press Tab until the place has the focus."""
        place = self.named(place)
        expect(place).to_be_visible()
        for _ in range(MOST_STEPS):
            if place.evaluate("place => place === document.activeElement"):
                return self.focused()
            self.press("Shift+Tab" if back else "Tab")
            assert self.focused(), f"{place}: not between here and the end of the page"
        raise AssertionError(f"{place}: the keyboard goes round and does not come there")

    def enter(self, place, **options):
        """Go to a button, link or fold, and press it."""
        self.go(place, **options)
        self.press("Enter")

    def unfold(self, words):
        self.enter(self.page.locator("summary", has_text=words).first)
        self.focused()

    def log_in(self, account):
        self.page.goto("/admin/")
        self.fill("Användarnamn", account["username"])
        self.fill("Lösenord", account["password"])
        self.press("Enter")
        expect(self.page.get_by_role("heading", name="Skriv och ändra")).to_be_visible()

    def fill(self, place, text, **options):
        self.go(place, **options)
        self.press("Control+a")
        self.type(text)

    def fill_day(self, place, day, **options):
        """Type a day into the browser's own field for one, whose parts stand as in the browser's language."""
        self.go(place, **options)
        field = self.named(place)
        for text in (f"{day:%m%d}00{day:%Y}", f"{day:%Y%m%d}"):
            self.type(text)
            if field.input_value() == f"{day}":
                return
            self.press(*["ArrowLeft"] * 2)
        raise AssertionError(field.input_value())

    def choose(self, place, path, **options):
        """Open the browser's window for files from its button, and choose one."""
        self.go(place, **options)
        with self.page.expect_file_chooser() as opened:
            self.page.keyboard.press("Enter")
        opened.value.set_files(path)
        assert self.focused()

    def tool(self, name):
        """Press a button above the text, from within the text, and wait for what comes of it."""
        self.press("Alt+F10")
        buttons = self.page.locator(".cke_toolbox")
        button = buttons.get_by_role("button", name=name, exact=True)
        for _ in range(40):
            expect(buttons.locator(":focus")).to_have_count(1)
            self.focused()
            if button.evaluate("button => button === document.activeElement"):
                return self.press("Enter")
            group = button.evaluate("one => one.closest('.cke_toolbar').contains(document.activeElement)")
            self.press("ArrowRight" if group else "Tab")
        raise AssertionError(name)
