"""From a free time to a booking: choose start and length, hold it, sign in, fill in, done.

GET shows and makes nothing. Every POST says in `do` what it wants and ends in a redirect, unless
there is something to correct. What was typed survives in the session until the booking is made.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from hubs.opening import HELSINKI
from hubs.wording import at_clock_range, day_long
from rooms import booking as verbs
from rooms.alternatives import instead_of
from rooms.availability import bookable_window, free_times, next_free_start
from rooms.enums import BookerKind, BookingChannel, BookingState
from rooms.forms import DetailsForm, SpanForm, TimeForm, local_iso
from rooms.forms.fields import MOST_PEOPLE
from rooms.models import Booking, Room
from rooms.results import book_url, choices_of, repeat_url, week_url
from rooms.rules import Ask, Reason, first_start, needs_approval, problems
from rooms.spans import FreeTime, Span, minutes_between
from rooms.views.holds import hold_to_continue, holds_too_much, session_hold
from rooms.views.room import get_room
from rooms.waiting import watch_room_url
from rooms.wording import price_words, state_words, when_words

A_DAY = timedelta(days=1)
LONGEST_DRAFT = 2000


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, hub: str, room: str) -> HttpResponse:
    at = timezone.now()
    wanted = get_room(hub, room)
    if wanted.channel != BookingChannel.ONLINE:
        return redirect(wanted)  # whose page says how it is booked instead
    if request.method == "POST":
        steps = {"hold": hold_time, "book": send_details, "release": release, "repeat": repeat_time, "keep": keep}
        return steps.get(request.POST.get("do", ""), choose_time)(request, wanted, at)
    held = held_in(request, wanted, at)
    return choose_time(request, wanted, at) if held is None else fill_in(request, held, at)


# --- Choose and hold -----------------------------------------------------------------------------


def choose_time(request: HttpRequest, room: Room, at: datetime) -> HttpResponse:
    """Show start and length within the free time that was asked for, else the next free time."""
    if "start" in request.GET:
        asked = SpanForm(request.GET, at=at)
        span = asked.span
        if span is None:
            context = {"form": asked, "room": room, "week_url": room.get_absolute_url(), **next_free(room, at)}
            return render(request, "rooms/unreadable_time.html", context, status=400)
    else:
        start = next_free_start(room, room.shortest_minutes, at=at)
        if start is None:
            return redirect(room)
        span = start, start + timedelta(minutes=room.shortest_minutes)
    free_time = free_around(request, room, span, at)
    form = time_form(free_time, span, at)
    if form is None:
        return not_free(request, room, span, reasons_against(free_time, span, at), at, status=200)
    return show_times(request, room, span, form, at)


def show_times(request: HttpRequest, room: Room, span: Span, form: TimeForm, at: datetime) -> HttpResponse:
    context = {
        "form": form,
        "form_url": book_url(room, *span),  # also where the address named no time
        "room": room,
        "when": when_words((form.free_from, form.free_until)),
        "week_url": week_url(room, span[0].astimezone(HELSINKI).date()),
        "price": price_words(room),
        **hold_to_continue(request, at),
    }
    return render(request, "rooms/choose_time.html", context)


def hold_time(request: HttpRequest, room: Room, at: datetime) -> HttpResponse:
    """Hold what the form says, or exactly what the address says when a “Book” button was pressed."""
    span = chosen_time(request, room, at)
    if isinstance(span, HttpResponse):
        return span
    if holds_too_much(request):
        return ratelimit.respond_429(request)
    try:
        hold(request, room, span, at)
    except verbs.Refused as refused:
        return not_free(request, room, span, refused.reasons, at)
    return redirect(book_url(room, *span))


def repeat_time(request: HttpRequest, room: Room, at: datetime) -> HttpResponse:
    """Go on to the dates of a series that begins with the time chosen. Nothing is held."""
    span = chosen_time(request, room, at)
    return span if isinstance(span, HttpResponse) else redirect(repeat_url(room, *span))


def chosen_time(request: HttpRequest, room: Room, at: datetime) -> Span | HttpResponse:
    """Return the time that the form says, else the address; or the page that says what is wrong with it."""
    span = SpanForm(request.GET, at=at).span
    if span is None:
        return choose_time(request, room, at)
    if "minutes" not in request.POST:
        return span
    free_time = free_around(request, room, span, at)
    form = time_form(free_time, span, at, data=request.POST)
    if form is None:
        return not_free(request, room, span, reasons_against(free_time, span, at), at)
    if not form.is_valid():
        return show_times(request, room, span, form, at)
    return form.cleaned_data["starts_at"], form.cleaned_data["ends_at"]


def hold(request: HttpRequest, room: Room, span: Span, at: datetime) -> Booking:
    """Hold the time for this session instead of what it held before. Raises Refused, Taken."""
    if "name" in request.POST:  # another room is chosen from the form, and what was typed comes along
        request.session["draft"] = draft_of(request)
    before = session_hold(request, at)
    held = verbs.hold(
        room=room,
        starts_at=span[0],
        ends_at=span[1],
        resident=request.user if isinstance(request.user, User) else None,
        language=get_language() or "sv",
        at=at,
        replaces=before.reference if before is not None else None,
    )
    request.session["held"] = held.reference
    return held


def keep(request: HttpRequest, room: Room, at: datetime) -> HttpResponse:
    """Keep what has been typed so far, for the page in another language."""
    request.session["draft"] = draft_of(request)
    return HttpResponse(status=204)


def release(request: HttpRequest, room: Room, at: datetime) -> HttpResponse:
    held = session_hold(request, at)
    if held is not None:
        verbs.give_back(booking=held, actor=request.user if isinstance(request.user, User) else None, at=at)
    for key in ("held", "draft"):
        request.session.pop(key, None)
    return redirect(room)


def held_in(request: HttpRequest, room: Room, at: datetime) -> Booking | None:
    """Return the session's hold if it is the one the address is about."""
    held = session_hold(request, at)
    if held is None or held.room_id != room.pk:
        return None
    asked = request.GET.get("start"), request.GET.get("end")
    return held if asked in {(None, None), (local_iso(held.starts_at), local_iso(held.ends_at))} else None


# --- Fill in and book ------------------------------------------------------------------------------


def fill_in(
    request: HttpRequest,
    held: Booking,
    at: datetime,
    form: DetailsForm | None = None,
    reasons: Sequence[Reason] = (),
) -> HttpResponse:
    """Show what is held and until when, then sign in or the form; and what to take instead, where it is refused."""
    room = held.room
    if form is None and isinstance(request.user, User):
        form = details_form(request, request.user, room)
    span = held.starts_at, held.ends_at
    context = {
        "form": form,
        "held": held,
        "room": room,
        "day": capfirst(day_long(span[0])),
        "time": at_clock_range(*span),
        "held_words": state_words(held, at),
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': book_url(room, *span)})}",
        "price": price_words(room),
        "is_request": needs_approval(room, is_staff=isinstance(request.user, User) and request.user.is_staff),
        "week_url": week_url(room, span[0].astimezone(HELSINKI).date()),
        "repeat_url": repeat_url(room, *span),
        "seconds_left": int((held.expires_at - at).total_seconds()) if held.expires_at else 0,
    }
    if reasons:
        context |= instead(request, room, span, people_of_draft(request), list(reasons), at, held=held)
    return render(request, "rooms/book.html", context)


def send_details(request: HttpRequest, room: Room, at: datetime) -> HttpResponse:
    """Book what is held; where the hold has lapsed meanwhile, what was held, if it is still free."""
    request.session["draft"] = draft_of(request)
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    booked = already_booked(request, request.user)
    if booked is not None:
        return redirect(booked)
    held = held_in(request, room, at)
    span = (held.starts_at, held.ends_at) if held is not None else SpanForm(request.GET, at=at).span
    if span is None:
        return choose_time(request, room, at)
    form = DetailsForm(request.POST, room=room, is_staff=request.user.is_staff)
    try:
        if form.is_valid():
            return booked_by(request, request.user, room, span, form, at)
        reasons = form.reasons
    except verbs.Taken as taken:
        return not_free(request, room, span, taken.reasons, at, people=form.cleaned_data["people"])
    except verbs.Refused as refused:
        reasons = refused.reasons
        explain(form, reasons)
    try:
        return fill_in(request, held or hold(request, room, span, at), at, form, reasons)
    except verbs.Refused as refused:
        return not_free(request, room, span, refused.reasons, at)


def booked_by(
    request: HttpRequest, resident: User, room: Room, span: Span, form: DetailsForm, at: datetime
) -> HttpResponse:
    cleaned = form.cleaned_data
    booking = verbs.book_room(
        room=room,
        starts_at=span[0],
        ends_at=span[1],
        resident=resident,
        details=form.details(email=resident.email, language=get_language() or "sv"),
        actor=resident,
        at=at,
        held=lapsed_or_held(request, room, span),
    )
    if (resident.name, resident.phone) != (cleaned["name"], cleaned["phone"]):
        User.objects.filter(pk=resident.pk).update(name=cleaned["name"], phone=cleaned["phone"])
    for key in ("held", "draft"):
        request.session.pop(key, None)
    request.session["just_booked"] = booking.reference
    return redirect(booking)


def lapsed_or_held(request: HttpRequest, room: Room, span: Span) -> Booking | None:
    """Return the session's hold of this time even when its end has passed: it keeps its number."""
    reference = request.session.get("held")
    mine = Booking.objects.filter(reference=reference, room=room, starts_at=span[0], ends_at=span[1])
    return mine.first() if reference else None


def already_booked(request: HttpRequest, resident: User) -> Booking | None:
    """Return the booking that the same form made when it was sent the first time."""
    states = [BookingState.REQUESTED, BookingState.CONFIRMED]
    reference = request.POST.get("held", "").replace("\0", "")  # which PostgreSQL cannot even look for
    mine = Booking.objects.filter(reference=reference, resident=resident, state__in=states)
    return mine.first() if reference else None


def booked_before(request: HttpRequest, room: Room, span: Span, at: datetime) -> Booking | None:
    """Return the booking by which whoever asks has this very time. Queries where somebody is signed in."""
    mine = Booking.objects.filter(room=room, starts_at=span[0], ends_at=span[1], resident=request.user.pk)
    return mine.live_at(at).exclude(state=BookingState.HELD).first() if request.user.is_authenticated else None


def details_form(request: HttpRequest, resident: User, room: Room) -> DetailsForm:
    """Return the form as it was filled in before, else with what is known of the resident."""
    usual = {"name": resident.name, "phone": resident.phone, "booker_kind": BookerKind.PRIVATE}
    initial = {**usual, **request.session.get("draft", {})}
    return DetailsForm(initial=initial, room=room, is_staff=resident.is_staff)


def draft_of(request: HttpRequest) -> dict[str, str]:
    fields = set(DetailsForm.base_fields) - {"terms"}
    return {name: request.POST[name][:LONGEST_DRAFT] for name in fields & request.POST.keys()}


def explain(form: DetailsForm, reasons: list[Reason]) -> None:
    """Put each reason at the field it is about, or above the form."""
    for reason in reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


# --- Not free ------------------------------------------------------------------------------------------


def not_free(
    request: HttpRequest,
    room: Room,
    span: Span,
    reasons: list[Reason],
    at: datetime,
    *,
    people: int | None = None,
    status: int = 409,
) -> HttpResponse:
    """Say why the time cannot be had, and offer the nearest times and rooms."""
    is_taken = any(reason.code == "taken" for reason in reasons)
    if is_taken and (own := booked_before(request, room, span, at)) is not None:  # who goes back after booking
        messages.info(request, _("You have booked this time already."))
        return redirect(own)
    context: dict[str, Any] = {
        "room": room,
        "when": when_words(span),
        "reasons": reasons,
        "is_taken": is_taken,
        "was_lost": is_taken and request.method == "POST",
        "has_draft": "draft" in request.session,
        **instead(request, room, span, people or people_of_draft(request), reasons, at),
        "week_url": week_url(room, span[0].astimezone(HELSINKI).date()),
        "watch_url": watch_room_url(room, span, people) if is_taken else "",
        "repeat_url": repeat_url(room, *span) if is_taken else "",
    }
    return render(request, "rooms/not_free.html", context, status=status)


def instead(
    request: HttpRequest,
    room: Room,
    span: Span,
    people: int | None,
    reasons: list[Reason],
    at: datetime,
    *,
    held: Booking | None = None,
) -> dict[str, Any]:
    """Return what the page offers instead, for this resident, with what this session holds counted as free."""
    resident = request.user if isinstance(request.user, User) else None
    held = held or session_hold(request, at)
    found = instead_of(room, *span, people, at=at, reasons=reasons, resident=resident, ignoring=held)
    return {"instead": found, "alternatives": choices_of(found.choices), "people": people}


def people_of_draft(request: HttpRequest) -> int | None:
    """Return for how many the form was filled in before, if that can be read."""
    people: str = request.session.get("draft", {}).get("people", "")
    return int(people) if people.isascii() and people.isdigit() and len(people) <= len(str(MOST_PEOPLE)) else None


def reasons_against(free_time: FreeTime, span: Span, at: datetime) -> list[Reason]:
    ask = Ask(room=free_time.room, starts_at=span[0], ends_at=span[1], at=at, asked_at=at, free_time=free_time)
    reasons = problems(ask)
    return reasons or [Reason("taken", _("This time is already taken. Choose another time or room."))]


def free_around(request: HttpRequest, room: Room, span: Span, at: datetime) -> FreeTime:
    """Return the room's free time around the span; what this session holds itself counts as free."""
    held = session_hold(request, at)
    return free_times([room], span[0] - A_DAY, span[1] + A_DAY, at=at, ignoring=held)[room.pk]


def time_form(free_time: FreeTime, span: Span, at: datetime, data: Any = None) -> TimeForm | None:
    """Return the choices in the free span in which the time begins, or None if there are none."""
    room = free_time.room
    window = bookable_window(room, span[0] - A_DAY, span[1] + A_DAY, at)
    if first_start(room, at) <= span[0] < window[0]:
        window = (span[0], window[1])  # asked for at the door, while this step of the grid runs
    for start, end in free_time.spans_of(room.shortest_minutes, within=window):
        if start <= span[0] < end:
            starts = free_time.starts_of(room.shortest_minutes, within=(start, end))
            longest = min(room.longest_minutes, minutes_between(start, end))
            lengths = list(range(room.shortest_minutes, longest + 1, room.grid_minutes))
            nearest = max((each for each in starts if each <= span[0]), default=starts[0])
            fitting = [length for length in lengths if nearest + timedelta(minutes=length) <= min(span[1], end)]
            initial = {"start": local_iso(nearest), "minutes": fitting[-1] if fitting else lengths[0]}
            return TimeForm(data, initial=initial, starts=starts, lengths=lengths, free_from=start, free_until=end)
    return None


def next_free(room: Room, at: datetime) -> dict[str, Any]:
    start = next_free_start(room, room.shortest_minutes, at=at)
    if start is None:
        return {"next_url": "", "next_when": ""}
    span = start, start + timedelta(minutes=room.shortest_minutes)
    return {"next_url": book_url(room, *span), "next_when": when_words(span)}
