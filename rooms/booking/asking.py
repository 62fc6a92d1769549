"""What a verb asks before it writes: the rules, and whether the booking is still what it was."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from hubs.opening import Schedule
from rooms.availability import BusyRow, free_times
from rooms.booking.refusals import Refused, Taken, changed_meanwhile_reason, taken_reason
from rooms.enums import BookingState
from rooms.models import Booking, Room
from rooms.rules import Ask, BookingDetails, Reason, own_bookings, problems, too_long
from rooms.spans import Span, minutes_between

LONGEST_BOOKING = timedelta(days=31)  # with any override
FARTHEST_START = timedelta(days=366 * 3)
A_DAY = timedelta(days=1)
# What is beyond is refused, but only after it has been looked at.
FIRST_MOMENT, LAST_MOMENT = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)


def agree(
    *,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
    asked_at: datetime | None = None,
    resident: User | None = None,
    details: BookingDetails | None = None,
    is_staff: bool = False,
    ignoring: Booking | None = None,
    override_reason: str = "",
    keeps_its_time: bool = False,
    schedules: Mapping[int, Schedule] | None = None,
    taken: Iterable[BusyRow] | None = None,
) -> None:
    """Ask every rule and whether the time is free. Raises Refused or Taken with all reasons.

    `schedules` are those of the room and its hub, where somebody asks for many bookings; `taken` is what
    is taken `around` the time, less what is ignored, where the verb has read it with its locks.
    """
    context: dict[str, Any] = {
        "room": room,
        "span": (starts_at, ends_at),
        "people": details.people if details is not None else None,
        "at": at,
    }
    if not keeps_its_time:
        must_be_imaginable(context, room, starts_at, ends_at, at)
    span = around(starts_at, ends_at)
    times = free_times([room], *span, at=at, ignoring=ignoring, schedules=schedules, taken=taken)
    ours = () if ignoring is None else (ignoring,)
    ask = Ask(
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        at=at,
        asked_at=asked_at or at,
        free_time=times[room.pk],
        resident=resident,
        details=details,
        is_staff=is_staff,
        own=() if keeps_its_time else own_bookings(resident, starts_at, at=at, ignoring=ours),
        series_id=None if ignoring is None else ignoring.series_id,
        keeps_its_time=keeps_its_time,
    )
    if reasons := reasons_against(ask, with_override=bool(override_reason)):
        raise (Taken if is_taken(reasons) else Refused)(reasons, **context)


def around(starts_at: datetime, ends_at: datetime) -> Span:
    """Return the time that has to be known to judge a wish: from a day before it to a day after it."""
    first, last = max(starts_at, FIRST_MOMENT), min(max(ends_at, starts_at), LAST_MOMENT)
    return first - A_DAY, last + A_DAY


def reasons_against(ask: Ask, *, with_override: bool, is_promised: bool = False) -> list[Reason]:
    """Return what speaks against it, first of all that the time is taken. `is_promised`: to a date beside it."""
    reasons = problems(ask)
    if with_override:
        reasons = [reason for reason in reasons if not reason.is_overridable]
    is_closed = any(reason.code == "closed" for reason in reasons)
    if ask.starts_at >= ask.ends_at or ask.keeps_its_time or is_closed:
        return reasons
    is_free = not is_promised and not ask.free_time.is_busy(ask.starts_at, ask.ends_at)
    return reasons if is_free else [taken_reason(), *reasons]


def is_taken(reasons: Iterable[Reason]) -> bool:
    return any(reason.code == "taken" for reason in reasons)


def must_be_imaginable(
    context: dict[str, Any], room: Room, starts_at: datetime, ends_at: datetime, at: datetime
) -> None:
    """Refuse what no override allows, before reckoning with years of opening hours."""
    if starts_at < at - timedelta(days=1) or starts_at > at + FARTHEST_START:
        message = _("That day is too far away. Choose another day.")
        is_past = starts_at < at
        reason = Reason("past", _("That time has already passed. Choose a later time."), "starts_at")
        raise Refused([reason if is_past else Reason("too_early", message, "starts_at")], **{**context, "room": None})
    if ends_at - starts_at > LONGEST_BOOKING:
        reasons = [too_long(room, minutes_between(starts_at, ends_at))]
        raise Refused([reason for reason in reasons if reason is not None], **context)


def may_override(actor: User, override_reason: str) -> None:
    if override_reason and not actor.is_staff:
        raise PermissionDenied


def must_be_live(booking: Booking, at: datetime) -> None:
    if booking.is_live_at(at):
        return
    messages = {
        BookingState.EXPIRED: _("This time is no longer held, because its deadline has passed. Book it again."),
        BookingState.CANCELLED: _("This booking has already been cancelled."),
        BookingState.DECLINED: _("This booking was not approved."),
        BookingState.RELEASED: _("This room was released because nobody came."),
        BookingState.USED: _("This booking is already over."),
    }
    state = booking.state_at(at)
    raise Refused([Reason("over" if state == BookingState.USED else "not_live", messages[state])])


def must_be_as_seen(booking: Booking, sequence: int | None) -> None:
    if sequence is not None and sequence != booking.sequence:
        raise Refused([changed_meanwhile_reason()])


def must_be_requested(booking: Booking, at: datetime) -> None:
    must_be_live(booking, at)
    if booking.state == BookingState.CONFIRMED:
        raise Refused([Reason("not_requested", _("This booking is already confirmed."))])
    if booking.state == BookingState.HELD:
        raise Refused([Reason("not_requested", _("Somebody is still filling in this booking."))])


def must_have_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused([Reason("reason", _("Give a reason that the resident can read."), "reason")])
