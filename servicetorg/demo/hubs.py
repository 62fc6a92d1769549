"""The two houses and their example notices."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from hubs.enums import Severity
from hubs.models import Hub, Notice, RegularGroup, SpecialDay
from hubs.opening import HELSINKI, to_utc
from rooms.models import Room
from services.models import Listing
from servicetorg.demo import hours, source
from servicetorg.demo.source import Entry, in_languages


def load_hubs() -> dict[str, Hub]:
    """Return the hubs by the id that the data knows them by."""
    return {entry["id"]: load_hub(entry, order) for order, entry in enumerate(source.facts()["hubs"], start=1)}


def load_hub(entry: Entry, order: int) -> Hub:
    address, accessibility = entry["address"], entry["accessibility"]
    hub = Hub(
        slug=entry["id"],
        order=order,
        postal_code=address["postal_code"],
        latitude=Decimal(str(entry["coordinates"]["lat"])),
        longitude=Decimal(str(entry["coordinates"]["lon"])),
        phone=entry["phone"] or "",
        email=entry["email"] or "",
        area=entry["area_m2"],
        accessibility=answers(entry["id"], accessibility),
        is_example=True,
        assumed=entry["assumed"],
        sources=entry["sources"],
        **in_languages("name", entry["name"]),
        **in_languages("building", entry["building"]["name"]),
        **in_languages("district", entry["district"]),
        **in_languages("summary", entry["summary"]),
        **in_languages("street", address["street"]),
        **in_languages("locality", address["locality"]),
        **in_languages("address_detail", address.get("detail")),
        **in_languages("website", entry["web"]),
        **in_languages("directions", entry["transport_text"]),
        **in_languages("stop", source.additions()["stops"][entry["id"]]),
        **in_languages("hours_note", entry["hours"]["note"]),
        **{
            name: text
            for field in ("parking", "bicycles", "entrance", "doors")
            for name, text in in_languages(field, source.additions()["ways"][entry["id"]].get(field)).items()
        },
    )
    hub.save()
    hours.set_regular_hours(hub.timetable, [entry["hours"]])
    hours.add_found_exceptions(hub.timetable, hub=entry["id"])
    found = source.additions()["ways"][entry["id"]]
    hub.sources = {**hub.sources, **found["sources"]}
    hub.assumed = [
        *hub.assumed,
        *hours.add_assumed_exceptions(hub.timetable, hub=entry["id"]),
        *found["assumed"],
        "stop",
    ]
    hub.save()
    return hub


def answers(hub: str, accessibility: Entry) -> dict[str, bool | int]:
    """Return what is known of the house's accessibility; what neither a source nor the demo says stays unknown."""
    found = accessibility["features"] + accessibility.get("features_demo", [])
    return {**dict.fromkeys(sorted(found), True), **source.additions()["accessibility"][hub]}


def load_groups(hubs: dict[str, Hub], *, at: datetime) -> None:
    """Let an example group meet in each house, as long as the demo's bookings reach and longer."""
    today = at.astimezone(HELSINKI).date()
    for entry in source.additions()["groups"]:
        RegularGroup.objects.create(
            hub=hubs[entry["hub"]],
            weekdays=sum(1 << day - 1 for day in entry["weekdays"]),
            starts=time.fromisoformat(entry["starts"]),
            ends=time.fromisoformat(entry["ends"]),
            first_day=today,
            last_day=today + timedelta(days=180),
            agreed_on=today,
            **in_languages("name", entry["name"]),
            **in_languages("text", entry["text"]),
            **in_languages("place", entry["place"]),
        )


def load_notices(hubs: dict[str, Hub], listings: dict[str, Listing], rooms: dict[str, Room], *, at: datetime) -> None:
    """Show one example notice in each hub: the first that has a reason now."""
    done: set[str] = set()
    for entry in source.additions()["notices"]:
        ends_at = end_of_notice(entry, at)
        if ends_at is None or entry["hub"] in done:
            continue
        done.add(entry["hub"])
        named_listings, named_rooms = entry.get("listings", []), entry.get("rooms", [])
        notice = Notice.objects.create(
            hub=hubs[entry["hub"]],
            severity=Severity.NORMAL,
            is_for_whole_hub=not (named_listings or named_rooms),
            starts_at=at - timedelta(days=1),
            ends_at=ends_at,
            **in_languages("title", entry["title"]),
            **in_languages("text", entry["text"]),
        )
        for name in named_listings:
            listings[name].notices.add(notice)
        for name in named_rooms:
            rooms[name].notices.add(notice)


def end_of_notice(entry: Entry, at: datetime) -> datetime | None:
    """Return when the notice ends: with the special day it tells of, if that is near, else in two weeks."""
    if "before" not in entry:
        return at + timedelta(days=14)
    today = at.astimezone(HELSINKI).date()
    day = SpecialDay.objects.filter(key=entry["before"], date__gte=today, date__lte=today + timedelta(days=28)).first()
    return to_utc(day.date + timedelta(days=1), time.min) if day else None
