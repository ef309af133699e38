"""What was deleted in the admin, and the way back: "Ångra" at once, "Papperskorgen" later."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from reversion.models import Revision, Version

from versions.history import person
from versions.keeping import DELETED, delete_and_keep, kept_fields, one_change
from versions.restoring import NotRestorable, bring_back

LENGTH = 200  # of each kind; older ones are still there, but nobody looks for them in a list


class BinMixin:
    """Lets a deleted row be brought back, by those who may delete it and add one."""

    def get_urls(self):
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("papperskorg/<int:key>/", view(self.bring_back_view), name=f"{name}_bring_back"),
            path("papperskorg/angra/<int:key>/", view(self.undo_view), name=f"{name}_undo_delete"),
            *super().get_urls(),
        ]

    def may_bring_back(self, request):
        return self.has_delete_permission(request) and self.has_add_permission(request)

    def delete_model(self, request, obj):
        self.delete_rows(request, [obj], lambda: super(BinMixin, self).delete_model(request, obj))

    def delete_queryset(self, request, queryset):
        self.delete_rows(request, queryset, lambda: super(BinMixin, self).delete_queryset(request, queryset))

    def delete_rows(self, request, rows, delete):
        """Delete rows, kept; the message that comes next offers to undo it."""
        revision = delete_and_keep(request.user, rows, delete)
        if revision and self.may_bring_back(request):
            request.undo_url = reverse(self.address("undo_delete"), args=[revision.pk])

    def render_delete_form(self, request, context):
        return super().render_delete_form(request, {**context, "comes_back": self.may_bring_back(request)})

    def response_action(self, request, queryset):
        response = super().response_action(request, queryset)
        if isinstance(response, TemplateResponse):  # the page that asks before several are deleted
            response.context_data["comes_back"] = self.may_bring_back(request)
        return response

    def message_user(self, request, message, *args, **kwargs):
        if url := getattr(request, "undo_url", None):
            request.undo_url = None
            message = format_html("{} {}", message, button(request, url, "Ångra"))
        super().message_user(request, message, *args, **kwargs)

    def undo_view(self, request, key):
        """Bring back all that one deletion took."""
        revision = self.asked_for(request, Revision.objects.filter(comment__startswith=DELETED), key)
        return self.bring_back_all(
            request, [version for version in self.gone() if version.revision_id == revision.pk]
        )

    def bring_back_view(self, request, key):
        return self.bring_back_all(request, [self.asked_for(request, self.gone(), key)])

    def gone(self):
        """The newest version of each row that no longer exists."""
        return Version.objects.get_deleted(self.model).select_related("revision__user")

    def asked_for(self, request, queryset, key):
        if not self.may_bring_back(request):
            raise PermissionDenied
        found = queryset.filter(pk=key).first() if len(str(key)) < 10 else None
        if found is None and request.method == "POST":
            raise Http404
        return found

    def bring_back_all(self, request, versions):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        rows = []
        try:
            with one_change(request.user, "Togs tillbaka ur papperskorgen."):
                for version in versions:
                    row, lines = bring_back(version)
                    rows.append(row)
                    self.log_change(request, row, "Togs tillbaka ur papperskorgen.")
                    says = self.says(request, row)
                    done = [f"”{row}” är tillbaka.", *([f"{says}."] if says else []), *lines]
                    messages.success(request, " ".join(done))
        except NotRestorable as refusal:
            messages.error(request, " ".join(["Det gick inte att ta tillbaka.", *refusal.lines]))
            return HttpResponseRedirect(reverse("admin:bin"))
        if not rows:
            messages.info(request, "Det är redan tillbaka.")
        if len(rows) == 1 and self.has_change_permission(request, rows[0]):
            return HttpResponseRedirect(reverse(self.address("change"), args=[rows[0].pk]))
        return HttpResponseRedirect(reverse(self.address("changelist")))

    def erase_address(self, request, key):
        """Return where a row in the bin can be erased for good, or ""."""
        return ""

    def note_in_bin(self, fields):
        """Return what comes with bringing back a row of these fields, in Swedish, or ""."""
        return ""


def button(request, url, text):
    """Return a form of one button that may stand in a message: it is sent with this visitor's token."""
    return format_html(
        '<form class="in-message" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" '
        'value="{}"><button type="submit">{}</button></form>',
        url,
        get_token(request),
        text,
    )


@dataclass
class Deleted:
    version: Version
    kind: str
    url: str  # to POST to, to bring it back
    note: str
    by: str  # who deleted it, where that is known
    erase_url: str  # "" where there is no such page


def admins_with_bin(admin_site, request):
    admins = (one for one in admin_site._registry.values() if isinstance(one, BinMixin))
    return [one for one in admins if one.may_bring_back(request)]


def may_see_bin(admin_site, request):
    return bool(admins_with_bin(admin_site, request))


def bin_view(admin_site, request):
    """List what has been deleted, the newest first, of the kinds that the asker may bring back."""
    admins = admins_with_bin(admin_site, request)
    if not admins:
        raise PermissionDenied
    rows = [row for one in admins for row in deleted_rows(one, request)]
    rows.sort(key=lambda row: row.version.pk, reverse=True)
    request.current_app = admin_site.name
    months = min((one.model.kept.months for one in admins if one.model.kept.months), default=None)
    context = {
        **admin_site.each_context(request),
        "title": "Papperskorg",
        "rows": rows[:LENGTH],
        "months": months,
    }
    return TemplateResponse(request, "admin/versions/bin.html", context)


def on_their_own(model, versions):
    """Leave out what was deleted with the row it belongs to: it comes back with that one."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and not field.null:
            keys = {kept_fields(version)[field.name] for version in versions}
            there = set(field.related_model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
            versions = [version for version in versions if kept_fields(version)[field.name] in there]
    return versions


def deleted_rows(model_admin, request):
    found = list(model_admin.gone().order_by("-pk")[:LENGTH])
    for version in on_their_own(model_admin.model, found):
        yield Deleted(
            version,
            capfirst(model_admin.opts.verbose_name),
            reverse(model_admin.address("bring_back"), args=[version.pk]),
            model_admin.note_in_bin(kept_fields(version)),
            person(version.revision.user) if version.revision.comment.startswith(DELETED) else "",
            model_admin.erase_address(request, version.object_id),
        )
