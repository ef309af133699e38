"""Swedish local time: what a volunteer types, and the hours that the clock change makes odd.

On the last Sunday of March the hour from 02.00 does not exist, on the last Sunday of October it
exists twice. Time zone rules come from the tz database through zoneinfo.
"""

from datetime import UTC, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from common.swedish import day_text


def aware(moment):
    """Return a naive local time as an aware one; of an hour that comes twice, the first.

    Raises ValidationError (Swedish) for an hour that does not exist, and for a year whose
    moments the database cannot compare.
    """
    if not 1900 <= moment.year <= 2999:
        raise ValidationError("Skriv ett årtal mellan 1900 och 2999.")
    zone = timezone.get_current_timezone()
    local = moment.replace(tzinfo=zone, fold=0)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        clock, date = date_format(moment, "H.i"), date_format(moment)
        raise ValidationError(
            f"Kl. {clock} finns inte den {date}: klockan ställs fram en timme. Välj en annan tid."
        )
    return local


def comes_twice(moment):
    """Tell whether an aware moment, as local time, is one that the clock shows twice."""
    local = timezone.localtime(moment)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def day_and_time(moment):
    """Return an aware moment as "torsdag 4 mars kl. 18.00 svensk tid", with the year if it is another."""
    local = timezone.localtime(moment)
    year = "" if local.year == timezone.localdate().year else " Y"
    return date_format(local, rf"l j F{year} \k\l. H.i") + " svensk tid"


def until(moment):
    """Return an aware end as "till 10 februari 2027 kl. 18.00", or "till och med 10 februari 2027"."""
    local = timezone.localtime(moment)
    if local.time() == time.min or local.time() >= time(23, 59):  # a day alone, or the midnight after it
        return f"till och med {day_text(local - timedelta(seconds=1))}"
    return "till " + date_format(local, r"j F Y \k\l. H.i")
