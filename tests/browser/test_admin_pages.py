"""Every page of Django's admin loads and works under the content policy: nothing is blocked or missing."""

import re

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import ADMIN, MODELS, first_row, log_in, visit
from tests.helpers.unsaved_forms import wait_for_copies

GATE = {"news.post", "auth.user"}  # a history of ours, and Django's own


def test_every_list_and_form_loads_and_the_form_knows_what_is_changed_and_what_is_not(admin):
    visit(admin, "/admin/")
    adds = admin.locator(".addlink").evaluate_all("all => all.map(link => link.pathname)")
    for meta in MODELS:  # in one tab: a new one takes longer than the pages
        changelist = f"/admin/{meta.app_label}/{meta.model_name}/"
        visit(admin, first_row(admin, changelist, meta))
        if meta.label_lower != "auth.group":  # the groups that come with the site are only shown
            assert_knows_what_is_changed(admin)
        if meta.label_lower != "contacts.branch":  # there is only one
            assert f"{changelist}add/" in adds
            visit(admin, f"{changelist}add/")
            assert_knows_what_is_changed(admin)


def assert_knows_what_is_changed(page):
    """A copy of the form is kept while it is changed, and no longer."""
    field = page.locator("form[id$=_form] input:is([type=text], [type=date]):visible:not([readonly])").first
    before = field.input_value()
    # Shorter, since a name may be as long as it can be.
    changed = "2031-12-31" if field.get_attribute("type") == "date" else before[:-1] or "x"
    for text, count in ((changed, 1), (before, 0)):
        field.fill(text)
        page.evaluate("dispatchEvent(new Event('blur'))")  # who looks at another window does not wait
        wait_for_copies(page, count)


@pytest.mark.parametrize(
    "meta",
    [
        pytest.param(meta, id=meta.label_lower, marks=() if meta.label_lower in GATE else pytest.mark.long)
        for meta in MODELS
    ],
)
def test_what_a_form_leads_to_loads_without_an_error(admin, meta):
    visit(admin, first_row(admin, f"/admin/{meta.app_label}/{meta.model_name}/", meta))
    links = admin.locator(".historylink, .deletelink").evaluate_all("all => all.map(link => link.href)")
    assert links
    for address in links:
        visit(admin, address)


def test_the_pages_that_belong_to_no_model_load_without_an_error(page):
    visit(page, "/admin/login/")
    expect(page.locator("link[rel~=icon]")).to_have_count(1)  # without one the browser asks in vain
    log_in(page)
    for address in ("", "auth/", "contacts/", "news/", "auth/user/1/password/", "password_change/"):
        visit(page, f"/admin/{address}")
    page.get_by_label("Gammalt lösenord").fill(ADMIN["password"])
    page.get_by_label("Nytt lösenord:", exact=True).fill("fel")
    page.get_by_label("Bekräfta nytt lösenord").fill("annat")
    page.locator("[type=submit]").last.click()
    expect(page.locator(".errorlist").first).to_be_visible()
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("link", name="Logga in igen")).to_be_visible()


def test_the_forms_own_scripts_work_under_the_content_policy(admin):
    visit(admin, "/admin/contacts/role/")
    admin.get_by_role("link", name="Ordförande", exact=True).click()
    admin.get_by_role("button", name="Lägg till ytterligare innehavare").click()
    new = admin.locator(".dynamic-assignments").last
    new.locator(".field-person select").select_option("Johan Flyckt")
    new.locator("[type=date]").first.fill("2031-01-28")
    new.locator(".inline-deletelink").click()
    expect(admin.locator(".dynamic-assignments")).to_have_count(1)


def test_how_to_is_printed_on_two_sheets(admin):
    visit(admin, "/admin/sa-gor-du/")
    assert len(re.findall(rb"/Type\s*/Page\b", admin.pdf(format="A4"))) == 2


def test_how_to_begins_with_a_list_of_its_headings_that_leads_to_each(admin):
    visit(admin, "/admin/sa-gor-du/")
    headings = admin.locator(".how-to h2")
    assert admin.locator(".how-to li").all_inner_texts() == headings.all_inner_texts()
    admin.get_by_role("link", name="Byt styrelse").click()
    expect(headings.filter(has_text="Byt styrelse")).to_be_in_viewport()


def test_marked_rows_are_asked_about_before_they_are_deleted(admin):
    visit(admin, "/admin/contacts/postaladdress/")
    admin.locator("#action-toggle").check()
    admin.get_by_label("Åtgärd:").select_option("delete_selected")
    admin.get_by_role("button", name="Utför").click()
    expect(admin.locator("#content h1")).to_have_text("Ta bort flera")
