"""How often somebody has booked a room and not come. Counted gently: nothing follows but a friendly mail.

Who has not come twice within 90 days is told so once, together with how easy it is to give a time
back. The staff see the number beside a booking, and decide whether to talk with somebody.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingEvent

COUNTED = timedelta(days=90)
ENOUGH_TO_WRITE = 2


def no_shows(booking: Booking, *, at: datetime) -> int:
    """Return how many bookings of the same resident were released within 90 days before `at`."""
    if booking.resident_id is None:
        return 0
    released = Booking.objects.filter(resident=booking.resident_id, state=BookingState.RELEASED)
    return released.filter(starts_at__gt=at - COUNTED, starts_at__lte=at).count()


def is_to_be_told(event: BookingEvent) -> bool:
    """Say whether the mail about this release is the friendly one. Queries for the resident's releases."""
    resident = event.booking.resident_id
    if resident is None:
        return False
    releases = BookingEvent.objects.filter(booking__resident=resident, kind=EventKind.RELEASED)
    rows = releases.order_by("at", "pk").values_list("pk", "at")
    return event.pk in told(list(rows))


def told(releases: Iterable[tuple[int, datetime]]) -> set[int]:
    """Return which releases (id, moment; in order) are told of: two within 90 days, once within 90 days."""
    recent: list[datetime] = []
    ids: set[int] = set()
    told_at: datetime | None = None
    for key, moment in releases:
        recent = [*(other for other in recent if other > moment - COUNTED), moment]
        was_told = told_at is not None and told_at > moment - COUNTED
        if len(recent) >= ENOUGH_TO_WRITE and not was_told:
            ids.add(key)
            told_at = moment
    return ids
