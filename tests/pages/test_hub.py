from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub, Notice, Period, RegularGroup
from rooms.enums import BookingState
from rooms.models import Booking, Room
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch

QUERIES = 10
MOST_QUERIES = 11
URL = "/en/hubs/kalajarvi/"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def test_it_says_what_is_open(page: Fetch, library: Listing) -> None:
    cast.make_listing(library.hub, "clinic", hours={"mon": ("8:00", "16:00")})

    hub = page(URL)

    assert hub.h1 == "Kalajärvi Service Centre"
    assert "Open now closes at 20:00" in hub.main
    assert "1 of 2 services are open" in hub.main


@pytest.mark.parametrize(("language", "name"), [("sv", "Kalajärvi bibliotek"), ("fi", "Kalajärven kirjasto")])
def test_it_leads_to_its_services(page: Fetch, library: Listing, language: str, name: str) -> None:
    assert page(f"/{language}/hubs/kalajarvi/").links[name] == f"/{language}/hubs/kalajarvi/library/"


def test_it_says_in_words_when_rooms_are_free(page: Fetch, hall: Room) -> None:
    hub = page(URL)

    assert "Rooms today, Tuesday 24 November" in hub.texts("h2")
    assert hub.links["Book Hall, Tuesday 24 November, 12:00\u2060–\u206020:00"].endswith(
        "/hall/book/?start=2026-11-24T12:00&end=2026-11-24T20:00"
    )
    assert hub.links["Hall"] == "/en/rooms/kalajarvi/hall/"


@pytest.mark.parametrize(("hour", "order"), [(12, ["Hall", "Free tonight"]), (16, ["Free tonight", "Hall"])])
def test_tonight_is_told_apart_and_late_in_the_day_first(page: Fetch, hall: Room, hour: int, order: list[str]) -> None:
    with time_machine.travel(cast.helsinki(2026, 11, 24, hour), tick=False):
        hub = page(URL)

    assert [words for words in hub.texts("h3") if words in order] == order
    assert hub.links["Book Hall, Tuesday 24 November, 17:00\u2060–\u206020:00"].endswith(
        "/hall/book/?start=2026-11-24T17:00&end=2026-11-24T20:00"
    )


def test_a_full_evening_says_what_is_free_next(page: Fetch, hall: Room) -> None:
    cast.set_hours(hall.timetable, {"mon wed thu fri": ("8:00", "20:00")})
    with time_machine.travel(cast.helsinki(2026, 11, 24, 16), tick=False):
        hub = page(URL)

    assert "No room is free tonight." in hub.main
    assert "Hall, Wednesday 25 November, 8:00\u2060–\u206020:00" in hub.links


def test_a_house_that_closes_before_the_evening_says_nothing_of_it(page: Fetch, hall: Room) -> None:
    Period.objects.all().delete()
    cast.set_hours(hall.hub.timetable, {"tue": ("8:00", "16:00")})

    assert "tonight" not in page(URL).main


def test_the_numbers_of_the_bar_have_no_comma_in_any_language(page: Fetch, hall: Room) -> None:
    with time_machine.travel(cast.helsinki(2026, 11, 24, 9, 10), tick=False):
        for language in ("sv", "fi", "en"):
            bars = page(f"/{language}/hubs/kalajarvi/").all("rect")
            assert not [bar.attributes for bar in bars if "," in bar.attributes.get("width", "")]


def test_in_the_evening_it_shows_the_rooms_of_the_next_day(page: Fetch, hall: Room) -> None:
    with time_machine.travel(cast.helsinki(2026, 11, 24, 21), tick=False):
        assert "Rooms on Wednesday 25 November" in page(URL).texts("h2")


def test_it_can_be_asked_how_it_will_be(page: Fetch, library: Listing) -> None:
    hub = page(f"{URL}?at=2026-11-26T21:00")

    assert "This page shows how it will be Thursday 26 November 2026 21:00." in hub.main
    assert "Closed opens tomorrow at 8:00" in hub.main


@pytest.mark.parametrize(
    "at", ["", "2026-02-30", "tomorrow", "9999-12-31T23:59", "0001-01-01", "2026-03-29T03:30", "☃"]
)
def test_a_moment_that_makes_no_sense_is_now(page: Fetch, library: Listing, at: str) -> None:
    assert page(f"{URL}?at={at}").h1 == "Kalajärvi Service Centre"


def test_a_notice_about_one_listing_stays_there(page: Fetch, library: Listing) -> None:
    notice = Notice.objects.create(
        hub=library.hub,
        is_for_whole_hub=False,
        starts_at=cast.helsinki(2026, 11, 24),
        ends_at=cast.helsinki(2026, 11, 25),
        title_en="The printer is broken",
    )
    library.notices.add(notice)

    assert "printer" not in page(URL).text
    assert "The printer is broken" in page(f"{URL}library/").texts("h2")


def test_a_text_in_another_language_says_so(page: Fetch, kalajarvi: Hub) -> None:
    Hub.objects.update(summary_fi="Monta palvelua.", summary_sv="", summary_en="", name_en="")

    hub = page(URL)

    assert "This text is only available in Finnish." in hub.main
    assert [each.text for each in hub.all("div", lang="fi")] == ["Monta palvelua."]
    assert [each.text for each in hub.all("span", lang="fi")][:1] == ["Kalajärven palvelutori"]


def test_it_tells_the_way(page: Fetch, kalajarvi: Hub) -> None:
    Hub.objects.update(latitude="60.305000", longitude="24.736000", accessibility={"lift": True})

    hub = page("/sv/hubs/kalajarvi/")

    journey = next(href for href in hub.links.values() if "reittiopas" in href)
    assert journey == "https://reittiopas.hsl.fi/reitti/-/Ruska%C3%A5sen%209%2C%20Esbo::60.305000,24.736000"


def test_it_tells_where_to_park_and_which_door_is_open(page: Fetch, kalajarvi: Hub) -> None:
    Hub.objects.update(parking_en="Behind the house.", doors_en="The library has a door of its own.")

    way = page(URL).all("div", id="way")[0].text

    assert "Which door is open when The library has a door of its own. Parking Behind the house." in way
    assert "By bicycle" not in way


def test_what_nobody_knows_of_its_accessibility_is_not_told_as_missing(page: Fetch, kalajarvi: Hub) -> None:
    assert "Nobody has told us yet how accessible it is." in page(URL).main
    Hub.objects.update(accessibility={"lift": False, "step_free_entrance": True}, phone="09 123")

    hub = page(URL)

    assert "You get in without steps. There is no lift. Not known: step-free way from the stop;" in hub.main
    assert "lift for a wheelchair" not in hub.main
    assert hub.links["09 123"] == "tel:09123"


def test_it_tells_what_makes_it(page: Fetch, library: Listing, hall: Room, iso_omena: Hub) -> None:
    Hub.objects.filter(pk=library.hub.pk).update(area=2900)
    cast.set_hours(library.timetable, {"mon tue": ("20:00", "22:00")}, mode="self_service")
    cast.make_listing(iso_omena, "library")
    cast.make_listing(library.hub, "dentist", service=cast.make_service("dentist"), name_en="Dentist")
    cast.make_listing(iso_omena, "lab", service=cast.make_service("laboratory"), name_en="Laboratory")

    hub = page(URL)

    assert [item.text for item in hub.all("ul", class_="figures")[0].children if not isinstance(item, str)] == [
        "About 2 900 square metres",
        "2 services by 1 provider",
        "1 room to book",
        "Open 84 hours this week",
        "88 hours with self-service included",
    ]
    assert "Only here Dentist Not here, but at Iso Omena Service Centre Laboratory" in hub.main
    assert hub.links["Laboratory"] == "/en/hubs/iso-omena/lab/"
    assert hub.links["All services here and there"] == "/en/hubs/compare/?hub=kalajarvi"


def test_what_the_house_has_twice_and_no_other_has_is_only_here(page: Fetch, library: Listing, iso_omena: Hub) -> None:
    cast.make_listing(library.hub, "reading-room", name_en="Reading room")
    cast.make_listing(iso_omena, "lab", service=cast.make_service("laboratory"))

    assert "Only here Kalajärvi Library Reading room" in page(URL).main


def test_of_what_is_not_here_eight_services_are_named(page: Fetch, kalajarvi: Hub, iso_omena: Hub) -> None:
    for number in range(9):
        cast.make_listing(
            iso_omena, f"s{number}", service=cast.make_service(f"s{number}"), name_en=f"Elsewhere {number}"
        )

    assert [words for words in page(URL).links if words.startswith("Elsewhere ")] == [
        f"Elsewhere {n}" for n in range(8)
    ]


def test_a_single_house_is_not_compared(page: Fetch, library: Listing) -> None:
    hub = page(URL)

    assert "Only here" not in hub.main
    assert "/en/hubs/compare/?hub=kalajarvi" not in hub.links.values()


def make_group(hub: Hub, **fields: Any) -> RegularGroup:
    days = {"first_day": date(2026, 9, 1), "last_day": date(2026, 12, 18), "agreed_on": date(2026, 8, 20)}
    hours = {"weekdays": 0b10, "starts": time(17, 30), "ends": time(19)}  # on Tuesdays
    return RegularGroup.objects.create(hub=hub, name_en="Language café", **{**days, **hours, **fields})


def test_groups_that_meet_regularly_are_told_of(page: Fetch, kalajarvi: Hub) -> None:
    make_group(kalajarvi, place_en="Ahti", text_en="Just come.")

    hub = page(URL)

    assert "Today, Tuesday 24 November 17:30\u2060–\u206019:00 Language café Ahti" in hub.main
    assert "Language café On Tuesdays 17:30\u2060–\u206019:00 · Ahti Just come." in hub.main


@pytest.mark.parametrize(
    "fields",
    [
        {"weekdays": 0b1},
        {"ends": time(12), "starts": time(10)},
        {"week_parity": "odd"},
        {"starts": time(21), "ends": time(22)},
    ],
    ids=["another day", "over", "another week", "when the house is closed"],
)
def test_a_group_that_does_not_meet_any_more_today_is_told_of_as_regular_alone(
    page: Fetch, kalajarvi: Hub, fields: dict[str, Any]
) -> None:
    make_group(kalajarvi, **fields)

    assert "Nothing that we may tell of any more today. Groups that meet here regularly Language café" in page(URL).main


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"last_day": date(2026, 11, 23)}, False),
        ({"last_day": date(2026, 11, 24)}, True),
        ({"first_day": date(2026, 11, 24)}, True),
        ({"first_day": date(2026, 11, 25)}, False),
    ],
    ids=["ended yesterday", "ends today", "begins today", "not yet"],
)
def test_a_group_is_told_of_from_a_day_until_a_day(
    page: Fetch, kalajarvi: Hub, fields: dict[str, Any], is_told: bool
) -> None:
    make_group(kalajarvi, **fields)

    assert ("Language café" in page(URL).main) == is_told


@pytest.mark.parametrize("slug", ["nowhere", "kalajarvi-", "x" * 300])
def test_an_unknown_hub_is_a_helpful_404(page: Fetch, kalajarvi: Hub, slug: str) -> None:
    lost = page(f"/en/hubs/{slug}/", status=404)

    assert lost.h1 == "The page was not found"
    assert lost.links["Services"] == "/en/services/"


def test_an_unpublished_hub_is_not_found(page: Fetch, kalajarvi: Hub) -> None:
    Hub.objects.update(is_published=False)

    page(URL, status=404)


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(URL)
    for number in range(3):
        cast.make_room(hall.hub, f"room-{number}")
        cast.make_listing(hall.hub, f"listing-{number}", hours={"mon": ("8:00", "16:00")})
        cast.make_listing(cast.make_hub(f"hub-{number}"), service=cast.make_service(f"service-{number}"))
        make_group(hall.hub)
        make_booking(hall, hour=13 + number)
    with django_assert_num_queries(QUERIES):
        client.get(URL)


def test_a_full_evening_costs_one_query_more(
    client: Client, library: Listing, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast.set_hours(hall.timetable, {"mon wed thu fri": ("8:00", "20:00")})
    with time_machine.travel(cast.helsinki(2026, 11, 24, 16), tick=False), django_assert_num_queries(MOST_QUERIES):
        client.get(URL)


def make_booking(room: Room, *, hour: int) -> Booking:
    """Let somebody use the room for an hour, and the page tell of it."""
    starts_at = cast.helsinki(2026, 11, 24, hour)
    span = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    title = {"public_title": f"Concert {hour}", "is_title_approved": True}
    return Booking.objects.create(room=room, state=BookingState.CONFIRMED, **span, **title)


def test_it_can_only_be_read(client: Client, kalajarvi: Hub) -> None:
    assert client.post(URL).status_code == 405
