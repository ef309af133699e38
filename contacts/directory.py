"""Who can be reached on a given day, as the contact page and the panel show it.

The one place that turns assignments into cards. Nothing that a person has not chosen to show,
and no e-mail address at all, is in what these functions return.
"""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from phonenumber_field.phonenumber import PhoneNumber

from contacts.models import Assignment, Person, PostalAddress, Role, SocialLink
from contacts.protected_email import EmailButton, button_for_person, button_for_role


@dataclass
class Card:
    """One person in one group, with every role she holds there."""

    person: Person
    roles: list[Role] = field(default_factory=list)

    @property
    def phone(self) -> PhoneNumber | None:
        return self.person.public_phone

    @property
    def photo_alt(self) -> str:
        return f"{self.person.name}, {', '.join(role.name.lower() for role in self.roles)}"

    @property
    def email_buttons(self) -> list[EmailButton]:
        """The mailboxes of the roles; without any, the person's own address if she shows it."""
        mailboxes = [button_for_role(role) for role in self.roles if role.email]
        if not mailboxes and self.person.public_email:
            return [button_for_person(self.person)]
        return mailboxes


@dataclass
class Group:
    """A heading of the contact page: its cards, then the roles that nobody holds."""

    label: str
    cards: list[Card] = field(default_factory=list)
    vacant: list[Role] = field(default_factory=list)


def cards_by_group(on=None):
    """Return {Role.Group value: [Card, …]} for the date `on` (None: today). One query."""
    assignments = Assignment.objects.current(on).select_related("person", "role")
    found = {}
    for assignment in assignments.order_by("role__order", "role__name", "order", "person__name", "id"):
        people = found.setdefault(assignment.role.group, {})
        card = people.setdefault(assignment.person_id, Card(assignment.person))
        if assignment.role not in card.roles:
            card.roles.append(assignment.role)
    return {group: list(people.values()) for group, people in found.items()}


def contact_groups(on=None):
    """Return the Groups that have something to show on the date `on`, in order. Two queries."""
    cards = cards_by_group(on)
    held = Assignment.objects.current(on).filter(role=OuterRef("pk"))
    vacant = list(Role.objects.filter(~Exists(held), show_vacant=True))
    groups = [
        Group(group.label, cards.get(group.value, []), [role for role in vacant if role.group == group])
        for group in Role.Group
    ]
    return [group for group in groups if group.cards or group.vacant]


PANEL_SIZE = 6


@dataclass
class Panel:
    """What "Hör av dig" shows beside other content."""

    cards: list[Card]
    postal_addresses: list[PostalAddress]
    social_links: list[SocialLink]


def panel(on=None):
    """Return the Panel for the date `on` (None: today). Three queries.

    At most PANEL_SIZE people, and only those that one can reach.
    """
    by_group = cards_by_group(on)
    cards = [card for group in Role.Group for card in by_group.get(group.value, [])]
    return Panel(
        cards=[card for card in cards if card.phone or card.email_buttons][:PANEL_SIZE],
        postal_addresses=list(PostalAddress.objects.all()),
        social_links=list(SocialLink.objects.all()),
    )
