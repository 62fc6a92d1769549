from importlib import import_module

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch, Page

pytestmark = pytest.mark.any_database

QUERIES = 7
URL = "/en/services/"
HUB = "Kalajärvi Service Centre"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def dentist(iso_omena: Hub) -> Listing:
    """In the other hub, closed on Tuesdays, served in Swedish."""
    service = cast.make_service(
        "dentist",
        **cast.three_languages("name", "Tandvård", "Hammashoito", "Dental care"),
        keywords_sv="tandläkare",
        category=cast.make_category("health", order=1, name_en="Health"),
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
    assert [words for words in services.texts("h2") if words in {"Culture and leisure", "Health"}] == [
        "Culture and leisure",
        "Health",
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hub=kalajarvi", ["Kalajärvi Library"]),
        ("open=now", ["Kalajärvi Library"]),
        ("language=sv", ["Dental clinic"]),
        ("category=culture", ["Kalajärvi Library"]),
        ("category=health", ["Dental clinic"]),
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


def test_a_long_list_is_shown_in_steps(page: Fetch, library: Listing) -> None:
    for number in range(125):
        cast.make_listing(library.hub, f"listing-{number}", order=number + 1, name_en=f"Listing {number}")

    first = page(f"{URL}?language=")
    assert "126 services" in first.main
    assert len(names(first)) == 60
    assert "66 more services are not shown." in first.main
    more = first.links["Show more services"]
    assert more == f"{URL}?language=&most=120#more"
    second = page(more)
    assert len(names(second)) == 120
    assert [element.text for element in second.all("li", id="more")] == ["Listing 59 Open now closes at 20:00 " + HUB]
    third = page(second.links["Show more services"])
    assert len(names(third)) == 126
    assert "not shown" not in third.main
    assert third.all("li", id="more")[0].text.startswith("Listing 119")


def test_the_list_ends_somewhere(page: Fetch, library: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    views = import_module("servicetorg.views.services")  # the view of this name hides it in its package
    monkeypatch.setattr(views, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(views, "MOST_SHOWN", 4)
    for number in range(5):
        cast.make_listing(library.hub, f"listing-{number}")

    shown = page(f"{URL}?most=9")

    assert "2 more services are not shown. Narrow the list" in shown.main
    assert len(names(shown)) == 4


@pytest.mark.parametrize("most", ["", "x", "-1", "1", "0", "²", "9999999999"])
def test_whatever_number_is_asked_for_a_list_is_shown(page: Fetch, library: Listing, most: str) -> None:
    assert names(page(f"{URL}?most={most}")) == ["Kalajärvi Library"]
