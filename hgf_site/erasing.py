"""”Radera för gott”: a person out of tables, history, bin and media, for Administratörer."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from phonenumber_field.phonenumber import to_python as phone_of
from reversion.models import Version

from contacts.models import Person, Role
from contacts.swedish import phone_text
from hgf_site.backups.shelf import KEEP, stored
from hgf_site.mentions import Mentions
from news.models import Post
from versions.keeping import kept_fields
from versions.tidying import delete_picture, erase, named_pictures, pictures_of

PERMISSION = "contacts.erase_person"
SOMEBODY = "(raderad person)"
OLD = "old"  # the tick: older versions of other texts that name her go too


def erase_view(admin_site, request, key):
    """Ask, and after the POST erase, a person who exists or who is in the bin."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    person = Person.objects.filter(pk=key).first() if key < 2**63 else None
    known = all_that_is_known(person, key)
    if not known["names"]:
        raise Http404
    name = person.name if person else known["names"][0]
    if request.method == "POST":
        erase_person(key, known, with_old_texts=OLD in request.POST)
        messages.success(request, f"{name} är raderad för gott.")
        return HttpResponseRedirect(reverse("admin:contacts_person_changelist"))
    request.current_app = admin_site.name
    mentions = Mentions(known)
    context = {
        **admin_site.each_context(request),
        "title": f"Radera {name} för gott",
        "name": name,
        "roles": person.assignments.select_related("role") if person else [],
        "versions": Version.objects.get_for_object_reference(Person, key).count(),
        "mentions": mentions.texts(),
        "old_texts": mentions.old_texts(),
        "is_sure": mentions.is_sure,
        "OLD": OLD,
        "mailboxes": Role.objects.filter(email__in=known["emails"]) if known["emails"] else [],
        "backups": len(stored()),
        "keep": KEEP,
        "back": reverse("admin:contacts_person_change", args=[key]) if person else reverse("admin:bin"),
    }
    return TemplateResponse(request, "admin/contacts/person/erase.html", context)


def all_that_is_known(person, key):
    """Return {"names", "phones", "emails", "pictures"}: lists of all that the row and its versions hold."""
    fields = {"names": "name", "phones": "phone", "emails": "email", "pictures": "photo"}
    rows = [kept_fields(version) for version in Version.objects.get_for_object_reference(Person, key)]
    if person:
        rows.insert(0, {name: getattr(person, name) for name in fields.values()})
    values = {what: [str(row.get(name) or "") for row in rows] for what, name in fields.items()}
    return {what: [value for value in dict.fromkeys(found) if value] for what, found in values.items()}


def written(phones):
    """Return every way in which a text may hold the numbers."""
    numbers = [phone_of(phone) for phone in phones]
    return [*phones, *(phone_text(number) for number in numbers if number)]


def erase_person(key, known, with_old_texts):
    """Erase the person with this key; `known` is from all_that_is_known().

    `with_old_texts`: every older version, also in the bin, of other texts that name her too.
    """
    with transaction.atomic():
        pictures = Mentions(known).delete_versions() if with_old_texts else set()
        Person.objects.filter(pk=key).delete()  # her assignments too
        words = sorted([*known["names"], *known["emails"], *written(known["phones"])], key=len, reverse=True)
        pictures -= named_pictures()
        pictures |= erase(Person, key, dict.fromkeys(words, SOMEBODY)) | set(known["pictures"])
        transaction.on_commit(lambda: clear_away(pictures))


def clear_away(pictures):
    """Delete the files, and on SQLite the pages of the write-ahead log that still hold what was there."""
    for picture in pictures:
        if not any(model_uses(model, picture) for model in (Person, Post)):
            delete_picture(picture)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def model_uses(model, picture):
    names = [field.name for field in pictures_of(model)]
    return any(model.objects.filter(**{name: picture}).exists() for name in names)
