"""Meetings and last days: which come next, and what a change of one says."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from news.models import Category, Occurrence
from tests.helpers.pages import make_page

TODAY = date(2027, 2, 1)  # a Monday


def names(queryset):
    return [occurrence.post.title for occurrence in queryset]


def test_what_comes_next_stands_first_and_what_has_no_day_last(make_occurrence):
    make_occurrence("Utan dag", about_when="i mars")
    make_occurrence("I övermorgon", day=TODAY + timedelta(2), starts=time(18))
    make_occurrence("I övermorgon, tidigt", day=TODAY + timedelta(2), starts=time(9))
    make_occurrence("I dag", day=TODAY)
    make_occurrence("I går", day=TODAY - timedelta(1))
    assert names(Occurrence.objects.upcoming()) == [
        "I dag", "I övermorgon, tidigt", "I övermorgon", "Utan dag",
    ]  # fmt: skip
    assert names(Occurrence.objects.past()) == ["I går"]


def test_what_no_visitor_may_read_is_no_date_for_anybody(make_occurrence):
    draft = make_occurrence("Utkast", day=TODAY)
    type(draft.post).objects.update(published_at=None)
    make_occurrence("Kommer", day=TODAY, published_at=timezone.now() + timedelta(hours=1))
    make_occurrence("Gäller inte", day=TODAY, expires_at=timezone.now() - timedelta(hours=1))
    assert names(Occurrence.objects.upcoming()) == []


def test_a_day_turns_at_midnight_in_stockholm(make_occurrence, at):
    make_occurrence(day=date(2027, 2, 3), starts=time(18, 30))
    at(2027, 2, 3, 23, 59)
    assert names(Occurrence.objects.upcoming()) == ["Årsmöte"]
    at(2027, 2, 4, 0, 0)
    assert names(Occurrence.objects.upcoming()) == []
    assert names(Occurrence.objects.past()) == ["Årsmöte"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"day": date(2027, 2, 3), "starts": time(18, 30)}, "onsdag 3 februari kl. 18.30"),
        ({"day": date(2027, 2, 3), "starts": time(9), "ends": time(12)}, "onsdag 3 februari kl. 09.00–12.00"),
        ({"day": date(2028, 2, 3)}, "torsdag 3 februari 2028"),
        ({"about_when": "i mars"}, "i mars, dagen är inte satt"),
        ({"starts": time(18)}, "Dagen är inte satt"),
    ],
)
def test_a_time_is_said_as_swedes_say_it(make_occurrence, fields, expected):
    assert make_occurrence(**fields).when == expected


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        ({"day": date(2027, 2, 10)}, True),
        ({"starts": time(19)}, True),
        ({"ends": time(21)}, True),
        ({"place": "Satelliten"}, True),
        ({"state": "installt"}, True),
        ({"label": "Helenelund"}, False),
        ({"about_when": "snart"}, False),
        ({}, False),
    ],
)
def test_calendars_are_told_of_day_clock_place_and_state_and_of_nothing_else(
    make_occurrence, at, change, is_told
):
    key = make_occurrence(day=date(2027, 2, 3), starts=time(18, 30)).pk
    at(2027, 2, 2, 12)
    occurrence = Occurrence.objects.get(pk=key)
    before = occurrence.sequence, occurrence.changed_at, occurrence.uid
    for name, value in change.items():
        setattr(occurrence, name, value)
    occurrence.save()
    occurrence = Occurrence.objects.get(pk=key)
    assert (occurrence.sequence, occurrence.changed_at) == ((1, timezone.now()) if is_told else before[:2])
    assert occurrence.uid == before[2]


def test_a_public_one_that_moves_says_from_when_and_one_that_moves_back_does_not(make_occurrence):
    occurrence = make_occurrence(day=date(2027, 2, 3), starts=time(18, 30))
    assert occurrence.change == ""
    occurrence.day = date(2027, 2, 10)
    occurrence.save()
    assert occurrence.change == "Flyttat från onsdag 3 februari kl. 18.30"
    occurrence.day = date(2027, 2, 3)
    occurrence.save()
    assert occurrence.change == ""


def test_a_clock_that_is_added_moves_nothing_and_one_that_is_changed_does(make_occurrence):
    occurrence = make_occurrence(day=date(2027, 2, 3))
    occurrence.starts = time(18, 30)
    occurrence.save()
    assert (occurrence.change, occurrence.sequence) == ("", 1)
    occurrence.starts = time(19)
    occurrence.save()
    assert occurrence.change == "Flyttat från onsdag 3 februari kl. 18.30"


def test_one_that_moves_back_and_gets_a_clock_is_where_it_was(make_occurrence):
    occurrence = make_occurrence(day=date(2027, 2, 3))
    for changed in ({"day": date(2027, 2, 10)}, {"starts": time(19)}):
        vars(occurrence).update(changed)
        occurrence.save()
        assert occurrence.change == "Flyttat från onsdag 3 februari"
    occurrence.day = date(2027, 2, 3)
    occurrence.save()
    assert occurrence.change == ""


def test_one_that_nobody_has_read_of_just_gets_another_day(make_occurrence):
    occurrence = make_occurrence(day=date(2027, 2, 3), published_at=timezone.now() + timedelta(days=1))
    occurrence.day = date(2027, 2, 10)
    occurrence.save()
    assert occurrence.moved_from is None


def test_a_public_one_whose_day_is_taken_away_says_when_it_was(make_occurrence):
    occurrence = make_occurrence(day=date(2027, 2, 3))
    occurrence.day = None
    occurrence.save()
    assert occurrence.change == "Flyttat från onsdag 3 februari"


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("fields", "at_field"),
    [
        ({"day": TODAY, "starts": time(18), "ends": time(17)}, "ends"),
        ({"day": TODAY, "ends": time(17)}, "ends"),
        ({"day": date(2027, 3, 28), "starts": time(2, 30)}, "starts"),  # the clock skips that hour
    ],
)
def test_an_impossible_clock_is_refused_at_its_field(make_post, fields, at_field):
    with pytest.raises(ValidationError) as refusal:
        Occurrence(post=make_post(), **fields).full_clean()
    assert set(refusal.value.error_dict) == {at_field}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"body": "<p>Välkommen tisdag 14 mars.</p>"}, "body", "14 mars 2027 är en söndag, inte en tisdag."),
        ({"title": "Möte tis 14/3"}, "title", "söndag"),
        ({"body": "<p>Motioner senast «fyll i dag».</p>"}, "body", "Byt ut «fyll i dag»"),
    ],
)
def test_a_wrong_weekday_or_a_mark_that_is_left_stops_publication(at, make_post, fields, field, words):
    post = make_post(**({"body": "<p>Text</p>"} | fields), published_at=timezone.now())
    assert [(one.field, words in one.text) for one in post.publish_problems()] == [(field, True)]


def test_a_pattern_is_a_post_begun_and_its_marks_are_told(as_superuser):
    page = as_superuser.get("/admin/news/post/add/", {"monster": "kallelse"}).text
    assert "Kallelse till årsmöte" in page
    assert "?monster=kallelse" in as_superuser.get("/admin/").text


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Årsmöte 10–12 maj", "arsmote-10-12-maj"),
        ("Hyran höjs 3,5 procent", "hyran-hojs-3-5-procent"),
        ("Kafé – à la carte", "kafe-a-la-carte"),
        ("Möte 12/5 kl. 18:30", "mote-12-5-kl-18-30"),
        ("Hus A/B: el, vatten…och värme", "hus-a-b-el-vatten-och-varme"),
        ("Hyran 2026→2027", "hyran-2026-2027"),
        ("Städdag/grillning", "staddag-grillning"),
        ("Budget 2026/2027", "budget-2026-2027"),
        ("Kl. 18.30", "kl-18-30"),
        ("Smørrebrød på Łódź", "smorrebrod-pa-lodz"),
        ("A+B & C", "a-b-c"),
        ("3½ år, 10⁶ kg, 75 m²", "3-1-2-ar-10-6-kg-75-m2"),
        ("Þór och Cœur", "thor-och-coeur"),
        ("Bostads\u00adrätt", "bostadsratt"),
    ],
)
def test_a_sign_between_letters_parts_the_words_of_an_address(make_post, title, slug):
    assert make_post(title=title).slug == slug


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/Kontakt/", "/kontakt/"), ("/NYHETER/", "/nyheter/"), ("/nyheter//", "/nyheter/"),
        ("/Nyheter/Stambyte/", "/nyheter/stambyte/"), ("/nyheter//stambyte/", "/nyheter/stambyte/"),
        ("/nyheter/STAMBYTE/", "/nyheter/stambyte/"), ("/Nyheter///RSS//", "/nyheter/rss/"),
        ("/NYHETER/Kategori//Hyror/", "/nyheter/kategori/hyror/"), ("/Om-Oss//", "/om-oss/"),
        ("/SOK/?q=Hyra", "/sok/?q=Hyra"), ("/Nyheter/?sida=1&q=%C3%A5", "/nyheter/?sida=1&q=%C3%A5"),
    ],
)  # fmt: skip
def test_an_address_in_another_spelling_leads_to_the_page(client, branch, make_post, path, location):
    make_post(title="Stambyte", category=Category.objects.create(name="Hyror"))
    make_page(title="Om oss")
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (301, location)
    assert client.get(location).status_code == 200


def test_what_is_not_found_is_kept_by_no_shared_cache_beyond_a_second(client, branch):
    response = client.get("/Finns-Inte/")
    assert (response.status_code, response.headers["Cache-Control"]) == (404, "public, max-age=0, s-maxage=1")


def test_a_feed_knows_a_post_by_the_same_guid_wherever_it_moves(client, branch, make_post):
    post = make_post(title="Stambyte", lead="Skriv till <Anna Ek>")
    feed = client.get("/nyheter/rss/").text
    assert f'<guid isPermaLink="false">{post.guid}</guid>' in feed
    assert "Skriv till &amp;lt;Anna Ek&amp;gt;" in feed
    post.slug = "rorbyte"
    post.save()
    assert post.guid in client.get("/nyheter/rss/").text
