import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from services.models import Category, Listing
from tests import cast
from tests.pages.client import Fetch

QUERIES = 7
URL = "/en/hubs/kalajarvi/library/"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def test_it_says_first_whether_one_needs_an_appointment(page: Fetch, library: Listing) -> None:
    Listing.objects.update(appointment="needed", phone="09 816 00", appointment_text_en="Call us in the morning.")

    listing = page(URL)

    assert listing.texts("h2")[0] == "By appointment"
    assert "Call us in the morning." in listing.main
    assert listing.links["09 816 00"] == "tel:0981600"


def test_it_says_for_whom_where_and_in_which_languages(page: Fetch, library: Listing) -> None:
    Listing.objects.update(audience_en="Everybody", floor="2", languages=["sv", "fi", "fse"])

    listing = page(URL)

    assert "For whom Everybody" in listing.main
    assert "Served in Swedish, Finnish and Finnish Sign Language" in listing.main
    assert "Floor 2" in listing.main


def test_it_leads_to_the_same_service_elsewhere(page: Fetch, library: Listing, iso_omena: Hub) -> None:
    cast.make_listing(iso_omena, "iso-library", service=library.service, name_en="Iso Omena Library")

    assert page(URL).links["Iso Omena Library"] == "/en/hubs/iso-omena/iso-library/"


def test_a_listing_about_rooms_leads_to_those_of_its_hub(page: Fetch, library: Listing) -> None:
    assert "Book a room" not in page(URL).texts("a", "button")

    Category.objects.update(leads_to_rooms=True)

    assert page(URL).all("a", **{"class": "button", "href": "/en/rooms/?hub=kalajarvi"})[0].text == "Book a room"


def test_it_leads_back_to_the_hub(page: Fetch, library: Listing) -> None:
    crumbs = page(URL).all("nav", **{"class": "breadcrumbs container"})[0]

    assert crumbs.text == "Service centres Kalajärvi Service Centre Kalajärvi Library"


def test_what_staff_write_is_never_html(page: Fetch, library: Listing) -> None:
    Listing.objects.update(summary_en="<script>alert(1)</script>", details_sv="<b>fet</b>", phone='"><i>')

    listing = page(URL)

    assert [script for script in listing.all("script") if "src" not in script.attributes] == []
    assert listing.all("i") == []
    assert "<b>fet</b>" in listing.main


@pytest.mark.parametrize("path", ["kalajarvi/nothing/", "iso-omena/library/", "nowhere/library/"])
def test_an_unknown_listing_is_a_helpful_404(page: Fetch, library: Listing, iso_omena: Hub, path: str) -> None:
    assert page(f"/sv/hubs/{path}", status=404).links["Suomi"] == f"/fi/hubs/{path}"


def test_an_unpublished_listing_is_not_found(page: Fetch, library: Listing) -> None:
    Listing.objects.update(is_published=False)

    page(URL, status=404)


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(URL)
    for number in range(3):
        cast.make_listing(cast.make_hub(f"hub-{number}"), service=library.service)
    with django_assert_num_queries(QUERIES):
        client.get(URL)


def test_it_can_only_be_read(client: Client, library: Listing) -> None:
    assert client.post(URL).status_code == 405
