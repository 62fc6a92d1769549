"""One visit for several services: when they are open together, and the same to share, to print and for a calendar."""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Event

from hubs.models import Hub
from hubs.opening import HELSINKI
from rooms.calendar import host, new_calendar, organiser
from rooms.qr import qr_svg
from rooms.views.feeds import PUBLIC, calendar_response
from rooms.week import ONE_WEEK, monday_of, read_week
from servicetorg.visit import (
    Chance,
    Trip,
    asked_services,
    find_wanted,
    in_words_of_all,
    listings_elsewhere,
    load_for,
    make_trip,
    notices_of,
    other_hubs,
    planner_address,
    services_elsewhere,
    weeks_to_choose,
)


@require_safe
def planner(request: HttpRequest, hub: str) -> HttpResponse:
    at = timezone.now()
    here = get_object_or_404(Hub.objects.published(), slug=hub)
    words = asked_services(request.GET)
    today, status = timezone.localdate(at), 200
    try:
        monday = read_week(request.GET.get("week", ""), today)
    except ValueError:
        monday, status = monday_of(today), 400
    if len(request.GET.getlist("services")) > 1 and status == 200:  # of the form: lead to what one can share
        return redirect(planner_address(here, words, monday))
    listings, elsewhere = list(here.listings.for_list()), services_elsewhere(here)
    wanted = find_wanted(words, listings, elsewhere)
    if wanted.unknown:
        wanted = find_wanted(in_words_of_all(words, wanted.unknown, here), listings, elsewhere)
    others = listings_elsewhere(here, wanted) if words else []
    schedules = load_for([*wanted.listings, *others]) if words else {}
    slugs = wanted.slugs
    context = {
        "hub": here,
        "listings": listings,
        "elsewhere": elsewhere,
        "ticked": set(slugs),
        "wanted": wanted,
        "trip": make_trip(here, wanted.listings, schedules, monday, at=at) if wanted.listings else None,
        "others": other_hubs(others, wanted, schedules, monday, at=at),
        "notices": notices_of(here, wanted.listings, at) if wanted.listings else [],
        "weeks": weeks_to_choose(monday, today),
        "is_unreadable": status == 400,
        "is_past": monday + ONE_WEEK <= monday_of(today),
        "services": ",".join(slugs),
        **addresses(here, slugs, monday, today),
    }
    return render(request, "planner.html", context, status=status)


def addresses(hub: Hub, slugs: list[str], monday: date, today: date) -> dict[str, object]:
    """Return the address to share, with its code for a phone, and those of the weeks around."""
    if not slugs:
        return {}
    share = settings.SITE_URL + planner_address(hub, slugs, monday)
    return {
        "share": share,
        "qr": qr_svg(share),
        "previous": planner_address(hub, slugs, monday - ONE_WEEK) if monday > today else "",
        "next": planner_address(hub, slugs, monday + ONE_WEEK),
        "this_week": planner_address(hub, slugs),
    }


@require_safe
def planner_visit_ics(request: HttpRequest, hub: str) -> HttpResponseBase:
    """Answer with the chosen time as an event for the visitor's calendar, if all are open then."""
    at = timezone.now()
    here = get_object_or_404(Hub.objects.published(), slug=hub)
    wanted = find_wanted(asked_services(request.GET), list(here.listings.for_list()), [])
    try:
        monday = read_week(request.GET.get("week", ""), timezone.localdate(at))
    except ValueError as error:
        raise Http404 from error
    trip = make_trip(here, wanted.listings, load_for(wanted.listings), monday, at=at)
    start = request.GET.get("start", "")
    chances = [chance for day in trip.days for chance in (*day.together, *day.with_self_service)]
    chance = next((each for each in chances if each.key == start), None)
    if chance is None:
        raise Http404(_("These services are not all open then."))
    return calendar_response(request, visit_calendar(trip, chance), PUBLIC)


def visit_calendar(trip: Trip, chance: Chance) -> bytes:
    """Return a calendar of one event, which keeps nobody busy: it says when one can come."""
    slugs = [stop.listing.slug for stop in trip.stops]
    address = settings.SITE_URL + planner_address(trip.hub, slugs, trip.monday)
    names = ", ".join(stop.listing.name for stop in trip.stops)
    hub = trip.hub
    event = Event()
    event.add("uid", f"visit-{hub.slug}-{chance.key}-{'-'.join(slugs)}@{host()}")
    event.add("dtstamp", chance.starts_at)
    event.add("dtstart", chance.starts_at.astimezone(HELSINKI))
    event.add("dtend", chance.ends_at.astimezone(HELSINKI))
    event.add("summary", _("Visit: %(services)s") % {"services": names})
    event.add("location", f"{hub.name}, {hub.street}, {hub.postal_code} {hub.locality}")
    event.add("description", "\n".join([*(stop_words(trip)), address]))
    event.add("url", address)
    event.add("transp", "TRANSPARENT")
    event.add("organizer", organiser())
    calendar = new_calendar(get_language() or settings.LANGUAGE_CODE, "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def stop_words(trip: Trip) -> list[str]:
    """Write a line for each stop: what it is, whether one needs an appointment, and where to call."""
    lines = []
    for stop in trip.in_order:
        line = f"{stop.listing.name}: {stop.listing.get_appointment_display()}"
        lines.append(f"{line}, {stop.listing.phone}" if stop.listing.phone else line)
    return lines
