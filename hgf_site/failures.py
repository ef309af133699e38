"""The pages for what went wrong. In the admin they hold on to what was typed."""

import sys

from django.contrib import admin
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.shortcuts import render
from django.views import csrf, defaults

from hgf_site import views
from hgf_site.kept import is_form, kept_page, typed
from hgf_site.unsaved import FAILURES, TOO_OLD, why

CONTACT = "Försök igen om en stund, eller hör av dig till den som sköter webbplatsen."
KEPT_HERE = "Det du skrev är inte sparat, men kvar på den här sidan."


def csrf_failure(request, reason=""):
    """Show a form of the admin again: its token grew old, perhaps since she logged in anew in another tab.

    Nothing is saved by that. A form that comes from another site is nobody's work, and gets the plain page.
    """
    response = csrf.csrf_failure(request, reason)
    foreign = reason.startswith(("Origin", "Referer"))
    if foreign or not typed(request):
        return response
    if not admin.site.has_permission(request):
        response = admin.site.log_in_and_go_on(request)
    else:
        request.unsaved = TOO_OLD
        request.csrf_processing_done = True
        view, args, kwargs = request.resolver_match
        response = view(request, *args, **kwargs)
    response.status_code = 403
    return response


def permission_denied(request, exception):
    if fields := typed(request):
        text = f"{KEPT_HERE} Fråga en administratör, eller logga in som någon annan i en annan flik."
        return kept_page(request, fields, 403, "Du får inte spara det här", text)
    return defaults.permission_denied(request, exception)


def bad_request(request, exception):
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent)) and is_form(request.resolver_match):
        return back_to_form(request, 400, "Det var för mycket att ta emot", "Texten är för stor.")
    return defaults.bad_request(request, exception)


def server_error(request):
    """Carry a posted form along, whatever happened. Django has logged the error."""
    error = sys.exception()
    if fields := typed(request):
        failed = isinstance(error, FAILURES)
        text = f"{(why(error) if failed else 'något gick fel hos oss.').capitalize()} {KEPT_HERE} {CONTACT}"
        response = kept_page(request, fields, 503 if failed else 500, "Det gick inte att spara", text)
    elif isinstance(error, OSError) and request.method == "POST" and is_form(request.resolver_match):
        # The disk is so full that not even the request could be read.
        response = back_to_form(request, 503, "Det gick inte att spara", why(error).capitalize())
    else:
        return views.server_error(request)
    if response.status_code == 503:
        response.headers["Retry-After"] = str(views.RETRY_AFTER)
    return response


def back_to_form(request, status, title, text):
    """Answer what could not be read: only the browser still has what was typed (keep.js)."""
    text = f"{text} Inget är sparat. Gå tillbaka till formuläret: där kan du hämta tillbaka det du skrev."
    context = {"title": title, "text": text, "address": request.get_full_path()}
    return render(request, "back_to_form.html", context, status=status)
