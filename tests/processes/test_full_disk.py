"""A full disk and a disk that may not be written to, by really having one: mounted for the test, as root.

No half file, no row without its picture; the page leads back to the form, where the browser offers the
text, and once there is room the very same form is saved.
"""

import errno
import os
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from tests.helpers.running import PYTHON, copy_of, run, started
from tests.helpers.volunteer import ADD_POST, NAME, PASSWORD, Volunteer

pytestmark = pytest.mark.any_database

TEXT = "<p>Det här tog en halvtimme att skriva.</p>"
SIZE = 16  # MB


class Breaks(ContentFile):
    """A file of which the disk takes the beginning."""

    def chunks(self, chunk_size=None):
        yield b"the beginning"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_that_could_not_be_written_to_its_end_is_not_there(tmp_path):
    storage = default_storage.__class__(location=tmp_path)
    with pytest.raises(OSError, match="No space"):
        storage.save("nyheter/bild.jpg", Breaks(b"", name="bild.jpg"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert storage.save("nyheter/bild.jpg", ContentFile(b"whole")) == "nyheter/bild.jpg"


def mount(*arguments):
    mounted = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a disk of the test's own cannot be mounted here: {mounted.stderr.strip()}")


@pytest.fixture
def disk():
    """A small disk, empty, mounted for this test alone."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk of the test's own")
    with tempfile.TemporaryDirectory() as folder:
        mount("-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", folder)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--recursive", folder], check=True)


def picture(side=700):
    content = BytesIO()
    noise = Image.frombytes("L", (side, side), os.urandom(side * side))
    noise.save(content, "JPEG", quality=90)
    return content.getvalue()


def fill(disk, leave=0):
    """Leave so many bytes free and no more; return the file that takes the others."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (1024**2, 4096, 1):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError:
                continue
        stream.truncate(stream.tell() - leave)
    return filler


def stored(data_dir):
    media = data_dir / "media"
    return {path.relative_to(media): path.stat().st_size for path in media.rglob("*") if path.is_file()}


def log_in(site):
    volunteer = Volunteer(site.url)
    volunteer.log_in(NAME, PASSWORD)
    return volunteer


def written(volunteer, title, body=TEXT):
    return {**volunteer.empty_form(), "title": title, "body": body, "image_is_decorative": "on"}


def assert_not_saved(answer):
    """Said so in Swedish, with the way back to the form, where the browser has what was typed."""
    status, _, page = answer
    assert status == 503
    assert "Det gick inte att spara" in page
    assert f'{ADD_POST}">Tillbaka till formuläret' in page


def titles(site):
    code = "from news.models import Post; print(*Post.objects.values_list('title', flat=True), sep='\\n')"
    made = run(PYTHON, "manage.py", "shell", "--no-imports", "-c", code, DATA_DIR=site.data_dir)
    assert made.returncode == 0, made.stderr
    return made.stdout.splitlines()


@pytest.fixture
def site(disk, data_dir, tmp_path):
    """A site that has all it writes on the small disk; PostgreSQL keeps its data elsewhere."""
    with started(copy_of(data_dir, disk), tmp_path) as site:
        yield site


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(0, marks=pytest.mark.long, id="no room at all"),
        pytest.param(100 * 1024, id="room for half the picture"),
    ],
)
def test_on_a_full_disk_nothing_is_half_saved_and_the_way_back_is_shown(site, disk, leave):
    volunteer = log_in(site)
    fields = written(volunteer, "Med bild")
    before = stored(site.data_dir)
    filler = fill(disk, leave)

    assert_not_saved(volunteer.send(fields, picture()))
    assert stored(site.data_dir) == before

    filler.unlink()
    assert "Med bild" not in titles(site)
    assert volunteer.send(fields, picture())[0] == 302
    assert "Med bild" in titles(site)
    assert len(stored(site.data_dir)) > len(before)


def test_a_database_on_a_full_disk_shows_the_way_back_too(site, disk, new_database):
    if new_database.startswith("postgres"):
        return  # PostgreSQL keeps its data on another disk
    volunteer = log_in(site)
    long = written(volunteer, "Lång text", f"<p>{'ord ' * 100_000}</p>")
    filler = fill(disk)
    assert_not_saved(volunteer.send(long))
    assert volunteer.ask("GET", "/")[0] == 200  # residents read on

    filler.unlink()
    assert volunteer.send(long)[0] == 302
    assert "Lång text" in titles(site)


def test_media_that_may_not_be_written_keep_pictures_out_and_texts_in(site):
    media = site.data_dir / "media"
    media.mkdir(exist_ok=True)
    mount("--bind", str(media), str(media))
    mount("-o", "remount,ro,bind", str(media))
    volunteer = log_in(site)
    fields = written(volunteer, "Med bild")
    before = stored(site.data_dir)

    assert_not_saved(volunteer.send(fields, picture()))
    assert stored(site.data_dir) == before
    assert volunteer.send(written(volunteer, "Utan bild"))[0] == 302

    subprocess.run(["mount", "-o", "remount,rw,bind", str(media)], check=True)
    assert volunteer.send(fields, picture())[0] == 302
    assert {"Med bild", "Utan bild"} <= set(titles(site))


def test_a_backup_that_finds_the_disk_full_says_so_and_leaves_nothing(site, disk):
    fill(disk)
    result = run(PYTHON, "manage.py", "backup", DATA_DIR=site.data_dir)
    assert result.returncode == 1
    assert "No backup was made" in result.stderr
    assert "Traceback" not in result.stderr
    assert list((site.data_dir / "backups").glob(".*")) == []
