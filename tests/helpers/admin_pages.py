"""Every address of the admin, found by itself: for tests that visit them all."""

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, reverse

from contacts.models import Handover, Person
from tests.helpers.admin_forms import make


def patterns(resolver=None):
    """Every URL pattern of the admin that has a name, however deep."""
    for pattern in resolver or admin.site.urls[0]:
        if not isinstance(pattern, URLPattern):
            yield from patterns(pattern.url_patterns)
        elif pattern.name:
            yield pattern


def named_addresses(rows):
    """Yield (name, address) of every page and button of the admin, for the rows."""
    for pattern in patterns():
        wanted = list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
        for arguments in arguments_for(pattern.name, wanted, rows):
            yield pattern.name, reverse(f"admin:{pattern.name}", args=arguments)


def arguments_for(name, wanted, rows):
    if not wanted:
        return [[]]
    if wanted == ["app_label"]:
        return [[label] for label in sorted({model._meta.app_label for model in rows})]
    if wanted == ["content_type_id", "object_id"]:
        return [
            [kind.pk, rows[model].pk]
            for model, kind in ContentType.objects.get_for_models(*rows).items()
            if hasattr(model, "get_absolute_url")
        ]
    if name in ("erase_person", "extract_person"):
        return [[rows[Person].pk]]
    if wanted == ["key"]:  # a button of the trash
        return [[1]]
    if wanted in (["object_id"], ["id"], ["object_id", "key"]):
        (row,) = (
            row for model, row in rows.items()
            if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_")
        )  # fmt: skip
        return [[row.pk, 1] if "key" in wanted else [row.pk]]
    if wanted == ["handover_id"]:
        return [[make(Handover).pk]]
    if wanted == ["token"]:  # of a link that sets up a second factor; it is nobody's
        return [["cs7k2p-0123456789abcdef"]]
    pytest.fail(f"say what {name} needs for {wanted}, so that its page can be visited")
