"""Series: the same time every week or every second week, all dates or none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from hubs.models import Hub, Period, SpecialDay
from rooms.booking import (
    MOST_STAFF_TIMES,
    BookingDetails,
    Refused,
    SeriesChoice,
    SeriesDate,
    Taken,
    approve,
    approve_series,
    book_room,
    book_series,
    change_booking,
    change_following,
    close_room,
    decline_series,
    expire_due,
    give_back,
    give_back_following,
    hold,
    preview_series,
    series_starts,
)
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Room, Series
from tests.cast import HELSINKI, TUESDAY, helsinki, make_room, make_user, set_hours

pytestmark = pytest.mark.django_db

AT = TUESDAY
START = helsinki(2026, 12, 1, 17)
HOUR = timedelta(hours=1)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
DETAILS = BookingDetails(people=10, name="Kim")


def look(room: Room, **wish: Any) -> list[SeriesDate]:
    usual = {"starts_at": START, "ends_at": START + 2 * HOUR, "every_weeks": 1, "count": 4, "at": AT}
    return preview_series(room=room, **{**usual, **wish})


def choices(
    room: Room, count: int = 4, *, starts_at: datetime = START, hours: int = 2, every_weeks: int = 1
) -> list[SeriesChoice]:
    return [
        SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + hours * HOUR)
        for start in series_starts(starts_at, every_weeks=every_weeks, count=count)
    ]


def book(room: Room, resident: User | None, chosen: list[SeriesChoice] | None = None, **changes: Any) -> Series:
    usual = {"every_weeks": 1, "actor": resident, "details": DETAILS, "at": AT}
    wish = {**usual, **changes}
    return book_series(choices=choices(room) if chosen is None else chosen, resident=resident, **wish)


def book_one(room: Room, resident: User, starts_at: datetime, hours: int = 1) -> Booking:
    span = {"starts_at": starts_at, "ends_at": starts_at + hours * HOUR}
    return book_room(room=room, resident=resident, actor=resident, details=DETAILS, at=AT, **span)


def dates_of(series: Series) -> list[Booking]:
    return list(series.bookings.order_by("series_start"))


def codes(reasons: Any) -> list[str]:
    return [reason.code for reason in reasons]


def busy_starts(room: Room) -> list[datetime]:
    return list(room.busy_periods.order_by("starts_at").values_list("starts_at", flat=True))


# --- The pattern ---------------------------------------------------------------------------------


def test_the_clock_on_the_wall_shows_the_same_time_on_each_date() -> None:
    starts = series_starts(helsinki(2026, 10, 20, 17), every_weeks=1, count=3)
    assert [start.astimezone(HELSINKI).hour for start in starts] == [17, 17, 17]
    assert [start.utcoffset() for start in starts] == [timedelta()] * 3
    assert starts[1] - starts[0] == WEEK + HOUR  # the clocks went back in between


def test_every_second_week_leaves_one_out() -> None:
    starts = series_starts(START, every_weeks=2, count=3)
    assert [start - START for start in starts] == [timedelta(), 2 * WEEK, 4 * WEEK]


def test_a_time_that_spring_skips_is_an_hour_later_that_once() -> None:
    starts = series_starts(helsinki(2027, 3, 21, 3, 30), every_weeks=1, count=3)
    assert [f"{start.astimezone(HELSINKI):%H:%M}" for start in starts] == ["03:30", "04:30", "03:30"]


# --- Looking ---------------------------------------------------------------------------------------


def test_a_free_series_has_nothing_against_it(hall: Room, resident: User) -> None:
    dates = look(hall, resident=resident)
    assert [date.starts_at for date in dates] == [START, START + WEEK, START + 2 * WEEK, START + 3 * WEEK]
    assert all(date.is_free and not date.alternatives for date in dates)
    assert Booking.objects.count() == 0


def test_a_clash_is_told_with_the_nearest_time_of_the_room_and_another_room(
    hall: Room, resident: User, another_resident: User
) -> None:
    studio = make_room(hall.hub, "studio", capacity=30)
    book_one(hall, another_resident, START + WEEK)
    clash = look(hall, resident=resident)[1]
    assert codes(clash.reasons) == ["taken"]
    found = [(each.room, each.starts_at) for each in clash.alternatives]
    assert found[0] == (hall, START + WEEK + HOUR)
    assert (studio, START + WEEK) in found
    assert [date.is_free for date in look(hall, resident=resident)] == [True, False, True, True]


def test_what_is_suggested_can_be_booked(hall: Room, resident: User, another_resident: User) -> None:
    make_room(hall.hub, "studio", capacity=30)
    book_one(hall, another_resident, START + WEEK, hours=2)
    book_one(make_room(hall.hub, "gym"), resident, START + WEEK + 2 * HOUR)  # the resident is elsewhere after it
    for number in range(len(look(hall, resident=resident)[1].alternatives)):
        with transaction.atomic():
            dates = look(hall, resident=resident)
            instead = dates[1].alternatives[number]
            chosen = choices(hall)
            chosen[1] = replace(
                chosen[1], room=instead.room, starts_at=instead.starts_at, ends_at=instead.ends_at
            )  # fmt: skip
            book(hall, resident, chosen)
            transaction.set_rollback(True)


def test_a_holiday_is_named_also_where_the_room_is_open(kalajarvi: Hub, hall: Room) -> None:
    SpecialDay.objects.create(
        date=date(2026, 12, 8), key="test-day", name_sv="Provdagen", is_public_holiday=True, changes_hours=False
    )
    assert [each.special_day for each in look(hall)] == ["", "Provdagen", "", ""]
    assert look(hall)[1].is_free


def test_a_date_with_hours_of_its_own_is_named_by_them(kalajarvi: Hub, hall: Room) -> None:
    day = date(2026, 12, 8)
    party = set_hours(kalajarvi.timetable, {"tue": ("8:00", "20:00")}, first_day=day, last_day=day, kind="exception")
    Period.objects.filter(pk=party.pk).update(title_sv="Julfesten")
    assert [each.special_day for each in look(hall)] == ["", "Julfesten", "", ""]


def test_a_holiday_on_which_the_hub_is_closed_is_a_clash_with_another_day_to_choose(hall: Room) -> None:
    SpecialDay.objects.create(
        date=date(2026, 12, 8), key="test-day", name_sv="Provdagen", is_public_holiday=True, changes_hours=True
    )
    holiday = look(hall)[1]
    assert (holiday.special_day, codes(holiday.reasons)) == ("Provdagen", ["hub_closed"])
    assert holiday.alternatives[0].starts_at.astimezone(HELSINKI).date() in (date(2026, 12, 7), date(2026, 12, 9))


def test_a_closure_is_told_with_its_reason(hall: Room, kalajarvi_editor: User) -> None:
    span = {"starts_at": START + WEEK - HOUR, "ends_at": START + WEEK + 3 * HOUR}
    close_room(room=hall, reason={"sv": "Golvet slipas"}, actor=kalajarvi_editor, at=AT, **span)
    (reason,) = look(hall)[1].reasons
    assert reason.code == "closed"
    assert "Golvet slipas" in reason.message


def test_dates_beyond_the_rooms_horizon_say_so(hall: Room) -> None:
    Room.objects.filter(pk=hall.pk).update(earliest_days=15)
    assert [codes(each.reasons) for each in look(Room.objects.get(pk=hall.pk))] == [
        [], [], ["too_early"], ["too_early"]
    ]  # fmt: skip


def test_a_series_counts_as_one_coming_booking_of_a_room(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(most_active=2)
    room = Room.objects.get(pk=hall.pk)
    book(room, resident, choices(room, 4))
    book_one(room, resident, START + DAY)
    with pytest.raises(Refused) as refusal:
        book_one(room, resident, START + 2 * DAY)
    assert codes(refusal.value.reasons) == ["most_active"]


def test_who_has_as_many_as_a_room_allows_cannot_book_a_series(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(most_active=1)
    room = Room.objects.get(pk=hall.pk)
    book_one(room, resident, START + DAY)
    assert [codes(each.reasons) for each in look(room, resident=resident)] == [["most_active"]] * 4


def test_a_date_of_a_series_can_be_moved_where_a_room_allows_one_coming_booking(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(most_active=1)
    room = Room.objects.get(pk=hall.pk)
    first = book(room, resident, choices(room, 4)).bookings.order_by("starts_at")[0]
    later = {"starts_at": first.starts_at + DAY, "ends_at": first.ends_at + DAY}
    assert change_booking(booking=first, actor=resident, at=AT, **later).starts_at == START + DAY


def test_each_week_has_its_own_quota(hall: Room, resident: User) -> None:
    Hub.objects.filter(pk=hall.hub_id).update(booking_minutes_per_week=180)
    room = Room.objects.get(pk=hall.pk)
    book_one(make_room(room.hub, "studio"), resident, START + WEEK + DAY, hours=2)
    assert [codes(each.reasons) for each in look(room, resident=resident)] == [[], ["weekly_hours"], [], []]


def test_what_the_session_holds_is_free_for_itself(hall: Room, resident: User) -> None:
    held = hold(room=hall, starts_at=START, ends_at=START + 2 * HOUR, language="sv", at=AT)
    assert not look(hall)[0].is_free
    assert look(hall, ignoring=held)[0].is_free


def test_a_group_too_large_is_told_on_every_date_with_a_room_that_holds_it(hall: Room) -> None:
    aula = make_room(hall.hub, "aula", capacity=200)
    for each in look(hall, people=100):
        assert codes(each.reasons) == ["capacity"]
        assert [instead.room for instead in each.alternatives] == [aula]


@pytest.mark.any_database
def test_the_number_of_queries_does_not_grow_with_the_dates_or_the_clashes(
    hall: Room, resident: User, another_resident: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Room.objects.filter(pk=hall.pk).update(earliest_days=400)
    room = Room.objects.get(pk=hall.pk)
    for number in range(3):
        make_room(hall.hub, f"room-{number}")
    with django_assert_max_num_queries(9):
        look(room, resident=resident, count=2)
    with django_assert_max_num_queries(9):
        look(room, resident=resident, count=40)
    staff = make_user("desk@example.com", is_staff=True)
    book(room, another_resident, choices(room, 30), actor=staff, override_reason="Club")
    with django_assert_max_num_queries(16):
        assert sum(not each.is_free for each in look(room, resident=resident, count=40)) == 30


# --- Booking ---------------------------------------------------------------------------------------


def test_a_series_is_booked_with_all_its_dates_and_one_mail(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    dates = dates_of(series)
    assert [each.starts_at for each in dates] == [START, START + WEEK, START + 2 * WEEK, START + 3 * WEEK]
    assert {(each.state, each.resident, each.people, each.room) for each in dates} == {
        (BookingState.CONFIRMED, resident, 10, hall)
    }
    assert busy_starts(hall) == [each.starts_at for each in dates]
    assert [event.kind for event in BookingEvent.objects.all()] == [EventKind.CONFIRMED] * 4
    assert BookingMail.objects.count() == len(mail.outbox) == 1


def test_the_mail_says_that_a_room_is_released_without_check_in(hall: Room, resident: User) -> None:
    words = "Checka in när du kommer. Om ingen har gjort det 15 minuter efter starttiden blir lokalen ledig för andra."
    book(hall, resident)
    assert "Checka in" not in mail.outbox[-1].body
    Room.objects.update(release_minutes=15)
    hall.refresh_from_db()
    give_back_following(booking=dates_of(Series.objects.get())[0], actor=resident, at=AT)
    assert "Checka in" not in mail.outbox[-1].body
    book(hall, resident)
    assert words in mail.outbox[-1].body


def test_dates_may_be_left_out_and_moved(hall: Room, resident: User) -> None:
    studio = make_room(hall.hub, "studio")
    first, _second, third, fourth = choices(hall)
    moved = replace(third, room=studio, starts_at=third.starts_at + HOUR, ends_at=third.ends_at + HOUR)
    dates = dates_of(book(hall, resident, [first, moved, fourth]))
    assert [(each.room, each.series_start, each.starts_at) for each in dates] == [
        (hall, START, START),
        (studio, START + 2 * WEEK, START + 2 * WEEK + HOUR),
        (hall, START + 3 * WEEK, START + 3 * WEEK),
    ]


def test_one_date_that_is_taken_leaves_nothing_booked_and_is_named(
    hall: Room, resident: User, another_resident: User
) -> None:
    book_one(hall, another_resident, START + 2 * WEEK + HOUR)
    with pytest.raises(Taken) as refusal:
        book(hall, resident)
    assert {start: codes(reasons) for start, reasons in refusal.value.of.items()} == {START + 2 * WEEK: ["taken"]}
    assert (Series.objects.count(), Booking.objects.count(), BusyPeriod.objects.count()) == (0, 1, 1)


def test_two_dates_of_a_series_do_not_get_the_same_time(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    chosen = choices(hall, 2)
    chosen[1] = replace(chosen[1], starts_at=START + HOUR, ends_at=START + 3 * HOUR)
    with pytest.raises(Refused) as refusal:
        book(hall, resident, chosen)
    assert codes(refusal.value.of[START + WEEK]) == ["taken", "own_booking"]
    with pytest.raises(Taken):
        book(hall, None, chosen, actor=kalajarvi_editor)


def test_two_rooms_at_the_same_time_are_one_too_many(hall: Room, resident: User) -> None:
    chosen = choices(hall, 2)
    chosen[1] = replace(chosen[1], room=make_room(hall.hub, "studio"), starts_at=START, ends_at=START + HOUR)
    with pytest.raises(Refused) as refusal:
        book(hall, resident, chosen)
    assert codes(refusal.value.of[START + WEEK]) == ["own_booking"]


def test_the_gap_of_one_date_keeps_the_next_away(hall: Room, kalajarvi_editor: User) -> None:
    Room.objects.filter(pk=hall.pk).update(gap_minutes=30)
    chosen = choices(Room.objects.get(pk=hall.pk), 2)
    chosen[1] = replace(chosen[1], starts_at=START + 2 * HOUR, ends_at=START + 3 * HOUR)
    with pytest.raises(Taken) as refusal:
        book(hall, None, chosen, actor=kalajarvi_editor)
    assert list(refusal.value.of) == [START + WEEK]


def test_a_part_and_its_whole_are_not_both_had_by_one_series(hall: Room, kalajarvi_editor: User) -> None:
    half = make_room(hall.hub, "half", parent=hall, gap_minutes=30)
    for rooms, starts_at in (((hall, half), START), ((half, hall), START), ((half, hall), START + 2 * HOUR)):
        chosen = [replace(choice, room=room) for choice, room in zip(choices(hall, 2), rooms, strict=True)]
        chosen[1] = replace(chosen[1], starts_at=starts_at, ends_at=starts_at + HOUR)
        with pytest.raises(Taken) as refusal:
            book(hall, None, chosen, actor=kalajarvi_editor)
        assert list(refusal.value.of) == [START + WEEK]


def test_a_date_that_is_moved_before_another_leaves_time_to_clean(hall: Room, kalajarvi_editor: User) -> None:
    studio = make_room(hall.hub, "studio", gap_minutes=30)
    chosen = choices(studio, 2)
    chosen[1] = replace(chosen[1], starts_at=START - HOUR, ends_at=START)
    with pytest.raises(Taken) as refusal:
        book(studio, None, chosen, actor=kalajarvi_editor)
    assert list(refusal.value.of) == [START]


def test_a_series_takes_the_parts_of_a_room(hall: Room, resident: User, another_resident: User) -> None:
    half = make_room(hall.hub, "half", parent=hall)
    book(hall, resident)
    assert len(busy_starts(half)) == 4
    with pytest.raises(Taken):
        book_one(half, another_resident, START + 3 * WEEK)


def test_two_dates_in_one_week_share_its_quota(hall: Room, resident: User) -> None:
    Hub.objects.filter(pk=hall.hub_id).update(booking_minutes_per_week=180)
    chosen = choices(Room.objects.get(pk=hall.pk), 2)
    chosen[1] = replace(chosen[1], starts_at=START + DAY, ends_at=START + DAY + 2 * HOUR)
    with pytest.raises(Refused) as refusal:
        book(hall, resident, chosen)
    assert codes(refusal.value.of[START + WEEK]) == ["weekly_hours"]


def test_a_resident_books_twelve_dates_and_the_staff_more(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    Room.objects.filter(pk=hall.pk).update(earliest_days=700)
    room = Room.objects.get(pk=hall.pk)
    with pytest.raises(Refused) as refusal:
        book(room, resident, choices(room, 13))
    assert codes(refusal.value.reasons) == ["too_many_dates"]
    assert len(dates_of(book(room, resident, choices(room, 12)))) == 12
    later = choices(room, 13, starts_at=START + 3 * HOUR - 2 * HOUR + HOUR, hours=1)
    assert len(dates_of(book(room, resident, later, actor=kalajarvi_editor))) == 13
    with pytest.raises(Refused):
        book(room, resident, choices(room, MOST_STAFF_TIMES + 1), actor=kalajarvi_editor)


def test_the_staff_override_with_a_reason_but_never_a_taken_time(
    hall: Room, resident: User, another_resident: User, kalajarvi_editor: User
) -> None:
    night = choices(hall, 3, starts_at=helsinki(2026, 12, 1, 21))
    with pytest.raises(Refused):
        book(hall, resident, night, actor=kalajarvi_editor)
    dates = dates_of(book(hall, resident, night, actor=kalajarvi_editor, override_reason="Lucia"))
    assert {each.staff_note for each in dates} == {"Lucia"}
    with pytest.raises(Taken):
        book(hall, another_resident, night, actor=kalajarvi_editor, override_reason="Lucia")


def test_dates_off_the_pattern_twice_or_none_are_refused(hall: Room, resident: User) -> None:
    one, two = choices(hall, 2)
    off = replace(two, series_start=two.series_start + DAY)
    for chosen, code in (([], "no_dates"), ([one, off], "too_many_dates"), ([one, one], "same_date")):
        with pytest.raises(Refused) as refusal:
            book(hall, resident, chosen)
        assert codes(refusal.value.reasons) == [code]


def test_what_is_missing_in_the_form_is_said_once(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(is_purpose_required=True)
    with pytest.raises(Refused) as refusal:
        book(hall, resident)
    assert codes(refusal.value.reasons) == ["purpose"]


def test_the_hold_becomes_the_first_booking(hall: Room, resident: User) -> None:
    held = hold(room=hall, starts_at=START, ends_at=START + 2 * HOUR, language="sv", at=AT)
    dates = dates_of(book(hall, resident, held=held))
    assert (dates[0].pk, dates[0].reference) == (held.pk, held.reference)
    assert len(busy_starts(hall)) == Booking.objects.count() == 4


def test_sent_twice_the_same_hold_gives_the_same_series(hall: Room, resident: User) -> None:
    held = hold(room=hall, starts_at=START, ends_at=START + 2 * HOUR, language="sv", at=AT)
    assert book(hall, resident, held=held) == book(hall, resident, held=held)
    assert (Series.objects.count(), Booking.objects.count(), len(mail.outbox)) == (1, 4, 1)


def test_what_somebody_else_holds_does_not_become_the_first_booking(
    hall: Room, resident: User, another_resident: User
) -> None:
    theirs = hold(
        room=hall, starts_at=START, ends_at=START + HOUR, resident=another_resident, language="sv", at=AT
    )  # fmt: skip
    book(hall, resident, choices(hall, starts_at=START + HOUR), held=theirs)
    theirs.refresh_from_db()
    assert (theirs.state, theirs.resident, theirs.series) == (BookingState.HELD, another_resident, None)


def test_what_was_held_in_time_stays_in_time_while_the_form_is_filled_in(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(latest_minutes=60)
    room = Room.objects.get(pk=hall.pk)
    begun, sent = START - HOUR, START - HOUR + timedelta(minutes=5)
    held = hold(room=room, starts_at=START, ends_at=START + 2 * HOUR, language="sv", at=begun)
    assert look(room, at=sent, ignoring=held)[0].is_free
    assert dates_of(book(room, resident, choices(room), held=held, at=sent))[0].created_at == begun
    with pytest.raises(Refused) as refusal:
        book(room, resident, choices(room, starts_at=START + 2 * HOUR, hours=1), at=sent + 2 * HOUR)
    assert codes(refusal.value.reasons) == ["too_late"]


def test_a_series_through_the_change_of_clocks_is_booked_at_the_same_hour(hall: Room, resident: User) -> None:
    spring = choices(hall, 3, starts_at=helsinki(2027, 3, 16, 17))
    dates = dates_of(book(hall, resident, spring, at=helsinki(2027, 3, 10, 12)))
    assert [each.starts_at.astimezone(HELSINKI).hour for each in dates] == [17, 17, 17]


@pytest.mark.any_database
def test_twelve_dates_cost_no_more_queries_than_two(
    hall: Room, resident: User, another_resident: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    book_one(hall, resident, START - DAY)
    with django_assert_max_num_queries(25):
        book(hall, resident, choices(hall, 2))
    with django_assert_max_num_queries(25):
        book(hall, another_resident, choices(hall, 12, starts_at=START - 4 * HOUR))


# --- Requests ------------------------------------------------------------------------------------


@pytest.fixture
def asking(kalajarvi: Hub) -> Room:
    return make_room(kalajarvi, "asking", needs_approval=True)


def test_requests_have_a_deadline_each_and_the_editor_gets_one_mail(
    asking: Room, resident: User, kalajarvi_editor: User
) -> None:
    dates = dates_of(book(asking, resident))
    assert {each.state for each in dates} == {BookingState.REQUESTED}
    assert all(each.expires_at is not None for each in dates)
    assert sorted(message.to[0] for message in mail.outbox) == ["editor@example.com", "resident@example.com"]


def test_one_answer_approves_all_that_wait_and_leaves_the_rest(
    asking: Room, resident: User, kalajarvi_editor: User
) -> None:
    series = book(asking, resident)
    give_back(booking=dates_of(series)[1], actor=resident, at=AT)
    mail.outbox.clear()
    approve_series(series=series, actor=kalajarvi_editor, at=AT)
    assert [each.state for each in dates_of(series)] == ["confirmed", "cancelled", "confirmed", "confirmed"]
    assert [message.to for message in mail.outbox] == [["resident@example.com"]]
    with pytest.raises(Refused):
        approve_series(series=series, actor=kalajarvi_editor, at=AT)


def test_what_has_waited_too_long_is_not_approved_with_the_rest(
    asking: Room, resident: User, kalajarvi_editor: User
) -> None:
    series = book(asking, resident, choices(asking, 2, starts_at=START - 5 * DAY))
    first, second = dates_of(series)
    assert first.expires_at is not None
    assert second.expires_at is not None
    assert first.expires_at < second.expires_at
    approve_series(series=series, actor=kalajarvi_editor, at=first.expires_at)
    assert [each.state for each in dates_of(series)] == ["requested", "confirmed"]


def test_a_declined_series_needs_a_reason_and_frees_all(asking: Room, resident: User, kalajarvi_editor: User) -> None:
    series = book(asking, resident)
    with pytest.raises(Refused):
        decline_series(series=series, actor=kalajarvi_editor, at=AT, reason=" ")
    decline_series(series=series, actor=kalajarvi_editor, at=AT, reason="Renovering")
    assert {each.state for each in dates_of(series)} == {BookingState.DECLINED}
    assert busy_starts(asking) == []


def test_what_has_been_changed_since_is_not_approved(asking: Room, resident: User, kalajarvi_editor: User) -> None:
    series = book(asking, resident)
    change_booking(booking=dates_of(series)[0], actor=resident, at=AT, ends_at=START + HOUR)
    with pytest.raises(Refused):
        approve_series(series=series, actor=kalajarvi_editor, at=AT, sequence=0)


def test_a_hub_answers_its_own_dates_only(asking: Room, iso_omena: Hub, resident: User, kalajarvi_editor: User) -> None:
    other = make_room(iso_omena, "asking", needs_approval=True)
    chosen = choices(asking)
    chosen[1] = replace(chosen[1], room=other)
    series = book(asking, resident, chosen)
    approve_series(series=series, actor=kalajarvi_editor, at=AT, hub=asking.hub)
    assert [each.state for each in dates_of(series)] == ["confirmed", "requested", "confirmed", "confirmed"]


def test_requests_that_nobody_answers_expire_together_with_one_mail(asking: Room, resident: User) -> None:
    series = book(asking, resident)
    mail.outbox.clear()
    deadline = max(each.expires_at for each in dates_of(series) if each.expires_at)
    assert expire_due(at=deadline) == 4
    assert {each.state for each in dates_of(series)} == {BookingState.EXPIRED}
    assert len(mail.outbox) == 1
    assert expire_due(at=deadline) == 0


# --- This and later ------------------------------------------------------------------------------


def test_this_and_later_move_as_far_on_the_wall_clock(hall: Room, resident: User) -> None:
    series = book(hall, resident, choices(hall, 4, starts_at=helsinki(2027, 3, 16, 17)), at=helsinki(2027, 3, 10, 12))
    second = dates_of(series)[1]
    mail.outbox.clear()
    start = helsinki(2027, 3, 24, 18)  # a day and an hour later, before the clocks change
    change_following(
        booking=second, actor=resident, at=helsinki(2027, 3, 10, 12), starts_at=start, ends_at=start + HOUR
    )  # fmt: skip
    assert [each.starts_at.astimezone(HELSINKI).strftime("%d.%m. %H") for each in dates_of(series)] == [
        "16.03. 17", "24.03. 18", "31.03. 18", "07.04. 18"
    ]  # fmt: skip
    assert [each.duration for each in dates_of(series)] == [2 * HOUR, HOUR, HOUR, HOUR]
    assert busy_starts(hall) == [each.starts_at for each in dates_of(series)]
    assert len(mail.outbox) == 1


def test_a_day_later_is_the_same_hour_also_where_the_clocks_change_on_that_day(hall: Room, resident: User) -> None:
    at = helsinki(2027, 3, 10, 12)
    series = book(hall, resident, choices(hall, 3, starts_at=helsinki(2027, 3, 20, 17)), at=at)
    change_following(
        booking=dates_of(series)[0],
        actor=resident,
        at=at,
        starts_at=helsinki(2027, 3, 21, 17),
        ends_at=helsinki(2027, 3, 21, 19),
    )
    assert [each.starts_at.astimezone(HELSINKI).strftime("%d.%m. %H") for each in dates_of(series)] == [
        "21.03. 17", "28.03. 17", "04.04. 17"
    ]  # fmt: skip


def test_a_date_with_a_length_of_its_own_keeps_it_when_all_move(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    first, _second, third, _fourth = dates_of(series)
    change_booking(booking=third, actor=resident, at=AT, ends_at=third.starts_at + HOUR)
    change_following(booking=first, actor=resident, at=AT, starts_at=START - HOUR, ends_at=START + HOUR)
    assert [each.duration for each in dates_of(series)] == [2 * HOUR, 2 * HOUR, HOUR, 2 * HOUR]


def test_the_new_times_may_be_the_old_ones_of_the_series(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    first = dates_of(series)[0]
    change_following(booking=first, actor=resident, at=AT, starts_at=START + WEEK, ends_at=START + WEEK + 2 * HOUR)
    assert busy_starts(hall) == [START + number * WEEK for number in (1, 2, 3, 4)]
    assert [each.series_start for each in dates_of(series)] == [START + number * WEEK for number in range(4)]


def test_one_clash_leaves_the_whole_series_as_it_was(hall: Room, resident: User, another_resident: User) -> None:
    series = book(hall, resident)
    book_one(hall, another_resident, START + 2 * WEEK + 2 * HOUR)
    with pytest.raises(Taken) as refusal:
        change_following(booking=dates_of(series)[0], actor=resident, at=AT, ends_at=START + 3 * HOUR)
    assert list(refusal.value.of) == [START + 2 * WEEK]
    assert [each.duration for each in dates_of(series)] == [2 * HOUR] * 4


def test_what_is_over_or_given_back_is_left_alone(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    give_back(booking=dates_of(series)[2], actor=resident, at=AT)
    later = START + DAY
    with pytest.raises(Refused):
        change_following(booking=dates_of(series)[0], actor=resident, at=later, ends_at=START + HOUR)
    change_following(booking=dates_of(series)[1], actor=resident, at=later, ends_at=START + WEEK + HOUR)
    assert [each.duration for each in dates_of(series)] == [2 * HOUR, HOUR, 2 * HOUR, HOUR]


def test_another_room_for_this_and_later(hall: Room, resident: User) -> None:
    studio = make_room(hall.hub, "studio")
    series = book(hall, resident)
    change_following(booking=dates_of(series)[2], actor=resident, at=AT, room=studio)
    assert [each.room for each in dates_of(series)] == [hall, hall, studio, studio]
    assert (len(busy_starts(hall)), len(busy_starts(studio))) == (2, 2)


def test_details_change_for_each_without_a_mail(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    mail.outbox.clear()
    change_following(
        booking=dates_of(series)[1], actor=resident, at=AT, details=replace(DETAILS, purpose="Choir")
    )  # fmt: skip
    assert [each.purpose for each in dates_of(series)] == ["", "Choir", "Choir", "Choir"]
    assert mail.outbox == []
    assert Series.objects.get().sequence == 1


def test_approval_is_asked_again_only_where_more_is_taken(asking: Room, resident: User, kalajarvi_editor: User) -> None:
    series = book(asking, resident)
    approve_series(series=series, actor=kalajarvi_editor, at=AT)
    change_following(booking=dates_of(series)[2], actor=resident, at=AT, ends_at=START + 2 * WEEK + HOUR)
    assert {each.state for each in dates_of(series)} == {BookingState.CONFIRMED}
    mail.outbox.clear()
    change_following(booking=dates_of(series)[1], actor=resident, at=AT, ends_at=START + WEEK + 3 * HOUR)
    assert [each.state for each in dates_of(series)] == ["confirmed", "requested", "requested", "requested"]
    assert sorted(message.to[0] for message in mail.outbox) == ["editor@example.com", "resident@example.com"]


def test_a_change_to_the_same_changes_nothing(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    events = BookingEvent.objects.count()
    change_following(booking=dates_of(series)[0], actor=resident, at=AT, starts_at=START, details=DETAILS)
    assert (BookingEvent.objects.count(), Series.objects.get().sequence) == (events, 0)


def test_the_mail_about_a_change_names_the_dates_that_move_and_not_those_with_new_details(
    hall: Room, resident: User
) -> None:
    first, second, third, fourth = dates_of(book(hall, resident))
    change_booking(booking=third, actor=resident, at=AT, ends_at=third.starts_at + HOUR)
    mail.outbox.clear()
    change_following(
        booking=first, actor=resident, at=AT, ends_at=START + HOUR, details=replace(DETAILS, purpose="Choir")
    )
    (about,) = (event for event in BookingEvent.objects.all() if event.old and "together" in event.new)
    assert about.new["together"] == [each.reference for each in (first, second, fourth)]
    assert len(mail.outbox) == 1


def test_later_dates_move_where_a_room_allows_one_coming_booking(hall: Room, resident: User) -> None:
    Room.objects.filter(pk=hall.pk).update(most_active=1)
    series = book(Room.objects.get(pk=hall.pk), resident)
    third = dates_of(series)[2]
    change_following(booking=third, actor=resident, at=AT, ends_at=third.starts_at + HOUR)
    assert [each.duration for each in dates_of(series)] == [2 * HOUR, 2 * HOUR, HOUR, HOUR]


def test_staff_give_no_reason_for_their_own_dates(hall: Room, kalajarvi_editor: User) -> None:
    series = book(hall, kalajarvi_editor)
    give_back_following(booking=dates_of(series)[0], actor=kalajarvi_editor, at=AT)
    assert {each.state for each in dates_of(series)} == {BookingState.CANCELLED}
    assert not BookingEvent.objects.filter(kind=EventKind.CANCELLED).exists()


def test_this_and_later_are_given_back_with_one_mail(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    mail.outbox.clear()
    given_back = give_back_following(booking=dates_of(series)[2], actor=resident, at=AT)
    assert [each.series_start for each in given_back] == [START + 2 * WEEK, START + 3 * WEEK]
    assert [each.state for each in dates_of(series)] == ["confirmed", "confirmed", "cancelled", "cancelled"]
    assert busy_starts(hall) == [START, START + WEEK]
    assert len(mail.outbox) == 1


def test_the_staff_give_a_reason_when_they_take_dates_away(hall: Room, resident: User, kalajarvi_editor: User) -> None:
    series = book(hall, resident)
    with pytest.raises(Refused):
        give_back_following(booking=dates_of(series)[0], actor=kalajarvi_editor, at=AT)
    give_back_following(booking=dates_of(series)[0], actor=kalajarvi_editor, at=AT, reason="Vattenskada")
    assert set(BookingEvent.objects.filter(kind=EventKind.CANCELLED).values_list("reason", flat=True)) == {
        "Vattenskada"
    }


def test_a_booking_without_a_series_has_nothing_later(hall: Room, resident: User) -> None:
    booking = book_one(hall, resident, START)
    for verb in (change_following, give_back_following):
        with pytest.raises(Refused):
            verb(booking=booking, actor=resident, at=AT)


@pytest.mark.parametrize(
    "deed",
    [
        lambda booking, who: give_back(booking=booking, actor=who, at=AT),
        lambda booking, who: change_booking(booking=booking, actor=who, at=AT, ends_at=booking.starts_at + HOUR),
        lambda booking, who: give_back_following(booking=booking, actor=who, at=AT),
        lambda booking, who: change_following(booking=booking, actor=who, at=AT, ends_at=booking.starts_at + HOUR),
    ],
    ids=["give_back", "change", "give_back_following", "change_following"],
)
def test_whatever_changes_a_date_counts_up_the_series(deed: Callable[..., Any], hall: Room, resident: User) -> None:
    series = book(hall, resident)
    deed(dates_of(series)[1], resident)
    deed(dates_of(series)[0], resident)
    assert Series.objects.get().sequence == 2


def test_an_answer_to_one_date_counts_up_the_series(asking: Room, resident: User, kalajarvi_editor: User) -> None:
    series = book(asking, resident)
    approve(booking=dates_of(series)[1], actor=kalajarvi_editor, at=AT)
    assert Series.objects.get().sequence == 1
