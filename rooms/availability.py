"""The read path: which time of which room is free. One truth for search, pages, rules and verbs.

The reckoning itself is in rooms/spans.py; here are the queries that feed it. Their number is
the same for one room and for a thousand. Nothing is cached: what is held or requested beyond
its end counts as free from that moment on, whether or not anybody has cleared it away.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext as _

from hubs.enums import Mode
from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, Schedule
from rooms.enums import RoomKind
from rooms.models import Booking, BusyPeriod, Equipment, Room
from rooms.rules import Reason, first_start, last_bookable_day, midnight, room_problems
from rooms.spans import FreeTime, Span, free_spans, intersect, minutes_between, union, utc

__all__ = [
    "Alternative",
    "FreeTime",
    "RoomMatch",
    "RoomQuery",
    "alternatives_on",
    "find_rooms",
    "free_times",
    "free_times_on",
    "nearest_alternatives",
    "next_free_start",
    "next_free_starts",
]

# A house that only answers the phone is not open to go to.
MODES_OF_AN_OPEN_DOOR = frozenset({Mode.STAFFED, Mode.APPOINTMENT, Mode.SELF_SERVICE})
MOST_ALTERNATIVES = 3
ALTERNATIVE_DAYS = 7
DATE_ALTERNATIVES = 2  # for each date of a series: of the same room, and of other rooms
DATE_ALTERNATIVE_DAYS = 3
MOST_TRIED = 40  # rooms, and starts of one date


def free_times(
    rooms: Iterable[Room],
    starts_at: datetime,
    ends_at: datetime,
    *,
    at: datetime,
    ignoring: Booking | None = None,
    leaving: Iterable[Booking] = (),
    schedules: Mapping[int, Schedule] | None = None,
) -> dict[int, FreeTime]:
    """Return the free time of each room in [starts_at, ends_at), by room id.

    `ignoring` leaves out one booking's own busy periods, as when it is being changed, and `leaving`
    those of several that must leave their rooms. `schedules`
    are those of the rooms and their hubs, where a page has loaded them already. Five or six
    queries (one or two with `schedules`), whatever the number of rooms.
    """
    left_out = [booking for booking in (*leaving, ignoring) if booking is not None]
    return free_times_on(rooms, [(starts_at, ends_at)], at=at, leaving=left_out, schedules=schedules)


def free_times_on(
    rooms: Iterable[Room],
    spans: Iterable[Span],
    *,
    at: datetime,
    leaving: Iterable[Booking] = (),
    schedules: Mapping[int, Schedule] | None = None,
) -> dict[int, FreeTime]:
    """Do as `free_times` does for several spans at once, such as the dates of a series, in as few queries.

    Nothing is known of the time between the spans.
    """
    rooms, spans, at = list(rooms), [(utc(start), utc(end)) for start, end in spans], utc(at)
    prefetch_related_objects(rooms, "hub")
    busy, closed = _busy_spans(rooms, spans, at=at, left_out={booking.pk for booking in leaving})
    timetables = {room.timetable_id for room in rooms} | {room.hub.timetable_id for room in rooms}
    schedules = load_schedules(timetables) if schedules is None else schedules
    hours = {key: _with_own_hours(schedules[key]) for key in timetables}
    asked, shared = union(spans), {id(schedule): schedule for schedule in hours.values()}
    reckoned = {number: _open_time(schedule, asked) for number, schedule in shared.items()}
    open_times = {key: reckoned[id(schedule)] for key, schedule in hours.items()}
    return {
        room.pk: _free_time(
            room,
            room_open=open_times[room.timetable_id],
            hub_open=open_times[room.hub.timetable_id],
            busy=busy[room.pk],
            closed=closed[room.pk],
        )
        for room in rooms
    }


def _with_own_hours(schedule: Schedule) -> Schedule:
    """Return whose hours hold: most rooms have none of their own and are open as their hub is."""
    while not schedule.periods and schedule.fallback is not None:
        schedule = schedule.fallback
    return schedule


def _open_time(schedule: Schedule, spans: Iterable[Span]) -> list[Span]:
    return [part for span in spans for part in schedule.open_time(*span, modes=MODES_OF_AN_OPEN_DOOR)]


def _free_time(
    room: Room,
    *,
    room_open: list[Span],
    hub_open: list[Span],
    busy: list[Span],
    closed: list[tuple[datetime, datetime, int]],
) -> FreeTime:
    open_spans, taken = intersect(room_open, hub_open), union(busy)
    return FreeTime(
        room=room,
        open=open_spans,
        busy=taken,
        free=free_spans(open_spans, taken, room.gap_minutes),
        hub_open=hub_open,
        room_open=room_open,
        closed=closed,
    )


def _busy_spans(
    rooms: Sequence[Room], spans: Sequence[Span], *, at: datetime, left_out: Collection[int]
) -> tuple[dict[int, list[Span]], dict[int, list[tuple[datetime, datetime, int]]]]:
    """Return the busy spans by room, and those of closures again with the closure's id. One query.

    A row of a part also makes its whole busy. Rows that begin within the longest gap after a
    span matter too: a booking at the end of the span needs its gap before them.
    """
    ids = {room.pk for room in rooms}
    gap = timedelta(minutes=max((room.gap_minutes for room in rooms), default=0))
    if not spans:
        return defaultdict(list), defaultdict(list)
    first, last = min(start for start, _end in spans), max(end for _start, end in spans)
    rows = BusyPeriod.objects.live_at(at).overlapping(first, last + gap).order_by("starts_at")
    if len(spans) == 1:
        rows = rows.filter(Q(room__in=ids) | Q(room__parent__in=ids))
    else:  # a long time of few rooms: let the database begin with the rooms
        family = Room.objects.filter(Q(pk__in=ids) | Q(parent__in=ids)).order_by()
        then = Q()
        for start, end in spans:
            then |= Q(starts_at__lt=end + gap, ends_at__gt=start)
        rows = rows.filter(then, room__in=family.values("pk"))
    if left_out:
        rows = rows.exclude(booking__in=left_out)
    busy: dict[int, list[Span]] = defaultdict(list)
    closed: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for room_id, parent_id, start, end, closure_id in rows.values_list(
        "room_id", "room__parent_id", "starts_at", "ends_at", "closure_id"
    ):
        for key in ids & {room_id, parent_id}:
            busy[key].append((start, end))
            if closure_id is not None:
                closed[key].append((start, end, closure_id))
    return busy, closed


# --- Search ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomQuery:
    """What a visitor looks for: `minutes` in a row within [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime
    minutes: int
    people: int | None = None
    hub: Hub | None = None
    equipment: tuple[Equipment, ...] = ()
    kind: RoomKind | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", utc(self.starts_at))
        object.__setattr__(self, "ends_at", utc(self.ends_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMatch:
    """A room, its free spans in which the wish fits, and why it does not fit where it does not.

    Each span begins on the room's grid and in time to be booked; it may be longer than asked for.
    """

    room: Room
    free_time: FreeTime
    spans: list[Span]
    fits: bool
    why_not: tuple[Reason, ...] = ()


def find_rooms(query: RoomQuery, *, at: datetime, ignoring: Booking | None = None) -> list[RoomMatch]:
    """Return every room that is bookable here and has the equipment, those that fit first.

    Order: fits; then a room large enough before one too small; then the smallest that is enough;
    then the earliest free span. Within one hub or over all; seven queries, whatever the number of rooms.
    `ignoring` is a booking that is being changed: its own time counts as free.
    """
    rooms = list(Room.objects.bookable().wanted(query.hub, query.kind, query.equipment).for_list())
    times = free_times(rooms, query.starts_at, query.ends_at, at=at, ignoring=ignoring)
    matches = [_match(times[room.pk], query, at) for room in rooms]
    return sorted(matches, key=lambda match: _rank(match, query.people))


def _rank(match: RoomMatch, people: int | None) -> tuple[bool, bool, int, bool, datetime, int, int]:
    room, spans = match.room, match.spans
    is_too_small = people is not None and room.capacity < people
    size = -room.capacity if is_too_small else room.capacity
    first = spans[0][0] if spans else datetime.max.replace(tzinfo=UTC)
    return (not match.fits, is_too_small, size, not spans, first, room.order, room.pk)


def _match(free_time: FreeTime, query: RoomQuery, at: datetime) -> RoomMatch:
    room = free_time.room
    why_not = room_problems(room, minutes=query.minutes, people=query.people)
    spans = free_time.spans_of(query.minutes, within=bookable_window(room, query.starts_at, query.ends_at, at))
    if not spans:
        why_not.append(_why_no_time(free_time, query, at))
    return RoomMatch(room=room, free_time=free_time, spans=spans, fits=not why_not, why_not=tuple(why_not))


def _why_no_time(free_time: FreeTime, query: RoomQuery, at: datetime) -> Reason:
    room = free_time.room
    starts, ends = bookable_window(room, query.starts_at, query.ends_at, at)
    if starts >= ends:
        if query.ends_at <= at:
            return Reason("past", _("That time has already passed."), "starts_at")
        if query.starts_at.astimezone(HELSINKI).date() > last_bookable_day(room, at):
            return Reason("too_early", _("That day cannot be booked yet in this room."), "starts_at")
        return Reason("too_late", _("It is too late to book this room for that time."), "starts_at")
    open_then = intersect(free_time.open, [(query.starts_at, query.ends_at)])
    if not open_then:
        return Reason("hub_closed", _("The room is not open then."), "starts_at")
    if all(minutes_between(start, end) < query.minutes for start, end in open_then):
        return Reason("crosses_hours", _("The room is not open for that long then."), "ends_at")
    if not intersect(free_time.free, open_then):
        return Reason("taken", _("The room is taken the whole time."), "starts_at")
    return Reason("taken", _("No time that long is free."), "ends_at")


def bookable_window(room: Room, starts_at: datetime, ends_at: datetime, at: datetime) -> Span:
    """Clip a span to what the room's notice and horizon allow at `at`. May come out empty."""
    first = utc(at) + timedelta(minutes=room.latest_minutes)
    return max(utc(starts_at), first), min(utc(ends_at), _latest(room, at))


# --- Next, and instead ---------------------------------------------------------------------------


def next_free_start(room: Room, minutes: int, *, at: datetime) -> datetime | None:
    """Return the first start at which `minutes` can be booked, or None before the room's horizon."""
    return next_free_starts([room], minutes, at=at)[room.pk]


def next_free_starts(rooms: Iterable[Room], minutes: int, *, at: datetime) -> dict[int, datetime | None]:
    """Return `next_free_start` of each room by its id, in the same number of queries as for one."""
    rooms = list(rooms)
    horizon = max((room.earliest_days for room in rooms), default=0)
    at = utc(at)
    ends_at = midnight(at.astimezone(HELSINKI).date() + timedelta(days=horizon + 1))
    times = free_times(rooms, at, ends_at, at=at)
    starts: dict[int, datetime | None] = {}
    for room in rooms:
        spans = times[room.pk].spans_of(minutes, within=bookable_window(room, at, ends_at, at))
        starts[room.pk] = spans[0][0] if spans else None
    return starts


# Says whether somebody may have this time, as by the rules about what a person has already.
type Suits = Callable[[FreeTime, datetime, datetime], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A time that can be had instead, and what speaks for it, in words."""

    room: Room
    starts_at: datetime
    ends_at: datetime
    reason: str


def nearest_alternatives(
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    people: int | None,
    *,
    at: datetime,
    ignoring: Booking | None = None,
    suits: Suits | None = None,
) -> list[Alternative]:
    """Return up to three nearest times of the same room, then up to three other rooms at the same time.

    The other rooms fit the people and the length: the same hub first, then the same kind, then the
    smallest that is enough. The length is kept within what each room allows. `ignoring` is a booking
    that is being changed: its own time counts as free. `suits` has the last word. Never raises.
    """
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    if ends_at <= starts_at:
        return []
    suits = suits or _anybody
    return [
        *_same_room(room, starts_at, ends_at, people, at=at, ignoring=ignoring, suits=suits),
        *_same_time(room, starts_at, ends_at, people, at=at, ignoring=ignoring, suits=suits),
    ]


def _anybody(_free_time: FreeTime, _starts_at: datetime, _ends_at: datetime) -> bool:
    return True


def alternatives_on(
    room: Room, spans: Sequence[Span], people: int | None, *, at: datetime, near: FreeTime, suits: Suits
) -> list[list[Alternative]]:
    """Return for each span, such as the clashes of a series, the nearest that can be had instead.

    First the same room, nearest in time and on the same day if it can be, of whose time around the
    spans `near` tells; then other rooms at the same time, as `nearest_alternatives` ranks them.
    `suits` has the last word. Six queries, however many spans there are, or none without spans.
    """
    if not spans:
        return []
    others = _likely_rooms(room, spans, people)
    times = free_times_on(others, spans, at=at)
    return [
        [
            *_same_room_near(room, span, at=at, near=near, suits=suits),
            *_others_then(room, span, [times[other.pk] for other in others], suits=suits),
        ]
        for span in spans
    ]


def _likely_rooms(room: Room, spans: Sequence[Span], people: int | None) -> list[Room]:
    """Return the rooms that suit best by what they are; no more, so that a town of rooms is no slower."""
    minutes = {minutes_between(*span) for span in spans}
    family = {room.pk, room.parent_id} - {None}
    rooms = Room.objects.bookable().exclude(Q(pk__in=family) | Q(parent=room.pk)).select_related("hub")
    likely = [
        other for other in rooms if any(not room_problems(other, minutes=each, people=people) for each in minutes)
    ]  # fmt: skip
    return sorted(likely, key=lambda other: _likeness(other, room, people))[:MOST_TRIED]


def _same_room_near(room: Room, span: Span, *, at: datetime, near: FreeTime, suits: Suits) -> Iterable[Alternative]:
    wished, length, reach = span[0], span[1] - span[0], timedelta(days=DATE_ALTERNATIVE_DAYS)
    day = midnight(wished.astimezone(HELSINKI).date())
    window = bookable_window(room, day - reach, day + timedelta(days=1) + reach, at)
    if window[0] >= window[1]:
        return
    starts = near.starts_of(minutes_between(*span), within=window)
    is_other_day = {start: start.astimezone(HELSINKI).date() != day.date() for start in starts}
    chosen: list[datetime] = []
    for start in sorted(starts, key=lambda start: (is_other_day[start], abs(start - wished)))[:MOST_TRIED]:
        if len(chosen) == DATE_ALTERNATIVES or (chosen and is_other_day[start]):
            return
        if all(abs(start - other) >= length for other in chosen) and suits(near, start, start + length):
            chosen.append(start)
            reason = same_room_words(start, wished)
            yield Alternative(room=room, starts_at=start, ends_at=start + length, reason=reason)


def _others_then(room: Room, span: Span, times: Sequence[FreeTime], *, suits: Suits) -> Iterable[Alternative]:
    free = (each.room for each in times if each.is_free(*span) and suits(each, *span))
    for other in islice(free, DATE_ALTERNATIVES):
        yield Alternative(room=other, starts_at=span[0], ends_at=span[1], reason=same_time_words(other, room))


def _same_room(
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    people: int | None,
    *,
    at: datetime,
    ignoring: Booking | None,
    suits: Suits,
) -> list[Alternative]:
    if room_problems(room, minutes=room.shortest_minutes, people=people) or room not in Room.objects.bookable():
        return []
    minutes = min(max(minutes_between(starts_at, ends_at), room.shortest_minutes), room.longest_minutes)
    near, wide = min(max(starts_at, at), _latest(room, at)), timedelta(days=ALTERNATIVE_DAYS)
    window = bookable_window(room, near - wide, near + wide, at)
    free_time = free_times([room], *window, at=at, ignoring=ignoring)[room.pk]
    starts = sorted(free_time.starts_of(minutes, within=window), key=lambda start: abs(start - starts_at))
    if not starts and (later := next_free_start(room, minutes, at=at)) is not None:
        starts = [later]
    chosen: list[datetime] = []
    length = timedelta(minutes=minutes)
    for start in starts:
        # Three starts half an hour apart are one suggestion, not three.
        if all(abs(start - other) >= length for other in chosen) and suits(free_time, start, start + length):
            chosen.append(start)
        if len(chosen) == MOST_ALTERNATIVES:
            break
    return [
        Alternative(
            room=room,
            starts_at=start,
            ends_at=start + length,
            reason=same_room_words(start, starts_at),
        )
        for start in chosen
    ]


def _latest(room: Room, at: datetime) -> datetime:
    return utc(midnight(last_bookable_day(room, at) + timedelta(days=1)))


def same_room_words(start: datetime, wished: datetime) -> str:
    if start == wished:
        return _("The same room at the same start")
    if start.astimezone(HELSINKI).date() != wished.astimezone(HELSINKI).date():
        return _("The same room on another day")
    return _("The same room, earlier the same day") if start < wished else _("The same room, later the same day")


def _same_time(
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    people: int | None,
    *,
    at: datetime,
    ignoring: Booking | None,
    suits: Suits,
) -> list[Alternative]:
    minutes = minutes_between(starts_at, ends_at)
    family = Q(pk=room.pk) | Q(pk=room.parent_id)  # a part may be free where the whole is not
    candidates = [
        other
        for other in Room.objects.bookable().exclude(family).for_list()
        if not room_problems(other, minutes=minutes, people=people)
        and (bookable_window(other, starts_at, ends_at, at) == (starts_at, ends_at) or _runs(other, starts_at, at))
    ]
    times = free_times(candidates, starts_at, ends_at, at=at, ignoring=ignoring)
    free = [
        other
        for other in candidates
        if starts_at in times[other.pk].starts_of(minutes)
        and times[other.pk].is_free(starts_at, ends_at)
        and suits(times[other.pk], starts_at, ends_at)
    ]
    free.sort(key=lambda other: _likeness(other, room, people))
    return [
        Alternative(room=other, starts_at=starts_at, ends_at=ends_at, reason=same_time_words(other, room))
        for other in free[:MOST_ALTERNATIVES]
    ]


def _runs(room: Room, starts_at: datetime, at: datetime) -> bool:
    """Say whether the step of the grid that begins then is running, so that it can be had at the door."""
    return first_start(room, at) <= starts_at <= at


def _likeness(other: Room, room: Room, people: int | None) -> tuple[bool, bool, bool, int, int]:
    wished = people or room.capacity
    is_too_small = other.capacity < wished
    return (
        other.hub_id != room.hub_id,
        is_too_small,
        other.kind != room.kind,
        abs(other.capacity - wished),
        other.order,
    )


def same_time_words(other: Room, room: Room) -> str:
    if other.parent_id == room.pk:
        return _("The same time, a part of the same room")
    if other.hub_id == room.hub_id:
        return _("The same time, another room in the same service centre")
    return _("The same time, in another service centre")
