"""Two states of a row as a person sees them: field by field, as visible text."""

from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from phonenumber_field.modelfields import PhoneNumberField
from reversion.models import Version

from common.richtext.blocks import html_to_text
from common.richtext.fields import RichTextField
from common.swedish import phone_text
from common.versions.registry import rows_in
from common.versions.word_diff import TextPart, differences


class PictureName(str):
    """The file name of a picture, where the text of a value is asked for."""


@dataclass(frozen=True)
class Side:
    """A text as TextParts, or a picture: `picture` is its URL."""

    parts: list[TextPart]
    picture: str = ""


@dataclass(frozen=True)
class FieldDifference:
    name: str  # of the field, or of the relation to children
    label: str
    old: Side
    new: Side
    changed: bool


def compare(model, old, new):
    """Return the FieldDifferences of two states (registry.state_of, state_in) of a row of `model`."""
    names = names_of(model, old, new)
    fields, others = root_of(model, old), root_of(model, new)
    found = []
    for name in shown_fields(model):
        texts = [text_in(model, name, side, names) for side in (fields, others)]
        found.append(difference_of(name, label_of(model, name), *texts))
    for name in model.revision_options.children:
        texts = ["\n".join(children_texts(model, name, state, names)) for state in (old, new)]
        found.append(difference_of(name, children_label(model, name), *texts))
    return found


def difference_of(name, label, old, new):
    return FieldDifference(name, label, *two_sides(old, new), changed=old != new)


def two_sides(old, new):
    """Return the Sides of two texts, or of two of which one may be a PictureName."""
    if isinstance(old, PictureName) or isinstance(new, PictureName):
        return [Side(*picture_of(text, old != new)) for text in (old, new)]
    return [Side(parts) for parts in differences(old, new)]


def picture_of(text, changed):
    if not isinstance(text, PictureName):
        return ([TextPart(text, changed)] if text else []), ""
    if not default_storage.exists(text):
        return [TextPart("Bilden finns inte kvar.", changed)], ""
    return [], default_storage.url(text)


# --- What a person sees of a value ---


def shown_fields(model):
    return [
        name
        for name in model.revision_options.fields
        if model._meta.get_field(name).editable and not model._meta.get_field(name).primary_key
    ]


def label_of(model, name):
    return capfirst(model._meta.get_field(name).verbose_name)


def children_label(model, name):
    return capfirst(model._meta.get_field(name).related_model._meta.verbose_name_plural)


def root_of(model, state):
    """Return the fields of the row itself in a state; {} when the state is empty."""
    return next(iter(state.values()), {})


def text_in(model, name, fields, names):
    return displayed_text(model, name, fields[name], names) if name in fields else ""


def displayed_text(model, name, value, names):
    """Return what a person sees of a field's JSON value, a PictureName of a file; "" for nothing."""
    field = model._meta.get_field(name)
    if value in (None, ""):
        return ""
    match field:
        case models.FileField():
            return PictureName(value)
        case models.ForeignKey():
            return names.get((field.related_model, str(value)), "")
        case models.ManyToManyField():
            return ", ".join(sorted(names.get((field.related_model, str(key)), "") for key in value))
        case models.BooleanField():
            return "Ja" if value else "Nej"
        case models.DateTimeField():
            return date_format(timezone.localtime(field.to_python(value)), "DATETIME_FORMAT")
        case models.DateField():
            return date_format(field.to_python(value), "DATE_FORMAT")
        case models.TimeField():
            return time_format(field.to_python(value))
        case RichTextField():
            return html_to_text(value, as_written=True)
        case PhoneNumberField():
            return phone_text(field.to_python(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return str(field.to_python(value)).replace("\r\n", "\n").strip()


def children_texts(model, name, state, names):
    """Return a line for each child: "Test Testsson, från och med 1 mars 2026"."""
    relation = model._meta.get_field(name)
    child = relation.related_model
    return [
        child_text(child, fields, relation.field.name, names) for fields in rows_in(state, child).values()
    ]


def child_text(child, fields, parent, names):
    """Return a child's fields, JSON values, as one line, without what is as it is by itself."""
    words = []
    for name in shown_fields(child):
        field = child._meta.get_field(name)
        value = fields.get(name)
        if name != parent and value != field.get_default() and (value or value == 0):
            text = displayed_text(child, name, value, names)
            words.append(text if isinstance(field, models.ForeignKey) else f"{field.verbose_name} {text}")
    return ", ".join(words)


def names_of(model, *states):
    """Return {(model, key): name} of every row that a foreign key, or a link to many, in the states leads to.

    A query for each related model; one more for those that have been deleted since.
    """
    wanted = {}
    kinds = {model, *(model._meta.get_field(name).related_model for name in model.revision_options.children)}
    for kind in kinds:
        for field in kind._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.editable and field.related_model is not model:
                values = [row.get(field.name) for state in states for row in rows_in(state, kind).values()]
                keys = wanted.setdefault(field.related_model, set())
                keys |= {str(value) for value in values if value is not None}
        for field in kind._meta.many_to_many:
            lists = [row.get(field.name, ()) for state in states for row in rows_in(state, kind).values()]
            wanted.setdefault(field.related_model, set()).update(str(key) for keys in lists for key in keys)
    names = {}
    for related, keys in wanted.items():
        found = related._base_manager.in_bulk(keys) if keys else {}
        names |= {(related, str(key)): str(row) for key, row in found.items()}
        if gone := keys - {str(key) for key in found}:
            versions = Version.objects.get_for_model(related).filter(object_id__in=gone).order_by("pk")
            deleted = dict(versions.values_list("object_id", "object_repr"))
            names |= {(related, key): f"{deleted.get(key, 'Någon')} (borttagen)" for key in gone}
    return names
