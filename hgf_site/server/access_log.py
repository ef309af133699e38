"""One line a request, for the operator: what was asked for, never by whom."""

import json
import os
from functools import lru_cache
from threading import Lock, Timer
from time import gmtime, perf_counter, strftime, time
from urllib.parse import quote

from common.caching import short_key_cache
from common.logs import hide_tokens

SAFE_IN_A_PATH = "/-_.~%!$&'()*+,;=:"  # what a path may show as it is; no space, no "@", no line break
MAX_REQUEST_LINE = 300
STDOUT = 1


def to_stdout(lines):
    try:
        os.write(STDOUT, lines)
    except OSError:  # a closed pipe or a full disk must not break answers
        return


class AccessLog:
    """WSGI wrapper, outermost: writes "<UTC> GET /nyheter/ 200 12.3ms 5123 <id>" for every answer.

    No client, no query string, no cookie, no browser; tokens and e-mail addresses in the path are
    hidden. The size is what Content-Length says, "-" without it; the id is X-Request-ID, which goes out
    with the answer. Lines are written some at a time: a write for each would take a fifth of the time
    of a stored page.
    """

    AT_ONCE = 256
    AT_LATEST = 0.1  # seconds: so much of the log is lost with a worker that is killed

    def __init__(self, application, write=to_stdout, as_json=False, observe=None):
        """`write` gets whole lines, as bytes; `observe` what metrics.observe() does of each answer."""
        self.application = application
        self.write = write
        self.format = as_json_line if as_json else as_line
        self.observe = observe
        self.answers = []  # (when, method, path, (status, headers), seconds, id), until they are written
        self.is_timed = False
        self.writing = Lock()

    def __call__(self, environ, start_response):
        started = perf_counter()
        answer = ("500", ())

        def remember(status, headers, exc_info=None):
            nonlocal answer
            answer = status, headers
            headers = [*headers, ("X-Request-ID", environ["HTTP_X_REQUEST_ID"])]
            return start_response(status, headers, exc_info)

        try:
            return self.application(environ, remember)
        finally:
            spent = perf_counter() - started
            request_id = environ.get("HTTP_X_REQUEST_ID", "-")
            self.answers.append(
                (time(), environ["REQUEST_METHOD"], environ["PATH_INFO"], answer, spent, request_id)
            )
            if not self.is_timed:
                self.is_timed = True
                timer = Timer(self.AT_LATEST, self.write_last)
                timer.daemon = False  # so that a worker that ends writes its last lines first
                timer.start()
            elif len(self.answers) >= self.AT_ONCE:
                self.write_lines()

    def write_last(self):
        # Before the lines are taken: an answer that is added after that needs a new timer.
        self.is_timed = False
        self.write_lines()

    def write_lines(self):
        with self.writing:
            count = len(self.answers)
            answers = self.answers[:count]
            lines = b"".join([self.format(*answer) for answer in answers])
            del self.answers[:count]
            self.write(lines)
            if self.observe:
                for answer in answers:
                    self.observe(*answer)


def as_line(when, method, path, answer, spent, request_id):
    status, headers = answer
    size = header(headers, "Content-Length")
    request = request_line(method, path)
    return f"{clock(int(when))} {request} {status[:3]} {spent * 1000:.1f}ms {size} {request_id}\n".encode()


def as_json_line(when, method, path, answer, spent, request_id):
    status, headers = answer
    line = {
        "at": clock(int(when)),
        "request": request_line(method, path),
        "status": int(status[:3]),
        "ms": round(spent * 1000, 1),
        "size": header(headers, "Content-Length"),
        "page_cache": header(headers, "X-Page-Cache"),
        "request_id": request_id,
    }
    return f"{json.dumps(line)}\n".encode()


def header(headers, wanted):
    for name, value in reversed(headers):  # a stored page has them at its end
        if name == wanted:
            return value
    return "-"


@lru_cache(2)
def clock(second):
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(second))


@short_key_cache(maxsize=256)
def request_line(method, path):
    """Return "GET /path/" for the log; `path` as WSGI has it."""
    return (
        f"{method[:20]} {hide_tokens(quote(path, SAFE_IN_A_PATH, 'latin-1', 'replace'))[:MAX_REQUEST_LINE]}"
    )
