"""Two people in one form: the later one sees both texts, and chooses. Nothing is locked.

The form carries a digest of the row as it was when the form was made (VERSION). When the row is
another by the time it is posted, nothing is saved: a page shows what differs, and what was chosen
goes back into the form, to be read and saved. What only one of the two has changed is brought
together without asking, and said.
"""

import hashlib
import json

from django import forms
from django.db import models
from reversion.models import Version

from versions.compare import label_of, names_of, root_of, shown_fields, two_sides, visible_text
from versions.forms import data_of_field, put, typed_value
from versions.history import person
from versions.inlines import merge_children
from versions.keeping import state_in, state_of
from versions.meeting import BOTH, THEIRS, Choice, Meeting
from versions.merging import regions

VERSION = "version"  # of the row that the form was made from
CHOSEN = "chosen"  # the version that choices were made against
NEW_FILE = object()  # like no text that can be typed
LOOK_BACK = 100  # versions, for the one that a form was made from


def digest(state):
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:32]


def meet(admin, request, row):
    """Return the Meeting of a posted form with a row that has changed since the form was made, else None."""
    seen = request.POST.get(VERSION, "")
    theirs = state_of(row)
    if not seen or seen == digest(theirs):
        return None
    chosen = request.POST if request.POST.get(CHOSEN) == digest(theirs) else {}
    meeting = Meeting(chosen=chosen, data=request.POST.copy())
    base = base_of(row, seen)
    add_fields(meeting, admin, request, row, base, theirs)
    merge_children(meeting, admin, request, row, base, theirs)
    meeting.data[VERSION] = digest(theirs)
    return meeting


def base_of(row, seen):
    """Return the state that a form with the digest `seen` was made from, or None."""
    for version in Version.objects.get_for_object(row).select_related("revision")[:LOOK_BACK]:
        state = state_in(version)
        if digest(state) == seen:
            return state
    return None


def others_since(row, user):
    """Return who last changed the row, as a sentence begins: "Anna Testsson", "Du själv", "Någon annan"."""
    newest = Version.objects.get_for_object(row).select_related("revision__user").first()
    other = newest.revision.user if newest else None
    if other is None:
        return "Någon annan"
    return "Du själv" if other == user else person(other)


def add_fields(meeting, admin, request, row, base, theirs):
    """Compare the form's fields with those of the row, and put what becomes of them into meeting.data."""
    model = type(row)
    names = names_of(model, theirs, base or {})
    old, now = root_of(model, base) if base else None, root_of(model, theirs)
    form_class = admin.get_form(request, row, change=True)
    bound = form_class(request.POST, request.FILES, instance=model._base_manager.get(pk=row.pk))
    unbound = form_class(instance=row)
    for name in shown_fields(model):
        if name not in bound.fields or bound.fields[name].disabled:
            continue
        sides = FieldSides(model, name, names, old and old.get(name), now.get(name), bound, request)
        if sides.same(sides.mine, sides.theirs):
            continue
        meeting.differs = True
        label = label_of(model, name)
        if old is not None and sides.same(sides.theirs, sides.base):
            meeting.told.append(f"{label}: din ändring är med.")
        elif old is not None and sides.same(sides.mine, sides.base):
            meeting.told.append(f"{label}: den andras ändring är med.")
            put(meeting.data, bound, name, data_of_field(unbound[name]))
        elif name in model.kept.pieces:
            put(
                meeting.data,
                bound,
                name,
                {bound[name].html_name: [merge_pieces(meeting, sides, name, label)]},
            )
        else:
            choice = Choice(name, label, *two_sides(sides.text(sides.theirs), sides.text(sides.mine)))
            if meeting.ask(choice) == THEIRS:
                put(meeting.data, bound, name, data_of_field(unbound[name]))


class FieldSides:
    """A field as it was, as the other left it, and as it was typed here."""

    def __init__(self, model, name, names, base, theirs, bound, request):
        self.model, self.name, self.names = model, name, names
        self.base, self.theirs = base, theirs
        self.mine = self.typed(bound[name], request)

    def typed(self, bound, request):
        if not isinstance(bound.field, forms.FileField):
            return typed_value(bound)
        if request.FILES.get(bound.html_name):
            return NEW_FILE
        cleared = f"{bound.html_name}-clear" in request.POST
        return "" if cleared else (self.theirs if self.base is None else self.base)

    def text(self, value):
        if isinstance(value, models.Model):
            return str(value)
        if value is NEW_FILE:
            return "En ny bild, som du valde här."
        try:
            text = visible_text(self.model, self.name, value, self.names)
        except (ValueError, TypeError, AttributeError, forms.ValidationError):  # not what the field takes
            text = str(value)
        return text

    def same(self, one, other):
        if pieces := self.model.kept.pieces.get(self.name):
            return pieces(one or "") == pieces(other or "")
        return self.text(one) == self.text(other)


def merge_pieces(meeting, sides, name, label):
    """Return the HTML of a text that both have changed, paragraph by paragraph."""
    pieces, show = sides.model.kept.pieces[name], sides.model.kept.shown[name]
    base = None if sides.base is None else pieces(sides.base)
    result, number, quiet = [], 0, False
    for region in regions(base, pieces(sides.theirs or ""), pieces(sides.mine or "")):
        if not region.is_conflict:
            quiet |= region.theirs != region.mine
            result += region.result
            continue
        number += 1
        theirs, mine = ("\n".join(show(piece) for piece in side) for side in (region.theirs, region.mine))
        note = "" if theirs != mine else "Orden är desamma: en länk, fetstil eller rubrik skiljer."
        both = bool(region.theirs and region.mine)
        choice = Choice(f"{name}:{number}", f"{label}, ställe {number}", *two_sides(theirs, mine), both, note)
        taken = {THEIRS: region.theirs, BOTH: [*region.theirs, *region.mine]}
        result += taken.get(meeting.ask(choice), region.mine)
    if quiet:
        meeting.told.append(f"{label}: ni har ändrat på olika ställen, och bådas ändringar är med.")
    return "".join(result)
