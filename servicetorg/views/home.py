from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request
from django.views.decorators.http import require_safe

from hubs.enums import Severity
from hubs.models import Hub, Notice
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, Schedule
from rooms.models import Room
from rooms.rules import midnight
from servicetorg.forms import SearchForm
from servicetorg.free_rooms import FreeRoom, Tonight, free_rooms, tonight

MOST_ROOMS = 3  # of each hub


@dataclass(frozen=True, slots=True)
class HubCard:
    hub: Hub
    schedule: Schedule


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Lead to the language of the cookie, of the browser, or to Swedish."""
    response = HttpResponseRedirect(f"/{get_language_from_request(request)}/")
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    hubs = list(Hub.objects.published())
    rooms = Room.objects.bookable().in_short(hubs)
    schedules = load_schedules([each.timetable_id for each in [*hubs, *rooms]])
    notices = list(Notice.objects.shown_at(at).for_whole_hub().filter(hub__in=hubs).select_related("hub"))
    today = free_rooms(rooms, rest_of_the_day(at), at=at, schedules=schedules)
    context = {
        "search_form": SearchForm(),
        "hubs": [HubCard(hub, schedules[hub.timetable_id]) for hub in hubs],
        "urgent_notices": [each for each in notices if each.severity != Severity.NORMAL],
        "notices": [each for each in notices if each.severity == Severity.NORMAL],
        **rooms_of_the_day(hubs, today, tonight(today, at=at, schedules=schedules)),
        "at": at,
    }
    return render(request, "home.html", context)


def rooms_of_the_day(hubs: list[Hub], today: list[FreeRoom], evening: Tonight) -> dict[str, object]:
    """Return what is free today, or late in the day what is free tonight, and the other of the two in short."""
    first, second = (evening.rooms, evening.earlier) if evening.is_late else (today, evening.rooms)
    return {"tonight": evening, "rooms": some_of_each(hubs, first), "rooms_in_short": some_of_each(hubs, second)}


def some_of_each(hubs: list[Hub], rooms: list[FreeRoom]) -> list[FreeRoom]:
    """Return the first free rooms of each hub; parts of a hall are left to the search."""
    of_hub: dict[int, list[FreeRoom]] = {hub.pk: [] for hub in hubs}
    for each in rooms:
        if each.free and each.room.parent_id is None:
            of_hub[each.room.hub_id].append(each)
    return [each for found in of_hub.values() for each in found[:MOST_ROOMS]]


def rest_of_the_day(at: datetime) -> tuple[datetime, datetime]:
    today = at.astimezone(HELSINKI).date()
    return at, midnight(today.fromordinal(today.toordinal() + 1))
