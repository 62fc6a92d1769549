"""A hub's year for who plans ahead: every day on which the house or a service in it differs from the usual."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import dateformat
from django.utils.text import capfirst

from hubs import deviations_in_words as words
from hubs import wording
from hubs.deviations import Deviation, Kind, deviations, only_different
from hubs.enums import PeriodKind
from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, Schedule
from services.models import Listing

YEARS_BEFORE, YEARS_AHEAD = 1, 2


@dataclass(frozen=True, slots=True)
class Row:
    """Days, the house or a service in it, and what differs."""

    place: Hub | Listing
    deviation: Deviation
    is_of_house: bool

    @property
    def days(self) -> str:
        if self.deviation.is_open_ended or self.deviation.first_day.year != self.deviation.last_day.year:
            return words.when(self.deviation)
        return capfirst(wording.day_range(self.deviation.first_day, self.deviation.last_day))

    @property
    def what(self) -> str:
        return capfirst(words.short(self.deviation))

    @property
    def is_closed(self) -> bool:
        return self.deviation.kind == Kind.CLOSED

    @property
    def reasons(self) -> tuple[str, ...]:
        """Name the special days, all of them: a planner looks for them."""
        special_days = (day.special_day for day in self.deviation.days if day.is_exception and day.special_day)
        return words.reasons(self.deviation) or words.in_a_row({day.name: day for day in special_days if day.name})


@dataclass(frozen=True, slots=True)
class Month:
    number: int
    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Season:
    name: str
    days: str
    hours: str


@dataclass(frozen=True, slots=True)
class Year:
    number: int
    months: list[Month]
    usual: str
    seasons: list[Season]
    years: list[int]  # that can be asked for
    has_special_days: bool  # else nobody has looked so far ahead


def asked_year(asked: str, at: datetime) -> int:
    """Return the year that is asked for, or this year where it is none, or too far away."""
    this = at.astimezone(HELSINKI).year
    return next((year for year in years_around(this) if str(year) == asked), this)


def years_around(this: int) -> range:
    return range(this - YEARS_BEFORE, this + YEARS_AHEAD + 1)


def year_of(hub: Hub, number: int, *, at: datetime) -> Year:
    """Return the hub's year, its services only where they differ from the house. Three queries."""
    today = at.astimezone(HELSINKI).date()
    first, last = date(number, 1, 1), date(number, 12, 31)
    listings = list(Listing.objects.published().filter(hub=hub))
    for listing in listings:
        listing.hub = hub
    schedules = load_schedules([hub.timetable_id, *(each.timetable_id for each in listings)])
    house = schedules[hub.timetable_id]
    of_house = deviations(house, first, last)
    rows = [Row(hub, each, is_of_house=True) for each in of_house]
    for listing in listings:
        of_listing = deviations(schedules[listing.timetable_id], first, last)
        rows += [Row(listing, each, is_of_house=False) for each in only_different(of_listing, of_house)]
    return Year(
        number=number,
        months=months(rows, first),
        usual=wording.weekly_words(house, today if today.year == number else first),
        seasons=seasons(house, first, last),
        years=list(years_around(today.year)),
        has_special_days=any(day.year == number for day in house.special_days),
    )


def months(rows: Iterable[Row], first_day: date) -> list[Month]:
    """Sort the rows into the months in which they begin; what began last year stands in January."""

    def month_of(row: Row) -> int:
        return max(row.deviation.first_day, first_day).month

    ordered = sorted(rows, key=lambda row: (row.deviation.first_day, not row.is_of_house))
    groups = groupby(sorted(ordered, key=month_of), key=month_of)
    return [
        Month(month, capfirst(dateformat.format(date(first_day.year, month, 1), "F")), list(group))
        for month, group in groups
    ]


def seasons(schedule: Schedule, first_day: date, last_day: date) -> list[Season]:
    """Return the parts of the year that have usual hours of their own."""
    found = []
    for period in schedule.followed.periods:
        if period.kind != PeriodKind.SEASON or period.first_day is None:
            continue
        starts, ends = max(period.first_day, first_day), min(period.last_day or last_day, last_day)
        if starts <= ends:
            days = capfirst(wording.day_range(starts, ends))
            found.append(Season(period.title, days, wording.weekly_words(schedule, starts)))
    return found
