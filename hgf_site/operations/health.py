"""What machines ask: /livez, /readyz, and for whoever holds HEALTH_TOKEN /metrics and the parts of /healthz.

A person acts on /healthz (a backup is old), a balancer on /readyz, who restarts processes on /livez.
"""

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hgf_site.operations import status
from hgf_site.operations.checks import check_site

TEXT = "text/plain; charset=utf-8"


@require_safe
@never_cache
def livez(request):
    """The process answers. Touches no database: a restart would not bring it back."""
    return HttpResponse("ok\n", content_type=TEXT)


@require_safe
@never_cache
def readyz(request):
    """This machine reaches the database, so that it can make pages and save what is sent."""
    if status.database_answers():
        return HttpResponse("ok\n", content_type=TEXT)
    return HttpResponse("no database\n", status=503, content_type=TEXT)


@require_safe
@never_cache
def metrics(request):
    if not holds_token(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"}, content_type=TEXT)
    from hgf_site.server.metrics import exposition  # only where somebody reads them

    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def holds_token(request):
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.HEALTH_TOKEN) and constant_time_compare(token, settings.HEALTH_TOKEN)


@require_safe
@never_cache
def healthz(request):
    """Answer "ok" without touching the database; with "Authorization: Bearer HEALTH_TOKEN", in detail.

    The detail is JSON: true or false a part, when the last backup was made and copied, and under "to_do" what
    `manage.py check` says of the site. 503 when any part is false or there is something to do.
    """
    if not holds_token(request):
        return livez(request)
    parts = {
        "database": status.database_answers(),
        "media": status.media_is_writable(),
        "disk": status.disk_has_room(),
        "no_leaks": not status.leaks_found(),
    }
    for name, question in (
        ("migrations", status.migrations_are_applied),
        ("backup", status.backup_is_fresh),
    ):
        parts[name] = parts["database"] and answered(question)
    to_do = [f"{notice.id.rpartition('.')[2]}: {notice.msg}" for notice in check_site(None)]
    code = 200 if all(parts.values()) and not to_do else 503
    times = {"last_backup": status.last_backup(), "last_copy": status.last_copy()}
    return JsonResponse({**parts, **times, "to_do": to_do}, status=code)


def answered(question):
    try:
        return question()
    except (DatabaseError, InterfaceError):
        return False
