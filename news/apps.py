from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_save, pre_delete


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = "Nyheter och sidor"

    def ready(self):
        from news.checks import check_editor
        from news.search import forget_post, index_post

        register(check_editor, Tags.security)
        post_save.connect(index_post, sender="news.Post")
        pre_delete.connect(forget_post, sender="news.Post")
