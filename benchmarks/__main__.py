"""One run of all of it: builds what it needs, measures in interleaved rounds, prints a table in Markdown.

The figure is requests per CPU second of the server's processes (the database's among them), with
the load on another core. Only 127.0.0.1 is asked, for a time that is set beforehand.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from benchmarks.servers import (
    FOLDER,
    LOAD_CORE,
    WAGTAIL,
    Postgres,
    Server,
    empty_function,
    nginx,
    say,
    shipped_nginx,
    site,
    stop_all,
    wagtail,
)

WAGTAIL_PACKAGES = ["wagtail", "granian", "psycopg2-binary"]
NGINX = "nginx, a static file"
EMPTY = "an empty function"
STORED = "stored, start"
SHIPPED = "stored, start, behind the shipped nginx.conf"
PLAIN = ", not gzipped"
FEW = {connections: f", {connections} at a time" for connections in (1, 8)} | {64: ""}


@dataclass
class Target:
    """A row of the table: what is asked for, and the figure of each round."""

    name: str
    server: Server
    path: str
    headers: dict = field(default_factory=dict)
    connections: int = 64  # a burst: everyone at once
    rates: list = field(default_factory=list)

    def measure(self, seconds):
        command = [
            "taskset",
            "-c",
            LOAD_CORE,
            "wrk",
            "-t1",
            f"-c{self.connections}",
            f"-d{seconds}s",
            "--timeout",
            "30s",
        ]
        for name, value in {"Accept-Encoding": "gzip", **self.headers}.items():
            command += ["-H", f"{name}: {value}"]
        before = self.server.cpu_seconds()
        result = subprocess.run(
            [*command, self.server.url + self.path], capture_output=True, text=True, check=True
        )
        used = self.server.cpu_seconds() - before
        requests = int(re.search(r"(\d+) requests in", result.stdout)[1])
        if "Non-2xx" in result.stdout or "Socket errors" in result.stdout or not requests:
            sys.exit(f"{self.name}: {result.stdout}")
        self.rates.append(requests / used)


def build():
    """Get what is measured beside the site; Wagtail has a Python of its own, so that nothing mixes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = [name for name in ("nginx", "wrk", "taskset") if not shutil.which(name)]
    if missing:
        sys.exit(f"Missing: {', '.join(missing)} (Debian: apt install nginx wrk util-linux)")
    if not (WAGTAIL / "ready").exists():
        say("Installing Wagtail ...")
        subprocess.run([sys.executable, "-m", "venv", WAGTAIL], check=True)
        subprocess.run([WAGTAIL / "bin" / "pip", "install", "-qq", *WAGTAIL_PACKAGES], check=True)
        (WAGTAIL / "ready").touch()


def get(url):
    """Return (body, headers)."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  an http address of ours
            return answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        sys.exit(f"{url} answers {error.code}")


def first_answer(start):
    """Return (the Server, milliseconds until its first page, CPU milliseconds until then).

    Of this site's start only the server's counts, not the installing and migrating before it.
    """
    server = start()
    log = FOLDER / f"{server.port}.log"
    waits = server.process.args[-1] == "script/server"
    while waits and server.process.poll() is None and "The site:" not in log.read_text():
        time.sleep(0.002)  # the log is looked at; nothing tells when it grows
    begun, used = time.monotonic(), server.cpu_seconds()
    server.wait()
    return server, (time.monotonic() - begun) * 1000, (server.cpu_seconds() - used) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of load on each target in each round")
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    options = parser.parse_args()
    build()
    try:
        run(options, Postgres() if options.postgresql else None)
    finally:
        stop_all()


def run(options, database):
    say("Filling and starting ...")
    starts = {}
    kept, *starts["this site"] = first_answer(lambda: site("kept", 200, database))
    peer, *starts["Wagtail"] = first_answer(lambda: wagtail(200, database))
    made = {
        count: site(f"made_{count}", count, database, PAGE_CACHE_BYTES=0) for count in (200, 2000, 20_000)
    }
    cached = wagtail(200, database, PER_SITE_CACHE=1)
    page, _ = get(kept.url + "/")
    static, empty, shipped = nginx(page), empty_function(kept.url + "/"), shipped_nginx(kept)
    for server in (*made.values(), cached, static, empty, shipped):
        server.wait()

    last = {count: count // 10 for count in made}
    year = "/nyheter/arkiv/2025/"
    request = urllib.request.Request(kept.url, headers={"Accept-Encoding": "gzip"})  # noqa: S310  an http address of ours
    etag = get(request)[1]["ETag"]
    # What takes long on few connections: what is begun when the time is over is work without an answer.
    made_anew = partial(Target, connections=2)
    targets = [
        *(
            Target(name + few, server, "/", connections=connections)
            for connections, few in FEW.items()
            for name, server in {NGINX: static, EMPTY: empty, STORED: kept, SHIPPED: shipped}.items()
        ),
        *(
            Target(name + PLAIN, server, "/", {"Accept-Encoding": "identity"})
            for name, server in {NGINX: static, STORED: kept}.items()
        ),
        Target("stored, list", kept, "/nyheter/"),
        Target("stored, post", kept, "/nyheter/nyhet-50/"),
        Target("stored, contact", kept, "/kontakt/"),
        Target("304", kept, "/", {"If-None-Match": etag}),
        made_anew("made, list", made[200], "/nyheter/"),
        made_anew("made, post", made[200], "/nyheter/nyhet-50/"),
        made_anew("made, contact", made[200], "/kontakt/"),
        made_anew("made, list of 20 000", made[20_000], "/nyheter/"),
        made_anew("made, post of 20 000", made[20_000], "/nyheter/nyhet-50/"),
        made_anew("made, last page", made[200], f"/nyheter/?sida={last[200]}"),
        made_anew("made, last page of 20 000", made[20_000], f"/nyheter/?sida={last[20_000]}"),
        made_anew("made, year", made[200], year),
        made_anew("made, year of 20 000", made[20_000], year),
        made_anew("search", made[200], "/sok/?q=kaffe"),
        made_anew("search in 2 000", made[2000], "/sok/?q=kaffe"),
        made_anew("Wagtail, list", peer, "/"),
        made_anew("Wagtail, post", peer, "/nyhet-50/"),
        made_anew("Wagtail, contact", peer, "/kontakt/"),
        Target("Wagtail with cache, list", cached, "/"),
        Target("Wagtail with cache, post", cached, "/nyhet-50/"),
    ]
    for target in targets:  # connections, templates, stored pages
        get(target.server.url + target.path)
    for number in range(options.rounds):
        say(f"Round {number + 1} of {options.rounds} ...")
        for target in targets:
            target.measure(options.seconds)
    report(options, {target.name: target.rates for target in targets}, starts, kept, peer)


def ratio(rates, name, other):
    """Return "median (least – greatest)" of a row against another one of the same round."""
    ratios = [mine / theirs for mine, theirs in zip(rates[name], rates[other], strict=True)]
    return f"{statistics.median(ratios):.3g} ({min(ratios):.3g} – {max(ratios):.3g})"


def report(options, rates, starts, kept, peer):
    def row(*cells):
        return f"| {' | '.join(cells)} |"

    def against(what, name, other):
        return row(what, ratio(rates, name, other))

    kind = "PostgreSQL" if options.postgresql else "SQLite"
    lines = [
        f"{datetime.now(UTC).date()}, {kind}, {options.rounds} rounds, load {os.getloadavg()[2]:.1f}: "
        "median (least – greatest)",
        "",
    ]
    lines += [row("What", "requests per CPU second", "of nginx"), row("---", "---", "---")]
    for name, of_round in rates.items():
        # Beside as many connections, and the same encoding.
        peer_row = next((NGINX + end for end in (*FEW.values(), PLAIN) if end and name.endswith(end)), NGINX)
        lines.append(row(name, f"{statistics.median(of_round):.0f}", ratio(rates, name, peer_row)))
    lines += ["", row("This site against", "ratio"), row("---", "---")]
    for few in FEW.values():
        lines.append(against(f"an empty function, stored{few}", STORED + few, EMPTY + few))
    for page in ("list", "post", "contact"):
        lines.append(against(f"Wagtail, making the {page}", f"made, {page}", f"Wagtail, {page}"))
    for page in ("list", "post", "last page", "year"):
        lines.append(
            against(f"its own {page} of 200 posts, with 20 000", f"made, {page} of 20 000", f"made, {page}")
        )
    lines.append(against("its own search in 200 posts, with 2 000", "search in 2 000", "search"))
    lines += ["", row("", "this site", "Wagtail"), row("---", "---", "---")]
    lines.append(row("memory, MB", f"{kept.memory():.0f}", f"{peer.memory():.0f}"))
    for place, unit in enumerate(["ms", "CPU ms"]):
        both = [f"{starts[name][place]:.0f}" for name in ("this site", "Wagtail")]
        lines.append(row(f"first answer after start, {unit}", *both))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
