"""One site on two machines: one PostgreSQL behind PgBouncer, one object storage, nginx in front."""

import json
import os
import re
import shutil
import signal
import tarfile
import time

import pytest

from tests.helpers.asking import ask
from tests.helpers.pooler import needs_pgbouncer, pgbouncer
from tests.helpers.proxy import HOST, needs, nginx
from tests.helpers.running import PYTHON, Site, processes_of, run
from tests.helpers.updating import Readers, copy_of_the_project, end, go_over, pull
from tests.helpers.volunteer import NAME, PASSWORD, Volunteer, picture


def manage(data_dir, *arguments):
    result = run(PYTHON, "manage.py", *arguments, DATA_DIR=data_dir)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def machines(data_dir, tmp_path, new_database, storage_server):
    """(A, B): running sites of two DATA_DIRs and checkouts. Nothing of them is left running."""
    (tmp_path / "pooler").mkdir()
    with pgbouncer(new_database, tmp_path / "pooler") as pooled:
        env = (
            (data_dir / ".env").read_text().replace(f"DATABASE_URL={new_database}", f"DATABASE_URL={pooled}")
        )
        env = env.replace("ALLOWED_HOSTS=127.0.0.1", f"ALLOWED_HOSTS=127.0.0.1,{HOST}")
        env += f"DATABASE_DIRECT_URL={new_database}\nS3_URL={storage_server.new_bucket()}\n"
        (data_dir / ".env").write_text(f"{env}SITE_URL=http://{HOST}\nTRUSTED_PROXIES=127.0.0.1\n")
        manage(data_dir, "move_media", "bucket")
        shutil.rmtree(data_dir / "media")
        shutil.copytree(data_dir, tmp_path / "b")
        sites = []
        try:
            for name, folder in (("a", data_dir), ("b", tmp_path / "b")):
                checkout = copy_of_the_project(tmp_path / f"site-{name}")
                site = Site(folder, tmp_path / f"{name}.txt", cwd=checkout, WEB_CONCURRENCY=2)
                site.checkout, site.changes = checkout, {}
                sites.append(site)
                site.wait_for(site.answers)
            yield sites
        finally:
            for site in sites:
                end(site)


def port_of(site):
    return site.url.rpartition(":")[2]


@needs_pgbouncer
@needs("nginx")
@pytest.mark.long
def test_two_machines_are_one_site(request, tmp_path, new_database, capsys):
    if not new_database.startswith("postgres"):
        return  # only PostgreSQL is shared
    a, b = request.getfixturevalue("machines")
    said = []

    volunteer = Volunteer(a.url)
    volunteer.log_in(NAME, PASSWORD)
    form = {**volunteer.empty_form(), "title": "På båda", "body": "<p>x</p>", "image_alt": "En gård."}
    status, _, page = volunteer.send(form, picture(7), button="_publish")
    assert status == 302, page
    began = time.monotonic()
    while b"P\xc3\xa5 b\xc3\xa5da" not in ask(f"{b.url}/nyheter/", Host=HOST)[2]:
        assert time.monotonic() - began < 2
    said.append(f"read on B after {time.monotonic() - began:.1f} s")
    (image,) = set(
        re.findall(rb'"(/media/nyheter/[^" ]+\.jpg)"', ask(f"{b.url}/nyheter/pa-bada/", Host=HOST)[2])
    )
    assert [ask(site.url + image.decode(), Host=HOST)[0] for site in (a, b)] == [200, 200]

    button = re.search(rb'formaction="(/kontakt/e-post/[^"]+)"', ask(f"{a.url}/kontakt/", Host=HOST)[2])[
        1
    ].decode()
    asked = [ask((a, b)[number % 2].url + button, post=True, Host=HOST)[0] for number in range(11)]
    assert asked == [200] * 10 + [429]

    (tmp_path / "nginx").mkdir()
    with nginx(tmp_path / "nginx", port_of(a), port_of(b)) as port:
        with Readers(f"http://127.0.0.1:{port}", Host=HOST) as readers:
            for site in (a, b):
                pull(site.checkout)
                go_over(site.checkout, site)
            readers.answers["new"] = 0
            b.wait_for(lambda: readers.answers["new"] > 3)
        said.append(f"rolling update: {readers.answers['requests']} requests, {len(readers.failures)} failed")
        assert (readers.failures, readers.told_to_wait) == ([], [])

        with Readers(f"http://127.0.0.1:{port}", Host=HOST) as readers:
            b.wait_for(lambda: readers.answers["requests"] > 50)
            for pid in processes_of(a.data_dir):
                os.kill(pid, signal.SIGKILL)
            until = readers.answers["requests"] + 300
            b.wait_for(lambda: readers.answers["requests"] > until)
        said.append(f"A killed: {readers.answers['requests']} requests, {len(readers.failures)} failed")
        assert (readers.failures, readers.told_to_wait) == ([], [])

    path, third = tmp_path / "backup.tar.gz", tmp_path / "third"
    run_in(b, "backup", path)
    third.mkdir()
    (third / ".env").write_text(f"SECRET_KEY={'k' * 50}\nALLOWED_HOSTS=127.0.0.1\n")
    run_in(b, "restore", path, DATA_DIR=third)
    with tarfile.open(path) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
    names = {name.removeprefix("media/") for name in manifest["files"] if name.startswith("media/")}
    there = {
        file.relative_to(third / "media").as_posix()
        for file in (third / "media").rglob("*")
        if file.is_file()
    }
    assert (manifest["missing"], there) == ([], names)
    said.append(f"backup on B: {len(names)} files, all on the third machine")
    with capsys.disabled():
        print("\n" + "; ".join(said))  # noqa: T201  what the run is for


def run_in(site, *arguments, **changes):
    result = run(PYTHON, "manage.py", *arguments, cwd=site.checkout, **{"DATA_DIR": site.data_dir, **changes})
    assert result.returncode == 0, result.stdout + result.stderr
