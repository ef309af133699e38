"""When and where something is: the meetings and last days that a post tells of."""

import re
from datetime import datetime, time, timedelta
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.text import capfirst

from common.clock import aware
from common.constraints import FieldConstraintsModel
from common.page_cache import memo
from common.page_cache.compiled_queries import NOW, compiled
from common.swedish import format_day
from common.versions.registry import versioned

CANCELLED_DAYS = 30  # that a calendar program is told of a cancelled one, and of one that was


class OccurrenceQuerySet(models.QuerySet):
    def upcoming(self):
        """Those of current posts that are today or later in Stockholm, or have no day yet; in order."""
        coming = Q(day__isnull=True) | Q(day__gte=timezone.localdate())
        return self.of_current_posts().filter(coming).in_order()

    def of_current_posts(self, now=None):
        return self.filter(post__in=self.posts.current(now))

    def published(self):
        """Those of posts whose page the public may read."""
        return self.filter(post__in=self.posts.published())

    def past(self):
        """Published ones that have been, the latest first."""
        return self.published().filter(day__lt=timezone.localdate()).order_by("-day", "-starts", "-id")

    def for_calendars(self):
        """What the calendar file holds: upcoming days, and those of the last CANCELLED_DAYS."""
        since = timezone.localdate() - timedelta(days=CANCELLED_DAYS)
        return self.published().filter(day__gte=since).in_order()

    def in_order(self):
        return self.order_by(F("day").asc(nulls_last=True), F("starts").asc(nulls_first=True), "id")

    @property
    def posts(self):
        return self.model._meta.get_field("post").related_model.objects


@versioned()
class Occurrence(FieldConstraintsModel):
    """A day, a clock and a place. A change of any of them, or of its state, raises `sequence`."""

    class Kind(models.TextChoices):
        MEETING = "mote", "Möte"
        MOTIONS = "motioner", "Sista dag för motioner"
        SIGN_UP = "anmalan", "Sista dag för anmälan"
        OTHER = "annat", "Annat"

    class State(models.TextChoices):
        PLANNED = "planerat", "Blir av"
        CANCELLED = "installt", "Inställt"

    # What calendar programs must be told of: RFC 5545, 3.8.7.4.
    TOLD = ("day", "starts", "ends", "place", "state")

    post = models.ForeignKey(
        "news.Post", on_delete=models.CASCADE, related_name="occurrences", verbose_name="nyhet"
    )
    kind = models.CharField("vad", max_length=10, choices=Kind, default=Kind.MEETING)
    day = models.DateField(
        "dag", null=True, blank=True, help_text="Till exempel 3 februari eller ons 3/2. Tomt: inte satt än."
    )
    about_when = models.CharField(
        "ungefär när", max_length=40, blank=True, help_text="Om dagen inte är satt, till exempel: i mars."
    )
    starts = models.TimeField("börjar", null=True, blank=True, help_text="18.30. Tomt: hela dagen.")
    ends = models.TimeField("slutar", null=True, blank=True)
    place = models.CharField(
        "plats", max_length=150, blank=True, help_text="Med adress: Satelliten, Aniaraplatsen 4."
    )
    label = models.CharField(
        "rubrik i kalendern", max_length=60, blank=True, help_text="Om nyheten har flera: Helenelund."
    )
    state = models.CharField("läge", max_length=10, choices=State, default=State.PLANNED)
    moved_from = models.DateTimeField(null=True, editable=False)  # when it was before, as was public
    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OccurrenceQuerySet.as_manager()
    loaded = {}  # {field: value} as the row was read; empty for one that was not

    class Meta:
        verbose_name = "datum och plats"
        verbose_name_plural = "datum och plats"
        ordering = [F("day").asc(nulls_last=True), F("starts").asc(nulls_first=True), "id"]
        indexes = [models.Index(fields=["day", "starts"], name="occurrence_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(starts__isnull=False, ends__gt=F("starts")),
                name="occurrence_ends_after_start",
                violation_error_code="ends",
                violation_error_message="Det kan inte sluta innan det börjar. Ändra något av klockslagen.",
            ),
        ]

    def __str__(self):
        return f"{self.name} {self.when}"

    @classmethod
    def from_db(cls, db, field_names, values):
        occurrence = super().from_db(db, field_names, values)
        occurrence.loaded = dict(zip(field_names, values, strict=False))
        return occurrence

    def clean(self):
        if self.day and self.starts:
            try:
                aware(datetime.combine(self.day, self.starts))
            except ValidationError as refusal:
                raise ValidationError({"starts": refusal}) from None

    def save(self, *args, **kwargs):
        """Note what calendar programs must know of a change, and where a public one was moved from."""
        if self.loaded:
            old = type(self)(**{name: self.loaded[name] for name in self.TOLD})
            self.sequence, self.moved_from = self.loaded["sequence"], self.loaded["moved_from"]
            self.changed_at = self.loaded["changed_at"]
            if any(getattr(old, name) != getattr(self, name) for name in self.TOLD):
                self.sequence += 1
                self.changed_at = timezone.now()
            before = self.moved_from or old.starts_at  # the one that a paper on a door still says
            is_same = before in (None, self.starts_at, self.moment(time.min))  # midnight: a clock is no move
            is_known = self.moved_from or (not is_same and self.was_public)
            self.moved_from = before if is_known and not is_same else None
        super().save(*args, **kwargs)
        self.loaded = {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}

    def anew(self):
        """What is another in a copy: the same weekday a year on, or no day if that has been too."""
        day = self.day and self.day + timedelta(weeks=52)
        is_coming = day and day >= timezone.localdate()
        return {
            "day": day if is_coming else None,
            "state": self.State.PLANNED,
            "moved_from": None,
            "uid": uuid4(),
            "sequence": 0,
            "changed_at": timezone.now(),
        }

    @property
    def edited_with(self):
        """The row whose form this one is a part of."""
        return self.post

    @property
    def is_public(self):
        return type(self.post).objects.published().filter(pk=self.post_id).exists()

    @property
    def was_public(self):
        """Whether residents could read of it before this save, which may publish its post too."""
        known = getattr(self.post, "was_public", None)
        return self.is_public if known is None else known

    @property
    def is_cancelled(self):
        return self.state == self.State.CANCELLED

    @property
    def is_past(self):
        return self.day is not None and self.day < timezone.localdate()

    @property
    def heading(self):
        """What it is beside its post's title: "Helenelund", "Sista dag för motioner", ""."""
        is_last_day = self.kind in (self.Kind.MOTIONS, self.Kind.SIGN_UP)
        return ": ".join(filter(None, [self.get_kind_display() if is_last_day else "", self.label]))

    @property
    def name(self):
        """What a calendar calls it: "Årsmöte" of "Kallelse till årsmöte", "Helenelund: Samråd"."""
        title = capfirst(re.sub(r"^kallelse till (?=\S)", "", self.post.title, flags=re.IGNORECASE))
        return ": ".join(filter(None, [self.heading, title]))

    @property
    def iso_start(self):
        """The day, with its clock where it has one, as machines read it (ISO 8601)."""
        return iso(self.starts_at)

    @property
    def iso_moved_from(self):
        return iso(timezone.localtime(self.moved_from))

    @property
    def starts_at(self):
        """The aware moment, at midnight for a whole day; None without a day."""
        return self.moment(self.starts or time.min)

    @property
    def ends_at(self):
        return self.moment(self.ends) if self.ends else None

    def moment(self, clock):
        zone = timezone.get_current_timezone()
        return datetime.combine(self.day, clock, zone) if self.day else None

    @property
    def when(self):
        """Return "onsdag 3 februari kl. 18.30–20.00", with the year if it is another."""
        if self.day is None:
            return f"{self.about_when}, dagen är inte satt" if self.about_when else "Dagen är inte satt"
        return " ".join(filter(None, [long_day(self.day), self.clock]))

    @property
    def when_in_full(self):
        """The same with the year: for a paper, which may hang for long."""
        if self.day is None:
            return self.when
        return " ".join(filter(None, [format_day(self.day, "l j F Y"), self.clock]))

    @property
    def clock(self):
        if self.starts is None:
            return ""
        return f"kl. {self.starts:%H.%M}" + (f"–{self.ends:%H.%M}" if self.ends else "")

    @property
    def change(self):
        """Return "Inställt", "Flyttat från onsdag 3 februari kl. 18.30" or ""."""
        if self.is_cancelled:
            return "Inställt"
        if self.moved_from is None:
            return ""
        before = timezone.localtime(self.moved_from)
        clock = f" kl. {before:%H.%M}" if before.time() != time.min else ""
        return f"Flyttat från {long_day(before.date())}{clock}"

    @property
    def in_a_line(self):
        """Return "Inställt. Helenelund: onsdag 3 februari kl. 18.30, Satelliten", for a list."""
        said = capfirst(": ".join(filter(None, [self.heading, self.when])))
        said = ", ".join(filter(None, [said, self.place]))
        return ". ".join(filter(None, [self.change, said] if self.is_cancelled else [said, self.change]))


def day_after_last(post):
    """Return midnight after the last of a post's coming days, or None."""
    last = post.occurrences.aggregate(last=Max("day"))["last"]
    if last is None or last < timezone.localdate():
        return None
    return datetime.combine(last + timedelta(days=1), time.min, timezone.get_current_timezone())


def doubtful_dates(post):
    """Yield a line for each of a post's planned Occurrences that has been, or is where another is then."""
    for one in post.occurrences.exclude(state=Occurrence.State.CANCELLED).exclude(day=None):
        if one.is_past:
            yield f"{capfirst(one.when)} har redan varit. Ändra dagen om det är fel."
        same = Occurrence.objects.filter(day=one.day, starts=one.starts, place=one.place).exclude(pk=one.pk)
        same = same.exclude(place="").exclude(state=Occurrence.State.CANCELLED)
        for other in same.exclude(post__published_at=None).select_related("post")[:1]:
            yield f"”{other.name}” är också {one.when} på {one.place}. Ändra det ena om det är fel."


@memo.per_content_version
@compiled
def current_dates():
    """Return the Occurrences of current posts, in order: few, since a post ends with its dates, mostly."""
    dates = Occurrence.objects.of_current_posts(NOW).in_order()
    return dates.select_related("post").defer("post__body", "post__search_text")


def give_dates(posts, dates):
    """Give each of some current posts its `dates` among those of current_dates()."""
    by_post = {}
    for one in dates:
        by_post.setdefault(one.post_id, []).append(one)
    for post in posts:
        post.dates = by_post.get(post.pk, [])
    return posts


def iso(moment):
    """Return a moment in Stockholm for machines; one at midnight is a whole day."""
    return moment.isoformat() if moment.time() != time.min else moment.date().isoformat()


def long_day(day):
    """Return a date as "onsdag 3 februari", with the year if it is another."""
    return format_day(day, "l j F" if day.year == timezone.localdate().year else "l j F Y")
