"""Nothing of an address that is erased stays in the files of the database."""

from pathlib import Path

import pytest
from django.db import connection

from hgf_site.erasure.views import erase_person, personal_data_of
from mailing.leaving import leave
from mailing.models import Delivery, Subscriber

ADDRESS = "sarskild-granne@example.org"


def times_in_files():
    database = Path(connection.settings_dict["NAME"])
    files = [database, database.with_name(f"{database.name}-wal")]
    return sum(file.read_bytes().count(ADDRESS.encode()) for file in files if file.exists())


@pytest.mark.django_db(transaction=True)
def test_no_byte_of_an_address_stays_in_the_file_or_its_log(transactional_db, make_subscriber):
    subscriber = make_subscriber(ADDRESS)
    for _ in range(5):
        Delivery.write_first(subscriber=subscriber)
        subscriber.save()
    if connection.vendor == "sqlite":
        assert times_in_files() > 1
    leave(Subscriber.objects.filter(email=ADDRESS))
    assert not Subscriber.objects.exists()
    if connection.vendor == "sqlite":
        assert times_in_files() == 0


@pytest.mark.django_db
def test_who_is_erased_for_good_gets_no_letters_and_what_she_wrote_here_is_gone(make_holder, make_subscriber):
    person = make_holder(email="Anna@example.org").person
    make_subscriber("anna@example.org")
    Delivery.write_first(role=person.assignments.get().role, fields={"reply": "anna@Example.org"})
    erase_person(person.pk, personal_data_of(person, person.pk), with_old_texts=False)
    assert not Subscriber.objects.exists()
    assert not Delivery.objects.exists()
