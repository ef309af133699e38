"""The server's part in keeping what was typed: the browser has a copy until it is told of the save.

The copy itself is hgf_site/static/hgf_site/draft-autosave.js. Nothing unsaved is stored here.
"""

import re

from django.conf import settings
from django.contrib import admin, messages
from django.shortcuts import render
from django.urls import reverse

COPY = "unsaved_copy"  # the field of a form that names the browser's copy of it
SAVED = "sparad-"  # with that name: the cookie that says that the browser may drop it
SAVED_FOR = 24 * 3600  # seconds; for a page that was never seen, since the phone was closed
COPY_NAME = re.compile("[0-9a-f]{32}")
LOGGED_OUT = (
    "Du har blivit utloggad, så inget är sparat. Logga in igen. Var det en text du skrev, "
    "så finns den kvar i den här webbläsaren: öppna formuläret och tryck på Hämta tillbaka."
)


class RecoverableAdmin(admin.ModelAdmin):
    """Mixed into every ModelAdmin of the site."""

    def get_changeform_initial_data(self, request):
        """Return what a new form begins with: no values of an address, where a bad time breaks the form."""
        values = getattr(self, "initial_values", None)
        return values(request) if values else {}

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Lead who changed what is gone by now to the form for a new one, which offers what was typed."""
        if request.method != "POST" or COPY not in request.POST:
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        add = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
        context = {
            "title": "Den har tagits bort medan du skrev",
            "text": "Inget är sparat. Det du skrev finns kvar i den här webbläsaren: "
            "öppna ett nytt formulär och tryck på Hämta tillbaka.",
            "url": f"{add}?_from={request.path}",
            "link": "Öppna ett nytt formulär",
        }
        return render(request, "back_to_form.html", context, status=404)


def tell_of_logout(request):
    """Say on the login page what became of a form that was sent while nobody was logged in."""
    if request.method == "POST":
        messages.warning(request, LOGGED_OUT)


def tell_browser_it_is_saved(request, response):
    """Let the browser drop its copy, if the answer to a posted form says that it was saved."""
    name = request.POST.get(COPY, "") if request.method == "POST" else ""
    in_popup = "popup_response_data" in (getattr(response, "context_data", None) or {})
    only_action = "action" in request.POST and "_save" not in request.POST  # beside numbers in a list
    if COPY_NAME.fullmatch(name) and (response.status_code == 302 or in_popup) and not only_action:
        response.set_cookie(
            SAVED + name,
            "1",
            max_age=SAVED_FOR,
            path="/admin/",
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
