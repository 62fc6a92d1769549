"""The calendar file of a series, read back as a calendar program does, and the mails it goes with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from icalendar import Calendar

from accounts.models import User
from hubs.models import Hub
from rooms import booking as verbs
from rooms.booking import BookingDetails, SeriesChoice, book_series, series_starts
from rooms.calendar import booking_calendar, series_calendar
from rooms.feeds import own_feed
from rooms.models import Booking, Room, Series
from rooms.privacy import delete_account
from tests.cast import HELSINKI, TUESDAY, helsinki, make_room
from tests.rooms.test_mails import calendar_in, texts

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

AT = TUESDAY
START = helsinki(2026, 12, 1, 17)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
DETAILS = BookingDetails(people=10, name="Kim")

type Shown = tuple[datetime, datetime, str]


def choices(room: Room, count: int = 4, *, starts_at: datetime = START, every_weeks: int = 1) -> list[SeriesChoice]:
    return [
        SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + 2 * HOUR)
        for start in series_starts(starts_at, every_weeks=every_weeks, count=count)
    ]


def book(room: Room, resident: User, chosen: list[SeriesChoice] | None = None, every_weeks: int = 1) -> Series:
    return book_series(
        choices=chosen or choices(room),
        every_weeks=every_weeks,
        resident=resident,
        actor=resident,
        details=DETAILS,
        at=AT,
    )


def date_of(series: Series, number: int) -> Booking:
    return series.bookings.order_by("series_start")[number]


def shown(content: bytes, uid: str = "") -> list[Shown]:
    """Return the dates that a calendar program shows: start, end and place."""
    dates: dict[datetime, Shown] = {}
    events = [event for event in Calendar.from_ical(content).walk("VEVENT") if event["uid"].startswith(uid)]
    for event in sorted(events, key=lambda event: "recurrence-id" in event):
        start, end = event["dtstart"].dt, event["dtend"].dt
        if "rrule" in event:
            rule = event["rrule"]
            assert rule["FREQ"] == ["WEEKLY"]
            weeks = [number * rule.get("INTERVAL", [1])[0] for number in range(rule["COUNT"][0])]
            starts = {start + timedelta(weeks=number) for number in weeks}
            excluded = {each.dt for each in event["exdate"].dts} if "exdate" in event else set()
            assert excluded <= starts
            for each in starts - excluded:
                dates[each] = (each, each + (end - start), str(event["location"]))
        elif "recurrence-id" in event:
            assert event["recurrence-id"].dt in dates, "an exception of nothing"
            dates[event["recurrence-id"].dt] = (start, end, str(event["location"]))
        else:
            dates[start] = (start, end, str(event["location"]))
    return sorted(dates.values())


def times(content: bytes) -> list[tuple[datetime, datetime]]:
    return [(start, end) for start, end, _place in shown(content)]


def of(series: Series, at: datetime = AT) -> list[tuple[datetime, datetime]]:
    """Return what stands of the series."""
    standing = [booking for booking in series.bookings.all() if booking.is_live_at(at) or booking.state == "used"]
    return sorted((booking.starts_at, booking.ends_at) for booking in standing)


def events_in(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


# --- The file --------------------------------------------------------------------------------------


def test_a_regular_series_is_one_event_that_repeats(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    content = series_calendar(series, at=AT)
    (event,) = events_in(content)
    assert event["uid"] == f"{series.reference}@localhost"
    assert event["rrule"].to_ical() == b"FREQ=WEEKLY;COUNT=4;INTERVAL=1"
    assert event["url"].endswith(f"/sv/bookings/series/{series.reference}/")
    assert times(content) == of(series)


def test_every_second_week(hall: Room, resident: User) -> None:
    series = book(hall, resident, choices(hall, 3, every_weeks=2), every_weeks=2)
    assert times(series_calendar(series, at=AT)) == of(series)


@pytest.mark.parametrize("month", [3, 10])
def test_it_keeps_the_hour_when_the_clocks_change(month: int, hall: Room, resident: User) -> None:
    chosen = choices(hall, 3, starts_at=helsinki(2027, month, 19, 17))
    series = book_series(
        choices=chosen, every_weeks=1, resident=resident, actor=resident, details=DETAILS, at=helsinki(2027, month, 1)
    )
    content = series_calendar(series, at=AT)
    assert len(events_in(content)) == 1
    assert times(content) == of(series)
    assert {start.astimezone(HELSINKI).hour for start, _end in times(content)} == {17}


def test_lines_end_and_fold_as_the_standard_asks(hall: Room, resident: User) -> None:
    chosen = choices(hall, 12)
    series = book(hall, resident, [chosen[0], *chosen[9:]])
    content = series_calendar(series, at=AT, method="REQUEST")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert content.count(b"BEGIN:VTIMEZONE") == 1
    assert b"EXDATE;TZID=Europe/Helsinki:" in content
    assert times(content) == of(series)


DEEDS: dict[str, Callable[[Series, User, Room], object]] = {
    "give_back_first": lambda series, who, _studio: verbs.give_back(booking=date_of(series, 0), actor=who, at=AT),
    "give_back_last": lambda series, who, _studio: verbs.give_back(booking=date_of(series, 3), actor=who, at=AT),
    "move_one": lambda series, who, _studio: verbs.change_booking(
        booking=date_of(series, 1),
        actor=who,
        at=AT,
        starts_at=START + WEEK + 24 * HOUR,
        ends_at=START + WEEK + 25 * HOUR,
    ),
    "another_room": lambda series, who, studio: verbs.change_booking(
        booking=date_of(series, 2), actor=who, at=AT, room=studio
    ),
    "shorten_first": lambda series, who, _studio: verbs.give_back_part(
        booking=date_of(series, 0), actor=who, at=AT, starts_at=START + HOUR
    ),
    "move_later": lambda series, who, _studio: verbs.change_following(
        booking=date_of(series, 1), actor=who, at=AT, starts_at=START + WEEK + HOUR, ends_at=START + WEEK + 2 * HOUR
    ),
    "give_back_later": lambda series, who, _studio: verbs.give_back_following(
        booking=date_of(series, 2), actor=who, at=AT
    ),
    "move_all_a_week": lambda series, who, _studio: verbs.change_following(
        booking=date_of(series, 0), actor=who, at=AT, starts_at=START + WEEK, ends_at=START + WEEK + 2 * HOUR
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_whatever_happens_the_file_shows_what_stands_and_the_mail_brings_it_anew(
    deed: str, hall: Room, resident: User
) -> None:
    studio = make_room(hall.hub, "studio")
    series = book(hall, resident)
    DEEDS[deed](series, resident, studio)
    series.refresh_from_db()
    assert times(series_calendar(series, at=AT)) == of(series)
    assert times(own_feed(resident, at=AT)) == of(series)
    assert times(booking_calendar(date_of(series, 1), at=AT)) == of(series)
    first, second = (attached(message) for message in mail.outbox)
    assert (first["method"], second["method"]) == ("REQUEST", "REQUEST")
    assert [int(event["sequence"]) for event in first.walk("VEVENT")] == [0]
    assert {int(event["sequence"]) for event in second.walk("VEVENT")} == {1} == {series.sequence}
    assert {str(event["uid"]) for event in second.walk("VEVENT")} == {f"{series.reference}@localhost"}
    assert times(second.to_ical()) == of(series)


def attached(message: Any) -> Any:
    (part,) = (part for part in message.message().walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_payload(decode=True))


def test_a_date_in_another_room_says_so_in_its_place(hall: Room, resident: User) -> None:
    studio = make_room(hall.hub, "studio", name_sv="Studion")
    chosen = choices(hall)
    chosen[2] = replace(chosen[2], room=studio)
    places = [place.split(",")[0] for _s, _e, place in shown(series_calendar(book(hall, resident, chosen), at=AT))]
    assert places == ["Salen", "Salen", "Studion", "Salen"]


def test_when_nothing_is_left_it_is_taken_out_of_the_calendar(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    verbs.give_back_following(booking=date_of(series, 0), actor=resident, at=AT)
    found = calendar_in(mail.outbox[-1])
    assert found is not None
    assert (found[0], str(found[1]["status"]), int(found[1]["sequence"])) == ("CANCEL", "CANCELLED", 1)
    assert own_feed(resident, at=AT).count(b"BEGIN:VEVENT") == 0


def test_a_mere_request_is_not_put_into_the_calendar_before_it_is_approved(
    kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    series = book(make_room(kalajarvi, "asking", needs_approval=True), resident)
    verbs.approve(booking=date_of(series, 0), actor=kalajarvi_editor, at=AT)
    ours = [message for message in mail.outbox if message.to == [resident.email]]
    assert calendar_in(ours[0]) is None
    statuses = {str(event["status"]) for event in attached(ours[1]).walk("VEVENT")}
    assert statuses == {"TENTATIVE", "CONFIRMED"}


def test_a_late_mail_brings_the_file_of_its_own_moment(hall: Room, resident: User) -> None:
    """Two changes in a row give two mails, which may go out in any order: the higher sequence wins."""
    from rooms.mails_about_series import send_series_mail_of  # noqa: PLC0415
    from rooms.models import BookingMail  # noqa: PLC0415

    series = book(hall, resident)
    verbs.give_back(booking=date_of(series, 1), actor=resident, at=AT)
    mail.outbox.clear()
    owed = BookingMail.objects.select_related("event__booking__room__hub").order_by("pk")[0]
    send_series_mail_of(owed.event)
    calendar = attached(mail.outbox[0])
    assert int(calendar.walk("VEVENT")[0]["sequence"]) == 0
    assert len(times(calendar.to_ical())) == 4


def test_two_series_and_a_booking_stand_side_by_side_in_the_feed(hall: Room, resident: User) -> None:
    studio = make_room(hall.hub, "studio")
    one = book(hall, resident)
    two = book(studio, resident, choices(studio, 2, starts_at=START + 3 * HOUR - 2 * HOUR - HOUR - 5 * HOUR))
    content = own_feed(resident, at=AT)
    assert times(content) == sorted([*of(one), *of(two)])
    assert own_feed(resident, at=AT) == own_feed(resident, at=AT + HOUR)


def test_who_deletes_the_account_gets_one_file_for_the_series(hall: Room, resident: User) -> None:
    book(hall, resident)
    mail.outbox.clear()
    assert delete_account(resident=resident, at=AT) == 4
    (farewell,) = mail.outbox
    assert attached(farewell)["method"] == "CANCEL"
    assert texts(farewell)[0].count("17–19") == 4


def test_what_is_over_stays_in_the_calendar_of_who_leaves(hall: Room, resident: User) -> None:
    series = book(hall, resident)
    verbs.finish_due(at=START + 3 * HOUR)
    mail.outbox.clear()
    assert delete_account(resident=resident, at=START + 3 * HOUR) == 3
    assert attached(mail.outbox[0])["method"] == "REQUEST"
    assert times(attached(mail.outbox[0]).to_ical()) == of(series)


# --- The words -------------------------------------------------------------------------------------


def test_the_mail_lists_every_date_with_its_place(hall: Room, resident: User) -> None:
    studio = make_room(hall.hub, "studio", name_sv="Studion")
    chosen = choices(hall)
    chosen[2] = replace(chosen[2], room=studio)
    series = book(hall, resident, chosen)
    (message,) = mail.outbox
    for words in texts(message):
        for fact in ("tisdag 1 december 2026 kl. 17–19", "22 december", "Studion", series.reference):
            assert fact in words, fact
        assert f"/sv/bookings/series/{series.reference}/" in words


def test_the_editors_mail_lists_the_dates_and_one_link_answers_them(
    client: Any, kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    import time_machine  # noqa: PLC0415

    series = book(make_room(kalajarvi, "asking", needs_approval=True), resident)
    (message,) = (each for each in mail.outbox if each.to == [kalajarvi_editor.email])
    plain = texts(message)[0]
    assert "22. joulukuuta" in plain or "22 december" in plain
    link = next(word for word in plain.split() if "/links/answer-series/" in word)
    path = link.removeprefix("http://localhost:8000")
    with time_machine.travel(AT, tick=False):
        page = client.get(path)
        assert page.status_code == 200
        assert {booking.state for booking in series.bookings.all()} == {"requested"}  # GET changes nothing
        sent = {"answer": "approve", "reason": "", "sequence": page.context["sequence"]}
        assert client.post(path, sent).status_code == 302
        assert client.get(path, {"done": "approve"}).status_code == 200
        assert client.get(path).status_code == 410
    assert {booking.state for booking in series.bookings.all()} == {"confirmed"}


def test_an_answer_to_what_has_changed_since_it_was_seen_is_not_given(
    client: Any, kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    import time_machine  # noqa: PLC0415

    series = book(make_room(kalajarvi, "asking", needs_approval=True), resident)
    (message,) = (each for each in mail.outbox if each.to == [kalajarvi_editor.email])
    path = next(word for word in texts(message)[0].split() if "/links/answer-series/" in word)[21:]
    verbs.change_booking(booking=date_of(series, 0), actor=resident, at=AT, ends_at=START + 3 * HOUR)
    with time_machine.travel(AT, tick=False):
        answer = client.post(path, {"answer": "approve", "reason": "", "sequence": 0})
        assert answer.status_code == 409
        assert client.post(path, {"answer": "approve", "sequence": answer.context["sequence"]}).status_code == 302


def test_the_staff_are_told_of_all_requests_whose_purpose_has_changed(
    kalajarvi: Hub, resident: User, kalajarvi_editor: User
) -> None:
    series = book(make_room(kalajarvi, "asking", needs_approval=True), resident)
    mail.outbox.clear()
    verbs.change_following(
        booking=date_of(series, 1), actor=resident, at=AT, details=replace(DETAILS, purpose="Choir")
    )  # fmt: skip
    (message,) = mail.outbox
    assert message.to == [kalajarvi_editor.email]
    assert texts(message)[0].count("2026 kl. 17–19") == 3


def test_some_dates_confirmed_and_some_asked_for_are_told_apart(
    hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    asking = make_room(hall.hub, "asking", needs_approval=True, name_sv="Studion")
    chosen = choices(hall)
    chosen[3] = replace(chosen[3], room=asking)
    book(hall, resident, chosen)
    to_staff, to_resident = sorted(mail.outbox, key=lambda message: message.to)
    assert (to_staff.to, to_resident.to) == ([kalajarvi_editor.email], [resident.email])
    assert texts(to_staff)[0].count("2026 kl. 17–19") == 1
    assert texts(to_resident)[0].count("2026 kl. 17–19") == 4
    assert [len(times(attached(to_resident).to_ical()))] == [4]
