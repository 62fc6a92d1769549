"""Free rooms for the home page and the hub's page: today, and tonight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hubs.opening import HELSINKI, ONE_DAY, Schedule
from rooms.availability import MODES_OF_AN_OPEN_DOOR, bookable_window, free_times
from rooms.models import Room
from rooms.results import Choice
from rooms.rules import midnight
from rooms.spans import Span, intersect, minutes_between, utc
from rooms.wording import spans_words

EVENING = time(17)
LATE = time(15)  # from then on a page speaks of tonight first
NEXT_DAYS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """A room with the spans of one day in which its shortest booking fits."""

    room: Room
    free: list[Span]

    @property
    def words(self) -> str:
        return spans_words(self.free)

    @property
    def choices(self) -> list[Choice]:
        """Return each span with the address that books in it."""
        return [Choice(self.room, start, end) for start, end in self.free]

    def within(self, window: Span) -> "FreeRoom":
        """Return the same room with what its shortest booking leaves of its time within a window on the full hour."""
        spans = intersect(self.free, [window])
        return FreeRoom(self.room, [span for span in spans if minutes_between(*span) >= self.room.shortest_minutes])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """What is free from 17 on, and what is free next where that is nothing."""

    rooms: list[FreeRoom]
    earlier: list[FreeRoom]  # what is left of the day until then
    next: Choice | None
    is_late: bool
    counts_for_nobody: bool  # a weekly limit holds here, and not for tonight


def free_rooms(
    rooms: Iterable[Room], window: Span, *, at: datetime, schedules: Mapping[int, Schedule]
) -> list[FreeRoom]:
    """Return the rooms with what can still be booked within the window, those with free time first.

    One query: `schedules` are those of the rooms and their hubs, `rooms` come with their hubs.
    """
    times = free_times(rooms, *window, at=at, schedules=schedules)
    found = []
    for free_time in times.values():
        room = free_time.room
        starts_at, ends_at = bookable_window(room, *window, at)
        within = (starts_at, max(starts_at, ends_at))
        found.append(FreeRoom(room, free_time.spans_of(room.shortest_minutes, within=within)))
    return sorted(found, key=lambda each: not each.free)


def tonight(today: Iterable[FreeRoom], *, at: datetime, schedules: Mapping[int, Schedule]) -> Tonight:
    """Return what of the free time of today is tonight. One query more where nothing is, for what is free next.

    Parts of a hall are left to the search.
    """
    today = [each for each in today if each.room.parent_id is None]
    day = at.astimezone(HELSINKI).date()
    evening = evening_of(at)
    rooms = free_within(today, evening)
    all_rooms = [each.room for each in today]
    return Tonight(
        rooms=rooms,
        earlier=free_within(today, (utc(midnight(day)), evening[0])),
        next=None if rooms else next_free(all_rooms, evening[0], at=at, schedules=schedules),
        is_late=is_late(at),
        counts_for_nobody=any(each.room.hub.booking_minutes_per_week is not None for each in rooms),
    )


def evening_of(at: datetime) -> Span:
    day = at.astimezone(HELSINKI).date()
    return utc(datetime.combine(day, EVENING, tzinfo=HELSINKI)), utc(midnight(day + ONE_DAY))


def is_late(at: datetime) -> bool:
    return at.astimezone(HELSINKI).time() >= LATE


def free_within(rooms: Iterable[FreeRoom], window: Span) -> list[FreeRoom]:
    return [left for each in rooms if (left := each.within(window)).free]


def next_free(
    rooms: Iterable[Room], since: datetime, *, at: datetime, schedules: Mapping[int, Schedule]
) -> Choice | None:
    """Return the first time within a week after tonight that can be booked, whole; None if there is none. One query."""
    window = (max(since, at), max(since, at) + NEXT_DAYS)
    found = free_rooms(rooms, window, at=at, schedules=schedules)
    return min((each.choices[0] for each in found if each.free), key=lambda each: each.starts_at, default=None)


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
