"""Who left gets no letter, also not after a restore of a backup in which the address still is.

DATA_DIR/left-letters is in no backup: a line for everybody who left, a keyed hash and when.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.vacuum import overwrite_erased
from contacts.rate_limits import keyed_hash
from mailing.models import Delivery, Subscriber

KEPT = timedelta(days=730)  # longer than anybody keeps a backup


def leave(subscribers):
    """Delete the subscribers of a queryset for good, and remember that they left."""
    with transaction.atomic():
        emails = list(subscribers.values_list("email", flat=True))
        subscribers.delete()
        transaction.on_commit(overwrite_erased)
    if emails:
        with list_of_leavers().open("a") as file:
            file.writelines(line(email, timezone.now()) for email in emails)


def erase_addresses(emails):
    """Delete what is stored about e-mail addresses: as subscribers, and as writers in the contact form."""
    emails = {email.lower() for email in emails}
    leave(Subscriber.objects.filter(email__in=emails))
    written = Delivery.objects.filter(role__isnull=False)
    keys = [one.pk for one in written if one.fields["reply"].lower() in emails]
    Delivery.objects.filter(pk__in=keys).delete()


def list_of_leavers():
    return settings.DATA_DIR / "left-letters"


def line(email, moment):
    return f"{keyed_hash(f'brev {email}')} {moment.isoformat()}\n"


def leavers():
    """Yield (keyed hash, when) of everybody who left."""
    if list_of_leavers().exists():
        for text in list_of_leavers().read_text().splitlines():
            name, _, moment = text.partition(" ")
            yield name, datetime.fromisoformat(moment)


def delete_those_who_left():
    """Delete the subscribers whom a restored backup has brought back. Return how many."""
    left = {}
    for name, moment in leavers():
        left[name] = max(moment, left.get(name, moment))
    gone = [
        one.pk
        for one in Subscriber.objects.all()
        if (moment := left.get(keyed_hash(f"brev {one.email}"))) and (one.renewed_at or one.asked_at) < moment
    ]
    Subscriber.objects.filter(pk__in=gone).delete()
    return len(gone)


def forget_leavers():
    """Leave out of the list those who left so long ago that no backup has them."""
    kept = [f"{name} {at.isoformat()}\n" for name, at in leavers() if at > timezone.now() - KEPT]
    if list_of_leavers().exists():
        list_of_leavers().write_text("".join(kept))
