"""The closure assistant: choose rooms and time, see what it hits, and one step does it all."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hubs.models import Hub
from rooms import booking as verbs
from rooms.models import Booking, BusyPeriod, Closure, Room
from rooms.rules import BookingDetails
from tests import cast
from tests.conftest import signed_in
from tests.pages.client import Tree

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ASSISTANT = "/admin/rooms/closure/assistant/"
TOMORROW = cast.helsinki(2026, 11, 25)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _on_tuesday() -> Any:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


@pytest.fixture
def desk(kalajarvi_editor: User) -> Client:
    kalajarvi_editor.language = "en"
    kalajarvi_editor.save()
    return signed_in(kalajarvi_editor)


@pytest.fixture
def studio(kalajarvi: Hub) -> Room:
    return cast.make_room(kalajarvi, "studio", **cast.three_languages("name", "Studion", "Studio", "Studio"))


def booked(room: Room, person: User | None, hour: int = 14, actor: User | None = None, **details: Any) -> Booking:
    who = {"email": "" if person is None else person.email, "language": "sv" if person is None else person.language}
    return verbs.book_room(
        room=room,
        starts_at=TOMORROW + hour * HOUR,
        ends_at=TOMORROW + (hour + 2) * HOUR,
        resident=person,
        details=BookingDetails(**{"people": 4, "name": "Kim", **who, **details}),
        actor=person or actor or cast.make_user("desk@example.com", is_staff=True),
        at=cast.TUESDAY,
    )


def chosen(*rooms: Room, **changed: Any) -> str:
    choice = {"first_day": "2026-11-25", "reason_sv": "Golvet slipas", **changed}
    return f"{ASSISTANT}?{urlencode([('rooms', room.pk) for room in rooms] + list(choice.items()))}"


def sent_back(response: Any) -> dict[str, str]:
    """Return what a browser sends for the plan as it is shown."""
    tree = Tree(response.content.decode())
    assert tree.problems == []
    data: dict[str, str] = {}
    for element in tree.elements:
        attributes, name = element.attributes, element.attributes.get("name", "")
        if not name.startswith("booking-"):
            continue
        is_chosen = attributes.get("type") not in ("radio", "checkbox") or "checked" in attributes
        if element.tag == "input" and is_chosen:
            data[name] = attributes.get("value", "")
        if element.tag == "select":
            options = [one for one in tree.elements if one.tag == "option" and element in one.ancestors()]
            data[name] = next((one.attributes["value"] for one in options if "selected" in one.attributes), "")
    return data


def words_of(response: Any) -> str:
    return Tree(response.content.decode()).root.text


def choice(booking: Booking) -> str:
    return f"booking-{booking.pk}-choice"


def closed_hours(room: Room) -> list[tuple[float, float]]:
    rows = BusyPeriod.objects.filter(room=room, booking=None).order_by("starts_at")
    return [((row.starts_at - TOMORROW) / HOUR, (row.ends_at - TOMORROW) / HOUR) for row in rows]


# --- Which rooms, and when -------------------------------------------------------------------------------


def test_the_list_of_closures_leads_to_the_assistant(desk: Client) -> None:
    assert f'href="{ASSISTANT}"' in desk.get("/admin/rooms/closure/").content.decode()


def test_the_assistant_asks_for_rooms_of_ones_own_hub(desk: Client, hall: Room, iso_omena: Hub) -> None:
    cast.make_room(iso_omena, "far", name_en="Far away")
    response = desk.get(ASSISTANT)
    assert [int(str(value)) for value, _label in response.context["form"].fields["rooms"].choices] == [hall.pk]


def test_a_city_administrator_sees_each_room_under_its_hub(
    as_city_administrator: Client, hall: Room, iso_omena: Hub
) -> None:
    far = cast.make_room(iso_omena, "far")
    fields = as_city_administrator.get(ASSISTANT).context["form"].fields
    assert [[key for key, _name in rooms] for _hub, rooms in fields["rooms"].choices] == [[hall.pk], [far.pk]]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"first_day": ""}, "first_day"),
        ({"first_day": "2026-02-30"}, "first_day"),
        ({"first_day": "0001-01-01"}, "first_day"),
        ({"last_day": "2026-11-24"}, "ends"),
        ({"starts": "14:00", "ends": "14:00"}, "ends"),
        ({"first_day": "2026-11-23"}, "last_day"),
        ({"first_day": "2036-11-23"}, "last_day"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"first_day": "2027-03-28", "starts": "03:30"}, "starts"),
        ({"reason_sv": " "}, "reason_sv"),
        ({"reason_sv": "x" * 201}, "reason_sv"),
    ],
    ids=[
        "no day", "no such day", "a slip", "backwards", "no length", "past", "far away", "the end of the calendar",
        "no such hour", "no reason", "a long reason",
    ],
)  # fmt: skip
def test_a_wrong_choice_is_told_beside_its_field(desk: Client, hall: Room, changed: dict[str, str], field: str) -> None:
    response = desk.get(chosen(hall, **changed))
    assert response.context["form"].errors.keys() == {field}
    assert Tree(response.content.decode()).problems == []


@pytest.mark.parametrize(
    ("changed", "hours"),
    [
        ({}, (0, 24)),
        ({"last_day": "2026-11-27"}, (0, 72)),
        ({"starts": "10:00", "ends": "12:30"}, (10, 12.5)),
        ({"starts": "10:00", "last_day": "2026-11-26", "ends": "24:00"}, (10, 48)),
    ],
    ids=["a whole day", "several days", "some hours", "into another day"],
)
def test_rooms_without_bookings_close_once_it_is_confirmed(
    desk: Client, hall: Room, studio: Room, changed: dict[str, str], hours: tuple[float, float]
) -> None:
    address = chosen(hall, studio, **changed)
    assert "No booking is hit" in words_of(desk.get(address))
    assert Closure.objects.count() == 0
    done = desk.post(address, follow=True)
    assert (closed_hours(hall), closed_hours(studio)) == ([hours], [hours])
    assert "No booking was hit." in words_of(done)


def test_the_choice_can_be_changed(desk: Client, hall: Room, studio: Room) -> None:
    plan = desk.get(chosen(hall, starts="10:00"))
    again = desk.get(ASSISTANT + plan.context["change_address"])
    form = again.context["form"]
    assert (form["rooms"].value(), form["starts"].value()) == ([str(hall.pk)], "10:00")


def test_the_plan_tells_what_readers_of_each_language_will_read(desk: Client, hall: Room) -> None:
    shown = desk.get(chosen(hall, reason_fi="Lattia hiotaan")).context["form"].read_by
    assert [(text, language) for _name, text, language in shown] == [
        ("Golvet slipas", "sv"),
        ("Lattia hiotaan", "fi"),
        ("Lattia hiotaan", "fi"),
    ]


# --- What it hits, and what becomes of it -----------------------------------------------------------------


def test_the_plan_shows_each_booking_with_who_and_where_it_could_go(
    desk: Client, hall: Room, studio: Room, resident: User
) -> None:
    booking = booked(hall, resident, organisation="Kören", booker_kind="association", phone="050 123", people=7)
    response = desk.get(chosen(hall))
    words = words_of(response)
    for expected in (booking.reference, "Kören, Kim", "7 people", "050 123", resident.email, "Move to Studio"):
        assert expected in words
    assert sent_back(response)[choice(booking)].startswith(f"move/{studio.pk}/")
    assert response.context["summary"].sentences == ["1 booking is moved.", "Mails with the reason: Swedish: 1."]


def test_one_step_moves_cancels_and_closes(
    desk: Client, hall: Room, studio: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    moved, cancelled = booked(hall, resident), booked(hall, another_resident, 17)
    address = chosen(hall)
    data = {**sent_back(desk.get(address)), choice(cancelled): "cancel"}
    mail.outbox.clear()

    done = desk.post(address, data, follow=True)

    moved.refresh_from_db()
    cancelled.refresh_from_db()
    assert (moved.room, moved.state, cancelled.state, cancelled.reason) == (
        studio,
        "confirmed",
        "cancelled",
        "Golvet slipas",
    )
    assert (closed_hours(hall), Closure.objects.get().made_by) == ([(0, 24)], kalajarvi_editor)
    assert {message.to[0] for message in mail.outbox} == {resident.email, another_resident.email}
    words = words_of(done)
    assert moved.reference in words
    assert cancelled.reference in words
    assert "Please call" not in words
    assert LogEntry.objects.filter(user=kalajarvi_editor).count() == 3


def test_the_last_page_names_whom_to_call(desk: Client, hall: Room, kalajarvi_editor: User, resident: User) -> None:
    booked(hall, None, actor=kalajarvi_editor, name="Desk", phone="050 123")
    address = chosen(hall)
    plan = desk.get(address)
    assert "1 person has no e-mail address and must be called." in plan.context["summary"].sentences
    done = desk.post(address, {**sent_back(plan), "rest": "cancel"}, follow=True)
    assert [each.booking.phone for each in done.context["to_call"]] == ["050 123"]
    assert 'href="tel:050 123"' in done.content.decode()


def test_a_booking_moves_to_another_room_or_time_that_the_staff_choose(
    desk: Client, hall: Room, studio: Room, resident: User
) -> None:
    booking = booked(hall, resident)
    other = {"choice": "other", "room": studio.pk, "day": "2026-11-26", "starts": "09:15", "ends": "10:00"}
    address = chosen(hall)
    data = sent_back(desk.get(address)) | {f"booking-{booking.pk}-{name}": value for name, value in other.items()}
    assert desk.post(address, data).status_code == 302
    booking.refresh_from_db()
    assert (booking.room, booking.starts_at) == (studio, cast.helsinki(2026, 11, 26, 9, 15))


def test_a_booking_that_has_begun_gives_back_what_the_closure_takes(desk: Client, hall: Room, resident: User) -> None:
    """The other fields begin with the booking's own time, so that it can be shortened."""
    booking = booked(hall, resident)
    address = chosen(hall, starts="15:00")
    data = sent_back(desk.get(address))
    data |= {choice(booking): "other", f"booking-{booking.pk}-ends": "15:00"}
    assert desk.post(address, data).status_code == 302
    booking.refresh_from_db()
    assert (booking.room, booking.starts_at, booking.ends_at) == (hall, TOMORROW + 14 * HOUR, TOMORROW + 15 * HOUR)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"day": ""}, "day"),
        ({"ends": "08:00"}, "ends"),
        ({"room": "999999"}, "room"),
        ({"day": "9999-12-31", "ends": "24:00"}, "day"),
        ({"day": "2027-03-28", "starts": "03:30"}, "starts"),
    ],
    ids=["no day", "backwards", "no such room", "the end of the calendar", "no such hour"],
)
def test_another_time_that_cannot_be_read_is_told(
    desk: Client, hall: Room, resident: User, other: dict[str, str], field: str
) -> None:
    booking = booked(hall, resident)
    address = chosen(hall)
    data = sent_back(desk.get(address)) | {choice(booking): "other"}
    response = desk.post(address, data | {f"booking-{booking.pk}-{name}": value for name, value in other.items()})
    ((_room, (decision,)),) = response.context["by_room"]
    assert decision.errors.keys() == {field}
    assert Closure.objects.count() == 0


def test_nothing_happens_before_everything_is_decided(desk: Client, hall: Room, resident: User) -> None:
    booking = booked(hall, resident)
    address = chosen(hall)
    plan = desk.get(address)
    assert "1 booking waits for your choice." in plan.context["summary"].sentences
    response = desk.post(address, sent_back(plan))
    assert "Choose what happens to this booking." in words_of(response)
    assert (Closure.objects.count(), Booking.objects.get(pk=booking.pk).state) == (0, "confirmed")


def test_what_nobody_has_decided_about_can_be_cancelled_together(
    desk: Client, hall: Room, resident: User, another_resident: User
) -> None:
    booked(hall, resident)
    booked(hall, another_resident, 17)
    address = chosen(hall)
    assert desk.post(address, {**sent_back(desk.get(address)), "rest": "cancel"}).status_code == 302
    assert set(Booking.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_time_that_is_only_held_is_told_and_ends(desk: Client, hall: Room) -> None:
    starts_at = TOMORROW + 14 * HOUR
    verbs.hold(room=hall, starts_at=starts_at, ends_at=starts_at + HOUR, language="sv", at=cast.TUESDAY)
    response = desk.get(chosen(hall))
    assert [booking.state for booking in response.context["held"]] == ["held"]
    assert desk.post(chosen(hall)).status_code == 302
    assert closed_hours(hall) == [(0, 24)]


# --- What comes in between -----------------------------------------------------------------------------------


def test_a_booking_made_meanwhile_comes_back_with_what_was_decided(
    desk: Client, hall: Room, studio: Room, resident: User, another_resident: User
) -> None:
    first = booked(hall, resident)
    address = chosen(hall)
    data = {**sent_back(desk.get(address)), choice(first): "cancel"}
    new = booked(hall, another_resident, 17)

    response = desk.post(address, data)

    assert "This booking has been made since you opened the page." in words_of(response)
    assert Closure.objects.count() == 0
    again = sent_back(response)
    assert again[choice(first)] == "cancel"
    assert desk.post(address, again).status_code == 302
    assert Booking.objects.get(pk=new.pk).room == studio


def test_a_booking_changed_meanwhile_comes_back(desk: Client, hall: Room, resident: User) -> None:
    booking = booked(hall, resident)
    address = chosen(hall)
    data = {**sent_back(desk.get(address)), choice(booking): "cancel"}
    verbs.change_booking(booking=booking, actor=resident, at=cast.TUESDAY, starts_at=TOMORROW + 15 * HOUR)
    response = desk.post(address, data)
    assert "Somebody has changed this booking at the same time." in words_of(response)
    assert booking.reference in words_of(response)
    assert desk.post(address, sent_back(response)).status_code == 302


def test_a_suggestion_that_somebody_has_taken_is_told_and_another_chosen(
    desk: Client, hall: Room, studio: Room, resident: User, another_resident: User
) -> None:
    booking = booked(hall, resident)
    address = chosen(hall)
    data = sent_back(desk.get(address))
    booked(studio, another_resident)
    response = desk.post(address, data)
    assert "This time is already taken." in words_of(response)
    assert (Closure.objects.count(), Booking.objects.get(pk=booking.pk).room) == (0, hall)
    assert desk.post(address, {**sent_back(response), choice(booking): "cancel"}).status_code == 302


def test_a_suggestion_taken_meanwhile_gives_way_to_a_new_one_and_nothing_typed_is_lost(
    desk: Client, hall: Room, studio: Room, resident: User, another_resident: User
) -> None:
    gym = cast.make_room(hall.hub, "gym", order=9, capacity=80)
    first, other = booked(hall, resident), booked(hall, another_resident, 17)
    address = chosen(hall)
    typed = {"choice": "other", "room": str(gym.pk), "day": "2026-11-26", "starts": "09:30", "ends": "11:30"}
    data = {**sent_back(desk.get(address)), **{f"booking-{other.pk}-{name}": value for name, value in typed.items()}}
    assert f"/{studio.pk}/" in data[choice(first)]
    booked(studio, cast.make_user("quicker@example.com"))

    response = desk.post(address, data)

    again = sent_back(response)
    assert "This time is already taken." in words_of(response)
    assert f"/{gym.pk}/" in again[choice(first)]
    assert f"Move to {studio}" not in words_of(response).split(other.reference)[0]
    assert {name: again[f"booking-{other.pk}-{name}"] for name in typed} == typed
    assert desk.post(address, again).status_code == 302
    assert Booking.objects.get(pk=first.pk).room == gym


def test_rooms_that_are_closed_already_say_so(desk: Client, hall: Room) -> None:
    address = chosen(hall)
    desk.post(address)
    assert [closure.room for closure, _when in desk.get(address).context["closed"]] == [hall]
    assert "The room is already closed during that time." in words_of(desk.post(address))
    assert Closure.objects.count() == 1


# --- From the ordinary form ------------------------------------------------------------------------------------


def form_of(room: Room, starts_at: datetime, ends_at: datetime, **changed: Any) -> dict[str, Any]:
    return {
        "room": room.pk,
        "starts_at_0": f"{starts_at:%Y-%m-%d}",
        "starts_at_1": f"{starts_at:%H:%M}",
        "ends_at_0": f"{ends_at:%Y-%m-%d}",
        "ends_at_1": f"{ends_at:%H:%M}",
        "reason_sv": "Golvet slipas",
        **changed,
    }


def way_out(response: Any) -> str:
    (link,) = [
        element.attributes["href"]
        for element in Tree(response.content.decode()).elements
        if element.attributes.get("href", "").startswith(f"{ASSISTANT}?")
    ]
    return link


def test_the_ordinary_form_leads_to_the_assistant_where_bookings_are_hit(
    desk: Client, hall: Room, resident: User
) -> None:
    booked(hall, resident)
    wish = form_of(hall, TOMORROW + 8 * HOUR, TOMORROW + 24 * HOUR, reason_fi="Lattia & seinä")
    link = way_out(desk.post("/admin/rooms/closure/add/", wish))
    assert dict(parse_qsl(urlsplit(link).query)) == {
        "rooms": str(hall.pk),
        "first_day": "2026-11-25",
        "starts": "08:00",
        "last_day": "2026-11-25",
        "ends": "24:00",
        "reason_sv": "Golvet slipas",
        "reason_fi": "Lattia & seinä",
    }
    assert len(desk.get(link).context["by_room"]) == 1


def test_a_closure_is_lengthened_over_a_booking(desk: Client, hall: Room, resident: User) -> None:
    desk.post("/admin/rooms/closure/add/", form_of(hall, TOMORROW + 8 * HOUR, TOMORROW + 12 * HOUR))
    booked(hall, resident)
    closure = Closure.objects.get()
    wish = form_of(hall, TOMORROW + 8 * HOUR, TOMORROW + 20 * HOUR)
    link = way_out(desk.post(f"/admin/rooms/closure/{closure.pk}/change/", wish))
    assert desk.get(link).context["closed"] == []
    assert desk.post(link, {**sent_back(desk.get(link)), "rest": "cancel"}).status_code == 302
    assert (Closure.objects.get(), closed_hours(hall)) == (closure, [(8, 20)])


# --- Who may -----------------------------------------------------------------------------------------------------


def test_rooms_of_another_hub_are_refused(desk: Client, hall: Room, iso_omena: Hub, resident: User) -> None:
    far = cast.make_room(iso_omena, "far")
    booked(far, resident)
    response = desk.post(chosen(hall, far))
    assert response.context["form"].errors.keys() == {"rooms"}
    assert (Closure.objects.count(), resident.email in response.content.decode()) == (0, False)


def test_a_booking_is_not_moved_to_another_hub_by_forging(
    desk: Client, hall: Room, iso_omena: Hub, resident: User
) -> None:
    far, booking = cast.make_room(iso_omena, "far"), booked(hall, resident)
    address = chosen(hall)
    plan = sent_back(desk.get(address))
    span = "20261125T1200Z/20261125T1400Z"
    for forged in (
        {choice(booking): f"move/{far.pk}/{span}"},
        {choice(booking): "other", f"booking-{booking.pk}-room": str(far.pk)},
        {choice(booking): "move/x/y/z"},
        {choice(booking): f"move/{hall.pk}/{span}/more"},
    ):
        assert desk.post(address, plan | forged).status_code == 200
    assert (Closure.objects.count(), Booking.objects.get().room) == (0, hall)


def test_a_booking_elsewhere_is_not_touched_by_forging(
    desk: Client, hall: Room, studio: Room, resident: User, iso_omena: Hub
) -> None:
    far = booked(cast.make_room(iso_omena, "far"), resident)
    forged = {choice(far): "cancel", f"booking-{far.pk}-seen": "0"}
    assert desk.post(chosen(hall), forged).status_code == 302
    far.refresh_from_db()
    assert far.state == "confirmed"


def test_a_closure_of_another_hub_is_not_replaced_by_forging(desk: Client, hall: Room, iso_omena: Hub) -> None:
    far = cast.make_room(iso_omena, "far")
    span = {"starts_at": TOMORROW, "ends_at": TOMORROW + HOUR, "at": cast.TUESDAY}
    closure = verbs.close_room(room=far, reason={"sv": "x"}, actor=None, **span)
    assert desk.post(chosen(hall, closure=closure.pk)).context["form"].errors.keys() == {"closure"}
    assert Closure.objects.get() == closure


def test_only_who_edits_a_hub_has_the_assistant(
    as_resident: Client, hall: Room, kalajarvi: Hub, client: Client
) -> None:
    plain = signed_in(cast.make_user("nobody@example.com", is_staff=True))
    assert plain.get(ASSISTANT).status_code == 403
    assert plain.post(chosen(hall)).status_code == 403
    for visitor in (client, as_resident):
        assert visitor.post(chosen(hall)).status_code == 302
    assert Closure.objects.count() == 0


def test_the_last_page_shows_nothing_of_others(desk: Client, hall: Room, iso_omena: Hub, resident: User) -> None:
    booked(hall, resident)
    address = chosen(hall)
    done = desk.post(address, {**sent_back(desk.get(address)), "rest": "cancel"}).url
    assert resident.name in words_of(desk.get(done))
    other = cast.make_user("other@example.com", is_staff=True)
    iso_omena.editors.add(other)
    assert signed_in(other).get(done).status_code == 404
    for address in ("at=x&closure=1", "at=2026-11-24&closure=x", "", "at=0001-01-01T00:00&closure=99"):
        assert desk.get(f"{ASSISTANT}done/?{address}").status_code == 404


def test_the_plan_asks_the_same_number_of_questions_for_one_booking_and_for_many(
    desk: Client, hall: Room, studio: Room
) -> None:
    booked(hall, cast.make_user("first@example.com"), 8)
    desk.get(chosen(hall))
    with CaptureQueriesContext(connection) as few:
        desk.get(chosen(hall))
    for number in range(1, 5):
        booked(hall, cast.make_user(f"resident{number}@example.com"), 8 + 2 * number)
    with CaptureQueriesContext(connection) as many:
        assert len(sent_back(desk.get(chosen(hall)))) == 5 * 6
    assert len(many) == len(few)


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_the_pages_are_whole_in_each_language(
    desk: Client, hall: Room, studio: Room, resident: User, kalajarvi_editor: User, language: str
) -> None:
    User.objects.filter(pk=kalajarvi_editor.pk).update(language=language)
    booked(hall, resident)
    address = chosen(hall)
    plan = desk.get(address)
    done = desk.post(address, sent_back(plan), follow=True)
    for response in (desk.get(ASSISTANT), plan, done):
        html = response.content.decode()
        assert Tree(html).problems == []
        assert "style=" not in html
        assert "<script>" not in html
