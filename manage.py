#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import atexit
import gc
import os
import sys

from hgf_site.server import env_file
from hgf_site.server.env_file import complete_env_file, data_dir


def main():
    # To look for garbage in what stays took a tenth of a first start, and at its end a quarter of a command.
    gc.set_threshold(20_000)
    atexit.register(gc.freeze)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")
    env_file.IS_COMMAND = True
    if sys.argv[1:2] in (["prepare"], ["serve"]):
        try:
            complete_env_file()
        except OSError as error:
            sys.exit(
                f"Cannot write in {data_dir()} ({error.strerror}): is the disk full? "
                "Give this user the right to, or name another folder: DATA_DIR=/path script/server"
            )
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
    path = data_dir() / ".env"
    new = "" if path.exists() else " That file is not there: the first script/server makes it."
    return f"{reason} - check the settings, in the environment and in {path}.{new}"


if __name__ == "__main__":
    main()
