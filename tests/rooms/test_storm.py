"""Several at once, each with a connection of its own: exactly one wins, every loser is told so.

Anything but a booking or a clean refusal, such as a deadlock or “database is locked”, fails the test.
The great matrix of what can meet is in tests/rooms/test_storm_of_fifty.py.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Refused,
    book_room,
    change_booking,
    change_closure,
    close_room,
    give_back,
    hold,
    reopen_room,
)
from rooms.enums import BookingState
from rooms.models import Booking, BookingMail, BusyPeriod, Closure, Room
from rooms.privacy import delete_account
from tests.cast import TUESDAY, helsinki, make_room, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_stands", "queued")]

CLIENTS = 8
ROUNDS = 5
AT = TUESDAY
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)

type Outcome = Booking | Closure | Exception | int | None


@pytest.fixture
def crowd() -> list[User]:
    return [make_user(f"resident{number}@example.com") for number in range(CLIENTS)]


@pytest.fixture
def hall(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "hall", grid_minutes=15)


def evening(number: int) -> datetime:
    return helsinki(2026, 11, 25, 17) + timedelta(days=number)


def at_once(deeds: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Do all at the same moment, each in a thread with its own connection; return what came of each."""
    barrier = Barrier(len(deeds))
    outcomes: list[Outcome] = [None] * len(deeds)

    def do(number: int, deed: Callable[[], Outcome]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            outcomes[number] = deed()
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [Thread(target=do, args=(number, deed)) for number, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def booking_of(room: Room, resident: User, starts_at: datetime, **changes: Any) -> Callable[[], Booking]:
    wish = {
        "room": room,
        "resident": resident,
        "actor": resident,
        "starts_at": starts_at,
        "ends_at": starts_at + HOUR,
        "details": BookingDetails(people=4, name="Kim"),
        "at": AT,
    }
    return lambda: book_room(**{**wish, **changes})


def won(outcomes: Sequence[Outcome]) -> list[Booking]:
    return [outcome for outcome in outcomes if isinstance(outcome, Booking)]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_hold_change_give_back_and_close_at_the_same_time(number: int, hall: Room, crowd: list[User]) -> None:
    start, end = evening(number), evening(number) + HOUR
    first = booking_of(hall, crowd[0], start)()
    second = booking_of(hall, crowd[1], start + 2 * HOUR)()
    outcomes = at_once(
        [
            lambda: give_back(booking=first, actor=crowd[0], at=AT),
            lambda: change_booking(booking=second, actor=crowd[1], at=AT, starts_at=start, ends_at=end),
            booking_of(hall, crowd[2], start),
            lambda: hold(room=hall, starts_at=start, ends_at=end, language="fi", at=AT),
            lambda: close_room(room=hall, starts_at=start, ends_at=end, reason={"sv": "x"}, actor=None, at=AT),
            booking_of(hall, crowd[3], start + HOUR / 2),
        ]
    )
    assert isinstance(outcomes[0], Booking)
    assert [one for one in outcomes if not isinstance(one, Booking | Closure | Refused)] == []
    assert BusyPeriod.objects.overlapping(start, end).count() <= 1


def test_a_booking_is_given_back_although_it_is_just_moving_to_another_room(hall: Room, resident: User) -> None:
    booking = booking_of(hall, resident, evening(0))()
    studio, has_moved = make_room(hall.hub, "studio"), Event()

    def move() -> Booking:
        with transaction.atomic():
            moved = change_booking(booking=booking, actor=resident, at=AT, room=studio)
            has_moved.set()
            Event().wait(0.3)  # until the other waits for our lock
        return moved

    def give_it_back() -> Booking:
        has_moved.wait(timeout=30)
        return give_back(booking=booking, actor=resident, at=AT)

    outcomes = at_once([move, give_it_back])

    assert [type(outcome) for outcome in outcomes] == [Booking, Booking]
    assert Booking.objects.get().state == BookingState.CANCELLED
    assert BusyPeriod.objects.count() == 0


def test_a_closure_that_has_just_been_deleted_does_not_come_back(hall: Room) -> None:
    span = {"starts_at": evening(0), "ends_at": evening(0) + HOUR, "at": AT}
    closure = close_room(room=hall, reason={"sv": "x"}, actor=None, **span)
    is_deleted, stale = Event(), Closure.objects.get()

    def reopen() -> None:
        with transaction.atomic():
            reopen_room(closure=closure, at=AT)
            is_deleted.set()
            Event().wait(0.3)  # until the other waits for our lock

    def change() -> Closure:
        is_deleted.wait(timeout=30)
        return change_closure(closure=stale, starts_at=evening(0), ends_at=evening(0) + 2 * HOUR, at=AT)

    outcomes = at_once([reopen, change])

    assert outcomes[0] is None
    assert isinstance(outcomes[1], Refused)
    assert Closure.objects.count() == BusyPeriod.objects.count() == 0
    assert reopen_room(closure=stale, at=AT) is None  # as if it had been the first to press


def test_a_gap_is_not_cut_of_what_is_just_moving_away(hall: Room, resident: User) -> None:
    Room.objects.update(gap_minutes=30)
    booking = booking_of(hall, resident, evening(0))()
    studio, has_moved = make_room(hall.hub, "studio", gap_minutes=15), Event()

    def move() -> Booking:
        with transaction.atomic():
            moved = change_booking(booking=booking, actor=resident, at=AT, room=studio)
            has_moved.set()
            Event().wait(0.3)  # until the other waits for our lock
        return moved

    def close() -> Closure:
        has_moved.wait(timeout=30)
        span = {"starts_at": evening(0) + HOUR, "ends_at": evening(0) + 2 * HOUR}
        return close_room(room=hall, reason={"sv": "x"}, actor=None, at=AT, **span)

    outcomes = at_once([move, close])

    assert [type(outcome) for outcome in outcomes] == [Booking, Closure]
    assert Booking.objects.get().gap_minutes == 15


def test_who_has_deleted_the_account_holds_nothing(hall: Room, resident: User) -> None:
    """In another tab, at the same moment: the session does not know yet."""
    delete_account(resident=resident, at=AT)
    with pytest.raises(Refused):
        hold(room=hall, starts_at=evening(0), ends_at=evening(0) + HOUR, resident=resident, language="sv", at=AT)


def join(part: Room, whole: Room) -> None:
    """Make a room a part of another, as the admin does: looked at and written in one transaction."""
    part.parent = whole
    part.full_clean()
    part.save()


@time_machine.travel(AT)
def test_a_room_does_not_become_a_part_of_what_is_just_being_booked(hall: Room, resident: User) -> None:
    studio, is_booked = make_room(hall.hub, "studio"), Event()

    def book_the_whole() -> Booking:
        with transaction.atomic():
            booking = booking_of(hall, resident, evening(0))()
            is_booked.set()
            Event().wait(0.3)  # until the other waits for our lock
        return booking

    def divide() -> None:
        is_booked.wait(timeout=30)
        with transaction.atomic():
            join(studio, hall)

    outcomes = at_once([book_the_whole, divide])

    assert [type(outcome) for outcome in outcomes] == [Booking, ValidationError]
    assert Room.objects.get(pk=studio.pk).parent is None


@time_machine.travel(AT)
def test_a_whole_is_not_booked_without_the_part_that_has_just_come_to_it(hall: Room, resident: User) -> None:
    studio, has_joined = make_room(hall.hub, "studio"), Event()

    def divide() -> None:
        with transaction.atomic():
            join(studio, hall)
            has_joined.set()
            Event().wait(0.3)  # until the other waits for our lock

    def book_the_whole() -> Booking:
        has_joined.wait(timeout=30)
        return booking_of(hall, resident, evening(0))()

    _joined, booked = at_once([divide, book_the_whole])

    assert isinstance(booked, Booking | Refused)
    assert set(BusyPeriod.objects.values_list("room", flat=True)) in (set(), {hall.pk, studio.pk})


def test_one_person_does_not_get_two_rooms_at_once(kalajarvi: Hub, resident: User) -> None:
    rooms = [make_room(kalajarvi, f"room-{number}") for number in range(CLIENTS)]
    outcomes = at_once([booking_of(room, resident, evening(0)) for room in rooms])
    assert len(won(outcomes)) == 1
    assert all(isinstance(outcome, Booking | Refused) for outcome in outcomes)


def test_the_same_form_sent_eight_times_at_once_gives_one_booking(hall: Room, resident: User) -> None:
    held = hold(room=hall, starts_at=evening(0), ends_at=evening(0) + HOUR, language="sv", at=AT)
    outcomes = at_once([booking_of(hall, resident, evening(0), held=held)] * CLIENTS)
    assert {booking.reference for booking in won(outcomes)} == {held.reference}
    assert len(won(outcomes)) == CLIENTS
    assert Booking.objects.get().state == BookingState.CONFIRMED
    assert BookingMail.objects.count() == 1
