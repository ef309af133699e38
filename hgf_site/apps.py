from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core import checks
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "hgf_site"
    verbose_name = "Webbplatsen"

    def ready(self):
        from common.page_cache.content_version import make_triggers
        from hgf_site.accounts.groups import make_groups
        from hgf_site.accounts.security_log import delete_typed_texts
        from hgf_site.operations.checks import check_dns, check_site

        checks.register(check_site)
        checks.register(check_dns, deploy=True)
        if settings.SENTRY_DSN:
            from hgf_site.operations import sentry

            sentry.start(settings.SENTRY_DSN, settings.SITE_URL)
        # Once a migrate, not once an app; we have no models, so no signal of our own.
        post_migrate.connect(make_groups, sender=apps.get_app_config("news"))
        post_migrate.connect(delete_typed_texts, sender=apps.get_app_config("news"))
        post_migrate.connect(make_triggers, sender=apps.get_app_config("news"))


class SiteAdminConfig(AdminConfig):
    default_site = "hgf_site.admin_site.site.SiteAdmin"
