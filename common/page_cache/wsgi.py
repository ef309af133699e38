"""The page cache: pages rendered once per content version, for everybody, and answered before Django runs.

A WSGI wrapper around Django, inside TrustedProxies. A view whose page may be stored says so with
`query_parameters`, the names that it knows of the query string, in order. What is not in the key of a page
cannot be in the page: Django gets a request that holds nothing else.
"""

import re
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from gzip import compress
from hashlib import blake2b
from threading import Lock
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.cache import has_vary_header

from common.caching import short_key_cache
from common.page_cache import memo

PRIVATE = "private, no-store"  # a public page for somebody who is logged in
MOST_UPDATES = 10  # pages that wait for the other thread: a worker that ends makes them first
PAGE_OVERHEAD = 4096  # bytes that a page takes beside its content
# A query of the site that was here before: Django sees it whole, and leads on to what it meant.
FOREIGN_QUERY = re.compile("(?:^|&)(?:option=com_|format=feed)")
HIT, MISS, UPDATING, STALE = STATES = "hit", "miss", "updating", "stale"


class PageCache:
    """WSGI wrapper: 304 or stored bytes for a page that has not changed, else Django's answer.

    While somebody saves, readers wait for no page that was current within the last second: they get that one,
    and one thread makes it anew. While the database is away, the last page that was stored. X-Page-Cache says
    which: hit, miss, updating or stale.
    """

    def __init__(self, application, poller, site_url, max_bytes, in_background=None):
        """`application`: Django's handler; `poller`: a VersionPoller; only `site_url` has stored pages.

        `in_background`: what calls a function soon, in a thread of its own.
        """
        self.application = application
        self.poller = poller
        self.in_background = in_background or ThreadPoolExecutor(1, "page cache").submit
        self.being_updated = set()  # keys
        self.scheme, self.host = urlsplit(site_url)[:2]
        self.session_cookie = settings.SESSION_COOKIE_NAME
        self.store = Store(max_bytes)

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if query:
            if FOREIGN_QUERY.search(query):
                return self.application(environ, start_response)
            query = environ["QUERY_STRING"] = normalize_query(path, query)
        key = f"{path}?{query}"
        page = self.store.get(key)
        if page is None and query_parameters_of(path) is None:
            return self.application(environ, start_response)
        if not self.is_anonymous(environ):
            return self.answer_privately(environ, start_response)
        self.poller.current()
        # Read version last: poll() writes it first, so that a poll that ends just now cannot mark an old page
        # as fresh.
        polled_at, is_away = self.poller.polled_at, self.poller.is_away
        version = self.poller.version
        if page is None or page.version != version:
            if page is None or not self.poller.is_recent(page.current_at):
                return self.render(key, version, environ, start_response)
            self.update(key, environ)
            return page.answer(environ, start_response, UPDATING)
        if is_away:
            return page.answer(environ, start_response, STALE)
        page.current_at = polled_at
        return page.answer(environ, start_response, HIT)

    def is_anonymous(self, environ):
        return (
            environ.get("HTTP_HOST") == self.host
            and environ["wsgi.url_scheme"] == self.scheme
            and self.session_cookie not in environ.get("HTTP_COOKIE", "")
            and "HTTP_AUTHORIZATION" not in environ
        )

    def answer_privately(self, environ, start_response):
        def start(status, headers, exc_info=None):
            if not any(name.lower() == "cache-control" for name, _ in headers):
                headers = [*headers, ("Cache-Control", PRIVATE)]
            return start_response(status, headers, exc_info)

        return self.application(environ, start)

    def update(self, key, environ):
        """Let another thread make the page anew, unless it is about to."""

        def make():
            try:
                page, version = self.store.pages.get(key), self.poller.current()
                if page and page.version != version:  # else a reader who waited was quicker
                    self.render(key, version, environ, lambda *start: None)
            finally:
                self.being_updated.discard(key)

        if key not in self.being_updated and len(self.being_updated) < MOST_UPDATES:
            self.being_updated.add(key)
            self.in_background(make)

    def render(self, key, version, environ, start_response):
        """Answer with a new page. It is never older than `version`, which was read before."""
        with memo.at_content_version(version):
            response = self.application(without_reader(environ), lambda *start: None)
        if version and is_cacheable(response):
            page = StoredPage(version, response)
            response.close()
            self.store.put(key, page)
            return page.answer(environ, start_response, MISS)
        old = self.store.get(key)
        if response.status_code == 503 and old and version and old.version.content == version.content:
            response.close()
            return old.answer(environ, start_response, STALE)
        self.store.remove(key)
        headers = [*response.items(), *(("Set-Cookie", c.OutputString()) for c in response.cookies.values())]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        return response


# --- What a page can depend on ---


@short_key_cache(maxsize=1024)
def query_parameters_of(path):
    """Return the query parameters that the page at `path` knows; None where pages are not stored."""
    try:
        view = resolve(path.encode("latin-1").decode(errors="replace")).func
    except Resolver404:
        return None
    return getattr(getattr(view, "view_class", view), "query_parameters", None)


def normalize_query(path, query):
    """Return `query` with only what the page at `path` knows, once, in order, the numbers as numbers."""
    known = query_parameters_of(path)
    if known is None:
        return query
    found = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        found.setdefault(name, value)
    if "sida" in found:
        found["sida"] = page_number(found["sida"])
    return "&".join(f"{name}={found[name]}" for name in known if found.get(name))


def page_number(value):
    """Return the number of a list's page as it stands in a key: "" for the first, "0" for none."""
    is_number = value.isascii() and value.isdigit() and len(value) <= 6
    number = int(value) if is_number else 0
    return "" if number == 1 else str(number)


def without_reader(environ):
    """Return the request without anything that differs between readers: cookies, headers, a body."""
    rest = {name: value for name, value in environ.items() if not name.startswith(("HTTP_", "CONTENT_"))}
    return rest | {"HTTP_HOST": environ["HTTP_HOST"], "REQUEST_METHOD": "GET"}


def is_cacheable(response):
    control = response.headers.get("Cache-Control", "")
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not has_vary_header(response, "Cookie")
        and not any(word in control for word in ("private", "no-store", "no-cache"))
    )


# --- What is stored ---


class StoredPage:
    """An answer of 200, plain and gzipped, with a validator of each: a digest of all that is in it."""

    def __init__(self, version, response):
        self.version = version
        self.current_at = float("-inf")  # when the database last said so, as poller.polled_at
        self.was_asked_for = False  # since it was stored, or last spared
        own = {"cache-control", "content-length", "etag", "vary"}
        headers = [(name, value) for name, value in response.items() if name.lower() not in own]
        # Sorted, since django-csp orders its directives differently in every process.
        words = sorted(" ".join(f"{name} {value}" for name, value in headers).replace(";", " ").split())
        digest = blake2b(" ".join(words).encode() + response.content, digest_size=12).hexdigest()
        self.plain = Variant(response.content, f'"{digest}"', headers)
        zipped = compress(response.content, mtime=0)
        self.zipped = Variant(zipped, f'"{digest}-gzip"', [*headers, ("Content-Encoding", "gzip")])
        self.size = len(response.content) + len(zipped) + PAGE_OVERHEAD

    def answer(self, environ, start_response, state):
        variant = self.zipped if accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) else self.plain
        has = environ.get("HTTP_IF_NONE_MATCH")
        if has and variant.is_among(has):
            start_response("304 Not Modified", variant.unchanged[state])
            return []
        start_response("200 OK", variant.headers[state])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else variant.body


class Variant:
    """A page in one encoding, with the headers of its answers by what X-Page-Cache says."""

    def __init__(self, content, etag, headers):
        self.etag = etag
        self.body = [content]
        validators = [
            ("ETag", etag),
            ("Cache-Control", settings.PAGE_CACHE_CONTROL),
            ("Vary", "Accept-Encoding"),
        ]
        states = [("X-Page-Cache", state) for state in STATES]
        length = ("Content-Length", str(len(content)))
        self.headers = {state[1]: [*headers, *validators, state, length] for state in states}
        server = [(name, value) for name, value in headers if name == "Server"]  # not granian's
        self.unchanged = {state[1]: [*server, *validators, state] for state in states}

    def is_among(self, etags):
        """Tell whether an If-None-Match names it: weak comparison, RFC 9110, 13.1.2."""
        return etags == self.etag or etags.strip() == "*" or self.etag in re.findall(r'"[^"]*"', etags)


@short_key_cache(maxsize=256)
def accepts_gzip(header):
    """Tell whether an Accept-Encoding has gzip, or anything, without "q=0" (RFC 9110, 12.5.3)."""
    accepted = {}
    for part in header.lower().split(","):
        coding, *parameters = (text.strip() for text in part.split(";"))
        weights = [text.removeprefix("q=").strip() for text in parameters if text.startswith("q=")]
        accepted[coding] = not any(re.fullmatch(r"0(\.0*)?", weight) for weight in weights)
    return accepted.get("gzip", accepted.get("x-gzip", accepted.get("*", False)))


class Store:
    """Pages by their key, at most `max_bytes` of them: the oldest goes, but one asked for is spared once."""

    def __init__(self, max_bytes):
        self.max_bytes = max_bytes
        self.bytes = 0
        self.pages = OrderedDict()
        self.lock = Lock()  # for changes; a look-up needs none

    def get(self, key):
        page = self.pages.get(key)
        if page:
            page.was_asked_for = True
        return page

    def put(self, key, page):
        with self.lock:
            self._remove(key)
            self.pages[key] = page
            self.bytes += page.size
            while self.bytes > self.max_bytes:
                oldest, page = next(iter(self.pages.items()))
                if page.was_asked_for:
                    page.was_asked_for = False
                    self.pages.move_to_end(oldest)
                else:
                    self._remove(oldest)

    def remove(self, key):
        with self.lock:
            self._remove(key)

    def _remove(self, key):
        if page := self.pages.pop(key, None):
            self.bytes -= page.size
