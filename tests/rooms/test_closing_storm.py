"""Closing rooms while fifty residents book, change and give back in them: nobody stays in a closed room.

Anything but success or a clean refusal, such as a deadlock or “database is locked”, fails the test.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Count

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Cancel,
    Closing,
    Move,
    PlanRefused,
    Refused,
    book_room,
    change_booking,
    close_rooms,
    give_back,
    hold,
    plan_closure,
)
from rooms.booking.closing import Decision
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Room
from tests.cast import TUESDAY, helsinki, make_room, make_user
from tests.rooms.test_storm import Outcome, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_stands", "queued")]

CLIENTS = 50
ROUNDS = 2
MOST_TRIES = 20
AT = TUESDAY
HOUR = timedelta(hours=1)


@pytest.fixture
def crowd() -> list[User]:
    return [make_user(f"resident{number}@example.com") for number in range(CLIENTS)]


@pytest.fixture
def rooms(kalajarvi: Hub) -> list[Room]:
    """A hall that is divided, and a studio: they close."""
    hall = make_room(kalajarvi, "hall", grid_minutes=15)
    halves = [make_room(kalajarvi, f"half-{name}", parent=hall, grid_minutes=15) for name in "ab"]
    return [hall, *halves, make_room(kalajarvi, "studio", grid_minutes=15)]


@pytest.fixture
def others(kalajarvi: Hub) -> list[Room]:
    return [make_room(kalajarvi, f"other-{number}", grid_minutes=15) for number in range(3)]


def book(room: Room, resident: User, day: int, quarter: int) -> Booking:
    starts_at = helsinki(2026, 11, 25, 8) + timedelta(days=day) + quarter * HOUR / 4
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        details=BookingDetails(people=4, name="Kim", email=resident.email),
        at=AT,
    )


def close_all(rooms: list[Room], actor: User, day: int) -> Closing:
    """Do as the staff do: look at the plan, decide, press; where something has come in between, again."""
    starts_at = helsinki(2026, 11, 25) + timedelta(days=day)
    span = {"starts_at": starts_at, "ends_at": starts_at + 24 * HOUR}
    for _try in range(MOST_TRIES):
        decisions: dict[int, Decision] = {}
        for hit in plan_closure(rooms, *span.values(), at=AT):
            seen, best = hit.booking.sequence, hit.best
            decisions[hit.booking.pk] = (
                Cancel(seen=seen)
                if best is None
                else Move(room=best.room, starts_at=best.starts_at, ends_at=best.ends_at, seen=seen)
            )
        try:
            return close_rooms(rooms=rooms, reason={"sv": "x"}, decisions=decisions, actor=actor, at=AT, **span)
        except PlanRefused:
            continue
    raise AssertionError("The rooms could not be closed.")


def strange(outcomes: list[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if not isinstance(one, Booking | Closing | Refused)]  # type: ignore[unreachable]


def assert_nobody_is_in_a_closed_room(rooms: list[Room], day: int) -> None:
    starts_at = helsinki(2026, 11, 25) + timedelta(days=day)
    assert plan_closure(rooms, starts_at, starts_at + 24 * HOUR, at=AT) == []
    met = BusyPeriod.objects.overlapping(starts_at, starts_at + 24 * HOUR).filter(room__in=rooms)
    assert set(met.values_list("booking", flat=True)) == {None}


def assert_everybody_is_told_once_of_each_event() -> None:
    told = BookingMail.objects.values("event").annotate(number=Count("pk"))
    assert {row["number"] for row in told} <= {1}
    ended = BookingEvent.objects.filter(kind__in=[EventKind.CHANGED, EventKind.CANCELLED])
    owed = ended.exclude(old__state=BookingState.HELD)
    assert set(owed.values_list("pk", flat=True)) <= set(BookingMail.objects.values_list("event", flat=True))
    cancelled = Booking.objects.filter(state=BookingState.CANCELLED, people__isnull=False)
    assert BookingEvent.objects.filter(booking__in=cancelled, kind=EventKind.CANCELLED).count() <= cancelled.count()


def test_fifty_book_while_the_rooms_close(
    rooms: list[Room], others: list[Room], crowd: list[User], kalajarvi_editor: User
) -> None:
    for day in range(0, 2 * ROUNDS, 2):
        deeds: list[Callable[[], Outcome]] = [
            partial(book, rooms[number % 4], resident, day, number % 40) for number, resident in enumerate(crowd[1:])
        ]
        outcomes = at_once([partial(close_all, rooms, kalajarvi_editor, day), *deeds])  # type: ignore[list-item]
        assert isinstance(outcomes[0], Closing), outcomes[0]
        assert strange(outcomes) == []
        assert_nobody_is_in_a_closed_room(rooms, day)
        booked = {one.pk for one in outcomes if isinstance(one, Booking)}
        done = outcomes[0]
        assert {booking.pk for booking in (*done.moved, *done.cancelled)} == booked
    assert_everybody_is_told_once_of_each_event()


def test_fifty_change_give_back_and_hold_while_the_rooms_close(
    rooms: list[Room], others: list[Room], crowd: list[User], kalajarvi_editor: User
) -> None:
    for day in range(0, 2 * ROUNDS, 2):
        bookings = [
            book(rooms[1 + number % 3], resident, day, (number // 3) * 4) for number, resident in enumerate(crowd[:30])
        ]

        def deed(number: int, booking: Booking, *, day: int = day) -> Outcome:
            resident, at = booking.resident, {"at": AT}
            assert resident is not None
            if number % 3 == 0:
                return give_back(booking=booking, actor=resident, **at)
            if number % 3 == 1:
                return change_booking(booking=booking, actor=resident, room=others[number % 2], **at)
            later = booking.starts_at + timedelta(days=1)
            return change_booking(booking=booking, actor=resident, starts_at=later, ends_at=later + HOUR, **at)

        def hold_some(number: int, *, day: int = day) -> Outcome:
            starts_at = helsinki(2026, 11, 25, 8) + timedelta(days=day) + number * HOUR / 2
            return hold(room=rooms[0], starts_at=starts_at, ends_at=starts_at + HOUR / 2, language="sv", at=AT)

        outcomes = at_once(
            [
                partial(close_all, rooms, kalajarvi_editor, day),  # type: ignore[list-item]
                *(partial(deed, number, booking) for number, booking in enumerate(bookings)),
                *(partial(hold_some, number) for number in range(CLIENTS - 1 - len(bookings))),
            ]
        )
        assert isinstance(outcomes[0], Closing), outcomes[0]
        assert strange(outcomes) == []
        assert_nobody_is_in_a_closed_room(rooms, day)
        Booking.objects.filter(resident__in=crowd).update(resident=None)  # no limits in the next round
    assert_everybody_is_told_once_of_each_event()


def test_rooms_that_several_close_at_once_are_closed_once(
    rooms: list[Room], others: list[Room], crowd: list[User], kalajarvi_editor: User
) -> None:
    hall, _half, _other_half, studio = rooms
    for number, resident in enumerate(crowd[:8]):
        book(rooms[1 + number % 3], resident, 0, number * 4)
    choices = [[hall, studio], [studio, hall], [*others, studio], [studio, *others]] * 2
    outcomes = at_once([partial(close_all, each, kalajarvi_editor, 0) for each in choices])  # type: ignore[misc]
    assert strange(outcomes) == []
    assert_nobody_is_in_a_closed_room([*rooms, *others], 0)
    assert Closure.objects.count() == len([hall, studio, *others])
    assert_everybody_is_told_once_of_each_event()
