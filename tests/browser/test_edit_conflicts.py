"""After the save, in two real browsers: nobody overwrites anybody, and what was deleted comes back."""

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import PHONE, editor_of
from tests.helpers.running import put_in

STATED = "Lägenheten på tredje våningen är uthyrd."
DRAFTS = [
    "Städning med bakåtknapp",
    "Städning i telefonen",
    "Städning på datorn",
    "Två flikar",
    "Bort och tillbaka",
    "I papperskorgen",
    "Med historik",
]
MAKE_DRAFTS = f"""
from news.models import Post
for title in {DRAFTS!r}:
    print(Post.objects.create(title=title, body="<p>{STATED}</p>").pk)
"""


@pytest.fixture(scope="module")
def drafts(site, data_dir):
    """Make the drafts; return the address of the form of each, by its title."""
    keys = put_in(data_dir, MAKE_DRAFTS).split()
    return {title: f"/admin/news/post/{key}/change/" for title, key in zip(DRAFTS, keys, strict=True)}


def write(page, text):
    """Replace the whole text in the editor."""
    editor_of(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def both_write(url, anna, berit, annas, berits):
    """Both open the form at `url`; Anna saves first, and Berit is told."""
    berit.goto(url)
    write(berit, berits)
    anna.goto(url)
    write(anna, annas)
    press(anna, "Spara utkast")
    expect(anna.locator(".messagelist .success")).to_be_visible()
    press(berit, "Spara utkast")
    expect(berit.get_by_role("heading", name="anna sparade medan du skrev")).to_be_visible()


def test_who_goes_back_after_a_conflict_does_not_overwrite_the_other_text(
    admin, drafts, open_page, volunteer_session, expected_trouble
):
    expected_trouble.append("409")
    url = drafts["Städning med bakåtknapp"]
    berit = open_page(storage_state=volunteer_session)
    both_write(url, admin, berit, "Annas text om källaren.", "Berits text om trapphuset.")
    berit.go_back()
    expect(editor_of(berit)).to_have_text("Annas text om källaren.")
    expect(berit.locator(".unsaved-offer")).to_contain_text("Det som är sparat har ändrats sedan dess.")


@pytest.mark.parametrize(
    "device", [pytest.param({}, id="computer", marks=pytest.mark.long), pytest.param(PHONE, id="phone")]
)
def test_the_later_of_two_chooses_and_both_texts_are_there_word_for_word(
    admin, drafts, open_page, volunteer_session, expected_trouble, device
):
    expected_trouble.append("409")
    url = drafts[f"Städning {'i telefonen' if device else 'på datorn'}"]
    berit = open_page(storage_state=volunteer_session, **device)
    both_write(url, admin, berit, "Annas text om tvättstugan.", "Berits text om trapphuset.")
    expect(berit.get_by_text("Annas text om tvättstugan.")).to_be_visible()
    expect(berit.get_by_text("Berits text om trapphuset.")).to_be_visible()
    assert berit.evaluate("document.documentElement.scrollWidth") == berit.viewport_size["width"]
    berit.get_by_label("Båda, efter varandra").check()
    press(berit, "Fortsätt till formuläret")
    expect(editor_of(berit)).to_contain_text("Annas text om tvättstugan.")
    expect(editor_of(berit)).to_contain_text("Berits text om trapphuset.")
    press(berit, "Spara utkast")
    expect(berit.locator(".messagelist .success")).to_be_visible()
    admin.goto(url)
    expect(editor_of(admin).locator("p")).to_have_text(
        ["Annas text om tvättstugan.", "Berits text om trapphuset."]
    )


def test_an_old_tab_of_ones_own_does_not_overwrite_the_newer_text(admin, drafts, expected_trouble):
    expected_trouble.append("409")
    url = drafts["Två flikar"]
    old = admin.context.new_page()
    old.goto(url)
    admin.goto(url)
    write(admin, "Från den nya fliken.")
    press(admin, "Spara utkast")
    expect(admin.locator(".messagelist .success")).to_be_visible()
    write(old, "Från den gamla fliken.")
    press(old, "Spara utkast")

    expect(old.get_by_role("heading", name="Du själv sparade medan du skrev")).to_be_visible()
    press(old, "Ta allt som är sparat")
    expect(editor_of(old)).to_have_text("Från den nya fliken.")


def test_a_deleted_post_is_back_after_one_press_on_undo(admin, drafts):
    url = drafts["Bort och tillbaka"]
    admin.goto(url.replace("/change/", "/delete/"))
    press(admin, "Ja, ta bort")
    press(admin, "Ångra")

    expect(admin.locator(".messagelist .success")).to_contain_text("är tillbaka")
    expect(admin.get_by_label("Rubrik:")).to_have_value("Bort och tillbaka")
    expect(editor_of(admin)).to_have_text(STATED)


def test_a_deleted_post_is_back_from_the_bin(admin, drafts):
    url = drafts["I papperskorgen"]
    admin.goto(url.replace("/change/", "/delete/"))
    press(admin, "Ja, ta bort")
    admin.goto("/admin/")
    admin.get_by_role("link", name="Papperskorgen", exact=True).click()
    press(admin, "Ta tillbaka I papperskorgen")
    expect(editor_of(admin)).to_have_text(STATED)


def test_an_older_version_is_compared_and_put_back(admin, drafts):
    url = drafts["Med historik"]
    admin.goto(url)
    write(admin, "Lägenheten på femte våningen är uthyrd.")
    press(admin, "Spara utkast")
    expect(admin.locator(".messagelist .success")).to_be_visible()
    admin.get_by_role("link", name="Historik").click()
    admin.get_by_role("link", name="Jämför med nu, återställ").first.click()
    expect(admin.locator(".compared del")).to_have_text("tredje")
    expect(admin.locator(".compared ins")).to_have_text("femte")

    press(admin, "Återställ den här versionen")
    expect(admin.locator(".messagelist .success")).to_contain_text("är återställd")
    expect(editor_of(admin)).to_have_text(STATED)
    assert admin.url.endswith(url)
