"""Pictures as phones and programs make them: accepted in their colours, or refused with what to do."""

import io
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from common.files import pictures
from common.files.file_lock import file_lock
from common.files.pictures import Rendition, normalised_picture, stored_or_deleted
from contacts.models import Person
from news.models import Post
from tests.helpers.icc import ADOBE_RGB, ROMM, SWAPPED, profile

pytestmark = pytest.mark.any_database

FOLDER = Path(__file__).parent / "pictures"
BARS = [(200, 30, 40), (30, 160, 60), (30, 60, 200)]
WHITER = [(227, 142, 147), (142, 207, 157), (142, 157, 227)]  # half transparent, on white
FADED = [(255, 222, 218), (224, 255, 230), (30, 60, 200)]
GREY = [(82, 82, 82), (110, 110, 110), (67, 67, 67)]
GREEN = [BARS[1]] * 3
P3 = [(220, 0, 17), (0, 164, 35), (8, 58, 209)]
EXPECTED = {
    "alpha.png": WHITER, "alpha.webp": WHITER, "animated.gif": None, "animated.png": None,
    "animated.webp": FADED, "bit1.png": [(255,) * 3, (255,) * 3, (0,) * 3], "cmyk.jpg": BARS,
    "gps.jpg": BARS, "grey.jpg": GREY, "grey16.png": [(25,) * 3, (129,) * 3, (230,) * 3],
    "grey16_trns.png": [(255,) * 3, (195,) * 3, (195,) * 3],
    "greyalpha16.png": [(255,) * 3, (156,) * 3, (156,) * 3],
    "no_extension": BARS, "orient3.jpg": BARS[::-1], "orient3.png": BARS[::-1], "orient3.webp": BARS[::-1],
    "orient6.avif": GREEN, "orient6.jpg": GREEN, "orient8.jpg": GREEN, "p3.jpg": P3, "palette.png": BARS,
    "palette_alpha.png": [(255,) * 3] * 3, "photo.heic": BARS, "photo.jfif": BARS, "progressive.jpg": BARS,
    "rgb16.png": [(22, 78, 235), (124, 79, 234), (220, 79, 233)],
    "rgba16.png": [(255,) * 3, (209, 19, 19), (254, 0, 0)], "wrong_extension.jpg": BARS,
    "heic_10bit.heic": BARS, "heic_alpha.heic": WHITER, "heic_burst.heic": None, "heic_grey.heic": GREY,
    "heic_named.jpg": BARS, "heic_p3.heic": P3, "heic_turned.heic": GREEN,
}  # fmt: skip

NO_PICTURES = ["drawing.svg", "empty.jpg", "scan.tif", "truncated.jpg"]


def opened(file):
    return Image.open(io.BytesIO(file.read()))


def colours(image):
    return [image.getpixel((int(image.width * place), image.height // 2)) for place in (0.1, 0.5, 0.9)]


def is_near(found, expected):
    return all(abs(a - b) <= 8 for pixels in zip(found, expected, strict=True) for a, b in zip(*pixels))  # noqa: B905  three channels each


def saved(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return ContentFile(stream.getvalue(), name="x")


def bars(*colours_, mode="RGB"):
    image = Image.new(mode, (240, 160))
    for number, colour in enumerate(colours_):
        image.paste(colour, (80 * number, 0, 80 * number + 80, 160))
    return image


def is_picture(path):
    with Image.open(path) as image:
        return image.format in ("JPEG", "WEBP", "AVIF") and min(image.size) >= 1


def files_stored():
    return default_storage.files()


def test_every_picture_of_the_folder_has_its_expected_colours():
    names = {path.name for path in FOLDER.iterdir()} - {"README.md", *NO_PICTURES}
    assert names == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_picture_keeps_its_colours_and_stands_upright(name):
    image = opened(normalised_picture(ContentFile((FOLDER / name).read_bytes(), name=name)))
    assert (image.width < image.height) is (EXPECTED[name] == GREEN)  # those that were turned a quarter
    assert EXPECTED[name] is None or is_near(colours(image), EXPECTED[name])


# --- Colour profiles ---

SRGB_AS_ADOBE = [(219, 0, 0), (144, 255, 60), (0, 0, 250)]  # sRGB's red, green and blue in Adobe RGB
PRIMARIES = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
with Image.open(FOLDER / "p3.jpg") as p3:
    P3_PROFILE = p3.info["icc_profile"]
WITH_PROFILE = {
    "Adobe RGB": (saved(bars(*SRGB_AS_ADOBE), icc_profile=profile(ADOBE_RGB)), PRIMARIES),
    "Display P3 as WebP": (saved(bars(*BARS), "WEBP", lossless=True, icc_profile=P3_PROFILE), P3),
    "Display P3 as PNG": (saved(bars(*BARS), icc_profile=P3_PROFILE), P3),
    "Display P3 as AVIF": (saved(bars(*BARS), "AVIF", quality=95, icc_profile=P3_PROFILE), P3),
    "swapped channels": (saved(bars(*PRIMARIES), icc_profile=profile(SWAPPED)), PRIMARIES[::-1]),
    "ProPhoto RGB": (saved(bars(*[(128,) * 3] * 3), icc_profile=profile(ROMM, 1.8)), [(145,) * 3] * 3),
    "grey": (saved(bars(*[128] * 3, mode="L"), icc_profile=profile(gamma=1.0)), [(188,) * 3] * 3),
    "transparent": (
        saved(bars(*BARS).convert("RGBA"), icc_profile=P3_PROFILE),
        P3,
    ),
    "no profile at all": (saved(bars(*BARS), icc_profile=b"hej"), BARS),
    "a profile cut off": (saved(bars(*BARS), icc_profile=P3_PROFILE[:300]), BARS),
    "a grey profile of a colour picture": (saved(bars(*BARS), icc_profile=profile()), BARS),
    "a colour profile of a grey picture": (
        saved(bars(82, 110, 67, mode="L"), icc_profile=P3_PROFILE), GREY
    ),
    "a colour profile of a CMYK picture": (
        saved(bars(*BARS).convert("CMYK"), "JPEG", quality=95, icc_profile=P3_PROFILE), BARS
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "expected"), WITH_PROFILE.values(), ids=WITH_PROFILE)
def test_colours_are_those_of_the_profile_and_of_none_that_is_wrong(file, expected):
    picture = opened(normalised_picture(file))
    assert is_near(colours(picture), expected), colours(picture)
    assert "icc_profile" not in picture.info


# --- Sizes ---

PEAK = """
import sys, tempfile
from pathlib import Path
import django; from django.conf import settings
settings.configure(DATA_DIR=Path(tempfile.mkdtemp())); django.setup()
from django.core.files.base import File
from PIL import Image
from common.files.pictures import normalised_picture
print(*Image.open(normalised_picture(File(open(sys.argv[1], "rb")))).size)
[peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
print(int(peak.split()[1]) // 1024)
"""
SIZES = {
    "panorama": ((16382, 3628), {}, (2400, 532)),
    "8160": ((8160, 6144), {}, (2400, 1807)),
    "8192": ((8192, 6144), {}, (2400, 1800)),
    "MPO": ((8064, 6048), {"format": "MPO", "save_all": True, "append_images": [Image.new("RGB", (80, 60))]},
            (2400, 1800)),
    "63 million": ((16383, 3840), {}, (2400, 563)),
    "upright panorama": ((3628, 16382), {}, (532, 2400)),
    "upright": ((6144, 8160), {"subsampling": 0}, (1807, 2400)),
    "MPO upright": ((6048, 8064), {"format": "MPO"}, (1800, 2400)),
    "progressive panorama": ((16382, 3628), {"progressive": True, "subsampling": 0}, (2400, 532)),
    "progressive": ((8192, 6144), {"progressive": True}, (2400, 1800)),
}  # fmt: skip
IN_THE_GATE = ["panorama", "MPO"]


@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        pytest.param(*case, id=name, marks=[] if name in IN_THE_GATE else pytest.mark.long)
        for name, case in SIZES.items()
    ],
)
def test_the_largest_pictures_of_phones_are_accepted_in_little_memory(tmp_path, size, options, expected):
    """In MB, for Django and the picture: a worker with the site's own code needs about 50 more."""
    path = tmp_path / "x"
    Image.new("RGB", size, (90, 120, 60)).save(path, **{"format": "JPEG", "quality": 40, **options})
    done = subprocess.run(
        [sys.executable, "-c", PEAK, path], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    *found, peak = map(int, done.stdout.split())
    assert tuple(found) == expected
    assert peak < (430 if "progressive" in options else 200)


def test_one_picture_is_decoded_at_a_time_and_the_next_one_waits(picture_file):
    second = threading.Thread(target=normalised_picture, args=[picture_file()])
    with file_lock("pictures"):
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join(10)
    assert not second.is_alive()


# --- Refusals ---


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_no_browser_shows_is_refused_with_its_line(name):
    with pytest.raises(ValidationError, match="Bilden gick inte att läsa.*På telefonen: öppna bilden"):
        normalised_picture(ContentFile((FOLDER / name).read_bytes(), name=name))


@pytest.mark.parametrize("size", [(2400, 40), (3000, 50), (40, 2400), (600, 1), (1, 19_000)])
def test_a_picture_too_narrow_for_its_smaller_versions_is_refused(picture_file, size):
    with pytest.raises(ValidationError, match="för smal.*beskär"):
        normalised_picture(picture_file("PNG", size=size))


@pytest.mark.django_db
@pytest.mark.parametrize("size", [(2400, 48), (1500, 30), (48, 2400), (360, 8), (50, 1)])
def test_a_narrow_picture_that_is_accepted_has_all_its_versions(make_post, picture_file, size):
    post = make_post(image_is_decorative=True)
    post.image.save("x", picture_file("PNG", size=size))
    for file in post.image.get_picture_files_list():
        with default_storage.open(file.name) as stored:
            assert is_picture(stored)


def test_every_refusal_says_what_to_do_on_a_phone():
    narrow = pictures.TOO_NARROW
    for text in (pictures.UNREADABLE_PICTURE, pictures.TOO_MANY_BYTES, pictures.TOO_MANY_PIXELS, narrow):
        assert "På telefonen: öppna bilden" in text
    assert "På telefonen" in str(pictures.UploadFormField().error_messages["empty"])


# --- Nothing is left behind ---


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OSError, ValueError, MemoryError, RuntimeError, KeyboardInterrupt])
def test_no_file_is_left_where_a_smaller_version_fails(make_post, picture_file, monkeypatch, error):
    post, made = make_post(image_is_decorative=True), []

    def save(self, image):
        if made:
            raise error
        made.append(self)
        original(self, image)

    original = Rendition.save
    monkeypatch.setattr(Rendition, "save", save)
    with pytest.raises(error):
        post.image.save("x", picture_file(size=(1600, 900)))
    assert made
    assert files_stored() == []


@pytest.mark.django_db
def test_no_file_is_left_where_the_row_is_not_saved(as_superuser, picture_file, monkeypatch):
    def fail(self, *args, **kwargs):
        assert files_stored()
        raise RuntimeError

    monkeypatch.setattr("django.contrib.admin.ModelAdmin.log_addition", fail)
    form = {"name": "Test Testsson", "photo": picture_file(size=(600, 600))}
    as_superuser.raise_request_exception = False
    as_superuser.post("/admin/contacts/person/add/", form)
    assert not Person.objects.exists()
    assert files_stored() == []


def test_pictures_that_are_saved_stay(make_post, picture_file):
    with stored_or_deleted():
        make_post(image=picture_file(), image_is_decorative=True)
    assert files_stored()


# --- Damaged pictures ---

KINDS = {
    "jpeg": saved(bars(*BARS), "JPEG"), "progressive": saved(bars(*BARS), "JPEG", progressive=True),
    "cmyk": saved(bars(*BARS).convert("CMYK"), "JPEG"),
    "profile": saved(bars(*BARS), "JPEG", icc_profile=P3_PROFILE),
    "mpo": saved(bars(*BARS), "MPO", save_all=True, append_images=[bars(*BARS)]),
    "png": saved(bars(*BARS)), "palette": saved(bars(*BARS).quantize(8), transparency=1),
    "grey16": saved(Image.new("I;16", (240, 160), 9000)), "apng": saved(bars(*BARS), save_all=True,
    append_images=[bars(*GREY)]),
    "gif": saved(bars(*BARS), "GIF", save_all=True, append_images=[bars(*GREY)]),
    "webp": saved(bars(*BARS), "WEBP"), "animated webp": saved(bars(*BARS), "WEBP", save_all=True,
    append_images=[bars(*GREY)]),
    "avif": saved(bars(*BARS), "AVIF"), "heic": ContentFile((FOLDER / "photo.heic").read_bytes()),
}  # fmt: skip


def mutated(content, chance):
    """Return the bytes with some of them changed, cut out, doubled or cut off."""
    data = bytearray(content)
    for _ in range(chance.choice([1, 2, 5, 20])):
        place = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place : place + chance.randrange(1, 40)]
            case 2:
                data[place:place] = data[place : place + chance.randrange(1, 40)]
            case 3 if len(data) > 200 and chance.random() < 0.2:
                del data[place:]
        data = data or bytearray(b"x")
    return bytes(data)


@pytest.mark.django_db
@pytest.mark.parametrize("rounds", [2, pytest.param(143, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_stored_whole_or_refused_and_leaves_nothing(make_post, kind, rounds):
    chance = random.Random(kind)  # noqa: S311  the same ones every time
    post = make_post(image_is_decorative=True)
    content = KINDS[kind].read()
    KINDS[kind].seek(0)
    for _ in range(rounds):
        refusals = []
        try:
            post.image.save("x", ContentFile(mutated(content, chance)))
        except ValidationError as error:
            refusals = error.messages
        if refusals:
            assert "På telefonen" in refusals[0]
        else:
            with post.image.open() as file:
                assert is_picture(file)
            names = {post.image.name, *(file.name for file in post.image.get_picture_files_list())}
            assert set(files_stored()) == names
            post.image.delete()
        assert files_stored() == []
    assert Post.objects.count() == 1
