"""The desk books a series for somebody, and the staff answer all its requests at once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rooms.booking import BookingDetails, SeriesChoice, book_series, hold, series_starts
from rooms.enums import BookingState
from rooms.models import Booking, Room, Series
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ADD = "/admin/rooms/booking/series/add/"
LIST = "/admin/rooms/booking/"
START = cast.helsinki(2026, 12, 1, 17)
WEEK = timedelta(weeks=1)


@pytest.fixture(autouse=True)
def _on_tuesday() -> Any:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def desk(as_kalajarvi_editor: Client, kalajarvi_editor: User) -> Client:
    kalajarvi_editor.language = "en"
    kalajarvi_editor.save()
    return as_kalajarvi_editor


def asked(room: Room, **changed: Any) -> dict[str, Any]:
    return {
        "do": "show",
        "room": room.pk,
        "day": "2026-12-01",
        "starts": "17:00",
        "ends": "19:00",
        "every": "1",
        "times": "4",
        "people": "12",
        "name": "Handicraft group",
        "language": "fi",
        "booker_kind": "private",
        **changed,
    }


def booked(desk: Client, room: Room, **changed: Any) -> Any:
    """Look at the dates, then book them as they are first shown."""
    shown = desk.post(ADD, asked(room, **changed))
    dates = shown.context["dates"]
    chosen = {name: value for name in dates.fields for value in [dates[name].initial]}
    return desk.post(ADD, {**asked(room), "do": "book", "pattern": shown.context["form"].pattern, **chosen, **changed})


def requested(room: Room, resident: User) -> Series:
    Room.objects.update(needs_approval=True)
    choices = [
        SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + timedelta(hours=2))
        for start in series_starts(START, every_weeks=1, count=3)
    ]
    details = BookingDetails(people=4, name="Minna", email=resident.email)
    return book_series(
        choices=choices, every_weeks=1, resident=resident, details=details, actor=resident, at=cast.TUESDAY
    )


def states(series: Series) -> set[str]:
    return {booking.state for booking in series.bookings.all()}


def answer(series: Series, name: str) -> str:
    return reverse(f"admin:rooms_booking_{name}_series", args=[series.bookings.order_by("starts_at")[0].pk])


def test_the_list_leads_to_the_page(desk: Client, hall: Room) -> None:
    assert f'href="{ADD}"' in desk.get(LIST).content.decode()
    assert desk.get(ADD).context["title"] == "Book a series"


def test_the_dates_are_shown_before_anything_is_booked(desk: Client, hall: Room) -> None:
    dates = desk.post(ADD, asked(hall)).context["dates"]

    assert list(dates.fields) == ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22"]
    assert dates.free_dates == 4
    assert Booking.objects.count() == 0


def test_the_desk_books_a_series_by_name(desk: Client, hall: Room, kalajarvi_editor: User) -> None:
    response = booked(desk, hall)

    series = Series.objects.get()
    assert response.url == f"{LIST}?series={series.pk}&time=coming"
    bookings = list(series.bookings.order_by("starts_at"))
    assert [(each.name, each.resident, each.state) for each in bookings] == [
        ("Handicraft group", None, "confirmed")
    ] * 4
    assert {event.actor for each in bookings for event in each.events.all()} == {kalajarvi_editor}
    assert "4 times are booked." in desk.get(response.url).content.decode()


def test_the_desk_books_for_a_resident_who_then_sees_it(desk: Client, hall: Room, resident: User) -> None:
    booked(desk, hall, account="Resident@Example.com")

    assert {booking.resident for booking in Booking.objects.all()} == {resident}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", ""])
def test_a_day_that_makes_no_sense_is_asked_for_again(desk: Client, hall: Room, day: str) -> None:
    assert "day" in desk.post(ADD, asked(hall, day=day)).context["form"].errors


def test_a_day_years_ahead_is_refused_date_by_date(desk: Client, hall: Room) -> None:
    assert desk.post(ADD, asked(hall, day="2100-01-01")).context["dates"].free_dates == 0


def test_an_address_that_nobody_signs_in_with_is_told(desk: Client, hall: Room) -> None:
    shown = desk.post(ADD, asked(hall, account="nobody@example.com"))

    assert "Nobody signs in with this address." in str(shown.context["form"].errors["account"])


def test_a_date_that_is_taken_is_left_out_unless_something_else_is_chosen(desk: Client, hall: Room) -> None:
    taken = START + WEEK
    hold(room=hall, starts_at=taken, ends_at=taken + timedelta(hours=1), language="sv", at=cast.TUESDAY)

    booked(desk, hall)

    starts = list(
        Booking.objects.filter(series__isnull=False).order_by("starts_at").values_list("starts_at", flat=True)
    )
    assert starts == [START, START + 2 * WEEK, START + 3 * WEEK]


def test_staff_may_book_60_times(desk: Client, hall: Room) -> None:
    Room.objects.update(earliest_days=730)

    booked(desk, hall, times="60")

    assert Booking.objects.count() == 60
    assert "times" in desk.post(ADD, asked(hall, times="61")).context["form"].errors


def test_an_exception_with_its_reason_sets_rules_aside(desk: Client, hall: Room) -> None:
    early = {"starts": "6:00", "ends": "7:30"}
    refused = desk.post(ADD, asked(hall, **early))
    assert refused.context["dates"].free_dates == 0
    assert refused.context["may_override"]

    booked(desk, hall, **early, makes_exception="on", override_reason="Swimmers")

    assert list(Booking.objects.values_list("staff_note", flat=True)) == ["Swimmers"] * 4


def test_another_wish_shows_its_dates_before_they_are_booked(desk: Client, hall: Room) -> None:
    shown = desk.post(ADD, asked(hall))
    chosen = dict.fromkeys(shown.context["dates"].fields, "yes")

    again = desk.post(ADD, {**asked(hall, times="5", do="book"), "pattern": shown.context["form"].pattern, **chosen})

    assert len(again.context["dates"].fields) == 5
    assert Booking.objects.count() == 0


def test_what_a_rule_says_about_the_details_stands_at_its_field(desk: Client, hall: Room) -> None:
    shown = booked(desk, hall, booker_kind="association")

    assert "organisation" in shown.context["form"].errors
    assert Booking.objects.count() == 0


def test_a_date_taken_meanwhile_is_marked(desk: Client, hall: Room) -> None:
    shown = desk.post(ADD, asked(hall))
    hold(room=hall, starts_at=START, ends_at=START + timedelta(hours=1), language="sv", at=cast.TUESDAY)
    chosen = dict.fromkeys(shown.context["dates"].fields, "yes")

    again = desk.post(ADD, {**asked(hall, do="book"), "pattern": shown.context["form"].pattern, **chosen})

    assert list(again.context["dates"].errors) == ["2026-12-01"]
    assert Booking.objects.filter(series__isnull=False).count() == 0


def test_an_editor_books_no_room_of_another_hub(desk: Client, iso_omena: Any) -> None:
    elsewhere = cast.make_room(iso_omena, "studio")

    assert "room" in desk.post(ADD, asked(elsewhere)).context["form"].errors


def test_only_staff_who_may_book_reach_the_page(client: Client, as_resident: Client, hall: Room) -> None:
    provider_editor = cast.make_user("provider@example.com", is_staff=True)
    client.force_login(provider_editor, backend="accounts.backends.RoleBackend")

    assert client.get(ADD).status_code == 403
    assert as_resident.get(ADD).status_code == 302


@pytest.mark.parametrize(("name", "state"), [("approve", BookingState.CONFIRMED), ("decline", BookingState.DECLINED)])
def test_all_requests_of_a_series_are_answered_at_once(
    desk: Client, hall: Room, resident: User, name: str, state: str
) -> None:
    series = requested(hall, resident)
    page = answer(series, name)
    booking = series.bookings.order_by("starts_at")[0]
    assert page in [href for href, _title in desk.get(f"{LIST}{booking.pk}/change/").context["answers"]]

    asked_page = desk.get(page)
    response = desk.post(page, {"reason": "Welcome", "sequence": asked_page.context["sequence"]})

    assert len(asked_page.context["bookings"]) == 3
    assert response.url == f"{LIST}{booking.pk}/change/"
    assert states(series) == {state}


def test_declining_a_series_needs_a_reason(desk: Client, hall: Room, resident: User) -> None:
    series = requested(hall, resident)

    shown = desk.post(answer(series, "decline"), {"reason": ""})

    assert "reason" in shown.context["form"].errors
    assert states(series) == {BookingState.REQUESTED}


def test_nobody_approves_what_they_have_not_seen(desk: Client, hall: Room, resident: User) -> None:
    series = requested(hall, resident)
    Series.objects.update(sequence=7)

    response = desk.post(answer(series, "approve"), {"reason": "", "sequence": "0"}, follow=True)

    assert "Somebody has changed this booking at the same time." in response.content.decode()
    assert states(series) == {BookingState.REQUESTED}


def test_an_editor_of_another_hub_answers_nothing(
    as_resident: Client, hall: Room, resident: User, iso_omena: Any, client: Client
) -> None:
    series = requested(hall, resident)
    other = cast.make_user("other-editor@example.com", is_staff=True)
    iso_omena.editors.add(other)
    client.force_login(other, backend="accounts.backends.RoleBackend")

    assert client.post(answer(series, "approve"), {"reason": ""}).status_code == 404
    assert as_resident.post(answer(series, "approve"), {"reason": ""}).status_code == 302
    assert states(series) == {BookingState.REQUESTED}


def test_the_list_tells_which_bookings_belong_together(desk: Client, hall: Room, resident: User) -> None:
    series = requested(hall, resident)
    single = hold(
        room=hall,
        starts_at=START + timedelta(days=1),
        ends_at=START + timedelta(days=1, hours=1),
        language="sv",
        at=cast.TUESDAY,
    )

    def shown(query: str) -> set[str]:
        return {booking.reference for booking in desk.get(LIST + query).context["cl"].result_list}

    together = set(series.bookings.values_list("reference", flat=True))
    assert shown("?series=yes") == shown(f"?series={series.pk}") == together
    assert shown("?series=no") == {single.reference}
    assert shown(f"?q={series.reference}") == together
    assert f'<a href="{LIST}?series={series.pk}">weekly</a>' in desk.get(LIST).content.decode()
