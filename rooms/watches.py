"""Which time fits whom who watches, and until when an offer is held. Pure: rows in, times out, no queries.

A watch is offered what has become free since it was made: `freed` below. Who has waited longest is
thought of first; of the times that fit, the earliest is offered, in the smallest room that is enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from hubs.opening import HELSINKI
from rooms.availability import bookable_window
from rooms.enums import WhoMayBook
from rooms.models import Booking, FreedTime, Room, Watch
from rooms.rules import Ask, last_bookable_day, midnight, problems, room_problems
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
    own: tuple[Booking, ...] = ()
    is_served: bool = False


def suits(room: Room, watch: Watch) -> bool:
    """Say whether the room is one of those watched for. Asks for prefetched equipment, which a draft has none of.

    Rooms for associations alone are nothing for whoever watches for any room, only for who names one.
    """
    if watch.room_id is not None:
        is_wanted = room.pk == watch.room_id
    else:
        pieces = {piece.pk for piece in watch.equipment.all()} if watch.pk else set()
        is_wanted = (
            watch.hub_id in (None, room.hub_id)
            and watch.kind in ("", room.kind)
            and pieces <= {piece.pk for piece in room.equipment.all()}
            and room.who_may_book != WhoMayBook.ASSOCIATIONS
        )
    return is_wanted and not room_problems(room, minutes=watch.minutes, people=watch.people)


def windows(watch: Watch, first: date, last: date) -> Iterator[Span]:
    """Yield the hours watched for on each day that is watched for, from `first` to `last`."""
    day, last = max(first, watch.first_day), min(last, watch.last_day)
    while day <= last:
        if str(day.isoweekday()) in watch.weekdays:
            ends_on = day + timedelta(days=watch.until_time == time.min)
            starts_at = datetime.combine(day, watch.from_time, tzinfo=HELSINKI)
            yield utc(starts_at), utc(datetime.combine(ends_on, watch.until_time, tzinfo=HELSINKI))
        day += timedelta(days=1)


def by_day(free_time: FreeTime) -> dict[date, FreeTime]:
    """Return the room's free time of each local day on which there is any, so that a day is looked up."""
    days: dict[date, list[Span]] = defaultdict(list)
    for start, end in free_time.free:
        day = start.astimezone(HELSINKI).date()
        while midnight(day) < end:
            days[day].append((start, end))
            day += timedelta(days=1)
    return {day: replace(free_time, free=spans) for day, spans in days.items()}


def slots_on(watch: Watch, day: date, free_time: FreeTime | None, at: datetime) -> Iterator[Slot]:
    """Yield every time on one day in one room that fits the watch, the earliest first."""
    if free_time is None:
        return
    length = timedelta(minutes=watch.minutes)
    for window in windows(watch, day, day):
        wanted = bookable_window(free_time.room, *window, at)
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


def newest_day(room: Room, watch: Watch, at: datetime) -> Span | None:
    """Return the day that can be booked since last midnight, if it came after the watch."""
    day = last_bookable_day(room, at)
    if last_bookable_day(room, watch.created_at) >= day or not any(windows(watch, day, day)):
        return None
    return utc(midnight(day)), utc(midnight(day + timedelta(days=1)))


def spans_freed_for(watch: Watch, room: Room, freed: Iterable[FreedTime], at: datetime) -> list[Span]:
    """Return when the room has become free since the watch was made; the gap before counts, too."""
    gap = timedelta(minutes=room.gap_minutes)
    spans = [
        (row.starts_at - gap, row.ends_at)
        for row in freed
        if watch.created_at <= row.freed_at and (row.held_since is None or watch.created_at >= row.held_since)
    ]
    day = newest_day(room, watch, at)
    return spans if day is None else [*spans, day]


def by_room(freed: Iterable[FreedTime]) -> dict[int, list[FreedTime]]:
    """Sort by room. What frees a part may free the whole; where the whole is freed, each part has a row."""
    rows: dict[int, list[FreedTime]] = defaultdict(list)
    for row in freed:
        rows[row.room_id].append(row)
        if row.room.parent_id is not None:
            rows[row.room.parent_id].append(row)
    return rows


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


def days_of(watch: Watch, spans: Iterable[Span]) -> Iterator[tuple[date, Span]]:
    """Yield each day that is watched for on which a time may touch one of the spans, with that span."""
    length, one_day = timedelta(minutes=watch.minutes), timedelta(days=1)
    for start, end in spans:
        day = max(watch.first_day, (start - length).astimezone(HELSINKI).date())
        last = min(watch.last_day, (end + length).astimezone(HELSINKI).date())
        while day <= last:
            if str(day.isoweekday()) in watch.weekdays:
                yield day, (start, end)
            day += one_day


def slots_freed_for(
    watch: Watch,
    days: Mapping[int, Mapping[date, FreeTime]],
    freed: Mapping[int, Sequence[FreedTime]],
    at: datetime,
) -> Iterator[Slot]:
    """Yield what fits and has become free since the watch was made, the best first: reckoned day by day, as needed."""
    touched: dict[date, list[tuple[FreeTime, Span]]] = defaultdict(list)
    for key, free_on in days.items():
        room = next(iter(free_on.values())).room if free_on else None
        if room is None or not suits(room, watch):
            continue
        for day, span in days_of(watch, spans_freed_for(watch, room, freed.get(key, ()), at)):
            if day in free_on:
                touched[day].append((free_on[day], span))
    for day in sorted(touched):
        slots = {
            slot
            for free_time, (start, end) in touched[day]
            for slot in slots_on(watch, day, free_time, at)
            if slot.starts_at < end and slot.ends_at > start
        }
        yield from sorted(slots, key=lambda slot: slot.rank)


def plan_offers(
    queue: Sequence[Waiting],
    times: Mapping[int, FreeTime],
    freed: Mapping[int, Sequence[FreedTime]],
    *,
    at: datetime,
) -> list[tuple[Watch, Slot]]:
    """Return who is to be offered what: one time to a person, in the order of the queue."""
    plan: list[tuple[Watch, Slot]] = []
    served = {waiting.watch.resident_id for waiting in queue if waiting.is_served}
    days = {key: by_day(free_time) for key, free_time in times.items()}
    for waiting in queue:
        if waiting.watch.resident_id in served:
            continue
        for slot in slots_freed_for(waiting.watch, days, freed, at):
            if may_be_offered(slot, waiting, times[slot.room.pk], at):
                plan.append((waiting.watch, slot))
                served.add(waiting.watch.resident_id)
                promise(slot, days)
                break
    return plan


def promise(slot: Slot, days: Mapping[int, dict[date, FreeTime]]) -> None:
    """Take the time out of what is free, in the room, its parts and its whole, with the gap on either side."""
    for free_on in days.values():
        for day, free_time in free_on.items():
            room = free_time.room
            if slot.room.pk not in (room.pk, room.parent_id) and room.pk != slot.room.parent_id:
                break  # the same room on every day
            gap = timedelta(minutes=max(room.gap_minutes, slot.room.gap_minutes))
            if overlaps(free_time.free, slot.starts_at, slot.ends_at):
                left = subtract(free_time.free, [(slot.starts_at - gap, slot.ends_at + gap)])
                free_on[day] = replace(free_time, free=left)
