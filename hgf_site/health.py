"""/healthz: is the site alive, and for whoever holds HEALTH_TOKEN, is it well?"""

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hgf_site import condition
from hgf_site.checks import check_site


@require_safe
@never_cache
def healthz(request):
    """Answer "ok" without touching the database; with "Authorization: Bearer HEALTH_TOKEN", in detail.

    The detail is JSON: true or false a part, when the last backup was made, and under "to_do" what
    `manage.py check` says of the site. 503 when any part is false or there is something to do.
    """
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (settings.HEALTH_TOKEN and constant_time_compare(token, settings.HEALTH_TOKEN)):
        return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
    parts = {
        "database": condition.database_answers(),
        "media": condition.media_is_writable(),
        "disk": condition.disk_has_room(),
        "no_leaks": not condition.leaks_found(),
    }
    for name, question in (
        ("migrations", condition.migrations_are_applied),
        ("backup", condition.backup_is_fresh),
    ):
        parts[name] = parts["database"] and answered(question)
    to_do = [f"{notice.id.rpartition('.')[2]}: {notice.msg}" for notice in check_site(None)]
    status = 200 if all(parts.values()) and not to_do else 503
    return JsonResponse({**parts, "last_backup": condition.last_backup(), "to_do": to_do}, status=status)


def answered(question):
    try:
        return question()
    except (DatabaseError, InterfaceError):
        return False
