import posixpath
import sys

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import SuspiciousFileOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.models import Value
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView
from django.views.static import serve

from contacts.directory import PHOTOS, is_hidden, panel
from news.models import Post

START_LIST_LENGTH = 5
NEWEST_LENGTH = 3
RETRY_AFTER = 10  # seconds


class StartView(TemplateView):
    """The pinned or newest post large, the next ones in a list, and whom to contact."""

    template_name = "start.html"
    query_parameters = ()

    def get_context_data(self, **kwargs):
        keys = Post.objects.current().newest_first().values("pk")
        posts = Post.objects.select_related("category").order_by()
        newest = posts.filter(pk__in=keys[: START_LIST_LENGTH + 1]).annotate(is_pinned=Value(0))
        pinned = posts.filter(pk__in=keys.pinned()[:1]).annotate(is_pinned=Value(1))
        found = list(newest.union(pinned, all=True).order_by("-is_pinned", "-published_at", "-id"))
        first = next(iter(found), None)
        rest = [post for post in found if post != first][:START_LIST_LENGTH]
        return super().get_context_data(first=first, rest=rest, panel=panel(), **kwargs)


@require_safe
def media(request, path):
    """Uploaded pictures, for where no nginx stands in front. Names are ours and never reused."""
    path = posixpath.normpath(path).lstrip("/")  # as serve() reads it
    if is_hidden(path) and not may_see_people(request):
        raise Http404("Not shown to everybody")
    try:
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
    except (OSError, SuspiciousFileOperation):  # a name that no file can have
        raise Http404("No such file") from None
    kept = "private, no-cache" if path.startswith(PHOTOS) else "public, max-age=31536000, immutable"
    response.headers["Cache-Control"] = kept
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def may_see_people(request):
    """Tell whether the asker sees people in the admin: logged in all the way, the second factor too."""
    return admin.site.has_permission(request) and request.user.has_perm("contacts.view_person")


def not_found(request, exception):
    """404, with a way to search and the newest posts."""
    newest = Post.objects.current().newest_first()[:NEWEST_LENGTH]
    return render(request, "404.html", {"newest": newest}, status=404)


def server_error(request):
    """Answer an error of ours: 503 while the database is away, else 500. Asks the database nothing."""
    error = sys.exception()
    is_of_driver = type(error) is DatabaseError and error.__cause__  # without a cause it is Django's own
    if isinstance(error, (OperationalError, InterfaceError)) or is_of_driver:
        headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)
