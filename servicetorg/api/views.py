"""Open data for programs. A view reads what is asked, takes a page of things and writes each as a record."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import HELSINKI, ONE_DAY
from rooms.models import Room
from services.models import Listing
from servicetorg.api import free, hsds, schemas
from servicetorg.api.answers import (
    ALWAYS_ASK,
    TIME_ZONE,
    Page,
    csv_response,
    head,
    json_response,
    list_response,
    one_response,
    open_data,
    page_of,
)
from servicetorg.api.asked import MOST, Asked
from servicetorg.api.moments import (
    dated_hubs,
    dated_listings,
    dated_notices,
    dated_rooms,
    hours_changed,
    newest,
    since,
)
from servicetorg.api.openapi import description
from servicetorg.api.opening_hours import KINDS, Reckoner, hours_record, places
from servicetorg.api.problems import Missing
from servicetorg.api.records import Record, hub_record, listing_record, notice_record, room_record
from servicetorg.api.words import Teller

LISTS = {"language", "page", "limit", "changed_since"}
MOST_DAYS_OF_HOURS, MOST_PLACES = 92, 100
FREE_ROOMS, MOST_FREE_ROOMS = 20, 50
HSDS_PAGE, MOST_HSDS = 50, 200


class Kind(NamedTuple):
    """One kind of thing that has a list and an address of each."""

    name: str
    things: Callable[[], QuerySet[Any]]
    record: Callable[[Any, Teller, datetime], Record]
    schema: schemas.Schema
    in_hub: bool = True


HUBS = Kind("hubs", dated_hubs, hub_record, schemas.HUB, in_hub=False)
LISTINGS = Kind("listings", dated_listings, listing_record, schemas.LISTING)
ROOMS = Kind("rooms", dated_rooms, room_record, schemas.ROOM)


@open_data
def index(request: HttpRequest) -> HttpResponseBase:
    """Say what there is, so that one who has found the address finds the rest."""
    Asked(request, ())
    names = ["hubs", "listings", "rooms", "opening_hours", "free_times", "notices", "hsds", "openapi"]
    links = {name: settings.SITE_URL + reverse(f"api:{name}") for name in names}
    return json_response(request, {**head(), "links": links})


@open_data
def openapi(request: HttpRequest) -> HttpResponseBase:
    Asked(request, ())
    return json_response(request, description())


@open_data
def hubs(request: HttpRequest, *, as_csv: bool = False) -> HttpResponseBase:
    return things(request, HUBS, as_csv=as_csv)


@open_data
def listings(request: HttpRequest, *, as_csv: bool = False) -> HttpResponseBase:
    return things(request, LISTINGS, as_csv=as_csv)


@open_data
def rooms(request: HttpRequest, *, as_csv: bool = False) -> HttpResponseBase:
    return things(request, ROOMS, as_csv=as_csv)


@open_data
def hub(request: HttpRequest, hub: str) -> HttpResponseBase:
    return thing(request, HUBS, slug=hub)


@open_data
def listing(request: HttpRequest, hub: str, slug: str) -> HttpResponseBase:
    return thing(request, LISTINGS, hub__slug=hub, slug=slug)


@open_data
def room(request: HttpRequest, hub: str, slug: str) -> HttpResponseBase:
    return thing(request, ROOMS, hub__slug=hub, slug=slug)


def things(request: HttpRequest, kind: Kind, *, as_csv: bool) -> HttpResponseBase:
    """Answer with a page of them. Five or six queries, whatever the number."""
    asked = Asked(request, LISTS | ({"hub"} if kind.in_hub else set()))
    language, changed = asked.language(), hours_changed()
    found = kind.things().order_by("pk")
    if (here := asked.hub()) is not None:
        found = found.filter(hub=here)
    if (moment := asked.moment("changed_since")) is not None:
        found = since(found, moment, changed)
    page = page_of(found, asked.page(), asked.limit(MOST) if as_csv else asked.limit())
    dated = [(each, newest(each, changed)) for each in page.items]
    results = [kind.record(each, Teller(language), at) for each, at in dated]
    if as_csv:
        return table_response(request, kind.schema, results, language=language, page=page, name=kind.name)
    return list_response(request, page, results, updated_at=max((at for _each, at in dated), default=None))


def thing(request: HttpRequest, kind: Kind, **names: str) -> HttpResponseBase:
    asked = Asked(request, {"language"})
    found = kind.things().filter(**names).first()
    if found is None:
        raise Missing(f"There is none of this name. The list of all is at /api/v1/{kind.name}.")
    return one_response(request, kind.record(found, Teller(asked.language()), newest(found, hours_changed())))


def table_response(
    request: HttpRequest,
    schema: schemas.Schema,
    results: Sequence[Record],
    *,
    language: str,
    page: Page[Any],
    name: str,
) -> HttpResponseBase:
    columns = schemas.columns_of(schema, language=language)
    rows = ([schemas.found_at(path, record) for _name, path in columns] for record in results)
    return csv_response(request, [column for column, _path in columns], rows, page=page, name=name)


@open_data
def notices(request: HttpRequest, *, as_csv: bool = False) -> HttpResponseBase:
    """Answer with what is shown now. Five queries."""
    asked, at = Asked(request, LISTS | {"hub"}), timezone.now()
    found = dated_notices(at).order_by("pk")
    if (here := asked.hub()) is not None:
        found = found.filter(hub=here)
    if (moment := asked.moment("changed_since")) is not None:
        found = found.filter(Q(changed_at__gte=moment) | Q(starts_at__gte=moment))
    named = [
        Prefetch("listings", Listing.objects.published().select_related("hub")),
        Prefetch("rooms", Room.objects.published().select_related("hub")),
    ]
    page = page_of(found.prefetch_related(*named), asked.page(), asked.limit())
    language = asked.language()
    results = [notice_record(each, Teller(language), each.told_at) for each in page.items]  # type: ignore[attr-defined]
    if as_csv:
        return table_response(request, schemas.NOTICE, results, language=language, page=page, name="notices")
    updated_at = max((each.told_at for each in page.items), default=None)  # type: ignore[attr-defined]
    return list_response(request, page, results, updated_at=updated_at)


@open_data
def opening_hours(request: HttpRequest, *, as_csv: bool = False) -> HttpResponseBase:
    """Answer with the days of a page of places. A fixed number of queries, three for each language."""
    asked = Asked(request, LISTS | {"hub", "kind", "from", "to"})
    first, last = asked.days(default=7, most=MOST_DAYS_OF_HOURS)
    language, changed = asked.language(), hours_changed()
    found = places(asked.choice("kind", KINDS), asked.hub())
    if (moment := asked.moment("changed_since")) is not None:
        found = [each for each in found if changed[each.timetable] >= moment]
    page = page_of(found, asked.page(), asked.limit(MOST_PLACES, most=MOST_PLACES))
    reckoner = Reckoner(page.items, first, last, language)
    results = [hours_record(each, reckoner, Teller(language), changed[each.timetable]) for each in page.items]
    if as_csv:
        return hours_table(request, results, language=language, page=page)
    more = {"time_zone": TIME_ZONE, "from": first.isoformat(), "to": last.isoformat()}
    updated_at = max((changed[each.timetable] for each in page.items), default=None)
    return list_response(request, page, results, updated_at=updated_at, more=more)


def hours_table(request: HttpRequest, results: Sequence[Record], *, language: str, page: Page[Any]) -> HttpResponseBase:
    """Write a row for each span, and one for each day without."""
    of_place = schemas.columns_of(schemas.record(schemas.PLACE), language=language)
    of_day = schemas.columns_of(
        schemas.record({k: v for k, v in schemas.DAY_OF_HOURS["properties"].items() if k != "spans"}), language=language
    )
    of_span = schemas.columns_of(schemas.OPEN_SPAN, language=language)
    rows = (
        [
            *(schemas.found_at(path, place) for _name, path in of_place),
            *(schemas.found_at(path, day) for _name, path in of_day),
            *(schemas.found_at(path, span) if span is not None else None for _name, path in of_span),
        ]
        for place in results
        for day in place["days"]
        for span in day["spans"] or [None]
    )
    columns = [name for name, _path in (*of_place, *of_day, *of_span)]
    return csv_response(request, columns, rows, page=page, name="opening-hours")


@open_data
def free_times(request: HttpRequest, *, as_csv: bool = False) -> HttpResponseBase:
    """Answer with what can be booked of the rooms that are named, of a hub or of all, a page at a time."""
    asked, at = Asked(request, {"language", "page", "limit", "hub", "room", "from", "to"}), timezone.now()
    first, last = asked.days(default=7, most=free.MOST_DAYS)
    found = Room.objects.bookable().select_related("hub").order_by("pk")
    if (here := asked.hub()) is not None:
        found = found.filter(hub=here)
    if names := request.GET.getlist("room"):
        found = named_rooms(found, names)
    page = page_of(found, asked.page(), asked.limit(FREE_ROOMS, most=MOST_FREE_ROOMS))
    language = asked.language()
    results = free.free_records(page.items, first, last, language=language, at=at)
    if as_csv:
        return free_table(request, results, language=language, page=page)
    more = {"time_zone": TIME_ZONE, "from": first.isoformat(), "to": last.isoformat()}
    return list_response(request, page, results, updated_at=None, cache_control=ALWAYS_ASK, more=more)


def named_rooms(found: QuerySet[Room], names: Sequence[str]) -> QuerySet[Room]:
    """Keep the rooms that are named as kalajarvi/hall; one that is not there is a mistake to be told."""
    if len(names) > MOST_FREE_ROOMS:
        raise Missing(f"At most {MOST_FREE_ROOMS} rooms can be asked for at once.")
    ids = {f"{hub}/{slug}": pk for hub, slug, pk in found.values_list("hub__slug", "slug", "pk")}
    if unknown := [name for name in names if name not in ids]:
        raise Missing(f"There is no room “{unknown[0]}” that is booked on this site. See /api/v1/rooms.")
    return found.filter(pk__in=[ids[name] for name in names])


def free_table(request: HttpRequest, results: Sequence[Record], *, language: str, page: Page[Any]) -> HttpResponseBase:
    """Write a row for each span in which a room is free."""
    schema = schemas.record({k: v for k, v in schemas.FREE_TIMES["properties"].items() if k != "free"})
    columns = schemas.columns_of(schema, language=language)
    rows = (
        [*(schemas.found_at(path, record) for _name, path in columns), span["starts_at"], span["ends_at"]]
        for record in results
        for span in record["free"]
    )
    names = [*(name for name, _path in columns), "starts_at", "ends_at"]
    return csv_response(request, names, rows, page=page, name="free-times", cache_control=ALWAYS_ASK)


# --- HSDS 3.0 --------------------------------------------------------------------------------------

OF_PAGES = {"language", "page", "per_page", "full"}


@open_data
def hsds_index(request: HttpRequest) -> HttpResponseBase:
    Asked(request, ())
    body = {
        **head(),
        "version": hsds.VERSION,
        "profile": hsds.PROFILE,
        "openapi_url": settings.SITE_URL + reverse("api:openapi"),
    }
    return json_response(request, body)


@open_data
def hsds_services(request: HttpRequest) -> HttpResponseBase:
    asked = Asked(request, OF_PAGES | {"organization_id", "modified_after", "minimal"})
    changed, is_full, is_minimal = hours_changed(), asked.flag("full"), asked.flag("minimal")
    found = hsds.listings_of(request.GET.get("organization_id", ""))
    if (moment := asked.moment("modified_after")) is not None:
        found = since(found, moment, changed)
    page = hsds_page(asked, found)
    told = told_of(asked, page.items, with_lists=is_full)
    notices = hsds.notices_by_listing(page.items, timezone.now())
    with override(told.language):
        contents = [hsds.service_record(each, told, newest(each, changed), notices[each.pk]) for each in page.items]
    if is_minimal:
        contents = [{"id": each["id"], "last_modified": each["last_modified"]} for each in contents]
    return hsds_response(request, page, contents, is_full=is_full)


@open_data
def hsds_service(request: HttpRequest, key: str) -> HttpResponseBase:
    asked = Asked(request, {"language"})
    found = hsds_listing("service", key)
    told = told_of(asked, [found])
    notices = hsds.notices_by_listing([found], timezone.now())
    with override(told.language):
        record = hsds.service_record(found, told, newest(found, hours_changed()), notices[found.pk])
    return json_response(request, {**head(), **record})


@open_data
def hsds_places_of_services(request: HttpRequest) -> HttpResponseBase:
    asked = Asked(request, OF_PAGES | {"organization_id", "modified_after"})
    is_full = asked.flag("full")
    found = hsds.listings_of(request.GET.get("organization_id", ""))
    if (moment := asked.moment("modified_after")) is not None:
        found = since(found, moment, hours_changed())
    page = hsds_page(asked, found)
    told = told_of(asked, page.items, with_lists=is_full)
    with override(told.language):
        contents = [hsds.place_of_service(each, told, alone=True) for each in page.items]
    return hsds_response(request, page, contents, is_full=is_full)


@open_data
def hsds_place_of_service(request: HttpRequest, key: str) -> HttpResponseBase:
    asked = Asked(request, {"language"})
    found = hsds_listing("service_at_location", key)
    told = told_of(asked, [found])
    with override(told.language):
        return json_response(request, {**head(), **hsds.place_of_service(found, told, alone=True)})


@open_data
def hsds_organizations(request: HttpRequest) -> HttpResponseBase:
    asked = Asked(request, OF_PAGES)
    is_full = asked.flag("full")
    page, told = hsds_page(asked, hsds.providers()), told_of(asked, [])
    with override(told.language):
        contents = [hsds.organization_record(each, told) for each in page.items]
    return hsds_response(request, page, contents, is_full=is_full)


@open_data
def hsds_organization(request: HttpRequest, key: str) -> HttpResponseBase:
    asked = Asked(request, {"language"})
    found = hsds.providers().filter(slug__in=hsds.slugs_of_provider(key)).first()
    if found is None:
        raise Missing("There is no such organization.")
    told = told_of(asked, [])
    with override(told.language):
        return json_response(request, {**head(), **hsds.organization_record(found, told)})


@open_data
def hsds_locations(request: HttpRequest) -> HttpResponseBase:
    asked = Asked(request, OF_PAGES)
    is_full = asked.flag("full")
    page = hsds_page(asked, Hub.objects.published().order_by("pk"))
    told = told_of(asked, page.items, with_lists=is_full)
    with override(told.language):
        contents = [hsds.location_record(each, told) for each in page.items]
    return hsds_response(request, page, contents, is_full=is_full)


@open_data
def hsds_location(request: HttpRequest, key: str) -> HttpResponseBase:
    asked = Asked(request, {"language"})
    found = next((each for each in Hub.objects.published() if hsds.location_id(each) == key), None)
    if found is None:
        raise Missing("There is no such location.")
    told = told_of(asked, [found])
    with override(told.language):
        return json_response(request, {**head(), **hsds.location_record(found, told)})


def hsds_page(asked: Asked, found: QuerySet[Any]) -> Page[Any]:
    return page_of(found, asked.page(), asked.number("per_page", HSDS_PAGE, most=MOST_HSDS))


def hsds_listing(kind: str, key: str) -> Listing:
    found = hsds.find_listing(kind, key)
    if found is None:
        raise Missing(f"There is no such {kind}.")
    return found


def told_of(asked: Asked, owners: Sequence[Hub | Listing], *, with_lists: bool = True) -> hsds.Told:
    """Load the hours of those that are told, from this week's Monday on. Three queries."""
    language = asked.language(settings.LANGUAGE_CODE)
    today = timezone.now().astimezone(HELSINKI).date()
    with override(language):
        schedules = load_schedules(each.timetable_id for each in owners)
    return hsds.Told(language, schedules, today - today.weekday() * ONE_DAY, with_lists=with_lists)


def hsds_response(request: HttpRequest, page: Page[Any], contents: list[Record], *, is_full: bool) -> HttpResponseBase:
    if not is_full:
        contents = [hsds.without_lists(each) for each in contents]
    return json_response(request, hsds.page_record(page, contents))


@open_data
def nothing(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    raise Missing("There is nothing at this address. What there is, is told at /api/v1/ and in /api/v1/openapi.json.")
