"""A lock that processes of one machine share."""

import time
from contextlib import contextmanager

from django.conf import settings
from django.core.files import locks


@contextmanager
def file_lock(name, seconds=None):
    """Hold DATA_DIR/`name`.lock: other threads and processes of this machine wait. It cannot be nested.

    Raises TimeoutError after `seconds`; None waits as long as it takes.
    """
    with (settings.DATA_DIR / f"{name}.lock").open("w") as lock:
        if seconds is None:
            locks.lock(lock, locks.LOCK_EX)
        else:
            wait_until(lambda: locks.lock(lock, locks.LOCK_EX | locks.LOCK_NB), seconds)
        yield


def wait_until(is_done, seconds):
    """Call is_done() until it returns True; raises TimeoutError."""
    until = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.2)  # nothing tells when another process is done
