"""Which rooms suit a wish, the best first: the search over every room there is.

A town has more rooms than anybody wants to read about. So all of them are judged on a few plain
columns, and only those that are shown become objects; what is free is reckoned from the same rows
and by the same functions as everywhere else (rooms/availability.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from hubs.models import Period
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI
from rooms.availability import RoomQuery, bookable_window, busy_spans, days_needed, make_free_time, open_times_of
from rooms.models import Booking, Room
from rooms.rules import Reason, last_bookable_day, room_problems
from rooms.spans import FreeTime, Span, common_time, fitting_spans, free_of_merged, merge, minutes_between, utc

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best matches, and how many there are of them all: `fitting`, and `total` with those that do not suit."""

    matches: list[RoomMatch]
    fitting: int
    total: int


class Candidate(NamedTuple):
    """The columns of a room that judge it; `hours` is the timetable that holds, or leads to it."""

    pk: int
    order: int
    timetable: int
    follows: int | None
    hub_timetable: int
    capacity: int
    grid_minutes: int
    shortest_minutes: int
    longest_minutes: int
    earliest_days: int
    latest_minutes: int
    gap_minutes: int
    has_own_hours: bool

    @property
    def hours(self) -> int:
        """The room's timetable, or, where it has no period of its own, the one it follows."""
        return self.timetable if self.has_own_hours or self.follows is None else self.follows


COLUMNS = (
    "pk", "order", "timetable_id", "timetable__fallback_id", "hub__timetable_id", "capacity", "grid_minutes",
    "shortest_minutes", "longest_minutes", "earliest_days", "latest_minutes", "gap_minutes",
)  # fmt: skip


def search_rooms(query: RoomQuery, *, at: datetime, ignoring: Booking | None = None, most: int | None = 20) -> Found:
    """Find the rooms that are bookable here and have the equipment, and return the best with what is free.

    Order: fits; then a room large enough before one too small; then the smallest that is enough;
    then the earliest free span. Within one hub or over all; five queries, whatever the number of rooms.
    `ignoring` is a booking that is being changed: its own time counts as free.
    """
    search = _Search(query, utc(at), ignoring)
    ranked = sorted(map(search.rank, search.candidates))
    best = [key for *_rank, key in ranked[:most]]
    rooms = Room.objects.select_related("hub").in_bulk(best)
    matches = [search.match(rooms[key]) for key in best if key in rooms]
    return Found(matches=matches, fitting=sum(not does_not_fit for does_not_fit, *_rest in ranked), total=len(ranked))


type Rank = tuple[bool, bool, int, bool, datetime, int, int]


class _Search:
    """What has been read for a search: the rooms, and when each is open and taken. Four queries."""

    def __init__(self, query: RoomQuery, at: datetime, ignoring: Booking | None) -> None:
        self.query, self.at, self.wished = query, at, query.spans
        wanted = Room.objects.bookable().wanted(query.hub, query.kind, query.equipment).order_by()
        has_own_hours = Exists(Period.objects.filter(timetable=OuterRef("timetable")))
        # Past django-modeltranslation, which would look for texts in each of a thousand rows of numbers.
        rows = QuerySet.values_list(wanted, *COLUMNS, has_own_hours)
        self.candidates = [Candidate._make(row) for row in rows]
        self.by_id = {room.pk: room for room in self.candidates}
        left_out = () if ignoring is None else (ignoring.pk,)
        self.busy, self.closed = busy_spans(self.candidates, query.known, at=at, left_out=left_out)
        timetables = {room.hours for room in self.candidates} | {room.hub_timetable for room in self.candidates}
        self.open = open_times_of(load_schedules(timetables, between=days_needed(query.known)), query.known)
        self.windows: dict[tuple[int, int], Span] = {}

    def rank(self, room: Candidate) -> Rank:
        """Return what the order of rooms goes by; it begins with whether the room does not fit and ends with its id."""
        people, hours, hub_hours = self.query.people, self.open[room.hours], self.open[room.hub_timetable]
        free = hub_hours if hours is hub_hours else common_time(hours, hub_hours)
        if (busy := self.busy.get(room.pk)) is not None:
            free = free_of_merged(free, merge(busy), room.gap_minutes)
        first = next(self.spans_of(free, room), None)
        fits = first is not None and not room_problems(room, minutes=self.query.minutes, people=people)
        is_too_small = people is not None and room.capacity < people
        size = -room.capacity if is_too_small else room.capacity
        starts_at = END_OF_TIME if first is None else first[0]
        return not fits, is_too_small, size, first is None, starts_at, room.order, room.pk

    def spans_of(self, free: Sequence[Span], room: Candidate | Room) -> Iterator[Span]:
        if self.query.around is not None and len(self.wished) > 1:  # more is known than what is wished for
            free = common_time(free, self.wished)
        return fitting_spans(free, self.query.minutes, room.grid_minutes, within=self.window_of(room))

    def window_of(self, room: Candidate | Room) -> Span:
        """Return `bookable_window`, which is the same for most rooms."""
        key = room.latest_minutes, room.earliest_days
        if key not in self.windows:
            self.windows[key] = bookable_window(room, self.query.starts_at, self.query.ends_at, self.at)
        return self.windows[key]

    def match(self, room: Room) -> RoomMatch:
        candidate = self.by_id[room.pk]
        free_time = make_free_time(
            room,
            room_open=self.open[candidate.hours],
            hub_open=self.open[candidate.hub_timetable],
            busy=self.busy.get(room.pk, []),
            closed=self.closed.get(room.pk, []),
        )
        why_not = room_problems(room, minutes=self.query.minutes, people=self.query.people)
        spans = list(self.spans_of(free_time.free, room))
        if not spans:
            why_not.append(_why_no_time(free_time, self.query, self.at))
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
    open_then = common_time(free_time.open, query.spans)
    if not open_then:
        return Reason("hub_closed", _("The room is not open then."), "starts_at")
    if all(minutes_between(start, end) < query.minutes for start, end in open_then):
        return Reason("crosses_hours", _("The room is not open for that long then."), "ends_at")
    if not common_time(free_time.free, open_then):
        return Reason("taken", _("The room is taken the whole time."), "starts_at")
    return Reason("taken", _("No time that long is free."), "ends_at")
