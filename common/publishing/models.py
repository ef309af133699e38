"""What is public, and when: said once for every kind of text that is published."""

import secrets
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.signing import Signer
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from common.constraints import FieldConstraintsModel
from common.publishing.check import number_problems

SHARE_DAYS = 7
share_signer = Signer(salt="news.share")


@cache
def no_rows_of(model):
    """Return an empty queryset that is evaluated: else each row would have its SQL made to learn nothing."""
    nothing = model._base_manager.none()
    len(nothing)
    return nothing


class HasRows:
    """Whether a row of with_has() has any `children`; if not, they are not asked for."""

    def __init__(self, children):
        self.children = children

    def __set_name__(self, owner, name):
        self.name = name

    def __set__(self, row, found):
        row.__dict__[self.name] = found
        if not found:
            nothing = no_rows_of(type(row)._meta.get_field(self.children).related_model)
            row.__dict__.setdefault("_prefetched_objects_cache", {})[self.children] = nothing

    def __get__(self, row, owner=None):
        return row.__dict__.get(self.name, True)


@cache
def has_any(model, name):
    """Return the expression, the same for ever, that tells whether a row of a model has any `name`."""
    field = model._meta.get_field(name)
    other, link = field.related_model, field.remote_field.name
    if field.many_to_many:  # its table alone, without those that it leads to
        other, link = field.remote_field.through, field.m2m_field_name()
    return Exists(other._base_manager.filter(**{link: OuterRef("pk")}))


def with_has(rows, *names):
    """Annotate each of `rows` with has_<name>, for each of `names` for which its model has a HasRows."""
    return rows.annotate(**{f"has_{name}": has_any(rows.model, name) for name in names})


class PublishableQuerySet(models.QuerySet):
    def published(self, now=None):
        """Rows whose page the public may read now; expired ones too. `now`: the NOW of compiled queries."""
        return self.filter(published_at__lte=now or timezone.now())

    def current(self, now=None):
        """Published rows that have not expired: what start, lists and feeds show."""
        return self.published(now).exclude(expires_at__lte=now or timezone.now())

    def expired(self):
        """Published rows that no longer hold."""
        return self.published().filter(expires_at__lte=timezone.now())

    def shared(self):
        """Rows that whoever has a link may read now, published or not."""
        return self.exclude(share_key="").filter(shared_until__gt=timezone.now())

    def scheduled(self):
        return self.filter(published_at__gt=timezone.now())

    def drafts(self):
        return self.filter(published_at=None)

    def with_visibility(self):
        """Each row with is_current and is_published, by the very queries that public pages use."""
        same = Q(pk=OuterRef("pk"))
        return self.annotate(
            is_current=Exists(self.model.objects.current().filter(same)),
            is_published=Exists(self.model.objects.published().filter(same)),
        )

    def with_has(self, *names):
        return with_has(self, *names)

    def newest_first(self):
        return self.order_by("-published_at", "-id")


class Publishable(FieldConstraintsModel):
    """A text with a time of publication: empty = draft, future = scheduled, past = public."""

    # What "draft" links of this kind begin with before signing; a post's have nothing, as they always had.
    share_prefix = ""

    published_at = models.DateTimeField(
        "publiceringstid",
        null=True,
        blank=True,
        help_text="För ”Publicera vid tiden”. Svensk tid. ”Publicera nu” behåller en tid som har varit.",
    )
    expires_at = models.DateTimeField(
        "gäller till",
        null=True,
        blank=True,
        help_text="Sedan står det inte i listorna. Tomt: tills vidare.",
    )
    share_key = models.CharField(max_length=32, editable=False, default="")
    shared_until = models.DateTimeField(null=True, editable=False)
    confirmed_numbers = models.JSONField(default=list, editable=False)  # keys of people.PersonalNumber

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True
        # "confirm": that a personal number is to show.
        default_permissions = ("add", "change", "delete", "view", "confirm")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(published_at__isnull=True)
                | Q(expires_at__gt=F("published_at")),
                name="%(class)s_expires_after_publication",
                violation_error_code="expires_at",
                violation_error_message="Det kan inte sluta gälla innan det publiceras. "
                "Ändra någon av tiderna.",
            ),
        ]

    @property
    def is_expired(self):
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def publish_problems(self):
        """Return the list of check.Problem that stop publication; empty when it may be published."""
        return list(number_problems(self.texts(), self.confirmed_numbers))

    def texts(self):
        """Return {field: list of its pages as plain text} of what residents read."""
        raise NotImplementedError

    def row_problems(self):
        """Return those of the rows in its form, as they are saved; the form itself asks its own rows."""
        return []

    def share(self):
        """Let the draft be read at a new link, without logging in, for SHARE_DAYS. Saves that alone."""
        self.share_key = new_share_key()
        self.shared_until = timezone.now() + timedelta(days=SHARE_DAYS)
        self.save(update_fields=["share_key", "shared_until"])

    def unshare(self):
        """Make the link stop working, now."""
        self.share_key, self.shared_until = "", None
        self.save(update_fields=["share_key", "shared_until"])

    @property
    def is_shared(self):
        return bool(self.share_key) and self.shared_until > timezone.now()

    def get_share_url(self, key=None):
        """The path of the link; signed, so that only our own links are looked up. `key`: a Proposal's."""
        name = f"{self.share_prefix}{self.pk}-{key or self.share_key}"
        return reverse("draft", args=[share_signer.sign(name)])


def new_share_key():
    return secrets.token_urlsafe(16)


class ProposalQuerySet(models.QuerySet):
    def of(self, model):
        return self.filter(content_type=ContentType.objects.get_for_model(model))

    def of_row(self, row):
        """Return the Proposal that waits beside a row, or None."""
        return self.of(type(row)).filter(object_id=row.pk).select_related("user").first()


class Proposal(models.Model):
    """A change of a row that waits: a version of it that is not applied (common/publishing/proposals.py).

    Of a row in the trash it stays, and is there again when the row is. Its link holds while it waits.
    """

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    row = GenericForeignKey()
    state = models.JSONField()  # as common.versions.registry.state_of(): {key of the row: its fields}
    version = models.CharField(max_length=32)  # state_digest() of the row that it was written from
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)
    share_key = models.CharField(max_length=32, default=new_share_key)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "förslag"
        verbose_name_plural = "förslag"
        default_permissions = ("change",)  # those of others
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id"], name="one_proposal_of_a_row")
        ]

    def __str__(self):
        return self.fields["title"]

    @property
    def fields(self):
        """{field: JSON value} of what the row would get."""
        return next(iter(self.state.values()))
