"""The page of a post: its dates, the posts beside it, and the ways to pass it on."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from news.models import Category, Post

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = timezone.now()


def page_of(client, post):
    return client.get(post.get_absolute_url()).text


def neighbours(html):
    return dict(re.findall(r'<a dir="auto" rel="(prev|next)" href="[^"]*">([^<]*)</a>', html))


def test_a_post_leads_to_the_newer_and_the_older_one(client, branch, make_post):
    make_post(title="Äldst", published_at=NOW - 3 * DAY)
    make_post(title="Gäller inte", published_at=NOW - 2.5 * DAY, expires_at=NOW - DAY)
    middle = make_post(title="Mitten", published_at=NOW - 2 * DAY)
    make_post(title="Nyast", published_at=NOW - DAY)
    make_post(title="Utkast", published_at=None)
    make_post(title="Senare", published_at=NOW + DAY)
    assert neighbours(page_of(client, middle)) == {"prev": "Nyast", "next": "Äldst"}
    assert neighbours(page_of(client, Post.objects.get(title="Nyast"))) == {"next": "Mitten"}
    assert neighbours(page_of(client, Post.objects.get(title="Äldst"))) == {"prev": "Mitten"}


def test_posts_of_the_same_moment_are_all_passed_on_the_way(client, branch, make_post):
    for number in range(4):
        make_post(title=f"Nummer {number}", published_at=NOW - DAY)
    post, met = Post.objects.newest_first().first(), []
    while post:
        met.append(post.title)
        older = neighbours(page_of(client, post)).get("next")
        post = older and Post.objects.get(title=older)
    assert met == ["Nummer 3", "Nummer 2", "Nummer 1", "Nummer 0"]


def test_the_page_says_when_it_was_changed_if_that_was_another_day(client, branch, make_post):
    post = make_post(published_at="2019-04-21T16:30:00Z")
    Post.objects.update(updated_at="2019-04-21T21:59:00Z")  # still the 21st in Stockholm
    assert "Ändrad" not in page_of(client, post)
    Post.objects.update(updated_at="2019-04-21T22:01:00Z")
    assert 'Ändrad <time datetime="2019-04-22T00:01:00+0200">22\xa0april 2019</time>' in page_of(client, post)
    Post.objects.update(updated_at="2019-04-01T12:00:00Z")  # written long before its time came
    assert "Ändrad" not in page_of(client, post)


def test_a_pin_a_category_or_an_end_does_not_make_a_post_a_changed_one(client, branch, make_post):
    post = make_post(published_at=NOW - 9 * DAY)
    Post.objects.update(updated_at=NOW - 9 * DAY)
    post.refresh_from_db()
    post.category = Category.objects.create(name="Hyra")
    post.pinned_until, post.expires_at = timezone.localdate() + DAY, NOW + DAY
    post.save()
    assert "Ändrad" not in page_of(client, post)
    post.byline = "Styrelsen"
    post.save(update_fields=["byline"])
    assert "Ändrad" in page_of(client, post)


def test_a_post_can_be_mailed_with_the_readers_own_program(client, branch, make_post, settings):
    settings.SITE_URL = "https://hgf.example"
    post = make_post(title="Möte & fika: kom!", body="<p>Skriv till anna@example.org</p>")
    html = page_of(client, post)
    assert (
        '<a href="mailto:?subject=M%C3%B6te%20%26%20fika%3A%20kom%21'
        '&amp;body=https%3A%2F%2Fhgf.example%2Fnyheter%2Fmote-fika-kom%2F">Mejla länken</a>'
    ) in html
    assert "Visa e-postadressen" in html  # the protection was at work on this page
    assert '<p class="muted">https://hgf.example/nyheter/mote-fika-kom/</p>' in html


def test_an_address_in_the_title_is_protected_there_too(client, branch, make_post):
    html = page_of(client, make_post(title="Skriv till anna@example.org"))
    assert "example.org" not in html
    assert re.search(r'href="mailto:\?subject=Skriv%20till%20&amp;body=http', html)


def test_a_draft_and_a_preview_are_not_passed_on(client, branch, make_post):
    post = make_post(published_at=None)
    post.share()
    html = client.get(post.get_share_url()).text
    assert "Mejla länken" not in html
    assert "Fler nyheter" not in html


def test_the_caption_and_who_drew_the_picture_do_not_run_together(client, branch, make_post, picture_file):
    post = make_post(
        image=picture_file(), image_alt="En gård.", image_caption="Våren.", image_credit="A. Test"
    )
    assert 'Våren.<br><span class="muted">A. Test</span>' in client.get(post.get_absolute_url()).text


def test_every_page_has_a_visible_link_to_the_feed(client, content):
    assert '<li><a href="/nyheter/rss/">RSS</a></li>' in client.get("/").text
