"""Slugs: the last part of an address, made of a title."""

import re
import unicodedata
from itertools import chain, count

from django.db import connection, models
from django.utils.text import slugify

SLUG_LENGTH = 100
OTHER_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ı": "i"}
)
BETWEEN = re.compile(r"(?<=\w)[^\w\s'’\u00ad\u200b-]+(?=\w)")  # "10–12", "3,5", "2026/2027"
AFTER_DIGIT = re.compile("(?<=\\d)(?=[²³¹⁰-₉¼-¾⅐-⅞])")  # "3½", "10⁶"


def slug_of(text):
    """Return the slug that a title makes: "Årsmöte 10–12 maj" → "arsmote-10-12-maj"."""
    text = unicodedata.normalize("NFKC", AFTER_DIGIT.sub("-", text.lower()))
    return slugify(BETWEEN.sub("-", text.translate(OTHER_LETTERS)))


def slug_field(help_text):
    """Return the field of a slug that save() makes where the form leaves it empty."""
    return models.SlugField("adress", max_length=SLUG_LENGTH, unique=True, blank=True, help_text=help_text)


def free_slug(instance, text, reserved=frozenset()):
    """Return a slug made of `text` that no other row of the model has and that is not reserved."""
    if connection.vendor == "postgresql":  # until the save before this one is made; SQLite has one writer
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [instance._meta.db_table])
    others = type(instance)._default_manager.exclude(pk=instance.pk)
    base = slug_of(text)[: SLUG_LENGTH - 5].strip("-") or "text"
    taken = set(others.filter(slug__startswith=base).values_list("slug", flat=True)) | reserved
    candidates = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(slug for slug in candidates if slug not in taken)
