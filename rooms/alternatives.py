"""What can be had instead, wherever something cannot be had: nobody is left standing before a closed door.

rooms/availability.py knows the nearest times and rooms. Here it is asked with what is known of the
refusal: what would be refused again is not offered, and a group that is too big is led to the
whole of which the room is a part, to a larger room, or to those who can help.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from hubs.opening import HELSINKI
from rooms.availability import (
    ALTERNATIVE_DAYS,
    MOST_ALTERNATIVES,
    Alternative,
    RoomQuery,
    Suits,
    bookable_window,
    free_times,
    nearest_alternatives,
)
from rooms.enums import BookingChannel, RoomKind, WhoMayBook
from rooms.models import Booking, Equipment, Room
from rooms.rules import (
    Ask,
    Counted,
    Reason,
    duration_words,
    no_other_room_then,
    not_too_many_coming,
    own_bookings,
    within_weekly_hours,
)
from rooms.spans import FreeTime, minutes_between, utc

RULES_OF_A_PERSON = (no_other_room_then, not_too_many_coming, within_weekly_hours)
MOST_LOOKED_AT = 12  # rooms whose free time is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """What to go on with: times that one button books, rooms that the staff book, or the largest there is."""

    choices: Sequence[Alternative] = ()
    through_staff: Sequence[Room] = ()
    largest: Room | None = field(default=None)  # where no room anywhere is large enough


def instead_of(
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    people: int | None,
    *,
    at: datetime,
    reasons: Iterable[Reason] = (),
    resident: User | None = None,
    ignoring: Booking | None = None,
) -> Instead:
    """Return what `resident` can have instead of a time that was refused for these reasons.

    `ignoring` is what is being changed, or held meanwhile: its own time counts as free. About fifteen
    queries, whatever the number of rooms.
    """
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    codes = {reason.code for reason in reasons}
    own = own_bookings(resident, min(starts_at, at) - timedelta(days=ALTERNATIVE_DAYS), at=at, ignoring=_some(ignoring))
    series_id = None if ignoring is None else ignoring.series_id
    suits = partial(_may_have, own=own, resident=resident, series_id=series_id, codes=codes, at=at)
    if people is None or people <= room.capacity or ends_at <= starts_at:
        nearest = partial(nearest_alternatives, room, people=people, at=at, ignoring=ignoring, suits=suits)
        shorter = _shorter(room, starts_at, ends_at, at=at, suits=suits, ignoring=ignoring) if codes else []
        spans = {(each.starts_at, each.ends_at) for each in shorter}
        others = [each for each in nearest(starts_at, ends_at) if (each.starts_at, each.ends_at) not in spans]
        if "own_booking" not in codes and all(each.room == room for each in others):
            others += other_rooms(room, starts_at, ends_at, people, at=at, suits=suits, ignoring=ignoring)
        return Instead(choices=[*shorter, *others])
    choices = larger_rooms(room, starts_at, ends_at, people, at=at, suits=suits, ignoring=ignoring)
    through_staff = [] if choices else rooms_through_staff(people, near=room)
    return Instead(choices=choices, through_staff=through_staff, largest=largest_room(people, through_staff, choices))


def _some(booking: Booking | None) -> Collection[Booking]:
    return () if booking is None else (booking,)


def _may_have(
    free_time: FreeTime,
    starts_at: datetime,
    ends_at: datetime,
    *,
    own: tuple[Counted, ...],
    resident: User | None,
    series_id: int | None,
    codes: Collection[str],
    at: datetime,
) -> bool:
    """Say whether what the resident has already lets them have this too. Never queries."""
    if "only_associations" in codes and free_time.room.who_may_book == WhoMayBook.ASSOCIATIONS:
        return False
    ask = Ask(
        room=free_time.room,
        starts_at=starts_at,
        ends_at=ends_at,
        at=at,
        asked_at=at,
        free_time=free_time,
        resident=resident,
        own=own,
        series_id=series_id,
    )
    return not any(rule(ask) for rule in RULES_OF_A_PERSON)


def _shorter(
    room: Room, starts_at: datetime, ends_at: datetime, *, at: datetime, suits: Suits, ignoring: Booking | None
) -> list[Alternative]:
    """Return the longest time from the same start that can be had, where a whole one cannot: none, or one."""
    window = bookable_window(room, starts_at, ends_at, at)
    if window[0] > starts_at or window[0] >= window[1]:
        return []
    free_time = free_times([room], *window, at=at, ignoring=ignoring)[room.pk]
    longest = min(minutes_between(starts_at, ends_at) - room.grid_minutes, room.longest_minutes)
    for minutes in reversed(range(room.shortest_minutes, longest + 1, room.grid_minutes)):
        end = starts_at + timedelta(minutes=minutes)
        if starts_at in free_time.starts_of(minutes) and free_time.is_free(starts_at, end):
            if not suits(free_time, starts_at, end):
                continue
            return [
                Alternative(room=room, starts_at=starts_at, ends_at=end, reason=_("The same start, but a shorter time"))
            ]
    return []


# --- Too big a group -----------------------------------------------------------------------------


def larger_rooms(
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    people: int,
    *,
    at: datetime,
    suits: Suits,
    ignoring: Booking | None = None,
) -> list[Alternative]:
    """Return the whole of which the room is a part, then other rooms that are large enough, nearest in time.

    The same time before another, the same hub before another, the smallest that is enough first.
    """
    rooms = list(Room.objects.bookable().filter(capacity__gte=people).exclude(pk=room.pk).for_list())
    rooms.sort(key=lambda other: (other.pk != room.parent_id, other.hub_id != room.hub_id, other.capacity, other.order))
    found = _nearest_in(rooms, starts_at, ends_at, at=at, suits=suits, ignoring=ignoring)
    found.sort(key=lambda each: (each[0].pk != room.parent_id, each[1] != starts_at))
    return [
        Alternative(
            room=other, starts_at=start, ends_at=start + length, reason=_larger_words(other, room, start == starts_at)
        )
        for other, start, length in found[:MOST_ALTERNATIVES]
    ]


def other_rooms(
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    people: int | None,
    *,
    at: datetime,
    suits: Suits,
    ignoring: Booking | None = None,
) -> list[Alternative]:
    """Return other rooms that fit, at the nearest time at which each is free on that day, where none is free then."""
    family = Q(pk=room.pk) | Q(parent=room.pk) | Q(pk=room.parent_id)
    rooms = list(Room.objects.bookable().filter(capacity__gte=people or 1).exclude(family).for_list())
    size = people or room.capacity
    rooms.sort(
        key=lambda other: (
            other.hub_id != room.hub_id,
            other.capacity < size,
            other.kind != room.kind,
            abs(other.capacity - size),
        )
    )
    found = _nearest_in(rooms, starts_at, ends_at, at=at, suits=suits, ignoring=ignoring)
    day = starts_at.astimezone(HELSINKI).date()
    found = [each for each in found if each[1].astimezone(HELSINKI).date() == day]
    found.sort(key=lambda each: (each[0].hub_id != room.hub_id, abs(each[1] - starts_at)))
    return [
        Alternative(room=other, starts_at=start, ends_at=start + length, reason=_other_words(other, room))
        for other, start, length in found[:MOST_ALTERNATIVES]
    ]


def _other_words(other: Room, room: Room) -> str:
    if other.hub_id == room.hub_id:
        return _("The same day, another room in the same service centre")
    return _("The same day, in another service centre")


def _nearest_in(
    rooms: Sequence[Room],
    starts_at: datetime,
    ends_at: datetime,
    *,
    at: datetime,
    suits: Suits,
    ignoring: Booking | None,
) -> list[tuple[Room, datetime, timedelta]]:
    """Return for the first of these rooms the nearest start and the length, if there is any."""
    rooms, wide = rooms[:MOST_LOOKED_AT], timedelta(days=ALTERNATIVE_DAYS)
    times = free_times(rooms, max(starts_at, at) - wide, max(starts_at, at) + wide, at=at, ignoring=ignoring)
    return [
        (other, start, length)
        for other in rooms
        for start, length in _nearest(times[other.pk], starts_at, ends_at, at=at, suits=suits)
    ]


def _nearest(
    free_time: FreeTime, starts_at: datetime, ends_at: datetime, *, at: datetime, suits: Suits
) -> list[tuple[datetime, timedelta]]:
    """Return the nearest start in this room and the length, kept within what the room allows; or nothing."""
    room, wide = free_time.room, timedelta(days=ALTERNATIVE_DAYS)
    minutes = min(max(minutes_between(starts_at, ends_at), room.shortest_minutes), room.longest_minutes)
    length = timedelta(minutes=minutes)
    window = bookable_window(room, max(starts_at, at) - wide, max(starts_at, at) + wide, at)
    if window[0] >= window[1]:
        return []
    starts = sorted(free_time.starts_of(minutes, within=window), key=lambda start: abs(start - starts_at))
    return [(start, length) for start in starts if suits(free_time, start, start + length)][:1]


def _larger_words(other: Room, room: Room, is_same_time: bool) -> str:
    if other.pk == room.parent_id:
        return _whole_words(other, is_same_time)
    if other.hub_id == room.hub_id:
        return _("Large enough, at the same time") if is_same_time else _("Large enough, at the nearest free time")
    if is_same_time:
        return _("Large enough, at the same time, in another service centre")
    return _("Large enough, at the nearest free time, in another service centre")


def _whole_words(whole: Room, is_same_time: bool) -> str:
    """Say what the whole is to somebody who asked for a part of it. Queries for the number of parts."""
    if whole.kind == RoomKind.HALL:
        return _("The whole hall, at the same time") if is_same_time else _("The whole hall, at the nearest free time")
    if whole.parts.count() == 2:
        if is_same_time:
            return _("Both rooms together, at the same time")
        return _("Both rooms together, at the nearest free time")
    if is_same_time:
        return _("All its rooms together, at the same time")
    return _("All its rooms together, at the nearest free time")


def rooms_through_staff(
    people: int | None, *, near: Room | None = None, among: QuerySet[Room] | None = None
) -> list[Room]:
    """Return the rooms that only the staff book and that hold so many, those in the same hub first."""
    rooms = Room.objects.all() if among is None else among
    found = rooms.filter(is_published=True, hub__is_published=True, channel=BookingChannel.STAFF)
    enough = found.select_related("hub").filter(capacity__gte=people or 1)
    hub = near.hub_id if near is not None else None
    return sorted(enough, key=lambda room: (room.hub_id != hub, room.capacity, room.order))[:MOST_ALTERNATIVES]


def largest_room(people: int, *found: Sequence[Room | Alternative]) -> Room | None:
    """Return the largest room there is, if nothing was found because none holds so many."""
    if any(found):
        return None
    largest = Room.objects.published().select_related("hub").order_by("-capacity", "pk").first()
    return largest if largest is not None and largest.capacity < people else None


# --- A search that asks too much -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EasierWish:
    """One wish less than a search has: the field of the search, what it becomes, and how many rooms that leaves.

    `without` is the piece of equipment that is left out.
    """

    field: str
    words: str
    count: int
    value: str = ""
    without: str = ""


def easier_wishes(query: RoomQuery, lengths: Sequence[int]) -> list[EasierWish]:
    """Return which single wish to give up so that any room suits at all; none where the time alone hinders.

    `lengths` are those that can be asked for. Two queries. Rooms, not times: what is left may be taken then.
    """
    rooms = list(Room.objects.bookable().prefetch_related("equipment"))
    wishes = _wishes_of(query, lengths)
    if any(all(wish.fits(room) for wish in wishes) for room in rooms):
        return []
    easier = []
    for wish in wishes:
        others = [room for room in rooms if all(other.fits(room) for other in wishes if other is not wish)]
        if others and (given_up := wish.give_up(others)) is not None:
            easier.append(given_up)
    return sorted(easier, key=lambda each: -each.count)


@dataclass(frozen=True, slots=True)
class _Wish:
    fits: Callable[[Room], bool]
    give_up: Callable[[list[Room]], EasierWish | None]


def _wishes_of(query: RoomQuery, lengths: Sequence[int]) -> list[_Wish]:
    wishes = [_Wish(lambda room: _allows(room, query.minutes), partial(_length, query.minutes, lengths))]
    if query.people is not None:
        people = query.people
        wishes.append(_Wish(lambda room: room.capacity >= people, _fewer))
    if query.hub is not None:
        hub = query.hub
        wishes.append(_Wish(lambda room: room.hub_id == hub.pk, partial(_any, "hub", _("In any service centre"))))
    if query.kind is not None:
        wishes.append(_Wish(lambda room: room.kind == query.kind, partial(_any, "kind", _("Any kind of room"))))
    for piece in query.equipment:
        has = partial(_has, piece)
        wishes.append(_Wish(has, partial(_without, piece)))
    return wishes


def _has(piece: Equipment, room: Room) -> bool:
    return piece in room.equipment.all()


def _any(field: str, words: str, rooms: list[Room]) -> EasierWish:
    return EasierWish(field=field, words=words, count=len(rooms))


def _without(piece: Equipment, rooms: list[Room]) -> EasierWish:
    words = _("Without this: %(equipment)s") % {"equipment": piece.name}
    return EasierWish(field="equipment", words=words, count=len(rooms), without=piece.slug)


def _fewer(rooms: list[Room]) -> EasierWish:
    most = max(room.capacity for room in rooms)
    words = ngettext("For at most %(count)d person", "For at most %(count)d people", most) % {"count": most}
    return EasierWish(field="people", words=words, count=sum(room.capacity == most for room in rooms), value=str(most))


def _length(wished: int, lengths: Sequence[int], rooms: list[Room]) -> EasierWish | None:
    """Return the length nearest to the wish that any of the rooms allows."""
    possible = [each for each in lengths if any(_allows(room, each) for room in rooms)]
    if not possible:
        return None
    nearest = min(possible, key=lambda each: abs(each - wished))
    words = _("For %(duration)s") % {"duration": duration_words(nearest)}
    count = sum(_allows(room, nearest) for room in rooms)
    return EasierWish(field="minutes", words=words, count=count, value=str(nearest))


def _allows(room: Room, minutes: int) -> bool:
    return room.shortest_minutes <= minutes <= room.longest_minutes
