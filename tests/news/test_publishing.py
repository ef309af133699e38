"""The volunteer's form: what its buttons do, what it says, and the check before residents see a post."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.utils import timezone
from reversion.models import Version

from common.clock import aware, comes_twice
from common.publishing.visibility import visibility_sentence
from news.models import Category, Occurrence, Picture, Post, Translation
from tests.helpers.admin_forms import undo_address

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
DAY = timedelta(days=1)
ADD = "/admin/news/post/add/"
FINE = {"title": "Årsmöte i mars", "body": "<p>Välkommen till föreningslokalen.</p>"}


def press(client, button, post=None, **fields):
    """Fill in the form for a new or an old post and press a button, as a browser does."""
    url = f"/admin/news/post/{post.pk}/change/" if post else ADD
    values = {**FINE, "slug": post.slug if post else "", **fields}
    return client.post(url, {**values, button: "x"})


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def the_post():
    return Post.objects.with_visibility().get()


def buttons(client, post=None):
    page = client.get(f"/admin/news/post/{post.pk}/change/" if post else ADD).text
    return re.findall(r'<input type="submit" value="([^"]+)"', page.partition('class="submit-row')[2])


# --- The buttons ---


def test_a_new_post_can_be_kept_as_a_draft_published_or_scheduled(as_superuser):
    assert buttons(as_superuser) == [
        "Spara utkast",
        "Publicera nu",
        "Publicera vid tiden",
        "Förhandsgranska",
        "Dela utkastet med en länk",
    ]


def test_a_scheduled_and_a_public_post_offer_what_fits_them(as_superuser, make_post):
    scheduled = make_post(published_at=timezone.now() + DAY)
    assert buttons(as_superuser, scheduled)[:3] == [
        "Spara ändringarna",
        "Publicera nu",
        "Gör till utkast igen",
    ]
    assert buttons(as_superuser, make_post())[:2] == ["Spara ändringarna (syns direkt)", "Avpublicera"]


def test_a_draft_is_saved_and_stays_open(as_superuser):
    response = press(as_superuser, "_draft")
    assert response.headers["Location"] == f"/admin/news/post/{the_post().pk}/change/"
    assert "Utkast: syns inte" in said(response)
    assert the_post().published_at is None


def test_publish_now_publishes_now_and_links_to_the_page(as_superuser, client):
    response = press(as_superuser, "_publish")
    assert response.headers["Location"] == "/admin/news/post/"
    assert "Syns sedan" in said(response)
    assert f'<a href="{the_post().get_absolute_url()}">' in said(response)
    assert timezone.now() - the_post().published_at < timedelta(minutes=1, seconds=1)
    assert client.get(the_post().get_absolute_url()).status_code == 200


def test_publish_now_keeps_a_time_that_has_been_and_forgets_one_to_come(as_superuser, make_post):
    response = press(as_superuser, "_publish", published_at_0="2019-04-21", published_at_1="18:30")
    assert "Publiceringsdagen är 21 april 2019" in said(response)
    assert the_post().published_at == datetime(2019, 4, 21, 16, 30, tzinfo=UTC)
    scheduled = the_post()
    Post.objects.update(published_at=timezone.now() + DAY)
    press(as_superuser, "_publish", scheduled, published_at_0="2099-04-21", published_at_1="18:30")
    assert the_post().is_current


@pytest.mark.each_database
def test_schedule_publishes_at_the_swedish_time_that_was_chosen(as_superuser):
    response = press(as_superuser, "_schedule", published_at_0="2099-07-04", published_at_1="18.00")
    assert the_post().published_at == datetime(2099, 7, 4, 16, 0, tzinfo=UTC)
    assert "Publiceras lördag 4 juli 2099 kl. 18.00 svensk tid" in said(response)


@pytest.mark.parametrize(
    ("day", "clock", "message"),
    [("", "", "Välj dag och tid"), ("2019-04-21", "18:30", "då gäller den tid som står här")],
)
def test_schedule_without_a_time_to_come_says_what_to_do_and_keeps_all(as_superuser, day, clock, message):
    response = press(as_superuser, "_schedule", published_at_0=day, published_at_1=clock)
    assert message in str(response.context["errors"])
    assert "Välkommen till föreningslokalen" in response.text
    assert not Post.objects.exists()


def test_unpublishing_takes_the_post_away_at_once(as_superuser, client, make_post):
    post = make_post()
    press(as_superuser, "_draft", post)
    assert client.get(post.get_absolute_url()).status_code == 404


def test_a_change_of_a_public_post_shows_at_once(as_superuser, client, make_post):
    post = make_post(published_at="2026-03-01T10:00:00Z")
    press(as_superuser, "_save", post, title="Ny rubrik", published_at_0="2026-03-01", published_at_1="11:00")
    assert "Ny rubrik" in client.get(post.get_absolute_url()).text
    assert the_post().published_at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def test_a_time_typed_into_a_draft_is_not_kept_without_a_word(as_superuser):
    response = press(as_superuser, "_draft", published_at_0="2099-07-04", published_at_1="18:00")
    assert the_post().published_at is None
    assert "Publiceringstiden sparas inte i ett utkast" in said(response)


@pytest.mark.each_database
def test_two_posts_may_have_the_same_title_and_get_addresses_of_their_own(as_superuser):
    for _ in range(2):
        press(as_superuser, "_publish")
    assert set(Post.objects.values_list("slug", flat=True)) == {"arsmote-i-mars", "arsmote-i-mars-2"}


@pytest.mark.each_database
def test_an_address_that_is_taken_is_refused_at_its_field(as_superuser, make_post):
    taken = make_post().slug
    response = press(as_superuser, "_draft", slug=taken)
    assert "slug" in response.context["adminform"].form.errors
    assert Post.objects.count() == 1


def test_a_day_alone_is_the_whole_day(as_superuser):
    press(as_superuser, "_schedule", published_at_0="2099-03-04", expires_at_0="2099-03-05")
    post = the_post()
    assert post.published_at == datetime(2099, 3, 3, 23, 0, tzinfo=UTC)
    assert post.expires_at == datetime(2099, 3, 5, 22, 59, tzinfo=UTC)


def folds(page):
    return re.findall(r"<summary>\s*<h\d[^>]*>\s*([^<]*?)\s*<", page)


def test_what_is_folded_says_what_is_set_in_it(as_superuser, make_post):
    kind, end = Category.objects.create(name="Möten"), datetime(2099, 3, 5, 22, 59, tzinfo=UTC)
    post = make_post(
        category=kind,
        expires_at=end,
        byline="Styrelsen",
        image="nyheter/1.jpg",
        image_width=80,
        image_height=60,
        image_alt="En lind",
    )
    for number in range(1, 5):
        Occurrence.objects.create(post=post, day=date(2099, 3, number), starts=time(18, 30), place="Kubik")
    Translation.objects.create(post=post, language="en", text="Come!")
    found = folds(as_superuser.get(f"/admin/news/post/{post.pk}/change/").text)
    assert [line for line in found if " · " in line] == [
        "Bild · En lind",
        "Kategori och tider · Möten · gäller till och med 5 mars 2099",
        "Bildtext, undertecknat, språk, adress · Styrelsen",
        "Datum och plats · söndag 1 mars 2099 kl. 18.30 Kubik · måndag 2 mars 2099 kl. 18.30 Kubik"
        " · tisdag 3 mars 2099 kl. 18.30 Kubik · …",
        "Korta texter på andra språk · engelska",
    ]
    assert {"Fler bilder", "Bilagor"} <= {*found}


def test_what_is_to_be_done_before_publishing_is_not_folded(as_superuser, make_post):
    post = make_post(published_at=None, image="nyheter/1.jpg", image_width=80, image_height=60, image_alt="")
    Picture.objects.create(post=post, image="nyheter/2.jpg", image_width=8, image_height=6, number=2)
    page = as_superuser.get(f"/admin/news/post/{post.pk}/change/").text
    assert {"Bild", "Fler bilder · bild 2"}.isdisjoint(folds(page))
    assert 'id="id_image_alt"' in page


def test_a_form_that_comes_back_is_not_folded(as_superuser):
    assert "Fler bilder" in folds(as_superuser.get(ADD).text)
    assert "Kategori och tider" not in folds(press(as_superuser, "_save", title="", byline="Styrelsen").text)


def test_the_day_and_the_time_have_names_that_a_screen_reader_says(as_superuser):
    page = as_superuser.get(ADD).text
    for name in ("Publiceringstid, datum", "Publiceringstid, tid", "Gäller till, datum", "Gäller till, tid"):
        assert f'aria-label="{name}"' in page


# --- What residents see, in one visibility_sentence ---


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("published", "expires", "expected"),
    [
        (None, None, "Utkast: syns inte"),
        (timedelta(seconds=1), None, "Publiceras onsdag 4 mars kl. 18.00 svensk tid"),
        (timedelta(0), None, "Syns sedan 4 mars 2026"),
        (-DAY, timedelta(seconds=1), "Syns sedan 3 mars 2026, gäller till 4 mars 2026 kl. 18.00"),
        (-DAY, timedelta(hours=6), "Syns sedan 3 mars 2026, gäller till och med 4 mars 2026"),
        (
            DAY,
            timedelta(days=2, hours=6, seconds=1),
            "Publiceras torsdag 5 mars kl. 17.59 svensk tid, gäller till och med 6 mars 2026",
        ),
        (-DAY, timedelta(0), "Gäller inte längre sedan 4 mars 2026"),
        (timedelta(days=365), None, "Publiceras torsdag 4 mars 2027 kl. 17.59 svensk tid"),
    ],
)
def test_one_sentence_says_what_residents_see_to_the_second(
    as_superuser, make_post, monkeypatch, published, expires, expected
):
    now = datetime(2026, 3, 4, 16, 59, 59, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    post = make_post(
        published_at=None if published is None else now + published,
        expires_at=None if expires is None else now + expires,
    )
    assert visibility_sentence(the_post()) == expected
    for address in ("/admin/news/post/", f"/admin/news/post/{post.pk}/change/"):
        assert expected in as_superuser.get(address).text


# --- The two changes of the clock ---


def test_the_hour_that_does_not_exist_is_refused_with_a_reason(as_superuser):
    response = press(as_superuser, "_schedule", published_at_0="2099-03-29", published_at_1="02:30")
    assert "Kl. 02.30 finns inte den 29 mars 2099: klockan ställs fram" in str(response.context["errors"])
    with pytest.raises(ValidationError):
        aware(datetime(2026, 3, 29, 2, 0))  # noqa: DTZ001  as typed
    assert aware(datetime(2026, 3, 29, 3, 0)).astimezone(UTC).hour == 1  # noqa: DTZ001  as typed
    assert aware(datetime(2026, 3, 29, 1, 59)).astimezone(UTC).hour == 0  # noqa: DTZ001  as typed


@pytest.mark.each_database
def test_the_hour_that_comes_twice_is_the_first_and_that_is_said(as_superuser):
    response = press(as_superuser, "_schedule", published_at_0="2099-10-25", published_at_1="02:30")
    assert the_post().published_at == datetime(2099, 10, 25, 0, 30, tzinfo=UTC)
    assert "tiden kommer två gånger. Den första gäller" in said(response)
    assert not comes_twice(datetime(2026, 10, 24, 23, 59, tzinfo=UTC))
    assert comes_twice(datetime(2026, 10, 25, 0, 0, tzinfo=UTC))
    assert comes_twice(datetime(2026, 10, 25, 1, 59, tzinfo=UTC))
    assert not comes_twice(datetime(2026, 10, 25, 2, 0, tzinfo=UTC))


def history(post):
    return [version.revision.comment for version in Version.objects.get_for_object(post)]


@pytest.mark.each_database
def test_the_history_says_when_residents_began_and_ceased_to_see_it(as_superuser):
    press(as_superuser, "_draft")
    post = the_post()
    press(as_superuser, "_publish", post, body="")
    press(as_superuser, "_schedule", post, published_at_0="2099-07-04", published_at_1="18.00")
    press(as_superuser, "_draft", post)
    press(as_superuser, "_publish", post)
    press(as_superuser, "_save", post, title="Ny rubrik", published_at_0="2019-04-21", published_at_1="18:30")
    press(as_superuser, "_draft", post)
    assert list(reversed(history(post))) == [
        "Lagt till.",
        "Försökte publicera, men något var kvar att göra. Ändrade Text.",
        "Valde att publicera lördag 4 juli 2099 kl. 18.00 svensk tid. Ändrade Text och Publiceringstid.",
        "Gjorde till utkast igen. Ändrade Publiceringstid.",
        "Publicerade.",
        "Ändrade Rubrik och Publiceringstid.",
        "Avpublicerade. Ändrade Rubrik och Publiceringstid.",
    ]


# --- The check before residents see it ---

WITH_PICTURE = {"image": "nyheter/x.jpg", "image_width": 8, "image_height": 6}


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({**WITH_PICTURE}, "image_alt", "Beskriv bilden"),
        ({**WITH_PICTURE, "image_alt": "IMG_2041.JPG"}, "image_alt", "säger inte det"),
        ({**WITH_PICTURE, "image_alt": "dsc 0042"}, "image_alt", "säger inte det"),
        ({**WITH_PICTURE, "image_alt": "Bild."}, "image_alt", "säger inte det"),
        ({"image_alt": "En gård."}, "image", "Välj bilden igen"),
        ({"body": ""}, "body", "Skriv en text"),
        ({"body": "<p> &nbsp;</p><p><br></p>"}, "body", "Skriv en text"),
        ({"body": "<p>a</p><h3>Tider</h3><p>b</p>"}, "body", "”Tider” till Rubrik"),
        ({"body": '<p>Anmäl dig <a href="/nyheter/">här</a>.</p>'}, "body", "länken ”här”"),
        (
            {"body": '<p><a href="/nyheter/"><strong>Klicka här!</strong></a> nu</p>'},
            "body",
            "länken ”Klicka här!”",
        ),
        ({"body": "<p><strong>Vad händer?</strong></p><p>Allt.</p>"}, "body", "knappen Rubrik"),
        ({"body": "<p>Skriv till anna@example.com.</p>"}, "body", "Byt adressen anna@example.com:"),
        ({"lead": "Fråga anna@mail.example.org"}, "lead", "anna@mail.example.org"),
    ],
)
def test_each_problem_is_named_at_its_field(fields, field, text):
    [problem] = Post(**{**FINE, **fields}).publish_problems()
    assert problem.field == field
    assert text in problem.text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {**WITH_PICTURE, "image_is_decorative": True},
        {**WITH_PICTURE, "image_alt": "Bild av grannar som planterar."},
        {"body": "<h2>A</h2><p>b</p><h3>C</h3><p>d</p><h2>E</h2><h3>F</h3><p>g</p>"},
        {"body": "<p><strong>Obs!</strong> Ny tid.</p>"},
        {"body": f"<p><strong>{'Viktigt meddelande till alla. ' * 5}</strong></p>"},
        {"body": '<p>Läs om <a href="/nyheter/">hyran här i Sollentuna</a>.</p>'},
        {"body": "<ul><li><strong>Kaffe</strong></li></ul>"},
    ],
)
def test_a_good_post_has_no_problem(fields):
    assert Post(**{**FINE, **fields}).publish_problems() == []


@pytest.mark.parametrize("button", ["_publish", "_schedule"])
def test_what_may_not_be_published_is_a_draft_and_says_what_to_do(as_superuser, picture_file, button):
    response = press(
        as_superuser, button, published_at_0="2099-01-01" if button == "_schedule" else "",
        published_at_1="12:00" if button == "_schedule" else "",
        body="<p>Läs mer <a href='/nyheter/'>här</a>.</p>", image=picture_file(),
    )  # fmt: skip
    post = the_post()
    assert post.published_at is None
    assert post.image  # nothing has to be chosen again
    assert "Sparad som utkast, men inte publicerad" in said(response)
    page = as_superuser.get(response.headers["Location"]).text
    assert '<li><a href="#id_image_alt">Beskriv bilden för den som inte ser den' in page
    assert '<li><a href="#cke_id_body">Skriv vart länken ”här” leder' in page


def test_a_public_post_is_checked_like_publishing_and_stays_as_it_was(as_superuser, make_post):
    post = make_post(body="<p>Gammal text.</p>")
    response = press(
        as_superuser, "_save", post, body="", published_at_0="2026-03-01", published_at_1="11:00"
    )
    assert response.status_code == 200
    assert 'href="#cke_id_body"' in response.text
    assert "Inget är sparat än" in response.text
    assert the_post().body == "<p>Gammal text.</p>"


def test_saving_a_draft_is_never_stopped_by_the_check(as_superuser):
    press(as_superuser, "_draft", body="")
    assert the_post().body == ""


# --- Preview ---


def preview(client, **fields):
    return client.post("/admin/news/post/forhandsgranska/", {**FINE, **fields})


def test_a_preview_shows_the_form_as_residents_will_and_saves_nothing(as_superuser, content, picture_file):
    page = preview(
        as_superuser, title="Osparad <rubrik>", body="<h2>Hej</h2><script>1</script>", byline="Ordföranden",
        image=picture_file(), image_alt="En gård", category=content["category"].pk, preview_of="",
    )  # fmt: skip
    assert Post.objects.count() == 1
    shown = page.context["html"]
    assert '<h1 dir="auto">Osparad &lt;rubrik&gt;</h1>' in shown
    assert '<h2 dir="auto">Hej</h2>' in shown
    assert "<script>1" not in shown
    assert "Ordföranden" in shown
    assert 'src="data:image/jpeg;base64,' in shown
    assert 'sandbox="allow-same-origin" srcdoc="&lt;!doctype html&gt;' in page.text
    assert not list((content["post"].image.storage.base_location).glob("**/*.jpg"))


def test_a_preview_of_a_saved_post_shows_what_was_changed_and_leaves_it_alone(as_superuser, make_post):
    post = make_post(title="Gammal", body="<p>Gammalt.</p>")
    shown = preview(as_superuser, title="Ny", preview_of=post.pk, slug=post.slug).context["html"]
    assert '<h1 dir="auto">Ny</h1>' in shown
    post.refresh_from_db()
    assert post.title == "Gammal"


def test_a_preview_of_a_half_filled_form_is_no_error(as_superuser):
    shown = preview(as_superuser, title="", body="", published_at_0="i går", preview_of="x").context["html"]
    assert '<h1 dir="auto">Utan rubrik</h1>' in shown


def test_a_preview_protects_addresses_as_the_page_does(as_superuser):
    shown = preview(as_superuser, body="<p>Skriv till anna@example.org.</p>").context["html"]
    assert "Visa e-postadressen" in shown
    assert "anna@example.org" not in shown


def test_only_those_who_may_write_can_preview(client):
    assert client.post("/admin/news/post/forhandsgranska/", FINE).status_code == 302


# --- A link to a draft ---


@pytest.fixture
def shared(make_post):
    post = make_post(title="Hemligt utkast", published_at=None, body="<p>Skriv till anna@example.org.</p>")
    post.share()
    return post


def test_a_shared_draft_is_read_without_login_and_never_kept(client, shared):
    page = client.get(shared.get_share_url())
    assert page.status_code == 200
    assert '<h1 dir="auto">Hemligt utkast</h1>' in page.text
    assert "Utkast. Sidan syns bara för den som har länken" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "anna@example.org" not in page.text
    assert not page.cookies


def test_the_link_works_seven_days_and_no_longer(client, shared, monkeypatch):
    address, now = shared.get_share_url(), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=7, seconds=-2))
    assert client.get(address).status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=7, seconds=2))
    answer = client.get(address)
    assert answer.status_code == 410
    assert "Länken gäller inte längre" in answer.text
    assert "Hemligt" not in answer.text


def test_a_link_that_was_stopped_or_replaced_or_altered_shows_nothing(client, shared):
    first = shared.get_share_url()
    shared.share()
    assert client.get(first).status_code == 410
    second = shared.get_share_url()
    shared.unshare()
    assert client.get(second).status_code == 410
    assert client.get(shared.get_share_url()).status_code == 410
    assert client.get(second.replace(f"/{shared.pk}-", f"/{shared.pk + 1}-")).status_code == 404
    assert client.get("/utkast/x/").status_code == 404


def test_the_link_leads_to_the_page_once_it_is_public(client, shared):
    address = shared.get_share_url()
    shared.published_at = timezone.now()
    shared.save()
    assert client.get(address).headers["Location"] == shared.get_absolute_url()


def test_the_link_of_a_deleted_draft_works_again_after_an_undo_and_a_stopped_one_does_not(
    as_superuser, make_post, shared
):
    other = make_post(title="Stoppat", published_at=None)
    other.share()
    address, stopped = shared.get_share_url(), other.get_share_url()
    other.unshare()
    chosen = {"action": "delete_selected", "_selected_action": [shared.pk, other.pk], "post": "yes"}
    response = as_superuser.post("/admin/news/post/", chosen, follow=True)
    assert as_superuser.get(address).status_code == 410

    as_superuser.post(undo_address(response))
    assert "Hemligt utkast" in as_superuser.get(address).text
    assert as_superuser.get(stopped).status_code == 410


def test_the_form_makes_the_link_shows_it_and_stops_it(as_superuser, client):
    response = press(as_superuser, "_share")
    assert "Länken nedan gäller i 7 dagar" in said(response)
    post = the_post()
    page = as_superuser.get(response.headers["Location"]).text
    assert f"http://127.0.0.1:8000{post.get_share_url()}" in page
    assert f'data-copy="http://127.0.0.1:8000{post.get_share_url()}" hidden>Kopiera<' in page
    assert "Stoppa länken till utkastet" in page
    press(as_superuser, "_unshare", post)
    assert client.get(post.get_share_url()).status_code == 410
    assert "Dela utkastet med en länk" in as_superuser.get(response.headers["Location"]).text
