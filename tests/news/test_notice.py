"""What is printed of a post for the stairwell door. tests/browser/test_notice.py prints it."""

from datetime import timedelta

import pytest
from django.utils import timezone

pytestmark = pytest.mark.any_database


@pytest.mark.django_db
@pytest.mark.parametrize(
    "published_at", [None, timezone.now() + timedelta(days=1)], ids=["draft", "scheduled"]
)
def test_only_what_is_public_is_printed(client, branch, make_post, published_at):
    make_post(title="Hemligt", published_at=published_at)
    assert client.get("/nyheter/hemligt/anslag/").status_code == 404


@pytest.mark.django_db
def test_a_notice_says_who_and_where_and_is_no_page_for_search_engines(client, content, settings):
    settings.SITE_URL = "https://hgf.example"
    html = client.get("/nyheter/arsmote-i-mars/anslag/").text
    assert "hgf.example/nyheter/arsmote-i-mars/</strong>" in html
    assert "<svg" in html
    assert "Testgatan 1" in html
    assert '<meta name="robots" content="noindex">' in html
    assert "<nav" not in html


@pytest.mark.django_db
def test_an_address_on_a_notice_is_shown_on_request_before_it_is_printed(client, branch, make_post):
    make_post(title="Fråga", body="<p>Skriv till anna@example.org.</p>")
    html = client.get("/nyheter/fraga/anslag/").text
    assert "example.org" not in html
    assert '<button class="reveal in-text" form="epost"' in html
    assert '<form id="epost"' in html


@pytest.mark.django_db
def test_the_whole_text_is_there_for_the_sheet_to_cut_and_nothing_hostile(client, branch, make_post):
    make_post(title="Lång", body="<p>Början.</p>" * 500 + "<script>x</script><p onclick=x>Slutet.</p>")
    html = client.get("/nyheter/lang/anslag/").text
    assert '<p dir="auto">Slutet.</p>' in html
    assert "<script>x" not in html
