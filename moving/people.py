"""The people of the old contact page: put into the register where nobody sees them, as suggestions."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from phonenumber_field.phonenumber import to_python as phone_of

from contacts.handover.name_matching import PeopleByName, normalize_name
from contacts.handover.starter_roles import STARTER_ROLES
from contacts.models import Person, Role
from moving.models import Imported, digest_of

Kind = Imported.Kind


def save_contacts(importer):
    """Make a person, who shows nothing, of each contact that the public saw, and the role if it is missing.

    Who stands in the register already is left as it is. What was taken in once is left alone.
    """
    register = PeopleByName(Person.objects.all())
    for contact in importer.site.contacts:
        if not contact.is_public or (Kind.CONTACT, contact.id) in importer.memory:
            continue
        before, _, name = contact.name.rpartition(":")  # "Sekreterare: Åsa"
        name = with_capitals(normalize_name(name))[:100]
        if not name:
            continue
        with transaction.atomic():
            memory = importer.remembered(Kind.CONTACT, contact.id)
            memory.person = next(iter(register.same(name)), None)
            memory.role = role_called(normalize_name(contact.role or before)[:100], importer)
            if memory.person is None:
                phone, email = valid_phone(contact), valid_email(contact)
                memory.person = Person.objects.create(name=name, phone=phone, email=email)
                memory.own_digest = digest_of(memory.person)
            memory.save()
        importer.memory[Kind.CONTACT, contact.id] = memory


def role_called(name, importer):
    """Return the role of that name, made if there is none; None without a name."""
    role = Role.objects.filter(name__iexact=name).first()
    if role is None and name:
        role = Role.objects.create(name=name, group=STARTER_ROLES.get(name, Role.Group.OTHER))
        memory = importer.remembered(Kind.ROLE, name.lower())
        memory.role, memory.own_digest = role, digest_of(role)
        memory.save()
    return role


def with_capitals(name):
    words = name.split()
    return " ".join(word.title() if word.islower() and len(words) == 2 else word for word in words)


def valid_phone(contact):
    numbers = (phone_of(text) for text in (contact.mobile, contact.phone) if text)
    return next((number for number in numbers if number.is_valid()), "")


def valid_email(contact):
    try:
        validate_email(contact.email)
    except ValidationError:
        return ""
    return contact.email
