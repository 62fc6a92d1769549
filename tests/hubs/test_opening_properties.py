"""Opening hours against an independent oracle: opening-hours-py, which evaluates OpenStreetMap's notation."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours
from opening_hours import State as OracleState

from hubs.enums import HolidayRule, Mode, PeriodKind
from hubs.opening import HELSINKI, Interval, Period, Schedule, Span, SpecialDay

FIRST_DAY = date(2026, 11, 23)  # a Monday; the clocks do not change in the weeks after
DAYS = 21
OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
weekdays = st.integers(1, 127)
spans = st.builds(Span, weekdays, clocks, clocks, st.sampled_from(Mode))
day_spans = spans.filter(lambda span: span.closes > span.opens or span.closes == time(0))
spans_of_any_day = day_spans.map(lambda span: replace(span, weekdays=127))
days = st.integers(0, DAYS - 1).map(lambda n: FIRST_DAY + timedelta(days=n))
exceptions = st.dictionaries(days, st.lists(spans_of_any_day, max_size=2), max_size=3)


def periods_of(regular: list[Span], exceptional: dict[date, list[Span]]) -> list[Period]:
    return [
        Period(PeriodKind.REGULAR, date(2020, 1, 1), spans=tuple(regular)),
        *(Period(PeriodKind.EXCEPTION, day, day, spans=tuple(some)) for day, some in exceptional.items()),
    ]


def osm_times(span: Span) -> str:
    closes = span.closes.hour + (24 if span.closes <= span.opens else 0)
    return f"{span.opens:%H:%M}-{closes:02}:{span.closes:%M}"


def osm(regular: list[Span], exceptional: dict[date, list[Span]]) -> str:
    """Write the hours in OpenStreetMap's notation: `,` adds to the rules before it, `;` replaces the day."""
    rules = []
    for span in regular:
        names = ",".join(name for number, name in enumerate(OSM_DAYS) if span.is_on(number))
        rules.append(f"{names} {osm_times(span)}")
    written = ", ".join(rules) or "off"
    for day, some in exceptional.items():
        hours = ",".join(osm_times(span) for span in some) or "off"
        written += f"; {day:%Y %b %d} {hours}"
    return written


def oracle_says(written: str, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    said = OpeningHours(written).intervals(first, last)
    joined: list[tuple[datetime, datetime]] = []
    for start, end, state, _comment in said:
        if state != OracleState.OPEN:
            continue
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


@given(st.lists(spans, max_size=5))
def test_we_are_open_when_the_oracle_says_so_nights_included(regular: list[Span]) -> None:
    agrees_with_the_oracle(regular, {})


# Without nights: in OpenStreetMap's notation the next day's exception cuts the tail of a night, with us it does not.
@given(st.lists(day_spans, max_size=5), exceptions)
def test_we_are_open_when_the_oracle_says_so_exceptions_included(
    regular: list[Span], exceptional: dict[date, list[Span]]
) -> None:
    agrees_with_the_oracle(regular, exceptional)


def agrees_with_the_oracle(regular: list[Span], exceptional: dict[date, list[Span]]) -> None:
    first, last = (datetime.combine(FIRST_DAY + timedelta(days=n), time(0)) for n in (0, DAYS))
    schedule = Schedule(tuple(periods_of(regular, exceptional)))

    ours = schedule.open_time(first.replace(tzinfo=HELSINKI), last.replace(tzinfo=HELSINKI))

    on_the_wall = [tuple(each.astimezone(HELSINKI).replace(tzinfo=None) for each in pair) for pair in ours]
    assert on_the_wall == oracle_says(osm(regular, exceptional), first, last)


# The weeks around both clock changes and New Year, where mistakes live.
starts = st.sampled_from([date(2026, 3, 23), date(2026, 10, 19), date(2026, 12, 24)])
special = {
    date(2026, 3, 29): SpecialDay(date(2026, 3, 29), "one"),
    date(2026, 12, 25): SpecialDay(date(2026, 12, 25), "two"),
}


@given(st.lists(spans, max_size=6), starts, st.integers(0, 10), st.sampled_from(HolidayRule))
def test_asking_one_day_and_asking_a_range_give_the_same_answer_for_every_start(
    regular: list[Span], start: date, length: int, rule: HolidayRule
) -> None:
    schedule = Schedule(tuple(periods_of(regular, {start + timedelta(days=2): []})), rule, special)
    one_by_one: list[Interval] = []
    for n in range(length + 1):
        one_by_one += schedule.intervals(start + timedelta(days=n), start + timedelta(days=n))

    asked_at_once = schedule.intervals(start, start + timedelta(days=length))

    assert asked_at_once == sorted(one_by_one, key=lambda each: each.starts_at)


@given(st.lists(spans, max_size=6), starts)
def test_intervals_are_in_order_never_empty_and_never_overlap(regular: list[Span], start: date) -> None:
    intervals = Schedule(tuple(periods_of(regular, {}))).intervals(start, start + timedelta(days=10))

    assert all(each.starts_at < each.ends_at for each in intervals)
    assert all(one.ends_at <= another.starts_at for one, another in pairwise(intervals))


@given(st.lists(spans, max_size=6), starts, st.integers(0, 14 * 24 * 4))
def test_the_state_agrees_with_the_open_time(regular: list[Span], start: date, quarters: int) -> None:
    schedule = Schedule(tuple(periods_of(regular, {})))
    at = datetime.combine(start, time(0), tzinfo=HELSINKI) + timedelta(minutes=15 * quarters)

    state = schedule.state(at)

    [*now] = schedule.open_time(at, at + timedelta(seconds=1))
    assert state.is_open == bool(now)
    if state.is_open and state.closes_at:
        assert schedule.open_time(at, state.closes_at + timedelta(seconds=1))[0][1] == state.closes_at
    if state.opens_at:
        assert schedule.open_time(at, state.opens_at) == []
        assert schedule.state(state.opens_at).is_open
