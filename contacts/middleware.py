from django.db import DatabaseError, InterfaceError
from django.http import FileResponse

from contacts.edge import protect_header, protect_html, protect_text

TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
TEXT_SUFFIXES = ("+json", "+xml")


class ProtectEmailMiddleware:
    """Outermost: no answer leaves with an e-mail address in it, whoever wrote it and wherever.

    Two kinds of answers are let through: the one that a reader asked for (marked by
    `shows_email`), and the staff's own pages, to staff who are logged in.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not getattr(response, "shows_email", False) and not is_staff_page(request):
            protect(response)
        return response


def is_staff_page(request):
    """Tell whether this is the admin and its reader somebody who may be there.

    Also the login form that is shown again with the name that was typed, perhaps an address.
    """
    match = request.resolver_match
    if match is None or "admin" not in match.namespaces:
        return False
    try:
        return request.method == "POST" or request.user.is_authenticated
    except (DatabaseError, InterfaceError):
        return False  # while the database is away, the answer says just that


def protect(response):
    """Take the addresses out of a response's headers and, if it is text, out of its body."""
    for name, value in response.items():
        safe = protect_header(name, value)
        if safe != value:
            response.headers[name] = safe
    if isinstance(response, FileResponse):  # our own static files, and re-encoded pictures
        return
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not kind.startswith(TEXT_TYPES) and not kind.endswith(TEXT_SUFFIXES):
        return
    body = b"".join(response).decode(response.charset, "surrogateescape")
    safe = protect_html(body) if kind == "text/html" else protect_text(body)
    content = safe.encode(response.charset, "surrogateescape")
    if response.streaming:
        response.streaming_content = [content]
    elif safe != body:
        response.content = content
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(content))
