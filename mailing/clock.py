"""Which letters are to be written now. Asked again and again: a missed hour and a restart need nothing.

A letter is noted when there is something to tell, and its deliveries are written GRACE later, if there
still is: so what is withdrawn or put right by then is never sent as it was.
"""

from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from mailing.models import Delivery, Letter, Sending, Subscriber
from news.models import Occurrence, Post

GRACE = timedelta(minutes=10)
NEW = timedelta(days=3)  # what is older, and has had no letter, is no news
RENEWAL, ANSWER = timedelta(days=730), timedelta(days=30)  # how often one is asked again, and for how long
WEEK_BEGINS = time(8)  # on Monday: when the letter about the last seven days is noted


def write_letters():
    """Note the new letters, and put those whose GRACE is over into the outbox."""
    if (since := Sending.since_when()) is None:
        return
    for facts in (*new_posts(since), *new_changes(since), *new_week(since)):
        try:
            with transaction.atomic():
                Letter.objects.create(made_at=timezone.now(), **facts)
        except IntegrityError:  # another machine did
            continue
    for key in Letter.objects.filter(queued_at=None, made_at__lte=timezone.now() - GRACE).values_list("pk"):
        with transaction.atomic():
            for letter in Letter.objects.select_for_update(skip_locked=True).filter(
                pk=key[0], queued_at=None
            ):
                queue(letter)
    ask_again()


def new_posts(since):
    """Yield the fields of a Letter for every current post without one."""
    told = Letter.objects.filter(occurrence=None, week="").values("post")
    for key in letter_posts(since).exclude(pk__in=told).values_list("pk", flat=True):
        yield {"post_id": key}


def letter_posts(since):
    begin = max(since, timezone.now() - NEW)
    return Post.objects.current().filter(published_at__gte=begin, without_letter=False)


def new_changes(since):
    """Yield the fields of a Letter for every coming meeting that was cancelled or moved in public."""
    begin = max(since, timezone.now() - NEW)
    for one in Occurrence.objects.upcoming().filter(changed_at__gte=begin).select_related("post"):
        was_told = one.post.published_at + GRACE < one.changed_at and not one.post.without_letter
        facts = {"post_id": one.post_id, "occurrence_id": one.pk, "sequence": one.sequence}
        if one.change and was_told and not Letter.objects.filter(**facts).exists():
            yield facts


def new_week(since):
    """Yield the fields of the Letter of this week, from Monday morning on."""
    week = f"{timezone.localdate():%G-W%V}"
    begins = beginning_of(week)
    is_time = since <= begins <= timezone.now() < begins + NEW
    if is_time and not Letter.objects.filter(week=week).exists():
        yield {"week": week}


def beginning_of(week):
    monday = date.fromisoformat(week)
    return datetime.combine(monday, WEEK_BEGINS, timezone.get_current_timezone())


def posts_of(letter):
    """Return the posts that a letter still has to tell of, the newest first; none if it is withdrawn."""
    current = Post.objects.current().filter(without_letter=False).select_related("category").newest_first()
    current = current.with_has("translations")
    if letter.week:
        end = beginning_of(letter.week)
        return list(current.filter(published_at__gte=end - timedelta(days=7), published_at__lt=end))
    if letter.occurrence_id and change_of(letter) is None:
        return []
    return list(current.filter(pk=letter.post_id))


def change_of(letter):
    """Return the Occurrence that a letter is about, if what it tells of still holds; else None."""
    found = Occurrence.objects.select_related("post").filter(pk=letter.occurrence_id)
    return next((one for one in found.filter(sequence=letter.sequence) if one.change), None)


def queue(letter):
    """Write the deliveries of a letter; delete one that was withdrawn."""
    posts = posts_of(letter)
    if not posts and not letter.week:
        letter.delete()
        return
    readers = readers_of(posts, weekly=None if letter.occurrence_id else bool(letter.week))
    now = timezone.now()
    Delivery.objects.bulk_create(
        (Delivery(letter=letter, subscriber_id=key, made_at=now, not_before=now) for key in readers),
        batch_size=500,
    )
    letter.queued_at = now
    letter.save(update_fields=["queued_at"])


def readers_of(posts, weekly):
    """Return the keys of those who want a letter about any of the posts; `weekly`: None is all of them."""
    found = Subscriber.objects.receiving().only("categories")
    if weekly is not None:
        found = found.filter(weekly=weekly)
    return [one.pk for one in found if any(one.wants(post) for post in posts)]


def ask_again():
    """Ask whoever said yes two years ago whether that still holds."""
    now = timezone.now()
    old = Subscriber.objects.receiving().filter(renewed_at__lt=now - RENEWAL)
    for one in old.filter(asked_at__lt=F("renewed_at") + RENEWAL):
        with transaction.atomic():
            if Subscriber.objects.filter(pk=one.pk, asked_at=one.asked_at).update(asked_at=now):
                Delivery.write_first(subscriber=one)


def forget_past():
    """Delete who never said yes, or not again when asked, and what the outbox is done with."""
    now = timezone.now()
    week = now - timedelta(days=7)
    is_silent = Q(confirmed_at=None, asked_at__lt=week) | Q(rests_since__lt=now - RENEWAL / 2)
    is_silent |= Q(asked_at__gte=F("renewed_at") + RENEWAL, asked_at__lt=now - ANSWER)
    gone = Subscriber.objects.filter(is_silent).delete()[0]
    gone += Delivery.objects.filter(letter=None, made_at__lt=week).delete()[0]
    gone += Delivery.objects.filter(letter__queued_at__lt=now - timedelta(days=30)).delete()[0]
    return gone
