"""The staff's answers: approve, decline, cancel."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from rooms.booking.asking import must_be_as_seen, must_be_live, must_be_requested, must_have_reason
from rooms.booking.locks import lock_booking
from rooms.booking.writing import end, record, snapshot
from rooms.enums import BookingState, EventKind
from rooms.models import Booking
from rooms.rules import release_moment


@transaction.atomic
def cancel(*, booking: Booking, actor: User, at: datetime, reason: str, sequence: int | None = None) -> Booking:
    """Cancel a live booking with a reason that the resident reads. Raises Refused.

    `sequence` is what the staff have seen, as for `approve`.
    """
    mine = lock_booking(booking)
    must_be_live(mine, at)
    must_be_as_seen(mine, sequence)
    must_have_reason(reason)
    return end(mine, BookingState.CANCELLED, EventKind.CANCELLED, actor=actor, at=at, reason=reason)


@transaction.atomic
def approve(*, booking: Booking, actor: User, at: datetime, reason: str = "", sequence: int | None = None) -> Booking:
    """Confirm a request that still holds its time. Raises Refused.

    Whoever gives the `sequence` that they have seen does not approve what it has been changed to since.
    """
    mine = lock_booking(booking)
    must_be_as_seen(mine, sequence)
    must_be_requested(mine, at)
    old = snapshot(mine)
    mine.state, mine.expires_at = BookingState.CONFIRMED, release_moment(mine, at)
    mine.sequence += 1
    mine.save(update_fields=["state", "expires_at", "sequence", "updated_at"])
    record(mine, EventKind.APPROVED, actor=actor, at=at, old=old, reason=reason)
    return mine


@transaction.atomic
def decline(*, booking: Booking, actor: User, at: datetime, reason: str, sequence: int | None = None) -> Booking:
    """Decline a request with a reason that the resident reads; the time is free again. Raises Refused."""
    mine = lock_booking(booking)
    must_be_as_seen(mine, sequence)
    must_be_requested(mine, at)
    must_have_reason(reason)
    return end(mine, BookingState.DECLINED, EventKind.DECLINED, actor=actor, at=at, reason=reason)
