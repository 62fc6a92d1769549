"""Coming, going and being late at the same moment: one thing happens, and it happens once."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Refused,
    approve,
    book_room,
    check_in,
    decline,
    finish_due,
    give_back,
    release_due,
    remind_due,
)
from rooms.enums import BookingState, EventKind, MailTo
from rooms.management.commands.tend import PARTS
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Room
from tests.cast import TUESDAY, helsinki, make_room
from tests.rooms.test_storm import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_stands", "queued")]

ROUNDS = 6
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
FIRST = helsinki(2026, 12, 2, 17)


@pytest.fixture
def room(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "quick", release_minutes=15, grid_minutes=15)


def book(room: Room, resident: User, day: int = 0) -> Booking:
    starts_at = FIRST + timedelta(days=day)
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        details=BookingDetails(people=3, name="Kim"),
        at=TUESDAY,
    )


def only_refusals(outcomes: list[object]) -> bool:
    return all(isinstance(outcome, Refused) for outcome in outcomes if isinstance(outcome, Exception))


def events(booking: Booking) -> list[str]:
    return list(booking.events.exclude(kind=EventKind.CONFIRMED).values_list("kind", flat=True))


def test_who_checks_in_at_the_last_moment_either_has_the_room_or_has_lost_it(
    room: Room, resident: User, another_resident: User
) -> None:
    """One clock says in time, the next says too late: check-in, release, give-back and the next booker at once."""
    for day in range(ROUNDS):
        booking = book(room, resident, day)
        late = booking.starts_at + QUARTER
        in_time = late - timedelta(microseconds=1)
        next_booker = partial(
            book_room,
            room=room,
            resident=another_resident,
            actor=another_resident,
            starts_at=late,
            ends_at=late + HOUR / 2,
            details=BookingDetails(people=1, name="Sam"),
            at=late,
        )
        outcomes = at_once(
            [
                partial(check_in, booking=booking, actor=resident, at=in_time),
                partial(release_due, at=late),
                partial(give_back, booking=booking, actor=resident, at=in_time),
                next_booker,
            ]
        )
        assert only_refusals(outcomes)
        booking.refresh_from_db()
        taken = Booking.objects.filter(resident=another_resident, starts_at=late).exists()
        if booking.state == BookingState.CONFIRMED:
            assert booking.checked_in_at is not None
            assert not taken
            assert events(booking) == [EventKind.CHECKED_IN]
        else:
            assert taken or not isinstance(outcomes[3], Booking)
            assert events(booking)[-1] in (EventKind.RELEASED, EventKind.GIVEN_BACK)
            assert len(events(booking)) <= 2
            assert not booking.busy_periods.exists()
        assert (
            BusyPeriod.objects.filter(room=room, starts_at__lt=late + HOUR, ends_at__gt=booking.starts_at).count() <= 1
        )


def test_tend_in_parallel_does_each_thing_once(room: Room, hall: Room, resident: User, another_resident: User) -> None:
    for day in range(ROUNDS):
        book(room, resident, day)
        book(hall, another_resident, day)
    reminded = at_once([partial(remind_due, at=FIRST - HOUR, hours=48) for _ in range(4)])
    assert sum(reminded) == BookingEvent.objects.filter(kind=EventKind.REMINDED).count() == 4  # two days, two rooms
    later = FIRST + timedelta(days=ROUNDS)
    outcomes = at_once([partial(part, at=later) for part in (release_due, finish_due) for _ in range(3)])
    assert (sum(outcomes[:3]), sum(outcomes[3:])) == (ROUNDS, ROUNDS)
    for kind in (EventKind.RELEASED, EventKind.USED):
        assert BookingEvent.objects.filter(kind=kind).count() == ROUNDS
    for kind, number in ((EventKind.RELEASED, ROUNDS), (EventKind.REMINDED, 4), (EventKind.USED, 0)):
        assert BookingMail.objects.filter(event__kind=kind).count() == number


def test_all_of_tend_runs_beside_itself(room: Room, resident: User) -> None:
    for day in range(ROUNDS):
        book(room, resident, day)
    later = FIRST + timedelta(days=ROUNDS)
    outcomes = at_once([partial(part, at=later) for part in PARTS.values() for _ in range(2)])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert set(Booking.objects.values_list("state", flat=True)) == {BookingState.RELEASED}


def test_two_editors_answer_at_once_and_one_answer_stands(
    kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    asking = make_room(kalajarvi, "asking", needs_approval=True)
    for day in range(ROUNDS):
        booking = book(asking, resident, day)
        answer = {"booking": booking, "actor": kalajarvi_editor, "at": TUESDAY, "sequence": booking.sequence}
        outcomes = at_once([partial(approve, **answer), partial(decline, reason="Full", **answer)] * 2)
        assert sum(isinstance(outcome, Booking) for outcome in outcomes) == 1
        assert only_refusals(outcomes)
    assert BookingMail.objects.filter(to=MailTo.EDITOR).count() == ROUNDS
