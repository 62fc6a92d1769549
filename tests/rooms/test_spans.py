"""Reckoning with half-open spans, against a plain model: the set of minutes that they cover."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.models import Room
from rooms.spans import (
    FreeTime,
    Span,
    covers,
    free_spans,
    intersect,
    is_on_grid,
    overlaps,
    snap_up,
    subtract,
    union,
)
from tests.cast import helsinki

ORIGIN = datetime(2026, 3, 28, 20, tzinfo=UTC)  # the night in which Finland loses an hour
RANGE = 240


def moment(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


minutes = st.integers(0, RANGE)
span_of_minutes = st.tuples(minutes, minutes).map(lambda pair: (moment(pair[0]), moment(pair[1])))
spans = st.lists(span_of_minutes, max_size=8)


def covered(some: list[Span]) -> set[int]:
    return {minute for minute in range(RANGE) for start, end in some if start <= moment(minute) < end}


def assert_tidy(some: list[Span]) -> None:
    assert all(start < end for start, end in some)
    assert all(before[1] < after[0] for before, after in pairwise(some))


@given(spans)
def test_union_covers_the_same_minutes(some: list[Span]) -> None:
    assert covered(union(some)) == covered(some)
    assert_tidy(union(some))


@given(spans, spans)
def test_intersect_covers_what_both_cover(some: list[Span], others: list[Span]) -> None:
    both = intersect(some, others)
    assert covered(both) == covered(some) & covered(others)
    assert_tidy(both)


@given(spans, spans)
def test_subtract_covers_what_is_not_taken(some: list[Span], taken: list[Span]) -> None:
    left = subtract(some, taken)
    assert covered(left) == covered(some) - covered(taken)
    assert_tidy(left)


@given(spans, span_of_minutes)
def test_overlaps_and_covers_agree_with_the_minutes(some: list[Span], span: Span) -> None:
    wanted = covered([span])
    if wanted:
        assert overlaps(union(some), *span) == bool(covered(some) & wanted)
        assert covers(union(some), *span) == (wanted <= covered(some))


@given(spans, spans, st.integers(0, 30), span_of_minutes)
def test_what_is_free_is_open_and_leaves_room_for_its_gap(
    open_spans: list[Span], busy: list[Span], gap: int, span: Span
) -> None:
    busy = [(start, end) for start, end in busy if start < end]
    if span[0] >= span[1]:
        return
    fits = covers(union(open_spans), *span) and not overlaps(busy, span[0], span[1] + timedelta(minutes=gap))
    assert covers(free_spans(open_spans, busy, gap), *span) == fits


@given(spans, spans, st.sampled_from([15, 30, 60]), st.integers(1, 90), st.integers(0, 20))
def test_starts_are_on_the_grid_free_and_complete(
    open_spans: list[Span], busy: list[Span], grid: int, length: int, gap: int
) -> None:
    room = Room(grid_minutes=grid, gap_minutes=gap)
    free = free_spans(open_spans, union(busy), gap)
    free_time = FreeTime(room=room, open=[], busy=union(busy), free=free, hub_open=[], room_open=[], closed=[])
    expected = [
        start
        for start in map(moment, range(RANGE))
        if start.minute % grid == 0 and covers(free, start, start + timedelta(minutes=length))
    ]
    assert free_time.starts_of(length) == expected
    assert {start for start, _end in free_time.spans_of(length)} <= set(expected)


@pytest.mark.parametrize(
    ("at", "grid", "expected"),
    [
        (helsinki(2026, 11, 24, 17, 0), 30, helsinki(2026, 11, 24, 17, 0)),
        (helsinki(2026, 11, 24, 17, 1), 15, helsinki(2026, 11, 24, 17, 15)),
        (helsinki(2026, 11, 24, 17, 31), 30, helsinki(2026, 11, 24, 18, 0)),
        (helsinki(2026, 11, 24, 23, 59), 60, helsinki(2026, 11, 25, 0, 0)),
        (helsinki(2026, 11, 24, 17) + timedelta(microseconds=1), 60, helsinki(2026, 11, 24, 18)),
        (helsinki(2026, 3, 29, 2, 45), 30, helsinki(2026, 3, 29, 4, 0)),
        (helsinki(2026, 10, 25, 3, 45), 30, datetime(2026, 10, 25, 1, 0, tzinfo=UTC)),
    ],
    ids=["on it", "quarter", "half", "over midnight", "a microsecond", "over the missing hour", "into the hour twice"],
)
def test_snapping_to_the_grid_of_the_wall_clock(at: datetime, grid: int, expected: datetime) -> None:
    assert snap_up(at, grid) == expected
    assert is_on_grid(expected, grid)
