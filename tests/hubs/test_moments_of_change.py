"""Whoever keeps a copy of the hours asks what has changed since. No way of changing them may go unnoticed."""

from collections.abc import Callable
from datetime import time

import pytest

from hubs.models import Hub, Period, Span, Timetable
from tests import cast

LONG_AGO = cast.helsinki(2020, 1, 1)


@pytest.fixture
def timetable(kalajarvi: Hub) -> Timetable:
    Timetable.objects.update(changed_at=LONG_AGO)
    return kalajarvi.timetable


def add_a_span(period: Period) -> None:
    Span.objects.create(period=period, weekdays=1, opens=time(8), closes=time(9))


def add_several_spans(period: Period) -> None:
    Span.objects.bulk_create([Span(period=period, weekdays=1, opens=time(8), closes=time(9))])


def save_a_span(period: Period) -> None:
    span = period.spans.get()
    span.closes = time(21)
    span.save()


def add_several_periods(period: Period) -> None:
    Period.objects.bulk_create([Period(timetable=period.timetable, kind="season", first_day=period.first_day)])


@pytest.mark.parametrize(
    "change",
    [
        add_a_span,
        add_several_spans,
        add_several_periods,
        save_a_span,
        lambda period: period.spans.update(closes=time(21)),
        lambda period: period.spans.get().delete(),
        lambda period: period.spans.all().delete(),
        lambda period: period.save(),
        lambda period: Period.objects.filter(pk=period.pk).update(title_sv="Sommar"),
        lambda period: period.delete(),
        lambda period: Period.objects.filter(pk=period.pk).delete(),
        lambda period: period.timetable.save(),
    ],
    ids=lambda change: change.__name__,
)
def test_every_change_of_the_hours_is_noted(timetable: Timetable, change: Callable[[Period], None]) -> None:
    change(timetable.periods.get())

    timetable.refresh_from_db()
    assert timetable.changed_at > LONG_AGO


def test_a_look_at_the_hours_is_not_a_change(timetable: Timetable, kalajarvi_editor) -> None:
    Timetable.objects.filter(pk=timetable.pk).confirm(by=kalajarvi_editor, at=cast.TUESDAY)

    timetable.refresh_from_db()
    assert timetable.changed_at == LONG_AGO


def test_the_hours_of_others_are_not_noted(timetable: Timetable, kalajarvi: Hub) -> None:
    other = cast.make_hub("iso-omena").timetable
    Timetable.objects.update(changed_at=LONG_AGO)

    add_a_span(timetable.periods.get())

    other.refresh_from_db()
    assert other.changed_at == LONG_AGO
