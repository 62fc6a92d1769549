"""Every type of page, in one list: what the browser tests open and the screenshots are named after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.urls import reverse

from accounts.models import User
from hubs.models import Hub
from rooms.links import answer_link, check_in_link, give_back_link
from rooms.models import Booking, Room
from services.models import Listing


@dataclass(frozen=True)
class Places:
    """Which of the demo's things the pages are about."""

    hub: Hub
    listing: Listing
    room: Room
    booking: Booking
    request: Booking
    next_tuesday: datetime


def find_places(at: datetime) -> Places:
    hub = Hub.objects.get(slug="kalajarvi")
    booking = Booking.objects.filter(room__hub=hub, starts_at__gt=at, state="confirmed").earliest("starts_at")
    booking.resident = User.objects.get(email=RESIDENT)
    booking.save()
    return Places(
        hub=hub,
        listing=Listing.objects.get(hub=hub, slug="library"),
        room=Room.objects.bookable().filter(hub=hub).order_by("order", "slug")[0],
        booking=booking,
        request=make_request(booking, at),
        next_tuesday=at + timedelta(days=(1 - at.weekday()) % 7 or 7),
    )


def make_request(other: Booking, at: datetime) -> Booking:
    """Let one of the hub's bookings wait for an answer: on some days none of the demo's does."""
    request = Booking.objects.filter(room__hub=other.room.hub_id, starts_at__gt=at, state="confirmed").latest(
        "starts_at"
    )
    request.state, request.expires_at = "requested", request.starts_at
    request.save()
    return request


RESIDENT = "resident@example.org"
ADMINISTRATOR = "administrator@example.org"
PUBLIC, SIGNED_IN, STAFF = "", RESIDENT, ADMINISTRATOR


@dataclass(frozen=True)
class PageType:
    name: str
    path: str
    who: str = PUBLIC
    status: int = 200


def page_types(places: Places) -> list[PageType]:
    """Return them with paths in the active language."""
    hub, room = places.hub.slug, places.room.slug
    tuesday = places.next_tuesday.date().isoformat()
    week = places.next_tuesday.strftime("%G-W%V")
    find, services = reverse("rooms:find"), reverse("services:services")
    booking = places.booking.get_absolute_url()
    return [
        PageType("home", reverse("home")),
        PageType("hub", reverse("hub", args=[hub])),
        PageType("hub-iso-omena", reverse("hub", args=["iso-omena"])),
        PageType("hub-christmas-eve", reverse("hub", args=[hub]) + "?at=2026-12-24T10:00"),
        PageType("listing", places.listing.get_absolute_url()),
        PageType("services", services),
        PageType("services-nothing", services + "?q=qwertyuiop"),
        PageType("search", reverse("search") + "?q=bibliotek"),
        PageType("search-nothing", reverse("search") + "?q=qwertyuiop"),
        PageType("rooms", find),
        PageType("rooms-free", find + f"?date={tuesday}&from=17:00&to=20:00&minutes=60&people=12"),
        PageType("rooms-nothing", find + f"?date={tuesday}&from=17:00&to=20:00&minutes=60&people=900"),
        PageType("rooms-bad-date", find + "?date=2026-02-30", status=400),
        PageType("room", reverse("rooms:room", args=[hub, room])),
        PageType("room-week", reverse("rooms:room", args=[hub, room]) + f"?week={week}"),
        PageType("book", reverse("rooms:book", args=[hub, room])),
        PageType("check-in", reverse("rooms:check_in", args=[hub, room])),
        PageType("give-back-by-link", urlsplit(give_back_link(places.booking)).path),
        PageType("check-in-by-link", urlsplit(check_in_link(places.booking)).path),
        PageType("answer-by-link", urlsplit(answer_link(places.request, places.hub.editors.get())).path),
        PageType("link-forged", reverse("rooms:give_back_by_link", args=["forged"]), status=404),
        PageType("room-display", reverse("rooms:display", args=[hub, room])),
        PageType("hub-display", reverse("hub_display", args=["iso-omena"])),
        PageType("sign-in", reverse("account_login")),
        PageType("accessibility", reverse("about_accessibility")),
        PageType("privacy", reverse("about_privacy")),
        PageType("not-found", reverse("home") + "nowhere/", status=404),
        PageType("bad-request", services + "?q=%00", status=400),
        PageType("my-bookings", reverse("rooms:my_bookings"), SIGNED_IN),
        PageType("booking", booking, SIGNED_IN),
        PageType("give-back", reverse("rooms:give_back", args=[places.booking.reference]), SIGNED_IN),
        PageType("change", reverse("rooms:change_booking", args=[places.booking.reference]), SIGNED_IN),
        PageType("give-back-part", reverse("rooms:give_back_part", args=[places.booking.reference]), SIGNED_IN),
        PageType("my-details", reverse("account_details"), SIGNED_IN),
        PageType("my-data", reverse("my_data"), SIGNED_IN),
        PageType("delete-account", reverse("delete_my_account"), SIGNED_IN),
    ]
