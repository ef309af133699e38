"""The areas of a branch: what is about one of them has a page, a feed and a calendar of its own."""

import re
from functools import cache, lru_cache

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator

from common.publishing.models import HasRows
from common.richtext.blocks import html_to_text
from common.richtext.fields import RichTextField
from common.slugs import free_slug, slug_field
from common.swedish import no_break_spaces
from common.versions.registry import versioned

SUMMARY_WORDS = 35
HOST = re.compile(r"(?:https?://)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::[0-9]+)?/?")


@versioned(never_restored=["slug"])
class Area(models.Model):
    """A part of the town: "Helenelund". It sets apart what is read, not who may write."""

    name = models.CharField("namn", max_length=50, unique=True)
    slug = slug_field("Det sista i områdets webbadress. Tomt fält: görs av namnet.")
    about = RichTextField("om området", blank=True)
    former_hosts = models.TextField(
        "tidigare webbplatser",
        blank=True,
        help_text="En på varje rad, till exempel helenelund.example.org. Den som går dit kommer till "
        "områdets sida. Säg till den som sköter servern: den måste ta emot dem.",
    )
    order = models.PositiveSmallIntegerField("ordning", default=0, help_text="Lägst nummer står först.")

    class Meta:
        verbose_name = "område"
        verbose_name_plural = "områden"
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.slug = self.slug or free_slug(self, self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("area", args=[self.slug])

    def clean(self):
        """Store the names of hosts one a line, without what stands around them in a copied address."""
        hosts = [HOST.fullmatch(line) for line in self.former_hosts.lower().split()]
        if None in hosts:
            raise ValidationError({"former_hosts": "Skriv bara namnet, till exempel helenelund.example.org."})
        self.former_hosts = "\n".join(dict.fromkeys(host[1] for host in hosts))

    @property
    def summary(self):
        """Plain text for the list of areas, and for search engines: the first words."""
        return Truncator(" ".join(html_to_text(self.about).split())).words(SUMMARY_WORDS)

    @classmethod
    def of_former_host(cls, host):
        """Return the Area that a host name belonged to, or None."""
        found = cls.objects.filter(former_hosts__contains=host)
        return next((area for area in found if host in area.former_hosts.split()), None)


class InAreas(models.Model):
    """A row that may be about any number of areas."""

    areas = models.ManyToManyField(Area, blank=True, related_name="%(class)ss", verbose_name="områden")
    has_areas = HasRows("areas")

    class Meta:
        abstract = True

    @cached_property
    def shown_areas(self):
        """Its areas in order."""
        return list(self.areas.all())


def area_chips(rows, besides=None):
    """Return {key: safe HTML} of the names of the areas of rows, all of one model that is InAreas. One query.

    `besides`: the Area whose page it is for.
    """
    keys = [*dict.fromkeys(row.pk for row in rows)]
    with connection.cursor() as cursor:
        cursor.execute(names_sql(type(rows[0]), len(keys)), keys)
        links = cursor.fetchall()
    found = {}
    for key, area, name in links:
        if besides is None or area != besides.pk:
            found[key] = (*found.get(key, ()), name)
    return {key: chips(names) for key, names in found.items()}


@lru_cache(maxsize=512)
def chips(names):
    """Return the line of a list that has these names: in few letters, for each page is read for addresses."""
    shown = format_html_join(" ", "<b>{}</b>", ([no_break_spaces(name)] for name in names))
    return format_html('<p class="chips">{}</p>', shown)


@cache
def names_sql(model, length):
    """Return the SQL of the areas of so many rows by their keys; to make it takes longer than the answer."""
    relation = model._meta.get_field("areas").remote_field.name
    links = Area.objects.filter(**{f"{relation}__in": range(length)}).values_list(relation, "pk", "name")
    return links.query.sql_with_params()[0]
