"""What the Human Services Data Specification 3.0 asks for, checked by hand where the description cannot say it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from services.models import Listing
from tests import cast
from tests.api.conftest import Get

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

# From the specification: what may not be missing of each.
REQUIRED = {
    "services": ["id", "name", "status"],
    "organizations": ["id", "name", "description"],
    "locations": ["id", "location_type"],
    "service_at_locations": ["id"],
    "phones": ["id", "number"],
    "schedules": ["id"],
    "languages": ["id"],
    "accessibility": ["id"],
    "required_documents": ["id"],
    "attributes": ["id"],
    "addresses": ["id", "address_1", "city", "state_province", "postal_code", "country", "address_type"],
}


def contents(get: Get, kind: str, query: str = "full=true") -> list[dict[str, Any]]:
    return get(f"/hsds/{kind}?{query}").json()["contents"]


def things(value: Any, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each thing with the name of the list in which it stands, all the way down."""
    for each in value:
        yield kind, each
        for name, part in each.items():
            if isinstance(part, list):
                yield from things(part, name)


@pytest.mark.parametrize("kind", ["services", "organizations", "locations", "service_at_locations"])
def test_what_is_required_is_there_all_the_way_down(get: Get, town: dict[str, Any], kind: str) -> None:
    for name, thing in things(contents(get, kind), kind):
        assert set(REQUIRED[name]) <= thing.keys(), name


@pytest.mark.parametrize("kind", ["services", "organizations", "locations", "service_at_locations"])
def test_every_identifier_is_a_uuid_of_its_own(get: Get, town: dict[str, Any], kind: str) -> None:
    keys = [thing["id"] for _name, thing in things(contents(get, kind), kind)]

    assert len(keys) == len(set(keys))
    assert all(str(uuid.UUID(key)) == key for key in keys)


def test_the_parts_fit_together(get: Get, town: dict[str, Any]) -> None:
    organizations = {each["id"] for each in contents(get, "organizations")}
    locations = {each["id"]: each["name"] for each in contents(get, "locations")}
    services = {each["id"]: each for each in contents(get, "services")}

    assert {each["organization_id"] for each in services.values()} <= organizations
    for each in contents(get, "service_at_locations"):
        assert each["service_id"] in services
        assert locations[each["location_id"]] == each["location"]["name"]
        assert each["id"] == services[each["service_id"]]["service_at_locations"][0]["id"]


def test_each_has_its_own_address(get: Get, town: dict[str, Any]) -> None:
    for kind in ("services", "organizations", "locations", "service_at_locations"):
        for each in contents(get, kind):
            alone = get(f"/hsds/{kind}/{each['id']}").json()
            assert {name: alone[name] for name in each} == each


def test_identifiers_last(get: Get, library: Listing) -> None:
    before = [each["id"] for each in contents(get, "services")]
    Listing.objects.filter(pk=library.pk).update(name_sv="Another name", order=9)

    assert [each["id"] for each in contents(get, "services")] == before


def test_a_service_tells_what_its_page_tells(get: Get, town: dict[str, Any]) -> None:
    library = next(each for each in contents(get, "services", "full=true&language=fi") if "Kalajärven" in each["name"])

    assert (library["name"], library["status"]) == ("Kalajärven kirjasto", "active")
    assert library["url"] == "http://localhost:8000/fi/hubs/kalajarvi/library/"
    assert library["phones"][0]["description"] == "Pvm/mpm"
    assert [each["code"] for each in library["languages"]] == ["sv", "fi"]
    assert library["required_documents"][0]["document"] == "Bibliotekskort"
    assert library["alert"] == "Water is cut\nNo printing"
    assert library["organization"]["description"] == "Kaupunki"


def test_a_list_is_short_unless_it_is_asked_for_in_full(get: Get, town: dict[str, Any]) -> None:
    for each in contents(get, "services", "per_page=50"):
        assert not [name for name, value in each.items() if isinstance(value, list)]


def test_a_page_says_where_it_is(get: Get, town: dict[str, Any]) -> None:
    first, last = (get(f"/hsds/services?per_page=1&page={page}").json() for page in (1, 2))

    assert (first["total_items"], first["total_pages"], first["size"]) == (2, 2, 1)
    assert (first["first_page"], first["last_page"], last["first_page"], last["last_page"]) == (
        True,
        False,
        False,
        True,
    )


def test_only_organizations_that_serve_are_told_and_the_services_of_one(get: Get, town: dict[str, Any]) -> None:
    cast.make_provider("nobody")
    town["laboratory"].provider = cast.make_provider("county", name_sv="Fylket")
    town["laboratory"].save()

    names = {each["name"]: each["id"] for each in contents(get, "organizations")}
    assert names.keys() == {"Esbo stad", "Fylket"}
    for path in ("services", "service_at_locations"):
        assert len(contents(get, path, f"organization_id={names['Fylket']}")) == 1


def test_what_was_modified_after_is_found(get: Get, town: dict[str, Any]) -> None:
    assert contents(get, "service_at_locations", "modified_after=2026-11-25T00:00:00Z") == []
    assert len(contents(get, "services", "modified_after=2026-11-24T00:00:00Z&minimal=true&full=true")) == 2
    assert contents(get, "services", "modified_after=2026-11-25T00:00:00Z") == []
