"""Times, days and hours in three languages.

The custom of each language is exact here. Sentences are translated messages: in English they are exact,
in Swedish and Finnish the test is that every one keeps its time and says it as the language does.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from hubs import wording
from hubs.enums import HolidayRule, Mode
from hubs.opening import Schedule, SpecialDay
from tests.hubs.hours import exception, local, regular, schedule, span, utc

TUESDAY = date(2026, 11, 24)
LIBRARY = schedule(regular(span("daily 6-20", Mode.SELF_SERVICE), span("mon-fri 11-18")))
OFFICE = schedule(regular("mon-fri 8-16.30"))
IN_THREE = pytest.mark.parametrize("language", ["sv", "fi", "en"])


def plain(words: str) -> str:
    return words.replace("\u2060", "")


def said(language: str, write: Callable[..., str], *what: object) -> str:
    with translation.override(language):
        return plain(write(*what))


@pytest.mark.parametrize(
    ("write", "what", "sv", "fi", "en"),
    [
        pytest.param(wording.clock, [time(8)], "8", "8", "8:00", id="a full hour"),
        pytest.param(wording.clock, [time(8, 30)], "8.30", "8.30", "8:30", id="minutes"),
        pytest.param(wording.clock, [time(8, 5)], "8.05", "8.05", "8:05", id="few minutes"),
        pytest.param(wording.clock, [time(0)], "0", "0", "0:00", id="midnight begins"),
        pytest.param(wording.closing_clock, [time(0)], "24", "24", "24:00", id="midnight ends"),
        pytest.param(wording.clock, [utc(2026, 7, 1, 5)], "8", "8", "8:00", id="a moment in summer"),
        pytest.param(wording.clock, [utc(2026, 11, 24, 6)], "8", "8", "8:00", id="a moment in winter"),
        pytest.param(wording.clock_range, [time(8), time(12, 30)], "8–12.30", "8–12.30", "8:00–12:30", id="a range"),
        pytest.param(wording.clock_range, [time(18), time(0)], "18–24", "18–24", "18:00–24:00", id="until midnight"),
        pytest.param(wording.at_clock, [time(8)], "kl. 8", "klo 8", "8:00", id="at a time"),
        pytest.param(
            wording.at_clock_range, [time(8), time(18)], "kl. 8–18", "klo 8–18", "8:00–18:00", id="at a range"
        ),
        pytest.param(
            wording.day_long,
            [date(2026, 11, 25)],
            "onsdag 25 november 2026",
            "keskiviikko 25. marraskuuta 2026",
            "Wednesday 25 November 2026",
            id="a day, long",
        ),
        pytest.param(
            wording.day_medium,
            [date(2026, 11, 25)],
            "onsdag 25 november",
            "keskiviikko 25. marraskuuta",
            "Wednesday 25 November",
            id="a day, without the year",
        ),
        pytest.param(
            wording.day_short, [date(2026, 11, 25)], "ons 25.11.", "ke 25.11.", "Wed 25 Nov", id="a day, short"
        ),
        pytest.param(
            wording.day_short, [utc(2026, 11, 24, 22)], "ons 25.11.", "ke 25.11.", "Wed 25 Nov", id="a moment's day"
        ),
        pytest.param(
            wording.day_range,
            [date(2026, 12, 22), date(2027, 1, 6)],
            "tis 22.12.–ons 6.1.",
            "ti 22.12.–ke 6.1.",
            "Tue 22 Dec–Wed 6 Jan",
            id="a range of days",
        ),
        pytest.param(
            wording.weekly_words,
            [schedule(regular("mon-fri 8-18", "sat 10-16")), TUESDAY],
            "mån–fre kl. 8–18, lör kl. 10–16",
            "ma–pe klo 8–18, la klo 10–16",
            "Mon–Fri 8:00–18:00, Sat 10:00–16:00",
            id="a week",
        ),
        pytest.param(
            wording.weekly_words,
            [schedule(regular("mon,wed 12-16", "tue 8-10", "tue 12-16")), TUESDAY],
            "mån kl. 12–16, tis kl. 8–10, 12–16, ons kl. 12–16",
            "ma klo 12–16, ti klo 8–10, 12–16, ke klo 12–16",
            "Mon 12:00–16:00, Tue 8:00–10:00, 12:00–16:00, Wed 12:00–16:00",
            id="a week of differing days",
        ),
        pytest.param(wording.day_words, [OFFICE.day(TUESDAY)], "8–16.30", "8–16.30", "8:00–16:30", id="a day's hours"),
    ],
)
def test_the_custom_of_each_language(write: Callable[..., str], what: list[object], sv: str, fi: str, en: str) -> None:
    assert [said(language, write, *what) for language in ("sv", "fi", "en")] == [sv, fi, en]


def test_the_line_cannot_break_beside_a_dash() -> None:
    with translation.override("sv"):
        assert wording.clock_range(time(12), time(12, 30)) == "12\u2060–\u206012.30"


# --- The state in a sentence ------------------------------------------------------------------

CLOSED_TODAY = schedule(regular("daily 8-16"), exception(on=TUESDAY))
STATES = [
    pytest.param(OFFICE, local(2026, 11, 24, 9), "Open now, closes at 16:30", id="open"),
    pytest.param(LIBRARY, local(2026, 11, 24, 9), "Self-service now, staff from 11:00", id="self-service, then staff"),
    pytest.param(LIBRARY, local(2026, 11, 24, 12), "Open now, self-service from 18:00", id="staff, then self-service"),
    pytest.param(LIBRARY, local(2026, 11, 24, 19), "Self-service now, closes at 20:00", id="self-service, then closed"),
    pytest.param(
        schedule(regular(span("tue 8-10", Mode.PHONE), span("tue 10-12", Mode.APPOINTMENT))),
        local(2026, 11, 24, 9),
        "Phone service now, by appointment from 10:00",
        id="by phone, then by appointment",
    ),
    pytest.param(
        schedule(regular(span("tue 8-10", Mode.APPOINTMENT), span("tue 10-12", Mode.PHONE))),
        local(2026, 11, 24, 9),
        "Open now by appointment, by phone from 10:00",
        id="by appointment, then by phone",
    ),
    pytest.param(
        schedule(regular("tue 8-24")), local(2026, 11, 24, 9), "Open now, closes at 24:00", id="open until midnight"
    ),
    pytest.param(
        schedule(regular("tue-wed 0-24")),
        local(2026, 11, 24, 9),
        "Open now, closes Wed 25 Nov at 24:00",
        id="open over one midnight until the next",
    ),
    pytest.param(OFFICE, local(2026, 11, 24, 7), "Closed, opens at 8:00", id="opens today"),
    pytest.param(OFFICE, local(2026, 11, 24, 20), "Closed, opens tomorrow at 8:00", id="opens tomorrow"),
    pytest.param(OFFICE, local(2026, 11, 27, 20), "Closed, opens on Monday at 8:00", id="opens after the weekend"),
    pytest.param(
        schedule(regular(), exception("daily 8-16", on=date(2026, 12, 1))),
        local(2026, 11, 24, 9),
        "Closed, opens Tue 1 Dec at 8:00",
        id="opens in a week or later",
    ),
    pytest.param(
        LIBRARY, local(2026, 11, 24, 21), "Closed, self-service tomorrow from 6:00", id="self-service from tomorrow"
    ),
    pytest.param(
        schedule(regular(span("wed 8-9", Mode.PHONE))),
        local(2026, 11, 24, 9),
        "Closed, by phone tomorrow from 8:00",
        id="by phone from tomorrow",
    ),
]


@pytest.mark.parametrize(("made", "at", "words"), STATES)
def test_the_state_in_a_sentence(made: Schedule, at: datetime, words: str) -> None:
    assert said("en", wording.state_words, made.state(at), at) == words


@pytest.mark.parametrize(("made", "at", "words"), STATES)
@pytest.mark.parametrize(("language", "colon"), [("sv", "."), ("fi", ".")], ids=["sv", "fi"])
def test_every_sentence_keeps_its_time_in_other_languages(
    made: Schedule, at: datetime, words: str, language: str, colon: str
) -> None:
    english_time = words.split()[-1]
    expected = english_time.removesuffix(":00").replace(":", colon)

    sentence = said(language, wording.state_words, made.state(at), at)

    assert re.findall(r"\d+(?:[.:]\d\d)?(?![\d.])", sentence)[-1] == expected


def test_midnight_in_the_night_is_said_by_the_hour() -> None:
    at = local(2026, 11, 24, 23)

    assert said("en", wording.state_words, schedule(regular("tue 22-2")).state(at), at) == "Open now, closes at 2:00"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(schedule(), "Opening hours not known", id="unknown"),
        pytest.param(
            schedule(regular("daily 8-16"), special={TUESDAY: "day"}, rule=HolidayRule.MUST_BE_DECIDED),
            "Hours not confirmed",
            id="not confirmed",
        ),
        pytest.param(schedule(regular()), "Closed", id="never opens"),
        pytest.param(schedule(regular("daily 0-24")), "Open now", id="never closes"),
        pytest.param(
            schedule(regular(span("daily 0-24", Mode.SELF_SERVICE), "wed 12-13")),
            "Self-service now",
            id="staff at the same hour tomorrow",
        ),
    ],
)
def test_a_state_that_has_nothing_to_add(made: Schedule, words: str) -> None:
    at = local(2026, 11, 24, 12)

    assert said("en", wording.state_words, made.state(at), at) == words


# --- A day, a week, what is coming ------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(OFFICE, "8:00–16:30", id="staffed hours alone are not explained"),
        pytest.param(schedule(regular("daily 8-12", "daily 13-16")), "8:00–12:00, 13:00–16:00", id="a lunch gap"),
        pytest.param(LIBRARY, "staff 11:00–18:00; self-service 6:00–11:00, 18:00–20:00", id="two modes"),
        pytest.param(schedule(regular(span("daily 8-16", Mode.PHONE))), "by phone 8:00–16:00", id="by phone"),
        pytest.param(
            schedule(regular(span("daily 8-16", Mode.APPOINTMENT))), "by appointment 8:00–16:00", id="by appointment"
        ),
        pytest.param(
            schedule(regular(span("daily 8-12", note="infants"), "daily 12-16")),
            "8:00–12:00 (infants); 12:00–16:00",
            id="a note",
        ),
        pytest.param(CLOSED_TODAY, "Closed", id="closed"),
        pytest.param(schedule(), "Opening hours not known", id="unknown"),
    ],
)
def test_a_day_in_words(made: Schedule, words: str) -> None:
    assert said("en", wording.day_words, made.day(TUESDAY)) == words


def test_the_usual_week_with_two_modes() -> None:
    assert said("en", wording.weekly_words, LIBRARY, TUESDAY) == (
        "staff Mon–Fri 11:00–18:00; self-service Mon–Fri 6:00–11:00, 18:00–20:00, Sat–Sun 6:00–20:00"
    )


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(schedule(regular()), "Closed", id="closed all week"),
        pytest.param(schedule(), "Opening hours not known", id="unknown"),
        pytest.param(CLOSED_TODAY, "Mon–Sun 8:00–16:00", id="exceptions are not usual"),
    ],
)
def test_the_usual_week(made: Schedule, words: str) -> None:
    assert said("en", wording.weekly_words, made, TUESDAY) == words


@IN_THREE
def test_a_week_marks_today_and_names_each_day(language: str) -> None:
    with translation.override(language):
        rows = wording.week(CLOSED_TODAY, date(2026, 11, 23), TUESDAY)

    assert [row.first_day for row in rows if row.is_today] == [TUESDAY]
    assert [row.first_day for row in rows if row.is_closed] == [TUESDAY]
    assert rows[0].name == {"sv": "Måndag", "fi": "Maanantai", "en": "Monday"}[language]


def coming(made: Schedule, day: date = TUESDAY, days: int = 28) -> list[tuple[str, str]]:
    with translation.override("sv"):
        return [(plain(row.name), row.title) for row in wording.coming_exceptions(made, day, days)]


def test_the_exceptions_of_four_weeks_are_told_before_they_happen() -> None:
    made = schedule(
        OFFICE.periods[0],
        exception(on=date(2026, 12, 21), title="Kurs"),
        exception(on=date(2026, 12, 22), title="Senare"),
        special={date(2026, 12, 6): "Självständighetsdagen"},
    )

    assert coming(made) == [("Söndag 6 december", "Självständighetsdagen"), ("Måndag 21 december", "Kurs")]


def test_days_alike_are_one_row_told_to_its_true_end() -> None:
    made = schedule(
        OFFICE.periods[0], exception(first_day=date(2026, 12, 20), last_day=date(2027, 1, 6), title="Jullov")
    )

    assert coming(made) == [("Sön 20.12.–ons 6.1.", "Jullov")]


def test_days_alike_that_do_not_follow_each_other_are_rows_of_their_own() -> None:
    made = schedule(OFFICE.periods[0], *(exception(on=date(2026, 12, day), title="Kurs") for day in (1, 3)))

    assert coming(made) == [("Tisdag 1 december", "Kurs"), ("Torsdag 3 december", "Kurs")]


def test_a_special_day_with_hours_as_usual_is_told_as_well() -> None:
    made = schedule(
        regular("daily 8-16"), special={date(2026, 12, 6): "Självständighetsdagen"}, rule=HolidayRule.AS_USUAL
    )
    [row] = wording.coming_exceptions(made, TUESDAY)

    assert (row.title, [plain(line.words) for line in row.lines]) == ("Självständighetsdagen", ["8–16"])


def test_a_lesser_eve_on_which_nothing_changes_is_not_told() -> None:
    eve = SpecialDay(date(2026, 12, 5), "independence_day_eve", "Självständighetsdagens afton", changes_hours=False)

    assert coming(replace(OFFICE, special_days={eve.date: eve})) == []


def test_an_exception_that_has_begun_is_told_from_today() -> None:
    made = schedule(
        OFFICE.periods[0], exception(first_day=TUESDAY - timedelta(days=3), last_day=TUESDAY, title="Flytt")
    )

    assert coming(made) == [("Tisdag 24 november", "Flytt")]


def test_without_exceptions_nothing_is_told() -> None:
    assert coming(OFFICE) == []


# --- Includes ---------------------------------------------------------------------------------


def rendered(template: str, made: Schedule | None, at: datetime) -> str:
    html = Template("{% load hours %}" + template).render(Context({"schedule": made, "now": at}))
    return " ".join(plain(html).split())


@pytest.mark.parametrize(
    ("made", "css", "words"),
    [
        pytest.param(OFFICE, "tag--open", "Open now</span>", id="open"),
        pytest.param(CLOSED_TODAY, "tag--closed", "Closed</span>", id="closed"),
        pytest.param(None, "tag--unknown", "Opening hours not known</span>", id="no schedule at all"),
    ],
)
def test_the_open_state_is_told_in_words_beside_its_colour(made: Schedule | None, css: str, words: str) -> None:
    with translation.override("en"):
        html = rendered("{% open_state schedule now %}", made, local(2026, 11, 24, 9))

    assert css in html
    assert words in html


def test_the_table_marks_today_in_words_and_lists_what_is_coming() -> None:
    made = schedule(LIBRARY.periods[0], special={date(2026, 12, 6): "Independence Day"})
    with translation.override("en"):
        html = rendered("{% opening_hours schedule now %}", made, local(2026, 11, 24, 9))

    assert '<tr class="today"> <th scope="row">Tuesday (today)</th>' in html
    assert "<dt>Sunday 6 December</dt>" in html
    assert "Independence Day" in html
    assert html.count("<tr") == 7


def test_the_filters_write_the_hours_of_a_day_and_of_the_usual_week() -> None:
    html = rendered("{{ schedule|hours_on:now }} | {{ schedule|weekly_hours:now }}", OFFICE, local(2026, 11, 24, 9))

    assert html == "8–16.30 | mån–fre kl. 8–16.30"
