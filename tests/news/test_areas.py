"""Areas: what is about one of them stands on its page; where there is none, nothing is another."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Area, Role
from documents.models import Document
from news.models import Post, Redirect
from tests.helpers.admin_forms import delete, errors_at, filled, send, undo_address, url_of
from tests.helpers.public_pages import public_pages
from tests.helpers.versions import change, restore, versions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def area(branch):
    return Area.objects.create(name="Helenelund", about="<p>Husen vid stationen.</p>")


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.each_database
def test_the_page_of_an_area_shows_what_is_about_it_and_nothing_else(
    client, area, make_post, make_occurrence, make_document, make_holder
):
    here = make_occurrence("Gårdsmöte", label="Satelliten")
    make_occurrence("Årsmöte")
    here.post.areas.add(area)
    document, holder = make_document(title="Ordningsregler"), make_holder("Anna Ek", "Områdesansvarig")
    make_document(title="Stadgar")
    make_holder("Bo Ek", "Kassör")
    for row in (document, holder.role):
        row.areas.add(area)
    make_post(title="Utkast", published_at=None).areas.add(area)

    page = client.get("/omraden/helenelund/").text
    for text in ("Husen vid stationen.", "Satelliten", "Gårdsmöte", "Ordningsregler", "Anna Ek"):
        assert text in page
    for text in ("Årsmöte", "Stadgar", "Bo Ek", "Utkast"):
        assert text not in page
    assert 'href="/omraden/helenelund/"' in client.get("/omraden/").text
    assert 'href="/omraden/"' in client.get("/").text


def test_an_area_has_a_feed_and_a_calendar_of_its_own(client, area, make_occurrence):
    for title in ("Årsmöte", "Gårdsmöte"):
        date = make_occurrence(title, day=timezone.localdate())
    date.post.areas.add(area)
    for address in ("/omraden/helenelund/rss/", "/omraden/helenelund/kalender.ics"):
        text = client.get(address).text
        assert "Helenelund: Hyresgästföreningen Sollentuna" in text
        assert "Gårdsmöte" in text
        assert "Årsmöte" not in text


def test_the_news_of_an_area_come_in_pages(client, area, make_post):
    for number in range(12):
        make_post(title=f"Nyhet {number}").areas.add(area)
    second = client.get("/omraden/helenelund/?sida=2").text
    assert second.count("<article>") == 2
    assert '<p dir="auto">Husen vid' not in second


def test_an_empty_area_says_so_and_leads_on(client, area):
    page = client.get("/omraden/helenelund/").text
    assert "Här finns inget nytt just nu." in page
    assert 'href="/nyheter/"' in page


def test_lists_the_post_and_its_notice_name_the_areas(client, content, make_occurrence):
    area = content["area"]
    area.name = "Öster & väster"
    area.save()
    date = make_occurrence("Gårdsmöte")
    for row in (content["post"], content["document"], date.post):
        row.areas.set([area])
    pages = public_pages(content)
    kinds = ("start", "news:list", "news:category", "news:year", "search", "calendar", "documents:list")
    for kind in (*kinds, "news:post", "news:notice"):
        assert "Öster &amp; väster" in client.get(pages[kind]).text, kind


def test_no_page_takes_more_than_one_query_more_for_twelve_areas_and_none_for_none(
    client, content, make_post
):
    pages = public_pages(content) | {
        "sitemap": "/sitemap.xml",
        "rss": "/nyheter/rss/",
        "ics": "/kalender.ics",
    }
    pages = {name: address for name, address in pages.items() if not name.startswith("area")}
    Area.objects.all().delete()
    without = {name: queries(client, address) for name, address in pages.items()}
    areas = [Area.objects.create(name=f"Område {number}") for number in range(12)]
    for row in (content["post"], content["document"], *(make_post() for _ in range(12))):
        row.areas.set(areas)
    for name, address in pages.items():
        assert queries(client, address) <= without[name] + (2 if name == "search" else 1), name


@pytest.mark.each_database
def test_the_page_of_an_area_takes_as_few_queries_for_many_posts_as_for_one(
    client, area, make_post, make_occurrence
):
    def add():
        make_occurrence(day=timezone.localdate(), post=make_post()).post.areas.add(area)
        return queries(client, area.get_absolute_url())

    few = add()
    assert few <= 12
    assert [add() for _ in range(3)] == [few] * 3


def test_without_areas_no_page_says_a_word_of_them(client, content):
    Area.objects.all().delete()
    assert client.get("/omraden/").status_code == 404
    for address in public_pages(content).values():
        if not address.startswith("/omraden/"):
            assert not re.search("[Oo]mråde|omraden|chips", client.get(address).text), address


@pytest.mark.parametrize("model", [Post, Document, Role])
def test_forms_have_a_tick_for_each_area_once_there_is_one(as_superuser, branch, model):
    address = url_of(model, "add")
    assert 'name="areas"' not in as_superuser.get(address).text
    Area.objects.create(name="Helenelund")
    assert re.search(r'<input type="checkbox" name="areas"', as_superuser.get(address).text)
    assert "areas__id__exact=" in as_superuser.get(url_of(model, "changelist")).text


def test_who_writes_ticks_areas_but_has_no_say_about_them(as_member, area, make_post):
    editor, post = as_member("Redaktörer"), make_post(body="<p>Text.</p>")
    change(editor, post, areas=[str(area.pk)])
    assert list(post.areas.all()) == [area]
    assert editor.get(url_of(Area, "changelist")).status_code == 403


def test_a_preview_shows_the_areas_that_are_ticked(as_superuser, area, make_post):
    post = make_post()
    _, values = filled(Post, as_superuser, post, areas=[str(area.pk)], preview_of=[str(post.pk)])
    shown = send(as_superuser, reverse("admin:news_post_preview"), values).text
    assert "/omraden/helenelund/" in shown
    assert not post.areas.exists()


def test_a_copy_keeps_the_areas(as_superuser, area, make_post):
    post = make_post()
    post.areas.add(area)
    as_superuser.post(reverse("admin:news_post_copy", args=[post.pk]))
    assert list(Post.objects.exclude(pk=post.pk).get().areas.all()) == [area]


@pytest.mark.each_database
def test_an_older_version_of_a_post_brings_its_areas_back(as_superuser, area, make_post):
    post = make_post(body="<p>Text.</p>")
    post.areas.add(area)
    change(as_superuser, post, areas=[])
    assert not post.areas.exists()
    history = as_superuser.get(url_of(Post, "compare", post.pk), {"fran": versions_of(post)[0].pk}).text
    assert "Helenelund" in history
    restore(as_superuser, versions_of(post)[0])
    assert list(post.areas.all()) == [area]


def test_an_area_and_its_rows_come_back_from_the_trash(as_superuser, area, make_post):
    post, document = make_post(), make_post()
    post.areas.add(area)
    undo = undo_address(delete(as_superuser, area))
    assert not post.areas.exists()
    as_superuser.post(undo)
    assert list(Area.objects.get().posts.all()) == [post]
    assert not document.areas.exists()


def test_a_deleted_post_comes_back_with_its_areas(as_superuser, area, make_post):
    post = make_post()
    post.areas.add(area)
    as_superuser.post(undo_address(delete(as_superuser, post)))
    assert list(Post.objects.get().areas.all()) == [area]


def test_two_who_tick_at_once_choose(as_superuser, client, area, make_post):
    other, post = Area.objects.create(name="Tureberg"), make_post(body="<p>Text.</p>")
    url, mine = filled(Post, as_superuser, post, areas=[str(area.pk)])
    change(as_superuser, post, areas=[str(other.pk)])
    answer = send(as_superuser, url, mine)
    assert answer.status_code == 409
    assert "Helenelund" in answer.text
    assert "Tureberg" in answer.text


@pytest.mark.each_database
def test_search_finds_an_area_by_its_name_before_all_else(client, area, make_post):
    make_post(title="Gården i Helenelund")
    page = client.get("/sok/?q=helenelund").text
    assert 0 < page.index('href="/omraden/helenelund/"') < page.index("Gården i ")
    assert "Ingen nyhet, sida" not in client.get("/sok/?q=Helenelund").text


def test_the_sitemap_names_areas(client, area):
    text = client.get("/sitemap.xml").text
    assert "/omraden/</loc>" in text
    assert "/omraden/helenelund/</loc>" in text


def test_an_area_that_gets_another_address_is_found_at_the_old_one(client, area):
    area.slug = "helenelund-norra"
    area.save()
    for end in ("", "rss/", "kalender.ics"):
        answer = client.get(f"/omraden/helenelund/{end}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"/omraden/helenelund-norra/{end}")


def test_a_link_to_an_area_that_is_not_there_stops_publication(as_superuser, area, make_post):
    post = make_post(body='<p><a href="/omraden/helenelund/">Vårt område</a></p>')
    assert not post.publish_problems()
    post.body = '<p><a href="/omraden/tureberg/">Ett område</a></p>'
    assert "/omraden/tureberg/, som inte finns" in post.publish_problems()[0].text


@pytest.fixture
def former(area, settings):
    area.former_hosts = "helenelund.example\nnorra.example"
    area.save()
    settings.SITE_URL = "https://ny.example"
    settings.SECURE_SSL_REDIRECT = True
    return area


@pytest.mark.parametrize("host", ["helenelund.example", "norra.example:80", "HELENELUND.example"])
@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", "https://ny.example/omraden/helenelund/"),
        ("/finns/inte/", "https://ny.example/omraden/helenelund/"),
        ("/gammal/", "https://ny.example/nyheter/"),
        ("/kontakt/", "https://ny.example/kontakt/"),
        ("//evil.example/", "https://ny.example/omraden/helenelund/"),
    ],
)
def test_a_former_host_leads_to_the_area_in_one_step(client, former, host, path, target):
    Redirect.objects.create(old_path="/gammal/", target="/nyheter/")
    for secure in (False, True):
        answer = client.get(path, headers={"host": host}, secure=secure)
        assert (answer.status_code, answer.headers["Location"]) == (301, target)


def test_a_host_that_was_nobodys_is_refused_as_before(client, former):
    assert client.get("/", headers={"host": "annan.example"}).status_code == 400


def test_the_former_host_of_an_area_that_the_operator_named_too_is_the_areas(client, former, settings):
    settings.FORMER_HOSTS = ["norra.example", "www.gamla.example"]
    answer = client.get("/", headers={"host": "norra.example"})
    assert answer.headers["Location"] == "https://ny.example/omraden/helenelund/"
    answer = client.get("/nagot/?a=b", headers={"host": "www.gamla.example"})
    assert answer.headers["Location"] == "https://ny.example/nagot/?a=b"


def test_former_hosts_are_typed_as_they_are_copied(as_superuser, area):
    change(as_superuser, area, former_hosts=["https://Helenelund.example/\nnorra.example  norra.example"])
    area.refresh_from_db()
    assert area.former_hosts == "helenelund.example\nnorra.example"
    url, values = filled(Area, as_superuser, area, former_hosts=["helenelund.example/start.html"])
    assert "Skriv bara namnet" in errors_at(send(as_superuser, url, values))["former_hosts"]
