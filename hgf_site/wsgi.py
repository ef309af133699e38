"""The WSGI application: Django behind what must see every request first."""

import gc
import os

gc.disable()  # to look for garbage in what is only being loaded would take a seventh of the start

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from hgf_site.access_log import AccessLog
from hgf_site.client import TrustedProxies
from hgf_site.page_cache import PageCache
from hgf_site.site_version import VersionWatch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")

django_application = get_wsgi_application()

from hgf_site.templating import load_templates  # of apps that are loaded only now

load_templates()  # at once: an update changes the files some time before its own workers come

page_cache = PageCache(django_application, VersionWatch(), settings.SITE_URL, settings.PAGE_CACHE_BYTES)
application = AccessLog(TrustedProxies(page_cache, settings.TRUSTED_PROXIES))

gc.freeze()  # all of it stays
gc.enable()
