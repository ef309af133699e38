"""Rules that data must keep, whoever writes it: the database refuses, the form says why in Swedish."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from contacts.models import Assignment, Branch, Person, PostalAddress, Role, SocialLink
from news.models import Post, Redirect

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def refused_by_the_database(instance):
    with pytest.raises(DatabaseError), transaction.atomic():
        instance.save()


def message_at(field, instance):
    with pytest.raises(ValidationError) as refusal:
        instance.full_clean()
    assert set(refusal.value.message_dict) == {field}
    return refusal.value.message_dict[field][0]


def post(**fields):
    return Post(title="Nyhet", slug="nyhet", **fields)


@pytest.mark.parametrize("published_at", [NOW, NOW + timedelta(days=1)])
def test_a_published_or_scheduled_picture_needs_a_description(published_at):
    undescribed = post(image="nyheter/x.jpg", image_width=1, image_height=1, published_at=published_at)
    assert "Beskriv bilden" in message_at("image_alt", undescribed)
    refused_by_the_database(undescribed)


@pytest.mark.parametrize(
    "fields",
    [
        {"image": "nyheter/x.jpg"},
        {"image": "nyheter/x.jpg", "published_at": NOW, "image_alt": "Grannar på en gård."},
        {"image": "nyheter/x.jpg", "published_at": NOW, "image_is_decorative": True},
        {"published_at": NOW},
    ],
    ids=["a draft", "described", "decorative", "no picture"],
)
def test_other_pictures_do_not(fields):
    fine = post(image_width=1, image_height=1, **fields)
    fine.full_clean()
    fine.save()


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(seconds=-1)])
def test_a_post_expires_after_its_publication(lasts):
    too_early = post(published_at=NOW, expires_at=NOW + lasts)
    assert "sluta gälla" in message_at("expires_at", too_early)
    refused_by_the_database(too_early)


def test_an_assignment_may_last_one_day_but_not_less():
    term = {"person": Person.objects.create(name="Test"), "role": Role.objects.create(name="Kassör")}
    Assignment.objects.create(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 1), **term)
    backwards = Assignment(starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 1), **term)
    assert "sluta innan det börjar" in message_at("ends_on", backwards)
    refused_by_the_database(backwards)


def address(postal_code):
    return PostalAddress(recipient="Test", street="Gatan 1", city="Orten", postal_code=postal_code)


@pytest.mark.parametrize("postal_code", ["1212", "121 2", "12x 28", "121-28", "١٢١ ٢٨", ""])
def test_the_database_takes_five_digits_for_a_postal_code_and_nothing_else(postal_code):
    refused_by_the_database(address(postal_code))


def test_a_postal_code_is_stored_with_its_space_however_it_is_typed():
    for typed in ("12128", "121 28", " 121\u00a028 ", "1212 8"):
        tidy = address(typed)
        tidy.full_clean()
        assert tidy.postal_code == "121 28"
        tidy.save()
        assert PostalAddress.objects.latest("id").postal_code == "121 28"
    assert "fem siffror" in message_at("postal_code", address("Box 1"))


@pytest.mark.parametrize("url", ["http://example.org/", "ftp://example.org/", "HTTPS://example.org/"])
def test_a_social_link_is_https_and_lower_case_in_the_database(url):
    refused_by_the_database(SocialLink(name="Test", url=url))


def test_an_https_link_in_capitals_is_put_right_and_http_is_refused_at_the_field():
    link = SocialLink(name="Test", url="HTTPS://example.org/Sida")
    link.full_clean()
    assert link.url == "https://example.org/Sida"
    assert "https://" in message_at("url", SocialLink(name="Test", url="http://example.org/"))


def test_there_is_one_branch():
    Branch.objects.create(name="Testföreningen")
    with pytest.raises(IntegrityError), transaction.atomic():
        Branch.objects.create(name="En till")
    refused_by_the_database(Branch(id=2, name="En till"))


@pytest.mark.parametrize(
    ("url", "fine"), [("", True), ("https://example.org/", True), ("http://example.org/", False)]
)
def test_the_branch_links_are_https_or_empty(url, fine):
    branch = Branch(name="Testföreningen", membership_url=url)
    if fine:
        branch.full_clean()
        branch.save()
    else:
        refused_by_the_database(branch)


def test_a_redirect_starts_at_a_path_and_does_not_lead_to_itself():
    assert "snedstreck" in message_at("old_path", Redirect(old_path="nyheter", target="/"))
    assert "samma" in message_at("target", Redirect(old_path="/a/", target="/a/"))
    refused_by_the_database(Redirect(old_path="/a/", target="/a/"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("070 - 653 56 86", "+46706535686"),
        ("010-459 19 49", "+46104591949"),
        ("+47 22 12 34 56", "+4722123456"),
    ],
)
def test_a_phone_number_is_stored_as_e164(typed, stored):
    person = Person(name="Test", phone=typed)
    person.full_clean()
    person.save()
    assert Person.objects.filter(phone=stored).exists()


def test_a_wrong_phone_number_is_refused_in_swedish():
    assert "telefonnumret är inte giltigt" in message_at("phone", Person(name="Test", phone="070-12"))
