from typing import Any

from django import template

from hubs.accessibility import Place, accessibility_facts
from hubs.models import Hub

register = template.Library()


@register.inclusion_tag("includes/accessibility.html")
def accessibility(place: Place, hub: Hub) -> dict[str, Any]:
    """Tell what is known of a house or a room: what is there first, then what is not, then what nobody knows."""
    facts = accessibility_facts(place)
    unknown = [fact.label for fact in facts if not fact.is_known]
    return {
        "there": [fact for fact in facts if fact.is_there],
        "lacking": [fact for fact in facts if fact.is_known and not fact.is_there],
        "unknown": "; ".join(label[:1].lower() + label[1:] for label in unknown),
        "hub": hub,
        "is_example": hub.is_example,
    }
