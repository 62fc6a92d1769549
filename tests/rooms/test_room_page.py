"""A room and its week."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Notice
from rooms.booking import close_room, hold
from rooms.models import Room
from rooms.week import dates_words, read_week
from tests.cast import TUESDAY, helsinki, make_room, set_hours, three_languages
from tests.pages.client import Fetch, Page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

URL = "/en/rooms/kalajarvi/hall/"
QUERIES = 10


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def row(page: Page, day: str) -> str:
    """Return what the week says about a day, after its name."""
    rows = [each.text for each in page.all("tr") if each.text.startswith(day)]
    return rows[0].removeprefix(day).strip()


def test_it_shows_the_week_with_a_link_for_each_free_time(page: Fetch, hall: Room) -> None:
    starts_at = helsinki(2026, 11, 25, 10)
    hold(room=hall, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), language="sv", at=TUESDAY)

    shown = page(URL)

    assert shown.h1 == "Hall"
    assert "Week 48, 23\u2060–\u206029 November" in shown.texts("h2")
    assert shown.links["Book Wednesday 25 November 12:00\u2060–\u206020:00"] == (
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-25T12:00&end=2026-11-25T20:00"
    )
    assert "Book Wednesday 25 November 8:00\u2060–\u206010:00" in shown.links


def test_days_that_have_passed_say_so(page: Fetch, hall: Room) -> None:
    assert row(page(URL), "Mon 23 Nov") == "The day has passed"


def test_today_only_what_is_left_can_be_booked(page: Fetch, hall: Room) -> None:
    assert "12:00\u2060–\u206020:00" in row(page(URL), "Tue 24 Nov today")


def test_a_closure_says_its_reason_in_the_readers_language(page: Fetch, hall: Room) -> None:
    reason = {"sv": "Golvet slipas", "fi": "Lattia hiotaan", "en": "The floor is being sanded"}
    close_room(
        room=hall,
        starts_at=helsinki(2026, 11, 26, 8),
        ends_at=helsinki(2026, 11, 28, 10),
        reason=reason,
        actor=None,
        at=TUESDAY,
    )

    shown = page(URL)

    assert row(shown, "Thu 26 Nov") == "Closed 8:00\u2060–\u206024:00: The floor is being sanded"
    assert row(shown, "Fri 27 Nov") == "Closed: The floor is being sanded"
    assert "Closed 0:00\u2060–\u206010:00: The floor is being sanded" in row(shown, "Sat 28 Nov")


@pytest.mark.parametrize("week", ["2026-W60", "next", "2026-W00", "9999-W52", "0001-W01", "2026-W4", "٢٠٢٦-W48", "😀"])
def test_a_week_that_cannot_be_read_shows_this_week_and_says_so(page: Fetch, hall: Room, week: str) -> None:
    shown = page(f"{URL}?week={week}", status=400)

    assert "Week 48, 23\u2060–\u206029 November" in shown.texts("h2")
    assert "A week is written like 2026-W49." in shown.main


def test_week_53_is_a_week(page: Fetch, hall: Room) -> None:
    shown = page(f"{URL}?week=2026-W53")

    assert "Week 53, 28 December\u2060–3 January" in shown.texts("h2")
    assert shown.links["Next week"] == "?week=2027-W01"
    assert shown.links["Previous week"] == "?week=2026-W52"


def test_a_week_beyond_the_horizon_says_when_it_can_be_booked(page: Fetch, hall: Room) -> None:
    shown = page(f"{URL}?week=2027-W20")

    assert "The last day that can be booked now is Monday 22 February." in shown.main
    assert "Free before that week: Tuesday 24 November" in shown.main
    assert row(shown, "Mon 17 May") == "Can be booked from Tue 16 Feb"
    assert "Next week" not in shown.links


def test_a_week_without_a_free_time_leads_to_the_next_one_after_it_and_not_back(page: Fetch, hall: Room) -> None:
    week = {"first_day": date(2026, 12, 7), "last_day": date(2026, 12, 13)}
    set_hours(hall.hub.timetable, {}, kind="exception", **week)

    shown = page(f"{URL}?week=2026-W50")

    assert "Next free: Monday 14 December" in shown.main


def test_a_week_that_has_passed_leads_back(page: Fetch, hall: Room) -> None:
    shown = page(f"{URL}?week=2026-W40")

    assert "This week has passed." in shown.main
    assert shown.links["Show this week"] == URL


def test_a_room_booked_through_the_staff_says_how(page: Fetch, hall: Room) -> None:
    make_room(hall.hub, "stage", channel="staff", channel_email="stage@example.com")

    shown = page("/en/rooms/kalajarvi/stage/")

    assert shown.links["stage@example.com"] == "mailto:stage@example.com"
    assert not [link for link in shown.links if link.startswith("Book Wednesday")]


def test_it_says_rules_price_and_what_is_not_allowed(page: Fetch, hall: Room) -> None:
    make_room(
        hall.hub, "ahti", price_cents=1250, **three_languages("not_allowed", "Ej fest", "Ei juhlia", "No parties")
    )

    shown = page("/en/rooms/kalajarvi/ahti/")

    assert "For at most 40 people." in shown.main
    assert "€12.50 per hour, free of charge for associations" in shown.main
    assert "No parties" in shown.main


def test_notices_of_the_room_and_the_whole_hub_are_shown_while_they_last(page: Fetch, hall: Room) -> None:
    times = {"starts_at": TUESDAY - timedelta(days=1), "ends_at": TUESDAY + timedelta(days=1), "hub": hall.hub}
    Notice.objects.create(title_en="Water is off", **times)
    hall.notices.add(Notice.objects.create(title_en="Noise", is_for_whole_hub=False, **times))
    Notice.objects.create(title_en="Elsewhere", is_for_whole_hub=False, **times)
    Notice.objects.create(title_en="Old", **{**times, "ends_at": TUESDAY})

    headings = page(URL).texts("h2")

    assert {"Water is off", "Noise"} <= set(headings)
    assert not {"Elsewhere", "Old"} & set(headings)


def test_a_whole_leads_to_its_parts_and_back(page: Fetch, hall: Room) -> None:
    make_room(hall.hub, "hall-a", parent=hall, **three_languages("name", "A", "A", "Part A"))

    assert page(URL).links["Part A"] == "/en/rooms/kalajarvi/hall-a/"
    assert "Part of Hall" in page("/en/rooms/kalajarvi/hall-a/").main


def test_htmx_gets_the_week_alone(client: Client, hall: Room) -> None:
    response = client.get(f"{URL}?week=2026-W49", headers={"HX-Request": "true"})

    assert response.content.decode().strip().startswith('<section id="week"')
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize(
    "path", ["kalajarvi/ballroom/", "atlantis/hall/", "kalajarvi/secret/", "kalajarvi/secret/book/"]
)
def test_an_unknown_or_unpublished_room_is_a_helpful_404(page: Fetch, hall: Room, path: str) -> None:
    make_room(hall.hub, "secret", is_published=False)

    assert "There is no such room." in page(f"/en/rooms/{path}", status=404).main


def test_it_only_shows(client: Client, hall: Room) -> None:
    assert client.post(URL).status_code == 405


def test_three_bookings_need_no_more_queries_than_one(
    client: Client, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for hour in (9, 12, 15):
        starts_at = helsinki(2026, 11, 25, hour)
        hold(room=hall, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), language="sv", at=TUESDAY)
        with django_assert_num_queries(QUERIES):
            client.get(URL)


def test_weeks_are_read_and_written() -> None:
    assert read_week("2026-W53", TUESDAY.date()).isoformat() == "2026-12-28"
    assert dates_words(read_week("2026-W48", TUESDAY.date())) == "23\u2060–\u206029\u00a0november"
    assert dates_words(read_week("2026-W49", TUESDAY.date())) == "30\u00a0november\u2060–6\u00a0december"


def test_three_parts_need_no_more_queries_than_one(
    client: Client, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for letter in "abc":
        make_room(hall.hub, f"hall-{letter}", parent=hall)
        with django_assert_num_queries(QUERIES):
            client.get(URL)


def test_a_week_without_free_time_leads_to_the_next_that_has_some_and_to_other_rooms(page: Fetch, hall: Room) -> None:
    closed = {"first_day": date(2026, 11, 23), "last_day": date(2026, 11, 29), "kind": "exception"}
    set_hours(hall.hub.timetable, {}, **closed)

    shown = page(URL)

    assert "Nothing in this week can be booked." in shown.main
    assert shown.links["Monday 30 November, 8:00\u2060–\u20608:30"].endswith(
        "start=2026-11-30T08:00&end=2026-11-30T08:30"
    )
    assert shown.links["Find another room"] == "/en/rooms/?hub=kalajarvi"
