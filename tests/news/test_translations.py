"""The language of a text, and the short texts in other languages under it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hgf_site.erasure.personal_data import PersonalDataSearch
from mailing.letters import letter_message
from mailing.models import Subscriber
from news.lists.found import find
from news.models import Page, Post, Translation
from news.search import Query
from tests.helpers.admin_forms import delete, filled, undo_address, url_of
from tests.helpers.pages import make_page
from tests.helpers.versions import restore, versions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NUMBER = "19121212-1212"
TEXT = "<p>Vattnet.</p>"


def save_form(client, row=None, model=Post, button="_save", texts=(), **changes):
    """Send the form of a post or page with more texts: [("en", "Water"), …]."""
    url, values = filled(model, client, row, **changes)
    data = {name: value[0] for name, value in values.items() if value} | {button: "1"}
    first = int(data["translations-INITIAL_FORMS"])
    data["translations-TOTAL_FORMS"] = str(first + len(texts))
    for place, (language, text) in enumerate(texts, start=first):
        data |= {f"translations-{place}-language": language, f"translations-{place}-text": text}
    return client.post(url, data, follow=True)


def page_of(client, row):
    return client.get(row.get_absolute_url()).text


@pytest.mark.parametrize("model", [Post, Page])
def test_one_line_leads_to_the_short_texts_each_in_its_language(as_superuser, make_post, branch, model):
    row = make_post(body=TEXT) if model is Post else make_page(title="Om oss")
    texts = [("en", "No water.\n\nAsk us at 9 <b>."), ("ar", "لا ماء"), ("latt", "Inget vatten.")]
    save_form(as_superuser, row, model, texts=texts)
    html = page_of(as_superuser, row)
    line = (
        '<a href="#sprak-en" lang="en" dir="ltr">English</a> · '
        '<a href="#sprak-ar" lang="ar" dir="rtl">العربية</a> · '
        '<a href="#sprak-latt" lang="sv" dir="ltr">På lätt svenska</a>'
    )
    assert line in html
    assert (
        'id="sprak-en" lang="en" dir="ltr"><h2>English</h2><p>No water.</p>\n\n<p>Ask us at 9 &lt;b&gt;.</p>'
        in html
    )
    assert 'id="sprak-ar" lang="ar" dir="rtl"><h2>العربية</h2><p>لا ماء</p>' in html


def test_a_post_without_them_shows_nothing_of_it_and_asks_for_nothing(client, make_post, branch):
    plain, post = make_post(), make_post()
    for language in ("en", "ar", "so"):
        Translation.objects.create(post=post, language=language, text="x")
    counts = []
    for url in 2 * [plain.get_absolute_url(), post.get_absolute_url()]:
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[3] == counts[2] + 1
    html = page_of(client, plain)
    assert not any(mark in html for mark in ('class="languages"', "sprak-", "translation"))
    article = html.partition("<article>")[2].partition("</article>")[0]
    assert "lang=" not in article
    assert '<h1 dir="auto">' in article


def test_a_text_in_another_language_says_so_on_its_page_in_lists_notice_and_feed(client, make_post, branch):
    post = make_post(title="لا ماء", lead="غدا", body="<p>لا ماء غدا</p>", language="ar")
    html = page_of(client, post)
    for start in ("<h1", '<p class="lead"', '<div class="text"'):
        assert f'{start} lang="ar" dir="rtl">' in html, start
    assert '"inLanguage": "ar"' in html or '"inLanguage":"ar"' in html
    for url in (reverse("start"), reverse("news:list"), f"{reverse('search')}?q=غدا"):
        assert '<h2 lang="ar" dir="rtl">' in client.get(url).text, url
    assert 'lang="ar" dir="rtl" class="title-' in client.get(f"{post.get_absolute_url()}anslag/").text
    feed = client.get(reverse("news:feed")).text
    assert '<item xml:lang="ar">' in feed
    assert '&lt;div lang="ar" dir="rtl"&gt;' in feed


def test_feed_notice_and_letter_hold_the_short_texts(client, make_post, branch):
    post = make_post(title="Vattnet", body="<p>Inget vatten.</p>")
    Translation.objects.create(post=post, language="en", text="No water on Monday.")
    now = timezone.now()
    letter = letter_message([post], Subscriber(email="a@example.org", key="x", confirmed_at=now))
    in_feed, in_html = client.get(reverse("news:feed")).text, letter.alternatives[0].content
    assert "<item>" in in_feed
    for text in (in_html, letter.body, in_feed, client.get(f"{post.get_absolute_url()}anslag/").text):
        assert "English" in text
        assert "No water on Monday." in text
    assert '<div lang="en" dir="ltr"><h2>English</h2><p>No water on Monday.</p></div>' in in_html


def test_search_finds_what_they_say_until_they_are_gone(client, make_post, branch):
    post, page = make_post(title="Vattnet"), make_page(title="Om oss")
    rows = [
        Translation.objects.create(language="en", text="plumbing", **of)
        for of in ({"post": post}, {"page": page})
    ]
    found = find(Query("plumbing"))
    assert (found.posts, found.pages) == ([post.pk], [page])
    html = client.get(f"{reverse('search')}?q=plumbing").text
    assert all(f'<a href="{one.get_absolute_url()}">' in html for one in (post, page))
    for row in rows:
        row.delete()
    assert find(Query("plumbing")).is_empty


def test_the_same_language_twice_is_refused_in_words(as_superuser, make_post):
    post = make_post(body=TEXT)
    response = save_form(as_superuser, post, texts=[("en", "One"), ("en", "Two")])
    assert "Samma språk står två gånger. Ta bort den ena texten." in response.text
    assert not Translation.objects.exists()


@pytest.mark.parametrize("model", [Post, Page])
def test_two_exchange_their_languages_and_an_older_version_exchanges_them_back(
    as_superuser, make_post, branch, model
):
    row = make_post(body=TEXT) if model is Post else make_page(title="Om oss")
    save_form(as_superuser, row, model, texts=[("en", "Water"), ("fi", "Vesi")])
    before = versions_of(row)[-1]
    changes = {"translations-0-language": ["fi"], "translations-1-language": ["en"]}
    save_form(as_superuser, row, model, **changes)
    assert dict(row.translations.values_list("language", "text")) == {"fi": "Water", "en": "Vesi"}
    restore(as_superuser, before)
    assert dict(row.translations.values_list("language", "text")) == {"en": "Water", "fi": "Vesi"}

    changes = {"translations-0-language": ["fi"], "translations-1-DELETE": ["on"]}
    save_form(as_superuser, row, model, **changes)
    assert dict(row.translations.values_list("language", "text")) == {"fi": "Water"}


def test_a_post_with_one_is_deleted_and_comes_back_with_it(as_superuser, client, make_post, branch):
    post = make_post(body=TEXT)
    save_form(as_superuser, post, texts=[("en", "Water")])
    response = delete(as_superuser, post)
    assert not Translation.objects.exists()
    as_superuser.post(undo_address(response))
    assert "Water" in page_of(client, post)
    assert post.get_absolute_url() in client.get(reverse("search"), {"q": "water"}).text


def test_a_personal_number_in_one_stops_publication_as_in_any_text(as_superuser, make_post):
    texts = [("en", f"Call {NUMBER}")]
    response = save_form(as_superuser, texts=texts, button="_publish", title=["A"], body=[TEXT])
    post = Post.objects.get()
    assert post.published_at is None
    assert "Ta bort personnumret" in response.text
    public = make_post(body=TEXT)
    assert "Ta bort personnumret" in save_form(as_superuser, public, texts=texts).text
    assert not public.translations.exists()


@pytest.mark.parametrize("model", [Post, Page])
def test_an_older_version_publishes_no_personal_number_that_its_texts_had(
    as_member, client, make_post, branch, model
):
    draft = {"title": "Vattnet", "published_at": None}
    row = make_post(body=TEXT, **draft) if model is Post else make_page(**draft)
    as_member("Redaktörer")
    save_form(client, row, model, texts=[("en", f"Ask {NUMBER}.")])
    old = versions_of(row)[-1]
    save_form(client, row, model, button="_publish", **{"translations-0-text": ["Ask us."]})
    assert "Ta bort personnumret" in restore(client, old).text
    assert "Ask us." in page_of(client, row)
    save_form(client, row, model, button="_draft")
    restore(client, old)
    assert NUMBER in row.translations.get().text


def test_an_older_version_brings_it_back_and_the_history_shows_it(as_superuser, make_post):
    post = make_post(body=TEXT)
    save_form(as_superuser, post, texts=[("en", "No water")])
    url, values = filled(Post, as_superuser, post)
    data = {name: value[0] for name, value in values.items() if value}
    as_superuser.post(url, data | {"translations-0-DELETE": "on", "_save": "1"})
    assert not Translation.objects.exists()
    old = versions_of(post)[1]
    compared = as_superuser.get(f"{url_of(Post, 'compare', post.pk)}?fran={old.pk}&till=nu").text
    assert "engelska" in compared
    restore(as_superuser, old)
    assert [(one.language, one.text) for one in post.translations.all()] == [("en", "No water")]


def test_it_is_copied_previewed_and_searched_for_personal_data(as_superuser, make_post):
    post = make_post(title="Vattnet")
    Translation.objects.create(post=post, language="pl", text="Zapytaj: Vilma Visbo")
    as_superuser.post(url_of(Post, "copy", post.pk))
    assert Post.objects.exclude(pk=post.pk).get().translations.get().language == "pl"
    found = PersonalDataSearch({"names": ["Vilma Visbo"], "phones": [], "emails": []}).current_texts()
    assert url_of(Post, "change", post.pk) in [url for _, url in found]
    url, values = filled(Post, as_superuser, title=["Nytt"])
    data = {name: value[0] for name, value in values.items() if value}
    data |= {"translations-TOTAL_FORMS": "1", "translations-0-language": "so", "translations-0-text": "Biyo"}
    assert "Biyo" in as_superuser.post(url_of(Post, "preview"), data).text
