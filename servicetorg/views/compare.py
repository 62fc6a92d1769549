from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.models.timetable import load_schedules
from hubs.moments import asked_moment
from services.cards import Card
from services.models import Listing
from servicetorg.differences import MOST_SIDE_BY_SIDE, by_category, chosen_hubs, hubs_of_services, hubs_to_compare


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show which service is in which house, whether it is open there, and whether one needs an appointment."""
    asked_at = asked_moment(request)
    at = asked_at or timezone.now()
    all_hubs = list(hubs_to_compare())
    hubs = chosen_hubs(all_hubs, request.GET.getlist("hub"))
    listings = list(Listing.objects.for_list().filter(hub__in=hubs))
    schedules = load_schedules([each.timetable_id for each in [*hubs, *listings]])
    cards = [Card(listing, schedules[listing.timetable_id], at) for listing in listings]
    context = {
        "hubs": [
            {"hub": hub, "schedule": schedules[hub.timetable_id], "cards": [c for c in cards if c.listing.hub == hub]}
            for hub in hubs
        ],
        "groups": by_category(cards, hubs, hubs_of_services()),
        "all_hubs": all_hubs if len(all_hubs) > MOST_SIDE_BY_SIDE else [],
        "shown": hubs,
        "columns": len(hubs) + 1,
        "at": at,
        "asked_at": asked_at,
    }
    return render(request, "compare.html", context)
