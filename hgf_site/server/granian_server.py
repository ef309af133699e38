"""granian, whose reload stops a worker as soon as the one in its place is ready, and never before.

granian itself waits a fixed time, and hears no signal meanwhile: a stop then took half a minute.
"""

import logging
import multiprocessing
import sys
import time
from functools import partial

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

logger = logging.getLogger("_granian")
KILL_TIMEOUT = 2  # seconds that a worker has for the requests that it is answering


def load(ready, load_target):
    """Load the application, in a worker, and tell the main process that it is there."""
    application = load_target()
    ready.send(True)
    return application


class Server(Granian):
    def _respawn_workers(self, workers, spawn_target, target_loader, delay=0):
        for index in workers:
            told, ready = multiprocessing.Pipe(duplex=False)
            old = self.wrks[index]
            new = self._spawn_worker(index, spawn_target, partial(load, ready, target_loader))
            new.interrupt_by_parent = True  # until it is ready, its death is told by the pipe
            self.respawned_wrks[index] = time.monotonic()
            new.start()
            ready.close()
            while not told.poll(0.1):
                if self.interrupt_signal:
                    new.kill()
                    return
            try:
                told.recv()
            except EOFError:
                logger.error("A new worker could not start.")
                if old.is_alive():  # and goes on with the code that it had
                    continue
            new.interrupt_by_parent = False
            if not new.is_alive():
                self.interrupt_children.append(index)
                self.main_loop_interrupt.set()  # or nobody looks until the next signal
            self.wrks[index] = new
            old.terminate()
            old.join(self.workers_kill_timeout)
            if old.is_alive():
                old.kill()
                old.join()


if __name__ == "__main__":
    host, port, workers = sys.argv[1:]
    Server(
        "hgf_site.wsgi:application",
        host,
        int(port),
        interface=Interfaces.WSGI,
        workers=int(workers),
        blocking_threads=4,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_TIMEOUT,
        log_level=LogLevels.warning,
    ).serve()
