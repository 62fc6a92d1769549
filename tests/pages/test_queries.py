"""How many questions a public page asks of the database: so many, whatever there is."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hubs.models import Hub, Notice, RegularGroup
from rooms.booking import hold
from rooms.models import Closure, Equipment
from servicetorg.search import index
from surveys.enums import Kind
from tests import cast
from tests.surveys.conftest import ask, make_survey

MOST = 11  # 12 with the one that asks whether a kept page is still so

PAGES = [
    "/",
    "/hubs/compare/",
    "/hubs/kalajarvi/",
    "/hubs/kalajarvi/?at=2026-12-24T10:00",
    "/hubs/kalajarvi/year/",
    "/hubs/kalajarvi/planner/",
    "/hubs/kalajarvi/planner/?service=service-0&service=service-1",
    "/hubs/kalajarvi/sign/",
    "/hubs/kalajarvi/display/",
    "/hubs/kalajarvi/changes.atom",
    "/hubs/kalajarvi/listing-0/",
    "/hubs/kalajarvi/listing-0/sign/",
    "/hubs/kalajarvi/listing-0/changes.ics",
    "/hubs/kalajarvi/surveys/survey-0/",
    "/hubs/kalajarvi/surveys/told-0/results/",
    "/services/",
    "/services/?q=listing",
    "/search/?q=listing",
    "/search/suggestions/?q=list",
    "/rooms/?date=2026-11-25&minutes=60",
    "/rooms/?days=14&part=evening&minutes=60",
    "/rooms/kalajarvi/room-0/",
    "/rooms/kalajarvi/room-0/?week=2026-W49",
    "/rooms/kalajarvi/room-0/display/",
    "/reports/hubs/kalajarvi/",
    "/reports/hubs/kalajarvi/listing-0/",
    "/about/accessibility/",
    "/about/privacy/",
    "/accounts/login/",
]


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> Iterator[None]:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def fill(hub: Hub, numbers: range) -> None:
    """Give a hub more of everything that a page shows."""
    for number in numbers:
        cast.make_hub(f"hub-{number}", order=number + 1)
        service = cast.make_service(f"service-{number}")
        listing = cast.make_listing(hub, f"listing-{number}", service=service, name_en=f"Listing {number}")
        cast.make_listing(Hub.objects.get(slug=f"hub-{number}"), "first", service=cast.make_service("service-0"))
        christmas = date(2026, 12, 24 + number % 3)
        cast.set_hours(listing.timetable, {}, first_day=christmas, last_day=christmas, kind="exception")
        notice = Notice.objects.create(
            hub=hub, title="The lift stands still", starts_at=cast.TUESDAY, ends_at=cast.TUESDAY + timedelta(days=3)
        )
        listing.notices.add(notice)
        fill_rooms(hub, number)
        RegularGroup.objects.create(
            hub=hub, name="Chess", weekdays=127, starts=time(14), ends=time(16), first_day=date(2026, 9, 1),
            last_day=date(2026, 12, 31), agreed_on=date(2026, 9, 1),
        )  # fmt: skip
        survey = make_survey(hub, f"survey-{number}", closes_at=cast.TUESDAY + timedelta(days=10))
        ask(survey, Kind.CHOICE, "Often", "Seldom")
        told = make_survey(
            hub, f"told-{number}", closes_at=cast.TUESDAY, results_published_at=cast.TUESDAY, what_we_do_en="We paint."
        )
        ask(told, Kind.CHOICE, "Often", "Seldom")


def fill_rooms(hub: Hub, number: int) -> None:
    room = cast.make_room(hub, f"room-{number}", kind="meeting")
    room.equipment.add(Equipment.objects.create(slug=f"equipment-{number}", name_en="Piano"))
    starts_at = cast.TUESDAY + timedelta(hours=2)
    hold(room=room, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), language="en", at=cast.TUESDAY)
    Closure.objects.create(
        room=room, starts_at=cast.TUESDAY + timedelta(days=2), ends_at=cast.TUESDAY + timedelta(days=3), reason="Paint"
    )


def asked(client: Client) -> dict[str, int]:
    index.refresh()
    counted = {}
    for path in PAGES:
        client.get(f"/en{path}")  # the search reads its index when that has changed
        with CaptureQueriesContext(connection) as captured:
            response = client.get(f"/en{path}")
        assert response.status_code == 200, path
        counted[path] = len(captured)
    return counted


def test_no_page_asks_much_and_none_more_where_there_is_more(client: Client, kalajarvi: Hub) -> None:
    fill(kalajarvi, range(2))
    few = asked(client)
    fill(kalajarvi, range(2, 7))
    many = asked(client)

    assert {path: count for path, count in few.items() if count > MOST} == {}
    assert many == few
