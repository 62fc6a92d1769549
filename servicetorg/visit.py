"""One visit to a hub for several services: which of them are here, and when in a week they are open together.

The address names services by the last part of their pages here, or by the key of the service, so that one
plan can be asked of another hub: `?services=library,laboratory&week=2026-W49`.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.text import capfirst

from hubs import wording
from hubs.enums import Mode
from hubs.models import Hub, Notice
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, ONE_DAY, Day, DayStatus, Part, Schedule, SpecialDay
from rooms.forms import local_iso
from rooms.results import USUAL_HOURS, hour_of, hours_of
from rooms.spans import Span
from rooms.week import ONE_WEEK, dates_words, monday_of, week_code
from services.enums import Appointment
from services.models import Listing, Service
from servicetorg.planner import (
    ON_THE_SPOT,
    DayPlan,
    Group,
    Piece,
    is_by_phone,
    largest_groups,
    next_together,
    plan_days,
)

MOST_SERVICES = 30
MOST_GROUPS = 2
WEEKS_OFFERED = 8
NO_FLOOR = 1000


# --- What is wanted ------------------------------------------------------------------------


def asked_services(query: QueryDict) -> list[str]:
    """Return what is ticked; a form names each by itself, an address all of them with commas between."""
    words = (word.strip() for word in ",".join(query.getlist("services")).split(","))
    return list(dict.fromkeys(word for word in words if word))[:MOST_SERVICES]


def planner_address(hub: Hub, services: Iterable[str], monday: date | None = None) -> str:
    query = {"services": ",".join(services)}
    if monday is not None:
        query["week"] = week_code(monday)
    return f"{reverse('planner', args=[hub.slug])}?{urlencode(query, safe=',')}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: the listings that are here, the services that are not, and the words nobody knows."""

    listings: tuple[Listing, ...]
    missing: tuple[Service, ...]
    unknown: tuple[str, ...]

    @property
    def slugs(self) -> list[str]:
        return [*(each.slug for each in self.listings), *(each.slug for each in self.missing)]

    @property
    def services(self) -> set[int]:
        return {each.service_id for each in self.listings} | {each.pk for each in self.missing}


def find_wanted(words: Iterable[str], here: Sequence[Listing], elsewhere: Sequence[Service]) -> Wanted:
    found: dict[int, Listing] = {}
    missing, unknown = [], []
    for word in words:
        named = [each for each in here if each.slug == word] or [each for each in here if each.service.slug == word]
        found |= {each.pk: each for each in named}
        if not named:
            absent = next((each for each in elsewhere if each.slug == word), None)
            if absent is None:
                unknown.append(word)
            else:
                missing.append(absent)
    listings = tuple(each for each in here if each.pk in found)  # in the order of the house
    return Wanted(listings, tuple(missing), tuple(unknown))


def in_words_of_all(words: Iterable[str], unknown: Collection[str], hub: Hub) -> list[str]:
    """Return the words, those by which only other hubs name a listing replaced by the key of its service. One query."""
    others = Listing.objects.published().exclude(hub=hub).filter(slug__in=unknown)
    keys = dict(others.order_by("-hub__order", "-hub__slug").values_list("slug", "service__slug"))
    return [keys.get(word, word) for word in words]


def services_elsewhere(hub: Hub) -> list[Service]:
    """Return the services that only other hubs have. One query."""
    published = Listing.objects.published()
    others = Service.objects.filter(pk__in=published.exclude(hub=hub).values("service"))
    return list(others.exclude(pk__in=published.filter(hub=hub).values("service")))


def listings_elsewhere(hub: Hub, wanted: Wanted) -> list[Listing]:
    """Return who else has any of what is wanted, hub by hub. One query."""
    others = Listing.objects.for_list().exclude(hub=hub).filter(service__in=wanted.services)
    return list(others.order_by("hub__order", "hub__slug", "order", "slug"))


# --- What is told of it --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stop:
    """A listing on the way."""

    listing: Listing
    schedule: Schedule
    is_by_phone: bool

    @property
    def needs_appointment(self) -> bool:
        return self.listing.appointment == Appointment.NEEDED

    def hours_on(self, day: date) -> str:
        return wording.day_words(self.schedule.day(day))

    def is_known_on(self, day: date) -> bool:
        return self.schedule.day(day).status != DayStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class Chance:
    """Time in which all are open, or some of them, in words."""

    starts_at: datetime
    ends_at: datetime
    stops: tuple[Stop, ...] = ()  # those that are open by themselves, or those that are open at all

    @property
    def words(self) -> str:
        return wording.clock_range(self.starts_at, self.ends_at)

    @property
    def day(self) -> str:
        return wording.day_medium(self.starts_at.astimezone(HELSINKI))

    @property
    def key(self) -> str:
        return local_iso(self.starts_at)


@dataclass(frozen=True, slots=True)
class DayInWords:
    plan: DayPlan
    stops: tuple[Stop, ...]
    is_today: bool
    begins: datetime  # of the bar
    ends: datetime

    @property
    def name(self) -> str:
        return capfirst(wording.day_short(self.plan.date))

    @property
    def special_day(self) -> SpecialDay | None:
        found = (stop.schedule.special_days.get(self.plan.date) for stop in self.stops)
        return next((day for day in found if day is not None and day.changes_hours), None)

    @property
    def open_at_all(self) -> list[Span]:
        return self.plan.open_at_all

    @property
    def together(self) -> list[Chance]:
        return [Chance(*span) for span in self.plan.together]

    @property
    def with_self_service(self) -> list[Chance]:
        return [self._chance(piece, piece.by_oneself) for piece in self.plan.with_self_service]

    @property
    def groups(self) -> list[tuple[list[Stop], list[Chance]]]:
        """Return, where never all are open, the largest groups that are."""
        if self.plan.has_all:
            return []
        return [
            ([self.stops[number] for number in sorted(group.members)], [Chance(*span) for span in group.spans])
            for group in largest_groups([self.plan])[:MOST_GROUPS]
        ]

    @property
    def each(self) -> list[tuple[Stop, str]]:
        """Return everybody's hours of the day in words."""
        return [(stop, stop.hours_on(self.plan.date)) for stop in self.stops]

    def _chance(self, piece: Piece, numbers: Iterable[int]) -> Chance:
        return Chance(*piece.span, tuple(self.stops[number] for number in sorted(numbers)))


@dataclass(frozen=True, slots=True)
class Trip:
    """A week of one hub for those who want all of the stops on one visit."""

    hub: Hub
    stops: tuple[Stop, ...]  # to be visited
    by_phone: tuple[Stop, ...]
    monday: date
    days: tuple[DayInWords, ...]  # of the week those that are left
    next_time: Chance | None  # where all are open together next, if not in this week
    has_begun: bool  # the week; only what is left of it is told

    @property
    def together(self) -> str:
        """Write when all are open in person: “Mon–Thu 11:00–15:30, Fri 11:00–15:00”. Else empty."""
        return spans_of_days((day.plan.date, day.plan.together) for day in self.days)

    @property
    def with_self_service(self) -> str:
        return spans_of_days((day.plan.date, [piece.span for piece in day.plan.with_self_service]) for day in self.days)

    @property
    def self_service(self) -> list[Stop]:
        """Return those which are then open by themselves."""
        numbers = {number for day in self.days for piece in day.plan.with_self_service for number in piece.by_oneself}
        return [self.stops[number] for number in sorted(numbers)]

    @property
    def unknown(self) -> list[Stop]:
        """Return those of whose hours in this week nobody has said anything."""
        return [
            stop for stop in self.stops if self.days and not any(stop.is_known_on(day.plan.date) for day in self.days)
        ]

    @property
    def best_group(self) -> "tuple[list[Stop], str, str] | None":
        """Return, where never all are open this week, the most that are: who, when, and the plan for them."""
        groups = largest_groups(day.plan for day in self.days)
        if self.together or self.with_self_service or not groups:
            return None
        group = groups[0]
        stops = [self.stops[number] for number in sorted(group.members)]
        days = ((day.plan.date, _within(group, day.plan.date)) for day in self.days)
        address = planner_address(self.hub, (stop.listing.slug for stop in stops), self.monday)
        return stops, spans_of_days(days), address

    @property
    def next_address(self) -> str:
        """Return the plan of the week in which all are open together next."""
        if self.next_time is None:
            return ""
        monday = monday_of(self.next_time.starts_at.astimezone(HELSINKI).date())
        return planner_address(self.hub, (stop.listing.slug for stop in (*self.stops, *self.by_phone)), monday)

    @property
    def in_order(self) -> list[Stop]:
        """Return the stops floor by floor."""
        return sorted(self.stops, key=lambda stop: floor_number(stop.listing.floor))

    @property
    def has_floors(self) -> bool:
        return len({stop.listing.floor for stop in self.stops if stop.listing.floor}) > 1

    @property
    def with_appointment(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.needs_appointment]

    @property
    def without_appointment(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.listing.appointment == Appointment.NOT_NEEDED]

    @property
    def either_way(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.listing.appointment == Appointment.BOTH]

    @property
    def to_ask(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.listing.appointment == Appointment.UNKNOWN]

    @property
    def week(self) -> str:
        return week_code(self.monday)

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def dates(self) -> str:
        return dates_words(self.monday)


def make_trip(
    hub: Hub, listings: Iterable[Listing], schedules: "dict[int, Schedule]", monday: date, *, at: datetime
) -> Trip:
    """Reckon a week of a hub. Never queries."""
    hours_of = [(each, schedules[each.timetable_id]) for each in listings]
    all_stops = [Stop(each, schedule, is_by_phone(schedule, monday)) for each, schedule in hours_of]
    stops = tuple(stop for stop in all_stops if not stop.is_by_phone)
    hours = [stop.schedule for stop in stops]
    today, sunday = at.astimezone(HELSINKI).date(), monday + 6 * ONE_DAY
    first_day = max(monday, today)
    plans = plan_days(hours, first_day, sunday, after=at) if stops and first_day <= sunday else []
    begins, ends = bar_hours(plans)
    next_span = None
    if stops and not any(plan.together for plan in plans):
        after = max(at, hour_of(sunday + ONE_DAY, 0))
        next_span = next_together(hours, after) or (
            None if any(plan.has_all for plan in plans) else next_together(hours, after, ON_THE_SPOT)
        )
    return Trip(
        hub=hub,
        stops=stops,
        by_phone=tuple(stop for stop in all_stops if stop.is_by_phone),
        monday=monday,
        days=tuple(
            DayInWords(plan, stops, plan.date == today, hour_of(plan.date, begins), hour_of(plan.date, ends))
            for plan in plans
        ),
        next_time=Chance(*next_span) if next_span else None,
        has_begun=monday <= today,
    )


def bar_hours(plans: Iterable[DayPlan]) -> tuple[int, int]:
    """Return the hours between which anything is open on any of the days, so that their bars compare."""
    hours = [hours_of(piece.span, plan.date) for plan in plans for piece in plan.pieces]
    return min((start for start, _end in hours), default=USUAL_HOURS[0]), max(
        (end for _start, end in hours), default=USUAL_HOURS[1]
    )


def spans_of_days(days: Iterable[tuple[date, Iterable[Span]]]) -> str:
    """Write spans of days that follow each other: “Mon–Thu 11:00–15:30, Sat 10:00–12:00”. Empty if there are none."""
    as_hours = [Day(day, DayStatus.OPEN, tuple(_part(*span) for span in spans)) for day, spans in days]
    if not any(day.parts for day in as_hours):
        return ""
    return wording.lines_of_days(as_hours)[0].words


def _part(starts_at: datetime, ends_at: datetime) -> Part:
    return Part(starts_at.astimezone(HELSINKI).time(), ends_at.astimezone(HELSINKI).time(), Mode.STAFFED)


def floor_number(floor: str) -> int:
    """Return where a floor stands among others; what says no number comes last."""
    found = re.search(r"-?\d+", floor)
    return int(found.group()) if found else NO_FLOOR


def _within(group: Group, day: date) -> list[Span]:
    return [span for span in group.spans if span[0].astimezone(HELSINKI).date() == day]


# --- Other hubs ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OtherHub:
    """What another hub has of all that is wanted."""

    trip: Trip
    has_all: bool
    address: str


def other_hubs(
    listings: Sequence[Listing], wanted: Wanted, schedules: "dict[int, Schedule]", monday: date, *, at: datetime
) -> list[OtherHub]:
    """Return the hubs that have what is missing here, or all of it: those with all first. Never queries."""
    found = []
    missing = {each.pk for each in wanted.missing}
    for hub in dict.fromkeys(each.hub for each in listings):
        theirs = [each for each in listings if each.hub_id == hub.pk]
        services = {each.service_id for each in theirs}
        has_all = services >= wanted.services
        if has_all or services & missing:
            trip = make_trip(hub, theirs, schedules, monday, at=at)
            found.append(OtherHub(trip, has_all, planner_address(hub, (each.slug for each in theirs), monday)))
    return sorted(found, key=lambda other: not other.has_all)


def notices_of(hub: Hub, listings: Iterable[Listing], at: datetime) -> list[Notice]:
    """Return what is said now of the whole hub and of the listings. One query."""
    about = Q(is_for_whole_hub=True) | Q(listings__in=[each.pk for each in listings])
    return list(Notice.objects.shown_at(at).filter(about, hub=hub).distinct())


def load_for(listings: Iterable[Listing]) -> dict[int, Schedule]:
    return load_schedules(each.timetable_id for each in listings)


@dataclass(frozen=True, slots=True)
class WeekChoice:
    code: str
    monday: date
    is_chosen: bool

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def dates(self) -> str:
        return dates_words(self.monday)


def weeks_to_choose(chosen: date, today: date) -> list[WeekChoice]:
    this = monday_of(today)
    mondays = sorted({chosen, *(this + number * ONE_WEEK for number in range(WEEKS_OFFERED))})
    return [WeekChoice(week_code(each), each, each == chosen) for each in mondays]
