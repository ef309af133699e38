"""Small rules of Swedish grammar and typography that the pages need."""

import re
from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format

# The end of a title and what the definite form ends with: "ordförande" → "ordföranden".
DEFINITE_ENDINGS = {
    "ande": "anden",
    "are": "aren",
    "ör": "ören",
    "or": "orn",
    "ot": "oten",
    "ant": "anten",
    "ent": "enten",
    "ing": "ingen",
    "man": "mannen",
    "ist": "isten",
    "eg": "egen",
    "log": "logen",
}


format_day = lru_cache(maxsize=1024)(date_format)  # of dates: equal moments may read otherwise


def definite(title):
    """Return a role's title as running text names its holder, or "" where the rules do not reach.

    "Ordförande" → "ordföranden", "Vice ordförande" → "vice ordföranden"; a compound such as
    "Strateg & Processledare" has no simple definite form.
    """
    *before, last = title.lower().split() or [""]
    if before not in ([], ["vice"]) or not last.isalpha():
        return ""
    for ending, definite_ending in DEFINITE_ENDINGS.items():
        if last.endswith(ending):
            return " ".join([*before, last.removesuffix(ending) + definite_ending])
    return ""


def day_text(when):
    """Return a date, or an aware moment by its date in Stockholm, as "3 mars 2026"."""
    return date_format(timezone.localdate(when) if isinstance(when, datetime) else when)


# 0770 to 0779 and 0200, which phonenumbers splits after 077 and 020.
FOUR_DIGIT_PREFIX = re.compile(r"(77\d|200)(\d\d)(\d\d)(\d\d)")


def phone_text(number):
    """Return a PhoneNumber as people write it: "070-653 56 86", "0771-44 34 43", "+47 22 12 34 56"."""
    if number.country_code == 46 and (found := FOUR_DIGIT_PREFIX.fullmatch(str(number.national_number))):
        return "0{}-{} {} {}".format(*found.groups())
    return number.as_national if number.country_code == 46 else number.as_international


MONTHS = "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"
UNITS = r"kr|kronor|tkr|procent|%|kvm|m²|km|m|år|st|minuter|timmar"
# A space that must not become a line break, by what stands before and after it.
UNBREAKABLE = re.compile(
    rf"""
    (?<=\d)\ (?=\d\d\d?(?!\d))              # 121 28, 070-653 56 86, 10 450
    | (?<=\d)\ (?=(?:{MONTHS}|{UNITS})(?!\w))  # 21 april, 5 %, 78 kvm
    | (?<=\bkl\.)\ (?=\d) | (?<=\bkl)\ (?=\d)  # kl. 18.30
    | (?<=\bnr)\ (?=\d) | (?<=§)\ (?=\d)       # nr 5, § 12
    | \ (?=[–—]\ )                             # a dash never begins a line
    """,
    re.VERBOSE,
)
TAG = re.compile(r"(<[^>]*>)")


def no_break_spaces(text):
    """Return a text or HTML with no-break spaces where Swedish never breaks a line; tags as they are."""
    parts = TAG.split(text)
    return "".join(part if part.startswith("<") else UNBREAKABLE.sub("\xa0", part) for part in parts)
