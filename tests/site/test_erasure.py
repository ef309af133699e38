"""”Radera för gott”, and history past its retention: nothing of it is left, anywhere."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from reversion.models import Revision, Version

from common.files.pictures import UPLOAD_TIME
from common.versions.purge import delete_old_versions, delete_unneeded_pictures
from contacts.models import Assignment, Branch, Person, PostalAddress, Role, SocialLink
from hgf_site.erasure.personal_data import PersonalDataSearch
from news.models import Category, Page, Post
from tests.helpers.admin_forms import delete, filled, make, send, undo_address, url_of
from tests.helpers.pages import make_page
from tests.helpers.versions import change, restore, versions_of

pytestmark = pytest.mark.any_database

NAME = "Åsa Hemligsson"
SECRETS = [
    NAME,
    "Hemligsson",
    "\\u00c5sa",
    "Asa Gammalnamn",
    "0701740605",
    "70-174 06 05",
    "+46701740605",
    "asa.hemlig@example.org",
]


def all_rows():
    """Yield (table, the row as text) of everything in the database."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  our own tables
            for row in cursor.fetchall():
                yield table, " ".join(map(str, row))


def found_in_tables():
    return {
        (table, secret) for table, text in all_rows() for secret in SECRETS if secret.lower() in text.lower()
    }


def files():
    return default_storage.files()


@pytest.fixture
def known_person(as_superuser, picture_file):
    """Somebody whose data has been everywhere: two names, two photos, roles, history, the log."""
    role = Role.objects.create(name="Kassör")
    url, values = filled(
        Person,
        as_superuser,
        name=["Asa Gammalnamn"],
        phone=["070-174 06 05"],
        email=["asa.hemlig@example.org"],
    )
    as_superuser.post(url, values | {"photo": picture_file()})
    person = Person.objects.get()
    url, values = filled(Person, as_superuser, person, name=[NAME])
    as_superuser.post(url, values | {"photo": picture_file(size=(40, 40))})
    new = {"assignments-TOTAL_FORMS": ["1"], "assignments-0-role": [role.pk], "assignments-0-order": ["0"]}
    url, values = filled(Role, as_superuser, role, **new, **{"assignments-0-person": [person.pk]})
    assert send(as_superuser, url, values).status_code == 302
    person.refresh_from_db()
    return person


@pytest.mark.each_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["on the page", "in the trash", "restored"])
def test_an_erased_person_is_nowhere_in_the_database_nor_in_media(as_superuser, known_person, where):
    key = known_person.pk
    other = Person.objects.create(name="Annan Testsson", phone="+46701740606")
    change(as_superuser, other, organisation=["Regionen"])
    if where != "on the page":
        undo = undo_address(delete(as_superuser, known_person))
        if where == "restored":
            as_superuser.post(undo, follow=True)
    as_superuser.get(reverse("admin:index"))  # shows the messages, which are then forgotten
    assert {secret for _, secret in found_in_tables()} >= {NAME, "+46701740605", "asa.hemlig@example.org"}
    assert len(files()) >= 2

    told = as_superuser.post(reverse("admin:erase_person", args=[key]), follow=True)
    assert "är raderad för gott" in told.text
    assert found_in_tables() == set()
    assert files() == []
    assert Person.objects.get().name == "Annan Testsson"
    assert len(versions_of(other)) == 2
    if connection.vendor == "sqlite":
        database = Path(settings.DATABASES["default"]["TEST"]["NAME"])
        bytes_left = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
        assert [secret for secret in SECRETS if secret.encode() in bytes_left] == []


@pytest.mark.django_db(transaction=True)
def test_the_persons_role_keeps_its_history_without_the_person(as_superuser, known_person):
    role = Role.objects.get()
    before = len(versions_of(role))
    as_superuser.post(reverse("admin:erase_person", args=[known_person.pk]))

    assert len(versions_of(role)) == before
    assert "raderad person" in as_superuser.get(url_of(Role, "history", role.pk)).text
    told = restore(as_superuser, versions_of(role)[-1])
    assert told.status_code == 200
    assert not Assignment.objects.exists()


@pytest.mark.django_db
def test_before_erasing_it_is_said_what_goes_what_stays_and_what_backups_hold(
    as_superuser, known_person, make_post, tmp_path, settings
):
    settings.DATA_DIR = tmp_path
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "backup-20260101T000000Z.tar.gz").touch()
    make_post(title="Ny kassör", byline=NAME)
    make_page(title="Om oss", body="<p>Ring 070-174 06 05.</p>")
    make_post(title="En annan nyhet")
    Role.objects.create(name="Växel", email="ASA.hemlig@example.org".lower())
    page = as_superuser.get(reverse("admin:erase_person", args=[known_person.pk])).text

    for text in ("Kassör", "Ny kassör", "Om oss", "Växel", "när 7 nya kopior har gjorts", "inte att ångra"):
        assert text in page
    assert "En annan nyhet" not in page
    assert Person.objects.exists()


def erase(client, person, **data):
    return client.post(reverse("admin:erase_person", args=[person.pk]), data, follow=True)


def asked_about(client, person):
    return client.get(reverse("admin:erase_person", args=[person.pk]))


@pytest.fixture
def vilma(as_superuser, make_post, picture_file):
    """Somebody named in a deleted post with a picture, and in an older version of each kind of text."""
    person = Person.objects.create(name="Vilma Visbo", phone="+46701112233", email="vilma@example.org")
    post = make_post(
        title="Ny kassör",
        body="<p>Vilma Visbo nås på 070-111 22 33.</p>",
        image=picture_file(),
        image_alt="x",
    )
    delete(as_superuser, post)
    rows = [
        (Branch.objects.create(name="Test", description="Fråga Vilma\u00a0Visbo."), "description"),
        (
            make_page(title="Om oss", body="<p>Vilmas nummer: <b>0701</b>112233</p>"),
            "body",
        ),
        (make(PostalAddress, recipient="c/o VILMA VISBO"), "recipient"),
        (make(SocialLink, url="https://www.example.org/vilma.visbo"), "url"),
        (make(Role, email="vilma@example.org"), "email"),
        (Category.objects.create(name="Vilma Visbos spalt", slug="spalt"), "name"),
    ]
    for row, field in rows:
        change(
            as_superuser, row, **{field: ["https://www.example.org/" if field == "url" else "x@example.se"]}
        )
    change(as_superuser, make(Page, title="Vilma Annansson", body="<p>Visbo 10701112233.</p>"), title=["Ny"])
    return person


def names_the_person(version):
    return any(word in version.serialized_data.lower() for word in ("visbo", "112233", "111 22", "vilma@"))


@pytest.mark.each_database
@pytest.mark.django_db(transaction=True)
def test_older_versions_and_deleted_texts_that_name_the_person_are_erased_too(as_superuser, vilma):
    page = asked_about(as_superuser, vilma)
    listed = sorted((old.kind, old.count) for old in page.context["old_texts"])
    kinds = ["Förening", "Kategori", "Länk till sociala medier", "Nyhet", "Postadress", "Roll", "Sida"]
    assert listed == [(kind, 1) for kind in kinds]
    assert re.search(r'name="old"[^>]* checked', page.text)

    erase(as_superuser, vilma, old="on")
    left = Version.objects.filter(object_repr="Vilma Annansson") | Version.objects.filter(object_repr="Ny")
    assert [v for v in Version.objects.all() if names_the_person(v)] == [
        v for v in left if names_the_person(v)
    ]
    assert left.count() == 2
    assert as_superuser.get(reverse("admin:trash")).context["rows"] == []
    assert files() == []


@pytest.mark.django_db
def test_older_versions_stay_when_the_checkbox_is_left_empty(as_superuser, vilma):
    before = Version.objects.count()
    erase(as_superuser, vilma)
    assert Version.objects.count() == before
    assert len(as_superuser.get(reverse("admin:trash")).context["rows"]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "Tack till Vilma Visbos grannar.",
        "Vilma&nbsp;<strong>Visbo</strong>",
        "+46 70 111 22 33",
        "070-1112233",
        "<a href='tel:+46701112233'>Ring</a>",
        "vilma (snabel-a) example punkt org",
        '<a href="mailto:VILMA@example.org">Skriv</a>',
    ],
)
def test_a_text_names_the_person_however_it_is_written(text):
    data = {"names": ["Vilma Visbo"], "phones": ["+46701112233"], "emails": ["vilma@example.org"]}
    assert PersonalDataSearch(data).matches(f"<p>{text}</p>")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["Vilma Visborg", "Vilma Testsson och Per Visbo", "070-111 22 334", "evilma@example.org"]
)
def test_a_text_about_somebody_else_does_not_match(text):
    data = {"names": ["Vilma Visbo"], "phones": ["+46701112233"], "emails": ["vilma@example.org"]}
    assert not PersonalDataSearch(data).matches(f"<p>{text}</p>")


@pytest.mark.django_db
def test_texts_of_every_kind_that_name_the_person_are_listed_for_an_editor_to_rewrite(as_superuser, vilma):
    rows = {
        Branch.objects.get(): "privacy_contact",
        make(PostalAddress): "recipient",
        make(SocialLink): "name",
        make(Page): "body",
        make(Post): "byline",
    }
    for row, field in rows.items():
        type(row).objects.filter(pk=row.pk).update(**{field: "Vilma Visbo"})
    page = asked_about(as_superuser, vilma)
    assert {row for row, _ in page.context["texts"]} == set(rows)
    assert all(as_superuser.get(url).status_code == 200 for _, url in page.context["texts"])
    assert all(as_superuser.get(old.url).status_code == 200 for old in page.context["old_texts"])


@pytest.mark.django_db
def test_a_name_of_one_word_takes_no_versions_unless_somebody_has_looked(as_superuser):
    person = Person.objects.create(name="Bo")
    change(
        as_superuser,
        make_page(title="Bo här", slug="x", body="<p>Bostad</p>"),
        title=["Ny"],
    )
    page = asked_about(as_superuser, person)
    assert [old.count for old in page.context["old_texts"]] == [1]
    assert not re.search(r'name="old"[^>]* checked', page.text)


@pytest.mark.django_db
@pytest.mark.parametrize("many", [5, pytest.param(20, marks=pytest.mark.long)])
def test_asking_takes_as_many_queries_for_one_text_as_for_many(
    as_superuser, vilma, many, django_assert_num_queries, django_assert_max_num_queries
):
    asked_about(as_superuser, vilma)
    with django_assert_max_num_queries(30) as captured:
        asked_about(as_superuser, vilma)
    few = len(captured)
    for number in range(many):
        delete(as_superuser, make_page(title=f"Vilma Visbo {number}"))
        change(as_superuser, make(Page, title="Vilma Visbo"), body=["<p>Vilma Visbo</p>"])
    as_superuser.get(reverse("admin:trash"))  # shows the messages
    with django_assert_num_queries(few):
        asked_about(as_superuser, vilma)


@pytest.mark.django_db
def test_a_short_name_is_erased_as_a_word_only(as_superuser, superuser):
    person = Person.objects.create(name="Bo")
    role = Role.objects.create(name="Bostadsombud")
    entry = LogEntry.objects.create(
        user=superuser, action_flag=2, object_repr="Bostadsombud: Bo", change_message="", object_id=role.pk
    )
    as_superuser.post(reverse("admin:erase_person", args=[person.pk]))
    entry.refresh_from_db()
    assert entry.object_repr == "Bostadsombud: (raderad person)"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("group", "status"), [("Administratörer", 200), ("Kontaktansvariga", 403), ("Redaktörer", 403)]
)
def test_only_administrators_erase(as_member, group, status):
    client = as_member(group)
    person = Person.objects.create(name="Test Testsson")
    url = reverse("admin:erase_person", args=[person.pk])

    assert client.get(url).status_code == status
    if status == 200:
        assert url in client.get(url_of(Person, "change", person.pk)).text
        delete(client, person)
        assert url in client.get(reverse("admin:trash")).text
    else:
        assert client.post(url).status_code == 403
        assert Person.objects.exists()
        assert url not in client.get(url_of(Person, "change", person.pk)).text


@pytest.mark.django_db
@pytest.mark.parametrize("key", [0, 10**9, 10**30])
def test_nobody_is_not_found(as_superuser, key):
    assert as_superuser.get(f"{reverse('admin:index')}radera/{key}/").status_code == 404


# --- Pictures ---


@pytest.mark.django_db
def test_a_picture_of_an_older_version_stays_and_an_unused_one_is_deleted(
    as_superuser, make_post, picture_file
):
    post = make_post(published_at=None, image=picture_file())
    used = post.image.name
    change(as_superuser, post, **{"image-clear": ["on"]})
    lost = make_post(title="Aldrig sparad i admin", published_at=None, image=picture_file(size=(900, 600)))
    shown = make_post(title="Syns", image=picture_file(), image_alt="Grannar på en gård.")
    lost_files = [path for path in files() if Path(lost.image.name).stem in path]
    assert len(lost_files) > 1  # with renditions
    Post.objects.filter(pk=lost.pk).update(image="")
    later = timezone.now() + UPLOAD_TIME + timedelta(hours=1)

    assert delete_unneeded_pictures() == []  # it may belong to a save that is not finished
    assert delete_unneeded_pictures(later) == [lost.image.name]
    assert not [path for path in lost_files if default_storage.exists(path)]
    assert default_storage.exists(used)
    assert default_storage.exists(shown.image.name)
    restore(as_superuser, versions_of(post)[0])
    assert Post.objects.get(pk=post.pk).image.name == used


@pytest.mark.django_db
def test_renditions_whose_picture_is_gone_go_and_what_is_not_ours_stays(make_post, picture_file):
    post = make_post(published_at=None, image=picture_file())
    Post.objects.update(image="")
    default_storage.delete(post.image.name)
    strange = default_storage.save("annat/fil.txt", ContentFile(b"not ours"))
    delete_unneeded_pictures(timezone.now() + timedelta(days=2))
    assert files() == [strange]


# --- The history of people ends after a year ---


@pytest.mark.each_database
@pytest.mark.django_db
def test_the_history_and_the_trash_of_people_end_after_twelve_months(as_superuser, known_person):
    page = make(Page)
    change(as_superuser, page, title=["Nu"])
    delete(as_superuser, known_person)
    now = timezone.now()

    delete_old_versions(now + timedelta(days=360))
    assert Version.objects.get_deleted(Person).exists()
    assert delete_old_versions(now + timedelta(days=366)) > 0
    assert not Version.objects.get_deleted(Person).exists()
    assert found_in_tables() == set()
    assert len(versions_of(page)) == 2
    assert not Revision.objects.filter(version=None).exists()
    as_superuser.get(url_of(Role, "history", Role.objects.get().pk))


@pytest.mark.django_db
def test_what_stands_in_the_row_itself_stays_for_ever(as_superuser, make_holder):
    holder = make_holder()
    change(as_superuser, holder.role, email=["kassor@example.org"])
    delete_old_versions(timezone.now() + timedelta(days=800))
    assert Assignment.objects.get().person.name == "Test Testsson"
    change(as_superuser, holder.role, email=[""])
    restore(as_superuser, versions_of(holder.role)[0])
    assert Assignment.objects.get().person.name == "Test Testsson"
    assert Role.objects.get().email == "kassor@example.org"
