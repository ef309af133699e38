"""What Prometheus reads at /metrics: counted over all workers of this machine since it was started."""

import os
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db import DatabaseError, InterfaceError
from django.dispatch import receiver
from django.urls import Resolver404, resolve
from django.utils import timezone

settings.METRICS_DIR.mkdir(mode=0o700, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.METRICS_DIR)  # read when the next is imported

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from common.caching import short_key_cache
from hgf_site.operations.status import last_backup
from hgf_site.server.access_log import header
from mailing.models import Delivery, Subscriber

REQUESTS = Counter("hgf_requests", "Answers, by the name of the address.", ["route", "status"])
SECONDS = Histogram(
    "hgf_request_seconds",
    "Time that an answer took.",
    ["route"],
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10),
)
PAGES = Counter(
    "hgf_pages",
    "Public pages: hit is stored, miss is made, updating is being made, stale is without a database.",
    ["state"],
)
FAILED_LOGINS = Counter("hgf_failed_logins", "Logins that were refused.")

requests, seconds, pages = map(lru_cache(maxsize=1024), (REQUESTS.labels, SECONDS.labels, PAGES.labels))


def observe(when, method, path, answer, spent, request_id):
    """Count an answer; the arguments are of access_log.py."""
    status, headers = answer
    route = route_of(path)
    requests(route, status[:3]).inc()
    seconds(route).observe(spent)
    state = header(headers, "X-Page-Cache")
    if state != "-":
        pages(state).inc()


@short_key_cache(maxsize=1024)
def route_of(path):
    try:
        return resolve(path.encode("latin-1").decode(errors="replace")).view_name
    except Resolver404:
        return "static" if path.startswith(settings.STATIC_URL) else "none"


@receiver(user_login_failed)
def count_failed_login(**kwargs):
    FAILED_LOGINS.inc()


class FromTheDatabase:
    """What is the site's and not a worker's."""

    def collect(self):
        if made := last_backup():
            age = (timezone.now() - made).total_seconds()
            yield GaugeMetricFamily("hgf_backup_age_seconds", "Since the last backup was made.", age)
        letters = GaugeMetricFamily("hgf_letters", "In the outbox, not sent yet.", labels=["state"])
        try:
            for state in Delivery.UNSENT:
                letters.add_metric([state], Delivery.objects.filter(state=state).count())
            resting = Subscriber.objects.exclude(rests_since=None).count()
        except (DatabaseError, InterfaceError):  # what the workers count is told all the same
            return
        yield letters
        yield GaugeMetricFamily("hgf_resting_subscribers", "Their address was refused twice.", resting)


def exposition():
    """Return the text that Prometheus reads, as bytes."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(FromTheDatabase())
    return generate_latest(registry)
