"""Calendar files, read back by two parsers: the right clock in Stockholm, and no e-mail address."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from django.http import HttpResponse
from icalendar import Calendar

from common.email_protection.harvester import scan_for_leaks
from common.email_protection.middleware import obfuscate_response
from news.models import Occurrence

pytestmark = pytest.mark.any_database

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FEED = "/kalender.ics"


def events_of(response):
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content if hasattr(response, "content") else response.body).events


@pytest.fixture
def meeting(branch, make_occurrence):
    return make_occurrence(
        "Kallelse till årsmöte", day=date(2027, 2, 3), starts=time(18, 30), ends=time(20), place="Satelliten"
    )


def address_of(occurrence):
    return f"{occurrence.post.get_absolute_url()}{occurrence.uid}.ics"


def test_a_file_tells_a_calendar_all_it_needs(client, meeting):
    [event] = events_of(client.get(address_of(meeting)))
    assert event["SUMMARY"] == "Årsmöte"
    assert event["LOCATION"] == "Satelliten"
    assert event.start == datetime(2027, 2, 3, 18, 30, tzinfo=STOCKHOLM)
    assert event.end == datetime(2027, 2, 3, 20, 0, tzinfo=STOCKHOLM)
    assert event["DESCRIPTION"].endswith("/nyheter/kallelse-till-arsmote/")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (str(meeting.uid), 0, "CONFIRMED")
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == meeting.changed_at.replace(microsecond=0)


def test_over_both_switches_of_summer_time_the_clock_is_that_of_stockholm(client, branch, make_occurrence):
    days = [date(2027, 3, 26) + timedelta(days=n) for n in range(6)]
    days += [date(2027, 10, 29) + timedelta(days=n) for n in range(6)]
    for day in days:
        make_occurrence(f"Möte {day}", day=day, starts=time(18, 30))
    calendar = Calendar.from_ical(client.get(FEED).content)
    assert len(calendar.timezones) == 1
    read = recurring_ical_events.of(calendar).between(date(2027, 3, 1), date(2027, 12, 1))
    moments = sorted(event.start.astimezone(STOCKHOLM) for event in read)
    assert [(one.date(), one.time()) for one in moments] == [(day, time(18, 30)) for day in days]


def test_the_file_says_by_itself_when_the_clock_changes(client, meeting):
    """For a program that knows no time zone by name: its own two rules give the same offsets."""
    [zone] = Calendar.from_ical(client.get(FEED).content).timezones
    own = zone.to_tz(lookup_tzid=False)
    for moment in ("2027-03-28T01:59", "2027-03-28T03:01", "2027-10-31T04:00"):
        local = datetime.fromisoformat(moment)
        assert local.replace(tzinfo=own).utcoffset() == local.replace(tzinfo=STOCKHOLM).utcoffset()
    assert len(zone.to_ical().splitlines()) == 15  # beside the library's own 90


def test_a_whole_day_is_a_day(client, branch, make_occurrence):
    [event] = events_of(client.get(address_of(make_occurrence("Städdag", day=date(2027, 5, 8)))))
    assert event.start == date(2027, 5, 8)


def test_the_same_bytes_are_not_sent_twice(worker, meeting):
    first = worker.ask(FEED)
    again = worker.ask_later(FEED, If_None_Match=first.headers["ETag"])
    assert (first.status, again.status) == (200, 304)
    meeting.post.title = "Årsmöte"
    meeting.post.save()
    [event] = events_of(worker.ask_later(FEED))
    assert (event["UID"], event["SEQUENCE"]) == (str(meeting.uid), 0)


def test_a_meeting_has_one_uid_over_fifty_renderings_and_an_edit(client, meeting):
    def uids():
        return {
            str(one["UID"]) for page in (FEED, address_of(meeting)) for one in events_of(client.get(page))
        }

    seen = set().union(*(uids() for _ in range(25)))
    meeting.day, meeting.state = date(2027, 2, 10), "installt"
    meeting.save()
    assert seen | uids() == {str(meeting.uid)}


def test_a_cancelled_one_is_told_in_the_way_that_each_program_understands(client, meeting, at):
    meeting.state = Occurrence.State.CANCELLED
    meeting.save()
    [event] = events_of(client.get(FEED))
    assert event["SUMMARY"] == "INSTÄLLT: Årsmöte"
    assert (event["TRANSP"], event["SEQUENCE"]) == ("TRANSPARENT", 1)
    assert "STATUS" not in event
    [event] = events_of(client.get(address_of(meeting)))
    assert event["STATUS"] == "CANCELLED"
    at(2027, 3, 5, 12)
    assert len(events_of(client.get(FEED))) == 1
    at(2027, 3, 6, 12)
    assert events_of(client.get(FEED)) == []


def test_what_has_no_day_is_in_no_file(client, branch, make_occurrence):
    undated = make_occurrence(about_when="i mars")
    assert events_of(client.get(FEED)) == []
    assert client.get(address_of(undated)).status_code == 404


def test_the_file_of_a_draft_is_not_found(client, meeting):
    type(meeting.post).objects.update(published_at=None)
    assert client.get(address_of(meeting)).status_code == 404


def test_the_outermost_middleware_reads_an_address_that_folding_cuts_in_two():
    text = "BEGIN:VCALENDAR\r\nSUMMARY:Fråga anna@exam\r\n ple.org\r\nUID:a-b\r\n"
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    obfuscate_response(response)
    assert response.text == "BEGIN:VCALENDAR\r\nSUMMARY:Fråga skyddad e-postadress\r\nUID:a-b\r\n"


LONG = "Anmäl dig senast på fredag, tack, till anna.andersson@example.org eller bo@example.net, så hinner vi"


def test_no_address_is_in_a_file_folded_or_unfolded(client, branch, make_occurrence):
    for start in range(30):  # wherever the line is folded
        make_occurrence(
            f"{'x' * start} {LONG}", day=date(2027, 2, 3), place=LONG, label="styrelsen@example.org"
        )
    response = client.get(FEED)
    folded = response.text
    unfolded = re.sub(r"\r\n[ \t]", "", folded)
    assert "skyddad e-postadress" in unfolded
    assert not scan_for_leaks(folded)
    assert not scan_for_leaks(unfolded)
    assert "@" not in unfolded


def test_a_second_parser_that_only_knows_the_standard_reads_the_feed(client, meeting):
    """RFC 5545, section 3.1: lines of at most 75 octets, CRLF, nested BEGIN and END, what must be there."""
    raw = client.get(FEED).content
    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    open_parts, found = [], {}
    for line in re.sub(rb"\r\n[ \t]", b"", raw).decode().splitlines():
        name, _, value = line.partition(":")
        assert re.fullmatch(r"[A-Z-]+(;[A-Z-]+=[^;:]+)*", name), line
        if name == "BEGIN":
            open_parts.append(value)
        elif name == "END":
            assert open_parts.pop() == value
        else:
            found.setdefault(open_parts[-1], set()).add(name.partition(";")[0])
    assert not open_parts
    assert found["VCALENDAR"] >= {"VERSION", "PRODID"}
    assert found["VEVENT"] >= {"UID", "DTSTAMP", "DTSTART"}
