from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Dokument"

    def ready(self):
        from common.page_cache import content_version

        content_version.watch(self, moments=[("Document", "published_at"), ("Document", "expires_at")])
