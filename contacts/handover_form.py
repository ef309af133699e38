"""The form that says who holds some roles from a day on: one role, or all of a group."""

from dataclasses import dataclass, field
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.forms.utils import ErrorDict
from django.utils import timezone

from contacts.handover import Decision, Seat, later_terms, seats_on
from contacts.handover_words import day_text
from contacts.models import Assignment, Person, Role
from contacts.people import Register, name_key, tidy

STAYS, LEAVES, NEW = "kvar", "slutar", "ny"
FIRST_LINES, MAX_NEW = 3, 20  # lines for new holders of one role: at first at most, and ever
FAR = timedelta(days=5 * 366)
MORE = "_more"  # the button that asks for one more line for a new holder; its value is a role's key


class DayField(forms.DateField):
    """A day, chosen with the browser's own calendar. Refuses years that must be a slip of the finger."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def clean(self, value):
        day = super().clean(value)
        if day and abs(day - timezone.localdate()) > FAR:
            raise ValidationError(
                f"Är årtalet rätt? {day_text(day)} är mer än fem år bort. Välj en dag närmare i dag."
            )
        return day


@dataclass
class SeatFields:
    """The fields about somebody who holds a role already."""

    seat: Seat
    choice: forms.BoundField
    ends_on: forms.BoundField | None  # only where her term has a last day


@dataclass
class NewFields:
    """The fields about somebody who is to hold a role: her name, and which of those called so she is."""

    name: forms.BoundField
    who: forms.BoundField | None


@dataclass
class Block:
    """What the page shows of one role."""

    role: Role
    seats: list[SeatFields] = field(default_factory=list)
    new: list[NewFields] = field(default_factory=list)
    later: list[Assignment] = field(default_factory=list)


class HandoverForm(forms.Form):
    """After is_valid(), `day` and `decisions` are what hand_over() wants.

    Which seats there are depends on the day, so the fields are made from what was sent. A seat that
    was not in the form when it was sent (the day was changed) is not taken to leave: the form comes
    back with it. It also comes back to tell of who was to stay, but has no seat on that day. A new
    name that is in the register, or nearly, or in part, leads to the question who is meant.
    """

    starts_on = DayField(label="Från och med")
    ends_on = DayField(
        label="De nya sitter till och med",
        required=False,
        help_text="Tomt: tills vidare. Dagen efter är de borta från kontaktsidan, av sig själva.",
    )

    def __init__(self, roles, *args, leaving=None, **kwargs):
        """`leaving`: the key of a term whose holder the reader came to replace."""
        super().__init__(*args, **kwargs)
        self.roles = roles
        self.day = self.read_day()
        self.seats = seats_on(roles, self.day)
        self.later = later_terms(roles, self.day)
        self.unseen = False
        if self.is_bound:
            self.data = self.data.copy()
        self.people = Person.objects.prefetch_related(
            Prefetch("assignments", Assignment.objects.current().select_related("role"), "current")
        )
        self.register = Register(self.people)
        self.asked = {}  # name_key: the field that asks who is meant
        self.names = {}  # role key: the fields for new names
        for role in roles:
            for seat in self.seats[role.pk]:
                self.add_seat(seat, leaving)
            self.names[role.pk] = [self.add_name(role, number) for number in range(self.lines(role))]

    def read_day(self):
        today = timezone.localdate()
        if not self.is_bound:
            return self.initial.get("starts_on") or today
        try:
            return self.base_fields["starts_on"].clean(self.data.get("starts_on", ""))
        except ValidationError:
            return today

    def forgive(self):
        """Say nothing of what is wrong or missing: she is still writing."""
        self._errors = ErrorDict()

    # --- Fields ---

    def add_seat(self, seat, leaving):
        key = seat_key(seat)
        lapsed = seat.has_lapsed(self.day)  # nothing is prolonged that nobody chose
        leaves = lapsed or leaving in {term.pk for term in seat.terms}
        self.fields[f"val_{key}"] = forms.ChoiceField(
            label=str(seat.person),
            choices=[(STAYS, "Sitter kvar"), (LEAVES, "Slutar")],
            initial=LEAVES if leaves else STAYS,
            widget=forms.RadioSelect,
        )
        if seat.ends_on:
            self.fields[f"till_{key}"] = DayField(
                label="Sitter till och med",
                required=False,
                initial=None if lapsed else seat.ends_on,
                help_text=f"Hittills till och med {day_text(seat.ends_on)}. Tomt: tills vidare.",
            )
        if self.is_bound and f"val_{key}" not in self.data:
            self.unseen = True
            self.data[f"val_{key}"] = LEAVES if lapsed else STAYS
            self.data[f"till_{key}"] = "" if not seat.ends_on or lapsed else seat.ends_on.isoformat()

    def lines(self, role):
        """How many new names there is room for: about as many as hold the role; as were sent, or one more."""
        if not self.is_bound:
            return min(max(1, len(self.seats[role.pk])), FIRST_LINES)
        sent = sum(f"namn_{role.pk}_{number}" in self.data for number in range(MAX_NEW))
        return min(max(1, sent) + (self.data.get(MORE) == str(role.pk)), MAX_NEW)

    def add_name(self, role, number):
        name = f"namn_{role.pk}_{number}"
        self.fields[name] = forms.CharField(
            label="Ny innehavare",
            required=False,
            max_length=Person._meta.get_field("name").max_length,
            widget=forms.TextInput(
                attrs={"list": "personer", "autocomplete": "off", "autocapitalize": "words"}
            ),
        )
        key = name_key(self.data.get(name, "")) if self.is_bound else ""
        if key and key not in self.asked and (choices := self.who_is_meant(self.data[name])):
            self.asked[key] = f"vem_{role.pk}_{number}"
            one = len(choices) == 2  # somebody, or somebody new
            self.fields[self.asked[key]] = forms.ChoiceField(
                label=f"Menar du {choices[0][1]}?" if one else "Vem är det?",
                choices=choices,
                required=False,
                widget=forms.RadioSelect,
            )
        return name

    def who_is_meant(self, name):
        """Return the choices to ask about; none when exactly one is called so, or nobody nearly."""
        same = self.register.same(name)
        if len(same) == 1:
            return []
        found = same or self.register.close(name)
        return [(str(person.pk), describe(person)) for person in found] + (
            [(NEW, f"Nej, {tidy(name)} är en ny person")] if found else []
        )

    def known_names(self):
        """Return the names that the browser suggests while one is typed."""
        return sorted({person.name for person in self.people})

    def blocks(self):
        """Yield a Block for each role."""
        for role in self.roles:
            block = Block(role, later=[term for term in self.later if term.role_id == role.pk])
            for seat in self.seats[role.pk]:
                until = f"till_{seat_key(seat)}"
                block.seats.append(
                    SeatFields(
                        seat, self[f"val_{seat_key(seat)}"], self[until] if until in self.fields else None
                    )
                )
            for name in self.names[role.pk]:
                who = name.replace("namn_", "vem_")
                block.new.append(NewFields(self[name], self[who] if who in self.fields else None))
            yield block

    # --- What was decided ---

    def clean(self):
        super().clean()
        self.new_people = {}  # name_key: the Person to be made, one however often she is named
        self.decisions = [self.decision(role) for role in self.roles]
        if self.unseen:
            self.add_error(
                None, "Med den dagen är det andra som har rollerna. Se efter i listan och gå vidare igen."
            )
        for role, person in self.staying_without_a_seat():
            self.add_error(
                None,
                f"{role}: {person} sitter inte kvar till {day_text(self.day)}, enligt vad som redan "
                "är inlagt, och finns inte längre i listan. "
                "Välj en tidigare dag, eller skriv namnet som ny innehavare.",
            )
        if not self.errors and not any(map(self.changes, self.decisions)):
            self.add_error(None, "Inget är ändrat än. Välj vem som slutar, eller skriv ett nytt namn.")
        ends_on = self.cleaned_data.get("ends_on")
        if ends_on and ends_on < self.day:
            self.add_error("ends_on", "Kan inte vara före dagen då de börjar.")
        return self.cleaned_data

    def staying_without_a_seat(self):
        """Yield (role, person) of who was chosen to stay, but whose term ends before the day."""
        later = {(term.role_id, term.person_id) for term in self.later}
        for role in self.roles:
            for person in self.people:
                name = f"val_{role.pk}_{person.pk}"
                is_known = name in self.fields or (role.pk, person.pk) in later
                if self.data.get(name) == STAYS and not is_known:
                    yield role, person

    def decision(self, role):
        decision = Decision(role)
        for seat in self.seats[role.pk]:
            key = seat_key(seat)
            if self.cleaned_data.get(f"val_{key}") == LEAVES:
                decision.leaving.append(seat)
                continue
            ends_on = self.cleaned_data.get(f"till_{key}")
            if ends_on and ends_on < self.day:
                self.add_error(f"till_{key}", "Kan inte vara före dagen då ändringen börjar.")
            decision.staying.append((seat, ends_on))
        gone = {seat.person.pk for seat in decision.leaving}
        stays = {seat.person.pk for seat, _ in decision.staying}
        for name in self.names[role.pk]:
            person = self.person(name)
            if person is None:
                continue
            if person.pk in gone:
                self.add_error(name, f"{person} står som ”Slutar” här ovanför. Välj ”Sitter kvar” i stället.")
            elif person.pk in stays:
                self.add_error(name, f"{person} har redan rollen. Töm fältet.")
            elif any(person == other for other, _ in decision.joining):
                self.add_error(name, f"{person} står två gånger. Töm det ena fältet.")
            decision.joining.append((person, self.cleaned_data.get("ends_on")))
        return decision

    def person(self, name):
        """Return the Person that a field names, perhaps not saved, or None."""
        typed = self.cleaned_data.get(name) or ""
        key = name_key(typed)
        if not key:
            return None
        if key in self.asked:
            answer = self.cleaned_data.get(self.asked[key])
            if not answer:
                if self.asked[key] == name.replace("namn_", "vem_"):
                    self.add_error(
                        name, "Det finns redan någon som heter så, eller nästan så. Välj vem du menar."
                    )
                return None
            if answer != NEW:
                return next(person for person in self.people if str(person.pk) == answer)
        elif same := self.register.same(typed):
            return same[0]
        return self.new_people.setdefault(key, Person(name=tidy(typed)))

    def changes(self, decision):
        ends = any(not seat.has_lapsed(self.day) for seat in decision.leaving)
        prolonged = any(seat.ends_on != ends_on for seat, ends_on in decision.staying)
        return ends or prolonged or decision.joining


def seat_key(seat):
    return f"{seat.role.pk}_{seat.person.pk}"


def describe(person):
    """Return a name with what tells namesakes apart: "Anna Andersson (Kassör, Regionen)"."""
    facts = [assignment.role.name for assignment in person.current]
    facts += [person.organisation] if person.organisation else []
    return f"{person} ({', '.join(facts) or 'har ingen roll nu'})"
