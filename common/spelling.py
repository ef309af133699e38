"""One spelling of letters, so that what looks the same is the same: to search, to a slug, to a database."""

import re
import unicodedata

from django.db import models
from django.db.models.lookups import IContains
from django.db.models.signals import pre_save

from common.links import direct_url

# Letters run together for print, and the shapes that a PDF has for Arabic ones.
LIGATURES = re.compile("[\ufb00-\ufb17\ufb50-\ufdcf\ufe70-\ufefc]")


def one_spelling(text):
    """Return a text with composed letters and without ligatures: "å" is one character, "ﬁ" two."""
    return unicodedata.normalize(
        "NFC", LIGATURES.sub(lambda ligature: unicodedata.normalize("NFKC", ligature[0]), text)
    )


def keep_one_spelling(app):
    """Spell the texts of every row of an app's models at its save; for the ready() of its AppConfig."""
    for model in app.get_models():
        pre_save.connect(spell_fields, sender=model)


def spell_fields(sender, instance, **kwargs):
    """Give each text of a row one spelling, and let each link lead straight to where it leads."""
    for field in instance._meta.concrete_fields:
        value = instance.__dict__.get(field.attname)
        if isinstance(field, models.CharField | models.TextField) and isinstance(value, str):
            value = one_spelling(value)
            is_link = isinstance(field, models.URLField)
            instance.__dict__[field.attname] = direct_url(value) if is_link else value


@models.CharField.register_lookup
@models.TextField.register_lookup
class IContainsUnicode(IContains):
    """icontains for any spelling; SQLite's own LIKE knows no upper case beyond A to Z."""

    def get_prep_lookup(self):
        value = super().get_prep_lookup()
        return one_spelling(value) if isinstance(value, str) else value

    def as_sqlite(self, compiler, connection):
        if not isinstance(self.rhs, str):
            return self.as_sql(compiler, connection)
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} REGEXP %s", [*params, f"(?i){re.escape(self.rhs)}"]
