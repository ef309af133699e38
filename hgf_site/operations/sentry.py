"""Errors told to Sentry, or to what speaks like it: the kind and the place in the code, nothing personal."""

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration

from common.logs import request_id

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "exception", "sdk", "environment")


def start(dsn, site, **options):
    """Tell every error that is logged from now on. Requires requirements-sentry.txt."""
    sentry_sdk.init(
        dsn,
        environment=site,
        default_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level="ERROR")],
        include_local_variables=False,
        max_breadcrumbs=0,
        before_send=without_personal_data,
        **options,
    )


def without_personal_data(event, hint):
    """Keep what names no text, form, address or client: not the message of an exception either."""
    kept = {name: event[name] for name in KEPT if name in event}
    for error in kept.get("exception", {}).get("values", ()):
        error.pop("value", None)
    return kept | {"tags": {"request_id": request_id.get()}}
