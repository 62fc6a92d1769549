"""Bookings as calendar files that mail programs and calendars recognise (RFC 5545, RFC 5546).

A series is one file under one UID: an event that repeats (RRULE), without the dates that were not
booked or have been given back (EXDATE), and an event for each date that is at another time or in
another room (RECURRENCE-ID). Whatever changes one of its dates, the whole file goes out anew under
a higher SEQUENCE: programs that know only whole files replace it, and none is left with a date that
it could not place. THISANDFUTURE would be shorter, but Google and Outlook do not read it; and an
event with a RECURRENCE-ID alone, without the one that repeats, is refused or doubled by some.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vRecur, vText

from hubs.opening import HELSINKI
from rooms.enums import BookingState
from rooms.models import Booking, Series
from rooms.spans import utc

type Method = Literal["PUBLISH", "REQUEST", "CANCEL"]

STATUS = {
    BookingState.CONFIRMED: "CONFIRMED",
    BookingState.USED: "CONFIRMED",
    BookingState.HELD: "TENTATIVE",
    BookingState.REQUESTED: "TENTATIVE",
}


def booking_calendar(booking: Booking, *, at: datetime, method: Method = "PUBLISH") -> bytes:
    """Return the booking as a calendar of one event, in the booking's language.

    PUBLISH is for downloading; REQUEST and CANCEL go by mail, where they put the event into the
    resident's calendar, move it and take it away again: the UID stays and SEQUENCE counts up.
    A date of a series brings its whole series.
    """
    if booking.series is not None:
        return series_calendar(booking.series, at=at, method=method)
    calendar = new_calendar(booking.language, method)
    with translation.override(booking.language):
        calendar.add_component(booking_event(booking, at, method))
    return bytes(calendar.to_ical())


def series_calendar(
    series: Series,
    *,
    at: datetime,
    method: Method = "PUBLISH",
    dates: Sequence[Booking] | None = None,
    sequence: int | None = None,
) -> bytes:
    """Return the series as a calendar of one event that repeats and those that differ from it.

    `dates` and `sequence` are those of another moment, where a mail tells of it; else one query.
    """
    if dates is None:
        dates = list(series.bookings.for_list().order_by("series_start"))
    language = dates[0].language if dates else settings.LANGUAGE_CODE
    calendar = new_calendar(language, method)
    with translation.override(language):
        for event in series_events(series, dates, at=at, method=method, sequence=sequence):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def series_method(dates: Sequence[Booking], at: datetime) -> Method:
    """Return how the file goes by mail: what is left of the series, or that nothing is."""
    return "REQUEST" if any(stands(booking, at) for booking in dates) else "CANCEL"


def stands(booking: Booking, at: datetime) -> bool:
    """Say whether the booking belongs into a calendar: it is coming, or it has been."""
    return booking.is_live_at(at) or booking.state == BookingState.USED


def new_calendar(language: str, method: Method) -> Calendar:
    """Return a calendar without events. It has the time zone, for no calendar may be empty."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{host()}//Servicetorg//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_helsinki())
    return calendar


def calendar_of(booking: Booking, *, at: datetime) -> tuple[Method, bytes]:
    """Return the file to download, and its method: what no longer stands is taken out of the calendar."""
    series = booking.series
    dates = [booking] if series is None else list(series.bookings.for_list().order_by("series_start"))
    method: Method = "PUBLISH" if any(stands(each, at) for each in dates) else "CANCEL"
    if series is None:
        return method, booking_calendar(booking, at=at, method=method)
    return method, series_calendar(series, at=at, method=method, dates=dates)


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def booking_address(booking: Booking) -> str:
    """Return the booking's page, with host and in the active language."""
    return settings.SITE_URL + booking.get_absolute_url()


def series_address(series: Series) -> str:
    """Return the series' page, with host and in the active language."""
    return settings.SITE_URL + series.get_absolute_url()


def place_words(booking: Booking) -> str:
    """Return “Room, Hub, Street 9, 02970 Espoo” in the active language."""
    hub = booking.room.hub
    return f"{booking.room.name}, {hub.name}, {hub.street}, {hub.postal_code} {hub.locality}"


def organiser() -> vCalAddress:
    """Return who publishes the event, the site: a method asks for one (RFC 5546)."""
    site = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    site.params["cn"] = vText(str(settings.SITE_NAME))
    return site


def booking_event(booking: Booking, at: datetime, method: Method) -> Event:
    """Return the booking as an event, in the active language."""
    event = Event()
    event.add("uid", f"{booking.reference}@{host()}")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", booking.starts_at.astimezone(HELSINKI))
    event.add("dtend", booking.ends_at.astimezone(HELSINKI))
    event.add("summary", _("%(room)s, %(hub)s") % {"room": booking.room.name, "hub": booking.room.hub.name})
    event.add("location", place_words(booking))
    event.add("description", _description(booking))
    event.add("url", booking_address(booking))
    event.add("status", "CANCELLED" if method == "CANCEL" else STATUS.get(booking.state_at(at), "CANCELLED"))
    event.add("transp", "OPAQUE")
    event.add("organizer", organiser())
    if method != "PUBLISH" and booking.email:
        attendee = vCalAddress(f"mailto:{booking.email}")
        attendee.params["role"] = vText("REQ-PARTICIPANT")
        attendee.params["partstat"] = vText("ACCEPTED")
        attendee.params["rsvp"] = vText("FALSE")
        event.add("attendee", attendee)
    return event


def series_events(
    series: Series, dates: Sequence[Booking], *, at: datetime, method: Method, sequence: int | None = None
) -> list[Event]:
    """Return the event that repeats and those of the dates that differ, in the active language.

    `dates` are all bookings of the series, also those that have been ended. Never queries.
    """
    if not dates:
        return []
    dates = sorted(dates, key=_recurrence)
    standing = [] if method == "CANCEL" else [booking for booking in dates if stands(booking, at)]
    first, shown = _recurrence(dates[0]), standing or dates
    usual = _usual(shown)
    weeks = {_week(booking, first) // series.every_weeks: booking for booking in shown}
    missing = [number for number in range(max(weeks) + 1) if number not in weeks]
    event = booking_event(usual, at, method)
    for name in ("uid", "sequence", "dtstart", "dtend", "description", "url"):
        del event[name]
    address = series_address(series)
    same = {"uid": f"{series.reference}@{host()}", "sequence": series.sequence if sequence is None else sequence}
    event.add("uid", same["uid"])
    event.add("sequence", same["sequence"])
    event.add("dtstart", first)
    event.add("dtend", _wall_clock(utc(first) + usual.duration))
    event.add("rrule", vRecur(freq="WEEKLY", interval=series.every_weeks, count=max(weeks) + 1))
    if missing:
        event.add("exdate", [first + timedelta(weeks=series.every_weeks * number) for number in missing])
    event.add("description", _series_description(series, usual, address))
    event.add("url", address)
    events = [event]
    for booking in standing:
        if not _is_usual(booking, usual, at):
            other = booking_event(booking, at, method)
            for name, value in same.items():
                del other[name]
                other.add(name, value)
            other.add("recurrence-id", _recurrence(booking))
            events.append(other)
    return events


def _usual(dates: Sequence[Booking]) -> Booking:
    """Return a date that is as most are: what the others are compared with."""
    on_time = [booking for booking in dates if booking.series_start == booking.starts_at] or list(dates)
    kinds = Counter(_kind(booking) for booking in on_time)
    most = max(kinds, key=lambda kind: kinds[kind])  # of equals the first
    return next(booking for booking in on_time if _kind(booking) == most)


def _kind(booking: Booking) -> tuple[int, timedelta, bool]:
    return booking.room_id, booking.duration, booking.state == BookingState.REQUESTED


def _is_usual(booking: Booking, usual: Booking, at: datetime) -> bool:
    is_same_status = STATUS.get(booking.state_at(at)) == STATUS.get(usual.state_at(at))
    return booking.starts_at == booking.series_start and _kind(booking)[:2] == _kind(usual)[:2] and is_same_status


def _recurrence(booking: Booking) -> datetime:
    """Return which date of the series this is, on the wall clock: it never changes."""
    return _wall_clock(booking.series_start or booking.starts_at)


def _week(booking: Booking, first: datetime) -> int:
    return (_recurrence(booking).date() - first.date()).days // 7


def _wall_clock(moment: datetime) -> datetime:
    return moment.astimezone(HELSINKI)


def _series_description(series: Series, booking: Booking, address: str) -> str:
    parts = [
        booking.room.directions.strip(),
        _("Series number: %(reference)s") % {"reference": series.reference},
        _("See all dates, change them or give them back here: %(address)s") % {"address": address},
    ]
    return "\n\n".join(part for part in parts if part)


def _description(booking: Booking) -> str:
    parts = [
        booking.room.directions.strip(),
        _("Booking number: %(reference)s") % {"reference": booking.reference},
        _("Change your mind? Give the time back here: %(address)s") % {"address": booking_address(booking)},
    ]
    return "\n\n".join(part for part in parts if part)


def _helsinki() -> Timezone:
    """Return the rules of Finnish time since 1996, which have no end, in place of a table that has."""
    zone = Timezone()
    zone.add("tzid", HELSINKI.key)
    for part, name, month, hour, before, after in (
        (TimezoneDaylight(), "EEST", 3, 3, 2, 3),
        (TimezoneStandard(), "EET", 10, 4, 3, 2),
    ):
        part.add("tzname", name)
        part.add("dtstart", datetime(1996, month, 31 if month == 3 else 27, hour))  # noqa: DTZ001 - a zone's own rule
        part.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday="-1SU"))
        part.add("tzoffsetfrom", timedelta(hours=before))
        part.add("tzoffsetto", timedelta(hours=after))
        zone.add_component(part)
    return zone
