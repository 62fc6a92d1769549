"""Every type of page, in one list: what the browser tests open and the screenshots are named after."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlencode, urlsplit

from django.urls import reverse

from accounts.models import User
from hubs.models import Hub
from hubs.opening import HELSINKI
from rooms.booking import preview_series, start_watch
from rooms.booking.offers import offer_slot
from rooms.forms import local_iso
from rooms.forms.series import name_of
from rooms.links import answer_link, answer_series_link, check_in_link, claim_link, give_back_link, stop_watch_link
from rooms.models import Booking, Offer, Room, Series, Watch
from rooms.waiting import free_now
from rooms.watches import Slot
from services.models import Listing
from servicetorg.models import Report
from servicetorg.reports.links import answer_report_link


@dataclass(frozen=True)
class Places:
    """Which of the demo's things the pages are about."""

    hub: Hub
    listing: Listing
    room: Room
    booking: Booking
    request: Booking
    watch: Watch
    offer: Offer
    series: Series
    series_query: str
    report: Report
    next_tuesday: datetime


def find_places(at: datetime) -> Places:
    hub = Hub.objects.get(slug="kalajarvi")
    booking = Booking.objects.filter(room__hub=hub, starts_at__gt=at, state="confirmed").earliest("starts_at")
    booking.resident = resident = User.objects.get(email=RESIDENT)
    booking.save()
    watch = make_watch(resident, at)
    room = Room.objects.bookable().filter(hub=hub).order_by("order", "slug")[0]
    next_tuesday = at + timedelta(days=(1 - at.weekday()) % 7 or 7)
    evening = next_tuesday.astimezone(HELSINKI).replace(hour=17, minute=0, second=0, microsecond=0)
    return Places(
        hub=hub,
        listing=Listing.objects.get(hub=hub, slug="library"),
        room=room,
        booking=booking,
        request=make_request(booking, at),
        watch=watch,
        offer=make_offer(watch, at),
        series=make_series(booking, at),
        series_query=make_series_query(room, evening, resident, at),
        report=make_report(hub),
        next_tuesday=next_tuesday,
    )


def make_series(booking: Booking, at: datetime) -> Series:
    """Let three bookings of another room be a series of the resident's."""
    others = Booking.objects.filter(starts_at__gt=at, state="confirmed", series=None).exclude(room=booking.room)
    room = others.earliest("starts_at").room
    series = Series.objects.create()
    for each in others.filter(room=room).order_by("starts_at")[:3]:
        each.series, each.series_start, each.resident = series, each.starts_at, booking.resident
        each.save()
    return series


def make_report(hub: Hub) -> Report:
    """Let somebody have found the hours of the hub to be wrong."""
    return Report.objects.create(hub=hub, what="hours", text="På lördag var det stängt redan kl. 15.", language="sv")


def make_series_query(room: Room, starts_at: datetime, resident: User, at: datetime) -> str:
    """Return the address' part that asks for a series, with every date chosen that the resident can have."""
    wish = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2), "every_weeks": 1, "count": 8}
    dates = preview_series(room=room, **wish, resident=resident, at=at)
    chosen = {name_of(date.series_start): "yes" if date.is_free else "no" for date in dates}
    span = {"start": local_iso(starts_at), "end": local_iso(starts_at + timedelta(hours=2))}
    return urlencode({**span, "every": "1", "times": "8", "step": "details", **chosen})


def make_request(other: Booking, at: datetime) -> Booking:
    """Let one of the hub's bookings wait for an answer: on some days none of the demo's does."""
    request = Booking.objects.filter(room__hub=other.room.hub_id, starts_at__gt=at, state="confirmed").latest(
        "starts_at"
    )
    request.state, request.expires_at = "requested", request.starts_at
    request.series, request.series_start = Series.objects.create(), request.starts_at
    request.save()
    return request


def answer_requests_link(request: Booking) -> str:
    assert request.series is not None
    hub = request.room.hub
    return answer_series_link(request.series, hub, hub.editors.get(), [request])


def make_watch(resident: User, at: datetime) -> Watch:
    """Let the resident wait for any evening of the coming four weeks."""
    return start_watch(
        resident=resident,
        people=4,
        minutes=60,
        weekdays="1234567",
        from_time=time(16),
        until_time=time(20),
        first_day=(at + timedelta(days=1)).date(),
        last_day=(at + timedelta(days=28)).date(),
        language="sv",
        at=at,
    )


def make_offer(watch: Watch, at: datetime) -> Offer:
    """Offer the first time that is free and at which the resident has no other booking."""
    mine = Booking.objects.filter(resident=watch.resident_id)
    free = next(each for each in free_now(watch, (), at) if not mine.overlapping(each.starts_at, each.ends_at).exists())
    offer = offer_slot(watch=watch, slot=Slot(free.room, free.starts_at, free.ends_at), at=at)
    assert offer is not None
    return offer


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
    series, series_wish = reverse("rooms:book_series", args=[hub, room]), places.series_query
    date = places.series.bookings.earliest("starts_at").reference
    return [
        PageType("home", reverse("home")),
        PageType("hub", reverse("hub", args=[hub])),
        PageType("hub-iso-omena", reverse("hub", args=["iso-omena"])),
        PageType("compare", reverse("compare")),
        PageType("hub-christmas-eve", reverse("hub", args=[hub]) + "?at=2026-12-24T10:00"),
        PageType("hub-year", reverse("hub_year", args=[hub]) + "?year=2027"),
        PageType("listing", places.listing.get_absolute_url()),
        PageType("report-new", reverse("report_listing", args=[hub, places.listing.slug])),
        PageType("report", places.report.get_absolute_url()),
        PageType("answer-report-by-link", urlsplit(answer_report_link(places.report, None)).path),
        PageType("planner", reverse("planner", args=[hub])),
        PageType("planner-plan", reverse("planner", args=[hub]) + "?services=library,family-clinic,laboratory"),
        PageType("hub-sign", reverse("hub_sign", args=[hub])),
        PageType("listing-sign", reverse("listing_sign", args=[hub, places.listing.slug])),
        PageType("services", services),
        PageType("services-nothing", services + "?q=qwertyuiop"),
        PageType("search", reverse("search") + "?q=bibliotek"),
        PageType(
            "search-narrowed", reverse("search") + "?q=kirjatso&hub=kalajarvi&open=now&day=2026-12-24&clock=10:00"
        ),
        PageType("search-nothing", reverse("search") + "?q=qwertyuiop"),
        PageType("rooms", find),
        PageType("rooms-free", find + f"?date={tuesday}&from=17:00&to=20:00&minutes=60&people=12"),
        PageType("rooms-any-evening", find + "?days=14&part=evening&minutes=60&people=12"),
        PageType("rooms-nothing", find + f"?date={tuesday}&from=17:00&to=20:00&minutes=60&people=900"),
        PageType("rooms-wish-too-much", find + "?hub=kalajarvi&equipment=piano&equipment=projector"),
        PageType("rooms-bad-date", find + "?date=2026-02-30", status=400),
        PageType("room", reverse("rooms:room", args=[hub, room])),
        PageType("room-week", reverse("rooms:room", args=[hub, room]) + f"?week={week}"),
        PageType("book", reverse("rooms:book", args=[hub, room])),
        PageType("check-in", reverse("rooms:check_in", args=[hub, room])),
        PageType("give-back-by-link", urlsplit(give_back_link(places.booking)).path),
        PageType("check-in-by-link", urlsplit(check_in_link(places.booking)).path),
        PageType("answer-by-link", urlsplit(answer_link(places.request, places.hub.editors.get())).path),
        PageType("answer-series-by-link", urlsplit(answer_requests_link(places.request)).path),
        PageType("claim-by-link", urlsplit(claim_link(places.offer.booking)).path),
        PageType("stop-watch-by-link", urlsplit(stop_watch_link(places.watch)).path),
        PageType("link-forged", reverse("rooms:give_back_by_link", args=["forged"]), status=404),
        PageType("room-display", reverse("rooms:display", args=[hub, room])),
        PageType("hub-display", reverse("hub_display", args=["iso-omena"])),
        PageType("survey", reverse("surveys:survey", args=[hub, "example"])),
        PageType("survey-answered", reverse("surveys:survey", args=[hub, "example"]) + "?answered="),
        PageType("survey-results", reverse("surveys:results", args=[hub, "2021"])),
        PageType("sign-in", reverse("account_login")),
        PageType("accessibility", reverse("about_accessibility")),
        PageType("privacy", reverse("about_privacy")),
        PageType("open-data", reverse("about_open_data")),
        PageType("not-found", reverse("home") + "nowhere/", status=404),
        PageType("bad-request", services + "?q=%00", status=400),
        PageType("my-bookings", reverse("rooms:my_bookings"), SIGNED_IN),
        PageType("booking", booking, SIGNED_IN),
        PageType("give-back", reverse("rooms:give_back", args=[places.booking.reference]), SIGNED_IN),
        PageType("series-how-often", f"{series}?{series_wish.split('&every')[0]}"),
        PageType("series-how-many", f"{series}?{series_wish.split('&times')[0]}"),
        PageType("series-dates", f"{series}?{series_wish.split('&step')[0]}"),
        PageType("series-details", f"{series}?{series_wish}", SIGNED_IN),
        PageType("series", places.series.get_absolute_url(), SIGNED_IN),
        PageType("series-give-back", reverse("rooms:give_back", args=[date]) + "?scope=following", SIGNED_IN),
        PageType("series-change", reverse("rooms:change_booking", args=[date]) + "?scope=following", SIGNED_IN),
        PageType("change", reverse("rooms:change_booking", args=[places.booking.reference]), SIGNED_IN),
        PageType("give-back-part", reverse("rooms:give_back_part", args=[places.booking.reference]), SIGNED_IN),
        PageType("watch-new", reverse("rooms:watch_new") + f"?room={hub}/{room}&date={tuesday}", SIGNED_IN),
        PageType("watch", places.watch.get_absolute_url(), SIGNED_IN),
        PageType("offer", places.offer.get_absolute_url(), SIGNED_IN),
        PageType("my-details", reverse("account_details"), SIGNED_IN),
        PageType("my-data", reverse("my_data"), SIGNED_IN),
        PageType("delete-account", reverse("delete_my_account"), SIGNED_IN),
    ]
