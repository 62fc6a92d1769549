"""Hours that change in the admin tell of the bookings that are outside them since, until those are seen to."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hubs.enums import PeriodKind
from hubs.models import Hub, Period, SpecialDay, Timetable
from rooms import booking as verbs
from rooms.enums import BookingState
from rooms.models import Booking, Room
from rooms.rules import BookingDetails
from tests import cast
from tests.admin.test_closing import sent_back
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

NOW = cast.TUESDAY
TOMORROW = cast.helsinki(2026, 11, 25)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
NOBODY_TOLD = "Nobody has been told."


@pytest.fixture(autouse=True)
def _on_tuesday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(kalajarvi_editor: User) -> Client:
    kalajarvi_editor.language = "en"
    kalajarvi_editor.save()
    return signed_in(kalajarvi_editor)


def booked(room: Room, person: User | None = None, hour: float = 14, hours: float = 2, **changes: Any) -> Booking:
    starts_at = TOMORROW + hour * HOUR
    who = {"email": person.email, "language": person.language} if person is not None else {}
    wish = {
        "starts_at": starts_at,
        "ends_at": starts_at + hours * HOUR,
        "actor": person or cast.make_user(f"{User.objects.count()}@example.com", is_staff=True),
        "resident": person,
        "at": NOW,
        **changes,
    }
    return verbs.book_room(room=room, details=BookingDetails(people=4, name="Kim", **who), **wish)


def exception(timetable: Timetable, *spans: tuple[str, str], day: str = "2026-11-25", **changes: Any) -> dict[str, Any]:
    """Return what the page of a period sends for an exception of one day; without spans it is closed."""
    data = {
        "timetable": timetable.pk,
        "kind": "exception",
        "first_day": day,
        "last_day": day,
        "week_parity": "every",
        "title_sv": "Personalen utbildas",
        "spans-TOTAL_FORMS": len(spans),
        "spans-INITIAL_FORMS": 0,
    }
    for number, (opens, closes) in enumerate(spans):
        span = {"weekdays": [str(day) for day in range(7)], "opens": opens, "closes": closes, "mode": "staffed"}
        data |= {f"spans-{number}-{name}": value for name, value in span.items()}
    return {**data, **changes}


def saved(desk: Client, data: dict[str, Any], page: str = "/admin/hubs/period/add/") -> str:
    """Save, and return what the editor is told about bookings."""
    response = desk.post(page, data)
    assert response.status_code == 302, response.context["errors"]
    told = [str(message) for message in get_messages(response.wsgi_request)]
    list(desk.get(response.url).context["messages"])  # read: the next page says something else
    return next((words for words in told if NOBODY_TOLD in words), "")


def links(words: str) -> list[str]:
    return [address.replace("&amp;", "&") for address in re.findall(r'href="([^"]+)"', words)]


def to_do(desk: Client) -> list[str]:
    return [str(words) for _address, words in desk.get("/admin/").context["to_do"]]


def test_closing_the_house_tells_how_many_bookings_are_outside_the_hours_and_leads_to_the_assistant(
    desk: Client, kalajarvi: Hub, hall: Room, resident: User
) -> None:
    studio = cast.make_room(kalajarvi, "studio")
    booked(hall, resident)
    booked(studio, hour=9)
    booked(hall, hour=14 + 24)

    words = saved(desk, exception(kalajarvi.timetable))

    assert words.startswith("2 bookings now fall outside the opening hours. Nobody has been told.")
    (link,) = links(words)
    plan = desk.get(link)
    form = plan.context["form"]
    when = form.cleaned_data["starts_at"], form.cleaned_data["ends_at"]
    assert when == (TOMORROW + 9 * HOUR, TOMORROW + 16 * HOUR)
    assert set(form.cleaned_data["rooms"]) == {hall, studio}
    assert form.reason["sv"] == "Personalen utbildas"


def test_finishing_the_assistant_tells_people_and_leaves_nothing_to_do(
    desk: Client, kalajarvi: Hub, hall: Room, resident: User, django_capture_on_commit_callbacks: Any
) -> None:
    booking = booked(hall, resident)
    (link,) = links(saved(desk, exception(kalajarvi.timetable)))
    assert to_do(desk) == ["1 booking is outside the opening hours"]

    plan = desk.get(link)
    with django_capture_on_commit_callbacks(execute=True):
        done = desk.post(link, sent_back(plan) | {f"booking-{booking.pk}-choice": "cancel"})

    booking.refresh_from_db()
    assert (done.status_code, booking.state) == (302, BookingState.CANCELLED)
    assert [message.to for message in mail.outbox if "Personalen utbildas" in message.body] == [[resident.email]]
    assert to_do(desk) == []
    assert saved(desk, exception(kalajarvi.timetable, day="2026-11-26")) == ""


def test_a_shorter_day_is_closed_where_it_has_become_shorter_and_nowhere_else(
    desk: Client, kalajarvi: Hub, hall: Room
) -> None:
    booked(hall, hour=8)
    booked(hall, hour=11)  # inside: in nobody's way
    booked(hall, hour=15, hours=3)

    words = saved(desk, exception(kalajarvi.timetable, ("10:00", "16:00")))

    assert words.startswith("2 bookings")
    times = [desk.get(link).context["form"].cleaned_data for link in links(words)]
    assert [(time["starts_at"], time["ends_at"]) for time in times] == [
        (TOMORROW + 8 * HOUR, TOMORROW + 10 * HOUR),
        (TOMORROW + 16 * HOUR, TOMORROW + 18 * HOUR),
    ]


def test_days_closed_in_a_row_are_decided_about_at_once(desk: Client, kalajarvi: Hub, hall: Room) -> None:
    booked(hall)
    booked(hall, hour=14 + 24)

    words = saved(desk, exception(kalajarvi.timetable, last_day="2026-11-27"))

    (link,) = links(words)
    assert len(desk.get(link).context["by_room"][0][1]) == 2


def test_many_times_are_a_few_links_and_a_number(desk: Client, kalajarvi: Hub, hall: Room) -> None:
    for number in range(8):
        booked(hall, starts_at=TOMORROW + number * WEEK + 18 * HOUR, ends_at=TOMORROW + number * WEEK + 20 * HOUR)
    shorter = exception(kalajarvi.timetable, ("8:00", "18:00"), kind="season", last_day="2027-12-31")

    words = saved(desk, shorter)

    assert words.startswith("8 bookings")
    assert len(links(words)) == 6
    assert "and at 3 other times" in words
    listed = desk.get(links(words)[-1])
    assert listed.context["cl"].result_count == 8


def test_what_the_staff_allowed_outside_the_hours_is_not_told_of(
    desk: Client, kalajarvi: Hub, hall: Room, kalajarvi_editor: User
) -> None:
    booked(hall, actor=kalajarvi_editor, hour=21, override_reason="The caretaker lets them in")

    words = saved(desk, exception(kalajarvi.timetable))

    assert (words, to_do(desk)) == ("", [])


def test_an_exception_for_something_else_is_told_of_when_the_house_closes(
    desk: Client, kalajarvi: Hub, hall: Room, kalajarvi_editor: User
) -> None:
    booked(hall, actor=kalajarvi_editor, hour=14.25, override_reason="Starts when the bus comes")

    assert saved(desk, exception(kalajarvi.timetable)).startswith("1 booking now falls outside the opening hours.")


def test_a_booking_moved_out_of_the_hours_on_purpose_is_no_longer_to_do(
    desk: Client, kalajarvi: Hub, hall: Room, resident: User
) -> None:
    booking = booked(hall, resident)
    (link,) = links(saved(desk, exception(kalajarvi.timetable, ("8:00", "12:00"))))
    studio = cast.make_room(kalajarvi, "studio")
    prefix = f"booking-{booking.pk}"
    elsewhere = {"choice": "other", "room": studio.pk, "day": "2026-11-25", "starts": "14:00", "ends": "16:00"}

    done = desk.post(link, {f"{prefix}-seen": 0} | {f"{prefix}-{name}": value for name, value in elsewhere.items()})

    booking.refresh_from_db()
    assert (done.status_code, booking.room, booking.staff_note) == (302, studio, "Personalen utbildas")
    assert to_do(desk) == []


def test_what_is_over_given_back_or_only_held_is_not_told_of(
    desk: Client, kalajarvi: Hub, hall: Room, resident: User
) -> None:
    running = booked(hall, hour=11 - 24, at=NOW - 3 * HOUR)
    assert running.is_live_at(NOW)
    given_back = booked(hall, resident)
    verbs.give_back(booking=given_back, actor=resident, at=NOW)
    evening = {"starts_at": TOMORROW + 17 * HOUR, "ends_at": TOMORROW + 18 * HOUR}
    verbs.hold(room=hall, resident=None, language="sv", at=NOW, **evening)

    assert saved(desk, exception(kalajarvi.timetable, first_day="2026-11-24")) == ""


def test_a_request_is_told_of_like_a_booking(desk: Client, kalajarvi: Hub, resident: User) -> None:
    asked = cast.make_room(kalajarvi, "asked", needs_approval=True)
    assert booked(asked, resident, hour=14 + 48).state == BookingState.REQUESTED

    assert saved(desk, exception(kalajarvi.timetable, day="2026-11-27")).startswith("1 booking ")


def test_hours_that_a_room_follows_at_a_distance_hit_its_bookings(
    desk: Client, kalajarvi: Hub, hall: Room, library: Any
) -> None:
    Timetable.objects.filter(pk=hall.timetable_id).update(fallback=library.timetable)
    booked(hall)

    assert saved(desk, exception(library.timetable)).startswith("1 booking ")


def test_deleting_a_period_and_following_other_hours_tell_as_well(
    desk: Client, kalajarvi: Hub, hall: Room, library: Any
) -> None:
    longer = cast.set_hours(kalajarvi.timetable, {"wed": ("8:00", "22:00")}, kind="season")
    booked(hall, hour=20)
    own = cast.set_hours(library.timetable, {"mon": ("8:00", "9:00")})
    booked(hall, hour=9)

    deleted = saved(desk, {"post": "yes"}, f"/admin/hubs/period/{longer.pk}/delete/")
    page = f"/admin/hubs/timetable/{hall.timetable_id}/change/"
    followed = saved(desk, {"fallback": library.timetable_id, "holiday_rule": "closed"}, page)

    assert Period.objects.filter(kind=PeriodKind.REGULAR, pk=own.pk).exists()
    assert deleted.startswith("1 booking ")
    assert followed.startswith("1 booking ")


def test_a_new_special_day_tells_of_bookings_in_every_house(
    as_city_administrator: Client, hall: Room, iso_omena: Hub, city_administrator: User
) -> None:
    city_administrator.language = "en"
    city_administrator.save()
    booked(hall)
    booked(cast.make_room(iso_omena))
    day = {"date": "2026-11-25", "name_sv": "Landssorg", "changes_hours": "on", "key": "mourning"}

    words = saved(as_city_administrator, day, "/admin/hubs/specialday/add/")

    assert SpecialDay.objects.filter(key="mourning").exists()
    assert words.startswith("2 bookings")
    assert len(links(words)) == 2


def test_another_house_is_neither_told_of_nor_counted(desk: Client, kalajarvi: Hub, iso_omena: Hub) -> None:
    booked(cast.make_room(iso_omena))
    cast.set_hours(iso_omena.timetable, {}, kind="exception", first_day=TOMORROW.date(), last_day=TOMORROW.date())

    assert saved(desk, exception(kalajarvi.timetable)) == ""
    assert to_do(desk) == []


def test_hours_that_cannot_be_saved_tell_nothing(desk: Client, kalajarvi: Hub, hall: Room) -> None:
    booked(hall)

    page = desk.post("/admin/hubs/period/add/", exception(kalajarvi.timetable, last_day="2026-11-20"))

    assert page.status_code == 200
    assert not list(get_messages(page.wsgi_request))


def test_it_asks_the_same_number_of_questions_for_one_booking_and_for_many(
    desk: Client, kalajarvi: Hub, hall: Room
) -> None:
    def questions(day: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.post("/admin/hubs/period/add/", exception(kalajarvi.timetable, day=day)).status_code == 302
        with CaptureQueriesContext(connection) as of_the_front_page:
            desk.get("/admin/")
        return len(asked) + len(of_the_front_page)

    booked(hall)
    one = questions("2026-11-25")
    for number in range(3):
        room = cast.make_room(kalajarvi, f"room-{number}", hours={"thu": ("8:00", "20:00")})
        booked(room, hour=10 + 24)
        booked(room, hour=13 + 24)
    many = questions("2026-11-26")

    assert one == many
