from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from hubs.models.timetable import load_schedules
from hubs.moments import asked_moment
from hubs.opening import Schedule
from services.forms import ServicesForm
from services.matching import Field, Match, match, texts_of
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
def services(request: HttpRequest) -> HttpResponse:
    at = asked_moment(request) or timezone.now()
    form = ServicesForm(request.GET)
    wishes = form.cleaned_data if form.is_valid() else {}
    listings = Listing.objects.for_list().wanted(wishes.get("hub"), wishes.get("category"))
    cards = wanted_cards(make_cards(listings, at), wishes)
    context = {
        "form": form,
        "groups": by_category(cards),
        "count": len(cards),
        "is_filtered": any(wishes.values()),
        "at": at,
        "asked_at": asked_moment(request),
    }
    return render(request, "services/services.html", context)


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


def wanted_cards(cards: list[Card], wishes: Mapping[str, Any]) -> list[Card]:
    if wishes.get("open"):
        cards = [card for card in cards if card.is_open]
    if language := wishes.get("language"):
        cards = [card for card in cards if language in card.listing.languages]
    if query := wishes.get("q"):
        cards = [card for card in cards if match_listing(query, card.listing)]
    return cards


def by_category(cards: Iterable[Card]) -> list[tuple[Category, list[Card]]]:
    def order(card: Card) -> tuple[int, str]:
        category = card.listing.service.category
        return category.order, category.slug

    groups = [list(group) for _order, group in groupby(sorted(cards, key=order), key=order)]
    return [(group[0].listing.service.category, group) for group in groups]


def match_listing(query: str, listing: Listing) -> Match | None:
    codes = [code for code, _name in settings.LANGUAGES]
    texts = [
        *texts_of(listing, Field.NAME, "name", codes),
        *texts_of(listing.service, Field.NAME, "name", codes),
        *texts_of(listing.service, Field.KEYWORDS, "keywords", codes),
        *texts_of(listing.service.category, Field.CATEGORY, "name", codes),
        *texts_of(listing.provider, Field.CATEGORY, "name", codes),
        *texts_of(listing, Field.SUMMARY, "summary", codes),
    ]
    return match(query, texts, str(get_language()))
