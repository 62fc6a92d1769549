"""A storm of residents at one time of one room, as they meet it: over HTTP.

python -m tests.bench.storm [--clients 50] [--rounds 20] [--workers 8]

Starts PostgreSQL and gunicorn for itself on this machine, signs the clients in, and lets them all
ask for the same or for overlapping times at once; half of the rounds hold first, half send the
whole form. Every round must have exactly one winner, every loser must be told in words, nothing may
answer 5xx, and the database must hold exactly what the winners were told. Exits 1 otherwise.
"""

import argparse
import http.client
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "var" / "storm.log"
TOLD_IN_WORDS = "This time was just taken", "This time is not free"
DETAILS = {"name": "A resident", "people": "2", "booker_kind": "private", "terms": "on"}


@dataclass
class Resident:
    """A signed-in browser: a session, a CSRF token, one answer at a time."""

    port: int
    session: str
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    def post(self, address: str, **form: str) -> tuple[int, str, str]:
        """Return status, Location and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={self.session}; csrftoken={self.token}",
        }
        connection.request("POST", address, urlencode({**form, "csrfmiddlewaretoken": self.token}), headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers.get("Location", ""), body


@dataclass
class Round:
    statuses: Counter[int] = field(default_factory=Counter)
    winners: int = 0
    told: int = 0
    seconds: float = 0

    def problems(self, clients: int) -> list[str]:
        found = []
        if self.winners != 1:
            found.append(f"{self.winners} winners")
        if self.told != clients - self.winners:
            found.append(f"{clients - self.winners - self.told} losers not told in words")
        if any(status >= 500 for status in self.statuses):
            found.append(f"server errors {dict(self.statuses)}")
        return found


def is_told(body: str) -> bool:
    return any(words in body for words in TOLD_IN_WORDS)


def try_to_book(resident: Resident, address: str, *, holds_first: bool) -> tuple[int, bool, bool]:
    """Return the last status, whether the room was booked, and whether a loser was told so."""
    if holds_first:
        status, location, body = resident.post(address, do="hold")
        if status != 302:
            return status, False, is_told(body)
    status, location, body = resident.post(address, do="book", **DETAILS)
    return status, status == 302 and "/bookings/" in location, is_told(body)


def run_round(residents: list[Resident], addresses: list[str], *, holds_first: bool) -> Round:
    result, gate, lock = Round(), threading.Barrier(len(residents) + 1), threading.Lock()

    def run(resident: Resident, address: str) -> None:
        gate.wait()
        status, has_won, was_told = try_to_book(resident, address, holds_first=holds_first)
        with lock:
            result.statuses[status] += 1
            result.winners += has_won
            result.told += was_told

    threads = [threading.Thread(target=run, args=pair) for pair in zip(residents, addresses, strict=True)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - started
    return result


def addresses_of(day: datetime, clients: int, *, are_equal: bool) -> list[str]:
    """Return the pages to post to: all the same two hours, or two hours that all contain 12–12.30."""
    starts = [day.replace(hour=11) + timedelta(minutes=0 if are_equal else 30 * (n % 3)) for n in range(clients)]
    spans = [(start, start + timedelta(minutes=120)) for start in starts]
    return [
        "/en/rooms/storm/hall/book/?" + urlencode({"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{end:%Y-%m-%dT%H:%M}"})
        for start, end in spans
    ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_gunicorn(port: int, workers: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "WEB_BIND": f"127.0.0.1:{port}", "WEB_WORKERS": str(workers)}
    with LOG.open("wb") as log:
        command = [ROOT / ".venv/bin/gunicorn"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return server
        except OSError:
            time.sleep(0.1)
    server.terminate()
    raise SystemExit(f"gunicorn did not get ready; {LOG} says why")


def sign_in(count: int) -> list[str]:
    """Return the session keys of so many new residents."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415

    from tests import cast  # noqa: PLC0415

    keys = []
    for number in range(count):
        user = cast.make_user(f"resident{number}@example.com", language="en")
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "accounts.backends.RoleBackend"
        session.save()
        keys.append(session.session_key or "")
    return keys


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=8)
    options = parser.parse_args()

    from tests.databases import start_postgresql  # noqa: PLC0415 - starts a server

    os.environ |= {
        "DATABASE_URL": start_postgresql().replace("/servicetorg?", "/postgres?"),
        "DJANGO_SETTINGS_MODULE": "servicetorg.settings",
        "IGNORE_DOT_ENV": "true",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_COOKIES": "false",
        "ALLOW_INSECURE_HTTP": "true",
    }
    import django  # noqa: PLC0415 - after the environment that it reads

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from rooms.enums import BookingState  # noqa: PLC0415
    from rooms.models import Booking, BookingMail, BusyPeriod  # noqa: PLC0415
    from tests import cast  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    hub = cast.make_hub("storm")
    cast.make_room(hub, "hall", capacity=20, most_active=None, needs_approval=False)
    port = free_port()
    server = start_gunicorn(port, options.workers)
    bad = 0
    try:
        residents = [Resident(port, key) for key in sign_in(options.clients)]
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        weekdays = [day for n in range(7, 90) if (day := today + timedelta(days=n)).weekday() < 5][: options.rounds]
        for number, day in enumerate(weekdays, start=1):
            are_equal, holds_first = number % 2 == 1, number % 4 < 2
            addresses = addresses_of(day, options.clients, are_equal=are_equal)
            result = run_round(residents, addresses, holds_first=holds_first)
            problems = result.problems(options.clients)
            bad += bool(problems)
            kind = f"{'equal' if are_equal else 'overlapping'}, {'hold first' if holds_first else 'form at once'}"
            print(f"{number:>3}  {kind:<28}{result.seconds:>6.2f} s  {'; '.join(problems) or 'one winner'}")  # noqa: T201
        booked = Booking.objects.filter(state=BookingState.CONFIRMED).count()
        mails = BookingMail.objects.count()
        busy = BusyPeriod.objects.filter(booking__state=BookingState.CONFIRMED).count()
        print(f"{len(weekdays)} rounds, {booked} bookings, {busy} busy periods, {mails} mails owed, {bad} bad rounds")  # noqa: T201
        return int(bool(bad) or not booked == busy == mails == len(weekdays))
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
