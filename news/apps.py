from django.apps import AppConfig
from django.core.checks import Tags, register


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = "Nyheter och sidor"

    def ready(self):
        from news.checks import check_editor

        register(check_editor, Tags.security)
