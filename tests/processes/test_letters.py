"""Letters to everybody, by the process beside the workers: killed, and with the database away in between.

Told as figures: how many letters there were to send, how many came, and how many came twice.
"""

import os
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.database_away import postgres_away
from tests.helpers.running import PYTHON, children, run, started
from tests.helpers.smtp import Mailbox, mail_server

SEED = """
from datetime import timedelta
from django.utils import timezone
from mailing.models import Letter, Sending, Subscriber
from news.models import Post
now = timezone.now()
Post.objects.all().delete()  # the starter content is news too
Subscriber.objects.bulk_create(
    Subscriber(email=f"nr{{number}}@example.org", asked_at=now, confirmed_at=now, renewed_at=now)
    for number in range({count})
)
Sending.objects.create(id=1, site_url={url!r}, since=now - timedelta(hours=1))
post = Post.objects.create(title="Vattnet stängs av", published_at=now - timedelta(minutes=20))
Letter.objects.create(post=post, made_at=now - timedelta(minutes=11))
"""
CLAIMS_ARE_OVER = """
from django.utils import timezone
from mailing.models import Delivery
Delivery.objects.filter(state="sending").update(not_before=timezone.now())
"""


def shell(data_dir, code):
    result = run(PYTHON, "manage.py", "shell", "--no-imports", "-c", code, DATA_DIR=data_dir)
    assert result.returncode == 0, result.stderr


def letters_process(site):
    """The process id of manage.py send_letters, the child of the supervisor beside granian, or None."""
    for child in children(site.process.pid):
        if b"send_letters" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    return None


def put_to_the_test(data_dir, tmp_path, count, kills, disturb=lambda: None, per_minute=1200):
    """Send to `count` subscribers, killing the process `kills` times; return the Mailbox."""
    url, mailbox = "http://127.0.0.1:1", Mailbox()
    shell(data_dir, SEED.format(count=count, url=url))
    with mail_server(mailbox) as port:
        changes = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_PER_MINUTE": per_minute, "SITE_URL": url}
        with started(data_dir, tmp_path, **changes) as site:
            for number in range(1, kills + 1):
                while len(mailbox.letters) < count * number // (kills + 1):
                    time.sleep(0.1)  # longer than a letter takes: the kill comes at any moment of one
                os.kill(letters_process(site), signal.SIGKILL)
                disturb()
            for second in range(600):
                if len(set(mailbox.recipients)) == count:
                    break
                if second % 6 == 0:  # it begins again five seconds after a kill
                    shell(data_dir, CLAIMS_ARE_OVER)
                time.sleep(1)
    return mailbox


def check(mailbox, count, at_most_twice):
    times = Counter(mailbox.recipients)
    identities = {letter["Message-ID"] for _, letter in mailbox.letters}
    twice = [address for address, number in times.items() if number == 2]
    print(  # noqa: T201  what the run is for
        f"{count} subscribers, {len(times)} got the letter, {len(twice)} of them twice"
    )
    assert len(times) == len(identities) == count
    assert set(times.values()) <= {1, 2}
    assert len(twice) <= at_most_twice


def test_each_of_20_gets_one_letter_though_the_process_that_sends_is_killed(data_dir, tmp_path):
    check(put_to_the_test(data_dir, tmp_path, 20, 1), 20, at_most_twice=1)


def take_away(database, seconds):
    """Let nobody use the database at this URL for some seconds."""
    if database.startswith("sqlite"):
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
        return
    with postgres_away(database):
        time.sleep(seconds)


@pytest.mark.long
def test_each_of_5000_gets_one_letter_through_three_kills_and_a_database_that_is_away(
    data_dir, new_database, tmp_path
):
    disturbances = iter([lambda: None, lambda: take_away(new_database, 25), lambda: None])
    mailbox = put_to_the_test(data_dir, tmp_path, 5000, 3, lambda: next(disturbances)(), 1_000_000)
    check(mailbox, 5000, at_most_twice=1)


@pytest.mark.long
def test_a_restore_of_yesterday_sends_nothing_again(data_dir, tmp_path):
    mailbox, backup = Mailbox(), tmp_path / "backup.tar.gz"
    shell(data_dir, SEED.format(count=3, url="http://127.0.0.1:1"))

    def manage(*command):
        settings = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "SITE_URL": "http://127.0.0.1:1"}
        result = run(PYTHON, "manage.py", *command, DATA_DIR=data_dir, **settings)
        assert result.returncode == 0, result.stderr
        return result.stdout + result.stderr

    with mail_server(mailbox) as port:
        manage("backup", backup)
        manage("send_letters")
        assert len(mailbox.letters) == 3
        manage("restore", "--replace", "--no-backup", backup)
        assert "hgf_site.W008" in manage("check")
        manage("send_letters")
        manage("resume_letters")
        manage("send_letters")
        assert "hgf_site.W008" not in manage("check")
    assert len(mailbox.letters) == 3
