"""Check in at the door: the page that the QR code by the room opens, and the button on one's booking."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from hubs.wording import at_clock
from rooms import booking as verbs
from rooms.enums import BookingState
from rooms.forms.coming import CheckInForm
from rooms.models import Booking, Room
from rooms.rules import CHECK_IN_MINUTES_BEFORE
from rooms.views.bookings import ResidentRequest, get_booking
from rooms.views.room import get_room
from rooms.wording import when_words


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, hub: str, room: str) -> HttpResponse:
    """Show the booking that the visitor has here now, or ask for its number; a POST checks in."""
    at, here, refusal = timezone.now(), get_room(hub, room), ""
    form = CheckInForm(request.POST if "reference" in request.POST else None, room=here)
    mine = just_checked_in(request, here, at) or booking_now(request, here, at)
    if request.method == "POST":
        wanted = mine if not form.is_bound else form.booking if form.is_valid() else None
        refusal = checked_in(request, wanted, at) if wanted is not None else ""
        if wanted is not None and not refusal:
            return redirect(request.path)
    context = {
        "room": here,
        "form": form,
        "refusal": refusal,
        "booking": mine,
        "when": when_words((mine.starts_at, mine.ends_at)) if mine is not None else "",
        "until": at_clock(mine.ends_at) if mine is not None else "",
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
    }
    return render(request, "rooms/check_in.html", context, status=409 if refusal else 400 if form.errors else 200)


def checked_in(request: HttpRequest, booking: Booking, at: datetime) -> str:
    """Check in and remember it in the session; return why not, or an empty string.

    Whoever has the number may be anybody of the party, so only who is signed in is named.
    """
    try:
        verbs.check_in(booking=booking, actor=request.user if isinstance(request.user, User) else None, at=at)
    except verbs.Refused as refused:
        return str(refused)
    request.session["checked_in"] = booking.reference
    return ""


@never_cache
@login_required
@require_POST
def check_in_booking(request: ResidentRequest, reference: str) -> HttpResponse:
    mine = get_booking(request, reference)
    try:
        verbs.check_in(booking=mine, actor=request.user, at=timezone.now())
    except verbs.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("You have checked in. Welcome!"))
    return redirect(mine)


def booking_now(request: HttpRequest, room: Room, at: datetime) -> Booking | None:
    """Return what the visitor has booked here at `at`, or from a quarter of an hour later."""
    if not isinstance(request.user, User):
        return None
    soon = at + timedelta(minutes=CHECK_IN_MINUTES_BEFORE)
    mine = Booking.objects.live_at(at).filter(resident=request.user, state=BookingState.CONFIRMED)
    here = mine.for_list().filter(room__in=[room.pk, room.parent_id or room.pk])
    return here.filter(starts_at__lte=soon, ends_at__gt=at).order_by("starts_at").first()


def just_checked_in(request: HttpRequest, room: Room, at: datetime) -> Booking | None:
    """Return the booking that this browser has checked in to here, while it lasts."""
    reference = request.session.get("checked_in")
    if not reference:
        return None
    done = Booking.objects.live_at(at).for_list().filter(reference=reference, checked_in_at__isnull=False).first()
    return done if done is not None and done.room_id in (room.pk, room.parent_id) else None
