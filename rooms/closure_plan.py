"""What a closure hits, and where each booking could go instead. Reads only; rooms/booking/closing.py acts.

The number of queries is fixed, whatever the number of rooms and bookings.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from rooms.availability import Alternative, free_times, same_room_words, same_time_words
from rooms.enums import BookerKind, BookingChannel, BookingState, WhoMayBook
from rooms.models import Booking, BusyPeriod, Closure, Room
from rooms.models.booking import BookingQuerySet
from rooms.models.room import RoomQuerySet
from rooms.rules import room_problems
from rooms.spans import FreeTime, Span, is_on_grid, minutes_between, overlaps, utc

MOST_ROOMS = 3
MOST_TIMES = 2
DAYS_AWAY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A live booking in the way of a closure, and where it could go: other rooms first, then other times.

    No two suggestions of a plan are in each other's way, so whatever is chosen among them can be had
    together. For a time that is only held there are none: somebody is filling in the form, and it ends.
    """

    booking: Booking
    alternatives: tuple[Alternative, ...] = ()

    @property
    def best(self) -> Alternative | None:
        """Return the move that needs no question: the same time, in the same house."""
        booking = self.booking
        for one in self.alternatives:
            if (one.starts_at, one.room.hub_id) == (booking.starts_at, booking.room.hub_id):
                return one
        return None


def plan_closure(
    rooms: Iterable[Room], starts_at: datetime, ends_at: datetime, *, at: datetime, among: RoomQuerySet | None = None
) -> list[Hit]:
    """Return the live bookings that closing these rooms hits, by room and time, with suggested moves.

    The parts of a room close with it, and a booking of the whole is hit where a part closes. The time
    kept free after a booking is not hit: nobody is there. `among` are the rooms that may be suggested,
    by default those that residents book here.
    """
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    closed = list(Room.objects.with_their_parts(room.pk for room in rooms))
    hits = list(
        bookings_hit(closed, starts_at, ends_at, at=at)
        .for_list()
        .prefetch_related("room__equipment")
        .order_by("room", "starts_at", "pk")
    )
    moving = [booking for booking in hits if booking.state != BookingState.HELD]
    others = list((Room.objects.bookable() if among is None else among).for_list()) if moving else []
    suggested = _Suggestions(moving, others, closed, (starts_at, ends_at), at).by_booking() if moving else {}
    return [Hit(booking=booking, alternatives=tuple(suggested.get(booking.pk, ()))) for booking in hits]


def bookings_hit(closed: Iterable[Room], starts_at: datetime, ends_at: datetime, *, at: datetime) -> BookingQuerySet:
    """Keep live bookings that use one of the rooms, which are given with their parts, within the span."""
    met = BusyPeriod.objects.overlapping(starts_at, ends_at).filter(room__in=closed).exclude(booking=None)
    return Booking.objects.live_at(at).overlapping(starts_at, ends_at).filter(pk__in=met.values("booking"))


def closures_within(rooms: Iterable[Room], starts_at: datetime, ends_at: datetime) -> list[Closure]:
    """Return what is closed already of these rooms and their parts within the span."""
    closed = Room.objects.with_their_parts(room.pk for room in rooms)
    met = BusyPeriod.objects.overlapping(starts_at, ends_at).filter(room__in=closed).exclude(closure=None)
    return list(Closure.objects.filter(pk__in=met.values("closure")).select_related("room__hub"))


@dataclass
class _Suggestions:
    """Deals out rooms and times, in rounds: everybody a first one before anybody a second, the largest first."""

    bookings: Sequence[Booking]
    others: Sequence[Room]
    closed: Sequence[Room]
    span: Span
    at: datetime
    by_time: dict[int, FreeTime] = field(init=False)  # of the other rooms, while the bookings last
    by_room: dict[int, FreeTime] = field(init=False)  # of the rooms that are booked, for days around
    given: dict[int, list[Span]] = field(init=False)  # by room, with the time kept free afterwards
    engaged: dict[int | None, list[tuple[Span, int]]] = field(init=False)  # by resident, with the booking

    def __post_init__(self) -> None:
        first, last = min(one.starts_at for one in self.bookings), max(one.ends_at for one in self.bookings)
        closed = {room.pk for room in self.closed} | {room.parent_id for room in self.closed}
        self.others = [room for room in self.others if room.pk not in closed]
        self.by_time = free_times(self.others, first, last, at=self.at)
        around = (max(first - DAYS_AWAY, self.at), last + DAYS_AWAY)
        rooms = {booking.room_id: booking.room for booking in self.bookings}
        self.by_room = free_times(rooms.values(), *around, at=self.at, leaving=self.bookings)
        self.given, self.engaged = defaultdict(list), defaultdict(list)
        own = Booking.objects.live_at(self.at).overlapping(first - DAYS_AWAY, last + DAYS_AWAY)
        residents = {booking.resident_id for booking in self.bookings if booking.resident_id is not None}
        for key, resident, start, end in own.filter(resident__in=residents).values_list(
            "pk", "resident", "starts_at", "ends_at"
        ):
            self.engaged[resident].append(((start, end), key))

    def by_booking(self) -> dict[int, list[Alternative]]:
        dealt: dict[int, list[Alternative]] = {booking.pk: [] for booking in self.bookings}
        by_size = sorted(self.bookings, key=lambda booking: (-(booking.people or 0), booking.starts_at, booking.pk))
        for wishes_of, rounds in ((self._same_time, MOST_ROOMS), (self._same_room, MOST_TIMES)):
            wishes = {booking.pk: wishes_of(booking) for booking in by_size}
            for _round in range(rounds):
                for booking in by_size:
                    dealt[booking.pk] += self._next(booking, wishes[booking.pk])
        return dealt

    def _next(self, booking: Booking, wishes: Iterator[Alternative]) -> list[Alternative]:
        for wish in wishes:
            span = (wish.starts_at, wish.ends_at + timedelta(minutes=wish.room.gap_minutes))
            if not overlaps(self.given[wish.room.pk], *span) and not self._is_engaged(booking, wish):
                for key in self._taken_with(wish.room):
                    self.given[key].append(span)
                if booking.resident_id is not None:
                    self.engaged[booking.resident_id].append(((wish.starts_at, wish.ends_at), booking.pk))
                return [wish]
        return []

    def _taken_with(self, room: Room) -> list[int]:
        """Return the room, its parts and its whole, which all are taken when the room is."""
        related = [one.pk for one in (*self.others, *self.closed) if one.parent_id == room.pk]
        return [room.pk, *related, *([] if room.parent_id is None else [room.parent_id])]

    def _is_engaged(self, booking: Booking, wish: Alternative) -> bool:
        """Say whether the resident is elsewhere then, now or by another suggestion."""
        if wish.starts_at == booking.starts_at or booking.resident_id is None:
            return False
        elsewhere = [span for span, key in self.engaged[booking.resident_id] if key != booking.pk]
        return overlaps(elsewhere, wish.starts_at, wish.ends_at)

    def _same_time(self, booking: Booking) -> Iterator[Alternative]:
        fitting = [room for room in self.others if self._suits(booking, room)]
        for room in sorted(fitting, key=lambda room: _rank(booking, room)):
            yield Alternative(
                room=room, starts_at=booking.starts_at, ends_at=booking.ends_at, reason=_room_words(booking, room)
            )

    def _suits(self, booking: Booking, room: Room) -> bool:
        """Say whether the booking could be in this room as it is. How long and how late the staff may set aside."""
        return (
            room.capacity >= (booking.people or 1)
            and (room.channel == BookingChannel.ONLINE or room.channel == booking.room.channel)
            and not (room.who_may_book == WhoMayBook.ASSOCIATIONS and booking.booker_kind == BookerKind.PRIVATE)
            and not (room.is_purpose_required and not booking.purpose.strip())
            and self.by_time[room.pk].is_free(booking.starts_at, booking.ends_at)
        )

    def _same_room(self, booking: Booking) -> Iterator[Alternative]:
        if booking.starts_at <= self.at:
            return  # it has begun: another time is of no use
        room, length = booking.room, booking.duration
        window = (max(booking.starts_at - DAYS_AWAY, self.at), booking.starts_at + DAYS_AWAY)
        starts = self.by_room[room.pk].starts_of(minutes_between(booking.starts_at, booking.ends_at), within=window)
        for start in sorted(starts, key=lambda start: abs(start - booking.starts_at)):
            if start + length + timedelta(minutes=room.gap_minutes) <= self.span[0] or start >= self.span[1]:
                words = same_room_words(start, booking.starts_at)
                yield Alternative(room=room, starts_at=start, ends_at=start + length, reason=words)


def _rank(booking: Booking, room: Room) -> tuple[object, ...]:
    """Put first the same house, then what keeps the rules, lacks nothing and is of the right kind and size."""
    then = booking.room
    minutes = minutes_between(booking.starts_at, booking.ends_at)
    is_exception = not is_on_grid(booking.starts_at, room.grid_minutes) or room_problems(
        room, minutes=minutes, people=booking.people
    )
    return (
        room.hub_id != then.hub_id,
        bool(is_exception),
        bool(then.is_wheelchair_accessible) and not room.is_wheelchair_accessible,
        len(_lacking(booking, room)),
        room.kind != then.kind,
        abs(room.capacity - (booking.people or then.capacity)),
        room.order,
        room.pk,
    )


def _lacking(booking: Booking, room: Room) -> list[str]:
    there = {piece.pk for piece in room.equipment.all()}
    return [piece.name for piece in booking.room.equipment.all() if piece.pk not in there]


def _room_words(booking: Booking, room: Room) -> str:
    words, lacking = same_time_words(room, booking.room), _lacking(booking, room)
    if not lacking:
        return words
    # Translators: why a room is suggested, and the equipment that it lacks, such as “The same time, …, without: piano”.
    return _("%(why)s, without: %(equipment)s") % {"why": words, "equipment": ", ".join(lacking)}
