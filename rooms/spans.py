"""Reckoning with half-open spans of time [start, end). Pure: no database, no settings, no clock.

Every moment is aware, in whatever zone; what comes back is UTC, for Python reckons with the wall
clock as long as two moments share a zone, which is wrong on two nights a year. Functions that
return spans return them sorted, merged and never empty.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hubs.opening import HELSINKI

if TYPE_CHECKING:
    from rooms.models import Room

type Span = tuple[datetime, datetime]


def utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def union(spans: Iterable[Span]) -> list[Span]:
    """Merge overlapping and touching spans; drop empty ones."""
    return merge(sorted((utc(start), utc(end)) for start, end in spans))


def merge(spans: Iterable[Span]) -> list[Span]:
    """Do as `union` does with spans that are in UTC and sorted already."""
    merged: list[Span] = []
    for start, end in spans:
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def intersect(ones: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Keep the time that is in both."""
    return common_time(union(ones), union(others))


def common_time(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """Do as `intersect` does with spans that are merged already."""
    common: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            common.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return common


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Keep the time of `spans` that no span of `taken` covers."""
    return without(union(spans), union(taken))


def without(spans: Iterable[Span], holes: Sequence[Span]) -> list[Span]:
    """Do as `subtract` does with spans that are merged already."""
    left: list[Span] = []
    first = 0
    for start, end in spans:
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        cursor = start
        for hole_start, hole_end in holes[first:]:
            if hole_start >= end:
                break
            if hole_start > cursor:
                left.append((cursor, hole_start))
            cursor = max(cursor, hole_end)
        if cursor < end:
            left.append((cursor, end))
    return left


def overlaps(spans: Iterable[Span], starts_at: datetime, ends_at: datetime) -> bool:
    return any(start < ends_at and end > starts_at for start, end in spans)


def covers(spans: Iterable[Span], starts_at: datetime, ends_at: datetime) -> bool:
    """Say whether one merged span holds all of [starts_at, ends_at)."""
    return any(start <= starts_at and ends_at <= end for start, end in spans)


def minutes_between(starts_at: datetime, ends_at: datetime) -> int:
    return int((utc(ends_at) - utc(starts_at)).total_seconds() // 60)


def is_on_grid(moment: datetime, grid_minutes: int) -> bool:
    return snap_up(moment, grid_minutes) == utc(moment)


def snap_up(moment: datetime, grid_minutes: int) -> datetime:
    """Return the first moment not before `moment` that lies on the grid counted from local midnight.

    The grids (15, 30, 60) divide the hour, so the minutes of the local clock decide, on the
    days of 23 and 25 hours as well.
    """
    moment = utc(moment)
    if not (moment.minute % grid_minutes or moment.second or moment.microsecond):
        return moment  # Helsinki differs from UTC by whole hours, so the minutes are the same
    local, grid = moment.astimezone(HELSINKI), timedelta(minutes=grid_minutes)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond) % grid
    return moment if not past else moment + (grid - past)


def snap_down(moment: datetime, grid_minutes: int) -> datetime:
    """Return the last moment not after `moment` that lies on the grid."""
    snapped = snap_up(moment, grid_minutes)
    return snapped if snapped == utc(moment) else snapped - timedelta(minutes=grid_minutes)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """What is known of one room in the asked range; all spans are UTC.

    `open` is the room's hours ∩ the hub's hours. `busy` is taken by bookings and closures of the
    room and its parts, each booking's gap included. `free` is `open` less `busy`, and less the
    room's own gap before each busy span: any span inside `free` may be booked and still leaves
    time to clean afterwards. A gap may run past closing time, for nobody waits for the room then.
    """

    room: "Room"
    open: list[Span]
    busy: list[Span]
    free: list[Span]
    hub_open: list[Span]
    room_open: list[Span]
    closed: list[tuple[datetime, datetime, int]]  # start, end, id of the closure

    def is_free(self, starts_at: datetime, ends_at: datetime) -> bool:
        return covers(self.free, starts_at, ends_at)

    def is_busy(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Say whether a booking of this span, with its gap, would meet a busy period."""
        return overlaps(self.busy, starts_at, utc(ends_at) + timedelta(minutes=self.room.gap_minutes))

    def spans_of(self, minutes: int, *, within: Span | None = None) -> list[Span]:
        """Return the free spans in which `minutes` fit, each beginning on the room's grid."""
        return list(fitting_spans(self.free, minutes, self.room.grid_minutes, within=within))

    def starts_of(self, minutes: int, *, within: Span | None = None) -> list[datetime]:
        """Return every start on the grid at which `minutes` fit."""
        step, length = timedelta(minutes=self.room.grid_minutes), timedelta(minutes=minutes)
        starts: list[datetime] = []
        for start, end in self.spans_of(minutes, within=within):
            while start + length <= end:
                starts.append(start)
                start = snap_up(start + step, self.room.grid_minutes)
        return starts


def free_spans(open_spans: Iterable[Span], busy: Iterable[Span], gap_minutes: int) -> list[Span]:
    """Return what is left of `open_spans` when each busy span also keeps the gap before it."""
    return free_of_merged(union(open_spans), union(busy), gap_minutes)


def free_of_merged(open_spans: list[Span], busy: Sequence[Span], gap_minutes: int) -> list[Span]:
    """Do as `free_spans` does with spans that are merged already. May return `open_spans` itself."""
    if not busy:
        return open_spans
    gap = timedelta(minutes=gap_minutes)
    return without(open_spans, merge((start - gap, end) for start, end in busy) if gap else busy)


def fitting_spans(
    free: Iterable[Span], minutes: int, grid_minutes: int, *, within: Span | None = None
) -> Iterator[Span]:
    """Give the merged spans, or what of them is `within`, in which `minutes` fit, each beginning on the grid."""
    length = timedelta(minutes=minutes)
    first, last = (utc(within[0]), utc(within[1])) if within is not None else (None, None)
    for start, end in free:
        if first is not None and start < first:
            start = first
        if last is not None and end > last:
            end = last
        if start + length <= end and (start := snap_up(start, grid_minutes)) + length <= end:
            yield start, end
