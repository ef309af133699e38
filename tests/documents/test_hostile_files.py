"""Whatever is sent as a document, attachment or picture: nothing is stored as it came, nothing breaks."""

import gc
import time
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from documents.models import Document
from news.models import Post
from tests.helpers.admin_forms import filled
from tests.helpers.hostile_files import MARK, NAMES, PDFS, UPLOADS
from tests.helpers.pdfs import upload

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SECONDS = 25
GROWTH = 30 * 1024**2  # bytes, of a worker's memory
IN_THE_GATE = {"HTML", "a JPEG that is a PDF", "scripts, programs and files", "outlines in a circle"}


def each(files):
    return pytest.mark.parametrize(
        "name", [pytest.param(one, marks=() if one in IN_THE_GATE else pytest.mark.long) for one in files]
    )


def memory():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def send(client, door, file):
    """Send a file as a volunteer would; return the answer."""
    if door == "picture":
        return client.post("/admin/news/post/bild/", {"image": file})
    model, field = (Document, "file") if door == "document" else (Post, "attachments-0-file")
    url, values = filled(model, client, title=["Prov"])
    data = {name: value[0] for name, value in values.items() if value} | {"_draft": "1", field: file}
    return client.post(url, data)


def check(client, door, content, name):
    file = upload(content, "x.pdf")
    file._name = name  # as a forged request names it; the class itself would tidy the name
    before, began = memory(), time.monotonic()
    answer = send(client, door, file)
    assert answer.status_code in (200, 302, 400)
    assert time.monotonic() - began < SECONDS
    stored = []
    for name in default_storage.files():
        with default_storage.open(name) as file:
            stored.append(file.read())
    assert bool(stored) == (answer.status_code == 302 or (door == "picture" and answer.status_code == 200))
    for one in stored:
        assert one != content
        assert MARK.encode() not in one
        assert one.startswith(b"%PDF-" if door != "picture" else (b"\xff\xd8", b"RIFF", b"\0\0\0"))
    assert memory() - before < GROWTH


@each(UPLOADS)
@pytest.mark.parametrize("door", ["document", "attachment", "picture"])
def test_what_is_no_document_is_refused_or_made_one(as_superuser, branch, door, name):
    check(as_superuser, door, UPLOADS[name](), NAMES[list(UPLOADS).index(name) % len(NAMES)])


@each(PDFS)
def test_a_document_that_means_harm_is_refused_or_made_harmless(as_superuser, branch, name):
    check(as_superuser, "document", PDFS[name](), "kallelse.pdf")
