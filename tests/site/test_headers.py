"""The exact headers of every kind of answer: closed by default, as MDN's Observatory asks for behind TLS.

https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.helpers.admin_pages import named_addresses
from tests.helpers.database_away import database_away
from tests.helpers.live_settings import LIVE, value
from tests.helpers.public_pages import public_pages

pytestmark = pytest.mark.any_database

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


def expected(address):
    """Outside the admin, where Django's scripts do, no script may make HTML of a text."""
    policy = POLICY if address.startswith("/admin/") else f"{POLICY}; require-trusted-types-for 'script'"
    return {**CLOSED, "Content-Security-Policy": directives(policy)}


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
        assert security_headers(answer) == expected(address), address
        assert not {"X-Powered-By", "Via", "X-Generator"} & set(answer.headers)


def test_the_refusals_of_a_request_have_them_too(client, content):
    for answer in (client.post("/"), client.get("/", headers={"Host": "evil.example"}), client.get("/%ff/")):
        assert answer.status_code >= 400
        assert security_headers(answer) == expected("/")


def test_the_redirect_to_https_and_what_is_refused_before_it_have_them_too(client, content, settings):
    settings.SECURE_SSL_REDIRECT = True
    answers = [
        client.get("/"),
        client.get("/", headers={"Host": "evil.example"}),
        client.post("/finns-inte/"),
    ]
    assert [answer.status_code for answer in answers] == [301, 400, 301]
    for answer in answers:
        for name in ("Server", "Permissions-Policy", "Cross-Origin-Resource-Policy"):
            assert answer.headers[name] == CLOSED[name]


def test_they_are_there_while_the_database_is_away_too(client, addresses, superuser):
    client.force_login(superuser)
    client.raise_request_exception = False
    with database_away():
        answers = {address: client.get(address) for address in addresses if address != "/admin/tvasteg/"}
    assert [
        address for address, answer in answers.items() if security_headers(answer) != expected(address)
    ] == []
    assert [answers[address].status_code for address in ("/", "/admin/", "/admin/login/")] == [503] * 3


def test_behind_tls_the_browser_is_told_to_stay_there(client, content, settings):
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    answer = client.get("/", secure=True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_behind_tls_the_browser_can_be_told_to_forget_that(client, content, settings):
    settings.HTTPS, settings.HSTS_SECONDS = True, 0
    assert client.get("/", secure=True).headers["Strict-Transport-Security"] == "max-age=0"
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_only_the_views_that_hold_the_editor_allow_what_it_needs(as_superuser, content):
    widened = {
        "script-src-elem": ["'self'", "'sha256-eueB5kOTrPm+pfB1BAN9XlXuQuIYCWDXiUz7z0BHLSs='"],
        "script-src-attr": ["'unsafe-inline'"],
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
        assert security_headers(as_superuser.get(reverse(f"admin:{name}"))) == expected("/admin/"), name


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


def test_what_a_cache_may_store_of_who_is_logged_in_is_what_everybody_gets(
    client, as_superuser, content, rows
):
    """A walk over every address. Files of public texts are the same to all, and stored a day."""
    addresses = {**public_pages(content), **dict(named_addresses(rows))}
    names = ("robots", "sitemap", "manifest", "security", "favicon", "healthz", "livez", "readyz", "metrics")
    addresses |= {name: reverse(name) for name in names}
    addresses |= {address: address for address in ("/finns-inte/", "/nyheter", "/media/finns-inte.jpg")}
    addresses["file"] = content["document"].file_url
    stored = []
    for address in addresses.values():
        mine, anybodys = as_superuser.get(address), Client().get(address)
        control = mine.headers.get("Cache-Control", "")
        if not any(word in control for word in ("no-store", "private")):
            stored.append(address)
            assert b"".join(mine) == b"".join(anybodys), address
            assert not mine.cookies, address
    assert stored == [addresses["file"]]
    assert len(addresses) > 100


def test_what_is_not_found_or_has_moved_is_stored_for_a_second(content):
    for address in ("/finns-inte/", "/nyheter", "/Kontakt/", "/favicon.ico"):
        assert Client().get(address).headers["Cache-Control"] == "public, max-age=0, s-maxage=1", address


def test_a_page_is_as_old_as_the_operator_lets_it_be(tmp_path):
    name = "settings.PAGE_CACHE_CONTROL"
    assert value(tmp_path, name, **LIVE) == "public, max-age=0, s-maxage=1, stale-if-error=86400"
    kept = value(tmp_path, name, CDN_SECONDS="60", **LIVE)
    assert kept == "public, max-age=0, s-maxage=1, stale-while-revalidate=59, stale-if-error=86400"
