from datetime import datetime
from typing import Any

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from rooms.enums import BookingState
from rooms.models import Booking
from rooms.results import book_url
from rooms.wording import state_words, when_words

# Ten minutes are as long as a hold lasts: nobody can keep more than this from everybody else.
HOLDS = {"anonymous": "30/10m/ip", "resident": "30/10m/user"}


def holds_too_much(request: HttpRequest) -> bool:
    """Count one more hold for this computer or person, and say whether it is one too many."""
    action = "resident" if request.user.is_authenticated else "anonymous"
    return not ratelimit.consume(request, app="rooms", action=action, config=HOLDS)


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
