"""What each page costs with 200, 2 000 and 20 000 posts: `python -m benchmarks.growth [--postgresql]`.

CPU milliseconds of this process and of PostgreSQL, the least of some rounds, of pages made anew; a tenth as
many meetings and a fourth as many documents as posts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

from benchmarks.servers import FOLDER, ROOT, Postgres, cpu_seconds, environment, say, stop_all, tree

COUNTS = (200, 2000, 20_000)
LEAST_SECONDS, ROUNDS = 0.3, 3  # the kernel counts another process in hundredths of a second
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "hgf_site.settings",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "testserver",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return measure(options.one)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        database = Postgres() if options.postgresql else None
        report(options, [one_size(count, database) for count in COUNTS])
    finally:
        stop_all()


def one_size(count, database):
    say(f"{count} posts ...")
    folder = FOLDER / f"growth-{count}"
    folder.mkdir(exist_ok=True)
    url = database.url(f"growth_{count}") if database else f"sqlite:///{folder}/site.sqlite3"
    env = environment(**SETTINGS, DATA_DIR=folder, DATABASE_URL=url)
    if database:
        env["POSTGRESQL_PID"] = str(database.process.pid)
    fill = [sys.executable, "-m", "benchmarks.fill_site", str(count), "--more"]
    subprocess.run(fill, cwd=ROOT, env=env, check=True)
    one = [sys.executable, "-m", "benchmarks.growth", "--one", str(count)]
    return json.loads(subprocess.run(one, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE).stdout)


def report(options, columns):
    kind = "PostgreSQL" if options.postgresql else "SQLite"
    lines = [f"CPU ms, {kind}; load {os.getloadavg()[0]:.1f}", ""]
    lines += [f"| What | {' | '.join(map(str, COUNTS))} |", "| --- " * (len(COUNTS) + 1) + "|"]
    for name in columns[0]:
        lines.append(f"| {name} | {' | '.join(f'{column[name]:.3g}' for column in columns)} |")
    sys.stdout.write("\n".join(lines) + "\n")


def measure(count):
    import django

    django.setup()

    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from common.page_cache import memo
    from common.page_cache.content_version import read_version
    from news.models import Post

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    call_command("collectstatic", interactive=False, verbosity=0)
    reader, admin = Client(), Client()
    user = User.objects.filter(username="test").first() or User.objects.create_superuser("test")
    admin.force_login(user)
    posts = reverse("admin:news_post_changelist")
    current = Post.objects.current()
    last, last_of_category = (
        -(-found.count() // 10) for found in (current, current.filter(category__slug="hyror"))
    )
    pages = {
        "start": "/",
        "list": "/nyheter/",
        "list, page 2": "/nyheter/?sida=2",
        "list, in the middle": f"/nyheter/?sida={last // 2}",
        "list, last page": f"/nyheter/?sida={last}",
        "category, last page": f"/nyheter/kategori/hyror/?sida={last_of_category}",
        "year": "/nyheter/arkiv/2025/",
        "post": "/nyheter/nyhet-50/",
        "calendar": "/kalender/",
        "documents": "/dokument/",
        "feed": "/nyheter/rss/",
        "calendar file": "/kalender.ics",
        "sitemap": "/sitemap.xml",
        "search, in every post": "/sok/?q=kaffe",
        "search, in one post": "/sok/?q=babababakal",
        "search, misspelled": "/sok/?q=grannnar",
        "search, like no word": "/sok/?q=qwxzqwxz",
    }
    found = {}
    for name, path in pages.items():
        with memo.at_content_version("1"):
            found[name] = cost(lambda path=path: ask(reader, path))
    for name, path in {
        "admin, start": reverse("admin:index"),
        "admin, list": posts,
        "admin, last page": f"{posts}?p={-(-count // 100)}",
        "admin, search": f"{posts}?q=kaffe",
        "admin, search for nothing": f"{posts}?q=qwxzqwxz",
        "admin, form": reverse("admin:news_post_change", args=[Post.objects.first().pk]),
    }.items():
        found[name] = cost(lambda path=path: ask(admin, path))
    found["content version"] = cost(read_version)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "backup.tar")
        found["backup"] = cost(
            lambda: (target.unlink(missing_ok=True), call_command("backup", target, stdout=StringIO())),
            rounds=1,
        )
    sys.stdout.write(json.dumps(found))


def ask(client, path):
    response = client.get(path)
    if response.status_code != 200:
        sys.exit(f"{path}: {response.status_code}")


def cost(work, rounds=ROUNDS):
    work()
    return min(one_round(work) for _ in range(rounds)) * 1000


def one_round(work):
    begun, count = cpu(), 0
    while (used := cpu() - begun) < LEAST_SECONDS:
        work()
        count += 1
    return used / count


def cpu():
    pid = os.environ.get("POSTGRESQL_PID")
    return (
        time.process_time() + sum(cpu_seconds(one) for one in tree(int(pid))) if pid else time.process_time()
    )


if __name__ == "__main__":
    main()
