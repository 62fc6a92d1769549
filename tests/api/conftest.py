from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from hubs.models import Hub, Notice, Period
from hubs.special_days import seed_special_days
from rooms.models import Equipment, Room
from services.models import Listing
from tests import cast

type Get = Callable[..., HttpResponse]


@pytest.fixture
def at_noon() -> Iterator[None]:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def get(client: Client) -> Get:
    def fetch(path: str, status: int = 200, **headers: str) -> HttpResponse:
        response = client.get(f"/api/v1{path}", headers=headers)
        assert response.status_code == status, response.content.decode()
        return response

    return fetch


@pytest.fixture
def town(at_noon: None, db: None) -> dict[str, Any]:
    """Two hubs with something of everything, a part of it unpublished."""
    seed_special_days([2026, 2027])
    kalajarvi = cast.make_hub(
        "kalajarvi",
        latitude="60.305",
        longitude="24.736",
        phone="09 123 4567",
        summary_sv="Allt under samma tak",
        accessibility={"lift": False, "door_width": 90},
        assumed=["stop"],
    )
    iso_omena = cast.make_hub("iso-omena", order=1)
    library = cast.make_listing(
        kalajarvi,
        "library",
        hours={"mon tue wed thu fri": ("8:00", "20:00"), "sat": ("10:00", "16:00")},
        languages=["sv", "fi"],
        language_days={"sv": [2, 4]},
        phone="+358 9 765 4321",
        phone_text_fi="Pvm/mpm",
        bring_sv="Bibliotekskort",
        floor="1",
    )
    cast.set_hours(
        library.timetable,
        {"mon tue": ("6:00", "23:00")},
        first_day=cast.TUESDAY.date(),
        kind="season",
        mode="self_service",
    )
    Period.objects.create(timetable=library.timetable, kind="exception", special_day="christmas_eve", title_fi="Joulu")
    laboratory = cast.make_listing(iso_omena, "laboratory", service=cast.make_service("laboratory"))
    hall = cast.make_room(kalajarvi, "hall", price_cents=2500, area=170, is_wheelchair_accessible=True)
    piano = cast.three_languages("name", "piano", "piano", "piano")
    hall.equipment.add(Equipment.objects.create(slug="piano", **piano))
    part = cast.make_room(kalajarvi, "hall-a", parent=hall)
    stage = cast.make_room(iso_omena, "stage", kind="stage", channel="staff", channel_email="stage@example.com")
    hidden = cast.make_hub("hidden-hub", is_published=False)
    unpublished = [
        hidden,
        cast.make_listing(hidden, "hidden-listing-of-hub"),
        cast.make_room(hidden, "hidden-room-of-hub"),
        cast.make_listing(kalajarvi, "hidden-listing", is_published=False),
        cast.make_room(kalajarvi, "hidden-room", is_published=False),
    ]
    make_notice(kalajarvi, "Water is cut")
    of_library = make_notice(kalajarvi, "No printing", is_for_whole_hub=False)
    library.notices.add(of_library)
    unpublished[3].notices.add(of_library)
    make_notice(hidden, "hidden-notice-of-hub")
    unpublished[4].notices.add(make_notice(kalajarvi, "hidden-notice", is_for_whole_hub=False))
    make_notice(kalajarvi, "hidden-notice-of-tomorrow", starts_at=cast.TUESDAY + timedelta(days=1))
    return {
        "kalajarvi": kalajarvi,
        "iso_omena": iso_omena,
        "library": library,
        "laboratory": laboratory,
        "hall": hall,
        "part": part,
        "stage": stage,
    }


def make_notice(hub: Hub, title: str, **fields: Any) -> Notice:
    span = {"starts_at": cast.TUESDAY - timedelta(hours=1), "ends_at": cast.TUESDAY + timedelta(days=2)}
    return Notice.objects.create(hub=hub, title_en=title, title_sv=title, **{**span, **fields})


@pytest.fixture
def library(town: dict[str, Any]) -> Listing:
    return town["library"]


@pytest.fixture
def hall(town: dict[str, Any]) -> Room:
    return town["hall"]


@pytest.fixture
def kalajarvi(town: dict[str, Any]) -> Hub:
    return town["kalajarvi"]
