"""The verbs: what they write, what they refuse, and that a refusal changes nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Refused,
    Taken,
    approve,
    book_room,
    cancel,
    change_booking,
    change_closure,
    close_room,
    decline,
    expire_due,
    give_back,
    hold,
    reopen_room,
)
from rooms.enums import BookerKind, BookingState, EventKind, PriceGroup, WhoMayBook
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Room, WrittenOnceError
from tests.cast import TUESDAY, helsinki, make_room

pytestmark = pytest.mark.django_db

AT = TUESDAY
WEDNESDAY_17 = helsinki(2026, 11, 25, 17)
HOUR = timedelta(hours=1)
DETAILS = BookingDetails(people=10, name="Kim", language="sv")


def book(room: Room, resident: User | None, **changes: Any) -> Booking:
    wish = {
        "room": room,
        "resident": resident,
        "actor": resident,
        "starts_at": WEDNESDAY_17,
        "ends_at": WEDNESDAY_17 + HOUR,
        "details": DETAILS,
        "at": AT,
    }
    return book_room(**{**wish, **changes})


def hold_it(room: Room, **changes: Any) -> Booking:
    wish = {"room": room, "starts_at": WEDNESDAY_17, "ends_at": WEDNESDAY_17 + HOUR, "language": "sv", "at": AT}
    return hold(**{**wish, **changes})


def test_what_became_somebody_elses_booking_is_not_given_away(
    hall: Room, resident: User, another_resident: User
) -> None:
    held = hold_it(hall)
    theirs = book(hall, another_resident, held=held)
    mine = book(hall, resident, held=held, starts_at=WEDNESDAY_17 + HOUR, ends_at=WEDNESDAY_17 + 2 * HOUR)
    assert (theirs.resident, mine.resident) == (another_resident, resident)
    assert mine.pk != theirs.pk


def kinds(booking: Booking) -> list[str]:
    return list(booking.events.values_list("kind", flat=True))


def busy(room: Room) -> list[tuple[datetime, datetime]]:
    return list(room.busy_periods.values_list("starts_at", "ends_at"))


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


@pytest.fixture
def asking_hall(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "asking", needs_approval=True)


def test_a_booking_is_confirmed_and_takes_its_room(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    assert booking.state == BookingState.CONFIRMED
    assert busy(hall) == [(WEDNESDAY_17, WEDNESDAY_17 + HOUR)]
    assert kinds(booking) == [EventKind.CONFIRMED]
    assert (booking.email, booking.people, booking.created_at) == ("resident@example.com", 10, AT)


def test_events_tell_nothing_about_the_person(hall: Room, resident: User) -> None:
    event = book(hall, resident, details=BookingDetails(people=10, name="Kim", purpose="Choir")).events.get()
    assert set(event.new) == {
        "state", "room", "starts_at", "ends_at", "expires_at", "people", "price_cents", "sequence",
    }  # fmt: skip


def test_the_second_asker_is_told_it_is_taken_and_what_else_is_free(
    hall: Room, resident: User, another_resident: User
) -> None:
    other = make_room(hall.hub, "other")
    book(hall, resident)
    with pytest.raises(Taken) as refusal:
        book(hall, another_resident, starts_at=WEDNESDAY_17 + HOUR / 2, ends_at=WEDNESDAY_17 + 1.5 * HOUR)
    assert codes(refusal) == ["taken"]
    nearest = refusal.value.alternatives[0]
    assert (nearest.room, nearest.starts_at) == (hall, WEDNESDAY_17 + HOUR)
    assert other in [alternative.room for alternative in refusal.value.alternatives]
    assert Booking.objects.count() == 1


def test_the_next_booking_may_begin_when_the_first_ends(hall: Room, resident: User, another_resident: User) -> None:
    book(hall, resident)
    book(hall, another_resident, starts_at=WEDNESDAY_17 + HOUR, ends_at=WEDNESDAY_17 + 2 * HOUR)
    assert len(busy(hall)) == 2


def test_the_gap_after_a_booking_is_taken_too(hall: Room, resident: User, another_resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(gap_minutes=30)
    hall.refresh_from_db()
    booking = book(hall, resident)
    assert (booking.gap_minutes, busy(hall)) == (30, [(WEDNESDAY_17, WEDNESDAY_17 + 1.5 * HOUR)])
    for starts_at in (WEDNESDAY_17 + HOUR, WEDNESDAY_17 - HOUR):
        with pytest.raises(Taken):
            book(hall, another_resident, starts_at=starts_at, ends_at=starts_at + HOUR)
    book(hall, another_resident, starts_at=WEDNESDAY_17 - 1.5 * HOUR, ends_at=WEDNESDAY_17 - HOUR / 2)


def test_the_gap_may_run_past_closing_time(kalajarvi: Hub, resident: User) -> None:
    room = make_room(kalajarvi, "kitchen", gap_minutes=30)
    booking = book(room, resident, starts_at=helsinki(2026, 11, 25, 19), ends_at=helsinki(2026, 11, 25, 20))
    assert booking.state == BookingState.CONFIRMED


# --- Holding ---------------------------------------------------------------------------------


def test_a_hold_takes_the_room_for_ten_minutes(hall: Room, another_resident: User) -> None:
    held = hold_it(hall)
    assert (held.state, held.resident, held.expires_at) == (BookingState.HELD, None, AT + timedelta(minutes=10))
    with pytest.raises(Taken):
        book(hall, another_resident, at=AT + timedelta(minutes=9))


def test_a_lapsed_hold_is_out_of_the_way_at_once(hall: Room, another_resident: User) -> None:
    held = hold_it(hall)
    booking = book(hall, another_resident, at=AT + timedelta(minutes=10))
    held.refresh_from_db()
    assert (held.state, kinds(held)) == (BookingState.EXPIRED, [EventKind.HELD, EventKind.EXPIRED])
    assert BusyPeriod.objects.get().booking == booking


def test_a_hold_becomes_the_booking_and_keeps_reference_and_busy_period(hall: Room, resident: User) -> None:
    held = hold_it(hall)
    before = held.busy_periods.get().pk
    booking = book(hall, resident, held=held, at=AT + timedelta(minutes=5))
    assert (booking.reference, booking.state, booking.expires_at) == (held.reference, BookingState.CONFIRMED, None)
    assert booking.busy_periods.get().pk == before
    assert kinds(booking) == [EventKind.HELD, EventKind.CONFIRMED]


@pytest.mark.parametrize("is_cleared", [False, True], ids=["not yet cleared", "cleared away"])
def test_a_lapsed_hold_still_works_while_the_time_is_free(hall: Room, resident: User, is_cleared: bool) -> None:
    held, later = hold_it(hall), AT + timedelta(minutes=30)
    if is_cleared:
        expire_due(at=later)
    assert book(hall, resident, held=held, at=later).state == BookingState.CONFIRMED
    assert BusyPeriod.objects.count() == 1


def test_a_lapsed_hold_loses_to_who_came_between(hall: Room, resident: User, another_resident: User) -> None:
    held, later = hold_it(hall), AT + timedelta(minutes=30)
    book(hall, another_resident, at=later)
    with pytest.raises(Taken):
        book(hall, resident, held=held, at=later)


def test_a_hold_made_in_time_stays_in_time_while_the_form_is_filled_in(hall: Room, resident: User) -> None:
    at = WEDNESDAY_17 - timedelta(minutes=2)
    held = hold_it(hall, at=at)
    assert book(hall, resident, held=held, at=WEDNESDAY_17 + timedelta(minutes=3)).state == BookingState.CONFIRMED


def test_a_hold_may_become_a_booking_at_another_time(hall: Room, resident: User) -> None:
    held = hold_it(hall)
    booking = book(hall, resident, held=held, starts_at=WEDNESDAY_17 + HOUR / 2)
    assert booking.reference == held.reference
    assert busy(hall) == [(WEDNESDAY_17 + HOUR / 2, WEDNESDAY_17 + HOUR)]


def test_the_same_hold_sent_twice_gives_one_booking(hall: Room, resident: User) -> None:
    held = hold_it(hall)
    assert book(hall, resident, held=held) == book(hall, resident, held=held)
    assert kinds(held) == [EventKind.HELD, EventKind.CONFIRMED]


def test_another_residents_hold_cannot_be_taken_over(hall: Room, resident: User, another_resident: User) -> None:
    held = hold_it(hall, resident=resident)
    with pytest.raises(Taken):
        book(hall, another_resident, held=held)


def test_a_new_hold_frees_the_earlier_one_of_the_session(hall: Room) -> None:
    first = hold_it(hall)
    second = hold_it(hall, starts_at=WEDNESDAY_17 + HOUR / 2, replaces=first.reference)
    first.refresh_from_db()
    assert first.state == BookingState.CANCELLED
    assert BusyPeriod.objects.get().booking == second


def test_a_refused_hold_leaves_the_earlier_one(hall: Room, resident: User) -> None:
    book(hall, resident, starts_at=WEDNESDAY_17 + HOUR, ends_at=WEDNESDAY_17 + 2 * HOUR)
    first = hold_it(hall)
    with pytest.raises(Taken):
        hold_it(hall, ends_at=WEDNESDAY_17 + 2 * HOUR, replaces=first.reference)
    first.refresh_from_db()
    assert (first.state, first.busy_periods.count()) == (BookingState.HELD, 1)


def test_a_confirmed_booking_is_not_freed_by_a_new_hold(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    hold_it(hall, starts_at=WEDNESDAY_17 + HOUR, ends_at=WEDNESDAY_17 + 2 * HOUR, replaces=booking.reference)
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


def test_a_hold_leaves_no_mail(hall: Room, resident: User) -> None:
    hold_it(hall, resident=resident)
    expire_due(at=AT + HOUR)
    assert not BookingMail.objects.exists()


# --- Asking for approval ------------------------------------------------------------------------


def test_a_room_that_asks_for_approval_gives_a_request_with_a_deadline(asking_hall: Room, resident: User) -> None:
    next_week = WEDNESDAY_17 + timedelta(days=7)
    booking = book(asking_hall, resident, starts_at=next_week, ends_at=next_week + HOUR)
    assert (booking.state, booking.expires_at) == (BookingState.REQUESTED, AT + timedelta(days=3))
    assert kinds(booking) == [EventKind.REQUESTED]


def test_a_room_for_residents_only_asks_the_staff(kalajarvi: Hub, resident: User) -> None:
    room = make_room(kalajarvi, "residents", who_may_book=WhoMayBook.RESIDENTS)
    assert book(room, resident).state == BookingState.REQUESTED


def test_the_staff_book_without_approval_and_for_somebody_at_the_desk(
    asking_hall: Room, kalajarvi_editor: User
) -> None:
    booking = book(asking_hall, None, actor=kalajarvi_editor)
    assert (booking.state, booking.resident, booking.name) == (BookingState.CONFIRMED, None, "Kim")
    assert booking.events.get().actor == kalajarvi_editor


def test_a_request_is_approved(asking_hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = approve(booking=book(asking_hall, resident), actor=kalajarvi_editor, at=AT + HOUR)
    booking.refresh_from_db()
    assert (booking.state, booking.expires_at) == (BookingState.CONFIRMED, None)
    assert kinds(booking) == [EventKind.REQUESTED, EventKind.APPROVED]
    assert len(busy(asking_hall)) == 1


def test_a_request_is_declined_with_a_reason_and_its_time_is_free(
    asking_hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    booking = decline(booking=book(asking_hall, resident), actor=kalajarvi_editor, at=AT, reason="Renovation")
    assert (booking.state, booking.reason, busy(asking_hall)) == (BookingState.DECLINED, "Renovation", [])


@pytest.mark.parametrize("verb", [decline, cancel])
def test_declining_and_cancelling_need_a_reason(
    verb: Any, asking_hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    with pytest.raises(Refused) as refusal:
        verb(booking=book(asking_hall, resident), actor=kalajarvi_editor, at=AT, reason="  ")
    assert codes(refusal) == ["reason"]


def test_a_request_beyond_its_deadline_cannot_be_approved(
    asking_hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    booking = book(asking_hall, resident)
    with pytest.raises(Refused) as refusal:
        approve(booking=booking, actor=kalajarvi_editor, at=booking.expires_at)
    assert codes(refusal) == ["not_live"]


def test_only_a_request_is_approved_or_declined(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = book(hall, resident)
    for verb in (approve, decline):
        with pytest.raises(Refused) as refusal:
            verb(booking=booking, actor=kalajarvi_editor, at=AT, reason="Because")
        assert codes(refusal) == ["not_requested"]


def test_a_request_expires_by_itself(asking_hall: Room, resident: User, another_resident: User) -> None:
    booking = book(asking_hall, resident)
    at = booking.expires_at
    assert booking.state_at(at) == BookingState.EXPIRED
    assert book(asking_hall, another_resident, at=at).state == BookingState.REQUESTED
    booking.refresh_from_db()
    assert (booking.state, kinds(booking)) == (BookingState.EXPIRED, [EventKind.REQUESTED, EventKind.EXPIRED])


def test_expire_due_expires_each_once_and_nothing_else(asking_hall: Room, hall: Room, resident: User) -> None:
    confirmed = book(hall, resident)
    held = hold_it(asking_hall, starts_at=WEDNESDAY_17 + 2 * HOUR, ends_at=WEDNESDAY_17 + 3 * HOUR)
    assert expire_due(at=AT + timedelta(minutes=9)) == 0
    assert expire_due(at=AT + timedelta(minutes=10)) == 1
    assert expire_due(at=AT + timedelta(minutes=10)) == 0
    assert BusyPeriod.objects.get().booking == confirmed
    assert kinds(held) == [EventKind.HELD, EventKind.EXPIRED]


# --- Giving back, cancelling, changing ---------------------------------------------------------------


@pytest.mark.parametrize("at", [AT, WEDNESDAY_17 + HOUR / 2], ids=["before", "while it runs"])
def test_a_booking_is_given_back_and_its_time_is_free_at_once(
    hall: Room, resident: User, another_resident: User, at: datetime
) -> None:
    booking = give_back(booking=book(hall, resident), actor=resident, at=at)
    assert (booking.state, booking.sequence, busy(hall)) == (BookingState.CANCELLED, 1, [])
    assert kinds(booking) == [EventKind.CONFIRMED, EventKind.GIVEN_BACK]
    assert book(hall, another_resident).state == BookingState.CONFIRMED


def test_what_is_over_or_given_back_is_not_given_back(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    with pytest.raises(Refused) as refusal:
        give_back(booking=booking, actor=resident, at=booking.ends_at)
    assert codes(refusal) == ["over"]
    give_back(booking=booking, actor=resident, at=AT)
    with pytest.raises(Refused) as refusal:
        give_back(booking=booking, actor=resident, at=AT)
    assert codes(refusal) == ["not_live"]


def test_the_staff_cancel_with_a_reason(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = cancel(booking=book(hall, resident), actor=kalajarvi_editor, at=AT, reason="Water damage")
    event = booking.events.last()
    assert event is not None
    assert (booking.state, event.kind, event.reason) == (BookingState.CANCELLED, EventKind.CANCELLED, "Water damage")
    assert event.old["state"] == "confirmed"
    assert busy(hall) == []


def test_a_booking_moves_to_another_time_in_one_step(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    changed = change_booking(booking=booking, actor=resident, at=AT, starts_at=WEDNESDAY_17 + HOUR / 2)
    assert (changed.sequence, changed.ends_at) == (1, WEDNESDAY_17 + HOUR)
    assert busy(hall) == [(WEDNESDAY_17 + HOUR / 2, WEDNESDAY_17 + HOUR)]
    event = changed.events.last()
    assert event is not None
    assert datetime.fromisoformat(event.old["starts_at"]) == WEDNESDAY_17


def test_a_booking_moves_to_another_room(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    other = make_room(hall.hub, "other", price_cents=1000)
    changed = change_booking(booking=book(hall, resident), actor=kalajarvi_editor, at=AT, room=other)
    assert (changed.room, changed.price_cents, busy(hall), len(busy(other))) == (other, 1000, [], 1)


def test_a_refused_change_leaves_everything(hall: Room, resident: User, another_resident: User) -> None:
    booking = book(hall, resident)
    book(hall, another_resident, starts_at=WEDNESDAY_17 + HOUR, ends_at=WEDNESDAY_17 + 2 * HOUR)
    with pytest.raises(Taken):
        change_booking(booking=booking, actor=resident, at=AT, ends_at=WEDNESDAY_17 + 2 * HOUR)
    booking.refresh_from_db()
    assert (booking.ends_at, booking.sequence, len(busy(hall))) == (WEDNESDAY_17 + HOUR, 0, 2)


def test_only_the_details_may_change_once_it_runs(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = book(hall, resident)
    changed = change_booking(
        booking=booking,
        actor=kalajarvi_editor,
        at=WEDNESDAY_17 + HOUR / 2,
        details=BookingDetails(people=12, name="Robin", language="fi"),
    )
    event = changed.events.last()
    assert event is not None
    assert (changed.people, changed.name, event.new["changed_details"]) == (12, "Robin", ["language", "name", "people"])


def test_a_change_that_changes_nothing_writes_nothing(hall: Room, resident: User) -> None:
    booking = change_booking(booking=book(hall, resident), actor=resident, at=AT)
    assert (booking.sequence, kinds(booking)) == (0, [EventKind.CONFIRMED])


@pytest.mark.parametrize(("by_staff", "state"), [(False, "requested"), (True, "confirmed")])
def test_a_residents_change_asks_for_approval_again(
    by_staff: bool, state: str, asking_hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    booking = approve(booking=book(asking_hall, resident), actor=kalajarvi_editor, at=AT)
    actor = kalajarvi_editor if by_staff else resident
    assert change_booking(booking=booking, actor=actor, at=AT, ends_at=WEDNESDAY_17 + 2 * HOUR).state == state


def test_a_cancelled_booking_is_not_changed(hall: Room, resident: User) -> None:
    booking = give_back(booking=book(hall, resident), actor=resident, at=AT)
    with pytest.raises(Refused) as refusal:
        change_booking(booking=booking, actor=resident, at=AT, ends_at=WEDNESDAY_17 + 2 * HOUR)
    assert codes(refusal) == ["not_live"]


# --- Overriding --------------------------------------------------------------------------------------


def test_the_staff_override_a_rule_with_a_reason_that_is_kept(hall: Room, kalajarvi_editor: User) -> None:
    early = {"starts_at": helsinki(2026, 11, 25, 6), "ends_at": helsinki(2026, 11, 25, 7)}
    with pytest.raises(Refused) as refusal:
        book(hall, None, actor=kalajarvi_editor, **early)
    assert codes(refusal) == ["hub_closed"]
    booking = book(hall, None, actor=kalajarvi_editor, override_reason="Election", **early)
    assert (booking.staff_note, booking.events.get().reason) == ("Election", "Election")


def test_nobody_overrides_the_overlap_or_the_capacity(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    book(hall, resident)
    with pytest.raises(Taken):
        book(hall, None, actor=kalajarvi_editor, override_reason="Election")
    with pytest.raises(Refused) as refusal:
        book(
            hall,
            None,
            actor=kalajarvi_editor,
            override_reason="Election",
            details=BookingDetails(people=41, name="Kim"),
            starts_at=WEDNESDAY_17 - HOUR,
            ends_at=WEDNESDAY_17,
        )
    assert codes(refusal) == ["capacity"]


def test_a_resident_overrides_nothing(hall: Room, resident: User) -> None:
    with pytest.raises(PermissionDenied):
        book(hall, resident, override_reason="I want to")


# --- Closing -----------------------------------------------------------------------------------------


def close(room: Room, actor: User, **changes: Any) -> Closure:
    wish = {
        "room": room,
        "actor": actor,
        "starts_at": helsinki(2026, 11, 25, 8),
        "ends_at": helsinki(2026, 11, 26, 20),
        "reason": {"sv": "Golvet slipas", "fi": "Lattia hiotaan", "en": "The floor is sanded"},
        "at": AT,
    }
    return close_room(**{**wish, **changes})


def test_a_closed_room_tells_why(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    close(hall, kalajarvi_editor)
    with pytest.raises(Refused) as refusal:
        book(hall, resident)
    assert codes(refusal) == ["closed"]
    assert "Golvet slipas" in refusal.value.reasons[0].message
    assert refusal.value.alternatives[0].starts_at == helsinki(2026, 11, 24, 19)


def test_a_room_with_bookings_is_not_closed_over_them(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = book(hall, resident)
    with pytest.raises(Taken) as refusal:
        close(hall, kalajarvi_editor)
    assert refusal.value.bookings == [booking]
    assert booking.reference in refusal.value.reasons[0].message
    assert not Closure.objects.exists()


def test_a_reopened_room_is_free_at_once(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    reopen_room(closure=close(hall, kalajarvi_editor))
    assert book(hall, resident).state == BookingState.CONFIRMED


def test_a_closure_is_shortened(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    closure = close(hall, kalajarvi_editor)
    change_closure(closure=closure, starts_at=helsinki(2026, 11, 26, 8), ends_at=helsinki(2026, 11, 26, 20), at=AT)
    assert book(hall, resident).state == BookingState.CONFIRMED


def test_a_room_is_not_closed_twice_nor_backwards_nor_without_a_reason(hall: Room, kalajarvi_editor: User) -> None:
    close(hall, kalajarvi_editor)
    for changes, code in (
        ({}, "closed"),
        ({"ends_at": helsinki(2026, 11, 25, 8)}, "ends_before_it_starts"),
        ({"reason": {"sv": " "}}, "reason"),
    ):
        with pytest.raises(Refused) as refusal:
            close(hall, kalajarvi_editor, **changes)
        assert codes(refusal) == [code]


def test_a_lapsed_hold_does_not_stop_a_closure(hall: Room, kalajarvi_editor: User) -> None:
    hold_it(hall)
    assert close(hall, kalajarvi_editor, at=AT + HOUR).busy_periods.count() == 1


# --- Whole and parts ----------------------------------------------------------------------------------


@pytest.fixture
def half(hall: Room) -> Room:
    return make_room(hall.hub, "half-a", parent=hall, capacity=15)


@pytest.fixture
def other_half(hall: Room) -> Room:
    return make_room(hall.hub, "half-b", parent=hall, capacity=15)


def test_the_whole_takes_its_parts(
    hall: Room, half: Room, other_half: Room, resident: User, another_resident: User
) -> None:
    booking = book(hall, resident)
    assert set(booking.busy_periods.values_list("room", flat=True)) == {hall.pk, half.pk, other_half.pk}
    with pytest.raises(Taken):
        book(half, another_resident)


def test_a_part_takes_the_whole_but_not_the_other_part(
    hall: Room, half: Room, other_half: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    book(half, resident)
    with pytest.raises(Taken):
        book(hall, another_resident)
    assert book(other_half, another_resident).state == BookingState.CONFIRMED
    with pytest.raises(Taken):
        close(hall, kalajarvi_editor)


def test_a_lapsed_hold_of_the_whole_is_out_of_the_way_of_a_part(hall: Room, half: Room, resident: User) -> None:
    hold_it(hall)
    assert book(half, resident, at=AT + HOUR).state == BookingState.CONFIRMED
    assert BusyPeriod.objects.get().room == half


def test_a_booking_moves_from_the_whole_to_a_part(hall: Room, half: Room, other_half: Room, resident: User) -> None:
    changed = change_booking(booking=book(hall, resident), actor=resident, at=AT, room=half)
    assert [row.room for row in changed.busy_periods.all()] == [half]


# --- Prices and events ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "by_staff", "expected"),
    [
        ({}, False, ("normal", 1500)),
        ({"booker_kind": BookerKind.ASSOCIATION, "organisation": "Choir"}, False, ("free", 0)),
        ({"price_group": PriceGroup.FREE}, False, ("normal", 1500)),
        ({"price_group": PriceGroup.REDUCED}, True, ("reduced", 750)),
        ({"booker_kind": BookerKind.CITY}, True, ("free", 0)),
    ],
    ids=["private", "association", "a resident cannot choose", "staff choose", "city"],
)
def test_the_price_follows_the_group_and_is_stored(
    fields: dict[str, Any], by_staff: bool, expected: tuple[str, int], kalajarvi: Hub, resident: User,
    kalajarvi_editor: User,
) -> None:  # fmt: skip
    room = make_room(kalajarvi, "paid", price_cents=1500, reduced_price_cents=750)
    actor = kalajarvi_editor if by_staff else resident
    booking = book(room, resident, actor=actor, details=BookingDetails(people=5, name="Kim", **fields))
    assert (booking.price_group, booking.price_cents) == expected


def test_an_event_is_never_edited_or_deleted(hall: Room, resident: User) -> None:
    event = book(hall, resident).events.get()
    for attempt in (
        event.save,
        event.delete,
        BookingEvent.objects.all().delete,
        lambda: BookingEvent.objects.update(reason="x"),
        lambda: BookingEvent.objects.bulk_update([event], ["reason"]),
    ):
        with pytest.raises(WrittenOnceError):
            attempt()
