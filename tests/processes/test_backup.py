"""Backup, verify_backup and restore, as the operator runs them: every row and file comes back, or nothing."""

import gzip
import io
import json
import sqlite3
import stat
import subprocess
import threading
from contextlib import closing

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from contacts.models import Branch
from hgf_site.operations.backups import archive, tables
from news.models import Category
from tests.helpers.damaged import DAMAGES, flipped, nothing, parts, rebuilt
from tests.helpers.running import PYTHON, ROOT, copy_of, environment, in_one_process, run

FILL = """
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from common.publishing.models import Proposal
from contacts.models import Assignment
from news.models import Page, Post
user = User.objects.create_user("test", password="grannar i samma hus", is_staff=True)
user.groups.add(Group.objects.get(name="Redaktörer"))
user.totpdevice_set.create(name="telefon", key="ab" * 20)
user.webauthncredential_set.create(name="nyckel", credential_id=b"\\0\\xff", public_key=b"\\xa5")
Post.objects.update(author=user, published_at="2026-03-29T02:30:00.123456+02:00")
Assignment.objects.update(starts_on="2020-02-29")
Page.objects.create(published_at=user.date_joined, title="Om oss", body="<p>Å, ”c” \\u2028 emoji 🏠.</p>")
Proposal.objects.create(row=Page.objects.first(), user=user, state={"news.page 1": {"title": "Å ”c”"}})
session = SessionStore(); session["secret"] = "logged in"; session.save()
"""
SETTINGS = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "127.0.0.1"}


def manage(data_dir, *arguments, **changes):
    return run(PYTHON, "manage.py", *arguments, DATA_DIR=data_dir, **SETTINGS, **changes)


def done(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def rows(path, label):
    return [json.loads(line) for line in parts(path)[f"tables/{label}.jsonl"].splitlines()]


@pytest.fixture(scope="module")
def site_dir(tmp_path_factory, prepared):
    """A DATA_DIR with one of everything, on SQLite, and a backup of it beside."""
    folder = copy_of(prepared, tmp_path_factory.mktemp("a site"))
    in_one_process(folder, FILL, ["backup", folder.parent / "good.tar.gz"])
    return folder


@pytest.fixture(scope="module")
def good(site_dir):
    return site_dir.parent / "good.tar.gz"


@pytest.fixture
def copied_tables(db, prepared, monkeypatch):
    """In the tests' own process a restore into SQLite copies its tables: to make them takes seconds."""
    make_tables = tables.make_tables

    def copy(migrations):
        if connection.vendor != "sqlite":
            return make_tables(migrations)
        connection.ensure_connection()
        with closing(sqlite3.connect(prepared.parent / "new.sqlite3")) as made:
            made.backup(connection.connection)

    monkeypatch.setattr(tables, "make_tables", copy)


# --- Round trips ---


def test_every_row_and_file_comes_back_on_either_kind_of_database(good, tmp_path, new_database):
    there, back = tmp_path / "there", tmp_path / "back"
    there.mkdir()
    back.mkdir()
    second, third = there / "second.tar.gz", back / "third.tar.gz"
    again, settings = ["restore", second, "--replace"], {**SETTINGS, "DATABASE_URL": new_database}
    in_one_process(there, ["restore", good], ["backup", second], again, **settings)
    assert parts(second) == parts(good)

    in_one_process(back, ["restore", second], ["backup", third], **SETTINGS)
    assert parts(third) == parts(good)
    pictures = [path for path in (back / "media").rglob("*") if path.is_file()]
    assert len(pictures) == 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in pictures} == {0o644}


def test_what_was_restored_can_be_logged_in_to_and_written_on(good, tmp_path, new_database):
    done(manage(tmp_path, "restore", good, DATABASE_URL=new_database))
    code = """
from django.contrib.auth.models import User
from django.core.management import call_command
from news.models import Post
from tests.helpers.postgres import rows_are_counted
user = User.objects.get(username="test")
print(user.check_password("grannar i samma hus"), user.totpdevice_set.get().key == "ab" * 20)
print(bytes(user.webauthncredential_set.get().credential_id) == b"\\0\\xff")
print(user.has_perm("news.add_post"), Post.objects.create(title="Ny", author=user).pk > 0)
print(rows_are_counted("news_post"))
call_command("makemigrations", "--check", "--dry-run", verbosity=0)
"""
    made = manage(tmp_path, "shell", "--no-imports", "-c", code, DATABASE_URL=new_database)
    assert done(made).split() == ["True"] * 6  # also a new key: on PostgreSQL the sequences go on


def test_nobody_is_logged_in_after_a_restore(good):
    assert "tables/sessions.session.jsonl" not in parts(good)
    assert b"logged in" not in gzip.decompress(good.read_bytes())


def test_a_backup_holds_every_table_but_those_that_a_restored_site_begins_anew(good):
    kept = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    there = {archive.TABLE_MEMBER.fullmatch(name)[1] for name in parts(good) if name.startswith("tables/")}
    letters = {"mailing.letter", "mailing.delivery", "mailing.sending"}
    assert kept - there == {"sessions.session", "contacts.emaillimit", "hgf_site.run", "news.word", *letters}


def test_a_backup_can_be_read_without_us(good, tmp_path):
    """GNU tar, sha256sum and a JSON parser are enough."""
    subprocess.run(["tar", "xzf", good, "-C", tmp_path], check=True)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    sums = "".join(f"{facts['sha256']}  {name}\n" for name, facts in manifest["files"].items())
    subprocess.run(["sha256sum", "-c", "--quiet"], input=sums.encode(), cwd=tmp_path, check=True)
    (post,) = map(json.loads, (tmp_path / "tables/news.post.jsonl").read_text().splitlines())
    assert post["title"] == "Allmännyttan kan vara nyttig på flera vis!"
    assert post["published_at"] == "2026-03-29T00:30:00.123456+00:00"
    assert (tmp_path / "media" / post["image"]).exists()
    assert "password hashes" in (tmp_path / "README.txt").read_text()


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_during_a_backup_is_not_in_it_and_waits_for_nothing():
    def commit():
        Category.objects.create(name="Samtidigt")
        connection.close()

    with tables.consistent_snapshot():
        before = Category.objects.count()
        other = threading.Thread(target=commit)
        other.start()
        other.join(10)
        assert not other.is_alive()
        assert Category.objects.count() == before
    assert Category.objects.count() == before + 1


@pytest.mark.parametrize("times", [2, pytest.param(10, marks=pytest.mark.long)])
def test_a_backup_made_while_others_write_is_of_one_moment(data_dir, tmp_path, copied_tables, times):
    """Each turn of the writer makes a category and a post with a picture of the same name, or neither."""
    code = """
import itertools, time
from pathlib import Path
from django.core.files.base import ContentFile
from django.db import transaction
from news.models import Category, Post
picture = ContentFile(Path("hgf_site/starter_content/flagga.png").read_bytes(), name="flagga.png")
Post.objects.all().delete()
Category.objects.all().delete()
for number in itertools.count():
    with transaction.atomic():
        category = Category.objects.create(name=f"nummer {number}")
        post = Post(title=category.name, category=category, image_is_decorative=True)
        if number % 5 == 0:
            post.image = picture
        post.save()
    print(number, flush=True)
    time.sleep(0.01)  # others have a turn
"""
    writer = subprocess.Popen(
        [PYTHON, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        env=environment(DATA_DIR=data_dir),
        stdout=subprocess.PIPE,
    )
    try:
        sizes = []
        for number in range(times):
            for _ in range(6):  # it goes on writing
                assert writer.stdout.readline()
            path = tmp_path / f"{number}.tar.gz"
            done(manage(data_dir, "backup", path))
            sizes.append(len(rows(path, "news.post")))
            assert sizes[-1] == len(rows(path, "news.category"))
            assert parts(path)["manifest.json"]["missing"] == []
        assert sizes == sorted(set(sizes))  # each has more
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    for path in tmp_path.glob("*.tar.gz"):
        call_command("verify_backup", path, stdout=io.StringIO())


# --- Making one ---


def test_a_backup_is_for_its_owner_alone_and_never_overwrites(site_dir, good, tmp_path):
    assert stat.S_IMODE(good.stat().st_mode) == 0o600
    before = good.read_bytes()
    result = manage(site_dir, "backup", good)
    assert result.returncode == 1
    assert str(good) in result.stderr
    assert good.read_bytes() == before


def test_the_last_ones_are_kept_and_it_is_said_which_are_deleted(site_dir):
    folder = site_dir / "backups"
    old = [folder / f"backup-2020010{day}T030000Z.tar.gz" for day in range(1, 5)]
    mine = folder / "backup-before-i-tried-something.tar.gz"
    done(manage(site_dir, "backup"))
    for path in [*old, mine]:
        path.touch()
    said = done(manage(site_dir, "backup", "--keep", "3"))
    left = sorted(path.name for path in folder.iterdir())
    assert left == sorted([mine.name, old[3].name, *(path.name for path in making_newest(folder, 2))])
    assert all(str(path) in said for path in old[:3])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def making_newest(folder, count):
    return sorted(folder.glob("backup-2*Z.tar.gz"))[-count:]


def test_a_backup_that_finds_no_room_leaves_nothing(site_dir, tmp_path):
    """A limit on the size of the process's files; tests/processes/test_full_disk.py fills a real disk."""
    limited = f"ulimit -f 20; exec '{PYTHON}' manage.py backup '{tmp_path}/backup.tar.gz'"
    changes = {"SECRET_KEY": "x", "ALLOWED_HOSTS": "x", "DATA_DIR": site_dir}
    result = run("sh", "-c", limited, **changes)
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: No backup was made")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.any_database
def test_a_picture_that_is_gone_is_told_and_the_rest_is_kept(data_dir, tmp_path):
    (picture,) = (data_dir / "media" / "nyheter").glob("*.jpg")
    picture.unlink()
    result = manage(data_dir, "backup", tmp_path / "second.tar.gz")
    done(result)
    assert picture.name in result.stderr
    assert "is whole" in done(manage(data_dir, "verify_backup", tmp_path / "second.tar.gz"))


@pytest.mark.any_database
def test_a_start_that_migrates_makes_a_backup_first_and_only_then(data_dir):
    in_one_process(data_dir, ["prepare"], ["migrate", "news", "0001"])
    assert making_newest(data_dir / "backups", 9) == []
    done(manage(data_dir, "prepare"))
    (path,) = (data_dir / "backups").glob("*-before-update.tar.gz")
    assert parts(path)["manifest.json"]["migrations"]["news"] == ["0001_initial"]
    assert "share_key" not in rows(path, "news.post")[0]


# --- Restoring ---


def test_a_backup_of_an_older_version_is_migrated_when_it_is_restored(site_dir, good, tmp_path, new_database):
    old, new = copy_of(site_dir, tmp_path / "old"), tmp_path / "new"
    new.mkdir()
    before, after = old / "before.tar.gz", new / "after.tar.gz"
    in_one_process(old, ["migrate", "news", "0001"], ["backup", before])
    in_one_process(new, ["restore", before], ["backup", after], **SETTINGS, DATABASE_URL=new_database)
    assert parts(after)["manifest.json"]["migrations"] == parts(good)["manifest.json"]["migrations"]
    assert rows(after, "news.post")[0].keys() == rows(good, "news.post")[0].keys()


def test_a_site_with_content_is_replaced_only_when_asked_to_and_kept(good, data_dir):
    (data_dir / "static").unlink()  # no worker is there, who would go over to new files
    stray = data_dir / "media" / "personer" / "kvar.jpg"
    stray.parent.mkdir()
    stray.write_bytes(b"picture")
    own = data_dir / "own.tar.gz"
    in_one_process(data_dir, FILL, "Post.objects.update(title='Min egen')", ["backup", own])

    refused = manage(data_dir, "restore", good)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    still, now = data_dir / "still.tar.gz", data_dir / "now.tar.gz"
    in_one_process(data_dir, ["backup", still], ["restore", good, "--replace"], ["backup", now])
    assert parts(still) == parts(own)
    assert parts(now) == parts(good)
    assert not stray.exists()
    (kept,) = (data_dir / "backups").glob("*-before-restore.tar.gz")
    assert parts(kept) == parts(own)
    assert [path.name for path in data_dir.iterdir() if path.name.startswith("scratch")] == []
    assert [path.name for path in (data_dir / "media").iterdir() if path.name.startswith(".")] == []


@pytest.mark.any_database
def test_a_database_of_a_newer_version_is_replaced_only_when_its_loss_is_accepted(good, data_dir):
    """Going back after an update: the code is old, the database is not."""
    (data_dir / "static").unlink()
    newer = "INSERT INTO django_migrations (app, name, applied) VALUES ('news', '0999_newer', '2030-01-01')"
    execute = f'from django.db import connection; connection.cursor().execute("{newer}")'
    done(manage(data_dir, "shell", "-c", execute))
    refused = manage(data_dir, "restore", good, "--replace")
    assert refused.returncode == 1
    assert "news.0999_newer" in refused.stderr
    assert "--no-backup" in refused.stderr
    now = data_dir / "now.tar.gz"
    in_one_process(data_dir, ["restore", good, "--replace", "--no-backup"], ["backup", now])
    assert parts(now) == parts(good)


# --- Damaged archives ---


@pytest.fixture
def here(settings, tmp_path, branch, copied_tables):
    """A site with content, to be left alone: its row, and its files."""
    settings.DATA_DIR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    (settings.MEDIA_ROOT / "nyheter").mkdir(parents=True)
    (settings.MEDIA_ROOT / "nyheter" / "min.jpg").write_bytes(b"picture")
    return settings.DATA_DIR


def untouched(folder):
    files = [
        path for path in folder.parent.rglob("*") if path.is_file() and path.suffix not in (".lock", ".gz")
    ]
    return (
        [path.read_bytes() for path in files] == [b"picture"]
        and not list(folder.glob("scratch-*"))
        and Branch.objects.get().name == "Hyresgästföreningen Sollentuna"
    )


# What else is wrong is found before the database is asked.
FOUND_BY_THE_DATABASE = {"a row that points to nothing", "a row that breaks a rule"}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(name, marks=() if name in FOUND_BY_THE_DATABASE else pytest.mark.any_database)
        for name in DAMAGES
    ],
)
def test_a_damaged_archive_is_refused_and_nothing_is_touched(good, here, damage):
    assert_refused(here, "restore", DAMAGES[damage](good), replace=True, no_backup=True)


@pytest.mark.any_database
@pytest.mark.parametrize("damage", ["half of it", "a picture changed", "a row that points to nothing"])
def test_verify_backup_tells_what_restore_would(good, here, damage):
    assert_refused(here, "verify_backup", DAMAGES[damage](good))


def assert_refused(here, command, content, **options):
    path = here.parent / "damaged.tar.gz"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="cannot be used") as refusal:
        call_command(command, path, **options)
    assert str(path) in str(refusal.value)
    assert len(str(refusal.value).splitlines()) <= 2, refusal.value
    assert str(refusal.value).replace("\n", "").isprintable()
    assert untouched(here)


def test_a_file_of_holes_is_refused_before_it_fills_the_disk():
    with pytest.raises(archive.InvalidBackup, match="not a plain file"):
        archive.read(io.BytesIO(DAMAGES["a sparse file"](None)), archive.drain)


def test_the_archive_that_the_damaged_ones_were_made_of_is_accepted(good, here):
    path = here.parent / "rebuilt.tar.gz"
    path.write_bytes(rebuilt(good, nothing))
    call_command("verify_backup", path, stdout=io.StringIO())


@pytest.mark.parametrize("places", [50, pytest.param(200, marks=pytest.mark.long)])
def test_no_byte_of_the_content_can_change_without_being_noticed(good, places):
    """gzip itself has a few bits that mean nothing: its own date, and what fills up a block."""
    content = good.read_bytes()
    whole = gzip.decompress(content)
    noticed = 0
    for at in range(0, len(content), len(content) // places):
        changed = flipped(good, at)
        try:
            archive.read(io.BytesIO(changed), archive.drain)
        except archive.InvalidBackup:
            noticed += 1
        else:
            assert gzip.decompress(changed) == whole
    assert noticed > places * 0.95


@pytest.mark.parametrize("command", ["restore", "verify_backup"])
def test_a_file_that_is_not_there_is_said_to_be_so(here, command):
    with pytest.raises(CommandError, match=r"nowhere\.tar\.gz"):
        call_command(command, here / "nowhere.tar.gz")
    assert untouched(here)


def test_a_restore_that_is_killed_midway_changes_nothing(good, data_dir):
    mine = "from news.models import Post; Post.objects.update(title='Min egen')"
    in_one_process(data_dir, mine, ["backup", data_dir / "before.tar.gz"])
    code = f"""
import os, signal
from django.core.management import call_command
from hgf_site.operations.backups import restore
load = restore.Unpacked.load
restore.Unpacked.load = lambda self: (load(self), os.kill(os.getpid(), signal.SIGKILL))
call_command("restore", {str(good)!r}, replace=True, no_backup=True)
"""
    assert manage(data_dir, "shell", "--no-imports", "-c", code).returncode == -9
    done(manage(data_dir, "backup", data_dir / "after.tar.gz"))
    assert parts(data_dir / "after.tar.gz") == parts(data_dir / "before.tar.gz")
