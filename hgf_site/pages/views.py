import posixpath
import sys
from urllib.parse import quote

from django.contrib import admin
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.db.models import Value
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from common.files.pictures import original_of
from common.page_cache.compiled_queries import NOW, TODAY, compiled
from contacts.directory import PHOTO_FOLDER, is_hidden_photo
from documents.models import Document
from news.calendar.occurrences import current_dates, give_dates
from news.models import Picture, Post

START_LIST_LENGTH = 5
COMING_LENGTH = 3
NEWEST_LENGTH = 3
PICTURE_FOLDER = Post.image.field.upload_to  # below MEDIA_ROOT
VIEW_PERMISSIONS = {
    PHOTO_FOLDER: "contacts.view_person",
    PICTURE_FOLDER: "news.view_post",
    Document.file.field.upload_to: "documents.view_document",
}
NO_STORE = "private, no-store"
RETRY_AFTER = 10  # seconds


class StartView(TemplateView):
    """The pinned or newest post large, the next ones in a list, and whom to contact."""

    template_name = "start.html"
    query_parameters = ()

    def get_context_data(self, **kwargs):
        dates = current_dates()
        found = give_dates(start_posts(), dates)
        first = next(iter(found), None)
        rest = [post for post in found if post != first][:START_LIST_LENGTH]
        coming = [one for one in dates if not one.is_past][:COMING_LENGTH]
        return super().get_context_data(first=first, rest=rest, coming=coming, **kwargs)


@compiled
def start_posts():
    """The pinned post and the newest ones, among which it may be too."""
    keys = Post.objects.current(NOW).newest_first().values("pk")
    held = Post.objects.pinned(TODAY).values(
        "pk"
    )  # few: looked for by themselves, not among all that are current
    posts = Post.objects.select_related("category").order_by()
    newest = posts.filter(pk__in=keys[: START_LIST_LENGTH + 1]).annotate(is_pinned=Value(0))
    pinned = posts.filter(pk__in=keys.filter(pk__in=held)[:1]).annotate(is_pinned=Value(1))
    return newest.union(pinned, all=True).order_by("-is_pinned", "-published_at", "-id")


@require_safe
def media(request, path):
    """Serve an uploaded picture: to everybody while a page shows it, else to those allowed in the admin."""
    path = posixpath.normpath(path).lstrip("/")  # as serve() reads it
    if not path.isprintable():  # PostgreSQL takes no NUL
        raise Http404("No name of ours")
    cache_control = public_cache_control(path)
    if not cache_control and not may_view_in_admin(request, path):
        raise Http404("Not shown to everybody")
    # A file's content never changes under its name.
    etag = f'"{quote(path)}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = stored_file(path)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = cache_control or NO_STORE
    if not path.endswith(".pdf"):  # which browsers do not show then
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    else:
        response._csp_exempt = True
    return response


def stored_file(path):
    try:
        return FileResponse(default_storage.open(path))
    except ConnectionError:  # the object storage's
        raise
    except (OSError, SuspiciousOperation):  # a name that no file can have
        raise Http404("No such file") from None


def public_cache_control(path):
    """Return the Cache-Control of an uploaded file that everybody may see, or "". One query if public."""
    if path.startswith(PHOTO_FOLDER):
        return "" if is_hidden_photo(path) else "private, no-cache"
    if path.startswith(PICTURE_FOLDER):
        name = original_of(path, PICTURE_FOLDER)
        posts, pictures = (model.objects.filter(image=name) for model in (Post, Picture))
        if posts.published().values("pk").union(pictures.published().values("pk")).exists():
            return "public, max-age=86400"
        if posts.shared().exists() or pictures.shared().exists():
            return NO_STORE
    return ""


def may_view_in_admin(request, path):
    for folder, permission in VIEW_PERMISSIONS.items():
        if path.startswith(folder):  # has_permission asks for the second factor too
            return admin.site.has_permission(request) and request.user.has_perm(permission)
    return False


def not_found(request, exception):
    """404, with a way to search and the newest posts."""
    newest = Post.objects.current().newest_first()[:NEWEST_LENGTH]
    return render(request, "404.html", {"newest": newest}, status=404)


def error_page(request):
    """Answer an error of ours: 503 while the database or the object storage is away, else 500. Asks neither.

    Away is also one that was restored from before an update, until the workers have the code of then.
    """
    error = sys.exception()
    # ProgrammingError: a column that is not there. Without a cause it is Django's own.
    is_of_driver = type(error) in (DatabaseError, ProgrammingError) and error.__cause__
    if isinstance(error, (OperationalError, InterfaceError, ConnectionError)) or is_of_driver:
        headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)
