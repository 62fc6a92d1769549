"""Every signed link: looking changes nothing in any table, a POST acts once, and what is used up or too old says so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.utils import translation

from accounts.models import User
from hubs.models import Hub
from rooms.booking import (
    BookingDetails,
    SeriesChoice,
    book_room,
    book_series,
    give_back,
    offer_due,
    series_starts,
    start_watch,
)
from rooms.links import (
    Purpose,
    answer_link,
    answer_series_link,
    check_in_link,
    claim_link,
    give_back_link,
    stop_watch_link,
)
from rooms.models import Booking, Offer, Room, Series
from servicetorg import settings
from tests.cast import TUESDAY, helsinki, make_room, make_user
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

AT = TUESDAY
STARTS_AT = helsinki(2026, 12, 2, 17)
HOUR = timedelta(hours=1)
DETAILS = BookingDetails(people=3, name="Kim")
SCANNER = "Mozilla/5.0 (compatible; SafeLinks)"


@dataclass
class House:
    hub: Hub
    resident: User
    editor: User
    rooms: list[Room] = field(default_factory=list)

    def room(self, **rules: Any) -> Room:
        self.rooms.append(make_room(self.hub, f"room-{len(self.rooms)}", **rules))
        return self.rooms[-1]

    def booking(self, room: Room | None = None) -> Booking:
        span = {"starts_at": STARTS_AT, "ends_at": STARTS_AT + HOUR}
        room, who = room or self.room(release_minutes=15), self.resident
        return book_room(room=room, resident=who, actor=who, **span, details=DETAILS, at=AT)

    def series(self) -> Series:
        room, who = self.room(needs_approval=True), self.resident
        choices = [
            SeriesChoice(series_start=start, room=room, starts_at=start, ends_at=start + HOUR)
            for start in series_starts(STARTS_AT, every_weeks=1, count=3)
        ]
        return book_series(choices=choices, every_weeks=1, resident=who, actor=who, details=DETAILS, at=AT)

    def offer(self) -> Offer:
        booking, watcher = self.booking(), make_user("watcher@example.com", name="Robin")
        hours = {"weekdays": "3", "from_time": time(17), "until_time": time(18)}
        wish = {"people": 3, "minutes": 60, **hours, "last_day": date(2026, 12, 22), "language": "en"}
        start_watch(resident=watcher, room=booking.room, **wish, at=AT)
        give_back(booking=booking, actor=None, at=AT)
        assert offer_due(at=AT) == 1
        return Offer.objects.get()


@dataclass(frozen=True)
class Case:
    """A link, what its page sends, when it can be acted by, and when it has nothing to do any more."""

    link: Callable[[House], str]
    sends: dict[str, str] = field(default_factory=dict)
    acts_at: datetime = AT + HOUR
    dead_at: datetime = STARTS_AT + 2 * HOUR
    again: int = 410


def link_to_series(house: House) -> str:
    series = house.series()
    return answer_series_link(series, house.hub, house.editor, series.bookings.all())


CASES: dict[Purpose, Case] = {
    Purpose.GIVE_BACK: Case(lambda house: give_back_link(house.booking())),
    Purpose.CHECK_IN: Case(
        lambda house: check_in_link(house.booking()),
        acts_at=STARTS_AT,
        again=302,  # to the page that says that one has come: true as before
    ),
    Purpose.ANSWER: Case(
        lambda house: answer_link(house.booking(house.room(needs_approval=True)), house.editor),
        {"answer": "approve", "reason": ""},
    ),
    Purpose.ANSWER_SERIES: Case(link_to_series, {"answer": "approve", "reason": "", "sequence": "0"}),
    Purpose.CLAIM: Case(
        lambda house: claim_link(house.offer().booking),
        {"do": "claim", "people": "3", "name": "Robin", "booker_kind": "private", "purpose": "Choir", "terms": "on"},
    ),
    Purpose.STOP_WATCH: Case(lambda house: stop_watch_link(house.offer().watch), dead_at=helsinki(2026, 12, 23, 12)),
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(kalajarvi: Hub, resident: User, kalajarvi_editor: User) -> House:
    return House(kalajarvi, resident, kalajarvi_editor)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def address(case: Case, house: House) -> str:
    return case.link(house).removeprefix(settings.SITE_URL)


def every_row() -> dict[str, list[dict[str, Any]]]:
    with translation.override("sv"):  # or the content of another language would seem another content
        return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in apps.get_models()}


def test_every_purpose_is_here() -> None:
    assert set(CASES) == set(Purpose)


def test_looking_changes_nothing(
    case: Case, address: str, client: Client, clock: Any, another_resident: User, house: House
) -> None:
    """As mail programs, mail scanners and browsers do that load pages ahead, by nobody, by others, by oneself."""
    visitors = [client, signed_in(another_resident), signed_in(house.resident), signed_in(house.editor)]
    clock.move_to(case.acts_at)
    before = every_row()
    for visitor in visitors:
        for method in (visitor.get, visitor.head, visitor.get):
            assert method(address, headers={"User-Agent": SCANNER}).status_code == 200
        for query in ("?done=", "?do=decline", "?answer=approve"):
            assert visitor.get(address + query).status_code in (200, 410)
    for method in (client.options, client.put, client.delete, client.patch):
        assert method(address).status_code == 405
    assert every_row() == before


def test_it_acts_once(case: Case, address: str, client: Client, clock: Any) -> None:
    clock.move_to(case.acts_at)
    before = every_row()
    done = client.post(address, case.sends)
    assert done.status_code == 302
    assert client.get(done["Location"]).status_code == 200
    after = every_row()
    assert after != before
    assert client.post(address, case.sends).status_code == case.again
    assert client.get(address).status_code == (200 if case.again == 302 else 410)
    assert every_row() == after


def test_what_is_too_old_explains_itself(case: Case, address: str, client: Client, clock: Any) -> None:
    clock.move_to(case.dead_at)
    before = every_row()
    for answer in (client.get(address), client.post(address, case.sends)):
        assert answer.status_code == 410
        assert "<h1" in answer.text
    assert client.head(address).status_code == 410
    assert every_row() == before


def test_what_nobody_has_signed_is_not_found(case: Case, address: str, client: Client, clock: Any) -> None:
    clock.move_to(case.acts_at)
    start, _, token = address.rstrip("/").rpartition("/")
    damaged = [token[:-1], token + "x", token[1:], token.swapcase(), token.replace(":", ""), "x", "x" * 500, "\u00e5"]
    before = every_row()
    for forged in damaged:
        for answer in (client.get(f"{start}/{forged}/"), client.post(f"{start}/{forged}/", case.sends)):
            assert answer.status_code == 404, forged
    assert every_row() == before


def test_a_link_serves_its_own_purpose_alone(case: Case, address: str, client: Client, house: House) -> None:
    _, _, token = address.rstrip("/").rpartition("/")
    own = address.split("/")[-3]
    before = every_row()
    for other in CASES:
        path = other.replace("_", "-")
        if path != own:
            assert client.post(f"/en/links/{path}/{token}/", CASES[other].sends).status_code == 404, other
    assert every_row() == before
