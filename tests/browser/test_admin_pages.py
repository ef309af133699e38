"""Every page of Django's admin loads and works under the content policy: nothing is blocked or missing."""

import re

from playwright.sync_api import expect

from tests.helpers.browser import ADMIN, MODELS, first_row, log_in, visit


def test_every_page_about_a_model_loads_without_an_error(admin):
    for meta in MODELS:  # in one tab: a new one takes longer than the pages
        changelist = f"/admin/{meta.app_label}/{meta.model_name}/"
        change = first_row(admin, changelist, meta)
        visit(admin, change)
        links = admin.locator(".historylink, .deletelink").evaluate_all("all => all.map(link => link.href)")
        assert links
        for address in links:
            visit(admin, address)

        visit(admin, "/admin/")
        add = admin.locator(f".model-{meta.model_name} .addlink")
        assert add.count() or meta.label_lower == "contacts.branch"
        if add.count():
            visit(admin, f"{changelist}add/")


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
