"""The eight rules of opening hours, and the cases that have gone wrong elsewhere."""

import os
import time as clock
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from hubs.enums import HolidayRule, Mode, WeekParity
from hubs.opening import Day, DayStatus, Schedule, SpecialDay, State
from hubs.special_days import special_days
from tests.hubs.hours import (
    exception,
    local,
    on_the_wall,
    parts,
    regular,
    schedule,
    season,
    span,
    utc,
)

MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
FRIDAY = date(2026, 11, 27)
SATURDAY = date(2026, 11, 28)
SUNDAY = date(2026, 11, 29)
INDEPENDENCE_DAY = date(2026, 12, 6)  # a Sunday
CHRISTMAS_EVE = date(2026, 12, 24)  # a Thursday

OFFICE = regular("mon-fri 8-16")


# --- Rule 1: one period wins, and it replaces -------------------------------------------------

EVERY_KIND = {
    "regular": regular("daily 1-2"),
    "season": season("daily 3-4", first_day=date(2026, 11, 1), last_day=date(2026, 12, 31)),
    "special": exception("daily 5-6", special_day="christmas_eve"),
    "dated": exception("daily 7-8", on=CHRISTMAS_EVE),
}


@pytest.mark.parametrize(
    ("kinds", "winner"),
    [
        pytest.param(["regular", "season", "special", "dated"], "07:00–08:00 staffed", id="a dated exception first"),
        pytest.param(["regular", "season", "special"], "05:00–06:00 staffed", id="then a special day's exception"),
        pytest.param(["regular", "season"], "03:00–04:00 staffed", id="then the season"),
        pytest.param(["regular"], "01:00–02:00 staffed", id="then the regular hours"),
    ],
)
@pytest.mark.parametrize("order", [1, -1], ids=["as listed", "reversed"])
def test_the_period_that_wins_replaces_the_others(kinds: list[str], winner: str, order: int) -> None:
    periods = [EVERY_KIND[kind] for kind in kinds][::order]

    made = schedule(*periods, special={CHRISTMAS_EVE: "christmas_eve"}, rule=HolidayRule.AS_USUAL)

    assert parts(made, CHRISTMAS_EVE) == [winner]


def test_of_one_kind_the_shortest_wins() -> None:
    long = season("daily 8-20", first_day=date(2026, 6, 1), last_day=date(2026, 8, 31))
    short = season("daily 10-12", first_day=date(2026, 7, 1), last_day=date(2026, 7, 31))

    assert parts(schedule(short, long), date(2026, 7, 15)) == ["10:00–12:00 staffed"]
    assert parts(schedule(short, long), date(2026, 8, 15)) == ["08:00–20:00 staffed"]


def test_of_two_equally_long_the_later_start_wins() -> None:
    earlier = season("daily 8-20", first_day=date(2026, 6, 1), last_day=date(2026, 6, 10))
    later = season("daily 10-12", first_day=date(2026, 6, 5), last_day=date(2026, 6, 14))

    assert parts(schedule(later, earlier), date(2026, 6, 7)) == ["10:00–12:00 staffed"]


def test_an_exception_without_spans_closes_an_open_day() -> None:
    day = schedule(OFFICE, exception(on=TUESDAY, title="Inventory")).day(TUESDAY)

    assert day == Day(TUESDAY, DayStatus.CLOSED, title="Inventory", is_exception=True)


def test_an_exception_opens_a_closed_day() -> None:
    made = schedule(OFFICE, exception("sat 10-14", on=SATURDAY))

    assert parts(made, SATURDAY) == ["10:00–14:00 staffed"]


def test_an_exception_does_not_borrow_the_regular_hours_of_its_other_weekdays() -> None:
    made = schedule(OFFICE, exception("mon 10-12", first_day=MONDAY, last_day=TUESDAY))

    assert [day.status for day in made.days(MONDAY, TUESDAY)] == [DayStatus.OPEN, DayStatus.CLOSED]


def test_29_february_is_a_day_like_others() -> None:
    made = schedule(regular("tue 8-16"), exception("daily 10-11", special_day="leap_day"))
    special = schedule(*made.periods, special={date(2028, 2, 29): "leap_day"})

    assert parts(made, date(2028, 2, 29)) == ["08:00–16:00 staffed"]
    assert parts(special, date(2028, 2, 29)) == ["10:00–11:00 staffed"]


# --- Rule 3: special days ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "status", "expected"),
    [
        pytest.param(HolidayRule.CLOSED, DayStatus.CLOSED, [], id="closed"),
        pytest.param(HolidayRule.AS_SUNDAY, DayStatus.OPEN, ["12:00–15:00 staffed"], id="as on Sundays"),
        pytest.param(HolidayRule.AS_USUAL, DayStatus.OPEN, ["08:00–16:00 staffed"], id="as usual"),
        pytest.param(HolidayRule.MUST_BE_DECIDED, DayStatus.UNCONFIRMED, [], id="must be decided"),
    ],
)
def test_a_special_day_without_a_period_follows_the_rule(
    rule: HolidayRule, status: DayStatus, expected: list[str]
) -> None:
    made = schedule(regular("mon-fri 8-16", "sun 12-15"), special={CHRISTMAS_EVE: "christmas_eve"}, rule=rule)

    assert made.day(CHRISTMAS_EVE).status == status
    assert parts(made, CHRISTMAS_EVE) == expected


def test_a_special_day_tells_its_name_where_it_changes_the_hours() -> None:
    day = schedule(OFFICE, special={CHRISTMAS_EVE: "christmas_eve"}).day(CHRISTMAS_EVE)

    assert (day.title, day.is_exception) == ("christmas_eve", True)


def test_a_day_as_on_sundays_is_an_exception_with_the_name_of_the_day() -> None:
    hours = regular("mon-fri 8-16", "sun 12-15", title="Office")
    day = schedule(hours, special={CHRISTMAS_EVE: "christmas_eve"}, rule=HolidayRule.AS_SUNDAY).day(CHRISTMAS_EVE)

    assert (day.title, day.is_exception) == ("christmas_eve", True)


def test_a_special_day_that_is_as_usual_is_not_named() -> None:
    day = schedule(OFFICE, special={CHRISTMAS_EVE: "christmas_eve"}, rule=HolidayRule.AS_USUAL).day(CHRISTMAS_EVE)

    assert (day.title, day.is_exception) == ("", False)


def test_what_special_days_do_belongs_to_the_hours() -> None:
    closed, as_usual = schedule(OFFICE), schedule(OFFICE, rule=HolidayRule.AS_USUAL)

    assert closed.hours != as_usual.hours
    assert schedule(rule=HolidayRule.AS_USUAL, fallback=closed).hours == closed.hours


def test_a_minor_eve_changes_only_hours_that_name_it() -> None:
    eve = date(2026, 4, 2)
    special = {eve: SpecialDay(eve, "maundy_thursday", changes_hours=False)}

    unaffected = Schedule((OFFICE,), HolidayRule.CLOSED, special)
    named = Schedule((OFFICE, exception("daily 7-18", special_day="maundy_thursday")), HolidayRule.CLOSED, special)

    assert parts(unaffected, eve) == ["08:00–16:00 staffed"]
    assert parts(named, eve) == ["07:00–18:00 staffed"]


def test_a_special_day_inside_a_season_follows_the_rule_unless_it_has_a_dated_exception() -> None:
    midsummer = date(2026, 6, 19)
    summer = season("mon-fri 9-15", first_day=date(2026, 6, 1), last_day=date(2026, 8, 14))
    special = {midsummer: "midsummer_eve"}

    assert parts(schedule(OFFICE, summer, special=special), midsummer) == []
    dated = exception("fri 9-12", on=midsummer)
    assert parts(schedule(OFFICE, summer, dated, special=special), midsummer) == ["09:00–12:00 staffed"]


@pytest.mark.parametrize(
    ("key", "dates"),
    [
        pytest.param("midsummer_eve", [date(2026, 6, 19), date(2027, 6, 25)], id="Midsummer early and late"),
        pytest.param("midsummer_day", [date(2026, 6, 20), date(2027, 6, 26)], id="Midsummer Day early and late"),
        pytest.param("all_saints", [date(2026, 10, 31), date(2027, 11, 6)], id="All Saints in October and November"),
        pytest.param("easter_sunday", [date(2027, 3, 28), date(2038, 4, 25)], id="Easter in March and late in April"),
        pytest.param("independence_day", [INDEPENDENCE_DAY], id="Independence Day on a Sunday"),
    ],
)
def test_a_special_day_is_found_wherever_it_falls(key: str, dates: list[date]) -> None:
    special = {day.date: day.key for day in special_days({each.year for each in dates})}
    named = schedule(regular("daily 8-16"), exception("daily 10-12", special_day=key), special=special)
    closed = schedule(regular("daily 8-16"), special=special)

    for day in dates:
        assert parts(named, day) == ["10:00–12:00 staffed"]
        assert closed.day(day).status == DayStatus.CLOSED


def test_undecided_days_are_those_that_the_hours_themselves_leave_open() -> None:
    special = {INDEPENDENCE_DAY: "independence_day", CHRISTMAS_EVE: "christmas_eve"}
    decided = exception(special_day="independence_day")
    house = schedule(regular("daily 8-16"), decided, special=special, rule=HolidayRule.MUST_BE_DECIDED)
    follower = schedule(special=special, rule=HolidayRule.MUST_BE_DECIDED, fallback=house)

    assert [day.date for day in house.undecided(MONDAY)] == [CHRISTMAS_EVE]
    assert house.undecided(MONDAY, days=31) == []
    assert follower.undecided(MONDAY) == []


# --- Rule 4: fallback and unknown -------------------------------------------------------------


def test_days_that_no_period_covers_are_asked_of_the_fallback() -> None:
    own = season("mon-fri 9-11", first_day=TUESDAY, last_day=TUESDAY)
    made = schedule(own, fallback=schedule(OFFICE))

    assert parts(made, MONDAY) == ["08:00–16:00 staffed"]
    assert parts(made, TUESDAY) == ["09:00–11:00 staffed"]


def test_hours_that_follow_the_house_follow_it_on_special_days_too() -> None:
    special = {CHRISTMAS_EVE: "christmas_eve"}
    house = schedule(OFFICE, exception("daily 8-12", special_day="christmas_eve"), special=special)

    assert parts(schedule(special=special, fallback=house), CHRISTMAS_EVE) == ["08:00–12:00 staffed"]


def test_a_listing_with_its_own_hours_is_open_though_the_house_is_closed() -> None:
    house = schedule(OFFICE, exception(on=TUESDAY))

    assert parts(schedule(regular("daily 6-20"), fallback=house), TUESDAY) == ["06:00–20:00 staffed"]


def test_without_period_and_fallback_the_hours_are_unknown_and_not_closed() -> None:
    made = schedule(regular("daily 8-16", first_day=TUESDAY))

    assert made.day(MONDAY).status == DayStatus.UNKNOWN
    assert made.state(local(2026, 11, 23, 12)).status == DayStatus.UNKNOWN


def test_hours_that_nobody_has_given_have_no_next_opening() -> None:
    assert schedule().state(local(2026, 11, 23, 12)) == State(DayStatus.UNKNOWN)


# --- Rule 5: modes are flattened --------------------------------------------------------------


def test_staffed_hours_inside_self_service_make_three_parts() -> None:
    made = schedule(regular(span("daily 7-20", Mode.SELF_SERVICE), span("daily 11-18")))

    assert parts(made, TUESDAY) == [
        "07:00–11:00 self_service",
        "11:00–18:00 staffed",
        "18:00–20:00 self_service",
    ]


def test_staffed_hours_beat_the_appointments_around_them() -> None:
    made = schedule(regular(span("daily 8-16", Mode.APPOINTMENT), span("daily 9-10")))

    assert parts(made, TUESDAY) == [
        "08:00–09:00 appointment",
        "09:00–10:00 staffed",
        "10:00–16:00 appointment",
    ]


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [(Mode.STAFFED, Mode.APPOINTMENT), (Mode.APPOINTMENT, Mode.PHONE), (Mode.PHONE, Mode.SELF_SERVICE)],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_stronger_mode_wins(stronger: Mode, weaker: Mode, order: int) -> None:
    spans = [span("daily 8-16", weaker), span("daily 8-16", stronger)][::order]

    assert parts(schedule(regular(*spans)), TUESDAY) == [f"08:00–16:00 {stronger.value}"]


def test_a_lunch_gap_stays_closed_also_when_entered_in_reverse() -> None:
    made = schedule(regular("mon-fri 13-16", "mon-fri 8-12"))

    assert parts(made, TUESDAY) == ["08:00–12:00 staffed", "13:00–16:00 staffed"]
    assert not made.state(local(2026, 11, 24, 12, 30)).is_open


def test_spans_of_one_mode_that_touch_or_overlap_become_one_part() -> None:
    made = schedule(regular("daily 8-12", "daily 12-14", "daily 13-16"))

    assert parts(made, TUESDAY) == ["08:00–16:00 staffed"]


def test_spans_with_different_notes_stay_apart() -> None:
    made = schedule(regular(span("daily 8-12", note="babies"), span("daily 12-16", note="schoolchildren")))

    assert [part.note for part in made.day(TUESDAY).parts] == ["babies", "schoolchildren"]


def test_the_stronger_mode_of_the_next_morning_cuts_the_night_before() -> None:
    made = schedule(regular(span("mon 22-6", Mode.SELF_SERVICE), span("tue 5-9")))

    assert on_the_wall(made, MONDAY, TUESDAY) == ["23.11. 22:00–05:00", "24.11. 05:00–09:00"]


# --- Rule 6: a span belongs to the day it starts on -------------------------------------------


def test_a_night_span_passes_midnight() -> None:
    made = schedule(regular("mon 22-6"))

    assert on_the_wall(made, MONDAY) == ["23.11. 22:00–06:00"]
    assert on_the_wall(made, TUESDAY) == []
    assert made.state(local(2026, 11, 24, 5, 59)).is_open


@pytest.mark.parametrize(
    "next_day",
    [
        pytest.param(exception(on=TUESDAY), id="the next day is closed"),
        pytest.param(exception("tue 12-13", on=TUESDAY), id="the next day has other hours"),
    ],
)
def test_the_next_days_exception_never_cuts_the_tail(next_day: object) -> None:
    made = schedule(regular("mon 22-6"), next_day)

    assert on_the_wall(made, MONDAY) == ["23.11. 22:00–06:00"]
    assert made.state(local(2026, 11, 24, 3)).is_open


def test_a_night_span_passes_the_last_day_of_its_period() -> None:
    made = schedule(season("daily 22-6", first_day=MONDAY, last_day=MONDAY))

    assert on_the_wall(made, MONDAY, TUESDAY) == ["23.11. 22:00–06:00"]
    assert made.state(local(2026, 11, 24, 3)).closes_at == utc(2026, 11, 24, 4)
    assert made.day(TUESDAY).status == DayStatus.UNKNOWN


def test_a_night_span_passes_new_year() -> None:
    made = schedule(regular("daily 22-2"))

    assert on_the_wall(made, date(2026, 12, 31)) == ["31.12. 22:00–02:00"]
    assert made.state(local(2027, 1, 1, 1)).is_open


def test_equal_times_are_24_hours() -> None:
    made = schedule(regular("mon 8-8"))

    assert on_the_wall(made, MONDAY) == ["23.11. 08:00–08:00"]
    assert made.open_time(local(2026, 11, 23), local(2026, 11, 25)) == [(utc(2026, 11, 23, 6), utc(2026, 11, 24, 6))]


def test_closing_at_24_is_closing_at_midnight() -> None:
    made = schedule(regular("mon 18-24"))

    assert made.state(local(2026, 11, 23, 23, 59)).closes_at == local(2026, 11, 24)
    assert not made.state(local(2026, 11, 24)).is_open


# --- Rule 7: the wall clock, UTC and half-open intervals --------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        pytest.param(local(2026, 11, 24, 7, 59), False, id="a minute before opening"),
        pytest.param(local(2026, 11, 24, 8), True, id="exactly at opening"),
        pytest.param(local(2026, 11, 24, 15, 59) + timedelta(seconds=59), True, id="just before closing"),
        pytest.param(local(2026, 11, 24, 16), False, id="at closing"),
    ],
)
def test_intervals_are_half_open(moment: datetime, is_open: bool) -> None:
    assert schedule(OFFICE).state(moment).is_open == is_open


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 3, 28), 24, id="an ordinary day"),
        pytest.param(date(2026, 3, 29), 23, id="when summer time begins"),
        pytest.param(date(2026, 10, 25), 25, id="when summer time ends"),
    ],
)
def test_a_day_has_the_hours_it_has(day: date, hours: int) -> None:
    [interval] = schedule(regular("daily 0-24")).intervals(day, day)

    assert interval.ends_at - interval.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("words", "starts_at", "ends_at"),
    [
        pytest.param("sun 3.30-6", utc(2026, 3, 29, 1), utc(2026, 3, 29, 3), id="starts inside the missing hour"),
        pytest.param("sun 1-3.30", utc(2026, 3, 28, 23), utc(2026, 3, 29, 1), id="ends inside the missing hour"),
        pytest.param("sun 1-5", utc(2026, 3, 28, 23), utc(2026, 3, 29, 2), id="spans the missing hour"),
        pytest.param("sat 22-4", utc(2026, 3, 28, 20), utc(2026, 3, 29, 1), id="ends with the missing hour"),
    ],
)
def test_the_missing_hour_of_spring(words: str, starts_at: datetime, ends_at: datetime) -> None:
    [interval] = schedule(regular(words)).intervals(date(2026, 3, 28), date(2026, 3, 29))

    assert (interval.starts_at, interval.ends_at) == (starts_at, ends_at)


def test_a_span_wholly_inside_the_missing_hour_is_nothing() -> None:
    assert schedule(regular("sun 3.10-3.40")).intervals(date(2026, 3, 29), date(2026, 3, 29)) == []


@pytest.mark.parametrize(
    ("words", "starts_at", "ends_at"),
    [
        pytest.param("sun 3.30-6", utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 4), id="opens the first time"),
        pytest.param("sun 1-3.30", utc(2026, 10, 24, 22), utc(2026, 10, 25, 0, 30), id="closes the first time"),
        pytest.param("sun 1-4", utc(2026, 10, 24, 22), utc(2026, 10, 25, 2), id="closes after both"),
    ],
)
def test_the_repeated_hour_of_autumn_means_the_first(words: str, starts_at: datetime, ends_at: datetime) -> None:
    [interval] = schedule(regular(words)).intervals(date(2026, 10, 25), date(2026, 10, 25))

    assert (interval.starts_at, interval.ends_at) == (starts_at, ends_at)


def test_spans_that_touch_in_the_repeated_hour_still_touch() -> None:
    made = schedule(regular("sun 1-3.30", span("sun 3.30-6", Mode.SELF_SERVICE)))

    assert made.open_time(local(2026, 10, 25), local(2026, 10, 26)) == [(utc(2026, 10, 24, 22), utc(2026, 10, 25, 4))]


@pytest.fixture
def _zone_of_the_server(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    clock.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    clock.tzset()


@pytest.mark.parametrize("_zone_of_the_server", ["UTC", "Pacific/Honolulu", "Europe/Helsinki"], indirect=True)
@pytest.mark.usefixtures("_zone_of_the_server")
def test_the_zone_of_the_server_makes_no_difference() -> None:
    made = schedule(regular("daily 22-6"))

    assert [each.starts_at for each in made.intervals(date(2026, 3, 28), date(2026, 3, 29))] == [
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        datetime(2026, 3, 29, 19, tzinfo=UTC),
    ]
    assert made.state(utc(2026, 3, 29, 2, 59)).is_open
    assert not made.state(utc(2026, 3, 29, 3)).is_open


# --- Week parity ------------------------------------------------------------------------------


def test_odd_and_even_weeks_alternate_until_week_53_is_followed_by_week_1() -> None:
    made = schedule(
        regular("mon 8-10", week_parity=WeekParity.ODD),
        regular("mon 12-14", week_parity=WeekParity.EVEN),
    )
    mondays = [date(2026, 12, 14), date(2026, 12, 21), date(2026, 12, 28), date(2027, 1, 4), date(2027, 1, 11)]

    assert [monday.isocalendar().week for monday in mondays] == [51, 52, 53, 1, 2]
    assert [made.day(monday).parts[0].opens.hour for monday in mondays] == [8, 12, 8, 8, 12]


# --- Rule 2: which periods overlap ------------------------------------------------------------

DECEMBER = {"first_day": date(2026, 12, 1), "last_day": date(2026, 12, 31)}
WEEK_50 = {"first_day": date(2026, 12, 7), "last_day": date(2026, 12, 13)}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(season(**DECEMBER), season(**WEEK_50), True, id="one inside the other"),
        pytest.param(season(**DECEMBER), season(first_day=date(2026, 12, 31)), True, id="on one day, open-ended"),
        pytest.param(season(**DECEMBER), season(first_day=date(2027, 1, 1)), False, id="one after the other"),
        pytest.param(season(**DECEMBER), exception(**WEEK_50), False, id="of different kind"),
        pytest.param(regular(), regular(first_day=date(2030, 1, 1)), True, id="both until further notice"),
        pytest.param(
            regular(week_parity=WeekParity.ODD), regular(week_parity=WeekParity.EVEN), False, id="odd and even weeks"
        ),
        pytest.param(regular(week_parity=WeekParity.ODD), regular(), True, id="odd weeks and every week"),
        pytest.param(
            season(**DECEMBER, week_parity=WeekParity.ODD), season(**WEEK_50), False, id="odd weeks and an even week"
        ),
        pytest.param(
            season(first_day=date(2026, 12, 28), week_parity=WeekParity.EVEN),
            season(**DECEMBER | {"last_day": None}),
            True,
            id="even weeks from week 53, which is followed by week 1",
        ),
        pytest.param(exception(special_day="easter"), exception(special_day="easter"), True, id="one special day"),
        pytest.param(exception(special_day="easter"), exception(special_day="may_day"), False, id="two special days"),
        pytest.param(exception(special_day="easter"), exception(**WEEK_50), False, id="a special day and dates"),
        pytest.param(
            exception(special_day="easter", week_parity=WeekParity.ODD),
            exception(special_day="easter", week_parity=WeekParity.EVEN),
            False,
            id="a special day in odd and even weeks",
        ),
    ],
)
def test_periods_overlap(one: object, other: object, expected: bool) -> None:
    assert one.overlaps(other) == expected
    assert other.overlaps(one) == expected


# --- The state at a moment --------------------------------------------------------------------

LIBRARY = schedule(regular(span("daily 7-20", Mode.SELF_SERVICE), span("mon-fri 11-18")))


def test_the_state_tells_how_one_is_served_and_what_comes_next() -> None:
    assert LIBRARY.state(local(2026, 11, 24, 9)) == State(
        DayStatus.OPEN,
        is_open=True,
        mode=Mode.SELF_SERVICE,
        mode_until=utc(2026, 11, 24, 9),
        closes_at=utc(2026, 11, 24, 18),
        next_mode=Mode.STAFFED,
        next_mode_at=utc(2026, 11, 24, 9),
    )


def test_in_the_last_mode_of_the_day_no_mode_comes_next() -> None:
    state = LIBRARY.state(local(2026, 11, 24, 19))

    assert (state.mode_until, state.next_mode) == (utc(2026, 11, 24, 18), None)


def test_the_closed_state_tells_when_it_opens_and_how() -> None:
    assert LIBRARY.state(local(2026, 11, 24, 21)) == State(
        DayStatus.CLOSED,
        opens_at=utc(2026, 11, 25, 5),
        next_mode=Mode.SELF_SERVICE,
        next_mode_at=utc(2026, 11, 25, 5),
    )


def test_the_run_goes_on_over_midnight_into_the_next_day() -> None:
    made = schedule(regular("mon 8-24", "tue 0-10"))

    assert made.state(local(2026, 11, 23, 12)).closes_at == local(2026, 11, 24, 10)


def test_what_never_closes_has_no_closing_time() -> None:
    state = schedule(regular("daily 0-24")).state(local(2026, 11, 23, 12))

    assert (state.is_open, state.closes_at, state.mode_until) == (True, None, None)


def test_a_closing_within_the_year_is_found_however_far_away() -> None:
    made = schedule(regular("daily 0-24"), exception(on=date(2027, 6, 25)))

    assert made.state(local(2026, 11, 23, 12)).closes_at == local(2027, 6, 25)


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        pytest.param(date(2027, 11, 24), local(2027, 11, 24, 8), id="a year ahead"),
        pytest.param(date(2027, 12, 24), None, id="more than a year ahead"),
    ],
)
def test_the_next_opening_is_looked_for_within_a_year(opening: date, expected: datetime | None) -> None:
    made = schedule(regular(), exception("daily 8-16", on=opening))

    assert made.state(local(2026, 11, 24, 12)).opens_at == expected


def test_a_day_that_must_be_decided_is_not_confirmed() -> None:
    made = schedule(OFFICE, special={CHRISTMAS_EVE: "christmas_eve"}, rule=HolidayRule.MUST_BE_DECIDED)

    assert made.state(local(2026, 12, 24, 12)).status == DayStatus.UNCONFIRMED


# --- Open time --------------------------------------------------------------------------------


def test_open_time_is_clipped_and_joined_over_modes() -> None:
    assert LIBRARY.open_time(local(2026, 11, 24, 10), local(2026, 11, 24, 19)) == [
        (utc(2026, 11, 24, 8), utc(2026, 11, 24, 17))
    ]


def test_open_time_of_some_modes_leaves_the_others_out() -> None:
    assert LIBRARY.open_time(local(2026, 11, 24), local(2026, 11, 25), modes={Mode.SELF_SERVICE}) == [
        (utc(2026, 11, 24, 5), utc(2026, 11, 24, 9)),
        (utc(2026, 11, 24, 16), utc(2026, 11, 24, 18)),
    ]


def test_open_time_includes_the_tail_of_the_night_before() -> None:
    made = schedule(regular("mon 22-6"))

    assert made.open_time(local(2026, 11, 24), local(2026, 11, 25)) == [(local(2026, 11, 24), local(2026, 11, 24, 6))]
