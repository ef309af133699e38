"""The order of rows that people put in order: one way for buttons, keyboard, touch and dragging.

Every move is a POST of the form that the rows stand in, with "_move": "12:up", "12:down", or, when
a row was dragged (static/contacts/ordering.js), "12:before:7" or "12:after:7".
"""

import re
from contextlib import nullcontext

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, Window
from django.db.models.functions import RowNumber
from django.forms import Script
from django.http import HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from common.versions.registry import revision_block

MOVE = re.compile(r"([0-9]{1,18}):(?:(up|down)|(before|after):([0-9]{1,18}))\Z")


def siblings(row, within):
    """Return the rows that `row` is ordered among, itself too: those equal to it in the fields `within`."""
    return type(row)._default_manager.filter(**{name: getattr(row, name) for name in within})


def last_place(row, within):
    """Return the number that puts `row` after all others."""
    others = siblings(row, within).exclude(pk=row.pk)
    return (others.aggregate(last=Max("order"))["last"] or 0) + 1


def move(text, rows, within, user=None):
    """Carry out a move, given as the POST gives it, on a row of the queryset `rows`.

    Numbers all its siblings from 1, so that equal numbers are no trouble. What makes no sense, or is
    gone by now, moves nothing. With a `user` it is a revision of that user's; without one it is a part of the
    change that is being made.
    """
    match = MOVE.match(text)
    row = match and rows.filter(pk=match[1]).first()
    if not row:
        return
    with transaction.atomic():
        before = list(siblings(row, within).select_for_update(of=["self"]))
        after = moved(before, row, *match.groups()[1:])
        changed = [(one, place) for place, one in enumerate(after, 1) if one.order != place]
        rows = [one for one, _ in changed]
        with revision_block(user, "Ändrade ordningen.", *rows) if user else nullcontext():
            for one, place in changed:
                one.order = place
                one.save(update_fields=["order"])


def moved(rows, row, step, side, target):
    """Return the list `rows` with `row` one step up or down, or at that side of the row with key `target`."""
    rest = [one for one in rows if one.pk != row.pk]
    place = rows.index(row) if row in rows else len(rest)
    if step:
        place += 1 if step == "down" else -1
    else:
        keys = [str(one.pk) for one in rest]
        if target in keys:
            place = keys.index(target) + (side == "after")
    place = max(place, 0)
    return [*rest[:place], row, *rest[place:]]


def with_ends(queryset, within, ordering):
    """Let each row know whether it stands first or last among those in the queryset, for move_buttons()."""
    peers = {"partition_by": list(within)} if within else {}
    return queryset.annotate(
        place=Window(RowNumber(), order_by=list(ordering), **peers), places=Window(Count("pk"), **peers)
    )


def move_buttons(row, within):
    """Return the two buttons of a row, as safe HTML, for a column of the form that it stands in.

    The button of a row from with_ends() that would move nothing sends nothing. It can still have
    the keyboard's focus, which therefore stays where it is when "Upp" is pressed until the row is first.
    """
    idle = mark_safe('type="button" aria-disabled="true"')
    active = mark_safe('type="submit"')
    place = getattr(row, "place", None)
    scope = "-".join(str(getattr(row, f"{name}_id", getattr(row, name))) for name in within)
    return format_html(
        '<span class="order-buttons" data-row="{pk}" data-scope="{scope}">'
        '<button {up} class="button" name="_move" value="{pk}:up" id="upp-{pk}"'
        ' aria-label="Flytta upp: {row}">Upp</button> '
        '<button {down} class="button" name="_move" value="{pk}:down" id="ner-{pk}"'
        ' aria-label="Flytta ner: {row}">Ner</button></span>',
        up=idle if place == 1 else active,
        down=idle if place and place == row.places else active,
        pk=row.pk,
        scope=scope,
        row=row,
    )


def back_to_row(url, text):
    """Redirect to `url` at the button that was pressed, which then has the focus again."""
    key, _, way = text.partition(":")
    return HttpResponseRedirect(f"{url}#{'ner' if way == 'down' else 'upp'}-{key}")


class OrderedAdmin(admin.ModelAdmin):
    """A list that shows its rows in their order, and changes it; new rows come last.

    `order_within`: the fields whose value rows share that are ordered among themselves.
    """

    order_within = ()
    sortable_by = ()  # in a list sorted otherwise "Upp" would mean something else

    class Media:
        css = {"all": ["contacts/admin.css"]}
        js = [Script("contacts/ordering.js", defer=True)]

    def get_search_results(self, request, queryset, search_term):
        """Of the list, with or without a word to look for; PostgreSQL locks no row that knows its place."""
        rows, may_repeat = super().get_search_results(request, queryset, search_term)
        ordering = self.get_ordering(request) or self.opts.ordering
        return with_ends(rows, self.order_within, ordering), may_repeat

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        may_move = self.has_change_permission(request) and not request.GET.get("q")
        return [*shown[:1], "move_buttons", *shown[1:]] if may_move else shown

    @admin.display(description="Ordning")
    def move_buttons(self, row):
        return move_buttons(row, self.order_within)

    def changelist_view(self, request, extra_context=None):
        if request.method == "POST" and "_move" in request.POST:
            if not self.has_change_permission(request):
                raise PermissionDenied
            move(request.POST["_move"], self.get_queryset(request), self.order_within, request.user)
            return back_to_row(request.get_full_path(), request.POST["_move"])
        return super().changelist_view(request, extra_context)

    def save_model(self, request, obj, form, change):
        if not change or set(self.order_within) & set(form.changed_data):
            obj.order = last_place(obj, self.order_within)
        super().save_model(request, obj, form, change)
