"""What a page may weigh, compressed as it travels (ui.md, “Budget”), in bytes."""

import brotli
import pytest
from django.conf import settings

from rooms.models import Room
from servicetorg.demo.load import load
from tests import cast
from tests.pages.client import Fetch

pytestmark = pytest.mark.any_database

STATIC = settings.BASE_DIR / "static"
KILOBYTE = 1024


def weight(data: bytes) -> int:
    return len(brotli.compress(data))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("css/site.css", 8),
        ("css/display.css", 2),
        ("css/sign.css", 1),
        ("js/display.js", 1),
        ("js/share.js", 1),
        ("js/suggestions.js", 2),
        ("vendor/htmx/htmx.min.js", 13),
        ("vendor/lucide/icons.svg", 2),
    ],
)
def test_a_static_file_is_light(name: str, most: int) -> None:
    assert weight((STATIC / name).read_bytes()) <= most * KILOBYTE


def test_the_font_is_light() -> None:
    assert (STATIC / "vendor/inter/inter.woff2").stat().st_size <= 21 * KILOBYTE


PAGES = [
    "/",
    "/hubs/iso-omena/",
    "/hubs/kalajarvi/library/",
    "/hubs/iso-omena/planner/?services=library,family-clinic,hus-laboratory,kela,youth-vox,employment",
    "/hubs/iso-omena/sign/",
    "/services/",
    "/search/?q=a",
    "/about/privacy/",
    "/rooms/",
    "/rooms/?days=14&part=evening",
]


@pytest.mark.django_db
def test_pages_are_light_with_all_the_real_data(page: Fetch) -> None:
    load(at=cast.TUESDAY, with_bookings=False)
    paths = [f"/{language}{path}" for language in ("sv", "fi", "en") for path in [*PAGES, first_room()]]

    heavy = {path: weight(page(path).html.encode()) for path in paths}

    assert {path: bytes_ for path, bytes_ in heavy.items() if bytes_ > 12 * KILOBYTE} == {}


def first_room() -> str:
    return Room.objects.select_related("hub").bookable()[0].get_absolute_url().removeprefix("/sv")


@pytest.mark.django_db
def test_a_first_view_is_seven_requests_and_fifty_kilobytes(page: Fetch) -> None:
    load(at=cast.TUESDAY, with_bookings=False)
    hub = page("/sv/hubs/iso-omena/")

    files = {
        element.attributes["href"].split("#")[0]
        for element in [*hub.all("link"), *hub.all("use")]
        if element.attributes["href"].startswith(settings.STATIC_URL)
    } | {
        element.attributes["src"]
        for element in [*hub.all("script"), *hub.all("img")]
        if "src" in element.attributes  # a block of data is a part of the page
    }
    bytes_ = [weight((STATIC / file.removeprefix(f"{settings.STATIC_URL}")).read_bytes()) for file in files]

    assert len(files) + 1 <= 7
    assert sum(bytes_) + weight(hub.html.encode()) <= 50 * KILOBYTE
