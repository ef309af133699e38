"""The pages for what went wrong. In the admin they say that nothing is saved, and lead back to the form."""

import errno
import sys

from django.contrib.messages.storage import default_storage
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults

from hgf_site.pages import views

# Errors of a save that are not the form's fault.
FAILURES = (OSError, DatabaseError, InterfaceError)
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


def csrf_failure(request, reason=""):
    """A token that is missing or wrong: it grew old, or the form is of another site."""
    return not_saved(request, 403, "Formuläret hann bli för gammalt", "Sidan måste laddas om först.")


def permission_denied(request, exception):
    if is_sent_form(request):
        text = "Ditt konto får inte göra det. Fråga en administratör, eller logga in som någon annan."
        return not_saved(request, 403, "Du får inte spara det här", text)
    return defaults.permission_denied(request, exception)


def bad_request(request, exception):
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent)) and is_sent_form(request):
        return not_saved(request, 400, "Det var för mycket att ta emot", "Texten är för stor.")
    return defaults.bad_request(request, exception)


def server_error(request):
    """Answer an error of ours, which Django has logged: also while there is no database."""
    if not is_sent_form(request):
        return views.error_page(request)
    error = sys.exception()
    failed = isinstance(error, FAILURES)
    reason = f"{(why(error) if failed else 'något gick fel hos oss.').capitalize()} Försök igen om en stund."
    response = not_saved(request, 503 if failed else 500, "Det gick inte att spara", reason)
    if failed:
        response.headers["Retry-After"] = str(views.RETRY_AFTER)
    return response


def is_sent_form(request):
    return request.method == "POST" and request.path.startswith(reverse("admin:index"))


def not_saved(request, status, title, text):
    """Say that nothing is saved, with the way back. Asks nothing of the database or of what was sent."""
    request._messages = default_storage(request)  # what was said of a save is not true
    page = request.headers.get("Referer", "")  # where the form stands
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    context = {
        "title": title,
        "text": f"{text} Inget är sparat. Var det en text du skrev, så finns den kvar i den här "
        "webbläsaren: gå tillbaka till formuläret och tryck på Hämta tillbaka.",
        "url": page if is_ours else reverse("admin:index"),
        "link": "Tillbaka till formuläret" if is_ours else "Till admin",
    }
    response = render(request, "back_to_form.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def why(error):
    """Say in Swedish what stopped a save."""
    number = getattr(error, "errno", None)
    cause = error.__cause__
    database_full = (
        getattr(cause, "pgcode", None) == "53100" or getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL"
    )
    if number in DISK_FULL or database_full:
        return "disken är full."
    if number in READ_ONLY or getattr(cause, "sqlite_errorname", "").startswith("SQLITE_READONLY"):
        return "webbplatsen får inte skriva på sin disk."
    if isinstance(error, IntegrityError):
        return "någon annan sparade något liknande i samma stund."
    if isinstance(error, OSError):
        return "filen gick inte att lagra."
    if isinstance(error, OperationalError | InterfaceError):
        return "databasen svarar inte."
    return "databasen tog inte emot det."
