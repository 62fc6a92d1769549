"""Whoever expands the recurring events with a calendar library finds exactly the hours that the pages tell."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import WEEKLY, rrule, weekday
from hypothesis import given, settings
from hypothesis import strategies as st

from hubs.enums import Mode, PeriodKind, WeekParity
from hubs.opening import Period, Schedule
from servicetorg.api.recurrence import CODES, Recurrence, recurrences
from tests.hubs.hours import exception, regular, schedule, season, span

MONDAY = date(2026, 11, 23)


def expanded(events: list[Recurrence]) -> list[tuple[datetime, datetime, Mode]]:
    """Expand as RFC 5545 tells, knowing nothing of how the events were made."""
    found = []
    for each in events:
        days = rrule(
            WEEKLY,
            dtstart=datetime.combine(each.first_day, datetime.min.time()),
            until=datetime.combine(each.last_day, datetime.min.time()),
            byweekday=[weekday(CODES.index(code)) for code in each.byday.split(",")],
            wkst=0,
        )
        for day in days:
            opens = datetime.fromisoformat(f"{day.date()}T{each.opens}").astimezone(UTC)
            closes = datetime.fromisoformat(f"{day.date()}T{each.closes}").astimezone(UTC)
            found.append((opens, closes if closes > opens else closes + timedelta(days=1), each.mode))
    return sorted(found)


def told(hours: Schedule, monday: date, weeks: int) -> list[tuple[datetime, datetime, Mode]]:
    last = monday + timedelta(weeks=weeks, days=-1)
    return sorted((each.starts_at, each.ends_at, each.mode) for each in hours.intervals(monday, last))


def test_an_ordinary_week_is_one_event() -> None:
    events = recurrences(schedule(regular("mon-fri 8-16")), MONDAY, weeks=4)

    assert [(each.byday, each.opens, each.closes, each.utc_offset) for each in events] == [
        ("MO,TU,WE,TH,FR", "08:00+02:00", "16:00+02:00", 2.0)
    ]
    assert (events[0].first_day, events[0].last_day) == (MONDAY, date(2026, 12, 18))


def test_a_holiday_is_a_gap() -> None:
    christmas_eve = date(2026, 12, 24)
    hours = schedule(regular("thu 8-16"), special={christmas_eve: "christmas_eve"})

    events = recurrences(hours, MONDAY, weeks=6)

    assert [(each.first_day, each.last_day) for each in events] == [
        (date(2026, 11, 26), date(2026, 12, 17)),
        (date(2026, 12, 31), date(2026, 12, 31)),
    ]


def test_a_change_of_the_clock_begins_a_new_event() -> None:
    events = recurrences(schedule(regular("tue 8-16")), date(2027, 3, 22), weeks=2)

    assert [(each.first_day, each.opens) for each in events] == [
        (date(2027, 3, 23), "08:00+02:00"),
        (date(2027, 3, 30), "08:00+03:00"),
    ]


CLOCKS = ["8-16", "10-20", "6-11", "22-2", "12-12"]
SPANS = st.lists(
    st.tuples(st.sampled_from(["mon", "tue-fri", "sat,sun", "wed"]), st.sampled_from(CLOCKS), st.sampled_from(Mode)),
    max_size=3,
)


@settings(deadline=None, max_examples=150)
@given(
    usual=SPANS,
    odd=SPANS,
    summer=SPANS,
    closed=st.lists(st.integers(0, 90), max_size=4),
    monday=st.sampled_from([MONDAY, date(2027, 3, 1), date(2026, 9, 28), date(2027, 12, 13)]),
)
def test_expanded_they_are_the_hours_of_the_pages(usual, odd, summer, closed, monday) -> None:
    def spans(words):
        # Nights end where another day begins on purpose elsewhere; here nothing may run into the next day's hours.
        return [span(f"{days} {clock}", mode) for days, clock, mode in words if clock not in ("22-2", "12-12")]

    hours = schedule(
        regular(*spans(usual), week_parity=WeekParity.EVEN),
        regular(*spans(odd), week_parity=WeekParity.ODD),
        season(*spans(summer), first_day=monday + timedelta(days=17), last_day=monday + timedelta(days=40)),
        *(exception(on=monday + timedelta(days=day)) for day in set(closed)),
    )

    assert expanded(recurrences(hours, monday, weeks=13)) == told(hours, monday, 13)


@pytest.mark.parametrize("clock", ["22-2", "12-12", "0-0"])
def test_a_night_ends_on_the_next_day(clock: str) -> None:
    hours = Schedule((Period(PeriodKind.REGULAR, date(2020, 1, 1), spans=(span(f"fri {clock}"),)),))

    assert expanded(recurrences(hours, MONDAY, weeks=3)) == told(hours, MONDAY, 3)
