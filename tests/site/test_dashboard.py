"""The admin's start page: what the one who looks may do something about, and nothing else."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Person, Role
from hgf_site.admin_site import dashboard as dashboard_module
from hgf_site.admin_site.dashboard import dashboard_for
from news.models import Occurrence, Post
from tests.helpers.admin_forms import url_of
from tests.helpers.swedish import english_on

pytestmark = pytest.mark.any_database

DAY = timedelta(days=1)
NEWS = ["Utkast", "Syns nu"]
CONTACTS = ["Uppdrag som snart slutar", "Vakanta roller"]
OPTIONAL = ["Publiceras senare", "Kommande uppdrag"]  # left out while empty


def sections(user):
    return {section.title: section for section in dashboard_for(user).sections}


def titles(user, title):
    return [row.title for row in sections(user)[title].rows]


# --- Whose dashboard shows what ---


@pytest.mark.parametrize(
    ("group", "writes", "shown"),
    [
        ("Redaktörer", True, NEWS),
        ("Kontaktansvariga", False, CONTACTS),
        ("Administratörer", True, NEWS + CONTACTS),
        (None, False, []),
    ],
)
def test_each_group_has_its_own_desk(client, member, group, writes, shown):
    user = member(*[group] if group else [])
    assert list(sections(user)) == shown

    client.force_login(user)
    page = client.get(reverse("admin:index")).text
    assert ("Skriv nyhet" in page) is writes
    assert (url_of(Post, "add") in page) is writes
    for title in NEWS + CONTACTS:
        assert (f"<h2>{title}</h2>" in page) is (title in shown)
    assert not [title for title in OPTIONAL if title in page]


@pytest.mark.parametrize(
    ("codenames", "writes", "shown"),
    [
        (["view_post", "view_role", "view_assignment"], False, []),
        (["add_post"], True, []),
        (["change_post"], False, NEWS),
        (["change_role"], False, ["Vakanta roller"]),
        (["change_assignment"], False, []),  # it is changed in the form of the role
    ],
    ids=str,
)
def test_the_desk_follows_the_permissions_and_not_the_name_of_the_group(member, codenames, writes, shown):
    user = member(may=codenames)
    assert bool(dashboard_for(user).write_url) is writes
    assert list(sections(user)) == shown


def test_a_superuser_has_all_of_it(superuser):
    assert list(sections(superuser)) == NEWS + CONTACTS
    assert dashboard_for(superuser).write_url


def test_skriv_nyhet_comes_before_all_else(as_superuser, make_post):
    make_post(published_at=None)
    content = as_superuser.get(reverse("admin:index")).text.partition('id="content-main"')[2]

    assert 0 < content.index("Skriv nyhet") < content.index("<h2>") < content.index("<table>")


@pytest.mark.parametrize(
    ("codenames", "warned"),
    [
        (["change_role", "change_person"], True),
        (["view_role", "view_person"], False),
        (["change_post"], False),
    ],
    ids=str,
)
def test_only_who_can_change_contacts_is_warned_of_invented_addresses(client, member, codenames, warned):
    Role.objects.create(name="Ordförande", email="ordforande@example.org")
    client.force_login(member(may=codenames))

    assert ("Påhittade" in client.get(reverse("admin:index")).text) is warned


# --- News ---


def test_every_post_stands_where_it_belongs(member, make_post):
    user, now = member("Redaktörer"), timezone.now()
    make_post(title="Utkastet", published_at=None)
    make_post(title="Kommer", published_at=now + DAY)
    make_post(title="Syns", published_at=now - DAY)
    make_post(title="Förbi", published_at=now - 2 * DAY, expires_at=now - DAY)

    assert {title: [row.title for row in section.rows] for title, section in sections(user).items()} == {
        "Utkast": ["Utkastet"],
        "Publiceras senare": ["Kommer"],
        "Syns nu": ["Syns"],
    }


def test_what_comes_first_stands_first(member, make_post):
    user, now = member("Redaktörer"), timezone.now()
    for days in (2, 1, 3):
        make_post(title=f"Om {days}", published_at=now + days * DAY)
        make_post(title=f"För {days} sedan", published_at=now - days * DAY)
        make_post(title=f"Ändrat för {days} sedan", published_at=None)
    for post in Post.objects.drafts():
        Post.objects.filter(pk=post.pk).update(updated_at=now - int(post.title.split()[2]) * DAY)

    assert titles(user, "Publiceras senare") == ["Om 1", "Om 2", "Om 3"]
    assert titles(user, "Syns nu") == ["För 1 sedan", "För 2 sedan", "För 3 sedan"]
    assert titles(user, "Utkast") == ["Ändrat för 1 sedan", "Ändrat för 2 sedan", "Ändrat för 3 sedan"]


def test_the_times_are_in_swedish_words_and_swedish_time(client, member, make_post):
    year = timezone.localdate().year + 1
    comes = datetime(year, 7, 1, 18, tzinfo=ZoneInfo("Europe/Stockholm"))
    make_post(title="Sommarfest", published_at=comes)
    make_post(title="Vinterfest", published_at=datetime(2026, 1, 1, 23, 30, tzinfo=ZoneInfo("UTC")))
    draft = make_post(title="Utkastet", published_at=None)
    Post.objects.filter(pk=draft.pk).update(updated_at=datetime(2026, 3, 2, 23, 30, tzinfo=ZoneInfo("UTC")))
    client.force_login(member("Redaktörer"))
    page = client.get(reverse("admin:index")).text

    assert f"1 juli {year} kl. 18.00" in page
    assert "Syns sedan 2 januari 2026" in page
    assert "Ändrades 3 mars 2026" in page


def test_a_public_post_leads_to_its_page_and_all_to_their_forms(client, member, make_post):
    public, draft = make_post(title="Årsmöte"), make_post(title="Utkastet", published_at=None)
    scheduled = make_post(title="Kommer", published_at=timezone.now() + DAY)
    client.force_login(member("Redaktörer"))
    page = client.get(reverse("admin:index")).text

    for post in (public, draft, scheduled):
        assert f'href="{url_of(Post, "change", post.pk)}"' in page
    assert f'href="{public.get_absolute_url()}"' in page
    assert draft.get_absolute_url() not in page
    assert scheduled.get_absolute_url() not in page
    assert client.get(public.get_absolute_url()).status_code == 200


def test_a_long_desk_is_cut_and_leads_to_the_rest(client, member, make_post):
    user = member("Redaktörer")
    many = dashboard_module.UNPUBLISHED_LENGTH
    for number in range(many):
        make_post(title=f"Utkast {number}", published_at=None)
        make_post(title=f"Kommer {number}", published_at=timezone.now() + DAY)
        make_post(title=f"Syns {number}")
    assert [len(section.rows) for section in dashboard_for(user).sections] == [many, many, 5]
    assert not [section.more_url for section in dashboard_for(user).sections if section.more_url]

    make_post(title="Ett till", published_at=None)
    drafts = sections(user)["Utkast"]
    assert len(drafts.rows) == many
    client.force_login(user)
    assert drafts.more_url in client.get(reverse("admin:index")).text
    assert client.get(drafts.more_url).context["cl"].result_count == many + 1


def test_a_title_is_text_and_nothing_else(client, member, make_post):
    make_post(title="<script>alert(1)</script>", published_at=None)
    client.force_login(member("Redaktörer"))
    page = client.get(reverse("admin:index")).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


# --- Contacts ---


@pytest.mark.parametrize(
    ("group", "offered"), [("Redaktörer", False), ("Kontaktansvariga", True), ("Administratörer", True)]
)
def test_a_new_board_is_begun_from_the_desk_by_those_who_may(client, member, group, offered):
    client.force_login(member(group))
    page = client.get(reverse("admin:index")).text
    for text, name in (("Ny styrelse", "new_board"), ("Gjorda byten", "handovers")):
        assert (f'href="{reverse(f"admin:contacts_role_{name}")}">{text}</a>' in page) is offered


@pytest.mark.parametrize(
    ("days", "listed"), [(-1, False), (0, True), (1, True), (30, True), (31, False), (None, False)]
)
def test_an_office_is_listed_from_thirty_days_before_it_ends_to_its_last_day(
    member, make_holder, days, listed
):
    make_holder(ends_on=None if days is None else timezone.localdate() + days * DAY)
    found = titles(member("Kontaktansvariga"), "Uppdrag som snart slutar")

    assert found == (["Ordförande: Test Testsson"] if listed else [])


def test_an_office_that_begins_later_is_no_current_one_but_a_coming_one(member, make_holder):
    user, today = member("Kontaktansvariga"), timezone.localdate()
    make_holder("Anna Andersson", starts_on=today + DAY, ends_on=today + 2 * DAY)
    assert titles(user, "Uppdrag som snart slutar") == []
    assert titles(user, "Kommande uppdrag") == ["Ordförande: Anna Andersson"]

    make_holder("Bo Berg", starts_on=today, ends_on=today)
    assert titles(user, "Uppdrag som snart slutar") == ["Ordförande: Bo Berg"]
    assert titles(user, "Kommande uppdrag") == ["Ordförande: Anna Andersson"]


@pytest.mark.parametrize(
    ("starts", "ends", "vacant"),
    [(None, None, False), (0, 0, False), (1, None, True), (None, -1, True)],
    ids=["open", "only today", "from tomorrow", "to yesterday"],
)
def test_a_role_is_vacant_when_nobody_holds_it_today(member, make_holder, starts, ends, vacant):
    today = timezone.localdate()
    make_holder(
        starts_on=None if starts is None else today + starts * DAY,
        ends_on=None if ends is None else today + ends * DAY,
    )
    assert titles(member("Kontaktansvariga"), "Vakanta roller") == (["Ordförande"] if vacant else [])


def test_a_role_that_visitors_do_not_see_as_vacant_is_on_the_desk_all_the_same(member):
    Role.objects.create(name="Kassör", show_vacant=False)
    Role.objects.create(name="Revisor", show_vacant=True)

    assert titles(member("Kontaktansvariga"), "Vakanta roller") == ["Kassör", "Revisor"]


def test_vacant_roles_stand_in_the_order_of_the_contact_page(member):
    for name, group in [("Revisor", "revisor"), ("Valberedning", "valberedning"), ("Ledamot", "styrelse")]:
        Role.objects.create(name=name, group=group)
    assert titles(member("Kontaktansvariga"), "Vakanta roller") == ["Ledamot", "Valberedning", "Revisor"]


def test_an_office_leads_to_the_form_of_its_role_and_says_when_it_ends(client, member, make_holder):
    holder = make_holder("Anna Andersson", "Kassör", ends_on=timezone.localdate())
    client.force_login(member("Kontaktansvariga"))
    page = client.get(reverse("admin:index")).text

    url = url_of(Role, "change", holder.role.pk)
    assert f'href="{url}"' in page
    assert "Kassör: Anna Andersson" in page
    assert f"Till och med {timezone.localdate().day} " in page
    assert client.get(url).status_code == 200


# --- The page itself ---


def fill(make_post, make_holder, number):
    today = timezone.localdate()
    make_post(title=f"Utkast {number}", published_at=None)
    make_post(title=f"Kommer {number}", published_at=timezone.now() + DAY)
    make_post(title=f"Syns {number}")
    make_holder(f"Slutar {number}", f"Slutar {number}", ends_on=today)
    make_holder(f"Kommer {number}", f"Kommer {number}", starts_on=today + DAY)
    Role.objects.create(name=f"Vakant {number}", email=f"vakant{number}@example.org")
    Person.objects.create(name=f"Person {number}", email=f"person{number}@example.org", show_email=True)


def test_the_desk_asks_as_often_for_one_row_as_for_thirty(as_superuser, make_post, make_holder):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert "Utkast 0" in as_superuser.get(reverse("admin:index")).text
        return len(captured)

    fill(make_post, make_holder, 0)
    queries()  # the first asks for what Django keeps in memory
    few = queries()
    for number in range(1, 10):  # as many as are listed
        fill(make_post, make_holder, number)
    assert queries() == few
    Post.objects.filter(title="Utkast 0").update(
        updated_at=timezone.now() + DAY
    )  # the one that is looked for
    for number in range(10, 30):
        fill(make_post, make_holder, number)
    assert queries() == few


def test_the_desk_itself_makes_ten_queries(member, make_post, make_holder, django_assert_num_queries):
    fill(make_post, make_holder, 0)
    user = member("Administratörer")
    user.get_all_permissions()
    with django_assert_num_queries(10):
        assert len(dashboard_for(user).sections) == 6


def test_documents_say_what_residents_see_of_them(member, make_document):
    shown = make_document("Hej")
    make_document("Hej", title="Protokoll", published_at=None)
    dashboard = dashboard_for(member("Redaktörer"))
    [section] = [one for one in dashboard.sections if one.title == "Senaste dokumenten"]
    assert [row.about[:6] for row in section.rows] == ["Utkast", "Syns s"]
    assert [row.public_url for row in section.rows] == ["", shown.get_absolute_url()]
    assert "Lägg upp ett dokument" in dict(dashboard.links)


def test_the_next_meeting_stands_first(member, make_post):
    post = make_post(title="Kallelse till årsmöte")
    today = timezone.localdate()
    for days in (9, 2, -3):
        Occurrence.objects.create(post=post, day=today + DAY * days, place=f"Lokal {days}")
    section = dashboard_for(member("Redaktörer")).sections[0]
    [row] = section.rows
    assert (section.title, row.title, row.public_url) == (
        "Nästa möte",
        "Årsmöte",
        post.get_absolute_url(),
    )
    assert row.about.endswith("Lokal 2")


@pytest.mark.parametrize("group", ["Redaktörer", "Kontaktansvariga", "Administratörer"])
@pytest.mark.parametrize("rows", [0, 12])
def test_a_desk_is_swedish_empty_and_full(client, member, make_post, make_holder, group, rows):
    for number in range(rows):
        fill(make_post, make_holder, number)
    client.force_login(member(group))
    page = client.get(reverse("admin:index"))

    assert not english_on(page)


def test_an_empty_desk_says_so_in_few_words(as_superuser):
    page = as_superuser.get(reverse("admin:index")).text
    for words in ("Inga utkast.", "Ingen nyhet syns", "Inget uppdrag slutar inom 30 dagar."):
        assert words in page


def test_the_desk_has_no_style_or_script_of_its_own_in_the_page(as_superuser, make_post, make_holder):
    fill(make_post, make_holder, 0)
    response = as_superuser.get(reverse("admin:index"))
    content = response.text.partition('id="content-main"')[2].partition("</main>")[0]

    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert "Skriv nyhet" in content
    for inline in (" style=", "<style", "<script", " onclick="):
        assert inline not in content
