"""The pages on which one waits for a time and answers an offer, with and without signing in."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hubs.models import Hub
from rooms.booking import close_room, offer_due
from rooms.enums import BookingState
from rooms.links import claim_link, stop_watch_link
from rooms.models import Booking, Offer, Room, Watch
from tests.cast import TUESDAY, helsinki, make_user
from tests.conftest import signed_in
from tests.rooms.test_links import english
from tests.rooms.test_watch import STARTS_AT, book, free, wait

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

AT = TUESDAY
NEW = "/en/bookings/watches/new/"
EVENING = "weekdays=2&from=17:00&to=21:00&minutes=120&people=8&until=2026-12-22"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def taken(hall: Room) -> Booking:
    return book(hall, make_user("booker@example.com"))


@pytest.fixture
def watch(taken: Booking, resident: User) -> Watch:
    return wait(resident)


@pytest.fixture
def offer(watch: Watch, taken: Booking) -> Offer:
    free(taken)
    assert offer_due(at=AT) == 1
    return Offer.objects.for_list().get()


def wish(**changes: Any) -> dict[str, Any]:
    usual = {
        "weekdays": ["2"], "from": "17:00", "to": "21:00", "minutes": "120", "people": "8", "until": "2026-12-22",
        "hub": "", "kind": "", "room": "",
    }  # fmt: skip
    return {**usual, **changes}


def link_on(shown: Any, words: str) -> str:
    return next(address for text, address in shown.links.items() if words in text)


# --- Beginning to wait -----------------------------------------------------------------------------


def test_a_search_that_finds_nothing_leads_to_the_form_filled_in(
    page: Any, as_resident: Client, taken: Booking
) -> None:
    wish = "date=2026-12-01&from=17:00&to=19:00&minutes=120&people=8&hub=kalajarvi"
    address = link_on(page(f"/en/rooms/?{wish}", as_=as_resident), "Tell me when a time is free")
    assert wish in address
    form = page(address, as_=as_resident).html
    assert re.search(r'name="weekdays" value="2"[^>]* checked', form)
    assert 'value="8"' in form
    assert 'value="2026-12-29"' in form  # four weeks after the day that was asked for


def test_a_search_that_finds_something_does_not_send_anybody_to_wait(page: Any, hall: Room) -> None:
    assert "Tell me when" not in page("/en/rooms/?date=2026-12-01&from=17:00&to=21:00&minutes=120").text


def test_a_time_that_is_taken_leads_there_too(page: Any, as_resident: Client, taken: Booking) -> None:
    address = f"/en/rooms/{taken.room.hub.slug}/{taken.room.slug}/book/?start=2026-12-01T17:00&end=2026-12-01T19:00"
    link = link_on(page(address, as_=as_resident), "Tell me when a time is free")
    html = page(link, as_=as_resident).html
    assert 'value="kalajarvi/hall"' in html
    assert "Only Hall, Kalajärvi Service Centre" in html


def test_the_week_of_a_room_leads_there(page: Any, as_resident: Client, hall: Room) -> None:
    link = link_on(
        page(hall.get_absolute_url().replace("/sv/", "/en/"), as_=as_resident), "Tell me when a time is free"
    )
    assert "Only Hall" in page(link, as_=as_resident).html


def test_signing_in_loses_nothing(client: Client, hall: Room) -> None:
    response = client.get(f"{NEW}?{EVENING}")
    assert unquote(response["Location"]).endswith(f"{NEW}?{EVENING}")
    sent = client.post(NEW, wish())
    assert "people=8" in unquote(sent["Location"])
    assert "csrf" not in sent["Location"]


def test_one_waits(page: Any, as_resident: Client, taken: Booking, resident: User, hall: Room) -> None:
    book(hall, make_user("other@example.com"), starts_at=helsinki(2026, 11, 24, 17), ends_at=helsinki(2026, 11, 24, 19))
    response = as_resident.post(NEW, wish(until="2026-12-01", **{"from": "17:00", "to": "19:00"}))
    watch = Watch.objects.get()
    assert response["Location"] == watch.get_absolute_url().replace("/sv/", "/en/")
    assert (watch.resident, watch.weekdays, watch.people, watch.language) == (resident, "2", 8, "en")
    assert watch.last_day == date(2026, 12, 1)
    shown = page(response["Location"], as_=as_resident).text
    assert "You wait for a free time" in shown
    assert "Tuesday 17:00–19:00, for 2 hours" in shown.replace("\u2060", "")
    assert "For 8 people" in shown


def test_what_is_free_already_is_told_first(page: Any, as_resident: Client, hall: Room) -> None:
    response = as_resident.post(NEW, wish())
    text = response.content.decode()
    assert "this is free already" in text
    assert "/en/rooms/kalajarvi/hall/book/?start=2026-11-24T17:00" in text
    assert not Watch.objects.exists()
    as_resident.post(NEW, wish(do="wait"))
    assert Watch.objects.count() == 1


def test_only_the_room_that_is_named(as_resident: Client, taken: Booking) -> None:
    as_resident.post(NEW, wish(room="kalajarvi/hall", where="room", do="wait"))
    as_resident.post(NEW, wish(room="kalajarvi/hall", where="any", do="wait"))
    assert [watch.room for watch in Watch.objects.all()] == [taken.room, None]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no day": ({"weekdays": []}, "Choose at least one day."),
    "backwards": ({"to": "16:00"}, "The end must be after the start."),
    "too short a span": ({"to": "18:00"}, "does not fit between the start and the end"),
    "nobody": ({"people": "0"}, "At least one person must be coming."),
    "words": ({"people": "many"}, "Give the number of people in digits"),
    "no room is like that": ({"people": "41"}, "you would wait in vain"),
    "over": ({"until": "2026-11-23"}, "That day has passed."),
    "too long": ({"until": "2027-11-25"}, "at most a year"),
    "no such day before": ({"weekdays": ["1"], "until": "2026-11-26"}, "None of the days you have chosen"),
    "no such hub": ({"hub": "nowhere"}, "Choose a service centre from the list."),
    "no date": ({"until": "soon"}, "Give a day that exists"),
    "too large for this room": ({"room": "kalajarvi/hall", "where": "room", "people": "41"}, "at most 40 people"),
}


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
def test_the_form_says_what_to_change(as_resident: Client, hall: Room, changes: dict[str, Any], words: str) -> None:
    text = as_resident.post(NEW, wish(**changes)).content.decode()
    assert words in text
    assert not Watch.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["room=/x", "room=a/b/c", "date=x&from=y&to=z&minutes=w", "minutes=99999999999999", "until=2026-99-99", "hub=x"],
)
def test_any_address_shows_the_form(page: Any, as_resident: Client, hall: Room, query: str) -> None:
    page(f"{NEW}?{query}", as_=as_resident)


def test_the_sixth_is_refused_in_words(as_resident: Client, hall: Room, resident: User) -> None:
    for _number in range(5):
        wait(resident)
    assert "wait for 5 times at once" in as_resident.post(NEW, wish(do="wait")).content.decode()


def test_one_stops_and_goes_on(page: Any, as_resident: Client, watch: Watch) -> None:
    address = watch.get_absolute_url().replace("/sv/", "/en/")
    assert "Stop waiting" in page("/en/bookings/", as_=as_resident).text
    as_resident.post(address, {"do": "stop"})
    watch.refresh_from_db()
    assert watch.stopped_at == AT
    assert "You no longer wait for this" in page(address, as_=as_resident).text
    assert "Stopped" in page("/en/bookings/", as_=as_resident).text
    as_resident.post(address, {"do": "continue"})
    watch.refresh_from_db()
    assert watch.stopped_at is None


def test_what_was_waited_for_can_be_waited_for_again(page: Any, resident: User, watch: Watch, clock: Any) -> None:
    clock.move_to(AT + timedelta(days=30))
    as_resident = signed_in(resident)
    shown = page(watch.get_absolute_url().replace("/sv/", "/en/"), as_=as_resident)
    again = page(link_on(shown, "Wait for something like it"), as_=as_resident).html
    assert re.search(r'name="weekdays" value="2"[^>]* checked', again)
    assert 'value="8"' in again


def test_another_resident_does_not_find_it(page: Any, as_another_resident: Client, watch: Watch, offer: Offer) -> None:
    for thing in (watch, offer):
        page(thing.get_absolute_url().replace("/sv/", "/en/"), as_=as_another_resident, status=404)


# --- Answering by link -------------------------------------------------------------------------------


def test_following_the_link_changes_nothing_and_shows_nothing_personal(page: Any, offer: Offer, resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(name="Kim Secret", phone="040 555")
    address = english(claim_link(offer.booking))
    shown = page(address)
    page(english(stop_watch_link(offer.watch)))
    assert "A time is free for you" in shown.text
    assert "Wednesday 25 November at 12:00" in shown.text
    for secret in ("Kim Secret", "040 555", "resident@example.com"):
        assert secret not in shown.html
    assert Offer.objects.for_list().get().booking.state == BookingState.HELD


def test_one_takes_the_time_without_signing_in(page: Any, client: Client, offer: Offer, resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(name="Kim", phone="040 555")
    address = english(claim_link(offer.booking))
    mail.outbox.clear()
    response = client.post(address, {"do": "take", "people": "8", "terms": "on"})
    assert "The time is yours" in page(response["Location"]).text
    booking = Booking.objects.get(pk=offer.booking_id)
    assert (booking.state, booking.name, booking.phone) == (BookingState.CONFIRMED, "Kim", "040 555")
    assert [message.subject for message in mail.outbox] == ["Booked: Hall, Tuesday 1 December 2026"]
    assert Watch.objects.get().stopped_at == AT
    assert "You have taken this time already" in page(address, status=410).text
    assert client.post(address, {"do": "decline"}).status_code == 410
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


def test_who_has_no_name_yet_gives_it(client: Client, offer: Offer) -> None:
    address = english(claim_link(offer.booking))
    missing = client.post(address, {"do": "take", "people": "8", "terms": "on"})
    assert "Give your name." in missing.content.decode()
    client.post(address, {"do": "take", "people": "8", "terms": "on", "name": "Kim"})
    assert Booking.objects.get(pk=offer.booking_id).name == "Kim"


def test_a_purpose_is_asked_where_the_room_wants_one(client: Client, offer: Offer, hall: Room) -> None:
    Room.objects.filter(pk=hall.pk).update(is_purpose_required=True, needs_approval=True)
    address = english(claim_link(offer.booking))
    assert "Say what you will use the room for." in client.post(address, {"do": "take"}).content.decode()
    answer = {"do": "take", "people": "8", "terms": "on", "name": "Kim", "purpose": "Choir"}
    client.post(address, answer)
    booking = Booking.objects.get(pk=offer.booking_id)
    assert (booking.state, booking.purpose) == (BookingState.REQUESTED, "Choir")


def test_no_thanks_by_link(page: Any, client: Client, offer: Offer) -> None:
    address = english(claim_link(offer.booking))
    response = client.post(address, {"do": "decline"})
    assert "goes to the next one" in page(response["Location"]).text
    assert Booking.objects.get(pk=offer.booking_id).state == BookingState.CANCELLED
    assert "no longer held for you" in page(address, status=410).text
    assert Watch.objects.get().stopped_at is None


def test_a_link_after_the_deadline_says_so_and_leads_on(page: Any, client: Client, offer: Offer, clock: Any) -> None:
    clock.move_to(AT + timedelta(hours=25))
    gone = page(english(claim_link(offer.booking)), status=410)
    assert "its deadline, which has passed" in gone.text
    assert "start=2026-12-01T17:00" in link_on(gone, "See whether it is still free")
    clock.move_to(STARTS_AT + timedelta(hours=1))
    assert "still free" not in page(english(claim_link(offer.booking)), status=410).text


def test_what_somebody_else_has_taken_meanwhile_is_told(client: Client, offer: Offer, hall: Room, clock: Any) -> None:
    late = AT + timedelta(hours=25)
    clock.move_to(late)
    book(hall, make_user("quick@example.com"), at=late)
    address = english(claim_link(offer.booking))
    response = client.post(address, {"do": "take", "people": "8", "terms": "on", "name": "Kim"})
    assert response.status_code == 409
    assert "already taken" in response.content.decode()


def test_one_tap_stops(page: Any, client: Client, offer: Offer) -> None:
    address = english(stop_watch_link(offer.watch))
    assert "Stop waiting?" in page(address).text
    assert Watch.objects.get().stopped_at is None
    response = client.post(address)
    assert "We do not write to you about this any more" in page(response["Location"]).text
    assert Watch.objects.get().stopped_at == AT
    assert Booking.objects.get(pk=offer.booking_id).state == BookingState.CANCELLED
    assert "You do not wait for this any more" in page(address, status=410).text


@pytest.mark.parametrize("kind", ["claim", "stop-watch"])
def test_a_forged_link_explains_itself(page: Any, kind: str) -> None:
    assert "This link is not complete" in page(f"/en/links/{kind}/abc/", status=404).text


def test_a_link_serves_one_purpose(client: Client, offer: Offer) -> None:
    token = claim_link(offer.booking).rstrip("/").rpartition("/")[2]
    for other in ("give-back", "stop-watch", "answer"):
        assert client.get(f"/en/links/{other}/{token}/").status_code == 404


# --- Answering signed in -------------------------------------------------------------------------------


def test_what_is_offered_stands_on_top_of_my_bookings(page: Any, as_resident: Client, offer: Offer) -> None:
    shown = page("/en/bookings/", as_=as_resident)
    assert "Offered to you until Wednesday 25 November at 12:00" in shown.text
    assert "You have no upcoming bookings." in shown.text
    assert shown.text.index("Offered to you") < shown.text.index("Upcoming bookings")


def test_one_takes_it_signed_in_and_may_go_on_waiting(
    page: Any, as_resident: Client, offer: Offer, resident: User
) -> None:
    address = offer.get_absolute_url().replace("/sv/", "/en/")
    page(address, as_=as_resident)
    answer = {"do": "take", "people": "7", "terms": "on", "name": "Kim", "phone": "040 1", "booker_kind": "private"}
    response = as_resident.post(address, answer)
    done = page(response["Location"], as_=as_resident)
    assert "Your booking is confirmed" in done.text
    assert "Go on waiting for another time" in done.text
    resident.refresh_from_db()
    assert (resident.name, resident.phone) == ("Kim", "040 1")
    as_resident.post(offer.watch.get_absolute_url(), {"do": "continue"})
    assert Watch.objects.get().stopped_at is None
    assert as_resident.get(address)["Location"] == Booking.objects.get(pk=offer.booking_id).get_absolute_url().replace(
        "/sv/", "/en/"
    )


def test_no_thanks_signed_in(page: Any, as_resident: Client, offer: Offer) -> None:
    response = as_resident.post(offer.get_absolute_url().replace("/sv/", "/en/"), {"do": "decline"})
    assert "Offered to you" not in page(response["Location"], as_=as_resident).text


def test_the_page_of_the_held_booking_leads_to_the_offer(as_resident: Client, offer: Offer) -> None:
    response = as_resident.get(offer.booking.get_absolute_url())
    assert response["Location"] == offer.get_absolute_url()


def test_my_bookings_asks_as_much_of_many_as_of_few(as_resident: Client, watch: Watch, resident: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            as_resident.get("/en/bookings/")
        return len(asked)

    count()
    few = count()
    wait(resident, hub=Hub.objects.get())
    wait(resident, room=Room.objects.get())
    assert count() == few


def test_a_search_of_a_whole_day_waits_for_the_whole_day(page: Any, as_resident: Client, hall: Room) -> None:
    day = {"starts_at": helsinki(2026, 12, 1), "ends_at": helsinki(2026, 12, 2)}
    close_room(room=hall, **day, reason={"en": "Floor"}, actor=None, at=AT)
    link = link_on(page("/en/rooms/?date=2026-12-01&minutes=60&people=8", as_=as_resident), "Tell me when")
    assert "from=06:00&to=24:00&minutes=60" in link


def test_the_editor_sees_what_is_waited_for_and_not_who(
    page: Any, as_kalajarvi_editor: Client, resident: User, kalajarvi: Hub, hall: Room, iso_omena: Hub
) -> None:
    wait(resident, hub=kalajarvi)
    wait(resident, hub=iso_omena)
    html = as_kalajarvi_editor.get("/admin/rooms/watch/").content.decode()
    assert html.count("2 timmar") == 1
    assert "resident@example.com" not in html
    one = Watch.objects.get(hub=kalajarvi)
    change = as_kalajarvi_editor.get(f"/admin/rooms/watch/{one.pk}/change/").content.decode()
    assert "resident@example.com" not in change
    assert as_kalajarvi_editor.get("/admin/rooms/watch/add/").status_code == 403
