"""”Vem ändrade vad”: the newest changes of all that has versions, for who may let others in."""

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import reverse
from reversion.models import Revision

from common.versions.history import person
from common.versions.registry import BEFORE_COMMENT, DELETION_COMMENT, model_of

MOST = 200


def changes_view(admin_site, request):
    if not request.user.has_perm("auth.change_user"):
        raise PermissionDenied
    revisions = Revision.objects.exclude(comment=BEFORE_COMMENT).select_related("user")
    changes = [
        {"revision": one, "who": person(one.user) or "Någon utanför admin", "rows": rows_of(admin_site, one)}
        for one in revisions.prefetch_related("version_set").order_by("-date_created", "-pk")[:MOST]
    ]
    context = {
        **admin_site.each_context(request),
        "title": "Vem ändrade vad",
        "changes": changes,
        "most": MOST,
    }
    return TemplateResponse(request, "admin/changes.html", context)


def rows_of(admin_site, revision):
    """Return [(name, URL of its history, or of the trash), …] of a revision, without parts of other rows."""
    versions = [one for one in revision.version_set.all() if model_of(one) in admin_site._registry]
    options = [(model, model.revision_options) for model in map(model_of, versions)]
    parts = {model._meta.get_field(name).related_model for model, each in options for name in each.children}
    return [
        (version.object_repr, history_url(version, revision))
        for version in versions
        if model_of(version) not in parts
    ]


def history_url(version, revision):
    if revision.comment.startswith(DELETION_COMMENT):
        return reverse("admin:trash")
    meta = model_of(version)._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[version.object_id])
