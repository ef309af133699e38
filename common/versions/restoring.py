"""An older version put back as a new one, and deleted rows brought back."""

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import models, transaction
from reversion.models import Version

from common.versions.compare import label_of
from common.versions.registry import DELETION_COMMENT, model_of, rows_in, serialized_fields, state_in


class NotRestorable(Exception):
    """Why a version cannot be put back: `lines`, in Swedish, for the one who asked."""

    def __init__(self, lines):
        super().__init__(" ".join(lines))
        self.lines = lines


def with_fields(row, fields, skip=()):
    """Set a row's fields from JSON values; return lines, in Swedish, about what could not be had.

    A link to what no longer exists is left empty where it may be; a picture that is no longer
    there leaves the one that is. Raises NotRestorable for a link that may not be empty.
    """
    lines = []
    for name, value in fields.items():
        field = row._meta.get_field(name)
        if name in skip or field.primary_key or field.many_to_many or name in sizes_of_pictures(type(row)):
            continue
        if isinstance(field, models.FileField):
            if value and not default_storage.exists(value):
                lines.append(f"{label_of(type(row), name)}: filen finns inte kvar.")
                continue
            set_picture(row, field, value, fields)
        elif isinstance(field, models.ForeignKey):
            if value is not None and not field.related_model._base_manager.filter(pk=value).exists():
                lines.append(f"{label_of(type(row), name)} finns inte kvar.")
                if not field.null:
                    raise NotRestorable(lines)
                value = None
            setattr(row, field.attname, value)
        else:
            setattr(row, field.attname, field.to_python(value))
    return lines


def set_picture(row, field, value, fields):
    """Point a row at a stored picture without reading the file: its size is in the version too."""
    row.__dict__[field.name] = field.attr_class(row, field, value)
    for size in (field.width_field, field.height_field):
        setattr(row, size, fields.get(size))


def sizes_of_pictures(model):
    pictures = [field for field in model._meta.fields if isinstance(field, models.ImageField)]
    return {size for field in pictures for size in (field.width_field, field.height_field)}


def restored(version):
    """Return (row, lines): the row as it will be, not saved, and what could not be had.

    Raises NotRestorable when the row is not valid as it would be.
    """
    model = model_of(version)
    row = model._base_manager.get(pk=version.object_id)
    lines = with_fields(row, serialized_fields(version), skip=model.revision_options.never_restored)
    check(row)
    return row, lines


def check(row, exclude=()):
    """Raise NotRestorable unless the row is valid, but for the fields in `exclude`."""
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as refusal:
        raise NotRestorable(refusal.messages) from None


def restore_links(row, fields):
    """Link a saved row to the many that it was linked to; return lines about those that are gone."""
    lines = []
    for field in row._meta.many_to_many:
        if field.name in fields:
            there = field.related_model._base_manager.filter(pk__in=fields[field.name])
            getattr(row, field.name).set(there)
            if len(there) < len(fields[field.name]):
                lines.append(f"{label_of(type(row), field.name)}: allt finns inte kvar.")
    return lines


def restore_children(row, version):
    """Make the children and links of a row those of a version; return lines about what cannot be had."""
    state = state_in(version)
    lines = restore_links(row, serialized_fields(version))
    for name in type(row).revision_options.children:
        child = row._meta.get_field(name).related_model
        wanted = rows_in(state, child)
        for old in getattr(row, name).exclude(pk__in=wanted):
            old.delete()
        for key, fields in wanted.items():
            one = child._base_manager.filter(pk=key).first() or child(pk=key)
            lines += save_if_valid(one, fields)
    return lines


def save_if_valid(row, fields):
    """Save a row with fields of a version; return lines about what cannot be had, or why it is not saved."""
    try:
        lines = with_fields(row, fields)
        check(row, exclude=[row._meta.pk.name])
    except NotRestorable as refusal:
        return refusal.lines
    row.save()
    return lines


@transaction.atomic
def restore_deleted(version):
    """Save a deleted row as a version holds it, with what was deleted with it; return (row, lines).

    It gets its old key, so that its history goes on. Rows that lost their link to it get it
    back, unless they have another by now. Raises NotRestorable.
    """
    model = model_of(version)
    fields = serialized_fields(version)
    row = model(pk=version.object_id)
    lines = with_fields(row, fields)
    if getattr(row, "slug", "") and model._base_manager.filter(slug=row.slug).exists():
        row.slug = ""  # save() makes one that is free
        lines.append("Adressen används av en annan, så den får en ny.")
    check(row, exclude=[model._meta.pk.name])
    row.save(force_insert=True)
    lines += restore_links(row, fields)
    made = {name: fields[name] for name in ("created_at",) if name in fields}
    if made:
        model._base_manager.filter(pk=row.pk).update(**made)
    if version.revision.comment.startswith(DELETION_COMMENT):
        lines += restore_related(row, version)
    return row, lines


def restore_related(row, version):
    """Bring back what was deleted with a row, and the links to it that were emptied."""
    lines = []
    others = Version.objects.filter(revision=version.revision).exclude(pk=version.pk)
    for other in others:
        kind = model_of(other)
        fields = serialized_fields(other)
        links = [
            field
            for field in kind._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
            and field.related_model is type(row)
            and str(fields.get(field.name)) == version.object_id
        ]
        many = [
            field.name
            for field in kind._meta.many_to_many
            if field.related_model is type(row) and version.object_id in map(str, fields.get(field.name, ()))
        ]
        if not links and not many:
            continue
        there = kind._base_manager.filter(pk=other.object_id)
        if there.exists():
            for field in links:
                there.filter(**{field.name: None}).update(**{field.name: row})
            for name in many:
                getattr(there.get(), name).add(row)
        elif links:
            found = save_if_valid(kind(pk=other.object_id), fields)
            lines += [f"{other.object_repr}: {line}" for line in found]
    return lines
