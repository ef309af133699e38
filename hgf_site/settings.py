"""Settings, read from the environment and from DATA_DIR/.env (the environment wins).

A setting without a default stops the start and is named. README.md, "Deploy", lists them all.
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from warnings import catch_warnings

import environ
from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
env.read_env(DATA_DIR / ".env")

# --- Who we are, and where ---

SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
PORT = env.int("PORT", default=8000)
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
# Addresses or networks, comma-separated; a mistake stops the start.
try:
    TRUSTED_PROXIES = [ip_network(network) for network in env.list("TRUSTED_PROXIES", default=[])]
except ValueError as error:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from None
HEALTH_TOKEN = env("HEALTH_TOKEN", default="")
PAGE_CACHE_BYTES = env.int("PAGE_CACHE_BYTES", default=16 * 1024**2)  # of pages, in each worker

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
    "phonenumber_field",
    "pictures",
    "reversion",
    "contacts",
    "news",
]

MIDDLEWARE = [
    "contacts.middleware.ProtectEmailMiddleware",  # outermost: nothing is added after it
    "django.middleware.security.SecurityMiddleware",
    "hgf_site.middleware.PolicyHeadersMiddleware",
    "hgf_site.middleware.StaticFilesMiddleware",
    "hgf_site.middleware.ContentPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "news.middleware.RedirectMiddleware",
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
            "environment": "hgf_site.templating.environment",
            "context_processors": ["hgf_site.context_processors.site"],
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
if "DATABASE_URL" in env:
    try:
        with catch_warnings(action="ignore"):  # of an unknown kind; we say it ourselves, below
            database = env.db("DATABASE_URL")
    except ValueError:  # a port that is no number
        database = {}
    if database.get("ENGINE") not in (SQLITE, POSTGRESQL):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host/name")
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
    database["OPTIONS"] = {"connect_timeout": 2, **database.get("OPTIONS", {})}  # seconds
database.setdefault(
    "CONN_MAX_AGE", 60
)  # seconds; a new connection takes a tenth of the work of a page, on SQLite too
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o644
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "hgf_site.storage.DurableStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
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
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked by machines on the server itself
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
# What no page of ours uses, none may use; and no other site may show or read what is ours.
PERMISSIONS_POLICY = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
CROSS_ORIGIN_RESOURCE_POLICY = "same-origin"
WHITENOISE_ALLOW_ALL_ORIGINS = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "hgf_site.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hgf_site.failures.csrf_failure"
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
# CKEditor writes inline styles and runs inline handlers: only the views that hold it allow that.
EDITOR_CSP = {
    "script-src": [SELF, UNSAFE_INLINE],
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
    "hgf_site.passwords.Argon2Hasher",
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
    {"NAME": "hgf_site.passwords.SwedishPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600  # seconds that the link in "Glömt lösenord" works
# How many such letters one client, and all together, may cause.
RESET_LIMITS = {"client": {"minute": 3, "hour": 5}, "site": {"minute": 10, "hour": 30}}

# 20 failures from one client, or 5 of them against one account (hgf_site/lockout.py).
AXES_HANDLER = "hgf_site.lockout.LockoutHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = 20
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or who tries every minute waits for ever
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "hgf_site.lockout.client_of"
AXES_LOCKOUT_CALLABLE = "hgf_site.lockout.answer"
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False  # our own page shows the log, in Swedish
AXES_VERBOSE = False

OTP_TOTP_ISSUER = "Hyresgästföreningen Sollentuna"  # what the app on the phone calls us

SILENCED_SYSTEM_CHECKS = [
    # "CKEditor 4 gets no more security fixes": true. news/checks.py refuses the configurations
    # that would make that dangerous, and clean_html trusts nothing the editor sends.
    "ckeditor.W001",
    # HSTS preload is a promise for the whole domain, which is not ours to give.
    "security.W021",
]

# --- Messages ---

vars().update(env.email("EMAIL_URL", default="consolemail://"))
SENDS_EMAIL = "EMAIL_URL" in env
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
            "()": "contacts.logs.UtcFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {"no_tokens": {"()": "contacts.logs.HideTokens"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_tokens"]},
        "mail": {"class": "hgf_site.error_mail.MailErrors", "level": "ERROR"},
    },
    "root": {"handlers": ["console", "mail"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console", "mail"], "level": "WARNING", "propagate": False},
        # Not "Not Found: /path/": robots ask for thousands.
        "django.request": {"level": "ERROR"},
        # Robots that call us by another name: nothing for anybody to do.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

# --- Pictures ---

PICTURES = {
    "PICTURE_CLASS": "contacts.pictures.Rendition",
    "FILE_TYPES": ["AVIF", "WEBP"],
    # The column is 630 CSS pixels, on a phone about 350, a list's picture 144: files of 360, 720 and
    # 1440 pixels fit them, on sharp screens too. Templates say the sizes (picture_sizes).
    "CONTAINER_WIDTH": 720,
    "GRID_COLUMNS": 2,
    "PIXEL_DENSITIES": [1, 2],
    "BREAKPOINTS": {"column": 719},
    "USE_PLACEHOLDERS": False,
}
