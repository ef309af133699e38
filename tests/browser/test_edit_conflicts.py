"""After the save, in two real browsers: nobody overwrites anybody, and what was deleted comes back."""

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import PHONE, VOLUNTEER

STATED = "Lägenheten på tredje våningen är uthyrd."


def log_in_as(page, account):
    page.goto("/admin/")
    page.get_by_label("Användarnamn").fill(account["username"])
    page.get_by_label("Lösenord").fill(account["password"])
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("heading", name="Skriv och ändra")).to_be_visible()
    return page


def write(page, text):
    """Replace the whole text in the editor, by keyboard."""
    body = page.frame_locator(".cke_wysiwyg_frame").locator("body[contenteditable=true]")
    body.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def text_of(page):
    return page.frame_locator(".cke_wysiwyg_frame").locator("body[contenteditable=true]")


@pytest.fixture
def new_post(admin):
    """Save a draft; return the address of its form."""

    def save(title):
        admin.goto("/admin/news/post/add/")
        admin.get_by_label("Rubrik:").fill(title)
        write(admin, STATED)
        admin.get_by_role("button", name="Spara utkast").click()
        expect(admin.locator(".messagelist .success")).to_be_visible()
        return admin.url

    return save


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
    admin, new_post, open_page, expected_trouble
):
    expected_trouble.append("409")
    url = new_post("Gårdsstädning med bakåtknapp")
    berit = log_in_as(open_page(), VOLUNTEER)
    both_write(url, admin, berit, "Annas text om källaren.", "Berits text om trapphuset.")
    berit.go_back()
    expect(text_of(berit)).to_have_text("Annas text om källaren.")
    expect(berit.locator(".unsaved-offer")).to_contain_text("Det som är sparat har ändrats sedan dess.")


@pytest.mark.parametrize("device", [{}, PHONE], ids=["computer", "phone"])
def test_the_later_of_two_chooses_and_both_texts_are_there_word_for_word(
    admin, new_post, open_page, expected_trouble, device
):
    expected_trouble.append("409")
    url = new_post(f"Gårdsstädning {'i telefonen' if device else 'på datorn'}")
    berit = log_in_as(open_page(**device), VOLUNTEER)
    both_write(url, admin, berit, "Annas text om tvättstugan.", "Berits text om trapphuset.")
    expect(berit.get_by_text("Annas text om tvättstugan.")).to_be_visible()
    expect(berit.get_by_text("Berits text om trapphuset.")).to_be_visible()
    assert berit.evaluate("document.documentElement.scrollWidth") == berit.viewport_size["width"]
    berit.get_by_label("Båda, efter varandra").check()
    press(berit, "Fortsätt till formuläret")
    expect(text_of(berit)).to_contain_text("Annas text om tvättstugan.")
    expect(text_of(berit)).to_contain_text("Berits text om trapphuset.")
    press(berit, "Spara utkast")
    expect(berit.locator(".messagelist .success")).to_be_visible()
    admin.goto(url)
    expect(text_of(admin).locator("p")).to_have_text(
        ["Annas text om tvättstugan.", "Berits text om trapphuset."]
    )


def test_an_old_tab_of_ones_own_does_not_overwrite_the_newer_text(admin, new_post, expected_trouble):
    expected_trouble.append("409")
    url = new_post("Två flikar")
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
    expect(text_of(old)).to_have_text("Från den nya fliken.")


def test_a_deleted_post_is_back_after_one_press_on_undo(admin, new_post):
    url = new_post("Bort och tillbaka")
    admin.goto(url.replace("/change/", "/delete/"))
    press(admin, "Ja, ta bort")
    press(admin, "Ångra")

    expect(admin.locator(".messagelist .success")).to_contain_text("är tillbaka")
    expect(admin.get_by_label("Rubrik:")).to_have_value("Bort och tillbaka")
    expect(text_of(admin)).to_have_text(STATED)


def test_a_deleted_post_is_back_from_the_bin(admin, new_post):
    url = new_post("I papperskorgen")
    admin.goto(url.replace("/change/", "/delete/"))
    press(admin, "Ja, ta bort")
    admin.goto("/admin/")
    admin.get_by_role("link", name="Papperskorgen", exact=True).click()
    press(admin, "Ta tillbaka I papperskorgen")
    expect(text_of(admin)).to_have_text(STATED)


def test_an_older_version_is_compared_and_put_back(admin, new_post):
    url = new_post("Med historik")
    write(admin, "Lägenheten på femte våningen är uthyrd.")
    press(admin, "Spara utkast")
    expect(admin.locator(".messagelist .success")).to_be_visible()
    admin.get_by_role("link", name="Historik").click()
    admin.get_by_role("link", name="Jämför med nu, återställ").first.click()
    expect(admin.locator(".compared del")).to_have_text("tredje")
    expect(admin.locator(".compared ins")).to_have_text("femte")

    press(admin, "Återställ den här versionen")
    expect(admin.locator(".messagelist .success")).to_contain_text("är återställd")
    expect(text_of(admin)).to_have_text(STATED)
    assert admin.url == url
