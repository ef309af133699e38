"""The list of what moved in: published with its old date in few steps, without a sound."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Assignment, Person, Role
from hgf_site.management.commands.purge import WORK
from mailing.clock import letter_posts
from moving.models import Imported
from news.models import Post
from tests.helpers import joomla
from tests.helpers.admin_forms import read_form

pytestmark = pytest.mark.any_database

LIST = "/admin/moving/imported/"
PICTURE = {"images": json.dumps({"image_intro": "images/a.jpg"})}
ACCUSED = "<p>Påhittad Personsson är misstänkt för mutbrott.</p>"


@pytest.fixture
def moved(tmp_path, db):
    path = joomla.write_dump(
        tmp_path,
        joomla.article(
            2,
            "Länkar",
            '<p>Läs <a href="/index.php?option=com_content&amp;view=article&amp;id=3">mer om den</a>.</p>',
        ),
        joomla.article(3, "Sommar", publish_up="2021-02-03 16:40:00", modified="2021-02-03 16:50:00"),
        joomla.article(4, "Bild", **PICTURE),
        joomla.article(5, "Anklagelse", ACCUSED),
        joomla.article(6, "Protokoll", catid=9),
        joomla.article(7, "Förbi", publish_down="2020-03-20 22:59:00"),
    )
    joomla.run("import_joomla", path, images=joomla.write_images(tmp_path, "a.jpg"))


def act(client, action, *titles):
    rows = Imported.objects.filter(kind="article")
    chosen = [one.pk for one in rows if not titles or str(one) in titles]
    response = client.post(LIST, {"action": action, "_selected_action": chosen}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def published():
    return set(Post.objects.exclude(published_at=None).values_list("title", flat=True))


@pytest.mark.each_database
def test_many_are_published_at_once_with_their_old_dates_and_in_silence(moved, as_member, client):
    told = act(as_member("Administratörer"), "publish")
    assert published() == {"Länkar", "Sommar", "Förbi"}
    assert "3 publicerade. 3 väntar." in told
    post = Post.objects.get(title="Sommar")
    assert str(post.published_at) == "2021-02-03 16:40:00+00:00"
    assert str(post.updated_at) == "2021-02-03 16:50:00+00:00"
    assert Post.objects.get(title="Förbi").is_expired
    assert post.without_letter
    assert b"<item>" not in client.get("/nyheter/rss/").content
    assert "Ändrad" not in client.get(post.get_absolute_url()).content.decode()


def test_an_accusation_and_what_never_was_public_are_published_one_by_one(moved, as_member):
    client = as_member("Administratörer")
    told = act(client, "publish", "Anklagelse", "Protokoll")
    assert published() == set()
    assert "publiceras en i taget" in told
    act(client, "publish", "Anklagelse")
    assert published() == {"Anklagelse"}


def test_a_picture_is_made_decoration_or_left_out_before_that(moved, as_member):
    client = as_member("Administratörer")
    act(client, "make_decorative", "Bild")
    act(client, "publish", "Bild")
    assert published() == {"Bild"}
    assert "alt_missing" not in Imported.objects.get(post__title="Bild").flags


def test_a_picture_is_left_out(moved, as_member):
    client = as_member("Administratörer")
    act(client, "remove_picture", "Bild")
    act(client, "publish", "Bild")
    assert not Post.objects.get(title="Bild").image
    assert published() == {"Bild"}


def test_what_is_thrown_away_lies_in_the_trash_and_does_not_come_again(moved, as_member, tmp_path):
    client = as_member("Administratörer")
    act(client, "discard", "Bild", "Sommar")
    assert not Post.objects.filter(title__in=["Bild", "Sommar"]).exists()
    assert "Bild" in client.get("/admin/papperskorg/").content.decode()
    joomla.run("import_joomla", tmp_path / "dump.sql", images=tmp_path / "images")
    assert not Post.objects.filter(title__in=["Bild", "Sommar"]).exists()


def test_people_are_suggested_in_the_form_that_gives_roles(tmp_path, as_member):
    contacts = [
        (1, "Påhittad personsson", "p-p", "Ordförande", "", "070-174 06 05", "maj@gamla.example", 1, 1),
        (2, "Sekreterare: Testa Testsson", "t-t", "", "inget", "", "ingen", 1, 1),
        (3, "Före Detta", "f-d", "Kassör", "", "", "", 0, 1),
    ]
    joomla.run("import_joomla", joomla.write_dump(tmp_path, joomla.article(2, "Sommar"), contacts=contacts))
    assert set(Person.objects.values_list("name", "phone", "email", "show_phone", "show_email")) == {
        ("Påhittad Personsson", "+46701740605", "maj@gamla.example", False, False),
        ("Testa Testsson", "", "", False, False),
    }
    client = as_member("Administratörer")
    assert client.get(LIST).text.count("Syns inte") == 2
    chosen = list(Imported.objects.filter(kind="contact").values_list("pk", flat=True))
    form = client.post(LIST, {"action": "suggest", "_selected_action": chosen}, follow=True)
    names = {name: value for name, (value, *_) in read_form(form, "handover_form")[0].items() if value}
    assert {"Påhittad Personsson", "Testa Testsson"} <= set(names.values())
    assert not Assignment.objects.exists()
    joomla.run("import_joomla", tmp_path / "dump.sql")
    assert Person.objects.count() == 2
    Person.objects.filter(name="Testa Testsson").update(email="testa@example.org")
    joomla.run("import_undo")
    assert Person.objects.get().name == "Testa Testsson"
    assert [role.name for role in Role.objects.all()] == []


@pytest.mark.each_database
def test_the_list_is_filtered_by_what_to_look_at_year_and_category(moved, as_member):
    client = as_member("Administratörer")
    category = Post.objects.get(title="Sommar").category_id

    def shown(query):
        page = client.get(f"{LIST}?{query}").content.decode()
        titles = Post.objects.values_list("title", flat=True)
        return {title for title in titles if f">{title}</a>" in page}

    assert shown("sak=names_a_person") == {"Anklagelse"}
    assert shown("sak=inget") == {"Länkar", "Sommar"}
    assert shown("published_at__year=2021") == {"Sommar"}
    assert shown(f"post__category__id__exact={category}&published_at__year=2021") == {"Sommar"}
    assert shown("kvar=ja") == set(Post.objects.values_list("title", flat=True))
    assert shown("kvar=nej") == set()


def test_the_list_asks_as_often_for_six_rows_as_for_one(moved, as_member, django_assert_num_queries):
    client = as_member("Administratörer")
    with CaptureQueriesContext(connection) as whole:
        client.get(LIST)
    Imported.objects.exclude(post__title="Sommar").update(post=None)
    with django_assert_num_queries(len(whole)):
        client.get(LIST)


def test_the_old_text_stands_beside_the_new_one_until_it_is_reviewed(moved, as_member):
    client = as_member("Administratörer")
    memory = Imported.objects.get(post__title="Sommar")
    memory.post.body = "<p>En annan text.</p>"
    memory.post.save()
    url = f"{LIST}{memory.pk}/change/"
    page = client.get(url).text
    assert "<del>" in page
    assert reverse("admin:news_post_change", args=[memory.post.pk]) in page
    act(client, "publish", "Sommar")
    memory.refresh_from_db()
    assert memory.old_text == ""
    assert client.get(url).headers["Location"] == reverse("admin:news_post_change", args=[memory.post.pk])


def test_old_texts_are_gone_after_90_days_and_when_a_person_is_erased(moved, make_holder, as_superuser):
    assert Imported.objects.exclude(old_text="").count() == 6
    person = make_holder("Påhittad Personsson").person
    url = reverse("admin:erase_person", args=[person.pk])
    assert "Från den gamla webbplatsen" in as_superuser.get(url).text
    as_superuser.post(url, {"old": "on"})
    assert Imported.objects.get(post__title="Anklagelse").old_text == ""
    Imported.objects.filter(post__title="Sommar").update(taken_at=timezone.now() - timedelta(days=91))
    WORK["texts of the old site"]()
    assert Imported.objects.get(post__title="Sommar").old_text == ""
    assert Imported.objects.exclude(old_text="").count() == 4


@pytest.mark.parametrize("group", ["Redaktörer", "Kontaktansvariga"])
def test_others_do_not_see_the_list(moved, as_member, group):
    client = as_member(group)
    assert client.get(LIST).status_code == 403
    act_on = {"action": "publish", "_selected_action": Imported.objects.values_list("pk", flat=True)}
    assert client.post(LIST, act_on).status_code == 403
    assert published() == set()


@pytest.mark.long
def test_300_clean_posts_are_published_in_six_actions_in_the_old_order_and_in_silence(
    tmp_path, as_member, client
):
    days = [f"20{15 + n % 9}-03-{1 + n % 28:02} 12:00:00" for n in range(300)]
    rows = [joomla.article(n + 20, f"Text {n}", publish_up=day) for n, day in enumerate(days)]
    joomla.run("import_joomla", joomla.write_dump(tmp_path, *rows))
    admin = as_member("Administratörer")
    items = client.get("/nyheter/rss/").text.count("<item>")
    actions, slowest = 0, 0
    while waiting := list(Imported.objects.filter(post__published_at=None, kind="article")[:100]):
        began = time.process_time()
        admin.post(LIST, {"action": "publish", "_selected_action": [one.pk for one in waiting]})
        slowest = max(slowest, time.process_time() - began)
        actions += 1
    print(f"{actions} actions, the slowest {slowest:.1f} s of the processor")  # noqa: T201
    assert actions <= 6
    assert Post.objects.current().count() == 300
    by_date = Imported.objects.filter(kind="article").order_by("-published_at", "-post_id")
    assert list(Post.objects.newest_first().values_list("pk", flat=True)) == list(
        by_date.values_list("post_id", flat=True)
    )
    assert client.get("/nyheter/rss/").text.count("<item>") == items
    assert not letter_posts(timezone.now() - timedelta(days=9999)).exists()
