"""What a page shows of the other things in the same house. Here, because rooms and services do not know each other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

from hubs.opening import Schedule
from rooms.models import Room
from services.cards import Card
from servicetorg.suitable_rooms import services_near

register = template.Library()


@register.inclusion_tag("includes/steps_away.html")
def steps_away(room: Room, schedules: Mapping[int, Schedule], at: datetime) -> dict[str, Any]:
    """Show services near a room, and whether they are open. One query; `schedules` are those of the house."""
    cards = [
        Card(listing, schedules[listing.timetable_id], at)
        for listing in services_near(room)
        if listing.timetable_id in schedules
    ]
    return {"cards": cards, "room": room}
