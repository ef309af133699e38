"""The site as its server calls it: a WSGI request through the page cache, in this process."""

from contextlib import contextmanager
from dataclasses import dataclass

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory

from hgf_site.page_cache import PageCache
from hgf_site.site_version import VersionWatch
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
        """What the page cache says of it: "hit", "made", "stale" or None."""
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
        monkeypatch.setattr("hgf_site.site_version.monotonic", lambda: self.time)
        self.version = VersionWatch()
        self.cache = PageCache(application, self.version, url, max_bytes)

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
            if isinstance(body, HttpResponse):
                body.close()
        [(status, headers)] = started
        names = [name for name, _ in headers]
        assert len(names) == len(set(names)), f"twice: {names}"
        return Answer(int(status.split()[0]), dict(headers), content)

    def ask_later(self, address, **headers):
        """Ask when the site version has to be asked for again."""
        self.time += VersionWatch.ASK_AFTER
        return self.ask(address, **headers)
