"""Coming bookings outside the hours by which their room is booked, as when the hours have changed since. Reads only."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from rooms.availability import open_times_of_rooms
from rooms.models import Room
from rooms.models.booking import BookingQuerySet
from rooms.spans import Span, covers, without

START = itemgetter(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A booking outside the hours. `is_exception`: the staff have given a reason for what is unusual about it."""

    pk: int
    room: Room
    is_exception: bool
    closed: dict[Span, list[Span]]  # what of it lies in which time between two openings


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTime:
    """Rooms of one house, and from when until when bookings of them lie where it is closed."""

    rooms: Sequence[Room]
    starts_at: datetime
    ends_at: datetime


def outside_hours(bookings: BookingQuerySet, *, at: datetime) -> list[Outside]:
    """Return which of these bookings are yet to begin, and begin or end outside the hours. Four queries."""
    coming = bookings.counted_at(at).filter(starts_at__gt=at).order_by("starts_at", "pk")
    rows = list(coming.values_list("pk", "room", "starts_at", "ends_at", "staff_note"))
    if not rows:
        return []
    rooms = Room.objects.select_related("hub").in_bulk({row[1] for row in rows})
    span = rows[0][2], max(row[3] for row in rows)
    open_times = open_times_of_rooms(rooms.values(), span)
    found = []
    for pk, key, starts_at, ends_at, staff_note in rows:
        times = open_times[key]
        last_opened = bisect_right(times, starts_at, key=START)
        if not covers(times[:last_opened][-1:], starts_at, ends_at):
            closed = _by_closing(times, span, (starts_at, ends_at))
            found.append(Outside(pk=pk, room=rooms[key], is_exception=bool(staff_note), closed=closed))
    return found


def closed_times(found: Iterable[Outside]) -> list[ClosedTime]:
    """Gather what can be decided about at once, by time: bookings of a house that lie between the same openings.

    So no booking that is within the hours is in the way.
    """
    rooms: Mapping[tuple[int, Span], dict[int, Room]] = defaultdict(dict)
    parts: Mapping[tuple[int, Span], list[Span]] = defaultdict(list)
    for each in found:
        for closing, spans in each.closed.items():
            key = each.room.hub_id, closing
            rooms[key][each.room.pk] = each.room
            parts[key] += spans
    times = [
        ClosedTime(
            rooms=list(rooms[key].values()),
            starts_at=min(start for start, _end in spans),
            ends_at=max(end for _start, end in spans),
        )
        for key, spans in parts.items()
    ]
    return sorted(times, key=lambda time: (time.starts_at, time.ends_at))


def _by_closing(times: Sequence[Span], known: Span, booking: Span) -> dict[Span, list[Span]]:
    """Sort what of a booking lies outside the opening times by when the house has closed and opens again."""
    closed: dict[Span, list[Span]] = defaultdict(list)
    for part in without([booking], times):
        coming = bisect_right(times, part[0], key=START)
        closing = times[coming - 1][1] if coming else known[0], times[coming][0] if coming < len(times) else known[1]
        closed[closing].append(part)
    return dict(closed)
