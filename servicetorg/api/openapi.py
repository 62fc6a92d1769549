"""The description of the open data, OpenAPI 3.1. A test holds every answer against it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from services.validators import SERVICE_LANGUAGES
from servicetorg.addresses import CODES
from servicetorg.api import schemas
from servicetorg.api.asked import LIMIT, MOST
from servicetorg.api.recurrence import CODES as WEEKDAYS
from servicetorg.api.schemas import DAY, MOMENT, Schema, boolean, integer, maybe, record, several, string, told

ROOT = "/api/v1"
ABOUT = """\
Hubs, their services and rooms, opening hours and free times, as the pages show them. Read only; no key is needed.

The data may be used by anybody for anything under CC BY 4.0: name the source. Texts are in Swedish, Finnish and
English. Days and clock times are those of Europe/Helsinki; moments carry their distance from UTC.

What has changed is asked for by `changed_since`: give the greatest `updated_at` you have. What is no longer
published is not in the list any more; compare the ids with a full list now and then. Every answer has an ETag:
send it as `If-None-Match`, and 304 says that nothing is new. Of what can change from one minute to the next, the
free times, ask anew each time.
"""


def ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def description() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.SITE_NAME}, {settings.MUNICIPALITY_NAME['en']}",
            "version": "1.0.0",
            "description": ABOUT,
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": settings.SITE_URL + ROOT}],
        "tags": [
            {"name": "Open data"},
            {"name": "HSDS", "description": "The services in the Human Services Data Specification 3.0."},
        ],
        "paths": paths(),
        "components": components(),
    }


HEAD: dict[str, Schema] = {
    "licence": {"type": "string", "const": "CC BY 4.0"},
    "licence_url": {"type": "string", "format": "uri"},
    "source": string("Whom to name."),
    "source_url": {"type": "string", "format": "uri"},
}
NEXT = maybe("string", "The address of the next page; null on the last.", format="uri")
UPDATED_AT = maybe("string", "The greatest of the page; null where there is nothing.", format="date-time")
LISTS = ("language", "page", "limit", "changed_since")
DAYS = ("from", "to")
HSDS_LISTS = ("hsds_language", "page", "per_page", "full")


def list_of(name: str, **more: Schema) -> Schema:
    return record(
        {
            **HEAD,
            "updated_at": UPDATED_AT,
            **more,
            "count": integer("How many there are on all pages."),
            "next": NEXT,
            "results": several(ref(name)),
        }
    )


def one(name: str) -> Schema:
    return record({**HEAD, "updated_at": MOMENT, "result": ref(name)})


def paths() -> dict[str, Any]:
    span = {"time_zone": string(), "from": DAY, "to": DAY}
    return {
        "/": operation("index", "What there is", record({**HEAD, "links": LINKS})),
        "/openapi.json": operation("openapi", "This description", {"type": "object"}),
        **collection("hubs", "Hub", "The service centres"),
        **collection("listings", "Listing", "The services in them", in_hub=True),
        **collection("rooms", "Room", "The rooms that residents can book", in_hub=True),
        **table(
            "/opening-hours",
            "opening_hours",
            "When hubs, services and rooms are open, day by day; a week from today unless days are named, 92 at most",
            list_of("OpeningHours", **span),
            (*LISTS, "hub", "kind", *DAYS),
        ),
        **table(
            "/free-times",
            "free_times",
            "When rooms can be booked; a week from today unless days are named, 31 at most, of 50 rooms at most",
            list_of("FreeTimes", **span),
            ("language", "page", "limit", "hub", "room", *DAYS),
        ),
        **table("/notices", "notices", "What is shown as a notice now", list_of("Notice"), (*LISTS, "hub")),
        **hsds_paths(),
    }


def collection(name: str, schema: str, summary: str, *, in_hub: bool = False) -> dict[str, Any]:
    names = ("hub", "slug") if in_hub else ("hub",)
    address = f"/{name}/" + "/".join(f"{{{each}}}" for each in names)
    parameters = [*(ref(f"path_{each}", "parameters") for each in names), ref("language", "parameters")]
    single = operation(f"{name}_one", f"One of them: {summary}", one(schema), parameters, may_be_missing=True)
    asked = (*LISTS, "hub") if in_hub else LISTS
    return {**table(f"/{name}", name, summary, list_of(schema), asked), address: single}


def table(address: str, name: str, summary: str, schema: Schema, asked: tuple[str, ...]) -> dict[str, Any]:
    """Return a list, and the same as CSV."""
    parameters = [ref(each, "parameters") for each in asked]
    missing = "room" in asked
    return {
        address: operation(name, summary, schema, parameters, may_be_missing=missing),
        f"{address}.csv": operation(f"{name}_csv", f"{summary}, as CSV", None, parameters, may_be_missing=missing),
    }


def operation(
    name: str,
    summary: str,
    schema: Schema | None,
    parameters: list[Schema] | None = None,
    *,
    tag: str = "Open data",
    may_be_missing: bool = False,
) -> dict[str, Any]:
    """Describe a GET; without a schema it answers CSV: UTF-8 with a byte order mark, semicolons, a row of names."""
    content: Mapping[str, Any] = (
        {"text/csv": {"schema": {"type": "string"}}} if schema is None else {"application/json": {"schema": schema}}
    )
    responses: dict[str, Any] = {
        "200": {
            "description": "Found",
            "headers": {
                "ETag": {"schema": {"type": "string"}},
                "Link": {"description": "rel=license, and rel=next", "schema": {"type": "string"}},
            },
            "content": content,
        },
        "304": {"description": "Nothing is new since the ETag that was sent"},
        "400": ref("Problem", "responses"),
    }
    if may_be_missing:
        responses["404"] = ref("Problem", "responses")
    described = {"operationId": name, "summary": summary, "tags": [tag], "responses": responses}
    return {"get": {**described, "parameters": parameters} if parameters else described}


LINKS = {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}


def hsds_paths() -> dict[str, Any]:
    found = {}
    for plural, schema, more in (
        ("services", "HsdsService", ("organization_id", "modified_after", "minimal")),
        ("service_at_locations", "HsdsServiceAtLocation", ("organization_id", "modified_after")),
        ("organizations", "HsdsOrganization", ()),
        ("locations", "HsdsLocation", ()),
    ):
        asked = [ref(each, "parameters") for each in (*HSDS_LISTS, *more)]
        page = record({**HEAD, **HSDS_PAGE, "contents": several(ref(schema))})
        single = {"allOf": [ref(schema)], "type": "object", "required": list(HEAD)}
        key = [ref("path_id", "parameters"), ref("hsds_language", "parameters")]
        found[f"/hsds/{plural}"] = operation(f"hsds_{plural}", f"HSDS: {plural}", page, asked, tag="HSDS")
        found[f"/hsds/{plural}/{{id}}"] = operation(
            f"hsds_{plural}_one", f"HSDS: one of the {plural}", single, key, tag="HSDS", may_be_missing=True
        )
    about = record(
        {
            **HEAD,
            "version": {"type": "string", "const": "3.0"},
            "profile": {"type": "string", "format": "uri"},
            "openapi_url": {"type": "string", "format": "uri"},
        }
    )
    return {"/hsds": operation("hsds", "HSDS: about this feed", about, tag="HSDS"), **found}


HSDS_PAGE: dict[str, Schema] = {
    "total_items": integer(),
    "total_pages": integer(),
    "page_number": integer(),
    "size": integer(),
    "first_page": boolean(),
    "last_page": boolean(),
    "empty": boolean(),
}
UUID = {"type": "string", "format": "uuid"}


def hsds(required: Mapping[str, Schema], optional: Mapping[str, Schema], description: str = "") -> Schema:
    """Describe a thing as far as we tell it. The licence stands beside what is told of one alone."""
    return record({**required, **optional, **HEAD}, description, optional=[*optional, *HEAD])


HSDS_SCHEMAS = {
    "HsdsSchedule": hsds(
        {
            "id": UUID,
            "valid_from": DAY,
            "valid_to": DAY,
            "dtstart": DAY,
            "until": DAY,
            "timezone": told("Hours from UTC.", type="number"),
            "wkst": {"type": "string", "const": "MO"},
            "freq": {"type": "string", "const": "WEEKLY"},
            "interval": integer(),
            "byday": {"type": "string", "pattern": f"^({'|'.join(WEEKDAYS)})(,({'|'.join(WEEKDAYS)}))*$"},
            "opens_at": {"type": "string", "pattern": r"^\d\d:\d\d[+-]\d\d:\d\d$"},
            "closes_at": {"type": "string", "pattern": r"^\d\d:\d\d[+-]\d\d:\d\d$"},
        },
        {
            "service_id": UUID,
            "location_id": UUID,
            "service_at_location_id": UUID,
            "attending_type": string("How one is served."),
            "notes": string(),
        },
        "Open each week from the first day to the last. A holiday is a gap between two of them.",
    ),
    "HsdsPhone": hsds(
        {"id": UUID, "number": string(), "type": string()},
        {"service_id": UUID, "location_id": UUID, "service_at_location_id": UUID, "description": string()},
    ),
    "HsdsOrganization": hsds({"id": UUID, "name": string(), "description": string()}, {"website": string()}),
    "HsdsLocation": hsds(
        {"id": UUID, "location_type": {"type": "string", "const": "physical"}},
        {
            "name": string(),
            "description": string(),
            "transportation": string(),
            "latitude": {"type": "number"},
            "longitude": {"type": "number"},
            "addresses": several(
                record(
                    {
                        "id": UUID,
                        "location_id": UUID,
                        "address_1": string(),
                        "address_2": string(),
                        "city": string(),
                        "state_province": string("Empty: addresses in Finland have none."),
                        "postal_code": string(),
                        "country": string(),
                        "address_type": string(),
                    }
                )
            ),
            "phones": several(ref("HsdsPhone")),
            "accessibility": several(record({"id": UUID, "location_id": UUID, "description": string()})),
            "schedules": several(ref("HsdsSchedule")),
        },
    ),
    "HsdsServiceAtLocation": hsds(
        {"id": UUID, "service_id": UUID, "location_id": UUID},
        {
            "description": string(),
            "location": ref("HsdsLocation"),
            "phones": several(ref("HsdsPhone")),
            "schedules": several(ref("HsdsSchedule")),
            "service": ref("HsdsService"),
        },
    ),
    "HsdsService": hsds(
        {"id": UUID},
        {
            # Of these the specification requires name and status; only `minimal` leaves them out.
            "name": string(),
            "status": {"type": "string", "const": "active"},
            "organization_id": UUID,
            "description": string(),
            "url": {"type": "string", "format": "uri"},
            "email": string(),
            "application_process": string(),
            "fees_description": string(),
            "eligibility_description": string(),
            "alert": string(),
            "last_modified": MOMENT,
            "phones": several(ref("HsdsPhone")),
            "languages": several(
                record(
                    {"id": UUID, "service_id": UUID, "name": string(), "code": {"enum": list(SERVICE_LANGUAGES)}},
                )
            ),
            "schedules": several(ref("HsdsSchedule")),
            "service_at_locations": several(ref("HsdsServiceAtLocation")),
            "organization": ref("HsdsOrganization"),
            "required_documents": several(record({"id": UUID, "service_id": UUID, "document": string()})),
            "attributes": several(
                record(
                    {
                        "id": UUID,
                        "link_id": UUID,
                        "link_entity": string(),
                        "taxonomy_term_id": UUID,
                        "taxonomy_term": record(
                            {"id": UUID, "code": string(), "name": string(), "description": string()}
                        ),
                    }
                )
            ),
        },
    ),
}


def components() -> dict[str, Any]:
    problem = record(
        {
            "type": string(),
            "title": string(),
            "status": integer(),
            "detail": string("What is wrong, and what would be right."),
            "instance": string(),
            "parameter": string("The parameter to change."),
        },
        optional=["parameter"],
    )
    return {
        "schemas": {
            "Words": schemas.WORDS,
            "Hub": schemas.HUB,
            "Listing": schemas.LISTING,
            "Room": schemas.ROOM,
            "Notice": schemas.NOTICE,
            "OpeningHours": schemas.OPENING_HOURS,
            "FreeTimes": schemas.FREE_TIMES,
            "Problem": problem,
            **HSDS_SCHEMAS,
        },
        "responses": {
            "Problem": {
                "description": "What is wrong (RFC 9457)",
                "content": {"application/problem+json": {"schema": ref("Problem")}},
            }
        },
        "parameters": parameters(),
    }


def parameters() -> dict[str, Any]:
    language = {"type": "string", "enum": list(CODES)}
    positive = {"type": "integer", "minimum": 1}
    flag = {"type": "boolean", "default": False}
    return {
        "language": query("language", "Tell the texts in this language alone.", language),
        "page": query("page", "", {**positive, "default": 1}),
        "limit": query(
            "limit", f"How many on a page; {LIMIT} unless an address says otherwise.", positive | {"maximum": MOST}
        ),
        "changed_since": query(
            "changed_since", "Only what has changed then or later; a moment, or a day in Finland.", {"type": "string"}
        ),
        "hub": query("hub", "Only of this hub.", {"type": "string"}),
        "kind": query("kind", "Only of this kind.", {"type": "string", "enum": ["hub", "listing", "room"]}),
        "room": query(
            "room", "Only of this room, such as kalajarvi/hall; may be repeated.", several({"type": "string"})
        ),
        "from": query("from", "The first day.", DAY),
        "to": query("to", "The last day.", DAY),
        "per_page": query("per_page", "", positive),
        "full": query("full", "With everything that belongs to each.", flag),
        "minimal": query("minimal", "Only ids and when they were last changed.", flag),
        "modified_after": query("modified_after", "Only what has changed then or later.", MOMENT),
        "organization_id": query("organization_id", "", UUID),
        "hsds_language": query(
            "language", "The language of the texts.", {**language, "default": settings.LANGUAGE_CODE}
        ),
        "path_hub": path("hub", "The id of the hub."),
        "path_slug": path("slug", "What follows the hub in the id."),
        "path_id": path("id", "", UUID),
    }


def query(name: str, description: str, schema: Schema) -> dict[str, Any]:
    return told(description, **{"name": name, "in": "query", "required": False, "schema": schema})


def path(name: str, description: str, schema: Schema | None = None) -> dict[str, Any]:
    return told(description, **{"name": name, "in": "path", "required": True, "schema": schema or {"type": "string"}})
