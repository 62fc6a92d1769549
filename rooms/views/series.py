"""A series that has been booked: all its dates on one page, and in one calendar file."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rooms.enums import ENDED_STATES
from rooms.models import Booking, Series
from rooms.views.bookings import Entry, ResidentRequest, SeriesEntry, calendar_download
from rooms.views.missing import Missing
from rooms.wording import money


@never_cache
@login_required
@require_safe
def series(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine, bookings = get_series(request, reference)
    entries = [Entry(each, at) for each in bookings]
    coming = [entry for entry in entries if entry.is_coming]
    standing = [entry.booking for entry in entries if entry.booking.state_at(at) not in ENDED_STATES]
    total = sum(each.price_cents for each in standing)
    context = {
        "series": mine,
        "group": SeriesEntry(mine, coming or entries),
        "entries": entries,
        "coming": coming,
        "booking": bookings[0],
        "is_new": request.session.pop("just_booked", None) == mine.reference,
        "is_requested": any(entry.is_requested for entry in coming),
        "price": money(total) if total else _("Free of charge"),
    }
    return render(request, "rooms/series.html", context)


@never_cache
@login_required
@require_safe
def series_calendar(request: ResidentRequest, reference: str) -> HttpResponse:
    mine, bookings = get_series(request, reference)
    return calendar_download(bookings[0], mine.reference)


def get_series(request: ResidentRequest, reference: str) -> tuple[Series, list[Booking]]:
    """Return the series of whoever asks with its bookings; anybody else's is 404, as a booking's is."""
    mine = Booking.objects.for_list().filter(series__reference=reference.upper(), resident=request.user.pk)
    bookings = list(mine.select_related("series").order_by("series_start"))
    if not bookings or bookings[0].series is None:
        raise Missing(_("You have no series with this number. Your own bookings are on the page My bookings."))
    return bookings[0].series, bookings
