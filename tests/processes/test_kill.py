"""An acknowledged save stays: kill -9 comes right after the answer, and in the middle of a save.

Told as a figure: how many saves were acknowledged, and how many of them are found afterwards.
"""

import http.client
import random
import threading

import pytest
from PIL import Image

from tests.helpers.running import children, handles, kill, started
from tests.helpers.volunteer import NAME, PASSWORD, Volunteer, picture

KILLS = 5  # one of each kind, and one in the middle of a save
MANY_KILLS = 300


def workers(site):
    return [worker for granian in children(site.process.pid) for worker in children(granian)]


def kill_of_a_kind(kind, site, database):
    match kind:
        case "a worker":
            kill(handles(workers(site)[:1]))
        case "all workers":
            kill(handles(workers(site)))
        case "granian and all workers":
            kill(handles([*children(site.process.pid), *workers(site)]))
        case "PostgreSQL":
            database.kill()
            database.start()


def kinds(database):
    first = ["PostgreSQL"] if database.url else []
    return [*first, "a worker", "all workers", "granian and all workers"]


def put_to_the_test(database, tmp_path, kills):
    """Save and kill; return (acknowledged, found, posts with a picture that is not whole)."""
    data_dir = tmp_path / "var"
    changes = {"DJANGO_SUPERUSER_USERNAME": NAME, "DJANGO_SUPERUSER_PASSWORD": PASSWORD, "WEB_CONCURRENCY": 2}
    if database.url:
        changes["DATABASE_URL"] = database.url
    acknowledged = set()
    chance = random.Random(1)  # noqa: S311  the same kills every time
    with started(data_dir, tmp_path, **changes) as site:
        volunteer = Volunteer(site.url)
        volunteer.log_in(NAME, PASSWORD)
        form = volunteer.empty_form()
        for number in range(kills):
            title = f"Sparad {number}"
            fields = {**form, "title": title, "body": f"<p>{number}</p>", "image_is_decorative": "on"}
            kind = kinds(database)[number % len(kinds(database))]
            in_the_middle = number % 5 == 4
            if in_the_middle:
                timer = threading.Timer(chance.uniform(0, 0.3), kill_of_a_kind, (kind, site, database))
                timer.start()
            try:
                status, _, page = volunteer.send(fields, picture(number))
            except (OSError, http.client.HTTPException) as error:  # nobody answered: nothing was promised
                status = repr(error)
            if not in_the_middle:
                kill_of_a_kind(kind, site, database)
            else:
                timer.join()
            if status == 302:
                acknowledged.add(title)
            else:
                assert in_the_middle, f"{kind}: {status}"
            site.wait_until_it_answers_again()
    found = dict(database.rows("SELECT title, image FROM news_post WHERE title LIKE 'Sparad %'"))
    broken = [title for title, name in found.items() if not is_whole(data_dir / "media" / name)]
    return acknowledged, found.keys(), broken


def is_whole(path):
    try:
        with Image.open(path) as image:
            image.load()
            return image.size == (320, 240)
    except OSError:
        return False


def assert_all_found(database, tmp_path, kills, capsys):
    acknowledged, found, broken = put_to_the_test(database, tmp_path, kills)
    with capsys.disabled():
        print(  # noqa: T201  what the run is for
            f"\n{type(database).__name__}: {kills} kills, {len(acknowledged)} saves acknowledged and "
            f"{len(acknowledged & found)} of them found, {len(broken)} pictures not whole"
        )
    assert len(acknowledged) >= kills * 0.8
    assert acknowledged - found == set()
    assert broken == []


def test_a_save_that_was_acknowledged_survives_kill_9(database, tmp_path, capsys):
    assert_all_found(database, tmp_path, KILLS, capsys)


@pytest.mark.long
def test_three_hundred_times(database, tmp_path, capsys):
    assert_all_found(database, tmp_path, MANY_KILLS, capsys)
