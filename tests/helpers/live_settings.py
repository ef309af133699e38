"""The settings as a deployment meets them: in a process of its own, with an environment of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIVE = {
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "www.example.org",
    "SITE_URL": "https://www.example.org",
}


def python(tmp_path, *arguments, **environment):
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **environment}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def manage(tmp_path, *arguments, **environment):
    return python(tmp_path, "manage.py", *arguments, **environment)


def value(tmp_path, expression, **environment):
    """What an expression about `settings` is, as text. The apps are not loaded: a third of the time."""
    code = f"from django.conf import settings; print({expression})"
    result = python(tmp_path, "-c", code, DJANGO_SETTINGS_MODULE="hgf_site.settings", **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()
