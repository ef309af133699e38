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

from common.versions.history import person
from common.versions.registry import DELETION_COMMENT, delete_with_revision, revision_block, serialized_fields
from common.versions.restoring import NotRestorable, restore_deleted

MAX_LISTED = 200  # of each kind; older ones are still there, but nobody looks for them in a list


class WithoutJoinRows:
    """An admin whose question before a deletion names what people know: not the rows of `unnamed` either."""

    unnamed = []

    def get_deleted_objects(self, objs, request):
        """Without the rows of join tables, which Django names in English: "User_groups object (1)"."""
        listed, counts, *refused = super().get_deleted_objects(objs, request)
        relations = [field.remote_field for field in self.model._meta.many_to_many]
        relations += [relation for relation in self.model._meta.related_objects if relation.many_to_many]
        joins = [model._meta for model in [*(relation.through for relation in relations), *self.unnamed]]
        prefixes = tuple(f"{capfirst(join.verbose_name)}: " for join in joins)
        for join in joins:
            counts.pop(join.verbose_name_plural, None)
        return without_prefixed(listed, prefixes), counts, *refused


def without_prefixed(listed, prefixes):
    """A nested list of texts without those that begin with one of `prefixes`."""
    remaining = [item if isinstance(item, str) else without_prefixed(item, prefixes) for item in listed]
    return [item for item in remaining if item and not (isinstance(item, str) and item.startswith(prefixes))]


class TrashMixin(WithoutJoinRows):
    """Lets a deleted row be brought back, by those who may delete it and add one."""

    def get_urls(self):
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("papperskorg/<int:key>/", view(self.restore_deleted_view), name=f"{name}_restore_deleted"),
            path("papperskorg/angra/<int:key>/", view(self.undo_view), name=f"{name}_undo_delete"),
            *super().get_urls(),
        ]

    def may_restore_deleted(self, request):
        return self.has_delete_permission(request) and self.has_add_permission(request)

    def delete_model(self, request, obj):
        delete = super().delete_model
        self.delete_rows(request, [obj], lambda: delete(request, obj))

    def delete_queryset(self, request, queryset):
        delete = super().delete_queryset
        self.delete_rows(request, queryset, lambda: delete(request, queryset))

    def delete_rows(self, request, rows, delete):
        """Delete rows, with a version of each; the next message offers to undo it."""
        revision = delete_with_revision(request.user, rows, delete)
        if revision and self.may_restore_deleted(request):
            request.undo_url = reverse(self.url_name("undo_delete"), args=[revision.pk])

    def render_delete_form(self, request, context):
        context["is_restorable"] = self.may_restore_deleted(request)
        return super().render_delete_form(request, context)

    def response_action(self, request, queryset):
        response = super().response_action(request, queryset)
        if isinstance(response, TemplateResponse):  # the page that asks before several are deleted
            response.context_data["is_restorable"] = self.may_restore_deleted(request)
        return response

    def message_user(self, request, message, *args, **kwargs):
        if url := getattr(request, "undo_url", None):
            request.undo_url = None
            message = format_html("{} {}", message, button(request, url, "Ångra"))
        super().message_user(request, message, *args, **kwargs)

    def undo_view(self, request, key):
        """Bring back all that one deletion took."""
        revision = self.asked_for(request, Revision.objects.filter(comment__startswith=DELETION_COMMENT), key)
        return self.restore_all(
            request, [version for version in self.deleted_versions() if version.revision_id == revision.pk]
        )

    def restore_deleted_view(self, request, key):
        return self.restore_all(request, [self.asked_for(request, self.deleted_versions(), key)])

    def deleted_versions(self):
        """The newest version of each row that no longer exists."""
        return Version.objects.get_deleted(self.model).select_related("revision__user")

    def asked_for(self, request, queryset, key):
        if not self.may_restore_deleted(request):
            raise PermissionDenied
        found = queryset.filter(pk=key).first() if len(str(key)) < 10 else None
        if found is None:
            raise Http404
        return found

    def restore_all(self, request, versions):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        rows = []
        try:
            with revision_block(request.user, "Togs tillbaka ur papperskorgen."):
                for version in versions:
                    row, lines = restore_deleted(version)
                    rows.append(row)
                    self.log_change(request, row, "Togs tillbaka ur papperskorgen.")
                    status = self.public_status(request, row)
                    done = [f"”{row}” är tillbaka.", *([f"{status}."] if status else []), *lines]
                    messages.success(request, " ".join(done))
        except NotRestorable as refusal:
            messages.error(request, " ".join(["Det gick inte att ta tillbaka.", *refusal.lines]))
            return HttpResponseRedirect(reverse("admin:trash"))
        if not rows:
            messages.info(request, "Det är redan tillbaka.")
        if len(rows) == 1 and self.has_change_permission(request, rows[0]):
            return HttpResponseRedirect(reverse(self.url_name("change"), args=[rows[0].pk]))
        return HttpResponseRedirect(reverse(self.url_name("changelist")))

    def erase_url(self, request, key):
        """Return where a row in the trash can be erased for good, or ""."""
        return ""

    def trash_note(self, fields):
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


def admins_with_trash(admin_site, request):
    admins = (one for one in admin_site._registry.values() if isinstance(one, TrashMixin))
    return [one for one in admins if one.may_restore_deleted(request)]


def may_see_trash(admin_site, request):
    return bool(admins_with_trash(admin_site, request))


def trash_view(admin_site, request):
    """List what has been deleted, the newest first, of the kinds that the asker may bring back."""
    admins = admins_with_trash(admin_site, request)
    if not admins:
        raise PermissionDenied
    rows = [row for one in admins for row in deleted_rows(one, request)]
    rows.sort(key=lambda row: row.version.pk, reverse=True)
    months = [one.model.revision_options.retention_months for one in admins]
    context = {
        **admin_site.each_context(request),
        "title": "Papperskorg",
        "rows": rows[:MAX_LISTED],
        "months": min(filter(None, months), default=None),
    }
    return TemplateResponse(request, "admin/versions/trash.html", context)


def on_their_own(model, versions):
    """Leave out what was deleted with the row it belongs to: it comes back with that one."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and not field.null:
            keys = {serialized_fields(version)[field.name] for version in versions}
            there = set(field.related_model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
            versions = [version for version in versions if serialized_fields(version)[field.name] in there]
    return versions


def deleted_rows(model_admin, request):
    found = list(model_admin.deleted_versions().order_by("-pk")[:MAX_LISTED])
    for version in on_their_own(model_admin.model, found):
        yield Deleted(
            version,
            capfirst(model_admin.opts.verbose_name),
            reverse(model_admin.url_name("restore_deleted"), args=[version.pk]),
            model_admin.trash_note(serialized_fields(version)),
            person(version.revision.user) if version.revision.comment.startswith(DELETION_COMMENT) else "",
            model_admin.erase_url(request, version.object_id),
        )
