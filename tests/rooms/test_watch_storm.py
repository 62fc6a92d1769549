"""Many at once at what has become free: nobody has it twice, and nobody is offered two times at once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    Refused,
    Taken,
    claim_offer,
    decline_offer,
    expire_due,
    offer_due,
    stop_watch,
)
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingEvent, BookingMail, Offer, Room, Watch
from rooms.tasks import send_due_mails
from tests.cast import TUESDAY, make_room, make_user
from tests.rooms.test_storm import at_once, booking_of
from tests.rooms.test_watch import DETAILS, ENDS_AT, STARTS_AT, book, free, wait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_stands", "queued")]

AT = TUESDAY
A_DAY = timedelta(days=1)
MANY = 50
ROUNDS = 4  # Tuesdays until the last day that is waited for


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hall(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "hall", grid_minutes=30)


def people(number: int, word: str = "person") -> list[User]:
    return [make_user(f"{word}{each}@example.com") for each in range(number)]


def freed_evenings(hall: Room, number: int) -> None:
    """Let some Tuesday evenings become free that were taken while everybody began to wait."""
    booker = make_user("booker@example.com")
    weeks = [timedelta(weeks=each) for each in range(number)]
    bookings = [book(hall, booker, starts_at=STARTS_AT + week, ends_at=ENDS_AT + week) for week in weeks]
    for person in people(4, "waiting"):
        wait(person)
    for booking in bookings:
        free(booking)


def strange(outcomes: list[Any], *fine: type) -> list[Any]:
    return [outcome for outcome in outcomes if not isinstance(outcome, fine)]


def assert_one_offer_each() -> None:
    """Nobody has two open offers, no time is held twice, and every offer has one event and owes one mail."""
    open_offers = list(Offer.objects.open_at(AT).for_list())
    residents = [offer.watch.resident_id for offer in open_offers]
    assert len(residents) == len(set(residents))
    offered = Offer.objects.values_list("booking", flat=True)
    events = BookingEvent.objects.filter(kind=EventKind.OFFERED)
    assert sorted(events.values_list("booking", flat=True)) == sorted(offered)
    assert BookingMail.objects.filter(event__in=events).count() == events.count()


def test_two_machines_never_offer_the_same_time_or_two_times_to_one_person(hall: Room) -> None:
    freed_evenings(hall, 3)
    made = at_once([lambda: offer_due(at=AT)] * 4)
    assert strange(made, int) == []
    assert sum(made) == 3
    assert_one_offer_each()
    assert offer_due(at=AT) == 0


def test_somebody_with_two_watches_gets_one_offer_from_many_machines(hall: Room, resident: User) -> None:
    taken = book(hall, make_user("booker@example.com"))
    later = book(hall, make_user("other@example.com"), starts_at=STARTS_AT + A_DAY, ends_at=ENDS_AT + A_DAY)
    wait(resident)
    wait(resident, weekdays="3")
    free(taken)
    free(later)
    made = at_once([lambda: offer_due(at=AT)] * 4)
    assert strange(made, int) == []
    assert (sum(made), Offer.objects.count()) == (1, 1)


def test_fifty_book_what_is_being_offered(hall: Room) -> None:
    """Exactly one has the time, by booking or by offer; every loser is told so."""
    crowd = people(MANY)
    taken = book(hall, make_user("booker@example.com"))
    waiting = wait(make_user("waiting@example.com"))
    free(taken)
    deeds: list[Callable[[], Any]] = [booking_of(hall, person, STARTS_AT) for person in crowd]
    for number in (10, 30):
        deeds.insert(number, lambda: offer_due(at=AT))
    outcomes = at_once(deeds)
    assert strange(outcomes, Booking, Taken, int) == []
    booked = [outcome for outcome in outcomes if isinstance(outcome, Booking)]
    held = list(Offer.objects.open_at(AT).filter(watch=waiting, booking__starts_at=STARTS_AT))
    assert len(booked) + len(held) == 1
    assert Booking.objects.live_at(AT).filter(starts_at__lt=STARTS_AT + timedelta(hours=1)).count() == 1
    assert_one_offer_each()


def test_declining_while_it_is_offered_on(hall: Room) -> None:
    for number in range(ROUNDS):
        Offer.objects.all().delete()
        Watch.objects.all().delete()
        week = timedelta(weeks=number)
        taken = book(hall, make_user(f"booker{number}@example.com"), starts_at=STARTS_AT + week, ends_at=ENDS_AT + week)
        first, second = (wait(person) for person in people(2, f"round{number}-"))
        free(taken)
        assert offer_due(at=AT) == 1
        mine = Offer.objects.for_list().get(watch=first)
        outcomes = at_once([lambda mine=mine: decline_offer(offer=mine, at=AT), *[lambda: offer_due(at=AT)] * 3])
        assert strange(outcomes, Booking, int) == []
        offer_due(at=AT)
        assert [offer.watch for offer in Offer.objects.open_at(AT).for_list()] == [second]


def test_the_deadline_passes_while_it_is_taken_and_offered_on(hall: Room) -> None:
    """At the very deadline the first and the next may both reach for it: one gets it, the other is told."""
    taken = book(hall, make_user("booker@example.com"))
    first, second = (wait(person) for person in people(2))
    free(taken)
    offer_due(at=AT)
    mine, late = Offer.objects.for_list().get(watch=first), AT + A_DAY
    outcomes = at_once(
        [
            lambda: claim_offer(offer=mine, details=DETAILS, at=late),
            lambda: offer_due(at=late),
            lambda: expire_due(at=late),
            lambda: offer_due(at=late),
        ]
    )
    assert strange(outcomes, Booking, Refused, int) == []
    is_mine = isinstance(outcomes[0], Booking)
    theirs = Offer.objects.open_at(late).filter(watch=second, booking__starts_at=STARTS_AT).exists()
    assert is_mine != theirs
    first.refresh_from_db()
    assert (first.stopped_at is not None) == is_mine


def test_taking_and_declining_at_once(hall: Room) -> None:
    taken = book(hall, make_user("booker@example.com"))
    watch = wait(make_user("waiting@example.com"))
    free(taken)
    offer_due(at=AT)
    mine = Offer.objects.for_list().get()
    deeds: list[Callable[[], Any]] = [
        lambda: claim_offer(offer=mine, details=DETAILS, at=AT),
        lambda: decline_offer(offer=mine, at=AT),
        lambda: claim_offer(offer=mine, details=DETAILS, at=AT),
        lambda: stop_watch(watch=watch, at=AT),
    ]
    outcomes = at_once(deeds)
    assert strange(outcomes, Booking, Refused, Watch) == []
    assert Booking.objects.live_at(AT).count() <= 1


def test_every_mail_goes_out_once(hall: Room, clock: Any) -> None:
    freed_evenings(hall, 3)
    at_once([lambda: offer_due(at=AT)] * 3)
    BookingMail.objects.exclude(event__kind=EventKind.OFFERED).update(sent_at=AT)
    mail.outbox.clear()
    later = AT + timedelta(minutes=11)
    clock.move_to(later)
    at_once([lambda: send_due_mails(at=later)] * 3)
    assert len(mail.outbox) == 3
    assert len({message.to[0] for message in mail.outbox}) == 3
    assert Booking.objects.filter(state=BookingState.HELD).count() == 3
