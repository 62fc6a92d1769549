"""Free rooms for the home page and the hub's page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hubs.opening import HELSINKI, ONE_DAY, Schedule
from rooms.availability import MODES_OF_AN_OPEN_DOOR, bookable_window, free_times
from rooms.models import Room
from rooms.rules import midnight
from rooms.spans import Span
from rooms.wording import spans_words


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """A room with the spans of one day in which its shortest booking fits."""

    room: Room
    free: list[Span]

    @property
    def words(self) -> str:
        return spans_words(self.free)


def free_rooms(
    rooms: Iterable[Room], window: Span, *, at: datetime, schedules: Mapping[int, Schedule]
) -> list[FreeRoom]:
    """Return the rooms with what can still be booked within the window, those with free time first.

    One query: `schedules` are those of the rooms and their hubs, `rooms` come with their hubs.
    """
    times = free_times(rooms, *window, at=at, schedules=schedules)
    found = []
    for time in times.values():
        starts_at, ends_at = bookable_window(time.room, *window, at)
        within = (starts_at, max(starts_at, ends_at))
        found.append(FreeRoom(time.room, time.spans_of(time.room.shortest_minutes, within=within)))
    return sorted(found, key=lambda each: not each.free)


def next_open_window(schedule: Schedule, at: datetime) -> Span | None:
    """Return when the doors are open from `at`, or on the next day they open, in whole hours; None if not in a week."""
    today = at.astimezone(HELSINKI).date()
    for day in (today + n * ONE_DAY for n in range(7)):
        spans = open_spans(schedule, day)
        if spans and spans[-1][1] > at:
            return whole_hours(max(at, spans[0][0]), spans[-1][1])
    return None


def open_spans(schedule: Schedule, day: date) -> list[Span]:
    starts_at, ends_at = midnight(day), midnight(day + ONE_DAY)
    return schedule.open_time(starts_at, ends_at, modes=MODES_OF_AN_OPEN_DOOR)


def whole_hours(starts_at: datetime, ends_at: datetime) -> Span:
    missing = -ends_at.minute % 60
    return starts_at.replace(minute=0, second=0, microsecond=0), ends_at + timedelta(minutes=missing)
