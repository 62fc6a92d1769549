"""Find a room: what it shows, how it reads what was asked, and what it says instead of nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hubs.models import Hub
from rooms.booking import hold
from rooms.models import Equipment, Room
from tests.cast import TUESDAY, helsinki, make_room, three_languages
from tests.pages.client import Fetch, Page

pytestmark = pytest.mark.django_db

WEDNESDAY = "/en/rooms/?date=2026-11-25"
QUERIES = 9


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def take(room: Room, start: int, end: int) -> None:
    day = helsinki(2026, 11, 25)
    starts_at, ends_at = day + timedelta(hours=start), day + timedelta(hours=end)
    hold(room=room, starts_at=starts_at, ends_at=ends_at, language="sv", at=helsinki(2026, 11, 24, 11, 55))


def test_a_first_visit_shows_an_hour_in_the_rest_of_today(page: Fetch, hall: Room) -> None:
    found = page("/en/rooms/")

    assert found.h1 == "1 free room"
    assert found.texts("p", "wish") == ["Tuesday 24 November, 12:00\u2060–\u206024:00, any time for 1 hour"]


def test_in_the_evening_a_first_visit_shows_tomorrow(page: Fetch, hall: Room) -> None:
    with time_machine.travel(helsinki(2026, 11, 24, 19), tick=False):
        assert page("/en/rooms/").texts("p", "wish") == ["Wednesday 25 November, any time for 1 hour"]


@pytest.mark.parametrize("at", [helsinki(2027, 3, 28, 2, 45), helsinki(2026, 10, 25, 3, 15)], ids=["spring", "autumn"])
def test_a_first_visit_while_the_clock_is_moved_shows_the_day(page: Fetch, hall: Room, at: object) -> None:
    with time_machine.travel(at, tick=False):
        assert page("/en/rooms/").h1 == "1 free room"


def test_from_and_to_without_a_length_mean_exactly_that_time(page: Fetch, hall: Room) -> None:
    take(hall, 9, 10)

    found = page(f"{WEDNESDAY}&from=14:00&to=16:00&people=6")

    assert found.texts("p", "wish") == ["Wednesday 25 November, 14:00\u2060–\u206016:00 At least 6 people"]
    assert "Free that day: 8:00\u2060–\u20609:00, 10:00\u2060–\u206020:00" in found.main
    button = found.all("button", form="hold")[0]
    assert button.text == "Book 14:00\u2060–\u206016:00 , Hall, Wednesday 25 November"
    assert button.attributes["formaction"] == (
        "/en/rooms/kalajarvi/hall/book/?start=2026-11-25T14:00&end=2026-11-25T16:00"
    )


def test_a_length_means_any_start_in_the_window(page: Fetch, hall: Room) -> None:
    take(hall, 14, 16)

    found = page(f"{WEDNESDAY}&from=13:00&to=19:00&minutes=60")

    times = [button.text.split(" ,")[0] for button in found.all("button", form="hold")]
    assert times == ["Book 13:00\u2060–\u206014:00", "Book 16:00\u2060–\u206017:00"]


def test_a_room_that_does_not_suit_comes_last_and_says_which_part_is_taken(page: Fetch, hall: Room) -> None:
    make_room(hall.hub, "ahti", capacity=50, **three_languages("name", "Ahti", "Ahti", "Ahti"))
    take(hall, 14, 15)

    found = page(f"{WEDNESDAY}&from=14:00&to=16:00")

    assert found.h1 == "1 free room"
    assert found.texts("h2") == ["Ahti", "Rooms that do not suit then"]
    assert found.texts("span", "tag-error") == ["Taken 14:00\u2060–\u206015:00"]
    assert found.links["Other times , Hall"] == "/en/rooms/kalajarvi/hall/?week=2026-W48"


@pytest.mark.parametrize(("rooms", "is_folded"), [(3, False), (4, True)])
def test_many_rooms_that_do_not_suit_are_folded_away(page: Fetch, hall: Room, rooms: int, is_folded: bool) -> None:
    for number in range(rooms):
        make_room(hall.hub, f"small-{number}", capacity=4)

    found = page(f"{WEDNESDAY}&from=14:00&to=16:00&people=20")

    title = next(each for each in found.all("h2") if each.text == "Rooms that do not suit then")
    assert any(each.tag == "summary" for each in title.ancestors()) is is_folded


def test_what_is_seldom_chosen_is_folded_away_and_counted_until_something_is_wrong(page: Fetch, hall: Room) -> None:
    def more(asked: str, status: int = 200) -> tuple[str, bool]:
        found = page(f"{WEDNESDAY}{asked}", status=status)
        return found.texts("summary")[0], "open" in found.all("details")[0].attributes

    assert more("") == ("More choices", False)
    assert more("&part=evening&kind=hall") == ("More choices (2 chosen)", False)
    assert more("&kind=cellar", status=400) == ("More choices", True)


def test_nothing_free_offers_the_nearest_instead(page: Fetch, hall: Room) -> None:
    take(hall, 14, 16)

    found = page(f"{WEDNESDAY}&from=14:00&to=16:00")

    assert found.h1 == "No free room"
    assert "Wednesday 25 November, 12:00\u2060–\u206014:00" in found.texts("h3")
    assert "The same room, later the same day" in found.main


def test_too_many_people_get_the_reason(page: Fetch, hall: Room) -> None:
    found = page(f"{WEDNESDAY}&from=14:00&to=16:00&people=41")

    assert found.texts("span", "tag-error") == ["Too small"]
    assert "The room holds at most 40 people." in found.main


def test_equipment_that_no_room_has_says_what_to_leave_out(page: Fetch, hall: Room, iso_omena: Hub) -> None:
    loop = Equipment.objects.create(slug="loop", **three_languages("name", "slinga", "silmukka", "hearing loop"))
    make_room(iso_omena, "stage").equipment.add(loop)

    found = page(f"{WEDNESDAY}&hub=kalajarvi&equipment=loop")

    assert "No room has all of this. Leave one wish out:" in found.main


def test_unpublished_and_staff_rooms_are_not_offered(page: Fetch, hall: Room) -> None:
    make_room(hall.hub, "secret", is_published=False)
    make_room(hall.hub, "stage", channel="staff")

    assert page(WEDNESDAY).h1 == "1 free room"


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("date=2026-02-30", "date", "Give a day that exists, for example 2026-11-25."),
        ("date=2026-11-23", "date", "That day has passed. Choose today or a later day."),
        ("date=9999-12-31", "date", "Rooms cannot be booked that far ahead. Choose an earlier day."),
        ("date=2026-11-25&from=16:00&to=14:00", "to", "The end must be after the start. Choose a later end."),
        ("date=2026-11-25&from=14:00&to=15:00&minutes=120", "to", "2 hours does not fit"),
        ("date=2026-11-24&from=08:00&to=09:00", "from", "That time has already passed. Choose a later time."),
        ("date=2026-11-25&from=25:99", "from", "Choose a time from the list, for example 14:30."),
        (
            "date=2027-03-28&from=03:30&to=05:00",
            "from",
            "The clock is put forward that night and 03:30 does not exist.",
        ),
        ("date=2027-10-31&from=03:30&to=05:00", "from", "The clock is put back that night and shows 03:30 twice."),
        ("date=2026-11-25&people=-4", "people", "At least one person must be coming. Give 1 or more."),
        ("date=2026-11-25&people=many", "people", "Give the number of people in digits, for example 6."),
        ("date=2026-11-25&people=" + "9" * 4000, "people", "Give the number of people in digits, for example 6."),
        ("date=2026-11-25&hub=atlantis", "hub", "Choose a service centre from the list."),
        ("date=2026-11-25&kind=ballroom", "kind", "Choose a kind of room from the list."),
        ("date=2026-11-25&minutes=61", "minutes", "Choose a length from the list."),
    ],
)
def test_what_cannot_be_read_says_what_to_do(page: Fetch, hall: Room, query: str, field: str, words: str) -> None:
    found = page(f"/en/rooms/?{query}", status=400)

    assert found.title.startswith("Error: Find a free room")
    assert [link for link in found.all("a", href=f"#id_{field}") if words in link.text]


@pytest.mark.parametrize(("typed", "kind"), [("2026-11-25", "date"), ("2026-W53", "text"), ("20261125", "text")])
def test_a_day_that_the_browser_would_hide_is_shown_as_text(page: Fetch, hall: Room, typed: str, kind: str) -> None:
    field = page(f"/en/rooms/?date={typed}", status=200 if kind == "date" else 400).all("input", name="date")[0]

    assert (field.attributes["type"], field.attributes["value"]) == (kind, typed)


def test_what_was_typed_is_kept(page: Fetch, hall: Room) -> None:
    found = page("/en/rooms/?date=2026-02-30&people=-4&from=25:99", status=400)

    assert found.all("input", name="date")[0].attributes["value"] == "2026-02-30"
    assert found.all("input", name="people")[0].attributes["value"] == "-4"
    assert [each.text for each in found.all("option", value="25:99", selected="")] == ["25:99"]


def test_htmx_gets_the_results_alone_and_a_word_for_the_live_region(client: Client, hall: Room) -> None:
    response = client.get(f"{WEDNESDAY}&from=14:00&to=16:00", headers={"HX-Request": "true"})

    html = response.content.decode().strip()
    assert html.startswith('<div id="result-count" data-hx-swap-oob="innerHTML">1 free room</div>')
    assert html.endswith("</section>")
    assert "HX-Request" in response.headers["Vary"]


def test_htmx_is_sent_to_the_whole_page_when_there_is_something_to_correct(client: Client, hall: Room) -> None:
    response = client.get("/en/rooms/?people=-4", headers={"HX-Request": "true"})

    assert response.headers["HX-Redirect"] == "/en/rooms/?people=-4"


def test_it_only_shows(client: Client) -> None:
    assert client.post("/en/rooms/").status_code == 405


def test_three_rooms_need_no_more_queries_than_one(
    client: Client, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(f"{WEDNESDAY}&from=14:00&to=16:00")
    make_room(hall.hub, "ahti")
    make_room(hall.hub, "apaja")
    with django_assert_num_queries(QUERIES):
        client.get(f"{WEDNESDAY}&from=14:00&to=16:00")


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_the_bar_has_no_comma_in_any_language(client: Client, hall: Room, language: str) -> None:
    take(hall, 9, 10)
    url = f"/{language}/rooms/?date=2026-11-25&from=14:00&to=15:30"

    widths = [bar.attributes.get("width", "") for bar in Page(client.get(url), url).all("rect")]

    assert "12.50%" in widths
    assert not [width for width in widths if "," in width]


# --- Any day in two weeks -------------------------------------------------------------------------------


EVENINGS = "/en/rooms/?days=14&part=evening&minutes=120"


def test_any_evening_shows_the_first_days_that_fit_each_with_one_button(page: Fetch, hall: Room) -> None:
    take(hall, 17, 19)

    found = page(EVENINGS)

    assert found.title.startswith("Free rooms in the two weeks from Tuesday 24 November")
    assert found.all("input", name="date")[0].attributes["value"] == "2026-11-24"
    assert found.h1 == "1 free room"
    assert found.texts("p", "wish") == [
        "Any day from Tuesday 24 November to Monday 7 December, 17:00\u2060–\u206024:00, any time for 2 hours"
    ]
    assert found.texts("span", "tag-ok") == ["Free on 13 days"]
    assert [button.attributes["formaction"].partition("?")[2] for button in found.all("button", form="hold")] == [
        f"start=2026-11-{day}T17:00&end=2026-11-{day}T19:00" for day in (24, 26, 27, 28)
    ]
    assert "Tuesday 24 November: free 17:00\u2060–\u206020:00" in found.main


def test_any_evening_goes_through_a_night_on_which_the_clock_is_moved(page: Fetch, hall: Room) -> None:
    with time_machine.travel(helsinki(2027, 3, 22, 12), tick=False):  # the first morning is over, one has no 3.30
        assert page(f"{EVENINGS}&minutes=60").texts("span", "tag-ok") == ["Free on 14 days"]
        assert page("/en/rooms/?days=14&from=03:30&to=09:30&minutes=90").texts("span", "tag-ok") == ["Free on 12 days"]


def test_from_and_to_narrow_the_part_of_the_day(page: Fetch, hall: Room) -> None:
    (button, *_others) = page(f"{EVENINGS}&minutes=60&from=18:30").all("button", form="hold")
    assert "start=2026-11-24T18:30" in button.attributes["formaction"]

    (button, *_others) = page(f"{EVENINGS}&minutes=60&from=09:00&to=11:00").all("button", form="hold")
    assert "start=2026-11-24T17:00" in button.attributes["formaction"]


def test_a_room_without_a_free_evening_says_why(page: Fetch, kalajarvi: Hub) -> None:
    make_room(kalajarvi, hours={"mon tue wed thu fri": ("8:00", "16:00")})

    found = page(EVENINGS)

    assert found.h1 == "No free room"
    assert "The room is not open then." in found.main


def test_the_day_leads_to_any_evening_and_keeps_the_other_wishes(page: Fetch, hall: Room) -> None:
    found = page(f"{WEDNESDAY}&from=14:00&to=16:00&people=6")

    address = found.links["Show any evening in the next two weeks instead"]
    assert address == "/en/rooms/?people=6&days=14&part=evening#results"


# --- Many rooms ---------------------------------------------------------------------------------------------


def test_twenty_rooms_are_shown_and_a_link_shows_more(page: Fetch, hall: Room) -> None:
    for number in range(24):
        make_room(hall.hub, f"room-{number}", capacity=41 + number)

    found = page(f"{WEDNESDAY}&people=6")

    assert found.h1 == "25 free rooms"
    assert len(found.texts("li", "room-card")) == 20
    more = found.links["Show more rooms"]
    assert more == "/en/rooms/?date=2026-11-25&people=6&most=40#result-21"
    assert len(page(more).texts("li", "room-card")) == 25
    assert page(more).all("li", id="result-21")


@pytest.mark.parametrize("most", ["0", "-5", "many", "9" * 4000, "³"])
def test_how_many_to_show_may_be_anything(page: Fetch, hall: Room, most: str) -> None:
    assert page(f"{WEDNESDAY}&most={most}").h1 == "1 free room"
