import json
import logging
import re
import time
from contextvars import ContextVar

request_id = ContextVar("X-Request-ID of the request that is being answered", default="-")

# The tokens behind e-mail addresses, links to shared drafts, of letters and to a new password.
TOKEN = re.compile(r"(/kontakt/(?:e-post|visitkort)/|/utkast/|/brev/|/admin/losenord/[^/\s]+/)[^/\s\"']+")
# PostgreSQL's "DETAIL:  Failing row contains (…)": what somebody typed, over as many lines as it has.
REFUSED_ROW = re.compile(r"^DETAIL:.*?(?=^(?:The above|During handling)|\Z)", re.MULTILINE | re.DOTALL)


def hide_tokens(text):
    """Return a log line in which "…" stands for the tokens in paths."""
    return TOKEN.sub(r"\1…", text) if "/" in text else text


class HideTokens(logging.Filter):
    """Hides tokens: a log must neither tell which address somebody asked for nor give access to anything."""

    def filter(self, record):
        message = record.getMessage()
        hidden = hide_tokens(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


class OneLineAMinute(logging.Filter):
    """Lets one record a minute through, without its traceback, on one line of at most 300 characters."""

    next_at = 0.0

    def filter(self, record):
        if time.monotonic() < self.next_at:
            return False
        self.next_at = time.monotonic() + 60
        message = record.getMessage().encode("unicode_escape").decode()[:300]
        record.msg, record.args, record.exc_info = message, (), None
        return True


class UtcFormatter(logging.Formatter):
    """Writes the time as 2026-03-01T18:30:00Z, and of a row that the database refused not its content."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = None

    def format(self, record):
        record.request_id = request_id.get()
        return super().format(record)

    def formatException(self, ei):  # noqa: N802  the name of logging
        return REFUSED_ROW.sub("", super().formatException(ei))


class JsonFormatter(UtcFormatter):
    """One JSON object a line, for programs that collect logs; "error" holds the traceback."""

    def format(self, record):
        line = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
