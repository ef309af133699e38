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
from contacts.pictures import original_of
from news.models import Post

START_LIST_LENGTH = 5
NEWEST_LENGTH = 3
PICTURES = Post.image.field.upload_to  # the folder of posts' pictures, below MEDIA_ROOT
NOT_KEPT = "private, no-store"
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
    """Uploaded pictures, while a page shows them; afterwards only to who sees them in the admin."""
    path = posixpath.normpath(path).lstrip("/")  # as serve() reads it
    if not path.isprintable():  # PostgreSQL takes no NUL
        raise Http404("No name of ours")
    kept = how_long_kept(request, path)
    try:
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
    except (OSError, SuspiciousFileOperation):  # a name that no file can have
        raise Http404("No such file") from None
    response.headers["Cache-Control"] = kept
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def how_long_kept(request, path):
    """Return the Cache-Control of an uploaded file. Raises Http404 when it is not the asker's to see.

    One query for a picture that is public.
    """
    if path.startswith(PHOTOS):
        if not is_hidden(path):
            return "private, no-cache"
        permission = "contacts.view_person"
    elif path.startswith(PICTURES):
        posts = Post.objects.filter(image=original_of(path, PICTURES))
        if posts.published().exists():
            return "public, max-age=86400"
        if posts.shared().exists():
            return NOT_KEPT
        permission = "news.view_post"
    else:
        raise Http404("No folder of ours")
    if admin.site.has_permission(request) and request.user.has_perm(permission):  # the second factor too
        return NOT_KEPT
    raise Http404("Not shown to everybody")


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
