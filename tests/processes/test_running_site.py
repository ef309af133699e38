"""The site as its server runs it, with two workers: what only that can show."""

import re
import time
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from tests.helpers.asking import ask
from tests.helpers.database_away import postgres_away
from tests.helpers.mail_server import slow_mail_server
from tests.helpers.pdfs import make_pdf
from tests.helpers.running import PATIENCE, PYTHON, in_one_process, run, started
from tests.helpers.volunteer import Volunteer, token_of


def pages(site):
    """Return {path: body} of a page of every kind; the port, another one at every start, is left out."""
    port = site.url.rpartition(":")[2].encode()
    post = "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/"
    paths = ["/", "/nyheter/", post, "/kontakt/", "/kalender/", "/kalender.ics"]
    answers = {path: ask(site.url + path) for path in paths}
    assert all(status == 200 for status, _, _ in answers.values())
    assert not any("Set-Cookie" in headers for _, headers, _ in answers.values())
    return {path: body.replace(port, b"port") for path, (_, _, body) in answers.items()}


MAKE_MEETING = """
from news.models import Occurrence, Post
Occurrence.objects.create(post=Post.objects.get(), day="2099-02-03")
"""


def test_workers_share_the_count_and_a_restart_changes_no_byte(data_dir, tmp_path):
    """Nor what calendar programs know a meeting by."""
    made = run(PYTHON, "manage.py", "shell", "--no-imports", "-c", MAKE_MEETING, DATA_DIR=data_dir)
    assert made.returncode == 0, made.stderr
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        before = pages(site)
        assert pages(site) == before
        assert before["/kalender.ics"].count(b"UID:") == 1
        button = re.search(rb'formaction="(/kontakt/e-post/[^"]+)"', before["/kontakt/"])[1].decode()
        answers = [
            ask(site.url + button, post=True, X_Forwarded_For=f"198.51.100.{number}") for number in range(11)
        ]
        assert [status for status, _, _ in answers] == [200] * 10 + [429]
        assert all(b"ordforande@example.org" in body for _, _, body in answers[:10])
        assert int(answers[10][1]["Retry-After"]) > 0
    assert (
        site.output.read_text().count("POST /kontakt/e-post/…/") == 11
    )  # also the last, just before the end
    assert button.split("/")[3] not in site.output.read_text()
    with started(data_dir, tmp_path) as site:
        assert pages(site) == before


NEW_VERSION = """
import hashlib
from django.core.files.base import ContentFile
from django.utils import timezone
from documents.models import Document
document = Document.objects.first() or Document(title="Stadgar", published_at=timezone.now())
document.file.save("x.pdf", ContentFile(bytes.fromhex("{content}")), save=False)
document.save()
print(hashlib.sha256(document.file.read()).hexdigest())
"""


@pytest.mark.long
def test_every_worker_gives_a_new_version_of_a_file_within_a_second(data_dir, tmp_path):
    with started(data_dir, tmp_path, WEB_CONCURRENCY=3) as site:
        for texts in (["Stadgar"], ["Stadgar", "Tillägg"]):
            code = NEW_VERSION.format(content=make_pdf(*texts).hex())
            made = run(PYTHON, "manage.py", "shell", "--no-imports", "-c", code, DATA_DIR=data_dir)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                ask(f"{site.url}/dokument/stadgar/")
            files = {ask(f"{site.url}/dokument/stadgar.pdf")[2] for _ in range(30)}
            assert [sha256(content).hexdigest() for content in files] == made.stdout.split()
            pages = {ask(f"{site.url}/dokument/stadgar/")[2] for _ in range(30)}
            assert all(f"{len(texts)}\xa0sid".encode() in page for page in pages)


@pytest.mark.any_database
def test_behind_a_proxy_of_ours_each_visitor_has_an_own_count(data_dir, tmp_path):
    with started(data_dir, tmp_path, TRUSTED_PROXIES="127.0.0.1") as site:
        button = re.search(rb'formaction="(/kontakt/e-post/[^"]+)"', pages(site)["/kontakt/"])[1].decode()
        visitor = {"post": True, "X_Forwarded_For": "198.51.100.1"}
        assert [ask(site.url + button, **visitor)[0] for _ in range(11)][-1] == 429
        assert ask(site.url + button, post=True, X_Forwarded_For="198.51.100.2")[0] == 200


@pytest.mark.any_database
def test_a_letter_with_a_new_password_goes_out_after_the_answer(data_dir, tmp_path):
    """Or the time to the answer tells whose addresses have an account."""
    made = "from django.contrib.auth.models import User; User.objects.create_user('b', 'b@example.org', 'x')"
    assert run(PYTHON, "manage.py", "shell", "--no-imports", "-c", made, DATA_DIR=data_dir).returncode == 0
    with slow_mail_server() as mail, started(data_dir, tmp_path, EMAIL_URL=mail.url) as site:
        browser = Volunteer(site.url)
        token = token_of(browser.ask("GET", "/admin/losenord/")[2])
        fields = urlencode({"email": "b@example.org", "csrfmiddlewaretoken": token})
        status, headers, _ = browser.ask("POST", "/admin/losenord/", fields, timeout=5)
        assert (status, headers["Location"]) == (302, "/admin/losenord/skickat/")
        assert not mail.has_letter.is_set()
        mail.release()
        assert mail.has_letter.wait(PATIENCE)


@pytest.mark.any_database
def test_check_leaks_is_a_command_that_an_operator_can_run(data_dir):
    result = run(PYTHON, "manage.py", "check_leaks", DATA_DIR=data_dir)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith("0 leaks on ")
    # What one process found clean, another one knows again: all but the forms.
    again = run(PYTHON, "manage.py", "check_leaks", "--changed", DATA_DIR=data_dir)
    pages, looked_at = map(int, re.findall(r"\d+", again.stdout)[1:3])
    assert looked_at < pages / 4, again.stdout


def all_workers(site, path, *, after, until):
    """Ask until `until` answers are to questions asked `after` that moment; return those."""
    answers = []
    while len(answers) < until:
        asked = time.monotonic()
        answer = ask(site.url + path)
        if asked > after:
            answers.append(answer)
    return answers


def test_every_worker_shows_a_change_of_another_process_within_a_second(data_dir, tmp_path):
    change = "from news.models import Post; Post.objects.update(title='Ny rubrik')"
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        before = all_workers(site, "/", after=0, until=20)
        assert {headers["X-Page-Cache"] for _, headers, _ in before} <= {"miss", "hit"}
        assert len({headers["ETag"] for _, headers, _ in before}) == 1
        assert run(PYTHON, "manage.py", "shell", "-c", change, DATA_DIR=data_dir).returncode == 0
        changed = time.monotonic()
        after = all_workers(site, "/", after=changed + 1, until=20)
        assert all(b"Ny rubrik" in body for _, _, body in after)


def test_readers_hardly_notice_that_the_database_is_away_or_is_back(data_dir, tmp_path, new_database):
    if not new_database.startswith("postgres"):
        return  # SQLite is a file: it is not away while the site is there
    with started(data_dir, tmp_path) as site:
        before = pages(site)
        with postgres_away(new_database):
            away = time.monotonic()
            [answer] = all_workers(site, "/", after=away + 1, until=1)
            assert answer[1]["X-Page-Cache"] == "stale"
            assert pages(site) == before
            status, headers, body = ask(site.url + "/finns-inte/")
            assert (status, "nere" in body.decode()) == (503, True)
            assert int(headers["Retry-After"]) > 0
        back = time.monotonic()
        [answer] = all_workers(site, "/", after=back + 1, until=1)
        assert answer[1]["X-Page-Cache"] == "hit"
        assert ask(site.url + "/finns-inte/")[0] == 404


def test_a_restore_is_seen_by_a_site_that_runs(data_dir, tmp_path):
    """The stored pages too: workers keep their connections, and what they know of the former site."""
    post = "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/"
    backup = tmp_path / "backup.tar.gz"
    change = "from news.models import Post; Post.objects.update(title='Ny rubrik')"
    in_one_process(data_dir, ["backup", backup], change)
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        for _ in range(10):
            assert b"Ny rubrik" in ask(site.url + post)[2]
        result = run(PYTHON, "manage.py", "restore", "--replace", backup, DATA_DIR=data_dir)
        assert result.returncode == 0, result.stderr
        site.wait_for(lambda: not any(b"Ny rubrik" in ask(site.url + post)[2] for _ in range(10)))
