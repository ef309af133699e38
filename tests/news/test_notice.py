"""What is printed of a post for the stairwell door. tests/browser/test_notice.py prints it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.richtext.sanitize import clean_html
from news.notice import fitted
from tests.helpers.hostile import xss_vectors

BODY = (
    "<h2>Ett</h2>\n<p>Rad<br>rad <strong>fet</strong></p><ul>\n<li>a</li><li>b</li></ul>"
    "<blockquote><p>Citat</p></blockquote><table><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr>"
    "</tbody></table><h3>Två</h3><p>Slut</p>"
)


def test_what_fits_is_whole_blocks_and_whole_html():
    clean = clean_html(BODY)
    seen = set()
    for room in range(500):
        html, is_cut = fitted(BODY, room)
        assert clean_html(html) == html, room
        assert is_cut == (html != clean), room
        assert not html.endswith(("</h2>", "</h3>")), room
        seen.add(html)
    assert len(seen) > 7  # a cut at every block
    assert clean in seen


def test_a_paragraph_without_end_is_cut_between_its_words():
    html, is_cut = fitted(f"<p>{'Ett &lt;stycke&gt; text. ' * 500}</p>", 100)
    assert is_cut
    assert html.startswith("<p>Ett &lt;stycke&gt; text. Ett")
    assert html.endswith(" …</p>")
    assert len(html) < 400


def test_no_hostile_text_is_an_error_or_comes_through():
    for vector in xss_vectors():
        for room in (-50, 0, 60, 10_000):
            html, _ = fitted(vector, room)
            assert clean_html(html) == html, vector


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
