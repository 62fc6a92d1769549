"""The resident's way: hold, book, change, give back, check in."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.booking.asking import agree, may_override, must_be_as_seen, must_be_live
from rooms.booking.locks import lock, lock_and_look, lock_booking, lock_resident
from rooms.booking.refusals import Refused, changed_meanwhile_reason
from rooms.booking.writing import (
    Change,
    decide_state,
    details_of,
    end,
    fields_of,
    fill_in,
    is_booked,
    is_same,
    key_of,
    record,
    snapshot,
    take,
    with_resident,
)
from rooms.enums import BookingState, EventKind, PriceGroup
from rooms.models import Booking, Room
from rooms.rules import (
    BookingDetails,
    Reason,
    check_in_from,
    needs_approval,
    part_problems,
    price_group,
    release_moment,
)
from rooms.spans import minutes_between, utc
from rooms.wording import moment_words

HOLD_TIME = timedelta(minutes=10)


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
    lock_resident(resident)
    earlier = Booking.objects.filter(reference=replaces, state=BookingState.HELD).first() if replaces else None
    locked = lock_and_look([(room, starts_at, ends_at)], at=at, mine=_some(earlier))
    room = locked.rooms[room.pk]
    given_up = [mine for mine in locked.bookings.values() if mine.state == BookingState.HELD]
    for mine in given_up:
        end(mine, BookingState.CANCELLED, EventKind.GIVEN_BACK, actor=resident, at=at)
    taken = locked.taken_by_others(given_up, at)
    agree(room=room, starts_at=starts_at, ends_at=ends_at, at=at, resident=resident, taken=taken)
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
    take(booking, locked.rooms.values(), at=at, is_new=True, ends_verb=True)
    record(booking, EventKind.HELD, actor=resident, at=at)
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
    may_override(actor, override_reason)
    starts_at, ends_at, at = utc(starts_at), utc(ends_at), utc(at)
    lock_resident(resident)
    locked = lock_and_look([(room, starts_at, ends_at)], at=at, mine=_some(held))
    mine = None if held is None else locked.bookings.get(held.pk)
    room = locked.rooms[room.pk]
    if mine is not None and resident is not None and mine.resident_id == resident.pk and is_booked(mine):
        return mine
    if mine is not None and (mine.state != BookingState.HELD or mine.resident_id not in (None, key_of(resident))):
        mine = None
    has_its_time = mine is not None and is_same(mine, room, starts_at, ends_at)
    keeps_hold = mine is not None and mine.is_live_at(at) and has_its_time
    present = locked.taken_by(mine) if mine is not None and has_its_time else None
    details = with_resident(details, resident)
    agree(
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
        taken=locked.taken_by_others(_some(mine), at),
    )
    old = {} if mine is None else snapshot(mine)
    booking = mine or Booking(created_at=at)
    if not keeps_hold:
        booking.created_at = at
    booking.room, booking.resident = room, resident
    booking.starts_at, booking.ends_at, booking.gap_minutes = starts_at, ends_at, room.gap_minutes
    booking.staff_note = override_reason
    fill_in(booking, details, price_group(room, details, is_staff=actor.is_staff), is_staff=actor.is_staff)
    decide_state(booking, is_request=needs_approval(room, is_staff=actor.is_staff), at=at)
    booking.save()
    take(booking, locked.rooms.values(), at=at, is_new=mine is None, present=present, ends_verb=True)
    kind = EventKind.REQUESTED if booking.state == BookingState.REQUESTED else EventKind.CONFIRMED
    record(booking, kind, actor=actor, at=at, old=old, reason=override_reason)
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
    sequence: int | None = None,
) -> Booking:
    """Change time, room or details of a live booking, under all rules. What is None stays.

    The old time is free and the new one taken in one step, or nothing changes. A resident's change
    of time or room asks for approval again where the room needs it, unless it only takes less of
    the same time; the staff's does not. Whoever gives the `sequence` that they have seen does not
    undo what somebody else has changed since. Raises Refused, Taken.
    """
    may_override(actor, override_reason)
    lock_resident(booking.resident)
    room, at = room or booking.room, utc(at)
    starts_at, ends_at = utc(starts_at or booking.starts_at), utc(ends_at or booking.ends_at)
    expected = booking.room_id
    locked = lock_and_look([(room, starts_at, ends_at)], at=at, mine=[booking])
    mine = locked.bookings.get(booking.pk)
    if mine is None or mine.room_id != expected:
        raise Refused([changed_meanwhile_reason()])
    room = locked.rooms[room.pk]
    must_be_live(mine, at)
    must_be_as_seen(mine, sequence)
    if mine.state == BookingState.HELD:
        raise Refused([Reason("not_booked", _("Somebody is still filling in this booking."))])
    keeps_time = is_same(mine, room, starts_at, ends_at)
    details = with_resident(details or details_of(mine), mine.resident)
    agree(
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
        taken=locked.taken_by_others([mine], at),
    )
    change = amend(mine, room, starts_at, ends_at, details, actor=actor, at=at, override_reason=override_reason)
    if change is None:
        return mine
    mine.save()
    if not keeps_time:
        take(mine, locked.rooms.values(), at=at)
    record(
        mine,
        EventKind.CHANGED,
        actor=actor,
        at=at,
        old=change.old,
        changed_details=change.changed_details,
        reason=override_reason,
        is_mailed=change.is_news,
    )
    return mine


def amend(
    mine: Booking,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    details: BookingDetails,
    *,
    actor: User,
    at: datetime,
    override_reason: str = "",
    holidays: Collection[date] | None = None,
) -> Change | None:
    """Put what has been agreed into the booking, unsaved. Return what that changes, or None for nothing."""
    old, old_details = snapshot(mine), details_of(mine)
    keeps_time = is_same(mine, room, starts_at, ends_at)
    is_less = mine.room_id == room.pk and mine.starts_at <= starts_at and ends_at <= mine.ends_at
    mine.room, mine.starts_at, mine.ends_at = room, starts_at, ends_at
    keeps_group = details.booker_kind == mine.booker_kind and not (actor.is_staff and details.price_group)
    group = PriceGroup(mine.price_group) if keeps_group else price_group(room, details, is_staff=actor.is_staff)
    fill_in(mine, details, group, is_staff=actor.is_staff)
    if override_reason:
        mine.staff_note = override_reason
    if not keeps_time:
        if (old["room"], old["starts_at"]) != (room.pk, starts_at.isoformat()):
            mine.checked_in_at = None  # to the earlier time
        mine.gap_minutes = room.gap_minutes
        was_request = mine.state == BookingState.REQUESTED
        keeps_answer = actor.is_staff or is_less
        is_request = was_request if keeps_answer else needs_approval(room, is_staff=False)
        decide_state(mine, is_request=is_request, at=at, holidays=holidays)
    if snapshot(mine) == old and details_of(mine) == old_details:
        return None
    mine.sequence += 1
    changed = sorted(name for name, value in fields_of(details_of(mine)) if value != dict(fields_of(old_details))[name])
    is_news = {**snapshot(mine), "sequence": 0} != {**old, "sequence": 0}
    return Change(booking=mine, kind=EventKind.CHANGED, old=old, changed_details=changed, is_news=is_news)


@transaction.atomic
def give_back(*, booking: Booking, actor: User | None, at: datetime, reason: str = "") -> Booking:
    """Give the time back, any time before its end: the room is free again at once. Raises Refused."""
    mine = lock_booking(booking)
    must_be_live(mine, at)
    return end(mine, BookingState.CANCELLED, EventKind.GIVEN_BACK, actor=actor, at=at, reason=reason)


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
    rooms, mine = lock(booking.room, booking.starts_at, booking.ends_at, at=at, mine=booking)
    if mine is None or mine.room_id != booking.room_id:
        raise Refused([changed_meanwhile_reason()])
    starts_at, ends_at = utc(starts_at or mine.starts_at), utc(ends_at or mine.ends_at)
    must_be_live(mine, at)
    reasons = part_problems(mine, starts_at, ends_at, at=at)
    if reasons:
        raise Refused(reasons)
    taken = set(mine.busy_periods.values_list("room", flat=True))
    old, agreed, length = snapshot(mine), mine.price_cents, minutes_between(mine.starts_at, mine.ends_at)
    mine.starts_at, mine.ends_at = starts_at, ends_at
    # A share of the price that was agreed, for the room's own may have changed since.
    mine.price_cents = (agreed * minutes_between(starts_at, ends_at) + length // 2) // length
    mine.expires_at = _deadline_after(mine, old, at)
    mine.sequence += 1
    mine.save(update_fields=["starts_at", "ends_at", "price_cents", "expires_at", "sequence", "updated_at"])
    take(mine, [room for key, room in rooms.items() if key in taken], at=at)
    record(mine, EventKind.SHORTENED, actor=actor, at=at, old=old)
    return mine


@transaction.atomic
def check_in(
    *, booking: Booking, actor: User | None, at: datetime, reason: str = "", sequence: int | None = None
) -> Booking:
    """Write down that somebody has come: the room is not released. Raises Refused.

    From a quarter of an hour before the start until the release, or the end where there is none.
    Done twice it changes nothing.
    """
    mine = lock_booking(booking)
    if mine.checked_in_at is not None and mine.state == BookingState.CONFIRMED:
        return mine
    must_be_live(mine, at)
    must_be_as_seen(mine, sequence)
    if mine.state != BookingState.CONFIRMED:
        raise Refused([Reason("not_confirmed", _("This booking is not confirmed yet, so nobody can check in."))])
    if at < check_in_from(mine):
        message = _("It is too early to check in. You can do it from %(time)s.")
        raise Refused([Reason("too_early", message % {"time": moment_words(check_in_from(mine))})])
    old = snapshot(mine)
    mine.checked_in_at, mine.expires_at = utc(at), None
    mine.save(update_fields=["checked_in_at", "expires_at", "updated_at"])
    record(mine, EventKind.CHECKED_IN, actor=actor, at=at, old=old, reason=reason)
    return mine


def _some(booking: Booking | None) -> list[Booking]:
    return [] if booking is None else [booking]


def _deadline_after(booking: Booking, old: Mapping[str, Any], at: datetime) -> datetime | None:
    """Return the deadline of a booking that has been cut: a later start gives more time to come."""
    if booking.state != BookingState.CONFIRMED or booking.expires_at is None:
        return booking.expires_at
    if old["starts_at"] != utc(booking.starts_at).isoformat():
        return release_moment(booking, at)
    return booking.expires_at if booking.expires_at < booking.ends_at else None
