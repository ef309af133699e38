from django.apps import AppConfig


class MailingConfig(AppConfig):
    """Its tables are in no stored page, so none of them renews the content version."""

    name = "mailing"
    verbose_name = "Brev"
