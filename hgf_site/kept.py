"""What was typed into a form of the admin, carried past whatever stopped it from being saved.

Where the admin still answers, the form itself comes back (unsaved.py). Where it cannot (nobody is
logged in any more, the database is away), a page carries the fields along, hidden, until it can:
posted as KEPT they are shown in the form again, and never saved without a press on its button.
Nothing is stored on the server. The browser's own copy is keep.js.
"""

import re

from django.conf import settings
from django.http import QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache

KEPT = "kept_fields"  # all the fields of a form, as a query string
KEPT_AS = "kept_as"  # the name of the browser's copy, which goes with the form through every answer
KEPT_FILES = "kept_files"  # there was a file, which no page can carry
SAVED = "sparad-"  # with the name of the copy: the cookie that says that the browser may drop it
SAVED_FOR = 24 * 3600  # seconds; for a page that was never seen, since the phone was closed
NOT_KEPT = re.compile(".*token|.*password.*", re.IGNORECASE)
COPY_NAME = re.compile("[0-9a-f]{32}")
BACK_AGAIN = "Det du skrev är tillbaka, men inte sparat än. Spara när det är klart."
FORM_VIEWS = {"add_view", "change_view", "changelist_view"}


def is_form(match):
    """Tell whether a ResolverMatch (or None) leads to a form of the admin that can be shown unsaved.

    A view of our own says so itself: `view.keeps_text = True`. While request.unsaved is set, it shows what
    was posted and saves nothing; its form begins with admin/includes/kept.html.
    """
    view = getattr(match, "func", None)
    of_django = hasattr(view, "model_admin") and view.__name__ in FORM_VIEWS
    return of_django or getattr(view, "keeps_text", False)


def takes_fields(url):
    """Tell whether an address of ours shows, or carries further, the fields that are posted to it."""
    try:
        match = resolve(url.partition("?")[0])
    except Resolver404:
        return False
    return is_form(match) or match.view_name == "admin:second_factor_code"


def typed(request):
    """Return the fields of the posted form as a query string, without what is secret; else ""."""
    if request.method != "POST" or not is_form(request.resolver_match):
        return ""
    try:
        fields = request.POST.copy()
    except Exception:  # whatever made it unreadable is being told already
        return ""
    if KEPT in fields:
        return fields[KEPT]
    if request.FILES:
        fields[KEPT_FILES] = "1"
    for name in filter(NOT_KEPT.fullmatch, list(fields)):
        del fields[name]
    return fields.urlencode()


def unpack(request):
    """Put the fields that a page carried along in the place of the posted form, to be shown unsaved."""
    if is_form(request.resolver_match) and KEPT in request.POST:
        request.POST = QueryDict(request.POST[KEPT])
        request.unsaved = BACK_AGAIN


@never_cache
def kept_page(request, fields, status, title, text, *, action="", button="Försök igen", at_once=False):
    """Answer with a page of its own that carries `fields` to a form, and asks nothing of the database."""
    context = {
        "title": title,
        "text": text,
        "fields": fields,
        "action": action or request.get_full_path(),
        "button": button,
        "at_once": at_once,
        "chose_file": KEPT_FILES in QueryDict(fields),
    }
    return render(request, "form_kept.html", context, status=status)


def go_on_with(request, fields, redirect):
    """Return a page that leads where `redirect` does and takes the fields with it, or the redirect itself."""
    if not fields or not takes_fields(redirect.url):
        return redirect
    title, text = "Du är inloggad igen", "Det du skrev är kvar, men inte sparat än."
    return kept_page(
        request, fields, 200, title, text, action=redirect.url, button="Visa det jag skrev", at_once=True
    )


def tell_browser_it_is_saved(request, response):
    """Let the browser drop its copy, if the answer to a posted form says that it was saved."""
    name = request.POST.get(KEPT_AS, "")
    in_popup = "popup_response_data" in (getattr(response, "context_data", None) or {})
    if COPY_NAME.fullmatch(name) and (response.status_code == 302 or in_popup):
        response.set_cookie(
            SAVED + name,
            "1",
            max_age=SAVED_FOR,
            path="/admin/",
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
