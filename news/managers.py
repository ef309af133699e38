"""Which posts stand on top, and what stands beside one in time."""

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat
from django.utils import timezone

from common.publishing.models import PublishableQuerySet


class PostQuerySet(PublishableQuerySet):
    def with_dates(self):
        """Each post with `dates`, the list of its occurrences in order. One query more, if any has one."""
        return self.with_has("occurrences").prefetch_related("occurrences")

    def important(self, now=None):
        """Current posts whose title every page shows now."""
        return self.current(now).filter(important_until__gt=now or timezone.now()).newest_first()

    def pinned(self, today=None):
        """Posts held on top today, by the date in Stockholm."""
        return self.filter(pinned_until__gte=today or timezone.localdate())

    def with_neighbours(self, now=None):
        """Each post with `newer` and `older`: "slug title" of the current post beside it, or None."""
        time, key = OuterRef("published_at"), OuterRef("pk")
        link = Concat("slug", Value(" "), "title")
        # The first condition follows from the second: with it, an index leads straight to the place.
        newer = Q(published_at__gte=time) & (Q(published_at__gt=time) | Q(pk__gt=key))
        older = Q(published_at__lte=time) & (Q(published_at__lt=time) | Q(pk__lt=key))
        current = self.model.objects.current(now)
        return self.annotate(
            newer=Subquery(current.filter(newer).order_by("published_at", "id").values_list(link)[:1]),
            older=Subquery(current.filter(older).newest_first().values_list(link)[:1]),
        )
