"""Closing rooms, and opening them again."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.booking.locks import lock
from rooms.booking.refusals import Refused, Taken
from rooms.booking.writing import insert
from rooms.models import Booking, BusyPeriod, Closure, Room
from rooms.rules import Reason
from rooms.spans import utc


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


def _close(closure: Closure, *, at: datetime) -> Closure:
    if closure.ends_at <= closure.starts_at:
        raise Refused([Reason("ends_before_it_starts", _("The closure must end after it starts."), "ends_at")])
    rooms, _mine = lock(closure.room, closure.starts_at, closure.ends_at, at=at, mine=None)
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
    insert([BusyPeriod(room_id=key, **span) for key in rooms], at)
    return closure
