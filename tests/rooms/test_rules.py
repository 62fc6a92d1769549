"""Every rule of a room: the verb refuses with one reason that says what to do, in three languages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from accounts.models import User
from hubs.models import Hub, SpecialDay
from rooms import rules
from rooms.availability import free_times
from rooms.booking import (
    BookingDetails,
    Reason,
    Refused,
    Taken,
    book_room,
    close_room,
    finish_due,
    give_back,
    hold,
    reopen_room,
)
from rooms.enums import BookerKind, BookingChannel, PriceGroup, WhoMayBook
from rooms.models import Booking, Room
from rooms.rules import duration_words, price_cents, request_deadline, working_days_later
from rooms.rules_in_words import describe
from tests.cast import TUESDAY, helsinki, make_room, set_hours

pytestmark = pytest.mark.django_db

AT = TUESDAY
WEDNESDAY_17 = helsinki(2026, 11, 25, 17)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DETAILS = BookingDetails(people=10, name="Kim")

type Ask = Callable[..., list[Reason]]


@pytest.fixture
def reasons(kalajarvi: Hub, resident: User) -> Ask:
    """Ask for a new room with the given fields; return the reasons against, or [] for a booking.

    A booking is undone again, unless the test keeps it.
    """

    def ask(
        starts_at: datetime = WEDNESDAY_17,
        ends_at: datetime | None = None,
        *,
        at: datetime = AT,
        actor: User = resident,
        details: dict[str, Any] | None = None,
        keep: bool = False,
        **room: Any,
    ) -> list[Reason]:
        wish = {"starts_at": starts_at, "ends_at": ends_at or starts_at + HOUR, "at": at}
        wish |= {"resident": resident, "actor": actor, "details": replace(DETAILS, **(details or {}))}
        try:
            with transaction.atomic():
                book_room(room=make_room(kalajarvi, f"room-{Room.objects.count()}", **room), **wish)
                transaction.set_rollback(not keep)
        except Refused as refusal:
            return refusal.reasons
        return []

    return ask


def only(reasons: list[Reason]) -> tuple[str, str]:
    (reason,) = reasons
    assert reason.message
    return reason.code, reason.field


# --- How big and how long -----------------------------------------------------------------------


def test_capacity(reasons: Ask) -> None:
    assert reasons(capacity=10) == []
    refused = reasons(capacity=9)
    assert only(refused) == ("capacity", "people")
    assert "9" in refused[0].message


@pytest.mark.parametrize("people", [None, 0, -3])
def test_somebody_comes(reasons: Ask, people: int | None) -> None:
    assert only(reasons(details={"people": people})) == ("people", "people")


@pytest.mark.parametrize(
    ("grid", "minute", "expected"),
    [(15, 15, []), (15, 5, ["off_grid"]), (30, 30, []), (30, 15, ["off_grid"]), (60, 0, []), (60, 30, ["off_grid"])],
)
def test_start_grid(reasons: Ask, grid: int, minute: int, expected: list[str]) -> None:
    refused = reasons(WEDNESDAY_17 + minute * MINUTE, grid_minutes=grid)
    assert [reason.code for reason in refused] == expected


def test_the_grid_counts_from_midnight_and_not_from_opening(reasons: Ask) -> None:
    hours = {"wed": ("8:15", "20:00")}
    assert only(reasons(helsinki(2026, 11, 25, 8, 15), hours=hours, grid_minutes=30)) == ("off_grid", "starts_at")
    assert reasons(helsinki(2026, 11, 25, 8, 30), hours=hours, grid_minutes=30) == []


def test_shortest_and_longest(reasons: Ask) -> None:
    limits = {"shortest_minutes": 60, "longest_minutes": 90}
    assert reasons(WEDNESDAY_17, WEDNESDAY_17 + 60 * MINUTE, **limits) == []
    assert only(reasons(WEDNESDAY_17, WEDNESDAY_17 + 59 * MINUTE, **limits)) == ("too_short", "ends_at")
    assert reasons(WEDNESDAY_17, WEDNESDAY_17 + 90 * MINUTE, **limits) == []
    assert only(reasons(WEDNESDAY_17, WEDNESDAY_17 + 91 * MINUTE, **limits)) == ("too_long", "ends_at")


@pytest.mark.parametrize("minutes", [0, -30])
def test_it_ends_after_it_starts(reasons: Ask, minutes: int) -> None:
    assert only(reasons(WEDNESDAY_17, WEDNESDAY_17 + minutes * MINUTE)) == ("ends_before_it_starts", "ends_at")


def test_length_is_real_time_on_the_night_that_loses_an_hour(reasons: Ask, kalajarvi: Hub) -> None:
    kalajarvi.timetable.periods.all().delete()
    set_hours(kalajarvi.timetable, {"sat": ("20:00", "8:00")})
    night, at = helsinki(2026, 3, 29), helsinki(2026, 3, 27, 12)
    assert reasons(night.replace(hour=2), night.replace(hour=5), at=at, longest_minutes=120) == []
    assert only(reasons(night.replace(hour=2), night.replace(hour=4), at=at, shortest_minutes=90))[0] == "too_short"


# --- How early and how late ------------------------------------------------------------------------


def test_how_early(reasons: Ask) -> None:
    assert reasons(helsinki(2026, 12, 4, 19), earliest_days=10) == []
    refused = reasons(helsinki(2026, 12, 5, 8), earliest_days=10)
    assert only(refused) == ("too_early", "starts_at")
    assert "10" in refused[0].message
    assert "4 december 2026" in refused[0].message


def test_how_late(reasons: Ask) -> None:
    assert reasons(WEDNESDAY_17, at=WEDNESDAY_17 - 120 * MINUTE, latest_minutes=120) == []
    refused = reasons(WEDNESDAY_17 + HOUR, at=WEDNESDAY_17 - 59 * MINUTE, latest_minutes=120)
    assert only(refused) == ("too_late", "starts_at")


def test_not_in_the_past(reasons: Ask) -> None:
    assert reasons(WEDNESDAY_17, at=WEDNESDAY_17) == []
    assert only(reasons(WEDNESDAY_17 - HOUR, at=WEDNESDAY_17)) == ("past", "starts_at")


@pytest.mark.parametrize(
    ("room", "minutes", "expected"),
    [
        ({}, 29, []),
        ({}, 30, ["past"]),
        ({"grid_minutes": 15}, 14, []),
        ({"grid_minutes": 15}, 15, ["past"]),
        ({"latest_minutes": 5}, 1, ["past"]),
        ({"needs_approval": True}, 1, ["past"]),
        ({"who_may_book": WhoMayBook.RESIDENTS}, 1, ["past"]),
    ],
    ids=["runs", "has ended", "runs, short", "has ended, short", "notice", "approval", "residents only"],
)
def test_the_step_of_the_grid_that_runs_can_be_booked_until_its_end(
    reasons: Ask, room: dict[str, Any], minutes: int, expected: list[str]
) -> None:
    found = reasons(WEDNESDAY_17, at=WEDNESDAY_17 + minutes * MINUTE, **room)
    assert [reason.code for reason in found] == expected


def test_what_is_over_before_it_is_booked_is_in_the_past(hall: Room, resident: User) -> None:
    span = {"room": hall, "starts_at": WEDNESDAY_17, "ends_at": WEDNESDAY_17 + 30 * MINUTE}
    held = hold(**span, language="sv", at=WEDNESDAY_17 + 29 * MINUTE)
    wish = {"resident": resident, "actor": resident, "details": DETAILS, "held": held}
    with pytest.raises(Refused) as refused:
        book_room(**span, **wish, at=WEDNESDAY_17 + 31 * MINUTE)
    assert only(refused.value.reasons) == ("past", "starts_at")


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [(helsinki(1, 1, 2), "past"), (helsinki(1999, 1, 1, 10), "past"), (helsinki(9998, 12, 31, 10), "too_early")],
    ids=str,
)
def test_absurd_days_are_refused_before_they_are_reckoned_with(reasons: Ask, starts_at: datetime, code: str) -> None:
    assert only(reasons(starts_at, earliest_days=730)) == (code, "starts_at")


def test_absurd_lengths_are_refused_before_they_are_reckoned_with(reasons: Ask) -> None:
    assert only(reasons(WEDNESDAY_17, helsinki(9998, 12, 31))) == ("too_long", "ends_at")


# --- Open ----------------------------------------------------------------------------------------------


def test_open_is_the_rooms_hours_within_the_hubs(reasons: Ask) -> None:
    hours = {"wed": ("7:00", "18:30")}
    assert reasons(helsinki(2026, 11, 25, 17, 30), hours=hours) == []
    refused = reasons(helsinki(2026, 11, 25, 15), helsinki(2026, 11, 25, 19), hours=hours)
    assert only(refused) == ("crosses_hours", "ends_at")
    assert "kl. 8" in refused[0].message
    assert "18.30" in refused[0].message


def test_over_the_edge_at_opening_asks_for_another_start(reasons: Ask) -> None:
    hours = {"wed": ("10:00", "18:00")}
    assert only(reasons(helsinki(2026, 11, 25, 9, 30), hours=hours)) == ("crosses_hours", "starts_at")


def test_outside_the_rooms_hours_tells_them(reasons: Ask) -> None:
    refused = reasons(helsinki(2026, 11, 25, 18), hours={"wed": ("8:00", "12:00")})
    assert only(refused) == ("outside_hours", "starts_at")
    assert "12" in refused[0].message


def test_a_day_without_hours_asks_for_another_day(reasons: Ask) -> None:
    assert only(reasons(hours={"thu": ("8:00", "12:00")})) == ("outside_hours", "starts_at")


def test_a_hub_that_is_closed_is_named(reasons: Ask) -> None:
    refused = reasons(helsinki(2026, 11, 25, 20))
    assert only(refused) == ("hub_closed", "starts_at")
    assert "Kalajärvi servicetorg" in refused[0].message


def test_a_hub_that_only_answers_the_phone_is_not_open(reasons: Ask, kalajarvi: Hub) -> None:
    kalajarvi.timetable.periods.all().delete()
    set_hours(kalajarvi.timetable, {"wed": ("8:00", "20:00")}, mode="phone")
    assert only(reasons()) == ("hub_closed", "starts_at")


@pytest.mark.parametrize("mode", ["staffed", "appointment", "self_service"])
def test_any_open_door_will_do(reasons: Ask, kalajarvi: Hub, mode: str) -> None:
    kalajarvi.timetable.periods.all().delete()
    set_hours(kalajarvi.timetable, {"wed": ("8:00", "20:00")}, mode=mode)
    assert reasons() == []


# --- What the resident has already -------------------------------------------------------------------------


def test_one_person_has_one_room_at_a_time(reasons: Ask) -> None:
    assert reasons(keep=True) == []
    refused = reasons(WEDNESDAY_17 + HOUR / 2)
    assert only(refused) == ("own_booking", "starts_at")
    assert Booking.objects.get().reference in refused[0].message
    assert reasons(WEDNESDAY_17 + HOUR) == []


def test_what_was_given_back_or_only_held_is_no_hindrance(reasons: Ask, resident: User, hall: Room) -> None:
    hold(room=hall, starts_at=WEDNESDAY_17, ends_at=WEDNESDAY_17 + HOUR, resident=resident, language="sv", at=AT)
    assert reasons(keep=True) == []
    give_back(booking=Booking.objects.get(state="confirmed"), actor=resident, at=AT)
    assert reasons() == []


def test_coming_bookings_in_the_same_room(hall: Room, resident: User) -> None:
    Room.objects.update(most_active=2)
    days = [WEDNESDAY_17 + timedelta(days=number) for number in range(4)]
    first, _second = (book(hall, resident, day) for day in days[:2])
    with pytest.raises(Refused) as refusal:
        book(hall, resident, days[2])
    assert only(refusal.value.reasons) == ("most_active", "")
    book(hall, resident, days[2], at=first.ends_at)  # the first is over by then


def test_what_comes_before_the_week_asked_for_is_coming_too(hall: Room, resident: User) -> None:
    Room.objects.update(most_active=1)
    book(hall, resident, WEDNESDAY_17)
    with pytest.raises(Refused) as refusal:
        book(hall, resident, WEDNESDAY_17 + timedelta(weeks=2))
    assert only(refusal.value.reasons) == ("most_active", "")


def test_who_has_used_a_room_until_now_may_begin_in_another_in_the_step_that_runs(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(grid_minutes=15, shortest_minutes=15)
    before = book(hall, resident, WEDNESDAY_17, hours=0.25)
    finish_due(at=before.ends_at)
    book(make_room(hall.hub, "other"), resident, WEDNESDAY_17, at=before.ends_at + MINUTE)


def test_coming_bookings_in_other_rooms_do_not_count(hall: Room, resident: User) -> None:
    Room.objects.update(most_active=1)
    book(hall, resident, WEDNESDAY_17)
    book(make_room(hall.hub, "other", most_active=1), resident, WEDNESDAY_17 + HOUR)


def book(room: Room, resident: User, starts_at: datetime, hours: float = 1, at: datetime = AT) -> Booking:
    room.refresh_from_db()
    return book_room(
        room=room,
        resident=resident,
        actor=resident,
        starts_at=starts_at,
        ends_at=starts_at + hours * HOUR,
        details=DETAILS,
        at=at,
    )


@pytest.fixture
def two_hours_a_week(kalajarvi: Hub) -> None:
    Hub.objects.filter(pk=kalajarvi.pk).update(booking_minutes_per_week=120)


FRIDAY_17 = helsinki(2026, 11, 27, 17)


def test_hours_a_week_and_hub(two_hours_a_week: None, hall: Room, iso_omena: Hub, resident: User) -> None:
    book(hall, resident, FRIDAY_17, hours=1.5)
    with pytest.raises(Refused) as refusal:
        book(hall, resident, FRIDAY_17 + timedelta(days=1))
    assert only(refusal.value.reasons) == ("weekly_hours", "ends_at")
    assert "30" in refusal.value.reasons[0].message
    book(hall, resident, FRIDAY_17 + timedelta(days=1), hours=0.5)
    book(hall, resident, helsinki(2026, 11, 30, 8), hours=2)  # Monday: another week
    book(make_room(iso_omena, "other"), resident, FRIDAY_17 + 2 * HOUR)  # another hub


def test_hours_in_another_hub_do_not_count(two_hours_a_week: None, hall: Room, iso_omena: Hub, resident: User) -> None:
    book(make_room(iso_omena, "other"), resident, FRIDAY_17, hours=2)
    book(hall, resident, FRIDAY_17 + 2 * HOUR, hours=1)


def test_a_booking_at_midnight_belongs_to_the_week_that_begins(
    two_hours_a_week: None, kalajarvi: Hub, hall: Room, resident: User
) -> None:
    set_hours(kalajarvi.timetable, {"sun mon": ("0:00", "0:00")}, first_day=date(2026, 11, 29), kind="exception")
    monday = helsinki(2026, 11, 30)
    book(hall, resident, monday, hours=2)
    book(hall, resident, monday - 3 * HOUR, hours=2)
    with pytest.raises(Refused):
        book(hall, resident, monday + 9 * HOUR)


def test_a_used_up_week_says_so(two_hours_a_week: None, hall: Room, resident: User) -> None:
    book(hall, resident, FRIDAY_17, hours=2)
    with pytest.raises(Refused) as refusal:
        book(hall, resident, FRIDAY_17 + timedelta(days=1))
    assert "24" in refusal.value.reasons[0].message


def test_last_minute_bookings_count_against_nobody(two_hours_a_week: None, hall: Room, resident: User) -> None:
    book(hall, resident, FRIDAY_17, hours=2)
    last_minute = FRIDAY_17 + 2 * HOUR
    with pytest.raises(Refused):
        book(hall, resident, last_minute, at=last_minute - 24 * HOUR)
    book(hall, resident, last_minute, at=last_minute - 24 * HOUR + MINUTE)


def test_a_last_minute_booking_leaves_the_weeks_hours_untouched(
    two_hours_a_week: None, hall: Room, resident: User
) -> None:
    book(hall, resident, helsinki(2026, 11, 24, 14), hours=2)  # made two hours ahead
    book(hall, resident, FRIDAY_17, hours=2)


def test_somebody_at_the_desk_has_no_account_to_count(
    two_hours_a_week: None, hall: Room, kalajarvi_editor: User
) -> None:
    for day in range(1, 4):
        book_room(
            room=hall,
            resident=None,
            actor=kalajarvi_editor,
            starts_at=WEDNESDAY_17 + timedelta(days=day),
            ends_at=WEDNESDAY_17 + timedelta(days=day) + 2 * HOUR,
            details=DETAILS,
            at=AT,
        )
    assert Booking.objects.count() == 3


# --- Who and what for ------------------------------------------------------------------------------------------


def test_associations_only(reasons: Ask) -> None:
    room = {"who_may_book": WhoMayBook.ASSOCIATIONS}
    assert only(reasons(**room)) == ("only_associations", "booker_kind")
    choir = {"booker_kind": BookerKind.ASSOCIATION, "organisation": "Kalajärvi Choir"}
    assert reasons(details=choir, **room) == []


def test_an_association_gives_its_name(reasons: Ask) -> None:
    details = {"booker_kind": BookerKind.ASSOCIATION, "organisation": " "}
    assert only(reasons(details=details)) == ("organisation", "organisation")


def test_only_the_staff_book_for_the_city(reasons: Ask, kalajarvi_editor: User) -> None:
    details = {"booker_kind": BookerKind.CITY}
    assert only(reasons(details=details)) == ("only_staff", "booker_kind")
    assert reasons(details=details, actor=kalajarvi_editor) == []


def test_purpose(reasons: Ask) -> None:
    assert only(reasons(is_purpose_required=True)) == ("purpose", "purpose")
    assert reasons(is_purpose_required=True, details={"purpose": "Choir"}) == []


def test_a_contact_person(reasons: Ask, resident: User) -> None:
    assert only(reasons(details={"name": " "})) == ("name", "name")


def test_the_name_of_the_account_will_do(reasons: Ask, resident: User) -> None:
    resident.name = "Robin"
    resident.save()
    assert reasons(details={"name": ""}, keep=True) == []
    assert Booking.objects.get().name == "Robin"


def test_a_room_booked_through_the_staff_says_where(reasons: Ask, kalajarvi_editor: User) -> None:
    room = {"channel": BookingChannel.STAFF, "channel_email": "desk@example.com"}
    refused = reasons(**room)
    assert only(refused) == ("through_staff", "")
    assert "desk@example.com" in refused[0].message
    assert only(reasons(channel=BookingChannel.STAFF)) == ("through_staff", "")
    assert reasons(actor=kalajarvi_editor, **room) == []


def test_an_unpublished_room_is_not_booked(reasons: Ask) -> None:
    assert only(reasons(is_published=False)) == ("not_bookable", "")


def test_all_reasons_are_told_at_once(reasons: Ask) -> None:
    refused = reasons(capacity=5, is_purpose_required=True, longest_minutes=30)
    assert [reason.code for reason in refused] == ["capacity", "purpose", "too_long"]


def test_taken_is_told_first_and_the_rest_with_it(hall: Room, resident: User, another_resident: User) -> None:
    book(hall, resident, WEDNESDAY_17)
    with pytest.raises(Taken) as refusal:
        book_room(
            room=hall,
            resident=another_resident,
            actor=another_resident,
            starts_at=WEDNESDAY_17,
            ends_at=WEDNESDAY_17 + HOUR,
            details=replace(DETAILS, people=41),
            at=AT,
        )
    assert [reason.code for reason in refusal.value.reasons] == ["taken", "capacity"]


# --- What follows from a booking --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "at", "expected"),
    [
        (helsinki(2026, 12, 10, 17), AT, helsinki(2026, 11, 27, 12)),
        (helsinki(2026, 12, 10, 17), helsinki(2026, 11, 27, 12), helsinki(2026, 12, 2, 12)),
        (helsinki(2026, 12, 20, 17), helsinki(2026, 12, 4, 12), helsinki(2026, 12, 9, 12)),
        (helsinki(2026, 11, 27, 9), AT, helsinki(2026, 11, 26, 9)),
        (helsinki(2026, 11, 25, 13), AT, helsinki(2026, 11, 24, 16)),
        (helsinki(2026, 11, 24, 14), AT, helsinki(2026, 11, 24, 14)),
    ],
    ids=[
        "three working days",
        "over a weekend",
        "over a weekend with a holiday on Sunday",
        "a day before",
        "at least four hours",
        "never beyond the start",
    ],
)
def test_when_a_request_expires(starts_at: datetime, at: datetime, expected: datetime) -> None:
    SpecialDay.objects.create(date=date(2026, 12, 6), key="independence_day", name="x", is_public_holiday=True)
    assert request_deadline(starts_at, at) == expected


def test_working_days_leave_out_holidays_and_keep_the_wall_clock_over_a_clock_change() -> None:
    christmas = [date(2026, 12, 24), date(2026, 12, 25)]
    assert working_days_later(helsinki(2026, 12, 23, 9), 1, christmas) == helsinki(2026, 12, 28, 9)
    assert working_days_later(helsinki(2026, 3, 27, 9), 1, []) == helsinki(2026, 3, 30, 9)


@pytest.mark.parametrize(
    ("group", "minutes", "expected"),
    [
        (PriceGroup.NORMAL, 60, 1500),
        (PriceGroup.NORMAL, 90, 2250),
        (PriceGroup.NORMAL, 50, 1250),
        (PriceGroup.REDUCED, 60, 701),
        (PriceGroup.REDUCED, 30, 351),
        (PriceGroup.FREE, 60, 0),
    ],
)
def test_price(group: PriceGroup, minutes: int, expected: int) -> None:
    assert price_cents(Room(price_cents=1500, reduced_price_cents=701), group, minutes) == expected


def test_without_a_reduced_price_the_normal_one_holds() -> None:
    assert price_cents(Room(price_cents=1500), PriceGroup.REDUCED, 60) == 1500


# --- In words ---------------------------------------------------------------------------------------------------


def test_the_rooms_page_tells_every_rule_before_anyone_runs_into_it(kalajarvi: Hub) -> None:
    Hub.objects.update(booking_minutes_per_week=360)
    room = make_room(
        kalajarvi,
        capacity=12,
        grid_minutes=60,
        shortest_minutes=90,
        longest_minutes=180,
        earliest_days=45,
        latest_minutes=120,
        gap_minutes=20,
        most_active=3,
        needs_approval=True,
        who_may_book=WhoMayBook.ASSOCIATIONS,
        is_purpose_required=True,
        cancel_hours=48,
        release_minutes=15,
        price_cents=1200,
        reduced_price_cents=600,
    )
    room.hub.refresh_from_db()
    with translation.override("en"):
        rules_told = describe(room)
    words = " ".join(rules_told)
    sizes = ["12 people", "1 h 30 min", "3 hours", "on the hour", "45 days", "2 hours", "20 minutes", "3 coming"]
    others = ["6 hours a week", "less than 24 hours before", "associations", "use the room for", "15 minutes after"]
    promises = ["3 working days", "expires by itself", "two rooms", "48 hours", "always give the time back"]
    prices = ["€12 per hour", "Free of charge for associations", "€6 per hour", "2 times in 90 days"]
    assert [value for value in sizes + others + promises + prices if value not in words] == []
    assert len(set(rules_told)) == len(rules_told)


def test_a_plain_room_tells_few_rules_and_that_what_is_free_can_be_had_at_once(hall: Room) -> None:
    with translation.override("en"):
        words = describe(hall)
    assert len(words) == 10
    assert "Is it free when you come? You can book it on the spot, also from the half hour that has begun." in words


@pytest.mark.parametrize("limits", [{"latest_minutes": 60}, {"needs_approval": True}], ids=["notice", "approval"])
def test_where_nothing_can_be_had_at_once_nothing_is_promised(kalajarvi: Hub, limits: dict[str, Any]) -> None:
    with translation.override("en"):
        assert "on the spot" not in " ".join(describe(make_room(kalajarvi, **limits)))


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (120, "2 hours"), (75, "1 h 15 min")]
)
def test_durations_in_words(minutes: int, words: str) -> None:
    with translation.override("en"):
        assert duration_words(minutes) == words


def test_the_staff_set_aside_how_many_somebody_has_and_how_long(
    two_hours_a_week: None, hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    Room.objects.update(most_active=1)
    book(hall, resident, FRIDAY_17, hours=2)
    hall.refresh_from_db()
    span = {"starts_at": FRIDAY_17 + timedelta(days=1), "ends_at": FRIDAY_17 + timedelta(days=1) + HOUR}
    wish = {"room": hall, "resident": resident, "actor": kalajarvi_editor, "details": DETAILS, "at": AT, **span}
    with pytest.raises(Refused) as refusal:
        book_room(**wish)
    assert [reason.code for reason in refusal.value.reasons] == ["most_active", "weekly_hours"]
    assert book_room(**wish, override_reason="A play").staff_note == "A play"


def test_every_code_that_staff_may_override_is_a_code_of_a_rule() -> None:
    with open(rules.__file__, encoding="utf-8") as file:  # noqa: PTH123 - a module's own file
        source = file.read()
    assert all(f'Reason("{code}"' in source for code in rules.OVERRIDABLE)
    assert not {"capacity", "taken", "closed", "past"} & rules.OVERRIDABLE


def test_a_room_that_is_reopened_while_we_ask_is_merely_taken(hall: Room) -> None:
    closing = {"room": hall, "starts_at": WEDNESDAY_17, "ends_at": WEDNESDAY_17 + HOUR, "reason": {"sv": "x"}}
    closure = close_room(**closing, actor=None, at=AT)
    times = free_times([hall], AT, AT + timedelta(days=3), at=AT)
    reopen_room(closure=closure)
    asked = {"room": hall, "starts_at": WEDNESDAY_17, "ends_at": WEDNESDAY_17 + HOUR, "at": AT, "asked_at": AT}

    assert rules.problems(rules.Ask(**asked, free_time=times[hall.pk])) == []
    assert times[hall.pk].is_busy(WEDNESDAY_17, WEDNESDAY_17 + HOUR)
