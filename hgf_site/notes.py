"""When the operator's commands last did their work, and with what result: small files in DATA_DIR/notes.

Not in the database: a note tells about the machine, and must be readable while the database is away.
"""

import hashlib
import json
from datetime import datetime

from django.conf import settings
from django.utils import timezone


def write_note(name, **facts):
    """Remember that the work `name` was done now, with facts that JSON can hold."""
    folder = settings.DATA_DIR / "notes"
    folder.mkdir(mode=0o700, exist_ok=True)
    unfinished = folder / f"{name}.new"
    unfinished.write_text(json.dumps({"at": timezone.now().isoformat(), **facts}))
    unfinished.replace(folder / f"{name}.json")


def password_mark(encoded):
    """Return what a note may say of a stored password, to know later whether it is still the same."""
    return hashlib.sha256(encoded.encode()).hexdigest()


def read_note(name):
    """Return the last note as a dict, "at" an aware datetime; None when there is none to be read."""
    try:
        note = json.loads((settings.DATA_DIR / "notes" / f"{name}.json").read_text())
        return {**note, "at": datetime.fromisoformat(note["at"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
