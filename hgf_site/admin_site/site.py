"""The one admin site: its name, who gets in, its start page."""

import logging
from functools import partial, wraps

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.db import DataError, OperationalError
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.i18n import JavaScriptCatalog

from common.versions.trash import may_see_trash, trash_view
from hgf_site.accounts import second_factor, second_factor_views
from hgf_site.accounts.lockout import LoginForm
from hgf_site.accounts.security_log import MAX_EVENTS, RETENTION_DAYS, events
from hgf_site.admin_site.changes import changes_view
from hgf_site.admin_site.dashboard import dashboard_for, form_url
from hgf_site.admin_site.form_recovery import RecoverableAdmin, tell_browser_it_is_saved, tell_of_logout
from hgf_site.erasure.extract import extract_view
from hgf_site.erasure.old_details import PERMISSIONS, old_details_view
from hgf_site.erasure.views import erase_view
from hgf_site.operations.status import database_answers, example_addresses

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
        """Django's login, and after it the code; only then is somebody in."""
        if super().has_permission(request) and not second_factor.has_passed(request.user):
            target = request.GET.get("next") or reverse("admin:index")
            return redirect_to_login(target, reverse("admin:second_factor_code"))
        return super().login(request, extra_context)

    def get_urls(self):
        from mailing.admin import subscribers_view  # here: it registers with this site

        return [
            path(
                "r/<int:content_type_id>/<path:object_id>/",
                self.admin_view(self.view_on_site),
                name="view_on_site",
            ),
            path("sa-gor-du/", self.admin_view(self.how_to), name="how_to"),
            path("papperskorg/", self.admin_view(partial(trash_view, self)), name="trash"),
            path("gamla-uppgifter/", self.admin_view(partial(old_details_view, self)), name="old_details"),
            path("radera/<int:key>/", self.admin_view(partial(erase_view, self)), name="erase_person"),
            path("utdrag/", self.admin_view(extract_view), name="extract"),
            path("utdrag/<int:key>/", self.admin_view(extract_view), name="extract_person"),
            path("brev/", self.admin_view(partial(subscribers_view, self)), name="subscribers"),
            path("andringar/", self.admin_view(partial(changes_view, self)), name="changes"),
            path("sakerhetslogg/", self.admin_view(self.security_log), name="security_log"),
            *second_factor_views.urls(),
            *super().get_urls(),
        ]

    def view_on_site(self, request, content_type_id, object_id):
        """Lead to the public page of what the user may see here: a draft's URL tells that there is one."""
        kind = ContentType.objects.filter(pk=content_type_id).first() if content_type_id < 2**31 else None
        shown = self._registry.get(kind.model_class()) if kind else None
        if not (shown and shown.has_view_permission(request)):
            raise PermissionDenied
        return shortcut(request, content_type_id, object_id)

    def how_to(self, request):
        context = {**self.each_context(request), "title": "Så gör du", "sends_email": settings.SENDS_EMAIL}
        return TemplateResponse(request, "admin/how_to.html", context)

    def security_log(self, request):
        """Logins, failures and changed rights, for who may let others in."""
        if not request.user.has_perm("auth.change_user"):
            raise PermissionDenied
        context = {
            **self.each_context(request),
            "title": "Säkerhetslogg",
            "events": events(request.user),
            "length": MAX_EVENTS,
            "days": RETENTION_DAYS,
        }
        return TemplateResponse(request, "admin/security_log.html", context)

    def register(self, model_or_iterable, admin_class=None, **options):
        """Register models whose forms can be filled in again, whatever their admin_class is."""
        admin_class = admin_class or admin.ModelAdmin
        admin_class = type(
            admin_class.__name__, (RecoverableAdmin, admin_class), {"__doc__": admin_class.__doc__}
        )
        super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view, cacheable=False):
        """Answer 400, not 500, to a query string or marked rows that no page of ours sends.

        NUL, the year 0, a number that no column holds, a field that is none: it is the asker's error.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def answer(request, *args, **kwargs):
            if not self.has_permission(request):
                tell_of_logout(request)
                return inner(request, *args, **kwargs)
            try:
                response = inner(request, *args, **kwargs)
                tell_browser_it_is_saved(request, response)
                return response
            except (FieldDoesNotExist, ValueError, OverflowError, DataError, OperationalError) as error:
                if isinstance(error, OperationalError) and not database_answers():
                    raise
                reads = request.method in ("GET", "HEAD") and request.GET
                if reads or is_malformed(request, error):
                    logger.warning("A request that could not be answered", exc_info=True)
                    raise BadRequest("a request that cannot be answered") from error
                raise

        return answer

    @method_decorator([gzip_page, cache_control(private=True, max_age=3600)])
    def i18n_javascript(self, request, extra_context=None):
        """Django's texts for its scripts, with those of locale/sv that put them right."""
        return JavaScriptCatalog.as_view(packages=["django.contrib.admin", "hgf_site"])(request)

    def logout(self, request, extra_context=None):
        """Log out; the page after it makes the browser forget what this user did not save."""
        return super().logout(request, {"forget": request.user.pk, **(extra_context or {})})

    def index(self, request, extra_context=None):
        warn_about_example_addresses(request)
        context = {
            "dashboard": dashboard_for(request.user),
            "has_trash": may_see_trash(self, request),
            "may_see_old_details": request.user.has_perms(PERMISSIONS),
        }
        return super().index(request, context | (extra_context or {}))


def is_malformed(request, error):
    """Tell whether a POST that failed names rows or a field that no page of ours names."""
    marked = "_selected_action" in request.POST and not isinstance(error, OperationalError)
    names_a_field = "_to_field" in request.GET or "_to_field" in request.POST
    return marked or (names_a_field and isinstance(error, FieldDoesNotExist))


def warn_about_example_addresses(request):
    """Tell who can change it while an address of the starter content, which reaches nobody, is left."""
    if not request.user.has_perms(["contacts.change_role", "contacts.change_person"]):
        return
    links = [(form_url(holder), holder) for holder in example_addresses()]
    if links:
        names = format_html_join(", ", '<a href="{}">{}</a>', links)
        text = "Påhittade e-postadresser (example.org) finns kvar hos {}. Byt till riktiga adresser."
        messages.warning(request, format_html(text, names))
