"""A resident changes a booking: another time, another room, the details; or gives back a part.

GET shows and changes nothing. A refusal is told at the field it is about, with all that was
typed; where the time cannot be had, one button each takes the nearest time or room instead.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hubs.opening import HELSINKI
from hubs.wording import day_medium
from rooms import booking as verbs
from rooms.alternatives import Instead, instead_of
from rooms.availability import bookable_window, free_times
from rooms.booking.series import NOTHING_INSTEAD
from rooms.booking.series import Instead as SeriesInstead
from rooms.enums import BookingState
from rooms.forms import SpanForm, sequence_seen
from rooms.forms.changing import ChangeForm, PartForm, clock_value
from rooms.forms.series import FOLLOWING, LEFT_OUT, InsteadForm, name_of
from rooms.models import Booking, Room
from rooms.results import choices_of
from rooms.rules import Ask, Reason, can_be_booked_here, midnight, needs_approval
from rooms.spans import Span, minutes_between
from rooms.views.bookings import Entry, ResidentRequest, get_booking, later_times
from rooms.views.room import get_room
from rooms.wording import moment_words, money, price_words, spans_words, when_words

DETAILS = ("name", "phone", "people", "booker_kind", "organisation", "purpose", "message", "public_title")
FIELDS = {"starts_at": "start", "ends_at": "minutes"}
ANOTHER_ROOM_HELPS = frozenset({"capacity", "only_associations"})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_booking(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = get_booking(request, reference)
    entry = Entry(mine, at)
    if entry.is_held:
        return redirect(entry.continue_url)
    room = wanted_room(request, mine)
    refusal = why_not(room, mine, entry, request, at)
    if refusal:
        return render(request, "rooms/no_change.html", {"entry": entry, "booking": mine, "reason": refusal})
    span = SpanForm(request.GET, at=at).span if "start" in request.GET else None
    data = posted(request, span)
    form = change_form(mine, room, span or (mine.starts_at, mine.ends_at), data, at, is_staff=request.user.is_staff)
    if later := later_times(mine, at):
        form.ask_how_many(later, request.GET.get("scope", ""))
    if request.method == "POST" and request.POST.get("do") == "day":
        form.errors.clear()  # only another day is asked for; the rest is judged when it is sent
        if form.is_bound and form.data.get("date") and shown_day(data, at) is None:
            form.add_error("date", form.fields["date"].error_messages["invalid"])
        return show_change(request, mine, room, form, at)
    if request.method == "POST" and form.is_valid():
        return change(request, mine, room, form, at)
    return show_change(request, mine, room, form, at, instead=alternatives(mine, room, form, form.reasons, at))


def change(request: ResidentRequest, mine: Booking, room: Room, form: ChangeForm, at: datetime) -> HttpResponse:
    cleaned = form.cleaned_data
    if cleaned.get("scope") == FOLLOWING:
        return change_following(request, mine, room, form, at)
    try:
        changed = verbs.change_booking(
            booking=mine,
            actor=request.user,
            at=at,
            room=room,
            starts_at=cleaned.get("starts_at"),
            ends_at=cleaned.get("ends_at"),
            details=form.details(email=mine.email, language=mine.language),
            sequence=sequence_seen(request.POST),
        )
    except verbs.Refused as refused:
        instead = alternatives(mine, room, form, refused.reasons, at)
        explain(form, refused.reasons, FIELDS)
        return show_change(request, mine, room, form, at, instead=instead, status=409)
    say_what_changed(request, mine, changed)
    return redirect(changed)


def change_following(
    request: ResidentRequest, mine: Booking, room: Room, form: ChangeForm, at: datetime
) -> HttpResponse:
    """Change this time of a series and all later ones, or ask what becomes of those that cannot be moved."""
    cleaned = form.cleaned_data
    before = mine.series.sequence if mine.series is not None else 0
    wish: dict[str, Any] = {
        "booking": mine,
        "actor": request.user,
        "at": at,
        "room": room,
        "starts_at": cleaned.get("starts_at"),
        "ends_at": cleaned.get("ends_at"),
        "details": form.details(email=mine.email, language=mine.language),
    }
    answers, instead = request.POST if "dates" in request.POST else None, NOTHING_INSTEAD
    if answers is not None:
        decided = instead_form(wish, answers, instead=staying(mine, answers))
        if not decided.is_valid():
            return ask_about_dates(request, mine, room, form, decided, at)
        instead = decided.instead
    try:
        series = verbs.change_following(**wish, instead=instead, sequence=sequence_seen(request.POST))
    except verbs.Refused as refused:
        lines = explain_dates(form, refused)
        if not lines:
            others = alternatives(mine, room, form, refused.reasons, at)
            return show_change(request, mine, room, form, at, instead=others, status=409)
        kept = {start: choice for start, choice in instead.items() if start not in lines}
        decided = instead_form(wish, answers, instead=kept, refused=lines)
        return ask_about_dates(request, mine, room, form, decided, at)
    series.refresh_from_db(fields=["sequence"])
    if series.sequence == before:
        messages.info(request, _("You changed nothing, so the bookings are as they were."))
    elif instead:
        messages.success(request, _("The series is changed, and each of the other dates is as you have chosen."))
    else:
        messages.success(request, _("This time and all later times of the series are changed."))
    return redirect(series)


def explain_dates(form: ChangeForm, refused: verbs.Refused) -> dict[datetime, list[Reason]]:
    """Put what is about the details at its field. Return what is about a date, by its start in the series."""
    told = [reason for reason in refused.reasons if reason.field in DETAILS or not refused.of]
    explain(form, told, FIELDS)
    lines = {start: [each for each in reasons if each.field not in DETAILS] for start, reasons in refused.of.items()}
    return {start: reasons for start, reasons in lines.items() if reasons}


def instead_form(
    wish: dict[str, Any],
    answers: QueryDict | None,
    *,
    instead: SeriesInstead,
    refused: Mapping[datetime, list[Reason]] | None = None,
) -> InsteadForm:
    """Ask about each date that cannot be moved like the others, with the nearest that can be had instead."""
    dates = verbs.preview_following(**wish, instead=instead)
    asked = {*instead, *(refused or {})}
    about = [
        date
        for date in dates
        if date.series_start in asked or any(reason.field not in DETAILS for reason in date.reasons)
    ]
    return InsteadForm(answers, dates=about, refused=refused)


def staying(mine: Booking, answers: QueryDict) -> SeriesInstead:
    """Return which dates stay by the answers: that one does may leave no room for the one before it. One query."""
    starts = Booking.objects.filter(series=mine.series).values_list("series_start", flat=True)
    return {start: None for start in starts if start and answers.get(name_of(start)) == LEFT_OUT}


def ask_about_dates(
    request: ResidentRequest, mine: Booking, room: Room, form: ChangeForm, decided: InsteadForm, at: datetime
) -> HttpResponse:
    form.add_error("scope", _("Nothing has been changed yet. Some dates cannot be moved: choose what becomes of them."))
    return show_change(request, mine, room, form, at, decided=decided, status=409)


def show_change(
    request: HttpRequest,
    mine: Booking,
    room: Room,
    form: ChangeForm,
    at: datetime,
    *,
    instead: Instead | None = None,
    decided: InsteadForm | None = None,
    status: int = 200,
) -> HttpResponse:
    entry = Entry(mine, at)
    context = {
        "form": form,
        "decided": decided,
        "booking": mine,
        "entry": entry,
        "room": room,
        "is_other_room": room.pk != mine.room_id,
        "own_room_url": reverse("rooms:change_booking", args=[mine.reference]),
        "has_begun": mine.starts_at <= at,
        "asks_again": needs_approval(room, is_staff=bool(getattr(request.user, "is_staff", False))),
        "price": price_words(room),
        "instead": instead,
        "choices": choices_to_take(mine, instead) if instead is not None else [],
        "people": form.data.get("people", ""),
        "search_url": search_url(mine),
    }
    return render(request, "rooms/change.html", context, status=status)


def wanted_room(request: HttpRequest, mine: Booking) -> Room:
    """Return the room the address names, else the booking's own."""
    if "hub" not in request.GET and "room" not in request.GET:
        return mine.room
    return get_room(request.GET.get("hub", ""), request.GET.get("room", ""))


def why_not(room: Room, mine: Booking, entry: Entry, request: ResidentRequest, at: datetime) -> str:
    """Say why nothing can be changed here, or nothing."""
    if not entry.is_coming:
        return entry.state
    span = mine.starts_at, mine.ends_at
    ask = Ask(
        room=room,
        starts_at=span[0],
        ends_at=span[1],
        at=at,
        asked_at=at,
        free_time=free_times([room], *span, at=at)[room.pk],
        is_staff=request.user.is_staff,
    )
    reason = can_be_booked_here(ask)
    return "" if reason is None else reason.message


def change_form(
    mine: Booking, room: Room, span: Span, data: QueryDict | None, at: datetime, *, is_staff: bool
) -> ChangeForm:
    """Make the form with the free starts of the day that is asked for, the booking's own time among them."""
    day = shown_day(data, at) or span[0].astimezone(HELSINKI).date()
    free_time = free_times([room], midnight(day), midnight(day + timedelta(days=1)), at=at, ignoring=mine)[room.pk]
    window = bookable_window(room, midnight(day), midnight(day + timedelta(days=1)), at)
    starts = free_time.starts_of(room.shortest_minutes, within=window) if window[0] < window[1] else []
    lengths = set(range(room.shortest_minutes, room.longest_minutes + 1, room.grid_minutes))
    lengths.add(minutes_between(*span))
    if room.pk == mine.room_id:
        lengths.add(minutes_between(mine.starts_at, mine.ends_at))
        if mine.starts_at.astimezone(HELSINKI).date() == day:
            starts = sorted({*starts, mine.starts_at})
    form = ChangeForm(
        data,
        initial={
            **{name: getattr(mine, name) for name in DETAILS},
            "date": day,
            "start": clock_value(span[0]),
            "minutes": minutes_between(*span),
        },
        at=at,
        starts=starts,
        lengths=sorted(lengths),
        room=room,
        is_staff=is_staff,
    )
    free = free_time.spans_of(room.shortest_minutes, within=window) if window[0] < window[1] else []
    words = _("Free on %(day)s: %(times)s") if free else _("Nothing is free on %(day)s. Choose another day.")
    form.fields["start"].help_text = words % {"day": day_medium(midnight(day)), "times": spans_words(free)}
    if mine.starts_at <= at:
        form.keep_the_time()
    return form


def shown_day(data: QueryDict | None, at: datetime) -> date | None:
    """Return the posted day, if it is one and not too far away to look at."""
    if data is None:
        return None
    try:
        day: date = ChangeForm.base_fields["date"].clean(data.get("date", ""))
    except ValidationError:
        return None
    return day if abs(day - timezone.localdate(at)) <= timedelta(days=800) else None


def posted(request: HttpRequest, span: Span | None) -> QueryDict | None:
    """Return what was sent; a button for a nearest time sends its time in the address, for the form's own."""
    if request.method != "POST":
        return None
    if request.POST.get("do") != "take" or span is None:
        return request.POST
    data = request.POST.copy()
    data["date"] = f"{span[0].astimezone(HELSINKI):%Y-%m-%d}"
    data["start"], data["minutes"] = clock_value(span[0]), str(minutes_between(*span))
    return data


def alternatives(mine: Booking, room: Room, form: ChangeForm, reasons: list[Reason], at: datetime) -> Instead | None:
    """Return what can be had instead of what was refused, seen from the time that was asked for."""
    if any(reason.code == "changed_meanwhile" for reason in reasons):
        return None  # what was asked for may well be free: there is only something to look at first
    if all(reason.field in DETAILS and reason.code not in ANOTHER_ROOM_HELPS for reason in reasons):
        return None
    cleaned = form.cleaned_data
    starts_at, ends_at = cleaned.get("starts_at", mine.starts_at), cleaned.get("ends_at", mine.ends_at)
    people = cleaned.get("people") or people_typed(form)
    return instead_of(room, starts_at, ends_at, people, at=at, reasons=reasons, resident=mine.resident, ignoring=mine)


def people_typed(form: ChangeForm) -> int | None:
    """Return the number that was typed, also where it is too large for the room."""
    try:
        people: int = ChangeForm.base_fields["people"].clean(form.data.get("people", ""))
    except ValidationError:
        return None
    return people


def choices_to_take(mine: Booking, instead: Instead) -> list[dict[str, Any]]:
    address = reverse("rooms:change_booking", args=[mine.reference])
    return [
        {"choice": choice, "url": f"{address}?{choice.query}"}
        for choice in choices_of(instead.choices)
        if (choice.room.pk, choice.starts_at, choice.ends_at) != (mine.room_id, mine.starts_at, mine.ends_at)
    ]


def search_url(mine: Booking) -> str:
    """Return the search for another room at the same time, which carries the booking along."""
    start, end = (moment.astimezone(HELSINKI) for moment in (mine.starts_at, mine.ends_at))
    wish = {"change": mine.reference, "date": f"{start:%Y-%m-%d}", "from": f"{start:%H:%M}", "to": f"{end:%H:%M}"}
    if end.date() != start.date():
        wish["to"] = "24:00"
    if mine.people:
        wish["people"] = str(mine.people)
    return f"{reverse('rooms:find')}?{urlencode(wish, safe=':')}"


def say_what_changed(request: HttpRequest, old: Booking, new: Booking) -> None:
    """Tell in whole sentences what is different now."""
    is_moved = (old.room_id, old.starts_at, old.ends_at) != (new.room_id, new.starts_at, new.ends_at)
    if new.sequence == old.sequence:
        messages.info(request, _("You changed nothing, so the booking is as it was."))
        return
    sentences = [_("Your booking is changed.")]
    if is_moved:
        words = _("You now have %(room)s, %(when)s.")
        sentences = [words % {"room": new.room.name, "when": when_words((new.starts_at, new.ends_at))}]
        before = _("Before, you had %(room)s, %(when)s.")
        sentences.append(before % {"room": old.room.name, "when": when_words((old.starts_at, old.ends_at))})
    if new.price_cents != old.price_cents:
        words = _("The price is now %(price)s.") if new.price_cents else _("It is now free of charge.")
        sentences.append(words % {"price": money(new.price_cents)})
    if new.state == BookingState.REQUESTED and is_moved and new.expires_at is not None:
        words = _("The staff have to approve the change, and answer at the latest %(when)s.")
        sentences.append(words % {"when": moment_words(new.expires_at)})
    messages.success(request, " ".join(sentences))


def explain(form: Form, reasons: list[Reason], fields: dict[str, str]) -> None:
    """Put each reason at the field it is about, or above the form."""
    for reason in reasons:
        name = fields.get(reason.field, reason.field)
        form.add_error(name if name in form.fields else None, reason.message)


# --- A part ----------------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give_back_part(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = get_booking(request, reference)
    entry = Entry(mine, at)
    form = PartForm(request.POST if request.method == "POST" else None, booking=mine, at=at)
    if not entry.can_change:
        return render(request, "rooms/give_back.html", {"entry": entry, "booking": mine, "room": mine.room})
    if request.method == "POST" and form.is_valid():
        starts_at, ends_at = form.span
        try:
            kept = verbs.give_back_part(booking=mine, actor=request.user, at=at, starts_at=starts_at, ends_at=ends_at)
        except verbs.Refused as refused:
            explain(form, refused.reasons, {"starts_at": "start", "ends_at": "end"})
        else:
            words = _("You have given back a part of the time. You now have the room %(when)s.")
            messages.success(request, words % {"when": when_words((kept.starts_at, kept.ends_at))})
            return redirect(kept)
    context = {
        "form": form,
        "entry": entry,
        "booking": mine,
        "room": mine.room,
        "when": capfirst(entry.when),
        "has_begun": mine.starts_at <= at,
    }
    return render(request, "rooms/give_back_part.html", context)
