"""A contact as a vCard 3.0 (RFC 2426), the version that old phones read too."""

import re

from common.email_protection.detect import replace_addresses

PARTICLE = re.compile(
    "af|al|ap|av|bin|da|de|degli|del|della|den|der|di|do|dos|du|el|ibn|la|le|ten|ter|und|van|von|vom|zu|zum",
    re.IGNORECASE,
)
SUFFIX = re.compile(
    r"(.+?)(?: ?[(\[](.+)[)\]]|, ?(.+)| (jr|sr|junior|senior|d\.y\.|d\.ä\.|i{2,3}|iv|f(?:\.|ödd) .+?)\.?)",
    re.IGNORECASE,
)


def name_parts(name):
    """Return (family name, given names, suffix): "Anna von Sydow (vikarie)" is von Sydow, Anna, vikarie."""
    name, suffix = " ".join(name.split()), ""
    if found := SUFFIX.fullmatch(name):
        name, suffix = found[1], found[2] or found[3] or found[4]
        if found[3] and all(map(PARTICLE.fullmatch, name.split()[:-1])):  # "von Sydow, Anna"
            return name, suffix, ""
    words = name.split()
    start = len(words) - 1
    while start > 0 and PARTICLE.fullmatch(words[start - 1]) and (start > 1 or words[0].islower()):
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start]), suffix


def vcard(card, postal_address=None, branch_name=""):
    """Return the text of a vCard for a contacts.directory.Card, with what the person shows.

    `postal_address`: a PostalAddress or None. Lines end with CRLF and are at most 75 octets.
    """
    person = card.person
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:{};{};;;{}".format(*map(escaped, name_parts(person.name))),
        f"FN:{escaped(person.name)}",
        f"ORG:{escaped(person.organisation or branch_name)}",
        f"TITLE:{escaped(', '.join(role.name for role in card.roles))}",
    ]
    if card.phone:
        lines.append(f"TEL;TYPE=VOICE:{card.phone.as_e164}")
    lines += [f"EMAIL;TYPE=INTERNET:{escaped_value(email)}" for email in card.emails]
    if postal_address:
        extended = escaped(", ".join(postal_address.recipient_lines))
        street, city = escaped(postal_address.street), escaped(postal_address.city)
        lines.append(f"ADR;TYPE=WORK:;{extended};{street};{city};;{postal_address.postal_code};Sverige")
    lines.append("END:VCARD")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text):
    """Return `text` as a value of a vCard: on one line, without e-mail addresses in it."""
    return escaped_value(replace_addresses(text, ""))


def escaped_value(text):
    text = " ".join(text.split())
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text


def folded(line):
    """Return `line` cut into pieces of at most 75 octets; never inside a character."""
    from icalendar.parser import Contentline  # here: it would take a tenth of every start

    return Contentline(line).to_ical().decode()
