"""Requests to a running site."""

import urllib.error
import urllib.request


def ask(address, *, post=False, **headers):
    """Return (status, headers, body) of one request on a connection of its own."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address, data=b"" if post else None, headers=headers)  # noqa: S310  our own site
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  our own site
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()
