"""Personal-data search: where a person is named outside the person's own row.

In texts as they are now, in their older versions, in the trash, and in what is kept of the old site.
"""

import re
from dataclasses import dataclass
from html import unescape

import reversion
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst, slugify
from phonenumber_field.phonenumber import to_python as phone_of
from reversion.models import Version

from common.email_protection.detect import find_addresses, may_hold_address
from common.publishing.models import Proposal
from common.swedish import TAG
from common.versions.purge import file_fields
from common.versions.registry import model_of, serialized_fields
from contacts.models import Assignment, Person, Role
from moving.models import Imported

BETWEEN_NAMES = r"[\W_]{1,3}"  # what may stand between two names: a space, also a no-break one, or a hyphen


@dataclass
class OldText:
    """Older versions of one row that name the person."""

    kind: str
    name: str
    count: int
    url: str  # its history, or the trash when the row is deleted


class PersonalDataSearch:
    """Searches texts for a person, by what hgf_site.erasure.views.personal_data_of() returns.

    For the name in whole words, also with a genitive s and as it stands in a web address; for phone numbers
    however they are spaced; for e-mail addresses, also disguised ones.
    """

    def __init__(self, data):
        self.emails = {email.lower() for email in data["emails"]}
        names = [name_pattern(name) for name in data["names"]]
        numbers = [number_pattern(number) for phone in data["phones"] if (number := phone_of(phone))]
        emails = [re.escape(email) for email in self.emails]
        words = [rf"(?<!\w)(?:{'|'.join([*names, *emails])})(?!\w)"] if names or emails else []
        self.pattern = re.compile("|".join([*words, *numbers]), re.IGNORECASE)
        self.is_sure = all(re.search(r"\w\W+\w", name) for name in data["names"])

    def matches(self, text):
        """Tell whether a text or HTML names the person, in its words or in the address of a link."""
        text = unescape(text)
        spaced = TAG.sub(" ", text)
        if any(self.pattern.search(reading) for reading in {text, spaced, TAG.sub("", text)}):
            return True
        if not self.emails or not may_hold_address(spaced):
            return False
        return any(found.address.lower() in self.emails for found in find_addresses(spaced))

    def current_texts(self, others=()):
        """Return [(row, URL of its form), …] of the rows as they are now. One query a model.

        Of roles, whose mailboxes are listed separately, and of people only where `others` names the model.
        """
        rows = []
        for model in [*versioned_models(), *others]:
            if model is not Role or model in others:
                names = text_fields(model)
                for row in model._base_manager.only(*names).order_by("pk"):
                    if self.matches("\n".join(str(getattr(row, name)) for name in names)):
                        rows.append((row, admin_url(row, "change")))
        return rows

    def versions(self, others=()):
        """Yield every version that names the person, of existing and of deleted rows. One query."""
        kinds = Version.objects.none()
        for model in [*versioned_models(), *others]:
            kinds |= Version.objects.get_for_model(model)
        for version in kinds.order_by("pk").iterator():
            fields, names = serialized_fields(version), text_fields(model_of(version))
            if self.matches("\n".join(str(fields.get(name) or "") for name in names)):
                yield version

    def old_texts(self):
        """Return the OldTexts that versions() come from. One query more a model."""
        found = {}
        for version in self.versions():
            rows = found.setdefault(model_of(version), {})
            rows.setdefault(version.object_id, []).append(version.object_repr)
        kept = [
            OldText("Från den gamla webbplatsen", str(memory), 1, admin_url(memory, "change"))
            for memory in self.texts_of_old_site()
        ]
        trash = reverse("admin:trash")
        waiting = [
            OldText("Förslag", str(one), 1, admin_url(one.row, "change") if one.row else trash)
            for one in self.proposals()
        ]
        return [*kept, *waiting, *(old for model, rows in found.items() for old in old_texts_of(model, rows))]

    def texts_of_old_site(self):
        """Return the rows of the import whose kept text names the person. One query."""
        return [one for one in Imported.objects.exclude(old_text="") if self.matches(one.old_text)]

    def proposals(self):
        """Return the Proposals that name the person. One query, and one for each kind of row."""
        found = Proposal.objects.prefetch_related("row")
        return [one for one in found if self.matches("\n".join(map(str, one.fields.values())))]

    def delete_versions(self):
        """Delete every version and proposal that names the person; return the names of their pictures."""
        pictures, keys = set(), []
        for version in self.versions():
            keys.append(version.pk)
            pictures |= {
                serialized_fields(version).get(field.name) for field in file_fields(model_of(version))
            }
        Version.objects.filter(pk__in=keys).delete()
        Proposal.objects.filter(pk__in=[one.pk for one in self.proposals()]).delete()
        Imported.objects.filter(pk__in=[one.pk for one in self.texts_of_old_site()]).update(old_text="")
        return pictures - {"", None}


def old_texts_of(model, rows):
    existing = {str(key): row for key, row in model._base_manager.in_bulk(rows).items()}
    for key, names in rows.items():
        url = admin_url(existing[key], "history") if key in existing else reverse("admin:trash")
        yield OldText(capfirst(model._meta.verbose_name), names[-1], len(names), url)


def versioned_models():
    """Return the models with a history, but for the person's own, whose versions are erased anyway."""
    found = set(reversion.get_registered_models()) - {Person, Assignment}
    return sorted(found, key=lambda model: model._meta.label)


def text_fields(model):
    return [
        field.name
        for field in model._meta.local_fields
        if isinstance(field, (models.CharField, models.TextField))
        and field.name in model.revision_options.fields
    ]


def admin_url(row, page):
    """Return the page of a row's form or history; of one that is a part of another's form, that one's."""
    row = getattr(row, "edited_with", row)
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def name_pattern(name):
    spellings = dict.fromkeys([name, slugify(name)])
    parts = [[re.escape(part) for part in re.split(r"[\W_]+", spelling) if part] for spelling in spellings]
    found = "|".join(BETWEEN_NAMES.join(words) for words in parts if words)
    return f"(?:{found or re.escape(name)})(?:[:’']?s)?"


def number_pattern(number):
    digits = r"[\s()./–-]{0,3}".join(str(number.national_number))
    return rf"(?<!\d)(?:(?:\+|00)\s?{number.country_code}[\s()./–-]{{0,3}}(?:0[\s)]{{0,2}})?|0){digits}(?!\d)"
