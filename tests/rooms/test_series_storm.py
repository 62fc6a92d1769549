"""Series against everything else at the same moment: a series has all its dates or none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Refused,
    SeriesChoice,
    Taken,
    approve_series,
    book_series,
    cancel,
    change_booking,
    change_following,
    close_room,
    give_back,
    give_back_following,
    hold,
    series_starts,
)
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Room, Series
from rooms.privacy import delete_account
from tests.cast import helsinki, make_room, make_user
from tests.rooms.test_storm import AT, CLIENTS, HOUR, at_once, booking_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_stands", "queued")]

ROUNDS = 6
TIMES = 4
WEEK = timedelta(weeks=1)

type Deed = Callable[[], Any]


@pytest.fixture
def crowd() -> list[User]:
    return [make_user(f"resident{number}@example.com") for number in range(CLIENTS)]


def first(number: int) -> datetime:
    """Return the first start of a round; the rounds lie on different days and do not meet."""
    return helsinki(2026, 11, 25, 9) + timedelta(days=number)


def choices(room: Room, starts_at: datetime, count: int = TIMES) -> list[SeriesChoice]:
    return [
        SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + HOUR)
        for start in series_starts(starts_at, every_weeks=1, count=count)
    ]


def series_of(room: Room, resident: User, starts_at: datetime, **changes: Any) -> Callable[[], Series]:
    wish = {"choices": choices(room, starts_at), "every_weeks": 1, "resident": resident, "actor": resident, "at": AT}
    return lambda: book_series(**{**wish, "details": BookingDetails(people=4, name="Kim"), **changes})


def only_clean(outcomes: list[Any]) -> list[Any]:
    """Return what is neither done nor a clean refusal: nothing, we hope."""
    return [one for one in outcomes if not isinstance(one, Series | Booking | Closure | Refused | list)]


def assert_all_or_nothing() -> None:
    for series in Series.objects.all():
        assert series.bookings.count() == TIMES
    live = Booking.objects.live_at(AT)
    assert set(BusyPeriod.objects.exclude(booking=None).values_list("booking", flat=True)) == set(
        live.values_list("pk", flat=True)
    )


def test_equal_series_have_one_winner_in_every_round(hall: Room, crowd: list[User]) -> None:
    for number in range(ROUNDS):
        outcomes = at_once([series_of(hall, who, first(number)) for who in crowd])
        assert only_clean(outcomes) == []
        assert sum(isinstance(one, Series) for one in outcomes) == 1
        assert all(type(one) is Taken for one in outcomes if not isinstance(one, Series))
    assert_all_or_nothing()
    assert BookingMail.objects.count() == ROUNDS


def test_a_series_against_single_bookings_at_one_of_its_dates(hall: Room, crowd: list[User]) -> None:
    for number in range(ROUNDS):
        start = first(number)
        wanted = start + (number % TIMES) * WEEK
        deeds: list[Deed] = [series_of(hall, who, start) for who in crowd[:2]]
        deeds += [booking_of(hall, who, wanted) for who in crowd[2:]]
        outcomes = at_once(deeds)
        assert only_clean(outcomes) == []
        assert sum(isinstance(one, Series | Booking) for one in outcomes) in (1, 2)  # else the other dates are free
        assert BusyPeriod.objects.overlapping(wanted, wanted + HOUR).count() == 1
    assert_all_or_nothing()


def test_series_that_meet_on_some_dates_in_several_rooms(kalajarvi: Hub, crowd: list[User]) -> None:
    """Each wants the same rooms in another order: a deadlock, were they not locked in one."""
    rooms = [make_room(kalajarvi, f"room-{number}") for number in range(TIMES)]
    for number in range(ROUNDS):
        deeds = []
        for shift, who in enumerate(crowd):
            mixed = [
                replace(choice, room=rooms[(shift + place) % TIMES])
                for place, choice in enumerate(choices(rooms[0], first(number)))
            ]
            deeds.append(series_of(rooms[0], who, first(number), choices=mixed))
        outcomes = at_once(deeds)
        assert only_clean(outcomes) == []
        assert sum(isinstance(one, Series) for one in outcomes) == TIMES
    assert_all_or_nothing()


def test_a_series_against_a_closure_and_a_part_of_the_room(hall: Room, crowd: list[User]) -> None:
    half = make_room(hall.hub, "half", parent=hall)
    for number in range(ROUNDS):
        start = first(number) + 2 * WEEK
        deeds: list[Deed] = [
            series_of(hall, crowd[0], first(number)),
            series_of(half, crowd[1], first(number)),
            booking_of(half, crowd[2], start),
            partial(
                close_room, room=hall, starts_at=start, ends_at=start + HOUR, reason={"sv": "x"}, actor=None, at=AT
            ),
        ]
        outcomes = at_once(deeds)
        assert only_clean(outcomes) == []
        assert BusyPeriod.objects.filter(room=half).overlapping(start, start + HOUR).count() == 1
    assert_all_or_nothing()


def test_the_same_form_sent_eight_times_at_once_gives_one_series(hall: Room, resident: User) -> None:
    held = hold(room=hall, starts_at=first(0), ends_at=first(0) + HOUR, language="sv", at=AT)
    outcomes = at_once([series_of(hall, resident, first(0), held=held)] * CLIENTS)
    assert {getattr(one, "reference", one) for one in outcomes} == {Series.objects.get().reference}
    assert (Booking.objects.count(), BookingMail.objects.count()) == (TIMES, 1)


def test_a_limit_is_not_beaten_by_several_series_at_once(kalajarvi: Hub, resident: User) -> None:
    Hub.objects.filter(pk=kalajarvi.pk).update(booking_minutes_per_week=120)
    rooms = [make_room(kalajarvi, f"room-{number}") for number in range(CLIENTS)]
    outcomes = at_once([series_of(room, resident, first(number)) for number, room in enumerate(rooms[:4])])
    assert sum(isinstance(one, Series) for one in outcomes) == 2
    assert [one.reasons[0].code for one in outcomes if isinstance(one, Refused)] == ["weekly_hours"] * 2


def test_everything_at_once_to_one_series_counts_up_once_for_each(
    hall: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    for number in range(ROUNDS):
        series = series_of(hall, resident, first(number))()
        dates = list(series.bookings.order_by("series_start"))
        start = dates[2].starts_at + 2 * HOUR
        mine = {"actor": resident, "at": AT}
        outcomes = at_once(
            [
                partial(give_back, booking=dates[0], **mine),
                partial(cancel, booking=dates[1], actor=kalajarvi_editor, at=AT, reason="x"),
                partial(change_following, booking=dates[2], starts_at=start, ends_at=start + HOUR, **mine),
                partial(give_back_following, booking=dates[3], **mine),
                partial(change_booking, booking=dates[2], ends_at=dates[2].ends_at + HOUR, **mine),
                booking_of(hall, another_resident, start),
            ]
        )
        assert only_clean(outcomes) == []
        events = BookingEvent.objects.filter(booking__series=series).values_list("new", flat=True)
        counted = {event["series_sequence"] for event in events}
        assert counted == set(range(Series.objects.get(pk=series.pk).sequence + 1))
    live = Booking.objects.live_at(AT).values_list("pk", flat=True)
    assert set(BusyPeriod.objects.values_list("booking", flat=True)) == set(live)


def test_an_account_is_deleted_while_the_dates_of_its_series_are_given_back(hall: Room, crowd: list[User]) -> None:
    for number, resident in enumerate(crowd):
        series = series_of(hall, resident, first(number))()
        dates = list(series.bookings.order_by("series_start"))
        outcomes = at_once(
            [
                partial(delete_account, resident=resident, at=AT),
                *(partial(give_back, booking=date, actor=None, at=AT) for date in reversed(dates)),
            ]
        )
        assert isinstance(outcomes[0], int), outcomes[0]
        assert only_clean(outcomes[1:]) == []
        assert set(series.bookings.values_list("state", "resident")) == {("cancelled", None)}


def test_an_answer_to_all_against_a_change_of_one(kalajarvi: Hub, resident: User, kalajarvi_editor: User) -> None:
    asking = make_room(kalajarvi, "asking", needs_approval=True)
    for number in range(ROUNDS):
        series = series_of(asking, resident, first(number))()
        dates = list(series.bookings.order_by("series_start"))
        longer = {"booking": dates[1], "ends_at": dates[1].ends_at + HOUR}
        outcomes = at_once(
            [
                partial(approve_series, series=series, actor=kalajarvi_editor, at=AT, sequence=0),
                partial(change_booking, actor=resident, at=AT, **longer),
            ]
        )
        assert only_clean(outcomes) == []
        states = list(series.bookings.order_by("series_start").values_list("state", flat=True))
        assert states[1] == "requested"  # the longer time is never approved unseen
        assert states in (["confirmed", "requested", "confirmed", "confirmed"], ["requested"] * 4)
