"""Pictures in object storage: seen, hidden and erased as on the disk."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from common.files.bucket import bucket_storage
from common.files.storage import DurableStorage
from hgf_site.erasure.views import erase_person, personal_data_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.fixture
def use_bucket(settings):
    """Let default_storage be the bucket of an S3_URL."""

    def use(url):
        settings.S3_URL = url
        bucket_storage.cache_clear()
        bucket = {"default": {"BACKEND": "common.files.bucket.bucket_storage"}}
        settings.STORAGES = {**settings.STORAGES, **bucket}

    yield use
    bucket_storage.cache_clear()


@pytest.fixture
def bucket(use_bucket, storage_server):
    use_bucket(storage_server.new_bucket())
    return bucket_storage()


@pytest.fixture
def person(branch, make_holder, picture_file):
    person = make_holder(show_photo=True).person
    person.photo.save("x.jpg", picture_file(size=(900, 600)))
    return person


def content(storage, name):
    with storage.open(name) as file:
        return file.read()


def test_a_photo_in_a_bucket_is_shown_by_the_site_itself_hidden_and_erased(bucket, person, client):
    assert len(default_storage.files()) > 3  # with renditions
    for address in (person.photo.url, person.photo.small_url):
        answer = client.get(address)
        assert (address[:7], answer.status_code) == ("/media/", 200)
        assert b"".join(answer) == content(default_storage, address[7:])
        assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/media/personer/finns-inte.jpg").status_code == 404
    type(person).objects.update(show_photo=False)
    assert client.get(person.photo.url).status_code == 404
    erase_person(person.pk, personal_data_of(person, person.pk), with_old_texts=True)
    assert default_storage.files() == []


def test_object_storage_that_is_away_is_a_503_and_not_a_lost_picture(person, use_bucket, client):
    use_bucket("http://key:secret@127.0.0.1:9/media")
    client.raise_request_exception = False
    assert client.get(person.photo.url).status_code == 503


def test_files_move_there_and_back_and_what_was_erased_does_not_come_back(bucket, person, capsys):
    disk = DurableStorage()
    names = bucket.files()
    call_command("move_media", "disk")
    assert disk.files() == names
    for name in names[1:]:  # as if interrupted
        bucket.delete(name)
    disk.save("personer/raderad.jpg", ContentFile(b"of somebody erased"))
    call_command("move_media", "bucket")
    assert bucket.files() == names
    assert all(content(bucket, name) == content(disk, name) for name in names)
    assert f"{len(names) - 1} files copied, 1 were there before." in capsys.readouterr().out
