"""The day of one hub on a sheet: room by room what is booked and closed, with names, for who sits at the desk."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hubs.models import Hub
from hubs.opening import ONE_DAY
from hubs.wording import at_clock, clock_range, day_short
from rooms.enums import BookingState
from rooms.models import Booking, Closure, Room
from rooms.rules import midnight
from rooms.spans import Span
from rooms.wording import state_tag

SHOWN = (BookingState.REQUESTED, BookingState.CONFIRMED, BookingState.USED, BookingState.RELEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A booking of the room, or else why it cannot be used: in words, with a reason."""

    starts_at: datetime
    time: str
    booking: Booking | None = None
    state: str = ""
    words: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoomOfTheDay:
    room: Room
    lines: list[Line]


def day_sheet(hub: Hub, day: date, *, at: datetime) -> list[RoomOfTheDay]:
    """Return the hub's rooms in order with what is in each on the day; what is not published only if it has something.

    Three queries. What was never agreed, or was cancelled, is left out; what was released is told.
    """
    rooms = {room.pk: room for room in Room.objects.filter(hub=hub)}
    starts_at, ends_at = midnight(day), midnight(day + ONE_DAY)
    of_the_day = {"room__in": rooms, "starts_at__lt": ends_at, "ends_at__gt": starts_at}
    found: dict[int, list[Line]] = defaultdict(list)
    for booking in Booking.objects.filter(**of_the_day, state__in=SHOWN):
        state = booking.state_at(at)
        if state not in SHOWN:
            continue
        time = time_words((booking.starts_at, booking.ends_at), day)
        line = Line(starts_at=booking.starts_at, time=time, booking=booking, state=_state(booking, at))
        found[booking.room_id].append(line)
        if state != BookingState.RELEASED:
            words = _("%(room)s is booked") % {"room": rooms[booking.room_id]}
            for other in _excluded(rooms[booking.room_id], rooms.values()):
                found[other.pk].append(Line(starts_at=booking.starts_at, time=time, words=words))
    for closure in Closure.objects.filter(**of_the_day):
        time, room = time_words((closure.starts_at, closure.ends_at), day), rooms[closure.room_id]
        of_other = _("%(room)s is closed") % {"room": room}
        for each in (room, *_excluded(room, rooms.values())):
            words = _("Closed") if each == room else of_other
            found[each.pk].append(Line(starts_at=closure.starts_at, time=time, words=words, reason=closure.reason))
    return [
        RoomOfTheDay(room, sorted(found[room.pk], key=lambda line: line.starts_at))
        for room in rooms.values()
        if room.is_published or found[room.pk]
    ]


def time_words(span: Span, day: date) -> str:
    """Write “9–11.30”, that it is all day, or from when until when where it does not begin and end on this day."""
    starts_at, ends_at = midnight(day), midnight(day + ONE_DAY)
    if span[0] <= starts_at and ends_at <= span[1]:
        return _("All day")
    if starts_at <= span[0] and span[1] <= ends_at:
        return clock_range(*span)
    return _("%(start)s – %(end)s") % {"start": _day_and_clock(span[0]), "end": _day_and_clock(span[1])}


def _excluded(room: Room, rooms: Iterable[Room]) -> list[Room]:
    """Return what cannot be used meanwhile: the whole that the room is a part of, and its own parts."""
    return [other for other in rooms if other.pk == room.parent_id or other.parent_id == room.pk]


def _state(booking: Booking, at: datetime) -> str:
    is_here = booking.checked_in_at is not None
    return capfirst(_("checked in")) if is_here else state_tag(booking, at)[0]


def _day_and_clock(moment: datetime) -> str:
    return _("%(day)s %(time)s") % {"day": day_short(moment), "time": at_clock(moment)}
