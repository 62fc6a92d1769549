"""What will differ from the usual hours, found when read: stored nowhere, so it is never old and goes by itself.

Plain values, as in `hubs.opening`: no database, no settings, no clock. `hubs.deviations_in_words` tells them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain

from hubs.opening import HELSINKI, ONE_DAY, SEARCH_DAYS, Day, DayStatus, Period, Schedule

COMING_DAYS = 14  # told on top of pages this long before they begin
MOST_BRIDGED = 3  # days that are closed anyway between two that are closed for once: one closure


class Kind(StrEnum):
    CLOSED = "closed"
    CHANGED = "changed"
    OPEN = "open"  # on a day that is closed otherwise
    UNCONFIRMED = "unconfirmed"  # a special day about which nobody has decided


@dataclass(frozen=True, slots=True)
class Deviation:
    """Days that follow each other and differ from the usual in one way."""

    kind: Kind
    first_day: date
    last_day: date
    days: tuple[Day, ...]  # all from the first to the last
    odd_days: tuple[Day, ...]  # those of them that differ
    periods: tuple[Period, ...] = ()  # the exceptions that decide it; none where a special day does by itself
    is_open_ended: bool = False

    @property
    def is_one_day(self) -> bool:
        return self.first_day == self.last_day

    @property
    def is_even(self) -> bool:
        """Say whether every day has the same hours."""
        return len({hours_of(day) for day in self.days}) == 1

    @property
    def special_day(self) -> str:
        """Return the key of the special day that it is, where it is one and no more."""
        special = self.days[0].special_day
        return special.key if special is not None and self.is_one_day else ""


def coming(schedule: Schedule, at: datetime, days: int = COMING_DAYS) -> list[Deviation]:
    """Return what differs today and on the days after."""
    today = at.astimezone(HELSINKI).date()
    return deviations(schedule, today, today + timedelta(days=days))


def coming_in(schedule: Schedule, house: Schedule, at: datetime) -> list[Deviation]:
    """Return what differs soon in a room, which can only be used while its house is open."""
    own, of_house = coming(schedule, at), coming(house, at)
    closed = [each for each in of_house if each.kind == Kind.CLOSED]
    return in_order([*own, *only_different(closed, own)])


def deviations(schedule: Schedule, first_day: date, last_day: date) -> list[Deviation]:
    """Return what differs on any of the days, each told from its true beginning to its true end."""
    near = timedelta(days=MOST_BRIDGED)
    dates = schedule.dates_in_question(first_day - near, last_day + near)
    if not any(schedule.exception_on(day) or kind_of(schedule, day) for day in dates):
        return []
    far = timedelta(days=SEARCH_DAYS)
    dates = schedule.dates_in_question(first_day - far, last_day + far)
    groups: list[list[_Odd]] = []
    for odd in (_Odd.on(schedule, day) for day in dates):
        if odd is None:
            continue
        if groups and joins(schedule, groups[-1][-1], odd):
            groups[-1].append(odd)
        else:
            groups.append([odd])
    found = (_deviation(schedule, group) for group in groups)
    return [each for each in found if each.first_day <= last_day and first_day <= each.last_day]


def only_different(own: Iterable[Deviation], of_house: Iterable[Deviation]) -> list[Deviation]:
    """Leave out what whoever knows the deviations of the house knows already."""
    known = {(each.kind, day.date, hours_of(day)) for each in of_house for day in each.odd_days}
    return [each for each in own if not {(each.kind, day.date, hours_of(day)) for day in each.odd_days} <= known]


def in_order(found: Iterable[Deviation]) -> list[Deviation]:
    return sorted(found, key=lambda each: (each.first_day, each.last_day))


@dataclass(frozen=True, slots=True)
class _Odd:
    """A day that differs."""

    day: Day
    kind: Kind
    cause: Period | None

    @classmethod
    def on(cls, schedule: Schedule, day: date) -> "_Odd | None":
        kind = kind_of(schedule, day)
        return cls(schedule.day(day), kind, schedule.exception_on(day)) if kind else None


def kind_of(schedule: Schedule, day: date) -> Kind | None:
    """Say how the day differs from what it usually is; None where it does not."""
    ruling, usual = schedule.ruling(day), schedule.usual_ruling(day)
    if (ruling.status, ruling.spans) == (usual.status, usual.spans):
        return None  # as nearly always
    was_closed = usual.status is None and not usual.spans
    match ruling.status or (DayStatus.OPEN if ruling.spans else DayStatus.CLOSED):
        case DayStatus.CLOSED:
            return None if was_closed else Kind.CLOSED
        case DayStatus.UNCONFIRMED:
            # A house that is closed on Sundays need not say that nobody has decided about one.
            return None if was_closed else Kind.UNCONFIRMED
        case DayStatus.OPEN if was_closed:
            return Kind.OPEN
        case DayStatus.OPEN:
            return None if hours_of(schedule.day(day)) == hours_of(schedule.usual_day(day)) else Kind.CHANGED
        case _unknown:
            return None


def hours_of(day: Day) -> tuple[object, ...]:
    """Return what the day's hours are compared by: without notes and titles."""
    return (day.status, *((part.opens, part.closes, part.mode) for part in day.parts))


def joins(schedule: Schedule, odd: _Odd, following: _Odd) -> bool:
    """Say whether a day that differs goes on with what an earlier one began."""
    is_same = odd.cause is not None and odd.cause == following.cause
    if odd.kind != following.kind or not (is_same or (following.day.date - odd.day.date).days <= MOST_BRIDGED + 1):
        return False
    between = list(_between(odd.day.date, following.day.date))
    match odd.kind:
        case Kind.CLOSED:
            return all(schedule.day(day).status == DayStatus.CLOSED for day in between)
        case Kind.UNCONFIRMED:
            return not between
        case _open:
            if is_same:
                return all(schedule.exception_on(day) == odd.cause for day in between)
            return not between and hours_of(odd.day) == hours_of(following.day)


def _deviation(schedule: Schedule, group: list[_Odd]) -> Deviation:
    first, last = group[0].day.date, group[-1].day.date
    if group[0].kind == Kind.CLOSED:  # the whole of a closure, though a Sunday in it were closed anyway
        first = _stretched(schedule, first, group[0].cause, -ONE_DAY)
        last = _stretched(schedule, last, group[-1].cause, ONE_DAY)
    cause = group[-1].cause
    return Deviation(
        kind=group[0].kind,
        first_day=first,
        last_day=last,
        days=tuple(schedule.days(first, last)),
        odd_days=tuple(odd.day for odd in group),
        periods=tuple(dict.fromkeys(odd.cause for odd in group if odd.cause is not None)),
        is_open_ended=cause is not None and cause.first_day is not None and cause.last_day is None,
    )


def _stretched(schedule: Schedule, day: date, cause: Period | None, step: timedelta) -> date:
    """Return the last day, in one direction, on which the same exception closes."""
    limit = SEARCH_DAYS
    while cause is not None and limit and schedule.exception_on(day + step) == cause:
        if schedule.day(day + step).status != DayStatus.CLOSED:
            break
        day, limit = day + step, limit - 1
    return day


def _between(first: date, last: date) -> Iterable[date]:
    return (first + n * ONE_DAY for n in range(1, (last - first).days))


def all_periods(found: Iterable[Deviation]) -> set[int]:
    """Return the keys of the exceptions that decide them."""
    periods = chain.from_iterable(each.periods for each in found)
    return {period.pk for period in periods if period.pk is not None}
