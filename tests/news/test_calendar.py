"""Where a meeting is seen: start page, calendar, its post and lists; and what all pages show for a while."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from news.models import Occurrence, Post

MEETING = {"day": date(2027, 2, 3), "starts": time(18, 30), "place": "Satelliten, Aniaraplatsen 4"}
POST = "/nyheter/kallelse-till-arsmote/"
WHEN = "Onsdag 3\xa0februari kl.\xa018.30"


@pytest.fixture
def meeting(branch, make_occurrence):
    return make_occurrence("Kallelse till årsmöte", **MEETING)


@pytest.mark.any_database
@pytest.mark.parametrize("page", ["/", "/kalender/", "/nyheter/", POST, "/sok/?q=arsmote"])
def test_a_page_says_when_and_where_a_meeting_is(client, meeting, page):
    html = client.get(page).text
    assert WHEN in html
    assert "Satelliten, Aniaraplatsen\xa04" in html or "Satelliten, Aniaraplatsen 4" in html


@pytest.mark.any_database
@pytest.mark.parametrize("page", ["/", "/kalender/", "/nyheter/", POST])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "installt"}, "Inställt"),
        ({"day": date(2027, 2, 10)}, "Flyttat från onsdag 3 februari kl. 18.30"),
    ],
)
@pytest.mark.django_db(transaction=True)  # PostgreSQL's version changes once a transaction
def test_a_cancelled_or_moved_meeting_is_told_within_a_second(worker, meeting, page, change, words):
    assert words not in worker.ask(page).text
    for name, value in change.items():
        setattr(meeting, name, value)
    meeting.save()
    answer = worker.ask_later(page)
    assert answer.state == "miss"
    assert words in answer.text.replace("\xa0", " ")


def test_the_start_page_shows_three_and_only_if_there_are_any(client, branch, make_post, make_occurrence):
    make_post(title="Utan datum")
    assert "Kommande" not in client.get("/").text
    for number in range(5):
        make_occurrence(f"Möte {number}", day=date(2027, 2, 3 + number))
    coming = client.get("/").text.partition("Kommande")[2].partition("Hela kalendern")[0]
    assert [f"Möte {number}" in coming for number in range(5)] == [True, True, True, False, False]


def test_the_calendar_turns_at_midnight_without_anything_that_runs(worker, meeting, at):
    at(2027, 2, 3, 23, 59)
    assert WHEN in worker.ask_later("/kalender/").text
    at(2027, 2, 4, 0, 0)
    assert WHEN not in worker.ask_later("/kalender/").text
    assert WHEN in worker.ask_later("/kalender/2027/").text


def test_the_calendar_has_months_and_what_is_not_set_last(client, branch, make_occurrence):
    make_occurrence("Sen", about_when="i vår")
    make_occurrence("Mars", day=date(2027, 3, 1))
    make_occurrence("Februari", day=date(2027, 2, 8), label="Helenelund")
    html = client.get("/kalender/").text
    order = [
        "Februari 2027",
        "Helenelund: Februari",
        "Mars 2027",
        "Dagen är inte satt",
        "I vår, dagen är inte satt",
    ]
    assert sorted(order, key=html.partition("</head>")[2].index) == order


def test_an_empty_calendar_says_so_and_leads_on(client, branch):
    html = client.get("/kalender/").text
    assert "Inget är inplanerat just nu." in html
    assert 'href="/nyheter/"' in html
    assert client.get("/kalender/2026/").status_code == 404


@pytest.mark.parametrize(
    "published_at", [None, timezone.now() + timedelta(days=900)], ids=["draft", "scheduled"]
)
def test_the_public_is_told_nothing_of_the_dates_of_what_is_not_published(client, meeting, published_at):
    """Not even while a link to it is shared."""
    places = ["/", "/nyheter/", "/nyheter/arkiv/2027/", "/nyheter/rss/", "/kalender/", "/kalender.ics"]
    file = f"{POST}{meeting.uid}.ics"
    assert [page for page in places if "Satelliten" not in client.get(page).text] == []
    Post.objects.update(published_at=published_at)
    Post.objects.get().share()
    for page in [*places, "/kalender/2027/", "/sok/?q=aniaraplatsen", POST, f"{POST}anslag/", file]:
        answer = client.get(page)
        assert "Satelliten" not in answer.text, page
        assert str(meeting.uid) not in answer.text, page


@pytest.mark.parametrize("page", ["/", "/nyheter/"])
def test_dates_cost_a_page_one_query_however_many(
    client, content, make_occurrence, page, django_assert_max_num_queries
):
    counts = []
    for many in (1, 8):
        for number in range(many):
            make_occurrence(f"Möte {many} {number}", **MEETING)
        with django_assert_max_num_queries(12) as captured:
            client.get(page)
        about_dates = [one for one in captured if one["sql"].startswith('SELECT "news_occurrence"')]
        counts.append((len(about_dates), len(captured)))
    assert counts[0] == counts[1]
    assert counts[0][0] == 1


@pytest.mark.django_db(transaction=True)  # PostgreSQL's version changes once a transaction
def test_search_finds_a_post_by_its_place_and_its_label_while_they_are_there(client, branch, make_occurrence):
    one = make_occurrence("Samråd", label="Helenelund", **MEETING)

    def is_found(word):
        return "/nyheter/samrad/" in client.get("/sok/", {"q": word}).text

    assert [is_found(word) for word in ("Satelliten", "helenelund", "Kubik")] == [True, True, False]
    one.place = "Kubik"
    one.save()
    assert [is_found(word) for word in ("Satelliten", "Kubik")] == [False, True]
    one.post.save()
    assert is_found("Kubik")
    one.delete()
    assert not is_found("Kubik")
    make_occurrence(post=one.post, **MEETING)
    one.post.delete()  # its dates go with it
    assert not is_found("Satelliten")


def test_the_notice_of_a_meeting_says_its_day_and_not_that_of_publication(client, meeting, make_post):
    html = client.get(f"{POST}anslag/").text
    assert "Onsdag 3\xa0februari 2027 kl.\xa018.30" in html
    assert "31\xa0januari 2027" not in html
    make_post(title="Utan datum")
    assert "1\xa0februari 2027" in client.get("/nyheter/utan-datum/anslag/").text


def test_a_deadline_says_what_it_is_the_last_day_for(client, branch, make_occurrence):
    make_occurrence("Kallelse till årsmöte", kind=Occurrence.Kind.MOTIONS, day=date(2027, 2, 3))
    assert "Sista dag för motioner: Årsmöte" in client.get("/kalender/").text


def test_an_important_post_stands_on_every_page_until_its_time(worker, branch, make_post, at):
    make_post(title="Vattnet stängs av", important_until=timezone.now() + timedelta(hours=3))
    for page in ("/", "/nyheter/", "/kontakt/", "/finns-inte/"):
        assert 'class="important"' in worker.ask(page).text, page
    at(2027, 2, 1, 15, 0)
    assert 'class="important"' not in worker.ask_later("/kontakt/").text


def test_an_important_draft_stands_nowhere(client, branch, make_post):
    make_post(published_at=None, important_until=timezone.now() + timedelta(hours=3))
    assert 'class="important"' not in client.get("/").text


def test_a_draft_that_is_shared_shows_its_dates(client, meeting):
    Post.objects.update(published_at=None)
    post = Post.objects.get()
    post.share()
    assert WHEN in client.get(post.get_share_url()).text


def test_a_list_says_what_each_day_is_of_and_first_what_is_to_come(
    client, branch, make_occurrence, make_post
):
    post = make_post(title="Kallelse", published_at=timezone.now())
    for number in range(4):
        make_occurrence(post=post, day=date(2027, 1, 3 + number))
    make_occurrence(post=post, kind=Occurrence.Kind.MOTIONS, day=date(2027, 2, 3))
    make_occurrence(post=post, label="Helenelund", day=date(2027, 2, 4))
    html = client.get("/nyheter/").text
    assert "Sista dag för motioner: onsdag 3\xa0februari" in html
    assert "Helenelund: torsdag 4\xa0februari" in html
    assert "januari" not in html
    assert (
        "<title>Sista dag för motioner onsdag 3 februari: Kallelse</title>"
        in client.get("/nyheter/rss/").text
    )


@pytest.mark.parametrize(
    ("change", "is_offered"),
    [({}, True), ({"state": "installt"}, False), ({"day": date(2027, 1, 3)}, False), ({"day": None}, False)],
)
def test_a_calendar_is_offered_what_is_to_come(client, branch, make_occurrence, change, is_offered):
    make_occurrence("Kallelse till årsmöte", **MEETING | change)
    assert ("Lägg i din kalender" in client.get(POST).text) is is_offered


def test_the_notice_of_a_moved_meeting_says_from_when(client, meeting):
    meeting.day = date(2027, 2, 10)
    meeting.save()
    assert "FLYTTAT</p>" in (html := client.get(f"{POST}anslag/").text)
    assert "Flyttat från onsdag 3 februari kl. 18.30" in html
