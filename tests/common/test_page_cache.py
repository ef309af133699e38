"""The page cache: what is stored, for whom, and what is answered from it."""

import gzip
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from common.page_cache.content_version import VersionPoller
from common.page_cache.wsgi import PRIVATE, accepts_gzip, normalize_query, query_parameters_of
from contacts.models import Person
from news.models import Post
from tests.helpers.public_pages import public_pages
from tests.helpers.wsgi import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# Where a test changes content twice: on PostgreSQL a transaction replaces the content version once.
commits = pytest.mark.django_db(transaction=True)


UNSTORED = {
    "mailing:manage",
    "mailing:leave",
    "media",  # files
    "documents:file",
    "favicon",  # leads to a static file
    "healthz",
    "livez",
    "metrics",
    "readyz",
    "draft",
    "search",
    "contacts:email",
    "contacts:vcard",
}


def stored_addresses(content):
    return {name: address for name, address in public_pages(content).items() if name not in UNSTORED}


# --- Hits ---


def test_every_public_page_is_made_once_and_then_answered_without_django_or_a_query(
    worker, content, django_assert_num_queries
):
    addresses = stored_addresses(content)
    for name, address in addresses.items():
        made = worker.ask(address)
        assert (made.status, made.state) == (200, "miss"), name
        with django_assert_num_queries(0):
            hit = worker.ask(address)
        assert hit.state == "hit", name
        assert hit.body == made.body, name
    with django_assert_num_queries(1):  # the content version; the other pages trust it
        for address in addresses.values():
            assert (worker.ask_later(address) if address == "/" else worker.ask(address)).state == "hit"


def test_a_stored_page_has_the_headers_of_the_one_that_django_made(worker, client, content):
    by_django = client.get("/")
    worker.ask("/")
    hit = worker.ask("/")
    assert hit.text == by_django.text
    for name, value in by_django.items():
        assert hit.headers[name] == value, name
    assert hit.headers["Cache-Control"] == django_settings.PAGE_CACHE_CONTROL
    assert hit.headers["Vary"] == "Accept-Encoding"
    assert "default-src 'none'" in hit.headers["Content-Security-Policy"]


def test_head_and_get_share_a_page_and_head_has_no_body(worker, content):
    head = worker.ask("/", method="HEAD")
    page = worker.ask("/")
    assert (head.state, page.state) == ("miss", "hit")
    assert head.body == b""
    assert head.headers["Content-Length"] == page.headers["Content-Length"] == str(len(page.body))
    assert worker.ask("/", method="HEAD").headers["ETag"] == page.headers["ETag"]


def test_a_page_is_gzipped_for_who_accepts_it(worker, content):
    plain, zipped = worker.ask("/"), worker.ask("/", Accept_Encoding="gzip, deflate, br")
    assert gzip.decompress(zipped.body) == plain.body
    assert len(zipped.body) < len(plain.body) / 2
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Length"] == str(len(zipped.body))
    assert zipped.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP;q=0.5, br", True),
        ("br, gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("xgzip", False),
        (";;;,,q=", False),
    ],
)
def test_gzip_is_accepted_as_the_standard_says(header, accepted):
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize("encoding", ["gzip", ""])
def test_a_reader_who_has_the_page_gets_304_and_no_body(worker, content, encoding):
    page = worker.ask("/", Accept_Encoding=encoding)
    etag = page.headers["ETag"]
    for has in (etag, f"W/{etag}", f'"other", {etag}', f'"a,b" , W/{etag}', "*"):
        answer = worker.ask("/", Accept_Encoding=encoding, If_None_Match=has)
        assert (answer.status, answer.body) == (304, b""), has
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"] == django_settings.PAGE_CACHE_CONTROL
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Server"] == page.headers["Server"]
        assert "Content-Length" not in answer.headers
    for other in ('"other"', etag[:-1], etag.strip('"'), ""):
        assert worker.ask("/", Accept_Encoding=encoding, If_None_Match=other).status == 200, other


@commits
def test_a_reader_keeps_the_copy_when_only_another_page_has_changed(worker, content):
    contacts, start = worker.ask("/kontakt/"), worker.ask("/")
    Post.objects.update(title="Ny rubrik")
    again = worker.ask_later("/kontakt/", If_None_Match=contacts.headers["ETag"])
    assert (again.status, again.state) == (304, "miss")
    changed = worker.ask("/", If_None_Match=start.headers["ETag"])
    assert changed.status == 200
    assert "Ny rubrik" in changed.text


def test_a_validator_names_the_page_with_its_headers_and_is_the_same_in_every_worker(monkeypatch):
    def etag(policy, content="sidan"):
        response = HttpResponse(content, headers={"Content-Security-Policy": policy})
        return Worker(monkeypatch, lambda environ, start_response: response).ask("/").headers["ETag"]

    strict = etag("default-src 'none'; img-src 'self'")
    assert etag("img-src 'self'; default-src 'none'") == strict
    assert etag("default-src 'self'; img-src 'self'") != strict
    assert etag("default-src 'none'; img-src 'self'", "sidan ") != strict


# --- Changes ---


@commits
def test_a_change_is_seen_when_the_version_is_asked_for_again(worker, content):
    assert "Årsmöte i mars" in worker.ask("/").text
    Post.objects.update(title="Ny rubrik")
    assert worker.ask("/").state == "hit"
    changed = worker.ask_later("/")
    assert changed.state == "miss"
    assert "Ny rubrik" in changed.text


@commits
def test_whoever_is_logged_in_sees_what_was_saved_in_the_next_answer(worker, content):
    worker.ask("/")
    Post.objects.update(title="Ny rubrik")
    assert "Ny rubrik" in worker.ask("/", Cookie=f"{django_settings.SESSION_COOKIE_NAME}=x").text


@commits
def test_readers_wait_for_no_page_that_was_current_within_the_last_second(worker, content):
    def ask(after):
        worker.time += after
        answer = worker.ask("/")
        return answer.state, "Ny rubrik" in answer.text

    worker.ask("/")
    assert ask(after=0.2) == ("hit", False)
    Post.objects.update(title="Ny rubrik")
    assert ask(after=0.4) == ("updating", False)
    assert ask(after=0.1) == ("updating", False)
    assert worker.update() == 1
    assert ask(after=0) == ("hit", True)
    Post.objects.update(title="En rubrik till")
    assert ask(after=0.5) == ("updating", True)
    assert worker.update() == 1
    assert ask(after=0) == ("hit", False)


@commits
def test_a_page_that_is_not_made_anew_within_a_second_is_made_for_its_reader(worker, content):
    worker.ask("/")
    worker.ask("/")
    Post.objects.update(title="Ny rubrik")
    worker.time += VersionPoller.POLL_INTERVAL
    assert worker.ask("/").state == "updating"
    worker.time += VersionPoller.POLL_INTERVAL
    made = worker.ask("/")
    assert (made.state, "Ny rubrik" in made.text) == ("miss", True)


@commits
def test_a_page_that_was_current_before_the_database_was_away_is_made_for_its_reader(
    worker, content, monkeypatch
):
    worker.ask("/")
    worker.ask("/")
    with monkeypatch.context() as away:
        away.setattr(worker.poller, "read", lambda: (_ for _ in ()).throw(OperationalError))
        away.setattr("common.page_cache.content_version.connection.close", lambda: None)
        assert worker.ask_later("/").state == "stale"
    Post.objects.update(title="Ny rubrik")
    worker.time += VersionPoller.POLL_INTERVAL
    assert "Ny rubrik" in worker.ask("/").text


@commits
def test_few_pages_wait_to_be_made_anew_so_that_a_worker_can_end(monkeypatch, content):
    worker = Worker(monkeypatch, lambda environ, start_response: HttpResponse("x"))
    paths = [f"/nyheter/nyhet-{number}/" for number in range(30)]
    for path in paths * 2:
        worker.ask(path)
    Post.objects.update(title="Ny rubrik")
    worker.time += VersionPoller.POLL_INTERVAL
    assert {worker.ask(path).state for path in paths} == {"updating"}
    assert worker.update() == 10
    assert [worker.ask(path).state for path in paths].count("hit") == 10


@commits
def test_a_page_that_is_gone_meanwhile_is_gone_for_the_next_reader(worker, content):
    address = content["post"].get_absolute_url()
    worker.ask(address)
    worker.ask(address)
    content["post"].delete()
    worker.time += VersionPoller.POLL_INTERVAL
    assert worker.ask(address).state == "updating"
    worker.update()
    assert worker.ask(address).status == 404


def test_a_page_that_is_gone_is_gone_from_the_store(worker, content):
    address = content["post"].get_absolute_url()
    worker.ask(address)
    content["post"].delete()
    assert worker.ask_later(address).status == 404
    assert not [key for key in worker.cache.store.pages if key.startswith(address)]


@pytest.mark.parametrize("field", ["published_at", "expires_at"])
def test_a_post_comes_and_goes_at_its_time_with_nothing_run(worker, content, make_post, monkeypatch, field):
    now = timezone.now()
    times = {"published_at": now - timedelta(hours=1), field: now + timedelta(minutes=1)}
    make_post(title="Vattnet stängs av", **times)
    before = worker.ask("/nyheter/")
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=59))
    assert worker.ask_later("/nyheter/").state == "hit"
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=1))
    after = worker.ask_later("/nyheter/")
    assert after.state == "miss"
    assert ("Vattnet" in before.text, "Vattnet" in after.text) == (
        (False, True) if field == "published_at" else (True, False)
    )


def test_an_office_passes_on_at_midnight_in_stockholm(worker, content, make_holder, monkeypatch):
    evening = timezone.now().replace(month=7, day=1, hour=21, minute=59, second=59)
    monkeypatch.setattr(timezone, "now", lambda: evening)
    today = timezone.localdate()
    make_holder("Nya Testsson", "Kassör", starts_on=today + timedelta(days=1), phone="+46701234568")
    assert "Nya Testsson" not in worker.ask("/kontakt/").text
    monkeypatch.setattr(timezone, "now", lambda: evening + timedelta(seconds=1))
    assert "Nya Testsson" in worker.ask_later("/kontakt/").text


# --- The query string ---


@pytest.mark.parametrize(
    ("path", "query", "known"),
    [
        ("/", "utm_source=x&fbclid=y", ""),
        ("/nyheter/", "sida=2", "sida=2"),
        ("/nyheter/", "b=1&sida=2&sida=3&a=", "sida=2"),
        ("/nyheter/", "sida=002", "sida=2"),
        ("/nyheter/", "sida=1", ""),
        ("/nyheter/", "sida=", "sida=0"),
        ("/nyheter/", "sida=last", "sida=0"),
        ("/nyheter/", "sida=-1", "sida=0"),
        ("/nyheter/", "sida=\u00b2", "sida=0"),
        ("/nyheter/", "sida=" + "9" * 5000, "sida=0"),
        ("/nyheter/", "&&&=&%00", ""),
        ("/kontakt/", "sida=2", ""),
        ("/admin/news/post/", "q=anna&p=2", "q=anna&p=2"),
        ("/healthz", "a=1", "a=1"),
        ("/finns/inte", "a=1", "a=1"),
    ],
)
def test_django_sees_only_the_parameters_that_a_page_knows(path, query, known):
    assert normalize_query(path, query) == known


def test_a_flood_of_query_strings_hosts_and_paths_stores_nothing_and_evicts_nothing(worker, content):
    addresses = stored_addresses(content).values()
    for address in addresses:
        worker.ask(address)
    before = dict(worker.cache.store.pages)
    for number in range(50):
        for address in addresses:
            worker.ask(f"{address}?x={number}")
            worker.ask(f"{address}?{number}")
        assert worker.ask(f"/nyheter/?sida={number + 2}").status == 404
        assert worker.ask(f"/finns-inte-{number}/").status == 404
        worker.ask("/", Host="other.example")
        worker.ask("/", Host=f"{number}.example")
        worker.ask("/", Cookie=f"{django_settings.SESSION_COOKIE_NAME}={number}")
    assert dict(worker.cache.store.pages) == before


def test_a_page_holds_nothing_of_the_request_but_its_path_and_known_parameters(monkeypatch):
    seen = []

    def application(environ, start_response):
        seen.append(environ)
        response = HttpResponse("sidan")
        start_response("200 OK", list(response.items()))
        return response

    worker = Worker(monkeypatch, application)
    headers = {
        "User_Agent": "x",
        "Cookie": "theme=dark",
        "Referer": "/x",
        "X_Test": "1",
        "Content_Type": "a/b",
    }
    worker.ask("/nyheter/?sida=2&x=1", **headers)
    [environ] = seen
    assert environ["QUERY_STRING"] == "sida=2"
    names = {name for name in environ if name.startswith(("HTTP_", "CONTENT_"))}
    assert names == {"HTTP_HOST"}


# --- What is never stored ---


def never_stored():
    def cookie():
        response = HttpResponse("x")
        response.set_cookie("a", "b")
        return response

    return {
        "sets a cookie": cookie(),
        "is private": HttpResponse("x", headers={"Cache-Control": "private"}),
        "is not to be stored": HttpResponse("x", headers={"Cache-Control": "max-age=0, no-store"}),
        "depends on cookies": HttpResponse("x", headers={"Vary": "Accept, Cookie"}),
        "is not found": HttpResponse("x", status=404),
        "is empty": HttpResponse("", status=204),
        "is elsewhere": HttpResponse("", status=302, headers={"Location": "/"}),
        "is streamed": StreamingHttpResponse(["x"]),
        "is a file": FileResponse([b"x"]),
    }


@pytest.mark.parametrize("kind", never_stored())
def test_an_answer_is_not_stored_that(monkeypatch, kind):
    worker = Worker(monkeypatch, lambda environ, start_response: never_stored()[kind])
    for _ in range(2):
        answer = worker.ask("/")
        assert answer.state is None
        assert answer.status == never_stored()[kind].status_code
    assert not worker.cache.store.pages
    assert ("Set-Cookie" in answer.headers) == (kind == "sets a cookie")


def test_other_addresses_than_pages_go_to_django_as_they_came(worker, content):
    addresses = public_pages(content)
    for address in ("/healthz", "/favicon.ico", "/admin/login/", addresses["contacts:email"], "/finns/inte"):
        assert worker.ask(address).state is None, address
    assert not worker.cache.store.pages


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": f"a=b; {django_settings.SESSION_COOKIE_NAME}=abc"},
        {"Authorization": "Bearer x"},
        {"Host": "other.example"},
    ],
)
def test_a_request_of_somebody_special_is_answered_by_django_and_never_stored(worker, content, headers):
    worker.ask("/")
    Person.objects.update(name="Ändrad Testsson")
    for _ in range(2):
        answer = worker.ask("/", **headers)
        assert answer.status == 200
        assert answer.state is None
        assert "Ändrad Testsson" in answer.text
        assert answer.headers["Cache-Control"] == PRIVATE
    assert worker.ask("/").state == "hit"


def test_another_scheme_than_the_sites_own_is_not_stored(monkeypatch, content):
    worker = Worker(monkeypatch, url="https://testserver")
    assert worker.ask("/").state is None


def test_every_address_is_one_that_is_stored_or_one_that_for_a_reason_is_not(content):
    def names(patterns, prefix=""):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield prefix + pattern.name, pattern
            elif pattern.namespace != "admin":
                yield from names(pattern.url_patterns, f"{pattern.namespace}:")

    stored = {
        name
        for name, pattern in names(get_resolver().url_patterns)
        if hasattr(getattr(pattern.callback, "view_class", pattern.callback), "query_parameters")
    }
    everything = {name for name, _ in names(get_resolver().url_patterns)}
    assert everything - stored == UNSTORED
    for name, address in stored_addresses(content).items():
        assert query_parameters_of(address) is not None, name


# --- Bounds ---


def test_the_store_is_bounded_in_bytes_and_keeps_what_is_asked_for(monkeypatch):
    worker = Worker(monkeypatch, lambda environ, start_response: HttpResponse("x" * 10_000), max_bytes=50_000)
    store = worker.cache.store
    for number in range(30):
        worker.ask(f"/nyheter/sida-{number}/")
        assert worker.ask("/").state == ("miss" if number == 0 else "hit")
        assert store.bytes <= 50_000
        assert store.bytes == sum(page.size for page in store.pages.values())
    assert 2 <= len(store.pages) < 10


@commits
def test_a_version_that_comes_while_a_page_is_looked_up_makes_no_old_page_a_fresh_one(worker, content):
    worker.ask("/")
    Post.objects.update(title="Ny rubrik")
    old, current = worker.poller.version, worker.poller.current

    def another_thread_hears_just_then():
        worker.time += VersionPoller.POLL_INTERVAL
        current()
        return old  # this one waited too long

    worker.poller.current = another_thread_hears_just_then
    answer = worker.ask("/")
    assert (answer.state, "Ny rubrik" in answer.text) == ("miss", True)
