"""Readers while volunteers write: `python -m benchmarks.writing [--postgresql] [--seconds 60]`.

200 stored pages and 5 searches a second, first alone, then beside 10 saves a second of the admin's own form,
each of a new public post. Says how long answers took, what failed, and how old a list was that a reader got.
"""

import argparse
import os
import re
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from itertools import count
from multiprocessing import get_context
from urllib.parse import urlsplit

from benchmarks import servers
from benchmarks.servers import FOLDER, Postgres, site, stop_all
from benchmarks.texts import words
from tests.helpers.volunteer import NAME, PASSWORD, Volunteer

STORED = ["/nyheter/", "/", "/kontakt/", "/nyheter/nyhet-50/"]
READERS, READS, SEARCHES, SAVES, WRITERS = 8, 200, 5, 10, 4  # a second; in so many threads
ALONE = 15  # seconds without writing
MOST_OLD = 1.0  # seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    servers.SERVER_CORE = "0,1"  # it writes while it answers: that takes two
    try:
        run(options, Postgres() if options.postgresql else None)
    finally:
        stop_all()


def run(options, database):
    account = {"DJANGO_SUPERUSER_USERNAME": NAME, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    server = site("writing", 200, database, WEB_CONCURRENCY=2, **account).wait()
    volunteer = Volunteer(server.url)
    volunteer.log_in(NAME, PASSWORD)
    form = volunteer.empty_form() | {"image_is_decorative": "on"}
    with get_context("spawn").Pool(1) as other:  # a process of its own: what is sent delays no reader
        other.apply(read, (server.url, 2))
        alone = other.apply(read, (server.url, ALONE))
        reading = other.apply_async(read, (server.url, options.seconds))
        saves = write(volunteer, form, options.seconds)
        beside = reading.get()
    report(options, alone, beside, saves)


def at_a_rate(work, a_second, seconds, threads):
    """Call work() so often from some threads; return its results that are not None."""
    begun, turns = time.monotonic(), count()

    def one(_):
        found = []
        while (due := begun + next(turns) / a_second) < begun + seconds:
            time.sleep(max(due - time.monotonic(), 0))  # the rate is what is measured
            found.append(work())
        return found

    with ThreadPoolExecutor(threads) as pool:
        return [result for results in pool.map(one, range(threads)) for result in results]


def read(url, seconds):
    """Return {"stored" and "made": [(asked, took, status, newest post in it), …]}."""
    with ThreadPoolExecutor(2) as both:
        searches = both.submit(at_a_rate, asker(url, ["/sok/?q=kaffe"]), SEARCHES, seconds, 2)
        stored = at_a_rate(asker(url, STORED), READS, seconds, READERS)
        return {"stored": stored, "made": searches.result()}


def asker(url, paths):
    turns = count()

    def ask():
        path = paths[next(turns) % len(paths)]
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        asked = time.monotonic()
        try:
            connection.request("GET", path, headers={"Accept-Encoding": "identity"})
            answer = connection.getresponse()
            text, status = answer.read().decode(), answer.status
        except (OSError, HTTPException) as error:
            text, status = "", repr(error)
        took = time.monotonic() - asked
        connection.close()
        shown = max(map(int, re.findall(r"Sparad (\d+)", text)), default=0)
        return asked, took, status, shown if path == "/nyheter/" else None

    return ask


def write(volunteer, form, seconds):
    """Return [(number, acknowledged, took, status), …]."""
    numbers = count(1)

    def save():
        number = next(numbers)
        begun = time.monotonic()
        fields = form | {"title": f"Sparad {number}", "body": f"<p>{words(number, 200)}</p>"}
        try:
            status = volunteer.send(fields, button="_publish")[0]
        except (OSError, HTTPException) as error:
            status = repr(error)
        return number, time.monotonic(), time.monotonic() - begun, status

    return at_a_rate(save, SAVES, seconds, WRITERS)


def report(options, alone, beside, saves):
    kind = "PostgreSQL" if options.postgresql else "SQLite"
    lines = [f"{kind}, {options.seconds} s; load {os.getloadavg()[0]:.1f}", ""]
    lines += ["| ms | p50 | p99 | longest | failed |", "| --- | --- | --- | --- | --- |"]
    rows = {
        "stored, nobody writes": [one[1:3] for one in alone["stored"]],
        "stored, 10 saves a second": [one[1:3] for one in beside["stored"]],
        "search, nobody writes": [one[1:3] for one in alone["made"]],
        "search, 10 saves a second": [one[1:3] for one in beside["made"]],
        "save": [(took, status == 302 and 200) for *_, took, status in saves],
    }
    for name, measured in rows.items():
        times = sorted(took * 1000 for took, _ in measured)
        failed = sum(status != 200 for _, status in measured)
        p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
        lines.append(f"| {name} ({len(times)}) | {p50:.1f} | {p99:.1f} | {times[-1]:.0f} | {failed} |")
    old = [age_of(asked, shown, saves) for asked, _, status, shown in beside["stored"] if shown is not None]
    lines += [
        "",
        f"Lists that lacked a post saved {MOST_OLD} s before: {sum(age > MOST_OLD for age in old)}",
    ]
    lines += [f"The oldest list lacked one that was {max(old):.2f} s old."]
    sys.stdout.write("\n".join(lines) + "\n")


def age_of(asked, shown, saves):
    """Return how long a post had been saved that a list asked for then did not show; 0 if it showed all."""
    missing = [asked - done for number, done, _, status in saves if number > shown and status == 302]
    return max([0, *missing])


if __name__ == "__main__":
    main()
