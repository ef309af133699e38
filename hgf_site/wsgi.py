"""The WSGI application: Django behind what must see every request first."""

import gc
import os
import sys

gc.disable()  # to look for garbage in what is only being loaded would take a seventh of the start

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from common.page_cache.content_version import VersionPoller
from common.page_cache.wsgi import PageCache
from hgf_site.server.access_log import AccessLog
from hgf_site.server.proxies import TrustedProxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")

django_application = get_wsgi_application()

from hgf_site.pages.jinja import load_templates  # of apps that are loaded only now

load_templates()  # all at once: an update changes the files before its own workers start

page_cache = PageCache(django_application, VersionPoller(), settings.SITE_URL, settings.PAGE_CACHE_BYTES)
observe = None
if settings.HEALTH_TOKEN:  # else nobody may read them
    from hgf_site.server.metrics import observe
application = AccessLog(
    TrustedProxies(page_cache, settings.TRUSTED_PROXIES),
    as_json=settings.LOG_FORMAT == "json",
    observe=observe,
)

sys.setswitchinterval(0.0005)  # seconds that a reader of a stored page waits for a thread that saves
gc.freeze()  # all of it stays
gc.enable()
