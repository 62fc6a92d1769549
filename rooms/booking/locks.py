"""Locks, in one order everywhere: the resident, rooms with their parts by id, bookings by id, their series by id."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.availability import BusyRow
from rooms.booking.asking import around
from rooms.booking.refusals import Refused
from rooms.booking.writing import Row, lapse
from rooms.enums import LIVE_STATES, BookingState
from rooms.models import Booking, Room, Series
from rooms.models.booking import overlaps_any
from rooms.rules import Reason

KEEPS_ITS_TIME = (*LIVE_STATES, BookingState.USED)


def lock_resident(resident: User | None) -> None:
    if resident is not None:
        lock_residents([resident.pk])


def lock_residents(ids: Iterable[int]) -> None:
    """Lock these people in the order of their ids. Raises Refused where an account is gone."""
    wanted = set(ids)
    people = User.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    if set(people.values_list("pk", flat=True)) != wanted:
        raise Refused([Reason("account_gone", _("Your account has been deleted. Sign in again to book."))])


def lock(
    room: Room, starts_at: datetime, ends_at: datetime, *, at: datetime, mine: Booking | None
) -> tuple[dict[int, Room], Booking | None]:
    """Lock the room with its parts, then the booking concerned and the lapsed ones in the way, which expire.

    Return the room and its parts by id and the booking as it now is.
    """
    locked = lock_and_look([(room, starts_at, ends_at)], at=at, mine=() if mine is None else (mine,))
    return locked.rooms, None if mine is None else locked.bookings.get(mine.pk)


def lock_all(
    wanted: Sequence[tuple[Room, datetime, datetime]], *, at: datetime, mine: Iterable[Booking] = ()
) -> tuple[dict[int, Room], dict[int, Booking]]:
    """Do as `lock` does for several times of several rooms at once, and for several bookings.

    Return every room and part by id (`family` picks those of one), and the bookings as they now are.
    """
    locked = lock_and_look(wanted, at=at, mine=mine)
    return locked.rooms, locked.bookings


class TakenRow(NamedTuple):
    """A busy period of a room that is locked, whether or not the deadline of its booking has passed."""

    room_id: int
    parent_id: int | None
    starts_at: datetime
    ends_at: datetime
    closure_id: int | None
    booking_id: int | None
    expires_at: datetime | None

    def has_lapsed(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What is locked, as it now is: rooms with their parts by id (`family` picks those of one), and bookings by id.

    `taken` is what is taken there `around` each time that was wanted: nobody can take more until the locks are gone.
    """

    rooms: dict[int, Room]
    bookings: dict[int, Booking]
    taken: list[TakenRow]

    def taken_by_others(self, mine: Iterable[Booking], at: datetime) -> list[BusyRow]:
        ours = {booking.pk for booking in mine}
        return [row[:5] for row in self.taken if row.booking_id not in ours and not row.has_lapsed(at)]

    def taken_by(self, booking: Booking) -> set[Row]:
        return {(row.room_id, row.starts_at, row.ends_at) for row in self.taken if row.booking_id == booking.pk}


def lock_and_look(
    wanted: Sequence[tuple[Room, datetime, datetime]], *, at: datetime, mine: Iterable[Booking] = ()
) -> Locked:
    """Do as `lock_all` does, and return also what is taken around the wanted times."""
    found = Room.objects.with_their_parts({room.pk for room, _starts, _ends in wanted}).select_related("hub")
    rooms = {locked.pk: locked for locked in found.select_for_update(no_key=True, of=("self",)).order_by("pk")}
    taken = _look(rooms, wanted)
    ours = {booking.pk for booking in mine}
    fresh: dict[int, Booking] = {}
    keys = ours | _lapsed_in_the_way(wanted, rooms, taken, at)
    for booking in _locked_in(rooms, keys):
        if booking.pk in ours:
            fresh[booking.pk] = booking
            if booking.state not in KEEPS_ITS_TIME:  # ended while we waited for it
                taken = [row for row in taken if row.booking_id != booking.pk]
        elif is_past_its_deadline(booking, at):
            lapse(booking, at)
        else:  # somebody has come, or been answered, while we waited for it
            taken = _look(rooms, wanted)
    return Locked(rooms=rooms, bookings=fresh, taken=taken)


def is_past_its_deadline(booking: Booking, at: datetime) -> bool:
    return booking.state in LIVE_STATES and booking.expires_at is not None and booking.expires_at <= at


def family(rooms: Mapping[int, Room], room: Room) -> list[Room]:
    """Return the room and its parts, of those that are locked: what its booking takes."""
    return [each for each in rooms.values() if room.pk in (each.pk, each.parent_id)]


def _look(rooms: Mapping[int, Room], wanted: Sequence[tuple[Room, datetime, datetime]]) -> list[TakenRow]:
    """Return what is taken around the wanted times in these rooms, in the order of its starts. One query.

    Refuses where a room has become a part of these while we waited: PostgreSQL has looked for parts before that.
    """
    gap = timedelta(minutes=max((room.gap_minutes for room in rooms.values()), default=0))
    spans = [around(starts_at, max(starts_at, ends_at) + gap) for _room, starts_at, ends_at in wanted]
    if not spans:
        return []
    # Past django-modeltranslation, which would look for texts in each row.
    family: QuerySet[Room] = QuerySet(Room).filter(Q(pk__in=rooms) | Q(parent__in=rooms))
    taken = family.annotate(taken=FilteredRelation("busy_periods", condition=overlaps_any(spans, "busy_periods__")))
    rows = taken.order_by("taken__starts_at").values_list(
        "pk",
        "parent_id",
        "taken__starts_at",
        "taken__ends_at",
        "taken__closure_id",
        "taken__booking_id",
        "taken__booking__expires_at",
    )
    found = [TakenRow._make(row) for row in rows]
    if any(row.room_id not in rooms for row in found):
        message = _("The rooms here have just been divided anew. Look at the free times again.")
        raise Refused([Reason("changed_meanwhile", message)])
    return [row for row in found if row.starts_at is not None]


def _lapsed_in_the_way(
    wanted: Sequence[tuple[Room, datetime, datetime]],
    rooms: Mapping[int, Room],
    taken: Iterable[TakenRow],
    at: datetime,
) -> set[int]:
    """Return the bookings whose deadline has passed and which still take what is wanted."""
    lapsed = [row for row in taken if row.has_lapsed(at)]
    if not lapsed:
        return set()
    spans = [
        (starts_at, max(ends_at, starts_at) + timedelta(minutes=rooms[room.pk].gap_minutes), room)
        for room, starts_at, ends_at in wanted
    ]
    ids = {room.pk: {each.pk for each in family(rooms, room)} for _start, _until, room in spans}
    return {
        row.booking_id
        for row in lapsed
        if row.booking_id is not None
        and any(
            row.room_id in ids[room.pk] and row.starts_at < until and row.ends_at > start
            for start, until, room in spans
        )
    }


def _locked_in(rooms: Mapping[int, Room], keys: Collection[int]) -> list[Booking]:
    """Lock bookings as `locked_bookings` does. One alone is read with its lock, for its room mostly is at hand."""
    if len(keys) != 1:
        return locked_bookings(keys) if keys else []
    bookings = list(Booking.objects.select_for_update(no_key=True).filter(pk__in=keys))
    for booking in bookings:
        if booking.room_id in rooms:
            booking.room = rooms[booking.room_id]
    lock_series_of(bookings)
    return bookings


def lock_booking(booking: Booking) -> Booking:
    return locked_bookings([booking.pk])[0]


def locked_bookings(keys: Iterable[int]) -> list[Booking]:
    """Lock first, then read: PostgreSQL holds a row it waited for against the room it had joined before.

    In one query, a booking that somebody moves to another room meanwhile would not be found.
    """
    locked = Booking.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    found = Booking.objects.for_list().filter(pk__in=list(locked.values_list("pk", flat=True))).order_by("pk")
    bookings = list(found)
    lock_series_of(bookings)
    return bookings


def lock_series_of(bookings: Iterable[Booking]) -> None:
    """Lock the series: whatever happens to a booking counts up the calendar file of its series."""
    if series := {booking.series_id for booking in bookings if booking.series_id is not None}:
        list(Series.objects.select_for_update(no_key=True).filter(pk__in=series).order_by("pk").values_list("pk"))
