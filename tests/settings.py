"""The site's own settings, with an environment of the tests' own: nothing of the machine's leaks in."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

DATA_DIR = Path(tempfile.mkdtemp(prefix="hgf-tests-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
(DATA_DIR / "static").mkdir()  # whitenoise warns of a missing one
for name in (
    "FORMER_HOSTS",
    "SECRET_KEY_FALLBACKS",
    "DEBUG",
    "SITE_URL",
    "TRUSTED_PROXIES",
    "EMAIL_URL",
    "HEALTH_TOKEN",
    "S3_URL",
):
    os.environ.pop(name, None)
os.environ |= {"SECRET_KEY": "only-for-tests", "ALLOWED_HOSTS": "testserver", "DATA_DIR": str(DATA_DIR)}
if database_url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = database_url
else:
    os.environ.pop("DATABASE_URL", None)

if "TEST_S3_URL" in os.environ:  # tests/helpers/bucket.py
    os.environ["S3_URL"] = os.environ["TEST_S3_URL"]

from hgf_site.settings import *  # noqa: E402, F403  after the environment above

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only for made-up people
# Hashed names need collectstatic; the browser tests run against the real, collected files.
STORAGES = {
    "default": STORAGES["default"],  # noqa: F405  from the star
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

if not database_url:
    # A file, not memory: with WAL and locks as the running site has them.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405  from the star
if database_url:  # two runs at once have a database each
    DATABASES["default"]["TEST"] = {"NAME": f"test_{os.getpid()}"}  # noqa: F405  from the star
