"""Who takes over which role, from which day: the rules, as plain functions without page or form.

A term is an Assignment, and both its days belong to it. On the day of a change
- a holder who leaves had the day before as the last day; a term that began no earlier is deleted,
- a holder who stays keeps the term, with the last day that was decided, or none,
- a new holder gets a term from that day; a later term of that person in the role begins then instead.
Terms of other people that begin after the day are left alone; the preview lists them.

A Handover records every term before and after. It is undone as a whole or not at all: when a term has
been changed since, nothing is written, and the user reads which. The versions
(common/versions/registry.py) cannot do this: they record how one role looked, not which changes belong
together. Both are written in the same transaction.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from common.versions.registry import revision_block
from contacts.handover.texts import Names
from contacts.models import Assignment, Handover, Person, Role

ONE_DAY = timedelta(days=1)


@dataclass
class Seat:
    """One person in one role at the time of a change, with the terms that say so (often one)."""

    role: Role
    person: Person
    terms: list[Assignment]

    @property
    def last_term(self):
        """The term that ends last: the one that is prolonged when the person stays."""
        return max(self.terms, key=lambda term: (term.ends_on or date.max, term.pk))

    @property
    def ends_on(self):
        return self.last_term.ends_on

    def has_lapsed(self, day):
        """Tell whether the term ends before `day`: a seat held the day before, but not on it."""
        return self.ends_on is not None and self.ends_on < day


@dataclass
class Decision:
    """What happens to one role from the day of a change. Seats that are not named stay as they are.

    `staying`: pairs of a Seat and its new last day (None: until further notice). `joining`: pairs of
    a Person, saved or not, who has no seat in the role, and the last day. `changed`: those of them who
    are saved, and whose number or address in memory is another one.
    """

    role: Role
    leaving: list[Seat] = field(default_factory=list)
    staying: list[tuple[Seat, date | None]] = field(default_factory=list)
    joining: list[tuple[Person, date | None]] = field(default_factory=list)
    changed: list[Person] = field(default_factory=list)


class NotReversible(Exception):
    """A change can no longer be undone (or made again) as a whole. `reasons`: Swedish sentences."""

    def __init__(self, reasons):
        super().__init__(*reasons)
        self.reasons = reasons


def seats_on(roles, day):
    """Return {role key: [Seat, …]}: who holds each role on `day`, or held it until the day before."""
    found = {role.pk: {} for role in roles}
    by_key = {role.pk: role for role in roles}
    holds = Q(starts_on__isnull=True) | Q(starts_on__lte=day)
    held = Q(ends_on__isnull=True) | Q(ends_on__gte=day - ONE_DAY)
    terms = Assignment.objects.filter(holds, held, role__in=found).select_related("person")
    for term in terms.order_by("order", "person__name", "id"):
        people = found[term.role_id]
        seat = people.setdefault(term.person_id, Seat(by_key[term.role_id], term.person, []))
        seat.terms.append(term)
    return {key: list(people.values()) for key, people in found.items()}


def later_terms(roles, day):
    """Return the terms in the roles that begin after `day`, the first one first."""
    terms = Assignment.objects.filter(role__in=roles, starts_on__gt=day)
    return list(terms.select_related("person", "role").order_by("starts_on", "role__order", "id"))


def fingerprint(roles):
    """Return a text that differs when any term in the roles, or a holder's name, has been changed."""
    terms = Assignment.objects.filter(role__in=roles).order_by("pk")
    return "/".join(
        map(str, terms.values_list("pk", "role", "person", "person__name", "starts_on", "ends_on"))
    )


def lock(roles):
    """Lock the roles' rows until this transaction ends."""
    list(Role.objects.select_for_update().filter(pk__in=[role.pk for role in roles]).order_by("pk"))


@transaction.atomic
def hand_over(day, decisions, user, title):
    """Carry out the Decisions from the date `day`. Returns the Handover, or None if they change nothing.

    `title`: what is done, in Swedish, for the list of changes. People who are not saved are saved.
    """
    roles = [decision.role for decision in decisions]
    changed = [person for decision in decisions for person in decision.changed]
    lock(roles)
    with revision_block(user, f"{title}.", *roles, *changed):
        for person in changed:
            person.save()
        steps = [change for decision in decisions for change in carry_out(decision, day)]
        steps = [change for change in steps if change["before"] != change["after"]]
        if not steps:
            return None
        return Handover.objects.create(title=title, day=day, made_by=user, steps=steps)


def carry_out(decision, day):
    """Change the terms of one role; yield {"key", "before", "after"} for each."""
    for seat in decision.leaving:
        for term in seat.terms:
            before, key = term_snapshot(term), term.pk
            if term.starts_on and term.starts_on >= day:
                term.delete()
                yield step(key, before, None)
            elif term.ends_on is None or term.ends_on >= day:
                term.ends_on = day - ONE_DAY
                term.save()
                yield step(key, before, term_snapshot(term))
    for seat, ends_on in decision.staying:
        term = seat.last_term
        before = term_snapshot(term)
        if term.ends_on != ends_on:
            term.ends_on = ends_on
            term.save()
        yield step(term.pk, before, term_snapshot(term))
    for person, ends_on in decision.joining:
        if person.pk is None:
            person.save()
        yield give_role(decision.role, person, day, ends_on)


def give_role(role, person, day, ends_on):
    """Give a person the role from `day`; a later term of the same person and role is moved there."""
    of_role = Assignment.objects.filter(role=role)
    term = of_role.filter(person=person, starts_on__gt=day).order_by("starts_on", "pk").first()
    if term is None:
        last = of_role.aggregate(last=Max("order"))["last"] or 0  # 0: not ordered by anybody
        term = Assignment(role=role, person=person, ends_on=ends_on, order=last + 1 if last else 0)
    before = term_snapshot(term) if term.pk else None
    term.starts_on = day
    term.ends_on = ends_on or term.ends_on
    term.save()
    return step(term.pk, before, term_snapshot(term))


def step(key, before, after):
    return {"key": key, "before": before, "after": after}


def term_snapshot(term):
    """Return the fields of an Assignment that a Handover stores, as JSON. No names: people can be erased."""
    return {
        "role": term.role_id,
        "person": term.person_id,
        "starts_on": term.starts_on and term.starts_on.isoformat(),
        "ends_on": term.ends_on and term.ends_on.isoformat(),
        "order": term.order,
    }


def is_same(one, other):
    """Tell whether two sides of a step are equal, but for the order of rows."""
    if one is None or other is None:
        return one is other
    return all(one[name] == other[name] for name in one if name != "order")


def removed_terms():
    """Return the keys of the terms that a change deleted, or its undoing: undoing it brings them back."""
    removed = set()
    for steps, undone_at in Handover.objects.values_list("steps", "undone_at"):
        now = "before" if undone_at else "after"
        removed |= {change["key"] for change in steps if change[now] is None}
    return removed


# --- Undo and redo ---


@transaction.atomic
def undo(handover, user):
    """Put every term back as it was before. Raises NotReversible when that is no longer possible."""
    revert(handover, user, "after", "before", f"Ångrade: {handover.title}.")
    Handover.objects.filter(pk=handover.pk).update(undone_at=timezone.now())


@transaction.atomic
def redo(handover, user):
    """Make a change that was undone once more. Raises NotReversible when that is no longer possible."""
    revert(handover, user, "before", "after", f"Gjorde igen: {handover.title}.")
    Handover.objects.filter(pk=handover.pk).update(undone_at=None)


def revert(handover, user, expected, wanted, comment):
    """Set every term to the `wanted` side of its step ("before" or "after"), all or none."""
    handover = Handover.objects.select_for_update().get(pk=handover.pk)
    if (handover.undone_at is None) != (expected == "after"):
        raise NotReversible(["Det är redan gjort, kanske av någon annan."])
    keys = {one["role"] for change in handover.steps for one in (change["before"], change["after"]) if one}
    roles = list(Role.objects.filter(pk__in=keys))
    lock(roles)
    terms = Assignment.objects.in_bulk([change["key"] for change in handover.steps])
    if reasons := obstacles(handover.steps, terms, expected, wanted):
        raise NotReversible(reasons)
    with revision_block(user, comment, *roles):
        for change in handover.steps:
            set_term(change["key"], terms.get(change["key"]), change[wanted])


def set_term(key, term, wanted):
    """Make the Assignment with this key what `wanted` says: changed, deleted (None) or restored."""
    if wanted is None:
        term.delete()
        return
    term = term or Assignment(pk=key, order=wanted["order"])
    term.role_id, term.person_id = wanted["role"], wanted["person"]
    term.starts_on, term.ends_on = (
        day and date.fromisoformat(day) for day in (wanted["starts_on"], wanted["ends_on"])
    )
    term.save()


def obstacles(steps, terms, expected, wanted):
    """Return, in Swedish, why the terms can no longer be set: what others have changed since."""
    names = Names(steps)
    reasons = []
    for change in steps:
        term = terms.get(change["key"])
        if change[wanted] and not names.exist(change[wanted]):
            reasons.append(f"{names.who(change)}: personen eller rollen är borttagen.")
        elif not is_same(term_snapshot(term) if term else None, change[expected]):
            reasons.append(f"{names.who(change)} har ändrats sedan dess.")
    return reasons
