"""Never a dead end: whoever cannot have what they asked for is led on to what they can have."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub
from rooms.alternatives import Instead, instead_of
from rooms.booking import BookingDetails, Refused, book_room, hold
from rooms.models import Booking, Equipment, Room
from tests.cast import TUESDAY, helsinki, make_room, three_languages
from tests.pages.client import Fetch, Page

pytestmark = pytest.mark.django_db

AT = TUESDAY
FRIDAY_17 = helsinki(2026, 11, 27, 17)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False), translation.override("en"):
        yield


@pytest.fixture
def part(hall: Room) -> Room:
    return named(hall.hub, "Part A", parent=hall, capacity=20)


def named(hub: Hub, name: str, **fields: Any) -> Room:
    slug = name.lower().replace(" ", "-")
    return make_room(hub, slug, **{**three_languages("name", name, name, name), **fields})


def book(room: Room, resident: User, starts_at: datetime = FRIDAY_17, hours: float = 1) -> Booking:
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=starts_at,
        ends_at=starts_at + hours * HOUR,
        details=BookingDetails(people=3, name="Kim"),
        at=AT,
    )


def instead(room: Room, people: int | None, **known: Any) -> Instead:
    return instead_of(room, FRIDAY_17, FRIDAY_17 + HOUR, people, at=AT, **known)


def after_refusal(room: Room, resident: User, hours: float = 1) -> tuple[str, list[tuple[str, datetime, float]]]:
    """Return why the room is refused to the resident on Friday at 17, and what is offered instead."""
    with pytest.raises(Refused) as refused:
        book(room, resident, hours=hours)
    found = instead_of(
        room, FRIDAY_17, FRIDAY_17 + hours * HOUR, 3, at=AT, reasons=refused.value.reasons, resident=resident
    )
    spans = [(each.room.slug, each.starts_at, (each.ends_at - each.starts_at) / HOUR) for each in found.choices]
    return refused.value.reasons[0].code, spans


# --- Too big a group -------------------------------------------------------------------------------


def test_too_many_for_a_part_are_led_to_the_whole_hall_first(hall: Room, part: Room) -> None:
    named(hall.hub, "Barn", capacity=30)

    found = instead(part, 25).choices

    assert [(each.room.slug, each.starts_at, each.reason) for each in found] == [
        ("hall", FRIDAY_17, "The whole hall, at the same time"),
        ("barn", FRIDAY_17, "Large enough, at the same time"),
    ]


def test_two_adjoining_rooms_are_offered_together(kalajarvi: Hub) -> None:
    both = named(kalajarvi, "Both", kind="meeting", capacity=22)
    one, _other = (named(kalajarvi, name, kind="meeting", parent=both, capacity=12) for name in ("One", "Other"))

    assert [each.reason for each in instead(one, 20).choices] == ["Both rooms together, at the same time"]


def test_where_the_whole_is_taken_its_nearest_time_comes_first(
    hall: Room, part: Room, iso_omena: Hub, another_resident: User
) -> None:
    named(hall.hub, "Part B", parent=hall, capacity=20)
    book(Room.objects.get(slug="part-b"), another_resident, hours=2)
    named(iso_omena, "Cinema", capacity=30)

    found = instead(part, 25).choices

    assert [(each.room.slug, each.starts_at, each.reason) for each in found] == [
        ("hall", FRIDAY_17 - HOUR, "The whole hall, at the nearest free time"),
        ("cinema", FRIDAY_17, "Large enough, at the same time, in another service centre"),
    ]


def test_the_same_hub_and_the_smallest_that_is_enough_come_first(hall: Room, iso_omena: Hub) -> None:
    small = named(hall.hub, "Small", capacity=4)
    for name, capacity in (("Barn", 80), ("Attic", 12)):
        named(hall.hub, name, capacity=capacity)
    named(iso_omena, "Studio", capacity=10)

    assert [each.room.slug for each in instead(small, 10).choices] == ["attic", "hall", "barn"]


def test_where_no_room_is_large_enough_the_largest_is_named(hall: Room, part: Room) -> None:
    found = instead(part, 500)

    assert (list(found.choices), found.largest) == ([], hall)


def test_a_room_that_the_staff_book_is_named_for_a_big_group(hall: Room, part: Room) -> None:
    stage = named(hall.hub, "Stage", capacity=60, channel="staff", channel_email="stage@example.org")

    found = instead(part, 50)

    assert (list(found.choices), found.through_staff, found.largest) == ([], [stage], None)


def test_a_part_that_is_free_is_offered_where_the_whole_is_not(hall: Room, part: Room, another_resident: User) -> None:
    book(named(hall.hub, "Part B", parent=hall, capacity=20), another_resident)

    reasons = {each.room.slug: each.reason for each in instead(hall, 15).choices}

    assert reasons["part-a"] == "The same time, a part of the same room"


def test_where_no_other_room_is_free_then_one_is_offered_the_same_day(
    hall: Room, resident: User, another_resident: User, iso_omena: Hub
) -> None:
    barn, cinema = named(hall.hub, "Barn"), named(iso_omena, "Cinema")
    for room, person in ((hall, None), (barn, resident), (cinema, another_resident)):
        book_room(
            room=room, resident=person, actor=person or resident, starts_at=FRIDAY_17, ends_at=FRIDAY_17 + 2 * HOUR,
            details=BookingDetails(people=3, name="Kim"), at=AT,
        )  # fmt: skip

    others = [each for each in instead(hall, 3).choices if each.room != hall]

    assert [(each.room, each.starts_at, each.reason) for each in others] == [
        (barn, FRIDAY_17 - HOUR, "The same day, another room in the same service centre"),
        (cinema, FRIDAY_17 - HOUR, "The same day, in another service centre"),
    ]


def test_at_the_door_a_room_is_offered_from_the_step_that_runs(hall: Room, another_resident: User) -> None:
    book(hall, another_resident, TUESDAY)
    named(hall.hub, "Barn")

    found = instead_of(hall, TUESDAY, TUESDAY + HOUR, None, at=TUESDAY + timedelta(minutes=12)).choices

    assert [each.starts_at for each in found if each.room != hall] == [TUESDAY]


# --- What somebody has already ------------------------------------------------------------------------


def test_who_has_another_room_then_is_not_offered_a_third(hall: Room, resident: User) -> None:
    book(named(hall.hub, "Barn"), resident)
    named(hall.hub, "Attic")

    code, offered = after_refusal(hall, resident)

    assert code == "own_booking"
    assert [(room, (start - FRIDAY_17) / HOUR) for room, start, _hours in offered] == [
        ("hall", -1),
        ("hall", 1),
        ("hall", -2),
    ]


def test_who_has_enough_in_this_room_is_offered_others_only(hall: Room, resident: User) -> None:
    Room.objects.update(most_active=1)
    hall.refresh_from_db()
    book(hall, resident, FRIDAY_17 + timedelta(days=1))
    named(hall.hub, "Attic")

    assert after_refusal(hall, resident) == ("most_active", [("attic", FRIDAY_17, 1)])


def test_who_has_used_a_part_of_the_weeks_hours_is_offered_what_is_left_then_other_weeks_and_hubs(
    hall: Room, iso_omena: Hub, resident: User
) -> None:
    Hub.objects.filter(slug="kalajarvi").update(booking_minutes_per_week=120)
    hall.hub.refresh_from_db()
    book(hall, resident, FRIDAY_17 + timedelta(days=1))
    named(hall.hub, "Attic")
    named(iso_omena, "Cinema")

    code, offered = after_refusal(hall, resident, hours=2)

    assert code == "weekly_hours"
    assert offered[0] == ("hall", FRIDAY_17, 1)
    assert offered[-1] == ("cinema", FRIDAY_17, 2)
    assert "attic" not in [room for room, _start, _hours in offered]
    for room, starts_at, hours in offered:
        book(Room.objects.get(slug=room), resident, starts_at, hours).delete()


def test_nothing_is_offered_that_would_be_refused_again(hall: Room, resident: User) -> None:
    Hub.objects.update(booking_minutes_per_week=60)
    hall.hub.refresh_from_db()
    book(hall, resident, FRIDAY_17 + timedelta(days=1))
    named(hall.hub, "Attic")

    _code, offered = after_refusal(hall, resident)

    assert offered
    for room, starts_at, hours in offered:
        book(Room.objects.get(slug=room), resident, starts_at, hours).delete()


@pytest.mark.parametrize("number", [1, 3])
def test_as_many_queries_for_three_rooms_as_for_one(
    hall: Room, part: Room, resident: User, number: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for each in range(number):
        named(hall.hub, f"Room {each}", capacity=30)

    with django_assert_max_num_queries(12):
        instead(part, 25, resident=resident)


# --- On the pages ---------------------------------------------------------------------------------------

DETAILS = {"do": "book", "name": "Kim", "people": "25", "booker_kind": "private", "purpose": "Yoga", "terms": "on"}
PART = "/en/rooms/kalajarvi/part-a/book/?start=2026-11-27T17:00&end=2026-11-27T18:00"


def actions(shown: Page) -> dict[str, str]:
    return {
        element.text: element.attributes["formaction"]
        for element in shown.all("button")
        if "formaction" in element.attributes
    }


def test_too_many_on_the_form_take_the_whole_hall_by_one_tap_and_keep_what_was_typed(
    page: Fetch, as_resident: Client, part: Room
) -> None:
    as_resident.post(PART, {"do": "hold"})
    shown = page(PART, as_=as_resident, data=DETAILS)

    assert "The whole hall, at the same time" in shown.main
    (whole,) = actions(shown).values()
    next_page = as_resident.post(whole, {**DETAILS, "do": "hold", "message": "We bring mats"})
    form = page(next_page.headers["Location"], as_=as_resident)

    assert [booking.room.slug for booking in Booking.objects.live_at(AT)] == ["hall"]
    assert form.all("input", name="purpose")[0].attributes["value"] == "Yoga"
    assert form.all("textarea", name="message")[0].text == "We bring mats"


def test_a_group_that_fits_nowhere_is_told_the_largest_and_whom_to_ask(
    page: Fetch, as_resident: Client, part: Room
) -> None:
    Hub.objects.update(phone="09 123 456", email="staff@example.org")
    as_resident.post(PART, {"do": "hold"})

    shown = page(PART, as_=as_resident, data={**DETAILS, "people": "500"})

    assert "No room holds 500 people. The largest is Hall in Kalajärvi Service Centre" in shown.main
    assert shown.links["staff@example.org"] == "mailto:staff@example.org"
    assert "09 123 456" in shown.links


def test_a_room_for_associations_leads_a_private_person_to_others(page: Fetch, as_resident: Client, hall: Room) -> None:
    named(hall.hub, "Club", who_may_book="associations")
    club = "/en/rooms/kalajarvi/club/book/?start=2026-11-27T17:00&end=2026-11-27T18:00"
    as_resident.post(club, {"do": "hold"})

    shown = page(club, as_=as_resident, data={**DETAILS, "people": "5"})

    assert "This room is for associations and groups." in shown.main
    assert list(actions(shown).values()) == [
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-27T17:00&end=2026-11-27T18:00"
    ]


def test_what_is_typed_wrong_offers_no_other_room(page: Fetch, as_resident: Client, part: Room) -> None:
    as_resident.post(PART, {"do": "hold"})

    assert actions(page(PART, as_=as_resident, data={**DETAILS, "people": "many"})) == {}


def test_too_many_while_changing_are_led_to_the_whole(
    page: Fetch, as_resident: Client, part: Room, resident: User
) -> None:
    mine = book(part, resident)
    typed = {**DETAILS, "do": "save", "date": "2026-11-27", "start": "17:00", "minutes": "60"}

    shown = page(f"/en/bookings/{mine.reference}/change/", as_=as_resident, data=typed)
    (whole,) = [address for address in actions(shown).values() if "room=hall" in address]
    as_resident.post(whole, {**typed, "do": "take"})

    mine.refresh_from_db()
    assert (mine.room.slug, mine.people) == ("hall", 25)


@pytest.mark.parametrize(
    ("wish", "words", "left_out"),
    [
        ("equipment=loop&equipment=piano", "Without this: piano", "equipment=piano"),
        ("equipment=loop&people=30", "For at most 20 people", "people=30"),
        ("equipment=loop&hub=iso-omena", "In any service centre", "hub="),
        ("equipment=loop&kind=meeting", "Any kind of room", "kind="),
        ("equipment=loop&minutes=480", "For 4 hours", "minutes=480"),
    ],
    ids=["equipment", "people", "hub", "kind", "length"],
)
def test_a_search_that_asks_too_much_says_which_wish_hinders(
    page: Fetch, part: Room, iso_omena: Hub, wish: str, words: str, left_out: str
) -> None:
    for slug in ("loop", "piano"):
        make = Equipment.objects.create(slug=slug, **three_languages("name", slug, slug, slug))
        if slug == "loop":
            part.equipment.add(make)
    named(iso_omena, "Cinema").equipment.add(Equipment.objects.get(slug="piano"))

    shown = page(f"/en/rooms/?date=2026-11-27&{wish}")

    assert shown.h1 == "No free room"
    assert left_out not in shown.links[words].split("#")[0]
    assert page(shown.links[words].split("#")[0]).h1 == "1 free room"


def test_a_search_for_more_people_than_any_room_holds_names_the_largest(page: Fetch, hall: Room) -> None:
    shown = page("/en/rooms/?date=2026-11-27&people=500")

    assert "No room holds 500 people. The largest is Hall" in shown.main
    assert page(shown.links["For at most 40 people"].split("#")[0]).h1 == "1 free room"


def test_a_search_for_what_only_the_staff_book_leads_to_it(page: Fetch, hall: Room) -> None:
    named(hall.hub, "Stage", kind="stage", channel="staff", channel_email="stage@example.org")

    shown = page("/en/rooms/?date=2026-11-27&kind=stage")

    assert shown.links["Stage"] == "/en/rooms/kalajarvi/stage/"


@pytest.mark.parametrize(
    "span",
    [
        "start=2026-11-27T06:00&end=2026-11-27T07:00",
        "start=2026-11-27T19:00&end=2026-11-27T21:00",
        "start=2026-11-27T08:00&end=2026-11-27T18:00",
        "start=2027-06-25T10:00&end=2027-06-25T11:00",
        "start=2026-11-27T17:10&end=2026-11-27T18:00",
        "start=2026-11-27T17:00&end=2026-11-27T17:10",
        "start=2026-11-24T13:00&end=2026-11-24T14:00",
    ],
    ids=["closed", "over the end", "too long", "too early", "off the grid", "too short", "too late"],
)
def test_no_refusal_is_the_end(page: Fetch, hall: Room, span: str) -> None:
    Room.objects.update(latest_minutes=24 * 60)

    refused = page(f"/en/rooms/kalajarvi/hall/book/?{span}", status=409, data={"do": "hold"})

    assert actions(refused)
    client = Client()
    assert client.post(next(iter(actions(refused).values())), {"do": "hold"}).status_code == 302


def test_the_hold_of_this_session_is_not_in_its_own_way(page: Fetch, client: Client, hall: Room, part: Room) -> None:
    hold(room=part, starts_at=FRIDAY_17 + HOUR, ends_at=FRIDAY_17 + 2 * HOUR, language="sv", at=AT)
    client.post(PART, {"do": "hold"})

    refused = page(PART.replace("T18:00", "T19:00"), as_=client, status=409, data={"do": "hold"})

    assert actions(refused)[next(iter(actions(refused)))] == PART
