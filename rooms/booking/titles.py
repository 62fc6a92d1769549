"""What a booking is called on the hub's page: asked for by who booked, shown once the staff have looked at it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from rooms.booking.locks import locked_bookings
from rooms.booking.writing import record, snapshot
from rooms.enums import EventKind
from rooms.models import Booking


@transaction.atomic
def show_title(*, booking: Booking, actor: User, at: datetime, title: str) -> list[Booking]:
    """Let the hub's page tell of the booking, and of all in its series that are called the same.

    `title` is what the staff have read: what has been written since is not shown unread.
    """
    return [
        _note(mine, EventKind.TITLED, actor=actor, at=at, title=title, is_approved=True)
        for mine in _called(title, booking)
        if not mine.is_title_approved
    ]


@transaction.atomic
def take_title_away(*, booking: Booking, actor: User, at: datetime) -> list[Booking]:
    """Take the title off the booking, and off all in its series that are called the same."""
    return [
        _note(mine, EventKind.UNTITLED, actor=actor, at=at, title="", is_approved=False)
        for mine in _called(booking.public_title, booking)
    ]


def _called(title: str, booking: Booking) -> Sequence[Booking]:
    """Return the booking and the others of its series that have this title, locked."""
    same = Booking.objects.filter(public_title=title).exclude(public_title="")
    family = same.filter(series=booking.series_id) if booking.series_id is not None else same.filter(pk=booking.pk)
    return [mine for mine in locked_bookings(family.values_list("pk", flat=True)) if mine.public_title == title]


def _note(booking: Booking, kind: EventKind, *, actor: User, at: datetime, title: str, is_approved: bool) -> Booking:
    old = snapshot(booking)
    booking.public_title, booking.is_title_approved = title, is_approved
    booking.save(update_fields=["public_title", "is_title_approved", "updated_at"])
    record(booking, kind, actor=actor, at=at, old=old, is_mailed=False)
    return booking
