"""What a change of holders did, or will do, in Swedish."""

from datetime import date, timedelta

from django.utils import timezone

from common.swedish import day_text, phone_text
from contacts.handover.starter_roles import is_for_one
from contacts.models import Assignment, Person, Role

SOON = timedelta(days=60)


def distance(day):
    """Return how far a date is from today: "i dag", "om 3 dagar", "för 12 dagar sedan"."""
    days = (day - timezone.localdate()).days
    match days:
        case 0:
            return "i dag"
        case 1:
            return "i morgon"
        case -1:
            return "i går"
    return f"om {days} dagar" if days > 0 else f"för {-days} dagar sedan"


def term_text(starts_on, ends_on):
    """Return a term as words: "1 april 2024 – 31 mars 2026", "sedan 1 april 2024", "tills vidare"."""
    if starts_on and ends_on:
        return f"{day_text(starts_on)} – {day_text(ends_on)}"
    if starts_on:
        return f"{'sedan' if starts_on <= timezone.localdate() else 'från och med'} {day_text(starts_on)}"
    return f"till och med {day_text(ends_on)}" if ends_on else "tills vidare"


class Names:
    """The people and roles that the steps of a Handover name by their keys. Two queries."""

    def __init__(self, steps):
        sides = [side for change in steps for side in (change["before"], change["after"]) if side]
        self.people = Person.objects.in_bulk({side["person"] for side in sides})
        self.roles = Role.objects.in_bulk({side["role"] for side in sides})

    def exist(self, side):
        return side["person"] in self.people and side["role"] in self.roles

    def person(self, side):
        return str(self.people.get(side["person"], "en borttagen person"))

    def role(self, side):
        return str(self.roles.get(side["role"], "En borttagen roll"))

    def who(self, change):
        side = change["after"] or change["before"]
        return f"{self.role(side)}: {self.person(side)}"


def sentences(steps, day):
    """Return one sentence for each step of a change from `day`, in the order they were made."""
    names = Names(steps)
    return [f"{names.who(change)} {what_happens(change, day)}" for change in steps]


def what_happens(change, day):
    before, after = change["before"], change["after"]
    last = after and after["ends_on"] and date.fromisoformat(after["ends_on"])
    until = f"till och med {day_text(last)}" if last else "tills vidare"
    if after is None:
        return f"tas bort: uppdraget skulle ha börjat {day_text(date.fromisoformat(before['starts_on']))}."
    if before is None:
        return f"är ny från och med {day_text(day)}" + (f", {until}." if last else ".")
    if before["starts_on"] != after["starts_on"]:
        return f"börjar redan {day_text(day)}."
    if last and last < day:
        return f"slutar. Sista dagen är {day_text(last)}."
    return f"sitter kvar, {until}."


def detail_sentences(details):
    """Return a sentence for each number and address that was typed beside a name: HandoverForm.details."""
    words = {"phone": ("telefonnumret", phone_text), "email": ("e-postadressen", str)}
    found = []
    for person, known in details:
        for name, (word, text) in words.items():
            new, shown = getattr(person, name), getattr(person, f"show_{name}")
            if new == known[name] and shown == known[f"show_{name}"]:
                continue
            old = f"{text(known[name])} blir " if known[name] and new != known[name] else ""
            at_once = ", så snart du sparar" if known["pk"] else ""
            found.append(
                f"{person}: {word} {old}{text(new)}, {'syns för alla' if shown else 'syns inte'}{at_once}."
            )
    return found


def visible_again(person):
    """Return a warning if details of a person without a role were public before, and will be again; or ""."""
    details = {
        "telefonnummer": person.public_phone,
        "e-postadress": person.public_email,
        "foto": person.public_photo,
    }
    shown = " och ".join(name for name, value in details.items() if value)
    if not shown or Assignment.objects.current().filter(person=person).exists():
        return ""
    return f"{person}: {shown} syns för alla, som det valdes tidigare. Fråga om det fortfarande är bra."


def warnings(decisions, seats, later, day):
    """Return what the user should check before saving Decisions from `day`: [(Swedish sentence, row), …].

    The row is the Role or Person that it is about.
    `seats`, `later`: from seats_on() and later_terms() before the change.
    """
    found = []
    for decision in decisions:
        role, now = decision.role, seats[decision.role.pk]
        gone = {seat.person for seat in decision.leaving}
        now = [seat for seat in now if seat.person not in gone or not seat.has_lapsed(day)]
        stays = [seat for seat in now if seat.person not in gone]
        holders = len(stays) + len(decision.joining)
        if len(now) <= 1 < holders and is_for_one(role, len(now)):
            line = f"{role}: {holders} personer har rollen samtidigt. Ska någon av dem sluta?"
            found.append((line, role))
        if now and not holders:
            shown = "Det syns på kontaktsidan" if role.show_vacant else "Det syns inte på kontaktsidan"
            found.append((f"{role}: blir vakant. {shown}.", role))
        ends = {seat.person: seat.ends_on for seat in stays} | {
            seat.person: ends_on for seat, ends_on in decision.staying
        }
        for person, ends_on in ends.items():
            if ends_on and ends_on <= day + SOON:
                found.append((f"{role}: {person} sitter bara till och med {day_text(ends_on)}.", role))
        joining = {person for person, _ in decision.joining if person.pk}
        for term in later:
            if term.role_id == role.pk and term.person not in joining:
                begins = f"{term.person} börjar {day_text(term.starts_on)}"
                found.append((f"{role}: {begins}, enligt vad som redan är inlagt.", role))
    joining = {person for decision in decisions for person, _ in decision.joining if person.pk}
    again = [(line, person) for person in joining if (line := visible_again(person))]
    return found + sorted(again, key=lambda one: one[0])
