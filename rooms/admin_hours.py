"""Bookings outside the hours in the admin: told when somebody changes the hours, and until they are seen to."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, ngettext

from hubs.admin import when_hours_change
from rooms.admin_closing import closed_words
from rooms.closing_forms import ClosingForm
from rooms.models import Booking, Closure
from rooms.outside_hours import ClosedTime, Outside, closed_times, outside_hours

MOST_LINKS = 5
OUTSIDE = "outside"


class HoursFilter(admin.SimpleListFilter):
    title = gettext_lazy("opening hours")
    parameter_name = "hours"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(OUTSIDE, gettext_lazy("outside the opening hours"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> models.QuerySet[Booking]:
        if self.value() != OUTSIDE:
            return queryset
        return queryset.filter(pk__in=[each.pk for each in unseen(request)])


class WithHours(admin.ModelAdmin):
    """What the admin of bookings tells the front page about the hours."""

    def hours_to_do(self, request: HttpRequest) -> list[tuple[str, str]]:
        number = len(unseen(request))
        words = ngettext(
            "%(number)s booking is outside the opening hours",
            "%(number)s bookings are outside the opening hours",
            number,
        )
        return [(outside_address(), words % {"number": number})] if number else []


def within_reach(request: HttpRequest) -> list[Outside]:
    bookings: Any = admin.site.get_model_admin(Booking)
    return outside_hours(Booking.objects.filter(bookings.within_reach(request)), at=timezone.now())


def unseen(request: HttpRequest) -> list[Outside]:
    """Leave out those for which the staff have made an exception."""
    return [each for each in within_reach(request) if not each.is_exception]


@when_hours_change
def tell_of_bookings(request: HttpRequest, reason: Mapping[str, str]) -> Callable[[], None]:
    """Look which bookings are outside the hours, and afterwards tell of those that have come to be."""
    bookings, closures = (admin.site.get_model_admin(model) for model in (Booking, Closure))
    if not (bookings.has_change_permission(request) and closures.has_add_permission(request)):
        return lambda: None
    before = {each.pk for each in within_reach(request)}

    def tell() -> None:
        if found := [each for each in within_reach(request) if each.pk not in before]:
            messages.warning(request, warning(found, reason))

    return tell


def warning(found: list[Outside], reason: Mapping[str, str]) -> str:
    """Write how many bookings there are, with a way into the closure assistant for each time, the soonest first."""
    words = ngettext(
        "%(number)s booking now falls outside the opening hours. Nobody has been told. Move or cancel it:",
        "%(number)s bookings now fall outside the opening hours. Nobody has been told. Move or cancel them:",
        len(found),
    )
    times = closed_times(found)
    links = [(assistant_address(time, reason), time_words(time)) for time in times[:MOST_LINKS]]
    more = len(times) - len(links)
    if more:
        at_other_times = ngettext("and at %(number)s other time", "and at %(number)s other times", more)
        links.append((outside_address(), at_other_times % {"number": more}))
    linked = format_html_join(mark_safe(" · "), '<a href="{}">{}</a>', links)
    return format_html("{} {}", words % {"number": len(found)}, linked)


def time_words(time: ClosedTime) -> str:
    return f"{time.rooms[0].hub}, {closed_words(time.starts_at, time.ends_at)}"


def assistant_address(time: ClosedTime, reason: Mapping[str, str]) -> str:
    chosen = ClosingForm.query(time.rooms, time.starts_at, time.ends_at, reason)
    return f"{reverse('admin:rooms_closure_assistant')}?{chosen}"


def outside_address() -> str:
    return f"{reverse('admin:rooms_booking_changelist')}?hours={OUTSIDE}"
