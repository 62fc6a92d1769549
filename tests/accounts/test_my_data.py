"""What is stored about me: to read, to take along, to delete."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from rooms.booking import BookingDetails, book_room, hold
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, Room
from servicetorg.reports.models import What
from servicetorg.reports.verbs import report_mistake
from tests.cast import TUESDAY, helsinki
from tests.pages.client import Fetch

pytestmark = pytest.mark.django_db

DATA, FILE, DELETE = "/en/accounts/data/", "/en/accounts/data/my-data.json", "/en/accounts/delete/"
QUERIES = 7


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booking(hall: Room, resident: User) -> Booking:
    return book(hall, resident, hour=17)


def book(room: Room, resident: User, hour: int) -> Booking:
    return book_room(
        room=room,
        starts_at=helsinki(2026, 11, 25, hour),
        ends_at=helsinki(2026, 11, 25, hour + 1),
        resident=resident,
        actor=resident,
        details=BookingDetails(people=12, name="Kim", phone="050 1", language="en", purpose="Yoga", message="Mats"),
        at=TUESDAY,
    )


def test_my_details_lead_to_it(page: Fetch, as_resident: Client) -> None:
    assert page("/en/accounts/", as_=as_resident).links["What is stored about me"] == DATA


def test_it_tells_everything_in_plain_words(page: Fetch, as_resident: Client, booking: Booking) -> None:
    shown = page(DATA, as_=as_resident)
    for words in ("resident@example.com", "Kim", "050 1", "Yoga", "Mats", booking.reference, "You booked the room."):
        assert words in shown.main
    assert "365 days after its end" in shown.main


def test_a_time_that_is_offered_is_not_told_as_one_that_was_begun(
    page: Fetch, as_resident: Client, resident: User, hall: Room
) -> None:
    times = {"starts_at": helsinki(2026, 12, 1, 12), "ends_at": helsinki(2026, 12, 1, 14)}
    offered = hall.bookings.create(resident=resident, state=BookingState.HELD, expires_at=times["starts_at"], **times)
    offered.events.create(kind=EventKind.OFFERED, at=TUESDAY)

    (summary,) = page(DATA, as_=as_resident).texts("summary")

    assert "(Offered to you)" in summary


def test_without_bookings_it_says_so(page: Fetch, as_resident: Client) -> None:
    assert "No bookings are stored." in page(DATA, as_=as_resident).main


def test_it_is_downloaded_as_a_file_that_a_program_can_read(as_resident: Client, booking: Booking) -> None:
    response = as_resident.get(FILE)
    stored = json.loads(response.content)
    assert response.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert stored["account"]["email"] == "resident@example.com"
    assert [(each["reference"], each["purpose"]) for each in stored["bookings"]] == [(booking.reference, "Yoga")]


def test_nobody_sees_anybody_elses(as_another_resident: Client, booking: Booking) -> None:
    for path in (DATA, FILE):
        assert "Kim" not in as_another_resident.get(path).content.decode()


def test_deleting_asks_for_the_address_and_tells_what_is_given_back(
    page: Fetch, as_resident: Client, booking: Booking, hall: Room, another_resident: User
) -> None:
    book(hall, another_resident, hour=8)
    span = {"starts_at": helsinki(2026, 11, 25, 10), "ends_at": helsinki(2026, 11, 25, 11)}
    hold(room=hall, resident=booking.resident, language="sv", at=TUESDAY, **span)
    shown = page(DELETE, as_=as_resident)
    assert "Hall, Wednesday 25 November, 17:00\u2060–\u206018:00" in shown.main
    assert shown.main.count("Wednesday 25 November") == 1
    assert booking.events.count() == 1
    wrong = page(DELETE, as_=as_resident, data={"email": "other@example.com"})
    assert "This is not the address of your account." in wrong.main
    empty = page(DELETE, as_=as_resident, data={"email": ""})
    assert empty.title.startswith("Error:")
    assert empty.all("a", href="#id_email")[0].text == "Write your own address to confirm."
    assert User.objects.filter(email="resident@example.com").exists()


def test_it_deletes_signs_out_and_says_so(page: Fetch, as_resident: Client, booking: Booking) -> None:
    mail.outbox.clear()
    response = as_resident.post(DELETE, {"email": " Resident@Example.com "})
    assert response.headers["Location"] == "/en/"
    assert "Your account has been deleted." in page("/en/", as_=as_resident).text
    assert as_resident.get(DATA).headers["Location"] == f"/en/accounts/login/?next={DATA}"
    booking.refresh_from_db()
    assert (booking.state, booking.name, booking.resident) == (BookingState.CANCELLED, "", None)
    assert [message.to for message in mail.outbox] == [["resident@example.com"]]


def test_deleting_forgets_an_address_that_waits_for_an_answer_to_a_report(
    as_resident: Client, resident: User, hall: Room
) -> None:
    about = {"about": hall, "what": What.OTHER, "text": "The lamp is broken.", "language": "sv", "at": TUESDAY}
    reports = [report_mistake(email=email, **about) for email in (resident.email, "another@example.com")]
    as_resident.post(DELETE, {"email": resident.email})
    for report in reports:
        report.refresh_from_db()
    assert [report.email for report in reports] == ["", "another@example.com"]


def test_staff_read_that_the_city_removes_their_account(page: Fetch, as_kalajarvi_editor: Client) -> None:
    assert "A city administrator removes it." in page(DATA, as_=as_kalajarvi_editor).main
    page(DELETE, as_=as_kalajarvi_editor)
    as_kalajarvi_editor.post(DELETE, {"email": "editor@example.com"})
    assert User.objects.filter(email="editor@example.com").exists()


@pytest.mark.parametrize("path", [DATA, FILE, DELETE])
def test_who_may_and_how(client: Client, as_resident: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/en/accounts/login/?next={path}"
    assert as_resident.put(path).status_code == 405
    assert "private" in as_resident.get(path).headers["Cache-Control"]


def test_more_bookings_need_no_more_queries(
    as_resident: Client, booking: Booking, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for hour in (8, 10):
        with django_assert_num_queries(QUERIES):
            as_resident.get(DATA)
        book(hall, booking.resident, hour=hour)
    with django_assert_num_queries(QUERIES):
        as_resident.get(DATA)
