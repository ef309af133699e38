from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from hgf_site.operations import health
from hgf_site.pages import robots, views
from news.calendar.files import CalendarView, CalendarYearView, calendar_file
from news.urls import area_patterns
from news.views import DraftView, PageView, SearchView

urlpatterns = [
    path("", views.StartView.as_view(), name="start"),
    path("nyheter/", include("news.urls")),
    path("kalender/", CalendarView.as_view(), name="calendar"),
    path("kalender/<year:year>/", CalendarYearView.as_view(), name="calendar_year"),
    path("kalender.ics", calendar_file, name="calendar_file"),
    path("", include("mailing.urls")),
    path("omraden/", include(area_patterns)),
    path("kontakt/", include("contacts.urls")),
    path("dokument/", include("documents.urls")),
    path("sok/", SearchView.as_view(), name="search"),
    path("utkast/<str:signed>/", DraftView.as_view(), name="draft"),
    path("media/<path:path>", views.media, name="media"),
    path("robots.txt", robots.robots_txt, name="robots"),
    path("sitemap.xml", robots.sitemap_xml, name="sitemap"),
    path("favicon.ico", robots.favicon, name="favicon"),
    path("manifest.webmanifest", robots.web_manifest, name="manifest"),
    path(".well-known/security.txt", robots.security_txt, name="security"),
    path("healthz", health.healthz, name="healthz"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("<slug:slug>/", PageView.as_view(), name="page"),
]

if settings.SENDS_EMAIL:
    urlpatterns.insert(0, path("admin/losenord/", include("hgf_site.accounts.password_reset")))

handler404 = views.not_found
# In the admin these lead back to the form, which the browser has a copy of.
handler400 = "hgf_site.admin_site.failures.bad_request"
handler403 = "hgf_site.admin_site.failures.permission_denied"
handler500 = "hgf_site.admin_site.failures.server_error"
