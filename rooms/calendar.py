"""Bookings as calendar files that mail programs and calendars recognise (RFC 5545, RFC 5546)."""

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
from rooms.models import Booking

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
    """
    calendar = new_calendar(booking.language, method)
    with translation.override(booking.language):
        calendar.add_component(booking_event(booking, at, method))
    return bytes(calendar.to_ical())


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
    stands = booking.is_live_at(at) or booking.state == BookingState.USED
    method: Method = "PUBLISH" if stands else "CANCEL"
    return method, booking_calendar(booking, at=at, method=method)


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def booking_address(booking: Booking) -> str:
    """Return the booking's page, with host and in the active language."""
    return settings.SITE_URL + booking.get_absolute_url()


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
