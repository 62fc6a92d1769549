"""How long the important pages take, and how much of it the database needs: `make bench`.

Measured with Django's test client over the demo with bookings of a fortnight, in one process: no network, no
gunicorn, no other visitors. A figure to compare with an earlier one on the same machine, not a promise.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from rooms.models import BusyPeriod
from servicetorg.demo.load import load

ROUNDS = 15


@pytest.mark.django_db
def test_measure(client):
    load(at=timezone.now(), days=7)
    day = timezone.localdate() + timedelta(days=1)
    with translation.override("sv"):
        pages = {
            "home": reverse("home"),
            "hub": reverse("hub", args=["kalajarvi"]),
            "all services": reverse("services:services"),
            "search for a word": reverse("search") + "?q=bibliotek",
            "free rooms of a day": reverse("rooms:find") + f"?date={day}&minutes=60&people=6",
            "a room's week": reverse("rooms:room", args=["kalajarvi", "hall"]),
        }
    print(f"\n{connection.vendor}, {BusyPeriod.objects.count()} busy periods, median of {ROUNDS}")  # noqa: T201
    print(f"{'':<22}{'page':>10}{'in SQL':>10}{'queries':>10}")  # noqa: T201
    for name, address in pages.items():
        page, sql, queries = measure(client, address)
        print(f"{name:<22}{page:>7.1f} ms{sql:>7.1f} ms{queries:>10}")  # noqa: T201
    print(f"{'busy periods of a day, bare SQL':<32}{bare_sql():>7.1f} ms")  # noqa: T201


def measure(client: Client, address: str) -> tuple[float, float, int]:
    """Return the milliseconds of a page, those of them spent in the database, and the number of queries."""
    pages, sqls = [], []
    for _ in range(ROUNDS + 1):
        spent: list[float] = []
        with connection.execute_wrapper(stopwatch(spent)):
            started = time.perf_counter()
            assert client.get(address).status_code == 200
            pages.append(time.perf_counter() - started)
        sqls.append(sum(spent))
    return 1000 * median(pages[1:]), 1000 * median(sqls[1:]), len(spent)


def stopwatch(spent: list[float]) -> Callable:
    def wrapper(execute, sql, params, many, context):
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - started)

    return wrapper


def bare_sql() -> float:
    at = timezone.now()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT room_id, starts_at, ends_at FROM rooms_busyperiod WHERE starts_at < %s AND ends_at > %s",
                [at + timedelta(days=1), at],
            )
            cursor.fetchall()
        times.append(time.perf_counter() - started)
    return 1000 * median(times)
