"""What each record looks like, as JSON Schema 2020-12: for the description, for the tests, and for the columns of CSV.

A field that is not here is not in the data: `additionalProperties` is false everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hubs.accessibility import OF_HUBS, OF_ROOMS, WHEELCHAIR, Question
from hubs.enums import Mode, Severity
from hubs.opening import DayStatus
from rooms.enums import BookingChannel, RoomKind, WhoMayBook
from services.enums import Appointment, ProviderKind
from services.validators import SERVICE_LANGUAGES
from servicetorg.addresses import CODES

type Schema = dict[str, Any]


def record(properties: Mapping[str, Schema], description: str = "", optional: Iterable[str] = ()) -> Schema:
    left_out = set(optional)
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in left_out],
        "additionalProperties": False,
    }
    return {"description": description, **schema} if description else schema


def told(description: str = "", **schema: Any) -> Schema:
    return {**schema, "description": description} if description else schema


def string(description: str = "", **more: Any) -> Schema:
    return told(description, type="string", **more)


def maybe(kind: str, description: str = "", **more: Any) -> Schema:
    return told(description, type=[kind, "null"], **more)


def integer(description: str = "") -> Schema:
    return told(description, type="integer")


def boolean(description: str = "") -> Schema:
    return told(description, type="boolean")


def one_of(values: Iterable[str], description: str = "") -> Schema:
    return told(description, type="string", enum=[str(value) for value in values])


def several(items: Schema, description: str = "") -> Schema:
    return told(description, type="array", items=items)


def words(description: str = "") -> Schema:
    """A text in the three languages, or the text itself where one language is asked for."""
    return told(description, **{"$ref": "#/components/schemas/Words"})


MOMENT = {"type": "string", "format": "date-time"}
DAY = {"type": "string", "format": "date"}
CLOCK = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
THREE = record({code: maybe("string") for code in CODES})
WORDS = {
    "description": "A text in the three languages, null where nobody has written it. With the parameter `language` "
    "the text itself, in that language or else in another, which `other_languages` then names.",
    "anyOf": [THREE, {"type": ["string", "null"]}],
}
OTHER_LANGUAGES = {
    "type": "object",
    "description": "Only with the parameter `language`: the texts that are told in another language, and in which.",
    "additionalProperties": {"type": "string", "enum": list(CODES)},
}


def answers(questions: Sequence[Question]) -> Schema:
    return record(
        {question.key: maybe("integer" if question.is_number else "boolean") for question in questions},
        "Answers to plain questions; null where nobody knows, which is not no.",
    )


ENDING = {
    "assumed": several(string(), "Values that nobody has confirmed, by the names they have in their source."),
    "updated_at": {**MOMENT, "description": "When the record, or its opening hours, were last changed."},
    "other_languages": OTHER_LANGUAGES,
}

HUB = record(
    {
        "id": string("The name of the hub, stable."),
        "url": words("The page for people."),
        "name": words(),
        "building": words(),
        "district": words(),
        "summary": words(),
        "street": words(),
        "postal_code": string(),
        "locality": words(),
        "address_detail": words("Floor or entrance."),
        "latitude": maybe("number", "WGS 84."),
        "longitude": maybe("number", "WGS 84."),
        "phone": maybe("string"),
        "email": maybe("string"),
        "website": words(),
        "stop": words("The nearest stop."),
        "directions": words("How to get there."),
        "parking": words(),
        "bicycles": words(),
        "entrance": words("Which door, and the way there for who cannot take steps."),
        "doors": words("Which door is open when."),
        "hours_note": words(),
        "area": maybe("integer", "Square metres."),
        "accessibility": answers(OF_HUBS),
        "is_example": boolean("True where times and rooms are examples and not those of a real house."),
        **ENDING,
    },
    "A service centre: one house, one address.",
    optional=["other_languages"],
)

LISTING = record(
    {
        "id": string("Hub and listing, such as kalajarvi/library."),
        "hub": string("The id of the hub."),
        "url": words("The page for people."),
        "name": words(),
        "service": record(
            {"id": string(), "name": words(), "ptv_class": maybe("string", "Class in the Finnish Service Catalogue.")},
            "What is offered, wherever: the same in every hub.",
        ),
        "category": record({"id": string(), "name": words()}),
        "provider": record({"id": string(), "name": words(), "kind": one_of(ProviderKind), "website": words()}),
        "summary": words(),
        "details": words(),
        "audience": words("For whom."),
        "appointment": one_of(Appointment, "Whether one needs an appointment."),
        "appointment_text": words(),
        "booking_url": words("Where to book an appointment."),
        "bring": words("What to bring."),
        "price_text": words(),
        "phone": maybe("string"),
        "phone_text": words("When somebody answers, and what the call costs."),
        "email": maybe("string"),
        "website": words(),
        "floor": maybe("string"),
        "directions": words("Which door and desk."),
        "step_free_way": words(),
        "languages": several(one_of(SERVICE_LANGUAGES), "Languages of service: ISO 639-1, or 639-3 for sign language."),
        "language_days": {
            "type": "object",
            "description": "Languages spoken on certain weekdays only: 1 is Monday, 7 is Sunday.",
            "additionalProperties": several({"type": "integer", "minimum": 1, "maximum": 7}),
        },
        "self_service_rules": words(),
        **ENDING,
    },
    "A service at a hub.",
    optional=["other_languages"],
)

ROOM = record(
    {
        "id": string("Hub and room, such as kalajarvi/hall."),
        "hub": string("The id of the hub."),
        "url": words("The page for people, where the room is booked."),
        "name": words(),
        "kind": one_of(RoomKind),
        "part_of": maybe("string", "The id of the room that it is a part of; who books one, takes the other."),
        "summary": words(),
        "floor": maybe("string"),
        "directions": words("How to find and enter the room."),
        "area": maybe("integer", "Square metres."),
        "capacity": integer("People at most."),
        "equipment": several(record({"id": string(), "name": words()})),
        "accessibility": answers((WHEELCHAIR, *OF_ROOMS)),
        "not_allowed": words(),
        "booking": record(
            {
                "channel": one_of(BookingChannel, "`online`: on this site; `staff`: by mail to the staff."),
                "email": maybe("string"),
                "who_may_book": one_of(WhoMayBook),
                "needs_approval": boolean(),
                "is_purpose_required": boolean(),
                "grid_minutes": integer("Bookings start every so many minutes."),
                "shortest_minutes": integer(),
                "longest_minutes": integer(),
                "earliest_days": integer("May be booked at most so many days ahead."),
                "latest_minutes": integer("Must be booked at least so many minutes ahead."),
                "most_active": maybe("integer", "Coming bookings per person."),
                "cancel_hours": integer("To be cancelled at least so many hours before."),
                "release_minutes": maybe("integer", "Free for others so many minutes after the start, if nobody came."),
            },
            "The rules of booking.",
        ),
        "price": record(
            {
                "cents_per_hour": integer(),
                "reduced_cents_per_hour": maybe("integer"),
                "is_free_for_associations": boolean(),
            }
        ),
        **ENDING,
    },
    "A room that residents can book.",
    optional=["other_languages"],
)

NOTICE = record(
    {
        "id": string(),
        "hub": string("The id of the hub."),
        "is_for_whole_hub": boolean(),
        "listings": several(string(), "The ids of those it is about."),
        "rooms": several(string(), "The ids of those it is about."),
        "severity": one_of(Severity),
        "title": words(),
        "text": words(),
        "starts_at": MOMENT,
        "ends_at": MOMENT,
        "updated_at": MOMENT,
        "other_languages": OTHER_LANGUAGES,
    },
    "A message that is shown now.",
    optional=["other_languages"],
)

OPEN_SPAN = record(
    {
        "opens": CLOCK,
        "closes": {**CLOCK, "description": "At or before `opens` it is on the next day."},
        "mode": one_of(Mode, "How one is served."),
        "note": words(),
    }
)
DAY_OF_HOURS = record(
    {
        "date": DAY,
        "status": one_of(DayStatus, "`unknown` and `unconfirmed` are not `closed`: nobody has said."),
        "is_exception": boolean("Differs from the usual."),
        "title": words("Why, such as the name of the holiday."),
        "spans": several(OPEN_SPAN),
    }
)
PLACE = {
    "id": string("The id of the hub, listing or room."),
    "kind": one_of(["hub", "listing", "room"]),
    "hub": string("The id of the hub."),
    "name": words(),
}
OPENING_HOURS = record(
    {
        **PLACE,
        "days": several(DAY_OF_HOURS),
        "confirmed_at": maybe("string", "When somebody last looked and found the hours right.", format="date-time"),
        "updated_at": MOMENT,
        "other_languages": OTHER_LANGUAGES,
    },
    "When a hub, a listing or a room is open, day by day.",
    optional=["other_languages"],
)
FREE_TIMES = record(
    {
        "id": string("The id of the room."),
        "hub": string("The id of the hub."),
        "name": words(),
        "url": words("Where to book."),
        "shortest_minutes": integer(),
        "longest_minutes": integer(),
        "grid_minutes": integer(),
        "free": several(record({"starts_at": MOMENT, "ends_at": MOMENT})),
        "other_languages": OTHER_LANGUAGES,
    },
    "When a room can be booked now: within `free`, on its grid, no shorter and no longer than it says.",
    optional=["other_languages"],
)


def columns_of(schema: Schema, *, language: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the columns of a table of such records, and where in a record each is found."""
    return [("_".join(path), path) for path in _leaves(schema, language, ())]


def _leaves(schema: Schema, language: str, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if schema.get("$ref", "").endswith("/Words"):
        yield from [path] if language else [(*path, code) for code in CODES]
    elif schema.get("type") == "object" and "properties" in schema:
        for name, part in schema["properties"].items():
            if name != "other_languages" or language:
                yield from _leaves(part, language, (*path, name))
    else:
        yield path


def found_at(path: Sequence[str], value: Any) -> Any:
    for name in path:
        value = value[name]
    return value
