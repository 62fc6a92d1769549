from datetime import datetime

from django.http import HttpRequest

from rooms.enums import BookingState
from rooms.models import Booking


def session_hold(request: HttpRequest, at: datetime) -> Booking | None:
    """Return the time that this session holds at `at`, if it is nobody else's by now."""
    reference = request.session.get("held")
    if not reference:
        return None
    held = Booking.objects.for_list().filter(reference=reference, state=BookingState.HELD).first()
    if held is None or not held.is_live_at(at) or held.resident_id not in (None, request.user.pk):
        return None
    return held
