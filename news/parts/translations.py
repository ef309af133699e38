"""What language a text is in, and the short texts in other languages that a post or page carries."""

from dataclasses import replace

from django.db import models
from django.template.defaultfilters import linebreaks_filter
from django.utils.functional import cached_property
from django.utils.html import format_html

from common.publishing.check import address_problems, number_problems
from common.publishing.models import HasRows
from common.versions.registry import versioned
from news.parts.part import Part

SWEDISH = "sv"
EASY = "latt"  # Swedish too
LANGUAGES = {  # {code, but for EASY as in the attribute lang: (what editors call it, what its readers do)}
    SWEDISH: ("svenska", "Svenska"),
    EASY: ("lätt svenska", "På lätt svenska"),
    "ar": ("arabiska", "العربية"),
    "en": ("engelska", "English"),
    "fi": ("finska", "Suomi"),
    "ku": ("kurdiska (kurmanji)", "Kurdî"),
    "ckb": ("kurdiska (sorani)", "کوردی"),
    "fa": ("persiska, dari", "فارسی"),
    "pl": ("polska", "Polski"),
    "ru": ("ryska", "Русский"),
    "so": ("somaliska", "Soomaali"),
    "es": ("spanska", "Español"),
    "ti": ("tigrinska", "ትግርኛ"),
    "tr": ("turkiska", "Türkçe"),
    "uk": ("ukrainska", "Українська"),
}
FROM_THE_RIGHT = {"ar", "ckb", "fa"}


def languages():
    return [(code, swedish) for code, (swedish, _) in LANGUAGES.items()]


def other_languages():
    return [(code, name) for code, name in languages() if code != SWEDISH]


def language_field():
    return models.CharField("språk", max_length=5, choices=languages, default=SWEDISH)


class InLanguage:
    """A row with a `language`."""

    @property
    def lang(self):
        """The attribute lang (BCP 47)."""
        return SWEDISH if self.language == EASY else self.language

    @property
    def lang_attributes(self):
        """' lang="ar" dir="rtl"' for an element with its text; "" for Swedish, as which pages begin."""
        if self.language == SWEDISH:
            return ""
        direction = "rtl" if self.language in FROM_THE_RIGHT else "ltr"
        return format_html(' lang="{}" dir="{}"', self.lang, direction)


@versioned()
class Translation(InLanguage, Part):
    """A short text of a post or page in another language: plain, empty lines between paragraphs."""

    language = models.CharField("språk", max_length=5, choices=other_languages)
    text = models.TextField("text", help_text="Det viktigaste, i några meningar.")

    class Meta:
        verbose_name = "kort text på ett annat språk"
        verbose_name_plural = "korta texter på andra språk"
        ordering = ["pk"]
        constraints = [
            *Part.Meta.constraints,
            models.UniqueConstraint(fields=["post", "language"], name="one_text_of_a_language_in_a_post"),
            models.UniqueConstraint(fields=["page", "language"], name="one_text_of_a_language_on_a_page"),
        ]

    def __str__(self):
        return self.get_language_display()

    @property
    def name(self):
        return LANGUAGES[self.language][1]

    @property
    def anchor(self):
        return f"sprak-{self.language}"

    @property
    def html(self):
        return linebreaks_filter(self.text)

    def publish_problems(self):
        numbers = number_problems({"text": [self.text]}, self.edited_with.confirmed_numbers)
        return [*address_problems(self, ["text"]), *numbers]


class WithTranslations(InLanguage):
    """A post or page in a language, with short texts in others under it."""

    has_translations = HasRows("translations")

    @cached_property
    def shown_translations(self):
        return list(self.translations.all()) if self.pk and self.has_translations else []

    def row_problems(self):
        found = [
            replace(one, field=f"translations-{place}-{one.field}", text=f"{row}: {one.text}")
            for place, row in enumerate(self.translations.all())
            for one in row.publish_problems()
        ]
        return [*found, *super().row_problems()]
