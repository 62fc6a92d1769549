"""The screen at the entrance: what is open until when, the rooms now and next, notices."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import brotli
import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub, Notice
from rooms.booking import BookingDetails, book_room
from rooms.models import Room
from services.models import Listing
from servicetorg.demo.load import load
from tests.cast import TUESDAY, helsinki, make_listing, make_room, set_hours, three_languages
from tests.pages.client import Fetch, Page

pytestmark = pytest.mark.django_db

URL = "/sv/hubs/kalajarvi/display/"
TURN = timedelta(seconds=30)
ENGLISH = TUESDAY + 2 * TURN
QUERIES = 8


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(ENGLISH, tick=False) as traveller:
        yield traveller


def rows(page: Page) -> list[str]:
    return [each.text for each in page.all("li") if "is-" in each.attributes.get("class", "")]


def book(room: Room, resident: User, start: int, end: int) -> None:
    details = BookingDetails(people=2, name="Kim Lind", purpose="Yoga")
    times = {"starts_at": helsinki(2026, 11, 24, start), "ends_at": helsinki(2026, 11, 24, end)}
    book_room(room=room, resident=resident, actor=resident, details=details, at=TUESDAY, **times)


def test_it_says_what_is_open_until_when(page: Fetch, library: Listing) -> None:
    make_listing(library.hub, "clinic", hours={"tue": ("8:00", "11:00"), "thu": ("8:00", "11:00")})
    make_listing(library.hub, "hidden", is_published=False)
    shown = page(URL)
    assert shown.h1 == "Kalajärvi Service Centre"
    assert shown.texts("p", "hub-state") == ["Open now, closes at 20:00"]
    assert rows(shown) == ["Kalajärvi Library opens on Thursday at 8:00", "Kalajärvi Library closes at 20:00"]


def test_another_way_of_being_open_is_named(page: Fetch, kalajarvi: Hub) -> None:
    listing = make_listing(kalajarvi)
    set_hours(listing.timetable, {"tue": ("8:00", "18:00")}, mode="self_service")
    assert rows(page(URL)) == ["Kalajärvi Library Self-service now, closes at 18:00"]


def test_it_says_the_rooms_now_and_next_and_names_nobody(page: Fetch, hall: Room, resident: User) -> None:
    book(hall, resident, 14, 16)
    shown = page(URL)
    assert rows(shown) == ["Hall Free until 14:00 14:00\u2060–\u206016:00 Booked"]
    assert not [word for word in ("Kim", "Lind", "Yoga", resident.email) if word in shown.html]


def test_it_shows_notices_while_they_last(page: Fetch, kalajarvi: Hub, clock: Any) -> None:
    titles = three_languages("title", "Hissen är sönder", "Hissi on rikki", "The lift is broken")
    Notice.objects.create(hub=kalajarvi, starts_at=TUESDAY, ends_at=TUESDAY + timedelta(hours=1), **titles)
    assert "The lift is broken" in page(URL).texts("h2")
    clock.move_to(TUESDAY + timedelta(hours=1))
    assert page(URL).texts("h2") == []


def test_the_languages_take_turns_and_the_others_stand_below(page: Fetch, kalajarvi: Hub, clock: Any) -> None:
    seen = []
    for turn in range(3):
        clock.move_to(TUESDAY + turn * TURN)
        shown = page(URL)
        seen.append(shown.h1)
        assert len([each for each in shown.all("li") if "lang" in each.attributes]) == 2
    assert seen == ["Kalajärvi servicetorg", "Kalajärven palvelutori", "Kalajärvi Service Centre"]


def test_a_closed_house_says_when_it_opens(page: Fetch, kalajarvi: Hub, clock: Any) -> None:
    clock.move_to(helsinki(2026, 11, 24, 20, 1))
    assert page(URL).texts("p", "hub-state")[0] != ""
    assert "is-open" not in page(URL).html


def test_it_is_a_screen_that_asks_again_and_nothing_else(page: Fetch, client: Client, kalajarvi: Hub) -> None:
    shown = page(URL)
    assert (shown.all("nav"), shown.all("a"), shown.all("main")[0].attributes["data-hx-get"]) == ([], [], URL)
    assert [each.attributes["content"] for each in shown.all("meta", name="robots")] == ["noindex"]
    part = client.get(URL, headers={"HX-Request": "true"}).content.decode().strip()
    assert part.startswith('<div class="board ')
    assert client.post(URL).status_code == 405
    Hub.objects.update(is_published=False)
    assert client.get(URL).status_code == 404


def test_more_of_everything_needs_no_more_queries(
    client: Client, hall: Room, library: Listing, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    book(hall, resident, 14, 15)
    with django_assert_num_queries(QUERIES):
        client.get(URL)
    for number in range(2):
        make_listing(hall.hub, f"listing-{number}", hours={"tue": ("8:00", "11:00")})
        book(make_room(hall.hub, f"room-{number}"), resident, 16 + number, 17 + number)
    with django_assert_num_queries(QUERIES):
        client.get(URL)


def test_it_is_light_with_all_the_real_data(page: Fetch) -> None:
    load(at=TUESDAY, with_bookings=False)
    assert len(brotli.compress(page("/sv/hubs/iso-omena/display/").html.encode())) < 4 * 1024


def test_late_in_the_day_it_says_what_is_still_free_tonight(
    page: Fetch, hall: Room, resident: User, clock: Any
) -> None:
    make_room(hall.hub, "stage", channel="staff", **three_languages("name", "Scenen", "Lava", "Stage"))
    make_room(hall.hub, "part", parent=hall, **three_languages("name", "Del", "Osa", "Part"))
    book(hall, resident, 18, 19)
    assert page(URL).texts("p", "hub-tonight") == []

    clock.move_to(ENGLISH + timedelta(hours=4))

    assert page(URL).texts("p", "hub-tonight") == ["Free tonight Hall 17:00\u2060–\u206018:00, 19:00\u2060–\u206020:00"]
