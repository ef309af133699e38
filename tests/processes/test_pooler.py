"""The site behind PgBouncer in transaction mode: each transaction may meet another connection."""

import re
from concurrent.futures import ThreadPoolExecutor

from tests.helpers.asking import ask
from tests.helpers.pooler import needs_pgbouncer, pgbouncer
from tests.helpers.running import in_one_process, run, started
from tests.helpers.volunteer import NAME, PASSWORD, Volunteer

PATHS = ["/", "/nyheter/", "/kontakt/", "/sok/?q=hyra"]


@needs_pgbouncer
def test_pages_saves_and_updates_work_behind_a_pooler(data_dir, tmp_path, new_database):
    if not new_database.startswith("postgres"):
        return  # only PostgreSQL has poolers
    (tmp_path / "pooler").mkdir()
    with pgbouncer(new_database, tmp_path / "pooler") as pooled:
        settings = data_dir / ".env"
        text = settings.read_text().replace(f"DATABASE_URL={new_database}", f"DATABASE_URL={pooled}")
        settings.write_text(f"{text}DATABASE_DIRECT_URL={new_database}\n")
        with started(data_dir, tmp_path, WEB_CONCURRENCY=2, PAGE_CACHE_BYTES=0) as site:
            with ThreadPoolExecutor(8) as readers:
                answers = list(readers.map(lambda path: ask(site.url + path)[0], PATHS * 25))
            assert answers == [200] * 100
            button = re.search(rb'formaction="(/kontakt/e-post/[^"]+)"', ask(site.url + "/kontakt/")[2])[
                1
            ].decode()
            assert [ask(site.url + button, post=True)[0] for _ in range(11)] == [200] * 10 + [429]
            volunteer = Volunteer(site.url)
            volunteer.log_in(NAME, PASSWORD)
            form = {**volunteer.empty_form(), "title": "Bakom en pool", "body": "<p>x</p>"}
            assert volunteer.send(form, None)[0] == 302
            assert "goes over" in run("script/server", DATA_DIR=data_dir).stdout
            in_one_process(data_dir, ["backup"], ["purge"])
        assert " 500 " not in site.output.read_text()
