"""What a verb writes: the booking, its busy periods, the event, and that a mail is owed.

Nothing outside this package calls these.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from rooms.booking.refusals import Taken, taken_reason
from rooms.enums import BookingState, EventKind, PriceGroup
from rooms.models import Booking, BookingEvent, BusyPeriod, Room
from rooms.rules import BookingDetails, price_cents, release_moment, request_deadline
from rooms.spans import minutes_between, utc
from rooms.tasks import owe_mail, owe_mails_to_staff

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


def take(booking: Booking, rooms: Iterable[Room], *, at: datetime, is_new: bool = False) -> None:
    """Write the busy periods of the booking, if they differ: the room and its parts, with the gap after it."""
    ends_at = booking.ends_at + timedelta(minutes=booking.gap_minutes)
    wanted = {(room.pk, booking.starts_at, ends_at) for room in rooms}
    present = set() if is_new else set(booking.busy_periods.values_list("room_id", "starts_at", "ends_at"))
    if present == wanted:
        return
    if present:
        booking.busy_periods.all().delete()
    insert([BusyPeriod(room_id=key, starts_at=start, ends_at=end, booking=booking) for key, start, end in wanted], at)


def insert(rows: Sequence[BusyPeriod], at: datetime, *, closure: bool = False) -> None:
    """Let the database have the last word: somebody may have written without asking us."""
    try:
        with transaction.atomic():
            BusyPeriod.objects.bulk_create(rows)
    except IntegrityError as error:
        if "room_is_never_held_twice" not in str(error):
            raise
        booking = rows[0].booking
        if booking is None:
            raise Taken([taken_reason()]) from error
        span = (booking.starts_at, booking.ends_at)
        raise Taken([taken_reason()], room=booking.room, span=span, people=booking.people, at=at) from error


def end(
    booking: Booking, state: BookingState, kind: EventKind, *, actor: User | None, at: datetime, reason: str = ""
) -> Booking:
    """Free the time of a booking and write down why. A time that was only held is not mailed about."""
    old, was_held = snapshot(booking), booking.state == BookingState.HELD
    booking.state, booking.expires_at, booking.reason = state, None, reason
    booking.sequence += 1
    booking.save(update_fields=["state", "expires_at", "reason", "sequence", "updated_at"])
    booking.busy_periods.all().delete()
    record(booking, kind, actor=actor, at=at, old=old, reason=reason, is_mailed=not was_held)
    return booking


def lapse(booking: Booking, at: datetime) -> Booking:
    """End a booking whose deadline has passed: a hold or a request expires, a booking is released."""
    if booking.state == BookingState.CONFIRMED:
        return end(booking, BookingState.RELEASED, EventKind.RELEASED, actor=None, at=at)
    return end(booking, BookingState.EXPIRED, EventKind.EXPIRED, actor=None, at=at)


def decide_state(booking: Booking, *, is_request: bool, at: datetime) -> None:
    booking.state = BookingState.REQUESTED if is_request else BookingState.CONFIRMED
    booking.expires_at = request_deadline(booking.starts_at, at) if is_request else release_moment(booking, at)


def fill_in(booking: Booking, details: BookingDetails, group: PriceGroup) -> None:
    """Copy the details and reckon the price, which is stored as it was when it was agreed."""
    for name, value in fields_of(details):
        if name != "price_group":
            setattr(booking, name, value)
    booking.price_group = group
    booking.price_cents = price_cents(booking.room, group, minutes_between(booking.starts_at, booking.ends_at))


def record(
    booking: Booking,
    kind: EventKind,
    *,
    actor: User | None,
    at: datetime,
    old: dict[str, Any] | None = None,
    reason: str = "",
    changed_details: Sequence[str] = (),
    is_closed: bool = False,
    is_mailed: bool = True,
) -> BookingEvent:
    """Write down what happened, and that a mail is owed. `is_closed`: the room closes, which the reason explains."""
    new = snapshot(booking)
    if is_closed:
        new["is_closed"] = True
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


def snapshot(booking: Booking) -> dict[str, Any]:
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


def details_of(booking: Booking) -> BookingDetails:
    return BookingDetails(**{name: getattr(booking, name) for name in BookingDetails.__dataclass_fields__})


def fields_of(details: BookingDetails) -> list[tuple[str, Any]]:
    return [(name, getattr(details, name)) for name in BookingDetails.__dataclass_fields__]


def with_resident(details: BookingDetails, resident: User | None) -> BookingDetails:
    if resident is None:
        return details
    return replace(
        details,
        name=details.name or resident.name,
        email=details.email or resident.email,
        phone=details.phone or resident.phone,
    )


def is_same(booking: Booking, room: Room, starts_at: datetime, ends_at: datetime) -> bool:
    return (booking.room_id, booking.starts_at, booking.ends_at) == (room.pk, starts_at, ends_at)


def is_booked(booking: Booking) -> bool:
    return booking.state in (BookingState.REQUESTED, BookingState.CONFIRMED)


def key_of(resident: User | None) -> int | None:
    return None if resident is None else resident.pk
