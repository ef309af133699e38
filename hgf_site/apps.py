from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SiteConfig(AppConfig):
    name = "hgf_site"
    verbose_name = "Webbplatsen"


class SiteAdminConfig(AdminConfig):
    default_site = "hgf_site.admin_site.SiteAdmin"
