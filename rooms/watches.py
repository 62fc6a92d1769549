"""Which time fits whom who watches, and until when an offer is held. Pure: rows in, times out, no queries.

A watch is offered what has become free since it was made: `freed` below. Who has waited longest is
thought of first; of the times that fit, the earliest is offered, in the smallest room that is enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from hubs.opening import HELSINKI
from rooms.availability import bookable_window
from rooms.enums import WhoMayBook
from rooms.models import Booking, FreedTime, Room, Watch
from rooms.rules import Ask, last_bookable_day, midnight, problems, room_problems
from rooms.spans import FreeTime, Span, intersect, overlaps, utc

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

    def meets(self, other: "Slot") -> bool:
        """Say whether both cannot be had: the same room, or a part of it, at the same time with the gap after it."""
        one, two = self.room, other.room
        if one.pk not in (two.pk, two.parent_id) and two.pk != one.parent_id:
            return False
        gap = timedelta(minutes=max(one.gap_minutes, two.gap_minutes))
        return self.starts_at < other.ends_at + gap and other.starts_at < self.ends_at + gap


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


def slots_of(watch: Watch, free_time: FreeTime, within: Iterable[Span], at: datetime) -> Iterator[Slot]:
    """Yield every time of one room that fits the watch and touches one of the spans `within`."""
    room, length = free_time.room, timedelta(minutes=watch.minutes)
    for start, end in within:
        near = start - length, end + length
        for window in windows(watch, *(moment.astimezone(HELSINKI).date() for moment in near)):
            fitting = intersect([window], [near])
            for wanted in (bookable_window(room, *span, at) for span in fitting):
                if wanted[0] < wanted[1]:
                    for moment in free_time.starts_of(watch.minutes, within=wanted):
                        if moment < end and moment + length > start:
                            yield Slot(room, moment, moment + length)


def free_slots(watch: Watch, times: Mapping[int, FreeTime], at: datetime, *, most: int) -> list[Slot]:
    """Return the first times that fit and are free already, at most one a day."""
    found: dict[date, Slot] = {}
    ahead = utc(at), utc(midnight(watch.last_day + timedelta(days=1)))
    for free_time in times.values():
        if suits(free_time.room, watch):
            for slot in slots_of(watch, free_time, [ahead], at):
                day = slot.starts_at.astimezone(HELSINKI).date()
                found[day] = min(found.get(day, slot), slot, key=lambda each: each.rank)
    return sorted(found.values(), key=lambda slot: slot.rank)[:most]


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
    """Sort by room. What frees a part may free the whole, and the other way about, through rows of its own."""
    rows: dict[int, list[FreedTime]] = defaultdict(list)
    for row in freed:
        for key in {row.room_id, row.room.parent_id} - {None}:
            rows[key].append(row)
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
    for waiting in queue:
        watch = waiting.watch
        if watch.resident_id in served:
            continue
        slots = (
            slot
            for key, free_time in times.items()
            if suits(free_time.room, watch)
            for slot in slots_of(watch, free_time, spans_freed_for(watch, free_time.room, freed.get(key, ()), at), at)
            if not any(slot.meets(other) for _watch, other in plan) and may_be_offered(slot, waiting, free_time, at)
        )
        best = min(slots, key=lambda slot: slot.rank, default=None)
        if best is not None:
            plan.append((watch, best))
            served.add(watch.resident_id)
    return plan
