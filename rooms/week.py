"""The week of one room: a row a day, with what is free and why the rest is not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hubs.opening import HELSINKI
from hubs.wording import at_clock_range, day_medium, day_short
from rooms.availability import FreeTime, bookable_window
from rooms.models import Closure, Room
from rooms.results import USUAL_HOURS, Choice, hour_of, hours_of
from rooms.rules import last_bookable_day, midnight
from rooms.spans import Span, intersect
from rooms.wording import span_words

ONE_WEEK = timedelta(days=7)
FARTHEST_WEEKS = 160


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """A closure on one day: when, in words unless it is all day, and the closure with its reason."""

    words: str
    closure: Closure


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    is_today: bool
    begins: datetime
    ends: datetime
    free: list[Span]
    choices: tuple[Choice, ...]
    closed: tuple[ClosedTime, ...]
    note: str  # why there is nothing to book

    @property
    def name(self) -> str:
        return capfirst(day_short(self.date))


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    hours: str
    days: tuple[Day, ...]
    previous: str  # “2026-W48”, or empty where there is nothing to book
    next: str
    is_past: bool
    is_too_far: bool
    last_day: date

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def has_choices(self) -> bool:
        return any(day.choices for day in self.days)

    @property
    def dates(self) -> str:
        return dates_words(self.monday)

    @property
    def bookable_until(self) -> str:
        return day_medium(self.last_day)


def read_week(text: str, today: date) -> date:
    """Return the Monday of “2026-W49”, of this week where nothing is asked for. Raise ValueError."""
    if not text:
        return monday_of(today)
    if not re.fullmatch(r"[0-9]{4}-W[0-9]{2}", text, re.ASCII):
        raise ValueError(text)
    monday = date.fromisocalendar(int(text[:4]), int(text[-2:]), 1)
    if abs(monday - today) > FARTHEST_WEEKS * ONE_WEEK:
        raise ValueError(text)
    return monday


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_code(monday: date) -> str:
    year, week, _weekday = monday.isocalendar()
    return f"{year}-W{week:02}"


def dates_words(monday: date) -> str:
    """Write “23–29 november” or “30 november–6 december”, without the names of the days.

    A line may break after the dash between two months, and nowhere else.
    """
    (first, month), (last, last_month) = (
        day_medium(day).split(" ", 2)[1:] for day in (monday, monday + timedelta(days=6))
    )
    if month == last_month:
        return f"{first}\u2060–\u2060{last}\u00a0{month}"
    return f"{first}\u00a0{month}\u2060–{last}\u00a0{last_month}"


def make_week(room: Room, monday: date, free_time: FreeTime, closures: Mapping[int, Closure], *, at: datetime) -> Week:
    today, last_day = at.astimezone(HELSINKI).date(), last_bookable_day(room, at)
    dates = [monday + timedelta(days=number) for number in range(7)]
    hours = [hour for day in dates for hour in _open_hours(free_time, day)]
    begins = min((start for start, _end in hours), default=USUAL_HOURS[0])
    ends = max((end for _start, end in hours), default=USUAL_HOURS[1])
    return Week(
        monday=monday,
        hours=capfirst(at_clock_range(hour_of(monday, begins), hour_of(monday, ends))),
        days=tuple(_make_day(free_time, day, (begins, ends), closures, today, last_day, at=at) for day in dates),
        previous=week_code(monday - ONE_WEEK) if monday > today else "",
        next=week_code(monday + ONE_WEEK) if monday + ONE_WEEK <= last_day else "",
        is_past=dates[-1] < today,
        is_too_far=monday > last_day,
        last_day=last_day,
    )


def _open_hours(free_time: FreeTime, day: date) -> list[tuple[int, int]]:
    return [hours_of(span, day) for span in _on_day(free_time.open, day)]


def _on_day(spans: list[Span], day: date) -> list[Span]:
    return intersect(spans, [(midnight(day), midnight(day + timedelta(days=1)))])


def _make_day(
    free_time: FreeTime,
    day: date,
    hours: tuple[int, int],
    closures: Mapping[int, Closure],
    today: date,
    last_day: date,
    *,
    at: datetime,
) -> Day:
    room = free_time.room
    starts, ends = midnight(day), midnight(day + timedelta(days=1))
    window = bookable_window(room, starts, ends, at)
    free = free_time.spans_of(room.shortest_minutes, within=window) if window[0] < window[1] else []
    closed = tuple(
        ClosedTime(
            "" if start <= starts and end >= ends else span_words((max(start, starts), min(end, ends))), closures[key]
        )
        for start, end, key in free_time.closed
        if start < ends and end > starts and key in closures
    )
    return Day(
        date=day,
        is_today=day == today,
        begins=hour_of(day, hours[0]),
        ends=hour_of(day, hours[1]),
        free=free,
        choices=tuple(Choice(room, start, end) for start, end in free),
        closed=closed,
        note="" if free else _why_nothing(free_time, day, today, last_day, is_closed=bool(closed)),
    )


def _why_nothing(free_time: FreeTime, day: date, today: date, last_day: date, *, is_closed: bool) -> str:
    if day < today:
        return _("The day has passed")
    if day > last_day:
        opens_on = day - timedelta(days=free_time.room.earliest_days)
        return _("Can be booked from %(day)s") % {"day": day_short(opens_on)}
    if is_closed and not _on_day(free_time.free, day):
        return ""
    if not _on_day(free_time.open, day):
        return _("Closed")
    return _("No free times")
