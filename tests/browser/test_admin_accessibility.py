"""axe in the admin, with what Django has in it: each page that links or buttons lead to."""

import re

import pytest
from playwright.sync_api import expect

from tests.helpers.axe import violations
from tests.helpers.browser import ADMIN, LONG, MODELS, VOLUNTEER, first_row, log_in
from tests.helpers.running import put_in

CONTACT_ADMIN = {"username": "cecilia", "password": "en-granne-som-byter-namn"}
MAKE_CONTACT_ADMIN = f"""
from django.contrib.auth.models import Group, User
user = User.objects.create_user(**{CONTACT_ADMIN!r}, is_staff=True)
user.groups.add(Group.objects.get(name="Kontaktansvariga"))
"""
AXES_OWN = ["Applying inline style"]  # what its own script meets here
REFUSED = ["403", "409"]  # a superuser's second factor is nobody's to take away; two have saved
WIDTHS = [320, 1280]
SCHEMES = ["light", "dark"]


@pytest.fixture(scope="session")
def texts(browser, site, data_dir, admin_session):
    """Make something of everything, and of texts one in each state; return the addresses of their forms."""
    put_in(data_dir, MAKE_CONTACT_ADMIN)
    with browser.new_context(base_url=site, storage_state=admin_session) as context:
        page = context.new_page()
        for meta in MODELS:
            first_row(page, f"/admin/{meta.app_label}/{meta.model_name}/", meta)
        return [
            with_proposal(page, "post"),
            with_proposal(page, "page"),
            new_post(page, "_draft"),
            new_post(page, "_share"),
            new_post(page, "_schedule"),
            deleted(page, new_post(page, "_draft")),
        ]


def press(page, name):
    page.locator(f"[name={name}]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def with_proposal(page, model):
    """Give the published text a short one in another language, and a change that waits."""
    page.goto(f"/admin/news/{model}/")
    page.locator("#result_list").get_by_role("link", name=f"Lång {LONG}").click()
    address = page.url
    page.locator("#translations-group summary").click()
    page.locator("#id_translations-0-language").select_option("ar")
    page.locator("#id_translations-0-text").fill("اجتماع")
    press(page, "_save")
    page.goto(address)
    page.locator("#id_title").fill("Ett förslag")
    press(page, "_propose")
    return address


def new_post(page, button):
    page.goto("/admin/news/post/add/")
    page.locator("#id_title").fill(f"{button} {LONG}")
    page.evaluate("CKEDITOR.instances.id_body.setData('<p>Text.</p>')")
    page.locator("summary", has_text="tider").click()
    if button == "_schedule":
        page.locator("#id_published_at_0").fill("2099-02-02")
    press(page, button)
    if "/change/" not in page.url:  # a draft stays open
        page.locator("#result_list").get_by_role("link", name=f"{button} {LONG}").click()
    return page.url


def deleted(page, address):
    page.goto(address.replace("change", "delete"))
    page.locator("#content [type=submit]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    return "/admin/papperskorg/"


def open_kinds_of_pages(page, more):
    """Open `more`, and one of each kind of page that links lead to; yield what it is, and the page."""
    seen, left = set(), [*more, "/admin/"]
    while left:
        address = left.pop(0)
        kind = re.sub(r"\d+", "N", address.partition("?")[0])
        if kind in seen or kind.startswith("/admin/r/"):  # to a page for residents
            continue
        seen.add(address if address in more else kind)
        if page.goto(address).status == 200:
            yield address, page
            links = page.locator("a[href]").evaluate_all("all => all.map(a => a.pathname + a.search)")
            left += [link for link in links if link.startswith("/admin/")]
            if address.endswith("/add/"):
                empty = page.context.new_page()  # the page may not be left before it is saved
                empty.goto(address)
                form = empty.locator("form[id$=_form]")
                form.evaluate("form => { form.noValidate = true }")
                form.locator("[name=_save], [name=_draft]").last.click()
                expect(empty.locator(".form-errors")).to_be_visible()
                yield f"{address}, with nothing in it", empty
                empty.close()


def pressed(page, button, then):
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text(then).first).to_be_visible()
    return f"{button}: {then}", page


def press_buttons(context, post):
    """Press what leads to pages that no link leads to; yield what each is, and the page."""

    def opened(address):  # in a tab of its own: one that is not saved may not be left
        page = context.new_page()
        page.goto(address)
        return page

    board = opened("/admin/contacts/role/ny-styrelse/")
    board.locator("#id_starts_on").fill("")
    yield pressed(board, "Förhandsgranska", "Inget är sparat än")
    board = opened("/admin/contacts/role/ny-styrelse/")
    board.get_by_label("Ny innehavare:").first.fill(LONG)
    board.get_by_label("Slutar").first.check()
    yield pressed(board, "Förhandsgranska", "Det här ändras")
    yield pressed(board, "Spara", "Det här ändrades")
    yield pressed(board, "Ångra hela bytet", "Det här gjordes")

    people = opened("/admin/contacts/person/")
    people.locator("#action-toggle").check()
    people.get_by_label("Åtgärd:").select_option("delete_selected")
    yield pressed(people, "Utför", "Ta bort flera")

    proposal = opened(post)
    with proposal.expect_popup() as preview:
        proposal.get_by_role("button", name="Förhandsgranska").click()
    preview.value.wait_for_load_state()
    yield "the preview", preview.value
    yield pressed(proposal, "Redigera förslaget", "Det gäller inte än")
    first, second = opened(post), opened(post)
    for page, title, then in ((first, "Ändrad", "är sparad"), (second, "Ändrad igen", "medan du skrev")):
        page.locator("#id_title").fill(title)
        shown = pressed(page, "Spara ändringarna (syns direkt)", then)
    yield shown

    letters = opened("/admin/brev/")
    letters.get_by_label("E-postadress:").fill("astrid@example.org")
    yield pressed(letters, "Visa vad som är sparat", "finns inget sparat här")
    yield pressed(letters, "Logga ut", "Logga in igen")
    login = opened("/admin/")
    yield "the login", login
    yield pressed(login, "Logga in", "lösenord")


def findings(page, what, widths=WIDTHS, schemes=SCHEMES):
    """Return what breaks a rule on a page that is open, or does not fit."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 4000})  # the bar that stays in view covers nothing
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((what, width, "does not fit"))
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            found += [(what, width, scheme, *one) for one in violations(page)]
    return found


def test_the_admins_first_page_a_form_and_a_list_break_no_rule(admin, expected_trouble):
    expected_trouble += AXES_OWN
    for address in ("/admin/", "/admin/news/post/add/", "/admin/news/page/"):
        admin.goto(address)
        assert findings(admin, address, [320], ["dark"]) == []


@pytest.mark.long
@pytest.mark.parametrize("account", [ADMIN, VOLUNTEER, CONTACT_ADMIN], ids=lambda one: one["username"])
def test_no_page_of_the_admin_breaks_a_rule(page, texts, expected_trouble, account):
    expected_trouble += [*AXES_OWN, *REFUSED]
    log_in(page, account)
    found = [findings(shown, what) for what, shown in open_kinds_of_pages(page, texts)]
    assert len(found) > 20
    assert sum(found, []) == []


@pytest.mark.long
def test_no_page_that_a_button_leads_to_breaks_a_rule(page, texts, expected_trouble):
    expected_trouble += [*AXES_OWN, *REFUSED]
    log_in(page)
    found = [findings(shown, what) for what, shown in press_buttons(page.context, texts[0])]
    assert sum(found, []) == []
