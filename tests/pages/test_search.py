import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch

QUERIES = 9


def test_it_finds_hubs_services_and_rooms(page: Fetch, library: Listing, hall: Room) -> None:
    assert page("/en/search/?q=kalajärvi").texts("h3") == ["Kalajärvi Service Centre", "Kalajärvi Library"]
    assert page("/en/search/?q=hall").texts("h3") == ["Hall"]


def test_an_exact_name_comes_first(page: Fetch, library: Listing) -> None:
    cast.make_room(library.hub, "corner", **cast.three_languages("name", "Bibliotekshörnan", "Nurkka", "Corner"))

    assert page("/sv/search/?q=bibliotek").texts("h3")[0] == "Kalajärvi bibliotek"


def test_it_says_in_which_other_language_it_was_found(page: Fetch, library: Listing) -> None:
    assert "Found in Finnish" in page("/en/search/?q=kirjasto").main
    assert "Found in Finnish" not in page("/en/search/?q=library").main


def test_nothing_found_offers_a_way_on(page: Fetch, library: Listing) -> None:
    empty = page("/en/search/?q=zebra")

    assert "0 results for “zebra”" in empty.texts("h2")
    assert empty.main.count("Services") == 1


def test_what_was_typed_is_kept(page: Fetch) -> None:
    field = page('/en/search/?q="><b>x').all("input", name="q")[0]

    assert field.attributes["value"] == '"><b>x'


def test_what_is_not_published_is_not_found(page: Fetch, library: Listing, hall: Room) -> None:
    Hub.objects.update(is_published=False)

    assert page("/en/search/?q=a").texts("h3") == []


def test_too_long_a_question_says_so(page: Fetch) -> None:
    assert page(f"/en/search/?q={'a' * 1000}").title.startswith("Error:")


@pytest.mark.parametrize(
    "path", ["/sv/search/", "/fi/services/", "/en/hubs/kalajarvi/", "/sv/hubs/kalajarvi/library/", "/fi/"]
)
@pytest.mark.parametrize(
    "value", ["%00", "a" * 10_000, "😀" * 50, "'; --", "%", "%ff", "{{7*7}}", "../..", "-1", "\u202e"]
)
def test_any_input_is_answered(client: Client, library: Listing, path: str, value: str) -> None:
    query = "&".join(f"{name}={value}" for name in ("q", "hub", "category", "open", "language", "at", "page"))

    response = client.get(f"{path}?{query}")

    assert response.status_code in {200, 400}
    assert "</html>" in response.content.decode()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=120), at=st.text(max_size=20))
def test_no_text_at_all_breaks_it(client: Client, library: Listing, query: str, at: str) -> None:
    for path in ("/fi/search/", "/fi/services/"):
        assert client.get(path, {"q": query, "at": at}).status_code in {200, 400}


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get("/en/search/", {"q": "hall"})
    for number in range(3):
        cast.make_room(hall.hub, f"hall-{number}")
        cast.make_listing(hall.hub, f"hall-listing-{number}", name_en="Hall")
    with django_assert_num_queries(QUERIES):
        client.get("/en/search/", {"q": "hall"})


def test_it_can_only_be_read(client: Client, db: None) -> None:
    assert client.post("/en/search/").status_code == 405
