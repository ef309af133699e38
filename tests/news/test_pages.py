"""Pages of text: they have the same draft, schedule, expiry, share and check as posts."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from news.models import Page, Redirect
from tests.helpers.admin_forms import filled, send
from tests.helpers.pages import make_page

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("url_name", ["start", "sitemap", "search"])
def test_a_page_that_is_not_published_is_shown_nowhere(client, branch, url_name):
    make_page(title="Om oss", in_menu=True)
    make_page(title="Hemligt utkast", in_menu=True, published_at=None)
    make_page(title="Senare sida", in_menu=True, published_at=timezone.now() + HOUR)
    html = client.get(reverse(url_name), {"q": "sida utkast"} if url_name == "search" else {}).text
    if url_name != "search":
        assert "om-oss" in html
    assert "hemligt-utkast" not in html
    assert "senare-sida" not in html
    assert client.get("/hemligt-utkast/").status_code == 404
    assert client.get("/senare-sida/").status_code == 404


def test_an_expired_page_leaves_the_menu_and_says_at_its_address_that_it_no_longer_holds(client, branch):
    make_page(
        title="Felanmälan",
        in_menu=True,
        published_at=timezone.now() - 2 * HOUR,
        expires_at=timezone.now() - HOUR,
    )
    assert "felanmalan" not in client.get("/").text
    assert "gäller inte längre" in client.get("/felanmalan/").text


def test_a_draft_page_is_saved_without_being_published_and_shared_by_a_link(as_superuser, client, branch):
    url, form = filled(Page, as_superuser, title=["Ny sida"], body=["<p>Text.</p>"])
    send(as_superuser, url, form | {"_share": [""]})
    page = Page.objects.get(title="Ny sida")
    assert page.published_at is None
    link = page.get_share_url()
    client.logout()
    shared = client.get(link)
    assert "Text." in shared.text
    assert "Utkast" in shared.text
    assert client.get(page.get_absolute_url()).status_code == 404
    page.unshare()
    assert client.get(link).status_code == 410


def test_a_page_with_something_left_to_do_is_kept_as_a_draft(as_superuser):
    body = "<p>Läs mer <a href='/om-oss/'>här</a>.</p>"
    url, form = filled(Page, as_superuser, title=["Ny sida"], body=[body])
    response = send(as_superuser, url, form | {"_publish": [""]})
    assert Page.objects.get(title="Ny sida").published_at is None
    assert "Skriv vart länken" in as_superuser.get(response.url).text


def test_pages_of_before_are_published_since_their_last_change():
    page = make_page(title="Om oss", published_at=None)
    import_module("news.migrations.0007_pages_are_published").publish_pages(apps, None)
    page.refresh_from_db()
    assert page.published_at == page.updated_at.replace(second=0, microsecond=0)


def test_the_link_of_a_shared_page_opens_no_post_with_the_same_key(client, make_post, branch):
    page = make_page(title="Om oss", published_at=None)
    page.share()
    make_post(
        pk=page.pk, title="Annat", published_at=None, share_key=page.share_key, shared_until=page.shared_until
    )
    assert "Annat" not in client.get(page.get_share_url()).text


def test_a_page_of_before_whose_address_becomes_the_sites_is_still_read_and_told_of(
    client, as_superuser, branch
):
    make_page(title="Vår kalender", slug="kalender", body="<p>Varje tisdag.</p>", in_menu=True)
    make_page(title="Annat", slug="kalender-2")
    import_module("news.migrations.0009_free_addresses_of_the_site").rename_pages(apps, None)
    assert "Varje tisdag." in client.get("/kalender-3/").text
    assert "/kalender-3/" in client.get("/").text
    assert "/kalender/ → /kalender-3/" in as_superuser.get("/admin/").text
    Redirect.objects.all().delete()  # as who has read it does
    assert "/kalender-3/" not in as_superuser.get("/admin/").text


def test_who_asks_for_a_renamed_page_before_the_site_has_one_there_is_led_to_it(client, branch):
    make_page(title="Områden", slug="omraden", body="<p>Törnskogen</p>")
    import_module("news.migrations.0009_free_addresses_of_the_site").rename_pages(apps, None)
    assert "Törnskogen" in client.get("/omraden/", follow=True).text
