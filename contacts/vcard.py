"""A contact as a vCard 3.0 (RFC 2426), the version that old phones read too."""

from contacts.addresses import replace_addresses


def vcard(card, postal_address=None, branch_name=""):
    """Return the text of a vCard for a contacts.directory.Card, with what its person shows.

    `postal_address`: a PostalAddress or None. Lines end with CRLF and are at most 75 octets.
    """
    person = card.person
    first, _, last = person.name.rpartition(" ")
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{escaped(last)};{escaped(first)};;;",
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
    """Return `text` as a value of a vCard: on one line, without an address that hides in it."""
    return escaped_value(replace_addresses(text, ""))


def escaped_value(text):
    text = " ".join(text.split())
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text


def folded(line):
    """Return `line` cut into pieces of at most 75 octets; never inside a character."""
    pieces, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > 75:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += width
    return "\r\n".join(pieces)
