"""What a version of a row holds, and when one is made: one revision a change, with who, when and what.

Every save and delete in the admin makes one (admin.py). Code outside it may write as it likes:
the next change in the admin first makes one of the rows as they then are, so the state before is never lost.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import reversion
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.db import transaction
from django.db.models.deletion import Collector
from django.dispatch import receiver
from reversion.models import Version
from reversion.signals import pre_revision_commit

from common.publishing.models import with_has

BEFORE_COMMENT = "Så såg det ut innan."  # was changed outside the admin, or never
DELETION_COMMENT = "Togs bort"  # how the comment of a deletion begins


@dataclass(frozen=True)
class RevisionOptions:
    """What a version of a model holds, and how it is displayed."""

    fields: tuple[str, ...]
    children: tuple[str, ...] = ()  # reverse relations whose rows belong to this one (the holders of a role)
    # Fields that restoring leaves as they are, lest residents be surprised: address, times, what is shown.
    never_restored: tuple[str, ...] = ()
    retention_months: int | None = None  # how long versions may be kept; None: for ever


def versioned(*, exclude=(), **options):
    """Decorate a model whose rows have versions, of all fields but `exclude`. Sets `Model.revision_options`.

    `options`: those of RevisionOptions, besides `fields`.
    """

    def register(model):
        own = [*model._meta.local_fields, *model._meta.local_many_to_many]
        written_first = sorted(own, key=lambda one: one.name in options.get("never_restored", ()))
        fields = tuple(one.name for one in written_first if one.name not in exclude)
        model.revision_options = RevisionOptions(fields, **options)
        return reversion.register(model, fields=fields, follow=model.revision_options.children)

    return register


@receiver(pre_revision_commit)
def serialize_as_stored(versions, **kwargs):
    """Let versions hold what the database does: a field may clean what it stores (rich text)."""
    models = {}
    for version in versions:
        models.setdefault(model_of(version), []).append(version)
    for model, those in models.items():
        many = [one.name for one in model._meta.many_to_many]
        rows = with_has(model._base_manager, *many).in_bulk([version.object_id for version in those])
        for version in those:
            row = rows[model._meta.pk.to_python(version.object_id)]
            version.serialized_data = serializers.serialize(
                "json", [row], fields=model.revision_options.fields
            )


def is_versioned(model):
    return reversion.is_registered(model)


@contextmanager
def revision_block(user, comment, *rows):
    """Make everything saved inside one revision, by `user`, in one transaction. Not to be nested.

        with revision_block(user, "Ändrade ordningen.", *roles):
            for role in roles: …; role.save()

    `comment` says in Swedish what was done. `rows`: those that are changed or deleted, and those whose
    children are: the state before gets a version too, where it has none. New rows need not be named.
    """
    with transaction.atomic():
        for row in rows:
            now = type(row)._base_manager.get(pk=row.pk)  # the caller may have changed its own already
            save_state_before(now, state_of(now))
        with reversion.create_revision(atomic=False):
            reversion.set_user(user)
            reversion.set_comment(comment)
            yield
            for row in rows:
                if now := type(row)._base_manager.filter(pk=row.pk).first():
                    reversion.add_to_revision(now)


def save_state_before(row, state):
    """Keep a row as it is in the database, `state`, unless its newest version says the same."""
    newest = Version.objects.get_for_object(row).select_related("revision").first()
    if newest is None or state_in(newest) != state:
        with reversion.create_revision(atomic=False):
            reversion.set_comment(BEFORE_COMMENT)
            reversion.add_to_revision(row)


def delete_with_revision(user, rows, delete):
    """Call `delete` after keeping the rows, and all that goes or is emptied with them, as one revision.

    Return the Revision, or None when there were no rows.
    """
    rows = list(rows)
    if not rows:
        return None
    with transaction.atomic():
        with reversion.create_revision(atomic=False):
            reversion.set_user(user)
            reversion.set_comment(
                f"{DELETION_COMMENT}: {', '.join(str(row) for row in rows[:3])}{' …' * (len(rows) > 3)}"
            )
            for row in touched_by_deletion(rows):
                reversion.add_to_revision(row)
        revision = Version.objects.get_for_object(rows[0]).select_related("revision").first().revision
        delete()
    return revision


def touched_by_deletion(rows):
    """Yield every row with versions that deleting `rows` deletes, and those that only lose a link to them."""
    collector = Collector(using=rows[0]._state.db)
    collector.collect(rows)
    gone = [*collector.data.values(), *collector.fast_deletes]
    emptied = [group for groups in collector.field_updates.values() for group in groups]
    seen, linked = set(), {}
    for row in chain(*gone, *emptied):
        if (
            owner := row._meta.auto_created
        ):  # a link of a ManyToManyField is a part of the row that has the field
            linked.setdefault(owner, set()).add(getattr(row, f"{owner._meta.model_name}_id"))
        elif is_versioned(type(row)) and row not in seen:
            seen.add(row)
            yield row
    for owner, keys in linked.items():
        if is_versioned(owner):
            yield from set(owner._base_manager.filter(pk__in=keys)) - seen


# --- The state of a row, and of a version of it, in the same form ---


def state_of(row):
    """Return {"contacts.role 3": {field: JSON value}, …} of a row just read, and of its children."""
    rows = [row]
    for name in type(row).revision_options.children:
        rows += getattr(row, name).all()
    return {key_of(one): fields_of(one) for one in rows}


def state_in(version):
    """Return the same as state_of(), of the row as a Version holds it."""
    model = model_of(version)
    state = {f"{model._meta.label_lower} {version.object_id}": serialized_fields(version)}
    names = model.revision_options.children
    others = version.revision.version_set.all() if names else ()
    for name in names:
        relation = model._meta.get_field(name)
        for child in others:
            if model_of(child) is relation.related_model:
                fields = serialized_fields(child)
                if str(fields[relation.field.name]) == version.object_id:
                    state[f"{relation.related_model._meta.label_lower} {child.object_id}"] = fields
    return state


def rows_in(state, model):
    """Return {key: fields} of the rows of a model in a state."""
    start = f"{model._meta.label_lower} "
    return {name.removeprefix(start): fields for name, fields in state.items() if name.startswith(start)}


def model_of(version):
    """Return the model of a Version, without a query."""
    return ContentType.objects.get_for_id(version.content_type_id).model_class()


def key_of(row):
    return f"{row._meta.label_lower} {row.pk}"


def fields_of(row):
    """Return {field: JSON value} of a row in memory, just as a version of it would hold them."""
    return json.loads(serializers.serialize("json", [row], fields=type(row).revision_options.fields))[0][
        "fields"
    ]


def serialized_fields(version):
    """Return {field: JSON value} of a Version, without fields that the model no longer has."""
    stored = json.loads(version.serialized_data)[0]["fields"]
    return {
        name: value for name, value in stored.items() if name in model_of(version).revision_options.fields
    }
