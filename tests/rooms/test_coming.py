"""Coming and not coming: check-in, release, what is over, reminders, and `tend`, which writes them down."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import User
from hubs.models import Hub
from hubs.special_days import seed_years_ahead
from rooms.availability import free_times
from rooms.booking import (
    BookingDetails,
    Refused,
    approve,
    book_room,
    cancel,
    change_booking,
    check_in,
    due,
    finish_due,
    give_back,
    give_back_part,
    release,
    release_due,
    remind_due,
)
from rooms.enums import BookingState, EventKind
from rooms.management.commands import tend
from rooms.models import Booking, BookingMail, BusyPeriod, Room
from rooms.no_shows import no_shows, told
from rooms.rules_in_words import describe
from servicetorg.search.index import refresh
from tests.cast import TUESDAY, helsinki, make_room

pytestmark = pytest.mark.django_db

AT = TUESDAY
STARTS_AT = helsinki(2026, 12, 2, 17)  # Wednesday of the week after
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
RELEASE = STARTS_AT + QUARTER


def book(room: Room, resident: User | None, **changes: Any) -> Booking:
    wish = {
        "room": room,
        "resident": resident,
        "actor": resident,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + 2 * HOUR,
        "details": BookingDetails(people=3, name="Kim", language="en"),
        "at": AT,
    }
    return book_room(**{**wish, **changes})


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def code_of(verb: Any, **words: Any) -> str:
    with pytest.raises(Refused) as refusal:
        verb(**words)
    return refusal.value.reasons[0].code


def kinds(booking: Booking) -> list[str]:
    return list(booking.events.values_list("kind", flat=True))


@pytest.fixture
def room(kalajarvi: Hub) -> Room:
    """A room that is released a quarter of an hour after the start."""
    return make_room(kalajarvi, "quick", release_minutes=15, grid_minutes=15)


# --- Checking in ------------------------------------------------------------------------------


def test_who_comes_checks_in_and_keeps_the_room(room: Room, resident: User) -> None:
    booking = book(room, resident)
    assert booking.expires_at == RELEASE
    booking = check_in(booking=booking, actor=resident, at=STARTS_AT)
    assert (booking.checked_in_at, booking.expires_at) == (STARTS_AT, None)
    assert booking.state_at(RELEASE) == BookingState.CONFIRMED
    assert release_due(at=RELEASE) == 0
    assert kinds(booking) == [EventKind.CONFIRMED, EventKind.CHECKED_IN]


def test_checking_in_twice_changes_nothing(room: Room, resident: User) -> None:
    booking = check_in(booking=book(room, resident), actor=resident, at=STARTS_AT)
    again = check_in(booking=booking, actor=resident, at=STARTS_AT + HOUR)
    assert again.checked_in_at == STARTS_AT
    assert kinds(booking).count(EventKind.CHECKED_IN) == 1


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (STARTS_AT - QUARTER - timedelta(seconds=1), "too_early"),
        (RELEASE, "not_live"),
        (STARTS_AT + 2 * HOUR, "not_live"),
    ],
    ids=["too early", "too late", "over"],
)
def test_check_in_has_its_time(room: Room, resident: User, at: datetime, code: str) -> None:
    booking = book(room, resident)
    assert code_of(check_in, booking=booking, actor=resident, at=at) == code
    booking.refresh_from_db()
    assert booking.checked_in_at is None


def test_a_room_that_asks_for_no_check_in_takes_one_until_the_end(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    assert booking.expires_at is None
    assert check_in(booking=booking, actor=resident, at=STARTS_AT + 2 * HOUR - QUARTER).checked_in_at is not None


def test_a_request_is_not_checked_in_to(kalajarvi: Hub, resident: User) -> None:
    asking = make_room(kalajarvi, "asking", needs_approval=True)
    booking = book(asking, resident, at=STARTS_AT - HOUR)
    assert code_of(check_in, booking=booking, actor=resident, at=STARTS_AT - QUARTER) == "not_confirmed"


def test_an_approved_request_has_to_be_checked_in_to(kalajarvi: Hub, resident: User, kalajarvi_editor: User) -> None:
    asking = make_room(kalajarvi, "asking", needs_approval=True, release_minutes=15)
    booking = approve(booking=book(asking, resident), actor=kalajarvi_editor, at=AT + HOUR)
    assert booking.expires_at == RELEASE


def test_the_database_refuses_to_release_who_has_checked_in(room: Room, resident: User) -> None:
    booking = check_in(booking=book(room, resident), actor=resident, at=STARTS_AT)
    with pytest.raises(IntegrityError, match="booking_is_released_before"), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(expires_at=RELEASE)


# --- Releasing ----------------------------------------------------------------------------------


def test_a_room_nobody_came_to_is_free_at_once_before_anybody_writes_it_down(
    room: Room, resident: User, another_resident: User
) -> None:
    missed = book(room, resident)
    assert missed.state_at(RELEASE) == BookingState.RELEASED
    assert not Booking.objects.live_at(RELEASE).exists()
    times = free_times([room], STARTS_AT, STARTS_AT + 2 * HOUR, at=RELEASE)
    assert times[room.pk].is_free(RELEASE, STARTS_AT + 2 * HOUR)
    assert not free_times([room], STARTS_AT, STARTS_AT + HOUR, at=RELEASE - timedelta(seconds=1))[room.pk].free
    taken = book(room, another_resident, starts_at=RELEASE, at=RELEASE)
    missed.refresh_from_db()
    assert (missed.state, kinds(missed)) == (BookingState.RELEASED, [EventKind.CONFIRMED, EventKind.RELEASED])
    assert BusyPeriod.objects.get().booking == taken


def test_release_is_written_down_once(room: Room, hall: Room, resident: User) -> None:
    missed = book(room, resident)
    book(hall, None, actor=resident)
    assert release_due(at=RELEASE - timedelta(seconds=1)) == 0
    assert [release_due(at=RELEASE), release_due(at=RELEASE)] == [1, 0]
    assert kinds(missed) == [EventKind.CONFIRMED, EventKind.RELEASED]


def test_the_verb_releases_only_what_is_due(room: Room, resident: User) -> None:
    booking = book(room, resident)
    assert code_of(release, booking=booking, at=RELEASE - QUARTER) == "not_due"
    assert release(booking=booking, at=RELEASE).state == BookingState.RELEASED
    assert code_of(release, booking=booking, at=RELEASE) == "not_live"


def test_a_released_booking_can_be_neither_given_back_nor_cancelled_nor_changed(
    room: Room, resident: User, kalajarvi_editor: User
) -> None:
    booking = book(room, resident)
    assert code_of(give_back, booking=booking, actor=resident, at=RELEASE) == "not_live"
    assert code_of(cancel, booking=booking, actor=kalajarvi_editor, at=RELEASE, reason="x") == "not_live"
    assert code_of(change_booking, booking=booking, actor=resident, ends_at=STARTS_AT + HOUR, at=RELEASE) == "not_live"


def test_who_books_while_the_time_runs_has_a_quarter_from_then(room: Room, resident: User) -> None:
    at = STARTS_AT + timedelta(minutes=10)
    assert book(room, resident, at=at).expires_at == at + QUARTER


def test_a_booking_too_short_to_release_is_not(room: Room, resident: User) -> None:
    Room.objects.filter(pk=room.pk).update(shortest_minutes=15)
    booking = book(room, resident, ends_at=RELEASE)
    assert booking.expires_at is None
    assert booking.state_at(RELEASE) == BookingState.USED


def test_the_rule_holds_that_was_there_when_the_room_was_booked(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    Room.objects.filter(pk=hall.pk).update(release_minutes=15)
    assert release_due(at=RELEASE) == 0
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


def test_a_moved_booking_is_released_by_its_new_time(room: Room, resident: User) -> None:
    moved = change_booking(
        booking=book(room, resident), actor=resident, starts_at=STARTS_AT - HOUR, ends_at=STARTS_AT, at=AT
    )
    assert moved.expires_at == RELEASE - HOUR


def test_who_is_there_and_stays_longer_need_not_check_in_again_but_in_another_room(
    room: Room, kalajarvi: Hub, resident: User
) -> None:
    booking = check_in(booking=book(room, resident), actor=resident, at=STARTS_AT)
    longer = change_booking(booking=booking, actor=resident, ends_at=STARTS_AT + 3 * HOUR, at=STARTS_AT)
    assert (longer.checked_in_at, longer.expires_at) == (STARTS_AT, None)
    other = make_room(kalajarvi, "other", release_minutes=15)
    moved = change_booking(booking=longer, actor=resident, room=other, at=STARTS_AT)
    assert (moved.checked_in_at, moved.expires_at) == (None, RELEASE)


def test_giving_back_the_beginning_gives_time_to_come_later(room: Room, resident: User) -> None:
    cut = give_back_part(booking=book(room, resident), actor=resident, starts_at=STARTS_AT + HOUR, at=AT)
    assert cut.expires_at == RELEASE + HOUR


def test_giving_back_the_end_leaves_the_deadline_unless_it_falls_away(room: Room, resident: User) -> None:
    booking = give_back_part(booking=book(room, resident), actor=resident, ends_at=STARTS_AT + HOUR, at=AT)
    assert booking.expires_at == RELEASE
    assert give_back_part(booking=booking, actor=resident, ends_at=RELEASE, at=AT).expires_at is None


def test_a_missed_booking_does_not_count_against_its_booker(room: Room, resident: User) -> None:
    Room.objects.filter(pk=room.pk).update(most_active=1)
    book(room, resident)
    later = book(room, resident, starts_at=STARTS_AT + 2 * HOUR, ends_at=STARTS_AT + 3 * HOUR, at=RELEASE)
    assert later.state == BookingState.CONFIRMED


def test_the_page_of_the_room_says_so_before_anybody_meets_it(room: Room, hall: Room) -> None:
    assert any("15" in rule for rule in describe(room) if rule not in describe(hall))


# --- What is over ----------------------------------------------------------------------------------


def test_what_is_over_counts_as_used_before_and_after_it_is_written_down(hall: Room, resident: User) -> None:
    booking, end = book(hall, resident), STARTS_AT + 2 * HOUR
    assert (booking.state_at(end), booking.is_live_at(end)) == (BookingState.USED, False)
    assert not Booking.objects.live_at(end).exists()
    assert code_of(give_back, booking=booking, actor=resident, at=end) == "over"
    assert [finish_due(at=end - QUARTER), finish_due(at=end), finish_due(at=end)] == [0, 1, 0]
    booking.refresh_from_db()
    assert (booking.state, kinds(booking)[-1], booking.sequence) == (BookingState.USED, EventKind.USED, 0)
    assert booking.busy_periods.count() == 1


def test_what_is_written_down_later_was_used_until_its_end(hall: Room, resident: User) -> None:
    booking, end = book(hall, resident), STARTS_AT + 2 * HOUR
    finish_due(at=end + timedelta(days=1))
    assert booking.events.get(kind=EventKind.USED).at == end


def test_who_checked_in_has_used_the_room_and_who_did_not_has_not(room: Room, resident: User) -> None:
    came = check_in(booking=book(room, resident), actor=resident, at=STARTS_AT)
    missed = book(room, resident, starts_at=STARTS_AT + 2 * HOUR, ends_at=STARTS_AT + 3 * HOUR)
    assert finish_due(at=STARTS_AT + 5 * HOUR) == 1
    for booking, state in ((came, BookingState.USED), (missed, BookingState.RELEASED)):
        booking.refresh_from_db()
        assert booking.state_at(STARTS_AT + 5 * HOUR) == state


def test_many_are_finished_in_several_steps(hall: Room, resident: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.booking.due.FINISHED_AT_ONCE", 2)
    for number in range(5):
        day = timedelta(days=number)
        book(hall, None, actor=resident, starts_at=STARTS_AT + day, ends_at=STARTS_AT + day + HOUR)
    assert finish_due(at=STARTS_AT + timedelta(days=10)) == 5


# --- Reminding --------------------------------------------------------------------------------------

TWO_DAYS = timedelta(hours=48)


def remind_at(at: datetime) -> int:
    return remind_due(at=at, hours=48)


def test_a_booking_is_reminded_of_once_two_days_before(hall: Room, resident: User) -> None:
    booking, due = book(hall, resident), STARTS_AT - TWO_DAYS
    mail.outbox.clear()
    assert [remind_at(due - timedelta(minutes=1)), remind_at(due), remind_at(due + HOUR)] == [0, 1, 0]
    assert kinds(booking) == [EventKind.CONFIRMED, EventKind.REMINDED]
    assert [message.subject for message in mail.outbox] == ["Reminder: Hall, Wednesday 2 December 2026"]


@pytest.mark.parametrize("made_at", [STARTS_AT - TWO_DAYS + timedelta(minutes=1), STARTS_AT - HOUR])
def test_what_was_booked_later_than_that_is_not_reminded_of(hall: Room, resident: User, made_at: datetime) -> None:
    book(hall, resident, at=made_at)
    assert remind_at(STARTS_AT - QUARTER) == 0


def test_a_reminder_comes_late_rather_than_not_but_never_after_the_start(hall: Room, resident: User) -> None:
    book(hall, resident)
    with transaction.atomic():
        assert remind_at(STARTS_AT - HOUR) == 1
        transaction.set_rollback(True)
    assert remind_at(STARTS_AT) == 0


def test_who_has_just_moved_a_booking_is_not_reminded_but_who_moved_it_far_is(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    near = {"starts_at": STARTS_AT + 2 * HOUR, "ends_at": STARTS_AT + 3 * HOUR}
    booking = change_booking(booking=booking, actor=resident, at=STARTS_AT - TWO_DAYS + HOUR * 3, **near)
    assert remind_at(STARTS_AT - HOUR) == 0
    far = {"starts_at": STARTS_AT + timedelta(days=7), "ends_at": STARTS_AT + timedelta(days=7) + HOUR}
    change_booking(booking=booking, actor=resident, at=STARTS_AT - HOUR, **far)
    assert remind_at(STARTS_AT + timedelta(days=6)) == 1


def test_nobody_is_reminded_where_it_is_switched_off_or_nothing_is_to_come(hall: Room, resident: User) -> None:
    booking = book(hall, resident)
    assert remind_due(at=STARTS_AT - HOUR, hours=0) == 0
    give_back(booking=booking, actor=resident, at=STARTS_AT - 3 * HOUR)
    assert remind_at(STARTS_AT - HOUR) == 0


# --- Not coming again ----------------------------------------------------------------------------------


def miss(room: Room, resident: User, day: int) -> Booking:
    starts_at = STARTS_AT + timedelta(days=day)
    booking = book(room, resident, starts_at=starts_at, ends_at=starts_at + HOUR, at=starts_at - 3 * HOUR)
    return release(booking=booking, at=starts_at + QUARTER)


def test_the_second_missed_booking_brings_one_friendly_mail(room: Room, resident: User) -> None:
    for day in (0, 30, 31):
        miss(room, resident, day)
    released = [message for message in mail.outbox if message.subject.startswith("Released")]
    assert ["twice within three months" in str(message.body) for message in released] == [False, True, False]


def test_the_staff_see_how_many_in_the_last_90_days(room: Room, resident: User, another_resident: User) -> None:
    miss(room, another_resident, 20)
    bookings = [miss(room, resident, day) for day in (0, 30)]
    assert no_shows(bookings[1], at=STARTS_AT + timedelta(days=31)) == 2
    assert no_shows(bookings[1], at=STARTS_AT + timedelta(days=91)) == 1


DAYS = [
    ([0], []),
    ([0, 100], []),
    ([0, 30], [30]),
    ([0, 30, 60, 89], [30]),
    ([0, 80, 120, 160], [80]),
    ([0, 30, 130, 150], [30, 150]),
]


@pytest.mark.parametrize(("days", "expected"), DAYS)
def test_two_within_90_days_are_told_of_once_within_90_days(days: list[int], expected: list[int]) -> None:
    releases = [(day, AT + timedelta(days=day)) for day in days]
    assert told(releases) == set(expected)


# --- tend ------------------------------------------------------------------------------------------------


def test_tend_does_all_that_is_due_and_says_how_much(room: Room, hall: Room, resident: User, clock: Any) -> None:
    book(room, resident)
    book(hall, None, actor=resident, starts_at=STARTS_AT - HOUR, ends_at=STARTS_AT)
    refresh()  # the search, which has nothing to do afterwards
    seed_years_ahead(at=TUESDAY)
    clock.move_to(STARTS_AT - TWO_DAYS)
    assert tended() == {"reminded": 1}
    clock.move_to(RELEASE)
    assert tended() == {"released": 1, "used": 1}
    assert tended() == {}


def test_a_part_that_fails_does_not_stop_the_others(
    room: Room, resident: User, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*, at: datetime) -> int:
        raise RuntimeError

    booking = book(room, resident)
    clock.move_to(RELEASE)
    monkeypatch.setitem(tend.PARTS, "expired", fail)
    with pytest.raises(CommandError, match="expired"):
        tended()
    booking.refresh_from_db()
    assert booking.state == BookingState.RELEASED


def test_a_booking_that_cannot_be_released_does_not_stop_the_next(
    room: Room, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_the_first(booking: Booking, at: datetime) -> Booking:
        if booking == first:
            raise RuntimeError
        return lapse(booking, at)

    lapse, day = due.lapse, timedelta(days=1)
    first = book(room, resident)
    second = book(room, resident, starts_at=STARTS_AT + day, ends_at=STARTS_AT + day + HOUR)
    monkeypatch.setattr(due, "lapse", refuse_the_first)
    with pytest.raises(RuntimeError):
        release_due(at=RELEASE + day)
    second.refresh_from_db()
    assert second.state == BookingState.RELEASED


def tended() -> dict[str, int]:
    """Return what tend says it has done, without the parts that had nothing to do."""
    out = StringIO()
    call_command("tend", stdout=out)
    done = dict(part.split(": ") for part in out.getvalue().strip().split(", "))
    return {name: int(number) for name, number in done.items() if number != "0"}


def test_a_released_booking_owes_one_mail(room: Room, resident: User) -> None:
    booking = book(room, resident)
    release_due(at=RELEASE)
    assert BookingMail.objects.filter(event__booking=booking, event__kind=EventKind.RELEASED).count() == 1
