"""The opening hours of hubs, listings and rooms, day by day, for a page of them at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import override
from modeltranslation.utils import build_localized_fieldname

from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import Day, Part, Schedule, Text
from rooms.models import Room
from services.models import Listing
from servicetorg.addresses import CODES
from servicetorg.api.records import Record, listing_id, moment
from servicetorg.api.words import Teller, Words

KINDS = ("hub", "listing", "room")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose hours they are, in plain columns: a town of rooms is listed in three queries."""

    kind: str
    id: str
    hub: str
    timetable: int
    names: Mapping[str, str | None]


def places(kind: str, hub: Hub | None) -> list[Place]:
    """Return the published hubs, listings and rooms, or those of one kind or hub, in a lasting order."""
    sources: dict[str, models.QuerySet[Any]] = {
        "hub": Hub.objects.published(),
        "listing": Listing.objects.published(),
        "room": Room.objects.published(),
    }
    found = []
    for each in [kind] if kind else KINDS:
        things, hub_slug = sources[each], "slug" if each == "hub" else "hub__slug"
        if hub is not None:
            things = things.filter(**{hub_slug: hub.slug})
        names = [build_localized_fieldname("name", code) for code in CODES]
        rows = things.order_by("pk").annotate(of_hub=models.F(hub_slug))
        found += [
            Place(
                each,
                slug if each == "hub" else listing_id(of_hub, slug),
                of_hub,
                timetable,
                dict(zip(CODES, own, strict=True)),
            )
            for slug, of_hub, timetable, *own in rows.values_list("slug", "of_hub", "timetable", *names)
        ]
    return found


class Reckoner:
    """Knows the days of many places. Those that follow the same hours are reckoned once."""

    def __init__(self, shown: Sequence[Place], first: date, last: date, language: str) -> None:
        self.first, self.last = first, last
        self.schedules: dict[str, dict[int, Schedule]] = {}
        for code in [language] if language else CODES:
            with override(code):
                self.schedules[code] = load_schedules(place.timetable for place in shown)
        self.known: dict[tuple[str, int], list[Day]] = {}

    def days(self, place: Place) -> list[dict[str, Day]]:
        """Return each day, as it is told in each language."""
        in_each = {code: self._days(code, schedules[place.timetable]) for code, schedules in self.schedules.items()}
        return [dict(zip(in_each, day, strict=True)) for day in zip(*in_each.values(), strict=True)]

    def _days(self, code: str, schedule: Schedule) -> list[Day]:
        followed = schedule.followed
        key = code, id(followed)
        if key not in self.known:
            self.known[key] = followed.days(self.first, self.last)
        return self.known[key]

    def confirmed_at(self, place: Place) -> datetime | None:
        schedule = next(iter(self.schedules.values()))[place.timetable]
        return schedule.confirmed_at or schedule.followed.confirmed_at


def hours_record(place: Place, reckoner: Reckoner, tell: Teller, updated_at: datetime) -> Record:
    confirmed_at = reckoner.confirmed_at(place)
    return {
        "id": place.id,
        "kind": place.kind,
        "hub": place.hub,
        "name": tell.words(dict(place.names), "name"),
        "days": [day_record(day, tell) for day in reckoner.days(place)],
        "confirmed_at": moment(confirmed_at) if confirmed_at is not None else None,
        "updated_at": moment(updated_at),
        **tell.told(),
    }


def day_record(in_each: Mapping[str, Day], tell: Teller) -> Record:
    # Where notes differ in one language and not in another, spans that touch are told apart or are one.
    day = max(in_each.values(), key=lambda each: len(each.parts))
    return {
        "date": day.date.isoformat(),
        "status": day.status.value,
        "is_exception": day.is_exception,
        "title": words({code: each.title for code, each in in_each.items()}, tell, f"days.{day.date}.title"),
        "spans": [span_record(part, in_each, tell) for part in day.parts],
    }


def span_record(part: Part, in_each: Mapping[str, Day], tell: Teller) -> Record:
    notes = {
        code: next((each.note for each in day.parts if each.opens == part.opens), "") for code, day in in_each.items()
    }
    day = next(iter(in_each.values())).date
    return {
        "opens": f"{part.opens:%H:%M}",
        "closes": f"{part.closes:%H:%M}",
        "mode": part.mode.value,
        "note": words(notes, tell, f"days.{day}.{part.opens:%H:%M}.note"),
    }


def words(texts: Mapping[str, str], tell: Teller, name: str) -> Words:
    """Tell a text that knows whether it had to be written in another language."""
    own: dict[str, str | None] = {}
    for code, text in texts.items():
        written_in = text.language if isinstance(text, Text) else ""
        own[written_in or code] = own.get(written_in or code) or text or None
    return tell.words(own, name)
