"""Closing rooms with bookings in them: what is hit, where it could go, and one step that does it all."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Cancel,
    Closing,
    Hit,
    Move,
    PlanRefused,
    Refused,
    SeriesChoice,
    book_room,
    book_series,
    change_booking,
    change_closure,
    check_in,
    close_room,
    close_rooms,
    finish_due,
    give_back,
    hold,
    plan_closure,
    reopen_room,
    start_watch,
)
from rooms.closure_plan import closures_within
from rooms.enums import BookerKind, BookingState, EventKind, PriceGroup
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Closure, Equipment, FreedTime, Room
from tests.cast import TUESDAY, helsinki, make_hub, make_room, make_user

pytestmark = pytest.mark.django_db

AT = TUESDAY
WEDNESDAY = helsinki(2026, 11, 25)
HOUR = timedelta(hours=1)
DAY = (WEDNESDAY + 8 * HOUR, WEDNESDAY + 20 * HOUR)
REASON = {"sv": "Golvet slipas", "fi": "Lattia hiotaan", "en": ""}


def book(room: Room, resident: User | None, hour: float = 17, hours: float = 1, **changes: Any) -> Booking:
    starts_at = WEDNESDAY + hour * HOUR
    details = {"people": 10, "name": "Kim", "email": "desk@example.com", "language": "sv"}
    if resident is not None:
        details |= {"email": resident.email, "language": resident.language}
    wish = {
        "room": room,
        "resident": resident,
        "actor": resident,
        "starts_at": starts_at,
        "ends_at": starts_at + hours * HOUR,
        "at": AT,
        **changes,
    }
    return book_room(details=BookingDetails(**{**details, **wish.pop("details", {})}), **wish)


def close(rooms: list[Room], actor: User, decisions: dict[Booking, Any] | None = None, **changes: Any) -> Closing:
    wish = {"starts_at": DAY[0], "ends_at": DAY[1], "reason": REASON, "at": AT}
    by_key = {booking.pk: decision for booking, decision in (decisions or {}).items()}
    return close_rooms(rooms=rooms, actor=actor, decisions=by_key, **{**wish, **changes})


def plan(*rooms: Room, span: tuple[datetime, datetime] = DAY, at: datetime = AT, **more: Any) -> list[Hit]:
    return plan_closure(rooms, *span, at=at, **more)


def hours_of(booking: Booking) -> tuple[str, datetime, datetime]:
    booking.refresh_from_db()
    return booking.room.slug, booking.starts_at, booking.ends_at


def move(booking: Booking, room: Room, hours_later: float = 0) -> Move:
    later = hours_later * HOUR
    return Move(room=room, starts_at=booking.starts_at + later, ends_at=booking.ends_at + later)


def closed_hours(room: Room) -> list[tuple[float, float]]:
    rows = BusyPeriod.objects.filter(room=room, booking=None).order_by("starts_at")
    return [((row.starts_at - WEDNESDAY) / HOUR, (row.ends_at - WEDNESDAY) / HOUR) for row in rows]


@pytest.fixture
def studio(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "studio", capacity=12)


@pytest.fixture
def half(hall: Room) -> Room:
    return make_room(hall.hub, "half-a", parent=hall, capacity=15)


@pytest.fixture
def other_half(hall: Room) -> Room:
    return make_room(hall.hub, "half-b", parent=hall, capacity=15)


@pytest.fixture
def many(db: None) -> list[User]:
    return [make_user(f"resident{number}@example.com") for number in range(6)]


# --- What is hit ---------------------------------------------------------------------------------------


def test_a_plan_names_what_is_booked_asked_for_and_just_being_booked(
    kalajarvi: Hub, hall: Room, resident: User, another_resident: User
) -> None:
    asking = make_room(kalajarvi, "asking", needs_approval=True)
    booked, requested = book(hall, resident), book(asking, another_resident, 10)
    held = hold(room=hall, starts_at=DAY[0], ends_at=DAY[0] + HOUR, language="sv", at=AT)
    assert {hit.booking for hit in plan(hall, asking)} == {booked, requested, held}
    assert {hit.booking: hit.alternatives for hit in plan(hall, asking)}[held] == ()


def test_what_only_touches_the_span_is_not_hit(hall: Room, resident: User, another_resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(gap_minutes=30)
    hall.refresh_from_db()
    book(hall, resident, 9)
    book(hall, another_resident, 12)
    assert plan(hall, span=(WEDNESDAY + 10 * HOUR, WEDNESDAY + 12 * HOUR)) == []


def test_what_has_lapsed_or_been_given_back_is_not_hit(hall: Room, resident: User) -> None:
    hold(room=hall, starts_at=DAY[0], ends_at=DAY[0] + HOUR, language="sv", at=AT)
    give_back(booking=book(hall, resident), actor=resident, at=AT)
    assert plan(hall, at=AT + HOUR) == []


def test_a_part_is_hit_with_its_whole_and_the_whole_with_a_part(
    hall: Room, half: Room, other_half: Room, resident: User, another_resident: User
) -> None:
    of_a_part, of_the_whole = book(half, resident, 9), book(hall, another_resident, 12)
    assert [hit.booking for hit in plan(hall)] == [of_a_part, of_the_whole]
    assert [hit.booking for hit in plan(half)] == [of_a_part, of_the_whole]
    assert [hit.booking for hit in plan(other_half)] == [of_the_whole]


def test_a_plan_tells_what_is_closed_already(hall: Room, half: Room, kalajarvi_editor: User) -> None:
    closure = close_room(room=half, starts_at=DAY[0], ends_at=DAY[1], reason=REASON, actor=kalajarvi_editor, at=AT)
    assert closures_within([hall], *DAY) == [closure]
    assert closures_within([hall], DAY[1], DAY[1] + HOUR) == []


def test_a_plan_asks_the_same_number_of_questions_for_one_hit_and_for_many(
    hall: Room, studio: Room, many: list[User]
) -> None:
    make_room(hall.hub, "free-0")
    book(hall, many[0], 8)
    with CaptureQueriesContext(connection) as few:
        assert len(plan(hall, studio)) == 1
    for number, resident in enumerate(many[1:], start=1):
        book(hall, resident, 8 + number)
        book(make_room(hall.hub, f"free-{number}"), make_user(f"more{number}@example.com"))
    with CaptureQueriesContext(connection) as lots:
        assert len(plan(hall, studio)) == 6
    assert len(lots) == len(few)


# --- Where it could go ---------------------------------------------------------------------------------


def suggested(hit: Hit) -> list[str]:
    return [one.room.slug for one in hit.alternatives if one.starts_at == hit.booking.starts_at]


def test_another_room_of_the_house_comes_before_another_house_and_another_time(
    hall: Room, studio: Room, iso_omena: Hub, resident: User
) -> None:
    make_room(iso_omena, "far", capacity=40)
    make_room(hall.hub, "cupboard", capacity=9)
    book(hall, resident)
    (hit,) = plan(hall)
    assert suggested(hit) == ["studio", "far"]
    assert hit.best == hit.alternatives[0]
    later = [one for one in hit.alternatives if one.room == hall]
    assert [one.starts_at for one in later] == [helsinki(2026, 11, 26, 8), helsinki(2026, 11, 26, 9)]


def test_a_move_to_another_house_is_offered_but_not_chosen(hall: Room, iso_omena: Hub, resident: User) -> None:
    make_room(iso_omena, "far")
    book(hall, resident)
    (hit,) = plan(hall)
    assert (suggested(hit), hit.best) == (["far"], None)


def test_the_room_that_lacks_nothing_comes_first(hall: Room, resident: User) -> None:
    piano = Equipment.objects.create(slug="piano", name_sv="piano", name_fi="piano", name_en="piano")
    hall.equipment.add(piano)
    make_room(hall.hub, "without", capacity=10)
    make_room(hall.hub, "with", capacity=30).equipment.add(piano)
    book(hall, resident)
    (hit,) = plan(hall)
    assert suggested(hit) == ["with", "without"]
    assert "piano" in hit.alternatives[1].reason


def test_no_two_suggestions_are_in_each_others_way(hall: Room, studio: Room, many: list[User]) -> None:
    """A part and its whole are in each other's way, and so is the time kept free afterwards."""
    other = make_room(hall.hub, "other", capacity=40, gap_minutes=30)
    part = make_room(hall.hub, "other-a", capacity=20, parent=other)
    closing = [hall, make_room(hall.hub, "group"), make_room(hall.hub, "work")]
    for number, resident in enumerate(many):
        book(closing[number % 3], resident, 10 + number // 3)
    wanted = [one for hit in plan(*closing) for one in hit.alternatives]
    assert len(wanted) > len(many)
    for number, one in enumerate(wanted):
        for two in wanted[number + 1 :]:
            is_same = one.room == two.room or {one.room, two.room} == {other, part}
            gaps = [timedelta(minutes=each.room.gap_minutes) for each in (one, two)]
            is_apart = one.ends_at + gaps[0] <= two.starts_at or two.ends_at + gaps[1] <= one.starts_at
            assert not is_same or is_apart, (one, two)


def test_other_days_for_a_whole_and_for_its_parts_are_not_in_each_others_way(
    hall: Room, half: Room, other_half: Room, many: list[User]
) -> None:
    for number, (room, hour) in enumerate([(hall, 10), (half, 13), (other_half, 13), (hall, 16), (half, 19)]):
        book(room, many[number], hour, details={"people": 5})
    wanted = [one for hit in plan(hall) for one in hit.alternatives]
    assert {one.room for one in wanted} == {hall, half, other_half}
    for number, one in enumerate(wanted):
        for two in wanted[number + 1 :]:
            is_same = hall in (one.room, two.room) or one.room == two.room
            assert not is_same or one.ends_at <= two.starts_at or two.ends_at <= one.starts_at, (one, two)


def test_everybody_gets_a_suggestion_before_anybody_gets_two(hall: Room, studio: Room, many: list[User]) -> None:
    make_room(hall.hub, "other", capacity=40)
    group = make_room(hall.hub, "group")
    book(hall, many[0], details={"people": 30})
    book(group, many[1], details={"people": 5})
    assert sorted(suggested(hit) for hit in plan(hall, group)) == [["other"], ["studio"]]


def test_nobody_is_suggested_a_time_at_which_they_are_elsewhere(hall: Room, studio: Room, resident: User) -> None:
    book(hall, resident)
    book(studio, resident, 19 - 24)
    (hit,) = plan(hall)
    assert helsinki(2026, 11, 24, 19) not in [one.starts_at for one in hit.alternatives]


def test_nothing_is_suggested_within_what_closes(
    hall: Room, half: Room, other_half: Room, resident: User, kalajarvi: Hub
) -> None:
    book(half, resident)
    assert [suggested(hit) for hit in plan(half)] == [["half-b"]]
    assert [suggested(hit) for hit in plan(hall)] == [[]]
    assert all(not DAY[0] < one.ends_at <= DAY[1] for hit in plan(hall) for one in hit.alternatives)


def test_rooms_that_do_not_suit_the_booking_are_not_suggested(hall: Room, resident: User) -> None:
    make_room(hall.hub, "purpose", is_purpose_required=True)
    make_room(hall.hub, "clubs", who_may_book="associations")
    make_room(hall.hub, "staff", channel="staff")
    make_room(hall.hub, "hidden", is_published=False)
    book(hall, resident)
    assert [suggested(hit) for hit in plan(hall)] == [[]]


def test_the_rooms_that_may_be_suggested_can_be_named(hall: Room, studio: Room, resident: User) -> None:
    book(hall, resident)
    assert [suggested(hit) for hit in plan(hall, among=Room.objects.exclude(pk=studio.pk))] == [[]]


# --- One step ------------------------------------------------------------------------------------------


def test_one_step_moves_cancels_closes_and_tells_everybody(
    hall: Room, studio: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    first, second = book(hall, resident), book(hall, another_resident, 10)
    mail.outbox.clear()

    done = close([hall], kalajarvi_editor, {first: move(first, studio), second: Cancel()})

    assert ([*done.moved], [*done.cancelled]) == ([first], [second])
    assert hours_of(first) == ("studio", WEDNESDAY + 17 * HOUR, WEDNESDAY + 18 * HOUR)
    second.refresh_from_db()
    assert (first.state, second.state, second.reason) == ("confirmed", "cancelled", "Lattia hiotaan")
    (closure,) = done.closures
    assert (closure.room, closure.made_by, closed_hours(hall)) == (hall, kalajarvi_editor, [(8, 20)])
    assert [row.room for row in BusyPeriod.objects.filter(booking=first)] == [studio]
    events = BookingEvent.objects.filter(kind__in=[EventKind.CHANGED, EventKind.CANCELLED])
    assert {(event.booking, event.actor, event.reason) for event in events} == {
        (first, kalajarvi_editor, "Golvet slipas"),
        (second, kalajarvi_editor, "Lattia hiotaan"),
    }
    told = {message.to[0]: str(message.body) for message in mail.outbox}
    assert (len(mail.outbox), told.keys()) == (2, {"resident@example.com", "another@example.com"})
    assert ("Golvet slipas" in told["resident@example.com"], "Lattia hiotaan" in told["another@example.com"]) == (1, 1)


def test_the_mail_about_a_move_tells_why_and_what_was(
    hall: Room, studio: Room, resident: User, kalajarvi_editor: User
) -> None:
    User.objects.filter(pk=resident.pk).update(language="en")
    resident.refresh_from_db()
    booking = book(hall, resident)
    Room.objects.filter(pk=studio.pk).update(name_en="Studio")
    mail.outbox.clear()
    close([hall], kalajarvi_editor, {booking: move(booking, studio, hours_later=1)})
    (message,) = mail.outbox
    assert message.subject == "Moved: Studio, Wednesday 25 November 2026"
    body = str(message.body)
    assert "Hall is closed at that time, so we have had to move your booking." in body
    assert "The reason: Lattia hiotaan" in body  # English is missing; a page in English would show Finnish
    assert "You now have Studio at Kalajärvi Service Centre on Wednesday 25 November 2026 18:00–19:00." in body
    assert "The earlier time was Wednesday 25 November 2026 17:00–18:00." in body
    (calendar,) = [part for part in message.attachments if "calendar" in str(part)]
    assert "METHOD:REQUEST" in calendar.get_payload(decode=True).decode()


def test_an_exception_of_the_staff_is_not_told_in_the_mail(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = book(hall, resident)
    why = {"actor": kalajarvi_editor, "override_reason": "only for us"}
    change_booking(booking=booking, at=AT, ends_at=WEDNESDAY + 22 * HOUR, **why)
    assert "only for us" not in str(mail.outbox[-1].body)


def test_a_request_stays_one_and_a_confirmed_booking_asks_for_no_approval(
    kalajarvi: Hub, hall: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    asking = make_room(kalajarvi, "asking", needs_approval=True)
    booked, requested = book(hall, resident, 9), book(asking, another_resident, 10)
    studio = make_room(kalajarvi, "studio", needs_approval=True)
    close([hall, asking], kalajarvi_editor, {booked: move(booked, studio), requested: move(requested, studio)})
    booked.refresh_from_db()
    requested.refresh_from_db()
    assert (booked.state, booked.expires_at, requested.state) == ("confirmed", None, "requested")
    assert requested.expires_at is not None


def test_a_move_sets_rules_aside_but_costs_no_more(
    hall: Room, studio: Room, resident: User, kalajarvi_editor: User
) -> None:
    Room.objects.filter(pk=hall.pk).update(price_cents=1000)
    Room.objects.filter(pk=studio.pk).update(price_cents=5000, longest_minutes=30, grid_minutes=60)
    booking = book(Room.objects.get(pk=hall.pk), resident)
    close([hall], kalajarvi_editor, {booking: move(booking, studio, hours_later=4.5)})
    booking.refresh_from_db()
    assert (booking.price_cents, booking.price_group) == (1000, PriceGroup.NORMAL)
    assert booking.starts_at == helsinki(2026, 11, 25, 21, 30)


def test_what_has_begun_goes_on_in_another_room(
    hall: Room, studio: Room, resident: User, kalajarvi_editor: User
) -> None:
    Room.objects.update(release_minutes=15)
    booking = book(Room.objects.get(pk=hall.pk), resident, 17, 3)
    check_in(booking=booking, actor=resident, at=WEDNESDAY + 17.1 * HOUR)
    now = WEDNESDAY + 18.6 * HOUR
    (hit,) = plan(hall, at=now)
    assert [one.room for one in hit.alternatives] == [studio]
    close([hall], kalajarvi_editor, {booking: move(booking, studio)}, at=now)
    booking.refresh_from_db()
    assert (booking.room, booking.state_at(now + HOUR / 2)) == (studio, BookingState.CONFIRMED)
    assert booking.checked_in_at is not None


def test_who_has_checked_in_to_a_time_that_is_moved_checks_in_anew(
    hall: Room, studio: Room, resident: User, kalajarvi_editor: User
) -> None:
    Room.objects.update(release_minutes=15)
    booking = book(Room.objects.get(pk=hall.pk), resident)
    now = WEDNESDAY + 16.9 * HOUR
    check_in(booking=booking, actor=resident, at=now)
    close([hall], kalajarvi_editor, {booking: move(booking, studio, hours_later=1)}, at=now)
    booking.refresh_from_db()
    assert (booking.checked_in_at, booking.expires_at) == (None, WEDNESDAY + 18.25 * HOUR)


def test_a_room_and_a_part_of_it_are_closed_once_whichever_was_made_first(
    kalajarvi: Hub, kalajarvi_editor: User
) -> None:
    part, whole = make_room(kalajarvi, "part"), make_room(kalajarvi, "whole")
    Room.objects.filter(pk=part.pk).update(parent=whole)
    closures = close([Room.objects.get(pk=part.pk), whole], kalajarvi_editor).closures
    assert [closure.room for closure in closures] == [whole]
    assert [closed_hours(room) for room in (whole, part)] == [[(8, 20)]] * 2


def test_a_time_that_is_only_held_ends_without_a_mail(hall: Room, kalajarvi_editor: User) -> None:
    held = hold(room=hall, starts_at=DAY[0], ends_at=DAY[0] + HOUR, language="sv", at=AT)
    done = close([hall], kalajarvi_editor)
    held.refresh_from_db()
    assert ([*done.ended], held.state, BookingMail.objects.count()) == ([held], "cancelled", 0)
    assert closed_hours(hall) == [(8, 20)]


def test_two_bookings_change_places(hall: Room, resident: User, another_resident: User, kalajarvi_editor: User) -> None:
    """Both leave their time before either takes the other's, which lies before the closure."""
    early, late = book(hall, resident, 7 + 1, 4), book(hall, another_resident, 12, 2)
    close(
        [hall],
        kalajarvi_editor,
        {
            early: Move(room=hall, starts_at=WEDNESDAY + 14 * HOUR, ends_at=WEDNESDAY + 15 * HOUR),
            late: Move(room=hall, starts_at=WEDNESDAY + 9 * HOUR, ends_at=WEDNESDAY + 11 * HOUR),
        },
        starts_at=WEDNESDAY + 11 * HOUR,
        ends_at=WEDNESDAY + 14 * HOUR,
    )
    assert (hours_of(early)[1], hours_of(late)[1]) == (WEDNESDAY + 14 * HOUR, WEDNESDAY + 9 * HOUR)


def test_a_part_closes_and_a_booking_of_the_whole_moves(
    hall: Room, half: Room, other_half: Room, resident: User, kalajarvi_editor: User
) -> None:
    booking = book(hall, resident)
    close([half], kalajarvi_editor, {booking: move(booking, other_half)})
    assert [row.room for row in BusyPeriod.objects.filter(booking=booking)] == [other_half]
    assert (closed_hours(half), closed_hours(other_half), closed_hours(hall)) == ([(8, 20)], [], [])


def test_a_whole_closes_with_its_parts_once(hall: Room, half: Room, other_half: Room, kalajarvi_editor: User) -> None:
    done = close([half, hall, other_half], kalajarvi_editor)
    assert [closure.room for closure in done.closures] == [hall]
    assert [closed_hours(room) for room in (hall, half, other_half)] == [[(8, 20)]] * 3


def test_the_time_kept_free_after_a_booking_ends_where_the_room_closes(
    hall: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    Room.objects.filter(pk=hall.pk).update(gap_minutes=30)
    before, after = book(Room.objects.get(pk=hall.pk), resident, 9), book(hall, another_resident, 12)
    close([hall], kalajarvi_editor, starts_at=WEDNESDAY + 10.25 * HOUR, ends_at=WEDNESDAY + 12 * HOUR)
    before.refresh_from_db()
    assert (before.gap_minutes, before.busy_periods.get().ends_at) == (15, WEDNESDAY + 10.25 * HOUR)
    assert closed_hours(hall) == [(10.25, 12)]
    assert after.busy_periods.get().starts_at == WEDNESDAY + 12 * HOUR


def test_a_room_closes_for_a_day_that_has_been_used_in_part(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = book(hall, resident, 9)
    finish_due(at=WEDNESDAY + 12 * HOUR)
    close([hall], kalajarvi_editor, at=WEDNESDAY + 12 * HOUR)
    booking.refresh_from_db()
    assert (booking.state, closed_hours(hall)) == ("used", [(8, 9), (10, 20)])


# --- What is closed already ----------------------------------------------------------------------------


def test_what_is_closed_already_stays_as_it_is(
    hall: Room, half: Room, other_half: Room, kalajarvi_editor: User
) -> None:
    closing = {"reason": {"sv": "Vattenskada"}, "actor": kalajarvi_editor, "at": AT}
    earlier = close_room(room=half, starts_at=WEDNESDAY + 10 * HOUR, ends_at=WEDNESDAY + 12 * HOUR, **closing)
    (later,) = close([hall], kalajarvi_editor).closures
    assert closed_hours(half) == [(8, 10), (10, 12), (12, 20)]
    assert earlier.busy_periods.count() == 1
    reopen_room(closure=earlier)
    assert closed_hours(half) == [(8, 10), (10, 12), (12, 20)]
    assert set(BusyPeriod.objects.values_list("closure", flat=True)) == {later.pk}


def test_a_shortened_closure_leaves_closed_what_another_keeps_closed(hall: Room, kalajarvi_editor: User) -> None:
    closing = {"reason": REASON, "actor": kalajarvi_editor, "at": AT}
    earlier = close_room(room=hall, starts_at=WEDNESDAY + 10 * HOUR, ends_at=WEDNESDAY + 14 * HOUR, **closing)
    close([hall], kalajarvi_editor)
    change_closure(closure=earlier, starts_at=earlier.starts_at, ends_at=WEDNESDAY + 12 * HOUR, at=AT)
    assert closed_hours(hall) == [(8, 10), (10, 12), (12, 14), (14, 20)]
    reopen_room(closure=Closure.objects.exclude(pk=earlier.pk).get())
    assert closed_hours(hall) == [(10, 12)]


def test_a_room_that_is_closed_all_that_time_is_not_closed_again(
    hall: Room, studio: Room, kalajarvi_editor: User
) -> None:
    close([hall], kalajarvi_editor)
    assert [closure.room for closure in close([hall, studio], kalajarvi_editor).closures] == [studio]
    with pytest.raises(Refused) as refusal:
        close([hall, studio], kalajarvi_editor)
    assert [reason.code for reason in refusal.value.reasons] == ["closed"]


def test_a_closure_is_lengthened_over_bookings(
    hall: Room, studio: Room, resident: User, kalajarvi_editor: User, city_administrator: User
) -> None:
    closing = {"reason": {"sv": "Vattenskada"}, "actor": city_administrator, "at": AT}
    closure = close_room(room=hall, starts_at=WEDNESDAY + 8 * HOUR, ends_at=WEDNESDAY + 12 * HOUR, **closing)
    booking = book(hall, resident)
    done = close([hall, studio], kalajarvi_editor, {booking: Cancel()}, instead_of=closure)
    assert [each.room for each in done.closures] == [hall, studio]
    assert [each.made_by for each in done.closures] == [city_administrator, kalajarvi_editor]
    assert (done.closures[0].pk, closed_hours(hall), Closure.objects.count()) == (closure.pk, [(8, 20)], 2)


# --- What is refused, as a whole -------------------------------------------------------------------------


def against(refused: PlanRefused) -> dict[int, list[str]]:
    return {key: [reason.code for reason in reasons] for key, reasons in refused.against.items()}


def test_a_booking_that_nobody_has_decided_about_refuses_everything(
    hall: Room, studio: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    decided, new = book(hall, resident), book(hall, another_resident, 10)
    mail.outbox.clear()
    with pytest.raises(PlanRefused) as refusal:
        close([hall], kalajarvi_editor, {decided: Cancel()})
    assert (refusal.value.bookings, against(refusal.value)) == ([new], {new.pk: ["undecided"]})
    decided.refresh_from_db()
    assert (decided.state, Closure.objects.count(), mail.outbox) == ("confirmed", 0, [])
    assert new.reference in str(refusal.value)


def test_a_booking_that_has_changed_since_is_shown_again(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = book(hall, resident)
    change_booking(booking=booking, actor=resident, at=AT, starts_at=WEDNESDAY + 16 * HOUR)
    with pytest.raises(PlanRefused) as refusal:
        close([hall], kalajarvi_editor, {booking: Cancel(seen=booking.sequence)})
    assert against(refusal.value) == {booking.pk: ["changed_meanwhile"]}


def test_a_booking_that_is_out_of_the_way_by_now_is_left_alone(
    hall: Room, studio: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    gone, moved = book(hall, resident), book(hall, another_resident, 10)
    give_back(booking=gone, actor=resident, at=AT)
    change_booking(booking=moved, actor=another_resident, at=AT, room=studio)
    done = close([hall], kalajarvi_editor, {gone: move(gone, studio), moved: Cancel()})
    assert ([*done.moved], [*done.cancelled], hours_of(moved)[0]) == ([], [], "studio")


@pytest.mark.parametrize(
    ("where", "hours_later", "code"),
    [("studio", 0, "taken"), ("hall", 1, "closed"), ("small", 0, "capacity"), ("studio", -48, "past")],
    ids=["taken by somebody", "within the closure", "too small", "in the past"],
)
def test_a_move_that_cannot_be_had_refuses_everything(
    hall: Room,
    studio: Room,
    resident: User,
    another_resident: User,
    kalajarvi_editor: User,
    where: str,
    hours_later: int,
    code: str,
) -> None:
    make_room(hall.hub, "small", capacity=9)
    booking = book(hall, resident)
    book(studio, another_resident)
    room = Room.objects.get(slug=where)
    with pytest.raises(PlanRefused) as refusal:
        close([hall], kalajarvi_editor, {booking: move(booking, room, hours_later)})
    assert against(refusal.value) == {booking.pk: [code]}
    assert hours_of(booking)[0] == "hall"
    assert (Closure.objects.count(), booking.busy_periods.count()) == (0, 1)


def test_two_moves_to_one_place_are_refused(hall: Room, studio: Room, many: list[User], kalajarvi_editor: User) -> None:
    group = make_room(hall.hub, "group")
    one, two = book(hall, many[0]), book(group, many[1])
    with pytest.raises(PlanRefused) as refusal:
        close([hall, group], kalajarvi_editor, {one: move(one, studio), two: move(two, studio)})
    assert against(refusal.value) == {two.pk: ["taken"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"reason": {"sv": " "}}, "reason"), ({"ends_at": DAY[0]}, "ends_before_it_starts")],
    ids=["without a reason", "backwards"],
)
def test_rooms_close_with_a_reason_and_a_length(
    hall: Room, kalajarvi_editor: User, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        close([hall], kalajarvi_editor, **changes)
    assert [reason.code for reason in refusal.value.reasons] == [code]


def test_a_booking_without_an_address_owes_no_mail(hall: Room, kalajarvi_editor: User) -> None:
    booking = book(hall, None, actor=kalajarvi_editor, details={"email": "", "phone": "050 123"})
    close([hall], kalajarvi_editor, {booking: Cancel()})
    assert BookingMail.objects.count() == 0


def test_every_suggestion_of_a_plan_can_be_had_at_once(
    kalajarvi: Hub, hall: Room, studio: Room, many: list[User], kalajarvi_editor: User
) -> None:
    closing = [hall, make_room(kalajarvi, "group"), make_room(kalajarvi, "work")]
    make_room(kalajarvi, "other", capacity=30)
    bookings = [book(closing[number % 3], person, 10 + number // 3) for number, person in enumerate(many)]
    last = {hit.booking: hit.alternatives[-1] for hit in plan(*closing)}
    decisions = {
        booking: Move(room=one.room, starts_at=one.starts_at, ends_at=one.ends_at) for booking, one in last.items()
    }
    assert len(close(closing, kalajarvi_editor, decisions).moved) == len(bookings)


def test_an_association_keeps_its_price_group(hall: Room, studio: Room, resident: User, kalajarvi_editor: User) -> None:
    club = {"booker_kind": BookerKind.ASSOCIATION, "organisation": "Kören"}
    booking = book(hall, resident, details=club)
    close([hall], kalajarvi_editor, {booking: move(booking, studio)})
    booking.refresh_from_db()
    assert (booking.price_group, booking.organisation) == (PriceGroup.FREE, "Kören")


def test_the_plan_of_one_house_says_nothing_of_another(hall: Room, iso_omena: Hub, resident: User) -> None:
    book(make_room(iso_omena, "far"), resident)
    assert plan(hall) == []
    assert make_hub("third").rooms.count() == 0


def test_a_move_frees_the_time_before_the_closure_for_who_waits(
    hall: Room, studio: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    booking = book(hall, resident, 10, 4)
    wish = {"people": 4, "minutes": 60, "weekdays": "3", "from_time": time(8), "until_time": time(20)}
    days = {"first_day": WEDNESDAY.date(), "last_day": WEDNESDAY.date()}
    start_watch(resident=another_resident, room=hall, hub=hall.hub, language="fi", at=AT, **wish, **days)
    close([hall], kalajarvi_editor, {booking: move(booking, studio)}, starts_at=WEDNESDAY + 12 * HOUR)
    freed = FreedTime.objects.get()
    assert (freed.room, freed.starts_at, freed.ends_at) == (hall, WEDNESDAY + 10 * HOUR, WEDNESDAY + 12 * HOUR)


def club(hall: Room, resident: User, count: int = 4) -> list[Booking]:
    """Return the dates of a series on Wednesdays at 17, in English."""
    starts = [WEDNESDAY + 17 * HOUR + timedelta(weeks=week) for week in range(count)]
    choices = [SeriesChoice(series_start=day, room=hall, starts_at=day, ends_at=day + HOUR) for day in starts]
    details = BookingDetails(people=4, name="Kim", email=resident.email, language="en")
    series = book_series(choices=choices, every_weeks=1, resident=resident, actor=resident, details=details, at=AT)
    mail.outbox.clear()
    return list(series.bookings.order_by("series_start"))


def test_a_closure_that_hits_a_series_sends_one_mail_that_tells_of_each_date(
    hall: Room, studio: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    dates = club(hall, resident)
    alone = book(hall, another_resident, 10)
    Room.objects.filter(pk=studio.pk).update(name_en="Studio")
    mail.outbox.clear()
    decisions = {dates[0]: move(dates[0], studio), dates[1]: move(dates[1], hall, 4), dates[2]: Cancel()}
    decisions |= {dates[3]: move(dates[3], studio, 1), alone: Cancel()}
    until = WEDNESDAY + timedelta(weeks=3, hours=20)
    with pytest.raises(PlanRefused):  # 21 is after closing, but still within the closure
        close([hall], kalajarvi_editor, decisions, ends_at=until)
    decisions[dates[1]] = move(dates[1], studio)
    close([hall], kalajarvi_editor, decisions, ends_at=until)

    to_club, to_other = sorted(mail.outbox, key=lambda message: message.to != [resident.email])
    assert (to_club.to, to_other.to) == ([resident.email], [another_resident.email])
    body = str(to_club.body)
    assert to_club.subject == "Your series has to change: Hall, 4 dates from Wednesday 25 November 2026"
    assert "The reason: Lattia hiotaan" in body
    place = "Studio, Kalajärvi Service Centre"
    assert f"Wednesday 25 November 2026 17:00–18:00: {place} (before: Hall)" in body
    assert f"Wednesday 2 December 2026 17:00–18:00: {place} (before: Hall)" in body
    before = "Wednesday 16 December 2026 17:00–18:00: Hall, Kalajärvi Service Centre"
    assert f"Wednesday 16 December 2026 18:00–19:00: {place} (before: {before})" in body
    cancelled = body[body.index("Cancelled dates") :]
    assert "Wednesday 9 December 2026 17:00–18:00: Hall, Kalajärvi Service Centre" in cancelled
    (calendar,) = [part for part in to_club.attachments if "calendar" in str(part)]
    assert "EXDATE" in calendar.get_payload(decode=True).decode()
    assert BookingMail.objects.filter(event__booking__series=dates[0].series, sent_at=None).count() == 0
    dates[0].series.refresh_from_db()
    assert dates[0].series.sequence == 1  # one act, one new version of the file


def test_a_series_of_which_all_dates_close_away_is_told_once(
    hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    dates = club(hall, resident)
    decisions = dict.fromkeys(dates, Cancel())
    close([hall], kalajarvi_editor, decisions, ends_at=WEDNESDAY + timedelta(weeks=4))
    (message,) = mail.outbox
    assert message.subject == "Cancelled: Hall, 4 dates from Wednesday 25 November 2026"
    assert "The reason: Lattia hiotaan" in str(message.body)
    kinds = BookingEvent.objects.filter(booking__in=dates, kind=EventKind.CANCELLED)
    assert set(kinds.values_list("reason", flat=True)) == {"Lattia hiotaan"}


def test_requests_of_a_series_that_move_are_told_once_to_the_resident_and_to_each_editor(
    hall: Room, studio: Room, resident: User, kalajarvi_editor: User
) -> None:
    Room.objects.update(needs_approval=True)
    hall.refresh_from_db()
    dates = club(hall, resident)
    decisions = {date: move(date, studio) for date in dates}
    close([hall], kalajarvi_editor, decisions, ends_at=WEDNESDAY + timedelta(weeks=4))
    assert sorted(message.to[0] for message in mail.outbox) == ["editor@example.com", "resident@example.com"]
    to_resident = next(message for message in mail.outbox if message.to == ["resident@example.com"])
    assert "Dates that wait for approval are answered by" in str(to_resident.body)


def test_one_date_of_a_series_moves_and_stays_in_it(
    hall: Room, studio: Room, resident: User, kalajarvi_editor: User
) -> None:
    dates = [WEDNESDAY + 17 * HOUR + timedelta(weeks=week) for week in range(3)]
    choices = [SeriesChoice(series_start=day, room=hall, starts_at=day, ends_at=day + HOUR) for day in dates]
    details = BookingDetails(people=4, name="Kim", email=resident.email)
    series = book_series(choices=choices, every_weeks=1, resident=resident, actor=resident, details=details, at=AT)
    first = series.bookings.earliest("starts_at")
    mail.outbox.clear()
    close([hall], kalajarvi_editor, {first: move(first, studio)})
    first.refresh_from_db()
    series.refresh_from_db()
    assert (first.room, first.series, first.series_start, series.sequence) == (studio, series, dates[0], 1)
    (message,) = mail.outbox
    assert "Golvet slipas" in str(message.body)
