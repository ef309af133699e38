from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = "Kontakter"

    def ready(self):
        from common.page_cache import content_version
        from common.spelling import keep_one_spelling

        content_version.watch(self, not_shown={"EmailLimit"})
        keep_one_spelling(self)
