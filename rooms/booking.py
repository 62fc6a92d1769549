"""Everything that happens to bookings and closures. Nothing else writes busy periods.

Each verb is one transaction: lock, ask the rules, write the booking, its busy periods and the
event, and queue the mail. `at` is the moment of the act; all moments are aware.

Locks are taken in one order everywhere, so that no two verbs wait for each other: first the
resident (limits per person cannot be beaten by parallel requests), then the room and its parts
in the order of their ids, then bookings in the order of theirs. On SQLite the transaction itself
is the lock. The database has the last word: `room_is_never_held_twice`.

A refusal is `Refused`, which tells every reason; `Taken` when somebody else has the time.
Both offer `alternatives`, and neither leaves anything changed.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.availability import Alternative, free_times, nearest_alternatives
from rooms.enums import LIVE_STATES, BookingState, EventKind, PriceGroup
from rooms.models import Booking, BookingEvent, BusyPeriod, Closure, Room
from rooms.models.booking import BookingQuerySet
from rooms.rules import (
    Ask,
    BookingDetails,
    Reason,
    check_in_from,
    needs_approval,
    part_problems,
    price_cents,
    price_group,
    problems,
    release_moment,
    request_deadline,
    too_long,
)
from rooms.spans import Span, minutes_between, utc
from rooms.tasks import owe_mail, owe_mails_to_staff
from rooms.wording import moment_words

logger = logging.getLogger(__name__)

__all__ = [
    "HOLD_TIME",
    "BookingDetails",
    "Reason",
    "Refused",
    "Taken",
    "approve",
    "book_room",
    "cancel",
    "change_booking",
    "change_closure",
    "check_in",
    "close_room",
    "decline",
    "expire_due",
    "finish_due",
    "give_back",
    "give_back_part",
    "hold",
    "release",
    "release_due",
    "remind",
    "remind_due",
    "reopen_room",
]

HOLD_TIME = timedelta(minutes=10)
LONGEST_BOOKING = timedelta(days=31)  # with any override
FARTHEST_START = timedelta(days=366 * 3)
FINISHED_AT_ONCE = 200

MAILED_EVENTS = frozenset(
    {
        EventKind.REQUESTED,
        EventKind.CONFIRMED,
        EventKind.APPROVED,
        EventKind.DECLINED,
        EventKind.CHANGED,
        EventKind.GIVEN_BACK,
        EventKind.SHORTENED,
        EventKind.CANCELLED,
        EventKind.EXPIRED,
        EventKind.REMINDED,
        EventKind.RELEASED,
    }
)


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The rules say no: `reasons` tell why and what to do; nothing has been written."""

    def __init__(
        self,
        reasons: Sequence[Reason],
        *,
        room: Room | None = None,
        span: Span | None = None,
        people: int | None = None,
        at: datetime | None = None,
    ) -> None:
        super().__init__(" ".join(reason.message for reason in reasons))
        self.reasons = list(reasons)
        self.room, self.span, self.people, self.at = room, span, people, at

    @cached_property
    def alternatives(self) -> list[Alternative]:
        """Return what can be had instead. Queries when first asked, after the lock is gone."""
        if self.room is None or self.span is None or self.at is None:
            return []
        return nearest_alternatives(self.room, *self.span, self.people, at=self.at)


class Taken(Refused):
    """Somebody else has the time. `bookings` names who, where the staff close a room."""

    def __init__(self, reasons: Sequence[Reason], *, bookings: Sequence[Booking] = (), **context: Any) -> None:
        super().__init__(reasons, **context)
        self.bookings = list(bookings)


# --- The resident's way ------------------------------------------------------------------------


@transaction.atomic
def hold(
    *,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    resident: User | None = None,
    language: str,
    at: datetime,
    replaces: str | None = None,
) -> Booking:
    """Hold a time for ten minutes, while the form is filled in.

    `replaces` is the reference of the session's earlier hold, which is freed in the same
    transaction; where the new time is refused the earlier hold stays. Raises Refused, Taken.
    """
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    earlier = Booking.objects.filter(reference=replaces, state=BookingState.HELD).first() if replaces else None
    rooms, earlier = _lock(room, starts_at, ends_at, at=at, mine=earlier)
    room = rooms[room.pk]
    if earlier is not None and earlier.state == BookingState.HELD:
        _end(earlier, BookingState.CANCELLED, EventKind.GIVEN_BACK, actor=resident, at=at)
    _agree(room=room, starts_at=starts_at, ends_at=ends_at, at=at, resident=resident)
    booking = Booking(
        room=room,
        resident=resident,
        state=BookingState.HELD,
        starts_at=starts_at,
        ends_at=ends_at,
        gap_minutes=room.gap_minutes,
        expires_at=at + HOLD_TIME,
        language=language,
        created_at=at,
    )
    booking.save(force_insert=True)
    _take(booking, rooms.values(), at=at, is_new=True)
    _record(booking, EventKind.HELD, actor=resident, at=at)
    return booking


@transaction.atomic
def book_room(
    *,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    resident: User | None,
    details: BookingDetails,
    actor: User,
    at: datetime,
    held: Booking | None = None,
    override_reason: str = "",
) -> Booking:
    """Book a room for a resident, or, where the room asks for it, request it. Return the booking.

    `held` becomes the booking and keeps its reference; it may have lapsed, as long as the time is
    still free, and its time or room may differ. Sent twice, the same hold gives the same booking.
    The staff book without approval, for a resident or (`resident=None`) for somebody at the desk, and
    may give an `override_reason` for rules that allow it. Raises Refused, Taken.
    """
    _may_override(actor, override_reason)
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    _lock_resident(resident)
    rooms, mine = _lock(room, starts_at, ends_at, at=at, mine=held)
    room = rooms[room.pk]
    if mine is not None and resident is not None and mine.resident_id == resident.pk and _is_booked(mine):
        return mine
    if mine is not None and (mine.state != BookingState.HELD or mine.resident_id not in (None, _key(resident))):
        mine = None
    keeps_hold = mine is not None and mine.is_live_at(at) and _is_same(mine, room, starts_at, ends_at)
    details = _with_resident(details, resident)
    _agree(
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        at=at,
        asked_at=mine.created_at if mine is not None and keeps_hold else at,
        resident=resident,
        details=details,
        is_staff=actor.is_staff,
        ignoring=mine,
        override_reason=override_reason,
    )
    old = {} if mine is None else _snapshot(mine)
    booking = mine or Booking(created_at=at)
    if not keeps_hold:
        booking.created_at = at
    booking.room, booking.resident = room, resident
    booking.starts_at, booking.ends_at, booking.gap_minutes = starts_at, ends_at, room.gap_minutes
    booking.staff_note = override_reason
    _fill_in(booking, details, price_group(room, details, is_staff=actor.is_staff))
    _decide_state(booking, is_request=needs_approval(room, is_staff=actor.is_staff), at=at)
    booking.save()
    _take(booking, rooms.values(), at=at, is_new=mine is None)
    kind = EventKind.REQUESTED if booking.state == BookingState.REQUESTED else EventKind.CONFIRMED
    _record(booking, kind, actor=actor, at=at, old=old, reason=override_reason)
    return booking


@transaction.atomic
def change_booking(
    *,
    booking: Booking,
    actor: User,
    at: datetime,
    room: Room | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    details: BookingDetails | None = None,
    override_reason: str = "",
) -> Booking:
    """Change time, room or details of a live booking, under all rules. What is None stays.

    The old time is free and the new one taken in one step, or nothing changes. A resident's change
    of time or room asks for approval again where the room needs it, unless it only takes less of
    the same time; the staff's does not. Raises Refused, Taken.
    """
    _may_override(actor, override_reason)
    _lock_resident(booking.resident)
    room, at = room or booking.room, utc(at)
    starts_at, ends_at = utc(starts_at or booking.starts_at), utc(ends_at or booking.ends_at)
    expected = booking.room_id
    rooms, mine = _lock(room, starts_at, ends_at, at=at, mine=booking)
    if mine is None or mine.room_id != expected:
        raise Refused([_changed_meanwhile()])
    room = rooms[room.pk]
    _must_be_live(mine, at)
    old, old_details = _snapshot(mine), _details(mine)
    keeps_time = _is_same(mine, room, starts_at, ends_at)
    details = _with_resident(details or old_details, mine.resident)
    _agree(
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        at=at,
        resident=mine.resident,
        details=details,
        is_staff=actor.is_staff,
        ignoring=mine,
        override_reason=override_reason,
        keeps_its_time=keeps_time,
    )
    is_less = mine.room_id == room.pk and mine.starts_at <= starts_at and ends_at <= mine.ends_at
    mine.room, mine.starts_at, mine.ends_at = room, starts_at, ends_at
    keeps_group = details.booker_kind == mine.booker_kind and not (actor.is_staff and details.price_group)
    group = PriceGroup(mine.price_group) if keeps_group else price_group(room, details, is_staff=actor.is_staff)
    _fill_in(mine, details, group)
    if override_reason:
        mine.staff_note = override_reason
    if not keeps_time:
        if (old["room"], old["starts_at"]) != (room.pk, starts_at.isoformat()):
            mine.checked_in_at = None  # to the earlier time
        mine.gap_minutes = room.gap_minutes
        was_request = mine.state == BookingState.REQUESTED
        keeps_answer = actor.is_staff or is_less
        is_request = was_request if keeps_answer else needs_approval(room, is_staff=False)
        _decide_state(mine, is_request=is_request, at=at)
    if _snapshot(mine) == old and _details(mine) == old_details:
        return mine
    mine.sequence += 1
    mine.save()
    if not keeps_time:
        _take(mine, rooms.values(), at=at)
    changed = sorted(name for name, value in _named(_details(mine)) if value != dict(_named(old_details))[name])
    is_news = {**_snapshot(mine), "sequence": 0} != {**old, "sequence": 0}
    _record(
        mine,
        EventKind.CHANGED,
        actor=actor,
        at=at,
        old=old,
        changed_details=changed,
        reason=override_reason,
        is_mailed=is_news,
    )
    return mine


@transaction.atomic
def give_back(*, booking: Booking, actor: User | None, at: datetime, reason: str = "") -> Booking:
    """Give the time back, any time before its end: the room is free again at once. Raises Refused."""
    mine = _lock_booking(booking)
    _must_be_live(mine, at)
    return _end(mine, BookingState.CANCELLED, EventKind.GIVEN_BACK, actor=actor, at=at, reason=reason)


@transaction.atomic
def give_back_part(
    *,
    booking: Booking,
    actor: User | None,
    at: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Booking:
    """Keep only [starts_at, ends_at) of a booking and give back the rest. What is None stays.

    What is kept may be shorter than the room's shortest booking: giving back is always possible.
    A new edge lies on the room's grid, so that somebody else can begin there. While the booking
    runs, its rest can be given back from the next step of the grid. Nobody has to approve it: the
    room is taken for less time than before. Raises Refused.
    """
    at = utc(at)
    rooms, mine = _lock(booking.room, booking.starts_at, booking.ends_at, at=at, mine=booking)
    if mine is None or mine.room_id != booking.room_id:
        raise Refused([_changed_meanwhile()])
    starts_at, ends_at = utc(starts_at or mine.starts_at), utc(ends_at or mine.ends_at)
    _must_be_live(mine, at)
    reasons = part_problems(mine, starts_at, ends_at, at=at)
    if reasons:
        raise Refused(reasons)
    taken = set(mine.busy_periods.values_list("room", flat=True))
    old, agreed, length = _snapshot(mine), mine.price_cents, minutes_between(mine.starts_at, mine.ends_at)
    mine.starts_at, mine.ends_at = starts_at, ends_at
    # A share of the price that was agreed, for the room's own may have changed since.
    mine.price_cents = (agreed * minutes_between(starts_at, ends_at) + length // 2) // length
    mine.expires_at = _deadline_after(mine, old, at)
    mine.sequence += 1
    mine.save(update_fields=["starts_at", "ends_at", "price_cents", "expires_at", "sequence", "updated_at"])
    _take(mine, [room for key, room in rooms.items() if key in taken], at=at)
    _record(mine, EventKind.SHORTENED, actor=actor, at=at, old=old)
    return mine


@transaction.atomic
def check_in(*, booking: Booking, actor: User | None, at: datetime, reason: str = "") -> Booking:
    """Write down that somebody has come: the room is not released. Raises Refused.

    From a quarter of an hour before the start until the release, or the end where there is none.
    Done twice it changes nothing.
    """
    mine = _lock_booking(booking)
    if mine.checked_in_at is not None and mine.state == BookingState.CONFIRMED:
        return mine
    _must_be_live(mine, at)
    if mine.state != BookingState.CONFIRMED:
        raise Refused([Reason("not_confirmed", _("This booking is not confirmed yet, so nobody can check in."))])
    if at < check_in_from(mine):
        message = _("It is too early to check in. You can do it from %(time)s.")
        raise Refused([Reason("too_early", message % {"time": moment_words(check_in_from(mine))})])
    old = _snapshot(mine)
    mine.checked_in_at, mine.expires_at = utc(at), None
    mine.save(update_fields=["checked_in_at", "expires_at", "updated_at"])
    _record(mine, EventKind.CHECKED_IN, actor=actor, at=at, old=old, reason=reason)
    return mine


# --- The staff's way -----------------------------------------------------------------------------


@transaction.atomic
def cancel(*, booking: Booking, actor: User, at: datetime, reason: str) -> Booking:
    """Cancel a live booking with a reason that the resident reads. Raises Refused."""
    mine = _lock_booking(booking)
    _must_be_live(mine, at)
    _must_have_reason(reason)
    return _end(mine, BookingState.CANCELLED, EventKind.CANCELLED, actor=actor, at=at, reason=reason)


@transaction.atomic
def approve(*, booking: Booking, actor: User, at: datetime, reason: str = "", sequence: int | None = None) -> Booking:
    """Confirm a request that still holds its time. Raises Refused.

    Whoever gives the `sequence` that they have seen does not approve what it has been changed to since.
    """
    mine = _lock_booking(booking)
    _must_be_as_seen(mine, sequence)
    _must_be_requested(mine, at)
    old = _snapshot(mine)
    mine.state, mine.expires_at = BookingState.CONFIRMED, release_moment(mine, at)
    mine.sequence += 1
    mine.save(update_fields=["state", "expires_at", "sequence", "updated_at"])
    _record(mine, EventKind.APPROVED, actor=actor, at=at, old=old, reason=reason)
    return mine


@transaction.atomic
def decline(*, booking: Booking, actor: User, at: datetime, reason: str, sequence: int | None = None) -> Booking:
    """Decline a request with a reason that the resident reads; the time is free again. Raises Refused."""
    mine = _lock_booking(booking)
    _must_be_as_seen(mine, sequence)
    _must_be_requested(mine, at)
    _must_have_reason(reason)
    return _end(mine, BookingState.DECLINED, EventKind.DECLINED, actor=actor, at=at, reason=reason)


@transaction.atomic
def close_room(
    *,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    reason: Mapping[str, str],
    actor: User | None,
    at: datetime,
) -> Closure:
    """Close a room and its parts, with a reason by language that residents read.

    Raises Taken, with the `bookings` it would hit, while any is live; Refused where it is closed already.
    """
    if not any(text.strip() for text in reason.values()):
        raise Refused([Reason("reason", _("Give a reason that residents can read."), "reason")])
    closure = Closure(room=room, starts_at=utc(starts_at), ends_at=utc(ends_at), made_by=actor)
    for language, text in reason.items():
        setattr(closure, f"reason_{language}", text)
    return _close(closure, at=at)


@transaction.atomic
def change_closure(*, closure: Closure, starts_at: datetime, ends_at: datetime, at: datetime) -> Closure:
    """Move a closure to another time, or shorten or lengthen it. Raises as close_room does."""
    closure.starts_at, closure.ends_at = utc(starts_at), utc(ends_at)
    return _close(closure, at=at)


@transaction.atomic
def reopen_room(*, closure: Closure) -> None:
    """Delete a closure: its time is free again at once."""
    closure.delete()


# --- Time's own way --------------------------------------------------------------------------------
#
# Nothing that must be true waits for these: a deadline counts when it is read. They write it
# down and tell people. Each booking has its own transaction; safe to run in parallel.


def expire_due(*, at: datetime) -> int:
    """Write down that holds and requests beyond their end have expired, and tell who asked. Return how many."""
    return _each(Booking.objects.past_their_deadline(at), partial(_lapse_one, at=at))


def release_due(*, at: datetime) -> int:
    """Release what nobody has checked in to in time, and tell who booked. Return how many."""
    return _each(Booking.objects.not_come_at(at), partial(_lapse_one, at=at))


@transaction.atomic
def release(*, booking: Booking, at: datetime) -> Booking:
    """Release a room that nobody has checked in to in time: it is free at once. Raises Refused."""
    mine = _lock_booking(booking)
    if mine.state == BookingState.CONFIRMED and mine.state_at(at) == BookingState.RELEASED:
        return _lapse(mine, at)
    _must_be_live(mine, at)
    raise Refused([Reason("not_due", _("There is still time to check in, or somebody has done so."))])


def finish_due(*, at: datetime) -> int:
    """Write down that bookings which are over were used. Return how many."""
    finished = 0
    while keys := _keys(Booking.objects.used_at(at))[:FINISHED_AT_ONCE]:
        finished += _finish(keys, at)
    return finished


def remind_due(*, at: datetime, hours: int) -> int:
    """Remind of bookings that start within so many hours, as `remind` does. Return how many."""
    if hours <= 0:
        return 0
    coming = Booking.objects.filter(
        state=BookingState.CONFIRMED, starts_at__gt=at, starts_at__lte=at + timedelta(hours=hours)
    )
    return _each(coming.exclude(email="").not_told_since(timedelta(hours=hours)), partial(remind, at=at, hours=hours))


@transaction.atomic
def remind(key: int, *, at: datetime, hours: int) -> bool:
    """Remind of a booking, unless its resident has had a mail about this time within those hours. Say whether.

    So nobody is reminded of what they have just booked, moved or been reminded of.
    """
    due = Booking.objects.not_told_since(timedelta(hours=hours))
    for booking in _locked_bookings([key]):
        if booking.state == BookingState.CONFIRMED and booking.is_live_at(at) and due.filter(pk=key).exists():
            _record(booking, EventKind.REMINDED, actor=None, at=at)
            return True
    return False


# --- Locks -----------------------------------------------------------------------------------------


def _lock_resident(resident: User | None) -> None:
    if resident is None:
        return
    if not User.objects.select_for_update(no_key=True).filter(pk=resident.pk).values_list("pk").first():
        raise Refused([Reason("account_gone", _("Your account has been deleted. Sign in again to book."))])


def _lock(
    room: Room, starts_at: datetime, ends_at: datetime, *, at: datetime, mine: Booking | None
) -> tuple[dict[int, Room], Booking | None]:
    """Lock the room with its parts, then the booking concerned and the lapsed ones in the way, which expire.

    Return the rooms by id and the booking as it now is.
    """
    family = Room.objects.with_their_parts([room.pk]).select_related("hub")
    rooms = {locked.pk: locked for locked in family.select_for_update(no_key=True, of=("self",)).order_by("pk")}
    gap = timedelta(minutes=rooms[room.pk].gap_minutes)
    in_the_way = (
        BusyPeriod.objects.overlapping(starts_at, max(ends_at, starts_at) + gap)
        .filter(room__in=rooms, booking__expires_at__lte=at)
        .values_list("booking", flat=True)
    )
    keys = {key for key in in_the_way if key is not None} | ({mine.pk} if mine is not None else set())
    fresh: Booking | None = None
    for booking in _locked_bookings(keys) if keys else ():
        if mine is not None and booking.pk == mine.pk:
            fresh = booking
        elif booking.state in LIVE_STATES and booking.expires_at is not None and booking.expires_at <= at:
            _lapse(booking, at)
    return rooms, fresh


def _lock_booking(booking: Booking) -> Booking:
    return _locked_bookings([booking.pk])[0]


def _locked_bookings(keys: Iterable[int]) -> list[Booking]:
    """Lock first, then read: PostgreSQL holds a row it waited for against the room it had joined before.

    In one query, a booking that somebody moves to another room meanwhile would not be found.
    """
    locked = Booking.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return list(Booking.objects.for_list().filter(pk__in=list(locked.values_list("pk", flat=True))).order_by("pk"))


# --- Asking ----------------------------------------------------------------------------------------


def _agree(
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
) -> None:
    """Ask every rule and whether the time is free. Raises Refused or Taken with all reasons."""
    context: dict[str, Any] = {
        "room": room,
        "span": (starts_at, ends_at),
        "people": details.people if details is not None else None,
        "at": at,
    }
    if not keeps_its_time:
        _must_be_imaginable(context, room, starts_at, ends_at, at)
    margin = timedelta(days=1)
    times = free_times([room], starts_at - margin, max(ends_at, starts_at) + margin, at=at, ignoring=ignoring)
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
        ignoring=ignoring,
        keeps_its_time=keeps_its_time,
    )
    reasons = problems(ask)
    if override_reason:
        reasons = [reason for reason in reasons if not reason.is_overridable]
    is_closed = any(reason.code == "closed" for reason in reasons)
    if starts_at < ends_at and not keeps_its_time and not is_closed and ask.free_time.is_busy(starts_at, ends_at):
        raise Taken([_taken(), *reasons], **context)
    if reasons:
        raise Refused(reasons, **context)


def _must_be_imaginable(
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


def _taken() -> Reason:
    return Reason("taken", _("This time is already taken. Choose another time or room."), "starts_at")


def _changed_meanwhile() -> Reason:
    message = _("Somebody has changed this booking at the same time. Look at it again before you change it.")
    return Reason("changed_meanwhile", message)


def _may_override(actor: User, override_reason: str) -> None:
    if override_reason and not actor.is_staff:
        raise PermissionDenied


def _must_be_live(booking: Booking, at: datetime) -> None:
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


def _must_be_as_seen(booking: Booking, sequence: int | None) -> None:
    if sequence is not None and sequence != booking.sequence:
        raise Refused([_changed_meanwhile()])


def _must_be_requested(booking: Booking, at: datetime) -> None:
    _must_be_live(booking, at)
    if booking.state == BookingState.CONFIRMED:
        raise Refused([Reason("not_requested", _("This booking is already confirmed."))])
    if booking.state == BookingState.HELD:
        raise Refused([Reason("not_requested", _("Somebody is still filling in this booking."))])


def _must_have_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused([Reason("reason", _("Give a reason that the resident can read."), "reason")])


# --- Writing -----------------------------------------------------------------------------------------


def _take(booking: Booking, rooms: Iterable[Room], *, at: datetime, is_new: bool = False) -> None:
    """Write the busy periods of the booking, if they differ: the room and its parts, with the gap after it."""
    ends_at = booking.ends_at + timedelta(minutes=booking.gap_minutes)
    wanted = {(room.pk, booking.starts_at, ends_at) for room in rooms}
    present = set() if is_new else set(booking.busy_periods.values_list("room_id", "starts_at", "ends_at"))
    if present == wanted:
        return
    if present:
        booking.busy_periods.all().delete()
    _insert([BusyPeriod(room_id=key, starts_at=start, ends_at=end, booking=booking) for key, start, end in wanted], at)


def _insert(rows: Sequence[BusyPeriod], at: datetime, *, closure: bool = False) -> None:
    """Let the database have the last word: somebody may have written without asking us."""
    try:
        with transaction.atomic():
            BusyPeriod.objects.bulk_create(rows)
    except IntegrityError as error:
        if "room_is_never_held_twice" not in str(error):
            raise
        booking = rows[0].booking
        if booking is None:
            raise Taken([_taken()]) from error
        span = (booking.starts_at, booking.ends_at)
        raise Taken([_taken()], room=booking.room, span=span, people=booking.people, at=at) from error


def _end(
    booking: Booking, state: BookingState, kind: EventKind, *, actor: User | None, at: datetime, reason: str = ""
) -> Booking:
    """Free the time of a booking and write down why. A time that was only held is not mailed about."""
    old, was_held = _snapshot(booking), booking.state == BookingState.HELD
    booking.state, booking.expires_at, booking.reason = state, None, reason
    booking.sequence += 1
    booking.save(update_fields=["state", "expires_at", "reason", "sequence", "updated_at"])
    booking.busy_periods.all().delete()
    _record(booking, kind, actor=actor, at=at, old=old, reason=reason, is_mailed=not was_held)
    return booking


def _lapse(booking: Booking, at: datetime) -> Booking:
    """End a booking whose deadline has passed: a hold or a request expires, a booking is released."""
    if booking.state == BookingState.CONFIRMED:
        return _end(booking, BookingState.RELEASED, EventKind.RELEASED, actor=None, at=at)
    return _end(booking, BookingState.EXPIRED, EventKind.EXPIRED, actor=None, at=at)


@transaction.atomic
def _lapse_one(key: int, *, at: datetime) -> bool:
    """End one booking whose deadline has passed, unless somebody has done so or saved it since."""
    for booking in _locked_bookings([key]):
        if booking.state in LIVE_STATES and booking.expires_at is not None and booking.expires_at <= at:
            _lapse(booking, at)
            return True
    return False


@transaction.atomic
def _finish(keys: Sequence[int], at: datetime) -> int:
    """Mark many at once; what somebody else has marked or moved since is left alone."""
    over = [
        booking
        for booking in _locked_bookings(keys)
        if booking.state == BookingState.CONFIRMED and booking.state_at(at) == BookingState.USED
    ]
    events = []
    for booking in over:
        old, booking.state = _snapshot(booking), BookingState.USED
        over_at = booking.ends_at
        events.append(BookingEvent(booking=booking, kind=EventKind.USED, at=over_at, old=old, new=_snapshot(booking)))
    Booking.objects.filter(pk__in=[booking.pk for booking in over]).update(state=BookingState.USED, updated_at=at)
    BookingEvent.objects.bulk_create(events)
    return len(over)


def _each(bookings: BookingQuerySet, deed: Callable[[int], bool]) -> int:
    """Do it to each, and return to how many it was done. One that fails does not stop the others."""
    done, failure = 0, None
    for key in _keys(bookings):
        try:
            done += deed(key)
        except Exception as error:
            logger.exception("A booking could not be dealt with: %s", key)
            failure = error
    if failure is not None:
        raise failure
    return done


def _keys(bookings: BookingQuerySet) -> list[int]:
    return list(bookings.order_by("pk").values_list("pk", flat=True))


def _close(closure: Closure, *, at: datetime) -> Closure:
    if closure.ends_at <= closure.starts_at:
        raise Refused([Reason("ends_before_it_starts", _("The closure must end after it starts."), "ends_at")])
    rooms, _mine = _lock(closure.room, closure.starts_at, closure.ends_at, at=at, mine=None)
    met = BusyPeriod.objects.overlapping(closure.starts_at, closure.ends_at).filter(room__in=rooms)
    met = met.exclude(closure=closure.pk) if closure.pk else met
    hit = Booking.objects.filter(pk__in=met.exclude(booking=None).values("booking")).for_list().order_by("starts_at")
    if bookings := list(hit):
        message = _("There are bookings at that time. Move or cancel them first: %(references)s.")
        references = ", ".join(booking.reference for booking in bookings)
        raise Taken([Reason("taken", message % {"references": references}, "starts_at")], bookings=bookings)
    if met.filter(booking=None).exists():
        raise Refused([Reason("closed", _("The room is already closed during that time."), "starts_at")])
    closure.save()
    closure.busy_periods.all().delete()
    span = {"starts_at": closure.starts_at, "ends_at": closure.ends_at, "closure": closure}
    _insert([BusyPeriod(room_id=key, **span) for key in rooms], at)
    return closure


def _decide_state(booking: Booking, *, is_request: bool, at: datetime) -> None:
    booking.state = BookingState.REQUESTED if is_request else BookingState.CONFIRMED
    booking.expires_at = request_deadline(booking.starts_at, at) if is_request else release_moment(booking, at)


def _deadline_after(booking: Booking, old: Mapping[str, Any], at: datetime) -> datetime | None:
    """Return the deadline of a booking that has been cut: a later start gives more time to come."""
    if booking.state != BookingState.CONFIRMED or booking.expires_at is None:
        return booking.expires_at
    if old["starts_at"] != utc(booking.starts_at).isoformat():
        return release_moment(booking, at)
    return booking.expires_at if booking.expires_at < booking.ends_at else None


def _fill_in(booking: Booking, details: BookingDetails, group: PriceGroup) -> None:
    """Copy the details and reckon the price, which is stored as it was when it was agreed."""
    for name, value in _named(details):
        if name != "price_group":
            setattr(booking, name, value)
    booking.price_group = group
    booking.price_cents = price_cents(booking.room, group, minutes_between(booking.starts_at, booking.ends_at))


def _record(
    booking: Booking,
    kind: EventKind,
    *,
    actor: User | None,
    at: datetime,
    old: dict[str, Any] | None = None,
    reason: str = "",
    changed_details: Sequence[str] = (),
    is_mailed: bool = True,
) -> BookingEvent:
    new = _snapshot(booking)
    if changed_details:
        new["changed_details"] = list(changed_details)
    event = BookingEvent.objects.create(
        booking=booking, kind=kind, actor=actor, at=at, old=old or {}, new=new, reason=reason
    )
    if is_mailed and kind in MAILED_EVENTS and booking.email:
        owe_mail(event)
    if booking.state == BookingState.REQUESTED and kind in (
        EventKind.REQUESTED,
        EventKind.CHANGED,
        EventKind.SHORTENED,
    ):
        owe_mails_to_staff(event)
    return event


def _snapshot(booking: Booking) -> dict[str, Any]:
    """Return what an event keeps: nothing that tells who booked or what for."""
    return {
        "state": str(booking.state),
        "room": booking.room_id,
        "starts_at": utc(booking.starts_at).isoformat(),
        "ends_at": utc(booking.ends_at).isoformat(),
        "expires_at": utc(booking.expires_at).isoformat() if booking.expires_at else None,
        "people": booking.people,
        "price_cents": booking.price_cents,
        "sequence": booking.sequence,
    }


def _details(booking: Booking) -> BookingDetails:
    return BookingDetails(**{name: getattr(booking, name) for name in BookingDetails.__dataclass_fields__})


def _named(details: BookingDetails) -> list[tuple[str, Any]]:
    return [(name, getattr(details, name)) for name in BookingDetails.__dataclass_fields__]


def _with_resident(details: BookingDetails, resident: User | None) -> BookingDetails:
    if resident is None:
        return details
    return replace(
        details,
        name=details.name or resident.name,
        email=details.email or resident.email,
        phone=details.phone or resident.phone,
    )


def _is_same(booking: Booking, room: Room, starts_at: datetime, ends_at: datetime) -> bool:
    return (booking.room_id, booking.starts_at, booking.ends_at) == (room.pk, starts_at, ends_at)


def _is_booked(booking: Booking) -> bool:
    return booking.state in (BookingState.REQUESTED, BookingState.CONFIRMED)


def _key(resident: User | None) -> int | None:
    return None if resident is None else resident.pk
