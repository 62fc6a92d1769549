"""Calendars to subscribe to, read back as strict programs read them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from accounts.calendar_links import Purpose, make_token, renew
from accounts.models import User
from hubs.models import Hub
from rooms.booking import BookingDetails, book_room, close_room, give_back, hold
from rooms.models import Booking, Room
from tests.cast import TUESDAY, helsinki, make_room
from tests.pages.client import Fetch

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

WEDNESDAY = helsinki(2026, 11, 25, 17)
HOUR = timedelta(hours=1)
ROOM_FEED = "/en/rooms/kalajarvi/hall/busy.ics"
HUB_FEED = "/en/rooms/kalajarvi/busy.ics"
CLOSED = {"sv": "Golvet; slipas, nu", "fi": "Lattia; hiotaan, nyt", "en": "The floor; sanded, now"}
PERSONAL = ("Kim", "Lind", "040 123", "kim@", "resident@", "Yoga", "Choir", "mats")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


def book(room: Room, resident: User, starts_at: datetime = WEDNESDAY, hours: int = 1, **details: Any) -> Booking:
    usual = {"name": "Kim Lind", "phone": "040 123", "people": 12, "purpose": "Yoga", "message": "We bring mats"}
    wish = {"room": room, "resident": resident, "actor": resident, "details": BookingDetails(**usual | details)}
    return book_room(starts_at=starts_at, ends_at=starts_at + hours * HOUR, at=TUESDAY, **wish)


def own(user: User) -> str:
    return f"/calendar/{make_token(user, Purpose.OWN)}.ics"


def of_hub(user: User, hub: str = "kalajarvi") -> str:
    return f"/calendar/{make_token(user, Purpose.STAFF)}/{hub}.ics"


def events_at(client: Client, path: str) -> list[Any]:
    """Fetch a feed, judge its form as RFC 5545 does, and return its events."""
    response = client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    judge(response.content)
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def judge(content: bytes) -> None:
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    calendar = Calendar.from_ical(content)
    assert [calendar[name] for name in ("VERSION", "CALSCALE", "METHOD")] == ["2.0", "GREGORIAN", "PUBLISH"]
    assert content.count(b"PRODID:") == 1
    assert calendar.subcomponents
    assert not calendar.errors
    uids = []
    for event in calendar.walk("VEVENT"):
        assert not event.errors
        uids.append(event["UID"])
        for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "ORGANIZER"):
            assert not isinstance(event[name], list), name
        assert event["DTSTART"].dt < event["DTEND"].dt
        assert event["DTSTAMP"].to_ical().endswith(b"Z")
        assert event["DTSTART"].params["TZID"] == calendar.walk("VTIMEZONE")[0]["TZID"]
    assert len(uids) == len(set(uids))


# --- A resident's own --------------------------------------------------------------------------


def test_it_has_the_persons_own_bookings_and_nobody_elses(
    client: Client, hall: Room, resident: User, another_resident: User
) -> None:
    mine = book(hall, resident)
    book(hall, another_resident, WEDNESDAY + 2 * HOUR)
    (event,) = events_at(client, own(resident))
    assert event["uid"] == f"{mine.reference}@localhost"
    assert (event["dtstart"].dt, event["dtend"].dt) == (mine.starts_at, mine.ends_at)
    assert event["summary"] == "Salen, Kalajärvi servicetorg"
    assert "attendee" not in event


def test_it_speaks_the_persons_language(client: Client, hall: Room, another_resident: User) -> None:
    book(hall, another_resident, language="en")
    (event,) = events_at(client, own(another_resident))
    assert event["summary"] == "Sali, Kalajärven palvelutori"
    assert "/fi/bookings/" in event["url"]


def test_what_was_given_back_is_gone_and_what_is_asked_for_is_tentative(
    client: Client, hall: Room, resident: User
) -> None:
    give_back(booking=book(hall, resident), actor=resident, at=TUESDAY)
    book(make_room(hall.hub, "ahti", needs_approval=True), resident, WEDNESDAY + 48 * HOUR)
    assert [event["status"] for event in events_at(client, own(resident))] == ["TENTATIVE"]


def test_a_held_time_is_no_booking_yet(client: Client, hall: Room, resident: User) -> None:
    hold(room=hall, starts_at=WEDNESDAY, ends_at=WEDNESDAY + HOUR, resident=resident, language="sv", at=TUESDAY)
    assert events_at(client, own(resident)) == []


def test_it_goes_back_a_month(client: Client, hall: Room, resident: User, clock: Any) -> None:
    book(hall, resident)
    clock.move_to(WEDNESDAY + timedelta(days=30))
    assert len(events_at(client, own(resident))) == 1
    clock.move_to(WEDNESDAY + timedelta(days=31))
    assert events_at(client, own(resident)) == []


def test_a_person_without_bookings_gets_a_calendar_that_is_valid(client: Client, resident: User) -> None:
    assert events_at(client, own(resident)) == []


def test_an_old_address_is_dead_and_the_new_one_works(client: Client, resident: User) -> None:
    before = own(resident)
    renew(resident)
    resident.refresh_from_db()
    assert (client.get(before).status_code, client.get(own(resident)).status_code) == (410, 200)


@pytest.mark.parametrize("token", ["x", "1.0.forged", "1.0", ".", "1.0." + "a" * 500, "١.0.x"])
def test_an_address_that_nobody_signed_is_nowhere(client: Client, resident: User, token: str) -> None:
    assert client.get(f"/calendar/{token}.ics").status_code == 404


def test_one_address_does_not_open_the_other(client: Client, kalajarvi_editor: User) -> None:
    assert client.get(f"/calendar/{make_token(kalajarvi_editor, Purpose.OWN)}/kalajarvi.ics").status_code == 404
    assert client.get(f"/calendar/{make_token(kalajarvi_editor, Purpose.STAFF)}.ics").status_code == 404


def test_a_closed_account_has_no_calendar(client: Client, resident: User) -> None:
    User.objects.update(is_active=False)
    assert client.get(own(resident)).status_code == 404


def test_it_stays_out_of_shared_caches_and_search(client: Client, resident: User) -> None:
    headers = client.get(own(resident)).headers
    assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("private, no-cache", "noindex")
    assert "Set-Cookie" not in headers


def test_who_has_it_already_gets_304_until_something_changes(
    client: Client, hall: Room, resident: User, clock: Any
) -> None:
    booking = book(hall, resident)
    etag = client.get(own(resident)).headers["ETag"]
    clock.move_to(TUESDAY + HOUR)
    same = client.get(own(resident), headers={"If-None-Match": etag})
    assert (same.status_code, same.content, same.headers["Cache-Control"]) == (304, b"", "private, no-cache")
    give_back(booking=booking, actor=resident, at=TUESDAY + HOUR)
    assert client.get(own(resident), headers={"If-None-Match": etag}).status_code == 200


def test_more_bookings_need_no_more_queries(
    client: Client, hall: Room, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(3):
        book(hall, resident, WEDNESDAY + timedelta(days=day))
        if day != 1:
            with django_assert_num_queries(2):
                client.get(own(resident))


# --- The staff's --------------------------------------------------------------------------------


def test_the_staff_see_who_and_what_for(client: Client, hall: Room, resident: User, kalajarvi_editor: User) -> None:
    booking = book(hall, resident, booker_kind="association", organisation="Choir")
    (event,) = events_at(client, of_hub(kalajarvi_editor))
    assert event["summary"] == "Salen: Choir"
    facts = ["Kim Lind", "Choir", "040 123", "resident@example.com", "Yoga", "We bring mats"]
    assert event["description"].split("\n")[1:-1] == facts
    assert event["url"] == f"http://localhost:8000/admin/rooms/booking/{booking.pk}/change/"


def test_the_staff_see_requests_and_closures(
    client: Client, hall: Room, resident: User, kalajarvi_editor: User
) -> None:
    book(make_room(hall.hub, "ahti", needs_approval=True), resident, WEDNESDAY + 48 * HOUR)
    close(hall)
    request, closed = events_at(client, of_hub(kalajarvi_editor))
    assert closed["summary"].endswith(", Golvet; slipas, nu")
    assert (request["status"], request["class"]) == ("TENTATIVE", "PRIVATE")


def test_only_whoever_edits_the_hub_sees_it(
    client: Client, hall: Room, iso_omena: Hub, resident: User, kalajarvi_editor: User, city_administrator: User
) -> None:
    assert client.get(of_hub(kalajarvi_editor, "iso-omena")).status_code == 404
    assert client.get(of_hub(resident)).status_code == 404
    assert client.get(of_hub(city_administrator, "iso-omena")).status_code == 200
    hall.hub.editors.clear()
    assert client.get(of_hub(kalajarvi_editor)).status_code == 404


def test_an_old_address_of_the_staff_is_dead(client: Client, kalajarvi_editor: User) -> None:
    before = of_hub(kalajarvi_editor)
    renew(kalajarvi_editor)
    assert client.get(before).status_code == 410


def test_more_bookings_of_a_hub_need_no_more_queries(
    client: Client,
    hall: Room,
    resident: User,
    kalajarvi_editor: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for day in range(3):
        book(hall, resident, WEDNESDAY + timedelta(days=day))
        if day != 1:
            with django_assert_num_queries(5):
                client.get(of_hub(kalajarvi_editor))


# --- When rooms are taken: for everybody ------------------------------------------------------


def close(room: Room, starts_at: datetime = WEDNESDAY + 3 * HOUR) -> None:
    close_room(room=room, starts_at=starts_at, ends_at=starts_at + HOUR, reason=CLOSED, actor=None, at=TUESDAY)


def test_a_rooms_feed_says_when_it_is_taken(client: Client, hall: Room, resident: User) -> None:
    book(hall, resident, hours=2)
    (event,) = events_at(client, ROOM_FEED)
    assert (event["dtstart"].dt, event["dtend"].dt) == (WEDNESDAY, WEDNESDAY + 2 * HOUR)
    assert (event["summary"], event["transp"]) == ("Hall: booked", "OPAQUE")


@pytest.mark.parametrize("path", [ROOM_FEED, HUB_FEED])
def test_it_says_nothing_of_anybody(client: Client, hall: Room, resident: User, path: str) -> None:
    booking = book(hall, resident, booker_kind="association", organisation="Choir")
    content = client.get(path).content.decode().replace("\r\n ", "")
    assert not [word for word in (*PERSONAL, booking.reference) if word in content]
    assert [line for line in content.splitlines() if "@" in line and not line.startswith("UID:")] == [
        'ORGANIZER;CN="Service Centre":mailto:noreply@localhost'
    ]
    assert "ATTENDEE" not in content


def test_bookings_that_follow_each_other_are_one(
    client: Client, hall: Room, resident: User, another_resident: User
) -> None:
    book(hall, resident)
    book(hall, another_resident, WEDNESDAY + HOUR)
    assert [event["dtend"].dt for event in events_at(client, ROOM_FEED)] == [WEDNESDAY + 2 * HOUR]


def test_a_closure_says_its_reason(client: Client, hall: Room) -> None:
    close(hall)
    assert [event["summary"] for event in events_at(client, ROOM_FEED)] == ["Hall: closed, The floor; sanded, now"]


def test_a_closure_that_touches_a_booking_stays_apart(client: Client, hall: Room, resident: User) -> None:
    book(hall, resident)
    close(hall, WEDNESDAY + HOUR)
    assert [event["dtstart"].dt for event in events_at(client, ROOM_FEED)] == [WEDNESDAY, WEDNESDAY + HOUR]


def test_what_was_held_is_free_again_when_read(client: Client, hall: Room, clock: Any) -> None:
    hold(room=hall, starts_at=WEDNESDAY, ends_at=WEDNESDAY + HOUR, language="sv", at=TUESDAY)
    assert len(events_at(client, ROOM_FEED)) == 1
    etag = client.get(ROOM_FEED).headers["ETag"]
    clock.move_to(TUESDAY + 10 * timedelta(minutes=1))
    assert client.get(ROOM_FEED, headers={"If-None-Match": etag}).status_code == 200
    assert events_at(client, ROOM_FEED) == []


def test_it_reaches_eight_weeks(client: Client, hall: Room, resident: User) -> None:
    book(hall, resident, helsinki(2027, 1, 18, 19))
    book(hall, resident, helsinki(2027, 1, 19, 8))
    assert [event["dtstart"].dt for event in events_at(client, ROOM_FEED)] == [helsinki(2027, 1, 18, 19)]


def test_the_hubs_feed_has_all_its_published_rooms(
    client: Client, hall: Room, resident: User, iso_omena: Hub, another_resident: User
) -> None:
    hidden = make_room(hall.hub, "hidden")
    for room, hour in ((hall, 0), (make_room(hall.hub, "b"), 1), (hidden, 2)):
        book(room, resident, WEDNESDAY + hour * HOUR)
    book(make_room(iso_omena, "far"), another_resident)
    Room.objects.filter(pk=hidden.pk).update(is_published=False)
    assert sorted(event["dtstart"].dt for event in events_at(client, HUB_FEED)) == [WEDNESDAY, WEDNESDAY + HOUR]


def test_a_taken_part_takes_its_whole_with_its_own_uid(client: Client, hall: Room, resident: User) -> None:
    book(make_room(hall.hub, "a", parent=hall), resident)
    assert len(events_at(client, HUB_FEED)) == 2


def test_it_may_be_cached_a_little_and_answers_304(client: Client, hall: Room, resident: User, clock: Any) -> None:
    book(hall, resident)
    headers = client.get(ROOM_FEED).headers
    assert headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in headers
    clock.move_to(TUESDAY + HOUR)
    assert client.get(ROOM_FEED, headers={"If-None-Match": headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/en/rooms/kalajarvi/nothing/busy.ics", "/en/rooms/nothing/busy.ics"])
def test_what_is_not_there_is_404(client: Client, hall: Room, path: str) -> None:
    assert client.get(path).status_code == 404


def test_feeds_are_only_read(client: Client, hall: Room, resident: User) -> None:
    assert [client.post(path).status_code for path in (ROOM_FEED, HUB_FEED, own(resident))] == [405, 405, 405]


def test_more_rooms_and_bookings_need_no_more_queries(
    client: Client, hall: Room, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    book(hall, resident)
    with django_assert_num_queries(5):
        client.get(HUB_FEED)
    for name, hour in (("b", 1), ("c", 2)):
        book(make_room(hall.hub, name), resident, WEDNESDAY + hour * HOUR)
    with django_assert_num_queries(5):
        client.get(HUB_FEED)


@pytest.mark.parametrize("path", ["/en/rooms/kalajarvi/hall/", "/en/hubs/kalajarvi/"])
def test_pages_lead_to_the_feeds(page: Fetch, hall: Room, path: str) -> None:
    links = [
        link for link in page(path).links.values() if link.startswith("webcal://localhost:8000/en/rooms/kalajarvi/")
    ]
    assert len(links) == 1


def test_my_bookings_lead_to_the_calendar(page: Fetch, as_resident: Client) -> None:
    links = page("/en/bookings/", as_=as_resident).links
    assert links["Subscribe to your bookings in your calendar"] == "/en/accounts/#calendar"
