"""Keeps granian running. manage.py serve becomes this: a process with nothing but the standard library.

granian replaces a worker that dies, but ends when one dies again within five seconds; and it may be killed.
"""

import os
import signal
import subprocess
import sys
import time

from hgf_site.server.server_lock import SERVING, STOPPING, ServerLock

ALONE_SECONDS = 1  # that granian has to end its workers
STOP_SECONDS = 2.5  # then what has not ended is killed
QUICK_END_SECONDS = 5  # a server that ends within them
MAX_FAILURES = 5
LETTERS = [
    sys.executable,
    "manage.py",
    "send_letters",
    "--keep-on",
]  # ends with 0 where there is nothing to do
LETTERS_AGAIN = ["/bin/sh", "-c", f'sleep {QUICK_END_SECONDS} && exec "$@"', "letters", *LETTERS]


class Supervisor:
    def __init__(self, lock, command, port, sends_letters):
        self.lock, self.command, self.port = lock, command, port
        self.sends_letters = sends_letters  # at the start; whether a reload changes it, the process finds out
        self.letters = None  # the Popen of the process that sends them
        self.is_new_code = False  # for that process
        self.server = None  # granian's process id, also the id of the group of all its processes
        self.reloads = 0
        self.stopping_since = None

    def run(self):
        """Serve until told to stop; return the exit status."""
        signal.signal(signal.SIGALRM, self.on_alarm)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.on_stop)
        signal.signal(signal.SIGHUP, self.on_reload)
        failures = 0
        if self.sends_letters:
            self.send_letters(LETTERS)
        while not self.stopping_since:
            started = time.monotonic()
            self.serve()
            if self.stopping_since:
                break
            failures = failures + 1 if time.monotonic() - started < QUICK_END_SECONDS else 0
            if failures == MAX_FAILURES:
                write_to_log(
                    "The server ended five times within seconds of its start: the messages above say why."
                )
                return 1
            write_to_log("The server ended by itself; it is started again.")
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.end_letters()
        return 0

    def serve(self):
        """Start granian and wait for its end; then end what it left, which would keep the port."""
        process = subprocess.Popen(  # noqa: S603  our own program
            self.command, start_new_session=True, pass_fds=[self.lock.descriptor]
        )
        self.server = process.pid
        if not self.stopping_since:
            self.lock.say(SERVING, port=self.port, server=self.server, reloads=self.reloads)
        while True:
            pid, status = os.wait()  # for any child: as process 1 of a container it inherits orphans
            if pid == self.server:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if self.letters and pid == self.letters.pid:
                self.letters.returncode = os.waitstatus_to_exitcode(status)
                self.letters = None
                if not self.stopping_since and (status or self.is_new_code):
                    self.send_letters(LETTERS_AGAIN if status else LETTERS)
        self.signal_all(signal.SIGKILL)
        self.server = None

    def send_letters(self, command):
        self.is_new_code = False
        self.letters = subprocess.Popen(command, start_new_session=True)  # noqa: S603  our own program

    def end_letters(self):
        """Give the letter at work the rest of the time; one that is cut short is sent again later."""
        if self.letters:
            try:
                self.letters.wait(max(0, self.stopping_since + STOP_SECONDS - time.monotonic()))
            except subprocess.TimeoutExpired:
                signal_group(self.letters.pid, signal.SIGKILL)

    def signal_all(self, number):
        if self.server:
            signal_group(self.server, number)

    def on_reload(self, number, frame):
        if self.server and not self.stopping_since:
            os.kill(self.server, signal.SIGHUP)
            self.reloads += 1
            self.is_new_code = True
            if self.letters:
                signal_group(self.letters.pid, signal.SIGTERM)
            else:
                self.send_letters(LETTERS)
            self.lock.say(SERVING, port=self.port, server=self.server, reloads=self.reloads)

    def on_stop(self, number, frame):
        if not self.stopping_since:
            self.stopping_since = time.monotonic()
            self.lock.say(STOPPING)
            if self.letters:
                signal_group(self.letters.pid, signal.SIGTERM)
            signal.setitimer(signal.ITIMER_REAL, 0.001, 0.2)

    def on_alarm(self, number, frame):
        # Again and again, since a process that is just starting misses a signal; soon to all of them.
        spent = time.monotonic() - self.stopping_since
        if spent > STOP_SECONDS:
            self.signal_all(signal.SIGKILL)
        elif spent > ALONE_SECONDS:
            self.signal_all(signal.SIGTERM)
        elif self.server:
            os.kill(self.server, signal.SIGTERM)


def signal_group(group, number):
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def write_to_log(text):
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    data_dir, descriptor, host, port, workers, letters = sys.argv[1:]
    server = [sys.executable, "-m", "hgf_site.server.granian_server", host, port, workers]
    sys.exit(Supervisor(ServerLock(data_dir, int(descriptor)), server, int(port), letters == "1").run())
