"""When is it open? The one function that answers for pages, search, booking, displays and feeds.

Everything here is a plain value: no database, no settings, no clock. `hubs.models.timetable.load_schedules`
makes the values from the tables; `hubs.wording` puts the answers into words.

Wall-clock time (Europe/Helsinki) becomes UTC before it is compared with anything. Spans of time are
half-open: the closing minute is closed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hubs.enums import HolidayRule, Mode, PeriodKind, WeekParity

HELSINKI = ZoneInfo("Europe/Helsinki")
ONE_DAY = timedelta(days=1)
SUNDAY = 6
MIDNIGHT = time(0)
SEARCH_DAYS = 366  # "opens next" and "closes" are looked for this far ahead
STRENGTH = {mode: strength for strength, mode in enumerate(Mode)}


class DayStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"  # nobody has said; not the same as closed
    UNCONFIRMED = "unconfirmed"  # a special day that staff still have to decide


class Text(str):
    """A text that knows which language it fell back to; `language` is "" in the reader's own."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str = "", language: str = "") -> "Text":
        new = super().__new__(cls, text)
        new.language = language
        return new


@dataclass(frozen=True, slots=True)
class Span:
    """Opens and closes on the weekdays of a bit mask (bit 0 is Monday)."""

    weekdays: int
    opens: time
    closes: time
    mode: Mode = Mode.STAFFED
    note: str = ""

    def is_on(self, weekday: int) -> bool:
        return bool(self.weekdays >> weekday & 1)

    def closing_day(self, day: date) -> date:
        return day + ONE_DAY if self.closes <= self.opens else day


@dataclass(frozen=True, slots=True)
class SpecialDay:
    date: date
    key: str
    name: str = ""
    changes_hours: bool = True
    is_public_holiday: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which one set of spans holds. Without spans it means closed."""

    kind: PeriodKind
    first_day: date | None = None
    last_day: date | None = None
    special_day: str = ""
    week_parity: WeekParity = WeekParity.EVERY
    title: str = ""
    spans: tuple[Span, ...] = ()
    pk: int | None = field(default=None, compare=False)  # of the row it was loaded from

    def covers(self, day: date, special_day: str = "") -> bool:
        if self.special_day:
            return self.special_day == special_day and self.has_week_of(day)
        return (
            self.first_day is not None
            and self.first_day <= day
            and (self.last_day is None or day <= self.last_day)
            and self.has_week_of(day)
        )

    def has_week_of(self, day: date) -> bool:
        if self.week_parity == WeekParity.EVERY:
            return True
        is_odd = day.isocalendar().week % 2 == 1
        return is_odd == (self.week_parity == WeekParity.ODD)

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two are of one kind and both hold on some day."""
        if self.kind != other.kind or bool(self.special_day) != bool(other.special_day):
            return False
        if self.special_day:
            parities = {self.week_parity, other.week_parity}
            return self.special_day == other.special_day and parities != {WeekParity.ODD, WeekParity.EVEN}
        if self.first_day is None or other.first_day is None:
            return False
        first = max(self.first_day, other.first_day)
        # Four weeks are enough to meet both parities, even where week 53 is followed by week 1.
        days = (first + n * ONE_DAY for n in range(28))
        return any(self.covers(day) and other.covers(day) for day in days)

    @property
    def precedence(self) -> tuple[int, int, int]:
        """Sort the period that wins first: by kind, then the shortest, then the latest start."""
        if self.special_day or self.first_day is None:
            return (1, 1, 0)
        rank = {PeriodKind.EXCEPTION: 0, PeriodKind.SEASON: 2, PeriodKind.REGULAR: 3}[PeriodKind(self.kind)]
        last = self.last_day or date.max
        return (rank, (last - self.first_day).days, -self.first_day.toordinal())


@dataclass(frozen=True, slots=True)
class Interval:
    """Open from `starts_at` until just before `ends_at` (UTC). Belongs to `day`, on which its span begins."""

    starts_at: datetime
    ends_at: datetime
    mode: Mode
    note: str = ""
    day: date = date.min


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a day's hours on the wall clock; `closes <= opens` ends the next day."""

    opens: time
    closes: time
    mode: Mode
    note: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What holds for one date. The parts are those of the spans that begin on it."""

    date: date
    status: DayStatus
    parts: tuple[Part, ...] = ()
    title: str = ""
    special_day: SpecialDay | None = None
    is_exception: bool = False

    @property
    def is_open(self) -> bool:
        return self.status == DayStatus.OPEN


@dataclass(frozen=True, slots=True)
class State:
    """What holds at one moment. All moments are UTC.

    When open, `mode` holds until `mode_until`, `closes_at` is the end of the continuous run in any mode, and
    `next_mode` begins at `next_mode_at` if the mode changes before that. When not open, `opens_at` is the next
    opening and `next_mode` how one is served then. None means: not within a year.
    """

    status: DayStatus
    is_open: bool = False
    mode: Mode | None = None
    mode_until: datetime | None = None
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    next_mode: Mode | None = None
    next_mode_at: datetime | None = None


class Ruling(NamedTuple):
    """Which spans hold on a date, and why."""

    status: DayStatus | None  # None: open if there are spans
    spans: tuple[Span, ...] = ()
    title: str = ""
    is_exception: bool = False


class _Stretch(NamedTuple):
    starts: datetime
    ends: datetime
    day: date
    mode: Mode
    note: str

    @property
    def rank(self) -> tuple[int, date, datetime, datetime, str]:
        return (STRENGTH[self.mode], self.day, self.starts, self.ends, self.note)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A timetable as a value: its periods, what special days do to it, and whose hours it follows otherwise."""

    periods: tuple[Period, ...] = ()
    holiday_rule: HolidayRule = HolidayRule.CLOSED
    special_days: Mapping[date, SpecialDay] = field(default_factory=dict, hash=False, repr=False)
    fallback: "Schedule | None" = None
    confirmed_at: datetime | None = None

    @property
    def hours(self) -> tuple[Any, ...]:
        """What decides when it is open, without texts: two schedules of equal hours are open at the same times.

        Holds for schedules that were loaded together, whose special days are the same.
        """
        schedule = self.followed
        return schedule.periods, schedule.holiday_rule, schedule.fallback and schedule.fallback.hours

    @property
    def followed(self) -> "Schedule":
        """The schedule whose hours hold: the first in the chain that has a period at all. Many rooms share one."""
        schedule = self
        while not schedule.periods and schedule.fallback is not None:
            schedule = schedule.fallback
        return schedule

    def day(self, day: date) -> Day:
        return self._day(day, self.ruling(day))

    def days(self, first_day: date, last_day: date) -> list[Day]:
        return [self.day(day) for day in _dates(first_day, last_day)]

    def exception_on(self, day: date) -> Period | None:
        """Return the exception that holds on the day, where one does."""
        period = self.deciding_period(day)
        return period if period is not None and period.kind == PeriodKind.EXCEPTION else None

    def deciding_period(self, day: date) -> Period | None:
        """Return the period that settles the day, of these hours or of those they follow."""
        special = self.special_days.get(day)
        period = self._winner(day, special.key if special else "")
        return period if period is not None or self.fallback is None else self.fallback.deciding_period(day)

    def dates_in_question(self, first_day: date, last_day: date) -> list[date]:
        """Return the days on which anything but the usual may hold: special days, and those of exceptions."""
        dates = {day for day in self.special_days if first_day <= day <= last_day}
        schedule: Schedule | None = self
        while schedule is not None:
            for period in schedule.periods:
                if period.kind == PeriodKind.EXCEPTION and period.first_day is not None:
                    last = min(period.last_day or last_day, last_day)
                    dates.update(_dates(max(period.first_day, first_day), last))
            schedule = schedule.fallback
        return sorted(dates)

    def usual_day(self, day: date) -> Day:
        """Return the day as it is without exceptions and special days."""
        return self._day(day, self.usual_ruling(day))

    def usual_week(self, day: date) -> list[Day]:
        """Return the days of the week around `day`, from Monday, as they are without exceptions and special days."""
        monday = day - day.weekday() * ONE_DAY
        return [self.usual_day(monday + n * ONE_DAY) for n in range(7)]

    def intervals(self, first_day: date, last_day: date) -> list[Interval]:
        """Return what begins on the days asked for, in order, never overlapping.

        The neighbouring days are reckoned with, so that a night span meets the next morning's hours in
        the same way whether one day or a whole range is asked for.
        """
        stretches = [
            _Stretch(
                to_utc(day, span.opens), to_utc(span.closing_day(day), span.closes), day, Mode(span.mode), span.note
            )
            for day in _dates(first_day - ONE_DAY, last_day + ONE_DAY)
            for span in self._spans_on(day)
        ]
        return [
            Interval(stretch.starts, stretch.ends, stretch.mode, stretch.note, stretch.day)
            for stretch in _flatten(stretches)
            if first_day <= stretch.day <= last_day
        ]

    def state(self, at: datetime) -> State:
        today = at.astimezone(HELSINKI).date()
        state = State(DayStatus.UNKNOWN)
        for days in (1, 8, SEARCH_DAYS):  # until tomorrow answers mostly, a week nearly always
            last_day = today + days * ONE_DAY
            coming = [each for each in self.intervals(today - ONE_DAY, last_day) if each.ends_at > at]
            state = self._state(at, coming, horizon=to_utc(last_day + ONE_DAY, time.min))
            if state.closes_at or state.opens_at:
                break
        return state

    def is_open_at(self, at: datetime) -> bool:
        """Say what `state` says too, without looking for what comes next: it is asked of every service there is."""
        today = at.astimezone(HELSINKI).date()
        return any(
            to_utc(day, span.opens) <= at < to_utc(span.closing_day(day), span.closes)
            for day in (today - ONE_DAY, today)
            for span in self._spans_on(day)
        )

    def open_time(
        self, starts_at: datetime, ends_at: datetime, modes: Collection[Mode] | None = None
    ) -> list[tuple[datetime, datetime]]:
        """Return when it is open between two moments (UTC), in any of the modes; touching spans are joined."""
        first_day = starts_at.astimezone(HELSINKI).date() - ONE_DAY  # last night's span may reach into the day
        last_day = ends_at.astimezone(HELSINKI).date()
        start, end = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
        joined: list[tuple[datetime, datetime]] = []
        for interval in self.intervals(first_day, last_day):
            opens, closes = max(interval.starts_at, start), min(interval.ends_at, end)
            if opens >= closes or (modes is not None and interval.mode not in modes):
                continue
            if joined and joined[-1][1] == opens:
                joined[-1] = (joined[-1][0], closes)
            else:
                joined.append((opens, closes))
        return joined

    def undecided(self, first_day: date, days: int = SEARCH_DAYS) -> list[Day]:
        """Return the coming days on which these hours themselves, not those they follow, must be decided."""
        if self.holiday_rule != HolidayRule.MUST_BE_DECIDED:
            return []
        own = replace(self, fallback=None)
        last_day = first_day + (days - 1) * ONE_DAY
        coming = (day for day in self.special_days if first_day <= day <= last_day)
        return [each for each in map(own.day, sorted(coming)) if each.status == DayStatus.UNCONFIRMED]

    def ruling(self, day: date) -> Ruling:
        special = self.special_days.get(day)
        period = self._winner(day, special.key if special else "")
        if period is None:
            return self.fallback.ruling(day) if self.fallback else Ruling(DayStatus.UNKNOWN)
        if period.kind == PeriodKind.EXCEPTION:
            return Ruling(None, _spans(period, day.weekday()), period.title, is_exception=True)
        if special is None or not special.changes_hours or self.holiday_rule == HolidayRule.AS_USUAL:
            return Ruling(None, _spans(period, day.weekday()), period.title)
        if self.holiday_rule == HolidayRule.AS_SUNDAY:
            return Ruling(None, _spans(period, SUNDAY), is_exception=True)
        if self.holiday_rule == HolidayRule.MUST_BE_DECIDED:
            return Ruling(DayStatus.UNCONFIRMED, is_exception=True)
        return Ruling(DayStatus.CLOSED, is_exception=True)

    def usual_ruling(self, day: date) -> Ruling:
        usual = [each for each in self.periods if each.kind != PeriodKind.EXCEPTION and each.covers(day)]
        if not usual:
            return self.fallback.usual_ruling(day) if self.fallback else Ruling(DayStatus.UNKNOWN)
        period = usual[0] if len(usual) == 1 else min(usual, key=lambda each: each.precedence)
        return Ruling(None, _spans(period, day.weekday()), period.title)

    def _winner(self, day: date, special_day: str) -> Period | None:
        covering = [period for period in self.periods if period.covers(day, special_day)]
        if len(covering) > 1:
            return min(covering, key=lambda period: period.precedence)
        return covering[0] if covering else None

    def _spans_on(self, day: date) -> tuple[Span, ...]:
        return self.ruling(day).spans

    def _day(self, day: date, ruling: Ruling) -> Day:
        wall_clock = [
            _Stretch(
                datetime.combine(day, span.opens),
                datetime.combine(span.closing_day(day), span.closes),
                day,
                Mode(span.mode),
                span.note,
            )
            for span in ruling.spans
        ]
        parts = tuple(
            Part(stretch.starts.time(), stretch.ends.time(), stretch.mode, stretch.note)
            for stretch in _flatten(wall_clock)
        )
        special = self.special_days.get(day)
        title = ruling.title
        if not title and ruling.is_exception and special:
            title = special.name
        status = ruling.status or (DayStatus.OPEN if parts else DayStatus.CLOSED)
        return Day(day, status, parts, title, special, ruling.is_exception)

    def _state(self, at: datetime, coming: list[Interval], horizon: datetime) -> State:
        """Read the state off the intervals that end after `at`; those beginning after `horizon` are not known."""
        if not coming or coming[0].starts_at > at:
            status = self.day(at.astimezone(HELSINKI).date()).status
            if status == DayStatus.OPEN:
                status = DayStatus.CLOSED
            if not coming:
                return State(status)
            opening = coming[0]
            return State(status, opens_at=opening.starts_at, next_mode=opening.mode, next_mode_at=opening.starts_at)
        run = [coming[0]]
        for interval in coming[1:]:
            if interval.starts_at != run[-1].ends_at:
                break
            run.append(interval)
        closes_at = run[-1].ends_at if run[-1].ends_at < horizon else None
        change = next((each for each in run if each.mode != run[0].mode), None)
        return State(
            DayStatus.OPEN,
            is_open=True,
            mode=run[0].mode,
            mode_until=change.starts_at if change else closes_at,
            closes_at=closes_at,
            next_mode=change.mode if change else None,
            next_mode_at=change.starts_at if change else None,
        )


@lru_cache(maxsize=4096)  # every timetable asks for the same few, and what they are never changes
def to_utc(day: date, clock: time) -> datetime:
    """Turn a wall-clock time in Helsinki into UTC.

    In the hour that spring skips, the answer is the moment of the jump. In the hour that autumn repeats, it is
    the first of the two, for opening and closing alike, so that spans which touch on the wall clock still touch.
    """
    local = datetime.combine(day, clock, tzinfo=HELSINKI).replace(fold=0)
    moment = local.astimezone(UTC)
    if moment.astimezone(HELSINKI).replace(tzinfo=None) != local.replace(tzinfo=None):
        # Clocks here jump one hour, on the full hour, so the jump is the full hour before.
        return moment.replace(minute=0, second=0, microsecond=0)
    return moment


def _dates(first_day: date, last_day: date) -> Iterator[date]:
    return (first_day + n * ONE_DAY for n in range((last_day - first_day).days + 1))


def _spans(period: Period, weekday: int) -> tuple[Span, ...]:
    return tuple(span for span in period.spans if span.is_on(weekday))


def _flatten(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Cut overlapping stretches so that each moment has one: the strongest mode, then the earliest."""
    stretches = sorted(stretches, key=lambda each: each.starts)
    if all(each.starts < each.ends for each in stretches) and all(
        one.ends < other.starts for one, other in pairwise(stretches)
    ):
        return stretches  # as nearly always
    waiting = stretches[::-1]
    moments = sorted({moment for each in waiting for moment in (each.starts, each.ends)})
    active: list[_Stretch] = []
    flat: list[_Stretch] = []
    for start, end in pairwise(moments):
        while waiting and waiting[-1].starts <= start:
            active.append(waiting.pop())
        active = [each for each in active if each.ends > start]
        if not active:
            continue
        winner = min(active, key=lambda each: each.rank)
        if flat and flat[-1].ends == start and flat[-1][2:] == winner[2:]:
            flat[-1] = flat[-1]._replace(ends=end)
        else:
            flat.append(winner._replace(starts=start, ends=end))
    return flat
