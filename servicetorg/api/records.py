"""What a hub, a listing, a room and a notice are in open data: what their pages tell, and nothing else."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hubs.models import Hub, Notice
from rooms.enums import BookingChannel
from rooms.models import Room
from services.models import Listing
from servicetorg.api.words import Teller

type Record = dict[str, Any]


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def hub_record(hub: Hub, tell: Teller, updated_at: datetime) -> Record:
    return {
        "id": hub.slug,
        "url": tell.address(hub.get_absolute_url()),
        "name": tell(hub, "name"),
        "building": tell(hub, "building"),
        "district": tell(hub, "district"),
        "summary": tell(hub, "summary"),
        "street": tell(hub, "street"),
        "postal_code": hub.postal_code,
        "locality": tell(hub, "locality"),
        "address_detail": tell(hub, "address_detail"),
        "latitude": decimal(hub.latitude),
        "longitude": decimal(hub.longitude),
        "phone": hub.phone or None,
        "email": hub.email or None,
        "website": tell(hub, "website"),
        "stop": tell(hub, "stop"),
        "directions": tell(hub, "directions"),
        "parking": tell(hub, "parking"),
        "bicycles": tell(hub, "bicycles"),
        "entrance": tell(hub, "entrance"),
        "doors": tell(hub, "doors"),
        "hours_note": tell(hub, "hours_note"),
        "area": hub.area,
        "accessibility": accessibility(hub),
        "is_example": hub.is_example,
        **ending(hub, tell, updated_at),
    }


def listing_record(listing: Listing, tell: Teller, updated_at: datetime) -> Record:
    service, provider = listing.service, listing.provider
    return {
        "id": listing_id(listing.hub.slug, listing.slug),
        "hub": listing.hub.slug,
        "url": tell.address(listing.get_absolute_url()),
        "name": tell(listing, "name"),
        "service": {
            "id": service.slug,
            "name": tell(service, "name", name="service.name"),
            "ptv_class": service.ptv_class or None,
        },
        "category": {
            "id": service.category.slug,
            "name": tell(service.category, "name", name="category.name"),
        },
        "provider": {
            "id": provider.slug,
            "name": tell(provider, "name", name="provider.name"),
            "kind": provider.kind,
            "website": tell(provider, "website", name="provider.website"),
        },
        "summary": tell(listing, "summary"),
        "details": tell(listing, "details"),
        "audience": tell(listing, "audience"),
        "appointment": listing.appointment,
        "appointment_text": tell(listing, "appointment_text"),
        "booking_url": tell(listing, "booking_url"),
        "bring": tell(listing, "bring"),
        "price_text": tell(listing, "price_text"),
        "phone": listing.phone or None,
        "phone_text": tell(listing, "phone_text"),
        "email": listing.email or None,
        "website": tell(listing, "website"),
        "floor": listing.floor or None,
        "directions": tell(listing, "directions"),
        "step_free_way": tell(listing, "step_free_way"),
        "languages": listing.languages,
        "language_days": listing.language_days,
        "self_service_rules": tell(listing, "self_service_rules"),
        **ending(listing, tell, updated_at),
    }


def room_record(room: Room, tell: Teller, updated_at: datetime) -> Record:
    whole = room.parent if room.parent is not None and room.parent.is_published else None
    by_mail = room.channel == BookingChannel.STAFF and room.channel_email
    return {
        "id": listing_id(room.hub.slug, room.slug),
        "hub": room.hub.slug,
        "url": tell.address(room.get_absolute_url()),
        "name": tell(room, "name"),
        "kind": room.kind,
        "part_of": listing_id(room.hub.slug, whole.slug) if whole is not None else None,
        "summary": tell(room, "summary"),
        "floor": room.floor or None,
        "directions": tell(room, "directions"),
        "area": room.area,
        "capacity": room.capacity,
        "equipment": [
            {"id": piece.slug, "name": tell(piece, "name", name=f"equipment.{piece.slug}")}
            for piece in room.equipment.all()
        ],
        "accessibility": accessibility(room),
        "not_allowed": tell(room, "not_allowed"),
        "booking": {
            "channel": room.channel,
            "email": room.channel_email if by_mail else None,
            "who_may_book": room.who_may_book,
            "needs_approval": room.needs_approval,
            "is_purpose_required": room.is_purpose_required,
            "grid_minutes": room.grid_minutes,
            "shortest_minutes": room.shortest_minutes,
            "longest_minutes": room.longest_minutes,
            "earliest_days": room.earliest_days,
            "latest_minutes": room.latest_minutes,
            "most_active": room.most_active,
            "cancel_hours": room.cancel_hours,
            "release_minutes": room.release_minutes,
        },
        "price": {
            "cents_per_hour": room.price_cents,
            "reduced_cents_per_hour": room.reduced_price_cents,
            "is_free_for_associations": room.is_free_for_associations,
        },
        **ending(room, tell, updated_at),
    }


def notice_record(notice: Notice, tell: Teller, updated_at: datetime) -> Record:
    """Return a notice; its published listings and rooms must be prefetched with their hubs."""
    return {
        "id": str(notice.pk),
        "hub": notice.hub.slug,
        "is_for_whole_hub": notice.is_for_whole_hub,
        "listings": sorted(listing_id(each.hub.slug, each.slug) for each in notice.listings.all()),
        "rooms": sorted(listing_id(each.hub.slug, each.slug) for each in notice.rooms.all()),  # type: ignore[attr-defined]
        "severity": notice.severity,
        "title": tell(notice, "title"),
        "text": tell(notice, "text"),
        "starts_at": moment(notice.starts_at),
        "ends_at": moment(notice.ends_at),
        "updated_at": moment(updated_at),
        **tell.told(),
    }


def ending(thing: Hub | Listing | Room, tell: Teller, updated_at: datetime) -> Record:
    return {"assumed": thing.assumed, "updated_at": moment(updated_at), **tell.told()}


def listing_id(hub: str, slug: str) -> str:
    """Name a listing or a room among all, as the address of its page does."""
    return f"{hub}/{slug}"


def accessibility(place: Hub | Room) -> Mapping[str, Any]:
    """Return the answer to each question, null where nobody knows."""
    answers = place.accessibility_answers
    return {question.key: answers.get(question.key) for question in place.accessibility_questions}


def decimal(value: Any) -> float | None:
    return None if value is None else float(value)
