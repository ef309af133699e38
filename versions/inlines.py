"""The rows inside a form (the holders of a role), when two people have changed them."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models

from versions.compare import child_text, children_label, names_of, two_sides
from versions.forms import data_of, typed_value
from versions.keeping import is_versioned
from versions.meeting import THEIRS, Choice

GONE = "Borttagen"


@dataclass
class Row:
    """A row as it was typed: `key` is "" for a new one, `data` is {field: [value, …]}."""

    key: str
    data: dict
    text: str  # as a person reads it; GONE when she took it away


def merge_children(meeting, admin, request, row, base, theirs):
    """Compare the rows of each formset with those in the database; put what they become into meeting.data."""
    names = names_of(type(row), theirs, base or {})
    for FormSet, inline in admin.get_formsets_with_inlines(request, row):
        prefix = FormSet.get_default_prefix()
        if f"{prefix}-TOTAL_FORMS" in request.POST and is_versioned(FormSet.model):
            options = {"instance": row, "prefix": prefix, "queryset": inline.get_queryset(request)}
            bound = FormSet(data=request.POST, files=request.FILES, **options)
            kept = merge_formset(meeting, type(row), bound, FormSet(**options), base, theirs, names)
            write(meeting.data, bound, kept)


def merge_formset(meeting, model, bound, unbound, base, theirs, names):
    """Return the Rows that the formset is to have."""
    child, parent = bound.model, bound.fk.name
    old, now = (texts_in(state, child, bound, names) for state in (base or {}, theirs))
    label = children_label(model, bound.fk.remote_field.get_accessor_name())
    stored = {str(form.instance.pk): data_of_row(form, data_of(form)) for form in unbound.initial_forms}
    mine = rows_typed(bound, child, parent, names)
    kept = []

    def theirs_of(key):  # none when it is gone, or no longer among those that the form shows
        return [Row(key, stored[key], now[key])] if key in stored else []

    for one in mine:
        now_text, old_text = now.get(one.key, GONE), old.get(one.key)
        if not one.key:
            if one.text not in [
                text for key, text in now.items() if key not in old
            ]:  # else it is there already
                meeting.differs = True
                meeting.told.append(f"{label}: {one.text}, som du lade till, är med.")
                kept.append(one)
        elif one.text == now_text:
            kept += theirs_of(one.key)
        elif now_text == old_text:
            meeting.differs = True
            kept.append(one)
            meeting.told.append(f"{label}: din ändring av {old_text} är med.")
        elif one.text == old_text:
            meeting.differs = True
            kept += theirs_of(one.key)
            meeting.told.append(f"{label}: den andras ändring av {old_text} är med.")
        else:
            meeting.differs = True
            choice = Choice(f"{bound.prefix}:{one.key}", label, *two_sides(now_text, one.text))
            if meeting.ask(choice) == THEIRS:
                kept += theirs_of(one.key)
            else:
                kept.append(one if one.key in stored else Row("", one.data, one.text))
    typed = {one.key for one in mine}
    for key, text in now.items():
        if key not in typed and key in stored:
            meeting.told.append(f"{label}: {text}, som den andra lade till, är med.")
            kept.append(Row(key, stored[key], text))
    return kept


def texts_in(state, child, formset, names):
    """Return {key: text} of the children in a state, of the fields that the formset has."""
    start = f"{child._meta.label_lower} "
    return {
        key.removeprefix(start): child_text(child, in_form(fields, formset), formset.fk.name, names)
        for key, fields in state.items()
        if key.startswith(start)
    }


def in_form(fields, formset):
    return {name: value for name, value in fields.items() if name in formset.form.base_fields}


def rows_typed(formset, child, parent, names):
    rows = []
    for form in formset.forms:
        data = data_of_row(form, formset.data)
        key = "".join(data.get(child._meta.pk.name, []))
        if not key and not form.has_changed():
            continue
        text = GONE if "DELETE" in data else text_typed(form, child, parent, names)
        if key or text != GONE:
            rows.append(Row(key, data, text))
    return rows


def text_typed(form, child, parent, names):
    fields, names = {}, dict(names)
    for bound in form:
        value = typed_value(bound)
        if isinstance(value, models.Model):
            names[type(value), str(value.pk)] = str(value)
            value = value.pk
        fields[bound.name] = value
    fields = {name: value for name, value in fields.items() if name in child.kept.fields}
    try:
        return child_text(child, fields, parent, names)
    except (ValueError, TypeError, ValidationError):  # not what the field takes
        return ", ".join(str(value) for value in fields.values() if value)


def data_of_row(form, data):
    """Return {field: [value, …]} of one form of a formset, from data with its prefix."""
    start = f"{form.prefix}-"
    get = getattr(data, "getlist", data.get)
    return {name.removeprefix(start): get(name) for name in data if name.startswith(start)}


def write(data, formset, rows):
    """Put rows into a QueryDict in place of those of the formset: those in the database first."""
    prefix = formset.prefix
    for name in [name for name in data if name.startswith(f"{prefix}-")]:
        if name.removeprefix(f"{prefix}-").split("-")[0].isdecimal():
            del data[name]
    rows = [*(row for row in rows if row.key), *(row for row in rows if not row.key)]
    for number, row in enumerate(rows):
        for name, values in row.data.items():
            data.setlist(f"{prefix}-{number}-{name}", values)
        data[f"{prefix}-{number}-{formset.model._meta.pk.name}"] = row.key
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    data[f"{prefix}-INITIAL_FORMS"] = str(sum(bool(row.key) for row in rows))
