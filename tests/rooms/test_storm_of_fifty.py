"""Fifty at once, whatever meets whatever: one has the time, all others hear a clean no, and every promise holds."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    Refused,
    Taken,
    approve,
    cancel,
    change_booking,
    check_in,
    close_room,
    close_rooms,
    decline,
    expire_due,
    give_back,
    give_back_part,
    hold,
    offer_due,
    release_due,
    start_watch,
)
from rooms.booking.closing import Closing, Move
from rooms.models import Booking, BusyPeriod, Closure, Offer, Room, Series
from rooms.privacy import delete_account
from tests.cast import HELSINKI, TUESDAY, helsinki, make_hub, make_room, make_user
from tests.rooms.test_series_storm import series_of
from tests.rooms.test_storm import at_once, booking_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_stands", "queued")]

FIFTY = 50
AT = TUESDAY
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
SLOT = helsinki(2026, 12, 2, 17)
CLEAN = (Booking, Series, Closure, Closing, int, Refused)

type Deed = Callable[[], Any]


@dataclass
class Town:
    hall: Room
    halves: list[Room]
    people: list[User]
    staff: User

    def books(self, number: int, starts_at: datetime = SLOT, room: Room | None = None, **changes: Any) -> Deed:
        return booking_of(room or self.hall, self.people[number], starts_at, **changes)

    def books_all(self, numbers: range, starts_at: datetime = SLOT, **changes: Any) -> list[Deed]:
        return [self.books(number, starts_at, **changes) for number in numbers]


@pytest.fixture
def town(kalajarvi: Hub, kalajarvi_editor: User) -> Town:
    with transaction.atomic():
        hall = make_room(kalajarvi, "hall", grid_minutes=15)
        halves = [make_room(kalajarvi, f"half-{letter}", parent=hall, grid_minutes=15) for letter in "ab"]
        people = [make_user(f"resident{number}@example.com") for number in range(FIFTY)]
    return Town(hall, halves, people, kalajarvi_editor)


def storm(deeds: list[Deed]) -> list[Any]:
    """Do all at once; whatever is neither done nor a clean refusal fails the test."""
    outcomes = at_once(deeds)
    assert [one for one in outcomes if not isinstance(one, CLEAN)] == []
    return outcomes


def bookings(outcomes: list[Any]) -> list[Booking]:
    return [one for one in outcomes if isinstance(one, Booking)]


def owners(room: Room, starts_at: datetime = SLOT, ends_at: datetime | None = None) -> int:
    return BusyPeriod.objects.filter(room=room).overlapping(starts_at, ends_at or starts_at + HOUR).count()


# --- For one time ------------------------------------------------------------------------------------


def test_one_slot_has_one_winner(town: Town) -> None:
    for number in range(2):
        outcomes = storm(town.books_all(range(FIFTY), SLOT + number * DAY))
        assert len(bookings(outcomes)) == 1
        assert {type(one) for one in outcomes} == {Booking, Taken}


def test_a_slot_is_held_or_booked_by_one(town: Town) -> None:
    span = {"starts_at": SLOT, "ends_at": SLOT + HOUR, "language": "sv", "at": AT}
    outcomes = storm([partial(hold, room=town.hall, **span)] * 25 + town.books_all(range(25)))
    assert len(bookings(outcomes)) == 1


def test_who_stands_at_the_door_and_books_from_now_on(town: Town) -> None:
    now = SLOT + timedelta(minutes=7)
    span = {"starts_at": SLOT, "ends_at": SLOT + HOUR, "language": "sv", "at": now}
    outcomes = storm([partial(hold, room=town.hall, **span)] * FIFTY)
    assert len(bookings(outcomes)) == 1


def test_partly_overlapping_times_have_no_two_winners_and_never_none(town: Town) -> None:
    starts = [SLOT + QUARTER * (number % 7) for number in range(FIFTY)]
    outcomes = storm([town.books(number, start) for number, start in enumerate(starts)])
    winners = [booking.starts_at for booking in bookings(outcomes)]
    assert all(abs(one - other) >= HOUR for one in winners for other in winners if one is not other)
    for start, outcome in zip(starts, outcomes, strict=True):
        assert isinstance(outcome, Booking) or any(abs(start - winner) < HOUR for winner in winners)


def test_parts_against_the_whole(town: Town) -> None:
    rooms = [town.hall, *town.halves]
    outcomes = storm([town.books(number, room=rooms[number % 3]) for number in range(FIFTY)])
    assert sorted(booking.room.slug for booking in bookings(outcomes)) in (["hall"], ["half-a", "half-b"])


def test_series_against_single_bookings(town: Town) -> None:
    series: list[Deed] = [series_of(town.hall, town.people[number], SLOT) for number in range(10)]
    singles = [town.books(number, SLOT + number % 4 * WEEK) for number in range(10, FIFTY)]
    outcomes = storm(series + singles)
    won = [one for one in outcomes if isinstance(one, Series)]
    assert len(won) + len(bookings(outcomes)) in (1, 2, 3, 4)
    assert not won or len(won) + len(bookings(outcomes)) == 1
    assert all(one.bookings.count() == 4 for one in won)
    assert all(owners(town.hall, SLOT + number * WEEK) == 1 for number in range(4))


def test_changes_against_bookings(town: Town) -> None:
    others = [town.books(number, SLOT + (1 + number) * DAY)() for number in range(10)]
    there = {"at": AT, "starts_at": SLOT, "ends_at": SLOT + HOUR}
    changes = [partial(change_booking, booking=one, actor=one.resident, **there) for one in others]
    storm(changes + town.books_all(range(10, FIFTY)))
    assert owners(town.hall) == 1
    assert Booking.objects.live_at(AT).filter(pk__in=[one.pk for one in others]).count() == 10


def test_closing_against_booking_and_moving_there(town: Town) -> None:
    others = [town.books(number, SLOT + (1 + number) * DAY)() for number in range(10)]
    there = {"at": AT, "starts_at": SLOT, "ends_at": SLOT + HOUR}
    changes = [partial(change_booking, booking=one, actor=one.resident, **there) for one in others]
    closings = [partial(close_room, room=town.hall, reason={"sv": "x"}, actor=town.staff, **there)] * 5
    storm(closings + changes + town.books_all(range(10, 45)))
    assert owners(town.hall) == 1
    assert owners(town.halves[0]) == 1


def test_offers_against_bookings(town: Town) -> None:
    taken = town.books(49)()
    with transaction.atomic():
        for person in town.people[:10]:
            wish = {"people": 4, "minutes": 60, "weekdays": "3", "from_time": time(17), "until_time": time(18)}
            start_watch(resident=person, **wish, last_day=date(2026, 12, 22), language="sv", at=AT, room=town.hall)
    give_back(booking=taken, actor=None, at=AT)
    outcomes = storm([partial(offer_due, at=AT)] * 10 + town.books_all(range(10, FIFTY)))
    assert owners(town.hall) == 1
    assert Offer.objects.count() + len(bookings(outcomes)) == 1


def test_a_hold_that_has_lapsed_goes_to_one(town: Town) -> None:
    held = hold(room=town.hall, starts_at=SLOT, ends_at=SLOT + HOUR, language="sv", at=AT)
    later = {"at": AT + HOUR}
    same_form = [town.books(0, held=held, **later)] * 5
    outcomes = storm(same_form + town.books_all(range(1, 36), **later) + [partial(expire_due, **later)] * 10)
    assert len({booking.pk for booking in bookings(outcomes)}) == 1


def test_an_answer_at_the_last_moment_stands_or_the_time_is_somebody_elses(town: Town) -> None:
    Room.objects.update(needs_approval=True)
    request = town.books(0)()
    Room.objects.update(needs_approval=False)
    deadline = request.expires_at
    assert deadline is not None
    answer = {"booking": request, "actor": town.staff, "at": deadline - INSTANT}
    answers = [partial(approve, **answer), partial(decline, reason="Full", **answer)] * 5
    outcomes = storm(answers + [partial(expire_due, at=deadline)] * 10 + town.books_all(range(1, 31), at=deadline))
    request.refresh_from_db()
    assert owners(town.hall) == 1
    assert sum(isinstance(one, Booking) for one in outcomes[:10]) <= 1
    assert (request.state == "confirmed") == (bookings(outcomes[10:]) == [])


def test_who_comes_at_the_last_moment_has_the_room_or_has_lost_it(town: Town) -> None:
    Room.objects.update(release_minutes=15)
    mine = town.books(0)()
    late = {"at": SLOT + QUARTER}
    in_time = {"booking": mine, "actor": mine.resident, "at": SLOT + QUARTER - INSTANT}
    arrivals: list[Deed] = [partial(check_in, **in_time)] * 10 + [partial(give_back, **in_time)] * 3
    rest = {"starts_at": SLOT + QUARTER, "ends_at": SLOT + HOUR, **late}
    outcomes = storm(arrivals + [partial(release_due, **late)] * 7 + town.books_all(range(1, 31), **rest))
    mine.refresh_from_db()
    assert owners(town.hall, SLOT + QUARTER) <= 1
    assert (mine.state == "confirmed") == (bookings(outcomes[20:]) == [] and mine.checked_in_at is not None)


def test_the_rest_of_a_time_goes_to_one(town: Town) -> None:
    mine = town.books(0, ends_at=SLOT + 2 * HOUR)()
    part = {"booking": mine, "actor": mine.resident, "at": AT, "ends_at": SLOT + HOUR}
    outcomes = storm([partial(give_back_part, **part)] * 5 + town.books_all(range(1, 46), SLOT + HOUR))
    assert len(bookings(outcomes[:5])) == 1
    assert owners(town.hall, SLOT + HOUR) == len(bookings(outcomes[5:])) <= 1


# --- To one booking ------------------------------------------------------------------------------------


def test_everything_happens_to_one_booking_at_once(town: Town) -> None:
    mine = town.books(0, ends_at=SLOT + 2 * HOUR)()
    other = make_room(town.hall.hub, "studio", grid_minutes=15)
    wish = {"booking": mine, "actor": mine.resident, "at": AT}
    deeds: list[Deed] = [
        partial(change_booking, **wish, starts_at=SLOT + HOUR, ends_at=SLOT + 3 * HOUR),
        partial(change_booking, **wish, room=other),
        partial(change_booking, **wish, room=town.halves[0]),
        partial(change_booking, **wish, details=BookingDetails(people=7, name="Robin")),
        partial(give_back_part, **wish, ends_at=SLOT + HOUR),
        partial(check_in, **{**wish, "at": SLOT}),
        partial(close_room, room=other, starts_at=SLOT, ends_at=SLOT + HOUR, reason={"sv": "x"}, actor=None, at=AT),
    ]
    last: list[Deed] = [partial(give_back, **wish), partial(cancel, **{**wish, "actor": town.staff}, reason="Water")]
    outcomes = storm(deeds * 6 + town.books_all(range(1, 7), SLOT + HOUR) + last)
    assert len(bookings(outcomes[-2:])) == 1


def test_a_person_goes_while_they_book(town: Town) -> None:
    person = town.people[0]
    mine = town.books(0)()
    wish = {"booking": mine, "actor": person, "at": AT}
    deeds: list[Deed] = [town.books(0, SLOT + number * DAY) for number in range(1, 13)]
    deeds += [partial(change_booking, **wish, ends_at=SLOT + 2 * HOUR), partial(give_back, **wish)] * 5
    deeds += [partial(delete_account, resident=person, at=AT)] * 3
    storm(deeds)
    assert not User.objects.filter(pk=person.pk).exists()
    assert not Booking.objects.live_at(AT).exists()
    assert not Booking.objects.exclude(name="", email="").exists()


def test_a_closure_that_moves_bookings_against_those_who_want_that_time(town: Town) -> None:
    studio = make_room(town.hall.hub, "studio", grid_minutes=15)
    in_the_way = [
        town.books(number, SLOT + number * HOUR / 2, ends_at=SLOT + (number + 1) * HOUR / 2)() for number in range(4)
    ]
    decisions = {one.pk: Move(room=studio, starts_at=one.starts_at, ends_at=one.ends_at) for one in in_the_way}
    span = {"starts_at": SLOT, "ends_at": SLOT + 2 * HOUR, "at": AT}
    closing = partial(close_rooms, rooms=[town.hall], reason={"sv": "x"}, decisions=decisions, actor=town.staff, **span)
    back = [partial(give_back, booking=one, actor=one.resident, at=AT) for one in in_the_way[:2]]
    away = [partial(change_booking, booking=one, actor=one.resident, at=AT, room=studio) for one in in_the_way[2:]]
    outcomes = storm([closing] * 3 + back + away + town.books_all(range(4, 40), SLOT + HOUR, room=studio))
    done = [one for one in outcomes if isinstance(one, Closing)]
    assert len(done) <= 1
    assert owners(town.hall, SLOT, SLOT + 2 * HOUR) == 1 if done else True
    assert owners(studio, SLOT + HOUR, SLOT + HOUR * 1.5) == 1


# --- Limits --------------------------------------------------------------------------------------------


def minutes_of_weeks(resident: User) -> Counter[tuple[int, int]]:
    """Return the minutes that somebody has, by hub and week."""
    minutes: Counter[tuple[int, int]] = Counter()
    for booking in Booking.objects.live_at(AT).filter(resident=resident).select_related("room"):
        week = timezone.localdate(booking.starts_at, HELSINKI).isocalendar().week
        minutes[booking.room.hub_id, week] += int(booking.duration.total_seconds()) // 60
    return minutes


def test_the_hours_of_a_week_are_counted_for_each_hub_and_week(town: Town) -> None:
    other = make_hub("other")
    Hub.objects.update(booking_minutes_per_week=120)
    rooms = [make_room(hub, f"room-{number}", grid_minutes=15) for hub in (town.hall.hub, other) for number in range(2)]
    monday = helsinki(2026, 12, 7, 8)
    deeds = []
    for number in range(FIFTY):  # each at a time of its own
        start = monday + number % 2 * WEEK + (number // 20) * DAY + (number // 2 % 10) * HOUR
        deeds.append(booking_of(rooms[number // 2 % 4], town.people[0], start))
    outcomes = storm(deeds)
    assert set(minutes_of_weeks(town.people[0]).values()) == {120}
    assert len(bookings(outcomes)) == 8
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert {reason.code for one in refused for reason in one.reasons} == {"weekly_hours"}


def test_the_hours_of_a_week_hold_against_changes_and_series_too(town: Town) -> None:
    person = town.people[0]
    rooms = [make_room(town.hall.hub, f"room-{number}", grid_minutes=15) for number in range(5)]
    monday = helsinki(2026, 12, 14, 8)
    elsewhere = [booking_of(rooms[0], person, monday - WEEK + number * DAY)() for number in range(5)]
    Hub.objects.update(booking_minutes_per_week=180)
    deeds: list[Deed] = [
        partial(change_booking, booking=one, actor=person, at=AT, starts_at=start, ends_at=start + HOUR)
        for number, one in enumerate(elsewhere)
        for start in [monday + number * DAY + 3 * HOUR]
    ]
    deeds += [
        booking_of(rooms[number % 5], person, monday + number // 5 * DAY + number % 5 * 2 * HOUR)
        for number in range(20)
    ]
    deeds += [series_of(rooms[number], person, monday + number * DAY + 11 * HOUR) for number in range(5)]
    storm(deeds)
    week = monday.isocalendar().week
    assert minutes_of_weeks(person)[town.hall.hub_id, week] == 180
    assert all(minutes <= 180 for (_hub, number), minutes in minutes_of_weeks(person).items() if number >= week)


def test_coming_bookings_in_a_room_are_counted(town: Town) -> None:
    Room.objects.filter(pk=town.hall.pk).update(most_active=3)
    deeds = [town.books(0, SLOT + number // 5 * DAY + number % 5 * 2 * HOUR - 8 * HOUR) for number in range(FIFTY)]
    outcomes = storm(deeds)
    assert len(bookings(outcomes)) == 3
