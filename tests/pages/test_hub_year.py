"""A hub's year for who plans ahead, and what comes within two weeks on top of the pages."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub, Period, SpecialDay
from rooms.booking import close_room
from rooms.models import Room
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch

pytestmark = pytest.mark.any_database

YEAR = "/en/hubs/kalajarvi/year/"
SUNDAY = date(2026, 12, 6)
WAXING = {"sv": "Golvet vaxas", "fi": "Lattia vahataan", "en": "Waxing"}


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> Iterator[None]:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def close(place: Hub | Listing | Room, first_day: date = SUNDAY, last_day: date = SUNDAY, **fields: str) -> None:
    days = {"first_day": first_day, "last_day": last_day}
    Period.objects.create(timetable=place.timetable, kind="exception", **days, **fields)


def rows(page: Fetch, path: str = YEAR) -> list[list[str]]:
    shown = page(path)
    return [
        [cell.text.replace("\u2060", "") for cell in row.children if not isinstance(cell, str)]
        for body in shown.all("tbody")
        for row in body.children
        if not isinstance(row, str)
    ]


# --- The year ---------------------------------------------------------------------------------


def test_the_year_lists_what_differs_by_month(page: Fetch, library: Listing) -> None:
    SpecialDay.objects.create(date=SUNDAY, key="independence_day", name_en="Independence Day", changes_hours=True)
    close(library, date(2026, 2, 2), date(2026, 2, 4), title_en="Inventory")

    shown = page(YEAR)

    assert shown.h1 == "Closed days and other exceptions 2026"
    assert shown.texts("caption") == ["February", "December"]
    assert rows(page) == [
        ["Mon 2 Feb–Wed 4 Feb Inventory", "Kalajärvi Library", "Closed"],
        ["Sunday 6 December Independence Day", "The whole house", "Closed"],
    ]
    assert "usually open Mon\u2060–\u2060Sun 8:00\u2060–\u206020:00" in shown.main


def test_a_service_is_listed_only_where_it_differs_from_the_house(page: Fetch, library: Listing) -> None:
    cast.set_hours(library.timetable, {"mon tue wed thu fri sat sun": ("6:00", "22:00")})
    close(library.hub, SUNDAY, date(2026, 12, 7))
    close(library)

    assert [place for _days, place, _hours in rows(page)] == ["The whole house"]


def test_what_began_last_year_stands_in_january(page: Fetch, kalajarvi: Hub) -> None:
    close(kalajarvi, date(2026, 12, 28), date(2027, 1, 5))

    assert page(f"{YEAR}?year=2027").texts("caption") == ["January"]
    assert rows(page, f"{YEAR}?year=2027")[0][0] == "Monday 28 December 2026 – Tuesday 5 January 2027"
    assert page(YEAR).texts("caption") == ["December"]


def test_changed_hours_are_told(page: Fetch, kalajarvi: Hub) -> None:
    day = date(2026, 12, 31)
    cast.set_hours(kalajarvi.timetable, {"thu": ("8:00", "12:00")}, first_day=day, last_day=day, kind="exception")

    assert rows(page) == [["Thursday 31 December", "The whole house", "Changed hours: 8:00–12:00"]]


def test_a_season_is_told_with_its_hours(page: Fetch, kalajarvi: Hub) -> None:
    summer = {"first_day": date(2026, 6, 1), "last_day": date(2026, 8, 31), "kind": "season"}
    cast.set_hours(kalajarvi.timetable, {"mon tue wed thu fri": ("9:00", "15:00")}, **summer)

    shown = page(YEAR)

    assert "Mon 1 Jun–Mon 31 Aug: Mon–Fri 9:00–15:00" in shown.main.replace("\u2060", "")
    assert rows(page) == []


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("2027", "2027"),
        ("2028", "2028"),
        ("2025", "2025"),
        ("2029", "2026"),
        ("x", "2026"),
        ("", "2026"),
        ("٢٠٢٧", "2026"),
    ],
)
def test_a_year_near_by_can_be_asked_for(page: Fetch, kalajarvi: Hub, asked: str, shown: str) -> None:
    assert page(f"{YEAR}?year={asked}").h1 == f"Closed days and other exceptions {shown}"


def test_a_year_without_holidays_says_that_they_are_missing(page: Fetch, kalajarvi: Hub) -> None:
    SpecialDay.objects.create(date=SUNDAY, key="independence_day", changes_hours=True)
    words = "have not been entered yet"

    assert words not in page(YEAR).main
    assert words in page(f"{YEAR}?year=2028").main


def test_the_hub_leads_to_its_year(page: Fetch, kalajarvi: Hub) -> None:
    assert page("/en/hubs/kalajarvi/").links["Closed days and other exceptions of the whole year"] == YEAR


def test_no_listing_can_take_its_address(library: Listing) -> None:
    library.slug = "year"

    with pytest.raises(Exception, match="year"):
        library.full_clean()


def test_an_unknown_hub_has_no_year(page: Fetch, kalajarvi: Hub) -> None:
    page("/en/hubs/nowhere/year/", status=404)


def test_the_number_of_queries_does_not_grow(
    client: Client, library: Listing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    close(library)
    with django_assert_num_queries(5):
        client.get(YEAR)
    for number in range(3):
        close(cast.make_listing(library.hub, f"listing-{number}"), title_en="Repairs")
    with django_assert_num_queries(5):
        client.get(YEAR)


# --- On top of the pages ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/en/", "/en/hubs/kalajarvi/", "/en/hubs/kalajarvi/library/", "/en/rooms/kalajarvi/hall/"]
)
def test_a_closed_day_is_told_on_top_two_weeks_before_and_gone_after(
    page: Fetch, library: Listing, hall: Room, path: str
) -> None:
    close(library.hub)
    sentence = "Closed on Sunday 6 December"

    shown = []
    for day in (cast.helsinki(2026, 11, 21), cast.helsinki(2026, 11, 24), cast.helsinki(2026, 12, 7)):
        with time_machine.travel(day, tick=False):
            shown.append(sentence in page(path).main)

    assert shown == [False, True, False]


def test_a_service_with_hours_of_its_own_does_not_say_that_the_house_is_closed(page: Fetch, library: Listing) -> None:
    cast.set_hours(library.timetable, {"mon tue wed thu fri sat sun": ("6:00", "22:00")})
    close(library.hub)

    assert "Closed on" not in page("/en/hubs/kalajarvi/library/").main


def test_several_are_a_list_with_the_reasons(page: Fetch, kalajarvi: Hub) -> None:
    close(kalajarvi, title_fi="Sähkökatko")
    close(kalajarvi, date(2026, 12, 8), date(2026, 12, 8), title_en="Repairs")

    hub = page("/en/hubs/kalajarvi/")

    assert "Exceptions in the coming two weeks" in hub.texts("h2")
    assert "Closed on Tuesday 8 December Repairs" in hub.texts("li")
    assert [each.text for each in hub.all("span", lang="fi")] == ["Sähkökatko"]


def test_the_first_page_tells_what_comes_next_in_each_house(page: Fetch, kalajarvi: Hub, iso_omena: Hub) -> None:
    close(kalajarvi)
    close(kalajarvi, date(2026, 12, 8), date(2026, 12, 8))
    close(iso_omena, date(2026, 11, 30), date(2026, 12, 1))

    told = [each.replace("\u2060", "") for each in page("/en/").texts("li") if "Closed" in each]

    assert told == [
        "Kalajärvi Service Centre Closed on Sunday 6 December · More exceptions",
        "Iso Omena Service Centre Closed 30 November–1 December",
    ]


def test_a_page_that_is_asked_for_another_day_tells_what_comes_then(page: Fetch, kalajarvi: Hub) -> None:
    close(kalajarvi, date(2027, 2, 6), date(2027, 2, 6))

    assert "Closed on Saturday 6 February" in page("/en/hubs/kalajarvi/?at=2027-02-01T10:00").main
    assert "Closed on Saturday 6 February" not in page("/en/hubs/kalajarvi/").main


@pytest.mark.parametrize("path", ["/en/hubs/kalajarvi/", "/en/hubs/kalajarvi/library/", "/en/services/"])
def test_another_day_is_asked_for_in_plain_fields(page: Fetch, library: Listing, path: str) -> None:
    fields = {each.attributes["name"]: each for tag in ("input", "select") for each in page(path).all(tag)}
    assert fields["day"].attributes["type"] == "date"

    shown = page(f"{path}?day=2026-12-24&clock=10:00")

    assert "Thursday 24 December 2026 10:00" in shown.main
    assert shown.all("input", name="day")[0].attributes["value"] == "2026-12-24"


def test_the_screen_in_the_hall_tells_it_in_the_week_before(page: Fetch, kalajarvi: Hub) -> None:
    close(kalajarvi)
    shown = []
    for day in (28, 29):
        with time_machine.travel(cast.helsinki(2026, 11, day, 12), tick=False):
            shown.append("6 december" in page("/sv/hubs/kalajarvi/display/").text)

    assert shown == [False, True]


def test_a_closure_of_a_room_is_told_on_its_page_and_those_of_its_parts(page: Fetch, hall: Room) -> None:
    part = cast.make_room(hall.hub, "part", parent=hall, **cast.three_languages("name", "Del", "Osa", "Part"))
    thursday = cast.helsinki(2026, 12, 3, 10)
    close_room(
        room=hall,
        starts_at=thursday,
        ends_at=cast.helsinki(2026, 12, 3, 12),
        reason=WAXING,
        actor=None,
        at=cast.TUESDAY,
    )

    for room in (hall, part):
        told = page(f"/en/rooms/kalajarvi/{room.slug}/").main.replace("\u2060", "")
        assert "Closed on Thursday 3 December, 10:00–12:00" in told
        assert "Waxing" in told


def test_a_closure_far_ahead_waits(page: Fetch, hall: Room) -> None:
    starts_at, ends_at = cast.helsinki(2026, 12, 20), cast.helsinki(2026, 12, 22)
    close_room(room=hall, starts_at=starts_at, ends_at=ends_at, reason=WAXING, actor=None, at=cast.TUESDAY)

    assert "Waxing" not in page("/en/rooms/kalajarvi/hall/").main
    with time_machine.travel(cast.helsinki(2026, 12, 14), tick=False):
        told = page("/en/rooms/kalajarvi/hall/").main.replace("\u2060", "")
    assert "Closed 20–21 December" in told
