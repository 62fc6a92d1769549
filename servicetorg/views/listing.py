from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.models.timetable import load_schedules
from hubs.moments import asked_moment
from services.cards import Card
from services.models import Listing
from services.next_step import next_step
from servicetorg.suitable_rooms import free_today, rooms_for


@require_safe
def listing(request: HttpRequest, hub: str, listing: str) -> HttpResponse:
    """Show a service at a hub. Here and not in services: the page leads to rooms too."""
    asked_at = asked_moment(request)
    at = asked_at or timezone.now()
    here = get_object_or_404(Listing.objects.for_list(), hub__slug=hub, slug=listing)
    elsewhere = list(Listing.objects.for_cards().filter(service=here.service).exclude(pk=here.pk))
    rooms = rooms_for(here)
    schedules = load_schedules(each.timetable_id for each in [here, here.hub, *elsewhere, *rooms])
    context = {
        "listing": here,
        "step": next_step(here),
        "schedule": schedules[here.timetable_id],
        "elsewhere": [Card(each, schedules[each.timetable_id], at) for each in elsewhere],
        "suitable_rooms": free_today(rooms, at=at, schedules=schedules),
        "notices": here.notices_shown_at(at),
        "at": at,
        "asked_at": asked_at,
    }
    return render(request, "services/listing.html", context)
