"""How an e-mail address reaches a reader: only as the answer to a POST that she asks for.

A page holds a button with a token. The token of a contact names a role or a person, never an
address, so it follows the office and stops working when nobody current stands behind it. The token
of an address in a text holds that address, encrypted (contacts/tokens.py).
"""

from dataclasses import dataclass
from urllib.parse import quote

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from contacts.models import Assignment, Person, Role
from contacts.tokens import make_token, read_token


@dataclass(frozen=True)
class EmailButton:
    """Where a button posts to, and whose address it shows ("" for one in a text)."""

    token: str
    owner: str = ""  # "ordföranden", "Johan Flyckt": follows "till"

    @cached_property
    def url(self):
        return reverse("contacts:email", args=[self.token])

    @property
    def label(self):
        return f"Visa e-postadress till {self.owner}" if self.owner else "Visa e-postadressen"

    def html(self, number=0, count=0):
        """Return the button for a running text, as safe HTML; "2 av 3" where one link has several."""
        label = f"Visa e-postadress {number} av {count}" if count else self.label
        return format_html(
            '<button class="reveal in-text" form="epost" formaction="{}">{}</button>', self.url, label
        )


@dataclass(frozen=True)
class Revealed:
    """An address for a reader who asked. `email` is "" when nobody stands behind it any more."""

    email: str
    owner: str = ""
    subject: str = ""

    @property
    def mailto(self):
        """The address as a link (RFC 6068), with the subject that its link had."""
        query = f"?subject={quote(self.subject)}" if self.subject else ""
        return f"mailto:{quote(self.email, safe='@')}{query}"


def button_for(holder):
    """Return the EmailButton of a Role or a Person."""
    return EmailButton(make_token(f"{holder._meta.model_name}:{holder.pk}"), holder.owner_name)


def button_for_text(address, subject=""):
    """Return the EmailButton of an address that stands in a text."""
    return EmailButton(make_token(f"text:{address}\n{subject}"))


def vcard_url(person):
    return reverse("contacts:vcard", args=[make_token(f"vcard:{person.pk}")])


def reveal(token):
    """Return the Revealed address behind `token`. Raises ValueError when the token is not for one."""
    kind, _, key = read_token(token).partition(":")
    if kind == "text":
        address, _, subject = key.partition("\n")
        return Revealed(address, subject=subject)
    model = {"role": Role, "person": Person}.get(kind)
    if model is None:
        raise ValueError("a token for something else")
    current = Assignment.objects.current()
    holders = model.objects.filter(pk=key, assignments__in=current)
    if model is Person:  # her role's mailbox stands in place of her own address
        mailbox = current.filter(person=OuterRef("pk")).exclude(role__email="")
        holders = holders.filter(~Exists(mailbox))
    holder = holders.first()
    if holder is None:
        return Revealed("")
    return Revealed(holder.public_email, holder.owner_name)


def vcard_person(token):
    """Return the key of the Person whose vCard `token` is for. Raises ValueError for any other."""
    kind, _, key = read_token(token).partition(":")
    if kind != "vcard":
        raise ValueError("a token for something else")
    return int(key)
