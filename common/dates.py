"""Days as Swedes write them: "tisdag den 14 mars 2027", "ons 3/2"."""

import re
from contextlib import suppress
from datetime import date

from django.utils.formats import date_format

from common import swedish

WEEKDAYS = ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"]
MONTH_ABBREVIATIONS = [month[:3] for month in swedish.MONTHS.split("|")]
ORDINALS = [
    "första", "andra", "tredje", "fjärde", "femte", "sjätte", "sjunde", "åttonde", "nionde", "tionde",
    "elfte", "tolfte", "trettonde", "fjortonde", "femtonde", "sextonde", "sjuttonde", "artonde", "nittonde",
    "tjugonde", "tjugoförsta", "tjugoandra", "tjugotredje", "tjugofjärde", "tjugofemte", "tjugosjätte",
    "tjugosjunde", "tjugoåttonde", "tjugonionde", "trettionde", "trettioförsta",
]  # fmt: skip

WEEKDAY = r"(?P<weekday>mån|tis|ons|tors|tor|fre|lör|sön)(?:d(?:ag(?:en)?)?)?"
MONTH = rf"(?P<month>{'|'.join(MONTH_ABBREVIATIONS)})[a-z]*\.?"
# At the end of which word one can stand is looked at first: all 31 at each letter took a quarter of a save.
ORDINAL = rf"\b(?=[a-zåäö]+[ea]\s)(?P<ordinal>{'|'.join(reversed(ORDINALS))})"
DAY_NUMBER = r"(?P<number>\d\d?)(?:\s?:?\s?[ae]|:dj?e)?"
YEAR = r"(?:\s?-?(?P<year>20\d\d)|\s?[-’'](?P<short>\d\d))?(?!\d)"
SLASHED_DATE = (  # but "1/2 dl", "2/3 av alla" and "24/7" are none
    rf"(?P<number>\d\d?)/(?!(?<=24/)7)(?P<in_year>\d{{1,2}}){YEAR}"
    r"(?!/|\s?(?:kg|hg|l|dl|pris|tim|av|procent)\b)"
)
WHOLE_DATE = r"(?P<number>\d\d?)(?P<sign>[./-])(?P<in_year>\d{1,2})(?P=sign)(?P<year>20\d\d)(?!\d)"
ISO_DATE = r"(?P<year>20\d\d)-?(?P<in_year>\d\d)-?(?P<number>\d\d)(?!\d)"
# In small letters, and each as what it begins with tells it: a long text is searched for each.
DATE_FORMS = [
    re.compile(form)
    for form in (
        rf"{DAY_NUMBER}\s{MONTH}{YEAR}",
        rf"{ORDINAL}\s{MONTH}{YEAR}",
        SLASHED_DATE,
        WHOLE_DATE,
        ISO_DATE,
    )
]
DEN = re.compile(r"(?:d(?:en|\.)\s)?")
CLOCK = r"(?:kl(?:ockan|\.)?\s\d\d?(?:[.:]\d\d)?,?\s)?"
# A full stop after the whole word ends a sentence; "lördag–söndag" is of two days.
WEEKDAY_BEFORE = re.compile(rf"(?<![\w–-]){WEEKDAY}(?:(?<!dag)(?<!dagen)\.)?[,:]?\s{CLOCK}{DEN.pattern}")
WEEKDAY_AFTER = re.compile(rf"\s\({WEEKDAY}\.?\)")


def parse_day(text, today=None):
    """Return the date that a text says, or None; without a year the next, counted from `today`.

    Raises ValueError: with a Swedish line for a weekday that is another one, without for a day that is none.
    """
    text = " ".join(text.lower().split())
    weekday = WEEKDAY_BEFORE.match(text)
    start = (weekday or DEN.match(text)).end()
    for form in DATE_FORMS:
        if match := form.fullmatch(text, start):
            day = date_of(match, today)
            if weekday and not is_weekday(day, weekday):
                raise ValueError(contradiction(day, weekday))
            return day
    return None


def wrong_weekdays(text, today, *, is_of_coming=False):
    """Return a line for each date in a text that has another weekday than the text says.

    Without a year it is the one nearest to `today`, or, unless the text is of what comes, the one
    before or after: who tells of last summer means that one.
    """
    text = " ".join(text.lower().split())
    found = []
    for form in DATE_FORMS:
        for match in form.finditer(text):
            weekday = last_match(WEEKDAY_BEFORE, text[: match.start()]) or WEEKDAY_AFTER.match(
                text, match.end()
            )
            try:
                days = days_of(match, today)
            except ValueError:  # the 30th of February, or something else than a date
                continue
            nearest = min(days, key=lambda day: abs(day - today))
            meant = [nearest] if is_of_coming else days
            if weekday and not any(is_weekday(day, weekday) for day in meant):
                found.append(contradiction(nearest, weekday))
    return found


def last_match(pattern, text):
    """Return the match of a pattern that ends where the text ends, or None."""
    end = text[-35:]
    return next((match for match in pattern.finditer(end) if match.end() == len(end)), None)


def date_of(match, today):
    """Return the date of a match of DATE_FORMS; without a year the next."""
    return days_of(match, today)[-1]


def days_of(match, today):
    """Return the dates that a match of DATE_FORMS may mean, without a year the last one and the next.

    Raises ValueError for a day that is none.
    """
    parts = match.groupdict()
    word = parts.get("ordinal")
    number = ORDINALS.index(word) + 1 if word else int(parts["number"])
    month = MONTH_ABBREVIATIONS.index(parts["month"]) + 1 if parts.get("month") else int(parts["in_year"])
    if year := parts.get("year") or (f"20{parts['short']}" if parts.get("short") else ""):
        return [date(int(year), month, number)]
    if today is None:
        raise ValueError
    days = []
    for year in range(today.year - 1, today.year + 2):
        with suppress(ValueError):  # the 29th of February
            days.append(date(year, month, number))
    if not days or days[-1] < today:
        raise ValueError
    return [*[day for day in days if day < today][-1:], next(day for day in days if day >= today)]


def is_weekday(day, match):
    return WEEKDAYS[day.weekday()].startswith(match["weekday"])


def contradiction(day, match):
    typed = next(name for name in WEEKDAYS if name.startswith(match["weekday"]))
    return f"{date_format(day)} är en {WEEKDAYS[day.weekday()]}, inte en {typed}."
