"""How many pages a second the site answers, beside a view that does nothing: part of `make bench`.

python -m tests.bench.pages [--size S|L] [--database sqlite|postgresql] [--rounds 5] [--seconds 1]

For each size and database: a filled database, gunicorn with two workers as in production, and
clients that keep their connections. Everything takes turns with the bare view in the same run, so
the ratios mean something on a busy machine too. Each page is asked for in three ways: *made* anew
each time (an address that nobody has asked for in this minute), *kept* (the process has made it
already), and *held* (the client has it and is answered 304). Printed, and kept in var/bench-pages.md.
"""

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median

from tests.bench.__main__ import ROOT, address

KEPT_IN, LOG = ROOT / "var" / "bench-pages.md", ROOT / "var" / "bench-pages.log"
WORKERS, CLIENTS = 2, 4
BARE = "/hello/"
PAGES = {
    "hub": "/en/hubs/hub-1/",
    "listing": "/en/hubs/hub-1/service-1/",
    "services": "/en/services/",
    "search": "/en/search/?q=library",
}
FILL = """
import sys, django; django.setup()
from django.core.management import call_command
from django.utils import timezone
from servicetorg.search.index import refresh
from tests.bench.town import SIZES, build
call_command("migrate", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
build(SIZES[sys.argv[1]], at=timezone.now())
refresh()
"""
type Measured = dict[tuple[str, str], tuple[float, float]]  # answers a second, milliseconds of work for each
numbers = count()


# --- A site with a town in it ---------------------------------------------------------------------


@contextmanager
def site(database: str, size: str, directory: str) -> Iterator[tuple[int, int]]:
    """Fill a database and serve it; give the port, and the id of the server's process."""
    environment = {
        **os.environ,
        "DATABASE_URL": address(database, size, directory),
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "IGNORE_DOT_ENV": "true",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_COOKIES": "false",
        "ALLOW_INSECURE_HTTP": "true",
    }
    subprocess.run([sys.executable, "-c", FILL, size], cwd=ROOT, env=environment, check=True)
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS),
        "--max-requests", "0", "--keep-alive", "60",
    ]  # fmt: skip
    with LOG.open("ab") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_for(port)
            yield port, server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=40)


def spent(server: int) -> float:
    """Return the seconds of processor time that the server's workers have had; 0 where the system does not say so."""
    try:
        workers = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        fields = [Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split() for worker in workers]
    except OSError:
        return 0
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            if Browser(port).get("/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"gunicorn did not get ready; {LOG} says why")


class Browser:
    """One connection that is kept. Reads no more of an answer than it must: it shares the machine with the site."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.rest = b""

    def get(self, path: str, etag: str = "") -> tuple[int, bytes, bytes]:
        """Return status, head and body."""
        held = f"If-None-Match: {etag}\r\n" if etag else ""
        wanted = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept-Encoding: gzip\r\n{held}\r\n"
        self.socket.sendall(wanted.encode())
        answer = self.rest
        while b"\r\n\r\n" not in answer:
            answer += self.more()
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head[9:12])
        length = 0 if status == 304 else int(field(head, b"content-length") or 0)
        while len(body) < length:
            body += self.more()
        self.rest = body[length:]
        return status, head, body[:length]

    def more(self) -> bytes:
        received = self.socket.recv(65_536)
        if not received:
            raise ConnectionError("the site has closed the connection")
        return received


def field(head: bytes, name: bytes) -> bytes:
    found = (line for line in head.split(b"\r\n") if line.lower().startswith(name + b":"))
    return next(found, b"").partition(b":")[2].strip()


# --- Asking ---------------------------------------------------------------------------------------


def ask_for(port: int, server: int, way: "Way", seconds: float) -> tuple[float, float]:
    """Let the clients ask for so long; return the answers a second, and the milliseconds of work for each."""
    answered: list[int] = []
    gate = threading.Barrier(CLIENTS + 1)

    def ask() -> None:
        browser, done = Browser(port), 0
        way.ask(browser)
        gate.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            way.ask(browser)
            done += 1
        answered.append(done)

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    before = spent(server)
    gate.wait()
    started = time.perf_counter()
    for client in clients:
        client.join()
    taken = time.perf_counter() - started
    return sum(answered) / taken, 1000 * (spent(server) - before) / sum(answered)


class Way:
    """A page, and how it is asked for."""

    def __init__(self, path: str, how: str) -> None:
        self.path, self.how = path, how
        self.etag = ""

    def ask(self, browser: Browser) -> None:
        path = self.path
        if self.how == "made":
            path += f"{'&' if '?' in path else '?'}n={next(numbers)}"
        status, head, _body = browser.get(path, self.etag if self.how == "held" else "")
        if status not in (200, 304):
            raise SystemExit(f"{path}: {status}")
        if self.how == "held":
            self.etag = field(head, b"etag").decode()


def measure(port: int, server: int, rounds: int, seconds: float) -> Measured:
    """Ask in turns; return the medians. A first round warms up and does not count."""
    ways = {("bare", "made"): Way(BARE, "kept"), ("bare", "held"): Way(BARE, "held")}
    ways |= {(name, how): Way(path, how) for name, path in PAGES.items() for how in ("made", "kept", "held")}
    counted: dict[tuple[str, str], list[tuple[float, float]]] = {key: [] for key in ways}
    for _ in range(rounds + 1):
        for key, way in ways.items():
            counted[key].append(ask_for(port, server, way, seconds))
    return {
        key: (median(each[0] for each in found[1:]), median(each[1] for each in found[1:]))
        for key, found in counted.items()
    }


def table(size: str, database: str, found: Measured, load: tuple[float, float]) -> str:
    (bare, work), (bare_held, held_work) = found["bare", "made"], found["bare", "held"]
    lines = [
        f"## Pages at {size} on {database}",
        "",
        f"The bare view: {bare:.0f} answers a second ({work:.2f} ms of work each), {bare_held:.0f} with 304 "
        f"({held_work:.2f} ms). {WORKERS} workers, {CLIENTS} clients; load of the machine {load[0]:.1f} before and "
        f"{load[1]:.1f} after.",
        "",
        "| page | made | work | kept | work | of the bare view | 304 | work | of its 304 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name in PAGES:
        made, kept, known = (found[name, how] for how in ("made", "kept", "held"))
        lines.append(
            f"| {name} | {made[0]:.0f}/s | {made[1]:.1f} ms "
            f"| {kept[0]:.0f}/s | {kept[1]:.2f} ms | {kept[0] / bare:.2f} "
            f"| {known[0]:.0f}/s | {known[1]:.2f} ms | {known[0] / bare_held:.2f} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", action="append", choices=["S", "L"])
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    options = parser.parse_args()
    KEPT_IN.parent.mkdir(exist_ok=True)
    KEPT_IN.write_text("")
    with tempfile.TemporaryDirectory(prefix="servicetorg-bench-") as directory:
        for size in options.size or ["S", "L"]:
            for database in options.database or ["sqlite", "postgresql"]:
                with site(database, size, directory) as (port, server):
                    before = os.getloadavg()[0]
                    found = measure(port, server, options.rounds, options.seconds)
                    text = table(size, database, found, (before, os.getloadavg()[0]))
                print(text, flush=True)  # noqa: T201
                with KEPT_IN.open("a") as kept:
                    kept.write(f"{text}\n")


if __name__ == "__main__":
    main()
