"""Locks, in one order everywhere: the resident, rooms with their parts by id, bookings by id, their series by id."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.booking.refusals import Refused
from rooms.booking.writing import lapse
from rooms.enums import LIVE_STATES
from rooms.models import Booking, BusyPeriod, Room, Series
from rooms.rules import Reason


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
    rooms, bookings = lock_all([(room, starts_at, ends_at)], at=at, mine=() if mine is None else (mine,))
    return rooms, None if mine is None else bookings.get(mine.pk)


def lock_all(
    wanted: Sequence[tuple[Room, datetime, datetime]], *, at: datetime, mine: Iterable[Booking] = ()
) -> tuple[dict[int, Room], dict[int, Booking]]:
    """Do as `lock` does for several times of several rooms at once, and for several bookings.

    Return every room and part by id (`family` picks those of one), and the bookings as they now are.
    """
    found = Room.objects.with_their_parts({room.pk for room, _starts, _ends in wanted}).select_related("hub")
    rooms = {locked.pk: locked for locked in found.select_for_update(no_key=True, of=("self",)).order_by("pk")}
    _refuse_new_parts(rooms)
    ours = {booking.pk for booking in mine}
    fresh: dict[int, Booking] = {}
    keys = ours | _lapsed_in_the_way(wanted, rooms, at)
    for booking in locked_bookings(keys) if keys else ():
        if booking.pk in ours:
            fresh[booking.pk] = booking
        elif booking.state in LIVE_STATES and booking.expires_at is not None and booking.expires_at <= at:
            lapse(booking, at)
    return rooms, fresh


def family(rooms: Mapping[int, Room], room: Room) -> list[Room]:
    """Return the room and its parts, of those that are locked: what its booking takes."""
    return [each for each in rooms.values() if room.pk in (each.pk, each.parent_id)]


def _refuse_new_parts(rooms: Mapping[int, Room]) -> None:
    """Refuse where a room has become a part of these while we waited: PostgreSQL has looked for parts before that."""
    if not connection.features.has_select_for_update:
        return
    wholes = [key for key, room in rooms.items() if room.parent_id is None]
    if Room.objects.filter(parent__in=wholes).exclude(pk__in=rooms).exists():
        message = _("The rooms here have just been divided anew. Look at the free times again.")
        raise Refused([Reason("changed_meanwhile", message)])


def _lapsed_in_the_way(
    wanted: Sequence[tuple[Room, datetime, datetime]], rooms: Mapping[int, Room], at: datetime
) -> set[int]:
    if not wanted:
        return set()
    spans = [
        (starts_at, max(ends_at, starts_at) + timedelta(minutes=rooms[room.pk].gap_minutes), room)
        for room, starts_at, ends_at in wanted
    ]
    first, last = min(start for start, _until, _room in spans), max(until for _start, until, _room in spans)
    lapsed = BusyPeriod.objects.overlapping(first, last).filter(room__in=rooms, booking__expires_at__lte=at)
    ids = {room.pk: {each.pk for each in family(rooms, room)} for _start, _until, room in spans}
    return {
        booking
        for key, starts_at, ends_at, booking in lapsed.values_list("room", "starts_at", "ends_at", "booking")
        if any(key in ids[room.pk] and starts_at < until and ends_at > start for start, until, room in spans)
    }


def lock_booking(booking: Booking) -> Booking:
    return locked_bookings([booking.pk])[0]


def locked_bookings(keys: Iterable[int]) -> list[Booking]:
    """Lock first, then read: PostgreSQL holds a row it waited for against the room it had joined before.

    In one query, a booking that somebody moves to another room meanwhile would not be found.
    """
    locked = Booking.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    found = Booking.objects.for_list().filter(pk__in=list(locked.values_list("pk", flat=True))).order_by("pk")
    bookings = list(found)
    if series := {booking.series_id for booking in bookings if booking.series_id is not None}:
        # Whatever happens to a booking counts up the calendar file of its series.
        list(Series.objects.select_for_update(no_key=True).filter(pk__in=series).order_by("pk").values_list("pk"))
    return bookings
