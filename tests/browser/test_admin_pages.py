"""Every page of Django's admin loads and works under the content policy: nothing is blocked or missing."""

import re

import pytest
from django.contrib import admin as django_admin
from playwright.sync_api import expect

from tests.browser.conftest import ADMIN, log_in

MODELS = sorted((model._meta for model in django_admin.site._registry), key=lambda meta: meta.label_lower)
# The least that makes one, of what the starter content has none of.
LEAST = {
    "auth.group": {"name": "Skribenter"},
    "contacts.sociallink": {"name": "Facebook", "url": "https://www.example.com/"},
    "news.page": {"title": "Om oss"},
    "news.redirect": {"old_path": "/gammal/", "target": "/nyheter/"},
}


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
        page.get_by_role("button", name="Spara", exact=True).click()
        expect(page.locator(".messagelist .success")).to_be_visible()
    return rows.first.get_attribute("href")


@pytest.mark.parametrize("meta", MODELS, ids=lambda meta: meta.label_lower)
def test_every_page_about_a_model_loads_without_an_error(admin, meta):
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
    new.locator(".field-starts_on").get_by_role("link", name="I dag").click()
    expect(new.locator(".field-starts_on input")).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d$"))
    new.locator(".field-ends_on .date-icon").click()
    admin.locator(".calendarbox:visible .calendar").get_by_role("link", name="28").click()
    expect(new.locator(".field-ends_on input")).to_have_value(re.compile(r"-28$"))


def test_marked_rows_are_asked_about_before_they_are_deleted(admin):
    visit(admin, "/admin/contacts/postaladdress/")
    admin.locator("#action-toggle").check()
    admin.get_by_label("Åtgärd:").select_option("delete_selected")
    admin.get_by_role("button", name="Utför").click()
    expect(admin.locator("#content h1")).to_have_text("Ta bort flera")
