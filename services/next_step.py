"""What a client does first: book, call, write, or just come."""

from enum import StrEnum
from typing import NamedTuple

from services.enums import Appointment
from services.models import Listing


class Way(StrEnum):
    ROOMS = "rooms"  # the listing is about rooms, which are booked on this site
    BOOK = "book"  # on the provider's own site
    CALL = "call"
    WRITE = "write"
    READ = "read"  # nothing better is known than the provider's page
    COME = "come"


class Step(NamedTuple):
    way: Way
    address: str = ""


def next_step(listing: Listing) -> Step:
    """Return the first way that leads to the service; whoever needs no appointment just comes."""
    if listing.service.category.leads_to_rooms:
        return Step(Way.ROOMS)
    if listing.appointment == Appointment.NOT_NEEDED:
        return Step(Way.COME)
    if listing.booking_url:
        return Step(Way.BOOK, listing.booking_url)
    if listing.phone:
        return Step(Way.CALL, listing.phone)
    if listing.appointment == Appointment.BOTH:
        return Step(Way.COME)
    if listing.email:
        return Step(Way.WRITE, listing.email)
    return Step(Way.READ, listing.website) if listing.website else Step(Way.COME)
