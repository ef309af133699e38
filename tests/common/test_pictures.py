"""What happens to a picture between the volunteer's phone and the resident's."""

import io
import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from common.files import pictures
from common.files.pictures import normalised_picture
from news.models import Post

pytestmark = pytest.mark.any_database

ROTATED_WITH_GPS = Image.Exif()
ROTATED_WITH_GPS[0x0112] = 6  # turn a quarter clockwise
ROTATED_WITH_GPS[0x8825] = {1: "N", 2: (59.0, 25.0, 41.0)}


def opened(file):
    return Image.open(io.BytesIO(file.read()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_every_usual_format_becomes_our_own_jpeg(picture_file, kind):
    picture = normalised_picture(picture_file(kind))
    assert opened(picture).format == "JPEG"
    assert picture.name.endswith(".jpg")


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB", "1"])
def test_every_usual_colour_mode_becomes_rgb(picture_file, mode):
    kind = "PNG" if mode == "1" else "JPEG"
    assert opened(normalised_picture(picture_file(kind, mode=mode))).mode == "RGB"


def test_a_sixteen_bit_picture_keeps_its_light_parts():
    stream = io.BytesIO()
    Image.new("I;16", (8, 8), 65535).save(stream, "PNG")
    assert opened(normalised_picture(ContentFile(stream.getvalue()))).getpixel((0, 0)) == (255, 255, 255)


def test_transparency_becomes_white():
    stream = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(stream, "PNG")
    assert opened(normalised_picture(ContentFile(stream.getvalue()))).getpixel((0, 0)) == (255, 255, 255)


def test_a_phone_picture_is_turned_and_forgets_where_it_was_taken(picture_file):
    picture = opened(normalised_picture(picture_file("JPEG", size=(80, 60), exif=ROTATED_WITH_GPS)))
    assert picture.size == (60, 80)
    assert not picture.getexif()
    assert "exif" not in picture.info


def test_a_huge_photo_is_made_smaller(picture_file):
    picture = opened(normalised_picture(picture_file("JPEG", size=(4000, 3000))))
    assert picture.size == (2400, 1800)


def test_our_own_picture_is_not_encoded_a_second_time(picture_file):
    once = normalised_picture(picture_file())
    assert normalised_picture(once) is once


def test_the_uploaders_file_name_is_forgotten(picture_file):
    assert "bild" not in normalised_picture(picture_file(name="../../bild på mig.php.jpg")).name


@pytest.mark.parametrize(
    "content",
    [b"", b"hej", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\xff\xd8\xff\xe0" + b"\0" * 99],
    ids=["empty", "text", "svg", "only a header", "not quite a jpeg"],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(ValidationError, match="gick inte att läsa"):
        normalised_picture(ContentFile(content, name="bild.jpg"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_truncated_picture_is_refused(kind):
    stream = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(stream, kind)
    with pytest.raises(ValidationError, match="gick inte att läsa"):
        normalised_picture(ContentFile(stream.getvalue()[: len(stream.getvalue()) // 2]))


def test_a_bomb_is_refused_before_it_is_decoded(picture_file, monkeypatch):
    bomb = picture_file("PNG", size=(9000, 9000), mode="1")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(ValidationError, match="för många bildpunkter"):
        normalised_picture(bomb)


def test_an_even_bigger_bomb_is_refused(monkeypatch, picture_file):
    bomb = picture_file("PNG", size=(20000, 10000), mode="1")
    with pytest.raises(ValidationError, match="för många bildpunkter"):
        normalised_picture(bomb)


@pytest.mark.parametrize("size", [(1, 20_001), (7000, 4000)])
def test_a_picture_that_would_take_much_memory_is_refused(picture_file, size):
    with pytest.raises(ValidationError, match="för många bildpunkter"):
        normalised_picture(picture_file("PNG", size=size, mode="1"))


def test_a_damaged_avif_is_refused():
    stream = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(stream, "AVIF")
    content = bytearray(stream.getvalue())
    start = content.index(b"mdat") + 4
    content[start:] = b"\xff" * (len(content) - start)
    with pytest.raises(ValidationError, match="gick inte att läsa"):
        normalised_picture(ContentFile(bytes(content)))


def test_too_many_bytes_are_refused(monkeypatch, picture_file):
    monkeypatch.setattr(pictures, "MAX_PICTURE_BYTES", 100)
    with pytest.raises(ValidationError, match="högst 20 MB"):
        normalised_picture(picture_file())


@pytest.mark.django_db
def test_a_page_offers_small_modern_files_and_reserves_the_space(client, make_post, picture_file):
    post = make_post(image_alt="Grannar på en gård.")
    post.image.save("x.png", picture_file("PNG", size=(1700, 1000)))
    html = client.get(post.get_absolute_url()).text
    assert 'type="image/avif"' in html
    assert 'type="image/webp"' in html
    assert "360w.avif 360w, " in html
    assert 'alt="Grannar på en gård." width="1700" height="1000"' in html
    for size in ("360w.avif", "1440w.webp"):
        assert post.image.storage.exists(f"{post.image.name.removesuffix('.jpg')}/{size}")


@pytest.mark.django_db
def test_a_picture_smaller_than_every_size_is_shown_as_it_is(client, make_post, picture_file):
    post = make_post(image_is_decorative=True)
    post.image.save("x.png", picture_file("PNG", size=(100, 80)))
    html = client.get(post.get_absolute_url()).text
    assert "<source" not in html
    assert f'<img src="{post.image.url}" alt="" width="100" height="80"' in html


@pytest.mark.django_db
def test_a_picture_is_kept_for_a_day_and_can_do_nothing_else(client, make_post, picture_file):
    post = make_post(image_is_decorative=True)
    post.image.save("x.png", picture_file("PNG"))
    response = client.get(post.image.url)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response).startswith(b"\xff\xd8")


def test_a_form_shows_the_picture_that_it_has(as_superuser, make_post, picture_file):
    post = make_post(image=picture_file(size=(800, 600)), image_alt="En gård.")
    form = as_superuser.get(f"/admin/news/post/{post.pk}/change/")
    address = re.search(r'<img class="current-picture" src="([^"]+)" alt="">', form.text)[1]
    assert address.endswith("360w.webp")
    picture = as_superuser.get(address)
    assert picture.getvalue()
    assert "current-picture" not in as_superuser.get("/admin/news/post/add/").text


def test_a_picture_too_small_for_other_versions_is_shown_itself(as_superuser, make_post, picture_file):
    post = make_post(image=picture_file(size=(80, 60)), image_alt="En gård.")
    assert f'src="{post.image.url}"' in as_superuser.get(f"/admin/news/post/{post.pk}/change/").text


NOW, LATER = timezone.now(), timezone.now() + timedelta(days=2)


@pytest.fixture
def files_of(make_post, picture_file):
    """Make a post with a picture; return it with the addresses of the picture and of all made from it."""

    def make(**fields):
        post = make_post(image_is_decorative=True, image=picture_file(size=(1600, 900)), **fields)
        return post, [post.image.url, *(file.url for file in post.image.get_picture_files_list())]

    return make


def statuses(client, addresses):
    answers = [client.get(address) for address in addresses]
    for answer in answers:
        answer.getvalue()  # read to its end, which closes the file
    return {(answer.status_code, answer.get("Cache-Control")) for answer in answers}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "after",
    [
        lambda post: post.delete(),
        lambda post: Post.objects.update(published_at=None),
        lambda post: Post.objects.update(published_at=LATER),
        lambda post: Post.objects.update(image="nyheter/annan.jpg"),
    ],
    ids=["deleted", "unpublished", "scheduled", "replaced"],
)
def test_a_picture_and_all_made_from_it_are_sent_only_while_its_post_is_public(
    client, superuser, files_of, after
):
    post, addresses = files_of()
    assert len(addresses) > 3
    assert statuses(client, addresses) == {(200, "public, max-age=86400")}
    after(post)
    assert {status for status, _ in statuses(client, addresses)} == {404}
    client.force_login(superuser)
    assert statuses(client, addresses) == {(200, "private, no-store")}


@pytest.mark.django_db
def test_the_picture_of_a_draft_is_sent_while_its_link_works(client, files_of):
    post, addresses = files_of(published_at=None)
    assert {status for status, _ in statuses(client, addresses)} == {404}
    post.share()
    assert statuses(client, addresses) == {(200, "private, no-store")}
    post.unshare()
    assert {status for status, _ in statuses(client, addresses)} == {404}


@pytest.mark.django_db
def test_who_sees_no_posts_in_the_admin_sees_no_picture_of_a_draft(client, member, files_of):
    _, addresses = files_of(published_at=None)
    client.force_login(member())
    assert {status for status, _ in statuses(client, addresses)} == {404}


@pytest.mark.django_db
def test_a_picture_takes_one_query(client, files_of, django_assert_num_queries):
    _, addresses = files_of(published_at=NOW)
    with django_assert_num_queries(1):
        statuses(client, addresses[:1])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["nyheter/", "nyheter/%00.jpg", "personer/%00.jpg", "annat/x.jpg", "nyheter/x.jpg"]
)
def test_a_name_that_no_picture_has_is_not_found(client, path):
    assert client.get(f"/media/{path}").status_code == 404
