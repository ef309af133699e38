"""Settings, read from the environment and from DATA_DIR/.env (the environment wins).

A setting without a default stops the start and is named. README.md, "Deploy", lists them all.
"""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from warnings import catch_warnings

import environ
from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

from hgf_site.server.env_file import BASE_DIR, IS_COMMAND

env = environ.Env()

DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
env.read_env(DATA_DIR / ".env")

# --- Who we are, and where ---

SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
FORMER_HOSTS = env.list("FORMER_HOSTS", default=[])  # names of the old site, which lead to SITE_URL
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS"), *FORMER_HOSTS]


def number(name, default, largest, smallest=1):
    """Return a setting that is a number; a mistake stops the start."""
    value = env(name, default="") or str(default)
    if not (re.fullmatch("[0-9]{1,9}", value) and smallest <= int(value) <= largest):
        raise ImproperlyConfigured(
            f"{name}={value} is not a number from {smallest} to {largest}, such as {name}={default}"
        )
    return int(value)


HOST = env("HOST", default="127.0.0.1")
PORT = number("PORT", 8000, 65535)
WEB_CONCURRENCY = number("WEB_CONCURRENCY", min(os.cpu_count() or 2, 4), 64)
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
# Addresses or networks, comma-separated; a mistake stops the start.
try:
    TRUSTED_PROXIES = [ip_network(network) for network in env.list("TRUSTED_PROXIES", default=[])]
except ValueError as error:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from None
HEALTH_TOKEN = env("HEALTH_TOKEN", default="")
METRICS_DIR = DATA_DIR / "metrics"  # one file a worker and kind
SENTRY_DSN = env("SENTRY_DSN", default="")
LOG_FORMAT = env("LOG_FORMAT", default="") or "plain"
if LOG_FORMAT not in ("plain", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT={LOG_FORMAT} is neither plain nor json")
PAGE_CACHE_BYTES = env.int("PAGE_CACHE_BYTES", default=16 * 1024**2)  # of pages, in each worker
# How old a page may be that a cache in front of the site shows; while the site is down, a day.
CDN_SECONDS = number("CDN_SECONDS", 1, 3600)
while_revalidating = f"stale-while-revalidate={CDN_SECONDS - 1}, " if CDN_SECONDS > 1 else ""
PAGE_CACHE_CONTROL = f"public, max-age=0, s-maxage=1, {while_revalidating}stale-if-error=86400"

# --- What it is made of ---

INSTALLED_APPS = [
    "hgf_site.apps.SiteConfig",
    "hgf_site.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "axes",
    "ckeditor",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_otp_webauthn",
    "phonenumber_field",
    "pictures",
    "reversion",
    "common.publishing",
    "common.richtext",
    "common.versions",
    "contacts",
    "documents",
    "news",
    "mailing",
    "moving",
]

MIDDLEWARE = [
    "hgf_site.server.middleware.PolicyHeadersMiddleware",  # outermost: for redirects and refusals too
    "common.email_protection.middleware.EmailObfuscationMiddleware",  # the next: no text is added after it
    "hgf_site.server.middleware.FormerHostsMiddleware",  # before the redirect to https: one hop is enough
    "django.middleware.security.SecurityMiddleware",
    "hgf_site.server.middleware.StaticFilesMiddleware",
    "hgf_site.server.middleware.ContentPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "news.paths.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "news.paths.middleware.RedirectMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "hgf_site.urls"
WSGI_APPLICATION = "hgf_site.wsgi.application"

COMPILED_TEMPLATES = DATA_DIR / "templates"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "pages"],
        "OPTIONS": {
            "environment": "hgf_site.pages.jinja.environment",
            "context_processors": ["hgf_site.pages.context_processors.site"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- What it keeps ---

SQLITE, POSTGRESQL = "django.db.backends.sqlite3", "django.db.backends.postgresql"
# Commands lock and migrate, which needs a connection of their own: behind a pooler, DATABASE_DIRECT_URL.
url_name = "DATABASE_DIRECT_URL" if IS_COMMAND and "DATABASE_DIRECT_URL" in env else "DATABASE_URL"
if url_name in env:
    try:
        with catch_warnings(action="ignore"):  # of an unknown kind; we say it ourselves, below
            database = env.db(url_name)
    except ValueError:  # a port that is no number
        database = {}
    if database.get("ENGINE") not in (SQLITE, POSTGRESQL):
        raise ImproperlyConfigured(f"{url_name} must look like postgres://user:password@host/name")
else:
    database = {"ENGINE": SQLITE, "NAME": DATA_DIR / "site.sqlite3"}
if database["ENGINE"] == SQLITE:
    # Opening takes room on the disk (WAL): what is open already goes on reading when there is none.
    database["CONN_MAX_AGE"] = None
    database["OPTIONS"] = {
        # Readers never wait for a writer (WAL), a writer waits its turn from its first
        # statement (IMMEDIATE), and an acknowledged save survives a power cut (FULL). What is
        # deleted is overwritten: an erased person is not left in the file's free pages.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
else:
    database["CONN_HEALTH_CHECKS"] = True
    database["DISABLE_SERVER_SIDE_CURSORS"] = "DATABASE_DIRECT_URL" in env
    database["OPTIONS"] = {"connect_timeout": 2, **database.get("OPTIONS", {})}  # seconds
# Seconds; a new connection takes a tenth of the work of a page, on SQLite too.
database.setdefault("CONN_MAX_AGE", 60)
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

S3_URL = env("S3_URL", default="")
if S3_URL and not re.fullmatch(r"https?://[^:@/]+:[^:@/]+@[^@/]+/[^/?]+(\?region=[\w-]+)?", S3_URL):
    raise ImproperlyConfigured(
        "S3_URL must look like https://key:secret@s3.example.org/bucket?region=eu-north-1"
    )
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o644
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "common.files.bucket.bucket_storage" if S3_URL else "common.files.storage.DurableStorage"
    },
    "staticfiles": {"BACKEND": "common.richtext.static_files.JoiningStorage"},
}

# --- Swedish ---

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska")]
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True
FORMAT_MODULE_PATH = "hgf_site.formats"
PHONENUMBER_DEFAULT_REGION = "SE"
PHONENUMBER_DB_FORMAT = "E164"

# --- Safety ---

HTTPS = urlsplit(SITE_URL).scheme == "https"
SECURE_SSL_REDIRECT = HTTPS
# What machines ask for: at an address, over plain http, whatever the site is called.
PROBES = "^(healthz|livez|readyz|metrics)$"
SECURE_REDIRECT_EXEMPT = [PROBES]  # asked by machines on the server itself
# For this host name alone: others of the domain may have no TLS. 0 is sent too: browsers then forget it.
HSTS_SECONDS = number("HSTS_SECONDS", 365 * 24 * 3600, 10**9 - 1, smallest=0)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
# What no page of ours uses, none may use; and no other site may show or read what is ours.
PERMISSIONS_POLICY = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
CROSS_ORIGIN_RESOURCE_POLICY = "same-origin"
WHITENOISE_ALLOW_ALL_ORIGINS = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "hgf_site.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hgf_site.admin_site.failures.csrf_failure"
# A text pasted with its pictures in it; they are taken away, but the rest is to be saved.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"

# What a page may load: its own files, in the admin too.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": HTTPS,
    },
}
# CKEditor writes inline styles, runs inline handlers, and writes one script into its frame (the hash, of
# version 4.22.1; a nonce does not reach it): only the views that hold it allow that.
EDITOR_CSP = {
    "script-src-elem": [SELF, "'sha256-eueB5kOTrPm+pfB1BAN9XlXuQuIYCWDXiUz7z0BHLSs='"],
    "script-src-attr": [UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "frame-src": [SELF],
}

# How many e-mail addresses are shown on request: to one client, and to all together.
EMAIL_LIMITS = {
    "client": {"minute": 10, "hour": 60},
    "site": {"minute": env.int("EMAIL_LIMIT_MINUTE", 120), "hour": env.int("EMAIL_LIMIT_HOUR", 1000)},
}

# --- Login ---

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: who is locked out is not even asked
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "hgf_site.accounts.password_rules.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # from before; stored anew at the next login
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "hgf_site.accounts.password_rules.SwedishPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600  # seconds that the link in "Glömt lösenord" works
# How many such letters one client, and all together, may cause.
RESET_LIMITS = {"client": {"minute": 3, "hour": 5}, "site": {"minute": 10, "hour": 30}}

# Who may try is decided there, not by the counts of axes, which would store what was typed.
AXES_HANDLER = "hgf_site.accounts.lockout.LockoutHandler"
AXES_LOCKOUT_CALLABLE = "hgf_site.accounts.lockout.lockout_response"
AXES_CLIENT_IP_CALLABLE = "hgf_site.accounts.lockout.client_of"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # axes says 429 only then
AXES_ENABLE_ADMIN = False  # our own page shows the log, in Swedish
AXES_VERBOSE = False

OTP_TOTP_ISSUER = "Hyresgästföreningen Sollentuna"  # what the app on the phone calls us

# Passkeys belong to a host name: browsers refuse an address of digits, and http but for localhost.
OTP_WEBAUTHN_RP_ID = urlsplit(SITE_URL).hostname
OTP_WEBAUTHN_RP_NAME = OTP_TOTP_ISSUER
OTP_WEBAUTHN_ALLOWED_ORIGINS = [SITE_URL]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
PASSKEYS = OTP_WEBAUTHN_RP_ID == "localhost" or (
    HTTPS and ":" not in OTP_WEBAUTHN_RP_ID and not OTP_WEBAUTHN_RP_ID.rpartition(".")[2].isdigit()
)

SILENCED_SYSTEM_CHECKS = [
    # "CKEditor 4 gets no more security fixes": true. common/richtext/checks.py refuses the configurations
    # that would make that dangerous, and clean_html trusts nothing the editor sends.
    "ckeditor.W001",
    # HSTS for subdomains and preload are promises for the whole domain, which is not ours to give.
    "security.W005",
    "security.W021",
    # HSTS_SECONDS=0 is the operator's choice.
    "security.W004",
    # A SITE_URL that no passkey works at: none is offered (PASSKEYS).
    "otp_webauthn.E031",
]

# --- Messages ---

vars().update(env.email("EMAIL_URL", default="consolemail://"))
SENDS_EMAIL = "EMAIL_URL" in env
# Whether a process beside the workers sends what is in the outbox (mailing/outbox.py).
SEND_LETTERS = env.bool("SEND_LETTERS", default=SENDS_EMAIL)
MAIL_PER_MINUTE = number("MAIL_PER_MINUTE", 60, 1_000_000)
# How often a network (a whole annual meeting sits on one) and all together may ask for letters, and write.
LETTER_LIMITS = {"client": {"hour": 30}, "site": {"hour": 200}}
WRITE_LIMITS = {"client": {"minute": 3, "hour": 10}, "site": {"minute": 10, "hour": 60}}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env(
    "DEFAULT_FROM_EMAIL", default=f"webbplatsen@{urlsplit(SITE_URL).hostname}"
)
EMAIL_TIMEOUT = 10  # seconds; a mail server that is away must hold up nobody for long
# Who gets errors by e-mail; without it the superusers.
ADMINS = [("", address) for address in env.list("ADMINS", default=[])]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "common.logs.UtcFormatter",
            "format": "{asctime} {levelname} {name} {message} {request_id}",
            "style": "{",
        },
        "json": {"()": "common.logs.JsonFormatter"},
    },
    "filters": {
        "no_tokens": {"()": "common.logs.HideTokens"},
        "now_and_then": {"()": "common.logs.OneLineAMinute"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["no_tokens"]},
        "mail": {"class": "hgf_site.operations.error_mail.ErrorMailHandler", "level": "ERROR"},
    },
    "root": {"handlers": ["console", "mail"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console", "mail"], "level": "WARNING", "propagate": False},
        # Not "Not Found: /path/": robots ask for thousands.
        "django.request": {"level": "ERROR"},
        # What a stranger sent is no error of ours: logged, never mailed.
        "django.security": {"handlers": ["console"], "propagate": False},
        # Most are robots; the operator of a new site needs to know what to set.
        "django.security.DisallowedHost": {
            "handlers": ["console"],
            "filters": ["now_and_then"],
            "propagate": False,
        },
    },
}

# --- Pictures ---

PICTURES = {
    "PICTURE_CLASS": "common.files.pictures.Rendition",
    "FILE_TYPES": ["AVIF", "WEBP"],
    # The column is 630 CSS pixels, on a phone about 350, a list's picture 144: files of 360, 720 and
    # 1440 pixels fit them, on sharp screens too. Templates say the sizes (picture_sizes).
    "CONTAINER_WIDTH": 720,
    "GRID_COLUMNS": 2,
    "PIXEL_DENSITIES": [1, 2],
    "BREAKPOINTS": {"column": 719},
    "USE_PLACEHOLDERS": False,
}
