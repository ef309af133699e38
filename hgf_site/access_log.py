"""One line a request, for the operator: what was asked for, never by whom."""

import os
from functools import lru_cache
from threading import Lock, Timer
from time import gmtime, perf_counter, strftime, time
from urllib.parse import quote

from contacts.logs import hide_tokens

HARMLESS = "/-_.~%!$&'()*+,;=:"  # what a path may show as it is; no space, no "@", no line break
LENGTH = 300
STDOUT = 1


def to_stdout(lines):
    try:
        os.write(STDOUT, lines)
    except OSError:  # nobody reads it any more, or its disk is full: the answers go out all the same
        return


class AccessLog:
    """WSGI wrapper, outermost: writes "<UTC> GET /nyheter/ 200 12.3ms 5123" for every answer.

    No client, no query string, no cookie, no browser; tokens and e-mail addresses in the path are
    hidden. The size is what Content-Length says, "-" without it. Lines are written some at a time:
    a write for each would take a fifth of the time of a stored page.
    """

    AT_ONCE = 256
    AT_LATEST = 0.1  # seconds: so much of the log is lost with a worker that is killed

    def __init__(self, application, write=to_stdout):
        """`write` gets whole lines, as bytes."""
        self.application = application
        self.write = write
        self.answers = []  # (when, method, path, (status, headers), seconds), until they are written
        self.is_timed = False
        self.writing = Lock()

    def __call__(self, environ, start_response):
        started = perf_counter()
        answer = ("500", ())

        def note(status, headers, exc_info=None):
            nonlocal answer
            answer = status, headers
            return start_response(status, headers, exc_info)

        try:
            return self.application(environ, note)
        finally:
            spent = perf_counter() - started
            self.answers.append((time(), environ["REQUEST_METHOD"], environ["PATH_INFO"], answer, spent))
            if not self.is_timed:
                self.is_timed = True
                timer = Timer(self.AT_LATEST, self.write_last)
                timer.daemon = (
                    False  # as the server's threads are, and it with them: the worker's end waits for it
                )
                timer.start()
            elif len(self.answers) >= self.AT_ONCE:
                self.write_lines()

    def write_last(self):
        self.is_timed = False  # before they are taken: whoever adds one after that starts a new timer
        self.write_lines()

    def write_lines(self):
        with self.writing:
            count = len(self.answers)
            lines = b"".join([line(*answer) for answer in self.answers[:count]])
            del self.answers[:count]
            self.write(lines)


def line(when, method, path, answer, spent):
    status, headers = answer
    size = "-"
    for name, value in reversed(headers):  # a stored page has it at its end
        if name == "Content-Length":
            size = value
            break
    return f"{clock(int(when))} {shown(method, path)} {status[:3]} {spent * 1000:.1f}ms {size}\n".encode()


@lru_cache(2)
def clock(second):
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(second))


@lru_cache(256)
def shown(method, path):
    """Return "GET /path/" for the log; `path` as WSGI has it."""
    return f"{method[:20]} {hide_tokens(quote(path, HARMLESS, 'latin-1', 'replace'))[:LENGTH]}"
