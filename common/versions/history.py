"""The history of a row in the admin: its versions, two of them compared, one of them put back."""

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from reversion.models import Version

from common.versions.compare import compare, label_of
from common.versions.registry import revision_block, state_in, state_of
from common.versions.restoring import NotRestorable, restore_children, restored

NOW = "nu"
VERSIONS_PER_PAGE = 20


class HistoryMixin:
    """Replaces Django's history, which holds no text, with one that does."""

    def get_urls(self):
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<path:object_id>/history/jamfor/", view(self.compare_view), name=f"{name}_compare"),
            path("<path:object_id>/history/<int:key>/", view(self.restore_view), name=f"{name}_restore"),
            *super().get_urls(),
        ]

    def history_view(self, request, object_id, extra_context=None):
        row = self.row_with_history(request, object_id)
        versions = Version.objects.get_for_object(row).select_related("revision__user")
        page = self.get_paginator(request, versions, VERSIONS_PER_PAGE).get_page(request.GET.get("p"))
        for version in page:
            version.who = person(version.revision.user)
        context = {"versions": page, "now_differs": self.now_differs(row, versions)}
        return self.versions_page(request, "history", f"Historik: {row}", row, context)

    def now_differs(self, row, versions):
        """Tell whether the row was changed outside the admin since its newest version."""
        newest = versions.first()
        return newest is None or state_in(newest) != state_of(row)

    def compare_view(self, request, object_id):
        row = self.row_with_history(request, object_id)
        if "fran" not in request.GET:
            return HttpResponseRedirect(reverse(self.url_name("history"), args=[row.pk]))
        old = self.version_of(row, request.GET["fran"])
        new = self.version_of(row, request.GET.get("till", NOW))
        if old is None or (new and new.pk < old.pk):  # the older one to the left, however they were chosen
            old, new = new, old
        if old is None:
            raise Http404
        rows = compare(self.model, state_in(old), state_in(new) if new else state_of(row))
        context = {
            "left": moment(old.revision.date_created),
            "right": moment(new.revision.date_created) if new else "Nu",
            "restore_url": reverse(self.url_name("restore"), args=[row.pk, old.pk]),
            "rows": [row for row in rows if row.changed],
            "same": [row.label for row in rows if not row.changed],
            "never_restored": self.never_restored_labels(),
            "may_restore": new is None and self.has_change_permission(request, row),
            "public_status": self.public_status(request, row),
        }
        return self.versions_page(request, "compare", f"Jämför: {row}", row, context)

    def restore_view(self, request, object_id, key):
        """Put a version back as a new one; POST only."""
        row = self.row_with_history(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        version = self.version_of(row, str(key))
        when = moment(version.revision.date_created)
        url = reverse(self.url_name("change"), args=[row.pk])
        try:
            with revision_block(request.user, f"Återställde versionen från {when}.", row):
                self.get_row_for_update(request, object_id)
                new, lines = restored(version)
                new.save()
                lines += restore_children(new, version)
                if reasons := self.restore_errors(new):
                    raise NotRestorable(reasons)
                self.log_change(request, new, f"Återställde versionen från {when}.")
        except NotRestorable as refusal:
            messages.error(request, " ".join(["Versionen kan inte återställas.", *refusal.lines]))
            return HttpResponseRedirect(reverse(self.url_name("history"), args=[row.pk]))
        status = self.public_status(request, new)
        messages.success(
            request,
            " ".join([f"Versionen från {when} är återställd.", *([f"{status}."] if status else []), *lines]),
        )
        return HttpResponseRedirect(url)

    # --- What an admin class may say of its own ---

    def restore_errors(self, row):
        """Return why a row may not stay as it was just saved, with its children, in Swedish; or nothing."""
        return []

    def public_status(self, request, row):
        """Return what residents see of a saved row, in Swedish without a full stop, or ""."""
        return ""

    def never_restored_labels(self):
        """Return the names, in Swedish, of what an older version never puts back."""
        names = [
            name for name in self.model.revision_options.never_restored if self.opts.get_field(name).editable
        ]
        return [label_of(self.model, name).lower() for name in names]

    # --- For the views ---

    def url_name(self, page):
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def row_with_history(self, request, object_id):
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not (self.has_change_permission(request, row) or self.has_delete_permission(request, row)):
            raise PermissionDenied
        return row

    def version_of(self, row, key):
        """Return the version of a row with a key from an address; None for the row as it is now."""
        if key == NOW:
            return None
        if not (key or "").isdecimal() or len(key) > 9:
            raise Http404
        version = Version.objects.get_for_object(row).select_related("revision__user").filter(pk=key).first()
        if version is None:
            raise Http404
        return version

    def versions_page(self, request, template, title, row, context):
        return TemplateResponse(
            request,
            f"admin/versions/{template}.html",
            {
                **self.admin_site.each_context(request),
                "title": title,
                "row": row,
                "months": self.model.revision_options.retention_months,
                "opts": self.opts,
                "module_name": capfirst(self.opts.verbose_name_plural),
                "changelist_url": reverse(self.url_name("changelist")),
                "change_url": reverse(self.url_name("change"), args=[row.pk]),
                "history_url": reverse(self.url_name("history"), args=[row.pk]),
                "compare_url": reverse(self.url_name("compare"), args=[row.pk]),
                **context,
            },
        )


def person(user):
    """Return a user's full name, else the user name; "" for none."""
    return (user.get_full_name() or user.get_username()) if user else ""


def moment(aware):
    """Return an aware moment as "3 mars 2026 kl. 14.05"."""
    return date_format(timezone.localtime(aware), "DATETIME_FORMAT")
