"""The WSGI application: Django behind what must see every request first."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")

application = get_wsgi_application()
