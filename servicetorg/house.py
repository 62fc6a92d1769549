"""What is told of a house on its own page: what makes it, and what happens in it today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hubs.enums import Mode
from hubs.models import Hub, RegularGroup
from hubs.opening import HELSINKI, Schedule, to_utc
from hubs.wording import at_clock_range
from rooms.availability import MODES_OF_AN_OPEN_DOOR
from rooms.models import Booking, Room
from rooms.rules import midnight
from rooms.spans import Span
from rooms.week import ONE_WEEK, monday_of
from services.models import Listing

MOST_MISSING = 8
MOST_HAPPENINGS = 12


# --- What makes it -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A house in figures, and how it differs from the others."""

    facts: list[str]
    only_here: list[Listing]
    missing: list[tuple[Hub, list[Listing]]]  # services that it lacks, by the house that has them
    has_others: bool


def portrait(
    hub: Hub, listings: Sequence[Listing], rooms: Sequence[Room], schedules: Mapping[int, Schedule], at: datetime
) -> Portrait:
    """Return the portrait. Never queries: `listings` are those of `ListingQuerySet.here_or_missing`."""
    here = [listing for listing in listings if listing.hub_id == hub.pk]
    elsewhere = [listing for listing in listings if listing.hub_id != hub.pk]
    missing: dict[int, list[Listing]] = {}
    for listing in elsewhere:
        missing.setdefault(listing.hub_id, []).append(listing)
    has_others = bool(elsewhere) or any(listing.is_elsewhere_too for listing in here)
    return Portrait(
        facts=[*figures(hub, here, rooms), *hours_of_the_week(hub, here, schedules, at)],
        only_here=[listing for listing in here if has_others and not listing.is_elsewhere_too],
        missing=[(found[0].hub, found) for found in missing.values()],
        has_others=has_others,
    )


def figures(hub: Hub, listings: Sequence[Listing], rooms: Sequence[Room]) -> list[str]:
    facts = []
    if hub.area:
        facts.append(_("About %(area)s square metres") % {"area": thousands(hub.area)})
    if listings:
        providers = len({listing.provider_id for listing in listings})
        services = ngettext("%(number)d service", "%(number)d services", len(listings)) % {"number": len(listings)}
        # Translators: such as “9 services by 3 providers”.
        words = ngettext("%(services)s by %(number)d provider", "%(services)s by %(number)d providers", providers)
        facts.append(words % {"services": services, "number": providers})
    whole = [room for room in rooms if room.parent_id is None]
    if whole:
        facts.append(
            ngettext("%(number)d room to book", "%(number)d rooms to book", len(whole)) % {"number": len(whole)}
        )
    return facts


def hours_of_the_week(
    hub: Hub, listings: Iterable[Listing], schedules: Mapping[int, Schedule], at: datetime
) -> list[str]:
    """Say for how long the house is open this week, and for how long one gets into something there by oneself."""
    monday = monday_of(at.astimezone(HELSINKI).date())
    week = midnight(monday), midnight(monday + ONE_WEEK)
    house = schedules[hub.timetable_id].open_time(*week, modes=MODES_OF_AN_OPEN_DOOR)
    alone = [
        span
        for listing in listings
        for span in schedules[listing.timetable_id].open_time(*week, modes=[Mode.SELF_SERVICE])
    ]
    open_hours, all_hours = hours_in(house), hours_in([*house, *alone])
    if not open_hours:
        return []
    words = ngettext("Open %(number)d hour this week", "Open %(number)d hours this week", open_hours)
    facts = [words % {"number": open_hours}]
    if all_hours > open_hours:
        words = ngettext(
            "%(number)d hour with self-service included",
            "%(number)d hours with self-service included",
            all_hours,
        )
        facts.append(words % {"number": all_hours})
    return facts


def hours_in(spans: Iterable[Span]) -> int:
    """Return how long any of the spans lasts, in whole hours, however they overlap."""
    length, until = timedelta(), None
    for start, end in sorted(spans):
        begins = start if until is None else max(start, until)
        if end > begins:
            length, until = length + (end - begins), end
    return round(length / timedelta(hours=1))


def thousands(number: int) -> str:
    """Write 2900 as “2 900”, which all three languages read."""
    return f"{number:,}".replace(",", "\u00a0")


# --- Today ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happening:
    """A booking that the page may tell of, or a regular group, on the day that is shown."""

    starts_at: datetime
    ends_at: datetime
    booking: Booking | None = None
    group: RegularGroup | None = None

    @property
    def time(self) -> str:
        return at_clock_range(self.starts_at, self.ends_at)


def happenings(hub: Hub, groups: Iterable[RegularGroup], hours: Schedule, at: datetime) -> list[Happening]:
    """Return what is still to come or goes on today, in order. One query, for the bookings.

    A group is told of only where the house is open at that time: on a holiday nobody stands before the door.
    """
    today = at.astimezone(HELSINKI).date()
    told = Booking.objects.told_at(at).filter(room__hub=hub).overlapping(at, midnight(today + timedelta(days=1)))
    bookings = told.select_related("room").order_by("starts_at", "pk")[:MOST_HAPPENINGS]
    found = [Happening(each.starts_at, each.ends_at, booking=with_hub(each, hub)) for each in bookings]
    for group in groups:
        starts_at, ends_at = to_utc(today, group.starts), to_utc(today, group.ends)
        if group.meets_on(today) and ends_at > at and hours.open_time(starts_at, ends_at):
            found.append(Happening(starts_at, ends_at, group=group))
    return sorted(found, key=lambda each: (each.starts_at, each.ends_at))


def with_hub(booking: Booking, hub: Hub) -> Booking:
    booking.room.hub = hub  # for the room's address
    return booking
