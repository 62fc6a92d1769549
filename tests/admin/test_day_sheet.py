"""The day sheet: who comes to a hub on a day, for its editors, on the screen and on paper."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub
from rooms import booking as verbs
from rooms.models import Booking, Room
from rooms.rules import BookingDetails
from services.models import Provider
from tests import cast
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
SHEET = "/admin/rooms/booking/day-sheet/kalajarvi/"
TOMORROW = f"{SHEET}?date=2026-11-25"
EIGHT = cast.helsinki(2026, 11, 25, 8)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(cast.TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(as_kalajarvi_editor: Client, kalajarvi_editor: User) -> Client:
    User.objects.filter(pk=kalajarvi_editor.pk).update(language="en")
    return as_kalajarvi_editor


def book(room: Room, hour: int = 0, hours: int = 2, **details: Any) -> Booking:
    """Book as the desk does, which may set rules aside."""
    return verbs.book_room(
        room=room,
        starts_at=EIGHT + timedelta(hours=hour),
        ends_at=EIGHT + timedelta(hours=hour + hours),
        resident=None,
        details=BookingDetails(**{"people": 12, "name": "Kim", **details}),
        actor=room.hub.editors.get(),
        override_reason="A fair" if hours > 4 else "",
        at=cast.TUESDAY,
    )


def lines(response: Any) -> dict[str, list[tuple[str, str]]]:
    """Return what stands in each room: the time, and the state or what else is said."""
    return {
        each.room.slug: [(line.time.replace("\u2060", ""), line.state or line.words) for line in each.lines]
        for each in response.context["rooms"]
    }


def test_a_line_tells_all_that_the_desk_needs(desk: Client, hall: Room) -> None:
    booking = book(
        hall,
        organisation="Chess club",
        phone="040 123",
        purpose="Tournament",
        message="Ten more chairs, please",
    )

    html = desk.get(TOMORROW).text

    for words in (
        "8:00\u2060–\u206010:00",
        "Chess club",
        "Kim",
        'href="tel:040 123"',
        "12 people",
        "Tournament",
        "Ten more chairs, please",
        "Confirmed",
        booking.reference,
        "Contains personal data",
    ):
        assert words in html, words


def test_rooms_stand_in_order_with_what_was_released_and_waits_and_without_what_was_cancelled(
    desk: Client, hall: Room, kalajarvi: Hub, resident: User, clock: Any
) -> None:
    first = cast.make_room(kalajarvi, "asking", needs_approval=True, order=0)
    Room.objects.filter(pk=hall.pk).update(order=1, release_minutes=15)
    hall.refresh_from_db()
    details = BookingDetails(people=2, name="Kim")
    span = {"starts_at": EIGHT, "ends_at": EIGHT + timedelta(hours=1), "at": cast.TUESDAY}
    verbs.book_room(room=first, **span, resident=resident, details=details, actor=resident)
    book(hall)
    came = book(hall, 2)
    cancelled = book(hall, 4)
    verbs.cancel(booking=cancelled, actor=kalajarvi.editors.get(), at=cast.TUESDAY, reason="x")
    verbs.check_in(booking=came, actor=None, at=EIGHT + timedelta(hours=2))
    book(hall, 6)

    assert lines(desk.get(TOMORROW)) == {
        "asking": [("8:00–9:00", "Waiting for approval")],
        "hall": [("8:00–10:00", "Confirmed"), ("10:00–12:00", "Checked in"), ("14:00–16:00", "Confirmed")],
    }
    clock.move_to(EIGHT + timedelta(hours=4))
    assert lines(desk.get(TOMORROW))["hall"][0] == ("8:00–10:00", "Released, nobody came")
    assert "asking" not in lines(desk.get(f"{SHEET}?date=2026-11-26"))


def test_closures_and_the_rest_of_a_divided_room_say_why_it_cannot_be_used(
    desk: Client, hall: Room, kalajarvi: Hub
) -> None:
    cast.make_room(kalajarvi, "part", parent=hall, order=1, **cast.three_languages("name", "Del", "Osa", "Part"))
    whole_day = {"starts_at": cast.helsinki(2026, 11, 26), "ends_at": cast.helsinki(2026, 11, 27)}
    book(hall)
    verbs.close_room(room=hall, reason={"en": "The floor is waxed"}, actor=None, at=cast.TUESDAY, **whole_day)

    assert lines(desk.get(TOMORROW)) == {
        "hall": [("8:00–10:00", "Confirmed")],
        "part": [("8:00–10:00", "Hall is booked")],
    }
    closed = desk.get(f"{SHEET}?date=2026-11-26")
    assert lines(closed) == {"hall": [("All day", "Closed")], "part": [("All day", "Hall is closed")]}
    assert "The floor is waxed" in closed.text


def test_what_begins_the_day_before_is_told_with_its_days(desk: Client, hall: Room) -> None:
    book(hall, hours=30)

    assert lines(desk.get(TOMORROW))["hall"][0][0] == "Wed 25 Nov 8:00 – Thu 26 Nov 14:00"
    assert lines(desk.get(f"{SHEET}?date=2026-11-26")) == lines(desk.get(TOMORROW))
    assert lines(desk.get(f"{SHEET}?date=2026-11-27")) == {}


def test_an_empty_day_says_so_and_leads_to_the_days_beside_it(desk: Client, hall: Room) -> None:
    html = desk.get(SHEET).text

    assert "No room is booked or closed on this day." in html
    for day in ("2026-11-23", "2026-11-25"):
        assert f"?date={day}" in html


@pytest.mark.parametrize("day", ["nonsense", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_does_not_exist_is_not_found(desk: Client, kalajarvi: Hub, day: str) -> None:
    assert desk.get(f"{SHEET}?date={day}").status_code == 404


def test_the_front_page_and_the_list_of_bookings_lead_to_the_sheet(desk: Client, kalajarvi: Hub) -> None:
    for page in ("/admin/", "/admin/rooms/booking/"):
        assert 'href="/admin/rooms/booking/day-sheet/"' in desk.get(page).text
    assert desk.get("/admin/rooms/booking/day-sheet/").headers["Location"] == SHEET


def test_an_editor_sees_the_sheets_of_the_own_hubs_only(
    desk: Client, as_city_administrator: Client, kalajarvi: Hub, iso_omena: Hub
) -> None:
    elsewhere = SHEET.replace("kalajarvi", "iso-omena")
    assert (desk.get(SHEET).status_code, desk.get(elsewhere).status_code) == (200, 404)
    assert "iso-omena" not in desk.get(SHEET).text
    assert as_city_administrator.get(elsewhere).status_code == 200
    assert "day-sheet/iso-omena/" in as_city_administrator.get(SHEET).text


def test_nobody_else_sees_a_sheet(kalajarvi: Hub, as_resident: Client) -> None:
    provider = cast.make_provider()
    editor = cast.make_user("provider@example.com", is_staff=True)
    Provider.objects.get(pk=provider.pk).editors.add(editor)
    browser = signed_in(editor)
    assert browser.get(SHEET).status_code == 403
    assert "day-sheet" not in browser.get("/admin/").text
    for stranger in (as_resident, Client()):
        assert stranger.get(SHEET).status_code == 302


def test_a_full_day_asks_as_many_questions_as_an_empty_one(
    desk: Client, hall: Room, kalajarvi: Hub, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get(TOMORROW)
    with CaptureQueriesContext(connection) as few:
        desk.get(TOMORROW)
    for number in range(3):
        room = cast.make_room(kalajarvi, f"room-{number}", parent=hall)
        book(room)
        book(room, 4)
    with django_assert_num_queries(len(few)):
        assert len(lines(desk.get(TOMORROW))) == 4
    assert len(few) <= 12
