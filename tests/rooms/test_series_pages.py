"""A series through the pages: asked for, looked at, booked, seen, changed and given back."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import SpecialDay
from rooms import booking as verbs
from rooms.booking import (
    BookingDetails,
    SeriesChoice,
    book_room,
    book_series,
    change_booking,
    give_back,
    hold,
    series_starts,
)
from rooms.enums import BookingState
from rooms.models import Booking, Room, Series
from tests.cast import TUESDAY, helsinki, make_room, three_languages
from tests.conftest import signed_in
from tests.pages.client import Fetch, Page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

BOOK = "/en/rooms/kalajarvi/hall/book/"
SERIES = "/en/rooms/kalajarvi/hall/series/"
MINE = "/en/bookings/"
START = helsinki(2026, 12, 1, 17)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
FIRST = f"{SERIES}?start=2026-12-01T17:00&end=2026-12-01T19:00"
FOUR = f"{FIRST}&every=1&times=4"
ALL_FOUR = "&2026-12-01=yes&2026-12-08=yes&2026-12-15=yes&2026-12-22=yes"
CHOSEN = f"{FOUR}&step=details{ALL_FOUR}"
DETAILS = {"name": "Kim", "people": "20", "booker_kind": "private", "purpose": "Choir", "terms": "on"}
QUERIES_TO_CHOOSE = 5
QUERIES_OF_A_SERIES = 4


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def series(hall: Room, resident: User) -> Series:
    return book(hall, resident)


def book(room: Room, resident: User, count: int = 4, *, starts_at: datetime = START) -> Series:
    choices = [
        SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + 2 * HOUR)
        for start in series_starts(starts_at, every_weeks=1, count=count)
    ]
    details = BookingDetails(people=20, name="Kim", language="en", purpose="Choir")
    return book_series(choices=choices, every_weeks=1, resident=resident, details=details, actor=resident, at=TUESDAY)


def take(room: Room, weeks: int) -> Booking:
    """Let somebody else hold the time of one week."""
    starts_at = START + weeks * WEEK
    return hold(room=room, starts_at=starts_at, ends_at=starts_at + 2 * HOUR, language="sv", at=TUESDAY)


def dates_of(shown: Page) -> dict[str, str]:
    """Return what each date of the page says, by the date."""
    sets = [each for each in shown.all("fieldset") if "series-date" in each.attributes.get("class", "")]
    legends = [next(legend.text for legend in shown.all("legend") if legend.parent is each) for each in sets]
    return {
        legend.removesuffix(" Not free"): each.text.removeprefix(legend).strip()
        for legend, each in zip(legends, sets, strict=True)
    }


def chosen_in(shown: Page) -> dict[str, str]:
    """Return what a browser sends for the dates that are chosen."""
    fields = [each.attributes for each in shown.all("input") if "checked" in each.attributes]
    return {each["name"]: each["value"] for each in fields}


def dates(series: Series, at: datetime = TUESDAY) -> list[int]:
    """Return in which weeks after the first the dates are that still stand."""
    standing = series.bookings.live_at(at).order_by("starts_at")
    return [(booking.starts_at - START) // WEEK for booking in standing]


# --- The way in --------------------------------------------------------------------------------


def test_a_time_that_is_chosen_can_be_repeated_instead_of_held(client: Client, hall: Room) -> None:
    sent = {"do": "repeat", "start": "2026-12-01T17:00", "minutes": "120"}

    response = client.post(f"{BOOK}?start=2026-12-01T16:00&end=2026-12-01T17:00", sent)

    assert response.headers["Location"] == FIRST
    assert Booking.objects.count() == 0


def test_a_length_that_does_not_fit_is_told_before_it_is_repeated(page: Fetch, hall: Room) -> None:
    sent = {"do": "repeat", "start": "2026-12-01T19:00", "minutes": "120"}

    shown = page(f"{BOOK}?start=2026-12-01T19:00&end=2026-12-01T20:00", data=sent)

    assert "The room is free until 20:00." in shown.main


def test_the_pages_of_a_room_and_of_a_held_time_lead_to_it(page: Fetch, client: Client, hall: Room) -> None:
    client.post(f"{BOOK}?start=2026-12-01T17:00&end=2026-12-01T19:00", {"do": "hold"})

    assert page(BOOK).links["Repeat every week"] == FIRST
    assert page("/en/rooms/kalajarvi/hall/").links["Choose the first time and repeat it"] == SERIES


def test_a_first_time_that_is_taken_leads_to_the_weeks_after_it(page: Fetch, hall: Room) -> None:
    take(hall, 0)

    shown = page(f"{BOOK}?start=2026-12-01T17:00&end=2026-12-01T19:00")

    assert shown.links["The same time in the weeks to come"] == FIRST
    assert "3 of 4 dates are free." in page(FOUR).main


def test_without_a_time_one_is_chosen_first(client: Client, hall: Room) -> None:
    assert client.get(SERIES).headers["Location"] == BOOK


def test_a_room_that_is_booked_through_the_staff_is_not_repeated(client: Client, hall: Room) -> None:
    Room.objects.update(channel="staff")

    assert client.get(FIRST).headers["Location"] == "/en/rooms/kalajarvi/hall/"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"{SERIES}?start=2026-02-30T17:00&end=2026-12-01T19:00", "The time in the address cannot be read."),
        (f"{FIRST}&every=3", "Choose how often from the list."),
        (f"{FIRST}&asked=yes", "Choose how often you want the room."),
        (f"{FIRST}&every=1&times=13", "Choose how many times from the list."),
        (f"{FIRST}&every=1&times=1", "Choose how many times from the list."),
    ],
)
def test_an_address_that_cannot_be_read_says_what_to_do(page: Fetch, hall: Room, path: str, words: str) -> None:
    shown = page(path, status=400)

    assert words in shown.main
    assert shown.title.startswith("Error: ") or "cannot be read" in words


def test_one_question_after_the_other(page: Fetch, hall: Room) -> None:
    how_often, how_many = page(FIRST), page(f"{FIRST}&every=2")

    assert (how_often.h1, how_many.h1) == ("How often do you want the room?", "How many times do you want the room?")
    assert [each.text for each in how_many.all("option")][:2] == [
        "2 times, until Tue 15 Dec",
        "3 times, until Tue 29 Dec",
    ]
    assert [each.attributes["value"] for each in how_many.all("input", name="every")] == ["2"]


def test_no_more_times_are_offered_than_the_room_can_be_booked_ahead(page: Fetch, hall: Room) -> None:
    Room.objects.update(earliest_days=21)

    shown = page(f"{FIRST}&every=1")

    assert [each.text for each in shown.all("option")] == ["2 times, until Tue 8 Dec", "3 times, until Tue 15 Dec"]
    assert "The last day that can be booked now is Tuesday 15 December." in shown.main


def test_a_time_that_cannot_be_repeated_yet_leads_to_the_single_booking(page: Fetch, hall: Room) -> None:
    Room.objects.update(earliest_days=10)

    shown = page(f"{FIRST}&every=1")

    assert shown.h1 == "This time cannot be repeated"
    assert shown.links["Book the first time only"] == f"{BOOK}?start=2026-12-01T17:00&end=2026-12-01T19:00"


def test_staff_may_repeat_a_time_more_often(page: Fetch, as_kalajarvi_editor: Client, hall: Room) -> None:
    Room.objects.update(earliest_days=730)

    assert len(page(f"{FIRST}&every=1", as_=as_kalajarvi_editor).all("option")) == 59
    assert len(page(f"{FIRST}&every=1").all("option")) == 11


# --- The dates ---------------------------------------------------------------------------------


def test_dates_that_are_free_are_ticked_and_nothing_is_made(page: Fetch, hall: Room) -> None:
    shown = page(FOUR)

    assert "4 of 4 dates are free." in shown.main
    assert "The times are not held for you" in shown.main
    assert list(chosen_in(shown)) == ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22"]
    assert "Chosen: 4 dates, free of charge" in shown.main
    assert Booking.objects.count() == 0


def test_a_clash_says_why_and_offers_what_is_nearest(page: Fetch, hall: Room) -> None:
    make_room(hall.hub, "ahti", **three_languages("name", "Ahti", "Ahti", "Ahti"))
    take(hall, 1)

    shown = page(FOUR)

    assert "3 of 4 dates are free." in shown.main
    assert dates_of(shown)["Tuesday 8 December"] == (
        "This time is already taken. Choose another time or room. Leave this date out "
        "15:00\u2060–\u206017:00 Hall. The same room, earlier the same day "
        "17:00\u2060–\u206019:00 Ahti. The same time, another room in the same service centre"
    )
    assert chosen_in(shown)["2026-12-08"] == "no"
    assert "Chosen: 3 dates, free of charge" in shown.main


def test_a_holiday_is_named_whether_the_room_is_open_or_not(page: Fetch, hall: Room) -> None:
    names = three_languages("name", "Provdagen", "Koepäivä", "Test Day")
    SpecialDay.objects.create(date=date(2026, 12, 8), key="test_day", **names)

    assert dates_of(page(FOUR))["Tuesday 8 December"] == "Test Day 17:00\u2060–\u206019:00"


def test_the_price_of_all_dates_is_told(page: Fetch, hall: Room) -> None:
    Room.objects.update(price_cents=1250)

    assert "Chosen: 4 dates, €100 in all" in page(FOUR).main


def test_going_back_to_the_dates_keeps_what_was_chosen(page: Fetch, hall: Room) -> None:
    details = page(f"{FOUR}&step=details&2026-12-01=yes&2026-12-22=yes")

    again = page(details.links["Back to the dates"])

    assert chosen_in(again) == {"2026-12-01": "yes", "2026-12-22": "yes"}


def test_at_least_two_dates_make_a_series(page: Fetch, hall: Room) -> None:
    shown = page(f"{FOUR}&step=details&2026-12-01=yes", status=400)

    assert shown.title.startswith("Error: Choose the dates")
    assert "Choose at least two dates." in shown.main


def test_a_date_taken_while_one_reads_is_marked(page: Fetch, hall: Room) -> None:
    take(hall, 1)

    shown = page(CHOSEN, status=400)

    words = "The time you chose for Tuesday 8 December is not free any more."
    assert words in shown.main
    assert [link for text, link in shown.links.items() if text.startswith(words)] == ["#date-2026-12-08_0"]
    assert "2026-12-08" not in chosen_in(shown)
    assert len(chosen_in(shown)) == 3


def test_a_date_left_out_stays_so_when_it_becomes_free(page: Fetch, hall: Room) -> None:
    shown = page(f"{FOUR}&step=details&2026-12-01=yes&2026-12-08=no&2026-12-15=yes")

    assert shown.h1 == "Sign in to book"
    assert "2 dates, free of charge" in shown.main


def test_a_date_that_becomes_free_instead_of_its_alternative_is_asked_for_anew(page: Fetch, hall: Room) -> None:
    instead = "2026-12-08=kalajarvi/hall/2026-12-08T15:00/2026-12-08T17:00"

    shown = page(f"{FOUR}&step=details&2026-12-01=yes&2026-12-15=yes&{instead}", status=400)

    assert "Tuesday 8 December has become free. Choose whether you want it." in shown.main


@pytest.mark.parametrize("value", ["kalajarvi/hall/2026-12-08T03:00/2026-12-08T05:00", "\0", "yes/"])
def test_a_date_takes_no_other_answer_than_those_offered(page: Fetch, hall: Room, value: str) -> None:
    page(f"{FOUR}&step=details&2026-12-01=yes&2026-12-15=yes&2026-12-08={value}", status=400)


def test_the_number_of_queries_is_the_same_for_2_and_for_12_dates(
    client: Client, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for path in (f"{FIRST}&every=1&times=2", f"{FIRST}&every=1&times=12"):
        with django_assert_num_queries(QUERIES_TO_CHOOSE):
            client.get(path)


# --- Details and booking -----------------------------------------------------------------------


def test_whoever_is_not_signed_in_does_so_and_comes_back_to_the_same_dates(page: Fetch, hall: Room) -> None:
    shown = page(CHOSEN)

    assert shown.h1 == "Sign in to book"
    query = dict(parse_qsl(urlsplit(shown.links["Sign in and continue"]).query))
    assert query["next"] == CHOSEN


def test_all_dates_are_booked_at_once(page: Fetch, as_resident: Client, resident: User, hall: Room) -> None:
    assert page(CHOSEN, as_=as_resident).texts("button")[-1] != "Book the room"

    response = as_resident.post(CHOSEN, DETAILS)

    series = Series.objects.get()
    assert response.headers["Location"] == f"/en/bookings/series/{series.reference}/"
    assert dates(series) == [0, 1, 2, 3]
    assert {booking.resident for booking in series.bookings.all()} == {resident}
    shown = page(response.headers["Location"], as_=as_resident)
    assert "Your series is booked" in shown.main
    assert "Your series is booked" not in page(response.headers["Location"], as_=as_resident).main


def test_too_many_for_a_part_are_offered_the_whole_on_each_date(page: Fetch, as_resident: Client, hall: Room) -> None:
    make_room(hall.hub, "part", parent=hall, capacity=10, **three_languages("name", "Del", "Osa", "Part"))

    shown = page(CHOSEN.replace("/hall/", "/part/"), status=409, as_=as_resident, data=DETAILS)

    assert shown.main.count("The same time, the whole room that this is a part of") == 4


def test_the_same_form_sent_twice_makes_one_series(as_resident: Client, hall: Room) -> None:
    first = as_resident.post(CHOSEN, DETAILS)
    second = as_resident.post(CHOSEN, DETAILS)

    assert first.headers["Location"] == second.headers["Location"]
    assert Series.objects.count() == 1


def test_another_wish_at_the_same_start_is_not_the_same_form(page: Fetch, as_resident: Client, hall: Room) -> None:
    as_resident.post(CHOSEN, DETAILS)

    page(CHOSEN.replace("T19:00", "T18:00"), status=409, as_=as_resident, data=DETAILS)


def test_the_same_form_sent_twice_at_once_makes_one_series(
    as_resident: Client, hall: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def book_after_the_other_request(**wish: Any) -> Series:
        book_series(**wish)
        return book_series(**wish)

    monkeypatch.setattr(verbs, "book_series", book_after_the_other_request)

    response = as_resident.post(CHOSEN, DETAILS)

    assert response.headers["Location"] == f"{MINE}series/{Series.objects.get()}/"


def test_an_alternative_takes_the_place_of_a_date(page: Fetch, as_resident: Client, hall: Room) -> None:
    other = make_room(hall.hub, "ahti", **three_languages("name", "Ahti", "Ahti", "Ahti"))
    take(hall, 1)
    instead = "2026-12-08=kalajarvi/ahti/2026-12-08T17:00/2026-12-08T19:00"
    path = CHOSEN.replace("2026-12-08=yes", instead)

    assert "Tuesday 8 December, 17:00\u2060–\u206019:00, Ahti" in page(path, as_=as_resident).main
    as_resident.post(path, DETAILS)

    moved = Booking.objects.get(series__isnull=False, series_start=START + WEEK)
    assert (moved.room, moved.starts_at) == (other, START + WEEK)
    assert as_resident.post(path, DETAILS).headers["Location"].endswith(f"{moved.series}/")


def test_a_date_taken_meanwhile_comes_back_marked_with_everything_kept(
    page: Fetch, as_resident: Client, hall: Room
) -> None:
    take(hall, 2)

    shown = page(CHOSEN, status=409, as_=as_resident, data=DETAILS)

    assert "The time you chose for Tuesday 15 December is not free any more." in shown.main
    assert "What you have filled in is kept." in shown.main
    assert list(chosen_in(shown)) == ["2026-12-01", "2026-12-08", "2026-12-22"]
    assert Booking.objects.filter(series__isnull=False).count() == 0
    details = page(CHOSEN.replace("&2026-12-15=yes", "&2026-12-15=no"), as_=as_resident)
    assert details.all("input", name="people")[0].attributes["value"] == "20"


def test_what_is_missing_in_the_details_is_told_beside_its_field(page: Fetch, as_resident: Client, hall: Room) -> None:
    shown = page(CHOSEN, as_=as_resident, data={**DETAILS, "people": "", "terms": ""})

    assert shown.title.startswith("Error: Book Hall")
    assert shown.links["Say how many people are coming."] == "#id_people"
    assert Series.objects.count() == 0


def test_a_rule_about_the_details_is_told_once(page: Fetch, as_resident: Client, hall: Room) -> None:
    shown = page(CHOSEN, as_=as_resident, data={**DETAILS, "booker_kind": "association"})

    assert shown.texts("ul", "errorlist") == ["Give the name of the association or group."]


def test_a_limit_per_person_marks_the_dates_it_is_about(page: Fetch, as_resident: Client, hall: Room) -> None:
    starts_at = START + WEEK
    other = make_room(hall.hub, "other")
    span = {"starts_at": starts_at, "ends_at": starts_at + HOUR}
    resident = User.objects.get(email="resident@example.com")
    details = BookingDetails(people=2, name="Kim")
    book_room(room=other, resident=resident, actor=resident, details=details, at=TUESDAY, **span)

    shown = page(CHOSEN, status=409, as_=as_resident, data=DETAILS)

    assert "You have already booked Hall at the same time" in dates_of(shown)["Tuesday 8 December"]
    assert Series.objects.count() == 0


def test_what_was_typed_without_being_signed_in_survives_it(
    page: Fetch, client: Client, resident: User, hall: Room
) -> None:
    response = client.post(CHOSEN, DETAILS)
    assert dict(parse_qsl(urlsplit(response.headers["Location"]).query))["next"] == CHOSEN
    client.force_login(resident, backend="accounts.backends.RoleBackend")

    assert page(CHOSEN).all("input", name="purpose")[0].attributes["value"] == "Choir"


def test_a_first_time_that_is_held_becomes_part_of_the_series(page: Fetch, as_resident: Client, hall: Room) -> None:
    as_resident.post(f"{BOOK}?start=2026-12-01T17:00&end=2026-12-01T19:00", {"do": "hold"})
    held = Booking.objects.get()

    assert "The time is held for you until 12:10. The other times are not held" in page(FOUR, as_=as_resident).main
    as_resident.post(CHOSEN, DETAILS)

    assert Booking.objects.count() == 4
    held.refresh_from_db()
    assert (held.state, held.series_start) == (BookingState.CONFIRMED, START)
    assert "held" not in as_resident.session


def test_another_time_that_is_held_is_left_alone(as_resident: Client, hall: Room) -> None:
    as_resident.post(f"{BOOK}?start=2026-12-03T17:00&end=2026-12-03T19:00", {"do": "hold"})

    as_resident.post(CHOSEN, DETAILS)

    assert Booking.objects.filter(state=BookingState.HELD).count() == 1
    assert "held" in as_resident.session


def test_a_room_that_asks_for_approval_gets_one_request_for_all(page: Fetch, as_resident: Client, hall: Room) -> None:
    Room.objects.update(needs_approval=True)

    assert "Send the request for 4 times" in page(CHOSEN, as_=as_resident).texts("button")
    shown = page(as_resident.post(CHOSEN, DETAILS).headers["Location"], as_=as_resident)

    assert "Your request has been sent" in shown.main
    assert {booking.state for booking in Booking.objects.all()} == {BookingState.REQUESTED}


# --- What has been booked ------------------------------------------------------------------------


def test_a_series_lists_every_date_and_what_can_be_done(
    page: Fetch, as_resident: Client, resident: User, series: Series
) -> None:
    give_back(booking=series.bookings.get(series_start=START + WEEK), actor=resident, at=TUESDAY)

    shown = page(f"{MINE}series/{series.reference}/", as_=as_resident)

    assert shown.h1 == "Every Tuesday, 17:00\u2060–\u206019:00"
    assert "3 times to come, the next on Tuesday 1 December, 17:00\u2060–\u206019:00." in shown.main
    assert shown.texts("span", "tag") == ["Confirmed", "Cancelled", "Confirmed", "Confirmed"]
    assert shown.links["Add all to your calendar"] == f"{MINE}series/{series.reference}/series.ics"
    third = series.bookings.get(series_start=START + 2 * WEEK)
    from_third = f"{MINE}{third.reference}/give-back/?scope=following"
    assert shown.links["Give back this and later , from Tuesday 15 December, 17:00\u2060–\u206019:00"] == from_third


def test_when_all_is_over_there_is_nothing_left_to_do(
    page: Fetch, as_resident: Client, resident: User, series: Series
) -> None:
    for booking in series.bookings.all():
        give_back(booking=booking, actor=resident, at=TUESDAY)

    shown = page(f"{MINE}series/{series.reference}/", as_=as_resident)

    assert "No times of this series are to come." in shown.main
    assert "Give all of them back" not in shown.links


@pytest.mark.parametrize("path", ["", "series.ics"])
def test_a_series_is_shown_to_nobody_else(
    page: Fetch, client: Client, as_another_resident: Client, series: Series, path: str
) -> None:
    address = f"{MINE}series/{series.reference}/{path}"

    assert client.get(address).headers["Location"].startswith("/en/accounts/login/")
    assert page(address, status=404, as_=as_another_resident).h1
    assert page(f"{MINE}series/23456789AB/{path}", status=404, as_=as_another_resident).h1


@pytest.mark.parametrize("path", ["", "series.ics"])
def test_a_series_is_only_looked_at(as_resident: Client, series: Series, path: str) -> None:
    assert as_resident.post(f"{MINE}series/{series.reference}/{path}").status_code == 405


def test_one_calendar_file_holds_all_dates(as_resident: Client, series: Series) -> None:
    response = as_resident.get(f"{MINE}series/{series.reference}/series.ics")

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert [event["rrule"]["count"] for event in events] == [[4]]


def test_the_number_of_queries_is_the_same_for_2_and_for_12_times(
    as_resident: Client, resident: User, hall: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    two = book(hall, resident, 2)
    twelve = book(make_room(hall.hub, "ahti"), resident, 12, starts_at=START + timedelta(days=1))

    for series in (two, twelve):
        with django_assert_num_queries(QUERIES_OF_A_SERIES):
            as_resident.get(f"{MINE}series/{series.reference}/")


def test_my_bookings_puts_a_series_together(
    page: Fetch, as_resident: Client, resident: User, hall: Room, series: Series
) -> None:
    span = {"starts_at": START + timedelta(days=1), "ends_at": START + timedelta(days=1, hours=1)}
    details = BookingDetails(people=2, name="Kim")
    book_room(room=hall, resident=resident, actor=resident, details=details, at=TUESDAY, **span)

    mine = page(MINE, as_=as_resident)

    assert mine.texts("h3") == [
        "Every Tuesday, 17:00\u2060–\u206019:00",
        "Wednesday 2 December, 17:00\u2060–\u206018:00",
    ]
    assert "4 times, the next on Tuesday 1 December" in mine.main
    folded = mine.all("details")[-1]
    assert [each.text for each in mine.all("a") if folded in each.ancestors()][-1].startswith("Tuesday 22 December")


def test_the_last_time_of_a_series_stands_alone(page: Fetch, resident: User, series: Series, clock: Any) -> None:
    clock.move_to(START + 2 * WEEK + 3 * HOUR)
    as_resident = signed_in(resident)

    assert page(MINE, as_=as_resident).texts("h3")[0] == "Tuesday 22 December, 17:00\u2060–\u206019:00"


def test_a_booking_tells_which_series_it_belongs_to(page: Fetch, as_resident: Client, series: Series) -> None:
    booking = series.bookings.get(series_start=START)

    shown = page(f"{MINE}{booking.reference}/", as_=as_resident)

    assert shown.links["a series"] == f"{MINE}series/{series.reference}/"
    assert "Book it every week" not in shown.links


def test_a_single_booking_can_be_booked_every_week_from_the_next_on(
    page: Fetch, as_resident: Client, resident: User, hall: Room
) -> None:
    span = {"starts_at": START, "ends_at": START + HOUR}
    details = BookingDetails(people=2, name="Kim")
    booking = book_room(room=hall, resident=resident, actor=resident, details=details, at=TUESDAY, **span)

    links = page(f"{MINE}{booking.reference}/", as_=as_resident).links

    assert links["Book it every week"] == f"{SERIES}?start=2026-12-08T17:00&end=2026-12-08T18:00"


# --- This one, or this and later -------------------------------------------------------------------


def page_of(series: Series, weeks: int, name: str, query: str = "") -> str:
    booking = series.bookings.get(series_start=START + weeks * WEEK)
    return f"{MINE}{booking.reference}/{name}/{query}"


@pytest.mark.parametrize(
    ("scope", "left"), [("this", [0, 2, 3]), ("following", [0])], ids=["only this", "this and later"]
)
def test_giving_back_asks_which_times(
    page: Fetch, as_resident: Client, series: Series, scope: str, left: list[int]
) -> None:
    shown = page(page_of(series, 1, "give-back"), as_=as_resident)
    assert chosen_in(shown) == {"scope": "this"}
    assert "This time and all 2 that come after it" in shown.main

    as_resident.post(page_of(series, 1, "give-back"), {"scope": scope})

    assert dates(series) == left


def test_giving_back_several_says_how_many(page: Fetch, as_resident: Client, series: Series) -> None:
    response = as_resident.post(page_of(series, 1, "give-back"), {"scope": "following"})

    assert response.headers["Location"] == f"{MINE}series/{series.reference}/"
    assert "You have given 3 times back." in page(response.headers["Location"], as_=as_resident).main


def test_giving_back_without_saying_which_times_gives_nothing_back(
    page: Fetch, as_resident: Client, series: Series
) -> None:
    shown = page(page_of(series, 1, "give-back"), as_=as_resident, data={})

    assert "Choose which times you mean." in shown.main
    assert dates(series) == [0, 1, 2, 3]


def test_the_address_says_which_times_are_meant_at_first(page: Fetch, as_resident: Client, series: Series) -> None:
    for name in ("give-back", "change"):
        shown = page(page_of(series, 1, name, "?scope=following"), as_=as_resident)
        assert chosen_in(shown)["scope"] == "following"


@pytest.mark.parametrize("name", ["give-back", "change"])
def test_the_last_time_asks_nothing(page: Fetch, as_resident: Client, series: Series, name: str) -> None:
    assert page(page_of(series, 3, name), as_=as_resident).all("input", name="scope") == []


def changed(**fields: str) -> dict[str, str]:
    usual = {"do": "save", "scope": "following", "date": "2026-12-08", "start": "17:00", "minutes": "120"}
    return {**usual, "name": "Kim", "people": "20", "booker_kind": "private", "purpose": "Choir", **fields}


def test_this_and_later_move_together(page: Fetch, as_resident: Client, series: Series) -> None:
    response = as_resident.post(page_of(series, 1, "change"), changed(date="2026-12-09", start="18:00"))

    assert response.headers["Location"] == f"{MINE}series/{series.reference}/"
    starts = list(series.bookings.order_by("series_start").values_list("starts_at", flat=True))
    shift = timedelta(days=1, hours=1)
    assert starts == [START, START + WEEK + shift, START + 2 * WEEK + shift, START + 3 * WEEK + shift]
    assert "all later times of the series are changed" in page(response.headers["Location"], as_=as_resident).main


def test_only_this_one_moves_alone(as_resident: Client, series: Series) -> None:
    as_resident.post(page_of(series, 1, "change"), changed(scope="this", start="18:00"))

    starts = list(series.bookings.order_by("series_start").values_list("starts_at", flat=True))
    assert starts == [START, START + WEEK + HOUR, START + 2 * WEEK, START + 3 * WEEK]


def test_this_and_later_undo_nothing_that_somebody_else_has_changed(
    page: Fetch, as_resident: Client, series: Series, kalajarvi_editor: User
) -> None:
    seen = page(page_of(series, 1, "change"), as_=as_resident).all("input", name="sequence")[0].attributes["value"]
    second = series.bookings.order_by("series_start")[1]
    change_booking(booking=second, actor=kalajarvi_editor, at=TUESDAY, starts_at=second.starts_at + HOUR)

    shown = page(page_of(series, 1, "change"), status=409, as_=as_resident, data=changed(start="16:00", sequence=seen))

    assert "Somebody has changed this booking at the same time" in shown.main
    starts = list(series.bookings.order_by("series_start").values_list("starts_at", flat=True))
    assert starts == [START, START + WEEK + HOUR, START + 2 * WEEK, START + 3 * WEEK]


def test_changing_nothing_says_so(page: Fetch, as_resident: Client, series: Series) -> None:
    response = as_resident.post(page_of(series, 1, "change"), changed())

    assert "You changed nothing" in page(response.headers["Location"], as_=as_resident).main


def test_a_date_to_which_it_cannot_be_moved_is_named_and_nothing_moves(
    page: Fetch, as_resident: Client, hall: Room, series: Series
) -> None:
    starts_at = START + 2 * WEEK + timedelta(days=1)
    hold(room=hall, starts_at=starts_at, ends_at=starts_at + HOUR, language="sv", at=TUESDAY)

    shown = page(page_of(series, 1, "change"), status=409, as_=as_resident, data=changed(date="2026-12-09"))

    (words,) = dates_of(shown).items()
    assert words[0] == "Tuesday 15 December"
    assert "This time is already taken." in words[1]
    assert "Nothing has been changed yet." in shown.main
    assert dates(series) == [0, 1, 2, 3]
    assert not series.bookings.exclude(starts_at__in=[START + n * WEEK for n in range(4)]).exists()


def starts_of(series: Series) -> list[datetime]:
    return list(series.bookings.order_by("series_start").values_list("starts_at", flat=True))


def test_each_date_that_cannot_be_moved_is_offered_what_is_nearest(
    page: Fetch, as_resident: Client, hall: Room, series: Series
) -> None:
    """Moved to Wednesdays; on the second of them somebody has the first hour."""
    taken = START + 2 * WEEK + timedelta(days=1)
    hold(room=hall, starts_at=taken, ends_at=taken + HOUR, language="sv", at=TUESDAY)
    path = page_of(series, 1, "change")
    shown = page(path, status=409, as_=as_resident, data=changed(date="2026-12-09"))
    options = dates_of(shown)["Tuesday 15 December"]
    assert "Keep this date as it is" in options
    assert "Wednesday 16 December, 18:00" in options.replace("\u2060", "")
    (name,) = {each.attributes["name"] for each in shown.all("input") if each.attributes["name"].startswith("2026-")}
    codes = [each.attributes["value"] for each in shown.all("input") if each.attributes["name"] == name]
    assert chosen_in(shown)[name] == "no"  # nothing is taken that nobody chose

    response = as_resident.post(path, changed(date="2026-12-09", dates="yes", **{name: codes[1]}))

    assert response.status_code == 302
    assert starts_of(series) == [START, START + WEEK + DAY, taken + HOUR, START + 3 * WEEK + DAY]


def test_a_date_that_cannot_be_moved_may_stay_as_it_is(
    page: Fetch, as_resident: Client, hall: Room, series: Series
) -> None:
    taken = START + 2 * WEEK + timedelta(days=1)
    hold(room=hall, starts_at=taken, ends_at=taken + HOUR, language="sv", at=TUESDAY)
    path, wish = page_of(series, 1, "change"), changed(date="2026-12-09", purpose="Concert")
    shown = page(path, status=409, as_=as_resident, data=wish)
    response = as_resident.post(path, {**wish, "dates": "yes", **chosen_in(shown), "scope": "following"})
    assert "each of the other dates is as you have chosen" in page(response.headers["Location"], as_=as_resident).main
    assert starts_of(series) == [START, START + WEEK + DAY, START + 2 * WEEK, START + 3 * WEEK + DAY]
    assert set(series.bookings.exclude(series_start=START).values_list("purpose", flat=True)) == {"Concert"}


def test_an_alternative_that_somebody_takes_meanwhile_comes_back_with_another_and_all_else_kept(
    page: Fetch, as_resident: Client, hall: Room, series: Series
) -> None:
    for weeks in (2, 3):
        hold(
            room=hall, starts_at=(start := START + weeks * WEEK + DAY), ends_at=start + HOUR, language="sv", at=TUESDAY
        )
    path, wish = page_of(series, 1, "change"), changed(date="2026-12-09", purpose="Concert")
    shown = page(path, status=409, as_=as_resident, data=wish)
    firsts: dict[str, str] = {}
    for each in shown.all("input"):
        if each.attributes["name"].startswith("2026-") and each.attributes["value"] != "no":
            firsts.setdefault(each.attributes["name"], each.attributes["value"])
    later = START + 2 * WEEK + DAY + 2 * HOUR
    hold(room=hall, starts_at=later, ends_at=later + HOUR, language="sv", at=TUESDAY)

    again = page(path, status=409, as_=as_resident, data={**wish, "dates": "yes", **firsts})

    assert "cannot be moved like that. Choose another time" in again.main
    kept = chosen_in(again)
    assert kept[max(firsts)] == firsts[max(firsts)]
    assert "Concert" in {each.attributes.get("value") for each in again.all("input")}
    assert dates(series) == [0, 1, 2, 3]


def test_dates_that_are_kept_where_another_was_to_go_are_asked_about_in_turn(
    page: Fetch, as_resident: Client, hall: Room, series: Series
) -> None:
    """All a week later: what stays keeps the time that the date before it was to have."""
    take(hall, 4)
    path, wish = page_of(series, 1, "change"), changed(date="2026-12-15")
    shown = page(path, status=409, as_=as_resident, data=wish)
    answers: dict[str, str] = {}
    for _ in range(3):
        answers |= {name: value for name, value in chosen_in(shown).items() if name.startswith("2026-")}
        answers |= {
            each.attributes["name"]: "no" for each in shown.all("input") if each.attributes["name"][:5] == "2026-"
        }
        response = as_resident.post(path, {**wish, "dates": "yes", **answers})
        if response.status_code == 302:
            break
        shown = page(path, status=409, as_=as_resident, data={**wish, "dates": "yes", **answers})
    assert response.status_code == 302
    assert dates(series) == [0, 1, 2, 3]


def test_the_details_of_this_and_later_change_together(as_resident: Client, series: Series) -> None:
    as_resident.post(page_of(series, 1, "change"), changed(purpose="Concert"))

    purposes = list(series.bookings.order_by("series_start").values_list("purpose", flat=True))
    assert purposes == ["Choir", "Concert", "Concert", "Concert"]
