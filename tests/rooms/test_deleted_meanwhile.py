"""Somebody deletes their account while something else happens to their bookings."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from accounts.models import User
from rooms.booking import BookingDetails, book_room, check_in, finish_due, give_back, writing
from rooms.enums import BookingState
from rooms.models import Booking, Room
from rooms.privacy import delete_account
from tests.cast import TUESDAY, helsinki
from tests.rooms.invariants import assert_everything_stands
from tests.rooms.test_storm import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_stands", "queued")]

AT = TUESDAY
HOUR = timedelta(hours=1)
EVENING = helsinki(2026, 11, 25, 17)


def book(room: Room, resident: User, starts_at: Any = EVENING) -> Booking:
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        details=BookingDetails(people=3, name="Kim Secret"),
        at=AT,
    )


class Pause:
    """Lets the first who comes to `function` stop there, while the others begin."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.is_reached = function, Event()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.is_reached.is_set():
            self.is_reached.set()
            Event().wait(0.4)  # until the others wait for our locks
        return self.function(*args, **kwargs)

    def then(self, deed: Callable[[], Any]) -> Callable[[], Any]:
        def wait_and_do() -> Any:
            assert self.is_reached.wait(timeout=30)
            return deed()

        return wait_and_do


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> Pause:
    """Stop the first verb after it has locked the booking and before it writes."""
    stop = Pause(writing.snapshot)
    for module in ("writing", "residents", "due"):
        monkeypatch.setattr(f"rooms.booking.{module}.snapshot", stop)
    return stop


@pytest.mark.parametrize("verb", [give_back, check_in])
def test_nobody_dies_of_it(verb: Callable[..., Booking], pause: Pause, hall: Room, resident: User) -> None:
    """The verb holds the booking and names who acts; the deletion holds the person and wants the booking."""
    booking = book(hall, resident)
    pause.is_reached.clear()
    at = EVENING if verb is check_in else AT
    outcomes = at_once(
        [
            lambda: verb(booking=booking, actor=resident, at=at),
            pause.then(lambda: delete_account(resident=resident, at=at)),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [Booking, int]
    booking.refresh_from_db()
    assert (booking.state, booking.name, booking.resident) == (BookingState.CANCELLED, "", None)
    assert not User.objects.filter(pk=resident.pk).exists()
    assert_everything_stands()


def test_a_booking_that_somebody_else_is_at_is_forgotten_all_the_same(pause: Pause, hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    pause.is_reached.clear()
    later = EVENING + 2 * HOUR
    outcomes = at_once([lambda: finish_due(at=later), pause.then(lambda: delete_account(resident=resident, at=later))])
    assert outcomes == [1, 0]
    booking.refresh_from_db()
    assert (booking.state, booking.name, booking.email) == (BookingState.USED, "", "")
