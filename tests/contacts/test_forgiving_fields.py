"""What people type into the admin's fields: taken in their ways of writing, or refused with an example."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from common.form_fields import DateField, EmailField, HttpsURLFormField, PhoneField, TimeField
from common.swedish import phone_text
from contacts.models import Person, PostalAddress, SocialLink
from contacts.vcard import name_parts
from tests.helpers.admin_forms import form_id_of, read_form, url_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ("0771-443 443", "+46771443443", "0771-44 34 43"),
        ("0200-12 34 56", "+46200123456", "0200-12 34 56"),
        ("0770-910 009", "+46770910009", "0770-91 00 09"),
        ("0046 775 123456", "+46775123456", "0775-12 34 56"),
        ("020-12 34 56", "+4620123456", "020-12 34 56"),
        ("010-123 45 67", "+46101234567", "010-123 45 67"),
        ("+46 (0)70-123 45 67", "+46701234567", "070-123 45 67"),
        ("08-519 100 00", "+46851910000", "08-519 100 00"),
        ("tel:+46-8-12-34-56", "+468123456", "08-12 34 56"),
        ("070.123\u00a045 67", "+46701234567", "070-123 45 67"),
        ("+47 22 12 34 56", "+4722123456", "+47 22 12 34 56"),
    ],
)
def test_a_number_is_taken_as_swedes_write_it_and_shown_so(typed, stored, shown):
    number = PhoneField(region="SE").clean(typed)
    assert number.as_e164 == stored
    assert phone_text(number) == shown
    assert PhoneField(region="SE").clean(shown) == number


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("070-123 45 67 (kvällar)", "(kvällar)"),
        ("070-123 45 67 ankn 12", "ankn 12"),
        ("070-123 45 67, Anna", "Anna"),
        ("08-519 100 00 vx", "vx"),
        ("Mobil 070-123 45 67", "Mobil"),
        ("070-123 45 67 #12", "ankn 12"),
        ("efter kl. 18", "efter kl. 18"),
    ],
)
def test_words_beside_a_number_are_named(typed, named):
    with pytest.raises(ValidationError) as refusal:
        PhoneField(region="SE").clean(typed)
    assert refusal.value.messages == [
        f"Ta bort ”{named}”. Här får bara numret stå, till exempel 070-123 45 67."
    ]


FIELDS = [
    (DateField, "24 dec 2026", date(2026, 12, 24)),
    (DateField, "24 December 2026", date(2026, 12, 24)),
    (DateField, "torsdag den 24:e dec. 2026", date(2026, 12, 24)),
    (DateField, "24/12 2026", date(2026, 12, 24)),
    (DateField, "2026-12-24", date(2026, 12, 24)),
    (DateField, " 3  maj 2027 ", date(2027, 5, 3)),
    (TimeField, "kl. 18.30", time(18, 30)),
    (TimeField, "1830", time(18, 30)),
    (TimeField, "930", time(9, 30)),
    (TimeField, "klockan 9", time(9)),
    (TimeField, "18:30:00", time(18, 30)),
    (TimeField, "Kl 18,30", time(18, 30)),
    (TimeField, "18 30", time(18, 30)),
    (EmailField, "mailto:anna@example.net", "anna@example.net"),
    (EmailField, "MAILTO:anna%2Bx@example.net?subject=Hej", "anna+x@example.net"),
    (EmailField, "Anna Ek <anna@example.net>", "anna@example.net"),
    (EmailField, '"Ek, Anna" <anna@example.net>', "anna@example.net"),
    (EmailField, "<mailto:anna@example.net>", "anna@example.net"),
    (EmailField, "Anna Ek (anna(at)example.net)", "anna@example.net"),
    (EmailField, "anna@exa\u00admple.net\u200b", "anna@example.net"),
    (EmailField, "o’brien@example.net.", "o'brien@example.net"),
    (HttpsURLFormField, "http://facebook.com/x", "https://facebook.com/x"),
    (HttpsURLFormField, "HTTP://www.example.org", "https://www.example.org"),
    (HttpsURLFormField, "<https://example.org/a\u200b>", "https://example.org/a"),
    (HttpsURLFormField, "facebook.com/x", "https://facebook.com/x"),
    (HttpsURLFormField, " https://example.org/a?b=http://c ", "https://example.org/a?b=http://c"),
]


@pytest.mark.parametrize(("field", "typed", "value"), FIELDS)
def test_a_field_takes_what_people_type(field, typed, value):
    options = {"assume_scheme": "https"} if field is HttpsURLFormField else {}
    assert field(**options).clean(typed) == value


@pytest.mark.parametrize(
    ("field", "typed", "example"),
    [
        (DateField, "31 juni 2026", "24 december 2026"),
        (DateField, "snart", "24 december 2026"),
        (DateField, "24 foo 2026", "24 december 2026"),
        (TimeField, "25.00", "18.30"),
        (DateField, "261224", "24 december 2026"),
        (TimeField, "18.75", "18.30"),
        (TimeField, "18.3", "18.30"),
        (TimeField, "efter lunch", "18.30"),
        (EmailField, "anna", "namn@example.org"),
        (EmailField, "anna@example.net och bo@example.net", "namn@example.org"),
        (EmailField, "anna@example.net; bo@example.net", "namn@example.org"),
        (PhoneField, "123", "070-123 45 67"),
    ],
)
def test_a_field_that_cannot_take_it_gives_one_example(field, typed, example):
    with pytest.raises(ValidationError) as refusal:
        field().clean(typed)
    (message,) = refusal.value.messages
    assert example in message


def add(as_superuser, model, **typed):
    url = url_of(model, "add")
    values, _ = read_form(as_superuser.get(url), form_id_of(model))
    return as_superuser.post(url, values | {name: [value] for name, value in typed.items()})


def test_the_admin_takes_them_all(as_superuser, make_holder):
    add(as_superuser, SocialLink, name="Facebook", url="http://facebook.com/x")
    assert SocialLink.objects.get().url == "https://facebook.com/x"
    add(as_superuser, Person, name="Anna", email="Anna Ek <anna@example.net>", phone="0771-443 443")
    person = Person.objects.get()
    assert (person.email, person.phone.as_e164) == ("anna@example.net", "+46771443443")
    form = as_superuser.get(reverse("admin:contacts_person_change", args=[person.pk]))
    assert 'value="0771-44 34 43"' in form.text


def test_a_refused_number_comes_back_as_it_was_typed_with_one_line(as_superuser):
    page = add(as_superuser, Person, name="Anna", phone="070-123 45 67 (kvällar)")
    assert page.context["adminform"].form.errors["phone"] == [
        "Ta bort ”(kvällar)”. Här får bara numret stå, till exempel 070-123 45 67."
    ]
    assert 'value="070-123 45 67 (kvällar)"' in page.text


def test_a_post_takes_its_day_and_time_in_words(as_superuser):
    from news.models import Post

    fields = {"published_at_0": "24 dec 2026", "published_at_1": "kl. 18.30", "_draft": ""}
    page = add(as_superuser, Post, title="Jul", expires_at_0="1 jan 2027", expires_at_1="1830", **fields)
    assert page.status_code == 302
    assert timezone.localtime(Post.objects.get().expires_at).isoformat() == "2027-01-01T18:30:00+01:00"


@pytest.mark.parametrize(
    "typed", ["SE-121 28", "121 28", "12128", "se 12128", "S-12128", "121-28", "SE12128"]
)
def test_a_postal_code_is_taken_with_its_country(as_superuser, typed):
    add(as_superuser, PostalAddress, recipient="Ett", street="Box 1", city="Ort", postal_code=typed)
    assert PostalAddress.objects.get().postal_code == "121 28"


@pytest.mark.parametrize("typed", ["DK-1212", "1212", "12 12 12", "abcde"])
def test_a_postal_code_that_is_none_gives_one_example(as_superuser, typed):
    page = add(as_superuser, PostalAddress, recipient="Ett", street="Box 1", city="Ort", postal_code=typed)
    assert page.context["adminform"].form.errors["postal_code"] == [
        "Skriv postnumret med fem siffror, till exempel 121 28."
    ]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Anna Ek", ("Ek", "Anna", "")),
        ("Anna Maria von Sydow", ("von Sydow", "Anna Maria", "")),
        ("Carl af Geijerstam", ("af Geijerstam", "Carl", "")),
        ("Maria de la Cruz", ("de la Cruz", "Maria", "")),
        ("Magnus De la Gardie", ("De la Gardie", "Magnus", "")),
        ("Piet van der Berg (vikarie)", ("van der Berg", "Piet", "vikarie")),
        ("Anna Ek, jur. kand.", ("Ek", "Anna", "jur. kand.")),
        ("Karl Ek jr", ("Ek", "Karl", "jr")),
        ("Ek, Anna", ("Ek", "Anna", "")),
        ("von Sydow, Anna", ("von Sydow", "Anna", "")),
        ("Anna von und zu Berg", ("von und zu Berg", "Anna", "")),
        ("Anna Ek [vik.]", ("Ek", "Anna", "vik.")),
        ("Karl Ek III", ("Ek", "Karl", "III")),
        ("Anna Ek född Berg", ("Ek", "Anna", "född Berg")),
        ("Van Ek", ("Ek", "Van", "")),
        ("von Ek", ("von Ek", "", "")),
        ("Anna", ("Anna", "", "")),
        ("", ("", "", "")),
    ],
)
def test_a_name_has_its_parts_on_the_card(name, parts):
    assert name_parts(name) == parts
