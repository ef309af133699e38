"""What is kept of a row, and when: one revision a change, with who, when and what in Swedish.

Every save and delete in the admin is kept (versions/admin.py). Code outside it may write as it likes:
the next change in the admin first keeps the rows as they then are, so the state before is never lost.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field

import reversion
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.db import transaction
from django.db.models.deletion import Collector
from django.dispatch import receiver
from reversion.models import Version
from reversion.signals import pre_revision_commit

BEFORE = "Så såg det ut innan."  # was changed outside the admin, or never
DELETED = "Togs bort"  # how the comment of a deletion begins


@dataclass(frozen=True)
class Kept:
    """What versions of a model hold, and how they are shown: the arguments of `versioned`."""

    fields: tuple[str, ...]
    children: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    shown: dict = field(default_factory=dict)
    pieces: dict = field(default_factory=dict)
    months: int | None = None


def versioned(*, exclude=(), children=(), stays=(), shown=None, pieces=None, months=None):
    """Decorate a model whose rows are kept. Sets `Model.kept`.

    `exclude`: fields that are made from others or are no text of anybody's. `children`: reverse
    relations whose rows are a part of this one, as its form shows it (the holders of a role).
    `stays`: fields that an older version never puts back, because residents would be surprised:
    the address, the time of publication, whether a number shows. `shown`: {field: function}, from a
    value to the plain text that a person sees of it. `pieces`: {field: function}, from a value to the
    list of strings it is made of, for a text of which somebody may want a part. `months`: how long
    versions may be kept (versions.tidying.delete_old_versions); None is for ever.
    """

    def register(model):
        fields = tuple(one.name for one in model._meta.local_fields if one.name not in exclude)
        model.kept = Kept(fields, tuple(children), tuple(stays), shown or {}, pieces or {}, months)
        return reversion.register(model, fields=fields, follow=children)

    return register


@receiver(pre_revision_commit)
def as_in_the_database(versions, **kwargs):
    """Let versions hold what the database does: a field may clean what it stores (rich text)."""
    models = {}
    for version in versions:
        models.setdefault(model_of(version), []).append(version)
    for model, those in models.items():
        rows = model._base_manager.in_bulk([version.object_id for version in those])
        for version in those:
            row = rows[model._meta.pk.to_python(version.object_id)]
            version.serialized_data = serializers.serialize("json", [row], fields=model.kept.fields)


def is_versioned(model):
    return reversion.is_registered(model)


@contextmanager
def one_change(user, comment, *rows):
    """Everything saved inside is one revision, by `user`, and one transaction.

    `comment` says in Swedish what was done. `rows` are those about to be changed or deleted: they are
    kept first as they are, where no version says so, and with their children as they are afterwards:
    name the roles whose holders change. Rows made inside need not be named. May not stand inside
    another one_change.
    """
    with transaction.atomic():
        keep_state_before(*rows)
        with reversion.create_revision():
            reversion.set_user(user)
            reversion.set_comment(comment)
            yield
            for row in rows:
                if now := type(row)._base_manager.filter(pk=row.pk).first():
                    reversion.add_to_revision(now)


def keep_state_before(*rows):
    """Keep each saved row as it is in the database, unless its newest version says the same."""
    for row in rows:
        newest = Version.objects.get_for_object(row).select_related("revision").first()
        if newest is None or state_in(newest) != state_of(row):
            with reversion.create_revision():
                reversion.set_comment(BEFORE)
                reversion.add_to_revision(type(row)._base_manager.get(pk=row.pk))


def delete_and_keep(user, rows, delete):
    """Call `delete` after keeping the rows, and all that goes or is emptied with them, as one revision.

    Return the Revision, or None when there were no rows.
    """
    rows = list(rows)
    if not rows:
        return None
    with transaction.atomic():
        with reversion.create_revision():
            reversion.set_user(user)
            reversion.set_comment(
                f"{DELETED}: {', '.join(str(row) for row in rows[:3])}{' …' * (len(rows) > 3)}"
            )
            for row in touched_by_deletion(rows):
                reversion.add_to_revision(row)
        revision = Version.objects.get_for_object(rows[0]).select_related("revision").first().revision
        delete()
    return revision


def touched_by_deletion(rows):
    """Yield every kept row that deleting `rows` deletes, and those that only lose a link to them."""
    collector = Collector(using=rows[0]._state.db)
    collector.collect(rows)
    gone = [*collector.data.values(), *collector.fast_deletes]
    emptied = [group for groups in collector.field_updates.values() for group in groups]
    seen = set()
    for group in [*gone, *emptied]:
        for row in group:
            if is_versioned(type(row)) and row not in seen:
                seen.add(row)
                yield row


# --- The state of a row, and of a version of it, in the same form ---


def state_of(row):
    """Return {"contacts.role 3": {field: JSON value}, …} of a row in the database and its children."""
    row = type(row)._base_manager.get(pk=row.pk)
    rows = [row]
    for name in type(row).kept.children:
        rows += getattr(row, name).all()
    return {key_of(one): fields_of(one) for one in rows}


def state_in(version):
    """Return the same as state_of(), of the row as a Version holds it."""
    model = model_of(version)
    state = {f"{model._meta.label_lower} {version.object_id}": kept_fields(version)}
    for name in model.kept.children:
        relation = model._meta.get_field(name)
        for child in version.revision.version_set.all():
            if model_of(child) is relation.related_model:
                fields = kept_fields(child)
                if str(fields[relation.field.name]) == version.object_id:
                    state[f"{relation.related_model._meta.label_lower} {child.object_id}"] = fields
    return state


def model_of(version):
    """Return the model of a Version, without a query."""
    return ContentType.objects.get_for_id(version.content_type_id).model_class()


def key_of(row):
    return f"{row._meta.label_lower} {row.pk}"


def fields_of(row):
    """Return {field: JSON value} of a row in memory, just as a version of it would hold them."""
    return json.loads(serializers.serialize("json", [row], fields=type(row).kept.fields))[0]["fields"]


def kept_fields(version):
    """Return {field: JSON value} of a Version, without fields that the model no longer has."""
    stored = json.loads(version.serialized_data)[0]["fields"]
    return {name: value for name, value in stored.items() if name in model_of(version).kept.fields}
