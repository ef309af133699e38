"""What a text says of people that somebody should look at: personal numbers, telephones, lists of names."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import chain

from django.utils import timezone
from django.utils.crypto import salted_hmac
from phonenumbers import Leniency, PhoneNumberMatcher

MOST_TOLD = 3
LONGEST_SEARCHED = 200_000  # characters: the search for telephones takes its time
SIGN = "-+\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{MINUS SIGN}"
DIGITS = re.compile(r"\d(?:\W{0,3}+\d){9,}+")  # found ten times as fast as what is looked for in it
NUMBER = re.compile(
    r"(?<![\d+])(?P<century>18|19|20)?[ \xa0]?"
    r"(?P<year>\d\d)(?P<gap>[ \xa0-]?)(?P<month>\d\d)(?P=gap)(?P<day>\d\d)"
    rf"[ \xa0]?(?:(?P<sign>[{SIGN}])\s?)?(?P<last>\d{{4}})(?!\d)"
)
OF_SOMETHING_ELSE = re.compile(
    r"\b(?:ocr|faktura|bankgiro|plusgiro|bg|pg|konto|kund|medlem|referens|ref|tel|mobil|org|ärende|diarie|artikel|order"
    r"|swish|meddelande)\w*[.:\s-]*(?:nr|nummer)?[.:\s]*$",
    re.IGNORECASE,
)
ATTENDANCE = re.compile(r"\b(?i:närvarande|närvarolista|deltagare)\b[^\n:]{0,40}:\s*[A-ZÅÄÖ]")


@dataclass(frozen=True)
class PersonalNumber:
    """`key`: a keyed hash, the same however the number is written; `masked`: what may be said of it."""

    key: str
    masked: str


def is_key(value):
    return bool(re.fullmatch("[0-9a-f]{32}", value))


def find_numbers(text):
    """Return the PersonalNumbers (samordningsnummer too) in a text, each once, in order.

    Told apart from others of ten digits by their date, their check digit, and the word before them.
    """
    found = {}
    runs = DIGITS.finditer(text)
    for match in chain.from_iterable(NUMBER.finditer(text, *run.span()) for run in runs):
        if is_personal(match):
            digits = "".join(match.group("year", "month", "day", "last"))
            key = salted_hmac("common.publishing.people", digits, algorithm="sha256").hexdigest()[:32]
            found.setdefault(key, PersonalNumber(key, f"{match['century'] or ''}{digits[:6]}-••••"))
    return list(found.values())


def is_personal(match):
    century, year, month, day = match["century"] or "20", match["year"], match["month"], int(match["day"])
    try:
        born = date(int(century + year), int(month), day - 60 if day > 60 else day)
    except ValueError:
        return False
    if (match["century"] and born > timezone.localdate()) or not has_check_digit(
        year + month + match["day"] + match["last"]
    ):
        return False
    if match["sign"]:
        return True
    is_telephone = not match["century"] and year[0] == "0"
    before = match.string[max(match.start() - 40, 0) : match.start()]
    return not (match["gap"] or is_telephone or OF_SOMETHING_ELSE.search(before))


def has_check_digit(digits):
    """Tell whether a number of ten digits ends as Luhn's algorithm says."""
    doubled = "".join(str(int(digit) * (2 - place % 2)) for place, digit in enumerate(digits))
    return sum(map(int, doubled)) % 10 == 0


def remarks(pages, whole):
    """Yield what should be told of the people in texts, a sentence each; `whole`: "Texten", "Filen"."""
    phones, lists, left = {}, [], LONGEST_SEARCHED
    for number, page in enumerate(pages, start=1):
        found = PhoneNumberMatcher(page[:left], "SE", Leniency.VALID)
        left -= len(page[:left])
        phones |= {match.raw_string: number for match in found if not find_numbers(match.raw_string)}
        lists += [number] if ATTENDANCE.search(page) else []
    where = len(pages) > 1
    if phones:
        named = [f"{phone} (sida {number})" if where else phone for phone, number in phones.items()]
        more = f" och {len(named) - MOST_TOLD} till" if len(named) > MOST_TOLD else ""
        told = f"{', '.join(named[:MOST_TOLD])}{more}"
        yield f"{whole} innehåller telefonnummer: {told}. Se efter att de ska synas."
    if lists:
        on = f" (sida {', '.join(map(str, lists))})" if where else ""
        yield f"{whole} säger vilka som var med{on}. Behöver alla se namnen? Annars räcker hur många de var."
