"""The description of the open data is right: each answer is held against it, and nothing is left undescribed."""

import json
from functools import cache
from typing import Any

import pytest
from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from servicetorg.api import openapi, urls
from servicetorg.api.hsds import location_id, organization_id, place_of_service_id, service_id
from tests.api.conftest import Get

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@cache
def described() -> dict[str, Any]:
    return json.loads(json.dumps(openapi.description(), default=str))


def schema_of(address: str) -> dict[str, Any] | None:
    content = described()["paths"][address]["get"]["responses"]["200"]["content"]
    schema = content.get("application/json", {}).get("schema")
    return schema and {**schema, "components": described()["components"]}


def problems(schema: dict[str, Any], answer: Any) -> list[str]:
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in validator.iter_errors(answer)]


ADDRESSES = sorted(openapi.paths())
EXAMPLES = {
    "/hubs/{hub}": lambda town: "/hubs/kalajarvi",
    "/listings/{hub}/{slug}": lambda town: "/listings/kalajarvi/library",
    "/rooms/{hub}/{slug}": lambda town: "/rooms/kalajarvi/hall",
    "/hsds/services/{id}": lambda town: f"/hsds/services/{service_id(town['library'])}",
    "/hsds/service_at_locations/{id}": lambda town: (
        f"/hsds/service_at_locations/{place_of_service_id(town['library'])}"
    ),
    "/hsds/organizations/{id}": lambda town: f"/hsds/organizations/{organization_id(town['library'].provider)}",
    "/hsds/locations/{id}": lambda town: f"/hsds/locations/{location_id(town['kalajarvi'])}",
}


def test_it_is_openapi(get: Get) -> None:
    validate(get("/openapi.json").json())


@pytest.mark.parametrize("language", ["", "sv", "fi", "en"])
@pytest.mark.parametrize("address", [each for each in ADDRESSES if not each.endswith(".csv")])
def test_every_answer_is_as_described(get: Get, town: dict[str, Any], address: str, language: str) -> None:
    path = EXAMPLES.get(address, lambda town: address)(town)
    if language and any(each["$ref"].endswith("language") for each in parameters(address)):
        path += f"?language={language}"

    answer = get(path).json()

    schema = schema_of(address)
    assert schema is not None
    assert problems(schema, answer) == []
    assert "{" not in path
    if "results" in answer:
        assert answer["results"], "an empty list proves nothing"


@pytest.mark.parametrize("kind", ["services", "service_at_locations", "organizations", "locations"])
def test_what_is_told_in_full_is_as_described(get: Get, town: dict[str, Any], kind: str) -> None:
    answer = get(f"/hsds/{kind}?full=true").json()

    schema = schema_of(f"/hsds/{kind}")
    assert schema is not None
    assert answer["contents"]
    assert problems(schema, answer) == []


def parameters(address: str) -> list[dict[str, str]]:
    return described()["paths"][address]["get"].get("parameters", [])


def test_a_wrong_answer_would_be_noticed(get: Get, town: dict[str, Any]) -> None:
    schema, answer = schema_of("/hubs"), get("/hubs").json()
    assert schema is not None
    answer["results"][0]["colour"] = "blue"

    assert problems(schema, answer) != []


def test_every_address_is_described() -> None:
    served = {f"/{pattern.pattern}" for pattern in urls.urlpatterns} - {"/<path:rest>", "/hsds/"}

    assert len(served) == len(ADDRESSES)
    for address in ADDRESSES:
        example = "/api/v1" + address.replace("{id}", "1").replace("{hub}", "h").replace("{slug}", "s")
        try:
            assert resolve(example).url_name is not None
        except Resolver404:
            pytest.fail(example)


@pytest.mark.parametrize("address", [each for each in ADDRESSES if "{" not in each])
def test_every_parameter_that_is_described_is_understood(get: Get, town: dict[str, Any], address: str) -> None:
    values = {
        "language": "fi", "page": "1", "limit": "5", "changed_since": "2026-01-01", "hub": "kalajarvi",
        "kind": "listing", "room": "kalajarvi/hall", "from": "2026-12-01", "to": "2026-12-02", "per_page": "5",
        "full": "true", "minimal": "false", "modified_after": "2026-01-01T00:00:00Z",
        "organization_id": organization_id(town["library"].provider),
    }  # fmt: skip
    known = described()["components"]["parameters"]
    for each in parameters(address):
        name = known[each["$ref"].rpartition("/")[2]]["name"]
        get(f"{address}?{name}={values[name]}")
