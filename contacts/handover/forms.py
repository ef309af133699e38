"""The form that says who holds some roles from a day on: one role, or all of a group."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.forms.utils import ErrorDict
from django.utils import timezone

from common.form_fields import FORGIVING_FIELDS, DateField
from common.swedish import day_text
from contacts.handover.name_matching import PeopleByName, name_key, normalize_name
from contacts.handover.rules import Decision, later_terms, seats_on
from contacts.models import Assignment, Person

STAYS, LEAVES, NEW = "kvar", "slutar", "ny"
FIRST_LINES, MAX_NEW = 3, 20  # at most so many lines for new holders of a role: at first, ever
MAX_DISTANCE = timedelta(days=5 * 366)
DETAILS = {"tel": "phone", "epost": "email"}  # {beginning of a field beside a new name: field of Person}
MORE = "_more"  # the button for one more line; its value is a role's key


class HandoverDayField(DateField):
    """A day, chosen with the browser's own calendar. Refuses years that must be a slip of the finger."""

    def clean(self, value):
        day = super().clean(value)
        if day and abs(day - timezone.localdate()) > MAX_DISTANCE:
            raise ValidationError(
                f"Är årtalet rätt? {day_text(day)} är mer än fem år bort. Välj en dag närmare i dag."
            )
        return day


class HandoverForm(forms.Form):
    """After is_valid(), `day` and `decisions` are what hand_over() wants.

    The seats depend on the day, so the fields are made from the data. When the day was changed, a seat
    may be new to the user: the form is then refused once, so that nobody leaves unseen. It is also
    refused when a holder was to stay who has no seat on the new day, and when a new name resembles
    people in the register: it asks who is meant.
    """

    starts_on = HandoverDayField(label="Från och med")
    ends_on = HandoverDayField(
        label="De nya sitter till och med",
        required=False,
        help_text="Tomt: tills vidare. Dagen efter är de borta från kontaktsidan, av sig själva.",
    )

    shown = forms.ChoiceField(
        label="Numren och adresserna som du har skrivit",
        choices=[("", "Syns inte"), ("ja", "Syns för alla")],
        required=False,
        widget=forms.RadioSelect,
        help_text="Fråga var och en först. Var och ens val går att ändra under Personer.",
    )

    def __init__(self, roles, *args, leaving=None, **kwargs):
        """`leaving`: the key of the term whose holder is to be replaced."""
        super().__init__(*args, **kwargs)
        self.roles = roles
        self.day = self.read_day()
        self.seats = seats_on(roles, self.day)
        self.later = later_terms(roles, self.day)
        self.has_unseen_seats = False
        if self.is_bound:
            self.data = self.data.copy()
        self.people = Person.objects.prefetch_related(
            Prefetch("assignments", Assignment.objects.current().select_related("role"), "current")
        )
        self.register = PeopleByName(self.people)
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

    def clear_errors(self):
        """Show no errors: the user is still writing."""
        self._errors = ErrorDict()

    # --- Fields ---

    def add_seat(self, seat, leaving):
        key = seat_key(seat)
        lapsed = seat.has_lapsed(self.day)  # prolonged only if the user says so
        leaves = lapsed or leaving in {term.pk for term in seat.terms}
        self.fields[f"val_{key}"] = forms.ChoiceField(
            label=str(seat.person),
            choices=[(STAYS, "Sitter kvar"), (LEAVES, "Slutar")],
            initial=LEAVES if leaves else STAYS,
            widget=forms.RadioSelect,
        )
        if seat.ends_on:
            self.fields[f"till_{key}"] = HandoverDayField(
                label="Sitter till och med",
                required=False,
                initial=None if lapsed else seat.ends_on,
                help_text=f"Hittills till och med {day_text(seat.ends_on)}. Tomt: tills vidare.",
            )
        if self.is_bound and f"val_{key}" not in self.data:
            self.has_unseen_seats = True
            self.data[f"val_{key}"] = LEAVES if lapsed else STAYS
            self.data[f"till_{key}"] = "" if not seat.ends_on or lapsed else seat.ends_on.isoformat()

    def lines(self, role):
        """Return how many new names there is room for: as holders, as suggested, as sent, or one more."""
        if not self.is_bound:
            suggested = sum(name.startswith(f"namn_{role.pk}_") for name in self.initial)
            return min(max(suggested, min(max(1, len(self.seats[role.pk])), FIRST_LINES)), MAX_NEW)
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
        for prefix, detail in DETAILS.items():
            field = Person._meta.get_field(detail)
            self.fields[beside(name, prefix)] = field.formfield(
                **FORGIVING_FIELDS.get(type(field), {}), help_text=""
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
            [(NEW, f"Nej, {normalize_name(name)} är en ny person")] if found else []
        )

    def known_names(self):
        """Return the names that the browser suggests while one is typed."""
        return sorted({person.name for person in self.people})

    def role_fields(self):
        """Yield each role's part of the form, for its template: the fields about each seat and new holder."""
        for role in self.roles:
            keys = [(seat, seat_key(seat)) for seat in self.seats[role.pk]]
            yield {
                "role": role,
                # The last day only of a term that has one; who is meant only where it is asked.
                "seats": [(seat, self[f"val_{key}"], self.field(f"till_{key}")) for seat, key in keys],
                "new": [
                    {
                        "name": self[name],
                        "who": self.field(beside(name, "vem")),
                        "details": [self[beside(name, one)] for one in DETAILS],
                    }
                    for name in self.names[role.pk]
                ],
                "later": [term for term in self.later if term.role_id == role.pk],
            }

    def field(self, name):
        return self[name] if name in self.fields else None

    # --- What was decided ---

    def clean(self):
        super().clean()
        self.new_people = {}  # name_key: the Person to be made, one however often it is named
        self.details = []  # (Person as typed, {field: what was known}), for texts.detail_sentences()
        self.decisions = [self.decision(role) for role in self.roles]
        if self.has_unseen_seats:
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
                if (
                    any(self.cleaned_data.get(beside(name, one)) for one in DETAILS)
                    and name not in self.errors
                ):
                    self.add_error(name, "Skriv också vem det är, eller töm numret och adressen.")
                continue
            self.take_details(person, name, decision)
            if person.pk in gone:
                self.add_error(name, f"{person} står som ”Slutar” här ovanför. Välj ”Sitter kvar” i stället.")
            elif person.pk in stays:
                self.add_error(name, f"{person} har redan rollen. Töm fältet.")
            elif any(person == other for other, _ in decision.joining):
                self.add_error(name, f"{person} står två gånger. Töm det ena fältet.")
            decision.joining.append((person, self.cleaned_data.get("ends_on")))
        return decision

    def take_details(self, person, name, decision):
        """Give a Person the number and address typed beside a name. What nothing is typed of stays."""
        names = ["pk", *DETAILS.values(), *(f"show_{detail}" for detail in DETAILS.values())]
        known = {one: getattr(person, one) for one in names}
        for prefix, detail in DETAILS.items():
            if typed := self.cleaned_data.get(beside(name, prefix)):
                setattr(person, detail, typed)
                if self.cleaned_data.get("shown"):
                    setattr(person, f"show_{detail}", True)
        if any(getattr(person, one) != known[one] for one in names):
            self.details.append((person, known))
            decision.changed += [person] if person.pk else []

    def person(self, name):
        """Return the Person that a field names, perhaps not saved, or None."""
        typed = self.cleaned_data.get(name) or ""
        key = name_key(typed)
        if not key:
            return None
        if key in self.asked:
            answer = self.cleaned_data.get(self.asked[key])
            if not answer:
                if self.asked[key] == beside(name, "vem"):
                    self.add_error(
                        name, "Det finns redan någon som heter så, eller nästan så. Välj vem du menar."
                    )
                return None
            if answer != NEW:
                return next(person for person in self.people if str(person.pk) == answer)
        elif same := self.register.same(typed):
            return same[0]
        return self.new_people.setdefault(key, Person(name=normalize_name(typed)))

    def changes(self, decision):
        ends = any(not seat.has_lapsed(self.day) for seat in decision.leaving)
        prolonged = any(seat.ends_on != ends_on for seat, ends_on in decision.staying)
        return ends or prolonged or decision.joining


def beside(name, prefix):
    """Return the name of a field about the same new holder as one that asks for a name."""
    return name.replace("namn", prefix, 1)


def seat_key(seat):
    return f"{seat.role.pk}_{seat.person.pk}"


def describe(person):
    """Return a name with what tells namesakes apart: "Anna Andersson (Kassör, Regionen)"."""
    details = [assignment.role.name for assignment in person.current]
    details += [person.organisation] if person.organisation else []
    return f"{person} ({', '.join(details) or 'har ingen roll nu'})"
