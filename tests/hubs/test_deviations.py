"""What differs from the usual: found when read, joined as people would say it, told in whole sentences."""

from datetime import date

import pytest
from django.utils import translation

from hubs import deviations_in_words as words
from hubs.deviations import Deviation, Kind, coming, coming_in, deviations, only_different
from hubs.enums import HolidayRule, Mode
from hubs.opening import Period, Schedule, SpecialDay
from tests.hubs.hours import exception, local, regular, schedule, season, span

SUNDAY, THURSDAY, FRIDAY, SATURDAY = (date(2026, 12, day) for day in (6, 24, 25, 26))
CHRISTMAS = {THURSDAY: "christmas_eve", FRIDAY: "christmas_day", SATURDAY: "boxing_day"}


def found(hours: Schedule, first: date = date(2026, 12, 1), last: date = date(2026, 12, 31)) -> list[Deviation]:
    return deviations(hours, first, last)


def told(hours: Schedule, language: str = "en") -> list[str]:
    with translation.override(language):
        return [words.title(each).replace("\u2060", "") for each in found(hours)]


@pytest.mark.parametrize(
    ("hours", "sentences"),
    [
        pytest.param(
            schedule(regular("daily 8-20"), special={SUNDAY: "independence_day"}),
            ["Closed on Independence Day, Sunday 6 December"],
            id="a holiday",
        ),
        pytest.param(
            schedule(regular("mon-sat 8-20"), special={SUNDAY: "independence_day"}), [], id="a Sunday, closed anyway"
        ),
        pytest.param(
            schedule(regular("daily 8-20"), exception("daily 8-20", on=SUNDAY)), [], id="an exception that is as usual"
        ),
        pytest.param(
            schedule(regular("daily 8-20"), season("daily 9-15", first_day=date(2026, 12, 1))), [], id="a season"
        ),
        pytest.param(
            schedule(regular("daily 8-20"), special=CHRISTMAS), ["Closed 24–26 December"], id="holidays in a row"
        ),
        pytest.param(
            schedule(
                regular("mon-fri 8-16"),
                special={FRIDAY: "christmas_day", date(2026, 12, 28): "of_our_own"},
            ),
            ["Closed 25–28 December"],
            id="over a weekend that is closed anyway",
        ),
        pytest.param(
            schedule(regular("thu 8-16"), exception(on=date(2026, 12, 17)), exception(on=THURSDAY)),
            ["Closed on Thursday 17 December", "Closed on Thursday 24 December"],
            id="not over a week",
        ),
        pytest.param(
            schedule(regular("mon-fri 8-16"), exception(first_day=date(2026, 12, 19), last_day=date(2027, 1, 3))),
            ["Closed 19 December–3 January"],
            id="a closure from Saturday to Sunday is told whole",
        ),
        pytest.param(
            schedule(regular("daily 8-20"), exception(first_day=THURSDAY)),
            ["Closed from 24 December until further notice"],
            id="without an end",
        ),
        pytest.param(
            schedule(regular("daily 8-20"), exception("daily 8-12", on=THURSDAY), special=CHRISTMAS),
            ["Changed hours on Christmas Eve, Thursday 24 December: 8:00–12:00", "Closed 25–26 December"],
            id="changed, then closed",
        ),
        pytest.param(
            schedule(
                regular("daily 8-20"),
                exception("daily 8-12", on=date(2026, 12, 28)),
                exception("daily 8-12", on=date(2026, 12, 29)),
                exception("daily 8-14", on=date(2026, 12, 30)),
            ),
            ["Changed hours 28–29 December: 8:00–12:00", "Changed hours on Wednesday 30 December: 8:00–14:00"],
            id="alike are joined, others are not",
        ),
        pytest.param(
            schedule(
                regular("mon-fri 8-16"),
                exception("mon-thu 9-15", "fri 9-12", first_day=date(2026, 12, 14), last_day=date(2026, 12, 23)),
            ),
            ["Changed hours 14–23 December"],
            id="one exception whose days differ",
        ),
        pytest.param(
            schedule(regular("mon-fri 8-16"), exception("sun 10-14", on=SUNDAY), special={SUNDAY: "independence_day"}),
            ["Open on Independence Day, Sunday 6 December: 10:00–14:00"],
            id="open for once",
        ),
        pytest.param(
            schedule(regular("daily 8-20"), special=CHRISTMAS, rule=HolidayRule.MUST_BE_DECIDED),
            ["The hours 24–26 December are not yet confirmed"],
            id="not decided",
        ),
        pytest.param(
            schedule(regular("mon-sat 8-20"), special={SUNDAY: "independence_day"}, rule=HolidayRule.MUST_BE_DECIDED),
            [],
            id="not decided about a day that is closed anyway",
        ),
        pytest.param(
            schedule(
                regular(span("daily 6-20", Mode.SELF_SERVICE), "mon-fri 11-18"), special={FRIDAY: "christmas_day"}
            ),
            ["Closed on Christmas Day, Friday 25 December"],
            id="self-service closes, too",
        ),
        pytest.param(
            schedule(
                regular(span("daily 6-20", Mode.SELF_SERVICE), "mon-fri 11-18"),
                exception(span("daily 6-20", Mode.SELF_SERVICE), on=FRIDAY),
            ),
            ["Changed hours on Friday 25 December: self-service 6:00–20:00"],
            id="no staff",
        ),
        pytest.param(schedule(exception(on=FRIDAY)), ["Closed on Friday 25 December"], id="usual hours unknown"),
        pytest.param(
            schedule(
                regular("mon-sat 8-16"),
                exception("wed 10-12", first_day=date(2026, 12, 14), last_day=date(2026, 12, 19)),
            ),
            [
                "Closed 14–15 December",
                "Changed hours on Wednesday 16 December: 10:00–12:00",
                "Closed 17–19 December",
            ],
            id="closed but for a Wednesday",
        ),
        pytest.param(
            schedule(
                regular("daily 8-20"),
                exception("daily 8-12", first_day=date(2026, 12, 21), last_day=date(2026, 12, 28)),
                exception("daily 8-20", on=THURSDAY),
            ),
            ["Changed hours 21–23 December: 8:00–12:00", "Changed hours 25–28 December: 8:00–12:00"],
            id="changed but for one day",
        ),
        pytest.param(
            schedule(
                regular("daily 8-20"),
                special={THURSDAY: "christmas_eve", SATURDAY: "boxing_day"},
                rule=HolidayRule.MUST_BE_DECIDED,
            ),
            [
                "The hours on Christmas Eve, Thursday 24 December, are not yet confirmed",
                "The hours on Boxing Day, Saturday 26 December, are not yet confirmed",
            ],
            id="not decided, with a day between that is as usual",
        ),
        pytest.param(
            schedule(regular("daily 8-20"), exception(span("daily 8-20", Mode.SELF_SERVICE), on=FRIDAY)),
            ["Changed hours on Friday 25 December: self-service 8:00–20:00"],
            id="at the usual hours, without staff",
        ),
    ],
)
def test_what_differs_is_told_in_a_sentence(hours: Schedule, sentences: list[str]) -> None:
    assert told(hours) == sentences


def test_what_began_before_and_ends_after_is_told_whole() -> None:
    hours = schedule(regular("daily 8-20"), exception(first_day=date(2026, 11, 2), last_day=date(2027, 2, 27)))

    (closure,) = found(hours, date(2026, 12, 10), date(2026, 12, 11))

    assert (closure.first_day, closure.last_day) == (date(2026, 11, 2), date(2027, 2, 27))


@pytest.mark.parametrize(
    "periods",
    [
        [exception("daily 9-12", on=date(2026, 12, 21))],
        [exception(first_day=date(2026, 12, 12), last_day=date(2026, 12, 20))],
        [exception("mon,wed 9-12", "tue,thu,fri 8-16", first_day=date(2026, 12, 1), last_day=date(2026, 12, 18))],
        [exception(on=date(2026, 12, 11)), exception(on=date(2026, 12, 14))],
    ],
    ids=["one day", "from Saturday to Sunday", "some days of many", "around a weekend"],
)
def test_every_range_gives_the_same_answer(periods: list[Period]) -> None:
    hours = schedule(regular("mon-fri 8-16"), *periods, special=CHRISTMAS)
    whole = found(hours)

    for number in range(1, 31):
        day = date(2026, 12, number)
        assert deviations(hours, day, day) == [each for each in whole if each.first_day <= day <= each.last_day]


def test_hours_that_are_followed_bring_their_exceptions() -> None:
    house = schedule(regular("daily 8-20"), special={SUNDAY: "independence_day"})
    library = schedule(special={SUNDAY: "independence_day"}, fallback=house)

    assert told(library) == ["Closed on Independence Day, Sunday 6 December"]


def test_an_exception_of_those_that_are_followed_is_one_of_whoever_follows_them() -> None:
    house = schedule(regular("daily 8-20"), exception(first_day=date(2026, 12, 14), last_day=date(2026, 12, 15)))

    assert told(schedule(fallback=house)) == ["Closed 14–15 December"]


def test_a_week_of_different_hours_is_told_below() -> None:
    exceptional = exception("mon-thu 9-15", "fri 9-12", first_day=date(2026, 12, 14), last_day=date(2026, 12, 18))
    (week,) = found(schedule(regular("mon-fri 8-16"), exceptional))

    with translation.override("en"):
        assert words.alike(week) == ""
        assert words.unlike(week).replace("\u2060", "") == "Mon–Thu 9:00–15:00, Fri 9:00–12:00"


@pytest.mark.parametrize(
    ("last", "words_of_days"),
    [
        (None, "From Sunday 6 December 2026 until further notice"),
        (SUNDAY, "Sunday 6 December 2026"),
        (date(2027, 1, 6), "Sunday 6 December 2026 – Wednesday 6 January 2027"),
    ],
)
def test_in_a_feed_the_days_have_their_year(last: date | None, words_of_days: str) -> None:
    (closure,) = found(schedule(regular("daily 8-20"), exception(first_day=SUNDAY, last_day=last)))

    with translation.override("en"):
        assert words.when(closure) == words_of_days


def test_of_weeks_of_different_hours_the_first_is_told() -> None:
    exceptional = exception("mon-thu 9-15", "fri 9-12", first_day=date(2026, 12, 14), last_day=date(2026, 12, 27))
    (weeks,) = found(schedule(regular("mon-fri 8-16"), exceptional))

    with translation.override("en"):
        assert words.unlike(weeks).replace("\u2060", "") == "Mon–Thu 9:00–15:00, Fri 9:00–12:00"


@pytest.mark.parametrize(
    ("hours", "reasons"),
    [
        pytest.param(schedule(regular("daily 8-20"), special={SUNDAY: "independence_day"}), (), id="said in the title"),
        pytest.param(schedule(regular("daily 8-20"), special={SUNDAY: "esbo_day"}), ("esbo_day",), id="a day of ours"),
        pytest.param(schedule(regular("daily 8-20"), exception(on=SUNDAY, title="Repairs")), ("Repairs",), id="staff"),
        pytest.param(
            schedule(regular("daily 8-20"), special=CHRISTMAS),
            ("christmas_eve", "christmas_day", "boxing_day"),
            id="holidays in a row",
        ),
        pytest.param(
            schedule(
                regular("daily 8-20"), exception(first_day=date(2026, 12, 22), last_day=SATURDAY), special=CHRISTMAS
            ),
            (),
            id="a closure that holidays lie in",
        ),
        pytest.param(
            schedule(
                regular("daily 8-20"), exception("daily 8-12", special_day="esbo_day"), special={SUNDAY: "esbo_day"}
            ),
            ("esbo_day",),
            id="a day of ours with hours of its own",
        ),
        pytest.param(
            schedule(regular("daily 8-20"), special=CHRISTMAS | {date(2026, 12, 27): "of_our_own"}),
            (),
            id="more holidays in a row than one would name",
        ),
    ],
)
def test_the_reason_is_told_once(hours: Schedule, reasons: tuple[str, ...]) -> None:
    (deviation,) = found(hours)

    assert words.reasons(deviation) == reasons


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_each_kind_has_a_sentence_with_its_day_and_hours_in_every_language(language: str) -> None:
    for hours, when, clock in (
        (schedule(regular("daily 8-20"), exception(on=THURSDAY), special=CHRISTMAS), "24", ""),
        (schedule(regular("daily 8-20"), exception("daily 9-12", on=THURSDAY)), "24", "9"),
        (schedule(regular("mon-sat 8-20"), exception("daily 9-12", on=SUNDAY)), "6", "9"),
        (schedule(regular("daily 8-20"), exception("daily 9-12", first_day=THURSDAY)), "24", "9"),
        (schedule(regular("daily 8-20"), special=CHRISTMAS, rule=HolidayRule.MUST_BE_DECIDED), "24", ""),
    ):
        sentence = told(hours, language)[0]
        assert when in sentence
        assert clock in sentence
        assert "%(" not in sentence


@pytest.mark.parametrize(
    ("language", "day", "days"),
    [
        ("sv", "söndag 6 december", "24–26 december"),
        ("fi", "sunnuntaina 6. joulukuuta", "24.–26. joulukuuta"),
        ("en", "Sunday 6 December", "24–26 December"),
    ],
)
def test_days_stand_in_a_sentence_as_each_language_has_them(language: str, day: str, days: str) -> None:
    hours = schedule(regular("daily 8-20"), exception(on=SUNDAY), special=CHRISTMAS)
    one, three = told(hours, language)

    assert day in one
    assert days in three


def test_it_is_told_two_weeks_before_and_gone_the_day_after() -> None:
    hours = schedule(regular("daily 8-20"), exception(on=SUNDAY))

    assert [len(coming(hours, local(2026, *day))) for day in ((11, 21, 23), (11, 22), (12, 6, 23), (12, 7))] == [
        0,
        1,
        1,
        0,
    ]


def test_a_service_is_left_out_where_the_house_says_the_same() -> None:
    house = schedule(regular("daily 8-20"), special=CHRISTMAS)
    weekdays = schedule(regular("mon-fri 8-16"), special={THURSDAY: "christmas_eve", FRIDAY: "christmas_day"})
    library = schedule(regular("daily 6-22"), exception("daily 6-12", on=THURSDAY), special=CHRISTMAS)

    assert only_different(found(weekdays), found(house)) == []
    assert [each.kind for each in only_different(found(library), found(house))] == [Kind.CHANGED]


def test_a_room_is_closed_where_its_house_is() -> None:
    house = schedule(regular("daily 8-20"), exception(on=SUNDAY), exception("daily 9-12", on=date(2026, 12, 7)))
    room = schedule(regular("daily 10-16"), exception("daily 10-12", on=date(2026, 12, 3)))

    found_in_room = coming_in(room, house, local(2026, 12, 1))

    assert [(each.first_day.day, each.kind) for each in found_in_room] == [(3, Kind.CHANGED), (6, Kind.CLOSED)]


def test_a_special_day_that_changes_nothing_is_no_deviation() -> None:
    eve = SpecialDay(date(2026, 12, 31), "new_years_eve", "New Year's Eve", changes_hours=False)

    assert found(Schedule((regular("daily 8-20"),), special_days={eve.date: eve})) == []


@pytest.mark.parametrize(
    ("language", "names", "told"),
    [
        ("sv", ("Julafton", "Juldagen", "Annandag jul"), ("Julafton", "juldagen", "annandag jul")),
        ("fi", ("Jouluaatto", "Joulupäivä", "Tapaninpäivä"), ("Jouluaatto", "joulupäivä", "tapaninpäivä")),
        ("en", ("Christmas Eve", "Christmas Day", "Boxing Day"), ("Christmas Eve", "Christmas Day", "Boxing Day")),
        ("sv", ("Julafton", "Dagen före Kristi", "Kristi dag"), ("Julafton", "dagen före Kristi", "Kristi dag")),
    ],
)
def test_inside_a_sentence_only_english_days_have_a_capital(
    language: str, names: tuple[str, ...], told: tuple[str, ...]
) -> None:
    special = {day: SpecialDay(day, key, name) for (day, key), name in zip(CHRISTMAS.items(), names, strict=True)}
    (christmas,) = found(Schedule((regular("daily 8-20"),), special_days=special))

    with translation.override(language):
        assert words.reasons(christmas) == told
