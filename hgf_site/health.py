"""/healthz: is the site alive, and for whoever holds HEALTH_TOKEN, is it well?"""

import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def healthz(request):
    """Answer "ok" without touching the database; with "Authorization: Bearer HEALTH_TOKEN", in detail.

    The detail is JSON, one true or false a part; 503 when any is false.
    """
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (settings.HEALTH_TOKEN and constant_time_compare(token, settings.HEALTH_TOKEN)):
        return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
    parts = {"database": database_answers(), "media": media_is_writable()}
    parts["migrations"] = parts["database"] and migrations_are_applied()
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def database_answers():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def media_is_writable():
    """Tell whether a picture could be stored; the folder itself is made by the first one."""
    folder = settings.MEDIA_ROOT if settings.MEDIA_ROOT.exists() else settings.MEDIA_ROOT.parent
    return os.access(folder, os.W_OK)


def migrations_are_applied():
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
