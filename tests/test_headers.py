"""The exact headers of every kind of answer: closed by default, as MDN's Observatory asks for behind TLS.

https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.test_database_away import database_away

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CLOSED = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "Server": "hgf",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def directives(policy):
    return {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}


def security_headers(answer):
    found = {name: answer.headers.get(name) for name in CLOSED}
    found["Content-Security-Policy"] = directives(found["Content-Security-Policy"] or "")
    return found


EXPECTED = {**CLOSED, "Content-Security-Policy": directives(POLICY)}


@pytest.fixture
def addresses(content):
    """One of every kind of answer that anybody can get: pages, refusals, redirects, files."""
    return [
        "/", "/nyheter/", content["post"].get_absolute_url(), "/kontakt/", "/robots.txt", "/healthz",
        "/finns-inte/", "/nyheter", "/admin/", "/admin/login/", "/admin/tvasteg/",
    ]  # fmt: skip


def test_every_answer_to_anybody_has_exactly_these_headers(client, addresses):
    for address in addresses:
        answer = client.get(address)
        assert security_headers(answer) == EXPECTED, address
        assert not {"X-Powered-By", "Via", "X-Generator"} & set(answer.headers)


def test_the_refusals_of_a_request_have_them_too(client, content):
    for answer in (client.post("/"), client.get("/", headers={"Host": "evil.example"}), client.get("/%ff/")):
        assert answer.status_code >= 400
        assert security_headers(answer) == EXPECTED


def test_they_are_there_while_the_database_is_away_too(client, addresses, superuser):
    client.force_login(superuser)
    client.raise_request_exception = False
    with database_away():
        answers = {address: client.get(address) for address in addresses if address != "/admin/tvasteg/"}
    assert [address for address, answer in answers.items() if security_headers(answer) != EXPECTED] == []
    assert [answers[address].status_code for address in ("/", "/admin/", "/admin/login/")] == [503] * 3


def test_behind_tls_the_browser_is_told_to_stay_there(client, content, settings):
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    answer = client.get("/", secure=True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_only_the_views_that_hold_the_editor_allow_what_it_needs(as_superuser, content):
    widened = {
        "script-src": ["'self'", "'unsafe-inline'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "frame-src": ["'self'"],
    }
    for model in ("news_post", "news_page"):
        answer = as_superuser.get(reverse(f"admin:{model}_add"))
        assert security_headers(answer)["Content-Security-Policy"] == directives(POLICY) | widened
    for name in (
        "index",
        "news_post_changelist",
        "contacts_person_add",
        "auth_user_changelist",
        "security_log",
    ):
        assert security_headers(as_superuser.get(reverse(f"admin:{name}"))) == EXPECTED, name


def test_no_page_of_the_admin_is_ever_stored(as_superuser, content):
    for name in ("index", "news_post_changelist", "contacts_person_add", "security_log", "second_factor"):
        cache_control = as_superuser.get(reverse(f"admin:{name}")).headers["Cache-Control"]
        assert {"no-store", "private"} <= {part.strip() for part in cache_control.split(",")}


def test_the_cookies_of_the_admin_are_for_the_server_alone(db, settings, superuser):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get("/admin/login/", secure=True)
    superuser.set_password("tre-grannar-fikar")
    superuser.save()
    client.post("/admin/login/", {"username": "test", "password": "tre-grannar-fikar"}, secure=True)
    assert set(client.cookies) == {"csrftoken", "sessionid"}
    for cookie in client.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert client.cookies["sessionid"]["max-age"] == 14 * 24 * 3600


def test_a_strange_host_is_refused(client, content):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_a_new_password_ends_every_other_session(client, superuser):
    client.force_login(superuser)
    superuser.set_password("tre-andra-grannar")
    superuser.save()
    assert client.get("/admin/").status_code == 302
