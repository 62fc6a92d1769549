"""What will differ from the usual hours, on top of the pages where it matters, and how to ask for another day."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template

from hubs import deviations_in_words
from hubs.deviations import Deviation, coming, coming_in
from hubs.moments import MomentForm
from hubs.opening import Schedule

register = template.Library()

register.filter("deviation_title", deviations_in_words.title)
register.filter("deviation_unlike", deviations_in_words.unlike)
register.filter("deviation_reasons", deviations_in_words.reasons)


@register.inclusion_tag("includes/deviations.html")
def coming_deviations(schedule: Schedule | None, at: datetime, house: Schedule | None = None) -> dict[str, Any]:
    """Show what differs in the coming two weeks. A room differs also where the `house` it is in closes."""
    hours = schedule or Schedule()
    return {"deviations": coming(hours, at) if house is None else coming_in(hours, house, at)}


@register.inclusion_tag("includes/deviations_of_hubs.html")
def coming_deviations_of_hubs(cards: Iterable[Any], at: datetime) -> dict[str, Any]:
    """Show for each house what differs next, in a line. A card has `hub` and `schedule`."""
    known: dict[tuple[Any, ...], list[Deviation]] = {}  # many houses have the same hours
    found: list[tuple[Any, list[Deviation]]] = []
    for card in cards:
        hours = card.schedule.hours
        if hours not in known:
            known[hours] = coming(card.schedule, at)
        found.append((card.hub, known[hours]))
    return {"houses": [(hub, deviations[0], len(deviations) > 1) for hub, deviations in found if deviations]}


@register.inclusion_tag("includes/ask_moment.html")
def ask_moment(asked_at: datetime | None) -> dict[str, Any]:
    """Show a form that asks the page how it will be on another day."""
    return {"form": MomentForm(asked_at), "is_asked": asked_at is not None}


@register.inclusion_tag("includes/ask_moment_fields.html")
def ask_moment_fields(asked_at: datetime | None) -> dict[str, Any]:
    """Show its fields alone, inside a form that asks for more."""
    return {"form": MomentForm(asked_at)}
