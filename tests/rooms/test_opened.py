"""What becomes bookable is offered like what is given back: longer hours, a new room, a room that opens again."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hubs.models import Hub, Span
from rooms.booking import change_closure, close_room, note_opened, offer_due, stop_watch
from rooms.models import FreedTime, KnownHours, Offer, Room, Watch
from tests.cast import TUESDAY, helsinki, make_room, make_user, set_hours
from tests.rooms.test_watch import HOUR, STARTS_AT, offer_to, span_of, wait

pytestmark = pytest.mark.django_db

AT = TUESDAY
LATER = AT + timedelta(minutes=10)
ELEVEN_PM = time(23)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def watch(hall: Room, resident: User, kalajarvi: Hub) -> Watch:
    """Somebody waits for two hours on a Tuesday evening, until 23; the house, which they know, closes at 20."""
    watch = wait(resident, hub=kalajarvi, until_time=ELEVEN_PM)
    assert note_opened(at=AT) == 0
    return watch


def open_until(hub: Hub, closes: time) -> None:
    Span.objects.filter(period__timetable=hub.timetable).update(closes=closes)


def test_longer_hours_are_offered_and_what_was_open_already_is_not(
    watch: Watch, kalajarvi: Hub, resident: User, hall: Room
) -> None:
    open_until(kalajarvi, time(22))
    assert note_opened(at=LATER) > 0
    assert offer_due(at=LATER) == 1
    # The first that reaches into the new hours, on this very evening.
    assert span_of(offer_to(resident).booking) == (hall, helsinki(2026, 11, 24, 18, 30), helsinki(2026, 11, 24, 20, 30))


def test_a_day_that_was_closed_and_opens_is_offered(hall: Room, resident: User, kalajarvi: Hub) -> None:
    day = date(2026, 12, 1)
    closed = set_hours(kalajarvi.timetable, {}, first_day=day, last_day=day, kind="exception")
    wait(resident, hub=kalajarvi)
    note_opened(at=AT)
    closed.delete()
    note_opened(at=LATER)
    assert offer_due(at=LATER) == 1
    assert offer_to(resident).booking.starts_at == STARTS_AT


def test_a_new_room_is_offered(watch: Watch, kalajarvi: Hub, resident: User) -> None:
    studio = make_room(kalajarvi, "studio", capacity=8)
    note_opened(at=LATER)
    assert offer_due(at=LATER) == 1
    assert offer_to(resident).booking.room == studio


def test_a_room_that_is_published_again_is_offered(watch: Watch, hall: Room, resident: User) -> None:
    for is_published, at in ((False, LATER), (True, LATER + HOUR)):
        with time_machine.travel(at, tick=False):
            hall.is_published = is_published
            hall.save()
            note_opened(at=at)
    assert offer_due(at=LATER + HOUR) == 1


def test_days_that_can_be_booked_from_farther_ahead_are_offered(hall: Room, resident: User, kalajarvi: Hub) -> None:
    Room.objects.update(earliest_days=10)
    wait(resident, hub=kalajarvi)
    note_opened(at=AT)
    hall.earliest_days = 15
    hall.save(update_fields=["earliest_days", "changed_at"])
    note_opened(at=LATER)
    assert offer_due(at=LATER) == 1
    assert offer_to(resident).booking.starts_at == helsinki(2026, 12, 8, 17)  # the first Tuesday beyond ten days


def test_a_closure_that_is_shortened_frees_its_end(watch: Watch, hall: Room, resident: User) -> None:
    span = {"starts_at": STARTS_AT - HOUR, "ends_at": STARTS_AT + 3 * HOUR}
    closure = close_room(room=hall, **span, reason={"sv": "Stängt"}, actor=None, at=AT)
    stop_watch(watch=watch, at=AT)
    wait(resident, room=hall)
    change_closure(closure=closure, starts_at=STARTS_AT - HOUR, ends_at=STARTS_AT, at=AT)
    assert offer_due(at=AT) == 1
    assert offer_to(resident).booking.starts_at == STARTS_AT


def test_what_opens_where_nobody_waits_is_not_remembered(watch: Watch, hall: Room, iso_omena: Hub) -> None:
    make_room(iso_omena, "elsewhere")
    assert note_opened(at=LATER) == 0
    assert not FreedTime.objects.exists()


def test_only_days_that_somebody_watches_are_remembered(watch: Watch, kalajarvi: Hub) -> None:
    open_until(kalajarvi, time(22))
    note_opened(at=LATER)
    weekdays = {row.starts_at.astimezone(AT.tzinfo).isoweekday() for row in FreedTime.objects.all()}
    assert weekdays == {2}


def test_what_was_open_when_it_is_first_looked_at_is_no_news(hall: Room, resident: User, kalajarvi: Hub) -> None:
    wait(resident, hub=kalajarvi)
    assert note_opened(at=AT) == 0
    assert note_opened(at=LATER) == 0
    assert note_opened(at=AT + timedelta(days=30)) == 0
    assert not Offer.objects.exists()


def test_when_nobody_waits_nothing_is_kept(watch: Watch) -> None:
    assert KnownHours.objects.exists()
    stop_watch(watch=watch, at=LATER)
    note_opened(at=LATER)
    assert not KnownHours.objects.exists()


def test_while_nothing_changes_the_hours_are_not_reckoned(watch: Watch, django_assert_max_num_queries) -> None:
    note_opened(at=LATER)  # what was saved just before it was first looked at might have been missed
    with django_assert_max_num_queries(8):
        assert note_opened(at=AT + HOUR) == 0
    assert KnownHours.objects.get().seen_at == LATER
    assert not FreedTime.objects.exists()


def test_two_who_look_at_once_remember_it_once(watch: Watch, kalajarvi: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    open_until(kalajarvi, time(22))
    first: list[int] = []

    def meanwhile(*_args: object) -> bool:
        if not first:
            first.append(0)
            first[0] = note_opened(at=LATER)
        return True

    monkeypatch.setattr("rooms.booking.opened._may_have_changed", meanwhile)
    assert note_opened(at=LATER) == 0
    assert FreedTime.objects.count() == first[0] > 0


# --- Many -------------------------------------------------------------------------------------------


def freed(room: Room, number: int) -> None:
    starts = [helsinki(2026, 12, 1, 8) + timedelta(days=2 * n) for n in range(number)]
    FreedTime.objects.bulk_create(
        FreedTime(room=room, starts_at=start, ends_at=start + 12 * HOUR, freed_at=AT) for start in starts
    )


@pytest.mark.parametrize("number", [1, 1200])
def test_however_much_is_free_a_sweep_asks_a_dozen_questions(
    number: int, hall: Room, resident: User, kalajarvi: Hub
) -> None:
    """SQLite refuses a question that names a thousand spans one by one."""
    wait(resident, hub=kalajarvi, weekdays="1234567", last_day=date(2027, 11, 1))
    freed(hall, number)
    with CaptureQueriesContext(connection) as queries:
        assert offer_due(at=AT) == 1
    looking = next(n for n, query in enumerate(queries.captured_queries) if "SAVEPOINT" in query["sql"])
    assert looking <= 13


def test_however_many_watch_a_sweep_asks_a_dozen_questions(hall: Room, kalajarvi: Hub) -> None:
    for number in range(12):
        wait(make_user(f"person{number}@example.com"), hub=kalajarvi, people=8 + number)
    freed(hall, 1)
    with CaptureQueriesContext(connection) as queries:
        assert offer_due(at=AT) >= 1
    looking = next(n for n, query in enumerate(queries.captured_queries) if "SAVEPOINT" in query["sql"])
    assert looking <= 13
