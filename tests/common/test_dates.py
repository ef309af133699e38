"""Days as Swedes write them are read, and a weekday that is another one is told."""

from datetime import date

import pytest

from common.dates import parse_day, wrong_weekdays

TODAY = date(2026, 11, 28)  # 14 March 2027 is a Sunday


@pytest.mark.parametrize(
    "text",
    [
        "tisdag 14 mars", "tisdagen den 14 mars", "Tisdag den 14:e mars", "TISDAG 14 MARS", "tis 14/3",
        "tis. 14 mars", "tisd 14 mar", "tisdag, 14 mars", "tisdag 14/3", "tisdag 14 mars 2027",
        "tisdag 14/3 2027", "tisdag 14/3-27", "tisdag 14 mars -27", "tisdag 2027-03-14", "14 mars (tisdag)",
        "14/3 (tis)", "tisdag\n14 mars", "tisdag\u00a014\u00a0mars", "tisdagen den fjortonde mars",
        "tisdagen den 14 mars kl. 18.30", "vi ses tisdag 14 mars, välkommen", "tisdag 14:de mars",
        "måndag 15 mars och tisdag 14 mars", "tisdag 20270314", "tisdag d. 14 mars", "tisdag 14e mars",
        "tisdag 14.3.2027", "tisdag 14/03/2027", "tisdag kl. 18 den 14 mars", "tisdag: 14 mars",
    ],
)  # fmt: skip
def test_a_weekday_that_does_not_fit_is_told(text):
    assert wrong_weekdays(text, TODAY) == ["14 mars 2027 är en söndag, inte en tisdag."]


@pytest.mark.parametrize(
    "text",
    [
        "söndag 14 mars", "sön 14/3", "Söndagen den fjortonde mars", "14 mars (söndag)",
        "lördag 28 november", "fredag 27 november 2026", "tisdag 10 mars 2026", "onsdag 3 februari",
        "måndag 15 mars, tisdag 16 mars", "måndag–fredag 1–5 mars", "lördag och söndag 13 och 14 mars",
        "fredag 13.30", "tisdag kl. 14.10", "tisdag 14.10", "varje tisdag", "måndagar 18–20", "tisdag 1/2 kg",
        "tors 070-653 56 86", "ons 12 lägenheter", "lör 2 maskiner", "30 februari (tisdag)",
        "hyran höjs 1 mars 2027", "Fre Andersson 14 mars", "den 14 mars, en söndag, och tisdag 16 mars",
        "torsdag 31 december och fredag 1 januari", "Lördagen den 20 juni firade vi",
        "Förra mötet, tisdag 10 mars,",
        "söndag 3 januari kl. 15", "måndag 29 februari", "onsdagen den 1 april",
        "Fredag 13 mars blev det fest", "Öppet varje tisdag. 14 mars är det stängt", "fredag 2/3 av alla",
        "Öppet tisdag och torsdag. Den 14 mars är det stängt", "även måndag 24/7", "mån–fre 8/12",
        "fredag 1/2 procent",
    ],
)  # fmt: skip
def test_ordinary_texts_raise_no_alarm(text):
    assert wrong_weekdays(text, TODAY) == []


def test_a_text_of_what_comes_means_no_day_of_last_year():
    assert wrong_weekdays("lördag 14 mars", TODAY) == []  # that was one
    assert wrong_weekdays("lördag 14 mars", TODAY, is_of_coming=True) == [
        "14 mars 2027 är en söndag, inte en lördag."
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 februari", date(2027, 2, 3)), ("ons 3/2", date(2027, 2, 3)), ("2027-02-03", date(2027, 2, 3)),
        ("20270203", date(2027, 2, 3)), ("onsdag den 3:e feb", date(2027, 2, 3)), ("28/11", TODAY),
        ("24 dec 2026", date(2026, 12, 24)), (" 3  februari ", date(2027, 2, 3)),
        ("3/2-28", date(2028, 2, 3)), ("3/2 2028", date(2028, 2, 3)),
        ("3.2.2027", date(2027, 2, 3)), ("03/02/2027", date(2027, 2, 3)), ("1a mars", date(2027, 3, 1)),
    ],
)  # fmt: skip
def test_a_day_is_read_and_one_without_a_year_is_the_next(text, day):
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["tis 14 mars", "30 februari", "29 februari", "onsdag 3 februari 2026"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  what is said is the field's
        parse_day(text, TODAY)


@pytest.mark.parametrize("text", ["snart", "3 februari kl 18", "onsdag", ""])
def test_what_says_no_day_is_no_date(text):
    assert parse_day(text, TODAY) is None
