"""The services in the Human Services Data Specification 3.0 of Open Referral.

A listing is a service there, and the place where it is offered as well; a hub is a location and a provider
an organization. Identifiers are made from our own stable names, so that they stay the same without being
stored. Texts are in one language at a time.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.utils.text import capfirst

from hubs.accessibility import accessibility_facts
from hubs.models import Hub, Notice
from hubs.opening import Schedule
from services.models import Listing, Provider
from services.validators import SERVICE_LANGUAGES
from servicetorg.api.answers import Page, head
from servicetorg.api.moments import dated_listings
from servicetorg.api.records import Record, decimal, listing_id, moment
from servicetorg.api.recurrence import Recurrence, recurrences
from servicetorg.api.words import Teller

VERSION = "3.0"
PROFILE = "https://docs.openreferral.org/en/3.0/"


@lru_cache(maxsize=65_536)
def identifier(*names: str) -> str:
    """Return the UUID of a thing that our own names tell apart from all others, on this site or elsewhere."""
    site = uuid.uuid5(uuid.NAMESPACE_DNS, urlsplit(settings.SITE_URL).netloc)
    return str(uuid.uuid5(site, "/".join(names)))


def service_id(listing: Listing) -> str:
    return identifier("service", listing.hub.slug, listing.slug)


def location_id(hub: Hub) -> str:
    return identifier("location", hub.slug)


def organization_id(provider: Provider) -> str:
    return identifier("organization", provider.slug)


def place_of_service_id(listing: Listing) -> str:
    return identifier("service_at_location", listing.hub.slug, listing.slug)


class Told:
    """The texts of one answer, in its language; a text that is missing there is told in another, as on the pages.

    The hours are reckoned only where they are told, and once for those who follow the same.
    """

    def __init__(
        self, language: str, schedules: Mapping[int, Schedule], monday: date, *, with_lists: bool = True
    ) -> None:
        self.language, self.schedules, self.monday, self.with_lists = language, schedules, monday, with_lists
        self.known: dict[int, list[Recurrence]] = {}

    def text(self, thing: Any, field: str) -> str:
        found = Teller(self.language)(thing, field)
        return found if isinstance(found, str) else ""

    def schedules_of(self, timetable: int, owner: str, **owner_ids: str) -> list[Record]:
        if not self.with_lists:
            return []
        followed = self.schedules[timetable].followed
        if id(followed) not in self.known:
            self.known[id(followed)] = recurrences(followed, self.monday)
        times_seen: Counter[tuple[str, ...]] = Counter()
        records = []
        for each in self.known[id(followed)]:
            what = each.byday, each.opens, each.closes, each.mode.value
            times_seen[what] += 1
            key = identifier("schedule", owner, *what, str(times_seen[what]))
            records.append(schedule_record(each, key, owner_ids))
        return records


def schedule_record(each: Recurrence, key: str, owner_ids: Mapping[str, str]) -> Record:
    return filled(
        {
            "id": key,
            **owner_ids,
            "valid_from": each.first_day.isoformat(),
            "valid_to": each.last_day.isoformat(),
            "dtstart": each.first_day.isoformat(),
            "until": each.last_day.isoformat(),
            "timezone": each.utc_offset,
            "wkst": "MO",
            "freq": "WEEKLY",
            "interval": 1,
            "byday": each.byday,
            "opens_at": each.opens,
            "closes_at": each.closes,
            "attending_type": str(each.mode.label),
            "notes": str(each.note),
        }
    )


def organization_record(provider: Provider, told: Told) -> Record:
    return filled(
        {
            "id": organization_id(provider),
            "name": told.text(provider, "name"),
            "description": capfirst(str(provider.get_kind_display())),
            "website": told.text(provider, "website"),
        }
    )


def location_record(hub: Hub, told: Told) -> Record:
    key = location_id(hub)
    facts = [fact for fact in accessibility_facts(hub) if fact.is_known]
    return location_in_short(hub, told) | {
        "addresses": [address_record(hub, told)],
        "phones": phones(hub.phone, "", hub.slug, location_id=key),
        "accessibility": [
            {"id": identifier("accessibility", hub.slug, fact.key), "location_id": key, "description": fact.words}
            for fact in facts
        ],
        "schedules": told.schedules_of(hub.timetable_id, hub.slug, location_id=key),
    }


def location_in_short(hub: Hub, told: Told) -> Record:
    ways = [told.text(hub, field) for field in ("stop", "directions", "parking", "bicycles")]
    return filled(
        {
            "id": location_id(hub),
            "location_type": "physical",
            "name": told.text(hub, "name"),
            "description": told.text(hub, "summary"),
            "transportation": "\n".join(filter(None, ways)),
            "latitude": decimal(hub.latitude),
            "longitude": decimal(hub.longitude),
        }
    )


def address_record(hub: Hub, told: Told) -> Record:
    return {
        "id": identifier("address", hub.slug),
        "location_id": location_id(hub),
        "address_1": told.text(hub, "street"),
        "address_2": told.text(hub, "address_detail"),
        "city": told.text(hub, "locality"),
        "state_province": "",  # asked for by the specification; addresses in Finland have none
        "postal_code": hub.postal_code,
        "country": "FI",
        "address_type": "physical",
    }


def service_record(listing: Listing, told: Told, updated_at: datetime, notices: Sequence[Notice]) -> Record:
    key = service_id(listing)
    own = listing_id(listing.hub.slug, listing.slug)
    appointment = [str(listing.get_appointment_display()), told.text(listing, "appointment_text")]
    bring = told.text(listing, "bring")
    return filled(
        {
            "id": key,
            "organization_id": organization_id(listing.provider),
            "name": told.text(listing, "name"),
            "description": "\n\n".join(filter(None, (told.text(listing, "summary"), told.text(listing, "details")))),
            "url": page_address(listing, told),
            "email": listing.email,
            "status": "active",
            "application_process": "\n".join(filter(None, appointment)),
            "fees_description": told.text(listing, "price_text"),
            "eligibility_description": told.text(listing, "audience"),
            "alert": "\n".join(told.text(notice, "title") for notice in notices),
            "last_modified": moment(updated_at),
            "phones": phones(listing.phone, told.text(listing, "phone_text"), own, service_id=key),
            "languages": [
                {"id": identifier("language", own, code), "service_id": key, "name": str(name), "code": code}
                for code, name in SERVICE_LANGUAGES.items()
                if code in listing.languages
            ],
            "schedules": told.schedules_of(listing.timetable_id, own, service_id=key),
            "service_at_locations": [place_of_service(listing, told)],
            "organization": organization_record(listing.provider, told),
            "required_documents": [{"id": identifier("required_document", own), "service_id": key, "document": bring}]
            if bring
            else [],
            "attributes": [category_attribute(listing, key, told)],
        }
    )


def place_of_service(listing: Listing, told: Told, *, alone: bool = False) -> Record:
    """Return the service at its location; where it does not stand within its service, with hours and service."""
    key, own = place_of_service_id(listing), listing_id(listing.hub.slug, listing.slug)
    record: Record = {
        "id": key,
        "service_id": service_id(listing),
        "location_id": location_id(listing.hub),
        "description": told.text(listing, "directions"),
        "location": location_in_short(listing.hub, told),
    }
    if alone:
        record |= {
            "phones": phones(listing.phone, told.text(listing, "phone_text"), f"at/{own}", service_at_location_id=key),
            "schedules": told.schedules_of(listing.timetable_id, f"at/{own}", service_at_location_id=key),
            "service": filled(
                {
                    "id": service_id(listing),
                    "organization_id": organization_id(listing.provider),
                    "name": told.text(listing, "name"),
                    "description": told.text(listing, "summary"),
                    "url": page_address(listing, told),
                    "status": "active",
                }
            ),
        }
    return filled(record)


def category_attribute(listing: Listing, key: str, told: Told) -> Record:
    category = listing.service.category
    term = identifier("category", category.slug)
    name = told.text(category, "name")
    return {
        "id": identifier("attribute", listing.hub.slug, listing.slug),
        "link_id": key,
        "link_entity": "service",
        "taxonomy_term_id": term,
        "taxonomy_term": {"id": term, "code": category.slug, "name": name, "description": name},
    }


def phones(number: str, words: str, owner: str, **owner_ids: str) -> list[Record]:
    if not number:
        return []
    record = {"id": identifier("phone", owner), **owner_ids, "number": number, "type": "voice", "description": words}
    return [filled(record)]


def page_address(listing: Listing, told: Told) -> str:
    return str(Teller(told.language).address(listing.get_absolute_url()))


def filled(record: Record) -> Record:
    """Leave out what nobody has written; lists stay, since an empty one says that there is none."""
    return {name: value for name, value in record.items() if value not in ("", None)}


def without_lists(record: Record) -> Record:
    """Keep what there is one of, as the lists of the specification do."""
    return {name: value for name, value in record.items() if not isinstance(value, list)}


def page_record(page: Page[Any], contents: list[Record]) -> Record:
    return {
        **head(),
        "total_items": page.count,
        "total_pages": page.pages,
        "page_number": page.number,
        "size": len(contents),
        "first_page": page.number == 1,
        "last_page": not page.has_next,
        "empty": not contents,
        "contents": contents,
    }


def listings_of(provider: str = "") -> QuerySet[Listing]:
    """Return the published listings, or those of the organization that is named."""
    listings = dated_listings().order_by("pk")
    return listings if not provider else listings.filter(provider__slug__in=slugs_of_provider(provider))


def slugs_of_provider(key: str) -> list[str]:
    return [slug for slug in Provider.objects.values_list("slug", flat=True) if identifier("organization", slug) == key]


def find_listing(kind: str, key: str) -> Listing | None:
    """Return the published listing that the identifier is made from. Two queries."""
    rows = Listing.objects.published().values_list("pk", "hub__slug", "slug")
    pk = next((pk for pk, hub, slug in rows if identifier(kind, hub, slug) == key), None)
    return None if pk is None else dated_listings().filter(pk=pk).first()


def providers() -> QuerySet[Provider]:
    return Provider.objects.filter(listings__in=Listing.objects.published()).distinct().order_by("pk")


def notices_by_listing(listings: Iterable[Listing], at: datetime) -> dict[int, list[Notice]]:
    """Return what is said of each listing and of its whole hub now. Two queries."""
    shown = list(Notice.objects.shown_at(at).prefetch_related("listings").order_by("starts_at", "pk"))
    return {
        listing.pk: [
            notice
            for notice in shown
            if (notice.is_for_whole_hub and notice.hub_id == listing.hub_id)
            or any(each.pk == listing.pk for each in notice.listings.all())
        ]
        for listing in listings
    }
