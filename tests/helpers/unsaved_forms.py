"""A form that is not saved, and the browser's copy of it, for the tests in the browser."""

from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.helpers.browser import WAIT, editor_of, open_form

TITLE = "Årsmöte & ”kaffe” på Malmvägen"
TEXT = "Vi ses kl. 18.30 <i lokalen> & dricker kaffe – välkomna!"
ADD = "/admin/news/post/add/"
OFFER = "Du har en text här som inte är sparad, från "
COPIES = """async () => {
  const opening = indexedDB.open("hgf-texter");
  const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const all = (store) => new Promise((done) => {
    const request = database.transaction(store).objectStore(store).getAll();
    request.onsuccess = () => done(request.result);
  });
  const [texts, files] = [await all("texts"), await all("files")];
  database.close();
  return { texts, files: files.map(({ file }) => file.name) };
}"""

MAKE_OLDER = """async (seconds) => {
  const opening = indexedDB.open("hgf-texter");
  const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const transaction = database.transaction("texts", "readwrite");
  const texts = transaction.objectStore("texts");
  texts.getAll().onsuccess = ({ target }) => {
    for (const copy of target.result) texts.put({ ...copy, time: copy.time - seconds * 1000 });
  };
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
}"""


def copies(page):
    return page.evaluate(COPIES)["texts"]


def write(page, title=TITLE, text=TEXT):
    open_form(page, title).click()
    page.keyboard.insert_text(text)  # at once: each key takes what a small page does


def expect_written(page, title=TITLE, text=TEXT):
    expect(page.get_by_label("Rubrik:")).to_have_value(title)
    expect(editor_of(page)).to_have_text(text)


def wait_for_copy(page, part):
    written = "({ text }) => new URLSearchParams(text).toString().includes(arg)"
    wait_for(page, f"texts.some({written})", urlencode({"": part})[1:])


def wait_for_copies(page, count):
    wait_for(page, "texts.length === arg", count)


def wait_for(page, condition, arg):
    """Wait for what JavaScript says of `texts` and `arg`; page.wait_for_function awaits no promise."""
    waiting = f"""async (arg) => {{
      for (const end = Date.now() + {WAIT}; Date.now() < end;) {{
        const {{ texts }} = await ({COPIES})();
        if ({condition}) return true;
        await new Promise((go) => setTimeout(go, 50));
      }}
      return false;
    }}"""
    assert page.evaluate(waiting, arg), f"never came: {condition}, {arg}"


def close_tab(page, part):
    """Close the tab when its copy has that part, and return a new one."""
    wait_for_copy(page, part)
    new = page.context.new_page()
    page.close()
    return new


def offer(page):
    return page.locator(".unsaved-offer").filter(has_text=OFFER)


def take_back(page):
    offer(page).get_by_role("button", name="Hämta tillbaka").click()
    expect(page.locator(".unsaved-line")).to_contain_text("Det du skrev är tillbaka")


def end_session(page):
    page.context.clear_cookies(name="sessionid")


def back_to_form(page, title):
    expect(page.get_by_role("heading")).to_have_text(title)
    expect(page.get_by_text("Inget är sparat.")).to_be_visible()
    page.get_by_role("link", name="Tillbaka till formuläret").click()
