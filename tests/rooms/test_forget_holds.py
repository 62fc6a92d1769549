"""What was held and never booked is not kept: most visits that look at the form leave such a row."""

from datetime import timedelta

import pytest

from accounts.models import User
from rooms.booking import BookingDetails, book_room, cancel, due, expire_due, forget_holds, give_back, hold
from rooms.enums import BookingState
from rooms.management.commands import tend
from rooms.models import Booking, BookingEvent, Offer, Room, Watch
from tests.cast import TUESDAY, helsinki

pytestmark = pytest.mark.django_db

AT = TUESDAY
STARTS_AT = helsinki(2026, 12, 2, 17)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def held(room: Room, number: int = 0, resident: User | None = None) -> Booking:
    starts_at = STARTS_AT + number * HOUR
    return hold(room=room, starts_at=starts_at, ends_at=starts_at + HOUR, resident=resident, language="sv", at=AT)


def booked(room: Room, resident: User, **held_before: Booking) -> Booking:
    return book_room(
        room=room,
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + HOUR,
        resident=resident,
        actor=resident,
        details=BookingDetails(people=3, name="Kim"),
        at=AT,
        **held_before,
    )


def test_a_lapsed_hold_goes_with_its_events_after_a_day(hall: Room) -> None:
    held(hall)
    expire_due(at=AT + HOUR)

    assert forget_holds(at=AT + DAY - HOUR) == 0
    assert forget_holds(at=AT + DAY) == 1
    assert not Booking.objects.exists()
    assert not BookingEvent.objects.exists()


def test_a_hold_that_was_let_go_goes_too(hall: Room, resident: User) -> None:
    give_back(booking=held(hall, resident=resident), actor=resident, at=AT)

    assert forget_holds(at=AT + DAY) == 1


def test_what_became_a_booking_stays_however_it_ended(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    mine = booked(hall, resident, held=held(hall))
    cancel(booking=mine, actor=kalajarvi_editor, at=AT, reason="Water damage")

    assert forget_holds(at=AT + 30 * DAY) == 0
    assert Booking.objects.get().state == BookingState.CANCELLED


def test_what_nobody_has_written_down_yet_stays_until_then(hall: Room) -> None:
    held(hall)

    assert forget_holds(at=AT + 2 * DAY) == 0


def test_what_was_offered_to_somebody_who_watches_stays(hall: Room, resident: User) -> None:
    watch = Watch.objects.create(
        resident=resident,
        people=3,
        minutes=60,
        weekdays="3",
        from_time=STARTS_AT.time(),
        until_time=(STARTS_AT + 2 * HOUR).time(),
        first_day=STARTS_AT.date(),
        last_day=STARTS_AT.date(),
    )
    Offer.objects.create(watch=watch, booking=held(hall, resident=resident), made_at=AT)
    expire_due(at=AT + HOUR)

    assert forget_holds(at=AT + 30 * DAY) == 0


def test_many_go_in_several_steps(hall: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "FORGOTTEN_AT_ONCE", 2)
    for number in range(3):
        held(hall, number)
    expire_due(at=AT + HOUR)

    assert forget_holds(at=AT + DAY) == 3


def test_tend_does_it_after_it_has_written_down_what_expired() -> None:
    parts = list(tend.PARTS)

    assert parts.index("expired") < parts.index("holds forgotten")
