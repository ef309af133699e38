"""An import that is killed, again and again, and run once more leaves the same as one that never was."""

import json
import random
import subprocess
import time
from contextlib import contextmanager, suppress
from hashlib import sha256

import pytest
from django.apps import apps

from tests.helpers import joomla
from tests.helpers.pdfs import make_pdf
from tests.helpers.running import PYTHON, ROOT, environment, run

KILLS, MANY_KILLS = 2, 20
TEXTS = 12
APPS = ("moving", "news", "documents", "contacts")
OF_A_RUN = {"created_at", "taken_at", "own_digest", "guid"}


def old_site(folder):
    """Write a dump and its pictures; return the arguments of the import."""
    images = joomla.write_images(folder / "old", *(f"{number}.jpg" for number in range(TEXTS)))
    (images / "stadgar.pdf").write_bytes(make_pdf("Stadgar"))
    text = '<p>Text, <a href="images/stadgar.pdf">stadgar</a>.<img src="images/{0}.jpg" alt="Gård {0}"></p>'
    articles = [joomla.article(n + 2, f"Text {n}", text.format(n)) for n in range(TEXTS)]
    contacts = [
        (1, "Påhittad Personsson", "p-p", "Ordförande", "", "070-174 06 05", "maj@gamla.example", 1, 1)
    ]
    page = joomla.article(17, "Om oss", "<p>Den gamla.</p>")
    return [str(joomla.write_dump(folder, *articles, page, contacts=contacts)), "--images", str(images)]


def stored(data_dir):
    """Return every row, its key being its place in its table, and of each file what is in it."""
    dumped = run(PYTHON, "manage.py", "dumpdata", *APPS, DATA_DIR=data_dir).stdout
    for file in sorted((data_dir / "media").rglob("*.*")):
        name = str(file.relative_to(data_dir / "media"))
        if len(file.relative_to(data_dir / "media").parts) == 2:
            dumped = dumped.replace(name, sha256(file.read_bytes()).hexdigest())
    rows, keys = json.loads(dumped), {}
    for row in rows:
        keys.setdefault(row["model"], []).append(row["pk"])
    for row in rows:
        row["pk"] = keys[row["model"]].index(row["pk"])
        for field in apps.get_model(row["model"])._meta.concrete_fields:
            value, other = row["fields"].get(field.name), field.related_model
            if value is not None and other and other._meta.label_lower in keys:
                row["fields"][field.name] = keys[other._meta.label_lower].index(value)
        for name in OF_A_RUN | ({"updated_at"} if row["model"] == "documents.document" else set()):
            row["fields"].pop(name, None)
    return rows


def manage(data_dir, *arguments):
    result = run(PYTHON, "manage.py", *arguments, DATA_DIR=data_dir)
    assert result.returncode == 0, result.stderr
    return result.stdout


@contextmanager
def importing(data_dir, *arguments):
    """Start an import and wait until it takes in the first text."""
    with subprocess.Popen(
        [PYTHON, "-u", "manage.py", "import_joomla", *arguments],
        cwd=ROOT,
        env=environment(DATA_DIR=data_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        while "Filer i bildmappen" not in (line := process.stdout.readline()):
            assert line
        yield process


@pytest.mark.parametrize("kills", [KILLS, pytest.param(MANY_KILLS, marks=pytest.mark.long)])
def test_an_import_that_is_killed_goes_on_and_ends_the_same(data_dir, tmp_path, kills):
    arguments = old_site(tmp_path)
    before = stored(data_dir)
    with importing(data_dir, *arguments) as process:
        began = time.monotonic()
        assert process.wait() == 0
        takes = time.monotonic() - began
    whole = stored(data_dir)
    assert len(whole) > len(before) + TEXTS
    manage(data_dir, "import_undo")

    chance, ended = random.Random(kills), 0  # noqa: S311  the same moments every time
    for number in range(kills):
        with importing(data_dir, *arguments) as process:
            with suppress(subprocess.TimeoutExpired):
                ended += process.wait(takes * chance.uniform(0, (number + 1) / kills / 2)) == 0
            process.kill()
    assert ended < kills, "it was never killed"
    manage(data_dir, "import_joomla", *arguments)
    assert stored(data_dir) == whole
    pictures = [sum(bool(one["fields"].get("image")) for one in rows) for rows in (before, whole)]
    assert pictures[1] - pictures[0] == TEXTS
