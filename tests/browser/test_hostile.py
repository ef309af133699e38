"""Nothing that a text may hold runs in a real browser, content policy or not."""

from playwright.sync_api import expect

from common.richtext.sanitize import clean_html
from tests.helpers.browser import DESKTOP
from tests.helpers.hostile import xss_vectors

WATCH = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = (...given) => { window.ran.push(name + ": " + given.join()); };
"""
# What a reader might do to each element; a handler that stayed would be called.
TOUCH = """
() => {
  for (const element of document.querySelectorAll("#text *"))
    for (const name of ["mouseover", "mouseenter", "focus", "blur", "error", "load", "toggle", "click"])
      element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
  return window.ran;
}
"""
DANGEROUS = """
() => [...document.querySelectorAll("#text *")].filter((element) =>
  [...element.attributes].some(({ name, value }) =>
    name.startsWith("on") || /^\\s*(javascript|data|vbscript):/i.test(value))
).map((element) => element.outerHTML)
"""


def test_no_hostile_vector_runs_in_chromium_after_it_was_cleaned(browser):
    """On a page without a policy: clean_html alone must do."""
    with browser.new_context(**DESKTOP, offline=True) as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto("about:blank")
        page.on("dialog", lambda dialog: dialog.dismiss())
        texts = "".join(f"<section>{clean_html(vector)}</section>" for vector in xss_vectors())
        # Away from the page's links: a click must not leave it.
        page.set_content(f'<base target="_blank"><div id="text">{texts}</div>')
        expect(page.locator("#text section")).to_have_count(len(xss_vectors()))
        assert page.evaluate(DANGEROUS) == []
        page.evaluate("addEventListener('click', (event) => event.preventDefault(), true)")
        assert page.evaluate(TOUCH) == []


def test_the_watch_sees_a_script_that_runs(browser):
    with browser.new_context(**DESKTOP, offline=True) as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto("about:blank")
        page.set_content('<div id="text"><b onclick="alert(1)">x</b></div>')
        assert len(page.evaluate(DANGEROUS)) == 1
        assert page.evaluate(TOUCH) == ["alert: 1"]
