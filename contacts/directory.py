"""Who can be reached on a given day, as the contact page and the panel show it.

The one place that turns assignments into cards. Templates get buttons from it,
never an e-mail address.
"""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from phonenumber_field.phonenumber import PhoneNumber

from contacts.models import Assignment, Person, PostalAddress, Role, SocialLink
from contacts.per_version import per_version
from contacts.protected_email import EmailButton, button_for, vcard_url


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
    def reachable_by(self) -> list[Role | Person]:
        """Whose addresses reach her: the mailboxes of the roles, else her own if she shows it."""
        mailboxes = [role for role in self.roles if role.email]
        return mailboxes or ([self.person] if self.person.public_email else [])

    @property
    def email_buttons(self) -> list[EmailButton]:
        return [button_for(holder) for holder in self.reachable_by]

    @property
    def emails(self) -> list[str]:
        """The addresses themselves: for the vCard that a reader asks for, never for a page."""
        return [holder.public_email for holder in self.reachable_by]

    @property
    def vcard_url(self) -> str:
        return vcard_url(self.person)


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


def card_of(person_id, on=None):
    """Return one Card with every role that the person holds on the date `on`, or None. One query."""
    cards = [card for cards in cards_by_group(on).values() for card in cards if card.person.pk == person_id]
    if not cards:
        return None
    return Card(cards[0].person, [role for card in cards for role in card.roles])


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


@per_version
def panel(on=None):
    """Return the Panel for the date `on` (None: today). Three queries, once per site version.

    At most PANEL_SIZE people, and only those that one can reach.
    """
    by_group = cards_by_group(on)
    cards = [card for group in Role.Group for card in by_group.get(group.value, [])]
    return Panel(
        cards=[card for card in cards if card.phone or card.email_buttons][:PANEL_SIZE],
        postal_addresses=list(PostalAddress.objects.all()),
        social_links=list(SocialLink.objects.all()),
    )
