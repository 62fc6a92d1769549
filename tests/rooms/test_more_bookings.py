"""No page gets slower because there are more bookings: counted, not timed, so that a busy machine judges the same.

On SQLite the steps of its virtual machine are counted, on PostgreSQL the rows that its scans look at,
with its indexes (a small table it would rather read as a whole). Ten times the bookings lie in other
months, as in a site that has been used for years; a day itself is as full as before.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from rooms.booking import (
    BookingDetails,
    book_room,
    expire_due,
    finish_due,
    note_opened,
    offer_due,
    release_due,
    remind_due,
)
from rooms.booking.offers import plan as plan_offers
from rooms.models import Booking, FreedTime, Room
from tests.bench import town
from tests.cast import TUESDAY, helsinki
from tests.conftest import signed_in
from tests.rooms.test_watch import wait

pytestmark = pytest.mark.django_db

DAYS, TIMES, MOST = 44, 10, 1.3
FEW = 50  # rows of PostgreSQL, steps of SQLite in hundreds: below that a difference says nothing
DAY = timedelta(days=1)
DETAILS = BookingDetails(people=2, name="Kim")
FREE = helsinki(2026, 11, 27, 18), helsinki(2026, 11, 27, 19)


@pytest.fixture(autouse=True)
def _on_tuesday() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def fill(first: int, days: int, first_day: int) -> None:
    """Let the town's rooms be booked for so many days, beginning so many days from now, by people of those days."""
    size = town.Size("T", hubs=2, rooms=12, days=days, bookings=days * 16, residents=days * 3)
    chance, rooms = random.Random(first), list(Room.objects.select_related("hub").order_by("pk"))
    people = [User(email=f"person{first}-{n}@example.com", password="!") for n in range(size.residents)]
    User.objects.bulk_create(people)
    spans = town.plan(size, rooms, timezone.localdate() + first_day * DAY, chance)
    town.write_bookings(first, spans, [person.pk for person in people], TUESDAY, chance)
    for model in (town.Booking, town.BusyPeriod, town.BookingEvent):
        town.move_sequence(model)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def work() -> Iterator[Callable[[], int]]:
    """Count what the database does meanwhile."""
    if connection.vendor == "sqlite":
        steps = [0]

        def step() -> int:
            steps[0] += 1
            return 0

        connection.ensure_connection()
        connection.connection.set_progress_handler(step, 100)
        yield lambda: steps[0]
        connection.connection.set_progress_handler(None, 0)
        return
    with CaptureQueriesContext(connection) as queries:
        yield lambda: sum(rows_read(query["sql"]) for query in list(queries.captured_queries))


def rows_read(sql: str) -> int:
    if not sql.startswith(("SELECT", "WITH")) or "FOR NO KEY UPDATE" in sql:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        return rows_of(cursor.fetchone()[0][0]["Plan"])


def rows_of(node: dict[str, Any]) -> int:
    """Return how many rows the scans of a plan have looked at."""
    below = sum(rows_of(each) for each in node.get("Plans", ()))
    if not node["Node Type"].endswith("Scan") or node["Node Type"] == "Bitmap Index Scan":
        return below
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return below + int((node["Actual Rows"] + dropped) * node["Actual Loops"])


def questions() -> dict[str, Callable[[], Any]]:
    """Return what is asked: pages, the plan of offers, what `tend` does each minute, and a booking."""
    room = Room.objects.select_related("hub").get(hub__slug="hub-2", slug="room-4")
    other = Room.objects.select_related("hub").get(hub__slug="hub-2", slug="room-5")
    resident = Booking.objects.filter(starts_at__gt=TUESDAY, pk__lt=1000).earliest("pk").resident
    assert resident is not None
    place, find, client, mine = [room.hub.slug, room.slug], reverse("rooms:find"), Client(), signed_in(resident)
    span = "start=2026-11-27T18:00&end=2026-11-27T19:00"
    pages = {
        "home": (client, reverse("home")),
        "hub": (client, reverse("hub", args=[room.hub.slug])),
        "search for a day": (client, f"{find}?date=2026-11-26&minutes=60&people=6"),
        "any evening in two weeks": (client, f"{find}?days=14&part=evening&minutes=60&people=6"),
        "a room’s week": (client, reverse("rooms:room", args=place)),
        "the series": (client, f"{reverse('rooms:book_series', args=place)}?{span}&every=1&times=2"),
        "my bookings": (mine, reverse("rooms:my_bookings")),
    }

    def get(browser: Client, path: str) -> None:
        assert browser.get(path).status_code == 200

    def book() -> None:
        span = {"starts_at": FREE[0], "ends_at": FREE[1]}
        book_room(room=other, **span, resident=None, details=DETAILS, actor=staff, at=TUESDAY).delete()

    staff, _made = User.objects.get_or_create(email="desk@example.com", is_staff=True)
    asked: dict[str, Callable[[], Any]] = {name: lambda page=page: get(*page) for name, page in pages.items()}
    asked["offers"] = lambda: plan_offers(TUESDAY)
    asked["book"] = book
    for part in (expire_due, release_due, finish_due, note_opened, offer_due):
        asked[part.__name__] = lambda part=part: part(at=TUESDAY)
    asked["remind_due"] = lambda: remind_due(at=TUESDAY, hours=48)
    return asked


def measured() -> dict[str, int]:
    """Ask everything and take back what that wrote: an offer that was made would be in the way of the next time."""
    found = {}
    with transaction.atomic():
        for name, ask in questions().items():
            ask()  # what is read once a process, and what was due
            with work() as counted:
                ask()
                found[name] = counted()
        transaction.set_rollback(True)
    return found


def test_ten_times_the_bookings_are_no_more_work_for_any_page(db: None) -> None:
    town.make_rooms(town.Size("T", hubs=2, rooms=12, days=DAYS, bookings=0, residents=0))
    fill(1, DAYS, -DAYS // 2)
    room = Room.objects.get(hub__slug="hub-2", slug="room-4")
    Booking.objects.filter(room__hub=room.hub_id, starts_at__lt=FREE[1], ends_at__gt=FREE[0]).delete()
    wait(User.objects.create(email="waiting@example.com"), room=room, people=2, weekdays="12345", minutes=60)
    FreedTime.objects.create(room=room, starts_at=FREE[0], ends_at=FREE[1], freed_at=TUESDAY + DAY)
    few, before = Booking.objects.count(), measured()
    half = DAYS * (TIMES - 1) // 2
    fill(10_000, half, -DAYS // 2 - half)
    fill(20_000, half, DAYS // 2)
    assert Booking.objects.count() > 9 * few
    after = measured()
    slower = {name: (before[name], after[name]) for name in after if after[name] > MOST * before[name] + FEW}
    assert slower == {}
    assert sum(before.values()) > 0
