"""”Radera för gott”: erases a person from tables, history, trash and media, for Administratörer."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from phonenumber_field.phonenumber import to_python as phone_of
from reversion.models import Version

from common.files.storage import delete_picture
from common.swedish import phone_text
from common.vacuum import overwrite_erased
from common.versions.purge import erase, named_pictures
from common.versions.registry import serialized_fields
from contacts.models import Person, Role
from hgf_site.erasure.personal_data import PersonalDataSearch
from hgf_site.operations.backups.files import KEEP, stored_backups
from mailing.leaving import erase_addresses

PERMISSION = "contacts.erase_person"
ERASED_NAME = "(raderad person)"
WITH_OLD_TEXTS = "old"  # the checkbox: also delete older versions of other texts that name the person


def erase_view(admin_site, request, key):
    """Ask, and after the POST erase, a person who exists or who is in the trash."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    person = Person.objects.filter(pk=key).first() if key < 2**63 else None
    data = personal_data_of(person, key)
    if not data["names"]:
        raise Http404
    name = person.name if person else data["names"][0]
    if request.method == "POST":
        erase_person(key, data, with_old_texts=WITH_OLD_TEXTS in request.POST)
        messages.success(request, f"{name} är raderad för gott.")
        return HttpResponseRedirect(reverse("admin:contacts_person_changelist"))
    search = PersonalDataSearch(data)
    context = {
        **admin_site.each_context(request),
        "title": f"Radera {name} för gott",
        "key": key,
        "name": name,
        "roles": person.assignments.select_related("role") if person else [],
        "texts": search.current_texts(),
        "old_texts": search.old_texts(),
        "is_sure": search.is_sure,
        "WITH_OLD_TEXTS": WITH_OLD_TEXTS,
        "mailboxes": Role.objects.filter(email__in=data["emails"]) if data["emails"] else [],
        "backups": len(stored_backups()),
        "keep": KEEP,
        "cdn_seconds": settings.CDN_SECONDS,
        "back": reverse("admin:contacts_person_change", args=[key]) if person else reverse("admin:trash"),
    }
    return TemplateResponse(request, "admin/contacts/person/erase.html", context)


def personal_data_of(person, key):
    """Return {"names", "phones", "emails", "pictures"}: lists of what the row and its versions hold."""
    fields = {"names": "name", "phones": "phone", "emails": "email", "pictures": "photo"}
    rows = [serialized_fields(version) for version in Version.objects.get_for_object_reference(Person, key)]
    if person:
        rows.insert(0, {name: getattr(person, name) for name in fields.values()})
    values = {what: [str(row.get(name) or "") for row in rows] for what, name in fields.items()}
    return {what: [value for value in dict.fromkeys(found) if value] for what, found in values.items()}


def phone_spellings(phones):
    """Return every way in which a text may hold the numbers."""
    numbers = [phone_of(phone) for phone in phones]
    return [*phones, *(phone_text(number) for number in numbers if number)]


def erase_person(key, data, with_old_texts):
    """Erase the person with this key; `data` is from personal_data_of().

    `with_old_texts`: also delete every older or deleted version of other texts that names the person.
    """
    with transaction.atomic():
        pictures = PersonalDataSearch(data).delete_versions() if with_old_texts else set()
        Person.objects.filter(pk=key).delete()  # deletes the assignments too
        erase_addresses(data["emails"])
        words = [*data["names"], *data["emails"], *phone_spellings(data["phones"])]
        longest_first = dict.fromkeys(sorted(words, key=len, reverse=True), ERASED_NAME)
        pictures |= erase(Person, key, longest_first) | set(data["pictures"])
        transaction.on_commit(lambda: delete_files(pictures))


def delete_files(pictures):
    """Delete the files that nothing names any more, and what the database's files still hold."""
    for picture in pictures - named_pictures():
        delete_picture(default_storage, picture)
    overwrite_erased()
