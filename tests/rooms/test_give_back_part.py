"""Giving back a part of a booking: the rule, what is written, the mail, and many at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from icalendar import Calendar

from accounts.models import User
from rooms.booking import BookingDetails, Refused, book_room, change_booking, give_back_part, hold
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, Room
from tests.cast import TUESDAY, helsinki, make_room
from tests.rooms.test_storm import at_once

pytestmark = pytest.mark.django_db

AT = TUESDAY
FIVE, SIX, SEVEN = (helsinki(2026, 11, 25, hour) for hour in (17, 18, 19))
HALF_HOUR = timedelta(minutes=30)


def book(room: Room, resident: User, **changes: Any) -> Booking:
    wish = {
        "room": room,
        "resident": resident,
        "actor": resident,
        "starts_at": FIVE,
        "ends_at": SEVEN,
        "details": BookingDetails(people=10, name="Kim", language="en"),
        "at": AT,
    }
    return book_room(**{**wish, **changes})


@pytest.fixture
def booking(hall: Room, resident: User) -> Booking:
    return book(hall, resident)


def busy(room: Room) -> list[tuple[datetime, datetime]]:
    return list(room.busy_periods.values_list("starts_at", "ends_at"))


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        pytest.param({"ends_at": SIX}, (FIVE, SIX), id="its end"),
        pytest.param({"starts_at": SIX}, (SIX, SEVEN), id="its beginning"),
        pytest.param({"starts_at": FIVE + HALF_HOUR, "ends_at": SIX}, (FIVE + HALF_HOUR, SIX), id="both"),
    ],
)
def test_what_is_given_back_is_free_for_others_at_once(
    keep: dict[str, datetime], left: tuple[datetime, datetime], booking: Booking, another_resident: User
) -> None:
    shorter = give_back_part(booking=booking, actor=booking.resident, at=AT, **keep)
    assert (shorter.starts_at, shorter.ends_at, shorter.state) == (*left, BookingState.CONFIRMED)
    assert busy(booking.room) == [left]
    if left[1] < SEVEN:
        book(booking.room, another_resident, starts_at=left[1], ends_at=SEVEN)


def test_it_is_an_event_of_its_own_with_old_and_new(booking: Booking) -> None:
    give_back_part(booking=booking, actor=booking.resident, at=AT, ends_at=SIX)
    event = booking.events.last()
    assert event is not None
    assert (event.kind, event.actor, event.at) == (EventKind.SHORTENED, booking.resident, AT)
    assert [datetime.fromisoformat(moment["ends_at"]) for moment in (event.old, event.new)] == [SEVEN, SIX]


def test_the_gap_moves_along(hall: Room, resident: User) -> None:
    Room.objects.update(gap_minutes=30)
    hall.refresh_from_db()
    give_back_part(booking=book(hall, resident), actor=resident, at=AT, ends_at=SIX)
    assert busy(hall) == [(FIVE, SIX + HALF_HOUR)]


def test_the_parts_of_a_hall_are_freed_too(hall: Room, resident: User) -> None:
    half = make_room(hall.hub, "half", parent=hall)
    give_back_part(booking=book(hall, resident), actor=resident, at=AT, ends_at=SIX)
    assert (busy(hall), busy(half)) == ([(FIVE, SIX)], [(FIVE, SIX)])


def test_the_price_is_the_share_of_what_was_agreed(hall: Room, resident: User) -> None:
    Room.objects.update(price_cents=1250)
    hall.refresh_from_db()
    booking = book(hall, resident)
    Room.objects.update(price_cents=9900)
    booking = give_back_part(booking=booking, actor=resident, at=AT, ends_at=SIX)
    assert booking.price_cents == 1250


def test_what_is_kept_may_be_shorter_than_the_shortest_booking(hall: Room, resident: User) -> None:
    Room.objects.update(shortest_minutes=120)
    hall.refresh_from_db()
    booking = give_back_part(booking=book(hall, resident), actor=resident, at=AT, ends_at=FIVE + HALF_HOUR)
    assert booking.duration == HALF_HOUR


def test_an_approved_booking_stays_approved_and_a_request_a_request(hall: Room, resident: User) -> None:
    Room.objects.update(needs_approval=True)
    hall.refresh_from_db()
    request = book(hall, resident)
    deadline = request.expires_at
    assert give_back_part(booking=request, actor=resident, at=AT, ends_at=SIX).state == BookingState.REQUESTED
    request.refresh_from_db()
    assert request.expires_at == deadline
    Booking.objects.update(state=BookingState.CONFIRMED, expires_at=None)
    kept = give_back_part(booking=request, actor=resident, at=AT, ends_at=FIVE + HALF_HOUR)
    assert kept.state == BookingState.CONFIRMED


def test_while_it_runs_the_rest_is_given_back_from_the_next_step_of_the_grid(booking: Booking) -> None:
    running = FIVE + timedelta(minutes=40)
    kept = give_back_part(booking=booking, actor=booking.resident, at=running, ends_at=SIX)
    assert (kept.ends_at, kept.state_at(running)) == (SIX, BookingState.CONFIRMED)


@pytest.mark.parametrize(
    ("keep", "at", "code", "field"),
    [
        pytest.param({}, AT, "not_a_part", "ends_at", id="all of it"),
        pytest.param({"ends_at": SEVEN + HALF_HOUR}, AT, "not_a_part", "ends_at", id="longer"),
        pytest.param({"starts_at": FIVE - HALF_HOUR}, AT, "not_a_part", "starts_at", id="earlier"),
        pytest.param({"ends_at": FIVE}, AT, "nothing_left", "ends_at", id="nothing left"),
        pytest.param({"ends_at": SIX + timedelta(minutes=10)}, AT, "off_grid", "ends_at", id="end beside the grid"),
        pytest.param({"starts_at": FIVE + timedelta(minutes=10)}, AT, "off_grid", "starts_at", id="start beside it"),
        pytest.param({"ends_at": FIVE + HALF_HOUR}, SIX, "past", "ends_at", id="an end that has passed"),
        pytest.param({"starts_at": SIX}, FIVE + HALF_HOUR, "past", "starts_at", id="its beginning while it runs"),
        pytest.param({"ends_at": SIX}, SEVEN, "over", "", id="over"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    keep: dict[str, datetime], at: datetime, code: str, field: str, booking: Booking
) -> None:
    with pytest.raises(Refused) as refusal:
        give_back_part(booking=booking, actor=booking.resident, at=at, **keep)
    assert [(reason.code, reason.field) for reason in refusal.value.reasons] == [(code, field)]
    assert busy(booking.room) == [(FIVE, SEVEN)]
    assert booking.events.count() == 1


def test_a_time_that_is_only_held_is_not_given_back_in_part(hall: Room) -> None:
    held = hold(room=hall, starts_at=FIVE, ends_at=SEVEN, language="sv", at=AT)
    with pytest.raises(Refused) as refusal:
        give_back_part(booking=held, actor=None, at=AT, ends_at=SIX)
    assert [reason.code for reason in refusal.value.reasons] == ["only_held"]


def test_the_mail_tells_both_times_and_moves_the_event_in_the_calendar(booking: Booking) -> None:
    mail.outbox.clear()
    give_back_part(booking=booking, actor=booking.resident, at=AT, ends_at=SIX)
    (message,) = mail.outbox
    assert message.subject == "Part given back: Hall, Wednesday 25 November 2026"
    assert "You now have Hall at Kalajärvi Service Centre on Wednesday 25 November 2026 17:00–18:00." in message.body
    assert "The earlier time was Wednesday 25 November 2026 17:00–19:00." in message.body
    (part,) = [part for part in message.message().walk() if part.get_content_type() == "text/calendar"]
    (event,) = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert (part.get_param("method"), event["dtend"].dt, event["sequence"]) == ("REQUEST", SIX, 1)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_leave_a_time_taken_twice(hall: Room, resident: User, another_resident: User) -> None:
    """One gives back the end while the other takes it, and the same booking is moved in a third window."""
    for week in range(5):
        start, middle, end = (moment + timedelta(weeks=week) for moment in (FIVE, SIX, SEVEN))
        mine = book(hall, resident, starts_at=start, ends_at=end)
        outcomes = at_once(
            [
                lambda mine=mine, middle=middle: give_back_part(booking=mine, actor=resident, at=AT, ends_at=middle),
                lambda mine=mine, middle=middle: give_back_part(booking=mine, actor=resident, at=AT, starts_at=middle),
                lambda middle=middle, end=end: book(hall, another_resident, starts_at=middle, ends_at=end),
                lambda mine=mine, end=end: change_booking(
                    booking=mine, actor=resident, at=AT, starts_at=end, ends_at=end + HALF_HOUR * 2
                ),
            ]
        )
        assert [one for one in outcomes if not isinstance(one, Booking | Refused)] == []
        mine.refresh_from_db()
        assert mine.busy_periods.values_list("starts_at", "ends_at").get() == (mine.starts_at, mine.ends_at)
