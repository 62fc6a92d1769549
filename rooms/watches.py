"""Which time fits whom who watches, and until when an offer is held. Pure: rows in, times out, no queries.

A watch is offered what has become free since it was made: `News` below. Who has waited longest is
thought of first; of the times that fit, the earliest is offered, in the smallest room that is enough.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import chain

from hubs.opening import HELSINKI
from rooms.availability import bookable_window
from rooms.enums import WhoMayBook
from rooms.models import FreedTime, Room, Watch
from rooms.rules import Ask, Counted, last_bookable_day, midnight, problems, room_problems
from rooms.spans import FreeTime, Span, overlaps, subtract, utc

# How long an offer is held. A sixth of the time to the start leaves several people a chance, one
# after the other, and long enough to read a mail and think. Below half an hour nobody can answer;
# beyond a day a room would stand empty because somebody is away.
SHARE_OF_WAIT = 6
SHORTEST_OFFER = timedelta(minutes=30)
LONGEST_OFFER = timedelta(hours=24)
# A quarter before the start the room is anybody's who stands before it. What begins within these
# two, 45 minutes, is therefore not offered at all.
OFFER_ENDS_BEFORE_START = timedelta(minutes=15)
# Nobody loses a time asleep: an offer that would end at night is held until morning, if the start allows it.
NIGHT_BEGINS, NIGHT_ENDS, MORNING = time(21), time(8), time(9)


def claim_deadline(starts_at: datetime, at: datetime, *, notice: timedelta = timedelta()) -> datetime | None:
    """Return until when a time that is offered at `at` is held, or None where the start is too near.

    `notice` is how long before the start the room must be booked: later, nobody else could take it.
    """
    starts_at, at = utc(starts_at), utc(at).replace(second=0, microsecond=0)
    last = starts_at - max(notice, OFFER_ENDS_BEFORE_START)
    if last - at < SHORTEST_OFFER:
        return None
    usual = at + min(max((starts_at - at) / SHARE_OF_WAIT, SHORTEST_OFFER), LONGEST_OFFER)
    deadline = min(usual.replace(second=0, microsecond=0), last)
    morning = _morning_after(deadline)
    return deadline if morning is None or morning > last else morning


def _morning_after(moment: datetime) -> datetime | None:
    """Return when the night of the moment is over for everybody, or None by day."""
    local = moment.astimezone(HELSINKI)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return None
    day = local.date() + timedelta(days=local.time() >= NIGHT_BEGINS)
    return utc(datetime.combine(day, MORNING, tzinfo=HELSINKI))


# --- What fits --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that fits a watch: its length exactly, beginning on the room's grid."""

    room: Room
    starts_at: datetime
    ends_at: datetime

    @property
    def rank(self) -> tuple[datetime, int, int, int]:
        return self.starts_at, self.room.capacity, self.room.order, self.room.pk


@dataclass(frozen=True, slots=True)
class Waiting:
    """A watch with what is known about whoever watches.

    `passed` are the times that were offered for this watch already; `own` is what the resident has
    booked, as the rules want to know it; `is_served` where an offer to the resident is open.
    """

    watch: Watch
    passed: list[Span] = field(default_factory=list)
    own: tuple[Counted, ...] = ()
    is_served: bool = False


def suits(room: Room, watch: Watch) -> bool:
    """Say whether the room is one of those watched for. Asks for prefetched equipment, which a draft has none of."""
    is_possible = is_wanted(room, watch, pieces_of(watch))
    return is_possible and not room_problems(room, minutes=watch.minutes, people=watch.people)


def is_wanted(room: Room, watch: Watch, pieces: Collection[int]) -> bool:
    """Say whether the room is where and what is watched for, with all of these pieces of equipment.

    Rooms for associations alone are nothing for whoever watches for any room, only for who names one.
    """
    if watch.room_id is not None:
        return room.pk == watch.room_id
    return (
        watch.hub_id in (None, room.hub_id)
        and watch.kind in ("", room.kind)
        and room.who_may_book != WhoMayBook.ASSOCIATIONS
        and (not pieces or {piece.pk for piece in room.equipment.all()}.issuperset(pieces))
    )


def pieces_of(watch: Watch) -> set[int]:
    return {piece.pk for piece in watch.equipment.all()} if watch.pk and watch.room_id is None else set()


def days_watched(watch: Watch) -> Iterator[date]:
    """Yield each day that is watched for."""
    for number in range((watch.last_day - watch.first_day).days + 1):
        if str((day := watch.first_day + timedelta(days=number)).isoweekday()) in watch.weekdays:
            yield day


def window(watch: Watch, day: date) -> Span | None:
    """Return the hours watched for on a day, or None where it is not watched for."""
    if not watch.first_day <= day <= watch.last_day or str(day.isoweekday()) not in watch.weekdays:
        return None
    ends_on = day + timedelta(days=watch.until_time == time.min)
    starts_at = datetime.combine(day, watch.from_time, tzinfo=HELSINKI)
    return utc(starts_at), utc(datetime.combine(ends_on, watch.until_time, tzinfo=HELSINKI))


def days_of(span: Span) -> Iterator[date]:
    """Yield each local day that the span touches."""
    day, last = (moment.astimezone(HELSINKI).date() for moment in (span[0], span[1] - timedelta(microseconds=1)))
    while day <= last:
        yield day
        day += timedelta(days=1)


def by_day(free_time: FreeTime) -> dict[date, FreeTime]:
    """Return the room's free time of each local day on which there is any, so that a day is looked up."""
    days: dict[date, list[Span]] = defaultdict(list)
    for span in free_time.free:
        for day in days_of(span):
            days[day].append(span)
    return {day: replace(free_time, free=spans) for day, spans in days.items()}


def slots_on(watch: Watch, day: date, free_time: FreeTime | None, at: datetime) -> Iterator[Slot]:
    """Yield every time on one day in one room that fits the watch, the earliest first."""
    hours = window(watch, day)
    if free_time is None or hours is None:
        return
    length, wanted = timedelta(minutes=watch.minutes), bookable_window(free_time.room, *hours, at)
    for start in free_time.starts_of(watch.minutes, within=wanted) if wanted[0] < wanted[1] else ():
        yield Slot(free_time.room, start, start + length)


def free_slots(watch: Watch, times: Mapping[int, FreeTime], at: datetime, *, most: int) -> list[Slot]:
    """Return the first times that fit and are free already, one a day."""
    rooms = [by_day(free_time) for free_time in times.values() if suits(free_time.room, watch)]
    found: list[Slot] = []
    for day in sorted({day for days in rooms for day in days}):
        firsts = (next(slots_on(watch, day, days.get(day), at), None) for days in rooms)
        best = min((slot for slot in firsts if slot is not None), key=lambda slot: slot.rank, default=None)
        found += [] if best is None else [best]
        if len(found) == most:
            break
    return found


# --- What has become free ----------------------------------------------------------------------------


def newly_bookable(room: Room, at: datetime) -> FreedTime:
    """Return, unsaved, the day that can be booked since last midnight: it has become free then."""
    day, today = last_bookable_day(room, at), at.astimezone(HELSINKI).date()
    span = {"starts_at": utc(midnight(day)), "ends_at": utc(midnight(day + timedelta(days=1)))}
    return FreedTime(room=room, freed_at=utc(midnight(today)), **span)


def is_news_to(watch: Watch, row: FreedTime) -> bool:
    """Say whether it became free since the watch was made. Of what was held only who saw it taken hears."""
    return watch.created_at <= row.freed_at and (row.held_since is None or watch.created_at >= row.held_since)


@dataclass(frozen=True, slots=True)
class Freed:
    """A row as one room sees it: the time with the gap before it, for that is free again, too."""

    room: Room
    span: Span
    row: FreedTime


class News:
    """What has become free, by day and hub, so that a watch looks at its own days and places alone.

    What frees a part may free its whole; where a whole is freed, each part has a row of its own.
    """

    def __init__(self, rooms: Iterable[Room], freed: Iterable[FreedTime], newest: Iterable[FreedTime] = ()) -> None:
        """`rooms` may be offered, of which some rows tell; `newest` are the days that can be booked since today."""
        self.rooms = {room.pk: room for room in rooms}
        self.days: dict[date, dict[int, list[Freed]]] = defaultdict(lambda: defaultdict(list))
        self._suits: dict[tuple[int, int, int], bool] = {}
        for row in freed:
            for key in {row.room_id, row.room.parent_id}:
                self._add(key, row)
        for row in newest:
            self._add(row.room_id, row)
        self.days = {day: self.days[day] for day in sorted(self.days)}

    def _add(self, key: int | None, row: FreedTime) -> None:
        room = None if key is None else self.rooms.get(key)
        if room is None:
            return
        each = Freed(room, (row.starts_at - timedelta(minutes=room.gap_minutes), row.ends_at), row)
        for day in days_of(each.span):
            self.days[day][room.hub_id].append(each)

    def for_watch(self, watch: Watch) -> dict[date, list[Freed]]:
        """Return what is news to the watch and suits it, by day, the earliest first."""
        pieces, found = pieces_of(watch), {}
        for day, hubs in self.days.items():
            hours = window(watch, day)
            if hours is None:
                continue
            here = chain.from_iterable(hubs.values()) if watch.hub_id is None else hubs.get(watch.hub_id, ())
            fitting = [
                each
                for each in here
                if each.span[0] < hours[1]
                and each.span[1] > hours[0]
                and is_news_to(watch, each.row)
                and self._is_suitable(each.room, watch, pieces)
            ]
            if fitting:
                found[day] = fitting
        return found

    def _is_suitable(self, room: Room, watch: Watch, pieces: Collection[int]) -> bool:
        """Do as `suits` does, remembering what the room's limits say to a length and a number of people."""
        if not is_wanted(room, watch, pieces):
            return False
        key = room.pk, watch.minutes, watch.people
        if key not in self._suits:
            self._suits[key] = not room_problems(room, minutes=watch.minutes, people=watch.people)
        return self._suits[key]


class FreeDays:
    """The free time of rooms by day, which is only reckoned where somebody asks, less what has been promised."""

    def __init__(self, times: Mapping[int, FreeTime]) -> None:
        self.times = times
        self._days: dict[int, dict[date, FreeTime]] = {}
        self._parts: dict[int | None, list[int]] = defaultdict(list)
        for key, free_time in times.items():
            self._parts[free_time.room.parent_id].append(key)

    def on(self, room: Room, day: date) -> FreeTime | None:
        return self._of(room.pk).get(day)

    def promise(self, slot: Slot) -> None:
        """Take the time out of what is free, in the room, its parts and its whole, with the gap on either side."""
        whole = () if slot.room.parent_id is None else (slot.room.parent_id,)
        for key in {slot.room.pk, *whole, *self._parts[slot.room.pk]} & self.times.keys():
            gap, days = timedelta(minutes=max(self.times[key].room.gap_minutes, slot.room.gap_minutes)), self._of(key)
            taken = slot.starts_at - gap, slot.ends_at + gap
            for day in days_of(taken):
                if day in days:
                    days[day] = replace(days[day], free=subtract(days[day].free, [taken]))

    def _of(self, key: int) -> dict[date, FreeTime]:
        if key not in self._days:
            self._days[key] = by_day(self.times[key]) if key in self.times else {}
        return self._days[key]


# --- Who gets what -----------------------------------------------------------------------------------


def may_be_offered(slot: Slot, waiting: Waiting, free_time: FreeTime, at: datetime) -> bool:
    """Say whether the time is new to whoever watches, can be answered in time, and is theirs to book by the rules."""
    notice = timedelta(minutes=slot.room.latest_minutes)
    if overlaps(waiting.passed, slot.starts_at, slot.ends_at):
        return False
    if claim_deadline(slot.starts_at, at, notice=notice) is None:
        return False
    ask = Ask(
        room=slot.room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        at=at,
        asked_at=at,
        free_time=free_time,
        resident=waiting.watch.resident,
        own=waiting.own,
        closures={},
    )
    return not problems(ask)


def slots_freed_for(
    watch: Watch, news: Mapping[date, Sequence[Freed]], free_days: FreeDays, at: datetime
) -> Iterator[Slot]:
    """Yield what fits and has become free since the watch was made, the best first: reckoned day by day, as needed."""
    for day, freed in news.items():
        spans: dict[Room, list[Span]] = defaultdict(list)
        for each in freed:
            spans[each.room].append(each.span)
        slots = [
            slot
            for room in spans
            for slot in slots_on(watch, day, free_days.on(room, day), at)
            if overlaps(spans[room], slot.starts_at, slot.ends_at)
        ]
        yield from sorted(slots, key=lambda slot: slot.rank)


def plan_offers(
    queue: Sequence[Waiting], news: Mapping[int, Mapping[date, Sequence[Freed]]], free_days: FreeDays, *, at: datetime
) -> list[tuple[Watch, Slot]]:
    """Return who is to be offered what: one time to a person, in the order of the queue. `news` is by watch."""
    plan: list[tuple[Watch, Slot]] = []
    served = {waiting.watch.resident_id for waiting in queue if waiting.is_served}
    for waiting in queue:
        if waiting.watch.resident_id in served:
            continue
        for slot in slots_freed_for(waiting.watch, news[waiting.watch.pk], free_days, at):
            if may_be_offered(slot, waiting, free_days.times[slot.room.pk], at):
                plan.append((waiting.watch, slot))
                served.add(waiting.watch.resident_id)
                free_days.promise(slot)
                break
    return plan
