"""A volunteer writes when and where: the rows of the form, what it proposes and tells, last year's again."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from news.models import Occurrence, Post
from tests.helpers.admin_forms import errors_at, filled, read_form, send, url_of
from tests.helpers.versions import change, restore, versions_of

pytestmark = pytest.mark.any_database

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ADD = "/admin/news/post/add/"
MEETING = {
    "title": "Kallelse",
    "body": "<p>Välkommen.</p>",
    "occurrences-0-day": "ons 3/2",
    "occurrences-0-starts": "18.30",
    "occurrences-0-place": "Satelliten",
}


@pytest.fixture(autouse=True)
def clock(at):
    """It is the first of February 2027, a Monday."""


def written(client, button="_publish", **fields):
    """Return the answer to a new post that was written in the form."""
    url, values = filled(Post, client)
    return client.post(url, values | MEETING | fields | {button: "1"}, follow=True)


def is_open(page):
    """Tell whether the rows of days and places are."""
    return "<details>" not in page.partition('id="occurrences-group"')[2].partition("<h2")[0]


def test_days_and_places_are_closed_until_a_call_is_begun_and_say_what_they_are(
    as_superuser, make_occurrence
):
    assert not is_open(as_superuser.get(ADD).text)
    assert is_open(as_superuser.get(ADD, {"monster": "kallelse"}).text)
    assert not is_open(as_superuser.get(ADD, {"monster": "kronika"}).text)
    one = make_occurrence()
    page = as_superuser.get(url_of(Post, "change", one.post_id)).text
    assert not is_open(page)
    assert f"Datum och plats · {one.when}" in page


def test_a_pattern_begins_its_first_day_with_its_kind_and_saves_none_that_is_not_filled_in(as_superuser):
    url = f"{ADD}?monster=drift"
    values, _ = read_form(as_superuser.get(url), "post_form")
    assert values["occurrences-0-kind"] == ["annat"]
    send(as_superuser, url, values | {"_draft": "1"})
    assert (Post.objects.count(), Occurrence.objects.count()) == (1, 0)


def test_a_day_a_clock_and_a_place_are_written_as_swedes_write_them(as_superuser):
    written(as_superuser)
    one = Occurrence.objects.get()
    assert (one.day, one.starts, one.place) == (date(2027, 2, 3), time(18, 30), "Satelliten")
    assert '<option value="Satelliten">' in as_superuser.get(ADD).text
    assert "/nyheter/kallelse/" in as_superuser.get("/sok/?q=satelliten").text


def test_an_impossible_day_is_said_at_its_field_and_nothing_is_saved(as_superuser):
    url, values = filled(Post, as_superuser)
    answer = send(as_superuser, url, values | MEETING | {"occurrences-0-day": "tis 3/2", "_publish": "1"})
    assert errors_at(answer)["day"] == "3 februari 2027 är en onsdag, inte en tisdag."
    answer = send(as_superuser, url, values | MEETING | {"occurrences-0-ends": "18", "_publish": "1"})
    assert "kan inte sluta innan det börjar" in errors_at(answer)["ends"]
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("again", "days"),
    [("week", [date(2027, 1, 31), date(2027, 2, 7)]), ("month", [date(2027, 1, 31), date(2027, 2, 28)])],
)
def test_the_same_again_is_another_day_of_the_same(as_superuser, again, days):
    written(as_superuser, **{"occurrences-0-day": "2027-01-31", "occurrences-0-again": again})
    assert [one.day for one in Occurrence.objects.all()] == days
    assert len({one.uid for one in Occurrence.objects.all()}) == 2
    assert {(one.starts, one.place) for one in Occurrence.objects.all()} == {(time(18, 30), "Satelliten")}


def test_a_post_ends_the_day_after_its_last_date_and_follows_it(as_superuser):
    written(as_superuser)
    post = Post.objects.get()
    assert post.expires_at == datetime(2027, 2, 4, tzinfo=STOCKHOLM)
    change(as_superuser, post, **{"occurrences-0-day": "10 februari"})
    post.refresh_from_db()
    assert post.expires_at == datetime(2027, 2, 11, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        ({"ends_after_dates": ""}, None),
        ({"expires_at_0": "5 mars 2027", "expires_at_1": "12"}, datetime(2027, 3, 5, 12, tzinfo=STOCKHOLM)),
        ({"occurrences-0-day": "2027-01-20"}, None),
    ],
)
def test_another_end_that_is_typed_or_none_is_left_alone(as_superuser, fields, ends):
    written(as_superuser, **fields)
    assert Post.objects.get().expires_at == ends


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"occurrences-0-day": "2027-01-20"}, "Onsdag 20 januari kl. 18.30 har redan varit."),
        ({}, "”Samråd” är också onsdag 3 februari kl. 18.30 på Satelliten."),
        ({"occurrences-0-place": "Kubik"}, ""),
    ],
)
def test_what_may_be_wrong_with_a_day_is_told_when_it_is_published(
    as_superuser, make_occurrence, fields, words
):
    make_occurrence("Samråd", day=date(2027, 2, 3), starts=time(18, 30), place="Satelliten")
    page = written(as_superuser, **fields).text
    assert words in page
    assert ("har redan varit" in page, "är också" in page) == ("varit" in words, "också" in words)
    assert Post.objects.current().filter(title="Kallelse").exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"occurrences-0-state": "installt"}, "Inställt: vill du"),
        ({"occurrences-0-day": "10 februari"}, "Flyttat från onsdag 3 februari kl. 18.30: vill du"),
        ({"occurrences-0-place": "Kubik"}, ""),
    ],
)
def test_a_public_meeting_that_is_cancelled_or_moved_is_offered_to_be_held_on_top(
    as_superuser, fields, words
):
    written(as_superuser)
    url, values = filled(Post, as_superuser, Post.objects.get(), **fields)
    page = as_superuser.post(url, values, follow=True).text
    assert words in page
    assert ("#id_pinned_until" in page) == bool(words)


@pytest.mark.parametrize(
    ("begun", "fields"),
    [
        ({"button": "_draft"}, {"occurrences-0-day": "10 februari"}),
        ({"button": "_draft", "occurrences-0-starts": ""}, {"occurrences-0-starts": "19"}),
        ({"button": "_schedule", "published_at_0": "2 februari 2027"}, {"occurrences-0-day": ""}),
    ],
)
def test_a_day_that_nobody_has_seen_is_not_moved_when_it_is_changed_and_published_in_one_save(
    as_superuser, begun, fields
):
    written(as_superuser, **begun)
    url, values = filled(Post, as_superuser, Post.objects.get(), **fields)
    values |= {"published_at_0": "2 januari 2027", "published_at_1": "12"}  # kept: it has been
    page = as_superuser.post(url, values | {"_publish": "1"}, follow=True).text
    assert Post.objects.current().exists()
    assert Occurrence.objects.get().change == ""
    assert "Flyttat" not in page + as_superuser.get("/nyheter/kallelse/").text


def test_a_preview_shows_the_days_that_are_typed(as_superuser):
    _, values = filled(Post, as_superuser)
    more = {"occurrences-TOTAL_FORMS": "2", "occurrences-1-kind": "mote", "occurrences-1-day": "2 februari"}
    page = as_superuser.post("/admin/news/post/forhandsgranska/", values | MEETING | more).text
    assert page.index("Tisdag 2") < page.index("Onsdag 3") < page.index("Välkommen.")
    assert "Satelliten" in page
    assert not Occurrence.objects.exists()


def test_an_important_line_is_a_tick_with_an_end(as_superuser):
    url, values = filled(Post, as_superuser)
    values |= MEETING | {"is_important": "on", "_publish": "1"}
    assert "Skriv till när" in errors_at(send(as_superuser, url, values))["important_until"]
    send(as_superuser, url, values | {"important_until_0": "3 feb 2027", "important_until_1": "20"})
    post = Post.objects.get()
    assert post.important_until == datetime(2027, 2, 3, 20, tzinfo=STOCKHOLM)
    change(as_superuser, post, is_important="")
    post.refresh_from_db()
    assert post.important_until is None


# --- Last year's again ---


@pytest.fixture
def last_years(branch, make_occurrence, make_post):
    post = make_post(
        title="Kallelse", lead="Kom", body="<p>Text</p>", published_at="2026-01-10T12:00Z",
        image="nyheter/x.jpg", image_width=8, image_height=6, image_alt="Ett hus", slug="kallelse",
        expires_at="2026-02-05T00:00Z", important_until="2026-02-04T00:00Z", pinned_until="2026-02-04",
    )  # fmt: skip
    day = date(2026, 2, 4)  # a Wednesday
    make_occurrence(post=post, day=day, starts=time(18), place="Satelliten", state="installt", sequence=3)
    make_occurrence(post=post, day=day - timedelta(weeks=54), label="Förra")
    return post


@pytest.mark.parametrize("way", ["form", "list"])
def test_a_copy_is_a_draft_with_text_picture_and_places_and_its_days_a_year_on(as_superuser, last_years, way):
    if way == "form":
        assert f"{last_years.pk}/kopiera/" in as_superuser.get(url_of(Post, "change", last_years.pk)).text
        answer = as_superuser.post(url_of(Post, "copy", last_years.pk))
    else:
        action = {"action": "copy", "_selected_action": [last_years.pk]}
        answer = as_superuser.post(url_of(Post, "changelist"), action)
    new = Post.objects.exclude(pk=last_years.pk).get()
    assert answer.url == url_of(Post, "change", new.pk)
    assert (new.title, new.lead, new.body) == ("Kallelse", "Kom", "<p>Text</p>")
    assert (new.image.name, new.image_alt) == ("nyheter/x.jpg", "Ett hus")
    assert (new.published_at, new.expires_at, new.important_until, new.pinned_until) == (None,) * 4
    assert (new.slug, new.author.username) == ("kallelse-2", "test")
    assert new.guid != last_years.guid
    assert [(one.day, one.starts, one.place, one.state) for one in new.dates] == [
        (date(2027, 2, 3), time(18), "Satelliten", "planerat"),
        (None, None, "", "planerat"),
    ]
    assert new.dates[0].sequence == 0
    assert {one.uid for one in new.dates}.isdisjoint(one.uid for one in last_years.dates)
    assert versions_of(new)[0].revision.comment == "Kopierade ”Kallelse”."


# --- As the post: history, trash ---


def test_an_older_version_brings_its_days_back_and_tells_calendars(as_superuser):
    written(as_superuser)
    post, one = Post.objects.get(), Occurrence.objects.get()
    change(as_superuser, post, **{"occurrences-0-day": "10 februari"})
    change(as_superuser, post, **{"occurrences-0-DELETE": "on"})
    assert not post.occurrences.exists()
    restore(as_superuser, versions_of(post)[0])
    back = post.occurrences.get()
    assert (back.day, back.place, back.uid) == (date(2027, 2, 3), "Satelliten", one.uid)


def test_days_go_to_the_trash_with_their_post_and_come_back_with_it(as_superuser):
    written(as_superuser)
    post, one = Post.objects.get(), Occurrence.objects.get()
    as_superuser.post(url_of(Post, "delete", post.pk), {"post": "yes"})
    assert not Occurrence.objects.exists()
    as_superuser.post(url_of(Post, "restore_deleted", versions_of(post)[-1].pk), follow=True)
    assert (Occurrence.objects.get().uid, Occurrence.objects.get().post_id) == (one.uid, post.pk)


def test_two_who_change_the_days_of_a_post_are_asked_whose_hold(as_superuser):
    written(as_superuser)
    post = Post.objects.get()
    url, mine = filled(Post, as_superuser, post, **{"occurrences-0-place": "Kubik"})
    change(as_superuser, post, **{"occurrences-0-place": "Biblioteket"})
    answer = send(as_superuser, url, mine)
    assert answer.status_code == 409
    assert "Biblioteket" in answer.text
    assert "Kubik" in answer.text
    assert Occurrence.objects.get().place == "Biblioteket"


def test_a_pinned_post_is_not_offered_again(as_superuser):
    written(as_superuser, pinned_until="2027-02-03")
    url, values = filled(Post, as_superuser, Post.objects.get(), **{"occurrences-0-state": "installt"})
    assert "#id_pinned_until" not in as_superuser.post(url, values, follow=True).text
    assert timezone.localdate() == date(2027, 2, 1)
