"""Whatever is typed into an address or a form of these pages, the answer is a page, never a 500."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from hubs.models import Hub
from rooms.booking import BookingDetails, book_room, hold
from rooms.models import Booking, Room
from tests.cast import TUESDAY, helsinki

pytestmark = pytest.mark.django_db

FIND = "/sv/rooms/"
ROOM = "/sv/rooms/kalajarvi/hall/"
BOOK = f"{ROOM}book/"
TIME = "?start=2026-11-25T14:00&end=2026-11-25T16:00"
SEARCH = ["hub", "date", "from", "to", "minutes", "people", "equipment", "kind"]
ANSWERS = {200, 302, 400, 404, 409}

NASTY = (
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "NaN",
    "∞",
    "٤",
    "😀" * 50,
    "2026-02-30",
    "2026-13-01",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "2026-11-25",
    "2027-03-28",
    "03:30",
    "24:00",
    "25:00",
    "-1:00",
    "2026-11-25T14:00",
    "2027-03-28T03:30",
    "2026-10-25T03:30",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "2026-W53",
    "2027-W53",
    "%",
    "%s%d%(name)s",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\u202eabc",
    "a\r\nSet-Cookie: x=1",
    "\ud800",
    "\0",
    "x" * 10_000,
    "9" * 10_000,
)
nasty = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.integers().map(str), st.dates().map(str))
some = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


@pytest.fixture(autouse=True)
def _tuesday_at_noon() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def sendable(values: dict[str, str]) -> dict[str, str]:
    """Leave out lone surrogates: no browser can send them."""
    return {name: value.encode("utf-8", "ignore").decode() for name, value in values.items()}


@some
@given(query=st.dictionaries(st.sampled_from(SEARCH), nasty))
def test_the_search_answers_any_query(client: Client, hall: Room, query: dict[str, str]) -> None:
    assert client.get(FIND, sendable(query)).status_code in {200, 400}


def test_the_search_answers_each_nasty_value(client: Client, hall: Room) -> None:
    for value in NASTY:
        assert client.get(FIND, sendable(dict.fromkeys(SEARCH, value))).status_code in {200, 400}


@some
@given(week=nasty)
def test_a_room_answers_any_week(client: Client, hall: Room, week: str) -> None:
    assert client.get(ROOM, sendable({"week": week})).status_code in {200, 400}


@some
@given(start=nasty, end=nasty)
def test_the_booking_page_answers_any_time(client: Client, hall: Room, start: str, end: str) -> None:
    assert client.get(BOOK, sendable({"start": start, "end": end})).status_code in ANSWERS


@some
@given(body=st.dictionaries(st.sampled_from(["do", "start", "minutes", "held"]), nasty))
def test_holding_answers_any_form(client: Client, hall: Room, body: dict[str, str]) -> None:
    assert client.post(BOOK + TIME, {"do": "hold", **sendable(body)}).status_code in ANSWERS


DETAILS = ["name", "phone", "people", "booker_kind", "organisation", "purpose", "message", "terms", "held"]


@some
@given(body=st.dictionaries(st.sampled_from(DETAILS), nasty))
def test_booking_answers_any_form(as_resident: Client, hall: Room, body: dict[str, str]) -> None:
    as_resident.post(BOOK + TIME, {"do": "hold"})

    assert as_resident.post(BOOK + TIME, {"do": "book", **sendable(body)}).status_code in ANSWERS


def test_booking_answers_each_nasty_choice(as_resident: Client, hall: Room) -> None:
    as_resident.post(BOOK + TIME, {"do": "hold"})
    for value in NASTY:
        choices = sendable(dict.fromkeys(["people", "booker_kind", "held"], value))
        assert as_resident.post(BOOK + TIME, {"do": "book", "name": "Kim", **choices}).status_code == 200


@pytest.mark.parametrize("value", ["😀", "-1", "<script>", "a\r\nb", "\0", "\u202eabc", "x" * 10_000, "%s%d%(name)s"])
def test_booking_answers_each_nasty_text(as_resident: Client, hall: Room, value: str) -> None:
    texts = dict.fromkeys(["name", "phone", "organisation", "purpose", "message"], value)
    as_resident.post(BOOK + TIME, {"do": "hold"})

    response = as_resident.post(
        BOOK + TIME, {"do": "book", "people": "4", "booker_kind": "association", "terms": "on", **texts}
    )

    assert response.status_code in {200, 302}
    if response.status_code == 302:
        assert as_resident.get(response.headers["Location"]).status_code == 200


def test_a_session_with_nonsense_in_it_is_forgotten(client: Client, hall: Room) -> None:
    for nonsense in ("", "ABC", 7, None, {"a": 1}):
        session = client.session
        session["held"], session["draft"] = nonsense, {"name": "Kim", "stranger": "x"}
        session.save()
        assert client.get(BOOK + TIME).status_code == 200
        assert client.post(BOOK + TIME, {"do": "hold"}).status_code in {302, 409}
        Booking.objects.all().delete()


def test_another_residents_reference_opens_nothing(as_resident: Client, another_resident: User, hall: Room) -> None:
    times = {"starts_at": helsinki(2026, 11, 26, 14), "ends_at": helsinki(2026, 11, 26, 15)}
    theirs = hold(room=hall, resident=another_resident, language="fi", at=TUESDAY, **times)
    session = as_resident.session
    session["held"] = theirs.reference
    session.save()

    for path in ("", "give-back/", "booking.ics"):
        assert as_resident.get(f"/sv/bookings/{theirs.reference}/{path}").status_code == 404
    as_resident.post(BOOK + TIME, {"do": "release"})

    theirs.refresh_from_db()
    assert theirs.is_live_at(TUESDAY)


@pytest.mark.parametrize("reference", ["x", "x" * 200, "ÅÄÖ", "0", "-", "..", "%00"])
def test_any_reference_is_404(as_resident: Client, kalajarvi: Hub, reference: str) -> None:
    assert as_resident.get(f"/sv/bookings/{reference}/").status_code in {400, 404}


@pytest.fixture
def booking(hall: Room, resident: User) -> Booking:
    return book_room(
        room=hall,
        starts_at=helsinki(2026, 11, 25, 14),
        ends_at=helsinki(2026, 11, 25, 16),
        resident=resident,
        actor=resident,
        details=BookingDetails(people=2, name="Kim"),
        at=TUESDAY,
    )


CHANGES = ["date", "start", "minutes", *DETAILS]
GOOD = {
    "date": "2026-11-25", "start": "14:00", "minutes": "120", "name": "Kim", "people": "2", "booker_kind": "private",
    "purpose": "Yoga",
}  # fmt: skip


@some
@given(
    body=st.dictionaries(st.sampled_from(CHANGES), nasty),
    query=st.dictionaries(st.sampled_from(["hub", "room", "start", "end"]), nasty),
    do=st.sampled_from(["save", "day", "take", "x"]),
)
def test_changing_answers_any_form(
    as_resident: Client, booking: Booking, body: dict[str, str], query: dict[str, str], do: str
) -> None:
    page = f"/sv/bookings/{booking.reference}/change/"

    assert as_resident.get(page, sendable(query)).status_code in ANSWERS
    assert as_resident.post(page, {**GOOD, **sendable(body), "do": do}).status_code in ANSWERS
    assert as_resident.post(page, {**GOOD, "do": do}, query_params=sendable(query)).status_code in ANSWERS


def test_changing_answers_each_nasty_value(as_resident: Client, booking: Booking) -> None:
    page = f"/sv/bookings/{booking.reference}/change/"
    for number, value in enumerate(NASTY):
        name = ("date", "start", "minutes")[number % 3]
        for do in ("save", "day"):
            body = sendable({**GOOD, "date": value, name: value, "do": do})
            assert as_resident.post(page, body).status_code in ANSWERS, (name, value)


@some
@given(body=st.dictionaries(st.sampled_from(["start", "end"]), nasty))
def test_giving_back_a_part_answers_any_form(as_resident: Client, booking: Booking, body: dict[str, str]) -> None:
    page = f"/sv/bookings/{booking.reference}/give-back/part/"

    assert as_resident.post(page, sendable(body)).status_code in ANSWERS


def test_the_search_carries_any_booking_number(as_resident: Client, hall: Room) -> None:
    for value in NASTY:
        assert as_resident.get(FIND, sendable({"change": value})).status_code in {200, 400}


def test_deleting_the_account_answers_any_address(as_resident: Client) -> None:
    for value in NASTY:
        assert as_resident.post("/sv/accounts/delete/", sendable({"email": value})).status_code == 200
