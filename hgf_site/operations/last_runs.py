"""When the operator's commands last ran, on whichever machine, and with what result."""

import hashlib

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from hgf_site.models import Run


def save_run(name, **facts):
    """Store that the command `name` has run now, with facts that JSON can hold."""
    if Run._meta.db_table in connection.introspection.table_names():  # not yet before an update has migrated
        Run.objects.update_or_create(name=name, defaults={"at": timezone.now(), "facts": facts})


def password_mark(encoded):
    """Return a digest of a stored password, to tell later whether it is still the same."""
    return hashlib.sha256(encoded.encode()).hexdigest()


def last_run(name):
    """Return the facts of the last run, with "at", an aware datetime; None when there are none to read."""
    try:
        run = Run.objects.filter(name=name).first()
    except (DatabaseError, InterfaceError):
        return None
    return run and {**run.facts, "at": run.at}
