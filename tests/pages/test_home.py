import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub, Notice
from rooms.models import Room
from tests import cast
from tests.pages.client import Fetch

QUERIES = 7


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def test_it_names_the_hubs_and_says_until_when_they_are_open(page: Fetch, kalajarvi: Hub, iso_omena: Hub) -> None:
    cards = page("/en/").texts("li", "service-card")

    assert cards[0].startswith("Kalajärvi Service Centre Ruskaniitty 9, Espoo Open now closes at 20:00")
    assert cards[1].startswith("Iso Omena Service Centre")


def test_it_offers_the_rooms_that_are_free_today(page: Fetch, hall: Room) -> None:
    home = page("/en/")

    assert home.links["Hall"] == "/en/rooms/kalajarvi/hall/"
    assert "12:00\u2060–\u206020:00" in home.text


def test_a_free_time_is_one_tap_to_book(page: Fetch, hall: Room) -> None:
    links = page("/en/").links

    assert links["Book Hall, Tuesday 24 November, 12:00\u2060–\u206020:00"] == (
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-24T12:00&end=2026-11-24T20:00"
    )
    assert links["Book Hall, Tuesday 24 November, 17:00\u2060–\u206020:00"] == (
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-24T17:00&end=2026-11-24T20:00"
    )


def test_from_three_on_tonight_comes_first_and_what_is_before_it_in_short(page: Fetch, hall: Room) -> None:
    with time_machine.travel(cast.helsinki(2026, 11, 24, 15, 10), tick=False):
        home = page("/en/")

    assert "Free tonight" in home.texts("h2")
    assert "17:00\u2060–\u206020:00" in home.texts("li", "service-card")[-1]
    assert "Free before the evening" in home.texts("h3")
    assert "15:30\u2060–\u206017:00" in home.text


def test_until_three_today_comes_first_and_tonight_in_short(page: Fetch, hall: Room) -> None:
    home = page("/en/")

    assert "Free rooms today" in home.texts("h2")
    assert "Free tonight" in home.texts("h3")


def test_where_nothing_is_free_tonight_it_says_what_is_free_next(page: Fetch, hall: Room) -> None:
    with time_machine.travel(cast.helsinki(2026, 11, 24, 21), tick=False):
        home = page("/en/")

    assert "No room is free tonight." in home.text
    assert home.links["Hall, Wednesday 25 November, 8:00\u2060–\u206020:00"].endswith(
        "start=2026-11-25T08:00&end=2026-11-25T20:00"
    )


def test_that_tonight_counts_against_nobodys_hours_is_said_where_hours_count(page: Fetch, hall: Room) -> None:
    words = "What you book for tonight does not count towards your hours this week."
    assert words not in page("/en/").text

    Hub.objects.update(booking_minutes_per_week=120)

    assert words in page("/en/").text


def test_a_part_of_a_hall_is_left_to_the_search(page: Fetch, hall: Room) -> None:
    cast.make_room(hall.hub, "part", parent=hall, **cast.three_languages("name", "Del", "Osa", "Part"))

    assert "Part" not in page("/en/").links


def test_what_is_closed_stands_above_the_houses_and_what_is_for_information_below(page: Fetch, kalajarvi: Hub) -> None:
    for severity, title in (("closed", "Water damage"), ("normal", "Market on Sunday")):
        words = cast.three_languages("title", title, title, title)
        Notice.objects.create(
            hub=kalajarvi,
            severity=severity,
            starts_at=cast.helsinki(2026, 11, 24),
            ends_at=cast.helsinki(2026, 11, 25),
            **words,
        )

    titles = page("/en/").texts("h2")

    assert titles.index("Water damage") < titles.index("Service centres") < titles.index("Market on Sunday")


def test_it_shows_notices_while_they_last(page: Fetch, kalajarvi: Hub) -> None:
    Notice.objects.create(
        hub=kalajarvi,
        severity="closed",
        starts_at=cast.helsinki(2026, 11, 24),
        ends_at=cast.helsinki(2026, 11, 25),
        **cast.three_languages("title", "Stängt i morgon", "Huomenna kiinni", "Closed tomorrow"),
    )

    assert "Closed tomorrow" in page("/en/").texts("h2")
    with time_machine.travel(cast.helsinki(2026, 11, 25), tick=False):
        assert "Closed tomorrow" not in page("/en/").text


def test_an_unpublished_hub_is_not_shown(page: Fetch, hall: Room) -> None:
    Hub.objects.update(is_published=False)
    span = {"starts_at": cast.helsinki(2026, 11, 24), "ends_at": cast.helsinki(2026, 11, 25)}
    Notice.objects.create(hub=hall.hub, title_en="We open soon", **span)

    home = page("/en/")

    assert "Kalajärvi" not in home.text
    assert "Hall" not in home.text
    assert "We open soon" not in home.text


def test_an_empty_site_still_has_a_first_page(page: Fetch) -> None:
    assert "No service centre has been published yet." in page("/en/").text


def test_the_number_of_queries_does_not_grow(
    client: Client, hall: Room, iso_omena: Hub, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get("/sv/")
    for number in range(3):
        cast.make_room(iso_omena, f"room-{number}")
        cast.make_hub(f"hub-{number}")
    with django_assert_num_queries(QUERIES):
        client.get("/sv/")
    with (
        time_machine.travel(cast.helsinki(2026, 11, 24, 21), tick=False),
        django_assert_num_queries(QUERIES + 1),  # what is free next
    ):
        client.get("/sv/")


def test_it_can_only_be_read(client: Client, db: None) -> None:
    assert client.post("/sv/").status_code == 405
