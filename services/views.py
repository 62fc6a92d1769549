from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubs.models.timetable import load_schedules
from hubs.moments import asked_moment
from hubs.opening import Schedule
from services.models import Category, Listing


@dataclass(frozen=True, slots=True)
class Card:
    """A listing with its hours, as lists show it."""

    listing: Listing
    schedule: Schedule
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.schedule.state(self.at).is_open


@require_safe
def listing(request: HttpRequest, hub: str, listing: str) -> HttpResponse:
    at = asked_moment(request) or timezone.now()
    here = get_object_or_404(Listing.objects.for_list(), hub__slug=hub, slug=listing)
    elsewhere = list(Listing.objects.for_list().filter(service=here.service).exclude(pk=here.pk))
    schedules = load_schedules(each.timetable_id for each in [here, *elsewhere])
    context = {
        "listing": here,
        "schedule": schedules[here.timetable_id],
        "elsewhere": [Card(each, schedules[each.timetable_id], at) for each in elsewhere],
        "notices": here.notices_shown_at(at),
        "at": at,
        "asked_at": asked_moment(request),
    }
    return render(request, "services/listing.html", context)


def make_cards(listings: Iterable[Listing], at: datetime) -> list[Card]:
    listings = list(listings)
    schedules = load_schedules(listing.timetable_id for listing in listings)
    return [Card(listing, schedules[listing.timetable_id], at) for listing in listings]


def by_category(cards: Iterable[Card]) -> list[tuple[Category, list[Card]]]:
    def order(card: Card) -> tuple[int, str]:
        category = card.listing.service.category
        return category.order, category.slug

    groups = [list(group) for _order, group in groupby(sorted(cards, key=order), key=order)]
    return [(group[0].listing.service.category, group) for group in groups]
