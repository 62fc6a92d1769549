"""One search over services, hubs and rooms, in all languages at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import get_language

from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import Schedule
from rooms.models import Room
from services.matching import Field, Match, Text, match, texts_of
from services.models import Listing
from services.views import match_listing

CODES = [code for code, _name in settings.LANGUAGES]


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str  # hub, listing, room
    thing: Hub | Listing | Room
    match: Match
    schedule: Schedule | None = None

    @property
    def hub(self) -> Hub:
        return self.thing if isinstance(self.thing, Hub) else self.thing.hub

    @property
    def other_language(self) -> str:
        """The language in which it was found, where that is not the reader's."""
        return "" if self.match.language == get_language() else self.match.language


def search(query: str) -> list[Hit]:
    """Return what answers the query, the best first. Seven queries, whatever the number of rows."""
    hits = sorted([*hub_hits(query), *listing_hits(query), *room_hits(query)], key=lambda hit: hit.match.rank)
    schedules = load_schedules(hit.thing.timetable_id for hit in hits)
    return [Hit(hit.kind, hit.thing, hit.match, schedules[hit.thing.timetable_id]) for hit in hits]


def hub_hits(query: str) -> Iterator[Hit]:
    for hub in Hub.objects.for_list():
        fields = [(Field.NAME, "name"), (Field.KEYWORDS, "building"), (Field.KEYWORDS, "district")]
        yield from hit("hub", hub, query, texts(hub, [*fields, (Field.SUMMARY, "summary")]))


def listing_hits(query: str) -> Iterator[Hit]:
    for listing in Listing.objects.for_list():
        if found := match_listing(query, listing):
            yield Hit("listing", listing, found)


def room_hits(query: str) -> Iterator[Hit]:
    for room in Room.objects.published().for_list():
        equipment = [text for each in room.equipment.all() for text in texts(each, [(Field.CATEGORY, "name")])]
        fields = [(Field.NAME, "name"), (Field.SUMMARY, "summary")]
        yield from hit("room", room, query, [*texts(room, fields), *equipment])


def texts(thing: object, fields: Iterable[tuple[Field, str]]) -> list[Text]:
    return [text for field, name in fields for text in texts_of(thing, field, name, CODES)]


def hit(kind: str, thing: Hub | Room, query: str, found_in: list[Text]) -> Iterator[Hit]:
    if found := match(query, found_in, str(get_language())):
        yield Hit(kind, thing, found)
