"""The calendar file, as strict readers read it."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from accounts.models import User
from hubs.models import Hub
from rooms.booking import BookingDetails, book_room, give_back
from rooms.calendar import booking_calendar, calendar_of
from rooms.models import Booking, Room
from tests.cast import HELSINKI, TUESDAY, helsinki, make_room, three_languages

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

START = helsinki(2026, 11, 25, 17)
TRICKY = "Ovi; kirjaston, vieressä\nkoodi \\ 12 " + "ä" * 90


@pytest.fixture
def booking(kalajarvi: Hub, resident: User) -> Booking:
    room = make_room(kalajarvi, **three_languages("directions", TRICKY, TRICKY, TRICKY))
    return book(room, resident)


def book(room: Room, resident: User, **changes: Any) -> Booking:
    wish = {"starts_at": START, "ends_at": START + timedelta(hours=2), "at": TUESDAY, **changes}
    details = BookingDetails(people=4, name="Kim", language="fi")
    return book_room(room=room, resident=resident, actor=resident, details=details, **wish)


def event_in(content: bytes) -> Any:
    return Calendar.from_ical(content).walk("VEVENT")[0]


def test_lines_end_and_fold_as_the_standard_asks(booking: Booking) -> None:
    content = booking_calendar(booking, at=TUESDAY)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()  # no character is cut in two
    unfolded = content.replace(b"\r\n ", b"").split(b"\r\n")[:-1]
    assert all(b":" in line and line[:1].isalpha() for line in unfolded)


def test_it_parses_back_to_what_was_booked(booking: Booking) -> None:
    event = event_in(booking_calendar(booking, at=TUESDAY, method="REQUEST"))
    assert event["uid"] == f"{booking.reference}@localhost"
    assert (event["dtstart"].dt, event["dtend"].dt) == (START, START + timedelta(hours=2))
    assert event["dtstart"].params["TZID"] == "Europe/Helsinki"
    assert (event["dtstamp"].dt, event["sequence"], event["status"]) == (TUESDAY, 0, "CONFIRMED")
    assert event["summary"] == "Sali, Kalajärven palvelutori"
    assert event["location"] == "Sali, Kalajärven palvelutori, Ruskaniitty 9, 02970 Espoo"
    assert event["description"].startswith(TRICKY)
    assert event["url"] == f"http://localhost:8000/fi/bookings/{booking.reference}/"
    assert str(event["organizer"]).startswith("mailto:")
    assert str(event["attendee"]) == "mailto:resident@example.com"


def test_each_thing_stands_once(booking: Booking) -> None:
    content = booking_calendar(booking, at=TUESDAY, method="REQUEST").decode()
    for name in ("VERSION:2.0", "PRODID:", "METHOD:REQUEST", "BEGIN:VEVENT", "BEGIN:VTIMEZONE", "UID:", "DTSTAMP:"):
        assert content.count(name) == 1, name


@pytest.mark.parametrize("month", [1, 3, 4, 7, 10, 11], ids=str)
@pytest.mark.parametrize("year", [2026, 2039])
def test_the_time_zone_it_carries_is_helsinki(booking: Booking, year: int, month: int) -> None:
    """Reckon with the file's own rules, as a reader does that knows no Helsinki."""
    zone = Calendar.from_ical(booking_calendar(booking, at=TUESDAY)).walk("VTIMEZONE")[0]
    assert zone["tzid"] == "Europe/Helsinki"
    own = zone.to_tz(lookup_tzid=False)
    for day in (1, 25, 28, 29, 31 if month in (1, 3, 7, 10) else 30):
        noon = helsinki(year, month, day, 12)
        assert noon.replace(tzinfo=own).utcoffset() == noon.astimezone(HELSINKI).utcoffset(), noon


def test_what_was_given_back_is_taken_out_of_the_calendar(booking: Booking, resident: User) -> None:
    given_back = give_back(booking=booking, actor=resident, at=TUESDAY)
    method, content = calendar_of(given_back, at=TUESDAY)
    event = event_in(content)
    assert (method, event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 1)
    assert event["uid"] == f"{booking.reference}@localhost"


def test_a_request_is_tentative_and_a_download_invites_nobody(kalajarvi: Hub, resident: User) -> None:
    method, content = calendar_of(book(make_room(kalajarvi, needs_approval=True), resident), at=TUESDAY)
    assert (method, event_in(content)["status"]) == ("PUBLISH", "TENTATIVE")
    assert "attendee" not in event_in(content)
