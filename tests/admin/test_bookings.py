"""Bookings and closures in the admin go through the same verbs and rules as everywhere else."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from hubs.models import Hub
from rooms import booking as verbs
from rooms.models import Booking, BusyPeriod, Closure, Room
from rooms.rules import BookingDetails
from tests import cast
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
ADD = "/admin/rooms/booking/add/"
LIST = "/admin/rooms/booking/"
TOMORROW = cast.helsinki(2026, 11, 25)


@pytest.fixture(autouse=True)
def _on_tuesday() -> Any:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def desk(as_kalajarvi_editor: Client, kalajarvi_editor: User) -> Client:
    kalajarvi_editor.language = "en"
    kalajarvi_editor.save()
    return as_kalajarvi_editor


def asked(room: Room, starts: str = "14:00", ends: str = "16:00", **changed: Any) -> dict[str, Any]:
    return {
        "room": room.pk,
        "day": "2026-11-25",
        "starts": starts,
        "ends": ends,
        "people": "12",
        "name": "Eva Holm",
        "email": "",
        "phone": "050 123",
        "language": "sv",
        "booker_kind": "private",
        **changed,
    }


def booked(room: Room, person: User, hour: int = 14, **changed: Any) -> Booking:
    return verbs.book_room(
        room=room,
        starts_at=TOMORROW + timedelta(hours=hour),
        ends_at=TOMORROW + timedelta(hours=hour + 2),
        resident=person,
        details=BookingDetails(people=4, name="Minna Möller", email=person.email),
        actor=person,
        at=cast.TUESDAY,
        **changed,
    )


def change(booking: Booking, page: str = "change") -> str:
    return reverse(f"admin:rooms_booking_{page}", args=[booking.pk])


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def test_the_desk_books_for_somebody_without_an_account(desk: Client, hall: Room, kalajarvi_editor: User) -> None:
    response = desk.post(ADD, asked(hall))
    booking = Booking.objects.get()
    assert response.url == LIST
    assert (booking.name, booking.phone, booking.resident, booking.state) == ("Eva Holm", "050 123", None, "confirmed")
    assert (booking.starts_at, booking.ends_at) == (TOMORROW + timedelta(hours=14), TOMORROW + timedelta(hours=16))
    assert [(event.kind, event.actor) for event in booking.events.all()] == [("confirmed", kalajarvi_editor)]
    assert BusyPeriod.objects.filter(booking=booking, room=hall).count() == 1


def test_a_time_that_is_taken_is_refused_even_as_an_exception(desk: Client, hall: Room, resident: User) -> None:
    booked(hall, resident)
    forced = {"makes_exception": "on", "override_reason": "The mayor comes"}
    for data in (asked(hall, "15:00", "17:00"), asked(hall, "15:00", "17:00", **forced)):
        errors = errors_of(desk.post(ADD, data))
        assert errors
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts": "05:00", "ends": "07:00"}, "starts"),
        ({"people": "41"}, "people"),
        ({"starts": "14:15", "ends": "15:15"}, "starts"),
        ({"day": "2028-01-01"}, "starts"),
        ({"ends": "20:00", "starts": "8:00"}, "ends"),
    ],
    ids=["outside hours", "over capacity", "off the grid", "too early", "too long"],
)
def test_a_rule_refuses_beside_its_field(desk: Client, hall: Room, changed: dict[str, str], field: str) -> None:
    errors = errors_of(desk.post(ADD, asked(hall, **changed)))
    assert field in errors, errors
    assert Booking.objects.count() == 0


def test_an_exception_needs_a_reason_and_keeps_it(desk: Client, hall: Room, kalajarvi_editor: User) -> None:
    data = asked(hall, "6:00", "7:30")
    assert "Make an exception" in str(errors_of(desk.post(ADD, data))["__all__"])
    assert "override_reason" in errors_of(desk.post(ADD, {**data, "makes_exception": "on"}))
    assert Booking.objects.count() == 0
    assert desk.post(ADD, {**data, "makes_exception": "on", "override_reason": "Breakfast"}).status_code == 302
    assert Booking.objects.get().staff_note == "Breakfast"


def test_a_reason_alone_makes_no_exception(desk: Client, hall: Room) -> None:
    assert errors_of(desk.post(ADD, asked(hall, "6:00", "7:30", override_reason="Breakfast")))
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"starts": ""},
        {"ends": "14:00"},
        {"ends": "13:00"},
        {"starts": "25:00"},
        {"starts": "14:00\x00"},
        {"day": "2026-02-30"},
        {"day": "2026-11-23"},
        {"day": "9999-12-31"},
        {"day": "2026-03-29", "starts": "03:30"},
        {"people": "0"},
        {"people": "-1"},
        {"people": "9" * 30},
        {"name": ""},
        {"name": "n" * 10_000},
        {"email": "nobody"},
        {"room": "999"},
        {"room": "x"},
        {"booker_kind": "king"},
        {"price_group": "gold"},
        {"language": "xx"},
    ],
    ids=lambda changed: " ".join(f"{key}={value[:20]!r}" for key, value in changed.items()),
)
def test_what_makes_no_sense_is_asked_again(desk: Client, hall: Room, changed: dict[str, str]) -> None:
    assert errors_of(desk.post(ADD, asked(hall) | changed))
    assert Booking.objects.count() == 0


def test_a_refusal_keeps_what_was_typed(desk: Client, hall: Room) -> None:
    page = desk.post(ADD, asked(hall, "6:00", "7:30", purpose="Kids’ party")).content.decode()
    for typed in ("Eva Holm", "050 123", "Kids’ party", 'value="06:00" selected', "2026-11-25"):
        assert typed.replace("06:00", "6:00") in page or typed in page


def test_a_booking_is_moved_to_another_room_and_time(desk: Client, kalajarvi: Hub, hall: Room, resident: User) -> None:
    booking, studio = booked(hall, resident), cast.make_room(kalajarvi, "studio")
    page = desk.get(change(booking))
    assert page.context["adminform"].form["starts"].value() == "14:00"
    data = asked(studio, "17:00", "18:00", name="Minna Möller", email=resident.email, people="4")
    assert desk.post(change(booking), data).status_code == 302
    booking.refresh_from_db()
    assert (booking.room, booking.starts_at, booking.sequence) == (studio, TOMORROW + timedelta(hours=17), 1)
    assert booking.resident == resident
    assert [(busy.room, busy.starts_at) for busy in booking.busy_periods.all()] == [(studio, booking.starts_at)]


def test_a_booking_is_not_moved_onto_another(desk: Client, hall: Room, resident: User, another_resident: User) -> None:
    booking = booked(hall, resident)
    booked(hall, another_resident, 17)
    assert errors_of(desk.post(change(booking), asked(hall, "16:00", "18:00")))
    booking.refresh_from_db()
    assert booking.starts_at == TOMORROW + timedelta(hours=14)


def test_what_may_not_be_written_is_not_written(desk: Client, hall: Room, resident: User) -> None:
    booking = booked(hall, resident)
    forged = {"state": "cancelled", "reference": "HACKED", "resident": "", "price_cents": "1"}
    assert desk.post(change(booking), asked(hall, people="5", **forged)).status_code == 302
    booking.refresh_from_db()
    assert (booking.state, booking.resident, booking.price_cents, booking.sequence) == ("confirmed", resident, 0, 1)
    assert booking.reference != "HACKED"


def test_a_booking_that_has_ended_is_only_shown(
    desk: Client, hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    booking = booked(hall, resident)
    verbs.cancel(booking=booking, actor=kalajarvi_editor, at=cast.TUESDAY, reason="Pipes")
    page = desk.get(change(booking))
    assert page.status_code == 200
    assert "Pipes" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    assert desk.post(change(booking), asked(hall)).status_code == 403


def test_nobody_deletes_a_booking(desk: Client, as_city_administrator: Client, hall: Room, resident: User) -> None:
    booking = booked(hall, resident)
    for browser in (desk, as_city_administrator):
        assert browser.post(change(booking, "delete"), {"post": "yes"}).status_code == 403
        browser.post(LIST, {"action": "delete_selected", "_selected_action": [booking.pk], "post": "yes"})
    assert Booking.objects.filter(pk=booking.pk).exists()


@pytest.mark.parametrize("model", ["bookingevent", "busyperiod", "bookingmail"])
def test_events_and_busy_periods_have_no_page(as_city_administrator: Client, model: str) -> None:
    assert as_city_administrator.get(f"/admin/rooms/{model}/").status_code == 404


@pytest.fixture
def requests(hall: Room, resident: User, another_resident: User) -> list[Booking]:
    Room.objects.filter(pk=hall.pk).update(needs_approval=True)
    hall.refresh_from_db()
    return [booked(hall, resident, 9), booked(hall, another_resident, 12)]


def test_requests_that_wait_are_listed_with_their_deadline(desk: Client, hall: Room, requests: list[Booking]) -> None:
    Booking.objects.filter(pk=requests[1].pk).update(expires_at=cast.TUESDAY - timedelta(minutes=1))
    page = desk.get(LIST, {"state": "waiting"})
    assert list(page.context["cl"].queryset) == [requests[0]]
    assert str(page.context["cl"].result_list[0].expires_at.astimezone(cast.HELSINKI).hour) in page.content.decode()


def test_the_front_page_begins_with_what_waits(desk: Client, requests: list[Booking], iso_omena: Hub) -> None:
    assert "2 bookings wait for your answer" in desk.get("/admin/").content.decode()
    elsewhere = cast.make_user("elsewhere@example.com", is_staff=True, language="en")
    iso_omena.editors.add(elsewhere)
    assert "wait for your answer" not in signed_in(elsewhere).get("/admin/").content.decode()


def test_selected_requests_are_approved(desk: Client, requests: list[Booking]) -> None:
    data = {"action": "approve_selected", "_selected_action": [booking.pk for booking in requests]}
    page = desk.post(LIST, data, follow=True).content.decode()
    assert "2 bookings are approved." in page
    assert set(Booking.objects.values_list("state", flat=True)) == {"confirmed"}


def test_selected_requests_are_declined_with_a_reason(desk: Client, requests: list[Booking]) -> None:
    data = {"action": "decline_selected", "_selected_action": [booking.pk for booking in requests]}
    page = desk.post(LIST, data)
    assert all(booking.reference in page.content.decode() for booking in requests)
    assert desk.post(LIST, {**data, "answered": "yes", "reason": " "}).context["form"].errors.keys() == {"reason"}
    assert set(Booking.objects.values_list("state", flat=True)) == {"requested"}
    done = desk.post(LIST, {**data, "answered": "yes", "reason": "The hall is being painted"}, follow=True)
    assert "2 bookings are declined." in done.content.decode()
    assert set(Booking.objects.values_list("state", "reason")) == {("declined", "The hall is being painted")}


def test_each_of_several_answers_tells_how_it_went(
    desk: Client, requests: list[Booking], kalajarvi_editor: User
) -> None:
    verbs.decline(booking=requests[0], actor=kalajarvi_editor, at=cast.TUESDAY, reason="Full")
    data = {"action": "approve_selected", "_selected_action": [booking.pk for booking in requests]}
    page = desk.post(LIST, data, follow=True).content.decode()
    assert f"{requests[0].reference}: " in page
    assert "The booking is approved." in page
    assert [Booking.objects.get(pk=booking.pk).state for booking in requests] == ["declined", "confirmed"]


@pytest.mark.parametrize(
    ("answer", "state"), [("approve", "confirmed"), ("decline", "declined"), ("cancel", "cancelled")]
)
def test_a_request_is_answered_on_its_own_page(
    desk: Client, requests: list[Booking], answer: str, state: str, kalajarvi_editor: User
) -> None:
    booking = requests[0]
    assert change(booking, answer) in desk.get(change(booking)).content.decode()
    assert desk.get(change(booking, answer)).status_code == 200
    booking.refresh_from_db()
    assert booking.state == "requested"
    page = desk.post(change(booking, answer), {"reason": "Because of it"}, follow=True).content.decode()
    booking.refresh_from_db()
    assert booking.state == state
    event = booking.events.last()
    assert (event.actor, event.reason) == (kalajarvi_editor, "Because of it")
    assert "Because of it" in page


@pytest.mark.parametrize("answer", ["approve", "decline", "cancel"])
def test_nothing_is_answered_that_has_changed_since_it_was_seen(
    desk: Client, requests: list[Booking], answer: str, resident: User
) -> None:
    booking = requests[0]
    seen = hidden_sequence(desk.get(change(booking, answer)))
    verbs.give_back_part(
        booking=booking, actor=resident, at=timezone.now(), ends_at=booking.ends_at - timedelta(minutes=30)
    )

    page = desk.post(change(booking, answer), {"reason": "Why", "sequence": seen}, follow=True).content.decode()

    booking.refresh_from_db()
    assert booking.state == "requested"
    assert "Somebody has changed this booking at the same time" in page


def test_the_form_of_a_booking_undoes_nothing_that_has_changed_since_it_was_opened(
    desk: Client, hall: Room, resident: User
) -> None:
    booking = booked(hall, resident)
    seen = hidden_sequence(desk.get(change(booking)))
    verbs.give_back_part(
        booking=booking, actor=resident, at=timezone.now(), ends_at=booking.ends_at - timedelta(minutes=30)
    )
    ends_at = booking.ends_at - timedelta(minutes=30)

    again = desk.post(change(booking), {**asked(hall, "14:00", "16:00"), "sequence": seen})

    booking.refresh_from_db()
    assert booking.ends_at == ends_at
    assert "Somebody has changed this booking at the same time" in str(errors_of(again)["__all__"])
    assert hidden_sequence(again) == str(booking.sequence)


def hidden_sequence(page: Any) -> str:
    return re.search(r'name="sequence" value="(\d+)"', page.content.decode())[1]


@pytest.mark.parametrize("answer", ["decline", "cancel"])
def test_a_refusing_answer_needs_a_reason(desk: Client, requests: list[Booking], answer: str) -> None:
    response = desk.post(change(requests[0], answer), {"reason": ""})
    assert response.context["form"].errors.keys() == {"reason"}
    requests[0].refresh_from_db()
    assert requests[0].state == "requested"


def test_a_confirmed_booking_offers_only_to_be_cancelled(desk: Client, hall: Room, resident: User) -> None:
    booking = booked(hall, resident)
    page = desk.get(change(booking)).content.decode()
    assert [change(booking, answer) in page for answer in ("approve", "decline", "cancel")] == [False, False, True]


@pytest.mark.parametrize("wish", ["?q=Möller", "?q=holm", "?time=today", "?time=coming", "?state=live", "?state=ended"])
def test_the_list_is_searched_and_filtered(desk: Client, hall: Room, resident: User, wish: str) -> None:
    booked(hall, resident)
    found = len(desk.get(LIST + wish).context["cl"].result_list)
    assert found == (1 if wish in ("?q=Möller", "?time=coming", "?state=live") else 0)


@pytest.mark.parametrize(
    ("day", "starts", "ends"), [("9999-12-31", "23:00", "24:00"), ("0001-01-01", "00:00", "01:00")]
)
def test_a_day_at_the_end_of_the_calendar_is_explained(
    desk: Client, hall: Room, day: str, starts: str, ends: str
) -> None:
    errors = errors_of(desk.post(ADD, asked(hall, starts, ends, day=day)))
    assert "Give a day that exists, for example 2026-11-25." in str(errors)
    assert Booking.objects.count() == 0


# --- Closures --------------------------------------------------------------------------------------


def closing(room: Room, starts_at: datetime, hours: int = 2, **changed: Any) -> dict[str, Any]:
    ends_at = starts_at + timedelta(hours=hours)
    return {
        "room": room.pk,
        "starts_at_0": f"{starts_at:%Y-%m-%d}",
        "starts_at_1": f"{starts_at:%H:%M}",
        "ends_at_0": f"{ends_at:%Y-%m-%d}",
        "ends_at_1": f"{ends_at:%H:%M}",
        "reason_sv": "Golvet slipas",
        **changed,
    }


def test_a_room_is_closed_changed_and_reopened(desk: Client, hall: Room, kalajarvi_editor: User) -> None:
    response = desk.post("/admin/rooms/closure/add/", closing(hall, TOMORROW + timedelta(hours=8)))
    assert response.status_code == 302, response.context["adminform"].form.errors
    closure = Closure.objects.get()
    assert (closure.reason_sv, closure.made_by, closure.busy_periods.count()) == ("Golvet slipas", kalajarvi_editor, 1)
    where = reverse("admin:rooms_closure_change", args=[closure.pk])
    desk.post(where, closing(hall, TOMORROW + timedelta(hours=9), 5, reason_fi="Lattia hiotaan"))
    closure.refresh_from_db()
    assert (closure.reason_fi, closure.busy_periods.get().starts_at) == (
        "Lattia hiotaan",
        TOMORROW + timedelta(hours=9),
    )
    desk.post(reverse("admin:rooms_closure_delete", args=[closure.pk]), {"post": "yes"})
    assert (Closure.objects.count(), BusyPeriod.objects.count()) == (0, 0)


def test_several_closures_are_reopened_at_once(desk: Client, hall: Room) -> None:
    for hour in (8, 12):
        desk.post("/admin/rooms/closure/add/", closing(hall, TOMORROW + timedelta(hours=hour)))
    chosen = list(Closure.objects.values_list("pk", flat=True))
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    desk.post("/admin/rooms/closure/", data)
    assert (len(chosen), Closure.objects.count(), BusyPeriod.objects.count()) == (2, 0, 0)


def test_a_closure_names_the_bookings_in_its_way(desk: Client, hall: Room, resident: User) -> None:
    booking = booked(hall, resident)
    errors = errors_of(desk.post("/admin/rooms/closure/add/", closing(hall, TOMORROW + timedelta(hours=15))))
    assert booking.reference in str(errors)
    assert Closure.objects.count() == 0


def test_a_closure_needs_a_reason(desk: Client, hall: Room) -> None:
    errors = errors_of(desk.post("/admin/rooms/closure/add/", closing(hall, TOMORROW, reason_sv="")))
    assert errors.keys() == {"reason_sv"}


@pytest.mark.parametrize("year", ["0001", "0206"])
def test_a_year_long_ago_is_a_slip(desk: Client, hall: Room, year: str) -> None:
    slip = closing(hall, TOMORROW, starts_at_0=f"{year}-01-01", starts_at_1="00:00")
    errors = errors_of(desk.post("/admin/rooms/closure/add/", slip))
    assert errors.keys() == {"starts_at"}
    assert Closure.objects.count() == 0
