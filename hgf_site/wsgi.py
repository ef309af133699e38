"""The WSGI application: Django behind what must see every request first."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")

django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402  needs the line above

from hgf_site.client import TrustedProxies  # noqa: E402

application = TrustedProxies(django_application, settings.TRUSTED_PROXIES)
