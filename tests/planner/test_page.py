from datetime import date

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub, Notice
from services.models import Listing
from tests import cast
from tests.pages.client import Fetch

pytestmark = pytest.mark.any_database

QUERIES = 8
URL = "/en/hubs/kalajarvi/planner/"
NEXT_WEEK = "2026-W49"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def add(
    hub: Hub, slug: str, name: str, hours: dict[str, tuple[str, str]], mode: str = "staffed", **fields: object
) -> Listing:
    listing = cast.make_listing(
        hub,
        slug,
        order=hub.listings.count(),
        service=cast.make_service(slug),
        **cast.three_languages("name", name, name, name),
        **fields,
    )
    cast.set_hours(listing.timetable, hours, mode=mode)
    return listing


@pytest.fixture
def house(kalajarvi: Hub) -> Hub:
    """A library that is open by itself too, a clinic by appointment, a laboratory on two days."""
    staffed = {"mon tue wed thu fri": ("11:00", "18:00")}
    library = add(kalajarvi, "library", "Library", staffed, appointment="not_needed", floor="2")
    library.timetable.periods.get().spans.create(
        weekdays=127, opens=cast.clock("6:00"), closes=cast.clock("20:00"), mode="self_service"
    )
    add(
        kalajarvi,
        "clinic",
        "Clinic",
        {"mon tue wed thu fri": ("8:00", "16:00")},
        appointment="needed",
        phone="09 123 456",
        floor="1",
    )
    add(kalajarvi, "laboratory", "Laboratory", {"tue thu": ("7:00", "12:00")}, "appointment", appointment="both")
    return kalajarvi


def test_it_says_when_all_are_open_at_the_same_time(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=library,clinic,laboratory&week={NEXT_WEEK}")

    assert "All 3 are open together Tue 11:00\u2060–\u206012:00, Thu 11:00\u2060–\u206012:00 ." in plan.main
    assert (
        "with self-service without staff at Library: Tue 8:00\u2060–\u206011:00, Thu 8:00\u2060–\u206011:00."
        in plan.main
    )


def test_it_says_which_are_open_on_the_other_days(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=library,clinic,laboratory&week={NEXT_WEEK}")

    wednesday = next(row.text for row in plan.all("tr") if "Wed 2 Dec" in row.text)
    assert "8:00\u2060–\u206016:00 only Library and Clinic" in wednesday
    assert "Laboratory: Closed" in wednesday


def test_it_says_which_need_an_appointment_and_how_one_gets_it(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=library,clinic,laboratory")

    assert "Make an appointment first: Clinic." in plan.main
    assert "With or without an appointment: Laboratory." in plan.main
    assert "Just come: Library." in plan.main
    assert plan.links["09 123 456"] == "tel:09123456"


def test_the_stops_stand_floor_by_floor(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=library,clinic,laboratory")

    assert plan.texts("h3") == ["Clinic", "Library", "Laboratory"]
    assert "In this order you take each floor once." in plan.main


def test_what_is_ticked_stays_ticked_and_has_an_address_to_share(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=library,clinic&week={NEXT_WEEK}")

    ticked = [box.attributes["value"] for box in plan.all("input", type="checkbox") if "checked" in box.attributes]
    assert ticked == ["library", "clinic"]
    assert (
        plan.all("a", id="share-address")[0]
        .attributes["href"]
        .endswith(f"{URL}?services=library,clinic&week={NEXT_WEEK}")
    )


def test_the_form_leads_to_an_address_that_can_be_read(client: Client, house: Hub) -> None:
    response = client.get(f"{URL}?services=library&services=clinic&week={NEXT_WEEK}")

    assert response.headers["Location"] == f"{URL}?services=library,clinic&week={NEXT_WEEK}"


def test_a_plan_that_suits_only_later_says_when(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=clinic,laboratory&week=2026-W48")  # Tuesday noon: the laboratory has just closed

    with time_machine.travel(cast.helsinki(2026, 11, 26, 12), tick=False):
        later = page(f"{URL}?services=clinic,laboratory")

    assert "Both are open together Thu 8:00\u2060–\u206012:00 ." in plan.main
    assert "not all open at the same time" in later.main
    assert (
        later.links["Tuesday 1 December, 8:00\u2060–\u206012:00"]
        == f"{URL}?services=clinic,laboratory&week={NEXT_WEEK}"
    )


def test_what_is_never_open_together_is_said_so_with_those_that_are(page: Fetch, house: Hub) -> None:
    add(house, "evenings", "Evenings", {"mon": ("20:00", "22:00")})

    plan = page(f"{URL}?services=library,clinic,evenings&week={NEXT_WEEK}")

    assert "no time was found at which all of them are open" in plan.main
    assert (
        "Most of them at once: Library and Clinic are open together Mon\u2060–\u2060Fri 8:00\u2060–\u206016:00."
        in plan.main
    )
    assert plan.links["Plan with these"] == f"{URL}?services=library,clinic&week={NEXT_WEEK}"


def test_where_self_service_is_the_best_there_is_no_later_time_is_named(page: Fetch, house: Hub) -> None:
    add(house, "evenings", "Evenings", {"mon": ("18:30", "20:00")})

    plan = page(f"{URL}?services=library,evenings&week={NEXT_WEEK}")

    assert "without staff at Library: Mon 18:30\u2060–\u206020:00." in plan.main
    assert not [words for words in plan.links if words.startswith("Monday 7 December")]


def test_what_is_here_is_not_offered_as_of_another_house(page: Fetch, house: Hub) -> None:
    cast.make_listing(cast.make_hub("iso-omena"), "library", service=house.listings.get(slug="library").service)

    assert [box.attributes["value"] for box in page(URL).all("input", type="checkbox")].count("library") == 1


def test_only_of_the_week_that_has_begun_it_says_what_is_left(page: Fetch, house: Hub) -> None:
    add(house, "evenings", "Evenings", {"mon": ("20:00", "22:00")})

    assert "In what is left of this week they are not all open" in page(f"{URL}?services=clinic,evenings").main
    next_week = page(f"{URL}?services=clinic,evenings&week={NEXT_WEEK}").main
    assert "In that week they are not all open at the same time." in next_week
    assert "left of this week" not in next_week


def test_one_service_that_is_closed_all_week_says_when_it_opens_next(page: Fetch, house: Hub) -> None:
    laboratory = house.listings.get(slug="laboratory")
    cast.set_hours(laboratory.timetable, {}, first_day=date(2026, 11, 30), last_day=date(2026, 12, 6), kind="exception")

    plan = page(f"{URL}?services=laboratory&week={NEXT_WEEK}")

    assert "It is not open for visits in that week." in plan.main
    assert f"{URL}?services=laboratory&week=2026-W50" == plan.links["Tuesday 8 December, 7:00\u2060–\u206012:00"]
    assert "Not at the same time" not in plan.main
    assert "Wed 2 Dec" in plan.main
    assert "Laboratory: Closed" not in plan.main  # there is no other


def test_of_hours_that_nobody_knows_it_does_not_say_closed(page: Fetch, house: Hub) -> None:
    club = add(house, "club", "Club", {})
    club.timetable.periods.all().delete()
    club.timetable.fallback = None
    club.timetable.save()

    plan = page(f"{URL}?services=library,club")

    assert "The opening hours are not known: Club. Ask before you come." in plan.main
    assert "not all open" not in plan.main
    assert "no time was found" not in plan.main


def test_what_serves_by_phone_needs_no_visit(page: Fetch, house: Hub) -> None:
    add(house, "home-care", "Home care", {"mon tue wed thu fri": ("8:00", "16:00")}, "phone")

    plan = page(f"{URL}?services=library,home-care&week={NEXT_WEEK}")

    assert "Home care serves by phone alone, so it needs no visit." in plan.main
    assert "It is open Mon\u2060–\u2060Fri 11:00\u2060–\u206018:00 ." in plan.main


def test_what_is_elsewhere_is_told_with_its_plan_there(page: Fetch, house: Hub) -> None:
    other = cast.make_hub("iso-omena", **cast.three_languages("name", "Iso Omena", "Iso Omena", "Iso Omena"))
    add(other, "x-rays", "X-rays", {"mon": ("8:00", "10:00")})
    cast.make_listing(other, "reading-room", order=1, service=house.listings.get(slug="library").service)

    plan = page(f"{URL}?services=library,x-rays&week={NEXT_WEEK}")

    assert "Iso Omena has everything you chose" in plan.texts("h2")
    assert "Both are open together Mon 8:00\u2060–\u206010:00 ." in plan.main
    assert (
        plan.links["Plan the visit to Iso Omena instead"]
        == f"/en/hubs/iso-omena/planner/?services=x-rays,reading-room&week={NEXT_WEEK}"
    )


def test_the_house_that_has_everything_comes_first_and_one_without_what_is_missing_not_at_all(
    page: Fetch, house: Hub
) -> None:
    half, nothing, whole = (cast.make_hub(f"house-{n}", order=n, name_en=f"House {n}") for n in (1, 2, 3))
    x_rays = cast.make_service("x-rays")
    for other in (half, whole):
        cast.make_listing(other, "x-rays", service=x_rays, name_en="X-rays")
    for other in (nothing, whole):
        cast.make_listing(other, "reading-room", service=house.listings.get(slug="library").service)

    plan = page(f"{URL}?services=library,x-rays&week={NEXT_WEEK}")

    assert [words for words in plan.texts("h2") if words.startswith("House")] == [
        "House 3 has everything you chose",
        "House 1 has this: X-rays",
    ]


def test_a_name_that_only_something_unpublished_has_is_known_nowhere(page: Fetch, house: Hub) -> None:
    other = cast.make_hub("iso-omena")
    cast.make_listing(other, "secret", service=house.listings.get(slug="library").service, is_published=False)

    assert "There is no longer any service by this name: secret." in page(f"{URL}?services=secret").main


def test_of_the_week_that_has_begun_the_days_that_are_left_are_told(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=library,clinic")

    assert [row.text.partition(" Nov")[0] for row in plan.all("tr") if " Nov" in row.text] == [
        f"{name} {day}" for name, day in zip(("Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), range(24, 30), strict=True)
    ]


def test_a_service_that_is_gone_is_left_out_and_said(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services=library,no-more&week={NEXT_WEEK}")

    assert "There is no longer any service by this name: no-more." in plan.main


def test_what_only_another_house_calls_so_is_known_here_too(page: Fetch, house: Hub) -> None:
    other = cast.make_hub("iso-omena", **cast.three_languages("name", "Iso Omena", "Iso Omena", "Iso Omena"))
    cast.make_listing(other, "reading-room", service=house.listings.get(slug="library").service)
    cast.make_listing(other, "pictures", order=1, service=cast.make_service("x-rays"))

    plan = page(f"{URL}?services=reading-room,pictures&week={NEXT_WEEK}")

    assert "no longer any service" not in plan.main
    assert "It is open Mon\u2060–\u2060Fri 11:00\u2060–\u206018:00 ." in plan.main
    assert "Iso Omena has everything you chose" in plan.texts("h2")


def test_without_a_choice_it_asks_for_one(page: Fetch, house: Hub) -> None:
    plan = page(URL)

    assert plan.all("details")[0].attributes.get("open") == ""
    assert plan.texts("legend") == ["What do you want to settle on one visit?"]


@pytest.mark.parametrize("week", ["2026-W60", "last", "2026-49", "9999-W01", "☃"])
def test_a_week_that_cannot_be_read_shows_this_one(page: Fetch, house: Hub, week: str) -> None:
    assert "The week in the address cannot be read" in page(f"{URL}?services=library&week={week}", status=400).main


@pytest.mark.parametrize(("week", "before"), [("", []), ("2026-W48", []), (NEXT_WEEK, ["2026-W48"])])
def test_one_goes_back_to_this_week_and_not_to_the_one_before(
    page: Fetch, house: Hub, week: str, before: list[str]
) -> None:
    with time_machine.travel(cast.helsinki(2026, 11, 23, 9), tick=False):  # a Monday
        plan = page(f"{URL}?services=library&week={week}")

    assert [plan.links[words] for words in plan.links if words.startswith("Previous")] == [
        f"{URL}?services=library&week={each}" for each in before
    ]


def test_a_plan_reads_so_many_services_and_no_more(page: Fetch, house: Hub) -> None:
    plan = page(f"{URL}?services={','.join(f'no-{number}' for number in range(100))}")

    assert plan.main.count("no-") == 30


def test_a_week_that_has_passed_says_so(page: Fetch, house: Hub) -> None:
    assert "This week has passed." in page(f"{URL}?services=library&week=2026-W47").main


def test_notices_of_the_house_and_of_what_is_chosen_are_shown(page: Fetch, house: Hub) -> None:
    for slug in ("library", "clinic"):
        notice = Notice.objects.create(
            hub=house,
            is_for_whole_hub=False,
            starts_at=cast.helsinki(2026, 11, 24),
            ends_at=cast.helsinki(2026, 11, 25),
            title_en=f"About the {slug}",
        )
        house.listings.get(slug=slug).notices.add(notice)
    until = {"starts_at": notice.starts_at, "ends_at": notice.ends_at}
    Notice.objects.create(hub=cast.make_hub("iso-omena"), title_en="About another house", **until)

    plan = page(f"{URL}?services=library")

    assert "About the library" in plan.main
    assert "About the clinic" not in plan.main
    assert "About another house" not in plan.main


def test_a_time_goes_into_a_calendar(client: Client, house: Hub) -> None:
    address = f"{URL}visit.ics?services=library,clinic&week={NEXT_WEEK}&start=2026-12-01T11:00"
    [event] = Calendar.from_ical(client.get(address).content).walk("VEVENT")

    assert event["SUMMARY"] == "Visit: Library, Clinic"
    assert (event.start, event.end) == (cast.helsinki(2026, 12, 1, 11), cast.helsinki(2026, 12, 1, 16))
    assert event["TRANSP"] == "TRANSPARENT"
    assert "Clinic: By appointment, 09 123 456" in event["DESCRIPTION"]


@pytest.mark.parametrize("start", ["2026-12-01T12:00", "", "tomorrow"])
def test_a_time_at_which_they_are_not_all_opening_is_not_found(client: Client, house: Hub, start: str) -> None:
    address = f"{URL}visit.ics?services=library,clinic&week={NEXT_WEEK}&start={start}"

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("path", ["", "visit.ics"])
def test_a_house_that_is_not_published_is_not_planned_for(client: Client, house: Hub, path: str) -> None:
    Hub.objects.update(is_published=False)

    assert client.get(f"{URL}{path}?services=library").status_code == 404


@pytest.mark.parametrize("services", ["%00", "a" * 3000, ",,,", ",".join(map(str, range(500))), "☃"])
def test_nonsense_is_a_page_all_the_same(page: Fetch, house: Hub, services: str) -> None:
    status = 400 if services == "%00" else 200
    page(f"{URL}?services={services}", status=status)


@pytest.mark.parametrize("path", ["hubs/kalajarvi/", "hubs/kalajarvi/library/"])
def test_the_pages_of_the_house_lead_to_it(page: Fetch, house: Hub, path: str) -> None:
    assert [href for href in page(f"/en/{path}").links.values() if href.startswith(URL)]


def test_the_number_of_queries_does_not_grow(
    client: Client, house: Hub, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(f"{URL}?services=library,clinic")
    other = cast.make_hub("iso-omena")
    for number in range(4):
        add(house, f"here-{number}", "Here", {"mon": ("8:00", "16:00")})
        add(other, f"there-{number}", "There", {"mon": ("8:00", "16:00")})
    words = ",".join(["library", "clinic", *(f"{where}-{n}" for where in ("here", "there") for n in range(4))])
    with django_assert_num_queries(QUERIES):
        client.get(f"{URL}?services={words}")


def test_it_can_only_be_read(client: Client, house: Hub) -> None:
    assert client.post(URL).status_code == 405


def test_an_unknown_hub_is_not_found(page: Fetch, house: Hub) -> None:
    page("/en/hubs/nowhere/planner/", status=404)
