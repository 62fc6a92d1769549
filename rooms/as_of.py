"""Bookings as they were right after an event: what a mail tells of, whatever has happened since."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rooms.enums import EventKind
from rooms.models import Booking, BookingEvent, Room, Series

PUT_INTO_CALENDAR = frozenset({EventKind.CONFIRMED, EventKind.APPROVED})


@dataclass(frozen=True, slots=True)
class SeriesThen:
    """A series as it was right after an event: all its dates, also those that had been ended."""

    series: Series
    sequence: int
    dates: Sequence[Booking]
    was_put_into_calendar: bool
    closed: Mapping[int, Booking]  # as they were before a closure moved them, by their id

    def named(self, references: Sequence[str]) -> list[Booking]:
        """Return these of the dates, in the order of their time."""
        wanted = set(references)
        return sorted((date for date in self.dates if date.reference in wanted), key=lambda date: date.starts_at)


def booking_as_of(event: BookingEvent) -> Booking:
    """Return the booking as it was right after the event. Queries when it has changed rooms since."""
    then, booking = event.new, event.booking
    moved = {} if then["room"] == booking.room_id else _rooms([then])
    return _as_then(booking, then, moved)


def series_as_of(event: BookingEvent) -> SeriesThen:
    """Return the series of the event's booking as it was right after the event. Two or three queries.

    The events of a series count up its sequence, under its lock: what has a higher one came later.
    """
    series = event.booking.series
    if series is None:
        raise ValueError("The booking of this event does not belong to a series.")
    sequence = event.new.get("series_sequence", series.sequence)
    events = BookingEvent.objects.filter(booking__series=series).select_related("booking__room__hub").order_by("pk")
    earlier = [each for each in events if each.new.get("series_sequence", sequence + 1) <= sequence]
    last = {each.booking_id: each for each in earlier}
    closed = [each for each in last.values() if each.new.get("is_closed")]
    moments = [(each, each.new) for each in last.values()] + [(each, each.old) for each in closed]
    rooms = _rooms([then for each, then in moments if then["room"] != each.booking.room_id])
    return SeriesThen(
        series=series,
        sequence=sequence,
        dates=[_as_then(each.booking, each.new, rooms) for each in last.values()],
        was_put_into_calendar=any(each.kind in PUT_INTO_CALENDAR for each in earlier),
        closed={each.booking_id: _as_then(each.booking, each.old, rooms) for each in closed},
    )


def _rooms(snapshots: Sequence[Mapping[str, Any]]) -> dict[int, Room]:
    wanted = {then["room"] for then in snapshots}
    return Room.objects.select_related("hub").in_bulk(wanted) if wanted else {}


def _as_then(booking: Booking, then: Mapping[str, Any], rooms: Mapping[int, Room]) -> Booking:
    booking = copy(booking)
    if then["room"] in rooms:
        booking.room = rooms[then["room"]]
    booking.state, booking.people, booking.sequence = then["state"], then["people"], then["sequence"]
    booking.starts_at, booking.ends_at = moment_of(then["starts_at"]), moment_of(then["ends_at"])
    booking.expires_at = moment_of(then["expires_at"]) if then["expires_at"] else None
    booking.price_cents = then["price_cents"]
    return booking


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)
