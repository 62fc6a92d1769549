"""Fill one database and measure in it; prints JSON. Started by `python -m tests.bench`.

Ours and the bare SQL take turns, so that both meet the same machine. The bare SQL is written by
hand: it fetches or writes the same rows with Django's own connection, and makes nothing of them.
"""

import json
import logging
import multiprocessing
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import product
from statistics import median
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from rooms.availability import RoomQuery, free_times, next_free_start
from rooms.booking import BookingDetails, SeriesChoice, book_room, book_series, series_starts
from rooms.finding import search_rooms
from rooms.forms import local_iso
from rooms.models import Booking, BookingEvent, BookingMail, BusyPeriod, Room, Series
from rooms.rules import midnight
from rooms.spans import Span, utc
from rooms.week import monday_of
from tests.bench.town import SIZES, build, row_of

CLIENTS = 8
BOOKINGS_OF_A_CLIENT = 40
WEEKS = 12
BROWSER = {"accept-encoding": "gzip"}
HOUR = timedelta(hours=1)
ONE_WEEK = timedelta(weeks=1)
DETAILS = {"name": "A resident", "people": "2", "booker_kind": "private", "terms": "on"}

ROOMS = (
    "SELECT r.id, r.timetable_id, h.timetable_id, r.capacity, r.grid_minutes, r.shortest_minutes, r.longest_minutes, "
    "r.earliest_days, r.latest_minutes, r.gap_minutes FROM rooms_room r JOIN hubs_hub h ON h.id = r.hub_id "
    "WHERE r.is_published AND h.is_published AND r.channel = 'online'"
)
TIMETABLES = "SELECT id, fallback_id, holiday_rule FROM hubs_timetable"
HOURS = (
    "SELECT p.timetable_id, p.kind, p.first_day, p.last_day, p.special_day, p.week_parity, "
    "s.weekdays, s.opens, s.closes, s.mode FROM hubs_period p JOIN hubs_span s ON s.period_id = p.id"
)
SPECIAL_DAYS = "SELECT date, key, changes_hours, is_public_holiday FROM hubs_specialday"
BUSY = "SELECT room_id, starts_at, ends_at, closure_id FROM rooms_busyperiod WHERE "
THEN = "(starts_at < %s AND ends_at > %s AND ends_at < %s)"
SHOWN = "SELECT * FROM rooms_room r JOIN hubs_hub h ON h.id = r.hub_id LIMIT 20"


class Bench:
    def __init__(self, size: str, rounds: int) -> None:
        self.size, self.rounds = SIZES[size], rounds
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        started = time.perf_counter()
        build(self.size, at=timezone.now())
        self.filled = time.perf_counter() - started
        self.today = timezone.localdate()
        self.day = self.today + timedelta(days=1)
        self.room = Room.objects.select_related("hub").get(hub__slug="hub-2", slug="room-4")
        self.weekly = free_starts(self.today + timedelta(days=190), weeks=1)
        self.free = free_starts(self.today + timedelta(days=190) + WEEKS * ONE_WEEK, weeks=12)
        self.task: DBTaskResult | None = None
        self.people = list(User.objects.filter(is_staff=False).order_by("pk")[:2_000])
        self.resident = iter(self.people * 100)

    def result(self) -> dict[str, Any]:
        load = [os.getloadavg()[0]]
        result = {
            "size": self.size.name,
            "words": self.size.in_words.capitalize(),
            "database": {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor],
            "rounds": self.rounds,
            "filled": self.filled,
            "questions": list(self.questions()),
            "pages": list(self.pages()),
            "clients": CLIENTS,
            "per_second": self.book_at_once(),
        }
        return {**result, "load": [*load, os.getloadavg()[0]]}

    # --- Questions --------------------------------------------------------------------------------

    def questions(self) -> Iterator[dict[str, Any]]:
        day = midnight(self.day), midnight(self.day + timedelta(days=1))
        evenings = [self.evening(number) for number in range(14)]
        monday = monday_of(self.day)
        week = midnight(monday), midnight(monday + timedelta(days=7))
        horizon = timezone.now(), midnight(self.today + timedelta(days=14))
        yield self.compare("search over all rooms for a day", self.search(day), self.bare_search([day]))
        yield self.compare("search for any evening in two weeks", self.search(*evenings), self.bare_search(evenings))
        yield self.compare(
            "one room’s week", lambda: free_times([self.room], *week, at=timezone.now()), self.bare_room(week)
        )
        yield self.compare(
            "next free start", lambda: next_free_start(self.room, 60, at=timezone.now()), self.bare_room(horizon)
        )
        yield self.compare("book", self.book, lambda: self.bare_book(1))
        yield self.compare(f"book a series of {WEEKS}", self.book_series, lambda: self.bare_book(WEEKS))

    def compare(self, name: str, ours: Callable[[], Any], bare: Callable[[], Any]) -> dict[str, Any]:
        with CaptureQueriesContext(connection) as queries:
            ours()
        bare()
        times: dict[Callable[[], Any], list[float]] = {ours: [], bare: []}
        for _ in range(self.rounds):
            for deed, taken in times.items():
                started = time.perf_counter()
                deed()
                taken.append(1000 * (time.perf_counter() - started))
        mine, theirs = (median(taken) for taken in times.values())
        real = [query for query in queries.captured_queries if not query["sql"].startswith(TRANSACTION)]
        return {"name": name, "ours": mine, "bare": theirs, "ratio": mine / theirs, "queries": len(real)}

    def evening(self, number: int) -> Span:
        day = midnight(self.day + timedelta(days=number))
        return day + 17 * HOUR, midnight(self.day + timedelta(days=number + 1))

    def search(self, *spans: Span) -> Callable[[], Any]:
        within = spans if len(spans) > 1 else ()
        query = RoomQuery(starts_at=spans[0][0], ends_at=spans[-1][1], minutes=60, people=6, within=within)
        return lambda: search_rooms(query, at=timezone.now())

    def bare_search(self, spans: list[Span]) -> Callable[[], Any]:
        busy = BUSY + " OR ".join([THEN] * len(spans))
        moments = [moment for start, end in spans for moment in (end, start, end + 13 * HOUR)]
        return lambda: fetch(
            (ROOMS, []), (TIMETABLES, []), (HOURS, []), (SPECIAL_DAYS, []), (busy, moments), (SHOWN, [])
        )

    def bare_room(self, span: Span) -> Callable[[], Any]:
        timetables = [self.room.timetable_id, self.room.hub.timetable_id]
        busy = f"{BUSY} room_id = %s AND {THEN}"
        moments = [span[1], span[0], span[1] + 13 * HOUR]
        hours = f"{HOURS} WHERE p.timetable_id IN (%s, %s)", timetables
        own = f"{TIMETABLES} WHERE id IN (%s, %s)", timetables
        return lambda: fetch(own, hours, (SPECIAL_DAYS, []), (busy, [self.room.pk, *moments]))

    # --- Booking -------------------------------------------------------------------------------------

    def book(self) -> Booking:
        room, start = next(self.free)
        return book_one(room, start, next(self.resident))

    def book_series(self) -> Series:
        resident = next(self.resident)
        room, start = next(self.weekly)
        choices = [
            SeriesChoice(series_start=each, room=room, starts_at=each, ends_at=each + HOUR)
            for each in series_starts(start, every_weeks=1, count=WEEKS)
        ]
        details = BookingDetails(people=2, name="A resident")
        return book_series(
            choices=choices, every_weeks=1, resident=resident, details=details, actor=resident, at=timezone.now()
        )

    @transaction.atomic
    def bare_book(self, times: int) -> None:
        """Insert the rows of so many bookings, of one mail and of its task."""
        room, start = next(self.free if times == 1 else self.weekly)
        series_id = insert([Series()])[0] if times > 1 else None
        starts = series_starts(start, every_weeks=1, count=times)
        bookings = [
            Booking(
                room_id=room.pk,
                starts_at=each,
                ends_at=each + HOUR,
                series_id=series_id,
                series_start=each if series_id else None,
                **self.like,
            )
            for each in starts
        ]
        keys = insert(bookings)
        busy = [
            BusyPeriod(room_id=room.pk, booking_id=key, starts_at=each, ends_at=each + HOUR)
            for key, each in zip(keys, starts, strict=True)
        ]
        insert(busy)
        events = insert([BookingEvent(booking_id=key, kind="confirmed", at=starts[0], new=SNAPSHOT) for key in keys])
        mails = insert([BookingMail(event_id=events[0])])
        task = DBTaskResult.objects.order_by("-enqueued_at")[0] if self.task is None else self.task
        self.task = task
        task.pk, task.args_kwargs = uuid.uuid4(), {"args": mails, "kwargs": {}}
        insert([task])

    @property
    def like(self) -> dict[str, Any]:
        return {
            "resident_id": self.people[0].pk, "state": "confirmed", "name": "A resident", "people": 2,
            "email": "resident@example.com", "updated_at": timezone.now(),
        }  # fmt: skip

    def book_at_once(self) -> float:
        """Let several processes book at once, each in its own room; return bookings a second."""
        todo = [[next(self.free) for _ in range(BOOKINGS_OF_A_CLIENT)] for _ in range(CLIENTS)]
        work = [([(room.pk, start) for room, start in each], [next(self.resident).pk for _ in each]) for each in todo]
        connection.close()
        fork = multiprocessing.get_context("fork")
        gate = fork.Barrier(CLIENTS + 1)
        clients = [fork.Process(target=book_many, args=(*each, gate)) for each in work]
        for client in clients:
            client.start()
        gate.wait()
        started = time.perf_counter()
        for client in clients:
            client.join()
        taken = time.perf_counter() - started
        if any(client.exitcode for client in clients):
            raise SystemExit("a client failed")
        return CLIENTS * BOOKINGS_OF_A_CLIENT / taken

    # --- Pages ------------------------------------------------------------------------------------------

    def pages(self) -> Iterator[dict[str, Any]]:
        visitor = Client(headers=BROWSER)
        residents = iter([self.signed_in(user) for user in self.people[-self.rounds - 2 :]])
        with translation.override("sv"):
            find = reverse("rooms:find")
            room = reverse("rooms:room", args=[self.room.hub.slug, self.room.slug])
        pages = {
            "search for a day": f"{find}?date={self.day}&minutes=60&people=6",
            "any evening in two weeks": f"{find}?days=14&part=evening&minutes=60&people=6",
            "a room’s week": room,
        }
        for name, path in pages.items():
            yield self.page(name, lambda path=path: visitor.get(path), 200)
        yield self.page("book: the form sent", lambda: self.send(next(residents)), 302)

    def signed_in(self, user: User) -> Client:
        client = Client(headers=BROWSER)
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "accounts.backends.RoleBackend"
        session.save()
        client.cookies["sessionid"] = session.session_key or ""
        return client

    def send(self, client: Client) -> Any:
        room, start = next(self.free)
        with translation.override("sv"):
            path = reverse("rooms:book", args=[room.hub.slug, room.slug])
        return client.post(f"{path}?start={local_iso(start)}&end={local_iso(start + HOUR)}", {"do": "book", **DETAILS})

    def page(self, name: str, fetch_page: Callable[[], Any], status: int) -> dict[str, Any]:
        pages, sqls, queries = [], [], 0
        for _ in range(self.rounds + 2):
            spent: list[float] = []
            with connection.execute_wrapper(stopwatch(spent)):
                started = time.perf_counter()
                answer = fetch_page()
                pages.append(1000 * (time.perf_counter() - started))
            if answer.status_code != status:
                raise SystemExit(f"{name}: {answer.status_code}")
            sqls.append(1000 * sum(spent))
            queries = len(spent)
        return {
            "name": name, "page": median(pages[2:]), "least": min(pages), "sql": median(sqls[2:]), "queries": queries,
        }  # fmt: skip


TRANSACTION = "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"
SNAPSHOT = {"state": "confirmed", "room": 1, "starts_at": "", "ends_at": "", "people": 2, "price_cents": 0}


def free_starts(day: date, *, weeks: int) -> Iterator[tuple[Room, datetime]]:
    """Return hours in the weeks after a day, in which nothing is booked yet, with room for a gap; room after room."""
    rooms = Room.objects.select_related("hub").filter(parent=None, parts=None, release_minutes=None).order_by("pk")
    usual = [room for room in rooms if room.order % 10 not in (8, 9)]  # open as their hub is
    monday = monday_of(day) + ONE_WEEK
    for week, weekday, hour in product(range(weeks), range(5), range(9, 20, 2)):
        start = midnight(monday + timedelta(days=7 * week + weekday)) + hour * HOUR
        for room in usual:
            yield room, utc(start)
    raise SystemExit("no free hours are left")


def book_one(room: Room, start: datetime, resident: User) -> Booking:
    details = BookingDetails(people=2, name="A resident", email=resident.email)
    return book_room(
        room=room, starts_at=start, ends_at=start + HOUR, resident=resident, details=details, actor=resident,
        at=timezone.now(),
    )  # fmt: skip


def book_many(times: list[tuple[int, datetime]], residents: list[int], gate: Any) -> None:
    rooms = Room.objects.select_related("hub").in_bulk([key for key, _start in times])
    people = User.objects.in_bulk(residents)
    gate.wait()
    for (key, start), resident in zip(times, residents, strict=True):
        book_one(rooms[key], start, people[resident])


def fetch(*questions: tuple[str, list[Any]]) -> int:
    rows = 0
    with connection.cursor() as cursor:
        for sql, params in questions:
            cursor.execute(sql, [adapted(each) for each in params])
            rows += len(cursor.fetchall())
    return rows


def adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def insert(things: list[Any]) -> list[int]:
    """Insert rows with one statement; return their ids."""
    model: type[Model] = type(things[0])
    key = model._meta.pk
    is_numbered = key is not None and key.db_returning
    fields = [field for field in model._meta.concrete_fields if not (field.generated or (field is key and is_numbered))]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(f"({', '.join(['%s'] * len(fields))})" for _ in things)
    values = [value for thing in things for value in row_of(thing, fields)]
    returning = " RETURNING id" if is_numbered else ""
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {places}{returning}", values)
        return [key for (key,) in cursor.fetchall()] if returning else []


def stopwatch(spent: list[float]) -> Callable[..., Any]:
    def wrapper(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - started)

    return wrapper


def main() -> None:
    logging.disable(logging.WARNING)
    with translation.override("sv"):
        print(json.dumps(Bench(sys.argv[1], int(sys.argv[2])).result()))  # noqa: T201
