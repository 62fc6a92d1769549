from collections import Counter
from collections.abc import Iterable, Sequence
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
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from hubs.opening import HELSINKI
from rooms import booking as verbs
from rooms.calendar import calendar_of
from rooms.enums import BookingState
from rooms.forms.series import FOLLOWING, ScopeForm
from rooms.models import Booking, Room, Series
from rooms.results import book_url, repeat_url
from rooms.rules import can_check_in
from rooms.spans import Span
from rooms.views.missing import Missing
from rooms.waiting import is_offer, offers_of, watch_stopped_by, watches_shown_to
from rooms.wording import event_words, moment_words, money, repeats_words, state_tag, state_words, when_words

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
    def price(self) -> str:
        return money(self.booking.price_cents) if self.booking.price_cents else _("Free of charge")

    @property
    def continue_url(self) -> str:
        return book_url(self.booking.room, self.booking.starts_at, self.booking.ends_at)

    @property
    def again_url(self) -> str:
        """Return the page that books the same weekday and time of the wall clock, in the next week still to come."""
        return book_url(self.booking.room, *self._next_week)

    @property
    def repeat_url(self) -> str:
        """Return the page that books it every week from then on."""
        return repeat_url(self.booking.room, *self._next_week)

    @property
    def _next_week(self) -> Span:
        start, end = (moment.astimezone(HELSINKI) for moment in (self.booking.starts_at, self.booking.ends_at))
        weeks = timedelta(weeks=max(1, (self.at - start).days // 7 + 1))
        return start + weeks, end + weeks


class SeriesEntry:
    """The times of a series that a list or a page tells of together."""

    def __init__(self, series: Series, entries: Sequence[Entry]) -> None:
        self.series, self.entries = series, entries
        self.first = entries[0]

    @property
    def words(self) -> str:
        """Write “Every Wednesday, 14:00–16:00”: as most of the times are, for single ones may have been moved."""
        spans = [(entry.booking.starts_at, entry.booking.ends_at) for entry in self.entries]
        patterns = Counter(repeats_words(self.series.every_weeks, span) for span in spans)
        return patterns.most_common(1)[0][0]

    @property
    def rooms(self) -> list[Room]:
        """Return the rooms, the one of most times first."""
        return [room for room, _times in Counter(entry.booking.room for entry in self.entries).most_common()]

    @property
    def tags(self) -> list[tuple[str, str]]:
        """Return the states of the times, each once: the words and the kind of tag."""
        return list(dict.fromkeys((entry.tag, entry.tag_kind) for entry in self.entries))

    @property
    def is_requested(self) -> bool:
        return any(entry.is_requested for entry in self.entries)


def in_series(entries: Iterable[Entry]) -> list[Entry | SeriesEntry]:
    """Put the times of one series together, where the first of them stands. One that is alone stays as it is."""
    by_series: dict[int, list[Entry]] = {}
    for entry in (entries := list(entries)):
        if entry.booking.series_id is not None:
            by_series.setdefault(entry.booking.series_id, []).append(entry)
    told: list[Entry | SeriesEntry] = []
    for entry in entries:
        series = entry.booking.series
        together = by_series.get(series.pk, []) if series is not None else []
        if series is None or len(together) < 2:
            told.append(entry)
        elif entry is together[0]:
            told.append(SeriesEntry(series, together))
    return told


@never_cache
@login_required
@require_safe
def my_bookings(request: ResidentRequest) -> HttpResponse:
    at = timezone.now()
    mine = Booking.objects.filter(resident=request.user).for_list().select_related("series")
    is_coming = Q(ends_at__gt=at)
    coming = mine.live_at(at).filter(is_coming).exclude(state=BookingState.HELD, offer__isnull=False)
    coming = coming.order_by("starts_at")
    # A time that was held and never booked is nothing to remember.
    past = mine.exclude(pk__in=coming.values("pk")).exclude(people=None).order_by("-starts_at")
    page = Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "coming": in_series(Entry(booking, at) for booking in coming),
        "past": [Entry(booking, at) for booking in page],
        "page": page,
        "offers": offers_of(request.user, at),
        "watches": watches_shown_to(request.user, at),
    }
    return render(request, "rooms/my_bookings.html", context)


@never_cache
@login_required
@require_safe
def booking(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = get_booking(request, reference)
    if is_offer(mine):
        return redirect("rooms:offer", mine.reference)
    entry = Entry(mine, at)
    is_new = request.session.pop("just_booked", None) == mine.reference
    context = {
        "entry": entry,
        "booking": mine,
        "room": mine.room,
        "is_new": is_new,
        "events": [
            {"when": capfirst(moment_words(event.at)), "words": event_words(event, mine), "reason": event.reason}
            for event in mine.events.all()
        ],
        "price": entry.price,
        "stopped": watch_stopped_by(mine, at) if is_new else None,
    }
    return render(request, "rooms/booking.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = get_booking(request, reference)
    entry, later = Entry(mine, at), later_times(mine, at)
    form = None
    if later and entry.is_coming:
        label = _("Which times do you want to give back?")
        data = request.POST if request.method == "POST" else None
        form = ScopeForm(data, later=later, label=label, initial=request.GET.get("scope", ""))
    if request.method == "POST" and (form is None or form.is_valid()):
        if form is not None and form.cleaned_data["scope"] == FOLLOWING:
            return give_back_following(request, mine, at)
        try:
            verbs.give_back(booking=mine, actor=request.user, at=at)
        except verbs.Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("You have given the time back. It is free for others again."))
        return redirect(mine)
    return render(request, "rooms/give_back.html", {"form": form, "entry": entry, "booking": mine, "room": mine.room})


def give_back_following(request: ResidentRequest, mine: Booking, at: datetime) -> HttpResponse:
    try:
        given = len(verbs.give_back_following(booking=mine, actor=request.user, at=at))
    except verbs.Refused as refused:
        messages.error(request, str(refused))
    else:
        words = ngettext(
            "You have given %(number)s time back. It is free for others again.",
            "You have given %(number)s times back. They are free for others again.",
            given,
        )
        messages.success(request, words % {"number": given})
    return redirect(mine.series or mine)


def later_times(mine: Booking, at: datetime) -> int:
    """Return how many times of its series come after this one. Queries where it is in a series."""
    if mine.series_id is None or mine.series_start is None:
        return 0
    later = Booking.objects.filter(series=mine.series_id, series_start__gt=mine.series_start)
    return later.live_at(at).filter(ends_at__gt=at).count()


@never_cache
@login_required
@require_safe
def calendar(request: ResidentRequest, reference: str) -> HttpResponse:
    mine = get_booking(request, reference)
    return calendar_download(mine, mine.reference)


def calendar_download(booking: Booking, name: str) -> HttpResponse:
    """Return the calendar file of a booking, or of all its series."""
    method, content = calendar_of(booking, at=timezone.now())
    return HttpResponse(
        content,
        content_type=f"text/calendar; charset=utf-8; method={method}",
        headers={"Content-Disposition": f'attachment; filename="{name}.ics"'},
    )


def get_booking(request: ResidentRequest, reference: str) -> Booking:
    """Return the booking of whoever asks; anybody else's is 404, so that no reference can be tried out."""
    mine = Booking.objects.for_list().filter(reference=reference.upper(), resident=request.user.pk).first()
    if mine is None:
        raise Missing(_("You have no booking with this number. Your own bookings are on the page My bookings."))
    return mine
