"""Who wants letters, which letters there are, and what is to be sent to whom: the outbox.

Rows of posts and roles are named by their key alone: one that is deleted and put back is the same one still.
"""

from datetime import timedelta
from functools import partial
from secrets import token_urlsafe
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from contacts.models import Role
from news.models import Occurrence, Post

REFUSALS = 2  # letters to an address that its server refused for good; then it rests
CLAIM = timedelta(minutes=10)  # that a process has for one letter, before another may send it again
WAITED_FOR = timedelta(days=1)  # ahead of the letters to all goes what somebody waits for

KeyOf = partial(
    models.ForeignKey, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
)


class SubscriberQuerySet(models.QuerySet):
    def receiving(self):
        return self.filter(confirmed_at__isnull=False, rests_since=None)


class Subscriber(models.Model):
    """An address that asked for letters; one that has not confirmed it gets none."""

    email = models.EmailField("e-postadress", unique=True)  # lower-case
    key = models.CharField(max_length=43, unique=True, default=partial(token_urlsafe, 32))  # in its links
    categories = models.JSONField(default=list)  # keys; empty: all
    areas = models.JSONField(default=list)  # the same; what is about no area is for everybody
    weekly = models.BooleanField(default=False)
    asked_at = models.DateTimeField()  # when the last letter about subscribing was written
    confirmed_at = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(null=True)  # when it last said that it wants letters
    wording = models.CharField(max_length=20, blank=True)  # which text it agreed to: WORDING
    refusals = models.PositiveSmallIntegerField(default=0)
    rests_since = models.DateTimeField(null=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = "prenumerant"
        verbose_name_plural = "prenumeranter"

    def __str__(self):
        return f"prenumerant {self.pk}"  # no page and no log gets the address by chance

    def wants(self, post):
        areas = [area.pk for area in post.shown_areas] if post.pk else []
        is_near = not self.areas or not areas or not set(areas).isdisjoint(self.areas)
        return is_near and (not self.categories or post.category_id in self.categories)

    @property
    def manage_url(self):
        return settings.SITE_URL + reverse("mailing:manage", args=[self.key])

    @property
    def leave_url(self):
        return settings.SITE_URL + reverse("mailing:leave", args=[self.key])


class Letter(models.Model):
    """Something to tell: a post, a meeting that was cancelled or moved, the news of a week.

    `queued_at`: when its deliveries were written; until then it can be withdrawn.
    """

    post = KeyOf(Post)
    occurrence = KeyOf(Occurrence)
    sequence = models.PositiveIntegerField(null=True)  # of the occurrence: which change of it
    week = models.CharField(max_length=8, default="")  # "2026-W48"
    made_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "brev"
        verbose_name_plural = "brev"
        constraints = [
            models.UniqueConstraint(
                fields=["post"], condition=Q(occurrence=None), name="one_letter_about_a_post"
            ),
            models.UniqueConstraint(fields=["week"], condition=~Q(week=""), name="one_letter_a_week"),
            models.UniqueConstraint(fields=["occurrence", "sequence"], name="one_letter_about_a_change"),
        ]

    def __str__(self):
        return f"brev {self.pk}"


class DeliveryQuerySet(models.QuerySet):
    def unsent(self):
        return self.filter(state__in=Delivery.UNSENT)

    def due(self):
        return self.unsent().filter(not_before__lte=timezone.now()).order_by("not_before", "pk")


class Delivery(models.Model):
    """One letter to one address. It stores whom and what; the letter itself is made when it is sent.

    With a `letter`, to a subscriber; without, about the subscription; with a `role`, from the contact form.
    """

    class State(models.TextChoices):
        NEW = "new", "väntar"
        SENDING = "sending", "skickas"  # or was, when the process ended; after `not_before` once more
        SENT = "sent", "skickat"
        REFUSED = "refused", "avvisat"

    UNSENT = (State.NEW, State.SENDING)

    letter = models.ForeignKey(Letter, null=True, on_delete=models.CASCADE)
    subscriber = models.ForeignKey(Subscriber, null=True, on_delete=models.CASCADE)
    role = KeyOf(Role)
    fields = models.JSONField(default=dict)  # what was typed in the contact form, until it is sent
    state = models.CharField(max_length=7, choices=State, default=State.NEW)
    not_before = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    uid = models.UUIDField(default=uuid4, unique=True)  # in its Message-ID, the same at every try
    made_at = models.DateTimeField()

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "utskick"
        verbose_name_plural = "utskick"
        constraints = [
            models.UniqueConstraint(fields=["letter", "subscriber"], name="one_letter_to_a_subscriber")
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"], condition=Q(state__in=["new", "sending"]), name="delivery_due"
            )
        ]

    def __str__(self):
        return f"utskick {self.pk}"

    @classmethod
    def write_first(cls, **fields):
        """Put what somebody waits for into the outbox, ahead of the letters to all."""
        now = timezone.now()
        return cls.objects.create(made_at=now, not_before=now - WAITED_FOR, **fields)


class Sending(models.Model):
    """From where letters go out, and since when: one row, in no backup.

    A restored site, and a copy at another SITE_URL, send nothing before `manage.py resume_letters`.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    site_url = models.CharField(max_length=200)
    since = models.DateTimeField()  # what was published before has had its letter, or gets none

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sending_is_one")]

    def __str__(self):
        return f"brev från {self.site_url}"

    @classmethod
    def since_when(cls):
        """Return from when letters go out, or None while nothing may be sent.

        Begins by itself where nobody can have had a letter from anywhere: to be asked before the first
        subscriber is stored.
        """
        row = cls.objects.first()
        if row is None and not Subscriber.objects.exists():
            row, _ = cls.objects.get_or_create(
                id=1, defaults={"site_url": settings.SITE_URL, "since": timezone.now()}
            )
        return row.since if row and row.site_url == settings.SITE_URL else None
