"""When rooms can be booked: the same free times as on their pages, and nothing of who has booked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from hubs.opening import ONE_DAY
from rooms.availability import bookable_window, free_times
from rooms.models import Room
from rooms.rules import midnight
from rooms.spans import FreeTime
from servicetorg.api.records import Record, listing_id, moment
from servicetorg.api.words import Teller

MOST_DAYS = 31


def free_records(rooms: Sequence[Room], first: date, last: date, *, language: str, at: datetime) -> list[Record]:
    """Return what is free of each room on the days. Six queries, whatever the number of rooms."""
    starts_at, ends_at = midnight(first), midnight(last + ONE_DAY)
    times = free_times(rooms, starts_at, ends_at, at=at)
    return [free_record(times[room.pk], Teller(language), starts_at, ends_at, at) for room in rooms]


def free_record(times: FreeTime, tell: Teller, starts_at: datetime, ends_at: datetime, at: datetime) -> Record:
    room = times.room
    # Reckoned from the full minute, so that two answers within it are alike.
    now = at.replace(second=0, microsecond=0) + (timedelta(minutes=1) if at.second or at.microsecond else timedelta())
    window = bookable_window(room, starts_at, ends_at, now)
    return {
        "id": listing_id(room.hub.slug, room.slug),
        "hub": room.hub.slug,
        "name": tell(room, "name"),
        "url": tell.address(room.get_absolute_url()),
        "shortest_minutes": room.shortest_minutes,
        "longest_minutes": room.longest_minutes,
        "grid_minutes": room.grid_minutes,
        "free": [
            {"starts_at": moment(start), "ends_at": moment(end)}
            for start, end in times.spans_of(room.shortest_minutes, within=window)
        ],
        **tell.told(),
    }
