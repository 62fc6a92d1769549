"""Waiting for a time: what becomes free is offered to one person at a time, whoever has waited longest first."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Refused,
    SeriesChoice,
    Taken,
    book_room,
    book_series,
    cancel,
    change_booking,
    change_following,
    claim_offer,
    close_room,
    continue_watch,
    decline_offer,
    expire_due,
    give_back,
    give_back_part,
    hold,
    offer_due,
    reopen_room,
    start_watch,
    stop_watch,
)
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingMail, Equipment, FreedTime, Offer, Room, Watch
from rooms.tasks import send_due_mails
from rooms.watches import claim_deadline
from tests.cast import TUESDAY, helsinki, make_room, make_user, set_hours

pytestmark = pytest.mark.django_db

AT = TUESDAY
STARTS_AT = helsinki(2026, 12, 1, 17)  # the Tuesday after
ENDS_AT = helsinki(2026, 12, 1, 19)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DETAILS = BookingDetails(people=8, name="Kim", phone="040 123", language="en")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booker(db: None) -> User:
    return make_user("booker@example.com")


@pytest.fixture
def taken(hall: Room, booker: User) -> Booking:
    """The whole of next Tuesday evening, booked by somebody else."""
    return book(hall, booker)


@pytest.fixture
def watch(taken: Booking, resident: User, kalajarvi: Hub) -> Watch:
    return wait(resident, hub=kalajarvi)


def book(room: Room, resident: User, **changes: Any) -> Booking:
    wish = {
        "room": room,
        "resident": resident,
        "actor": resident,
        "starts_at": STARTS_AT,
        "ends_at": ENDS_AT,
        "details": DETAILS,
        "at": AT,
    }
    return book_room(**{**wish, **changes})


def wait(resident: User, **changes: Any) -> Watch:
    """Let somebody wait for two hours on a Tuesday evening, for eight people."""
    wish = {
        "resident": resident,
        "people": 8,
        "minutes": 120,
        "weekdays": "2",
        "from_time": time(17),
        "until_time": time(21),
        "last_day": date(2026, 12, 22),
        "language": "en",
        "at": AT,
    }
    return start_watch(**{**wish, **changes})


def free(booking: Booking, at: datetime = AT) -> None:
    give_back(booking=booking, actor=None, at=at)


def offer_to(resident: User) -> Offer:
    return Offer.objects.for_list().filter(watch__resident=resident).latest("pk")


def span_of(booking: Booking) -> tuple[Room, datetime, datetime]:
    return booking.room, booking.starts_at, booking.ends_at


# --- Offering ---------------------------------------------------------------------------------------


def test_what_becomes_free_is_held_for_who_watches(watch: Watch, taken: Booking, resident: User, hall: Room) -> None:
    free(taken)
    assert offer_due(at=AT) == 1
    booking = offer_to(resident).booking
    assert span_of(booking) == (hall, STARTS_AT, ENDS_AT)
    assert (booking.state, booking.resident, booking.people) == (BookingState.HELD, resident, None)
    assert booking.expires_at == AT + timedelta(hours=24)
    assert [event.kind for event in booking.events.all()] == [EventKind.OFFERED]


def test_what_was_free_when_the_watch_was_made_is_not_offered(hall: Room, resident: User) -> None:
    wait(resident)
    assert offer_due(at=AT) == 0


def test_nobody_waits_and_nothing_is_remembered(taken: Booking) -> None:
    free(taken)
    assert not FreedTime.objects.exists()


def test_who_has_waited_longest_is_asked_first(
    watch: Watch, taken: Booking, resident: User, another_resident: User
) -> None:
    wait(another_resident, at=AT - HOUR)
    free(taken)
    assert offer_due(at=AT) == 1
    assert [offer.watch.resident for offer in Offer.objects.all()] == [another_resident]


def test_one_offer_at_a_time_and_then_the_next(
    watch: Watch, taken: Booking, resident: User, another_resident: User
) -> None:
    wait(another_resident, at=AT + MINUTE)
    free(taken, AT + 2 * MINUTE)
    assert (offer_due(at=AT + 2 * MINUTE), offer_due(at=AT + 3 * MINUTE)) == (1, 0)
    first = offer_to(resident)
    late = first.booking.expires_at
    assert late is not None
    assert (expire_due(at=late), offer_due(at=late), offer_due(at=late)) == (1, 1, 0)
    assert offer_to(another_resident).booking.starts_at == STARTS_AT


def test_an_offer_that_nobody_has_written_off_yet_goes_on_all_the_same(
    watch: Watch, taken: Booking, another_resident: User
) -> None:
    wait(another_resident)
    free(taken)
    offer_due(at=AT)
    assert offer_due(at=AT + timedelta(hours=24)) == 1
    assert offer_to(another_resident).booking.state == BookingState.HELD


def test_no_thanks_goes_to_the_next_at_once(
    watch: Watch, taken: Booking, resident: User, another_resident: User
) -> None:
    wait(another_resident)
    free(taken)
    offer_due(at=AT)
    decline_offer(offer=offer_to(resident), at=AT)
    assert offer_due(at=AT) == 1
    assert offer_to(another_resident).booking.starts_at == STARTS_AT
    decline_offer(offer=offer_to(another_resident), at=AT)
    assert offer_due(at=AT) == 0  # nobody is offered the same time twice
    assert Watch.objects.active_at(AT).count() == 2


def test_the_next_is_asked_by_the_queue_without_waiting_for_tend(
    watch: Watch, taken: Booking, resident: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        free(taken)
    assert offer_to(resident).booking.state == BookingState.HELD


def test_who_books_first_has_the_time(watch: Watch, taken: Booking, hall: Room, another_resident: User) -> None:
    free(taken)
    book(hall, another_resident)
    assert offer_due(at=AT) == 0


def test_what_is_offered_is_taken_for_everybody_else(
    watch: Watch, taken: Booking, hall: Room, another_resident: User
) -> None:
    free(taken)
    offer_due(at=AT)
    with pytest.raises(Taken):
        book(hall, another_resident)


def test_somebody_with_two_watches_gets_one_offer(
    watch: Watch, taken: Booking, resident: User, booker: User, kalajarvi: Hub
) -> None:
    studio = make_room(kalajarvi, "studio", capacity=10)
    later = book(studio, booker, starts_at=STARTS_AT + timedelta(days=1), ends_at=ENDS_AT + timedelta(days=1))
    wait(resident, weekdays="3")
    free(taken)
    free(later)
    assert (offer_due(at=AT), offer_due(at=AT)) == (1, 0)
    decline_offer(offer=offer_to(resident), at=AT)
    assert offer_due(at=AT) == 1


def test_two_times_go_to_two_people(
    watch: Watch, taken: Booking, booker: User, another_resident: User, hall: Room
) -> None:
    wait(another_resident)
    next_week = timedelta(days=7)
    later = book(hall, booker, starts_at=STARTS_AT + next_week, ends_at=ENDS_AT + next_week)
    free(taken)
    free(later)
    assert offer_due(at=AT) == 2
    starts = {offer.watch.resident: offer.booking.starts_at for offer in Offer.objects.for_list()}
    assert starts == {watch.resident: STARTS_AT, another_resident: STARTS_AT + next_week}


def test_somebody_whose_account_is_closed_is_offered_nothing(watch: Watch, taken: Booking, resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(is_active=False)
    free(taken)
    assert offer_due(at=AT) == 0


FREEING: dict[str, Callable[[Booking, User], Any]] = {
    "given back": lambda booking, staff: give_back(booking=booking, actor=None, at=AT),
    "cancelled": lambda booking, staff: cancel(booking=booking, actor=staff, at=AT, reason="The floor is wet"),
    "moved": lambda booking, staff: change_booking(
        booking=booking,
        actor=staff,
        at=AT,
        starts_at=STARTS_AT + timedelta(days=1),
        ends_at=ENDS_AT + timedelta(days=1),
    ),
}


@pytest.mark.parametrize("deed", FREEING.values(), ids=FREEING)
def test_time_frees_in_many_ways(
    watch: Watch, taken: Booking, kalajarvi_editor: User, deed: Callable[[Booking, User], Any]
) -> None:
    deed(taken, kalajarvi_editor)
    assert offer_due(at=AT) == 1


def test_what_a_series_leaves_is_offered(hall: Room, booker: User, resident: User) -> None:
    span = {"room": hall, "starts_at": STARTS_AT, "ends_at": ENDS_AT}
    chosen = [SeriesChoice(series_start=STARTS_AT, **span)]
    series = book_series(choices=chosen, every_weeks=1, resident=booker, details=DETAILS, actor=booker, at=AT)
    wait(resident)
    later = {"starts_at": STARTS_AT + timedelta(days=1), "ends_at": ENDS_AT + timedelta(days=1)}
    change_following(booking=series.bookings.get(), actor=booker, at=AT, **later)
    assert offer_due(at=AT) == 1


def test_a_part_that_is_given_back_is_offered(taken: Booking, resident: User) -> None:
    wait(resident, minutes=60)
    give_back_part(booking=taken, actor=None, at=AT, ends_at=STARTS_AT + HOUR)
    assert offer_due(at=AT) == 1
    assert offer_to(resident).booking.starts_at == STARTS_AT + HOUR


def test_time_beside_what_was_free_makes_it_long_enough(hall: Room, booker: User, resident: User) -> None:
    late = book(hall, booker, starts_at=STARTS_AT + HOUR, ends_at=helsinki(2026, 12, 1, 20))
    wait(resident)
    free(late)
    assert offer_due(at=AT) == 1
    assert offer_to(resident).booking.starts_at == STARTS_AT


def test_a_time_that_was_only_held_is_offered_to_who_saw_it_taken(
    hall: Room, resident: User, another_resident: User
) -> None:
    wait(resident, at=AT - HOUR)
    held = hold(room=hall, starts_at=STARTS_AT, ends_at=ENDS_AT, language="sv", at=AT)
    wait(another_resident, at=AT + MINUTE)
    late = AT + timedelta(minutes=11)
    assert expire_due(at=late) == 1
    assert offer_due(at=late) == 1
    assert Offer.objects.get().watch.resident == another_resident
    assert held.pk != Offer.objects.get().booking_id


def test_opening_a_closed_room_frees_its_time(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    closure = close_room(
        room=hall, starts_at=STARTS_AT, ends_at=ENDS_AT, reason={"en": "Floor"}, actor=kalajarvi_editor, at=AT
    )
    wait(resident)
    assert offer_due(at=AT) == 0
    reopen_room(closure=closure)
    assert offer_due(at=AT) == 1


def test_the_day_that_can_be_booked_from_today_is_offered(kalajarvi: Hub, resident: User) -> None:
    make_room(kalajarvi, "hall", earliest_days=14)
    wait(resident, at=AT)
    assert offer_due(at=AT) == 0
    week_later = AT + timedelta(days=7)  # the Tuesday in two weeks opens at midnight
    assert offer_due(at=week_later - timedelta(days=1)) == 0
    assert offer_due(at=week_later) == 1
    assert offer_to(resident).booking.starts_at == helsinki(2026, 12, 15, 17)


def test_freeing_the_whole_frees_its_parts(kalajarvi: Hub, booker: User, resident: User) -> None:
    whole = make_room(kalajarvi, "whole", capacity=50)
    part = make_room(kalajarvi, "part", parent=whole, capacity=10)
    taken = book(whole, booker)
    wait(resident)
    free(taken)
    assert offer_due(at=AT) == 1
    assert offer_to(resident).booking.room == part  # enough for eight, and the rest stays for others


# --- What fits ----------------------------------------------------------------------------------------


def test_the_smallest_room_that_is_enough_is_offered(kalajarvi: Hub, resident: User) -> None:
    rooms = [make_room(kalajarvi, f"room-{size}", capacity=size) for size in (40, 6, 10)]
    few = BookingDetails(people=2, name="Kim")
    bookings = [book(room, make_user(f"booker{room.pk}@example.com"), details=few) for room in rooms]
    wait(resident)
    for booking in bookings:
        free(booking)
    offer_due(at=AT)
    assert offer_to(resident).booking.room == rooms[2]


MISSES: dict[str, dict[str, Any]] = {
    "another day": {"weekdays": "1"},
    "other hours": {"from_time": time(8), "until_time": time(12)},
    "too many people": {"people": 41},
    "too long": {"minutes": 300},
    "another kind": {"kind": "studio"},
    "ended before": {"last_day": date(2026, 11, 30)},
}


@pytest.mark.parametrize("wish", MISSES.values(), ids=MISSES)
def test_what_does_not_fit_is_not_offered(taken: Booking, resident: User, wish: dict[str, Any]) -> None:
    wait(resident, **wish)
    free(taken)
    assert offer_due(at=AT) == 0


def test_the_place_and_the_equipment_must_fit(taken: Booking, resident: User, hall: Room, iso_omena: Hub) -> None:
    piano, loop = (Equipment.objects.create(slug=slug, name=slug) for slug in ("piano", "loop"))
    hall.equipment.add(piano)
    for wish in ({"hub": iso_omena}, {"equipment": [loop]}, {"equipment": [piano, loop]}):
        wait(resident, **wish)
    free(taken)
    assert offer_due(at=AT) == 0
    wait(resident, equipment=[piano], at=AT - HOUR)
    assert offer_due(at=AT) == 1


def test_a_room_for_associations_is_offered_only_to_who_names_it(kalajarvi: Hub, booker: User, resident: User) -> None:
    room = make_room(kalajarvi, "club", who_may_book="associations")
    details = BookingDetails(people=8, name="Kim", booker_kind="association", organisation="Choir")
    taken = book(room, booker, details=details)
    wait(resident)
    free(taken)
    assert offer_due(at=AT) == 0
    wait(resident, room=room, at=AT - HOUR)
    assert offer_due(at=AT) == 1


def test_what_the_resident_may_not_book_goes_to_the_next(
    watch: Watch, taken: Booking, kalajarvi: Hub, resident: User, another_resident: User
) -> None:
    Hub.objects.filter(pk=kalajarvi.pk).update(booking_minutes_per_week=180)
    other = make_room(kalajarvi, "other")
    day = timedelta(days=1)
    book(other, resident, starts_at=STARTS_AT + day, ends_at=ENDS_AT + day)
    wait(another_resident)
    free(taken)
    assert offer_due(at=AT) == 1
    assert Offer.objects.get().watch.resident == another_resident


def test_who_has_another_room_then_is_not_offered_one(
    watch: Watch, taken: Booking, kalajarvi: Hub, resident: User
) -> None:
    book(make_room(kalajarvi, "other"), resident)
    free(taken)
    assert offer_due(at=AT) == 0


def test_midnight_ends_the_day(kalajarvi: Hub, booker: User, resident: User) -> None:
    late = make_room(kalajarvi, "late")
    kalajarvi.timetable.periods.all().delete()
    set_hours(kalajarvi.timetable, {"mon tue wed thu fri sat sun": ("8:00", "0:00")})
    span = {"starts_at": helsinki(2026, 12, 1, 22), "ends_at": helsinki(2026, 12, 2, 0)}
    taken = book(late, booker, **span)
    wait(resident, from_time=time(22), until_time=time(0))
    free(taken)
    assert offer_due(at=AT) == 1
    assert offer_to(resident).booking.ends_at == span["ends_at"]


# --- Until when --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "starts_at", "deadline"),
    [
        (helsinki(2026, 11, 24, 12), helsinki(2026, 12, 8, 17), helsinki(2026, 11, 25, 12)),
        (helsinki(2026, 11, 24, 12), helsinki(2026, 11, 24, 18), helsinki(2026, 11, 24, 13)),
        (helsinki(2026, 11, 24, 12), helsinki(2026, 11, 24, 13), helsinki(2026, 11, 24, 12, 30)),
        (helsinki(2026, 11, 24, 12), helsinki(2026, 11, 24, 12, 45), helsinki(2026, 11, 24, 12, 30)),
        (helsinki(2026, 11, 24, 12), helsinki(2026, 11, 24, 12, 44), None),
        (helsinki(2026, 11, 24, 12), helsinki(2026, 11, 24, 11), None),
        (helsinki(2026, 11, 24, 19), helsinki(2026, 11, 25, 19), helsinki(2026, 11, 25, 9)),
        (helsinki(2026, 11, 25, 2), helsinki(2026, 11, 25, 17), helsinki(2026, 11, 25, 9)),
        (helsinki(2026, 11, 24, 20, 30), helsinki(2026, 11, 25, 8), helsinki(2026, 11, 24, 22, 25)),
    ],
    ids=[
        "far away: a day",
        "a sixth of the time",
        "half an hour at least",
        "the last that is offered",
        "too near",
        "begun",
        "not at night",
        "found at night",
        "at night, for the start is near",
    ],
)
def test_the_deadline(at: datetime, starts_at: datetime, deadline: datetime | None) -> None:
    assert claim_deadline(starts_at, at) == deadline


def test_the_deadline_leaves_the_notice_that_the_room_asks_for() -> None:
    starts_at, day = helsinki(2026, 11, 25, 12), timedelta(days=1)
    assert claim_deadline(starts_at, starts_at - day - HOUR, notice=day) == starts_at - day
    assert claim_deadline(starts_at, starts_at - day, notice=day) is None


# --- Answering -----------------------------------------------------------------------------------------


def test_taking_it_makes_a_booking_and_ends_the_watch(watch: Watch, taken: Booking, resident: User) -> None:
    free(taken)
    offer_due(at=AT)
    offer = offer_to(resident)
    booking = claim_offer(offer=offer, details=DETAILS, at=AT + HOUR)
    again = claim_offer(offer=offer, details=DETAILS, at=AT + HOUR)
    assert (booking.pk, booking.state, booking.people) == (offer.booking_id, BookingState.CONFIRMED, 8)
    assert again.pk == booking.pk
    watch.refresh_from_db()
    assert watch.stopped_at == AT + HOUR
    assert [event.kind for event in booking.events.all()] == [EventKind.OFFERED, EventKind.CONFIRMED]


def test_after_the_deadline_it_can_be_taken_while_nobody_else_has(watch: Watch, taken: Booking, resident: User) -> None:
    free(taken)
    offer_due(at=AT)
    late = AT + timedelta(hours=25)
    assert claim_offer(offer=offer_to(resident), details=DETAILS, at=late).state == BookingState.CONFIRMED


def test_after_the_deadline_the_next_one_comes_first(
    watch: Watch, taken: Booking, resident: User, another_resident: User
) -> None:
    wait(another_resident)
    free(taken)
    offer_due(at=AT)
    mine, late = offer_to(resident), AT + timedelta(hours=24)
    offer_due(at=late)
    with pytest.raises(Taken):
        claim_offer(offer=mine, details=DETAILS, at=late)
    watch.refresh_from_db()
    assert watch.stopped_at is None


def test_what_was_declined_cannot_be_taken(watch: Watch, taken: Booking, resident: User) -> None:
    free(taken)
    offer_due(at=AT)
    offer = offer_to(resident)
    decline_offer(offer=offer, at=AT)
    with pytest.raises(Refused):
        claim_offer(offer=offer, details=DETAILS, at=AT)
    with pytest.raises(Refused):
        decline_offer(offer=offer, at=AT)


def test_what_is_taken_is_given_back_and_not_declined(watch: Watch, taken: Booking, resident: User) -> None:
    free(taken)
    offer_due(at=AT)
    claim_offer(offer=offer_to(resident), details=DETAILS, at=AT)
    with pytest.raises(Refused):
        decline_offer(offer=offer_to(resident), at=AT)


def test_a_refused_claim_leaves_the_offer_open(watch: Watch, taken: Booking, resident: User, hall: Room) -> None:
    Room.objects.filter(pk=hall.pk).update(is_purpose_required=True)
    free(taken)
    offer_due(at=AT)
    with pytest.raises(Refused):
        claim_offer(offer=offer_to(resident), details=DETAILS, at=AT)
    assert offer_to(resident).booking.state == BookingState.HELD
    watch.refresh_from_db()
    assert watch.stopped_at is None


def test_three_offers_unanswered_in_a_row_end_the_watch_with_a_mail(
    watch: Watch, taken: Booking, hall: Room, booker: User
) -> None:
    weeks = [timedelta(weeks=number) for number in range(1, 3)]
    bookings = [taken, *(book(hall, booker, starts_at=STARTS_AT + week, ends_at=ENDS_AT + week) for week in weeks)]
    at = AT
    for number, booking in enumerate(bookings, start=1):
        free(booking, at)
        assert offer_due(at=at) == 1
        mail.outbox.clear()
        at += timedelta(hours=24)
        assert expire_due(at=at) == 1
        watch.refresh_from_db()
        assert (watch.stopped_at is not None, len(mail.outbox)) == (number == 3, int(number == 3))
    assert mail.outbox[0].subject == "You no longer wait for a free time"
    assert "three times in a row" in mail.outbox[0].body
    continue_watch(watch=watch, at=at)
    assert Watch.objects.active_at(at).get().created_at == at


def test_one_answer_begins_the_count_anew(watch: Watch, taken: Booking, hall: Room, booker: User) -> None:
    weeks = [timedelta(weeks=number) for number in range(1, 4)]
    bookings = [taken, *(book(hall, booker, starts_at=STARTS_AT + week, ends_at=ENDS_AT + week) for week in weeks)]
    for number, booking in enumerate(bookings):
        at = AT + number * timedelta(hours=25)
        free(booking, at)
        assert offer_due(at=at) == 1
        if number == 1:
            decline_offer(offer=offer_to(watch.resident), at=at)
        expire_due(at=at + timedelta(hours=24))
    watch.refresh_from_db()
    assert watch.stopped_at is None


def test_stopping_lets_go_of_what_is_held(watch: Watch, taken: Booking, resident: User, another_resident: User) -> None:
    wait(another_resident)
    free(taken)
    offer_due(at=AT)
    stop_watch(watch=watch, at=AT)
    stop_watch(watch=watch, at=AT + HOUR)
    watch.refresh_from_db()
    assert watch.stopped_at == AT
    assert offer_due(at=AT) == 1
    assert offer_to(another_resident).booking.starts_at == STARTS_AT


def test_going_on_begins_at_the_end_of_the_queue(
    watch: Watch, taken: Booking, another_resident: User, resident: User
) -> None:
    wait(another_resident)
    stop_watch(watch=watch, at=AT)
    continue_watch(watch=watch, at=AT + HOUR)
    free(taken, AT + 2 * HOUR)
    offer_due(at=AT + 2 * HOUR)
    assert Offer.objects.get().watch.resident == another_resident


def test_one_can_wait_for_five_times_at_once(resident: User, another_resident: User) -> None:
    watches = [wait(resident) for _number in range(5)]
    with pytest.raises(Refused, match="5"):
        wait(resident)
    wait(another_resident)
    stop_watch(watch=watches[0], at=AT)
    wait(resident)
    with pytest.raises(Refused):
        continue_watch(watch=watches[0], at=AT)


def test_a_watch_for_one_room_asks_for_nothing_else(hall: Room, resident: User, iso_omena: Hub) -> None:
    piano = Equipment.objects.create(slug="piano", name="Piano")
    watch = wait(resident, room=hall, hub=iso_omena, kind="studio", equipment=[piano])
    assert (watch.room, watch.hub, watch.kind, watch.equipment.count()) == (hall, hall.hub, "", 0)


# --- Mails ------------------------------------------------------------------------------------------------


def test_the_offer_is_mailed_once_with_deadline_and_links(watch: Watch, taken: Booking, resident: User) -> None:
    free(taken)
    mail.outbox.clear()
    offer_due(at=AT)
    (message,) = mail.outbox
    assert (message.to, message.subject) == (
        ["resident@example.com"],
        "Free for you: Hall, Tuesday 1 December 2026",
    )
    assert "held for you until Wednesday 25 November 2026 12:00" in message.body
    assert "/links/claim/" in message.body
    assert "/links/stop-watch/" in message.body
    assert not [part for part in message.message().walk() if part.get_content_type() == "text/calendar"]


def test_a_mail_about_an_offer_that_is_gone_is_not_sent(watch: Watch, taken: Booking, clock: Any) -> None:
    free(taken)
    offer_due(at=AT)
    BookingMail.objects.update(sent_at=None, claimed_at=None, tried_at=None)
    mail.outbox.clear()
    Booking.objects.exclude(offer=None).update(expires_at=AT + HOUR)
    clock.move_to(AT + 2 * HOUR)
    send_due_mails(at=AT + 2 * HOUR)
    assert not [message for message in mail.outbox if "Free for you" in message.subject]


# --- Tending ------------------------------------------------------------------------------------------------


def test_tend_offers(watch: Watch, taken: Booking, resident: User) -> None:
    free(taken)
    call_command("tend")
    call_command("tend")
    assert Offer.objects.count() == 1


def test_the_sweep_asks_as_much_of_many_as_of_few(watch: Watch, taken: Booking, booker: User, kalajarvi: Hub) -> None:
    free(taken)
    wait(booker, people=100)
    Watch.objects.filter(pk=watch.pk).update(people=100)
    with CaptureQueriesContext(connection) as few:
        assert offer_due(at=AT) == 0
    for number in range(10):
        room = make_room(kalajarvi, f"room-{number}", capacity=20)
        person = make_user(f"person{number}@example.com")
        wait(person, people=100)
        free(book(room, person))
    with CaptureQueriesContext(connection) as many:
        assert offer_due(at=AT) == 0
    assert len(many) == len(few)
    assert len(few) <= 15


def test_nobody_waiting_costs_two_queries(taken: Booking, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        offer_due(at=AT)


def test_what_has_passed_is_forgotten(watch: Watch, taken: Booking) -> None:
    free(taken)
    assert FreedTime.objects.count() == 1
    stop_watch(watch=watch, at=AT)
    wait(watch.resident, weekdays="5")
    offer_due(at=ENDS_AT + timedelta(days=1))
    assert not FreedTime.objects.exists()


def test_what_nobody_waits_for_any_more_is_forgotten_a_day_later(watch: Watch, taken: Booking) -> None:
    free(taken)
    stop_watch(watch=watch, at=AT)
    offer_due(at=AT + HOUR)
    assert FreedTime.objects.exists()
    offer_due(at=AT + timedelta(days=1))
    assert not FreedTime.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"weekdays": ""}, {"people": 0}, {"until_time": time(16)}, {"last_day": date(2026, 11, 23)}],
    ids=["no day", "nobody", "ends before it begins", "over before it begins"],
)
def test_the_database_refuses_what_cannot_be(resident: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        wait(resident, **wrong)
