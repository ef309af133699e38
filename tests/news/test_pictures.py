"""Several pictures in a post or page: in the form, in the text, and to whom they are sent."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.files.pictures import UPLOAD_TIME
from common.richtext.paste import normalize_html
from common.richtext.sanitize import clean_html
from common.versions.purge import delete_unneeded_pictures
from news.models import Page, Picture, Post
from tests.helpers.admin_forms import filled, send, undo_address
from tests.helpers.versions import change, restore, versions_of

pytestmark = pytest.mark.any_database

TEXT = "<p>Grannar gräver.</p>"


@pytest.fixture
def make_picture(make_post, picture_file):
    def make(row=None, number=2, **fields):
        row = row or make_post(body=TEXT)
        name = "page" if isinstance(row, Page) else "post"
        fields = {"image_alt": f"Gård {number}.", "image": picture_file(size=(80, 60)), **fields}
        return Picture.objects.create(number=number, **{name: row}, **fields)

    return make


def alts(html):
    return re.findall(r'<img [^>]*alt="([^"]*)"', html)


def rows(*pictures, **fields):
    """The fields of a form's rows of pictures, each a dict of fields."""
    given = {"pictures-TOTAL_FORMS": [str(len(pictures))], **fields}
    for place, picture in enumerate(pictures):
        given |= {f"pictures-{place}-{name}": [value] for name, value in picture.items()}
    return given


# --- Shortcodes in the text ---


@pytest.mark.parametrize(
    "body",
    [
        "<p>[[bild 2]]</p>",
        "<p>Se [[bild 2]] här.</p>",
        "<ul><li>[[Bild  2 ]]</li></ul>",
        "<p>[[bild&nbsp;2]]</p>",
    ],
)
def test_a_shortcode_is_stored_whole_and_shown_as_a_picture(client, make_post, make_picture, body):
    assert "[[" in normalize_html(body).html
    assert clean_html(body).replace("\xa0", "&nbsp;") == body
    post = make_post(body=body)
    make_picture(post)
    html = client.get(post.get_absolute_url()).text
    assert alts(html) == ["Gård 2."]
    assert 'loading="lazy"' in html
    assert "[[" not in html
    assert not re.search(r'<p dir="auto">\s*(</p>|<figure)', html)


def test_pictures_stand_where_the_text_names_them_and_the_rest_after_it(client, make_post, make_picture):
    post = make_post(body="<p>Ett.</p><p>[[bild 4]]</p><p>Två [[bild 3]] tre.</p>")
    make_picture(post, 2, order=9)
    make_picture(post, 3)
    make_picture(post, 4)
    make_picture(post, 5, order=1)
    html = client.get(post.get_absolute_url()).text
    assert alts(html) == ["Gård 4.", "Gård 3.", "Gård 5.", "Gård 2."]
    places = [html.index(text) for text in ("Ett.", "Gård 4.", "Två  tre.", "Gård 3.", "Gård 5.")]
    assert places == sorted(places)


def test_a_picture_cannot_break_out_of_where_it_is_named(client, make_post, make_picture):
    post = make_post(body='<ul><li><a href="/nyheter/?[[bild 2]]>">[[bild 2]]</a></li></ul>')
    make_picture(post, image_alt='"><script>alert(1)</script>[[bild 2]]', image_caption="[[bild 2]]<b>")
    html = client.get(post.get_absolute_url()).text
    assert "<script>alert" not in html
    assert len(alts(html)) == 1
    assert "&lt;b&gt;" in html


def test_a_shortcode_without_a_picture_shows_nothing_and_the_check_tells(client, make_post):
    post = make_post(body="<p>Hej.</p><p>[[bild 7]] [[karta 1]]</p>")
    assert "[[" not in client.get(post.get_absolute_url()).text
    assert [problem.text for problem in post.row_problems()] == [
        "Ta bort [[bild 7]] ur texten: det finns ingen sådan bild.",
        "Ta bort [[karta 1]] ur texten: det finns ingen sådan bild.",
    ]


def test_no_shortcode_is_in_lists_search_feed_notice_or_meta_tags(client, make_post, make_picture):
    post = make_post(lead="", body="<p>Grannar [[bild 2]] gräver.</p><p>[[bild 3]]</p>")
    make_picture(post)
    assert post.search_text == f"{post.title}\n\nGrannar gräver."
    assert post.summary == "Grannar gräver."
    for address in ("/", "/nyheter/", post.get_absolute_url() + "anslag/", "/sok/?q=gräver", "/nyheter/rss/"):
        page = client.get(address).text
        assert "gräver" in page
        assert "[[" not in page, address


def test_the_feed_has_the_pictures_at_whole_addresses(client, make_post, make_picture):
    post = make_post(body="<p>Ett.</p><p>[[bild 2]]</p>")
    address = make_picture(post, image_caption="Malmvägen").image.share_picture.url
    feed = client.get("/nyheter/rss/").text
    assert f'&lt;img src="{settings.SITE_URL}{address}"' in feed
    assert "Malmvägen" in feed


def test_a_page_has_pictures_from_number_one(client, content, make_picture):
    page = content["page"]
    Page.objects.filter(pk=page.pk).update(body="<p>Hej [[bild 1]].</p>")
    make_picture(page, 1)
    assert alts(client.get(page.get_absolute_url()).text) == ["Gård 1."]


def test_twelve_pictures_take_one_query(client, make_post, make_picture, django_assert_num_queries):
    posts = make_post(slug="utan"), make_post(slug="med")
    for number in range(2, 14):
        make_picture(posts[1], number)
    client.get(posts[0].get_absolute_url())
    with CaptureQueriesContext(connection) as without:
        client.get(posts[0].get_absolute_url())
    with django_assert_num_queries(len(without) + 1):
        assert len(alts(client.get(posts[1].get_absolute_url()).text)) == 12


@pytest.mark.long
def test_twelve_pictures_and_the_stylesheet_are_at_most_14_kb(client, make_post, make_picture, picture_file):
    post = make_post(body=TEXT, image=picture_file(size=(1800, 900)), image_alt="Gård.")
    for number in range(2, 14):
        make_picture(post, number, image=picture_file(size=(1800, 900)), image_credit="Foto: Anna Andersson")
    css = Path(finders.find("hgf_site/site.css")).read_bytes()
    page = client.get(post.get_absolute_url()).content
    assert len(gzip.compress(page)) + len(gzip.compress(css)) <= 14_000


# --- To whom they are sent ---


@pytest.mark.parametrize("kind", [Post, Page])
def test_a_picture_is_sent_while_its_text_is_public_or_shared(client, superuser, content, make_picture, kind):
    row = content[kind.__name__.lower()]
    picture = make_picture(row, 5)

    def status():
        answer = client.get(picture.image.url)
        answer.getvalue()
        return answer.status_code

    assert status() == 200
    kind.objects.filter(pk=row.pk).update(published_at=None)
    assert status() == 404
    row.share()
    assert status() == 200
    kind.objects.filter(pk=row.pk).update(published_at=timezone.now())
    Picture.objects.update(image_alt="")
    row.unshare()
    assert status() == 404
    client.force_login(superuser)
    assert status() == 200


def test_a_public_picture_takes_one_query_and_what_is_not_described_is_shown_to_nobody(
    client, make_post, make_picture, django_assert_num_queries
):
    post = make_post(body=TEXT)
    picture = make_picture(post)
    with django_assert_num_queries(1):
        client.get(picture.image.url).getvalue()
    Picture.objects.update(image_alt="")
    assert alts(client.get(post.get_absolute_url()).text) == []


def test_the_database_keeps_the_rules(make_post, make_picture, content):
    post = make_post(body=TEXT)
    picture = make_picture(post)
    for fields in ({"image": ""}, {"post": None}, {"page": content["page"]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Picture.objects.filter(pk=picture.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_picture(post)


# --- In the form ---


def test_a_new_picture_gets_the_next_number_that_no_picture_and_no_text_has(
    as_superuser, make_post, send_picture
):
    post = make_post(body="<p>[[bild 5]]</p>")
    new = [{"image-sent": send_picture(), "image_alt": "Gård.", "number": "2"} for _ in range(2)]
    change(as_superuser, post, body=["<p>Hej.</p>"], **rows(*new))
    assert [picture.number for picture in post.pictures.all()] == [2, 3]
    change(as_superuser, post, body=["<p>Hej. [[bild 9]]</p>"], _draft="1")
    url, values = filled(Post, as_superuser, post)
    again = values | {"pictures-TOTAL_FORMS": ["3"], "pictures-2-image-sent": [send_picture()], "_draft": "1"}
    send(as_superuser, url, again)
    assert [picture.number for picture in post.pictures.all()] == [2, 3, 10]


@pytest.mark.parametrize("fields", [{"image_alt": ""}, {"image_alt": "IMG_2041.jpg"}])
def test_what_residents_see_is_not_saved_with_a_picture_that_is_not_described(
    as_superuser, make_post, send_picture, fields
):
    post = make_post(body=TEXT)
    url, values = filled(Post, as_superuser, post, **rows({"image-sent": send_picture(), **fields}))
    answer = send(as_superuser, url, values | {"_save": "1"})
    assert answer.status_code == 200
    assert "current-picture" in answer.text  # nothing has to be chosen again
    assert not post.pictures.exists()


def test_a_draft_is_saved_but_not_published_before_its_pictures_are_described(as_superuser, send_picture):
    url, values = filled(Post, as_superuser, title=["Gården"], body=["<p>Hej.</p>"])
    values |= rows({"image-sent": send_picture()})
    page = send(as_superuser, url, values | {"_publish": "1"}, follow=True).text
    post = Post.objects.get()
    assert post.published_at is None
    assert "Sparad som utkast, men inte publicerad." in page
    assert 'href="#id_pictures-0-image_alt">Bild 2: Beskriv bilden' in page

    change(as_superuser, post, **{"pictures-0-image_alt": ["En gård."], "_publish": "1"})
    assert Post.objects.published().exists()


def test_a_published_text_names_no_picture_that_is_not_there(as_superuser, make_post):
    url, values = filled(Post, as_superuser, make_post(body=TEXT), body=["<p>[[bild 3]] Hej.</p>"])
    assert "Ta bort [[bild 3]] ur texten" in send(as_superuser, url, values | {"_save": "1"}).text


def test_there_is_room_for_twelve(as_superuser, make_post, send_picture):
    sent = send_picture()
    url, values = filled(
        Post, as_superuser, make_post(body=TEXT), **rows(*[{"image-sent": sent, "image_alt": "Gård."}] * 13)
    )
    assert "Det finns plats för 12 bilder." in send(as_superuser, url, values | {"_save": "1"}).text


def test_the_preview_shows_pictures_that_are_sent_but_not_saved(as_superuser, send_picture):
    url, values = filled(Post, as_superuser, title=["Gården"], body=["<p>[[bild 2]]</p>"])
    values |= rows({"image-sent": send_picture(), "image_alt": "Osparad gård.", "number": "2"})
    assert "Osparad gård." in send(as_superuser, "/admin/news/post/forhandsgranska/", values).text
    assert not Picture.objects.exists()


def test_without_javascript_a_file_goes_with_the_form(as_superuser, make_post, picture_file):
    post = make_post(body=TEXT)
    url, values = filled(Post, as_superuser, post, **rows({"image_alt": "En gård."}))
    flat = {name: value[0] for name, value in values.items() if value}
    as_superuser.post(url, flat | {"pictures-0-image": picture_file(), "_save": "1"})
    [picture] = post.pictures.all()
    assert picture.image.storage.exists(picture.image.name)


# --- One picture by itself, before the form ---


@pytest.fixture
def send_picture(as_superuser, picture_file):
    """Send a picture by itself; return what the form then says of it."""

    def send_picture(**fields):
        answer = as_superuser.post(
            "/admin/news/post/bild/", {"image": picture_file(size=(800, 600)), **fields}
        )
        return answer.json()["sent"]

    return send_picture


def test_a_picture_that_is_no_picture_is_refused_in_words(as_superuser):
    answer = as_superuser.post("/admin/news/post/bild/", {"image": ContentFile(b"hej", name="bild.jpg")})
    assert answer.status_code == 400
    assert "gick inte att läsa" in answer.json()["error"]
    assert as_superuser.post("/admin/news/post/bild/").status_code == 400
    assert as_superuser.get("/admin/news/post/bild/").status_code == 405


@pytest.mark.parametrize(("group", "status"), [("Redaktörer", 400), ("Kontaktansvariga", 403)])
def test_only_who_writes_may_send_pictures(as_member, group, status):
    assert as_member(group).post("/admin/news/post/bild/").status_code == status


def test_a_picture_is_sent_with_the_token_of_the_form_alone(superuser, picture_file):
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    assert client.post("/admin/news/post/bild/", {"image": picture_file()}).status_code == 403


@pytest.mark.parametrize(
    "sent", ["nyheter/x.jpg", "x:y:z", signing.dumps("nyheter/x.jpg", salt="SentPicture")]
)
def test_a_form_gets_no_picture_that_was_not_sent_to_it(as_superuser, make_post, sent):
    post = make_post(body=TEXT)
    url, values = filled(Post, as_superuser, post, **rows({"image-sent": sent, "image_alt": "Gård."}))
    values["image-sent"] = [sent]
    assert "Välj bilden igen" in send(as_superuser, url, values | {"_save": "1"}).text
    assert not Post.objects.get().image


def test_the_first_picture_is_sent_in_the_same_way(as_superuser, make_post, send_picture):
    post = make_post(body=TEXT)
    change(as_superuser, post, **{"image-sent": [send_picture()], "image_alt": ["Gård."], "_save": "1"})
    assert Post.objects.get().image_width == 800
    assert alts(as_superuser.get(post.get_absolute_url()).text) == ["Gård."]


def test_what_no_form_was_saved_with_is_gone_after_a_day(as_superuser, send_picture, make_post):
    change(as_superuser, make_post(body=TEXT), **{"image-sent": [send_picture()], "image_alt": ["Gård."]})
    send_picture()
    now = timezone.now()
    assert delete_unneeded_pictures(now) == []
    assert len(delete_unneeded_pictures(now + UPLOAD_TIME + timedelta(minutes=1))) == 1
    assert default_storage.exists(Post.objects.get().image.name)


# --- Versions ---


def test_an_older_version_and_the_trash_bring_pictures_back_with_their_numbers(
    as_superuser, make_post, make_picture
):
    post = make_post(body="<p>Hej. [[bild 3]]</p>")
    make_picture(post, 2)
    make_picture(post, 3)
    change(as_superuser, post, title=["Med bilder"])
    change(as_superuser, post, body=["<p>Utan.</p>"], **{"pictures-1-DELETE": ["on"]})
    assert [picture.number for picture in post.pictures.all()] == [2]
    restore(as_superuser, versions_of(post)[1])
    assert [picture.number for picture in post.pictures.all()] == [2, 3]

    response = as_superuser.post(f"/admin/news/post/{post.pk}/delete/", {"post": "yes"}, follow=True)
    assert not Picture.objects.exists()
    as_superuser.post(undo_address(response))
    assert [picture.image_alt for picture in post.pictures.all()] == ["Gård 2.", "Gård 3."]


def test_a_colleagues_save_meanwhile_keeps_both_peoples_pictures_apart(
    as_superuser, make_post, make_picture, send_picture
):
    post = make_post(body=TEXT)
    make_picture(post, 2)
    url, mine = filled(Post, as_superuser, post, title=["Min rubrik"])
    change(as_superuser, post, lead=["Annan ingress"])
    answer = send(as_superuser, url, mine | {"_save": "1"})
    assert "bådas ändringar" in answer.text  # the pictures, the same for both, ask nothing
    assert "Fler bilder: " not in answer.text
    assert "Gård 2." in answer.text

    change(as_superuser, post, **{"pictures-0-image_alt": ["Ny text"]})
    more = {
        "pictures-TOTAL_FORMS": ["2"],
        "pictures-1-image-sent": [send_picture()],
        "pictures-1-image_alt": ["A"],
    }
    answer = send(as_superuser, url, mine | more)
    assert answer.status_code == 409


def test_a_change_of_pictures_is_a_change_of_the_text(as_superuser, make_post, make_picture):
    post = make_post(body=TEXT)
    make_picture(post)
    Post.objects.update(updated_at=timezone.now() - timedelta(days=9))
    change(as_superuser, post, **{"pictures-0-image_alt": ["Ny text."]})
    assert timezone.now() - Post.objects.get().updated_at < timedelta(minutes=1)
