"""Two people in one form: the later one sees both texts, and chooses. Nothing is locked.

The form carries a digest of the row as it was when the form was made (VERSION). When the row is
another by the time it is posted, nothing is saved: a page shows what differs, field by field, and
what was chosen goes back into the form, to be read and saved. What only one of the two has changed
is taken without asking, and said. The rows inside a form are one field: all mine, or all theirs.
"""

import hashlib
import json
from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from reversion.models import Version

from common.richtext.fields import RichTextField
from common.versions.compare import (
    Side,
    child_text,
    children_label,
    displayed_text,
    label_of,
    names_of,
    root_of,
    shown_fields,
    two_sides,
)
from common.versions.forms import data_of, data_of_field, put, put_rows, row_data, typed_value
from common.versions.history import person
from common.versions.registry import is_versioned, rows_in, state_in

VERSION = "version"  # of the row that the form was made from
CHOSEN = "chosen"  # the version that choices were made against
NEW_FILES = "new_files"  # the fields for which a file was chosen: the page of choices carries no file
CHOOSE_ALL = "all"  # the buttons that choose one whole
MINE, THEIRS, BOTH = "mine", "theirs", "both"
NEW_FILE = object()  # equals no text that can be typed
LOOK_BACK = 100  # versions, for the one that a form was made from


def state_digest(state):
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:32]


@dataclass
class Choice:
    """A field that both have changed."""

    name: str
    label: str
    theirs: Side
    mine: Side
    both: bool = False  # may be had one after the other
    note: str = ""

    @property
    def key(self):
        """The name of its radio buttons, which no field of a form has."""
        return f"val:{self.name}"


@dataclass
class EditConflict:
    """What the later of two is asked, and what the form becomes."""

    chosen: dict  # what was chosen, by key
    data: object  # the QueryDict of the form as it becomes
    choices: list[Choice] = field(default_factory=list)
    auto_merged: list[str] = field(default_factory=list)  # what needed no choice, as sentences
    differs: bool = False  # whether the form says anything else than the row
    is_decided: bool = True  # whether every choice has been made

    def settle(self, name, label, sides, base_known, ask):
        """Return whose value a field takes: MINE, THEIRS or BOTH. `sides`: base, theirs, mine, to compare."""
        base, theirs, mine = sides
        if mine == theirs:
            return THEIRS
        self.differs = True
        if base_known and theirs == base:
            self.auto_merged.append(f"{label}: din ändring är med.")
            return MINE
        if base_known and mine == base:
            self.auto_merged.append(f"{label}: den andras ändring är med.")
            return THEIRS
        choice = ask()
        self.choices.append(choice)
        chosen = self.chosen.get(CHOOSE_ALL) or self.chosen.get(choice.key)
        if chosen in (MINE, THEIRS) or (chosen == BOTH and choice.both):
            return chosen
        self.is_decided = False
        return MINE


def edit_conflict(admin, request, row, theirs):
    """Return the EditConflict of a posted form with a row that was saved since the form was made, else None.

    `theirs`: the state of the row as it is saved now.
    """
    seen = request.POST.get(VERSION, "")
    if not seen or seen == state_digest(theirs):
        return None
    chosen = request.POST if request.POST.get(CHOSEN) == state_digest(theirs) else {}
    conflict = EditConflict(chosen, request.POST.copy())
    base = base_of(row, seen)
    names = names_of(type(row), theirs, base or {})
    settle_fields(conflict, admin, request, row, base, theirs, names)
    for FormSet, inline in admin.get_formsets_with_inlines(request, row):
        if f"{FormSet.get_default_prefix()}-TOTAL_FORMS" in request.POST and is_versioned(FormSet.model):
            queryset = inline.get_queryset(request)
            settle_rows(conflict, FormSet, queryset, request, row, base, theirs, names)
    conflict.data[VERSION] = state_digest(theirs)
    return conflict


def base_of(row, seen):
    """Return the state that a form with the digest `seen` was made from, or None."""
    for version in Version.objects.get_for_object(row).select_related("revision")[:LOOK_BACK]:
        state = state_in(version)
        if state_digest(state) == seen:
            return state
    return None


def last_editor(row, user):
    """Return who last changed the row, as a sentence begins: "Anna Testsson", "Du själv", "Någon annan"."""
    newest = Version.objects.get_for_object(row).select_related("revision__user").first()
    other = newest.revision.user if newest else None
    if other is None:
        return "Någon annan"
    return "Du själv" if other == user else person(other)


# --- The fields of the form ---


def settle_fields(conflict, admin, request, row, base, theirs, names):
    """Compare the form's fields with those of the row, and put what becomes of them into conflict.data."""
    model = type(row)
    old, now = root_of(model, base or {}), root_of(model, theirs)
    form_class = admin.get_form(request, row, change=True)
    bound = form_class(request.POST, request.FILES, instance=model._base_manager.get(pk=row.pk))
    unbound = form_class(instance=row)
    for name in shown_fields(model):
        if name not in bound.fields or bound.fields[name].disabled:
            continue
        is_rich = isinstance(model._meta.get_field(name), RichTextField)
        values = [old.get(name), now.get(name), None]
        values[2] = typed(bound[name], request, values[1] if base is None else values[0])
        texts = [displayed_value(model, name, value, names) for value in values]
        sides = [value or "" for value in values] if is_rich else texts  # as stored: a link is a change too

        def choice(name=name, is_rich=is_rich, values=values, texts=texts):
            note = "Orden är desamma: en länk, fetstil eller rubrik skiljer." if texts[1] == texts[2] else ""
            both = bool(is_rich and values[1] and values[2])
            return Choice(name, label_of(model, name), *two_sides(*texts[1:]), both, note)

        taken = conflict.settle(name, label_of(model, name), sides, base is not None, choice)
        if taken == THEIRS:
            put(conflict.data, bound, name, data_of_field(unbound[name]))
            remaining = [one for one in conflict.data.getlist(NEW_FILES) if one != bound[name].html_name]
            conflict.data.setlist(NEW_FILES, remaining)
        elif taken == BOTH:
            put(conflict.data, bound, name, {bound[name].html_name: [f"{values[1]}{values[2]}"]})


def typed(bound, request, unchanged):
    """Return the value of a posted field; `unchanged`: of a file field where no file was chosen."""
    if not isinstance(bound.field, forms.FileField):
        return typed_value(bound)
    new_files = {*request.FILES, *request.POST.getlist(NEW_FILES)}
    if bound.html_name in new_files or request.POST.get(f"{bound.html_name}-sent"):
        return NEW_FILE
    return "" if f"{bound.html_name}-clear" in request.POST else unchanged


def displayed_value(model, name, value, names):
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, models.QuerySet):
        return ", ".join(sorted(map(str, value)))
    if value is NEW_FILE:
        return "En ny bild, som du valde här."
    try:
        return displayed_text(model, name, value, names)
    except (ValueError, TypeError, AttributeError, ValidationError):  # not what the field takes
        return str(value)


# --- The rows inside the form (the holders of a role) ---


@dataclass
class InlineRow:
    key: str  # "" for a new one
    data: dict  # {field: [value, …]}
    text: str  # as a person reads it


def settle_rows(conflict, FormSet, queryset, request, row, base, theirs, names):
    """Compare the rows of a formset with the stored ones, and put what they become into conflict.data."""
    options = {"instance": row, "prefix": FormSet.get_default_prefix(), "queryset": queryset}
    bound = FormSet(data=request.POST, files=request.FILES, **options)
    now = texts_in(theirs, bound, names)
    stored = [
        InlineRow(key, row_data(form, data_of(form)), now[key])
        for form in FormSet(**options).initial_forms
        if (key := str(form.instance.pk)) in now
    ]
    posted = rows_typed(bound, names)
    mine = [one for one in posted if "DELETE" not in one.data]
    shown = {one.key for one in [*stored, *posted]}  # those of the past stand in no form
    old = [text for key, text in texts_in(base or {}, bound, names).items() if key in shown]
    sides = [old, [one.text for one in stored], [one.text for one in mine]]
    label = children_label(type(row), bound.fk.remote_field.get_accessor_name())

    def choice():
        return Choice(bound.prefix, label, *two_sides("\n".join(sides[1]), "\n".join(sides[2])))

    taken = conflict.settle(bound.prefix, label, [sorted(side) for side in sides], base is not None, choice)
    if taken == THEIRS:
        put_rows(conflict.data, bound, stored)
        return
    there = {one.key for one in stored}
    for one in posted:
        one.key = one.key if one.key in there else ""  # made anew, since it is gone
    mine = [one for one in posted if one.key or "DELETE" not in one.data]
    unwanted = [one for one in stored if one.key not in {other.key for other in posted}]
    for one in unwanted:
        one.data["DELETE"] = ["on"]
    put_rows(conflict.data, bound, [*mine, *unwanted])


def texts_in(state, formset, names):
    """Return {key: text} of the children in a state, of the fields that the formset has."""
    texts = {}
    for key, fields in rows_in(state, formset.model).items():
        shown = {name: value for name, value in fields.items() if name in formset.form.base_fields}
        texts[key] = child_text(formset.model, shown, formset.fk.name, names)
    return texts


def rows_typed(formset, names):
    rows = []
    for form in formset.forms:
        data = row_data(form, formset.data)
        key = "".join(data.get(formset.model._meta.pk.name, []))
        if key or (form.has_changed() and "DELETE" not in data):
            rows.append(InlineRow(key, data, text_typed(form, formset, names)))
    return rows


def text_typed(form, formset, names):
    fields, names = {}, dict(names)
    for bound in form:
        is_file = isinstance(bound.field, forms.FileField)
        value = str(bound.data or bound.initial or "") if is_file else typed_value(bound)
        if isinstance(value, models.Model):
            names[type(value), str(value.pk)] = str(value)
            value = value.pk
        if bound.name in formset.model.revision_options.fields:
            fields[bound.name] = value
    try:
        return child_text(formset.model, fields, formset.fk.name, names)
    except (ValueError, TypeError, ValidationError):  # not what the field takes
        return ", ".join(str(value) for value in fields.values() if value)
