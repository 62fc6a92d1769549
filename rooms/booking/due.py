"""Time's own way. Nothing that must be true waits for these: a deadline counts when it is read.

They write it down and tell people. Each booking has its own transaction; safe to run in parallel.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from rooms.booking.asking import must_be_live
from rooms.booking.locks import is_past_its_deadline, lock_booking, locked_bookings
from rooms.booking.refusals import Refused
from rooms.booking.writing import end_together, lapse, record, snapshot
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingEvent
from rooms.models.booking import BookingQuerySet
from rooms.rules import Reason

logger = logging.getLogger(__name__)

FINISHED_AT_ONCE = 200
FORGOTTEN_AT_ONCE = 500
KEPT_WHEN_NEVER_MADE = timedelta(days=1)


def expire_due(*, at: datetime) -> int:
    """Write down that holds and requests beyond their end have expired, and tell who asked. Return how many."""
    return _each(Booking.objects.past_their_deadline(at), partial(_lapse_one, at=at))


def release_due(*, at: datetime) -> int:
    """Release what nobody has checked in to in time, and tell who booked. Return how many."""
    return _each(Booking.objects.not_come_at(at), partial(_lapse_one, at=at))


@transaction.atomic
def release(*, booking: Booking, at: datetime) -> Booking:
    """Release a room that nobody has checked in to in time: it is free at once. Raises Refused."""
    mine = lock_booking(booking)
    if mine.state == BookingState.CONFIRMED and mine.state_at(at) == BookingState.RELEASED:
        return lapse(mine, at)
    must_be_live(mine, at)
    raise Refused([Reason("not_due", _("There is still time to check in, or somebody has done so."))])


def finish_due(*, at: datetime) -> int:
    """Write down that bookings which are over were used. Return how many."""
    finished = 0
    while keys := _keys(Booking.objects.used_at(at))[:FINISHED_AT_ONCE]:
        finished += _finish(keys, at)
    return finished


def forget_holds(*, at: datetime) -> int:
    """Delete times that somebody held a day ago and did not book, with their events. Return how many.

    Each visit that looks at the form leaves one. In batches; what another machine is at is left to it.
    """
    due = Booking.objects.never_made().filter(created_at__lte=at - KEPT_WHEN_NEVER_MADE).order_by("created_at")
    forgotten = 0
    while done := _forget(due.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        forgotten += done
    return forgotten


def remind_due(*, at: datetime, hours: int) -> int:
    """Remind of bookings that start within so many hours, as `remind` does: of none within 0. Return how many."""
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
    for booking in locked_bookings([key]):
        if booking.state == BookingState.CONFIRMED and booking.is_live_at(at) and due.filter(pk=key).exists():
            record(booking, EventKind.REMINDED, actor=None, at=at)
            return True
    return False


@transaction.atomic
def _lapse_one(key: int, *, at: datetime) -> int:
    """End one booking whose deadline has passed, unless somebody has done so or saved it since.

    With a request go those of its series that have also waited in vain: one mail tells of all.
    """
    due = [booking for booking in locked_bookings(_with_its_series(key, at)) if is_past_its_deadline(booking, at)]
    if len(due) > 1:
        end_together(due, BookingState.EXPIRED, EventKind.EXPIRED, actor=None, at=at)
    else:
        for booking in due:
            lapse(booking, at)
    return len(due)


def _with_its_series(key: int, at: datetime) -> list[int]:
    requests = Booking.objects.filter(state=BookingState.REQUESTED)
    series = requests.filter(pk=key).exclude(series=None).values("series")
    return [key, *requests.past_their_deadline(at).filter(series__in=series).values_list("pk", flat=True)]


@transaction.atomic
def _forget(keys: Iterable[int]) -> int:
    """Delete these, but for what another machine is at. What was never made is no booking ever after."""
    free = Booking.objects.select_for_update(skip_locked=True).filter(pk__in=list(keys)).order_by("pk")
    gone = Booking.objects.filter(pk__in=list(free.values_list("pk", flat=True)))
    number = gone.count()
    gone.delete()
    return number


@transaction.atomic
def _finish(keys: Sequence[int], at: datetime) -> int:
    """Mark many at once; what somebody else has marked or moved since is left alone."""
    over = [
        booking
        for booking in locked_bookings(keys)
        if booking.state == BookingState.CONFIRMED and booking.state_at(at) == BookingState.USED
    ]
    events = []
    for booking in over:
        old, booking.state = snapshot(booking), BookingState.USED
        over_at = booking.ends_at
        events.append(BookingEvent(booking=booking, kind=EventKind.USED, at=over_at, old=old, new=snapshot(booking)))
    Booking.objects.filter(pk__in=[booking.pk for booking in over]).update(state=BookingState.USED, updated_at=at)
    BookingEvent.objects.bulk_create(events)
    return len(over)


def _each(bookings: BookingQuerySet, deed: Callable[[int], int]) -> int:
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
    """Return the ids in order. Asked for in order, SQLite would read every booking instead of sorting a few."""
    return sorted(bookings.order_by().values_list("pk", flat=True))
