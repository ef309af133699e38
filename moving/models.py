"""What moved in from the old site: which row here is which there, how it was; its text until the review."""

import json
from datetime import timedelta
from hashlib import sha256

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.versions.registry import state_of
from contacts.models import Person, Role
from documents.models import Document
from moving.convert import FLAGS
from news.models import Category, Page, Post

# What may be taken in, by the name of its link.
ROWS = ("post", "page", "document", "person", "role", "category")
OLD_TEXT_DAYS = 90  # at most


def digest(value):
    """Return a fingerprint of what JSON can say, times and paths as they are printed."""
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def link_to(model):
    return models.OneToOneField(
        model, on_delete=models.SET_NULL, null=True, editable=False, related_name="imported"
    )


class Imported(models.Model):
    """A row of the old site that was taken in. All of its links are empty when it was deleted here."""

    class Kind(models.TextChoices):
        ARTICLE = "article", "text"
        CATEGORY = "category", "kategori"
        FILE = "file", "fil"
        CONTACT = "contact", "kontakt"
        ROLE = "role", "roll"
        SITE = "site", "webbplats"  # addresses of no row

    source = models.CharField(max_length=64)  # the prefix of the old site's tables
    kind = models.CharField(max_length=10, choices=Kind.choices)
    old_id = models.CharField(max_length=250)
    post = link_to(Post)
    page = link_to(Page)
    document = link_to(Document)
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.SET_NULL, null=True, related_name="+")
    moved_aside = models.OneToOneField(Page, on_delete=models.SET_NULL, null=True, related_name="+")
    was = models.CharField(max_length=10, default="")  # what the public saw of it
    published_at = models.DateTimeField("gammalt datum", null=True)
    expires_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    flags = models.TextField("att se på", default=" ")  # each between spaces
    old_paths = models.JSONField(default=list)  # of the Redirects that were made with it
    source_digest = models.CharField(max_length=64, default="")  # of what came
    own_digest = models.CharField(max_length=64, default="")  # of the row as it was then stored here
    old_text = models.TextField(default="")  # as it was, for who reviews it
    taken_at = models.DateTimeField(default=timezone.now)
    dump = models.CharField(max_length=64)
    run = models.PositiveIntegerField("körning")

    class Meta:
        verbose_name = "text från den gamla webbplatsen"
        verbose_name_plural = "från den gamla webbplatsen"
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "old_id"], name="imported_once"),
        ]

    def __str__(self):
        return str(self.row or "Borttagen")

    @property
    def row(self):
        return next((row for row in (getattr(self, name) for name in ROWS) if row), None)

    @classmethod
    def forget_old_texts(cls):
        """Delete the old texts of what has been published or thrown away, and all of them in time."""
        kept = cls.objects.exclude(old_text="")
        limit = timezone.now() - timedelta(days=OLD_TEXT_DAYS)
        is_reviewed = Q(post=None, page=None) | Q(post__published_at__isnull=False)
        is_reviewed |= Q(page__published_at__isnull=False)
        keys = kept.filter(is_reviewed | Q(taken_at__lt=limit)).values_list("pk", flat=True)
        return cls.objects.filter(pk__in=list(keys)).update(old_text="")

    @property
    def is_untouched(self):
        """Whether the row is as the import left it."""
        return self.row is not None and self.own_digest == digest_of(self.row)

    @property
    def flag_names(self):
        return [name for flag, name in FLAGS.items() if f" {flag} " in self.flags]

    @property
    def is_published_alone(self):
        """Whether somebody has to decide about this one by itself: to publish again is to publish."""
        return self.was == "draft" or " names_a_person " in self.flags


def digest_of(row):
    """Return the fingerprint of a row as it is stored, with its children."""
    return digest(state_of(type(row)._base_manager.get(pk=row.pk)))
