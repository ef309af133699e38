"""An older version put back as a new one, and deleted rows brought back."""

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import models, transaction
from reversion.models import Version

from versions.compare import label_of
from versions.keeping import DELETED, kept_fields, model_of, state_in


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
        if name in skip or field.primary_key or name in sizes_of_pictures(type(row)):
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
    lines = with_fields(row, kept_fields(version), skip=model.kept.stays)
    check(row)
    return row, lines


def check(row):
    try:
        row.full_clean()
    except ValidationError as refusal:
        raise NotRestorable(refusal.messages) from None


def restore_children(row, version):
    """Make the children of a row those of a version; return lines about those that cannot be had."""
    lines = []
    state = state_in(version)
    for name in type(row).kept.children:
        child = row._meta.get_field(name).related_model
        wanted = {
            key.split()[1]: fields
            for key, fields in state.items()
            if key.startswith(f"{child._meta.label_lower} ")
        }
        for old in getattr(row, name).exclude(pk__in=wanted):
            old.delete()
        for key, fields in wanted.items():
            one = child._base_manager.filter(pk=key).first() or child(pk=key)
            try:
                lines += with_fields(one, fields)
                one.full_clean(exclude=[child._meta.pk.name])
            except (NotRestorable, ValidationError) as refusal:
                lines += getattr(refusal, "lines", None) or refusal.messages
            else:
                one.save()
    return lines


@transaction.atomic
def bring_back(version):
    """Save a deleted row as a version holds it, with what was deleted with it; return (row, lines).

    It gets its old key, so that its history goes on. Rows that lost their link to it get it
    back, unless they have another by now. Raises NotRestorable.
    """
    model = model_of(version)
    fields = kept_fields(version)
    row = model(pk=version.object_id)
    lines = with_fields(row, fields)
    if getattr(row, "slug", "") and model._base_manager.filter(slug=row.slug).exists():
        row.slug = ""  # save() makes one that is free
        lines.append("Adressen används av en annan, så den får en ny.")
    check_new(row)
    row.save(force_insert=True)
    made = {name: fields[name] for name in ("created_at",) if name in fields}
    if made:
        model._base_manager.filter(pk=row.pk).update(**made)
    if version.revision.comment.startswith(DELETED):
        lines += bring_back_with(row, version)
    return row, lines


def check_new(row):
    try:
        row.full_clean(exclude=[row._meta.pk.name])
    except ValidationError as refusal:
        raise NotRestorable(refusal.messages) from None


def bring_back_with(row, version):
    """Bring back what was deleted with a row, and the links to it that were emptied."""
    lines = []
    others = Version.objects.filter(revision=version.revision).exclude(pk=version.pk)
    for other in others:
        kind = model_of(other)
        fields = kept_fields(other)
        links = [
            field
            for field in kind._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
            and field.related_model is type(row)
            and str(fields.get(field.name)) == version.object_id
        ]
        if not links:
            continue
        there = kind._base_manager.filter(pk=other.object_id)
        if there.exists():
            for field in links:
                there.filter(**{field.name: None}).update(**{field.name: row})
        else:
            child = kind(pk=other.object_id)
            try:
                lines += with_fields(child, fields)
                check_new(child)
            except NotRestorable as refusal:
                lines += [f"{other.object_repr}: {line}" for line in refusal.lines]
            else:
                child.save(force_insert=True)
    return lines
