"""From a free time to a booking, through the pages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from rooms.booking import BookingDetails, book_room, hold
from rooms.enums import BookingState, WhoMayBook
from rooms.models import Booking, Room
from tests.cast import TUESDAY, helsinki, make_room, three_languages
from tests.pages.client import Fetch, Page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ROOM = "/en/rooms/kalajarvi/hall/"
BOOK = f"{ROOM}book/"
URL = f"{BOOK}?start=2026-11-25T14:00&end=2026-11-25T16:00"
STARTS_AT, ENDS_AT = helsinki(2026, 11, 25, 14), helsinki(2026, 11, 25, 16)
HOLD = {"do": "hold"}
DETAILS = {
    "do": "book",
    "name": "Kim",
    "phone": "040 123",
    "people": "12",
    "booker_kind": "private",
    "purpose": "Yoga",
    "message": "We bring mats",
    "terms": "on",
}
QUERIES_TO_CHOOSE = 7
QUERIES_TO_FILL_IN = 5


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


def take(room: Room, starts_at: datetime = STARTS_AT, ends_at: datetime = ENDS_AT, at: datetime = TUESDAY) -> Booking:
    """Let somebody else hold the time."""
    return hold(room=room, starts_at=starts_at, ends_at=ends_at, language="sv", at=at)


def value_of(page: Page, name: str) -> str:
    return page.all("input", name=name)[0].attributes.get("value", "")


# --- Choose and hold ------------------------------------------------------------------------


def test_looking_makes_nothing(page: Fetch, hall: Room) -> None:
    shown = page(URL)

    assert shown.h1 == "Choose a time"
    assert "Free: Wednesday 25 November, 8:00\u2060–\u206020:00" in shown.main
    assert [option.text for option in shown.all("option", selected="")] == ["14:00", "2 hours"]
    assert Booking.objects.count() == 0


def test_without_a_time_the_next_free_one_is_offered(page: Fetch, hall: Room) -> None:
    assert [option.text for option in page(BOOK).all("option", selected="")] == ["12:00", "30 minutes"]


def test_the_next_free_time_that_is_offered_can_be_held(page: Fetch, client: Client, hall: Room) -> None:
    address = page(BOOK).all("form", class_="form")[0].attributes["action"]

    response = client.post(address, {**HOLD, "start": "2026-11-24T12:00", "minutes": "30"})

    assert response.headers["Location"] == f"{BOOK}?start=2026-11-24T12:00&end=2026-11-24T12:30"
    assert Booking.objects.count() == 1


def test_a_long_free_time_becomes_the_longest_booking(page: Fetch, hall: Room) -> None:
    shown = page(f"{BOOK}?start=2026-11-25T08:00&end=2026-11-25T20:00")

    assert [option.text for option in shown.all("option", selected="")] == ["8:00", "4 hours"]


def test_choosing_holds_the_time_for_ten_minutes(client: Client, hall: Room) -> None:
    response = client.post(URL, {**HOLD, "start": "2026-11-25T15:00", "minutes": "90"})

    assert response.headers["Location"] == f"{BOOK}?start=2026-11-25T15:00&end=2026-11-25T16:30"
    held = Booking.objects.get()
    assert (held.state, held.starts_at) == (BookingState.HELD, helsinki(2026, 11, 25, 15))
    assert client.session["held"] == held.reference


def test_nobody_can_hold_time_after_time_by_coming_as_somebody_new(page: Fetch, hall: Room) -> None:
    addresses = [f"{BOOK}?start=2026-12-{day:02}T14:00&end=2026-12-{day:02}T15:00" for day in range(1, 32)]

    statuses = [Client().post(address, HOLD).status_code for address in addresses]

    assert statuses == [302] * 30 + [429]
    assert Booking.objects.count() == 30
    assert page(URL, data=HOLD, status=429).h1 == "Too many tries"


def test_each_resident_has_their_own_number_of_holds(as_resident: Client, hall: Room) -> None:
    for day in range(1, 31):
        Client().post(f"{BOOK}?start=2026-12-{day:02}T14:00&end=2026-12-{day:02}T15:00", HOLD)

    assert as_resident.post(URL, HOLD).status_code == 302


def test_a_book_button_holds_what_its_address_says(client: Client, hall: Room) -> None:
    assert client.post(URL, HOLD).headers["Location"] == URL
    assert Booking.objects.get().ends_at == ENDS_AT


def test_a_length_that_does_not_fit_says_until_when_the_room_is_free(page: Fetch, hall: Room) -> None:
    shown = page(URL, data={**HOLD, "start": "2026-11-25T19:00", "minutes": "120"})

    assert shown.title.startswith("Error: Choose a time")
    assert "The room is free until 20:00. Choose an earlier start or a shorter length." in shown.main
    assert [option.text for option in shown.all("option", selected="")] == ["19:00", "2 hours"]


def test_a_new_hold_replaces_the_one_before(client: Client, hall: Room) -> None:
    client.post(URL, HOLD)
    client.post(f"{BOOK}?start=2026-11-26T10:00&end=2026-11-26T11:00", HOLD)

    assert list(Booking.objects.live_at(TUESDAY).values_list("starts_at", flat=True)) == [helsinki(2026, 11, 26, 10)]


def test_another_time_says_that_one_is_held_already(page: Fetch, client: Client, hall: Room) -> None:
    client.post(URL, HOLD)

    shown = page(f"{BOOK}?start=2026-11-26T10:00&end=2026-11-26T11:00")

    assert shown.h1 == "Choose a time"
    assert "You are booking Hall, Wednesday 25 November, 14:00\u2060–\u206016:00." in shown.main
    assert shown.links["Continue booking"] == URL


@pytest.mark.parametrize("path", ["/en/rooms/", ROOM])
def test_coming_back_finds_the_way_to_the_held_time(page: Fetch, client: Client, hall: Room, path: str) -> None:
    client.post(URL, HOLD)

    assert page(path).links["Continue booking"] == URL


def test_what_one_holds_oneself_is_no_obstacle_to_another_time(page: Fetch, client: Client, hall: Room) -> None:
    client.post(URL, HOLD)
    later = f"{BOOK}?start=2026-11-25T15:00&end=2026-11-25T17:00"

    assert page(later).h1 == "Choose a time"
    assert "Book Wednesday 25 November 8:00\u2060–\u206020:00" in page(ROOM).links
    assert client.post(later, HOLD).headers["Location"] == later


def test_letting_go_frees_the_time(client: Client, hall: Room) -> None:
    client.post(URL, HOLD)

    assert client.post(URL, {"do": "release"}).headers["Location"] == ROOM
    assert not Booking.objects.live_at(TUESDAY).exists()
    assert "held" not in client.session


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("start=2026-02-30T10:00&end=2026-02-30T11:00", "The time in the address cannot be read."),
        ("start=2026-11-25T14:00", "Choose a time."),
        ("start=2026-11-25T16:00&end=2026-11-25T14:00", "The booking must end after it starts."),
        ("start=2026-11-24T08:00&end=2026-11-24T09:00", "That time has already passed."),
        ("start=2027-03-28T03:30&end=2027-03-28T05:00", "03:30 does not exist"),
        ("start=2027-10-31T03:30&end=2027-10-31T05:00", "shows 03:30 twice"),
        ("start=9999-12-31T23:00&end=9999-12-31T23:30", "Rooms cannot be booked that far ahead."),
        ("start=2026-11-25T14:00&end=2027-11-25T16:00", "That is too long for one booking."),
        ("start=0001-01-01T00:00&end=0001-01-01T01:00", "The time in the address cannot be read."),
        ("start=😀&end=2026", "The time in the address cannot be read."),
    ],
)
@pytest.mark.parametrize("do", ["look", "hold"])
def test_a_time_that_cannot_be_read_says_what_to_do(page: Fetch, hall: Room, query: str, words: str, do: str) -> None:
    shown = page(f"{BOOK}?{query}", status=400, data=HOLD if do == "hold" else None)

    assert words in shown.main
    assert shown.links["Choose the next free time"] == f"{BOOK}?start=2026-11-24T12:00&end=2026-11-24T12:30"
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("start=2026-11-25T06:00&end=2026-11-25T07:00", "is not open then. Choose another time."),
        ("start=2027-06-25T10:00&end=2027-06-25T11:00", "This room can be booked at most 90 days ahead"),
    ],
)
def test_a_time_against_the_rules_says_why_and_what_instead(page: Fetch, hall: Room, query: str, words: str) -> None:
    assert words in page(f"{BOOK}?{query}").main
    refused = page(f"{BOOK}?{query}", status=409, data=HOLD)
    assert refused.h1 == "This time cannot be booked"
    assert words in refused.main


def test_a_taken_time_offers_the_nearest_time_and_room(page: Fetch, hall: Room) -> None:
    make_room(hall.hub, "ahti", **three_languages("name", "Ahti", "Ahti", "Ahti"))
    take(hall)

    refused = page(URL, status=409, data=HOLD)

    assert refused.h1 == "This time was just taken"
    addresses = [button.attributes["formaction"] for button in refused.all("button", form="hold")]
    assert addresses[0] == f"{BOOK}?start=2026-11-25T12:00&end=2026-11-25T14:00"
    assert "/en/rooms/kalajarvi/ahti/book/?start=2026-11-25T14:00&end=2026-11-25T16:00" in addresses


def test_a_room_booked_through_the_staff_is_not_booked_here(client: Client, hall: Room) -> None:
    make_room(hall.hub, "stage", channel="staff")

    assert client.post("/en/rooms/kalajarvi/stage/book/", HOLD).headers["Location"] == "/en/rooms/kalajarvi/stage/"


def test_only_get_and_post(client: Client, hall: Room) -> None:
    assert client.put(URL).status_code == 405


def test_at_the_door_the_time_that_runs_can_be_chosen(page: Fetch, client: Client, hall: Room, clock: Any) -> None:
    clock.move_to(TUESDAY + timedelta(minutes=12))
    now = f"{BOOK}?start=2026-11-24T12:00&end=2026-11-24T16:00"

    assert "12:00" in [each.text for each in page(now).all("option")]
    client.post(now, HOLD)

    held = Booking.objects.get()
    assert (held.starts_at, held.ends_at) == (TUESDAY, TUESDAY + timedelta(hours=4))


def test_a_later_start_does_not_offer_the_time_that_runs(page: Fetch, hall: Room, clock: Any) -> None:
    clock.move_to(TUESDAY + timedelta(minutes=12))
    shown = page(f"{BOOK}?start=2026-11-24T12:30&end=2026-11-24T16:00")
    assert "12:00" not in [each.text for each in shown.all("option")]


# --- Sign in, fill in, book -----------------------------------------------------------------


def test_whoever_is_not_signed_in_signs_in_and_comes_back_to_the_held_time(
    page: Fetch, client: Client, hall: Room, resident: User
) -> None:
    client.post(URL, HOLD)

    shown = page(URL)
    assert shown.h1 == "Sign in to book"
    assert "The time is held for you until 12:10." in shown.main
    assert shown.links["Sign in and continue"] == (
        "/en/accounts/login/?next=%2Fen%2Frooms%2Fkalajarvi%2Fhall%2Fbook%2F%3F"
        "start%3D2026-11-25T14%3A00%26end%3D2026-11-25T16%3A00"
    )

    client.force_login(resident, backend="accounts.backends.RoleBackend")
    assert page(URL).h1 == "Your details"


def test_coming_back_without_the_time_in_the_address_continues(page: Fetch, as_resident: Client, hall: Room) -> None:
    as_resident.post(URL, HOLD)

    assert page(BOOK, as_=as_resident).h1 == "Your details"


def test_the_form_knows_the_resident_and_the_room(page: Fetch, as_resident: Client, resident: User, hall: Room) -> None:
    resident.name, resident.phone = "Kim", "040"
    resident.save()
    as_resident.post(URL, HOLD)

    shown = page(URL, as_=as_resident)

    assert (value_of(shown, "name"), value_of(shown, "phone")) == ("Kim", "040")
    assert "The room holds at most 40 people." in shown.main
    assert shown.texts("label", "choice")[:2] == ["Private person", "Association or group"]


def test_filling_in_books_the_held_time(as_resident: Client, page: Fetch, resident: User, hall: Room) -> None:
    as_resident.post(URL, HOLD)
    reference = as_resident.session["held"]

    response = as_resident.post(URL, DETAILS)

    booking = Booking.objects.get()
    assert (booking.reference, booking.state, booking.people) == (reference, BookingState.CONFIRMED, 12)
    assert (booking.purpose, booking.message, booking.language) == ("Yoga", "We bring mats", "en")
    assert response.headers["Location"] == f"/en/bookings/{reference}/"
    resident.refresh_from_db()
    assert (resident.name, resident.phone) == ("Kim", "040 123")
    assert {"held", "draft"}.isdisjoint(as_resident.session.keys())
    assert "Your booking is confirmed" in page(response.headers["Location"], as_=as_resident).texts("h2")


def test_what_was_typed_comes_along_to_the_page_in_another_language(
    as_resident: Client, page: Fetch, hall: Room
) -> None:
    as_resident.post(URL, HOLD)

    kept = as_resident.post(URL, {**DETAILS, "do": "keep"})

    assert (kept.status_code, kept.content) == (204, b"")
    shown = page(URL.replace("/en/", "/fi/"), as_=as_resident)
    assert (value_of(shown, "name"), value_of(shown, "purpose")) == ("Kim", "Yoga")
    assert Booking.objects.get().state == BookingState.HELD


def test_a_room_that_asks_for_approval_gets_a_request(as_resident: Client, page: Fetch, hall: Room) -> None:
    hall.needs_approval = True
    hall.save()
    as_resident.post(URL, HOLD)
    assert "Send the request" in page(URL, as_=as_resident).texts("button")

    response = as_resident.post(URL, DETAILS)

    done = page(response.headers["Location"], as_=as_resident)
    assert Booking.objects.get().state == BookingState.REQUESTED
    assert "Your request has been sent" in done.texts("h2")
    assert "waits for an answer from the staff, at the latest" in done.main


def test_what_is_missing_is_told_at_each_field_and_nothing_typed_is_lost(
    as_resident: Client, page: Fetch, hall: Room
) -> None:
    as_resident.post(URL, HOLD)
    wrong = {**DETAILS, "name": "", "people": "41", "terms": ""}

    shown = page(URL, as_=as_resident, data=wrong)

    assert shown.title.startswith("Error: Book Hall")
    assert {
        "Give your name.": "#id_name",
        "The room holds at most 40 people. Choose a larger room or fewer people.": "#id_people",
        "Accept the terms of use to book.": "#id_terms",
    }.items() <= shown.links.items()
    assert value_of(shown, "people") == "41"
    assert shown.all("textarea", name="message")[0].text == "We bring mats"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"booker_kind": "association"}, "organisation", "Give the name of the association or group."),
        ({"booker_kind": "city"}, "booker_kind_0", "Choose who books from the list."),
        ({"people": "-3"}, "people", "At least one person must be coming."),
        ({"name": "x" * 10_000}, "name", "The name is too long."),
        ({"message": "x" * 10_000}, "message", "The message is too long."),
    ],
)
def test_each_rule_is_explained_at_its_field(
    as_resident: Client, page: Fetch, hall: Room, change: dict[str, str], field: str, words: str
) -> None:
    as_resident.post(URL, HOLD)

    shown = page(URL, as_=as_resident, data={**DETAILS, **change})

    assert [link for link in shown.all("a", href=f"#id_{field}") if words in link.text]
    assert Booking.objects.get().state == BookingState.HELD


def test_two_rooms_at_once_are_refused_with_the_reason(
    as_resident: Client, resident: User, page: Fetch, hall: Room
) -> None:
    other = make_room(hall.hub, "ahti")
    details = BookingDetails(people=1, name="Kim", language="en")
    times = {"starts_at": STARTS_AT, "ends_at": ENDS_AT}
    book_room(room=other, resident=resident, actor=resident, details=details, at=TUESDAY, **times)
    as_resident.post(URL, HOLD)

    refused = page(URL, as_=as_resident, data=DETAILS, status=409)

    assert "You have already booked" in refused.main


def test_a_room_for_residents_only_takes_requests(as_resident: Client, page: Fetch, hall: Room) -> None:
    hall.who_may_book = WhoMayBook.RESIDENTS
    hall.save()
    as_resident.post(URL, HOLD)

    assert "Send the request" in page(URL, as_=as_resident).texts("button")


def test_staff_may_book_for_the_city(as_kalajarvi_editor: Client, page: Fetch, hall: Room) -> None:
    as_kalajarvi_editor.post(URL, HOLD)

    assert "The city’s own activity" in page(URL, as_=as_kalajarvi_editor).texts("label", "choice")


def test_a_hold_that_lapsed_is_booked_if_the_time_is_still_free(as_resident: Client, hall: Room, clock: Any) -> None:
    as_resident.post(URL, HOLD)
    clock.shift(timedelta(minutes=11))

    as_resident.post(URL, DETAILS)

    assert Booking.objects.get().state == BookingState.CONFIRMED


def test_a_hold_that_lapsed_is_held_again_while_the_form_is_corrected(
    as_resident: Client, page: Fetch, hall: Room, clock: Any
) -> None:
    as_resident.post(URL, HOLD)
    clock.shift(timedelta(minutes=11))

    shown = page(URL, as_=as_resident, data={**DETAILS, "terms": ""})

    assert "The time is held for you until 12:21." in shown.main
    assert value_of(shown, "name") == "Kim"


def test_a_time_lost_meanwhile_offers_others_and_keeps_what_was_typed(
    as_resident: Client, page: Fetch, hall: Room, clock: Any
) -> None:
    as_resident.post(URL, HOLD)
    clock.shift(timedelta(minutes=11))
    take(hall, at=TUESDAY + timedelta(minutes=11))

    refused = page(URL, as_=as_resident, data=DETAILS, status=409)

    assert refused.h1 == "This time was just taken"
    assert "What you have filled in is kept." in refused.main
    instead = refused.all("button", form="hold")[0].attributes["formaction"]
    as_resident.post(instead, HOLD)
    shown = page(instead, as_=as_resident)
    assert (value_of(shown, "name"), value_of(shown, "people")) == ("Kim", "12")


def test_the_form_sent_twice_makes_one_booking(as_resident: Client, hall: Room) -> None:
    as_resident.post(URL, HOLD)
    sent = {**DETAILS, "held": as_resident.session["held"]}

    first, second = as_resident.post(URL, sent), as_resident.post(URL, sent)

    assert first.headers["Location"] == second.headers["Location"]
    assert Booking.objects.count() == 1


def test_whoever_goes_back_after_booking_finds_the_booking_and_not_a_taken_time(
    as_resident: Client, page: Fetch, hall: Room
) -> None:
    as_resident.post(URL, HOLD)
    booked = as_resident.post(URL, DETAILS).headers["Location"]

    assert as_resident.get(URL).headers["Location"] == as_resident.post(URL, HOLD).headers["Location"] == booked
    assert "You have booked this time already." in page(booked, as_=as_resident).text


def test_the_form_sent_after_signing_out_is_kept_until_signed_in(
    client: Client, page: Fetch, resident: User, hall: Room
) -> None:
    client.post(URL, HOLD)

    assert client.post(URL, DETAILS).headers["Location"].startswith("/en/accounts/login/?next=/en/rooms/")

    client.force_login(resident, backend="accounts.backends.RoleBackend")
    assert value_of(page(URL), "name") == "Kim"


def test_a_hold_of_somebody_else_is_nobodys_way_in(
    as_resident: Client, as_another_resident: Client, hall: Room, page: Fetch
) -> None:
    as_another_resident.post(URL, HOLD)
    theirs = as_another_resident.session["held"]

    refused = page(URL, as_=as_resident, data={**DETAILS, "held": theirs}, status=409)

    assert refused.h1 == "This time was just taken"
    assert Booking.objects.get(reference=theirs).state == BookingState.HELD


def test_a_session_left_with_somebodys_hold_opens_nothing(
    as_resident: Client, as_another_resident: Client, hall: Room
) -> None:
    as_resident.post(URL, HOLD)
    session = as_another_resident.session
    session["held"] = as_resident.session["held"]
    session.save()

    seen = as_another_resident.get(URL).content.decode()
    as_another_resident.post(URL, {"do": "release"})

    assert 'name="people"' not in seen
    assert Booking.objects.get().state == BookingState.HELD


def test_the_terms_say_what_is_not_allowed_and_how_to_cancel(as_resident: Client, page: Fetch, hall: Room) -> None:
    hall.not_allowed_en = "No parties"
    hall.save()
    as_resident.post(URL, HOLD)

    terms = page(URL, as_=as_resident).texts("details", "terms")[0]

    assert "No parties" in terms
    assert "at least 24 hours before the start" in terms


def test_a_busier_room_needs_no_more_queries(
    as_resident: Client, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for hour in (8, 10, 18):
        take(hall, helsinki(2026, 11, 25, hour), helsinki(2026, 11, 25, hour + 1))
        with django_assert_num_queries(QUERIES_TO_CHOOSE):
            as_resident.get(URL)
    as_resident.post(URL, HOLD)
    with django_assert_num_queries(QUERIES_TO_FILL_IN):
        as_resident.get(URL)
