from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.moments import asked_moment
from hubs.opening import HELSINKI, Schedule
from rooms.models import Room
from services.cards import Card
from servicetorg import maps
from servicetorg.free_rooms import FreeRoom, evening_of, free_rooms, next_open_window, tonight

MOST_ROOMS = 5


@require_safe
def hub(request: HttpRequest, hub: str) -> HttpResponse:
    asked_at = asked_moment(request)
    at = asked_at or timezone.now()
    here = get_object_or_404(Hub.objects.for_list(), slug=hub)
    listings = list(here.listings.for_list())
    rooms = list(here.rooms.bookable().for_list())
    schedules = load_schedules([each.timetable_id for each in [here, *listings, *rooms]])
    cards = [Card(listing, schedules[listing.timetable_id], at) for listing in listings]
    context = {
        "hub": here,
        "schedule": schedules[here.timetable_id],
        "cards": cards,
        "open_count": sum(card.is_open for card in cards),
        "notices": here.notices.for_whole_hub().shown_at(at),
        "journey_planner": maps.journey_planner(here),
        "service_map": maps.service_map(here),
        "at": at,
        "asked_at": asked_at,
        **rooms_of_the_day(rooms, schedules[here.timetable_id], schedules, at),
    }
    return render(request, "hub.html", context)


def rooms_of_the_day(
    rooms: list[Room], hours: Schedule, schedules: Mapping[int, Schedule], at: datetime
) -> dict[str, object]:
    """Return the free rooms of today, or of the next day on which the house opens."""
    window = next_open_window(hours, at)
    found: list[FreeRoom] = free_rooms(rooms, window, at=at, schedules=schedules) if window and rooms else []
    is_today = window is not None and window[0].astimezone(HELSINKI).date() == at.astimezone(HELSINKI).date()
    has_evening = window is not None and is_today and window[1] > evening_of(at)[0]
    return {
        "tonight": tonight(found, at=at, schedules=schedules) if found and has_evening else None,
        "rooms": found[:MOST_ROOMS],
        "has_more_rooms": len(found) > MOST_ROOMS,
        "window": window,
        "is_today": is_today,
    }
