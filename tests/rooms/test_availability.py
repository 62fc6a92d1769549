"""The read path: what is free, which rooms fit, what can be had instead, and how many queries it takes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub
from rooms.availability import (
    RoomQuery,
    free_times,
    nearest_alternatives,
    next_free_start,
    next_free_starts,
)
from rooms.booking import BookingDetails, approve, book_room, cancel, close_room, hold
from rooms.enums import BookingChannel, RoomKind
from rooms.finding import RoomMatch, search_rooms
from rooms.models import Booking, BusyPeriod, Equipment, Room
from rooms.spans import Span
from tests.cast import TUESDAY, helsinki, make_room, set_hours

pytestmark = pytest.mark.django_db

AT = TUESDAY
HOUR = timedelta(hours=1)


def wednesday(hour: float) -> datetime:
    return helsinki(2026, 11, 25) + hour * HOUR


def hours_of(spans: list[Span]) -> list[tuple[float, float]]:
    """Return the spans as hours of that Wednesday."""
    return [((start - wednesday(0)) / HOUR, (end - wednesday(0)) / HOUR) for start, end in spans]


def free(room: Room, at: datetime = AT, **changes: Any) -> list[tuple[float, float]]:
    room = Room.objects.get(pk=room.pk)
    return hours_of(free_times([room], wednesday(0), wednesday(24), at=at, **changes)[room.pk].free)


@pytest.fixture
def book(kalajarvi_editor: User) -> Callable[..., Booking]:
    def book(room: Room, start: float, end: float, resident: User | None = None, at: datetime = AT) -> Booking:
        return book_room(
            room=room,
            resident=resident,
            actor=resident or kalajarvi_editor,
            starts_at=wednesday(start),
            ends_at=wednesday(end),
            details=BookingDetails(people=1, name="Kim"),
            at=at,
        )

    return book


# --- Free time -----------------------------------------------------------------------------------


def test_free_is_open_less_busy(hall: Room, book: Callable[..., Booking]) -> None:
    book(hall, 10, 12)
    book(hall, 12, 13)
    assert free(hall) == [(8, 10), (13, 20)]


def test_a_gap_keeps_time_free_on_both_sides(hall: Room, book: Callable[..., Booking]) -> None:
    Room.objects.update(gap_minutes=30)
    hall.refresh_from_db()
    book(hall, 12, 13)
    assert free(hall) == [(8, 11.5), (13.5, 20)]


def test_a_booking_after_the_range_still_wants_the_gap_before_it(hall: Room, book: Callable[..., Booking]) -> None:
    Room.objects.update(gap_minutes=60)
    hall.refresh_from_db()
    book(hall, 18, 19)
    times = free_times([hall], wednesday(8), wednesday(18), at=AT)
    assert hours_of(times[hall.pk].free) == [(8, 17)]


def test_the_hubs_and_the_rooms_hours_meet(kalajarvi: Hub) -> None:
    room = make_room(kalajarvi, hours={"wed": ("6:00", "12:00")})
    set_hours(room.timetable, {"wed": ("7:00", "9:00")}, first_day=date(2026, 11, 25), last_day=date(2026, 11, 25),
              kind="exception")  # fmt: skip
    assert free(room) == [(8, 9)]


def test_what_is_held_or_requested_is_free_from_its_end_on(
    kalajarvi: Hub, resident: User, kalajarvi_editor: User, book: Callable[..., Booking]
) -> None:
    room = make_room(kalajarvi, needs_approval=True)
    hold(room=room, starts_at=wednesday(9), ends_at=wednesday(10), language="sv", at=AT)
    request = book(room, 12, 13, resident)
    assert request.expires_at is not None
    assert free(room, at=AT + timedelta(minutes=10) - timedelta(microseconds=1)) == [(8, 9), (10, 12), (13, 20)]
    assert free(room, at=AT + timedelta(minutes=10)) == [(8, 12), (13, 20)]
    assert free(room, at=request.expires_at) == [(8, 20)]
    approve(booking=request, actor=kalajarvi_editor, at=AT)
    assert free(room, at=request.expires_at) == [(8, 12), (13, 20)]


def test_a_cancelled_booking_never_shows_as_taken(
    hall: Room, kalajarvi_editor: User, book: Callable[..., Booking]
) -> None:
    cancel(booking=book(hall, 10, 12), actor=kalajarvi_editor, at=AT, reason="x")
    assert free(hall) == [(8, 20)]


def test_a_closure_is_busy_and_told_apart(hall: Room, kalajarvi_editor: User) -> None:
    closure = close_room(
        room=hall, starts_at=wednesday(8), ends_at=wednesday(12), reason={"sv": "x"}, actor=kalajarvi_editor, at=AT
    )
    time = free_times([hall], wednesday(0), wednesday(24), at=AT)[hall.pk]
    assert hours_of(time.free) == [(12, 20)]
    assert [(hours_of([(start, end)]), key) for start, end, key in time.closed] == [([(8, 12)], closure.pk)]


def test_a_hall_that_is_closed_with_its_parts_is_closed_once(hall: Room, kalajarvi_editor: User) -> None:
    halves = [make_room(hall.hub, slug, parent=hall) for slug in ("one", "two")]
    span = {"starts_at": wednesday(8), "ends_at": wednesday(12)}
    closure = close_room(room=hall, reason={"sv": "x"}, actor=kalajarvi_editor, at=AT, **span)
    times = free_times([hall, *halves], wednesday(0), wednesday(24), at=AT)
    assert [time.closed for time in times.values()] == [[(*span.values(), closure.pk)]] * 3


def test_one_booking_can_be_ignored_but_not_the_closures(
    hall: Room, kalajarvi_editor: User, book: Callable[..., Booking]
) -> None:
    close_room(
        room=hall, starts_at=wednesday(8), ends_at=wednesday(9), reason={"sv": "x"}, actor=kalajarvi_editor, at=AT
    )
    assert free(hall, ignoring=book(hall, 10, 12)) == [(9, 20)]


def test_a_part_makes_the_whole_busy_and_the_whole_its_parts(hall: Room, book: Callable[..., Booking]) -> None:
    one, two = (make_room(hall.hub, slug, parent=hall) for slug in ("one", "two"))
    book(one, 9, 10)
    book(hall, 11, 12)
    assert free(hall) == [(8, 9), (10, 11), (12, 20)]
    assert free(one) == [(8, 9), (10, 11), (12, 20)]
    assert free(two) == [(8, 11), (12, 20)]


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 25), 24)], ids=str
)
def test_days_have_the_hours_they_have(kalajarvi: Hub, day: date, expected: int) -> None:
    kalajarvi.timetable.periods.all().delete()
    set_hours(kalajarvi.timetable, {"mon tue wed thu fri sat sun": ("0:00", "0:00")})
    room = make_room(kalajarvi)
    start = datetime.combine(day, datetime.min.time(), tzinfo=AT.tzinfo)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=AT.tzinfo)
    ((first, last),) = free_times([room], start, end, at=AT)[room.pk].free
    assert (last - first, first.tzinfo) == (expected * HOUR, UTC)


# --- Search ----------------------------------------------------------------------------------------


def find(start: float = 17, end: float = 20, minutes: int = 120, at: datetime = AT, **query: Any) -> list[RoomMatch]:
    wish = RoomQuery(starts_at=wednesday(start), ends_at=wednesday(end), minutes=minutes, **query)
    return search_rooms(wish, at=at, most=None).matches


def found(matches: list[RoomMatch]) -> list[str]:
    return [match.room.slug for match in matches if match.fits]


def why_not(match: RoomMatch) -> list[str]:
    return [reason.code for reason in match.why_not]


def test_the_smallest_room_that_is_enough_comes_first(kalajarvi: Hub) -> None:
    for slug, capacity in (("large", 50), ("small", 5), ("right", 12)):
        make_room(kalajarvi, slug, capacity=capacity)
    matches = find(people=10)
    assert found(matches) == ["right", "large"]
    assert [(match.room.slug, why_not(match)) for match in matches if not match.fits] == [("small", ["capacity"])]


def test_spans_begin_on_the_grid_and_hold_the_length(hall: Room, book: Callable[..., Booking]) -> None:
    book(hall, 18, 18.5)
    assert hours_of(find(minutes=60)[0].spans) == [(17, 18), (18.5, 20)]
    assert hours_of(find(minutes=90)[0].spans) == [(18.5, 20)]
    assert hours_of(find(start=17.2, minutes=30)[0].spans) == [(17.5, 18), (18.5, 20)]


def test_a_search_of_today_offers_only_what_is_still_to_come(hall: Room) -> None:
    assert hours_of(find(at=wednesday(18.1), minutes=60)[0].spans) == [(18.5, 20)]


def test_hub_kind_and_all_of_the_equipment(kalajarvi: Hub, iso_omena: Hub) -> None:
    loop, screen = (Equipment.objects.create(slug=slug, name=slug) for slug in ("loop", "screen"))
    both, one = make_room(kalajarvi, "both"), make_room(kalajarvi, "one")
    make_room(iso_omena, "studio", kind="studio")
    both.equipment.set([loop, screen])
    one.equipment.set([loop])
    assert found(find(equipment=(loop,))) == ["both", "one"]
    assert found(find(equipment=(loop, screen))) == ["both"]
    assert found(find(hub=iso_omena)) == ["studio"]
    assert found(find(kind=RoomKind.STUDIO)) == ["studio"]


def test_only_what_residents_can_book_here_is_searched(kalajarvi: Hub) -> None:
    make_room(kalajarvi, "hidden", is_published=False)
    make_room(kalajarvi, "desk", channel=BookingChannel.STAFF)
    assert find() == []


@pytest.mark.parametrize(
    ("room", "search", "expected"),
    [
        ({"capacity": 4}, {"people": 5}, ["capacity"]),
        ({"longest_minutes": 60}, {}, ["too_long"]),
        ({"shortest_minutes": 180}, {}, ["too_short"]),
        ({"earliest_days": 0}, {}, ["too_early"]),
        ({"latest_minutes": 60 * 24 * 3}, {}, ["too_late"]),
        ({}, {"at": helsinki(2026, 11, 26, 12)}, ["past"]),
        ({}, {"start": 20, "end": 23}, ["hub_closed"]),
        ({}, {"start": 19, "end": 23}, ["crosses_hours"]),
    ],
    ids=["too many", "too long", "too short", "too early", "too late", "past", "closed", "closes"],
)
def test_a_room_that_does_not_fit_says_why(
    kalajarvi: Hub, room: dict[str, Any], search: dict[str, Any], expected: list[str]
) -> None:
    make_room(kalajarvi, **room)
    (match,) = find(**search)
    assert (match.fits, why_not(match)) == (False, expected)
    assert all(str(reason) for reason in match.why_not)


def test_a_taken_room_says_so(hall: Room, book: Callable[..., Booking]) -> None:
    book(hall, 18, 19)
    assert why_not(find()[0]) == ["taken"]
    book(hall, 17, 18)
    book(hall, 19, 20)
    assert why_not(find(minutes=30)[0]) == ["taken"]


# --- Next, and instead --------------------------------------------------------------------------------


def test_the_next_free_start(hall: Room, book: Callable[..., Booking]) -> None:
    assert next_free_start(hall, 60, at=wednesday(9.1)) == wednesday(9.5)
    for start, end in ((9.5, 13), (13, 16.5), (16.5, 19.5)):
        book(hall, start, end)
    assert next_free_start(hall, 60, at=wednesday(9.1)) == wednesday(32)
    assert next_free_start(hall, 30, at=wednesday(9.1)) == wednesday(19.5)


def test_no_next_start_before_the_horizon(kalajarvi: Hub) -> None:
    room = make_room(kalajarvi, earliest_days=5, hours={"tue": ("8:00", "10:00")})
    assert next_free_start(room, 60, at=AT) is None
    assert next_free_starts([room], 60, at=AT) == {room.pk: None}


def test_alternatives_are_the_nearest_times_of_the_room_and_other_rooms_at_the_time(
    kalajarvi: Hub, iso_omena: Hub, book: Callable[..., Booking]
) -> None:
    hall = make_room(kalajarvi, "hall", capacity=12)
    make_room(kalajarvi, "tiny", capacity=2)
    make_room(kalajarvi, "huge", capacity=200)
    make_room(kalajarvi, "same-size", capacity=14)
    make_room(iso_omena, "elsewhere", capacity=12)
    book(hall, 16, 19)
    alternatives = nearest_alternatives(hall, wednesday(17), wednesday(18), 10, at=AT)
    assert [(other.room.slug, (other.starts_at - wednesday(0)) / HOUR) for other in alternatives] == [
        ("hall", 15), ("hall", 19), ("hall", 14),
        ("same-size", 17), ("huge", 17), ("elsewhere", 17),
    ]  # fmt: skip
    assert all(other.ends_at - other.starts_at == HOUR for other in alternatives)
    assert len({other.reason for other in alternatives}) == 4


def test_alternatives_can_be_booked(hall: Room, resident: User, book: Callable[..., Booking]) -> None:
    Room.objects.update(gap_minutes=15)
    make_room(hall.hub, "other", gap_minutes=30, grid_minutes=60)
    hall.refresh_from_db()
    book(hall, 17, 18)
    alternatives = nearest_alternatives(hall, wednesday(17), wednesday(18), 5, at=AT)
    assert len(alternatives) == 4
    for other in alternatives:
        book_room(
            room=other.room, resident=None, actor=resident, starts_at=other.starts_at, ends_at=other.ends_at,
            details=BookingDetails(people=5, name="Kim"), at=AT,
        ).delete()  # fmt: skip


def test_alternatives_to_what_can_never_be_had_do_not_repeat_it(hall: Room) -> None:
    too_long = nearest_alternatives(hall, wednesday(8), wednesday(18), 5, at=AT)
    assert {other.ends_at - other.starts_at for other in too_long} == {4 * HOUR}
    assert nearest_alternatives(hall, wednesday(18), wednesday(17), 5, at=AT) == []
    assert nearest_alternatives(hall, wednesday(17), wednesday(18), 5000, at=AT) == []


def test_a_wish_for_the_past_or_for_next_year_is_answered_with_what_is_near(hall: Room) -> None:
    past = nearest_alternatives(hall, helsinki(2026, 11, 1, 17), helsinki(2026, 11, 1, 18), 5, at=AT)
    future = nearest_alternatives(hall, helsinki(2027, 11, 1, 17), helsinki(2027, 11, 1, 18), 5, at=AT)
    assert [other.starts_at for other in past] == [AT, AT + HOUR, AT + 2 * HOUR]
    assert future[0].starts_at.date() == date(2027, 2, 22)


def test_a_room_that_is_closed_for_weeks_offers_the_first_day_after(hall: Room, kalajarvi_editor: User) -> None:
    close_room(
        room=hall, starts_at=AT, ends_at=AT + timedelta(days=30), reason={"sv": "x"}, actor=kalajarvi_editor, at=AT
    )  # fmt: skip
    (only,) = nearest_alternatives(hall, wednesday(17), wednesday(18), 5, at=AT)
    assert only.starts_at == AT + timedelta(days=30)


def test_only_the_best_are_made_while_all_are_counted(kalajarvi: Hub, book: Callable[..., Booking]) -> None:
    for number in range(1, 6):
        make_room(kalajarvi, f"room-{number}", capacity=number * 10)
    book(Room.objects.get(slug="room-2"), 17, 20)
    wish = RoomQuery(starts_at=wednesday(17), ends_at=wednesday(20), minutes=120, people=15)

    result = search_rooms(wish, at=AT, most=2)

    assert (found(result.matches), result.fitting, result.total) == (["room-3", "room-4"], 3, 5)
    assert result.matches == search_rooms(wish, at=AT, most=None).matches[:2]


def test_a_search_within_the_evenings_finds_what_lies_in_them_alone(hall: Room, book: Callable[..., Booking]) -> None:
    book(hall, 18, 20)
    evenings = tuple((wednesday(17 + 24 * day), wednesday(22 + 24 * day)) for day in range(3))
    wish = RoomQuery(starts_at=wednesday(17), ends_at=wednesday(70), minutes=120, within=evenings)

    (match,) = search_rooms(wish, at=AT).matches

    assert hours_of(match.spans) == [(41, 44), (65, 68)]


def test_what_lasts_for_weeks_is_found_by_a_day_in_its_midst(hall: Room, kalajarvi_editor: User) -> None:
    close_room(
        room=hall, starts_at=wednesday(-240), ends_at=wednesday(480), reason={"sv": "x"}, actor=kalajarvi_editor, at=AT
    )

    assert free(hall) == []
    assert not BusyPeriod.objects.overlapping(wednesday(480), wednesday(500)).exists()


# --- Queries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rooms", [1, 12])
def test_free_times_take_three_queries_whatever_the_rooms(
    rooms: int, kalajarvi: Hub, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rooms):
        make_room(kalajarvi, f"room-{number}", hours={"wed": ("9:00", "17:00")})
    listed = list(Room.objects.for_list())
    with django_assert_num_queries(3):
        free_times(listed, wednesday(0), wednesday(24), at=AT)
    with django_assert_num_queries(3):
        next_free_starts(listed, 60, at=AT)


@pytest.mark.parametrize("rooms", [1, 12])
def test_a_search_takes_five_queries_whatever_the_rooms(
    rooms: int, kalajarvi: Hub, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rooms):
        make_room(kalajarvi, f"room-{number}")
    with django_assert_num_queries(5):
        assert len(find()) == rooms


# --- Wholes and their parts, kept true by the admin ----------------------------------------------------------


def test_a_room_does_not_join_or_leave_a_whole_that_is_booked(hall: Room, kalajarvi_editor: User) -> None:
    part = make_room(hall.hub, "part", parent=hall)
    loose = make_room(hall.hub, "loose")
    part.clean()
    at = timezone.now()
    start = (at + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    close_room(
        room=hall, starts_at=start, ends_at=start + HOUR, reason={"sv": "x"}, actor=kalajarvi_editor, at=at
    )  # fmt: skip
    part.clean()
    for room, parent in ((part, None), (loose, hall), (Room(hub=hall.hub, slug="new"), hall)):
        room.parent = parent
        with pytest.raises(ValidationError):
            room.clean()
    BusyPeriod.objects.all().delete()
    loose.clean()
