"""Rooms and services of one house lead to each other."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub
from rooms.models import Room
from services.models import Category, Listing
from servicetorg.models import SuitableRooms
from servicetorg.suitable_rooms import rooms_for
from tests import cast
from tests.conftest import signed_in
from tests.pages.client import Fetch, Page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LISTING, ROOM = "/en/hubs/kalajarvi/library/", "/en/rooms/kalajarvi/hall/"


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> object:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def meeting_room(kalajarvi: Hub) -> Room:
    names = cast.three_languages("name", "Mötesrum", "Kokoustila", "Meeting room")
    return cast.make_room(kalajarvi, "meeting", kind="meeting", capacity=8, floor="2", **names)


def section(page: Page, name: str) -> str:
    found = [each.text for each in page.all("section") if each.attributes.get("aria-labelledby") == name]
    return found[0].replace("\u2060", "") if found else ""


# --- Rooms on the page of a listing ------------------------------------------------------------------


def test_a_listing_shows_a_room_that_suits_and_when_it_is_free_today(
    page: Fetch, library: Listing, meeting_room: Room
) -> None:
    listing = page(LISTING)

    words = "Rooms here for you to book Meeting room Floor 2 8 people Free today: 12:00–20:00"
    assert section(listing, "suitable-rooms").startswith(words)
    assert listing.links["Meeting room"] == "/en/rooms/kalajarvi/meeting/"


def test_it_says_when_nothing_is_free_today_and_names_another_day(
    page: Fetch, library: Listing, meeting_room: Room
) -> None:
    cast.set_hours(meeting_room.timetable, {"wed": ("9:00", "12:00")})

    assert "Nothing free to book today." in section(page(LISTING), "suitable-rooms")
    tomorrow = section(page(f"{LISTING}?at=2026-11-25T08:00"), "suitable-rooms")
    assert "Wednesday 25 November: free 9:00–12:00" in tomorrow


def test_the_rule_leaves_out_what_does_not_suit_its_clients(
    library: Listing, iso_omena: Hub, meeting_room: Room
) -> None:
    cast.make_room(iso_omena, "elsewhere", kind="meeting")
    cast.make_room(library.hub, "stage", kind="stage")
    cast.make_room(library.hub, "by-staff", kind="meeting", channel="staff")
    cast.make_room(library.hub, "hidden", kind="meeting", is_published=False)
    cast.make_room(library.hub, "half", kind="meeting", parent=meeting_room)

    assert rooms_for(library) == [meeting_room]


@pytest.mark.parametrize(
    ("category", "rooms"),
    [("library", ["studio", "meeting"]), ("health", []), ("a-new-one", ["meeting"])],
)
def test_the_rule_has_the_kinds_of_each_category(
    library: Listing, meeting_room: Room, category: str, rooms: list[str]
) -> None:
    cast.make_room(library.hub, "studio", kind="studio")
    Category.objects.update(slug=category)

    assert [room.slug for room in rooms_for(Listing.objects.for_list().get())] == rooms


def test_what_the_staff_choose_holds_instead_of_the_rule(
    page: Fetch, library: Listing, hall: Room, meeting_room: Room
) -> None:
    chosen = SuitableRooms.objects.create(listing=library)
    assert section(page(LISTING), "suitable-rooms") == ""

    chosen.rooms.add(hall)
    hall.channel = "staff"
    hall.save()
    assert "Hall 40 people Booked through the staff." in section(page(LISTING), "suitable-rooms")


def test_more_rooms_cost_no_more_queries(
    client: Client, library: Listing, meeting_room: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(9):
        client.get(LISTING)
    for number in range(2):
        cast.make_room(library.hub, f"room-{number}", kind="meeting")
    SuitableRooms.objects.create(listing=library).rooms.set(Room.objects.all())
    with django_assert_num_queries(9):
        client.get(LISTING)


# --- Services on the page of a room ------------------------------------------------------------------


def test_a_room_shows_the_services_near_it_and_whether_they_are_open(page: Fetch, library: Listing, hall: Room) -> None:
    room = page(ROOM)

    words = "Steps away in the same house Kalajärvi Library Open now closes at 20:00"
    assert section(room, "steps-away") == words
    assert room.links["Kalajärvi Library"] == LISTING


def test_those_for_whose_clients_it_was_chosen_come_first_then_those_on_its_floor(
    page: Fetch, kalajarvi: Hub, iso_omena: Hub, hall: Room
) -> None:
    Room.objects.update(floor="1")
    for slug, floor in [("above", "2"), ("beside", "1"), ("chosen", "3"), ("higher", "4"), ("highest", "5")]:
        cast.make_listing(kalajarvi, slug, name_en=slug, floor=floor)
    cast.make_listing(iso_omena, "elsewhere")
    cast.make_listing(kalajarvi, "hidden", floor="1", is_published=False)
    SuitableRooms.objects.create(listing=Listing.objects.get(slug="chosen")).rooms.add(hall)

    near = section(page(ROOM), "steps-away").replace("Open now closes at 20:00 ", "")

    assert near.startswith("Steps away in the same house chosen Floor 3 beside above Floor 2 higher Floor 4")
    assert "highest" not in near


def test_a_part_of_the_page_asks_for_no_services(
    client: Client, library: Listing, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        client.get(ROOM, headers={"HX-Request": "true"})


# --- Choosing in the admin ---------------------------------------------------------------------------


def test_an_editor_chooses_rooms_of_the_own_house(
    kalajarvi_editor: User, library: Listing, hall: Room, iso_omena: Hub
) -> None:
    elsewhere = cast.make_room(iso_omena, "elsewhere")
    browser, add = signed_in(kalajarvi_editor), reverse("admin:servicetorg_suitablerooms_add")

    refused = browser.post(add, {"listing": library.pk, "rooms": [elsewhere.pk]})
    assert list(refused.context["adminform"].form.errors) == ["rooms"]
    assert browser.post(add, {"listing": library.pk, "rooms": [hall.pk]}).status_code == 302
    assert rooms_for(library) == [hall]


def test_whoever_edits_a_provider_is_not_led_to_the_rooms_of_the_house(library: Listing) -> None:
    editor = cast.make_user("provider@example.com", is_staff=True)
    library.provider.editors.add(editor)

    page = signed_in(editor).get(reverse("admin:services_listing_change", args=[library.pk])).content.decode()

    assert "suitablerooms" not in page


def test_the_choice_begins_with_what_the_rule_has_chosen(
    as_city_administrator: Client, library: Listing, meeting_room: Room, hall: Room
) -> None:
    form = as_city_administrator.get(reverse("admin:servicetorg_suitablerooms_of", args=[library.pk]), follow=True)

    assert form.context["adminform"].form.initial["rooms"] == [meeting_room.pk]


def test_nobody_chooses_rooms_of_another_house(as_city_administrator: Client, library: Listing, iso_omena: Hub) -> None:
    elsewhere = cast.make_room(iso_omena, "elsewhere")
    add = reverse("admin:servicetorg_suitablerooms_add")

    refused = as_city_administrator.post(add, {"listing": library.pk, "rooms": [elsewhere.pk]})

    assert list(refused.context["adminform"].form.errors) == ["rooms"]


def test_the_page_of_a_listing_in_the_admin_leads_to_its_rooms(as_city_administrator: Client, library: Listing) -> None:
    where = reverse("admin:servicetorg_suitablerooms_of", args=[library.pk])
    assert (
        where in as_city_administrator.get(reverse("admin:services_listing_change", args=[library.pk])).content.decode()
    )

    add = reverse("admin:servicetorg_suitablerooms_add")
    assert as_city_administrator.get(where).url == f"{add}?listing={library.pk}"
    chosen = SuitableRooms.objects.create(listing=library)
    assert as_city_administrator.get(where).url == reverse("admin:servicetorg_suitablerooms_change", args=[chosen.pk])
