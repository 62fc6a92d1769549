"""The screen by a room: now, until when, what next, and a code that leads to booking it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import brotli
import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from rooms.booking import BookingDetails, book_room, check_in, close_room, hold
from rooms.display import Board, Kind, address_at_the_door, language_in_turn, make_boards
from rooms.models import Booking, Room
from rooms.qr import qr_svg
from tests.cast import TUESDAY, helsinki, make_room, set_hours
from tests.pages.client import Fetch, Page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

URL = "/sv/rooms/kalajarvi/hall/display/"
QUERIES = 5
MINUTE = timedelta(minutes=1)
DASH = "\u2060–\u2060"
CLOSED = {"sv": "Golvet slipas", "fi": "Lattia hiotaan", "en": "The floor is being sanded"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return helsinki(2026, 11, day, hour, minute)


def book(room: Room, resident: User, start: datetime, end: datetime) -> None:
    details = BookingDetails(people=2, name="Kim Lind", purpose="Yoga", email="kim@example.com")
    wish = {"room": room, "resident": resident, "actor": resident, "details": details}
    book_room(starts_at=start, ends_at=end, at=TUESDAY - timedelta(days=1), **wish)


def board(room: Room, moment: datetime) -> Board:
    return make_boards([room], at=moment)[0]


def said(room: Room, moment: datetime) -> tuple[Kind, str]:
    with translation.override("en"):
        shown = board(room, moment)
        return shown.kind, shown.sentence


# --- What it says ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(7, 59), (Kind.SHUT, "Closed, opens at 8:00")),
        (at(8), (Kind.FREE, "Free until 14:00")),
        (at(13, 59), (Kind.FREE, "Free until 14:00")),
        (at(14), (Kind.BOOKED, "Booked until 16:00")),
        (at(15, 59), (Kind.BOOKED, "Booked until 16:00")),
        (at(16), (Kind.FREE, "Free until 20:00")),
        (at(19, 59), (Kind.FREE, "Free until 20:00")),
        (at(20), (Kind.SHUT, "Closed, opens tomorrow at 8:00")),
    ],
    ids=[
        "before opening",
        "opens now",
        "just before",
        "starts now",
        "last minute",
        "ends now",
        "closing",
        "closed now",
    ],
)
def test_the_right_thing_at_each_edge(hall: Room, resident: User, moment: datetime, expected: tuple[Kind, str]) -> None:
    book(hall, resident, at(14), at(16))
    assert said(hall, moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(13, 44), (Kind.FREE, "Free until 13:45")),
        (at(13, 45), (Kind.CLEANING, "Cleaning until 14:00")),
        (at(14), (Kind.BOOKED, "Booked until 16:00")),
        (at(16), (Kind.CLEANING, "Cleaning until 16:15")),
        (at(16, 15), (Kind.FREE, "Free until 20:00")),
    ],
    ids=str,
)
def test_time_kept_for_cleaning_is_neither_free_nor_booked(
    kalajarvi: Any, resident: User, moment: datetime, expected: tuple[Kind, str]
) -> None:
    room = make_room(kalajarvi, gap_minutes=15)
    book(room, resident, at(14), at(16))
    assert said(room, moment) == expected


def test_bookings_that_follow_each_other_are_told_apart(hall: Room, resident: User, another_resident: User) -> None:
    book(hall, resident, at(12), at(14))
    book(hall, another_resident, at(14), at(16))
    shown = board(hall, TUESDAY)
    assert (shown.now.ends_at, shown.coming[0].starts_at, shown.coming[0].kind) == (at(14), at(14), Kind.BOOKED)


def test_held_time_is_booked_until_the_hold_lapses(hall: Room) -> None:
    hold(room=hall, starts_at=at(12), ends_at=at(13), language="sv", at=TUESDAY)
    assert said(hall, TUESDAY + 9 * MINUTE) == (Kind.BOOKED, "Booked until 13:00")
    assert said(hall, TUESDAY + 10 * MINUTE) == (Kind.FREE, "Free until 20:00")


def test_a_closure_says_its_reason_and_its_end(page: Fetch, hall: Room) -> None:
    close_room(room=hall, starts_at=at(12), ends_at=at(10, day=26), reason=CLOSED, actor=None, at=TUESDAY)
    assert said(hall, TUESDAY) == (Kind.CLOSED, "Closed, until Thu 26 Nov at 10:00")
    assert CLOSED[language_in_turn(TUESDAY)] in page(URL).main


def test_a_day_off_says_when_it_opens_next(kalajarvi: Any) -> None:
    room = make_room(kalajarvi, hours={"mon": ("10:00", "12:00")})
    assert said(room, TUESDAY) == (Kind.SHUT, "Closed, opens on Monday at 10:00")


def test_hours_that_nobody_has_said_are_not_called_closed(page: Fetch, hall: Room) -> None:
    hall.hub.timetable.periods.all().delete()
    assert said(hall, TUESDAY) == (Kind.SHUT, "Opening hours not known")
    assert page(URL).all("svg") == []


def test_a_room_that_is_never_open_is_closed(kalajarvi: Any) -> None:
    room = make_room(kalajarvi, hours={})
    assert said(room, TUESDAY) == (Kind.SHUT, "Closed")


def test_a_room_that_never_closes_has_no_end(kalajarvi: Any) -> None:
    kalajarvi.timetable.periods.all().delete()
    set_hours(kalajarvi.timetable, {"mon tue wed thu fri sat sun": ("0:00", "0:00")})
    assert said(make_room(kalajarvi), TUESDAY) == (Kind.FREE, "Free")


def test_a_part_is_booked_with_its_whole_and_the_whole_with_its_part(hall: Room, resident: User) -> None:
    part, other = make_room(hall.hub, "a", parent=hall), make_room(hall.hub, "b", parent=hall)
    book(part, resident, at(12), at(14))
    assert [each.kind for each in make_boards([hall, part, other], at=TUESDAY)] == [Kind.BOOKED, Kind.BOOKED, Kind.FREE]
    assert board(hall, TUESDAY).now.ends_at == at(14)


def test_what_is_free_for_less_than_a_booking_is_not_announced(hall: Room, resident: User, iso_omena: Any) -> None:
    room = make_room(iso_omena, grid_minutes=30, shortest_minutes=60)
    book(room, resident, at(14), at(16))
    book(room, resident, at(16, 30), at(20))
    assert [each.kind for each in board(room, TUESDAY).coming] == [Kind.BOOKED, Kind.BOOKED]


@pytest.mark.parametrize("day", [29, 25], ids=["October", "March"])
def test_the_night_of_the_clocks_is_told_truly(kalajarvi: Any, day: int) -> None:
    kalajarvi.timetable.periods.all().delete()
    set_hours(kalajarvi.timetable, {"mon tue wed thu fri sat sun": ("0:00", "6:00")})
    night = helsinki(2026, 10, 25, 1) if day == 25 else helsinki(2026, 3, 29, 1)
    assert said(make_room(kalajarvi), night) == (Kind.FREE, "Free until 6:00")


# --- The page -----------------------------------------------------------------------------------


def test_it_names_nobody(page: Fetch, hall: Room, resident: User) -> None:
    book(hall, resident, at(12), at(14))
    shown = page(URL)
    assert not [word for word in ("Kim", "Lind", "Yoga", "kim@", resident.email) if word in shown.html]


def test_colour_and_word_go_together(page: Fetch, hall: Room, resident: User) -> None:
    assert "board-free" in page(URL).all("div")[0].attributes["class"]
    book(hall, resident, at(12), at(14))
    assert "board-booked" in page(URL).all("div")[0].attributes["class"]


@pytest.mark.parametrize(("seconds", "code"), [(0, "sv"), (29, "sv"), (30, "fi"), (60, "en"), (90, "sv")])
def test_the_languages_take_turns(page: Fetch, hall: Room, clock: Any, seconds: int, code: str) -> None:
    clock.move_to(TUESDAY + timedelta(seconds=seconds))
    shown = page(URL)
    names = {"sv": "Salen", "fi": "Sali", "en": "Hall"}
    assert (shown.h1, board_of(shown).attributes["lang"]) == (names[code], code)
    others = [each.attributes["lang"] for each in shown.all("li") if "lang" in each.attributes]
    assert sorted([code, *others]) == ["en", "fi", "sv"]


def test_it_asks_for_its_board_again_and_gets_only_that(page: Fetch, client: Client, hall: Room) -> None:
    main = page(URL).all("main")[0].attributes
    assert (main["data-hx-get"], main["data-hx-trigger"]) == (URL, "every 30s")
    part = client.get(main["data-hx-get"], headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div class="board ')
    assert "HX-Request" in part.headers["Vary"]
    assert "no-store" in part.headers["Cache-Control"]


def test_without_scripts_the_page_loads_itself_anew(page: Fetch, hall: Room) -> None:
    refresh = page(URL).all("meta", **{"http-equiv": "refresh"})
    assert [each.attributes["content"] for each in refresh] == ["30"]
    assert refresh[0].parent is not None
    assert refresh[0].parent.tag == "noscript"


def test_it_is_a_screen_and_nothing_else(page: Fetch, client: Client, hall: Room) -> None:
    shown = page(URL)
    assert (shown.all("nav"), shown.all("a")) == ([], [])
    assert [each.attributes["content"] for each in shown.all("meta", name="robots")] == ["noindex"]
    assert "display" not in client.get("/sitemap.xml").content.decode()


def test_it_says_that_the_connection_is_broken_in_three_languages(page: Fetch, hall: Room) -> None:
    stale = page(URL).all("div", id="stale")[0]
    assert "hidden" in stale.attributes
    languages = [each.attributes["lang"] for each in stale.children if not isinstance(each, str)]
    assert languages == ["sv", "fi", "en"]


def test_a_display_is_light(page: Fetch, hall: Room) -> None:
    files = [settings.BASE_DIR / "static" / name for name in ("css/display.css", "js/display.js")]
    assert len(brotli.compress(page(URL).html.encode())) < 4 * 1024
    assert sum(len(brotli.compress(file.read_bytes())) for file in files) < 3 * 1024


def test_only_reading_and_only_published_rooms(client: Client, hall: Room) -> None:
    assert client.post(URL).status_code == 405
    Room.objects.update(is_published=False)
    assert client.get(URL).status_code == 404


def test_a_busier_room_needs_no_more_queries(
    client: Client, hall: Room, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    book(hall, resident, at(14), at(15))
    with django_assert_num_queries(QUERIES):
        client.get(URL)
    book(hall, resident, at(15), at(16))
    book(hall, resident, at(18), at(19))
    with django_assert_num_queries(QUERIES):
        client.get(URL)


def test_many_rooms_need_no_more_queries(
    hall: Room, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6):
        make_boards(Room.objects.for_list(), at=TUESDAY)
    for name in ("b", "c"):
        book(make_room(hall.hub, name), resident, at(14 + (name == "c")), at(15 + (name == "c")))
    with django_assert_num_queries(6):
        make_boards(Room.objects.for_list(), at=TUESDAY)


# --- Booking at the door -----------------------------------------------------------------------


def test_the_code_leads_to_the_longest_booking_from_now(client: Client, hall: Room, resident: User, clock: Any) -> None:
    book(hall, resident, at(15), at(16))
    clock.move_to(TUESDAY + 12 * MINUTE)
    response = client.get("/en/rooms/kalajarvi/hall/now/")
    expected = "/en/rooms/kalajarvi/hall/book/?start=2026-11-24T12:00&end=2026-11-24T15:00"
    assert (response.status_code, response.headers["Location"]) == (302, expected)


def test_what_the_code_leads_to_can_be_held(client: Client, hall: Room, clock: Any) -> None:
    clock.move_to(TUESDAY + 29 * MINUTE)
    address = client.get("/en/rooms/kalajarvi/hall/now/").headers["Location"]
    client.post(address, {"do": "hold"})
    assert said(hall, TUESDAY + 29 * MINUTE) == (Kind.BOOKED, "Booked until 16:00")


@pytest.mark.parametrize(
    ("room", "minutes", "expected"),
    [
        ({"longest_minutes": 90}, 12, (at(12), at(13, 30))),
        ({"grid_minutes": 60, "shortest_minutes": 60, "longest_minutes": 150}, 12, (at(12), at(14))),
        ({"needs_approval": True}, 12, (at(12, 30), at(15))),
        ({"latest_minutes": 60}, 12, (at(13, 30), at(15))),
        ({"latest_minutes": 240}, 12, None),
        ({"channel": "staff"}, 12, None),
        ({"shortest_minutes": 240}, 12, None),
        ({}, 179, (at(14, 30), at(15))),
    ],
    ids=["longest", "whole grid", "approval", "notice", "notice too long", "staff", "too short", "last minute"],
)
def test_what_can_be_booked_at_the_door(
    kalajarvi: Any, resident: User, room: dict[str, Any], minutes: int, expected: Any
) -> None:
    shown = make_room(kalajarvi)
    book(shown, resident, at(15), at(16))
    Room.objects.update(**room)
    shown.refresh_from_db()
    assert board(shown, TUESDAY + minutes * MINUTE).to_book == expected


def test_the_code_of_a_room_that_is_taken_leads_to_what_is_free_next_and_beside_it(
    page: Fetch, client: Client, hall: Room, resident: User
) -> None:
    make_room(hall.hub, "other")
    book(hall, resident, at(12), at(14))
    assert len(page(URL).all("svg")) == 1

    shown = page(client.get("/en/rooms/kalajarvi/hall/now/").headers["Location"])

    assert shown.h1 == "This time is not free"
    offered = [each.attributes["formaction"] for each in shown.all("button", form="hold")]
    assert offered == [
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-24T14:00&end=2026-11-24T14:30",
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-24T14:30&end=2026-11-24T15:00",
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-24T15:00&end=2026-11-24T15:30",
        "/en/rooms/kalajarvi/other/book/?start=2026-11-24T12:00&end=2026-11-24T12:30",
    ]


def test_the_code_leads_on_while_the_house_is_closed(page: Fetch, client: Client, hall: Room, clock: Any) -> None:
    clock.move_to(at(22, 10))
    shown = page(client.get("/en/rooms/kalajarvi/hall/now/").headers["Location"])
    assert "is not open then" in shown.main
    assert shown.all("button", form="hold")[0].attributes["formaction"].endswith("T08:00&end=2026-11-25T08:30")


def test_a_room_that_the_staff_book_says_so_on_its_screen(page: Fetch, client: Client, hall: Room) -> None:
    Room.objects.update(channel="staff", channel_email="stage@example.org")
    assert "stage@example.org" in page(URL).text
    assert client.get("/en/rooms/kalajarvi/hall/now/").headers["Location"] == "/en/rooms/kalajarvi/hall/"


@pytest.mark.parametrize(("minutes", "expected"), [(-16, "book/"), (-15, "check-in/"), (0, "check-in/"), (15, "book/")])
def test_where_somebody_has_to_check_in_the_code_leads_there(
    page: Fetch, client: Client, hall: Room, resident: User, minutes: int, expected: str, clock: Any
) -> None:
    Room.objects.update(release_minutes=15, shortest_minutes=60)
    hall.refresh_from_db()
    book(hall, resident, at(12), at(14))
    clock.move_to(TUESDAY + minutes * MINUTE)
    location = client.get("/en/rooms/kalajarvi/hall/now/").headers["Location"]
    assert location.partition("?")[0] == f"/en/rooms/kalajarvi/hall/{expected}"
    assert board(hall, TUESDAY + minutes * MINUTE).asks_to_check_in is (expected == "check-in/")
    assert len(page(URL).all("svg")) == 1


def test_whoever_has_checked_in_is_not_asked_again(page: Fetch, hall: Room, resident: User) -> None:
    Room.objects.update(release_minutes=15)
    hall.refresh_from_db()
    book(hall, resident, at(12), at(14))
    check_in(booking=Booking.objects.get(), actor=resident, at=TUESDAY)
    assert not board(hall, TUESDAY).asks_to_check_in


def test_the_code_holds_the_address_without_a_language(hall: Room) -> None:
    assert address_at_the_door(hall) == "http://localhost:8000/rooms/kalajarvi/hall/now/"


def test_the_address_leads_each_reader_to_their_own_language(client: Client, hall: Room) -> None:
    response = client.get("/rooms/kalajarvi/hall/now/", headers={"Accept-Language": "fi"})
    assert response.headers["Location"] == "/fi/rooms/kalajarvi/hall/now/"


@pytest.mark.parametrize("code", ["sv", "fi", "en"])
def test_the_code_is_drawn_with_decimal_points(code: str) -> None:
    with translation.override(code):
        drawn = qr_svg("https://servicetorg.example/rooms/kalajarvi/hall/now/")
    assert "," not in drawn
    assert re.search(r'viewBox="0 0 \d+ \d+"', drawn)


def board_of(page: Page) -> Any:
    return next(each for each in page.all("div") if "board" in each.attributes.get("class", "").split())
