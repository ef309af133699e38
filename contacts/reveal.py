"""How an e-mail address reaches a reader: only as the answer to a POST, when the reader asks for it.

A page holds a button with a token. The token of a contact names a role or a person, never an
address, so it follows the office and stops working when nobody current stands behind it. The token
of an address in a text holds that address, encrypted (common/email_protection/tokens.py).
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.db.models import Exists, OuterRef
from django.urls import reverse

from common.email_protection.buttons import EmailButton
from common.email_protection.tokens import make_token, read_token
from contacts.models import Assignment, Person, Role


@dataclass(frozen=True)
class Revealed:
    """An address for a reader who asked. `email` is "" when nobody stands behind it any more."""

    email: str
    owner: str = ""
    subject: str = ""
    body: str = ""

    @property
    def mailto(self):
        """The address as a link (RFC 6068), with the subject and body that its link had."""
        fields = {"subject": self.subject, "body": "\r\n".join(self.body.splitlines())}
        query = urlencode({name: value for name, value in fields.items() if value}, quote_via=quote)
        return f"mailto:{quote(self.email, safe='@')}{query and '?'}{query}"


def button_for(holder):
    """Return the EmailButton of a Role or a Person."""
    return EmailButton(make_token(f"{holder._meta.model_name}:{holder.pk}"), holder.owner_name)


def vcard_url(person):
    return reverse("contacts:vcard", args=[make_token(f"vcard:{person.pk}")])


def reveal(token):
    """Return the Revealed address behind `token`. Raises ValueError when the token is not for one."""
    kind, _, key = read_token(token).partition(":")
    if kind == "text":
        address, subject, body = (key.split("\n", 2) + ["", ""])[:3]
        return Revealed(address, subject=subject, body=body)
    model = {"role": Role, "person": Person}.get(kind)
    if model is None:
        raise ValueError("a token for something else")
    current = Assignment.objects.current()
    holders = model.objects.filter(pk=key, assignments__in=current)
    if model is Person:  # a role's mailbox stands in place of the person's own address
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
