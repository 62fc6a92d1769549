"""When everything is open at the same time: by examples, and against the hours themselves, quarter by quarter."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubs.enums import Mode, PeriodKind
from hubs.opening import Period, Schedule, Span
from servicetorg.planner import (
    IN_PERSON,
    ON_THE_SPOT,
    DayPlan,
    is_by_phone,
    largest_groups,
    next_together,
    plan_days,
)
from servicetorg.visit import floor_number
from tests.hubs.hours import HELSINKI, exception, local, regular, schedule, span

MONDAY = date(2026, 11, 23)
LONG_AGO = local(2020, 1, 1)

library = schedule(regular("mon-fri 11-18", span("daily 6-20", Mode.SELF_SERVICE)))
clinic = schedule(regular("mon-fri 8-16"))
laboratory = schedule(regular(span("tue,thu 6.45-12", Mode.APPOINTMENT)))
evening_class = schedule(regular("mon-fri 18-20"))
helpline = schedule(regular(span("mon-fri 8-16", Mode.PHONE)))


def plan(*schedules: Schedule, day: int = 24, after: datetime = LONG_AGO) -> DayPlan:
    [only] = plan_days(schedules, date(2026, 11, day), date(2026, 11, day), after=after)
    return only


def on_the_wall(spans: Iterable[tuple[datetime, datetime]]) -> list[str]:
    return ["–".join(f"{moment.astimezone(HELSINKI):%H:%M}" for moment in each) for each in spans]


def test_they_are_together_where_all_are_open_in_person() -> None:
    assert on_the_wall(plan(library, clinic, laboratory).together) == ["11:00–12:00"]


def test_self_service_is_told_apart() -> None:
    day = plan(library, clinic)

    assert on_the_wall(day.together) == ["11:00–16:00"]
    assert [(on_the_wall([piece.span]), piece.by_oneself) for piece in day.with_self_service] == [
        (["08:00–11:00"], frozenset({0}))
    ]
    assert on_the_wall(day.open_at_all) == ["08:00–16:00"]


def test_hours_by_phone_are_no_visit() -> None:
    assert not plan(helpline, clinic).has_all
    assert is_by_phone(helpline, MONDAY)
    assert not is_by_phone(library, MONDAY)
    assert not is_by_phone(schedule(), MONDAY)


def test_what_has_ended_is_no_chance_and_what_runs_still_is() -> None:
    assert plan(library, clinic, after=local(2026, 11, 24, 16)).together == []
    assert on_the_wall(plan(library, clinic, after=local(2026, 11, 24, 15, 59)).together) == ["11:00–16:00"]


def test_where_not_all_are_open_the_largest_groups_are_told_the_longest_first() -> None:
    groups = largest_groups([plan(library, clinic, laboratory, day=25)])

    assert [(group.members, on_the_wall(group.spans)) for group in groups] == [(frozenset({0, 1}), ["08:00–16:00"])]


def test_smaller_groups_are_left_out_and_of_equals_the_longest_together_comes_first() -> None:
    largest = largest_groups([plan(library, clinic, laboratory, evening_class)])
    early, noon = schedule(regular("daily 8-9")), schedule(regular("daily 10-13"))
    equals = largest_groups([plan(early, clinic, noon)])

    assert [(group.members, on_the_wall(group.spans)) for group in largest] == [(frozenset({0, 1, 2}), ["08:00–12:00"])]
    assert [group.members for group in equals] == [frozenset({1, 2}), frozenset({0, 1})]


def test_who_is_open_alone_is_no_group() -> None:
    assert largest_groups([plan(clinic, evening_class)]) == []


def test_an_exception_closes_the_day_for_all() -> None:
    closed = schedule(regular("mon-fri 8-16"), exception(on=date(2026, 11, 24)))

    assert not plan(library, closed).has_all


def test_the_next_time_is_found_weeks_ahead() -> None:
    moving = schedule(regular("mon-fri 8-16"), exception(first_day=MONDAY, last_day=date(2027, 1, 10)))

    found = next_together([library, moving], local(2026, 11, 24, 12))

    assert found == (local(2027, 1, 11, 11), local(2027, 1, 11, 16))


def test_never_together_is_found_to_be_so() -> None:
    assert next_together([clinic, evening_class], local(2026, 11, 24)) is None
    assert next_together([], local(2026, 11, 24)) is None


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 3), (date(2026, 10, 25), 5)], ids=["the short night", "the long night"]
)
def test_the_nights_on_which_the_clocks_change_have_their_true_length(day: date, hours: int) -> None:
    nights = schedule(regular("daily 0-4"))

    [planned] = plan_days([nights, nights], day, day, after=LONG_AGO)

    assert [end - start for start, end in planned.together] == [timedelta(hours=hours)]


def test_nothing_asked_is_nothing_found() -> None:
    assert not plan().has_all
    assert plan().pieces == ()


@pytest.mark.parametrize(("floor", "number"), [("1", 1), ("3", 3), ("-1", -1), ("2. krs", 2), ("K", 1000), ("", 1000)])
def test_floors_stand_in_order(floor: str, number: int) -> None:
    assert floor_number(floor) == number


clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
spans = st.builds(Span, st.integers(1, 127), clocks, clocks, st.sampled_from(Mode))
schedules = st.lists(spans, max_size=3).map(
    lambda some: Schedule((Period(PeriodKind.REGULAR, date(2020, 1, 1), spans=tuple(some)),))
)
days = st.sampled_from([MONDAY, date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31), date(2027, 1, 1)])


@settings(deadline=None, max_examples=30)
@given(st.lists(schedules, min_size=1, max_size=4), days)
def test_every_quarter_agrees_with_the_state_of_each(some: list[Schedule], day: date) -> None:
    [planned] = plan_days(some, day, day, after=LONG_AGO)
    start = local(day.year, day.month, day.day).astimezone(UTC)
    for quarter in range(23 * 4):
        at = start + quarter * timedelta(minutes=15)
        states = [each.state(at) for each in some]
        in_person = all(state.is_open and state.mode in IN_PERSON for state in states)
        on_the_spot = all(state.is_open and state.mode in ON_THE_SPOT for state in states)
        assert any(s <= at < e for s, e in planned.together) == in_person
        assert any(s <= at < e for s, e in planned.open_at_all) == on_the_spot


@settings(deadline=None, max_examples=30)
@given(st.lists(schedules, min_size=1, max_size=4))
def test_the_next_time_is_the_first_of_the_plan(some: list[Schedule]) -> None:
    after = local(2026, 11, 23)
    plans = plan_days(some, MONDAY, MONDAY + timedelta(days=13), after=after)

    first = next((span for each in plans for span in each.together), None)
    found = next_together(some, after)

    assert (found and found[0]) == (first and first[0])
