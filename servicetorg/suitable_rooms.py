"""Rooms and services meet: which rooms of a house suit the clients of a listing, and which services are near a room.

The staff choose the rooms of a listing. Where nobody has chosen, a rule does: rooms of the same
house that are booked on this site, of the kinds that suit what the listing is about.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, When
from django.utils import timezone

from hubs.opening import ONE_DAY, Schedule
from rooms.enums import BookingChannel, RoomKind
from rooms.models import Room
from rooms.models.room import RoomQuerySet
from rooms.rules import midnight
from services.models import Listing
from servicetorg.free_rooms import FreeRoom, free_rooms
from servicetorg.models import SuitableRooms

MOST_ROOMS = 3
MOST_SERVICES = 4

# The kinds of room that suit a category, the best first; none where clients come for an examination alone.
# What is not named here has meetings.
SUITS: dict[str, list[RoomKind]] = {
    "library": [RoomKind.GROUP, RoomKind.WORK, RoomKind.STUDIO, RoomKind.MAKERSPACE, RoomKind.MEETING],
    "youth": [RoomKind.STUDIO, RoomKind.MAKERSPACE, RoomKind.STAGE, RoomKind.GROUP, RoomKind.HALL],
    "employment": [RoomKind.WORK, RoomKind.MEETING, RoomKind.GROUP],
    "advice": [RoomKind.WORK, RoomKind.MEETING],
    "family": [RoomKind.GROUP, RoomKind.HALL, RoomKind.TEACHING, RoomKind.MEETING],
    "care": [RoomKind.GROUP, RoomKind.HALL, RoomKind.MEETING],
    "social": [RoomKind.GROUP, RoomKind.MEETING, RoomKind.TEACHING],
    "health": [],
    "dental": [],
    "restaurant": [RoomKind.HALL, RoomKind.STAGE],
    "spaces": list(RoomKind),
}
MEETINGS = [RoomKind.MEETING, RoomKind.GROUP, RoomKind.TEACHING]


def rooms_for(listing: Listing) -> list[Room]:
    """Return the rooms that the staff have chosen, or that the rule does, with their hub. Two queries."""
    chosen = list(SuitableRooms.objects.filter(listing=listing).values_list("rooms", flat=True))
    rooms = Room.objects.published()
    return rooms.filter(pk__in=chosen).in_short([listing.hub]) if chosen else by_rule(listing, rooms)


def by_rule(listing: Listing, rooms: RoomQuerySet) -> list[Room]:
    """Return whole rooms that are booked on this site, of the kinds that suit the category, the best kind first."""
    kinds = SUITS.get(listing.service.category.slug, MEETINGS)
    fitting = rooms.filter(kind__in=kinds, parent=None, channel=BookingChannel.ONLINE)
    return sorted(fitting.in_short([listing.hub]), key=lambda room: kinds.index(RoomKind(room.kind)))[:MOST_ROOMS]


def free_today(rooms: Sequence[Room], *, at: datetime, schedules: Mapping[int, Schedule]) -> list[FreeRoom]:
    """Return the rooms in their own order, each with what of today can still be booked. One query."""
    today = timezone.localdate(at)
    found = free_rooms(rooms, (at, midnight(today + ONE_DAY)), at=at, schedules=schedules) if rooms else []
    order = {room.pk: number for number, room in enumerate(rooms)}
    return sorted(found, key=lambda each: order[each.room.pk])


def services_near(room: Room) -> list[Listing]:
    """Return listings of the same house: those for whose clients the room was chosen, then those on its floor."""
    chosen = Exists(SuitableRooms.objects.filter(rooms=room, listing=OuterRef("pk")))
    nearest = [Case(When(chosen, then=0), default=1), Case(When(floor=room.floor, then=0), default=1)]
    listings = Listing.objects.for_list().filter(hub=room.hub_id, service__category__leads_to_rooms=False)
    return list(listings.order_by(*nearest, "order", "slug")[:MOST_SERVICES])
