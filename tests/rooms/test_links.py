"""Signed links: GET changes nothing, POST acts once, and what does nothing any more says why."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from accounts.models import User
from hubs.models import Hub
from rooms.booking import BookingDetails, Refused, approve, book_room, change_booking, give_back, remind_due
from rooms.enums import BookingState, EventKind
from rooms.links import ForgedError, Purpose, answer_link, check_in_link, give_back_link, read_link
from rooms.models import Booking, Room
from servicetorg import settings
from tests.cast import TUESDAY, helsinki, make_room, make_user

pytestmark = pytest.mark.django_db

STARTS_AT = helsinki(2026, 12, 2, 17)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def room(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "quick", release_minutes=15)


@pytest.fixture
def booking(room: Room, resident: User) -> Booking:
    return book(room, resident)


@pytest.fixture
def request_of(kalajarvi: Hub, resident: User, kalajarvi_editor: User) -> Booking:
    return book(make_room(kalajarvi, "asking", needs_approval=True), resident)


def book(room: Room, resident: User) -> Booking:
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + HOUR,
        details=BookingDetails(people=3, name="Kim", phone="040 123", language="en", purpose="Choir"),
        at=TUESDAY,
    )


def test_the_link_of_an_editor_whose_account_is_gone_answers_nothing(
    client: Client, request_of: Booking, kalajarvi_editor: User
) -> None:
    link = path_of(answer_link(request_of, kalajarvi_editor))
    kalajarvi_editor.delete()
    assert client.post(link, {"answer": "approve"}).status_code == 404
    request_of.refresh_from_db()
    assert request_of.state == BookingState.REQUESTED


def path_of(address: str) -> str:
    return address.removeprefix(settings.SITE_URL)


def english(address: str) -> str:
    return re.sub(r"^/(sv|fi)/", "/en/", path_of(address))


def links_in(message: Any) -> list[str]:
    return [path_of(address) for address in re.findall(r"https?://\S+", str(message.body))]


def as_it_is(booking: Booking) -> tuple[Any, ...]:
    fresh = Booking.objects.get(pk=booking.pk)
    return fresh.state, fresh.sequence, fresh.checked_in_at, fresh.expires_at, fresh.events.count()


@pytest.mark.parametrize("link", [give_back_link, check_in_link], ids=["give back", "check in"])
def test_following_a_link_changes_nothing(page: Any, client: Client, clock: Any, booking: Booking, link: Any) -> None:
    clock.move_to(STARTS_AT)
    before = as_it_is(booking)
    for _ in range(3):
        page(english(link(booking)))
        client.head(english(link(booking)))
    assert as_it_is(booking) == before


def test_one_gives_back_without_signing_in_and_once(page: Any, client: Client, booking: Booking) -> None:
    address = english(give_back_link(booking))
    assert "Give the time back?" in page(address).text
    response = client.post(address)
    booking.refresh_from_db()
    assert (booking.state, booking.events.last().actor) == (BookingState.CANCELLED, booking.resident)
    assert "free for others again" in page(response["Location"]).text
    count = booking.events.count()
    assert client.post(address).status_code == 410
    assert "The booking is cancelled" in page(address, status=410).text
    assert booking.events.count() == count


def test_the_reminder_carries_the_link(page: Any, booking: Booking) -> None:
    remind_due(at=STARTS_AT - HOUR, hours=48)
    addresses = links_in(mail.outbox[-1])
    assert all(address.startswith("/en/") for address in addresses)
    give_back_address = next(address for address in addresses if "/links/give-back/" in address)
    assert booking.reference in page(give_back_address).text


def test_an_old_link_says_so(page: Any, clock: Any, booking: Booking) -> None:
    address = english(give_back_link(booking))
    clock.move_to(STARTS_AT + 2 * HOUR)
    assert "nobody" in page(address, status=410).text.lower()


def test_a_link_older_than_its_moved_booking_leads_to_my_bookings(
    page: Any, client: Client, clock: Any, booking: Booking, resident: User
) -> None:
    address = english(give_back_link(booking))
    day = timedelta(days=1)
    change_booking(
        booking=booking, actor=resident, at=TUESDAY, starts_at=STARTS_AT + day, ends_at=STARTS_AT + HOUR + day
    )
    clock.move_to(STARTS_AT + 2 * HOUR)
    assert "too old" in page(address, status=410).text
    assert client.post(address).status_code == 410


@pytest.mark.parametrize("damage", ["x", ":x", "/../"], ids=["longer", "another signature", "a path"])
def test_a_forged_link_is_not_found(client: Client, booking: Booking, damage: str) -> None:
    address = english(give_back_link(booking)).rstrip("/")
    assert client.get(f"{address}{damage}/").status_code == 404


def test_a_link_serves_one_purpose(booking: Booking) -> None:
    token = give_back_link(booking).rstrip("/").rpartition("/")[2]
    assert read_link(Purpose.GIVE_BACK, token).booking == booking
    for other in (Purpose.CHECK_IN, Purpose.ANSWER):
        with pytest.raises(ForgedError):
            read_link(other, token)


def test_a_forged_link_explains_itself(page: Any) -> None:
    assert "This link is not complete" in page("/en/links/give-back/abc/", status=404).text


def test_the_log_keeps_no_link(client: Client, booking: Booking, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="servicetorg.requests"):
        client.get(english(give_back_link(booking)))
    assert [record.path for record in caplog.records if hasattr(record, "path")] == ["/en/links/give-back/<token>/"]


def test_one_checks_in_by_link(page: Any, client: Client, clock: Any, booking: Booking) -> None:
    address = english(check_in_link(booking))
    assert client.post(address).status_code == 409
    assert "too early to check in" in client.post(address).text
    assert "I am here" not in page(address).text
    clock.move_to(STARTS_AT - QUARTER)
    assert client.post(address).status_code == 302
    assert "You have checked in" in page(address).text
    booking.refresh_from_db()
    assert booking.checked_in_at == STARTS_AT - QUARTER


def test_the_confirmation_of_a_room_that_is_released_carries_a_link_to_check_in(booking: Booking) -> None:
    assert "from 16:45" in str(mail.outbox[0].body)
    assert any("/links/check-in/" in address for address in links_in(mail.outbox[0]))


# --- The staff answer ------------------------------------------------------------------------------


def test_each_editor_gets_a_mail_in_their_language_without_who_asks(
    kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    finnish = make_user("toinen@example.com", is_staff=True, language="fi")
    kalajarvi.editors.add(finnish)
    book(make_room(kalajarvi, "asking", needs_approval=True), resident)
    to_staff = {message.to[0]: message for message in mail.outbox if message.to != [resident.email]}
    assert set(to_staff) == {"editor@example.com", "toinen@example.com"}
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 3
    assert to_staff["toinen@example.com"].extra_headers["Content-Language"] == "fi"
    assert links_in(to_staff["toinen@example.com"])[0].startswith("/fi/links/answer/")
    for message in to_staff.values():
        for secret in ("Kim", "040 123", resident.email, "Choir"):
            assert secret not in str(message.body)


def test_a_hub_without_editors_gets_the_mail_at_its_own_address_without_a_signed_link(
    kalajarvi: Hub, resident: User
) -> None:
    Hub.objects.filter(pk=kalajarvi.pk).update(email="hub@example.com")
    kalajarvi.refresh_from_db()
    booking = book(make_room(kalajarvi, "asking", needs_approval=True), resident)
    message = next(message for message in mail.outbox if message.to == ["hub@example.com"])
    assert links_in(message) == [f"/admin/rooms/booking/{booking.pk}/change/"]


def test_an_editor_approves_by_link_and_is_named(
    page: Any, client: Client, request_of: Booking, kalajarvi_editor: User
) -> None:
    address = english(answer_link(request_of, kalajarvi_editor))
    before = as_it_is(request_of)
    shown = page(address).text
    assert "Choir" in shown
    assert "Kim" not in shown
    assert "040 123" not in shown
    assert as_it_is(request_of) == before
    response = client.post(address, {"answer": "approve", "reason": ""})
    request_of.refresh_from_db()
    event = request_of.events.last()
    assert (request_of.state, event.kind, event.actor) == ("confirmed", EventKind.APPROVED, kalajarvi_editor)
    assert "The request is approved" in page(response["Location"]).text
    assert client.post(address, {"answer": "decline", "reason": "No"}).status_code == 410
    assert "The booking is confirmed" in page(address, status=410).text


def test_declining_by_link_needs_a_reason(client: Client, request_of: Booking, kalajarvi_editor: User) -> None:
    address = english(answer_link(request_of, kalajarvi_editor))
    refused = client.post(address, {"answer": "decline", "reason": " "})
    assert "Give a reason that the resident can read." in refused.text
    assert client.post(address, {"answer": "perhaps"}).text.count("Choose whether you approve or decline.")
    client.post(address, {"answer": "decline", "reason": "Renovation"})
    request_of.refresh_from_db()
    assert (request_of.state, request_of.reason) == (BookingState.DECLINED, "Renovation")


def test_every_editors_link_dies_when_one_has_answered(
    client: Client, kalajarvi: Hub, request_of: Booking, kalajarvi_editor: User
) -> None:
    other = make_user("other@example.com", is_staff=True)
    kalajarvi.editors.add(other)
    address = english(answer_link(request_of, other))
    approve(booking=request_of, actor=kalajarvi_editor, at=TUESDAY)
    assert client.post(address, {"answer": "decline", "reason": "x"}).status_code == 410
    request_of.refresh_from_db()
    assert request_of.state == BookingState.CONFIRMED


def test_a_changed_request_needs_its_new_link(
    page: Any, client: Client, request_of: Booking, resident: User, kalajarvi_editor: User
) -> None:
    old = english(answer_link(request_of, kalajarvi_editor))
    mail.outbox.clear()
    change_booking(booking=request_of, actor=resident, at=TUESDAY, ends_at=STARTS_AT + 2 * HOUR)
    assert "A newer mail has a new link" in page(old, status=410).text
    message = next(message for message in mail.outbox if message.to == [kalajarvi_editor.email])
    assert client.get(links_in(message)[0]).status_code == 200


def test_an_answer_beats_no_change_that_came_between(
    request_of: Booking, resident: User, kalajarvi_editor: User
) -> None:
    seen = request_of.sequence
    change_booking(booking=request_of, actor=resident, at=TUESDAY, ends_at=STARTS_AT + 2 * HOUR)
    with pytest.raises(Refused):
        approve(booking=request_of, actor=kalajarvi_editor, at=TUESDAY, sequence=seen)


def test_who_is_no_editor_any_more_cannot_answer(
    client: Client, kalajarvi: Hub, request_of: Booking, kalajarvi_editor: User
) -> None:
    address = english(answer_link(request_of, kalajarvi_editor))
    kalajarvi.editors.remove(kalajarvi_editor)
    assert client.post(address, {"answer": "approve"}).status_code == 404


def test_a_link_to_a_request_that_was_given_back_says_so(
    page: Any, request_of: Booking, resident: User, kalajarvi_editor: User
) -> None:
    address = english(answer_link(request_of, kalajarvi_editor))
    give_back(booking=request_of, actor=resident, at=TUESDAY)
    assert "The booking is cancelled" in page(address, status=410).text


# --- At the door ------------------------------------------------------------------------------------

DOOR = "/en/rooms/kalajarvi/quick/check-in/"


def test_a_signed_in_resident_checks_in_at_the_door(
    as_resident: Client, clock: Any, booking: Booking, resident: User
) -> None:
    clock.move_to(STARTS_AT)
    assert "I am here" in as_resident.get(DOOR).text
    assert as_resident.post(DOOR)["Location"] == DOOR
    assert "is yours until 18:00" in as_resident.get(DOOR).text
    booking.refresh_from_db()
    assert (booking.checked_in_at, booking.events.last().actor) == (STARTS_AT, resident)


def test_anybody_of_the_party_checks_in_with_the_number(
    page: Any, client: Client, clock: Any, booking: Booking
) -> None:
    clock.move_to(STARTS_AT)
    assert "sign in" in page(DOOR).text
    typed = f" {booking.reference[:5].lower()}-{booking.reference[5:]} "
    assert client.post(DOOR, {"reference": typed}).status_code == 302
    assert "You have checked in" in page(DOOR).text
    booking.refresh_from_db()
    assert (booking.checked_in_at, booking.events.last().actor) == (STARTS_AT, None)


@pytest.mark.parametrize("typed", ["", "ABCDEFGHJK", "x" * 50, "\0", "😀"])
def test_a_wrong_number_says_what_to_do(client: Client, booking: Booking, typed: str) -> None:
    response = client.post(DOOR, {"reference": typed})
    assert response.status_code == 400
    assert "error-summary" in response.text


def test_too_early_says_from_when(client: Client, booking: Booking) -> None:
    response = client.post(DOOR, {"reference": booking.reference})
    assert (response.status_code, "too early to check in" in response.text) == (409, True)


def test_a_number_of_another_room_is_unknown_here(client: Client, hall: Room, resident: User, clock: Any) -> None:
    make_room(hall.hub, "quick")
    other = book(hall, resident)
    clock.move_to(STARTS_AT)
    assert client.post(DOOR, {"reference": other.reference}).status_code == 400


def test_the_door_of_a_part_takes_the_number_of_the_whole(
    client: Client, kalajarvi: Hub, resident: User, clock: Any
) -> None:
    whole = make_room(kalajarvi, "whole")
    make_room(kalajarvi, "quick", parent=whole)
    booking = book(whole, resident)
    clock.move_to(STARTS_AT)
    assert client.post(DOOR, {"reference": booking.reference}).status_code == 302


def test_one_checks_in_from_the_page_of_the_booking(
    as_resident: Client, as_another_resident: Client, clock: Any, booking: Booking
) -> None:
    address = f"/en/bookings/{booking.reference}/"
    assert "I am here" not in as_resident.get(address).text
    clock.move_to(STARTS_AT - QUARTER)
    assert "I am here" in as_resident.get(address).text
    assert as_resident.get(f"{address}check-in/").status_code == 405
    assert as_another_resident.post(f"{address}check-in/").status_code == 404
    as_resident.post(f"{address}check-in/")
    assert "The room is yours until 18:00" in as_resident.get(address).text


def test_the_staff_check_in_in_the_admin(
    as_kalajarvi_editor: Client, kalajarvi_editor: User, clock: Any, booking: Booking
) -> None:
    change, answer = (f"/admin/rooms/booking/{booking.pk}/{page}/" for page in ("change", "check_in"))
    assert answer not in as_kalajarvi_editor.get(change).text
    clock.move_to(STARTS_AT)
    assert answer in as_kalajarvi_editor.get(change).text
    as_kalajarvi_editor.post(answer, {"reason": ""})
    booking.refresh_from_db()
    assert (booking.checked_in_at, booking.events.last().actor) == (STARTS_AT, kalajarvi_editor)
