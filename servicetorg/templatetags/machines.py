"""Puts into the head of a page what machines read."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from hubs.models import Hub
from hubs.opening import Schedule
from rooms.models import Room
from services.models import Listing
from servicetorg import structured_data

register = template.Library()

# As in Django's json_script: no text can end the element, begin a comment or become markup.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def site_data() -> SafeString:
    return script(structured_data.of_site())


@register.simple_tag
def hub_data(hub: Hub, schedule: Schedule, at: datetime) -> SafeString:
    return script(structured_data.of_hub(hub, schedule, at))


@register.simple_tag
def listing_data(listing: Listing, schedule: Schedule, at: datetime) -> SafeString:
    return script(structured_data.of_listing(listing, schedule, at))


@register.simple_tag
def room_data(room: Room, schedule: Schedule, house: Schedule, at: datetime) -> SafeString:
    return script(structured_data.of_room(room, schedule, house, at))


def script(data: dict[str, Any]) -> SafeString:
    """Return a block of data, which no browser runs and no Content-Security-Policy need allow."""
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{content}</script>')  # noqa: S308 - escaped above
