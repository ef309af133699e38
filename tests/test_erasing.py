"""”Radera för gott”, and what is kept no longer: nothing of it is left, anywhere."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from reversion.models import Revision, Version

from contacts.models import Assignment, Person, Role
from news.models import Page, Post
from tests.admin_forms import filled, make, send, url_of
from tests.test_history import delete, restore, undo_address, versions_of
from tests.test_versions import change
from versions.tidying import UPLOAD_TIME, delete_old_versions, delete_unneeded_pictures

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
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["on the page", "in the bin", "brought back"])
def test_an_erased_person_is_nowhere_in_the_database_nor_in_media(as_superuser, known_person, where):
    key = known_person.pk
    other = Person.objects.create(name="Annan Testsson", phone="+46701740606")
    change(as_superuser, other, organisation=["Regionen"])
    if where != "on the page":
        undo = undo_address(delete(as_superuser, known_person))
        if where == "brought back":
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
def test_the_role_she_had_keeps_its_history_without_her(as_superuser, known_person):
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
    Page.objects.create(title="Om oss", body="<p>Ring 070-174 06 05.</p>")
    make_post(title="En annan nyhet")
    Role.objects.create(name="Växel", email="ASA.hemlig@example.org".lower())
    page = as_superuser.get(reverse("admin:erase_person", args=[known_person.pk])).text

    for text in ("Kassör", "Ny kassör", "Om oss", "Växel", "när 7 nya kopior har gjorts", "inte att ångra"):
        assert text in page
    assert "En annan nyhet" not in page
    assert Person.objects.exists()


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
def test_only_administrators_erase(client, django_user_model, group, status):
    from django.contrib.auth.models import Group

    user = django_user_model.objects.create_user("medlem", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    person = Person.objects.create(name="Test Testsson")
    url = reverse("admin:erase_person", args=[person.pk])

    assert client.get(url).status_code == status
    if status == 200:
        assert url in client.get(url_of(Person, "change", person.pk)).text
        delete(client, person)
        assert url in client.get(reverse("admin:bin")).text
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
def test_a_picture_of_a_kept_version_stays_and_one_that_nothing_names_goes(
    as_superuser, make_post, picture_file
):
    post = make_post(published_at=None, image=picture_file())
    kept = post.image.name
    change(as_superuser, post, **{"image-clear": ["on"]})
    lost = make_post(title="Aldrig sparad i admin", published_at=None, image=picture_file(size=(900, 600)))
    shown = make_post(title="Syns", image=picture_file(), image_alt="Grannar på en gård.")
    lost_files = [path for path in files() if Path(lost.image.name).stem in str(path)]
    assert len(lost_files) > 1  # with renditions
    Post.objects.filter(pk=lost.pk).update(image="")
    later = timezone.now() + UPLOAD_TIME + timedelta(hours=1)

    assert delete_unneeded_pictures() == []  # it may belong to a save that is not finished
    assert delete_unneeded_pictures(later) == [lost.image.name]
    assert not [path for path in lost_files if path.exists()]
    assert default_storage.exists(kept)
    assert default_storage.exists(shown.image.name)
    restore(as_superuser, versions_of(post)[0])
    assert Post.objects.get(pk=post.pk).image.name == kept


@pytest.mark.django_db
def test_renditions_whose_picture_is_gone_go_and_what_is_not_ours_stays(make_post, picture_file):
    post = make_post(published_at=None, image=picture_file())
    Post.objects.update(image="")
    default_storage.delete(post.image.name)
    strange = Path(settings.MEDIA_ROOT, "annat", "fil.txt")
    strange.parent.mkdir(parents=True)
    strange.write_text("inte vår")
    delete_unneeded_pictures(timezone.now() + timedelta(days=2))
    assert files() == [strange]


# --- The history of people ends after a year ---


@pytest.mark.django_db
def test_the_history_and_the_bin_of_people_end_after_twelve_months(as_superuser, known_person):
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
