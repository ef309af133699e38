from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = "Nyheter och sidor"

    def ready(self):
        from common.page_cache import content_version
        from common.richtext.checks import check_editor
        from common.spelling import keep_one_spelling
        from news.paths.slugs import redirect_area
        from news.search import forget_document, forget_post, index_document, index_post, index_post_of

        content_version.watch(
            self,
            not_shown={"SearchEntry", "DocumentEntry", "Word", "MissedAddress"},
            # What a page says of a day turns at midnight, which the version knows by itself.
            moments=[
                *((model, field) for model in ("Post", "Page") for field in ("published_at", "expires_at")),
                ("Post", "important_until"),
            ],
        )
        keep_one_spelling(self)
        register(check_editor, Tags.security)
        pre_save.connect(redirect_area, sender="contacts.Area")
        post_save.connect(index_post, sender="news.Post")
        pre_delete.connect(forget_post, sender="news.Post")
        for part in ("news.Occurrence", "news.Translation"):
            post_save.connect(index_post_of, sender=part)
            post_delete.connect(index_post_of, sender=part)
        post_save.connect(index_document, sender="documents.Document")
        pre_delete.connect(forget_document, sender="documents.Document")
