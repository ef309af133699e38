"""Settings as a deployment meets them: in a process of its own, with an environment of its own."""

import pytest

from tests.helpers.live_settings import LIVE, manage, value


def test_a_live_site_passes_djangos_deployment_check(tmp_path):
    (tmp_path / "static").mkdir()
    result = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **LIVE)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_a_missing_setting_stops_the_start_and_is_named(tmp_path, missing):
    result = manage(tmp_path, "check", **{key: text for key, text in LIVE.items() if key != missing})
    assert result.returncode != 0
    assert missing in result.stderr.splitlines()[-1]


def test_https_turns_on_the_redirect_hsts_and_secure_cookies(tmp_path):
    names = ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
    expression = ", ".join(f"bool(settings.{name})" for name in names)
    assert value(tmp_path, expression, **LIVE) == "True True True True"
    plain = {**LIVE, "SITE_URL": "http://www.example.org"}
    assert value(tmp_path, expression, **plain) == "False False False False"


def test_debug_is_off_and_the_site_is_local_unless_asked_for(tmp_path):
    environment = {"SECRET_KEY": "x", "ALLOWED_HOSTS": "localhost", "PORT": "8123"}
    assert (
        value(tmp_path, "settings.DEBUG, settings.SITE_URL", **environment) == "False http://127.0.0.1:8123"
    )


def test_the_environment_wins_over_the_env_file(tmp_path):
    (tmp_path / ".env").write_text("SECRET_KEY=file\nALLOWED_HOSTS=from-file.example\n")
    assert value(tmp_path, "settings.ALLOWED_HOSTS") == "['from-file.example']"
    assert value(tmp_path, "settings.ALLOWED_HOSTS", ALLOWED_HOSTS="a.example") == "['a.example']"


def test_a_database_url_chooses_postgresql_and_sqlite_is_safe_by_default(tmp_path):
    postgres = {**LIVE, "DATABASE_URL": "postgres://u:p@127.0.0.1/hgf"}
    assert value(tmp_path, 'settings.DATABASES["default"]["ENGINE"]', **postgres).endswith("postgresql")
    code = (
        "from django.db import connection as c; cursor = c.cursor(); "
        "print([cursor.execute(f'PRAGMA {name}').fetchone()[0] for name in ('journal_mode', 'synchronous')])"
    )
    result = manage(tmp_path, "shell", "--no-imports", "-c", code, **LIVE)
    assert result.stdout.strip() == "['wal', 2]"  # 2 is FULL
    assert (
        value(tmp_path, 'settings.DATABASES["default"]["OPTIONS"]["transaction_mode"]', **LIVE) == "IMMEDIATE"
    )


@pytest.mark.parametrize("url", ["", "foo", "nosuchdb://x"])
def test_a_mistake_in_the_database_url_stops_the_start_and_is_named(tmp_path, url):
    result = manage(tmp_path, "check", DATABASE_URL=url, **LIVE)
    assert result.returncode != 0
    assert "DATABASE_URL" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "url", ["s3://bucket", "https://s3.example.org/bucket", "https://key:secret@s3.example.org/"]
)
def test_a_mistake_in_the_address_of_object_storage_stops_the_start_and_is_named(tmp_path, url):
    result = manage(tmp_path, "check", S3_URL=url, **LIVE)
    assert result.returncode != 0
    assert "S3_URL must look like" in result.stderr.splitlines()[-1]


def test_a_folder_with_an_odd_name_holds_its_own_database(tmp_path):
    odd = tmp_path / "50% #1? å+"
    odd.mkdir()
    assert value(odd, 'settings.DATABASES["default"]["NAME"]', **LIVE) == str(odd / "site.sqlite3")


def test_a_mistake_in_the_proxies_stops_the_start(tmp_path):
    result = manage(tmp_path, "check", TRUSTED_PROXIES="127.0.0.300", **LIVE)
    assert result.returncode != 0
    assert "TRUSTED_PROXIES: '127.0.0.300'" in result.stderr.splitlines()[-1]
