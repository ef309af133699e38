"""The site as its server calls it: a WSGI request through the page cache, in this process."""

from contextlib import contextmanager
from dataclasses import dataclass

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from common.page_cache.content_version import VersionPoller
from common.page_cache.wsgi import PageCache
from hgf_site.wsgi import django_application


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def state(self):
        """What the page cache says of it: "hit", "miss", "stale" or None."""
        return self.headers.get("X-Page-Cache")


@contextmanager
def connections_kept():
    """As Django's own test client: a request does not end the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Worker:
    """One worker of the site, with a page cache of its own and a clock that only tests move."""

    def __init__(self, monkeypatch, application=django_application, url="http://testserver", max_bytes=10**7):
        self.time = 1000.0
        monkeypatch.setattr("common.page_cache.content_version.monotonic", lambda: self.time)
        self.poller = VersionPoller()
        self.in_background = []  # what its other thread has to do, for update()
        self.cache = PageCache(application, self.poller, url, max_bytes, self.in_background.append)

    def ask(self, address, method="GET", **headers):
        """Ask for a path with its query; a header's name is written with "_" for "-"."""
        headers = {"Host": "testserver"} | {name.replace("_", "-"): value for name, value in headers.items()}
        environ = RequestFactory().generic(method, address, headers=headers).environ
        started = []
        with connections_kept():
            body = self.cache(
                environ, lambda status, headers, exc_info=None: started.append((status, headers))
            )
            content = b"".join(body)
            if isinstance(body, HttpResponseBase):
                body.close()
        [(status, headers)] = started
        names = [name for name, _ in headers]
        assert len(names) == len(set(names)), f"twice: {names}"
        return Answer(int(status.split()[0]), dict(headers), content)

    def ask_later(self, address, **headers):
        """Ask when what was seen before is too old to be shown if anything has changed."""
        self.time += VersionPoller.MAX_AGE
        return self.ask(address, **headers)

    def update(self):
        """Let its other thread make the pages that it was told to; return how many."""
        jobs, self.in_background[:] = self.in_background[:], []
        with connections_kept():
            for job in jobs:
                job()
        return len(jobs)
