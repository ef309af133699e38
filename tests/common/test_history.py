"""The history of a row: two versions compared as a person sees them, and one of them put back."""

import re
from datetime import date
from difflib import SequenceMatcher
from html import unescape

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from common.richtext.paste import normalize_html
from common.versions.matching import MOST_STEPS
from common.versions.word_diff import differences
from contacts.models import Assignment, Person, Role
from news.models import Category, Page, Post
from tests.helpers.admin_forms import delete, make, undo_address, url_of
from tests.helpers.pages import make_page
from tests.helpers.versions import change, restore, versions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def marked(response, tag):
    """The texts that a page marks as changed on one side: "del" or "ins"."""
    main = response.text.partition('class="compared"')[2]
    return [unescape(text).strip() for text in re.findall(rf"<{tag}>(.*?)</{tag}>", main, re.DOTALL)]


def compare_with_now(client, version):
    model = version.content_type.model_class()
    return client.get(url_of(model, "compare", version.object_id), {"fran": version.pk})


# --- The page ---


def test_the_history_says_who_changed_what_and_when(as_superuser, superuser):
    superuser.first_name, superuser.last_name = "Anna", "Testsson"
    superuser.save()
    page = make_page(title="Om oss")
    change(as_superuser, page, title=["Om föreningen"])

    history = as_superuser.get(url_of(Page, "history", page.pk)).text
    assert "Ändrade Rubrik." in history
    assert "Anna Testsson" in history
    assert "Så såg det ut innan." in history


def test_a_row_that_nobody_has_changed_has_a_history_page_too(as_superuser):
    assert "Inget har ändrats" in as_superuser.get(url_of(Page, "history", make(Page).pk)).text


def test_the_history_takes_as_many_queries_for_one_version_as_for_two_pages_of_them(
    as_superuser, django_assert_num_queries, django_assert_max_num_queries
):
    page = make_page(title="Om oss")
    change(as_superuser, page, title=["Rubrik"])
    with django_assert_max_num_queries(14) as captured:
        as_superuser.get(url_of(Page, "history", page.pk))
    few = len(captured)
    for number in range(22):
        change(as_superuser, page, title=[f"Rubrik {number}"])
    with django_assert_num_queries(few):
        first = as_superuser.get(url_of(Page, "history", page.pk))
    assert "Äldre versioner" in first.text
    assert "Så såg det ut innan." in as_superuser.get(f"{url_of(Page, 'history', page.pk)}?p=2").text


# --- Comparison ---


def test_the_words_that_differ_are_marked_and_no_others(as_superuser):
    page = make_page(title="Om oss", body="<p>Mötet är på tisdag i lokalen.</p>")
    change(as_superuser, page, body=["<p>Mötet är på <strong>onsdag</strong> i lokalen.</p>"])

    compared = compare_with_now(as_superuser, versions_of(page)[0])
    assert marked(compared, "del") == ["tisdag"]
    assert marked(compared, "ins") == ["onsdag"]
    assert "&lt;" not in compared.text.partition('class="compared"')[2]
    assert "Lika: Rubrik" in compared.text


def test_values_are_compared_as_swedes_write_them(as_superuser):
    category = Category.objects.create(name="Möten")
    post = make(Post, category=category, published_at=timezone.make_aware(timezone.datetime(2026, 3, 4, 18)))
    dates = {"occurrences-0-day": ["2026-03-05"], "occurrences-0-starts": ["18:30"]}
    change(as_superuser, post, category=[""], image_is_decorative=["on"], published_at_1=["19:30"], **dates)
    person = Person.objects.create(name="Test Testsson", phone="+46706535686")
    change(as_superuser, person, phone=["010-459 19 49"])

    compared = compare_with_now(as_superuser, versions_of(post)[0]).text
    for text in ("Möten", "Ja", "Nej", "4 mars 2026 kl. ", "dag 5 mars 2026, börjar kl. 18.30"):
        assert text in compared
    assert "70-653 56 86" in compare_with_now(as_superuser, versions_of(person)[0]).text
    assert "+46" not in compare_with_now(as_superuser, versions_of(person)[0]).text


def test_the_holders_of_a_role_are_compared(as_superuser, make_holder):
    holder = make_holder(starts_on=date(2025, 3, 1))
    change(as_superuser, holder.role, **{"assignments-0-ends_on": ["2026-03-01"]})

    compared = compare_with_now(as_superuser, versions_of(holder.role)[0])
    assert "Test Testsson, från och med 1 mars 2025" in compared.text
    assert "till och med" in " ".join(marked(compared, "ins"))
    assert "1 mars 2026" in " ".join(marked(compared, "ins"))


def test_a_holder_who_is_deleted_is_still_named_in_what_was(as_superuser, make_holder):
    holder = make_holder()
    change(as_superuser, holder.role, email=["kassor@example.org"])
    old = versions_of(holder.role)[0]
    as_superuser.post(url_of(Person, "delete", holder.person.pk), {"post": "yes"})

    assert "Test Testsson (borttagen)" in compare_with_now(as_superuser, old).text


def test_pictures_are_compared_as_pictures(as_superuser, make_post, picture_file):
    post = make_post(published_at=None, image=picture_file())
    old = post.image.name
    change(as_superuser, post, **{"image-clear": ["on"]})

    compared = compare_with_now(as_superuser, versions_of(post)[0]).text
    assert f'<img src="/media/{old}"' in compared


def test_any_two_versions_are_compared_the_older_one_first(as_superuser):
    page = make_page(title="Ett")
    for title in ("Två", "Tre"):
        change(as_superuser, page, title=[title])
    first, second, _ = versions_of(page)

    for one, other in ((first, second), (second, first)):
        compared = as_superuser.get(url_of(Page, "compare", page.pk), {"fran": one.pk, "till": other.pk})
        assert marked(compared, "del") == ["Ett"]
        assert marked(compared, "ins") == ["Två"]
        assert "Återställ den här versionen" not in compared.text  # only what is compared with now


@pytest.mark.parametrize("asked", ["", "0", "x", "9" * 30, "nu", "1 OR 1", "²"])
def test_a_version_that_is_not_there_is_not_found(as_superuser, asked):
    page = make(Page)
    assert as_superuser.get(url_of(Page, "compare", page.pk), {"fran": asked}).status_code == 404


@pytest.mark.parametrize("title", ["picture:", "picture:../../x", "new file:"])
def test_a_title_is_a_text_whatever_it_begins_with(as_superuser, title):
    page = make_page(title=title)
    change(as_superuser, page, title=["Om oss"])
    compared = compare_with_now(as_superuser, versions_of(page)[0])
    assert compared.status_code == 200
    assert "".join(marked(compared, "del")) == title


def test_a_version_of_another_row_is_not_found(as_superuser):
    one, other = make(Page), make(Page)
    change(as_superuser, other, title=["Annat"])
    version = versions_of(other)[0]
    assert as_superuser.get(url_of(Page, "compare", one.pk), {"fran": version.pk}).status_code == 404
    assert as_superuser.post(url_of(Page, "restore", one.pk, version.pk)).status_code == 404


def test_long_texts_are_compared_in_time():
    old = " ".join(f"ord{number % 700} och" for number in range(30_000))
    parts, _ = differences(old, old.replace("ord3 ", "ord4 "))
    assert "".join(part.text for part in parts) == old


LONG_TEXTS = {
    "one paragraph many times": ("x\n", "a{}\n", "b{}\n", "x\n"),
    "paragraphs that all differ in a word": ("{}\n", "a{}\n", "b{}\n", "{}\n"),
    "one word many times": ("x{0:.1} ", "a{} ", "b{} ", "x{0:.1} "),
}


@pytest.mark.parametrize("kind", LONG_TEXTS)
def test_comparing_texts_made_to_take_long_is_bounded(kind, monkeypatch):
    worked = []

    class Counting(SequenceMatcher):
        def find_longest_match(self, alo, ahi, *rest):
            pairs = sum(len(self.b2j.get(self.a[place], ())) for place in range(alo, ahi))
            worked.append(ahi - alo + pairs)
            return super().find_longest_match(alo, ahi, *rest)

    monkeypatch.setattr("common.versions.matching.SequenceMatcher", Counting)
    one, two, three, four = LONG_TEXTS[kind]
    for number in (100, 250, 500):
        lines = [str(line) for line in range(number)]
        old = "".join(one.format(line) + two.format(line) for line in lines)
        new = "".join(three.format(line) + four.format(line) for line in lines)
        sides = differences(old, new)
        assert ["".join(part.text for part in side) for side in sides] == [old, new]
    assert 0 < sum(worked) <= 3 * MOST_STEPS


def test_a_change_in_a_very_long_text_is_found_among_equal_paragraphs():
    old = "Samma.\n" * 2000 + "Kom på tisdag.\n" + "Samma.\n" * 2000
    sides = differences(old, old.replace("tisdag", "onsdag"))
    assert [[part.text for part in side if part.changed] for side in sides] == [["tisdag"], ["onsdag"]]


@pytest.mark.parametrize(
    ("old", "new", "gone", "came"),
    [
        ("", "Nytt.", [], ["Nytt."]),
        ("Lika.", "Lika.", [], []),
        ("Kom på tisdag.", "Kom på onsdag.", ["tisdag"], ["onsdag"]),
        ("Rad ett\nRad två", "Rad ett\nNy rad\nRad två", [], ["Ny rad"]),
    ],
)
def test_differences_are_whole_words_and_both_texts_stay_whole(old, new, gone, came):
    sides = differences(old, new)
    assert ["".join(part.text for part in side) for side in sides] == [old, new]
    assert [[part.text for part in side if part.changed] for side in sides] == [gone, came]


def test_a_text_is_stored_the_same_however_its_source_is_laid_out():
    stored = "<p>Ett &amp; <strong>två</strong></p><ul><li>a</li><li>b</li></ul><p>x<br>y</p>"
    edited = "<p>Ett &amp; <strong>två</strong></p>\n\n<ul>\n\t<li>a</li>\n\t<li>b</li>\n</ul>\n\n"
    edited += "<p>x<br />\ny</p>\n"
    assert normalize_html(edited).html == normalize_html(stored).html


# --- Putting back ---


def test_a_version_put_back_is_a_new_version(as_superuser, superuser):
    page = make_page(title="Om oss", body="<p>Förr.</p>", order=1)
    change(as_superuser, page, body=["<p>Nu.</p>"], order=["2"])
    told = restore(as_superuser, versions_of(page)[0])

    page.refresh_from_db()
    assert (page.body, page.order) == ("<p>Förr.</p>", 1)
    newest = versions_of(page)[-1]
    assert len(versions_of(page)) == 3
    assert newest.revision.user == superuser
    assert newest.revision.comment.startswith("Återställde versionen från ")
    assert "är återställd" in told.text


def test_putting_back_neither_publishes_nor_hides_nor_moves(as_superuser, make_post):
    post = make_post(title="Förr", slug="forr", body="<p>Förr.</p>", published_at=None)
    change(as_superuser, post, title=["Nu"], slug=["nu"], body=["<p>Nu.</p>"], _publish=["1"])
    told = restore(as_superuser, versions_of(post)[0])

    now = Post.objects.get()
    assert (now.title, now.slug) == ("Förr", "nu")
    assert Post.objects.current().exists()
    assert "Syns sedan" in told.text
    assert "Förr" in now.search_text


def test_putting_a_person_back_shows_nothing_that_was_hidden_since(as_superuser, picture_file):
    shown = {f"show_{what}": True for what in ("phone", "email", "photo")}
    person = Person.objects.create(
        name="Förr Testsson", phone="+46706535686", email="t@example.org", photo=picture_file(), **shown
    )
    change(as_superuser, person, name=["Nu Testsson"], **dict.fromkeys(shown, ["False"]))
    page = compare_with_now(as_superuser, versions_of(person)[0]).text
    assert "förblir också som det är nu: vad som syns på webbplatsen." in page

    restore(as_superuser, versions_of(person)[0])
    person.refresh_from_db()
    assert person.name == "Förr Testsson"
    assert [getattr(person, name) for name in shown] == [False] * 3


def test_a_person_hidden_before_she_was_deleted_comes_back_hidden(as_superuser, make_holder):
    person = make_holder(phone="+46701234567", show_phone=True).person
    change(as_superuser, person, show_phone=["False"])
    as_superuser.post(undo_address(delete(as_superuser, person)))
    assert Person.objects.get().show_phone is False


def test_what_residents_will_see_is_said_before(as_superuser, make_post):
    post = make_post(body="<p>Text.</p>")
    change(as_superuser, post, title=["Nytt"])
    page = compare_with_now(as_superuser, versions_of(post)[0])
    assert "Nu: Syns sedan" in page.text
    assert "adress, publiceringstid" in page.text


def test_a_version_that_may_not_be_public_is_refused_with_the_reason(as_superuser, make_post):
    post = make_post(body="", published_at=None)
    change(as_superuser, post, body=["<p>Text.</p>"], _publish=["1"])
    told = restore(as_superuser, versions_of(post)[0])

    assert "Skriv en text." in told.text
    assert Post.objects.get().body == "<p>Text.</p>"
    assert len(versions_of(post)) == 2


def test_a_picture_that_was_replaced_comes_back(as_superuser, make_post, picture_file):
    post = make_post(published_at=None, image=picture_file(size=(80, 60)))
    old = post.image.name
    change(as_superuser, post, **{"image-clear": ["on"]})
    restore(as_superuser, versions_of(post)[0])

    post.refresh_from_db()
    assert (post.image.name, post.image_width, post.image_height) == (old, 80, 60)
    assert default_storage.exists(old)


def test_a_picture_that_is_gone_is_said_and_the_rest_comes_back(as_superuser, make_post, picture_file):
    post = make_post(title="Förr", published_at=None, image=picture_file())
    change(as_superuser, post, title=["Nu"], **{"image-clear": ["on"]})
    default_storage.delete(post.image.name)
    told = restore(as_superuser, versions_of(post)[0])

    assert "filen finns inte kvar" in told.text
    assert (Post.objects.get().title, Post.objects.get().image.name) == ("Förr", "")


def test_a_category_that_is_gone_is_said_and_the_rest_comes_back(as_superuser, make_post):
    category = Category.objects.create(name="Möten")
    post = make_post(title="Förr", body="<p>Text.</p>", category=category)
    change(as_superuser, post, title=["Nu"], category=[""])
    category.delete()
    told = restore(as_superuser, versions_of(post)[0])

    assert "Kategori finns inte kvar." in told.text
    assert Post.objects.get().title == "Förr"


def test_a_role_gets_back_the_holders_it_had(as_superuser, make_holder):
    holder = make_holder(starts_on=date(2025, 3, 1))
    role, other = holder.role, Person.objects.create(name="Annan Testsson")
    change(as_superuser, role, **{"assignments-0-DELETE": ["on"]})
    Assignment.objects.create(role=role, person=other)
    restore(as_superuser, versions_of(role)[0])

    assert list(Assignment.objects.values_list("pk", "person__name", "starts_on")) == [
        (holder.pk, "Test Testsson", date(2025, 3, 1))
    ]
    change(
        as_superuser, role, email=["kassor@example.org"]
    )  # the one who was added meanwhile is in a version too
    assert any(
        "Annan Testsson" in compare_with_now(as_superuser, version).text for version in versions_of(role)
    )


def test_a_holder_who_is_deleted_does_not_stop_the_rest(as_superuser, make_holder):
    holder = make_holder()
    change(as_superuser, holder.role, name=["Kassör"], **{"assignments-0-DELETE": ["on"]})
    holder.person.delete()
    told = restore(as_superuser, versions_of(holder.role)[0])

    assert Role.objects.get().name == "Ordförande"
    assert "Person finns inte kvar." in told.text


def test_a_name_that_another_has_by_now_is_refused_in_swedish(as_superuser):
    role = Role.objects.create(name="Kassör")
    change(as_superuser, role, name=["Ekonom"])
    Role.objects.create(name="Kassör")
    told = restore(as_superuser, versions_of(role)[0])
    assert "finns redan" in told.text
    role.refresh_from_db()
    assert role.name == "Ekonom"


def test_a_restored_page_is_not_restored_by_a_mere_look(as_superuser):
    page = make(Page)
    change(as_superuser, page, title=["Nu"])
    assert as_superuser.get(url_of(Page, "restore", page.pk, versions_of(page)[0].pk)).status_code == 405


def test_only_those_who_may_change_a_row_see_its_versions_and_restore(client, django_user_model, member):
    page = make(Page)
    client.force_login(django_user_model.objects.create_superuser("chef"))
    change(client, page, title=["Nu"])
    version = versions_of(page)[0]
    client.force_login(member())

    assert compare_with_now(client, version).status_code == 403
    assert restore(client, version).status_code == 403
    assert client.get(url_of(Page, "history", page.pk)).status_code == 403
