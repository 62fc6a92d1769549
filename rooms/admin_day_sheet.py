"""The day sheet in the admin: who comes to a hub on a day, to be read at the desk or pinned there."""

from datetime import date
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts import roles
from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import ONE_DAY
from hubs.wording import day_long, day_short, day_words
from rooms.day_sheet import day_sheet
from rooms.wording import moment_words


class WithDaySheet(admin.ModelAdmin):
    """For the admin of bookings: the sheet of each hub that the person edits, by its address and `?date=`."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("day-sheet/", wrap(self.first_day_sheet_view), name="rooms_booking_first_day_sheet"),
            path("day-sheet/<slug:hub>/", wrap(self.day_sheet_view), name="rooms_booking_day_sheet"),
            *super().get_urls(),
        ]

    def shortcuts(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Offer today's sheet on the front page of the admin."""
        address = reverse("admin:rooms_booking_first_day_sheet")
        return [(address, _("Day sheet: who comes today"))] if self.has_view_permission(request) else []

    def first_day_sheet_view(self, request: HttpRequest) -> HttpResponse:
        hub = self.hubs_with_sheets(request).first()
        if hub is None:
            raise Http404
        return HttpResponseRedirect(reverse("admin:rooms_booking_day_sheet", args=[hub.slug]))

    def day_sheet_view(self, request: HttpRequest, hub: str) -> HttpResponse:
        hubs = list(self.hubs_with_sheets(request))
        shown = next((each for each in hubs if each.slug == hub), None)
        if shown is None:
            raise Http404
        at = timezone.now()
        today = timezone.localdate(at)
        day = asked_day(request, today)
        rooms = day_sheet(shown, day, at=at)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Day sheet, %(hub)s") % {"hub": shown},
            "opts": self.opts,
            "hub": shown,
            "hubs": [(sheet_url(each, day), each) for each in hubs],
            "day": day,
            "day_words": capfirst(day_long(day)),
            "hours": day_words(load_schedules([shown.timetable_id])[shown.timetable_id].day(day)),
            "rooms": rooms if any(each.lines for each in rooms) else [],
            "earlier": (sheet_url(shown, day - ONE_DAY), capfirst(day_short(day - ONE_DAY))),
            "later": (sheet_url(shown, day + ONE_DAY), capfirst(day_short(day + ONE_DAY))),
            "today": "" if day == today else sheet_url(shown, today),
            "as_of": moment_words(at),
        }
        return TemplateResponse(request, "admin/rooms/booking/day_sheet.html", context)

    def hubs_with_sheets(self, request: HttpRequest) -> QuerySet[Hub]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return Hub.objects.filter(roles.within_reach(request.user, ["pk"]))  # type: ignore[arg-type]  # signed in


def asked_day(request: HttpRequest, today: date) -> date:
    """Return the day of the address, or today where it names none. Raise Http404 where there is no such day."""
    text = request.GET.get("date", "")
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise Http404 from None
    if not 2000 <= day.year <= 2999:  # beyond it the calendar ends
        raise Http404
    return day


def sheet_url(hub: Hub, day: date) -> str:
    address = reverse("admin:rooms_booking_day_sheet", args=[hub.slug])
    return f"{address}?{urlencode({'date': day.isoformat()})}"
