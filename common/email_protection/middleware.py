import re

from django.db import DatabaseError, InterfaceError
from django.http import FileResponse

from common.email_protection.obfuscate import obfuscate_header, obfuscate_html, obfuscate_text

TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
FOLD = re.compile("\r?\n[ \t]")
TEXT_SUFFIXES = ("+json", "+xml")


class EmailObfuscationMiddleware:
    """Obfuscates every e-mail address in every answer; only constant headers are added after it.

    Two kinds of answers pass unchanged: the one that a reader asked for (marked by `shows_email`),
    and pages of the admin, to staff who are logged in.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not getattr(response, "shows_email", False) and not is_staff_page(request):
            obfuscate_response(response)
        return response


def is_staff_page(request):
    """Tell whether this is a page of the admin for somebody who is logged in there.

    Also the answer to a POST: the login form shows the typed name again, perhaps an address.
    """
    match = request.resolver_match
    if match is None or "admin" not in match.namespaces:
        return False
    try:
        return request.method == "POST" or request.user.is_authenticated
    except (DatabaseError, InterfaceError):
        return False  # the answer says that the database is away


def obfuscate_response(response):
    """Obfuscate the addresses in a response's headers and, if it is text, in its body."""
    for name, value in response.items():
        safe = obfuscate_header(name, value)
        if safe != value:
            response.headers[name] = safe
    if isinstance(response, FileResponse):  # our own static files, and re-encoded pictures
        return
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not kind.startswith(TEXT_TYPES) and not kind.endswith(TEXT_SUFFIXES):
        return
    body = b"".join(response).decode(response.charset, "surrogateescape")
    if kind == "text/calendar":  # its folding cuts an address in two (RFC 5545, 3.1)
        unfolded = FOLD.sub("", body)
        safe = obfuscate_text(unfolded)
        safe = body if safe == unfolded else safe
    else:
        safe = obfuscate_html(body) if kind == "text/html" else obfuscate_text(body)
    content = safe.encode(response.charset, "surrogateescape")
    if response.streaming:
        response.streaming_content = [content]
    elif safe != body:
        response.content = content
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(content))
