#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import os
import sys
from pathlib import Path


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(explain(str(error)))


def explain(error):
    """One line for the operator about a mistake in the settings."""
    reason = error.split("\n")[0].rstrip(".")
    if "DATABASES" in reason or "database backend" in reason:
        reason = f"DATABASE_URL cannot be used: {reason}"
    path = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent / "var") / ".env"
    new = "" if path.exists() else " That file is not there: the first script/server makes it."
    return f"{reason} - check the settings, in the environment and in {path}.{new}"


if __name__ == "__main__":
    main()
