"""What machines read of a page is what people read: one truth about hours, in terms that schema.org knows."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from hubs.enums import HolidayRule, Mode
from hubs.models import Hub
from hubs.models.timetable import load_schedules
from hubs.opening import Day, DayStatus, Schedule
from hubs.special_days import seed_special_days
from rooms.models import Room
from services.models import Listing, Service
from servicetorg.structured_data import opening_hours
from tests import cast
from tests.hubs.hours import exception, local, regular, schedule, span
from tests.pages.client import Page

# From schema.org: the parents of the types we use, and for each property which types have it.
PARENTS = {
    "Thing": [],
    "Action": ["Thing"],
    "Audience": ["Intangible"],
    "BreadcrumbList": ["ItemList"],
    "CivicStructure": ["Place"],
    "ContactPoint": ["StructuredValue"],
    "Dentist": ["MedicalBusiness", "MedicalOrganization"],
    "DiagnosticLab": ["MedicalOrganization"],
    "EmploymentAgency": ["LocalBusiness"],
    "EntryPoint": ["Intangible"],
    "EventVenue": ["CivicStructure"],
    "FoodEstablishment": ["LocalBusiness"],
    "GeoCoordinates": ["StructuredValue"],
    "GovernmentOffice": ["LocalBusiness"],
    "GovernmentOrganization": ["Organization"],
    "GovernmentService": ["Service"],
    "Intangible": ["Thing"],
    "ItemList": ["Intangible"],
    "Library": ["LocalBusiness"],
    "ListItem": ["Intangible"],
    "LocalBusiness": ["Organization", "Place"],
    "LocationFeatureSpecification": ["PropertyValue"],
    "MedicalBusiness": ["LocalBusiness"],
    "MedicalClinic": ["MedicalBusiness", "MedicalOrganization"],
    "MedicalOrganization": ["Organization"],
    "MeetingRoom": ["Room"],
    "OpeningHoursSpecification": ["StructuredValue"],
    "Organization": ["Thing"],
    "Place": ["Thing"],
    "PostalAddress": ["ContactPoint"],
    "PropertyValue": ["StructuredValue"],
    "QuantitativeValue": ["StructuredValue"],
    "ReserveAction": ["Action"],
    "Restaurant": ["FoodEstablishment"],
    "Room": ["Accommodation"],
    "Accommodation": ["Place"],
    "SearchAction": ["Action"],
    "Service": ["Intangible"],
    "ServiceChannel": ["Intangible"],
    "StructuredValue": ["Intangible"],
    "WebSite": ["CreativeWork"],
    "CreativeWork": ["Thing"],
}
DOMAINS = {
    "address": ["GeoCoordinates", "Organization", "Place"],
    "addressCountry": ["GeoCoordinates", "PostalAddress"],
    "addressLocality": ["PostalAddress"],
    "amenityFeature": ["Accommodation", "FloorPlan", "Place"],
    "audience": ["CreativeWork", "Service"],
    "audienceType": ["Audience"],
    "availableChannel": ["Service"],
    "availableLanguage": ["ContactPoint", "ServiceChannel"],
    "closes": ["OpeningHoursSpecification"],
    "containedInPlace": ["Place"],
    "dayOfWeek": ["OpeningHoursSpecification"],
    "description": ["Thing"],
    "disambiguatingDescription": ["Thing"],
    "email": ["ContactPoint", "Organization"],
    "floorLevel": ["Accommodation"],
    "floorSize": ["Accommodation"],
    "geo": ["Place"],
    "hoursAvailable": ["ContactPoint", "LocationFeatureSpecification", "Service"],
    "isAccessibleForFree": ["CreativeWork", "Place"],
    "item": ["ListItem"],
    "itemListElement": ["ItemList"],
    "latitude": ["GeoCoordinates", "Place"],
    "longitude": ["GeoCoordinates", "Place"],
    "maximumAttendeeCapacity": ["Place"],
    "name": ["Thing"],
    "openingHoursSpecification": ["Place"],
    "opens": ["OpeningHoursSpecification"],
    "parentOrganization": ["Organization"],
    "position": ["CreativeWork", "ListItem"],
    "postalCode": ["PostalAddress"],
    "potentialAction": ["Thing"],
    "provider": ["Action", "CreativeWork", "Service"],
    "publisher": ["CreativeWork"],
    "query-input": ["SearchAction"],  # an annotation of `query` that search engines ask for
    "sameAs": ["Thing"],
    "serviceLocation": ["ServiceChannel"],
    "servicePhone": ["ServiceChannel"],
    "serviceType": ["Service"],
    "serviceUrl": ["ServiceChannel"],
    "specialOpeningHoursSpecification": ["Place"],
    "streetAddress": ["PostalAddress"],
    "target": ["Action"],
    "telephone": ["ContactPoint", "Organization", "Place"],
    "unitCode": ["PropertyValue", "QuantitativeValue"],
    "url": ["Thing"],
    "urlTemplate": ["EntryPoint"],
    "validFrom": ["OpeningHoursSpecification"],
    "validThrough": ["OpeningHoursSpecification"],
    "value": ["PropertyValue", "QuantitativeValue"],
}
SCHEMA = "https://schema.org/"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


type Shown = Callable[..., Page]


@pytest.fixture
def shown(client: Client, db: None) -> Shown:
    """Fetch a page and leave its judgement to the tests of that page."""

    def fetch(path: str, status: int = 200) -> Page:
        response = client.get(path)
        assert response.status_code == status
        return Page(response, path)

    return fetch


def data_of(page: Page) -> dict[str, Any]:
    (script,) = [each for each in page.all("script") if each.attributes.get("type") == "application/ld+json"]
    return json.loads("".join(str(each) for each in script.children))


def expanded(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Read it as an independent program does, that has only been told where the terms come from."""

    def load(url: str, options: Any) -> dict[str, Any]:
        assert url.rstrip("/") == "https://schema.org"
        context = {"@context": {"@vocab": SCHEMA}}
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": context}

    return jsonld.expand(data, {"documentLoader": load})


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from nodes(each)
    elif isinstance(value, dict) and "@value" not in value:
        yield value
        yield from nodes(list(value.values()))


def ancestors(kinds: Iterable[str]) -> set[str]:
    kinds = set(kinds)
    return kinds | (ancestors(parent for kind in kinds for parent in PARENTS[kind]) if kinds else set())


def vocabulary_problems(data: dict[str, Any]) -> list[str]:
    problems = []
    for node in nodes(expanded(data)):
        kinds = [kind.removeprefix(SCHEMA) for kind in node.get("@type", [])]
        if unknown := [kind for kind in kinds if kind not in PARENTS]:
            problems.append(f"no such types: {unknown}")
            continue
        if not kinds and node.keys() - {"@id"}:
            problems.append(f"without a type: {node}")
        for name in node:
            term = name.removeprefix(SCHEMA)
            if not name.startswith("@") and not ancestors(kinds) & set(DOMAINS.get(term, [])):
                problems.append(f"{kinds} has no {term}")
    return problems


@pytest.fixture
def everything(kalajarvi: Hub) -> Hub:
    """A house in which every field is filled that a page can tell."""
    Hub.objects.filter(pk=kalajarvi.pk).update(
        latitude="60.3", longitude="24.7", phone="09 1", email="house@example.com", summary_fi="Talo",
        website_sv="https://example.com", accessibility={"lift": True, "door_width": 90}, is_example=True,
    )  # fmt: skip
    kinds = ["library", "dental-clinic", "laboratory", "restaurant", "employment-services", "health-centre", "other"]
    for kind in kinds:
        service = Service.objects.filter(slug=kind).first() or cast.make_service(kind)
        company = cast.make_provider("company", kind="company")
        listing = cast.make_listing(
            kalajarvi, kind, service=service, languages=["sv", "fse"], phone="09 2", audience_sv="Alla",
            booking_url_sv="https://example.com/book", email="desk@example.com",
            **({"provider": company} if kind in ("restaurant", "other") else {}),
        )  # fmt: skip
        cast.set_hours(listing.timetable, {"mon": ("8:00", "9:00")}, mode="phone")
    for kind in ("hall", "meeting", "studio"):
        room = cast.make_room(kalajarvi, kind, kind=kind, area=20, floor="2", is_wheelchair_accessible=False)
        room.equipment.create(slug=kind, name_sv="projektor")
    return kalajarvi


def test_only_terms_that_schema_org_knows_are_used(shown: Shown, everything: Hub) -> None:
    places = [everything, *everything.listings.all(), *everything.rooms.all()]
    for path in ["/sv/", *(each.get_absolute_url() for each in places)]:
        assert vocabulary_problems(data_of(shown(path))) == [], path


@pytest.mark.any_database
def test_a_term_in_the_wrong_place_is_noticed() -> None:
    assert vocabulary_problems({"@context": "https://schema.org", "@type": "Library", "floorLevel": "1"}) != []
    assert vocabulary_problems({"@context": "https://schema.org", "@type": "Castle"}) != []


def test_a_house_is_told_with_its_address_and_what_it_has(shown: Shown, everything: Hub) -> None:
    house = data_of(shown("/sv/hubs/kalajarvi/"))

    assert house["address"] == {
        "@type": "PostalAddress", "streetAddress": "Ruskaåsen 9", "postalCode": "02970", "addressLocality": "Esbo",
        "addressCountry": "FI",
    }  # fmt: skip
    assert house["geo"] == {"@type": "GeoCoordinates", "latitude": 60.3, "longitude": 24.7}
    assert [each["value"] for each in house["amenityFeature"]] == [90, True]
    assert house["description"] == {"@value": "Talo", "@language": "fi"}
    assert "disambiguatingDescription" in house


def test_a_service_is_told_beside_its_place(shown: Shown, everything: Hub) -> None:
    service, place, _crumbs = data_of(shown("/sv/hubs/kalajarvi/library/"))["@graph"]

    assert (service["@type"], place["@type"]) == ("GovernmentService", "Library")
    assert service["availableChannel"]["serviceLocation"] == {"@id": place["@id"]}
    assert service["availableChannel"]["availableLanguage"] == ["sv", "fse"]


@pytest.mark.parametrize(("slug", "place"), [("restaurant", "Restaurant"), ("other", "LocalBusiness")])
def test_the_service_of_a_company_is_no_authoritys(shown: Shown, everything: Hub, slug: str, place: str) -> None:
    told = data_of(shown(f"/sv/hubs/kalajarvi/{slug}/"))["@graph"]

    assert [each["@type"] for each in told[:2]] == ["Service", place]


def test_hours_by_phone_are_those_of_the_phone(shown: Shown, everything: Hub) -> None:
    service, place, _crumbs = data_of(shown("/sv/hubs/kalajarvi/library/"))["@graph"]

    on_phone = service["availableChannel"]["servicePhone"]["hoursAvailable"]
    assert [(each["opens"], each["dayOfWeek"]) for each in on_phone] == [("08:00", ["Monday"])]
    assert all("Monday" not in each["dayOfWeek"] for each in place.get("openingHoursSpecification", []))


def test_one_thing_has_one_name_in_the_three_languages(shown: Shown, everything: Hub) -> None:
    names = {data_of(shown(f"/{language}/hubs/kalajarvi/"))["@id"] for language in ("sv", "fi", "en")}

    assert names == {"http://localhost:8000/hubs/kalajarvi/#place"}


def test_a_room_tells_how_many_fit_and_where_it_is_reserved(shown: Shown, hall: Room) -> None:
    room = data_of(shown("/sv/rooms/kalajarvi/hall/"))

    assert (room["@type"], room["maximumAttendeeCapacity"]) == ("EventVenue", 40)
    assert room["potentialAction"]["target"] == "http://localhost:8000/sv/rooms/kalajarvi/hall/"
    assert room["isAccessibleForFree"] is True


def test_a_room_that_costs_and_is_booked_by_mail_is_neither_free_nor_reserved_here(shown: Shown, hall: Room) -> None:
    Room.objects.update(price_cents=1000, channel="staff", channel_email="rooms@example.com")

    room = data_of(shown("/sv/rooms/kalajarvi/hall/"))

    assert room["isAccessibleForFree"] is False
    assert "potentialAction" not in room


def test_a_room_is_closed_while_its_house_is(shown: Shown, kalajarvi: Hub) -> None:
    cast.make_room(kalajarvi, "hall", hours={"mon tue wed thu fri sat sun": ("8:00", "20:00")})
    kalajarvi.timetable.periods.all().delete()
    cast.set_hours(kalajarvi.timetable, {"mon": ("8:00", "20:00")})

    room = data_of(shown("/sv/rooms/kalajarvi/hall/"))

    assert [each["dayOfWeek"] for each in room["openingHoursSpecification"]] == [["Monday"]]


@pytest.mark.parametrize(
    ("rule", "names"), [(HolidayRule.AS_USUAL, {"Hours not confirmed"}), (HolidayRule.CLOSED, {None})]
)
def test_a_room_is_no_surer_to_open_than_its_house(
    shown: Shown, kalajarvi: Hub, rule: HolidayRule, names: set[str | None]
) -> None:
    seed_special_days([2026])
    every_day = {"mon tue wed thu fri sat sun": ("8:00", "20:00")}
    hall = cast.make_room(kalajarvi)
    for place, own in ((kalajarvi, HolidayRule.MUST_BE_DECIDED), (hall, rule)):
        place.timetable.periods.all().delete()
        cast.set_hours(place.timetable, every_day)
        place.timetable.holiday_rule = own
        place.timetable.save()

    with time_machine.travel(cast.TUESDAY, tick=False):
        room = data_of(shown("/en/rooms/kalajarvi/hall/"))

    assert {each.get("name") for each in room["specialOpeningHoursSpecification"]} == names


def test_no_text_can_leave_the_block_of_data(shown: Shown, library: Listing) -> None:
    Listing.objects.update(summary_sv="</script><script>alert(1)</script><!--")

    found = shown("/sv/hubs/kalajarvi/library/")

    assert data_of(found)["@graph"][0]["description"] == "</script><script>alert(1)</script><!--"


@pytest.mark.parametrize("path", ["/sv/accounts/login/", "/sv/search/?q=x", "/sv/nowhere/"])
def test_pages_of_one_person_or_moment_are_not_to_be_found(shown: Shown, db: None, path: str) -> None:
    found = shown(path, 404 if "nowhere" in path else 200)

    assert [each.attributes["content"] for each in found.all("meta", name="robots")] == ["noindex"]
    assert found.all("meta", property="og:title") == []


@pytest.mark.parametrize(
    "path", ["services/?q=x", "hubs/kalajarvi/?at=2026-12-24T10:00", "hubs/kalajarvi/planner/?week=2026-W50"]
)
def test_of_all_that_a_page_can_be_asked_only_the_page_itself_is_to_be_found(
    shown: Shown, everything: Hub, path: str
) -> None:
    asked, itself = shown(f"/sv/{path}"), shown(f"/sv/{path.partition('?')[0]}")

    assert [each.attributes["content"] for each in asked.all("meta", name="robots")] == ["noindex"]
    assert asked.all("link", rel="canonical") == []
    assert itself.all("meta", name="robots") == []
    assert len(itself.all("link", rel="canonical")) == 1


def test_whoever_shares_a_link_shows_what_it_leads_to(shown: Shown, everything: Hub) -> None:
    found = shown("/fi/hubs/kalajarvi/?at=2026-12-24")
    told = [each.attributes for each in found.all("meta") if "property" in each.attributes]

    assert {each["property"]: each["content"] for each in told} | {"og:locale:alternate": ""} == {
        "og:type": "website",
        "og:site_name": "Palvelutori",
        "og:title": "Kalajärven palvelutori",
        "og:description": "Talo",
        "og:url": "http://localhost:8000/fi/hubs/kalajarvi/",
        "og:locale": "fi_FI",
        "og:locale:alternate": "",
        "og:image": "http://localhost:8000/static/img/share.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Palvelutori, Espoon kaupunki",
    }


# --- Hours, against what whoever reads them makes of them ------------------------------------------


def read(data: dict[str, Any], day: date) -> list[tuple[str, str]] | None:
    """Say when it is open on a day, as search engines understand it; None where it says that nobody knows."""
    on_day = [
        each
        for each in data["specialOpeningHoursSpecification"]
        if each["validFrom"] <= day.isoformat() <= each["validThrough"]
    ]
    if any("opens" not in each for each in on_day):
        return None
    if not on_day:
        on_day = [each for each in data["openingHoursSpecification"] if WEEKDAYS[day.weekday()] in each["dayOfWeek"]]
    found = sorted((each["opens"], each["closes"]) for each in on_day)
    return [] if found == [("00:00", "00:00")] else found


def as_told(day: Day) -> list[tuple[str, str]] | None:
    if day.status == DayStatus.UNCONFIRMED:
        return None
    return sorted(
        ("00:00", "23:59") if each.opens == each.closes else (f"{each.opens:%H:%M}", f"{each.closes:%H:%M}")
        for each in day.parts
        if each.mode != Mode.PHONE
    )


DAYS = ["mon", "tue-fri", "sat,sun", "wed"]
SPANS = st.lists(
    st.tuples(st.sampled_from(DAYS), st.sampled_from(["8-16", "10-20", "6-11", "22-2", "0-0"]), st.sampled_from(Mode)),
    max_size=4,
)


@settings(deadline=None, max_examples=100)
@given(
    usual=SPANS,
    other=SPANS,
    exceptions=st.dictionaries(st.integers(0, 55), st.sampled_from([[], ["daily 9-12"], ["daily 8-16"]]), max_size=5),
    special=st.lists(st.integers(0, 55), max_size=3),
    rule=st.sampled_from(HolidayRule),
)
def test_hours_are_read_as_they_are(usual, other, exceptions, special, rule) -> None:
    today = cast.TUESDAY.date()
    hours = schedule(
        regular(*spans(usual), last_day=today + timedelta(days=20)),
        regular(*spans(other), first_day=today + timedelta(days=21)),
        *(exception(*words, on=today + timedelta(days=day)) for day, words in exceptions.items()),
        special={today + timedelta(days=day): f"day_{day}" for day in special},
        rule=rule,
    )

    data = opening_hours(hours.day, hours.usual_day, cast.TUESDAY)

    for day in hours.days(today, today + timedelta(days=55)):
        assert read(data, day.date) == as_told(day), day


def spans(words):
    return [span(f"{days} {clock}", mode) for days, clock, mode in words]


def test_hours_that_nobody_knows_are_not_told() -> None:
    assert opening_hours(Schedule().day, Schedule().usual_day, local(2026, 11, 24)) == {
        "openingHoursSpecification": [],
        "specialOpeningHoursSpecification": [],
    }


def test_the_page_of_another_day_tells_that_day(shown: Shown, library: Listing) -> None:
    cast.set_hours(
        library.timetable, {"thu": ("10:00", "12:00")}, first_day=date(2026, 12, 24), last_day=date(2026, 12, 24),
        kind="exception",
    )  # fmt: skip

    place = data_of(shown("/sv/hubs/kalajarvi/library/?at=2026-12-20T10:00"))["@graph"][1]

    told = load_schedules([library.timetable_id])[library.timetable_id].day(date(2026, 12, 24))
    assert read(place, date(2026, 12, 24)) == as_told(told) == [("10:00", "12:00")]
