"""How an e-mail address reaches a reader: only as the answer to a POST that she asks for.

A page holds a button with a token; the token names a role or a person, never an address, so it
follows the office and stops working when nobody current stands behind it.
"""

import re
from dataclasses import dataclass

from django.urls import reverse

from contacts.models import Assignment, Person, Role
from contacts.tokens import make_token, read_token

# Generous on purpose: what merely looks like an address is protected too.
ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+\.\w{2,}")


def without_addresses(text):
    """Return plain text with every e-mail address taken out."""
    return ADDRESS.sub("", text)


@dataclass(frozen=True)
class EmailButton:
    """What a template needs: where the button posts to, and whose address it shows."""

    token: str
    owner: str  # "ordföranden", "Johan Flyckt": follows "Visa e-postadress till"

    @property
    def url(self):
        return reverse("contacts:email", args=[self.token])


@dataclass(frozen=True)
class Revealed:
    """An address for a reader who asked. `email` is "" when nobody stands behind it any more."""

    email: str
    owner: str


def button_for_role(role):
    return EmailButton(make_token(f"role:{role.pk}"), role.definite_name or role.name)


def button_for_person(person):
    return EmailButton(make_token(f"person:{person.pk}"), person.name)


def reveal(token):
    """Return the Revealed address behind `token`. Raises ValueError when the token is not ours."""
    kind, _, key = read_token(token).partition(":")
    current = Assignment.objects.current()
    if kind == "role":
        role = Role.objects.filter(pk=key, assignments__in=current).first()
        return Revealed(role.email, role.definite_name or role.name) if role else Revealed("", "")
    if kind == "person":
        person = Person.objects.filter(pk=key, assignments__in=current).first()
        return Revealed(person.public_email, person.name) if person else Revealed("", "")
    raise ValueError("a token of an unknown kind")
