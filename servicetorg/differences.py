"""Services here and there: houses are no copies of each other, and one page says where each thing is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import models
from django.db.models import Count, Q

from hubs.models import Hub
from rooms.enums import BookingChannel
from services.cards import Card
from services.models import Category, Listing, Service

MOST_SIDE_BY_SIDE = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """A service in one of the houses; without cards it is not there."""

    hub: Hub
    cards: list[Card]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A service in each of the houses that are shown."""

    service: Service
    cells: list[Cell]
    only_at: Hub | None  # of all houses, not only of those that are shown
    is_everywhere: bool  # in all that are shown


def hubs_to_compare() -> models.QuerySet[Hub]:
    """Return the published hubs, each with the number of its rooms that residents can book."""
    bookable = Q(rooms__is_published=True, rooms__channel=BookingChannel.ONLINE, rooms__parent=None)
    return Hub.objects.for_list().annotate(room_count=Count("rooms", filter=bookable))


def chosen_hubs(hubs: Sequence[Hub], slugs: Iterable[str]) -> list[Hub]:
    """Return the hubs that the address names, two or three of them; else the first ones."""
    wanted = set(slugs)
    named = [hub for hub in hubs if hub.slug in wanted][:MOST_SIDE_BY_SIDE]
    return named if len(named) > 1 else [*named, *(hub for hub in hubs if hub not in named)][:MOST_SIDE_BY_SIDE]


def hubs_of_services() -> dict[int, set[int]]:
    """Return by service in which published hubs it is. One query, of plain columns."""
    places: dict[int, set[int]] = defaultdict(set)
    for service, hub in Listing.objects.published().order_by().values_list("service", "hub"):
        places[service].add(hub)
    return places


def by_category(
    cards: Iterable[Card], hubs: Sequence[Hub], places: Mapping[int, set[int]]
) -> list[tuple[Category, list[Line]]]:
    """Return the services of these hubs by category. Never queries."""
    of: dict[int, list[Card]] = defaultdict(list)
    for card in cards:
        of[card.listing.service_id].append(card)
    lines = [line(found, hubs, places) for found in of.values()]
    lines.sort(key=lambda each: (each.service.category.order, each.service.category.slug, each.service.slug))
    return [(found[0].service.category, found) for _key, group in groupby(lines, key=_category) for found in [[*group]]]


def line(cards: Sequence[Card], hubs: Sequence[Hub], places: Mapping[int, set[int]]) -> Line:
    service = cards[0].listing.service
    cells = [Cell(hub, [card for card in cards if card.listing.hub_id == hub.pk]) for hub in hubs]
    own = [cell.hub for cell in cells if cell.cards]
    return Line(
        service=service,
        cells=cells,
        only_at=own[0] if len(places[service.pk]) == 1 else None,
        is_everywhere=len(own) == len(hubs),
    )


def _category(line: Line) -> int:
    return line.service.category_id
