"""Calendars to subscribe to: a resident's own, a hub's for its staff, and when rooms are taken, for everybody.

The bytes change only when what they say changes, or the day; that is what ETags are made of.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar, Event

from accounts.models import User
from hubs.models import Hub
from hubs.opening import HELSINKI
from rooms.availability import free_times
from rooms.calendar import booking_event, host, new_calendar, organiser, series_events
from rooms.enums import BookingState
from rooms.models import Booking, Closure, Room
from rooms.rules import midnight
from rooms.spans import Span, subtract

EVERY = timedelta(hours=1)  # how often a calendar program may ask; some do as they like
PAST_DAYS = 30
STAFF_PAST_DAYS = 7
WEEKS_AHEAD = 8


def own_feed(user: User, *, at: datetime) -> bytes:
    """Return the person's bookings of the last month and all that are coming, in their language.

    A series stands as in its own file, all of it, so that who has both sees one. Two queries.
    """
    since = at - timedelta(days=PAST_DAYS)
    mine = Booking.objects.counted_at(at, used_too=True).filter(resident=user, ends_at__gt=since).for_list()
    bookings = list(mine.select_related("series").order_by("starts_at", "pk"))
    series = {booking.series_id: booking.series for booking in bookings if booking.series is not None}
    dates: dict[int | None, list[Booking]] = {key: [] for key in series}
    if series:
        for booking in Booking.objects.filter(series__in=series).for_list().order_by("series_start"):
            dates[booking.series_id].append(booking)
    with translation.override(user.language):
        calendar = new_feed(_("My bookings, %(site)s") % {"site": settings.SITE_NAME}, user.language)
        for booking in bookings:
            if booking.series is None:
                calendar.add_component(_stamped(booking_event(booking, at, "PUBLISH"), booking.updated_at))
            elif of_series := dates.pop(booking.series_id, []):
                changed_at = max(each.updated_at for each in of_series)
                for event in series_events(booking.series, of_series, at=at, method="PUBLISH"):
                    calendar.add_component(_stamped(event, changed_at))
    return bytes(calendar.to_ical())


def staff_feed(hub: Hub, *, language: str, at: datetime) -> bytes:
    """Return the hub's bookings and closures from last week on, with who and what for. Two queries."""
    first, last = at - timedelta(days=STAFF_PAST_DAYS), at + timedelta(weeks=WEEKS_AHEAD)
    window = {"room__hub": hub, "ends_at__gt": first, "starts_at__lt": last}
    bookings = Booking.objects.counted_at(at, used_too=True).filter(**window).for_list()
    with translation.override(language):
        calendar = new_feed(_("Bookings, %(hub)s") % {"hub": hub.name}, language)
        for booking in bookings.order_by("starts_at", "pk"):
            calendar.add_component(_booking_for_staff(booking, at))
        for closure in Closure.objects.filter(**window).select_related("room__hub").order_by("starts_at", "pk"):
            calendar.add_component(_closure_event(closure, closure.room, at))
    return bytes(calendar.to_ical())


def busy_feed(rooms: Iterable[Room], name: str, *, at: datetime) -> bytes:
    """Return when the rooms are taken in the coming eight weeks, and nothing else, in the active language.

    Bookings that follow each other are one: nobody can tell who comes and goes, or how many.
    """
    rooms = list(rooms)
    starts_at = midnight(at.astimezone(HELSINKI).date())
    times = free_times(rooms, starts_at, starts_at + timedelta(weeks=WEEKS_AHEAD), at=at)
    closures = Closure.objects.in_bulk({key for time in times.values() for _start, _end, key in time.closed})
    calendar = new_feed(name, translation.get_language() or settings.LANGUAGE_CODE)
    for room in rooms:
        closed = times[room.pk].closed
        for span in subtract(times[room.pk].busy, ((start, end) for start, end, _key in closed)):
            calendar.add_component(_busy_event(room, span, at))
        for key in dict.fromkeys(key for _start, _end, key in closed if key in closures):
            calendar.add_component(_closure_event(closures[key], room, at))
    return bytes(calendar.to_ical())


def new_feed(name: str, language: str) -> Calendar:
    """Return a calendar to subscribe to, without events."""
    calendar = new_calendar(language, "PUBLISH")
    calendar.add("name", name)  # RFC 7986, and the names that programs knew before it
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _stamped(event: Event, moment: datetime) -> Event:
    """Say when the information was last changed, not when it was asked for: else no two answers were alike."""
    del event["dtstamp"]
    event.add("dtstamp", moment)
    return event


def _booking_for_staff(booking: Booking, at: datetime) -> Event:
    event = _stamped(booking_event(booking, at, "PUBLISH"), booking.updated_at)
    for name in ("summary", "description", "url"):
        del event[name]
    who = booking.organisation or booking.name or booking.email
    event.add("summary", _("%(room)s: %(who)s") % {"room": booking.room.name, "who": who})
    event.add("description", "\n".join(_facts(booking)))
    event.add("url", settings.SITE_URL + reverse("admin:rooms_booking_change", args=[booking.pk]))
    event.add("class", "PRIVATE")
    return event


def _facts(booking: Booking) -> list[str]:
    facts = [booking.name, booking.organisation, booking.phone, booking.email, booking.purpose, booking.message]
    if booking.people:
        count = ngettext("%(count)d person", "%(count)d people", booking.people)
        facts.insert(0, count % {"count": booking.people})
    if booking.state == BookingState.REQUESTED:
        facts.insert(0, _("Waits for your answer"))
    facts.append(_("Booking number: %(reference)s") % {"reference": booking.reference})
    return [fact for fact in dict.fromkeys(facts) if fact]


def _busy_event(room: Room, span: Span, at: datetime) -> Event:
    return _public_event(
        room,
        span,
        uid=f"busy-{room.pk}-{span[0]:%Y%m%dT%H%M%SZ}",
        summary=_("%(room)s: booked") % {"room": room.name},
        at=at,
    )


def _closure_event(closure: Closure, room: Room, at: datetime) -> Event:
    return _public_event(
        room,
        (closure.starts_at, closure.ends_at),
        uid=f"closed-{room.pk}-{closure.pk}",
        summary=_("%(room)s: closed, %(reason)s") % {"room": room.name, "reason": closure.reason},
        at=at,
    )


def _public_event(room: Room, span: Span, *, uid: str, summary: str, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{host()}")
    event.add("dtstamp", midnight(at.astimezone(HELSINKI).date()).astimezone(UTC))
    event.add("dtstart", span[0].astimezone(HELSINKI))
    event.add("dtend", span[1].astimezone(HELSINKI))
    event.add("summary", summary)
    event.add("location", _("%(room)s, %(hub)s") % {"room": room.name, "hub": room.hub.name})
    event.add("url", settings.SITE_URL + room.get_absolute_url())
    event.add("organizer", organiser())
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event
