"""The read path: which time of which room is free. One truth for search, pages, rules and verbs.

The reckoning itself is in rooms/spans.py; here are the queries that feed it. Their number is
the same for one room and for a thousand. Nothing is cached: what is held or requested beyond
its end counts as free from that moment on, whether or not anybody has cleared it away.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext as _

from hubs.enums import Mode
from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, Schedule
from rooms.enums import RoomKind
from rooms.models import Booking, BusyPeriod, Equipment, Room
from rooms.rules import Limits, first_start, last_bookable_day, midnight, room_problems
from rooms.spans import (
    FreeTime,
    Span,
    common_time,
    free_of_merged,
    merge,
    minutes_between,
    union,
    utc,
)

__all__ = [
    "Alternative",
    "FreeTime",
    "RoomQuery",
    "alternatives_on",
    "free_times",
    "free_times_on",
    "nearest_alternatives",
    "next_free_start",
    "next_free_starts",
    "open_times_of_rooms",
]

# A house that only answers the phone is not open to go to.
MODES_OF_AN_OPEN_DOOR = frozenset({Mode.STAFFED, Mode.APPOINTMENT, Mode.SELF_SERVICE})
MOST_ALTERNATIVES = 3
ALTERNATIVE_DAYS = 7
FIRST_DAYS = 14  # in which the next free time mostly is
MOST_NAMED = 200  # rooms; beyond that it is quicker to read what is taken anywhere than to name them
DATE_ALTERNATIVES = 2  # for each date of a series: of the same room, and of other rooms
DATE_ALTERNATIVE_DAYS = 3
MOST_TRIED = 40  # rooms, and starts of one date


# A busy period as it is read: room, its whole, start, end, closure.
type BusyRow = tuple[int, int | None, datetime, datetime, int | None]


class HasGap(Protocol):
    """A room, or the columns of one that a search needs."""

    @property
    def pk(self) -> int: ...
    @property
    def gap_minutes(self) -> int: ...


def free_times(
    rooms: Iterable[Room],
    starts_at: datetime,
    ends_at: datetime,
    *,
    at: datetime,
    ignoring: Booking | None = None,
    leaving: Iterable[Booking] = (),
    schedules: Mapping[int, Schedule] | None = None,
    taken: Iterable[BusyRow] | None = None,
) -> dict[int, FreeTime]:
    """Return the free time of each room in [starts_at, ends_at), by room id.

    `ignoring` leaves out one booking's own busy periods, as when it is being changed, and `leaving`
    those of several that must leave their rooms. `schedules`
    are those of the rooms and their hubs, where a page has loaded them already, and `taken` is what is
    taken, where a verb has read it. Three or four queries (one or two with `schedules`), whatever the
    number of rooms.
    """
    left_out = [booking for booking in (*leaving, ignoring) if booking is not None]
    return free_times_on(rooms, [(starts_at, ends_at)], at=at, leaving=left_out, schedules=schedules, taken=taken)


def free_times_on(
    rooms: Iterable[Room],
    spans: Iterable[Span],
    *,
    at: datetime,
    leaving: Iterable[Booking] = (),
    schedules: Mapping[int, Schedule] | None = None,
    taken: Iterable[BusyRow] | None = None,
) -> dict[int, FreeTime]:
    """Do as `free_times` does for several spans at once, such as the dates of a series, in as few queries.

    Nothing is known of the time between the spans. `taken` is what is taken in them, where it has been read already.
    """
    rooms, spans, at = list(rooms), [(utc(start), utc(end)) for start, end in spans], utc(at)
    prefetch_related_objects(rooms, "hub")
    if taken is None:
        busy, closed = busy_spans(rooms, spans, at=at, left_out={booking.pk for booking in leaving})
    else:
        busy, closed = busy_by_room(taken, {room.pk for room in rooms})
    timetables = {room.timetable_id for room in rooms} | {room.hub.timetable_id for room in rooms}
    schedules = load_schedules(timetables, between=days_needed(spans)) if schedules is None else schedules
    open_times = open_times_of({key: schedules[key] for key in timetables}, spans)
    return {
        room.pk: make_free_time(
            room,
            room_open=open_times[room.timetable_id],
            hub_open=open_times[room.hub.timetable_id],
            busy=busy.get(room.pk, []),
            closed=closed.get(room.pk, []),
        )
        for room in rooms
    }


def days_needed(spans: Iterable[Span]) -> tuple[date, date] | None:
    """Return the first and last day whose hours `open_times_of` looks at: last night's may reach into a span."""
    asked = union(spans)
    if not asked:
        return None
    first, last = (moment.astimezone(HELSINKI).date() for moment in (asked[0][0], asked[-1][1]))
    return first - timedelta(days=2), last + timedelta(days=1)


def open_times_of(schedules: Mapping[int, Schedule], spans: Iterable[Span]) -> dict[int, list[Span]]:
    """Return when each is open during the spans. Schedules of equal hours share a list, as most rooms of a hub do."""
    asked, times = union(spans), {}
    if not asked:
        return {key: [] for key in schedules}
    known: dict[tuple[Any, ...], list[Span]] = {}
    for key, schedule in schedules.items():
        hours = schedule.hours
        if hours not in known:
            is_open = schedule.followed.open_time(asked[0][0], asked[-1][1], modes=MODES_OF_AN_OPEN_DOOR)
            known[hours] = is_open if len(asked) == 1 else common_time(is_open, asked)
        times[key] = known[hours]
    return times


def open_times_of_rooms(
    rooms: Iterable[Room], span: Span, *, schedules: Mapping[int, Schedule] | None = None
) -> dict[int, list[Span]]:
    """Return when each room and its house are both open during the span, by the room's id. Two queries, if any."""
    rooms = list(rooms)
    prefetch_related_objects(rooms, "hub")
    timetables = {key for room in rooms for key in (room.timetable_id, room.hub.timetable_id)}
    schedules = load_schedules(timetables, between=days_needed([span])) if schedules is None else schedules
    times = open_times_of({key: schedules[key] for key in timetables}, [span])
    return {room.pk: common_time(times[room.timetable_id], times[room.hub.timetable_id]) for room in rooms}


def make_free_time(
    room: Room,
    *,
    room_open: list[Span],
    hub_open: list[Span],
    busy: list[Span],
    closed: list[tuple[datetime, datetime, int]],
) -> FreeTime:
    """Reckon with what has been read, in the order in which `open_times_of` and `busy_spans` return it."""
    open_spans = hub_open if room_open is hub_open else common_time(room_open, hub_open)
    taken = merge(busy)
    return FreeTime(
        room=room,
        open=open_spans,
        busy=taken,
        free=free_of_merged(open_spans, taken, room.gap_minutes),
        hub_open=hub_open,
        room_open=room_open,
        closed=closed,
    )


def busy_spans(
    rooms: Sequence[HasGap], spans: Sequence[Span], *, at: datetime, left_out: Collection[int] = ()
) -> tuple[dict[int, list[Span]], dict[int, list[tuple[datetime, datetime, int]]]]:
    """Return the busy spans by room in order, and those of closures again with the closure's id. One query.

    A row of a part also makes its whole busy. Rows that begin within the longest gap after a
    span matter too: a booking at the end of the span needs its gap before them.
    """
    ids = {room.pk for room in rooms}
    gap = timedelta(minutes=max((room.gap_minutes for room in rooms), default=0))
    rows = BusyPeriod.objects.live_at(at).overlapping_any((start, end + gap) for start, end in spans)
    if len(ids) <= MOST_NAMED:
        # As a subquery: an OR over two tables would keep the database from beginning with the room.
        rows = rows.filter(room__in=Room.objects.with_their_parts(ids).order_by().values("pk"))
    if left_out:
        rows = rows.exclude(booking__in=left_out)
    columns = "room_id", "room__parent_id", "starts_at", "ends_at", "closure_id"
    return busy_by_room(rows.order_by("starts_at").values_list(*columns), ids)


def busy_by_room(
    rows: Iterable[BusyRow], ids: Collection[int]
) -> tuple[dict[int, list[Span]], dict[int, list[tuple[datetime, datetime, int]]]]:
    """Sort rows by the rooms that they make busy, and those of closures again. The rows are in the order of starts."""
    busy: dict[int, list[Span]] = defaultdict(list)
    closed: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for room_id, parent_id, start, end, closure_id in rows:
        for key in (room_id, parent_id):
            if key is not None and key in ids:
                busy[key].append((start, end))
                if closure_id is not None and (start, end, closure_id) not in closed[key]:  # once for all parts
                    closed[key].append((start, end, closure_id))
    return busy, closed


def bookable_window(room: Limits, starts_at: datetime, ends_at: datetime, at: datetime) -> Span:
    """Clip a span to what the room's notice and horizon allow at `at`. May come out empty."""
    first = utc(at) + timedelta(minutes=room.latest_minutes)
    return max(utc(starts_at), first), min(utc(ends_at), _latest(room, at))


# --- A wish, for which rooms/finding.py searches ------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomQuery:
    """What a visitor looks for: `minutes` in a row within [starts_at, ends_at).

    `within` narrows it to parts of that span, such as its evenings. `around` is how far a match is to
    know what is free, as for a bar of the whole day; it does not change what matches.
    """

    starts_at: datetime
    ends_at: datetime
    minutes: int
    people: int | None = None
    hub: Hub | None = None
    equipment: tuple[Equipment, ...] = ()
    kind: RoomKind | None = None
    within: tuple[Span, ...] = ()
    around: Span | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", utc(self.starts_at))
        object.__setattr__(self, "ends_at", utc(self.ends_at))

    @property
    def spans(self) -> list[Span]:
        """The spans in which the time must lie, merged."""
        return union(self.within or [(self.starts_at, self.ends_at)])

    @property
    def known(self) -> list[Span]:
        """What has to be read."""
        return union([*self.spans, *([self.around] if self.around is not None else [])])


# --- Next, and instead ---------------------------------------------------------------------------


def next_free_start(room: Room, minutes: int, *, at: datetime, since: datetime | None = None) -> datetime | None:
    """Return the first start at which `minutes` can be booked, or None before the room's horizon.

    `since` leaves out what is earlier, as where a later week is looked at.
    """
    return next_free_starts([room], minutes, at=at, since=since)[room.pk]


def next_free_starts(
    rooms: Iterable[Room], minutes: int, *, at: datetime, since: datetime | None = None
) -> dict[int, datetime | None]:
    """Return `next_free_start` of each room by its id, in the same number of queries as for one.

    Nearly always the first fortnight answers; only the rooms that are full for so long are asked about the
    rest of the time in which they can be booked, which takes one or two queries more.
    """
    rooms, at = list(rooms), utc(at)
    today = at.astimezone(HELSINKI).date()
    horizon = max((room.earliest_days for room in rooms), default=0) + 1
    prefetch_related_objects(rooms, "hub")
    timetables = {key for room in rooms for key in (room.timetable_id, room.hub.timetable_id)}
    schedules = load_schedules(timetables, between=days_needed([(at, midnight(today + timedelta(days=horizon)))]))
    starts: dict[int, datetime | None] = {room.pk: None for room in rooms}
    begin, left = max(at, utc(since or at)), rooms
    first_days = (begin.astimezone(HELSINKI).date() - today).days + FIRST_DAYS
    for days in (min(first_days, horizon), horizon):
        end = midnight(today + timedelta(days=days))
        if not left or begin >= end:
            break
        times = free_times(left, begin, end, at=at, schedules=schedules)
        for room in left:
            spans = times[room.pk].spans_of(minutes, within=bookable_window(room, begin, end, at))
            starts[room.pk] = spans[0][0] if spans else None
        left = [room for room in left if starts[room.pk] is None]
        # A time may lie over the seam.
        begin = end - timedelta(minutes=minutes)
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
    wishes: Sequence[tuple[Room, Span, Suits]],
    people: int | None,
    *,
    at: datetime,
    near: Mapping[int, FreeTime],
    leaving: Collection[Booking] = (),
) -> list[list[Alternative]]:
    """Return for each wish, such as the clashes of a series, the nearest that can be had instead.

    First the same room, nearest in time and on the same day if it can be, of whose time around the
    spans `near` tells; then other rooms at the same time, as `nearest_alternatives` ranks them. What a
    wish brings along has the last word. Six queries, however many wishes there are, or none without.
    """
    if not wishes:
        return []
    rooms, spans = list(Room.objects.bookable().select_related("hub")), [span for _room, span, _suits in wishes]
    likely = {room: _likely_rooms(rooms, room, spans, people) for room, _span, _suits in wishes}
    times = free_times_on({each for found in likely.values() for each in found}, spans, at=at, leaving=leaving)
    return [
        [
            *_same_room_near(room, span, at=at, near=near[room.pk], suits=suits),
            *_others_then(room, span, [times[other.pk] for other in likely[room]], suits=suits),
        ]
        for room, span, suits in wishes
    ]


def _likely_rooms(rooms: Iterable[Room], room: Room, spans: Iterable[Span], people: int | None) -> list[Room]:
    """Return the rooms that suit best by what they are; no more, so that a town of rooms is no slower."""
    minutes = {minutes_between(*span) for span in spans}
    is_too_many = people is not None and people > room.capacity  # then the whole comes first, as for one time
    family = {room.pk} if is_too_many else {room.pk, room.parent_id} - {None}
    likely = [
        other
        for other in rooms
        if other.pk not in family
        and other.parent_id != room.pk
        and any(not room_problems(other, minutes=each, people=people) for each in minutes)
    ]
    likely.sort(key=lambda other: (not is_too_many or other.pk != room.parent_id, *_likeness(other, room, people)))
    return likely[:MOST_TRIED]


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


def _latest(room: Limits, at: datetime) -> datetime:
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
    if other.pk == room.parent_id:
        return _("The same time, the whole room that this is a part of")
    if other.parent_id == room.pk:
        return _("The same time, a part of the same room")
    if other.hub_id == room.hub_id:
        return _("The same time, another room in the same service centre")
    return _("The same time, in another service centre")
