from datetime import datetime
from typing import Any

from django.http import HttpRequest

from rooms.enums import BookingState
from rooms.models import Booking
from rooms.results import book_url
from rooms.wording import state_words, when_words


def session_hold(request: HttpRequest, at: datetime) -> Booking | None:
    """Return the time that this session holds at `at`, if it is nobody else's by now."""
    reference = request.session.get("held")
    if not reference:
        return None
    held = Booking.objects.for_list().filter(reference=reference, state=BookingState.HELD).first()
    if held is None or not held.is_live_at(at) or held.resident_id not in (None, request.user.pk):
        return None
    return held


def hold_to_continue(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """Return what a page says about the time this session holds: which, and where to go on."""
    held = session_hold(request, at)
    if held is None:
        return {}
    return {
        "held": held,
        "held_words": state_words(held, at),
        "held_when": when_words((held.starts_at, held.ends_at)),
        "held_url": book_url(held.room, held.starts_at, held.ends_at),
    }
