"""Who takes over which role, from which day: the rules, as plain functions without page or form.

A term is an Assignment, and both its days belong to it. On the day of a change
- who leaves has had her last day the day before; a term that would have begun no earlier is removed,
- who stays keeps her term, with the last day that was decided, or none,
- who is new has a term from that day; if she was to begin later in the same role, she begins then.
A term that begins after the day, of somebody else, is left alone, and told about.

All that one decision changes is a Handover: every term before and after. It is undone by putting the
terms back, and only as a whole: when one of them is no longer what the decision made it, nothing
happens, and the reader is told which. That is why it is a record of its own and not read from the
versions (versions/keeping.py), which keep what a role looked like but not what belongs together and
whether it still stands. Both are made in the same transaction.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from contacts.handover_words import Names
from contacts.models import Assignment, Handover, Person, Role
from versions.keeping import one_change

ONE_DAY = timedelta(days=1)


@dataclass
class Seat:
    """One person in one role at the time of a change, with the terms that say so (often one)."""

    role: Role
    person: Person
    terms: list[Assignment]

    @property
    def last_term(self):
        """The term that ends last: the one that is prolonged when she stays."""
        return max(self.terms, key=lambda term: (term.ends_on or date.max, term.pk))

    @property
    def ends_on(self):
        return self.last_term.ends_on

    def has_lapsed(self, day):
        """Tell whether she holds the role no more on `day`, only the day before."""
        return self.ends_on is not None and self.ends_on < day


@dataclass
class Decision:
    """What happens to one role from the day of a change. Seats that are not named stay as they are.

    `staying`: pairs of a Seat and its new last day (None: until further notice). `joining`: pairs of
    a Person, saved or not, who has no seat in the role, and her last day.
    """

    role: Role
    leaving: list[Seat] = field(default_factory=list)
    staying: list[tuple[Seat, date | None]] = field(default_factory=list)
    joining: list[tuple[Person, date | None]] = field(default_factory=list)


class CannotTurn(Exception):
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
    """Make others who would change the same roles wait until this transaction ends."""
    list(Role.objects.select_for_update().filter(pk__in=[role.pk for role in roles]).order_by("pk"))


@transaction.atomic
def hand_over(day, decisions, user, title):
    """Carry out the Decisions from the date `day`. Returns the Handover, or None if they change nothing.

    `title`: what is done, in Swedish, for the list of changes. People who are not saved are saved.
    """
    roles = [decision.role for decision in decisions]
    lock(roles)
    with one_change(user, f"{title}.", *roles):
        steps = [change for decision in decisions for change in carry_out(decision, day)]
        steps = [change for change in steps if change["before"] != change["after"]]
        if not steps:
            return None
        return Handover.objects.create(title=title, day=day, made_by=user, steps=steps)


def carry_out(decision, day):
    """Change the terms of one role; yield {"key", "before", "after"} for each."""
    for seat in decision.leaving:
        for term in seat.terms:
            before, key = terms_of(term), term.pk
            if term.starts_on and term.starts_on >= day:
                term.delete()
                yield step(key, before, None)
            elif term.ends_on is None or term.ends_on >= day:
                term.ends_on = day - ONE_DAY
                term.save()
                yield step(key, before, terms_of(term))
    for seat, ends_on in decision.staying:
        term = seat.last_term
        before = terms_of(term)
        if term.ends_on != ends_on:
            term.ends_on = ends_on
            term.save()
        yield step(term.pk, before, terms_of(term))
    for person, ends_on in decision.joining:
        if person.pk is None:
            person.save()
        yield join(decision.role, person, day, ends_on)


def join(role, person, day, ends_on):
    """Give a person the role from `day`; a term of hers that was to begin later begins then instead."""
    of_role = Assignment.objects.filter(role=role)
    term = of_role.filter(person=person, starts_on__gt=day).order_by("starts_on", "pk").first()
    if term is None:
        last = of_role.aggregate(last=Max("order"))["last"] or 0  # 0: nobody has put them in order
        term = Assignment(role=role, person=person, ends_on=ends_on, order=last + 1 if last else 0)
    before = terms_of(term) if term.pk else None
    term.starts_on = day
    term.ends_on = ends_on or term.ends_on
    term.save()
    return step(term.pk, before, terms_of(term))


def step(key, before, after):
    return {"key": key, "before": before, "after": after}


def terms_of(term):
    """Return what a Handover keeps of an Assignment, as JSON holds it. No name: people can be erased."""
    return {
        "role": term.role_id,
        "person": term.person_id,
        "starts_on": term.starts_on and term.starts_on.isoformat(),
        "ends_on": term.ends_on and term.ends_on.isoformat(),
        "order": term.order,
    }


def is_same(one, other):
    """Tell whether two sides of a step say the same; rows may have been moved in between."""
    if one is None or other is None:
        return one is other
    return all(one[name] == other[name] for name in one if name != "order")


def removed_terms():
    """Return the keys of the terms that a change removed, or its undoing: "Gjorda byten" has those."""
    removed = set()
    for steps, undone_at in Handover.objects.values_list("steps", "undone_at"):
        now = "before" if undone_at else "after"
        removed |= {change["key"] for change in steps if change[now] is None}
    return removed


# --- Undone, and made again ---


@transaction.atomic
def undo(handover, user):
    """Put every term back as it was before. Raises CannotTurn when that is no longer possible."""
    turn(handover, user, "after", "before", f"Ångrade: {handover.title}.")
    Handover.objects.filter(pk=handover.pk).update(undone_at=timezone.now())


@transaction.atomic
def redo(handover, user):
    """Make a change that was undone once more. Raises CannotTurn when that is no longer possible."""
    turn(handover, user, "before", "after", f"Gjorde igen: {handover.title}.")
    Handover.objects.filter(pk=handover.pk).update(undone_at=None)


def turn(handover, user, expected, wanted, comment):
    """Take every term of the change from one side of its steps to the other, all or none."""
    handover = Handover.objects.select_for_update().get(pk=handover.pk)
    if (handover.undone_at is None) != (expected == "after"):
        raise CannotTurn(["Det är redan gjort, kanske av någon annan."])
    keys = {one["role"] for change in handover.steps for one in (change["before"], change["after"]) if one}
    roles = list(Role.objects.filter(pk__in=keys))
    lock(roles)
    terms = Assignment.objects.in_bulk([change["key"] for change in handover.steps])
    if reasons := obstacles(handover.steps, terms, expected, wanted):
        raise CannotTurn(reasons)
    with one_change(user, comment, *roles):
        for change in handover.steps:
            put(change["key"], terms.get(change["key"]), change[wanted])


def put(key, term, wanted):
    """Make the Assignment with this key what `wanted` says: changed, removed, or there again."""
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
    """Return, in Swedish, what has become otherwise since the change was made or undone."""
    names = Names(steps)
    reasons = []
    for change in steps:
        term = terms.get(change["key"])
        if change[wanted] and not names.exist(change[wanted]):
            reasons.append(f"{names.who(change)}: personen eller rollen är borttagen.")
        elif not is_same(terms_of(term) if term else None, change[expected]):
            reasons.append(f"{names.who(change)} har ändrats sedan dess.")
    return reasons
