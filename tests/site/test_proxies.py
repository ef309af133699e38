"""The address and the scheme of the client: only our own proxies are believed."""

from ipaddress import ip_network

import pytest
from django.test import Client

from hgf_site.server.proxies import TrustedProxies

PROXIES = [ip_network("10.0.0.1"), ip_network("10.1.0.0/16"), ip_network("fd00::/8")]


def seen(peer, forwarded_for="", forwarded_proto="", proxies=PROXIES):
    """Return (client, scheme) as an application behind TrustedProxies sees them."""
    environ = {
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        "HTTP_X_FORWARDED_FOR": forwarded_for,
        "HTTP_X_FORWARDED_PROTO": forwarded_proto,
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": "for=1.2.3.4",
        "HTTP_X_REAL_IP": "1.2.3.4",
    }
    result = {}
    TrustedProxies(lambda environ, start_response: result.update(environ), proxies)(environ, None)
    assert not [name for name in result if "FORWARDED" in name or name == "HTTP_X_REAL_IP"]
    return result["REMOTE_ADDR"], result["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("", "203.0.113.9", ""),
        ("10.0.0.1", "fe80::1%" + "x" * 1000, "10.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy_of_ours(peer, forwarded_for, client):
    assert seen(peer, forwarded_for)[0] == client


def test_the_scheme_counts_from_a_proxy_of_ours_only():
    assert seen("10.0.0.1", forwarded_proto="https")[1] == "https"
    assert seen("10.0.0.1", forwarded_proto="http, https")[1] == "https"
    assert seen("10.0.0.1", forwarded_proto="gopher")[1] == "http"
    assert seen("192.0.2.1", forwarded_proto="https")[1] == "http"
    assert seen("10.0.0.1", forwarded_proto="https", proxies=[])[1] == "http"


@pytest.mark.django_db
class TestHealth:
    """/healthz: a word for everybody, the parts for whoever holds the token."""

    def test_it_answers_ok_to_anybody_without_asking_the_database(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            response = Client().get("/healthz")
        assert (response.status_code, response.text) == (200, "ok\n")

    def test_it_tells_the_parts_to_the_holder_of_the_token(self, settings, tmp_path):
        settings.HEALTH_TOKEN = "hemlig"
        settings.MEDIA_ROOT = tmp_path / "media"
        response = Client().get("/healthz", headers={"Authorization": "Bearer hemlig"})
        assert response.status_code == 200
        assert response.json() == {
            "database": True,
            "media": True,
            "disk": True,
            "migrations": True,
            "backup": True,  # none is needed yet: the site is new
            "no_leaks": True,
            "last_backup": None,
            "last_copy": None,
            "to_do": [],
        }
        for wrong in ({}, {"Authorization": "Bearer fel"}):
            assert Client().get("/healthz", headers=wrong).text == "ok\n"

    @pytest.mark.parametrize(
        ("part", "question", "answer"),
        [
            ("database", "database_answers", False),
            ("media", "media_is_writable", False),
            ("disk", "disk_has_room", False),
            ("migrations", "migrations_are_applied", False),
            ("backup", "backup_is_fresh", False),
            ("no_leaks", "leaks_found", 2),
        ],
    )
    def test_a_part_that_is_not_well_makes_it_503(self, settings, monkeypatch, part, question, answer):
        settings.HEALTH_TOKEN = "hemlig"
        monkeypatch.setattr(f"hgf_site.operations.status.{question}", lambda: answer)
        response = Client().get("/healthz", headers={"Authorization": "Bearer hemlig"})
        assert response.status_code == 503
        assert response.json()[part] is False
        assert "no-store" in response.headers["Cache-Control"]

    def test_what_check_says_is_told_to_the_monitor_too(self, settings, tmp_path):
        settings.HEALTH_TOKEN = "hemlig"
        settings.DATA_DIR = tmp_path / "var"
        settings.DATA_DIR.mkdir()
        settings.DATA_DIR.chmod(0o755)
        (settings.DATA_DIR / ".env").touch()
        (settings.DATA_DIR / ".env").chmod(0o644)
        response = Client().get("/healthz", headers={"Authorization": "Bearer hemlig"})
        assert response.status_code == 503
        (told,) = response.json()["to_do"]
        assert told.startswith("W001: ")
        assert str(settings.DATA_DIR / ".env") in told

    def test_without_a_token_set_there_is_no_detail_for_an_empty_one(self, settings):
        settings.HEALTH_TOKEN = ""
        assert Client().get("/healthz", headers={"Authorization": "Bearer "}).text == "ok\n"
