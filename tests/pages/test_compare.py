"""Services here and there: one page tells what is where, for any number of houses."""

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from hubs.validators import validate_slug_is_free
from rooms.models import Room
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch, Page

pytestmark = pytest.mark.any_database

URL = "/en/hubs/compare/"
QUERIES = 6


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def laboratory(iso_omena: Hub) -> Listing:
    service = cast.make_service(
        "laboratory", **cast.three_languages("name", "Laboratorium", "Laboratorio", "Laboratory")
    )
    return cast.make_listing(
        iso_omena,
        "laboratory",
        service=service,
        name_en="HUS laboratory",
        appointment="needed",
        hours={"mon": ("8:00", "9:00")},
    )


def rows(page: Page) -> list[str]:
    return [row.text for row in page.all("tr")]


def test_each_service_is_told_house_by_house(page: Fetch, library: Listing, laboratory: Listing, hall: Room) -> None:
    cast.make_room(hall.hub, "half", parent=hall)
    cast.make_room(hall.hub, "hidden", is_published=False)
    compared = page(URL)

    assert compared.h1 == "Services here and there"
    head, house, _category, lab, books = rows(compared)
    assert head == "Service Kalajärvi Service Centre Iso Omena Service Centre"
    assert "1 service · 1 room to book" in house
    assert "1 service · no rooms to book" in house
    assert lab == (
        "Laboratory Only at Iso Omena Service Centre Kalajärvi Service Centre Not here "
        "Iso Omena Service Centre HUS laboratory Closed opens on Monday at 8:00 By appointment"
    )
    assert books == (
        "Library Only at Kalajärvi Service Centre Kalajärvi Service Centre Kalajärvi Library Open now closes at 20:00 "
        "Iso Omena Service Centre Not here"
    )


def test_what_is_in_both_is_not_only_in_one(page: Fetch, library: Listing, iso_omena: Hub) -> None:
    cast.make_listing(iso_omena, "library", name_en="Iso Omena Library")

    row = rows(page(URL))[-1]

    assert "Only at" not in row
    assert "Kalajärvi Library" in row
    assert "Iso Omena Library" in row


def test_a_house_may_have_a_service_twice(page: Fetch, library: Listing, iso_omena: Hub) -> None:
    cast.make_listing(library.hub, "reading-room", name_en="Reading room")

    assert "Kalajärvi Library Open now closes at 20:00 Reading room Open now" in rows(page(URL))[-1]


def test_it_can_be_asked_how_it_will_be(page: Fetch, library: Listing, iso_omena: Hub) -> None:
    assert "Kalajärvi Library Closed opens tomorrow at 8:00" in page(f"{URL}?at=2026-11-24T21:00").main


def test_of_many_houses_two_or_three_are_chosen(page: Fetch, library: Listing, iso_omena: Hub) -> None:
    for number in range(3):
        cast.make_hub(f"house-{number}", order=2 + number, name_en=f"House {number}")

    assert rows(page(URL))[0] == "Service Kalajärvi Service Centre Iso Omena Service Centre House 0"
    assert rows(page(f"{URL}?hub=house-2&hub=kalajarvi"))[0] == "Service Kalajärvi Service Centre House 2"
    assert rows(page(f"{URL}?hub=house-2"))[0] == "Service House 2 Kalajärvi Service Centre Iso Omena Service Centre"


def test_only_here_means_in_no_other_house_shown_or_not(page: Fetch, library: Listing, iso_omena: Hub) -> None:
    for number in range(3):
        cast.make_listing(cast.make_hub(f"house-{number}", order=2 + number), "library")

    assert "Only at" not in page(f"{URL}?hub=kalajarvi&hub=iso-omena").main


def test_nothing_published_is_said_so(page: Fetch, kalajarvi: Hub) -> None:
    assert "No services have been published here yet." in page(URL).main


@pytest.mark.parametrize("query", ["?hub=nowhere", "?hub=", "?hub=kalajarvi&hub=kalajarvi", "?hub=%00"])
def test_an_address_that_makes_no_sense_shows_the_first(page: Fetch, library: Listing, query: str) -> None:
    status = 400 if "%00" in query else 200

    assert page(URL + query, status=status).h1


def test_home_leads_there_where_there_is_something_to_compare(page: Fetch, library: Listing) -> None:
    assert URL not in page("/en/").links.values()
    cast.make_hub("iso-omena")
    assert URL in page("/en/").links.values()


def test_its_address_is_no_houses() -> None:
    with pytest.raises(ValidationError):
        validate_slug_is_free("compare")


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, laboratory: Listing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(URL)
    for number in range(3):
        hub = cast.make_hub(f"house-{number}")
        cast.make_listing(hub, f"listing-{number}", hours={"mon": ("8:00", "16:00")})
        cast.make_room(hub, f"room-{number}")
    with django_assert_num_queries(QUERIES):
        client.get(URL)


def test_it_can_only_be_read(client: Client, kalajarvi: Hub) -> None:
    assert client.post(URL).status_code == 405
