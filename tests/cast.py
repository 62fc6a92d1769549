"""The people, places and moments that tests are told with.

Conftest turns the people and places into fixtures: `resident`, `another_resident`,
`kalajarvi_editor`, `city_administrator`, `kalajarvi`, `hall`, `library`. A test that
needs a variation calls a builder with the one field it is about.
"""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from hubs.models import Hub, Period, Span, Timetable
from rooms.models import Room
from services.models import Category, Listing, Provider, Service

HELSINKI = ZoneInfo("Europe/Helsinki")
PASSWORD = "a password for tests"
WEEKDAYS = {name: 1 << index for index, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


def helsinki(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return the moment that a clock on a wall in Espoo shows."""
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI)


# An ordinary Tuesday in an ordinary week, far from holidays and clock changes.
TUESDAY = helsinki(2026, 11, 24, 12)


def make_user(email: str, **fields: Any) -> User:
    return User.objects.create_user(email, PASSWORD, **fields)


def three_languages(field: str, sv: str, fi: str, en: str) -> dict[str, str]:
    return {f"{field}_sv": sv, f"{field}_fi": fi, f"{field}_en": en}


def make_hub(slug: str = "kalajarvi", **fields: Any) -> Hub:
    """Make a published hub, open from 8 to 20 every day unless `hours` says otherwise."""
    hours = fields.pop("hours", {"mon tue wed thu fri sat sun": ("8:00", "20:00")})
    defaults = {
        **three_languages("name", "Kalajärvi servicetorg", "Kalajärven palvelutori", "Kalajärvi Service Centre"),
        **three_languages("street", "Ruskaåsen 9", "Ruskaniitty 9", "Ruskaniitty 9"),
        **three_languages("locality", "Esbo", "Espoo", "Espoo"),
        "postal_code": "02970",
    }
    hub = Hub.objects.create(slug=slug, **{**defaults, **fields})
    set_hours(hub.timetable, hours)
    return hub


def make_room(hub: Hub, slug: str = "hall", **fields: Any) -> Room:
    """Make a published room that is booked online, open as its hub is."""
    hours = fields.pop("hours", None)
    defaults = {
        **three_languages("name", "Salen", "Sali", "Hall"),
        "kind": "hall",
        "capacity": 40,
    }
    room = Room.objects.create(hub=hub, slug=slug, **{**defaults, **fields})
    if hours is not None:
        set_hours(room.timetable, hours)
    return room


def make_category(slug: str = "culture", **fields: Any) -> Category:
    defaults = three_languages("name", "Kultur och fritid", "Kulttuuri ja vapaa-aika", "Culture and leisure")
    category, _ = Category.objects.get_or_create(slug=slug, defaults={**defaults, **fields})
    return category


def make_service(slug: str = "library", **fields: Any) -> Service:
    if "category" not in fields:
        fields["category"] = make_category()
    defaults = three_languages("name", "Bibliotek", "Kirjasto", "Library")
    service, _ = Service.objects.get_or_create(slug=slug, defaults={**defaults, **fields})
    return service


def make_provider(slug: str = "city", **fields: Any) -> Provider:
    defaults = {**three_languages("name", "Esbo stad", "Espoon kaupunki", "City of Espoo"), "kind": "city"}
    provider, _ = Provider.objects.get_or_create(slug=slug, defaults={**defaults, **fields})
    return provider


def make_listing(hub: Hub, slug: str = "library", **fields: Any) -> Listing:
    """Make a published listing, open as its hub is."""
    hours = fields.pop("hours", None)
    defaults = {**three_languages("name", "Kalajärvi bibliotek", "Kalajärven kirjasto", "Kalajärvi Library")}
    if "service" not in fields:
        fields["service"] = make_service()
    if "provider" not in fields:
        fields["provider"] = make_provider()
    listing = Listing.objects.create(hub=hub, slug=slug, **{**defaults, **fields})
    if hours is not None:
        set_hours(listing.timetable, hours)
    return listing


def set_hours(
    timetable: Timetable,
    hours: dict[str, tuple[str, str]],
    *,
    first_day: date = date(2020, 1, 1),
    last_day: date | None = None,
    kind: str = "regular",
    mode: str = "staffed",
) -> Period:
    """Give `timetable` a period, as in `set_hours(hub.timetable, {"mon tue": ("8:00", "18:00")})`."""
    period = Period.objects.create(timetable=timetable, kind=kind, first_day=first_day, last_day=last_day)
    for days, (opens, closes) in hours.items():
        weekdays = sum(WEEKDAYS[day] for day in days.split())
        Span.objects.create(period=period, weekdays=weekdays, opens=clock(opens), closes=clock(closes), mode=mode)
    return period


def clock(words: str) -> time:
    hour, minute = words.split(":")
    return time(int(hour), int(minute))
