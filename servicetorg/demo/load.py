"""Everything in order, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from hubs.models import Hub
from rooms.models import Booking, Room
from services.models import Category, Listing, Provider, Service
from servicetorg.demo import accounts, hours
from servicetorg.demo.bookings import DAYS, load_bookings
from servicetorg.demo.hubs import load_groups, load_hubs, load_notices
from servicetorg.demo.listings import load_listings
from servicetorg.demo.rooms import load_rooms
from servicetorg.demo.surveys import load_surveys
from servicetorg.search.index import refresh


class RealContentError(Exception):
    """The database holds something that is not the demo."""


@dataclass(frozen=True)
class Summary:
    hubs: int
    listings: int
    rooms: int
    bookings: int
    is_new: bool


def load(*, at: datetime, with_bookings: bool = True, days: int = DAYS) -> Summary:
    """Load the demo as it would look at `at`; where it is loaded already, change nothing.

    Raises RealContentError, and writes nothing, where the database holds anything else.
    """
    with transaction.atomic():
        refuse_real_content()
        is_new = not Hub.objects.exists()
        if is_new:
            load_everything(at=at, with_bookings=with_bookings, days=days)
        return Summary(
            hubs=Hub.objects.count(),
            listings=Listing.objects.count(),
            rooms=Room.objects.count(),
            bookings=Booking.objects.count(),
            is_new=is_new,
        )


def refuse_real_content() -> None:
    """Raise RealContentError on a hub that is no example, or on content without any hub.

    Listings, rooms and bookings belong to a hub, so those of an example hub are the demo's
    or were made by somebody who tries it; both are kept.
    """
    real = Hub.objects.filter(is_example=False).first()
    if real is not None:
        raise RealContentError(f"“{real.slug}” is not an example hub")
    if Hub.objects.exists():
        return
    for model in (Category, Service, Provider):
        if (row := model.objects.first()) is not None:
            raise RealContentError(f"“{row.slug}” is there without the demo")
    taken = User.objects.filter(email__in=[*accounts.PEOPLE, *accounts.HOLDERS]).first()
    if taken is not None:
        raise RealContentError("an account of the demo is there without the demo")


def load_everything(*, at: datetime, with_bookings: bool, days: int) -> None:
    hours.load_special_days(at=at)
    hubs = load_hubs()
    listings = load_listings(hubs)
    rooms = load_rooms(hubs)
    load_notices(hubs, listings, rooms, at=at)
    load_groups(hubs, at=at)
    load_surveys(hubs, at=at)
    accounts.load_accounts(hubs)
    if with_bookings:
        load_bookings(rooms, at=at, days=days)
    refresh()
