"""Where a person is named beside her own row: in texts as they are, in their older versions, in the bin."""

import re
from dataclasses import dataclass
from html import unescape

import reversion
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst, slugify
from phonenumber_field.phonenumber import to_python as phone_of
from reversion.models import Version

from contacts.addresses import find_addresses, may_hold_address
from contacts.models import Assignment, Person, Role
from versions.keeping import kept_fields, model_of
from versions.tidying import pictures_of

TAG = re.compile(r"<[^>]*>")
APART = r"[\W_]{1,3}"  # what may stand between two names: a space, also one that does not break


@dataclass
class OldText:
    """Older versions of one row that name the person."""

    kind: str
    name: str
    count: int
    url: str  # its history, or the bin when the row is deleted


class Mentions:
    """Finds a person in texts, by what hgf_site.erasing.all_that_is_known() holds.

    Her name in whole words, also with a genitive s and as it stands in an address; her numbers however they
    are spaced; her e-mail addresses, also disguised.
    """

    def __init__(self, known):
        self.emails = {email.lower() for email in known["emails"]}
        names = [name_pattern(name) for name in known["names"]]
        numbers = [number_pattern(number) for phone in known["phones"] if (number := phone_of(phone))]
        emails = [re.escape(email) for email in self.emails]
        words = [rf"(?<!\w)(?:{'|'.join([*names, *emails])})(?!\w)"] if names or emails else []
        self.pattern = re.compile("|".join([*words, *numbers]), re.IGNORECASE)
        self.is_sure = all(re.search(r"\w\W+\w", name) for name in known["names"])

    def found_in(self, text):
        """Tell whether a text or HTML names her, in what is read or in an address of a link."""
        text = unescape(text)
        read = TAG.sub(" ", text)
        if any(self.pattern.search(reading) for reading in {text, read, TAG.sub("", text)}):
            return True
        if not self.emails or not may_hold_address(read):
            return False
        return any(found.address.lower() in self.emails for found in find_addresses(read))

    def texts(self):
        """Return [(row, the address of its form), …] of what is there now. One query a model."""
        rows = []
        for model in kept_models():
            if model is not Role:  # its mailbox is told of separately
                names = text_fields(model)
                for row in model._base_manager.only(*names).order_by("pk"):
                    if self.found_in("\n".join(str(getattr(row, name)) for name in names)):
                        rows.append((row, address(model, "change", row.pk)))
        return rows

    def versions(self):
        """Yield every version, of what is there and of what is in the bin, that names her. One query."""
        kinds = Version.objects.none()
        for model in kept_models():
            kinds |= Version.objects.get_for_model(model)
        for version in kinds.order_by("pk").iterator():
            fields, names = kept_fields(version), text_fields(model_of(version))
            if self.found_in("\n".join(str(fields.get(name) or "") for name in names)):
                yield version

    def old_texts(self):
        """Return the OldTexts that versions() come from. One query more a model."""
        found = {}
        for version in self.versions():
            rows = found.setdefault(model_of(version), {})
            rows.setdefault(version.object_id, []).append(version.object_repr)
        return [old for model, rows in found.items() for old in old_texts_of(model, rows)]

    def delete_versions(self):
        """Delete every version that names her; return the names of the pictures that they had."""
        pictures, keys = set(), []
        for version in self.versions():
            keys.append(version.pk)
            pictures |= {kept_fields(version).get(field.name) for field in pictures_of(model_of(version))}
        Version.objects.filter(pk__in=keys).delete()
        return pictures - {"", None}


def old_texts_of(model, rows):
    there = {str(key) for key in model._base_manager.filter(pk__in=rows).values_list("pk", flat=True)}
    for key, names in rows.items():
        url = address(model, "history", key) if key in there else reverse("admin:bin")
        yield OldText(capfirst(model._meta.verbose_name), names[-1], len(names), url)


def kept_models():
    """Return the models of texts with a history: not her own, whose versions are erased with her."""
    found = set(reversion.get_registered_models()) - {Person, Assignment}
    return sorted(found, key=lambda model: model._meta.label)


def text_fields(model):
    return [
        field.name
        for field in model._meta.local_fields
        if isinstance(field, (models.CharField, models.TextField)) and field.name in model.kept.fields
    ]


def address(model, page, key):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[key])


def name_pattern(name):
    spellings = dict.fromkeys([name, slugify(name)])
    parts = [[re.escape(part) for part in re.split(r"[\W_]+", spelling) if part] for spelling in spellings]
    return f"(?:{'|'.join(APART.join(words) for words in parts if words) or re.escape(name)})(?:[:’']?s)?"


def number_pattern(number):
    digits = r"[\s()./–-]{0,3}".join(str(number.national_number))
    return rf"(?<!\d)(?:(?:\+|00)\s?{number.country_code}[\s()./–-]{{0,3}}(?:0[\s)]{{0,2}})?|0){digits}(?!\d)"
