"""Who can be reached on a given day, as the contact page and the panel show it.

The one place that turns assignments into cards. Templates get buttons from it,
never an e-mail address.
"""

from dataclasses import dataclass, field

from django.utils.functional import cached_property
from phonenumber_field.phonenumber import PhoneNumber

from common.files.pictures import original_of
from common.page_cache import memo
from contacts.models import Assignment, Person, PostalAddress, Role, SocialLink
from contacts.reveal import EmailButton, button_for, vcard_url


@dataclass
class Card:
    """One person with all the roles held in one group."""

    person: Person
    roles: list[Role] = field(default_factory=list)
    all_roles: list[Role] = field(default_factory=list)  # in other groups too

    @cached_property
    def phone(self) -> PhoneNumber | None:
        return self.person.public_phone

    @property
    def photo(self):
        """The picture file that everybody may see, or None."""
        return self.person.public_photo

    @property
    def photo_alt(self) -> str:
        return f"{self.person.name}, {', '.join(role.name.lower() for role in self.roles)}"

    @property
    def reachable_by(self) -> list[Role | Person]:
        """Whose addresses reach the person: mailboxes of these roles, else of other roles, else the own."""
        mailboxes = [role for role in self.roles if role.email]
        mailboxes = mailboxes or [role for role in self.all_roles if role.email]
        return mailboxes or ([self.person] if self.person.public_email else [])

    @cached_property
    def email_buttons(self) -> list[EmailButton]:
        return [button_for(holder) for holder in self.reachable_by]

    @property
    def emails(self) -> list[str]:
        """The addresses themselves: for the vCard that a reader asks for, never for a page."""
        return [holder.public_email for holder in self.reachable_by]

    @cached_property
    def vcard_url(self) -> str:
        return vcard_url(self.person)

    @property
    def is_reachable(self) -> bool:
        # Not bool(phone): that parses the number again.
        return self.phone is not None or bool(self.reachable_by)


@dataclass
class ContactSection:
    """A heading of the contact page: its cards, then the vacant roles."""

    label: str
    cards: list[Card] = field(default_factory=list)
    vacant: list[Role] = field(default_factory=list)


@memo.per_content_version
def cards_by_group(on=None):
    """Return {Role.Group value: [Card, …]} for the date `on` (None: today). One query a content version."""
    assignments = Assignment.objects.current(on).select_related("person", "role")
    found, all_roles = {}, {}
    for assignment in assignments.order_by("role__order", "role__name", "order", "person__name", "id"):
        person, role = assignment.person, assignment.role
        person_roles = all_roles.setdefault(person.pk, [])
        card = found.setdefault(role.group, {}).setdefault(person.pk, Card(person, all_roles=person_roles))
        if role not in card.roles:
            card.roles.append(role)
            person_roles.append(role)
    return {group: list(people.values()) for group, people in found.items()}


def cards_by_person(on=None):
    """Return {key: Card with all roles} of who holds any on the date `on`, as the contact page has them."""
    by_group = cards_by_group(on)
    cards = [card for group in Role.Group for card in by_group.get(group.value, [])]
    return {card.person.pk: Card(card.person, card.all_roles, card.all_roles) for card in cards}


def card_of(person_id):
    """Return one Card with every role that the person holds today, or None. One query."""
    return cards_by_person().get(person_id)


def cards_in(area):
    """Return a Card for each holder of a role in an area, with those roles. Two queries."""
    keys = {*area.roles.values_list("pk", flat=True)}
    held = cards_by_person().values()
    found = (Card(one.person, [role for role in one.roles if role.pk in keys], one.roles) for one in held)
    return [card for card in found if card.roles]


def holders_of(role_name):
    """Return a Card, with that role alone, for each holder of the role of that name. One query."""
    name = role_name.casefold()
    cards = (card for cards in cards_by_group().values() for card in cards)
    pairs = ((card, role) for card in cards for role in card.roles if role.name.casefold() == name)
    return [Card(card.person, [role], card.all_roles) for card, role in pairs]


def sections_of(cards):
    """Return the ContactSections that are not empty, in order. One query."""
    held = {role for people in cards.values() for card in people for role in card.roles}
    vacant = [role for role in Role.objects.filter(show_vacant=True) if role not in held]
    sections = [
        ContactSection(
            group.label, cards.get(group.value, []), [role for role in vacant if role.group == group]
        )
        for group in Role.Group
    ]
    return [section for section in sections if section.cards or section.vacant]


def volunteer_contact(cards):
    """Return the Card of the one to ask about a vacant role, or None when nobody can be reached.

    The nomination committee, whose task it is; else the first of the board, who is the chair;
    else anybody.
    """
    order = [Role.Group.NOMINATION, *Role.Group]
    reachable = (card for group in order for card in cards.get(group.value, []) if card.is_reachable)
    return next(reachable, None)


@memo.per_content_version
def postal_addresses_and_links():
    """Return the postal addresses and the social links, in order. Two queries, once per content version."""
    return list(PostalAddress.objects.all()), list(SocialLink.objects.all())


@memo.per_content_version
def contact_page(on=None):
    """Return the context of the contact page for the date `on` (None: today). Four queries a version."""
    cards = cards_by_group(on)
    postal_addresses, social_links = postal_addresses_and_links()
    return {
        "sections": sections_of(cards),
        "ask": volunteer_contact(cards),
        "postal_addresses": postal_addresses,
        "social_links": social_links,
    }


PHOTO_FOLDER = Person.photo.field.upload_to  # below MEDIA_ROOT


def is_hidden_photo(path):
    """Tell whether no card shows the photo (or the rendition of one) at `path`, in PHOTO_FOLDER."""
    shown = Person.objects.filter(photo=original_of(path, PHOTO_FOLDER), show_photo=True)
    return not shown.filter(assignments__in=Assignment.objects.current()).exists()


PANEL_SIZE = 6


@dataclass
class Panel:
    """What "Hör av dig" shows beside other content."""

    cards: list[Card]
    postal_addresses: list[PostalAddress]
    social_links: list[SocialLink]


@memo.per_content_version
def panel(on=None):
    """Return the Panel for the date `on` (None: today). Three queries, once per content version.

    At most PANEL_SIZE people, each once with all roles, and only those who can be reached.
    """
    reachable = [card for card in cards_by_person(on).values() if card.is_reachable]
    return Panel(reachable[:PANEL_SIZE], *postal_addresses_and_links())
