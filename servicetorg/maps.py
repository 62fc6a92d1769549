"""Links to other sites' maps. Nothing of them is loaded; the visitor follows a link."""

from urllib.parse import quote

from django.utils.translation import get_language

from hubs.models import Hub


def journey_planner(hub: Hub) -> str:
    """Return HSL's journey planner from here to the hub, or nothing where we do not know the point."""
    if hub.latitude is None or hub.longitude is None:
        return ""
    place = quote(f"{hub.street}, {hub.locality}")
    return f"https://reittiopas.hsl.fi/reitti/-/{place}::{hub.latitude:f},{hub.longitude:f}"


def service_map(hub: Hub) -> str:
    return f"https://palvelukartta.hel.fi/{get_language()}/search?q={quote(f'{hub.street}, {hub.locality}')}"
