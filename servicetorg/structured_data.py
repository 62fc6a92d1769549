"""What pages tell, once more for machines: schema.org as JSON-LD, made from the same values.

Search engines and assistants know no modes of service and no fallback of languages. So opening hours by
phone alone are those of the telephone, other modes are named, and a text in another language says which.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hubs.accessibility import Place as HasAccessibility
from hubs.accessibility import accessibility_facts
from hubs.enums import Mode
from hubs.models import Hub
from hubs.models.timetable import translated
from hubs.opening import HELSINKI, MIDNIGHT, ONE_DAY, Day, DayStatus, Part, Schedule, Text
from rooms.enums import BookingChannel, RoomKind
from rooms.models import Room
from services.enums import ProviderKind
from services.models import Listing, Provider
from servicetorg.addresses import without_language

type Thing = dict[str, Any]

CONTEXT = "https://schema.org"
AHEAD = 56  # days for which exceptions are told
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST_MINUTE = time(23, 59)

# What a service is where it is not simply an office of who provides it.
PLACES_OF_SERVICES: Mapping[str, str | list[str]] = {
    "dental-clinic": "Dentist",
    "employment-services": "EmploymentAgency",
    "family-clinic": "MedicalClinic",
    "health-centre": "MedicalClinic",
    "imaging": ["MedicalBusiness", "DiagnosticLab"],
    "laboratory": ["MedicalBusiness", "DiagnosticLab"],
    "library": "Library",
    "mental-health": "MedicalClinic",
    "resident-spaces": "CivicStructure",
    "restaurant": "Restaurant",
}
PUBLIC_PROVIDERS = (ProviderKind.CITY, ProviderKind.COUNTY, ProviderKind.STATE)
ROOMS = {
    RoomKind.HALL: "EventVenue",
    RoomKind.STAGE: "EventVenue",
    RoomKind.EXHIBITION: "EventVenue",
    RoomKind.STUDIO: "Room",
    RoomKind.MAKERSPACE: "Room",
}


def of_site() -> Thing:
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "@id": settings.SITE_URL + "/#site",
        "name": str(settings.SITE_NAME),
        "url": settings.SITE_URL + reverse("home"),
        "publisher": municipality(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": settings.SITE_URL + reverse("search") + "?q={search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def of_hub(hub: Hub, schedule: Schedule, at: datetime) -> Thing:
    thing = place(hub) | {
        "@type": ["CivicStructure", "GovernmentOffice"],
        "description": words(hub, "summary"),
        "telephone": hub.phone,
        "email": hub.email,
        "address": address(hub),
        "geo": geo(hub),
        "sameAs": str(translated(hub, "website")),
        "parentOrganization": municipality(),
        "amenityFeature": amenities(hub),
        **opening_hours(schedule.day, schedule.usual_day, at),
    }
    if hub.is_example:
        thing["disambiguatingDescription"] = _("This is a demo: times and rooms are examples.")
    return told({"@context": CONTEXT, **thing})


def of_listing(listing: Listing, schedule: Schedule, at: datetime) -> Thing:
    graph = [
        service(listing, schedule, at),
        place_of_service(listing, schedule, at),
        breadcrumbs(
            (_("Service centres"), reverse("home")),
            *((each.name, each.get_absolute_url()) for each in (listing.hub, listing)),
        ),
    ]
    return {"@context": CONTEXT, "@graph": [told(each) for each in graph]}


def service(listing: Listing, schedule: Schedule, at: datetime) -> Thing:
    """Tell what is offered, by whom and how it is reached. Each way says in which languages."""
    audience = words(listing, "audience")
    return {
        "@type": "GovernmentService" if listing.provider.kind in PUBLIC_PROVIDERS else "Service",
        "@id": name_of(listing, "service"),
        "name": words(listing, "name"),
        "description": words(listing, "summary"),
        "url": settings.SITE_URL + listing.get_absolute_url(),
        "serviceType": words(listing.service, "name"),
        "provider": organization(listing.provider),
        "audience": {"@type": "Audience", "audienceType": audience} if audience else None,
        "availableChannel": {
            "@type": "ServiceChannel",
            "serviceLocation": {"@id": name_of(listing, "place")},
            "servicePhone": telephone(listing, schedule, at),
            "serviceUrl": str(translated(listing, "booking_url")),
            "availableLanguage": listing.languages,
        },
    }


def place_of_service(listing: Listing, schedule: Schedule, at: datetime) -> Thing:
    by_provider = "GovernmentOffice" if listing.provider.kind in PUBLIC_PROVIDERS else "LocalBusiness"
    return place(listing) | {
        "@type": PLACES_OF_SERVICES.get(listing.service.slug, by_provider),
        "telephone": listing.phone,
        "email": listing.email,
        "address": address(listing.hub),
        "geo": geo(listing.hub),
        "sameAs": str(translated(listing, "website")),
        "containedInPlace": {"@id": name_of(listing.hub, "place")},
        **opening_hours(schedule.day, schedule.usual_day, at),
    }


def of_room(room: Room, schedule: Schedule, house: Schedule, at: datetime) -> Thing:
    """Tell of a room: its own hours on the days on which its house is open."""

    def day(each: date) -> Day:
        return within(house.day(each), schedule.day(each))

    def usual_day(each: date) -> Day:
        return within(house.usual_day(each), schedule.usual_day(each))

    kind = ROOMS.get(RoomKind(room.kind), "MeetingRoom")
    url = settings.SITE_URL + room.get_absolute_url()
    thing = place(room) | {
        "@type": kind,
        "description": words(room, "summary"),
        "address": address(room.hub),
        "geo": geo(room.hub),
        "containedInPlace": {"@id": name_of(room.hub, "place")},
        "maximumAttendeeCapacity": room.capacity,
        "isAccessibleForFree": room.price_cents == 0,
        "amenityFeature": [
            *(amenity(words(piece, "name"), True) for piece in room.equipment.all()),
            *amenities(room),
        ],
        **opening_hours(day, usual_day, at),
    }
    if kind != "EventVenue":  # of which schema.org tells neither
        thing["floorLevel"] = room.floor
        thing["floorSize"] = quantity(room.area, "MTK")
    if room.channel == BookingChannel.ONLINE:
        thing["potentialAction"] = {"@type": "ReserveAction", "target": url}
    return told({"@context": CONTEXT, **thing})


# --- Places ----------------------------------------------------------------------------------------


def place(thing: Hub | Listing | Room) -> Thing:
    return {
        "@id": name_of(thing, "place"),
        "name": words(thing, "name"),
        "url": settings.SITE_URL + thing.get_absolute_url(),
    }


def name_of(thing: Hub | Listing | Room, what: str) -> str:
    """Name a thing the same in each language: one library, three pages."""
    return f"{settings.SITE_URL}{without_language(thing.get_absolute_url())}#{what}"


def address(hub: Hub) -> Thing:
    return {
        "@type": "PostalAddress",
        "streetAddress": words(hub, "street"),
        "postalCode": hub.postal_code,
        "addressLocality": words(hub, "locality"),
        "addressCountry": "FI",
    }


def geo(hub: Hub) -> Thing | None:
    if hub.latitude is None or hub.longitude is None:
        return None
    return {"@type": "GeoCoordinates", "latitude": float(hub.latitude), "longitude": float(hub.longitude)}


def amenities(place: HasAccessibility) -> list[Thing]:
    """Tell the facts of accessibility that are known, the measured with their number."""
    return [amenity(fact.label, fact.value) for fact in accessibility_facts(place) if fact.is_known]


def amenity(name: Any, value: Any) -> Thing:
    return {"@type": "LocationFeatureSpecification", "name": name, "value": value}


def quantity(value: float | None, unit: str) -> Thing | None:
    return None if value is None else {"@type": "QuantitativeValue", "value": value, "unitCode": unit}


def municipality() -> Thing:
    name = settings.MUNICIPALITY_NAME[get_language() or settings.LANGUAGE_CODE]
    return {"@type": "GovernmentOrganization", "name": name}


def organization(provider: Provider) -> Thing:
    kind = "GovernmentOrganization" if provider.kind in PUBLIC_PROVIDERS else "Organization"
    return {"@type": kind, "name": words(provider, "name"), "url": str(translated(provider, "website"))}


def breadcrumbs(*steps: tuple[Any, str]) -> Thing:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": str(name), "item": settings.SITE_URL + path}
            for number, (name, path) in enumerate(steps, start=1)
        ],
    }


# --- Hours -----------------------------------------------------------------------------------------

type DayOf = Callable[[date], Day]


@dataclass(frozen=True, slots=True)
class Special:
    """Days that follow each other and are open alike, but not as usual."""

    first: date
    last: date
    status: DayStatus
    parts: tuple[Part, ...]
    title: str


def opening_hours(day_of: DayOf, usual_of: DayOf, at: datetime) -> Thing:
    """Tell the usual week, and the days of the coming weeks that differ from it."""
    today = at.astimezone(HELSINKI).date()
    week = [usual_of(today + n * ONE_DAY) for n in range(7)]
    if all(day.status == DayStatus.UNKNOWN for day in week):
        week = []
    usual = {day.date.weekday(): parts_on_site(day) for day in week}
    return {
        "openingHoursSpecification": weekly(usual),
        "specialOpeningHoursSpecification": [
            each for special in specials(day_of, usual, today) for each in special_hours(special)
        ],
    }


def within(house: Day, own: Day) -> Day:
    """Return the day of what is in a house: closed with it, and no surer than the house is to open."""
    return own if house.is_open or not own.is_open else Day(own.date, house.status)


def parts_on_site(day: Day) -> tuple[Part, ...]:
    return tuple(part for part in day.parts if part.mode != Mode.PHONE)


def weekly(usual: Mapping[int, Sequence[Part]]) -> list[Thing]:
    modes = {part.mode for parts in usual.values() for part in parts}
    days: dict[tuple[time, time, Mode], list[int]] = {}
    for weekday in sorted(usual):
        for part in usual[weekday]:
            days.setdefault((part.opens, part.closes, part.mode), []).append(weekday)
    return [
        hours(opens, closes, mode, modes) | {"dayOfWeek": [WEEKDAYS[weekday] for weekday in weekdays]}
        for (opens, closes, mode), weekdays in days.items()
    ]


def specials(day_of: DayOf, usual: Mapping[int, Sequence[Part]], today: date) -> Iterator[Special]:
    """Yield the days that are not as usual, those alike together."""
    run: Special | None = None
    for day in (day_of(today + n * ONE_DAY) for n in range(AHEAD)):
        parts = parts_on_site(day)
        is_usual = day.status in (DayStatus.OPEN, DayStatus.CLOSED) and parts == usual.get(day.date.weekday(), ())
        if is_usual or day.status == DayStatus.UNKNOWN:
            continue
        if run is not None and (run.last + ONE_DAY, run.status, run.parts, run.title) == (
            day.date,
            day.status,
            parts,
            day.title,
        ):
            run = Special(run.first, day.date, run.status, run.parts, run.title)
            continue
        if run is not None:
            yield run
        run = Special(day.date, day.date, day.status, parts, day.title)
    if run is not None:
        yield run


def special_hours(special: Special) -> list[Thing]:
    days = {"validFrom": special.first.isoformat(), "validThrough": special.last.isoformat()}
    title = in_its_language(special.title)
    if special.status == DayStatus.UNCONFIRMED:
        # Neither open nor closed may be said, so only that nobody knows yet.
        return [{"@type": "OpeningHoursSpecification", **days, "name": _("Hours not confirmed"), "description": title}]
    if not special.parts:
        return [hours(MIDNIGHT, MIDNIGHT, Mode.STAFFED, {Mode.STAFFED}, is_closed=True) | days | {"description": title}]
    modes = {part.mode for part in special.parts}
    return [hours(each.opens, each.closes, each.mode, modes) | days | {"description": title} for each in special.parts]


def hours(opens: time, closes: time, mode: Mode, modes: set[Mode], *, is_closed: bool = False) -> Thing:
    """Tell a span. From midnight to midnight would say that it is closed, as who reads this understands it."""
    if opens == closes and not is_closed:
        opens, closes = MIDNIGHT, LAST_MINUTE
    thing: Thing = {"@type": "OpeningHoursSpecification", "opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
    return thing if modes == {Mode.STAFFED} else thing | {"name": capfirst(str(mode.label))}


def telephone(listing: Listing, schedule: Schedule, at: datetime) -> Thing | None:
    """Tell the number, and when it is answered where there are hours for it alone."""
    if not listing.phone:
        return None
    today = at.astimezone(HELSINKI).date()
    week = {
        day.date.weekday(): tuple(part for part in day.parts if part.mode == Mode.PHONE)
        for day in (schedule.usual_day(today + n * ONE_DAY) for n in range(7))
    }
    return {
        "@type": "ContactPoint",
        "telephone": listing.phone,
        "description": words(listing, "phone_text"),
        "hoursAvailable": weekly(week),
    }


# --- Texts -----------------------------------------------------------------------------------------


def words(thing: Any, field: str) -> str | Thing:
    return in_its_language(translated(thing, field))


def in_its_language(text: str) -> str | Thing:
    language = text.language if isinstance(text, Text) else ""
    return {"@value": str(text), "@language": language} if language else str(text)


def told(value: Any) -> Any:
    """Leave out, all the way down, what nobody has said."""
    if isinstance(value, dict):
        kept = {name: told(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in ("", None, [], {})}
    return [told(each) for each in value] if isinstance(value, list) else value
