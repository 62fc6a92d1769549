"""What the tables refuse, and how they become schedules."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from hubs.enums import HolidayRule, Mode, PeriodKind, WeekParity
from hubs.models import Hub, Period, Span, SpecialDay, Timetable, load_schedules
from hubs.opening import DayStatus
from tests import cast

pytestmark = pytest.mark.django_db

DECEMBER = {"first_day": date(2026, 12, 1), "last_day": date(2026, 12, 31)}
CHRISTMAS = {"first_day": date(2026, 12, 24), "last_day": date(2026, 12, 26)}


@pytest.fixture
def timetable() -> Timetable:
    return Timetable.objects.create()


def season(timetable: Timetable, **fields: object) -> Period:
    return Period(timetable=timetable, kind=PeriodKind.SEASON, **fields)


# --- Rule 2: periods of one kind do not overlap -----------------------------------------------


def test_a_period_that_overlaps_is_refused_when_saved(timetable: Timetable) -> None:
    season(timetable, **DECEMBER).save()

    with pytest.raises(ValidationError) as refused:
        season(timetable, **CHRISTMAS).save()

    assert refused.value.code == "overlap"
    assert Period.objects.count() == 1


def test_a_period_that_overlaps_is_refused_when_validated(timetable: Timetable) -> None:
    season(timetable, **DECEMBER, title_en="Advent").save()

    with translation.override("en"), pytest.raises(ValidationError, match="overlap the period “Advent”"):
        season(timetable, **CHRISTMAS).full_clean()


def test_periods_created_together_do_not_overlap_either(timetable: Timetable) -> None:
    with pytest.raises(ValidationError):
        Period.objects.bulk_create([season(timetable, **DECEMBER), season(timetable, **CHRISTMAS)])

    assert not Period.objects.exists()


def test_periods_of_different_hours_created_together_do_not_meet(timetable: Timetable) -> None:
    Period.objects.bulk_create([season(each, **DECEMBER) for each in (timetable, Timetable.objects.create())])

    assert Period.objects.count() == 2


def test_a_period_moved_onto_another_is_refused(timetable: Timetable) -> None:
    season(timetable, **DECEMBER).save()
    moved = season(timetable, first_day=date(2027, 1, 1))
    moved.save()
    moved.first_day = date(2026, 12, 31)

    with pytest.raises(ValidationError):
        moved.save()


def test_a_period_may_be_saved_again(timetable: Timetable) -> None:
    period = season(timetable, **DECEMBER)
    period.save()

    period.save()

    assert Period.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"kind": PeriodKind.EXCEPTION, **CHRISTMAS}, id="another kind"),
        pytest.param({"first_day": "2027-01-01"}, id="other days, given as text"),
    ],
)
def test_periods_that_do_not_overlap_live_together(timetable: Timetable, fields: dict[str, object]) -> None:
    season(timetable, **DECEMBER).save()

    Period.objects.create(timetable=timetable, **{"kind": PeriodKind.SEASON, **fields})

    assert timetable.periods.count() == 2


def test_odd_and_even_weeks_live_together(timetable: Timetable) -> None:
    for parity in (WeekParity.ODD, WeekParity.EVEN):
        Period.objects.create(timetable=timetable, first_day=date(2026, 1, 1), week_parity=parity)

    assert timetable.periods.count() == 2


def test_another_timetable_may_have_the_same_days(timetable: Timetable) -> None:
    season(timetable, **DECEMBER).save()

    season(Timetable.objects.create(), **DECEMBER).save()

    assert Period.objects.count() == 2


def test_the_database_refuses_a_special_day_twice(timetable: Timetable) -> None:
    Period.objects.create(timetable=timetable, kind="exception", special_day="may_day")
    other = Period.objects.create(timetable=timetable, kind="exception", special_day="ascension")

    with pytest.raises(IntegrityError, match=r"special_day_has_one_period_in_a_timetable|UNIQUE"):
        QuerySet(Period).filter(pk=other.pk).update(special_day="may_day")


@pytest.mark.parametrize(
    "days",
    [{"first_day": date(2026, 12, 1)}, {"kind": "exception"}, {"timetable": 1}, {"week_parity": "odd"}],
    ids=lambda days: next(iter(days)),
)
def test_days_are_not_changed_past_the_rule(timetable: Timetable, days: dict[str, object]) -> None:
    period = season(timetable, **DECEMBER)
    period.save()

    with pytest.raises(TypeError, match="sees no overlap"):
        Period.objects.update(**days)

    assert Period.objects.filter(pk=period.pk).update(title="Advent") == 1


# --- Rule 4: no circles -----------------------------------------------------------------------


def test_a_circle_of_fallbacks_is_refused_when_saved(timetable: Timetable) -> None:
    second = Timetable.objects.create(fallback=timetable)
    third = Timetable.objects.create(fallback=second)
    timetable.fallback = third

    with pytest.raises(ValidationError) as refused:
        timetable.save()

    assert refused.value.message_dict.keys() == {"fallback"}


def test_a_circle_of_fallbacks_is_refused_when_validated(timetable: Timetable) -> None:
    timetable.fallback = Timetable.objects.create(fallback=timetable)

    with pytest.raises(ValidationError):
        timetable.full_clean()


def test_a_timetable_that_follows_itself_is_refused_by_the_database(timetable: Timetable) -> None:
    with pytest.raises(IntegrityError):
        Timetable.objects.filter(pk=timetable.pk).update(fallback=timetable)


def test_a_circle_that_came_past_the_checks_is_read_without_end(timetable: Timetable) -> None:
    other = Timetable.objects.create(fallback=timetable)
    Timetable.objects.filter(pk=timetable.pk).update(fallback=other)

    assert load_schedules([timetable.pk])[timetable.pk].day(date(2026, 11, 24)).status == DayStatus.UNKNOWN


# --- From tables to schedules -----------------------------------------------------------------


def queries_for(timetables: list[Timetable]) -> int:
    with CaptureQueriesContext(connection) as captured:
        schedules = load_schedules([each.pk for each in timetables])
    assert len(schedules) == len(timetables)
    return len(captured)


def test_fifteen_listings_take_as_many_queries_as_one(kalajarvi: Hub) -> None:
    listings = [
        cast.make_listing(kalajarvi, f"listing-{number}", hours={"mon tue": ("9:00", "15:00")}) for number in range(15)
    ]

    assert queries_for([listings[0].timetable]) == 2
    assert queries_for([listing.timetable for listing in listings]) == 2


def test_a_long_chain_of_fallbacks_takes_no_more_queries(timetable: Timetable) -> None:
    cast.set_hours(timetable, {"tue": ("8:00", "9:00")})
    last = timetable
    for _step in range(6):
        last = Timetable.objects.create(fallback=last)

    assert queries_for([last]) == 2
    assert load_schedules([last.pk])[last.pk].day(date(2026, 11, 24)).is_open


def test_a_schedule_carries_what_the_tables_say(timetable: Timetable) -> None:
    timetable.holiday_rule = HolidayRule.AS_USUAL
    timetable.save()
    period = cast.set_hours(timetable, {"tue": ("22:00", "6:00")}, mode="self_service")
    Span.objects.create(period=period, weekdays=0b10, opens=time(23), closes=time(0), note_sv="För barn")
    SpecialDay.objects.create(date=date(2026, 12, 24), key="christmas_eve", name="Julafton", changes_hours=True)

    schedule = load_schedules([timetable.pk])[timetable.pk]

    assert [(part.opens, part.closes, part.mode, part.note) for part in schedule.day(date(2026, 11, 24)).parts] == [
        (time(22), time(23), Mode.SELF_SERVICE, ""),
        (time(23), time(0), Mode.STAFFED, "För barn"),
        (time(0), time(6), Mode.SELF_SERVICE, ""),
    ]
    assert schedule.holiday_rule == HolidayRule.AS_USUAL
    assert schedule.day(date(2026, 12, 24)).special_day.key == "christmas_eve"


def test_timetables_that_do_not_exist_are_left_out(timetable: Timetable) -> None:
    assert load_schedules([timetable.pk, 0]).keys() == {timetable.pk}


@pytest.mark.parametrize(
    ("language", "title", "marked"),
    [
        pytest.param("sv", "Julöppet", "", id="in the reader's language"),
        pytest.param("fi", "Joulu", "", id="in the reader's other language"),
        pytest.param("en", "Joulu", "fi", id="in the next best, marked"),
    ],
)
def test_titles_are_in_the_readers_language_or_marked(
    timetable: Timetable, language: str, title: str, marked: str
) -> None:
    period = season(timetable, **DECEMBER, title_sv="Julöppet", title_fi="Joulu")
    period.save()

    with translation.override(language):
        day = load_schedules([timetable.pk])[timetable.pk].day(date(2026, 12, 1))

    assert (day.title, day.title.language) == (title, marked)


def test_undecided_timetables_are_found(timetable: Timetable, kalajarvi: Hub) -> None:
    SpecialDay.objects.create(date=date(2026, 12, 24), key="christmas_eve", name="Julafton", changes_hours=True)
    Timetable.objects.update(holiday_rule=HolidayRule.MUST_BE_DECIDED)
    Period.objects.create(timetable=timetable, kind="exception", special_day="christmas_eve")
    cast.set_hours(timetable, {"mon": ("8:00", "9:00")})

    assert list(Timetable.objects.undecided(date(2026, 11, 24))) == [kalajarvi.timetable]
    assert list(Timetable.objects.undecided(date(2026, 11, 24), days=28)) == []
