from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.models import Hub, RegularGroup
from hubs.models.timetable import load_schedules
from hubs.moments import asked_moment
from hubs.opening import HELSINKI, Schedule
from rooms.models import Room
from services.cards import Card
from services.models import Listing
from servicetorg import maps
from servicetorg.free_rooms import FreeRoom, evening_of, free_rooms, next_open_window, tonight
from servicetorg.house import MOST_MISSING, happenings, portrait
from surveys.of_hub import surveys_of_hub

MOST_ROOMS = 5


@require_safe
def hub(request: HttpRequest, hub: str) -> HttpResponse:
    asked_at = asked_moment(request)
    at = asked_at or timezone.now()
    here = get_object_or_404(hubs_with_banner(), slug=hub)
    found = list(Listing.objects.for_cards().here_or_missing(here, MOST_MISSING))
    listings = [listing for listing in found if listing.hub_id == here.pk]
    rooms = Room.objects.bookable().in_short([here])
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
        "shows_examples": here.shows_examples,
        "surveys": surveys_of_hub(here, at),
        "portrait": portrait(here, found, rooms, schedules, at),
        **in_the_house(here, schedules[here.timetable_id], at),
        **rooms_of_the_day(rooms, schedules[here.timetable_id], schedules, at),
    }
    return render(request, "hub.html", context)


def hubs_with_banner() -> QuerySet[Hub, Any]:
    """Return the hubs, each knowing whether pages must say that there are examples: one question less for the frame."""
    return Hub.objects.published().annotate(shows_examples=Exists(Hub.objects.published().filter(is_example=True)))


def in_the_house(hub: Hub, hours: Schedule, at: datetime) -> dict[str, object]:
    """Return what the page may tell of today, and the groups that meet week after week. Two queries."""
    groups = list(RegularGroup.objects.shown_on(at.astimezone(HELSINKI).date()).filter(hub=hub))
    return {"groups": groups, "happenings": happenings(hub, groups, hours, at)}


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
