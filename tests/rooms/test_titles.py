"""A title for the hub's page: given by who books, shown when the staff have looked at it, forgotten with the rest."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    SeriesChoice,
    approve,
    book_room,
    book_series,
    change_booking,
    give_back,
    series_starts,
    show_title,
    take_title_away,
)
from rooms.booking.writing import details_of
from rooms.enums import EventKind
from rooms.models import Booking, BookingMail, Room
from rooms.privacy import anonymise_due, stored_about
from tests.cast import TUESDAY, helsinki, make_hub, make_room
from tests.pages.client import Fetch

pytestmark = pytest.mark.django_db

AT = TUESDAY
STARTS_AT, ENDS_AT = helsinki(2026, 11, 24, 17), helsinki(2026, 11, 24, 19)
HUB = "/en/hubs/kalajarvi/"
TITLES = "/admin/rooms/booking/?title=waiting"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def book(room: Room, resident: User | None, title: str = "Choir, come and sing", **fields: Any) -> Booking:
    details = BookingDetails(people=4, name="Kim Secret", public_title=title, language="en")
    wish = {"room": room, "starts_at": STARTS_AT, "ends_at": ENDS_AT, "resident": resident, "actor": resident, "at": AT}
    return book_room(**{**wish, "details": details, **fields})


@pytest.fixture
def booking(hall: Room, resident: User) -> Booking:
    return book(hall, resident)


def show(booking: Booking, editor: User) -> None:
    show_title(booking=booking, actor=editor, at=AT, title=booking.public_title)
    booking.refresh_from_db()


# --- The verbs ------------------------------------------------------------------------------------


def test_a_title_that_a_resident_gives_waits_for_the_staff(booking: Booking) -> None:
    assert (booking.public_title, booking.is_title_approved) == ("Choir, come and sing", False)
    assert list(Booking.objects.with_title_to_look_at(AT)) == [booking]


def test_a_title_that_the_staff_give_is_shown(hall: Room, kalajarvi_editor: User) -> None:
    desk = book(hall, None, actor=kalajarvi_editor)

    assert list(Booking.objects.told_at(AT)) == [desk]


def test_showing_is_written_down_and_nobody_is_mailed(booking: Booking, kalajarvi_editor: User) -> None:
    mails = BookingMail.objects.count()

    show(booking, kalajarvi_editor)

    assert list(Booking.objects.told_at(AT)) == [booking]
    event = booking.events.last()
    assert (event.kind, event.actor) == (EventKind.TITLED, kalajarvi_editor)
    assert BookingMail.objects.count() == mails


def test_a_title_that_has_changed_since_it_was_read_is_not_shown(booking: Booking, kalajarvi_editor: User) -> None:
    assert show_title(booking=booking, actor=kalajarvi_editor, at=AT, title="Something milder") == []

    booking.refresh_from_db()
    assert not booking.is_title_approved


def test_a_new_title_waits_again_and_a_new_time_does_not(
    booking: Booking, resident: User, kalajarvi_editor: User
) -> None:
    show(booking, kalajarvi_editor)
    later = {"starts_at": STARTS_AT + timedelta(hours=1), "ends_at": ENDS_AT + timedelta(hours=1)}

    booking = change_booking(booking=booking, actor=resident, at=AT, **later)
    assert booking.is_title_approved

    details = BookingDetails(people=4, name="Kim Secret", public_title="Something worse")
    booking = change_booking(booking=booking, actor=resident, at=AT, details=details)
    assert not booking.is_title_approved


def test_staff_who_move_a_booking_have_not_looked_at_its_title(booking: Booking, kalajarvi_editor: User) -> None:
    later = {"starts_at": STARTS_AT + timedelta(hours=1), "ends_at": ENDS_AT + timedelta(hours=1)}

    booking = change_booking(booking=booking, actor=kalajarvi_editor, at=AT, details=details_of(booking), **later)

    assert not booking.is_title_approved


def test_taken_away_it_is_gone(booking: Booking, kalajarvi_editor: User) -> None:
    show(booking, kalajarvi_editor)

    take_title_away(booking=booking, actor=kalajarvi_editor, at=AT)

    booking.refresh_from_db()
    assert (booking.public_title, booking.is_title_approved) == ("", False)
    assert booking.events.last().kind == EventKind.UNTITLED


def test_a_series_is_looked_at_once(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    choices = [
        SeriesChoice(series_start=start, room=hall, starts_at=start, ends_at=start + timedelta(hours=2))
        for start in series_starts(STARTS_AT, every_weeks=1, count=3)
    ]
    details = BookingDetails(people=4, name="Kim Secret", public_title="Choir")
    series = book_series(choices=choices, every_weeks=1, resident=resident, details=details, actor=resident, at=AT)
    first, second, _third = series.bookings.order_by("starts_at")
    other = BookingDetails(people=4, name="Kim Secret", public_title="Choir, concert")
    change_booking(booking=second, actor=resident, at=AT, details=other)

    shown = show_title(booking=first, actor=kalajarvi_editor, at=AT, title="Choir")

    assert len(shown) == 2
    assert [each.public_title for each in Booking.objects.with_title_to_look_at(AT)] == ["Choir, concert"]


def test_a_title_is_never_shown_without_one(booking: Booking) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.update(public_title="", is_title_approved=True)


def test_it_is_shown_to_its_holder_and_forgotten_with_the_rest(
    booking: Booking, resident: User, kalajarvi_editor: User
) -> None:
    show(booking, kalajarvi_editor)
    (record,) = stored_about(resident)
    assert (record["public_title"], record["is_title_approved"]) == ("Choir, come and sing", True)

    anonymise_due(at=ENDS_AT + timedelta(days=400))

    booking.refresh_from_db()
    assert (booking.public_title, booking.is_title_approved) == ("", False)


# --- The hub's page ------------------------------------------------------------------------------------


def test_the_hubs_page_tells_of_it_with_time_and_room_and_without_names(
    page: Fetch, booking: Booking, kalajarvi_editor: User
) -> None:
    assert "Choir" not in page(HUB).text

    show(booking, kalajarvi_editor)

    hub = page(HUB)
    assert "Today, Tuesday 24 November 17:00\u2060–\u206019:00 Choir, come and sing Hall" in hub.main
    assert "Kim" not in hub.text


def test_what_is_asked_for_over_or_given_back_is_not_told(
    page: Fetch, clock: Any, kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    room = make_room(kalajarvi, "gym", needs_approval=True)
    asked = book(room, resident)
    show(asked, kalajarvi_editor)
    assert "Choir" not in page(HUB).text

    approve(booking=asked, actor=kalajarvi_editor, at=AT)
    assert "Choir" in page(HUB).text

    clock.move_to(ENDS_AT)
    assert "Choir" not in page(HUB).text

    clock.move_to(AT)
    give_back(booking=asked, actor=resident, at=AT)
    assert "Choir" not in page(HUB).text


def test_it_is_told_on_its_day_and_in_its_house_alone(
    page: Fetch, booking: Booking, kalajarvi_editor: User, iso_omena: Hub
) -> None:
    show(booking, kalajarvi_editor)

    assert "Choir" not in page("/en/hubs/iso-omena/").text
    assert "Choir" not in page(f"{HUB}?at=2026-11-25T10:00").text
    assert "Choir" in page(f"{HUB}?at=2026-11-24T10:00").text


def test_what_somebody_types_is_only_text(page: Fetch, hall: Room, resident: User, kalajarvi_editor: User) -> None:
    show(book(hall, resident, "<b>Choir</b>"), kalajarvi_editor)

    assert "<b>Choir</b>" in page(HUB).main


# --- The resident's pages ------------------------------------------------------------------------------


def test_the_holder_reads_that_nobody_has_looked_yet(
    as_resident: Client, booking: Booking, kalajarvi_editor: User
) -> None:
    address = f"/en/bookings/{booking.reference}/"
    assert "The staff have not looked at it yet." in as_resident.get(address).text

    show(booking, kalajarvi_editor)

    text = as_resident.get(address).text
    assert "not looked at it yet" not in text
    assert "The staff let the service centre’s page tell of it." in text


def test_the_form_of_a_booking_asks_for_it(as_resident: Client, hall: Room) -> None:
    url = "/en/rooms/kalajarvi/hall/book/?start=2026-11-25T14:00&end=2026-11-25T16:00"
    as_resident.post(url, {"do": "hold"})
    assert "Title for the service centre’s page" in as_resident.get(url).text
    details = {"name": "Kim", "people": "4", "booker_kind": "private", "purpose": "Songs", "terms": "on"}

    as_resident.post(url, {"do": "book", **details, "public_title": "Choir"})

    assert Booking.objects.get().public_title == "Choir"


# --- The admin -------------------------------------------------------------------------------------------


def test_the_front_page_of_the_admin_leads_to_the_titles(as_kalajarvi_editor: Client, booking: Booking) -> None:
    as_kalajarvi_editor.cookies["django_language"] = "en"

    assert f'href="{TITLES}"' in as_kalajarvi_editor.get(reverse("admin:index")).text
    assert "Choir, come and sing" in as_kalajarvi_editor.get(TITLES).text


def test_one_tap_shows_it_and_one_takes_it_away(as_kalajarvi_editor: Client, booking: Booking) -> None:
    address = reverse("admin:rooms_booking_show_title", args=[booking.pk])
    assert f'formaction="{address}"' in as_kalajarvi_editor.get(TITLES).text

    as_kalajarvi_editor.post(address, {"title": booking.public_title})
    booking.refresh_from_db()
    assert booking.is_title_approved

    as_kalajarvi_editor.post(reverse("admin:rooms_booking_take_title_away", args=[booking.pk]))
    booking.refresh_from_db()
    assert booking.public_title == ""


def test_a_title_of_another_house_is_out_of_reach(as_kalajarvi_editor: Client, resident: User) -> None:
    booking = book(make_room(make_hub("iso-omena"), "stage"), resident)

    response = as_kalajarvi_editor.post(
        reverse("admin:rooms_booking_show_title", args=[booking.pk]), {"title": booking.public_title}
    )

    booking.refresh_from_db()
    assert response.status_code == 404
    assert not booking.is_title_approved


def test_looking_changes_nothing(as_kalajarvi_editor: Client, booking: Booking) -> None:
    address = reverse("admin:rooms_booking_show_title", args=[booking.pk])

    assert as_kalajarvi_editor.get(address).status_code == 405
