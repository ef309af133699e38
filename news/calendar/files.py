"""The calendar: what is coming by month, what was by year, and the files for calendar programs."""

from itertools import groupby

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from common.email_protection.obfuscate import obfuscate_text
from common.page_cache.memo import per_content_version
from contacts.models import Area, Branch
from news.calendar.occurrences import Occurrence, current_dates

# Two yearly rules: the library's own table is 2.5 kB, and an hour late at the switches.
STOCKHOLM = """\
BEGIN:VTIMEZONE
TZID:Europe/Stockholm
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19960331T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""


class CalendarView(TemplateView):
    """What is coming, by month; what has no day yet stands last."""

    template_name = "news/calendar.html"
    query_parameters = ()
    heading = "Kalender"
    description = "Möten och sista dagar: vad som är på gång, när och var."
    is_past = False

    def get_occurrences(self):
        return [one for one in current_dates() if not one.is_past]

    def get_context_data(self, **kwargs):
        found = self.get_occurrences()
        months = [(month, list(some)) for month, some in groupby(found, month_of)]
        return super().get_context_data(
            heading=self.heading,
            description=self.description,
            is_past=self.is_past,
            months=months,
            posts=[one.post for one in found],
            events=[] if self.is_past else [one for _, some in months for one in some],
            years=calendar_years(),
            **subscriptions(),
            **kwargs,
        )


class CalendarYearView(CalendarView):
    """What was in a year, the latest first."""

    is_past = True

    @property
    def heading(self):
        return f"Kalender {self.kwargs['year']}"

    @property
    def description(self):
        return f"Möten och sista dagar som var {self.kwargs['year']}."

    def get_occurrences(self):
        found = Occurrence.objects.past().filter(day__year=self.kwargs["year"])
        return found.select_related("post").defer("post__body", "post__search_text")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if not context["months"]:  # or every year that anybody thinks of would be a page
            raise Http404("Nothing was that year")
        return context


def subscriptions(area=None):
    """Return the address of the calendar file, of an area or of all, for templates: `feed` and `webcal`."""
    feed = settings.SITE_URL + (
        reverse("area_calendar", args=[area.slug]) if area else reverse("calendar_file")
    )
    return {"feed": feed, "webcal": "webcal" + feed.removeprefix("https").removeprefix("http")}


def month_of(occurrence):
    return format_date(occurrence.day, "F Y") if occurrence.day else "Dagen är inte satt"


@per_content_version
def calendar_years():
    """Return the years in which something was, the latest first."""
    found = Occurrence.objects.past().order_by().values_list("day__year", flat=True).distinct()
    return sorted(found, reverse=True)


@require_safe
def calendar_file(request, slug=None):
    """The feed that calendar programs ask for again and again: all, or what is in one area."""
    occurrences, branch = Occurrence.objects.for_calendars(), Branch.get()
    if slug is None:
        return answer(occurrences, feed_name=str(branch))
    area = get_object_or_404(Area, slug=slug)
    return answer(occurrences.filter(post__areas=area), feed_name=f"{area}: {branch}")


@require_safe
def occurrence_file(request, slug, uid):
    occurrences = Occurrence.objects.published()
    found = answer(occurrences.filter(uid=uid, post__slug=slug, day__isnull=False))
    if found is None:
        raise Http404("Nothing with a day there")
    return found


calendar_file.query_parameters = occurrence_file.query_parameters = ()


def answer(occurrences, *, feed_name=""):
    """Return the occurrences as an iCalendar file (RFC 5545); None for a single one that is not there."""
    from icalendar import Calendar, Timezone  # here: it takes 54 ms, and few processes need it

    events = [ical_event(one, is_feed=bool(feed_name)) for one in occurrences.select_related("post")]
    if not events and not feed_name:
        return None
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Hyresgästföreningen//Kalender//SV")
    calendar.add("method", "PUBLISH")
    if feed_name:
        calendar.add("x-wr-calname", obfuscate_text(feed_name))
        calendar.add("x-published-ttl", "PT6H")
    calendar.add_component(Timezone.from_ical(STOCKHOLM))
    for one in events:
        calendar.add_component(one)
    return HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")


def ical_event(occurrence, *, is_feed):
    """Return an icalendar.Event. Its texts lose their e-mail addresses here, before lines are folded."""
    from icalendar import Event

    url = settings.SITE_URL + occurrence.post.get_absolute_url()
    title = f"INSTÄLLT: {occurrence.name}" if occurrence.is_cancelled else occurrence.name
    made = Event()
    made.add("uid", str(occurrence.uid))
    made.add("dtstamp", occurrence.changed_at)  # not the time of asking: an unchanged file is a 304
    made.add("last-modified", occurrence.changed_at)
    made.add("sequence", occurrence.sequence)
    made.add("summary", obfuscate_text(title))
    made.add("dtstart", occurrence.starts_at if occurrence.starts else occurrence.day)
    if occurrence.ends:
        made.add("dtend", occurrence.ends_at)
    if occurrence.place:
        made.add("location", obfuscate_text(occurrence.place))
    made.add("description", "\n".join(filter(None, [occurrence.change, url])))
    made.add("url", url)
    if not occurrence.starts or occurrence.is_cancelled:
        made.add("transp", "TRANSPARENT")
    if not is_feed:  # Google takes a cancelled one out of a feed without a word
        made.add("status", "CANCELLED" if occurrence.is_cancelled else "CONFIRMED")
    return made
