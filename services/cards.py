"""A listing with its hours, as cards show it: one by one, in lists and by kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from hubs.models.timetable import load_schedules
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
        return self.schedule.is_open_at(self.at)


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
