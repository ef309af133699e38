from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.core import checks
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "hgf_site"
    verbose_name = "Webbplatsen"

    def ready(self):
        from hgf_site.checks import check_site
        from hgf_site.groups import make_groups
        from hgf_site.site_version import make_triggers

        checks.register(check_site)
        # Once a migrate, not once an app; we have no models, so no signal of our own.
        post_migrate.connect(make_groups, sender=apps.get_app_config("news"))
        post_migrate.connect(make_triggers, sender=apps.get_app_config("news"))


class SiteAdminConfig(AdminConfig):
    default_site = "hgf_site.admin_site.SiteAdmin"
