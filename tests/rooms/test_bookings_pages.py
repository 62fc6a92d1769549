"""My bookings, one booking, giving back, and the calendar file."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from rooms.booking import BookingDetails, approve, book_room, cancel, decline, hold
from rooms.enums import BookingState
from rooms.models import Booking, Room
from tests.cast import TUESDAY, helsinki, make_room
from tests.pages.client import Fetch

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

STARTS_AT, ENDS_AT = helsinki(2026, 11, 25, 14), helsinki(2026, 11, 25, 16)
A_WEEK = timedelta(weeks=1)
MINE = "/en/bookings/"
QUERIES_MINE = 7
QUERIES_ONE = 5


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booking(hall: Room, resident: User) -> Booking:
    return book(hall, resident)


def book(room: Room, resident: User, weeks: int = 0) -> Booking:
    return book_room(
        room=room,
        starts_at=STARTS_AT + weeks * A_WEEK,
        ends_at=ENDS_AT + weeks * A_WEEK,
        resident=resident,
        actor=resident,
        details=BookingDetails(people=12, name="Kim", language="en", purpose="Yoga"),
        at=TUESDAY,
    )


def url(booking: Booking, page: str = "") -> str:
    return f"/en/bookings/{booking.reference}/{page}"


# --- My bookings ------------------------------------------------------------------------------


def test_without_bookings_it_leads_to_the_search(page: Fetch, as_resident: Client) -> None:
    mine = page(MINE, as_=as_resident)

    assert "You have no upcoming bookings." in mine.main
    assert mine.links["Find a free room"] == "/en/rooms/"


def test_it_tells_coming_from_past(page: Fetch, as_resident: Client, booking: Booking, hall: Room, clock: Any) -> None:
    book(hall, booking.resident, weeks=1)
    clock.shift(timedelta(days=2))

    mine = page(MINE, as_=as_resident)

    assert mine.texts("h2") == ["Upcoming bookings", "You wait for", "Past and cancelled bookings"]
    assert mine.texts("h3") == [
        "Wednesday 2 December, 14:00\u2060–\u206016:00",
        "Wednesday 25 November, 14:00\u2060–\u206016:00",
    ]
    assert mine.texts("span", "tag") == ["Confirmed", "Over"]


def test_a_request_says_until_when_it_is_answered(
    page: Fetch, as_resident: Client, hall: Room, resident: User, clock: Any
) -> None:
    hall.needs_approval = True
    hall.save()
    booking = book(hall, resident, weeks=2)

    assert "at the latest Friday 27 November at 12:00." in page(MINE, as_=as_resident).main

    clock.move_to(booking.expires_at)
    assert page(MINE, as_=as_resident).texts("span", "tag") == ["Expired"]


def test_a_held_time_can_be_continued_and_is_forgotten_when_it_lapses(
    page: Fetch, as_resident: Client, hall: Room, resident: User, clock: Any
) -> None:
    hold(room=hall, starts_at=STARTS_AT, ends_at=ENDS_AT, resident=resident, language="en", at=TUESDAY)

    mine = page(MINE, as_=as_resident)
    assert "The time is held for you until 12:10." in mine.main
    assert mine.links["Wednesday 25 November, 14:00\u2060–\u206016:00"] == (
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-25T14:00&end=2026-11-25T16:00"
    )

    clock.shift(timedelta(minutes=10))
    assert page(MINE, as_=as_resident).texts("h3") == []


def test_the_past_is_turned_over_page_by_page(
    page: Fetch, as_resident: Client, hall: Room, resident: User, clock: Any
) -> None:
    for week in range(-21, 0):
        Booking.objects.create(
            room=hall,
            resident=resident,
            state=BookingState.CONFIRMED,
            starts_at=STARTS_AT + week * A_WEEK,
            ends_at=ENDS_AT + week * A_WEEK,
            people=1,
        )

    first, last = page(MINE, as_=as_resident), page(f"{MINE}?page=2", as_=as_resident)

    assert (len(first.texts("h3")), len(last.texts("h3"))) == (20, 1)
    assert first.links["Older"] == "?page=2#past-title"


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 4000, "😀"])
def test_any_page_number_is_answered(page: Fetch, as_resident: Client, booking: Booking, number: str) -> None:
    assert page(f"{MINE}?page={number}", as_=as_resident).h1 == "My bookings"


def test_it_shows_nobody_elses(page: Fetch, as_another_resident: Client, booking: Booking) -> None:
    assert page(MINE, as_=as_another_resident).texts("h3") == []


def test_three_bookings_need_no_more_queries_than_one(
    as_resident: Client, booking: Booking, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for week in (1, 2):
        with django_assert_num_queries(QUERIES_MINE):
            as_resident.get(MINE)
        book(make_room(hall.hub, f"room-{week}"), booking.resident, weeks=week)
    with django_assert_num_queries(QUERIES_MINE):
        as_resident.get(MINE)


# --- One booking --------------------------------------------------------------------------------


def test_it_tells_everything_about_the_booking(page: Fetch, as_resident: Client, booking: Booking, hall: Room) -> None:
    hall.directions_en = "Up the stairs, first door"
    hall.save()

    shown = page(url(booking), as_=as_resident)

    assert shown.h1 == "Hall"
    for words in (
        "Wednesday 25 November, 14:00\u2060–\u206016:00",
        "The booking is confirmed.",
        "Up the stairs, first door",
        booking.reference,
        "Yoga",
        "You booked the room.",
    ):
        assert words in shown.main
    assert shown.links["Book again the week after"] == (
        "/en/rooms/kalajarvi/hall/book/?start=2026-12-02T14:00&end=2026-12-02T16:00"
    )
    assert "Your booking is confirmed" not in shown.main


def test_booking_again_keeps_the_wall_clock_over_a_clock_change(
    page: Fetch, as_resident: Client, hall: Room, resident: User
) -> None:
    booking = Booking.objects.create(
        room=hall,
        resident=resident,
        state=BookingState.CONFIRMED,
        starts_at=helsinki(2027, 3, 24, 14),
        ends_at=helsinki(2027, 3, 24, 16),
        people=1,
    )

    again = page(url(booking), as_=as_resident).links["Book again the week after"]

    assert again.endswith("?start=2027-03-31T14:00&end=2027-03-31T16:00")


def test_a_past_booking_is_booked_again_in_a_week_still_to_come(
    page: Fetch, as_resident: Client, booking: Booking, clock: Any
) -> None:
    clock.move_to(helsinki(2026, 12, 4, 9))

    shown = page(url(booking), as_=as_resident)

    assert "This booking is over." in shown.main
    assert shown.links["Book the same time again"].endswith("?start=2026-12-09T14:00&end=2026-12-09T16:00")
    assert "Give the time back" not in shown.links


def test_a_request_beyond_its_deadline_has_expired_whether_or_not_that_is_written(
    page: Fetch, as_resident: Client, hall: Room, resident: User, clock: Any
) -> None:
    hall.needs_approval = True
    hall.save()
    booking = book(hall, resident, weeks=2)
    clock.move_to(booking.expires_at)

    shown = page(url(booking), as_=as_resident)

    assert "The request was not answered in time, and the time is no longer kept." in shown.main
    assert "Give the time back" not in shown.links


def test_a_cancellation_by_the_staff_shows_the_reason(
    page: Fetch, as_resident: Client, booking: Booking, kalajarvi_editor: User
) -> None:
    cancel(booking=booking, actor=kalajarvi_editor, at=TUESDAY, reason="The roof leaks")

    shown = page(url(booking), as_=as_resident)

    assert "Reason: The roof leaks" in shown.main
    assert "The staff cancelled the booking." in shown.main


@pytest.mark.parametrize(
    ("verb", "words"),
    [(approve, "The staff approved the request."), (decline, "The staff did not approve the request.")],
    ids=["approved", "declined"],
)
def test_the_answer_to_a_request_is_told_without_names(
    page: Fetch, as_resident: Client, hall: Room, resident: User, kalajarvi_editor: User, verb: Any, words: str
) -> None:
    hall.needs_approval = True
    hall.save()
    verb(booking=book(hall, resident), actor=kalajarvi_editor, at=TUESDAY, reason="Because")

    shown = page(url(Booking.objects.get()), as_=as_resident)

    assert words in shown.main
    assert "editor" not in shown.main


def test_the_calendar_file_is_a_calendar(as_resident: Client, booking: Booking) -> None:
    response = as_resident.get(url(booking, "booking.ics"))

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert (event.decoded("dtstart"), str(event["uid"]).split("@")[0]) == (STARTS_AT, booking.reference)


def test_the_calendar_file_of_what_was_given_back_takes_it_out_of_the_calendar(
    as_resident: Client, booking: Booking
) -> None:
    as_resident.post(url(booking, "give-back/"))

    response = as_resident.get(url(booking, "booking.ics"))

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8; method=CANCEL"
    assert str(Calendar.from_ical(response.content)["method"]) == "CANCEL"


def test_no_browser_keeps_what_is_personal(as_resident: Client, booking: Booking) -> None:
    for path in (MINE, url(booking), url(booking, "give-back/")):
        assert "no-store" in as_resident.get(path).headers["Cache-Control"]


def test_a_reference_is_read_in_small_letters_too(page: Fetch, as_resident: Client, booking: Booking) -> None:
    assert page(f"/en/bookings/{booking.reference.lower()}/", as_=as_resident).h1 == "Hall"


# --- Giving back ---------------------------------------------------------------------------------


def test_giving_back_asks_first_and_then_the_time_is_free(page: Fetch, as_resident: Client, booking: Booking) -> None:
    asked = page(url(booking, "give-back/"), as_=as_resident)
    assert asked.h1 == "Give the time back?"
    assert Booking.objects.get().state == BookingState.CONFIRMED

    response = as_resident.post(url(booking, "give-back/"))

    assert response.headers["Location"] == url(booking)
    assert Booking.objects.get().state == BookingState.CANCELLED
    assert not booking.busy_periods.exists()
    assert "You have given the time back. It is free for others again." in page(url(booking), as_=as_resident).main


def test_what_is_given_back_already_says_so(page: Fetch, as_resident: Client, booking: Booking) -> None:
    as_resident.post(url(booking, "give-back/"))

    assert page(url(booking, "give-back/"), as_=as_resident).h1 == "There is nothing to give back"
    as_resident.post(url(booking, "give-back/"))
    assert "This booking has already been cancelled." in page(url(booking), as_=as_resident).main


# --- Whose it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "give-back/", "booking.ics"])
def test_anonymous_is_sent_to_sign_in(client: Client, booking: Booking, path: str) -> None:
    response = client.get(url(booking, path))

    assert response.headers["Location"] == f"/en/accounts/login/?next={url(booking, path)}"


def test_my_bookings_needs_signing_in(client: Client) -> None:
    assert client.get(MINE).headers["Location"] == "/en/accounts/login/?next=/en/bookings/"


@pytest.mark.parametrize("path", ["", "give-back/", "booking.ics"])
def test_a_stranger_gets_404_that_helps(
    page: Fetch, as_another_resident: Client, as_kalajarvi_editor: Client, booking: Booking, path: str
) -> None:
    for stranger in (as_another_resident, as_kalajarvi_editor):
        assert "You have no booking with this number." in page(url(booking, path), as_=stranger, status=404).main


def test_a_stranger_cannot_give_back(as_another_resident: Client, booking: Booking) -> None:
    assert as_another_resident.post(url(booking, "give-back/")).status_code == 404
    assert Booking.objects.get().state == BookingState.CONFIRMED


@pytest.mark.parametrize("path", ["", "booking.ics"])
def test_they_only_show(as_resident: Client, booking: Booking, path: str) -> None:
    assert as_resident.post(url(booking, path)).status_code == 405


def test_a_longer_history_needs_no_more_queries(
    as_resident: Client, booking: Booking, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES_ONE):
        as_resident.get(url(booking))
    as_resident.post(url(booking, "give-back/"))
    as_resident.get(url(booking))  # takes the message
    with django_assert_num_queries(QUERIES_ONE):
        as_resident.get(url(booking))
