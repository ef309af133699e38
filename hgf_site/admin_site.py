"""The one admin site: its name, who gets in, its start page."""

import logging
from functools import wraps

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.db import DataError, OperationalError
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.i18n import JavaScriptCatalog

from hgf_site import second_factor, second_factor_views
from hgf_site.condition import database_answers, example_addresses
from hgf_site.desk import desk_for
from hgf_site.erasing import erase_view
from hgf_site.kept import KEPT, go_on_with, tell_browser_it_is_saved, typed, unpack
from hgf_site.lockout import LoginForm
from hgf_site.security_log import KEPT_DAYS, LENGTH, events
from hgf_site.unsaved import KeepsText
from versions.bin import bin_view, may_see_bin

logger = logging.getLogger(__name__)
TITLE = "Hyresgästföreningen Sollentuna"


class SiteAdmin(admin.AdminSite):
    site_header = TITLE
    site_title = TITLE
    index_title = "Skriv och ändra"
    login_form = LoginForm

    def has_permission(self, request):
        """Staff, who have given the code of their second factor where they have one or need one."""
        return super().has_permission(request) and second_factor.has_passed(request.user)

    def login(self, request, extra_context=None):
        """Django's login, and after it the code; only then is somebody in.

        The fields of a form that was sent while nobody was logged in go with her (hgf_site/kept.py).
        """
        fields = request.POST.get(KEPT, "")
        if self.is_half_way(request):
            return self.ask_for_code(request.GET.get("next"))
        response = super().login(request, {KEPT: fields, **(extra_context or {})})
        if not fields or response.status_code != 302:
            return response
        if second_factor.needs_code(request.user):
            response = self.ask_for_code(response.url)
        return go_on_with(request, fields, response)

    def is_half_way(self, request):
        return super().has_permission(request) and not second_factor.has_passed(request.user)

    def ask_for_code(self, target):
        return redirect_to_login(target or reverse("admin:index"), reverse("admin:second_factor_code"))

    def log_in_and_go_on(self, request):
        """Answer a form that was posted while nobody was logged in: the login page carries its fields."""
        fields, address = typed(request), request.get_full_path()
        if self.is_half_way(request):
            return go_on_with(request, fields, self.ask_for_code(address))
        login = f"{reverse('admin:login')}?{urlencode({'next': address})}"
        request.method = "GET"  # the posted form is no login
        response = super().login(request, {KEPT: fields, "app_path": login, "next": address})
        request.method = "POST"
        return response

    def get_urls(self):
        return [
            path(
                "r/<int:content_type_id>/<path:object_id>/",
                self.admin_view(self.view_on_site),
                name="view_on_site",
            ),
            path("papperskorg/", self.admin_view(self.bin), name="bin"),
            path("radera/<int:key>/", self.admin_view(self.erase), name="erase_person"),
            path("sakerhetslogg/", self.admin_view(self.security_log), name="security_log"),
            *second_factor_views.urls(),
            *super().get_urls(),
        ]

    def view_on_site(self, request, content_type_id, object_id):
        """Lead to the public page of what the asker may see here: an address can tell of a draft."""
        kind = ContentType.objects.filter(pk=content_type_id).first() if content_type_id < 2**31 else None
        shown = self._registry.get(kind.model_class()) if kind else None
        if not (shown and shown.has_view_permission(request)):
            raise PermissionDenied
        return shortcut(request, content_type_id, object_id)

    def security_log(self, request):
        """Logins, failures and changed rights, for who may let others in."""
        if not request.user.has_perm("auth.change_user"):
            raise PermissionDenied
        context = {
            **self.each_context(request),
            "title": "Säkerhetslogg",
            "events": events(request.user),
            "length": LENGTH,
            "days": KEPT_DAYS,
        }
        return TemplateResponse(request, "admin/security_log.html", context)

    def register(self, model_or_iterable, admin_class=None, **options):
        """Register models whose forms lose nothing of what was typed, whatever their admin_class is."""
        admin_class = admin_class or admin.ModelAdmin
        admin_class = type(admin_class.__name__, (KeepsText, admin_class), {"__doc__": admin_class.__doc__})
        super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view, cacheable=False):
        """Answer 400, not 500, to a query string or marked rows that no page of ours sends.

        NUL, the year 0, a number that no column holds, a field that is none: it is the asker's error.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def answer(request, *args, **kwargs):
            is_posted_form = bool(typed(request))
            if is_posted_form and not self.has_permission(request):
                return self.log_in_and_go_on(request)
            if is_posted_form:
                unpack(request)
            try:
                response = inner(request, *args, **kwargs)
                if is_posted_form:
                    tell_browser_it_is_saved(request, response)
                return response
            except (FieldDoesNotExist, ValueError, OverflowError, DataError, OperationalError) as error:
                if isinstance(error, OperationalError) and not database_answers():
                    raise
                reads = request.method in ("GET", "HEAD") and request.GET
                if reads or made_up(request, error):
                    logger.warning("A request that could not be answered", exc_info=True)
                    raise BadRequest("a request that cannot be answered") from error
                raise

        return answer

    def bin(self, request):
        return bin_view(self, request)

    def erase(self, request, key):
        return erase_view(self, request, key)

    def i18n_javascript(self, request, extra_context=None):
        """Django's texts for its scripts, with those of locale/sv that put them right."""
        return JavaScriptCatalog.as_view(packages=["django.contrib.admin", "hgf_site"])(request)

    def logout(self, request, extra_context=None):
        """Log out; the page after it makes the browser forget what this user did not save."""
        return super().logout(request, {"forget": request.user.pk, **(extra_context or {})})

    def index(self, request, extra_context=None):
        warn_about_example_addresses(request)
        return super().index(
            request,
            {"desk": desk_for(request.user), "has_bin": may_see_bin(self, request), **(extra_context or {})},
        )


def made_up(request, error):
    """Tell whether a POST that failed names rows or a field that no page of ours names."""
    marked = "_selected_action" in request.POST and not isinstance(error, OperationalError)
    return marked or ("_to_field" in request.GET and isinstance(error, FieldDoesNotExist))


def warn_about_example_addresses(request):
    """Tell who can change it while an address of the starter content, which reaches nobody, is left."""
    if not request.user.has_perms(["contacts.change_role", "contacts.change_person"]):
        return
    names = [str(holder) for holder in example_addresses()]
    if names:
        messages.warning(
            request,
            f"Påhittade e-postadresser (example.org) finns kvar hos {', '.join(names)}. "
            "Byt till riktiga adresser under Roller och Personer.",
        )
