"""Files that nobody should send as a picture, through the real form: refused, and nothing left on disk."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import PurePosixPath

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from contacts.models import Person
from news.models import Post
from tests.helpers.admin_forms import form_id_of, read_form, url_of

pytestmark = pytest.mark.any_database


def png_claiming(width, height):
    """A few bytes that say they are a picture of this size: a decompression bomb's beginning."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def saved(kind, size=(80, 60), mode="RGB", **options):
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, kind, **options)
    return stream.getvalue()


def animation(frames):
    images = [Image.new("P", (8, 8), number % 2) for number in range(frames)]
    return saved_frames(images)


def saved_frames(images):
    stream = io.BytesIO()
    images[0].save(stream, "GIF", save_all=True, append_images=images[1:], optimize=False)
    return stream.getvalue()


REFUSED = {
    "30 000 × 30 000": png_claiming(30_000, 30_000),
    "a width of 2³¹": png_claiming(2**31 - 1, 1),
    "zero bytes": b"",
    "a zero-sized picture": png_claiming(0, 0),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "HTML": b"<html><script>alert(1)</script></html>",
    "PHP": b"<?php system($_GET['x']); ?>",
    "a truncated JPEG": saved("JPEG", (2000, 2000))[:3000],
    "a truncated PNG": saved("PNG", (2000, 2000), "RGBA")[:-40],
    "a ZIP": b"PK\x03\x04" + b"\0" * 100,
    "a TIFF": saved("TIFF"),
    "an icon": saved("ICO", (32, 32)),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "a PDF": b"%PDF-1.7\n1 0 obj<<>>endobj\n",
}
TAKEN = {
    "CMYK": saved("JPEG", mode="CMYK"),
    "16 bits": saved("PNG", mode="I;16"),
    "a palette with transparency": saved("PNG", mode="P", transparency=0),
    "10 000 frames": animation(10_000),
    "a polyglot of GIF and HTML": animation(1) + b"<script>alert(1)</script>",
    "a polyglot of JPEG and ZIP": saved("JPEG") + b"PK\x03\x04" + b"<?php ?>",
}
NAMES = [
    "../../../etc/cron.d/bild.jpg", "..\\..\\bild.jpg", "a" * 300 + ".jpg", "bild\0.jpg.php", "bild.php.jpg",
    "bild.jpg.html", ".htaccess", "CON.jpg", "\u202egpj.exe", "/bild.jpg",
    "%2e%2e%2fbild.jpg", "årsmöte.jpg", "a\u030arsmo\u0308te.jpg",
]  # fmt: skip


def files_kept():
    return [PurePosixPath(name) for name in default_storage.files()]


@pytest.fixture
def upload(as_superuser):
    """Send a file in the picture field of a form that is otherwise right; return the answer."""

    def send_file(content, name="bild.jpg", model=Post, field="image"):
        url = url_of(model, "add")
        values, _ = read_form(as_superuser.get(url), form_id_of(model))
        values |= {"title": ["Prov"], "name": ["Test Testsson"], "image_is_decorative": ["on"]}
        upload = SimpleUploadedFile("x", content, "image/jpeg")
        upload._name = name  # as a forged request names it; the class itself would tidy the name
        return as_superuser.post(url, {**values, field: upload})

    return send_file


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize(("model", "field"), [(Post, "image"), (Person, "photo")], ids=["post", "person"])
def test_what_is_no_usable_picture_is_refused_at_its_field_and_leaves_nothing(upload, content, model, field):
    answer = upload(content, model=model, field=field)
    assert answer.status_code == 200
    (message,) = answer.context["adminform"].form.errors[field]
    assert message.startswith(("Bilden ", "Den skickade filen är tom"))
    assert not model.objects.exists()
    assert files_kept() == []


@pytest.mark.parametrize("content", TAKEN.values(), ids=TAKEN)
def test_an_odd_picture_is_kept_as_our_own_jpeg_and_nothing_of_its_bytes(upload, content):
    assert upload(content).status_code == 302
    kept = files_kept()
    assert kept
    for path in kept:
        assert path.suffix in (".jpg", ".jpeg", ".avif", ".webp")
        with default_storage.open(str(path)) as file:
            data = file.read()
        assert Image.open(io.BytesIO(data)).format in ("JPEG", "AVIF", "WEBP")
        assert b"<script" not in data
        assert b"<?php" not in data
        assert b"PK\x03\x04" not in data


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_upload_decides_nothing(upload, name):
    assert upload(saved("JPEG"), name=name).status_code == 302
    for path in files_kept():
        assert path.parts[0] == "nyheter"
        assert path.suffix in (".jpg", ".jpeg", ".avif", ".webp")


def test_there_is_no_other_way_to_upload(as_superuser):
    """django-ckeditor's own upload view is CSRF-exempt and stores what it gets: it has no address here."""
    for address in ("/ckeditor/upload/", "/ckeditor/browse/", "/admin/ckeditor/upload/"):
        assert (
            as_superuser.post(address, {"upload": SimpleUploadedFile("evil.html", b"x")}).status_code == 404
        )
    assert files_kept() == []


WORST = """
import io, tempfile
from pathlib import Path
from PIL import Image
import django; from django.conf import settings
settings.configure(DATA_DIR=Path(tempfile.mkdtemp())); django.setup()
from django.core.files.base import ContentFile
from common.files.pictures import MAX_PIXELS, normalised_picture
stream = io.BytesIO()
Image.new("RGBA", (5000, MAX_PIXELS["other"] // 5000), (1, 2, 3, 128)).save(stream, "PNG")
content = ContentFile(stream.getvalue(), name="x.png")
normalised_picture(content)
[peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
print(int(peak.split()[1]) // 1024)
"""


def test_the_worst_picture_that_is_taken_fits_a_small_server():
    """The largest that is decoded whole: transparent, 25 million pixels. 512 MiB is what is left of 1 GiB.

    The kernel's high-water mark is the program's own; getrusage() has the caller's from before exec() in it.
    """
    done = subprocess.run(
        [sys.executable, "-c", WORST], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 512
