import logging
import re
import time

# The tokens behind e-mail addresses, links to shared drafts, links to a new password.
TOKEN = re.compile(r"(/kontakt/(?:e-post|visitkort)/|/utkast/|/admin/losenord/[^/\s]+/)[^/\s\"']+")


def hide_tokens(text):
    """Return a line for a log without the tokens in the paths that it names."""
    return TOKEN.sub(r"\1…", text) if "/" in text else text


class HideTokens(logging.Filter):
    """Takes tokens out of log lines: no log tells which address somebody asked for, or lets one in."""

    def filter(self, record):
        message = record.getMessage()
        hidden = hide_tokens(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


class UtcFormatter(logging.Formatter):
    """Writes the time as the line of a request has it: 2026-03-01T18:30:00Z."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = None
