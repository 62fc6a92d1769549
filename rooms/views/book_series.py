"""A series: the same time every week or every second week, asked for one question at a time.

The wish and the dates that are chosen stand in the address, so that going back, signing in and
starting again lose nothing, and nothing is made until the details are sent. Then all the dates are
booked, or none: where one has been taken meanwhile, the dates come back with that one marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from hubs.opening import HELSINKI
from hubs.wording import day_medium
from rooms import booking as verbs
from rooms.booking.series import MOST_STAFF_TIMES, MOST_TIMES, SeriesChoice, preview_series, series_starts
from rooms.enums import BookingChannel, BookingState
from rooms.forms import DetailsForm, SpanForm, local_iso
from rooms.forms.series import (
    BY_THE_PATTERN,
    FEWEST_TIMES,
    LEFT_OUT,
    DatesForm,
    RhythmForm,
    TimesForm,
    code_of,
    name_of,
)
from rooms.models import Booking, Room, Series
from rooms.results import book_url
from rooms.rules import BookingDetails, Reason, last_bookable_day, needs_approval, price_cents, price_group
from rooms.spans import Span
from rooms.views.book import details_form, draft_of, next_free, people_of_draft
from rooms.views.holds import session_hold
from rooms.views.room import get_room
from rooms.wording import money, price_words, repeats_words, state_words, when_words

TO_DETAILS = "details"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the address asks for."""

    room: Room
    span: Span
    every: int
    times: int

    @property
    def query(self) -> dict[str, str]:
        return {**span_query(self.span), "every": str(self.every), "times": str(self.times)}

    @property
    def words(self) -> str:
        return repeats_words(self.every, self.span)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def book_series(request: HttpRequest, hub: str, room: str) -> HttpResponse:
    at = timezone.now()
    wanted = get_room(hub, room)
    if wanted.channel != BookingChannel.ONLINE:
        return redirect(wanted)  # whose page says how it is booked instead
    if "start" not in request.GET:
        return redirect("rooms:book", hub, room)  # where the first time is chosen
    asked = SpanForm(request.GET, at=at)
    span = asked.span
    if span is None:
        context = {"form": asked, "room": wanted, "week_url": wanted.get_absolute_url(), **next_free(wanted, at)}
        return render(request, "rooms/unreadable_time.html", context, status=400)
    rhythm = RhythmForm(request.GET if "every" in request.GET or "asked" in request.GET else None)
    if not rhythm.is_valid():
        return ask(request, wanted, span, rhythm, at)
    every: int = rhythm.cleaned_data["every"]
    starts = possible_starts(wanted, span, every, at, is_staff=is_staff(request))
    times = TimesForm(request.GET if "times" in request.GET else None, starts=starts)
    if not times.is_valid():
        return ask(request, wanted, span, times, at, every=every, starts=starts)
    wish = Wish(room=wanted, span=span, every=every, times=times.cleaned_data["times"])
    if request.method == "POST":
        return send_details(request, wish, at)
    dates = dates_form(request, wish, at)
    if request.GET.get("step") == TO_DETAILS and dates.is_valid():
        return fill_in(request, wish, dates, at)
    return show_dates(request, wish, dates, at)


# --- The questions -------------------------------------------------------------------------------


def ask(
    request: HttpRequest,
    room: Room,
    span: Span,
    form: RhythmForm | TimesForm,
    at: datetime,
    *,
    every: int | None = None,
    starts: Sequence[datetime] = (),
) -> HttpResponse:
    """Ask one question, and carry along in the address what has been answered."""
    known = span_query(span) | ({} if every is None else {"every": str(every)})
    context = {
        "form": form,
        "known": known,
        "is_rhythm": every is None,
        "is_impossible": every is not None and len(starts) < FEWEST_TIMES,
        "last_day": day_medium(last_bookable_day(room, at)),
        "back_url": book_url(room, *span) if every is None else series_url(room, span_query(span)),
        **about(room, span, every or 0),
    }
    return render(request, "rooms/series_question.html", context, status=400 if form.errors else 200)


def possible_starts(room: Room, span: Span, every: int, at: datetime, *, is_staff: bool) -> list[datetime]:
    """Return when the times would begin, as many as may be asked for and as far ahead as the room can be booked."""
    most, last_day = MOST_STAFF_TIMES if is_staff else MOST_TIMES, last_bookable_day(room, at)
    starts = series_starts(span[0], every_weeks=every, count=most)
    return [start for start in starts if start.astimezone(HELSINKI).date() <= last_day]


def about(room: Room, span: Span, every: int = 0) -> dict[str, Any]:
    """Return what the side of each page tells of the wish."""
    return {
        "room": room,
        "repeats": repeats_words(every, span) if every else "",
        "first": when_words(span),
        "price": price_words(room),
        "book_url": book_url(room, *span),
    }


# --- The dates -----------------------------------------------------------------------------------


def dates_form(
    request: HttpRequest, wish: Wish, at: datetime, *, refused: Mapping[datetime, Sequence[Reason]] | None = None
) -> DatesForm:
    """Look at each date, and read from the address which are chosen, if it says so."""
    dates = preview_series(
        room=wish.room,
        starts_at=wish.span[0],
        ends_at=wish.span[1],
        every_weeks=wish.every,
        count=wish.times,
        people=people_of_draft(request),
        resident=request.user if isinstance(request.user, User) else None,
        is_staff=is_staff(request),
        at=at,
        ignoring=own_hold(request, wish, at),
    )

    def price_of(room: Room, minutes: int) -> int:
        group = price_group(room, BookingDetails(people=None), is_staff=False)
        return price_cents(room, group, minutes)

    data = request.GET if "step" in request.GET else None
    return DatesForm(data, dates=dates, price_of=price_of, refused=refused)


def show_dates(request: HttpRequest, wish: Wish, form: DatesForm, at: datetime, *, status: int = 200) -> HttpResponse:
    number, free = len(form.dates), form.free_dates
    words = ngettext("%(free)s of %(number)s dates is free.", "%(free)s of %(number)s dates are free.", free)
    context = {
        "form": form,
        "wish": wish,
        "all_free": free == number,
        "how_many_free": words % {"free": free, "number": number},
        "chosen": chosen_words(len(form.chosen), form.total_cents),
        "sums": {
            "one": sum_words(1, is_free=False),
            "many": sum_words(2, is_free=False),
            "free_one": sum_words(1, is_free=True),
            "free_many": sum_words(2, is_free=True),
        },
        "has_draft": "draft" in request.session,
        "times_url": series_url(wish.room, {**span_query(wish.span), "every": str(wish.every)}),
        **held_words(request, wish, at),
        **about(wish.room, wish.span, wish.every),
    }
    is_wrong = form.is_bound and bool(form.errors) and status == 200
    return render(request, "rooms/series_dates.html", context, status=400 if is_wrong else status)


def chosen_words(number: int, cents: int) -> str:
    """Say how many dates are chosen and what they cost together."""
    return sum_words(number, is_free=not cents) % {"number": number, "price": money(cents)}


def sum_words(number: int, *, is_free: bool) -> str:
    """Return the words for so many dates, which the page's script fills in anew when the choice changes."""
    if is_free:
        return ngettext("%(number)s date, free of charge", "%(number)s dates, free of charge", number)
    return ngettext("%(number)s date, %(price)s", "%(number)s dates, %(price)s in all", number)


def held_words(request: HttpRequest, wish: Wish, at: datetime) -> dict[str, str]:
    """Say until when the first time is held, if it is."""
    held = own_hold(request, wish, at)
    return {} if held is None else {"held_words": state_words(held, at)}


def own_hold(request: HttpRequest, wish: Wish, at: datetime) -> Booking | None:
    """Return the session's hold if it is of the first time: it becomes part of the series."""
    held = session_hold(request, at)
    is_first = held is not None and (held.room_id, held.starts_at, held.ends_at) == (wish.room.pk, *wish.span)
    return held if is_first else None


# --- The details ---------------------------------------------------------------------------------


def fill_in(
    request: HttpRequest, wish: Wish, dates: DatesForm, at: datetime, form: DetailsForm | None = None
) -> HttpResponse:
    """Show what is about to be booked, then sign in or the form."""
    if form is None and isinstance(request.user, User):
        form = details_form(request, request.user, wish.room)
    here = request.get_full_path()
    context = {
        "form": form,
        "wish": wish,
        "options": dates.chosen,
        "chosen": chosen_words(len(dates.chosen), dates.total_cents),
        "button": button_words(request, dates),
        "dates_url": series_url(wish.room, {**request.GET.dict(), "step": "dates"}),
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': here})}",
        **held_words(request, wish, at),
        **about(wish.room, wish.span, wish.every),
    }
    return render(request, "rooms/series_details.html", context)


def button_words(request: HttpRequest, dates: DatesForm) -> str:
    rooms, number = {option.choice.room for option in dates.chosen}, len(dates.chosen)
    if any(needs_approval(room, is_staff=is_staff(request)) for room in rooms):
        words = ngettext("Send the request for %(number)s time", "Send the request for %(number)s times", number)
    else:
        words = ngettext("Book %(number)s time", "Book %(number)s times", number)
    return words % {"number": number}


def send_details(request: HttpRequest, wish: Wish, at: datetime) -> HttpResponse:
    """Book all that is chosen, or show what stands against it."""
    request.session["draft"] = draft_of(request)
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    made = already_booked(request, request.user, wish)
    if made is not None:
        return redirect(made)
    dates = dates_form(request, wish, at)
    if not dates.is_valid():
        return show_dates(request, wish, dates, at, status=409)
    form = DetailsForm(request.POST, room=wish.room, is_staff=request.user.is_staff)
    if not form.is_valid():
        return fill_in(request, wish, dates, at, form)
    try:
        return booked_by(request, request.user, wish, dates, form, at)
    except verbs.Refused as refused:
        made = already_booked(request, request.user, wish)  # by the same form, sent twice at once
        return redirect(made) if made is not None else explain(request, wish, dates, form, refused, at)


def booked_by(
    request: HttpRequest, resident: User, wish: Wish, dates: DatesForm, form: DetailsForm, at: datetime
) -> HttpResponse:
    cleaned, choices = form.cleaned_data, [option.choice for option in dates.chosen]
    held = own_hold(request, wish, at)
    series = verbs.book_series(
        choices=choices,
        every_weeks=wish.every,
        resident=resident,
        details=form.details(email=resident.email, language=get_language() or "sv"),
        actor=resident,
        at=at,
        held=held,
    )
    User.objects.filter(pk=resident.pk).update(name=cleaned["name"], phone=cleaned["phone"])
    for key in ["draft", *(["held"] if held is not None else [])]:
        request.session.pop(key, None)
    request.session["just_booked"] = series.reference
    return redirect(series)


def already_booked(request: HttpRequest, resident: User, wish: Wish) -> Series | None:
    """Return the series that the same form made when it was sent the first time.

    The dates themselves tell: nobody can have the same times twice.
    """
    answers = {name: codes[-1] for name, codes in request.GET.lists() if codes}
    states = [BookingState.REQUESTED, BookingState.CONFIRMED]
    starts = series_starts(wish.span[0], every_weeks=wish.every, count=wish.times)
    asked = {start: answers[name_of(start)] for start in starts if answers.get(name_of(start), LEFT_OUT) != LEFT_OUT}
    mine = Booking.objects.filter(resident=resident, series__isnull=False, series_start__in=asked, state__in=states)
    made: dict[Series, dict[datetime, str]] = {}
    for booking in mine.select_related("room__hub", "series"):
        series, start = booking.series, booking.series_start
        if series is not None and start is not None:
            span = {"starts_at": booking.starts_at, "ends_at": booking.ends_at}
            choice = SeriesChoice(series_start=start, room=booking.room, **span)
            wished = start + (wish.span[1] - wish.span[0])
            is_as_wished = (choice.room, choice.starts_at, choice.ends_at) == (wish.room, start, wished)
            made.setdefault(series, {})[start] = BY_THE_PATTERN if is_as_wished else code_of(choice)
    return next((series for series, dates in made.items() if dates == asked), None)


def explain(
    request: HttpRequest, wish: Wish, dates: DatesForm, form: DetailsForm, refused: verbs.Refused, at: datetime
) -> HttpResponse:
    """Show each reason at the date it is about, or else at its field of the details."""
    rooms = {option.choice.series_start: option.choice.room for option in dates.chosen}
    lines: dict[datetime, list[Reason]] = {}
    told = []
    for start, reasons in refused.of.items():
        for reason in reasons:
            if reason.field in form.fields and (reason.field != "people" or rooms.get(start) == wish.room):
                told.append(reason)
            else:
                lines.setdefault(start, []).append(reason)
    if lines:
        form_again = dates_form(request, wish, at, refused=lines)
        return show_dates(request, wish, form_again, at, status=409)
    for reason in dict.fromkeys(told or refused.reasons):
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)
    return fill_in(request, wish, dates, at, form)


# --- Addresses -----------------------------------------------------------------------------------


def span_query(span: Span) -> dict[str, str]:
    return {"start": local_iso(span[0]), "end": local_iso(span[1])}


def series_url(room: Room, query: Mapping[str, str]) -> str:
    return f"{reverse('rooms:book_series', args=[room.hub.slug, room.slug])}?{urlencode(query, safe=':/')}"


def is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_staff
