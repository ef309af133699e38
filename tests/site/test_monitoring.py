"""What programs ask and read: probes, metrics, lines of JSON, the id of a request, Sentry."""

import json
import logging
import subprocess
import sys
from ipaddress import ip_network

import pytest
import sentry_sdk
from django.conf import settings as site_settings
from django.test import Client
from django.utils import timezone
from sentry_sdk.transport import Transport

from common.logs import JsonFormatter, request_id
from hgf_site.operations import sentry
from hgf_site.server.access_log import AccessLog, as_json_line
from hgf_site.server.proxies import TrustedProxies
from mailing.models import Delivery, Subscriber
from tests.helpers.database_away import database_away

pytestmark = pytest.mark.any_database


def id_of(given, peer):
    """Return X-Request-ID of the answer to a request with that id from that address."""
    answered = {}

    def application(environ, start_response):
        start_response("200 OK", [])
        return [request_id.get().encode()]

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "REMOTE_ADDR": peer, "HTTP_X_REQUEST_ID": given}
    log = AccessLog(TrustedProxies(application, [ip_network("10.0.0.1")]), lambda lines: None)
    (seen,) = log(environ, lambda status, headers, exc_info=None: answered.update(headers))
    assert answered["X-Request-ID"] == seen.decode()  # what the log says is what the answer says
    return answered["X-Request-ID"]


def test_the_id_of_a_request_is_the_proxys_if_it_is_ours_and_plain():
    assert id_of("4bf92f3577b34da6", "10.0.0.1") == "4bf92f3577b34da6"
    for given, peer in (
        ("4bf9", "192.0.2.1"),
        ("a b\n", "10.0.0.1"),
        ("x" * 65, "10.0.0.1"),
        ("", "10.0.0.1"),
    ):
        own = id_of(given, peer)
        assert own.isalnum()
        assert own not in (given, id_of(given, peer))


def test_lines_are_json_where_the_operator_wants_them_so():
    token = request_id.set("abc1")
    try:
        1 / 0  # noqa: B018  the error that is logged
    except ZeroDivisionError:
        record = logging.makeLogRecord({"msg": "Något %s", "args": ("fel",), "exc_info": sys.exc_info()})
    line = json.loads(JsonFormatter().format(record))
    request_id.reset(token)
    assert (line["message"], line["request_id"]) == ("Något fel", "abc1")
    assert line["error"].endswith("ZeroDivisionError: division by zero")
    headers = [("X-Page-Cache", "hit"), ("Content-Length", "512")]
    line = json.loads(as_json_line(0, "GET", "/utkast/hemlig/", ("200 OK", headers), 0.0123, "abc1"))
    assert line["request"] == "GET /utkast/…/"
    assert (line["status"], line["ms"], line["page_cache"], line["request_id"]) == (200, 12.3, "hit", "abc1")


def test_a_balancer_learns_that_the_database_is_away_and_who_restarts_does_not(branch):
    assert [Client().get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]
    with database_away():
        assert [Client().get(path).status_code for path in ("/livez", "/readyz")] == [200, 503]


def test_machines_ask_by_address_whatever_the_site_is_called(branch):
    ask = Client(headers={"host": "10.0.0.7"}).get
    assert [ask(path).status_code for path in ("/livez", "/readyz", "/healthz", "/")] == [200, 200, 200, 400]
    with database_away():
        assert ask("/livez").status_code == 200


COUNTED = """
import django; django.setup()
from hgf_site.server.metrics import count_failed_login, observe
observe(0, "GET", "/", ("200 OK", [("X-Page-Cache", "hit")]), 0.002, "1")
observe(0, "GET", "/kontakt/e-post/hemlig/", ("429 Too Many", []), 0.2, "1")
count_failed_login()
"""
READ = """
import django; django.setup()
from hgf_site.server.metrics import exposition
print(exposition().decode())
"""


def test_metrics_count_over_all_workers_and_are_for_the_holder_of_the_token(settings, branch, tmp_path):
    def worker(code):
        """Run it as a process of its own, with the tests' settings, all with one folder."""
        first = f"import pathlib, tests.settings as s; s.METRICS_DIR = pathlib.Path({str(tmp_path)!r})"
        return subprocess.run(
            [sys.executable, "-c", first + code], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    worker(COUNTED)
    worker(COUNTED)
    text = worker(READ)
    assert 'hgf_requests_total{route="start",status="200"} 2.0' in text
    assert 'hgf_requests_total{route="contacts:email",status="429"} 2.0' in text
    assert 'hgf_request_seconds_bucket{le="0.005",route="start"} 2.0' in text
    assert 'hgf_pages_total{state="hit"} 2.0' in text
    assert "hgf_failed_logins_total 2.0" in text
    assert "hemlig" not in text
    assert Client().get("/metrics").status_code == 401
    settings.HEALTH_TOKEN = "hemlig"
    assert Client().get("/metrics", headers={"Authorization": "Bearer fel"}).status_code == 401


def test_metrics_tell_of_letters_that_wait_and_of_addresses_that_rest(settings, branch):
    settings.HEALTH_TOKEN = "hemlig"
    now = timezone.now()
    Subscriber.objects.create(email="a@example.org", asked_at=now, rests_since=now)
    for state in ("new", "new", "sending", "refused"):
        Delivery.objects.create(state=state, made_at=now, not_before=now)
    text = Client().get("/metrics", headers={"Authorization": "Bearer hemlig"}).text
    assert 'hgf_letters{state="new"} 2.0' in text
    assert 'hgf_letters{state="sending"} 1.0' in text
    assert "hgf_resting_subscribers 1.0" in text


CLIENT = "198.51.100.7"
WRITTEN = "anna@example.org skrev hemligt"


class Told(Transport):
    def __init__(self):
        super().__init__()
        self.texts = []

    def capture_envelope(self, envelope):
        self.texts.append(envelope.serialize().decode())


def test_sentry_is_told_the_kind_and_the_place_and_nothing_personal(rf):
    told = Told()
    sentry.start("https://key@sentry.example.org/1", site_settings.SITE_URL, transport=told)
    try:
        request = rf.post("/kontakt/e-post/abc/", {"text": WRITTEN}, REMOTE_ADDR=CLIENT)
        raise ValueError(WRITTEN)
    except ValueError:
        extra = {"request": request, "status_code": 500}
        logging.getLogger("django.request").error(
            "Internal Server Error: %s", WRITTEN, exc_info=True, extra=extra
        )
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.init()
    (text,) = told.texts
    assert "ValueError" in text
    assert "test_monitoring.py" in text
    for personal in ("anna", "hemligt", CLIENT):
        assert personal not in text
