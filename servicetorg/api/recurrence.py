"""Opening hours as recurring events (RFC 5545), for those who know nothing of holidays, seasons and exceptions.

Reckoned from what holds on each day of the coming weeks: whoever expands the events finds exactly the
days and hours on which it is open. A holiday is a gap between two events, and so is a change of the clock,
because times carry their distance from UTC.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hubs.enums import Mode
from hubs.opening import HELSINKI, ONE_DAY, Part, Schedule

WEEKS = 13
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ONE_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Open every week on the weekdays, from the first day to the last."""

    weekdays: tuple[int, ...]
    first_day: date
    last_day: date
    opens: str  # "08:00+02:00"
    closes: str
    mode: Mode
    note: str

    @property
    def byday(self) -> str:
        return ",".join(CODES[weekday] for weekday in self.weekdays)

    @property
    def utc_offset(self) -> float:
        sign = -1 if self.opens[5] == "-" else 1
        return sign * (int(self.opens[6:8]) + int(self.opens[9:11]) / 60)


def recurrences(schedule: Schedule, monday: date, *, weeks: int = WEEKS) -> list[Recurrence]:
    """Return what happens in the weeks from a Monday on, in the order in which it begins."""
    days: dict[tuple[int, str, str, Mode, str], list[date]] = defaultdict(list)
    for day in schedule.days(monday, monday + weeks * ONE_WEEK - ONE_DAY):
        for part in day.parts:
            opens, closes = clocks(day.date, part)
            days[day.date.weekday(), opens, closes, part.mode, part.note].append(day.date)
    alike: dict[tuple[date, date, str, str, Mode, str], list[date]] = defaultdict(list)
    for (weekday, *what), dates in days.items():
        for first, last in runs(dates):
            weeks_of = first - weekday * ONE_DAY, last - weekday * ONE_DAY
            alike[(*weeks_of, *what)] += [first, last]  # type: ignore[index]
    found = [
        Recurrence(
            weekdays=tuple(sorted({day.weekday() for day in dates})),
            first_day=min(dates),
            last_day=max(dates),
            opens=opens,
            closes=closes,
            mode=mode,
            note=note,
        )
        for (_first, _last, opens, closes, mode, note), dates in alike.items()
    ]
    return sorted(found, key=lambda each: (each.first_day, each.opens, each.closes, each.mode))


def clocks(day: date, part: Part) -> tuple[str, str]:
    closing_day = day + ONE_DAY if part.closes <= part.opens else day
    moments = datetime.combine(day, part.opens, HELSINKI), datetime.combine(closing_day, part.closes, HELSINKI)
    opens, closes = (moment.isoformat(timespec="minutes")[11:] for moment in moments)
    return opens, closes


def runs(dates: list[date]) -> list[tuple[date, date]]:
    """Join dates that follow each other by a week, as in order they are."""
    found: list[tuple[date, date]] = []
    for day in dates:
        if found and found[-1][1] + ONE_WEEK == day:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found
