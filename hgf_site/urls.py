from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from hgf_site import machines, views
from hgf_site.health import healthz
from news.views import DraftView, PageView, SearchView

urlpatterns = [
    path("", views.StartView.as_view(), name="start"),
    path("nyheter/", include("news.urls")),
    path("kontakt/", include("contacts.urls")),
    path("sok/", SearchView.as_view(), name="search"),
    path("utkast/<str:signed>/", DraftView.as_view(), name="draft"),
    path("media/<path:path>", views.media, name="media"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("manifest.webmanifest", machines.manifest, name="manifest"),
    path(".well-known/security.txt", machines.security, name="security"),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("<slug:slug>/", PageView.as_view(), name="page"),
]

if settings.SENDS_EMAIL:
    urlpatterns.insert(0, path("admin/losenord/", include("hgf_site.password_reset")))

handler404 = views.not_found
# These keep what was typed into the admin.
handler400 = "hgf_site.failures.bad_request"
handler403 = "hgf_site.failures.permission_denied"
handler500 = "hgf_site.failures.server_error"
