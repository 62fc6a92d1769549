import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch, Page

QUERIES = 7
URL = "/en/services/"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def dentist(iso_omena: Hub) -> Listing:
    """In the other hub, closed on Tuesdays, served in Swedish."""
    service = cast.make_service(
        "dentist", **cast.three_languages("name", "Tandvård", "Hammashoito", "Dental care"), keywords_sv="tandläkare"
    )
    return cast.make_listing(
        iso_omena,
        "dentist",
        service=service,
        name_en="Dental clinic",
        languages=["sv"],
        hours={"mon": ("8:00", "16:00")},
    )


def names(page: Page) -> list[str]:
    return page.texts("h3")


def test_it_shows_all_services_by_kind(page: Fetch, library: Listing, dentist: Listing) -> None:
    services = page(URL)

    assert names(services) == ["Kalajärvi Library", "Dental clinic"]
    assert "Culture and leisure" in services.texts("h2")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hub=kalajarvi", ["Kalajärvi Library"]),
        ("open=now", ["Kalajärvi Library"]),
        ("language=sv", ["Dental clinic"]),
        ("category=culture", ["Kalajärvi Library", "Dental clinic"]),
        ("q=hammashoito", ["Dental clinic"]),
        ("q=TANDLÄKARE", ["Dental clinic"]),
        ("hub=kalajarvi&language=sv", []),
    ],
)
def test_it_can_be_narrowed(page: Fetch, library: Listing, dentist: Listing, query: str, expected: list[str]) -> None:
    assert names(page(f"{URL}?{query}")) == expected


def test_nothing_found_offers_a_way_on(page: Fetch, library: Listing) -> None:
    assert page(f"{URL}?q=zebra").links["Show all services"] == URL


@pytest.mark.parametrize("query", ["hub=nowhere", "category=☃", "language=xx", f"q={'a' * 101}"])
def test_a_choice_that_does_not_exist_is_an_error_that_says_so(page: Fetch, library: Listing, query: str) -> None:
    services = page(f"{URL}?{query}")

    assert services.title.startswith("Error:")
    assert services.texts("ul", "errorlist") != []


def test_an_unpublished_listing_is_not_shown(page: Fetch, library: Listing) -> None:
    Listing.objects.update(is_published=False)

    assert names(page(URL)) == []


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(URL)
    for number in range(3):
        cast.make_listing(library.hub, f"listing-{number}", service=cast.make_service(f"service-{number}"))
    with django_assert_num_queries(QUERIES):
        client.get(URL)


def test_it_can_only_be_read(client: Client, db: None) -> None:
    assert client.post(URL).status_code == 405
