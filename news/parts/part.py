"""What a post or a page has of its own: its pictures, its documents."""

from django.db import models
from django.db.models import Q

from common.constraints import FieldConstraintsModel


class Part(FieldConstraintsModel):
    """A row of one post or of one page, edited in its form."""

    post = models.ForeignKey(
        "news.Post", models.CASCADE, "%(class)ss", null=True, blank=True, verbose_name="nyhet"
    )
    page = models.ForeignKey(
        "news.Page", models.CASCADE, "%(class)ss", null=True, blank=True, verbose_name="sida"
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(post__isnull=True, page__isnull=False) | Q(post__isnull=False, page__isnull=True),
                name="%(class)s_is_of_one_text",
            )
        ]

    @property
    def edited_with(self):
        """The row whose form this one is a part of."""
        return self.post or self.page
