"""One site serves from a DATA_DIR: its lock, and what the process that holds it says of itself.

Standard library only: the supervisor, which stays in memory, imports it.
"""

import fcntl
import json
import os
import time
from pathlib import Path

STARTING, SERVING, STOPPING = "starting", "serving", "stopping"
ENDS_WITHIN = 10  # seconds, with room to spare; a stop takes 3


def pid_namespace():
    """Return what tells apart the processes of two containers, whose numbers mean nothing to each other."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # no Linux
        return ""


class ServerLock:
    """DATA_DIR/server.lock. The kernel lets go of it when the last process that inherited it has ended."""

    def __init__(self, data_dir, descriptor=None):
        self.path = Path(data_dir) / "server.pid"
        if descriptor is None:
            descriptor = os.open(Path(data_dir) / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        self.descriptor = descriptor

    def take(self):
        """Take the lock and return None; or return what is said of the site that has it, a dict.

        Waits for a site that is ending.
        """
        until = time.monotonic() + ENDS_WITHIN
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                said = self.read()
                if said["state"] != STOPPING or time.monotonic() > until:
                    return said
                time.sleep(0.1)
            else:
                self.say(STARTING)
                return None

    def say(self, state, **facts):
        facts |= {"state": state, "pid": os.getpid(), "namespace": pid_namespace()}
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(json.dumps(facts))
        unfinished.replace(self.path)

    def read(self):
        try:
            said = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {"state": STARTING}
        if isinstance(said, int):  # granian's number, by the release before this one
            return {
                "state": SERVING,
                "pid": said,
                "namespace": pid_namespace(),
                "port": None,
                "reloads": None,
            }
        return said
