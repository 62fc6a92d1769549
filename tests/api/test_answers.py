import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hubs.models import Hub, Notice, SpecialDay, Timetable
from rooms.booking import BookingDetails, book_room
from rooms.models import Equipment, Room
from services.models import Category, Listing, Provider, Service
from tests import cast
from tests.api.conftest import Get, make_notice

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

LISTS = ["/hubs", "/listings", "/rooms", "/opening-hours", "/free-times", "/notices"]
HSDS = ["/hsds/services?full=true", "/hsds/service_at_locations?full=true", "/hsds/organizations", "/hsds/locations"]
LONG_AGO = cast.helsinki(2026, 1, 1)


def table(get: Get, path: str) -> list[dict[str, str]]:
    content = get(path).content
    assert content.startswith(b"\xef\xbb\xbf")  # by which spreadsheets know UTF-8
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def ids(get: Get, path: str) -> list[str]:
    return [each["id"] for each in get(path).json()["results"]]


# --- What is in it ---------------------------------------------------------------------------------


def test_a_text_is_told_in_the_three_languages_or_is_null(get: Get, town: dict[str, Any]) -> None:
    hub = get("/hubs/kalajarvi").json()["result"]

    assert hub["name"] == {
        "sv": "Kalajärvi servicetorg", "fi": "Kalajärven palvelutori", "en": "Kalajärvi Service Centre",
    }  # fmt: skip
    assert hub["summary"] == {"sv": "Allt under samma tak", "fi": None, "en": None}


def test_in_one_language_a_text_from_another_is_named(get: Get, town: dict[str, Any]) -> None:
    hub = get("/hubs/kalajarvi?language=fi").json()["result"]

    assert (hub["name"], hub["summary"]) == ("Kalajärven palvelutori", "Allt under samma tak")
    assert hub["other_languages"] == {"summary": "sv"}


def test_what_nobody_knows_is_not_no(get: Get, town: dict[str, Any]) -> None:
    answers = get("/hubs/kalajarvi").json()["result"]["accessibility"]

    assert (answers["lift"], answers["door_width"], answers["hearing_loop"]) == (False, 90, None)


@pytest.mark.parametrize("path", [*LISTS, "/hubs/kalajarvi", "/", *HSDS])
def test_the_licence_is_in_every_answer(get: Get, town: dict[str, Any], path: str) -> None:
    response = get(path)

    assert response.json()["licence"] == "CC BY 4.0"
    assert response.json()["source"] == "City of Espoo, Service Centre"
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in response["Link"]


@pytest.mark.parametrize("path", LISTS)
def test_a_table_has_the_licence_in_every_row(get: Get, town: dict[str, Any], path: str) -> None:
    rows = table(get, f"{path}.csv")

    assert {(row["licence"], row["source"]) for row in rows} == {("CC BY 4.0", "City of Espoo, Service Centre")}


@pytest.mark.parametrize("path", ["/hubs", "/listings", "/rooms", "/notices"])
def test_a_table_tells_what_the_list_tells(get: Get, town: dict[str, Any], path: str) -> None:
    assert [row["id"] for row in table(get, f"{path}.csv")] == ids(get, path)
    assert "name_sv" in table(get, f"{path}.csv")[0] or "title_sv" in table(get, f"{path}.csv")[0]


def test_a_table_in_one_language_has_one_column_for_each_text(get: Get, town: dict[str, Any]) -> None:
    row = table(get, "/rooms.csv?language=fi")[0]

    assert (row["name"], row["equipment"], row["price_cents_per_hour"]) == ("Sali", "piano", "2500")
    assert row["accessibility_wheelchair"] == "true"


@pytest.mark.parametrize("path", [*LISTS, *HSDS, *(f"{path}.csv" for path in LISTS)])
def test_what_is_not_published_is_never_told(get: Get, town: dict[str, Any], path: str) -> None:
    assert "hidden" not in get(path).content.decode()


@pytest.mark.parametrize(
    "path", ["/hubs/hidden-hub", "/listings/kalajarvi/hidden-listing", "/rooms/hidden-hub/hidden-room-of-hub"]
)
def test_what_is_not_published_has_no_address(get: Get, town: dict[str, Any], path: str) -> None:
    get(path, status=404)


def test_a_notice_of_what_is_not_published_is_not_told(get: Get, town: dict[str, Any]) -> None:
    told = {each["title"]["en"]: each["listings"] for each in get("/notices").json()["results"]}

    assert told == {"Water is cut": [], "No printing": ["kalajarvi/library"]}


def test_a_part_does_not_name_a_whole_that_is_not_published(get: Get, hall: Room) -> None:
    assert get("/rooms/kalajarvi/hall-a").json()["result"]["part_of"] == "kalajarvi/hall"
    Room.objects.filter(pk=hall.pk).update(is_published=False)

    assert get("/rooms/kalajarvi/hall-a").json()["result"]["part_of"] is None


# --- Free times ------------------------------------------------------------------------------------


def test_a_booking_is_gone_from_the_free_times_without_a_trace_of_who_booked(
    get: Get, hall: Room, resident: User
) -> None:
    resident.name = "A secret name"
    resident.save()
    starts_at = cast.helsinki(2026, 11, 25, 12)
    details = BookingDetails(people=4, name="A secret name", email=resident.email, purpose="A secret purpose")
    ends_at = starts_at + timedelta(hours=2)
    book_room(
        room=hall, starts_at=starts_at, ends_at=ends_at, resident=resident, actor=resident, details=details,
        at=cast.TUESDAY,
    )  # fmt: skip

    response = get("/free-times?room=kalajarvi/hall&from=2026-11-25&to=2026-11-25")

    assert response.json()["results"][0]["free"] == [
        {"starts_at": "2026-11-25T06:00:00Z", "ends_at": "2026-11-25T10:00:00Z"},
        {"starts_at": "2026-11-25T12:00:00Z", "ends_at": "2026-11-25T18:00:00Z"},
    ]
    for path in [*LISTS, *HSDS]:
        assert "secret" not in get(path).content.decode()
        assert resident.email not in get(path).content.decode()


def test_what_has_passed_is_not_free(get: Get, hall: Room) -> None:
    free = get("/free-times?room=kalajarvi/hall&from=2026-11-24&to=2026-11-24").json()["results"][0]["free"]

    assert free == [{"starts_at": "2026-11-24T10:00:00Z", "ends_at": "2026-11-24T18:00:00Z"}]


def test_only_rooms_that_are_booked_on_the_site_have_free_times(get: Get, town: dict[str, Any]) -> None:
    assert ids(get, "/free-times") == ["kalajarvi/hall", "kalajarvi/hall-a"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/listings", ["iso-omena/laboratory"]),
        ("/rooms", ["iso-omena/stage"]),
        ("/opening-hours", ["iso-omena", "iso-omena/laboratory", "iso-omena/stage"]),
        ("/free-times", ["iso-omena/studio"]),
        ("/notices", ["The lift is out of order"]),
    ],
)
def test_one_hub_can_be_asked_for(get: Get, town: dict[str, Any], path: str, found: list[str]) -> None:
    if path == "/free-times":
        cast.make_room(town["iso_omena"], "studio")
    make_notice(town["iso_omena"], "The lift is out of order")

    answer = get(f"{path}?hub=iso-omena").json()["results"]

    assert [each["title"]["en"] if path == "/notices" else each["id"] for each in answer] == found


def test_a_notice_that_was_written_before_is_new_when_it_is_shown(get: Get, town: dict[str, Any]) -> None:
    Notice.objects.update(changed_at=LONG_AGO)

    assert len(ids(get, "/notices?changed_since=2026-11-24T11:00:00%2B02:00")) == 2
    assert ids(get, "/notices?changed_since=2026-11-24T11:00:01%2B02:00") == []


# --- Opening hours ---------------------------------------------------------------------------------


def test_hours_are_told_day_by_day_with_what_is_special(get: Get, library: Listing) -> None:
    answer = get("/opening-hours?kind=listing&hub=kalajarvi&from=2026-12-22&to=2026-12-24").json()

    tuesday, _wednesday, christmas_eve = answer["results"][0]["days"]
    assert [(each["opens"], each["closes"], each["mode"]) for each in tuesday["spans"]] == [
        ("06:00", "23:00", "self_service")
    ]
    assert (christmas_eve["status"], christmas_eve["is_exception"], christmas_eve["spans"]) == ("closed", True, [])
    assert christmas_eve["title"] == {"sv": None, "fi": "Joulu", "en": None}
    assert answer["time_zone"] == "Europe/Helsinki"


def test_a_table_of_hours_has_a_row_for_each_span_and_each_closed_day(get: Get, library: Listing) -> None:
    rows = table(get, "/opening-hours.csv?kind=listing&hub=kalajarvi&from=2026-12-22&to=2026-12-24")

    assert [(row["date"], row["status"], row["opens"]) for row in rows] == [
        ("2026-12-22", "open", "06:00"),
        ("2026-12-23", "closed", ""),
        ("2026-12-24", "closed", ""),
    ]


# --- Pages and changes -----------------------------------------------------------------------------


def test_a_list_is_read_page_by_page(get: Get, town: dict[str, Any]) -> None:
    found, path = [], "/opening-hours?limit=2"
    while path:
        answer = get(path).json()
        found += [(each["kind"], each["id"]) for each in answer["results"]]
        assert answer["count"] == 7
        following = answer["next"] and urlsplit(answer["next"])
        path = following and f"{following.path.removeprefix('/api/v1')}?{following.query}"

    assert len(found) == len(set(found)) == 7


def test_the_next_page_is_linked_for_tables_too(get: Get, town: dict[str, Any]) -> None:
    assert '/api/v1/rooms.csv?limit=1&page=2>; rel="next"' in get("/rooms.csv?limit=1")["Link"]


def test_a_page_behind_the_last_is_empty(get: Get, town: dict[str, Any]) -> None:
    answer = get("/rooms?page=9").json()

    assert (answer["count"], answer["results"], answer["next"]) == (3, [], None)


@pytest.fixture
def long_unchanged(town: dict[str, Any]) -> dict[str, Any]:
    for model in (Hub, Listing, Room, Service, Category, Provider, Equipment, Timetable, SpecialDay):
        model.objects.update(changed_at=LONG_AGO)
    return town


SINCE = "changed_since=2026-06-01T00:00:00Z"


def changed(get: Get, kind: str) -> list[str]:
    return [key.rpartition("/")[2] for key in ids(get, f"/{kind}?{SINCE}")]


@pytest.mark.parametrize(
    ("change", "hubs", "listings", "rooms"),
    [
        (lambda town: None, [], [], []),
        (lambda town: town["hall"].save(), [], [], ["hall", "hall-a"]),
        (lambda town: town["part"].save(), [], [], ["hall-a"]),
        (lambda town: town["library"].provider.save(), [], ["library", "laboratory"], []),
        (lambda town: town["laboratory"].service.save(), [], ["laboratory"], []),
        (lambda town: Equipment.objects.get().save(), [], [], ["hall"]),
        (lambda town: town["iso_omena"].save(), ["iso-omena"], ["laboratory"], ["stage"]),
    ],
    ids=["nothing", "whole", "part", "provider", "service", "equipment", "hub"],
)
def test_what_has_changed_since_is_found(
    get: Get, long_unchanged: dict[str, Any], change: Any, hubs: list[str], listings: list[str], rooms: list[str]
) -> None:
    change(long_unchanged)

    assert (changed(get, "hubs"), changed(get, "listings"), changed(get, "rooms")) == (hubs, listings, rooms)
    assert changed(get, "opening-hours") == []


def test_new_hours_are_a_change_of_their_owner(get: Get, long_unchanged: dict[str, Any]) -> None:
    long_unchanged["library"].timetable.periods.first().delete()

    assert (changed(get, "hubs"), changed(get, "listings"), changed(get, "rooms")) == ([], ["library"], [])
    assert changed(get, "opening-hours") == ["library"]


def test_new_hours_are_a_change_of_whoever_follows_them(get: Get, long_unchanged: dict[str, Any]) -> None:
    long_unchanged["kalajarvi"].timetable.periods.get().save()

    # The library has hours of its own, and follows those of the house on days that they leave out.
    assert (changed(get, "hubs"), changed(get, "listings")) == (["kalajarvi"], ["library"])
    assert changed(get, "opening-hours") == ["kalajarvi", "library", "hall", "hall-a"]


def test_a_new_holiday_is_a_change_of_all_hours(get: Get, long_unchanged: dict[str, Any]) -> None:
    in_hsds = "/hsds/services?modified_after=2026-06-01"
    assert (changed(get, "opening-hours"), changed(get, "hubs"), get(in_hsds).json()["contents"]) == ([], [], [])
    SpecialDay.objects.first().save()

    assert len(changed(get, "opening-hours")) == 7
    assert changed(get, "hubs") == ["kalajarvi", "iso-omena"]
    assert len(get(in_hsds).json()["contents"]) == 2


def test_the_greatest_moment_of_a_page_is_where_the_next_question_begins(
    get: Get, long_unchanged: dict[str, Any]
) -> None:
    long_unchanged["library"].save()
    answer = get("/listings").json()
    assert answer["updated_at"] == "2026-11-24T10:00:00Z"

    assert ids(get, f"/listings?changed_since={answer['updated_at']}") == ["kalajarvi/library"]


def test_a_plus_sign_that_nobody_escaped_is_understood(get: Get, town: dict[str, Any]) -> None:
    assert len(ids(get, "/hubs?changed_since=2026-11-24T12:00:00+02:00")) == 2
    assert ids(get, "/hubs?changed_since=2026-11-24T12:00:01+02:00") == []


# --- Asking again, and asking wrongly --------------------------------------------------------------


@pytest.mark.parametrize("path", [*LISTS, "/hubs.csv", "/openapi.json", "/hubs/kalajarvi", *HSDS])
def test_nothing_new_is_answered_with_304(get: Get, town: dict[str, Any], path: str) -> None:
    etag = get(path)["ETag"]

    again = get(path, status=304, if_none_match=etag)

    assert again.content == b""
    assert again["ETag"] == etag
    assert again["Access-Control-Allow-Origin"] == "*"


def test_something_new_is_told(get: Get, town: dict[str, Any]) -> None:
    etag = get("/hubs")["ETag"]
    town["kalajarvi"].phone = "09 000"
    town["kalajarvi"].save()

    assert get("/hubs", if_none_match=etag)["ETag"] != etag


def test_other_sites_may_read_it(get: Get, client: Client, town: dict[str, Any]) -> None:
    assert get("/hubs", origin="https://example.org")["Access-Control-Allow-Origin"] == "*"
    preflight = client.options("/api/v1/hubs")
    assert (preflight.status_code, preflight["Access-Control-Allow-Headers"]) == (204, "If-None-Match")


def test_free_times_are_asked_for_anew_each_time(get: Get, town: dict[str, Any]) -> None:
    assert get("/free-times")["Cache-Control"] == "public, no-cache"
    assert get("/hubs")["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("path", "languages"),
    [
        ("/hubs", "sv, fi, en"),
        ("/hubs?language=fi", "fi"),
        ("/hsds/services", "sv"),
        ("/hsds/services?language=en", "en"),
    ],
)
def test_the_answer_says_its_languages_whatever_the_browser_prefers(
    get: Get, town: dict[str, Any], path: str, languages: str
) -> None:
    assert get(path, accept_language="en")["Content-Language"] == languages
    assert get(path, accept_language="en").content == get(path, accept_language="fi").content


def test_nobody_gets_a_cookie(get: Get, town: dict[str, Any]) -> None:
    assert not get("/hubs").cookies


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/hubs?changedsince=2026-01-01", "changedsince"),
        ("/hubs?language=no", "language"),
        ("/hubs?page=0", "page"),
        ("/hubs?page=²", "page"),
        ("/hubs?limit=1001", "limit"),
        ("/hubs?limit=5&limit=6", "limit"),
        ("/hubs?changed_since=yesterday", "changed_since"),
        ("/hubs?changed_since=0001-01-01", "changed_since"),
        ("/listings?hub=hidden-hub", "hub"),
        ("/opening-hours?kind=castle", "kind"),
        ("/opening-hours?from=2026-02-30", "from"),
        ("/opening-hours?from=9999-12-31", "from"),
        ("/opening-hours?from=2026-01-02&to=2026-01-01", "to"),
        ("/opening-hours?from=2026-01-01&to=2026-06-01", "to"),
        ("/free-times?from=2026-11-24&to=2026-12-25", "to"),
        ("/free-times?limit=51", "limit"),
        ("/hsds/services?full=yes", "full"),
    ],
)
def test_a_mistake_is_told_in_words(get: Get, town: dict[str, Any], path: str, parameter: str) -> None:
    response = get(path, status=400)

    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    problem = response.json()
    assert (problem["status"], problem["parameter"]) == (400, parameter)
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/hubs/", "/hubs/nowhere", "/listings/kalajarvi/nowhere", "/free-times?room=kalajarvi/nowhere",
     "/hsds/services/1", "/hsds/organizations/1", "/hsds/locations/1", "/hsds/service_at_locations/1"],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_too(get: Get, town: dict[str, Any], path: str) -> None:
    response = get(path, status=404)

    assert (response["Content-Type"], response.json()["status"]) == ("application/problem+json", 404)


def test_nothing_can_be_written(client: Client) -> None:
    for method in (client.post, client.put, client.delete, client.patch):
        response = method("/api/v1/hubs")
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert response.json()["status"] == 405


def test_an_address_that_cannot_be_read_is_a_problem_too(get: Get) -> None:
    assert get("/hubs?hub=%00", status=400).json()["status"] == 400


def test_a_database_that_is_away_is_told_to_programs_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **more: Any) -> None:
        raise OperationalError("connection refused: db.internal")

    monkeypatch.setattr("servicetorg.api.views.hours_changed", refuse)

    response = Client(raise_request_exception=False).get("/api/v1/hubs")

    assert (response.status_code, response.json()["status"]) == (503, 503)
    assert "internal" not in response.content.decode()


# --- However many there are ------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*LISTS, *HSDS, *(f"{path}.csv" for path in LISTS), "/hubs?changed_since=2020-01-01"])
def test_the_number_of_queries_does_not_grow(get: Get, town: dict[str, Any], path: str) -> None:
    get(path)  # what is asked once in the life of a process
    with CaptureQueriesContext(
        connection,
    ) as few:
        get(path)
    for number in range(4):
        hub = cast.make_hub(f"hub-{number}")
        for each in range(2):
            room = cast.make_room(hub, f"room-{each}")
            room.equipment.set(Equipment.objects.all())
            cast.make_listing(
                hub, f"listing-{each}", provider=cast.make_provider(f"provider-{number}"),
                service=cast.make_service(f"service-{number}"),
            )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        get(path)

    assert len(many) == len(few) <= 16
