"""When is everything that somebody wants on one visit open at the same time? Pure reckoning on schedules.

What is open in person, by staff or by appointment, is told apart from what is open by itself, for a
library without staff answers no question. What is served by phone alone needs no visit and does not
count. Schedules are known by their place in the sequence that is asked about; moments are UTC.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from hubs.enums import Mode
from hubs.opening import ONE_DAY, Schedule
from rooms.rules import midnight
from rooms.spans import Span, common_time, covers, merge, utc

IN_PERSON = (Mode.STAFFED, Mode.APPOINTMENT)
BY_ONESELF = (Mode.SELF_SERVICE,)
ON_THE_SPOT = (*IN_PERSON, *BY_ONESELF)
DAYS_AHEAD = 26 * 7  # a day on which all are open is looked for this far ahead


@dataclass(frozen=True, slots=True)
class Piece:
    """Time in which the same ones are open in the same manner."""

    starts_at: datetime
    ends_at: datetime
    in_person: frozenset[int]
    by_oneself: frozenset[int]

    @property
    def span(self) -> Span:
        return self.starts_at, self.ends_at

    @property
    def open(self) -> frozenset[int]:
        return self.in_person | self.by_oneself


@dataclass(frozen=True, slots=True)
class Group:
    """Some of those asked about, and when they are open together, self-service included."""

    members: frozenset[int]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class DayPlan:
    date: date
    count: int  # of schedules that are asked about
    pieces: tuple[Piece, ...]  # in which at least one of them is open

    @property
    def together(self) -> list[Span]:
        """Return when all are open in person."""
        return merge(piece.span for piece in self.pieces if self._is_of_all(piece.in_person))

    @property
    def with_self_service(self) -> list[Piece]:
        """Return when all are open, but some of them in self-service alone."""
        return [piece for piece in self.pieces if self._is_of_all(piece.open) and piece.by_oneself]

    @property
    def open_at_all(self) -> list[Span]:
        """Return when all are open, self-service included."""
        return merge(piece.span for piece in self.pieces if self._is_of_all(piece.open))

    @property
    def has_all(self) -> bool:
        return bool(self.open_at_all)

    def _is_of_all(self, some: Collection[int]) -> bool:
        return self.count > 0 and len(some) == self.count


def is_by_phone(schedule: Schedule, day: date) -> bool:
    """Say whether the usual week around the day has hours by phone and no others."""
    return {part.mode for each in schedule.usual_week(day) for part in each.parts} == {Mode.PHONE}


def plan_days(schedules: Sequence[Schedule], first_day: date, last_day: date, *, after: datetime) -> list[DayPlan]:
    """Return a plan for each of the days, without what has ended by `after`."""
    starts_at, ends_at = utc(midnight(first_day)), utc(midnight(last_day + ONE_DAY))
    in_person = [each.open_time(starts_at, ends_at, IN_PERSON) for each in schedules]
    by_oneself = [each.open_time(starts_at, ends_at, BY_ONESELF) for each in schedules]
    days = (first_day + number * ONE_DAY for number in range((last_day - first_day).days + 1))
    return [
        DayPlan(
            day,
            len(schedules),
            tuple(each for each in _pieces(in_person, by_oneself, day) if each.ends_at > after),
        )
        for day in days
    ]


def next_together(schedules: Sequence[Schedule], after: datetime, modes: Collection[Mode] = IN_PERSON) -> Span | None:
    """Return the next time at which all are open in one of the modes. None means: not within half a year."""
    if not schedules:
        return None
    until = utc(after) + timedelta(days=DAYS_AHEAD)
    found = schedules[0].open_time(after, until, modes)
    for each in schedules[1:]:
        found = common_time(found, each.open_time(after, until, modes))
    return next(iter(found), None)


def largest_groups(days: Iterable[DayPlan]) -> list[Group]:
    """Return the largest groups that are open together though never all are, the longest together first.

    One that is open alone is no group.
    """
    pieces = [piece for day in days for piece in day.pieces]
    most = max((len(piece.open) for piece in pieces), default=0)
    if most < 2:
        return []
    found = dict.fromkeys(piece.open for piece in pieces if len(piece.open) == most)
    groups = [Group(some, tuple(merge(piece.span for piece in pieces if piece.open == some))) for some in found]
    return sorted(groups, key=_length, reverse=True)


def _length(group: Group) -> timedelta:
    return sum((end - start for start, end in group.spans), timedelta())


def _pieces(in_person: Sequence[list[Span]], by_oneself: Sequence[list[Span]], day: date) -> list[Piece]:
    """Cut the day where anything opens or closes, and join again what turns out alike."""
    starts_at, ends_at = utc(midnight(day)), utc(midnight(day + ONE_DAY))
    edges = {moment for spans in (*in_person, *by_oneself) for span in spans for moment in span}
    moments = sorted({starts_at, ends_at} | {moment for moment in edges if starts_at < moment < ends_at})
    cut = [
        Piece(start, end, _open_in(in_person, start, end), _open_in(by_oneself, start, end))
        for start, end in pairwise(moments)
    ]
    joined = []
    for (served, alone), group in groupby(cut, key=lambda piece: (piece.in_person, piece.by_oneself)):
        alike = list(group)
        if served or alone:
            joined.append(Piece(alike[0].starts_at, alike[-1].ends_at, served, alone))
    return joined


def _open_in(spans: Sequence[list[Span]], starts_at: datetime, ends_at: datetime) -> frozenset[int]:
    return frozenset(number for number, each in enumerate(spans) if covers(each, starts_at, ends_at))
