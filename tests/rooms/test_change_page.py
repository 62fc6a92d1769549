"""The resident changes a booking, or gives back a part of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from rooms.booking import BookingDetails, book_room, change_booking, hold
from rooms.enums import BookingChannel, BookingState, EventKind
from rooms.models import Booking, BookingEvent, Room
from tests.cast import TUESDAY, helsinki, make_room
from tests.pages.client import Fetch

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

STARTS_AT, ENDS_AT = helsinki(2026, 11, 25, 17), helsinki(2026, 11, 25, 19)
HOUR = timedelta(hours=1)
QUERIES = 10


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booking(hall: Room, resident: User) -> Booking:
    return book(hall, resident)


def book(room: Room, resident: User, **changes: Any) -> Booking:
    wish = {
        "room": room,
        "starts_at": STARTS_AT,
        "ends_at": ENDS_AT,
        "resident": resident,
        "actor": resident,
        "details": BookingDetails(people=12, name="Kim", language="en", purpose="Yoga"),
        "at": TUESDAY,
    }
    return book_room(**{**wish, **changes})


def url(booking: Booking, page: str = "change/") -> str:
    return f"/en/bookings/{booking.reference}/{page}"


def form(**changes: str) -> dict[str, str]:
    fields = {
        "date": "2026-11-25", "start": "17:00", "minutes": "120", "name": "Kim", "phone": "", "people": "12",
        "booker_kind": "private", "organisation": "", "purpose": "Yoga", "message": "", "do": "save",
    }  # fmt: skip
    return {**fields, **changes}


def when(booking: Booking) -> tuple[Any, Any]:
    booking.refresh_from_db()
    return booking.starts_at, booking.ends_at


# --- It shows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_it_shows_the_booking_and_the_free_times_of_its_day(
    page: Fetch, as_resident: Client, booking: Booking, another_resident: User, language: str
) -> None:
    book(booking.room, another_resident, starts_at=ENDS_AT, ends_at=ENDS_AT + HOUR)

    shown = page(f"/{language}/bookings/{booking.reference}/change/", as_=as_resident)

    starts = shown.all("select", name="start")[0]
    values = [option.attributes["value"] for option in shown.all("option") if starts in option.ancestors()]
    assert values[0] == "08:00"
    assert values[-1] == "18:30"  # its own time counts as free, the other's does not
    assert [each.attributes["value"] for each in shown.all("input", name="people")] == ["12"]


def test_another_day_shows_its_free_times_and_keeps_what_was_typed(
    page: Fetch, as_resident: Client, booking: Booking, another_resident: User
) -> None:
    book(booking.room, another_resident, starts_at=helsinki(2026, 11, 26, 8), ends_at=helsinki(2026, 11, 26, 12))

    shown = page(url(booking), as_=as_resident, data=form(date="2026-11-26", do="day", purpose="Yoga and tea", name=""))

    assert "Free on Thursday 26 November: 12:00" in shown.main
    assert [each.attributes["value"] for each in shown.all("input", name="purpose")] == ["Yoga and tea"]
    assert shown.texts("h2")[0] == "Your booking now"  # no error summary: nothing was sent yet
    assert when(booking) == (STARTS_AT, ENDS_AT)


def test_getting_it_changes_nothing(as_resident: Client, booking: Booking) -> None:
    before = BookingEvent.objects.count()
    as_resident.get(
        url(booking), {"hub": "kalajarvi", "room": "hall", "start": "2026-11-26T17:00", "end": "2026-11-26T18:00"}
    )
    assert (BookingEvent.objects.count(), when(booking)) == (before, (STARTS_AT, ENDS_AT))


# --- It changes ----------------------------------------------------------------------------------


def test_what_somebody_else_has_changed_since_is_shown_and_not_undone(
    page: Fetch, as_resident: Client, booking: Booking, kalajarvi_editor: User
) -> None:
    seen = page(url(booking), as_=as_resident).all("input", name="sequence")[0].attributes["value"]
    change_booking(booking=booking, actor=kalajarvi_editor, at=TUESDAY, starts_at=STARTS_AT - HOUR, ends_at=ENDS_AT)

    shown = page(url(booking), as_=as_resident, status=409, data=form(people="13", sequence=seen))

    assert "Somebody has changed this booking at the same time" in shown.main
    assert "The nearest that suit" not in shown.main  # nothing is wrong with the time that was asked for
    assert when(booking) == (STARTS_AT - HOUR, ENDS_AT)
    again = shown.all("input", name="sequence")[0].attributes["value"]
    assert as_resident.post(url(booking), form(people="13", sequence=again)).status_code == 302


def test_another_time_is_saved_said_and_mailed(page: Fetch, as_resident: Client, booking: Booking) -> None:
    mail.outbox.clear()
    response = as_resident.post(url(booking), form(date="2026-11-26", start="10:00", minutes="60"))
    assert response.headers["Location"] == url(booking, "")
    assert when(booking) == (helsinki(2026, 11, 26, 10), helsinki(2026, 11, 26, 11))

    shown = page(url(booking, ""), as_=as_resident)
    assert "You now have Hall, Thursday 26 November, 10:00\u2060–\u206011:00." in shown.text
    assert "Before, you had Hall, Wednesday 25 November, 17:00\u2060–\u206019:00." in shown.text
    assert (
        "You changed the time from Wednesday 25 November, 17:00\u2060–\u206019:00 to Thursday 26 November,"
        in shown.main
    )
    (message,) = mail.outbox
    assert message.subject == "Changed: Hall, Thursday 26 November 2026"
    assert [
        part.get_param("method") for part in message.message().walk() if part.get_content_subtype() == "calendar"
    ] == ["REQUEST"]


def test_another_room_is_found_and_taken(page: Fetch, as_resident: Client, booking: Booking) -> None:
    other = make_room(booking.room.hub, "studio", capacity=20)
    search = page(url(booking), as_=as_resident).links["Find another room"]
    found = page(search, as_=as_resident)
    assert found.all("input", name="change")[0].attributes["value"] == booking.reference

    hrefs = [each.attributes.get("href", "") for each in found.all("a")]
    target = next(href for href in hrefs if "room=studio" in href)
    offered = page(target, as_=as_resident)
    assert "New room: Hall , Kalajärvi Service Centre" in offered.main.replace("  ", " ")
    as_resident.post(target, form())

    booking.refresh_from_db()
    assert booking.room == other
    assert not Room.objects.get(slug="hall").busy_periods.exists()


def test_the_search_carries_nobody_elses_booking(page: Fetch, as_another_resident: Client, booking: Booking) -> None:
    found = page(f"/en/rooms/?change={booking.reference}", as_=as_another_resident)
    assert found.all("input", name="change") == []


def test_details_alone_are_changed_without_a_mail(as_resident: Client, booking: Booking) -> None:
    mail.outbox.clear()
    as_resident.post(url(booking), form(purpose="Pilates", message="We bring mats."))
    booking.refresh_from_db()
    assert (booking.purpose, booking.message, mail.outbox) == ("Pilates", "We bring mats.", [])
    event = booking.events.last()
    assert event is not None
    assert event.new["changed_details"] == ["message", "purpose"]


def test_sent_unchanged_it_changes_nothing(page: Fetch, as_resident: Client, booking: Booking) -> None:
    as_resident.post(url(booking), form())
    assert "You changed nothing" in page(url(booking, ""), as_=as_resident).text
    assert booking.events.count() == 1


def test_where_the_staff_approve_a_new_time_is_asked_for_again_and_new_details_are_not(
    page: Fetch, as_resident: Client, hall: Room, resident: User
) -> None:
    booking = book(hall, resident, starts_at=STARTS_AT + timedelta(days=7), ends_at=ENDS_AT + timedelta(days=7))
    hall.needs_approval = True
    hall.save()
    assert "they have to approve it again" in page(url(booking), as_=as_resident).main

    as_resident.post(url(booking), form(date="2026-12-02", purpose="Pilates"))
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED

    as_resident.post(url(booking), form(date="2026-12-02", minutes="60"))
    booking.refresh_from_db()
    assert (booking.state, booking.duration) == (BookingState.CONFIRMED, HOUR)  # less of what was approved

    as_resident.post(url(booking), form(date="2026-12-02", start="16:00"))
    booking.refresh_from_db()
    assert booking.state == BookingState.REQUESTED
    assert (
        "The staff have to approve the change, and answer at the latest" in page(url(booking, ""), as_=as_resident).text
    )


# --- It refuses ----------------------------------------------------------------------------------


def test_taken_offers_the_nearest_with_one_tap_and_loses_nothing_typed(
    page: Fetch, as_resident: Client, booking: Booking, another_resident: User
) -> None:
    book(booking.room, another_resident, starts_at=helsinki(2026, 11, 26, 10), ends_at=helsinki(2026, 11, 26, 12))
    sent = form(date="2026-11-26", start="10:00", minutes="60", purpose="Yoga and tea")

    shown = page(url(booking), as_=as_resident, status=409, data=sent)

    assert "This time is already taken. Choose another time or room." in shown.main
    assert shown.title.startswith("Error:")
    assert [each.attributes["value"] for each in shown.all("input", name="purpose")] == ["Yoga and tea"]
    first = next(each for each in shown.all("button", value="take"))
    as_resident.post(first.attributes["formaction"], {**sent, "do": "take"})
    assert when(booking) == (helsinki(2026, 11, 26, 9), helsinki(2026, 11, 26, 10))
    assert booking.purpose == "Yoga and tea"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"people": "90"}, "The room holds at most 40 people.", id="too many people"),
        pytest.param({"name": ""}, "Give your name.", id="no name"),
        pytest.param({"date": "2026-11-23"}, "That day has passed.", id="a day that has passed"),
        pytest.param({"date": "never"}, "Give a day that exists", id="no day"),
        pytest.param({"date": "9999-12-31"}, "Rooms cannot be booked that far ahead.", id="far away"),
        pytest.param({"start": "25:00"}, "Choose a time from the list", id="no clock"),
        pytest.param({"minutes": "-30"}, "Choose a length from the list.", id="no length"),
        pytest.param({"booker_kind": "king"}, "Choose who books from the list.", id="nobody"),
    ],
)
def test_bad_input_says_what_to_do(
    page: Fetch, as_resident: Client, booking: Booking, changes: dict[str, str], words: str
) -> None:
    assert words in page(url(booking), as_=as_resident, data=form(**changes)).main
    assert when(booking) == (STARTS_AT, ENDS_AT)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"start": "21:00"}, "is not open then", id="closed"),
        pytest.param({"start": "17:10"}, "Bookings start on the hour or at half past.", id="beside the grid"),
        pytest.param({"booker_kind": "association"}, "Give the name of the association", id="no association"),
    ],
)
def test_a_rule_is_explained_at_its_field(
    page: Fetch, as_resident: Client, booking: Booking, changes: dict[str, str], words: str
) -> None:
    shown = page(url(booking), as_=as_resident, status=409, data=form(**changes))
    assert words in shown.main
    assert shown.all("input", name="purpose")[0].attributes["value"] == "Yoga"


def test_a_time_that_has_begun_stays_and_its_details_change(
    page: Fetch, as_resident: Client, booking: Booking, clock: Any
) -> None:
    clock.move_to(STARTS_AT + timedelta(minutes=5))
    shown = page(url(booking), as_=as_resident)
    assert "Your time has begun" in shown.main
    assert shown.all("select", name="start") == []
    as_resident.post(url(booking), form(people="14", start="10:00"))
    booking.refresh_from_db()
    assert (booking.people, booking.starts_at) == (14, STARTS_AT)


def test_what_is_over_or_booked_through_the_staff_says_so(
    page: Fetch, as_resident: Client, booking: Booking, clock: Any
) -> None:
    Room.objects.update(channel=BookingChannel.STAFF, channel_email="hall@example.com")
    assert "Write to hall@example.com." in page(url(booking), as_=as_resident).main
    assert "Change the booking" not in page(url(booking, ""), as_=as_resident).links
    clock.move_to(ENDS_AT)
    assert page(url(booking), as_=as_resident).h1 == "This booking cannot be changed here"


def test_a_time_that_is_only_held_leads_on_to_booking_it(as_resident: Client, hall: Room, resident: User) -> None:
    held = hold(room=hall, starts_at=STARTS_AT, ends_at=ENDS_AT, resident=resident, language="en", at=TUESDAY)
    assert "/book/?start=" in as_resident.get(url(held)).headers["Location"]


# --- A part --------------------------------------------------------------------------------------


def test_a_part_is_given_back(page: Fetch, as_resident: Client, booking: Booking) -> None:
    assert page(url(booking, "give-back/"), as_=as_resident).links["Give back only a part of the time"] == url(
        booking, "give-back/part/"
    )
    page(url(booking, "give-back/part/"), as_=as_resident)
    as_resident.post(url(booking, "give-back/part/"), {"start": "2026-11-25T17:00", "end": "2026-11-25T18:00"})
    assert when(booking) == (STARTS_AT, STARTS_AT + HOUR)
    shown = page(url(booking, ""), as_=as_resident)
    assert "You now have the room Wednesday 25 November, 17:00\u2060–\u206018:00." in shown.text
    assert "You gave back a part of the time: it was Wednesday 25 November, 17:00\u2060–\u206019:00" in shown.main


def test_the_rest_is_given_back_while_the_time_runs(
    page: Fetch, as_resident: Client, booking: Booking, clock: Any
) -> None:
    clock.move_to(STARTS_AT + timedelta(minutes=40))
    shown = page(url(booking, "give-back/part/"), as_=as_resident)
    assert [each.attributes["value"] for each in shown.all("option")] == [
        "2026-11-25T18:00", "2026-11-25T18:30", "2026-11-25T19:00",
    ]  # fmt: skip
    as_resident.post(url(booking, "give-back/part/"), {"end": "2026-11-25T18:00"})
    assert when(booking) == (STARTS_AT, STARTS_AT + HOUR)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(
            {"start": "2026-11-25T17:00", "end": "2026-11-25T19:00"}, "That is all of your booking.", id="all"
        ),
        pytest.param({"start": "2026-11-25T18:30", "end": "2026-11-25T17:30"}, "Nothing would be left.", id="nothing"),
        pytest.param({"start": "2026-11-25T17:00"}, "Choose until when you need the room.", id="no end"),
        pytest.param({"start": "x", "end": "2026-11-25T18:00"}, "Choose a time from the list.", id="no time"),
    ],
)
def test_no_part_says_what_to_do(
    page: Fetch, as_resident: Client, booking: Booking, data: dict[str, str], words: str
) -> None:
    assert words in page(url(booking, "give-back/part/"), as_=as_resident, data=data).main
    assert when(booking) == (STARTS_AT, ENDS_AT)


def test_a_time_of_one_step_cannot_be_divided(page: Fetch, as_resident: Client, hall: Room, resident: User) -> None:
    booking = book(hall, resident, ends_at=STARTS_AT + HOUR / 2)
    assert "The time is too short to be divided." in page(url(booking, "give-back/part/"), as_=as_resident).main


# --- Who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["change/", "give-back/part/"])
def test_who_may_and_how(
    page: Fetch, client: Client, as_resident: Client, as_another_resident: Client, booking: Booking, path: str
) -> None:
    assert client.get(url(booking, path)).headers["Location"] == f"/en/accounts/login/?next={url(booking, path)}"
    assert page(url(booking, path), as_=as_another_resident, status=404)
    assert as_another_resident.post(url(booking, path), form()).status_code == 404
    assert as_resident.put(url(booking, path)).status_code == 405
    assert BookingEvent.objects.filter(kind__in=[EventKind.CHANGED, EventKind.SHORTENED]).count() == 0


def test_more_bookings_need_no_more_queries(
    as_resident: Client, booking: Booking, another_resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for hour in (8, 10):
        with django_assert_num_queries(QUERIES):
            as_resident.get(url(booking))
        start = helsinki(2026, 11, 25, hour)
        book(booking.room, another_resident, starts_at=start, ends_at=start + HOUR)
    with django_assert_num_queries(QUERIES):
        as_resident.get(url(booking))
