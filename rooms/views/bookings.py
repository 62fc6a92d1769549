from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from hubs.opening import HELSINKI
from rooms import booking as verbs
from rooms.calendar import booking_calendar
from rooms.enums import BookingState
from rooms.models import Booking
from rooms.results import book_url
from rooms.rules import can_check_in
from rooms.views.missing import Missing
from rooms.wording import event_words, moment_words, money, state_tag, state_words, when_words

PAST_PER_PAGE = 20


class ResidentRequest(HttpRequest):
    """What login_required lets through."""

    user: User


class Entry:
    """A booking with the words that a list or a page says about it at `at`."""

    def __init__(self, booking: Booking, at: datetime) -> None:
        self.booking, self.at = booking, at
        self.when = when_words((booking.starts_at, booking.ends_at))
        self.state = state_words(booking, at)
        self.tag, self.tag_kind = state_tag(booking, at)
        self.is_held = booking.state_at(at) == BookingState.HELD
        self.is_requested = booking.state_at(at) == BookingState.REQUESTED
        self.is_coming = booking.is_live_at(at) and booking.ends_at > at
        self.can_check_in = can_check_in(booking, at)
        self.can_change = self.is_coming and not self.is_held

    @property
    def continue_url(self) -> str:
        return book_url(self.booking.room, self.booking.starts_at, self.booking.ends_at)

    @property
    def again_url(self) -> str:
        """Return the page that books the same weekday and time of the wall clock, in the next week still to come."""
        start, end = (moment.astimezone(HELSINKI) for moment in (self.booking.starts_at, self.booking.ends_at))
        weeks = max(1, (self.at - start).days // 7 + 1)
        return book_url(self.booking.room, start + timedelta(weeks=weeks), end + timedelta(weeks=weeks))


@never_cache
@login_required
@require_safe
def my_bookings(request: ResidentRequest) -> HttpResponse:
    at = timezone.now()
    mine = Booking.objects.filter(resident=request.user).for_list()
    is_coming = Q(ends_at__gt=at)
    coming = mine.live_at(at).filter(is_coming).order_by("starts_at")
    # A time that was held and never booked is nothing to remember.
    past = mine.exclude(pk__in=coming.values("pk")).exclude(people=None).order_by("-starts_at")
    page = Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "coming": [Entry(booking, at) for booking in coming],
        "past": [Entry(booking, at) for booking in page],
        "page": page,
    }
    return render(request, "rooms/my_bookings.html", context)


@never_cache
@login_required
@require_safe
def booking(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = get_booking(request, reference)
    context = {
        "entry": Entry(mine, at),
        "booking": mine,
        "room": mine.room,
        "is_new": request.session.pop("just_booked", None) == mine.reference,
        "events": [
            {"when": capfirst(moment_words(event.at)), "words": event_words(event, mine), "reason": event.reason}
            for event in mine.events.all()
        ],
        "price": money(mine.price_cents) if mine.price_cents else _("Free of charge"),
    }
    return render(request, "rooms/booking.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = get_booking(request, reference)
    if request.method == "POST":
        try:
            verbs.give_back(booking=mine, actor=request.user, at=at)
        except verbs.Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("You have given the time back. It is free for others again."))
        return redirect(mine)
    return render(request, "rooms/give_back.html", {"entry": Entry(mine, at), "booking": mine, "room": mine.room})


@never_cache
@login_required
@require_safe
def calendar(request: ResidentRequest, reference: str) -> HttpResponse:
    mine = get_booking(request, reference)
    return HttpResponse(
        booking_calendar(mine, at=timezone.now()),
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'attachment; filename="{mine.reference}.ics"'},
    )


def get_booking(request: ResidentRequest, reference: str) -> Booking:
    """Return the booking of whoever asks; anybody else's is 404, so that no reference can be tried out."""
    mine = Booking.objects.for_list().filter(reference=reference.upper(), resident=request.user.pk).first()
    if mine is None:
        raise Missing(_("You have no booking with this number. Your own bookings are on the page My bookings."))
    return mine
