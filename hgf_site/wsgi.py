"""The WSGI application: Django behind what must see every request first."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from hgf_site.client import TrustedProxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")

django_application = get_wsgi_application()
application = TrustedProxies(django_application, settings.TRUSTED_PROXIES)
